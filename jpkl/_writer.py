"""`JPklWriter`: a file that is written frame by frame, as they come, from any thread."""

from __future__ import annotations

import operator
import threading
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from os import PathLike, fspath
from types import TracebackType
from typing import Any, NoReturn, Self, SupportsIndex

import numpy as np
from numpy.typing import DTypeLike, NDArray

from jpkl._block_key import BlockKey, block_key
from jpkl._bytes import is_url
from jpkl._codecs.codec import Codec
from jpkl._codecs.jpeg import NamedTables
from jpkl._codecs.stored import choose_codec, stored_form
from jpkl._dims import checked_dim_names, frame_number, index_of
from jpkl._display_range import full_range, parse_display_range
from jpkl._encoding.stream_encoder import StreamEncoder
from jpkl._encoding.target import TargetSpec
from jpkl._errors import ClosedStackError, FrameEncodeError, FrameError, IncompleteStackError
from jpkl._fidelity import Scope, checked_scope
from jpkl._file.atomic import ReplacementFile
from jpkl._file.failing import naming_writer
from jpkl._file.label_log import LabelLog
from jpkl._file.labels import group_for
from jpkl._file.parts import warn_of_left_frames
from jpkl._file.schema import MAX_FRAME_PIXELS, StackInfo, is_possible_frame
from jpkl._file.writing import StackFileWriter
from jpkl._labels.writer import LabelWriter, label_writers
from jpkl._metadata import settle_metadata
from jpkl._pipeline import Stop, ordered_map, resolve_workers
from jpkl._source.array_likes import loaded


class JPklWriter:
    """Write a JPkl file frame by frame, in any order and from any thread.

    Frames go straight to ``NAME.xxxxxxxx.part`` beside the file, so memory does not grow with the
    stack. `close` puts the file in its place if every frame is there; until then, an existing file of
    that name stays as it is. An exception inside ``with`` removes the temporary file.

    When ``writer[index] = image`` returns, the operating system has the frame: if the process crashes
    or is killed, ``jpkl recover`` makes a stack of all frames written so far; ``jpkl recover --list``
    finds them. (A power cut can lose the last seconds, as with any file.) If a frame cannot be written,
    e.g. to a full disk, the frames before it are safe, and you can write it again.

    Parameters
    ----------
    path : path-like
        The file to write.
    frame_shape : tuple of int
        (height, width) of every frame.
    dim_sizes : sequence of int
        Length of each dim.
    dim_names : sequence of str, optional
        One unique name per dim.
    color : bool
        Whether frames are RGB: (height, width, 3).
    jpeg_quality : int
        0 (smallest) to 100 (best).
    metadata : mapping, optional
        Plain Python data to keep with the stack.
    codec : str or Codec
        How frames are encoded.
    lossless : bool
        Whether to keep the images exactly, as in `JPkl`. The default display range is then that of
        their dtype.
    display_range : (low, high), array or "dtype", optional
        Intensities that map to 0 and 255; arrays broadcast over the dims, shape ``(*dims, 2)``.
        Required if `dtype` is not uint8, except with ``lossless``. Without it, uint8 is stored as it
        is.
    dtype : dtype-like
        What the images are made of.
    jpeg_tables : {"fitted", "standard"}
        As in `JPkl`. Tables are fitted to the frames written so far: to the first of each channel, and
        again after 4, 16, 32, 64 and so on. Because later frames are unknown, each is measured: if it
        would have less PSNR than with libjpeg's tables, it is encoded with finer ones.
    jpeg_optimize : bool, optional
        Whether to make Huffman tables for each frame: some 12 % fewer bytes. By default with
        ``jpeg_tables="fitted"``.
    fidelity : {"sample", "all"} or None
        Frames whose PSNR and SSIM are recorded: see `JPkl`.
    target : optional
        The result to aim for, instead of a quality: see `JPkl`. Tables are fitted to the frames written
        so far, as above, which takes a moment each time. If these do not reach the target, it is not an
        error, because later frames may: they come as close as JPEG can, with a warning. With
        ``"ratio"``, each channel gets that ratio: the tables follow the size of its frames so far.
    sample : array-like, optional
        Images to fit the tables to instead, before the first frame, so that the result does not depend
        on the order: ``(n, height, width[, 3])``, or ``(n, channels, height, width[, 3])`` if a dim is
        named channel or c.
    labels : mapping of str to dtype-like, optional
        Label images that you will write too, with the dtype of each: ``writer.labels["nuclei"][7] = mask``.

    Examples
    --------
    >>> with JPklWriter("run.jpkl", (512, 512), (100, 2)) as writer:  # doctest: +SKIP
    ...     writer[0, 1] = image
    """

    def __init__(
        self,
        path: str | PathLike[str],
        frame_shape: tuple[int, int],
        dim_sizes: Sequence[int],
        *,
        dim_names: Sequence[str] | None = None,
        color: bool = False,
        jpeg_quality: int = 90,
        metadata: Mapping[str, Any] | None = None,
        codec: str | Codec = "jpeg",
        lossless: bool = False,
        display_range: Any = None,
        dtype: DTypeLike = np.uint8,
        jpeg_tables: NamedTables = "fitted",
        jpeg_optimize: bool | None = None,
        fidelity: Scope | None = "sample",
        target: TargetSpec | None = None,
        sample: Any = None,
        labels: Mapping[str, DTypeLike] | None = None,
    ) -> None:
        if is_url(path):
            raise ValueError(
                f"{fspath(path)}: files are written to local paths only; copy the file afterwards"
            )
        if len(frame_shape) != 2:
            raise ValueError(f"frame_shape is (height, width), not {frame_shape}; color=True is for RGB")
        height, width = (_positive(side, "frame_shape") for side in frame_shape)
        if not is_possible_frame(height, width):
            raise ValueError(
                f"frame_shape: {height} x {width} pixels; up to {MAX_FRAME_PIXELS} are supported"
            )
        sizes = tuple(_positive(size, "dim_sizes") for size in dim_sizes)
        source_dtype = np.dtype(dtype)
        to_keep = source_dtype if lossless else None
        has_target = target is not None
        chosen = choose_codec(codec, jpeg_quality, jpeg_tables, jpeg_optimize, to_keep, has_target=has_target)
        spec = "dtype" if lossless and display_range is None else display_range
        self._info = StackInfo(
            color=bool(color),
            dim_sizes=sizes,
            display_range=_fixed_range(spec, source_dtype, sizes),
            dim_names=checked_dim_names(dim_names, len(sizes)),
            metadata=settle_metadata(metadata, {}),
            frame_shape=(height, width),
            source_dtype=source_dtype.str,
            **stored_form(chosen, jpeg_quality),
        )
        self._encoder = StreamEncoder(
            chosen,
            self._info,
            takes_uint8=spec is None,
            scope=checked_scope(fidelity),
            target=target,
        )
        if sample is not None:
            self._encoder.fit(sample)
        self._labels = label_writers(labels, (height, width), self._info.dim_names, sizes)
        self._lock = threading.Lock()
        self._written = np.zeros(self._info.n_frames, dtype=bool)
        self._closed = False
        warn_of_left_frames(path)
        self._open(path)

    def _open(self, path: str | PathLike[str]) -> None:
        self._replacement, self._log = ReplacementFile(path, durable=True), None
        try:
            self._writer = StackFileWriter(self._replacement.open(), self._info)
            self._log = self._open_log()
        except BaseException:
            self._close_labels()
            self._replacement.discard()
            raise

    def _open_log(self) -> LabelLog | None:
        """Make the file that keeps labels until the end, if there are labels."""
        if not self._labels:
            return None
        labels = list(self._labels.values())
        described = [(each.name, each.dtype, each.sizes) for each in labels]
        log = LabelLog(self._replacement.part, described, group_for(self._encoder.image_shape[:2]))
        for number, each in enumerate(labels):
            each.log_to(partial(log.append, number), self._replacement.target)
        return log

    @property
    def dim_sizes(self) -> tuple[int, ...]:
        """Length of each dim."""
        return self._info.dim_sizes

    @property
    def labels(self) -> Mapping[str, LabelWriter]:
        """What writes the label images, by their names.

        ``writer.labels["nuclei"][t, z] = mask`` takes integers of shape (height, width), at an index with one
        int per dim but the channel; slices take several. Frames can come in any order and from any thread;
        those that do not come have no object. When an assignment returns, the operating system has them, in
        ``NAME.xxxxxxxx.part.labels`` until `close`: ``jpkl recover`` looks for that beside the frames.
        """
        return self._labels

    @property
    def n_written(self) -> int:
        """Number of frames that have been written."""
        return int(self._written.sum())

    @property
    def written(self) -> NDArray[np.bool_]:
        """Which frames have been written, shape `dim_sizes`."""
        return self._written.reshape(self.dim_sizes).copy()

    @property
    def closed(self) -> bool:
        """Whether the writer was closed."""
        return self._closed

    @property
    def shape(self) -> tuple[int, ...]:
        """``(*dim_sizes, height, width[, 3])``: the axes that keys with slices have."""
        return self.dim_sizes + self._encoder.image_shape

    def __setitem__(self, index: Any, image: NDArray[Any]) -> None:
        """Encode an image, or several, and write them.

        Parameters
        ----------
        index : int or tuple of int, or of int and slice
            One int per dim; negative ones count from the end. With slices or an ellipsis, as in
            ``dask.array.store(images, writer)``, a key into an array of `shape`, which takes whole frames.
        image : array-like, shape (height, width) or (height, width, 3)
            uint8, or any real dtype with a display range. For slices, of the shape that the key selects.

        Raises
        ------
        IndexError
            If the index does not name one frame, or takes parts of frames.
        FrameEncodeError
            If the image has the wrong shape or dtype, or cannot be encoded.
        FrameError
            If that frame was written before: what is in the file cannot be replaced.
        OSError
            If it cannot be written, e.g. to a full disk. Of several, `written` says which are.
        """
        items = index if isinstance(index, tuple) else (index,)
        if any(isinstance(item, slice) or item is Ellipsis for item in items):
            self._write_block(block_key(items, self.dim_sizes, self._encoder.image_shape), loaded(image))
            return
        number = self._number(index)
        self._check_free(number)
        self._append(number, self._encoder.encode(loaded(image), index_of(number, self.dim_sizes)))

    def _write_block(self, key: BlockKey, images: NDArray[Any]) -> None:
        """Encode the frames of a block on all cores, and write them if none was written before."""
        if images.shape != key.shape:
            raise FrameEncodeError(f"images of shape {images.shape}, where the key takes {key.shape}")
        frames = images.reshape(-1, *self._encoder.image_shape)
        indices = list(key.indices())
        numbers = [frame_number(index, self.dim_sizes) for index in indices]
        for number in numbers:
            self._check_free(number)

        def encode(position: int, stop: Stop) -> bytes:
            stop.check()
            return self._encoder.encode(frames[position], indices[position])

        workers = resolve_workers(None)
        with closing(ordered_map(encode, range(len(numbers)), workers=workers)) as encoded:
            for number, data in zip(numbers, encoded, strict=True):
                self._append(number, data)

    def write_encoded(self, index: SupportsIndex | tuple[SupportsIndex, ...], data: bytes) -> None:
        """Write a frame that is encoded already.

        Parameters
        ----------
        index : int or tuple of int
            One int per dim; negative ones count from the end.
        data : bytes
            The frame as the writer's codec has it, e.g. a JPEG, of the writer's shape. It is kept as it is.

        Raises
        ------
        IndexError
            If the index does not name one frame.
        FrameDecodeError
            If the data are not a frame of the right shape.
        FrameError
            If that frame was written before.
        """
        number = self._number(index)
        frame_index = index_of(number, self.dim_sizes)
        try:
            shape = self._encoder.codec.shape(data)
        except FrameError as error:
            error.frame_index = frame_index
            raise
        self._encoder.check_shape(shape, frame_index)
        self._append(number, bytes(data))

    def close(self) -> None:
        """Complete the file and put it in its place. Closing again does nothing.

        Raises
        ------
        IncompleteStackError
            If frames are missing. What was written stays in the temporary file.
        OSError
            If the file cannot be completed, e.g. on a full disk. Frames and labels stay in their temporary
            files, as when Ctrl-C comes meanwhile.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
            missing = np.flatnonzero(~self._written)
            if len(missing):
                self._close_labels(keep=True)
                self._replacement.keep_part()
                raise IncompleteStackError(self._say_missing(missing))
            keep = False
            try:
                fidelity = self._encoder.fidelity()
                with naming_writer(self._replacement.target):
                    self._writer.finish(fidelity, [each.result() for each in self._labels.values()])
                    self._replacement.commit()
            except BaseException as error:
                # A full disk, or Ctrl-C: the frames are there, and may not come again.
                self._replacement.keep_part()
                if keep := self._replacement.part.exists():
                    error.add_note(f"All frames are in {self._say_recover()}")
                raise
            finally:
                self._close_labels(keep=keep)

    def abort(self) -> None:
        """Give up: remove the temporary file. Does nothing after `close`."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._close_labels()
                self._replacement.discard()

    def _close_labels(self, *, keep: bool = False) -> None:
        for labels in self._labels.values():
            labels.close()
        if self._log is not None:
            (self._log.keep if keep else self._log.discard)()

    def __reduce__(self) -> NoReturn:
        # Two that write one file would write over each other's frames.
        raise TypeError("a JPklWriter is of one process and cannot be copied; threads may share it")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def __repr__(self) -> str:
        state = "closed" if self._closed else f"{self.n_written} of {self._info.n_frames} frames"
        return f"<JPklWriter {fspath(self._replacement.target)!r}: {state}>"

    def _number(self, index: SupportsIndex | tuple[SupportsIndex, ...]) -> int:
        return frame_number(index if isinstance(index, tuple) else (index,), self.dim_sizes)

    def _check_free(self, number: int) -> None:
        if self._closed:
            raise ClosedStackError(f"the writer of {self._replacement.target} is closed")
        if self._written[number]:
            index = index_of(number, self.dim_sizes)
            raise FrameError(
                "it was written before, and what is in the file cannot be replaced", frame_index=index
            )

    def _append(self, number: int, data: bytes) -> None:
        with self._lock:
            self._check_free(number)
            try:
                with naming_writer(self._replacement.target):
                    self._writer.append(number, data)
            except BaseException:  # Ctrl-C as well: what follows must not be written after half a frame
                self._writer.drop_unfinished()
                raise
            self._written[number] = True

    def _say_missing(self, missing: NDArray[np.int64]) -> str:
        shown = ", ".join(str(index_of(int(number), self.dim_sizes)) for number in missing[:5])
        return (
            f"{len(missing)} of {self._info.n_frames} frames were not written: {shown}"
            f"{', ...' if len(missing) > 5 else ''}. {self._replacement.target.name} was not made; "
            f"what was written is in {self._say_recover()}"
        )

    def _say_recover(self) -> str:
        part, target = self._replacement.part, self._replacement.target
        return f"{part}. `jpkl recover {part.name} {target.name}` makes a stack of it"


def _positive(value: Any, name: str) -> int:
    number = operator.index(value)
    if number < 1:
        raise ValueError(f"{name} must be ints of at least 1, not {value}")
    return number


def _fixed_range(spec: Any, dtype: np.dtype[Any], dim_sizes: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the display range, which has to be known before the first image."""
    if spec is None and dtype == np.uint8:
        return full_range(len(dim_sizes))
    if spec is None:
        raise ValueError(f"images of dtype {dtype} need a display_range, e.g. (0, {np.iinfo(np.uint16).max})")
    rule = parse_display_range(spec, dtype, dim_sizes)
    if rule.values is None:
        raise ValueError(
            f"display_range {spec!r} would have to be measured before the images come; give (low, high)"
        )
    return rule.values

"""From arrays to encoded frames: a bounded stream, whatever the size of the source."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from os import PathLike
from typing import IO, Any, TypeAlias, TypedDict, Unpack

import numpy as np
from numpy.typing import NDArray
from tqdm.auto import tqdm

from jpkl._aim import aimed
from jpkl._array_likes import as_array, magnitude_of
from jpkl._axes import likely_axes, resolve_axes
from jpkl._block_tasks import (
    Elsewhere,
    EncodeBlock,
    EncodedFrame,
    EncodeHook,
    MeasureBlock,
    MeasuredHook,
    Observers,
)
from jpkl._blocks import BLOCK_NBYTES, Block, ImageArray
from jpkl._codecs.codec import Codec
from jpkl._codecs.jpeg import JpegCodec, NamedTables
from jpkl._codecs.stored import choose_codec, stored_form
from jpkl._dims import FrameIndex, channel_dim, checked_dim_names, frame_number
from jpkl._display_range import RangeRule, finite_minmax, full_range, parse_display_range
from jpkl._errors import JPklWarning
from jpkl._fidelity import Scope, checked_scope
from jpkl._fidelity_record import FidelityRecorder
from jpkl._file.parts import warn_of_left_frames
from jpkl._file.schema import MAX_FRAME_PIXELS, V1_CODEC, StackInfo
from jpkl._file.writing import StackFileWriter, writing_to
from jpkl._kept_frames import KeptFrames
from jpkl._label_encode import ImageAxes, LabelSource, resolve_labels, spooled_labels
from jpkl._labels import LabelWatch
from jpkl._masks import compressed
from jpkl._metadata import settle_metadata
from jpkl._pipeline import Stop, can_start_threads, ordered_map, resolve_workers
from jpkl._sample import sample_frames
from jpkl._spool import LookHook, spooled
from jpkl._survey import Survey, settle_range, survey
from jpkl._target import Target, TargetSpec, parse_target
from jpkl._text import by

#: Returns what encodes frames in place of a codec's ``encode``, which it may call.
HookMaker: TypeAlias = Callable[[EncodeHook], EncodeHook]

#: Makes a progress bar, with the arguments of `tqdm.tqdm`.
MakeBar: TypeAlias = Callable[..., Any]

#: Values per channel from which percentiles are taken; more do not move them visibly.
_SAMPLE_SIZE = 1 << 22


class EncodeArguments(TypedDict, total=False):
    """The keyword arguments of `jpkl.JPkl`, which says what they mean."""

    color: bool
    jpeg_quality: int
    dim_names: Sequence[str] | None
    metadata: Mapping[str, Any] | None
    axes: str | Sequence[str] | None
    display_range: Any
    codec: str | Codec
    lossless: bool
    jpeg_tables: NamedTables
    jpeg_optimize: bool | None
    target: TargetSpec | None
    fidelity: Scope | None
    workers: int | None
    progress: bool | MakeBar
    reencode: bool
    labels: Mapping[str, Any] | None


def check_known(function: str, arguments: Iterable[str]) -> None:
    """Raise unless all are names of `EncodeArguments`.

    Raises
    ------
    TypeError
        Naming the one that is not, and those that are.
    """
    known = EncodeArguments.__annotations__
    for name in arguments:
        if name not in known:
            raise TypeError(f"{function}() takes no argument {name!r}, but {', '.join(known)}")


@dataclass(frozen=True)
class EncodeOptions:
    """What to encode and how, checked: the arguments of `jpkl.JPkl` in their final form."""

    source: ImageArray
    dim_names: tuple[str, ...]
    color: bool
    codec: Codec
    jpeg_quality: int
    metadata: dict[str, Any]
    range_rule: RangeRule
    workers: int
    progress: bool | MakeBar
    kept: KeptFrames | None = None
    is_quiet: bool = False
    elsewhere: Elsewhere | None = None
    target: Target | None = None
    #: What encodes each channel, where that has been settled.
    channel_codecs: tuple[Codec, ...] = ()
    fidelity: Scope | None = "sample"
    labels: tuple[LabelSource, ...] = ()

    def describe(self, display_range: NDArray[np.float64]) -> StackInfo:
        """Return what a file of these images says, apart from the frames."""
        height, width = self.source.frame_shape[:2]
        return StackInfo(
            color=self.color,
            dim_sizes=self.source.dim_sizes,
            dim_names=self.dim_names,
            metadata=self.metadata,
            frame_shape=(height, width),
            display_range=display_range,
            source_dtype=self.source.dtype.str,
            **stored_form(self.codec, self.jpeg_quality),
        )


def resolve_options(
    images: Any,
    *,
    color: bool = False,
    jpeg_quality: int = 90,
    dim_names: Sequence[str] | None = None,
    metadata: Mapping[str, Any] | None = None,
    axes: str | Sequence[str] | None = None,
    display_range: Any = "auto",
    codec: str | Codec = "jpeg",
    lossless: bool = False,
    jpeg_tables: NamedTables = "fitted",
    jpeg_optimize: bool | None = None,
    target: TargetSpec | None = None,
    fidelity: Scope | None = "sample",
    workers: int | None = None,
    progress: bool | MakeBar = False,
    reencode: bool = False,
    labels: Mapping[str, Any] | None = None,
) -> EncodeOptions:
    """Check the arguments of `jpkl.JPkl` against the images, before any pixel is read.

    Raises
    ------
    ValueError, TypeError
        If they do not fit; the message says which and why.
    """
    images, value_unit = magnitude_of(images)
    images = as_array(images)
    if value_unit is not None:
        metadata = {"value_unit": value_unit, **(metadata or {})}
    _check_lengths(images.shape)
    if axes is None and dim_names is None and not color:
        _question_layout(tuple(images.shape))
    layout = resolve_axes(tuple(images.shape), axes, color)
    source = ImageArray(images, layout)
    _check_frame(source.frame_shape)
    names = checked_dim_names(layout.dim_names if dim_names is None else dim_names, len(source.dim_sizes))
    # Metadata may speak of the axes by the letters that the caller has for them.
    letters = [] if axes is None else [axes[axis] for axis in layout.order[layout.n_frame_axes :]]
    range_rule = parse_display_range(display_range, source.dtype, source.dim_sizes)
    to_keep = source.dtype if lossless else None
    chosen = choose_codec(codec, jpeg_quality, jpeg_tables, jpeg_optimize, to_keep)
    _check_kept_exactly(source.dtype, chosen)
    workers = resolve_workers(workers)
    return EncodeOptions(
        source=source,
        dim_names=names,
        color=layout.color,
        codec=chosen,
        jpeg_quality=jpeg_quality,
        metadata=settle_metadata(metadata, dict(zip(letters, names, strict=False))),
        range_rule=range_rule,
        workers=workers,
        progress=progress,
        target=None if target is None else checked_target(target, chosen),
        fidelity=checked_scope(fidelity),
        # Frames that are JPEG already have what fidelity they have: a target asks for another.
        kept=None if reencode or target is not None else _kept_frames(source, chosen, range_rule),
        elsewhere=_cluster_of(images, source, workers),
        labels=resolve_labels(labels, ImageAxes.of(source, names)),
    )


def _cluster_of(images: Any, source: ImageArray, workers: int) -> Elsewhere | None:
    """Return the cluster that computes a dask array, if its active scheduler is one of dask.distributed."""
    # Without the module nobody can have a client; what may hold a dask array has the method, too.
    if "distributed" not in sys.modules or getattr(images, "__dask_graph__", lambda: None)() is None:
        return None
    from jpkl._dask.arrays import array_cluster

    return array_cluster(images, source, encoded_blocks(source, workers))


def checked_target(spec: TargetSpec, codec: Codec) -> Target:
    """Return what an argument ``target`` asks for.

    Raises
    ------
    TypeError, ValueError
        If it is none of the forms, or the codec is not JPEG.
    """
    if not isinstance(codec, JpegCodec):
        raise ValueError(f"target is for the codec 'jpeg'; {codec.name!r} has options of its own")
    return parse_target(spec)


def _kept_frames(source: ImageArray, codec: Codec, rule: RangeRule) -> KeptFrames | None:
    """Return the frames that need no encoding, if there may be such."""
    is_as_stored = (
        source.dtype == np.uint8
        and rule.values is not None
        and np.array_equal(rule.values, np.broadcast_to(full_range(0), rule.values.shape))
    )
    if not (is_as_stored and isinstance(codec, JpegCodec) and source.has_encoded_frames):
        return None
    return KeptFrames(source, codec)


def _check_kept_exactly(dtype: np.dtype[Any], codec: Codec) -> None:
    kept = codec.exact_dtype
    if kept is not None and not np.can_cast(dtype, kept, "equiv"):
        raise ValueError(f"images of {dtype}, where {codec!r} keeps {kept} exactly")


def _question_layout(shape: tuple[int, ...]) -> None:
    """Warn where the frames would be odd, and those of another order of the axes would not."""
    if likely := likely_axes(shape):
        # Shown where the caller of `JPkl` is.
        warnings.warn(
            f"images of shape {shape} are read as (height, width, *dims), frames of {by(shape[:2])} pixels: "
            f"say by axes what each axis is, e.g. axes={likely!r}, or by dim_names that it is so",
            JPklWarning,
            stacklevel=4,
        )


def _check_frame(shape: Sequence[int]) -> None:
    if shape[0] * shape[1] > MAX_FRAME_PIXELS:
        raise ValueError(
            f"frames of {shape[0]} x {shape[1]} pixels; up to {MAX_FRAME_PIXELS} are supported: "
            "cut them into tiles"
        )


def _check_lengths(shape: Sequence[Any]) -> None:
    if any(np.isnan(length) for length in shape):
        raise ValueError(
            f"images of shape {tuple(shape)} have axes of unknown length, as dask arrays have after boolean "
            "indexing: call compute_chunk_sizes() on the array first"
        )


def encode_frames(
    options: EncodeOptions,
    info: StackInfo,
    make_hook: HookMaker | None = None,
    recorder: FidelityRecorder | None = None,
) -> Generator[tuple[FrameIndex, bytes], None, None]:
    """Encode all frames, in the order in which the source is stored.

    Parameters
    ----------
    options : EncodeOptions
        The source and the number of threads.
    info : StackInfo
        The display range.
    make_hook : callable, optional
        Is given the function that encodes the frames of a channel, and returns the one to use.
    recorder : FidelityRecorder, optional
        Measures frames.

    Yields
    ------
    index : tuple of int
        Frame index.
    data : bytes
        The encoded frame.

    Raises
    ------
    FrameEncodeError
        With the frame index, if encoding fails for a frame.
    """
    source = options.source
    limits = np.broadcast_to(np.asarray(info.display_range), (*source.dim_sizes, 2))
    watch = (
        None
        if options.color or options.codec.name != V1_CODEC
        else LabelWatch(channel_dim(options.dim_names))
    )
    look = None if watch is None else watch.look
    with _progress_bar(options, "Encoding") as bar:
        if options.elsewhere is not None and make_hook is None:
            observers = Observers(watch, recorder)
            yield from _encode_elsewhere(options, options.elsewhere, limits, observers, bar)
        elif source.is_interleaved:
            exact_dtype = options.codec.exact_dtype
            with spooled(source, limits, options.workers, look, exact_dtype) as frames_first:
                mapped = np.broadcast_to(full_range(0), limits.shape)
                encoders = FrameEncoders(options, frames_first, mapped, make_hook)
                yield from _encode_blocks(
                    frames_first, mapped, encoders, options.workers, bar=bar, recorder=recorder
                )
        else:
            encoders = FrameEncoders(options, source, limits, make_hook)
            yield from _encode_blocks(
                source,
                limits,
                encoders,
                options.workers,
                bar=bar,
                look=look,
                kept=options.kept,
                recorder=recorder,
            )
    if watch is not None and (note := watch.note()):
        warnings.warn(note, JPklWarning, stacklevel=3)


class FrameEncoders:
    """What encodes a frame: one codec for each channel, where it adapts to them.

    Attributes
    ----------
    exact_dtype : dtype or None
        Of the values that it encodes as they are.
    """

    def __init__(
        self,
        options: EncodeOptions,
        source: ImageArray,
        limits: NDArray[np.float64],
        make_hook: HookMaker | None = None,
    ) -> None:
        self.exact_dtype = options.codec.exact_dtype
        self._channel = channel_dim(options.dim_names)
        codecs = list(options.channel_codecs) or [options.codec]
        is_open = options.codec.adapts and not options.channel_codecs
        if is_open and source.n_frames and options.kept is None:
            samples = sample_frames(source, limits, self._channel, self.exact_dtype)
            codecs = list(ordered_map(_fitted(options.codec), samples, workers=options.workers))
        self._codecs = codecs
        self._hooks = [make_hook(codec.encode) if make_hook else codec.encode for codec in codecs]

    def __getitem__(self, index: FrameIndex) -> EncodeHook:
        return self._hooks[self._channel_of(index)]

    def encode_of(self, index: FrameIndex, *, is_measured: bool) -> MeasuredHook:
        """Return what encodes a frame, and measures its error if that is wanted and takes little."""
        codec, hook = self._codecs[self._channel_of(index)], self[index]
        if is_measured and isinstance(codec, JpegCodec) and hook == codec.encode:
            return codec.encode_measured
        return lambda image: (hook(image), None)

    def _channel_of(self, index: FrameIndex) -> int:
        return 0 if len(self._codecs) == 1 or self._channel is None else index[self._channel]


def _fitted(codec: Codec) -> Callable[[list[NDArray[Any]], Stop], Codec]:
    """Return what fits a codec to a sample, for one channel after the other."""

    def fitted(sample: list[NDArray[Any]], stop: Stop) -> Codec:
        stop.check()
        return codec.fitted(sample)

    return fitted


def _encode_blocks(
    source: ImageArray,
    limits: NDArray[np.float64],
    encoders: FrameEncoders,
    workers: int,
    *,
    bar: Any,
    look: LookHook | None = None,
    kept: KeptFrames | None = None,
    recorder: FidelityRecorder | None = None,
) -> Generator[tuple[FrameIndex, bytes], None, None]:
    def encode_block(block: Block, stop: Stop) -> list[EncodedFrame]:
        encoded = EncodeBlock(block, encoders, limits[block.dims])(source, stop, look, kept, recorder)
        source.release()
        return encoded

    blocks = encoded_blocks(source, workers)
    with closing(ordered_map(encode_block, blocks, workers=workers)) as results:
        yield from _frames_of(results, source, bar)


def _encode_elsewhere(
    options: EncodeOptions,
    elsewhere: Elsewhere,
    limits: NDArray[np.float64],
    observers: Observers,
    bar: Any,
) -> Generator[EncodedFrame, None, None]:
    """Encode as `_encode_blocks` does, in the same order, but in other processes."""
    encoders = FrameEncoders(options, elsewhere.source, limits)
    blocks = encoded_blocks(options.source, options.workers)
    tasks = (EncodeBlock(block, encoders, limits[block.dims]) for block in blocks)
    with closing(elsewhere.encode(tasks, observers, options.kept)) as results:
        yield from _frames_of(results, options.source, bar)


def _frames_of(
    results: Iterable[list[EncodedFrame]], source: ImageArray, bar: Any
) -> Generator[EncodedFrame, None, None]:
    for encoded in results:
        yield from encoded
        bar.update(bar.total * len(encoded) / source.n_frames)


def encoded_blocks(source: ImageArray, workers: int) -> Iterator[Block]:
    """Iterate over the blocks of a source in the order in which they are encoded."""
    return source.blocks(_block_nbytes(source, workers))


def encode_file(
    images: Any, path: str | PathLike[str] | IO[bytes], **arguments: Unpack[EncodeArguments]
) -> StackInfo:
    """Encode images straight into a file: nothing but a few blocks is ever in memory.

    Parameters
    ----------
    images : array-like
        As for `jpkl.JPkl`.
    path : path-like or binary file
        The file. It appears, or is replaced, when it is complete.
    **arguments
        The keyword arguments of `jpkl.JPkl`.

    Returns
    -------
    StackInfo
        What the file says, apart from the frames.
    """
    check_known("encode_file", arguments)
    warn_of_left_frames(path)
    options = resolve_options(images, **arguments)
    return write_encoded(options, path)


def write_encoded(
    options: EncodeOptions,
    path: str | PathLike[str] | IO[bytes],
    make_hook: HookMaker | None = None,
    check: Callable[[], None] = lambda: None,
) -> StackInfo:
    """Encode into a file as `encode_file` does, with what ``make_hook`` makes of the encoding function.

    What ``check`` raises when all is written keeps the file from its place.
    """
    limits = measure_display_range(options)
    options = aimed(options, limits)
    info = options.describe(limits)
    with writing_to(path) as file:
        writer = StackFileWriter(file, info)
        recorder = recorder_of(options)
        with closing(encode_frames(options, info, make_hook, recorder)) as encoded:
            for index, data in encoded:
                writer.append(frame_number(index, info.dim_sizes), data)
        info = recorded(info, recorder)
        with spooled_labels(options.labels, options.workers) as labels:
            writer.finish(info.fidelity, labels)
        check()
    return info


def recorder_of(options: EncodeOptions) -> FidelityRecorder | None:
    """Return what measures the frames of a stack, if that is wanted."""
    if options.fidelity is None or options.codec.exact_dtype is not None:
        return None  # what is kept exactly has lost nothing
    source = options.source
    target = "" if options.target is None else str(options.target)
    return FidelityRecorder(
        options.codec,
        options.dim_names,
        source.dim_sizes,
        source.frame_shape,
        scope=options.fidelity,
        target=target,
    )


def recorded(info: StackInfo, recorder: FidelityRecorder | None) -> StackInfo:
    """Return what a file says, with what was measured."""
    return info if recorder is None else replace(info, fidelity=recorder.result())


def measure_display_range(options: EncodeOptions) -> NDArray[np.float64]:
    """Return the display range that ``options`` ask for, measured from the source where it must be.

    Returns
    -------
    ndarray of float64
        Shape ``(*s, 2)``: ``s`` is 1 along each dim, but for a dim named channel or c, which has ranges
        of its own.

    Warns
    -----
    JPklWarning
        If ``"auto"`` clips something, or leaves most pixels few gray levels.
    """
    rule, source = options.range_rule, options.source
    if rule.values is not None:
        return rule.values
    channel = channel_dim(options.dim_names)
    shape = tuple(size if dim == channel else 1 for dim, size in enumerate(source.dim_sizes))
    low_high = _MEASURES[rule.kind](options, channel, shape[channel] if channel is not None else 1)
    return low_high.reshape(*shape, 2)


def _measure_signal(options: EncodeOptions, channel: int | None, n_channels: int) -> NDArray[np.float64]:
    found: list[list[Survey]] = [[] for _ in range(n_channels)]
    n_frame_axes = len(options.source.frame_shape)
    for of_block in _over_channels(options, channel, partial(survey, n_frame_axes=n_frame_axes)):
        for c, of_channel in of_block:
            found[c].append(of_channel)
    settled = [settle_range(of_channel, options.source.dtype) for of_channel in found]
    notes = [
        (f"channel {c}: " if n_channels > 1 else "") + note for c, (_, note) in enumerate(settled) if note
    ]
    if notes and not options.is_quiet:
        # Shown where the caller of `JPkl` or `encode_file` is.
        warnings.warn("; ".join(notes), JPklWarning, stacklevel=4)
    return _shown_as_zero(np.array([limits for limits, _ in settled]))


def _measure_minmax(options: EncodeOptions, channel: int | None, n_channels: int) -> NDArray[np.float64]:
    limits = np.tile([np.inf, -np.inf], (n_channels, 1))
    for block_limits in _over_channels(options, channel, finite_minmax):
        for c, (low, high) in block_limits:
            limits[c] = min(limits[c, 0], low), max(limits[c, 1], high)
    return _shown_as_zero(limits)


def _shown_as_zero(limits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return limits by which everything is shown as 0 where nothing is finite."""
    limits[~np.isfinite(limits).all(axis=1)] = 0.0
    return limits


def _measure_percentiles(options: EncodeOptions, channel: int | None, n_channels: int) -> NDArray[np.float64]:
    source = options.source
    step = max(1, source.nbytes // source.dtype.itemsize // n_channels // _SAMPLE_SIZE)
    samples: list[list[NDArray[Any]]] = [[] for _ in range(n_channels)]
    for block_samples in _over_channels(options, channel, partial(_sample, step=step)):
        for c, values in block_samples:
            samples[c].append(values)
    joined = [np.concatenate(parts) if parts else np.empty(0) for parts in samples]
    percentiles = options.range_rule.percentiles
    limits = np.array(
        [np.percentile(v, percentiles) if v.size else (0.0, 0.0) for v in joined], dtype=np.float64
    )
    is_empty = limits[:, 0] >= limits[:, 1]
    if is_empty.any():  # nearly all pixels have one value, and what matters are the others
        limits[is_empty] = _measure_minmax(options, channel, n_channels)[is_empty]
    return limits


def _sample(values: NDArray[Any], step: int) -> NDArray[Any]:
    counted = compressed(values.reshape(-1)[::step])
    return np.asarray(counted[np.isfinite(counted)])


_MEASURES = {"auto": _measure_signal, "minmax": _measure_minmax, "percentile": _measure_percentiles}


def _over_channels(
    options: EncodeOptions, channel: int | None, measure: Callable[[NDArray[Any]], Any]
) -> Iterator[list[tuple[int, Any]]]:
    """Yield, for each slab of the source, its channels and what ``measure`` finds in the pixels of each."""
    source = options.source
    tasks = (MeasureBlock(slab, channel, measure) for slab in _measured_slabs(source, options.workers))

    def measure_slab(task: MeasureBlock, stop: Stop) -> tuple[int, list[tuple[int, Any]]]:
        found = task(source, stop)
        source.release()
        return found

    with (
        _progress_bar(options, "Measuring display range") as bar,
        closing(
            ordered_map(measure_slab, tasks, workers=options.workers)
            if options.elsewhere is None
            else options.elsewhere.measure(tasks)
        ) as results,
    ):
        for nbytes, measured in results:
            yield measured
            bar.update(nbytes)


def _measured_slabs(source: ImageArray, workers: int) -> Iterator[Block]:
    return source.slabs(_block_nbytes(source, workers))


def _block_nbytes(source: ImageArray, workers: int) -> int:
    """Return a size of blocks at which every worker has some to do."""
    return max(1, min(BLOCK_NBYTES, source.nbytes // (4 * workers)))


def _progress_bar(options: EncodeOptions, description: str) -> Any:
    if not can_start_threads():
        tqdm.monitor_interval = 0  # its monitor is a thread, and it would warn that there can be none
    make_bar = options.progress if callable(options.progress) else tqdm
    return make_bar(
        total=options.source.nbytes,
        desc=description,
        unit="B",
        unit_scale=True,
        disable=not options.progress,
        leave=False,
    )

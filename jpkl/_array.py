"""`JPkl`: a stack of encoded frames that is indexed like a NumPy array."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from types import MappingProxyType, ModuleType
from typing import IO, TYPE_CHECKING, Any, Literal, Self, Unpack

import numpy as np
from numpy.typing import NDArray

from jpkl._cache import DecodedFrameCache
from jpkl._codecs.codec import Codec, Frame
from jpkl._codecs.jpeg import JpegCodec, NamedTables
from jpkl._codecs.stored import codec_of, custom_form, damage_test
from jpkl._decode import FrameDecoder, find_frame_shape
from jpkl._decoded_array import DecodedArray
from jpkl._dims import FrameIndex, frame_number, index_of
from jpkl._errors import FrameDecodeError, FrameError, MissingDependencyError, UnsupportedVersionError
from jpkl._fidelity import Fidelity, Scope
from jpkl._file.growing import open_growing
from jpkl._file.opening import open_stack
from jpkl._file.parts import warn_of_left_frames
from jpkl._file.schema import StackInfo
from jpkl._file.stores import FrameStore, MemoryFrames
from jpkl._pipeline import resolve_workers
from jpkl._repr import summarize, summarize_html
from jpkl._scaling import check_scale, fitting_scale
from jpkl._source.array_likes import is_labeled
from jpkl._views import EncodedFrames, FramesFirst, Intensity

if TYPE_CHECKING:
    from holoviews import DynamicMap
    from jpkl_viewer import JPklViewer, ViewerOptions
    from xarray import DataArray

    from jpkl._encoding.options import EncodeArguments, MakeBar
    from jpkl._encoding.target import TargetSpec
    from jpkl._labels.image import LabelImage
    from jpkl._metadata_changes import MetadataChanges


class JPkl(DecodedArray):
    """An n-dimensional stack of images, held as one JPEG per frame and indexed like a NumPy array.

    Frames are 8-bit and lossy, for looking and not for measuring, unless ``lossless`` keeps them
    exactly. A JPkl is immutable.

    Parameters
    ----------
    images : array-like
        Gray ``(height, width, *dims)`` or, with ``color``, RGB ``(height, width, 3, *dims)``, unless
        ``axes`` says otherwise. ndarray, memmap, h5py, zarr, dask, ...: anything with ``shape``, ``dtype``
        and slicing. An xarray DataArray names its axes: see `from_xarray`. It is read in blocks and never
        copied whole; only the encoded frames stay in memory.
    color : bool
        Whether the third axis holds RGB samples.
    jpeg_quality : int
        0 (smallest) to 100 (best), on libjpeg's scale.
    dim_names : sequence of str, optional
        One unique name per dim, e.g. ``("time", "z", "channel")``.
    metadata : dict, optional
        Plain Python data to keep with the stack. The viewer reads ``pixel_size``, ``pixel_unit``,
        ``coords``, ``units``, ``channel_names`` and ``channel_colors``.
    axes : str or sequence of str, optional
        A letter or name for each axis of ``images``, e.g. ``"TZCYX"``. Frames are found by Y and X
        wherever they are, ``S`` is RGB, and the other axes become dims in their order.
    display_range : optional
        Intensities that map to 0 and 255. uint8 data are stored as they are unless you give a range.

        - ``"auto"``: lowest and highest finite value, separately for each index of a dim named
          channel or c. Hot pixels and fill values that would use up the gray levels are clipped, and a
          `JPklWarning` says so;
        - ``"minmax"``: the same with all values;
        - ``"dtype"``: the limits of an integer dtype, 0 and 1 for floats;
        - ``"percentile"`` or ``("percentile", low, high)``: percentiles 0.1 and 99.9, or those given,
          of a sample of the data;
        - ``(low, high)``, or an array of shape ``(*s, 2)`` where ``s`` broadcasts over the dims.

        Values outside are clipped; NaN, masked pixels and constant data become 0. Masked values of a
        masked array, of NumPy or dask, do not count for the range.
    codec : str or Codec
        How frames are encoded: ``"jpeg"``; ``"png"``, ``"webp"``, ``"jpeg2000"`` or ``"avif"``; with
        ``jpkl[codecs]`` also ``"jpegxl"``, ``"jpegls"`` and ``"htj2k"``; or see `register_codec`. Only
        this library reads files with other codecs than JPEG. Lossy codecs take ``jpeg_quality`` on
        their own scale.
    lossless : bool
        Whether to keep the values of the images exactly, bool or any integers: the stack has their
        `dtype`, and the display range only affects the viewer. The default ``codec`` is then PNG.
    jpeg_tables : {"fitted", "standard"}
        ``"fitted"`` fits quantization tables to a sample of each channel, up to 48 frames, which are read
        before all others. The mean squared error over the sample is then at most that of libjpeg's own
        tables at ``jpeg_quality``, in about a quarter fewer bytes; single frames may lose more than
        with libjpeg's. ``"standard"`` uses libjpeg's tables and encodes faster.
    jpeg_optimize : bool, optional
        Whether to make Huffman tables for each frame: smaller files, slower. By default only with
        fitted tables.
    target : optional
        The result to aim for, instead of ``jpeg_quality``: tables are chosen for each channel by what a
        sample of it loses, and the other frames come within a few percent.

        - ``"noise"`` or ``("noise", q)``: quantization steps of ``q`` standard deviations of the noise, which
          is estimated for each channel (see `Fidelity`). The error is then ``q / sqrt(12)`` of it; q = 1 adds
          4 % to the noise, q = 2 15 %;
        - ``("psnr", dB)``: mean PSNR of the frames of each channel, at least;
        - ``("ssim", s)``: mean SSIM of the frames of each channel, at least;
        - ``("ratio", r)``: a file that is ``r`` times smaller than the original pixels.
    fidelity : {"sample", "all"} or None
        Frames whose PSNR and SSIM are recorded with the stack: a few of each channel, which takes a few
        percent of the encoding time; all, which takes up to a fifth with fitted tables, and more with
        others, because frames are then decoded again; or none. With ``"all"``, only the few have SSIM.
        See `fidelity`.
    workers : int, optional
        Threads used to encode and decode; by default one per core.
    progress : bool or callable
        Whether to show a progress bar while encoding, or a function that makes one, e.g.
        ``tqdm.notebook.tqdm``.
    reencode : bool
        Whether to encode frames again that a reader found as JPEG in the file.
    labels : mapping of str to array-like, optional
        Label images of the frames, by name: integers or bool, with the axes of ``images`` in the same
        order, except the RGB axis and dims along which the labels do not change, such as the channel.
        If that is ambiguous, a pair ``("ZYX", array)`` names the axes, as a DataArray does by itself. They
        are kept exactly: see `labels`.

    Raises
    ------
    ValueError, TypeError
        If the arguments do not fit the images, or no JPEG reaches the target; says what can be reached.
    FrameEncodeError
        If a frame cannot be encoded; names the frame index.

    Examples
    --------
    >>> import numpy as np
    >>> stack = JPkl(np.zeros((64, 48, 10, 3)), dim_names=("time", "channel"))
    >>> stack.shape
    (64, 48, 10, 3)
    >>> stack[16:32:2, :, 4, ...].shape
    (8, 48, 3)
    """

    def __init__(
        self,
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
    ) -> None:
        # Imported here, as most programs load stacks: what encodes is a third of the library.
        from jpkl._encoding.encode import encode_frames, recorded, recorder_of, settled
        from jpkl._encoding.options import EncodeArguments, resolve_options
        from jpkl._labels.encode import encode_labels

        overridden = type(self).encode_slice is not JPkl.encode_slice
        if overridden and target is not None:
            raise ValueError("target: a class with an encode_slice of its own decides itself how it encodes")
        arguments = EncodeArguments(
            color=color,
            jpeg_quality=jpeg_quality,
            dim_names=dim_names,
            metadata=metadata,
            axes=axes,
            display_range=display_range,
            codec=codec,
            lossless=lossless,
            jpeg_tables=jpeg_tables,
            jpeg_optimize=jpeg_optimize,
            target=target,
            fidelity=fidelity if not overridden else None,
            workers=workers,
            progress=progress,
            reencode=reencode or overridden,  # a subclass may encode in another way
            labels=labels,
        )
        if is_labeled(images) and dim_names is None and not color:
            images, arguments = _import_xarray().images_of(images, arguments)
        options, info = settled(resolve_options(images, **arguments))
        self._codec = options.codec
        if overridden and options.codec.exact_dtype is not None:
            raise ValueError(f"{type(self).__name__} encodes frames itself, as 8-bit values: not lossless")
        if overridden:  # it may ask the stack for what it is: frame_shape, dtype, metadata
            self._assemble(info, MemoryFrames([]), workers)
        frames = [b""] * info.n_frames
        make_hook = (lambda _: self.encode_slice) if overridden else None
        recorder = recorder_of(options)
        for index, data in encode_frames(options, info, make_hook, recorder):
            frames[frame_number(index, info.dim_sizes)] = data
        info = recorded(info, recorder)
        info = replace(info, labels=encode_labels(options.labels, options.workers))
        if not all(map(self._codec.recognizes, frames)):
            info = custom_form(info, type(self).__qualname__)
        self._assemble(info, MemoryFrames(frames), workers)

    def _assemble(self, info: StackInfo, store: FrameStore, workers: int | None = None) -> None:
        self._info = info
        self._store = store
        self._workers = workers
        self._labels: Mapping[str, LabelImage] | None = None
        self._decoder = self._make_decoder()

    def _make_decoder(self, *, scale: int = 1, cache: DecodedFrameCache | None = None) -> FrameDecoder:
        overridden = type(self).decode_slice is not JPkl.decode_slice
        return FrameDecoder(
            self._store,
            self._codec,
            self.frame_shape,
            self.dim_sizes,
            hook=self.decode_slice if overridden else None,
            scale=scale,
            cache=cache,
        )

    # -- what the stack is -----------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, ...]:
        """``(height, width, [3,] *dim_sizes)``."""
        return (*self.frame_shape, *self.dim_sizes)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Dtype of decoded values: uint8, or that of the images where they are kept exactly."""
        return self._decoder.dtype

    @property
    def is_exact(self) -> bool:
        """Whether values are those of the images, kept exactly, rather than 8-bit display values."""
        return self._codec.exact_dtype is not None

    @property
    def compressed_nbytes(self) -> int:
        """Bytes of all encoded frames."""
        return self._store.nbytes

    @property
    def header(self) -> tuple[str, str]:
        """``("JPkl", version)``: the version of the file format that the stack is saved in."""
        return self._info.header

    @property
    def color(self) -> bool:
        """Whether the third axis holds RGB samples."""
        return self._info.color

    @property
    def jpeg_quality(self) -> int:
        """Libjpeg's quality that the frames were encoded with, 0 to 100."""
        return self._info.jpeg_quality

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """Shape of one frame: ``(height, width)`` or ``(height, width, 3)``."""
        height, width = self._info.frame_shape or (0, 0)
        return (height, width, 3) if self.color else (height, width)

    @property
    def dim_sizes(self) -> tuple[int, ...]:
        """Lengths of the dims."""
        return self._info.dim_sizes

    @property
    def dim_names(self) -> tuple[str, ...]:
        """One unique name per dim; ``dim0``, ``dim1``, ... where none was given."""
        return self._info.dim_names

    @property
    def metadata(self) -> dict[str, Any]:
        """The user's own data, saved with the stack."""
        return self._info.metadata

    @property
    def display_range(self) -> NDArray[np.float64] | None:
        """Original intensities that map to 0 and 255.

        Shape ``(*s, 2)``, where ``s`` has one entry per dim, 1 or the dim's length. ``None`` for files
        from other writers, which do not record it.
        """
        limits = self._info.display_range
        return None if limits is None else limits.copy()

    @property
    def source_dtype(self) -> np.dtype[Any] | None:
        """Dtype of the images that the stack was made from, where it is recorded."""
        return None if self._info.source_dtype is None else np.dtype(self._info.source_dtype)

    @property
    def fidelity(self) -> Fidelity | None:
        """How far decoded frames are from those that were encoded, as measured then or by ``jpkl verify``.

        ``None`` where nothing is on record.
        """
        return self._info.fidelity

    @property
    def labels(self) -> Mapping[str, LabelImage]:
        """Label images over the frames, by name: read-only, each indexed like the stack, and read when used.

        See `with_labels` for a stack that gets some later.
        """
        from jpkl._labels.image import LabelImage

        if self._labels is None:
            shape = (self.frame_shape[0], self.frame_shape[1])
            self._labels = MappingProxyType(
                {
                    stored.name: LabelImage(stored, shape, self.dim_sizes, self.dim_names)
                    for stored in self._info.labels
                }
            )
        return self._labels

    @property
    def codec(self) -> str:
        """Name of the codec of the frames."""
        return self._info.codec

    @property
    def path(self) -> str | None:
        """The file that frames are read from; ``None`` for a stack in memory."""
        return self._store.path

    @property
    def images(self) -> EncodedFrames:
        """Read-only mapping from frame index to encoded bytes."""
        return EncodedFrames(self._store, self.dim_sizes)

    @property
    def chunks(self) -> tuple[int, ...]:
        """Shape of what is decoded together: one frame. Dask and Zarr read in such pieces."""
        return (*self.frame_shape, *(1 for _ in self.dim_sizes))

    @property
    def frames_first(self) -> FramesFirst:
        """The same stack with axes ``(*dims, height, width[, 3])``: what most programs for images expect."""
        return FramesFirst(self)

    # -- indexing --------------------------------------------------------------------------------------

    def __getitem__(self, key: Any) -> Any:
        """Decode what ``key`` selects, by NumPy's rules.

        Parameters
        ----------
        key : object
            Any basic or advanced NumPy index.

        Returns
        -------
        ndarray of `dtype`
            Equal to ``np.asarray(self)[key]``, but decodes only the frames that the key touches. Always
            a new array, never a view of the stack.

        Raises
        ------
        IndexError
            As NumPy raises it.
        FrameError
            With the frame index, if a frame cannot be read or decoded.
        """
        return self._decoder.select(key, self._workers)

    def frame(self, index: FrameIndex) -> NDArray[Any]:
        """Return one whole frame, through the decoded-frame cache where there is one.

        Parameters
        ----------
        index : tuple of int
            Frame index: one int per dim.

        Returns
        -------
        ndarray of `dtype`
            Shape `frame_shape`. Read-only when it comes from the cache, which shares it.

        Examples
        --------
        >>> import numpy as np
        >>> stack = JPkl(np.zeros((30, 40, 5, 2), np.uint8))
        >>> stack.frame((4, 1)).shape
        (30, 40)
        """
        return self._decoder.frame(frame_number(index, self.dim_sizes))

    def decode(self, key: Any = ..., *, scale: int = 1) -> Any:
        """Decode at ``1 / scale`` of the size, in less time than at full size.

        Parameters
        ----------
        key : object
            NumPy index into the scaled stack, whose shape is
            ``(ceil(height / scale), ceil(width / scale), [3,] *dims)``. All of it by default.
        scale : {1, 2, 4, 8}
            JPEG frames are scaled in the DCT domain: each value is the mean of ``scale x scale`` pixels.

        Returns
        -------
        ndarray of `dtype`, or scalar
            What ``key`` selects of the scaled stack, by NumPy's rules.

        Raises
        ------
        ValueError
            If the scale is none of these.

        Examples
        --------
        >>> import numpy as np
        >>> stack = JPkl(np.zeros((30, 40, 5), np.uint8))
        >>> stack.decode(np.s_[..., 0], scale=4).shape
        (8, 10)
        """
        check_scale(scale)
        decoder = self._decoder if scale == 1 else self._make_decoder(scale=scale)
        return decoder.select(key, self._workers)

    def overview(self, max_side: int) -> NDArray[Any]:
        """Decode the whole stack, at the largest scale at which no frame exceeds ``max_side`` pixels.

        Parameters
        ----------
        max_side : int
            Upper limit for height and width. Beyond the codec's 1/8, pixels are left out.

        Returns
        -------
        ndarray of `dtype`
            Shape ``(height', width', [3,] *dims)``.

        Raises
        ------
        ValueError
            If ``max_side`` is not at least 1.
        FrameError
            With the frame index, if a frame cannot be read or decoded.

        Examples
        --------
        >>> import numpy as np
        >>> JPkl(np.zeros((300, 400, 5), np.uint8)).overview(100).shape
        (75, 100, 5)
        """
        if max_side < 1:
            raise ValueError(f"max_side must be at least 1, not {max_side}")
        stack: NDArray[Any] = self.decode(scale=fitting_scale(max(self.frame_shape[:2]), max_side))
        step = -(-max(stack.shape[:2]) // max_side)
        return stack[::step, ::step]

    @property
    def intensity(self) -> Intensity:
        """The stack in original units: ``jp.intensity[key]`` gives float32.

        It is float64 where float32 does not tell the gray levels apart, as in a narrow range of large
        numbers.

        Where values are kept exactly, these are they, in float64 if they have more than 16 bits.

        Raises
        ------
        ValueError
            If the file does not record its display range.
        """
        if self.is_exact:
            return Intensity(self, None)
        if self._info.display_range is None:
            raise ValueError(
                "this file does not record the display range, so original intensities are unknown; "
                "index the stack itself for 8-bit values"
            )
        return Intensity(self, self._info.display_range)

    def __setitem__(self, key: Any, value: Any) -> None:
        raise TypeError(
            "a JPkl is immutable; to change a stack, edit the array, np.asarray(stack), and encode it again"
        )

    # -- the decoded-frame cache -----------------------------------------------------------------------

    @property
    def cache(self) -> DecodedFrameCache | None:
        """The decoded-frame cache, or ``None``."""
        return self._decoder.cache

    def with_cache(self, nbytes: int) -> Self:
        """Return the same frames with a decoded-frame cache.

        Single frames, from `frame` or from a key that touches one frame, go through it. Reads of several
        frames do not, so that one pass over a stack cannot flush it.

        Parameters
        ----------
        nbytes : int
            Budget in bytes of decoded pixels.

        Returns
        -------
        JPkl
            Shares the file with this one.

        Examples
        --------
        >>> import numpy as np
        >>> stack = JPkl(np.zeros((8, 8, 3), np.uint8)).with_cache(1 << 20)
        >>> stack.frame((2,)) is stack.frame((2,))
        True
        """
        cached = copy.copy(self)
        cached._decoder = cached._make_decoder(cache=DecodedFrameCache(nbytes))
        return cached

    # -- other metadata --------------------------------------------------------------------------------

    def with_metadata(
        self,
        metadata: Mapping[str, Any] | None = None,
        *,
        dim_names: Sequence[str] | None = None,
        **changes: Unpack[MetadataChanges],
    ) -> Self:
        """Return the same frames with other metadata.

        What is not named stays. `save` writes the result, also over the file that the frames come from;
        ``jpkl annotate`` changes a file at the speed of the disk.

        Parameters
        ----------
        metadata : mapping, optional
            Keys of your own, and their values; None removes a key.
        dim_names : sequence of str, optional
            New names of the dims, whose coordinates and units stay with them.
        **changes
            Of the keys that the viewer reads, each checked; None removes what there was.

            - ``pixel_size``: ``(height, width)`` of a pixel, or one number for both; ``pixel_unit``;
            - ``spacing``: mapping from the name of a dim to the step between its indices, e.g. ``0.5``, or
              ``(0.5, "µm")`` with its unit, which makes coords that begin at 0;
            - ``coords``, ``units``: mappings from the name of a dim to its values, and to their unit;
            - ``channel_names``, ``channel_colors``: one for each channel, colors as ``"#rrggbb"``;
            - ``channel_limits``: for each channel ``(low, high)``, its contrast limits in units of the
              original pixels; ``channel_visible``: for each whether it is shown;
            - ``display_mode``: ``"composite"`` or ``"single"``; ``fps``: frames per second;
            - ``acquired``, ``source``: texts.

        Returns
        -------
        JPkl
            Shares the file with this one.

        Raises
        ------
        TypeError
            If there is no such key; lists the known ones.
        ValueError
            If a value does not fit the stack; says which and what would.

        Examples
        --------
        >>> import numpy as np
        >>> stack = JPkl(np.zeros((8, 8, 3, 2)), dim_names=("t", "channel"))
        >>> stack = stack.with_metadata(
        ...     pixel_size=0.2, pixel_unit="µm", spacing={"t": (1.25, "s")}, channel_names=["DNA", "actin"]
        ... )
        >>> stack.metadata["pixel_size"], stack.metadata["coords"]["t"]
        ((0.2, 0.2), [0.0, 1.25, 2.5])
        """
        from jpkl._annotate import change_info

        return self._saying(change_info(self._info, changes, dim_names, metadata))

    def with_labels(self, labels: Mapping[str, Any]) -> Self:
        """Return the same frames with other label images; those that are not named stay.

        Parameters
        ----------
        labels : mapping of str to array-like or None
            As for the constructor, with the axes ``(height, width, *dims)`` of the stack. None removes one.

        Returns
        -------
        JPkl
            Shares the file with this one.

        Raises
        ------
        TypeError, ValueError
            If they do not fit the stack; says which and why.

        Examples
        --------
        >>> import numpy as np
        >>> stack = JPkl(np.zeros((8, 8, 3, 2)), dim_names=("t", "channel"))
        >>> stack = stack.with_labels({"nuclei": np.ones((8, 8, 3), np.uint16)})
        >>> stack.labels["nuclei"].shape, stack.labels["nuclei"].lacks
        ((8, 8, 3, 2), ('channel',))
        """
        from jpkl._annotate import change_labels

        return self._saying(change_labels(self._info, labels, resolve_workers(self._workers)))

    def _saying(self, info: StackInfo) -> Self:
        """Return the same frames with something else said of them."""
        changed = copy.copy(self)  # whose cache is its own
        changed._info, changed._labels = info, None
        if type(self).decode_slice is JPkl.decode_slice:  # another may make other pixels of other metadata
            changed._decoder = changed._make_decoder(cache=self.cache)
        return changed

    # -- encoding and serialization: the four hooks ----------------------------------------------------

    def encode_slice(self, image: Frame) -> bytes:
        """Encode one frame. Override it, with `decode_slice`, for another encoding.

        Called from several threads at once. Where it is overridden, this one takes libjpeg's tables rather
        than those that are fitted to a channel.

        Parameters
        ----------
        image : ndarray of `dtype`
            Shape `frame_shape`.

        Returns
        -------
        bytes
            What the file keeps, and `decode_slice` gets.
        """
        return self._codec.encode(image)

    def decode_slice(self, data: bytes) -> Frame:
        """Decode one frame: the inverse of `encode_slice`.

        Called from several threads at once.

        Parameters
        ----------
        data : bytes
            What `encode_slice` returned; of a file from elsewhere, anything.

        Returns
        -------
        ndarray of `dtype`
            Shape `frame_shape`.
        """
        return self._codec.decode(data, self.frame_shape)

    def save(self, path: str | PathLike[str] | IO[bytes]) -> None:
        """Write the stack to a file.

        The file appears under its name only when it is complete: a crash, a full disk or Ctrl-C leaves
        what was there before. JPEG stacks are written in format v1, which ``pickle.load`` of any Python
        reads.

        Parameters
        ----------
        path : path-like or binary file
            Usually ends in ``.jpkl``. An existing file is replaced. To an open binary file it is written
            where that is, and may be there in part if an error comes.

        Raises
        ------
        MetadataError
            If the metadata hold something that `load` would refuse.
        ValueError
            If the stack is read from the open file.

        Examples
        --------
        >>> import io
        >>> import numpy as np
        >>> file = io.BytesIO()
        >>> JPkl(np.zeros((8, 8, 3), np.uint8)).save(file)  # or to a path, "cells.jpkl"
        >>> JPkl.load(file).shape
        (8, 8, 3)
        """
        from jpkl._file.writing import write_stack

        if self._store.is_of(path):
            raise ValueError(
                "the stack is read from that open file, which would be overwritten meanwhile; save it to "
                "another one, such as an io.BytesIO"
            )
        warn_of_left_frames(path)
        is_tested = not self._store.is_checked and type(self).decode_slice is JPkl.decode_slice
        is_damaged = damage_test(self._info) if is_tested else None
        write_stack(path, self._info, self._store.read_all(), is_damaged)

    @classmethod
    def load(
        cls,
        path: str | PathLike[str] | IO[bytes],
        *,
        lazy: bool = True,
        allow_pickle: bool = False,
        storage_options: Mapping[str, Any] | None = None,
        partial: bool = False,
    ) -> Self:
        """Open a saved stack.

        Nothing in the file is ever run: it is read as plain data, and anything else in it is an error.

        Parameters
        ----------
        path : path-like, URL or binary file
            The file, or with ``jpkl[remote]`` a URL that fsspec knows. An open file, which must be able to
            seek, is read from its beginning and stays yours: keep it open as long as the stack is used, and
            leave its position alone while another thread reads frames.
        lazy : bool
            Read each frame from the file when it is asked for; otherwise read all encoded frames now.
        allow_pickle : bool
            Load with `pickle`, which **runs code that the file names**. Only for files that you trust.
        storage_options : mapping, optional
            Of a URL, what its file system of fsspec takes: credentials, headers, ``{"anon": True}``.
        partial : bool
            Open also what a `JPklWriter` is still writing to that file, or has left of it. Frames that are
            not there yet raise `FrameNotWrittenError`; `written` and `refresh` say which are. Labels and
            fidelity are not known before the file is whole.

        Returns
        -------
        JPkl
            Open until `close`, or the end of a ``with`` block. With ``lazy``, no frame has been read.

        Raises
        ------
        FormatError
            If the file is not a well-formed JPkl file; says where and why.
        IncompleteStackError
            With ``partial``, if no frame has been written yet.
        OSError
            If it cannot be read.

        Examples
        --------
        >>> with JPkl.load("cells.jpkl") as stack:  # doctest: +SKIP
        ...     stack[..., 3, 1]
        """
        if partial and isinstance(path, (str, PathLike)):
            info, store = open_growing(path)
        else:
            info, store = open_stack(
                path, lazy=lazy, allow_pickle=allow_pickle, storage_options=storage_options
            )
        try:
            return cls._from_parts(info, store)
        except BaseException:
            store.close()
            raise

    @classmethod
    def _from_parts(cls, info: StackInfo, store: FrameStore) -> Self:
        stack = cls.__new__(cls)
        decodes_itself = cls.decode_slice is not JPkl.decode_slice
        try:
            stack._codec = codec_of(info)
        except UnsupportedVersionError as error:
            if not decodes_itself:
                error.path = store.path
                raise
            stack._codec = JpegCodec()  # never asked to decode
        shape_of: Callable[[bytes], tuple[int, ...]] = stack._codec.shape
        if decodes_itself:
            stack._assemble(info, store)  # the hook may need what the file says
            shape_of = _shape_by_decoding(stack)
        frame_shape = find_frame_shape(info, store, stack._codec, shape_of)
        stack._assemble(replace(info, frame_shape=frame_shape), store)
        return stack

    @classmethod
    def from_xarray(cls, array: DataArray, **arguments: Unpack[EncodeArguments]) -> Self:
        """Encode an xarray DataArray, lazily loaded or chunked ones block by block.

        Parameters
        ----------
        array : xarray.DataArray
            Has dims named y and x, and others, whose coordinates and units go into the metadata; or ``axes``
            says what each dim is.
        **arguments
            Keyword arguments of `JPkl`.

        Returns
        -------
        JPkl
            In memory; `jpkl.encode` writes straight to a file.

        Raises
        ------
        MissingDependencyError
            If xarray is not installed.
        TypeError
            If it is no DataArray, but a Dataset, say.
        ValueError
            If neither its dims nor ``axes`` name y and x.

        Warns
        -----
        JPklWarning
            If a file cannot hold an attribute or coordinate, before anything is encoded; names each.
        """
        stack: Self = _import_xarray().stack_from_dataarray(cls, array, arguments)
        return stack

    def to_xarray(self, order: Literal["frames_last", "frames_first"] = "frames_last") -> DataArray:
        """Return the stack as a lazy DataArray of its `dtype`.

        Frames are decoded when values are used, each once, also after ``transpose``. Coordinates and units
        come from the metadata; a dim without has its indices. Other metadata become attributes, as JSON
        where netCDF could not hold them.

        Parameters
        ----------
        order : {"frames_last", "frames_first"}
            Axes ``y, x, [rgb,] *dims`` as in the stack, or ``*dims, y, x[, rgb]`` as in `frames_first`.

        Returns
        -------
        xarray.DataArray
            Lazy: it holds the stack, not its pixels.

        Raises
        ------
        MissingDependencyError
            If xarray is not installed.

        Examples
        --------
        >>> import numpy as np
        >>> stack = JPkl(np.zeros((8, 6, 3), np.uint8), dim_names=["time"])
        >>> stack.to_xarray().dims, stack.to_xarray("frames_first").dims
        (('y', 'x', 'time'), ('time', 'y', 'x'))
        """
        array: DataArray = _import_xarray().stack_to_dataarray(self, order)
        return array

    # -- while it is written ---------------------------------------------------------------------------

    @property
    def written(self) -> NDArray[np.bool_]:
        """Which frames are there, shape `dim_sizes`: all, unless the stack was opened while it is written."""
        return self._store.written.reshape(self.dim_sizes).copy()

    @property
    def is_growing(self) -> bool:
        """Whether a `JPklWriter` is still writing the file that was opened with ``partial=True``."""
        return self._store.is_growing

    @property
    def newest(self) -> FrameIndex | None:
        """Index of the frame that was written last, of a stack that was opened with ``partial=True``."""
        return None if self._store.newest is None else index_of(self._store.newest, self.dim_sizes)

    def refresh(self) -> int:
        """Look for frames that have been written since it was opened with ``partial=True``.

        Once the file is whole, it also has its labels and its fidelity.

        Returns
        -------
        int
            How many have come since the last look. `written` has them.
        """
        n_new = self._store.refresh()
        if (whole := self._store.final_info()) is not None:
            self._info = replace(
                self._info,
                display_range=whole.display_range,
                source_dtype=whole.source_dtype,
                fidelity=whole.fidelity,
                labels=self._info.labels or whole.labels,
            )
            self._labels = None
        return n_new

    # -- life time -------------------------------------------------------------------------------------

    @property
    def closed(self) -> bool:
        """Whether the file was closed."""
        return self._store.closed

    def close(self) -> None:
        """Release the file. Reading frames afterwards raises `ClosedStackError`."""
        self._store.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        budget = None if self.cache is None else self.cache.max_nbytes
        return {**self.__dict__, "_decoder": budget, "_labels": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        budget = state["_decoder"]
        self.__dict__.update(state)
        self._decoder = self._make_decoder(cache=None if budget is None else DecodedFrameCache(budget))

    # -- looking at it ---------------------------------------------------------------------------------

    def view(self, **options: Unpack[ViewerOptions]) -> JPklViewer:
        """Open the viewer: shows itself as the last line of a notebook cell.

        Parameters
        ----------
        **options
            Passed on to ``jpkl_viewer.JPklViewer``: what is shown first, e.g. ``position=(12, 0)``,
            ``colormap="viridis"``, ``composite=True``; ``compare`` and ``overlay``.

        Returns
        -------
        jpkl_viewer.JPklViewer
            In a notebook, the last line of a cell shows it.

        Raises
        ------
        TypeError
            If there is no such option, or its value is of the wrong type; lists the known ones.
        ValueError, IndexError
            If a value is impossible for this stack.
        MissingDependencyError
            If the viewer's packages are not installed.

        Examples
        --------
        >>> stack.view(position=(12, 0), colormap="viridis")  # doctest: +SKIP
        """
        try:
            from jpkl_viewer.cell import load_script_ahead

            load_script_ahead()
            from jpkl_viewer import JPklViewer
        except ModuleNotFoundError as error:
            raise MissingDependencyError("The viewer", "viewer", error.name) from error
        return JPklViewer(self, **options)

    def dynamic_map(self, **opts: Any) -> DynamicMap:
        """Make a plain HoloViews ``DynamicMap``, for which HoloViews makes the sliders.

        It has one key dimension per dim, in the order of `dim_names`, also for dims of one index. Their
        values are the indices themselves, so that ``stack.dynamic_map()[3, 1]`` shows ``stack[..., 3, 1]``,
        through the decoded-frame cache; an index outside is a ``KeyError``. Sliders show each index with its
        coordinate and unit, or the name of the channel, where the metadata give them. Frames are an
        ``hv.Image``, or an ``hv.RGB`` for color, in pixels, with row 0 on top. It starts as the viewer does:
        in the middle of z, and with the contrast limits of each channel.

        Parameters
        ----------
        **opts
            Options of ``hv.Image``, or of ``hv.RGB`` for color, e.g. ``cmap="viridis"``, ``clim=(0, 255)``
            for contrast as stored, ``colorbar=True``, ``frame_width=400``: see ``hv.help(hv.Image)``.

        Returns
        -------
        holoviews.DynamicMap
            Of ``hv.Image`` or ``hv.RGB``, with a key dimension per dim.

        Raises
        ------
        MissingDependencyError
            If the viewer's packages are not installed.
        TypeError
            If there is no such option; names those that there are.
        ValueError
            If the stack holds no frames.

        Examples
        --------
        >>> stack.dynamic_map(cmap="viridis")[3, 1]  # doctest: +SKIP
        """
        try:
            from jpkl_viewer.dynamic_map import dynamic_map
        except ModuleNotFoundError as error:
            raise MissingDependencyError("The viewer", "viewer", error.name) from error
        return dynamic_map(self, **opts)

    def __repr__(self) -> str:
        return summarize(self)

    def _repr_html_(self) -> str:
        return summarize_html(self)


def _import_xarray() -> ModuleType:
    try:
        from jpkl import _xarray
    except ImportError as error:
        raise MissingDependencyError("Working with xarray", "xarray") from error
    return _xarray


def _shape_by_decoding(stack: JPkl) -> Callable[[bytes], tuple[int, ...]]:
    """Return what asks ``decode_slice``, the only one to know; first with the shape of JPEG frames."""

    def shape_of(data: bytes) -> tuple[int, ...]:
        if stack._codec.recognizes(data):
            height, width = stack._codec.shape(data)[:2]
            stack._assemble(replace(stack._info, frame_shape=(height, width)), stack._store)
        try:
            return np.shape(stack.decode_slice(data))
        except FrameError:
            raise
        except Exception as error:  # of the hook, which may raise anything
            raise FrameDecodeError(
                f"the file does not record the size of its frames, and decode_slice cannot say it: {error}"
            ) from error

    return shape_of

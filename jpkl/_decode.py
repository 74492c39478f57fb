"""From frame numbers to pixels: one frame at a time, or all that an index plan asks for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from contextlib import closing
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._cache import DecodedFrameCache
from jpkl._codecs.codec import Codec, Frame
from jpkl._dims import frame_number, index_of
from jpkl._display_range import to_uint8
from jpkl._errors import ClosedStackError, FormatError, FrameDecodeError, FrameError, JPklError
from jpkl._file.schema import MAX_FRAME_PIXELS, StackInfo, is_possible_frame
from jpkl._file.stores import FrameStore, batches_of
from jpkl._indexing import IndexPlan, full_mask, plan_index
from jpkl._pipeline import Stop, ordered_map, resolve_requests, resolve_workers
from jpkl._scaling import scaled_shape
from jpkl._text import by

#: Pixels that a worker decodes before it comes back for more: about a millisecond's work.
_BATCH_PIXELS = 1 << 20
_MAX_BATCH = 64
#: Below this, waking another thread costs more than it saves.
_INLINE_PIXELS = 100_000
#: How many frames to ask for their size where the file does not say it.
_N_SAMPLED = 9


class FrameDecoder:
    """Decodes the frames of a store, and says which frame is at fault when one fails.

    Parameters
    ----------
    store : FrameStore
        The encoded frames.
    codec : Codec
        Decodes them, unless ``hook`` is given.
    shape : tuple of int
        Shape of a decoded frame: ``(height, width)`` or ``(height, width, 3)``.
    dim_sizes : tuple of int
        Lengths of the dims, for the frame index in errors.
    hook : callable, optional
        ``decode_slice`` of a subclass: bytes to ndarray.
    scale : int
        Decode at ``1 / scale`` of the size: 1, 2, 4 or 8.
    cache : DecodedFrameCache, optional
        Keeps single frames. A read of several passes it by, so that one pass over a stack cannot flush it.

    Attributes
    ----------
    shape : tuple of int
        Shape of a frame at that scale.
    dtype : dtype
        Of decoded values.
    """

    def __init__(
        self,
        store: FrameStore,
        codec: Codec,
        shape: tuple[int, ...],
        dim_sizes: tuple[int, ...],
        *,
        hook: Callable[[bytes], NDArray[Any]] | None = None,
        scale: int = 1,
        cache: DecodedFrameCache | None = None,
    ) -> None:
        self.cache = cache
        self._store = store
        self._codec = codec
        self._hook = hook
        self._scale = scale
        self._full_shape = shape
        self._dim_sizes = dim_sizes
        self.shape = scaled_shape(shape, scale)
        self.dtype = codec.dtype
        self._limits: NDArray[np.float64] | None = None

    def show_through(self, display_range: NDArray[np.float64]) -> None:
        """Make 8-bit display values of all that is decoded from now on.

        Parameters
        ----------
        display_range : ndarray, shape (*s, 2)
            Values that become 0 and 255; ``s`` broadcasts over the dims.
        """
        self._limits = np.broadcast_to(display_range, (*self._dim_sizes, 2))
        self.dtype = np.dtype(np.uint8)

    def decode(self, number: int, out: Frame | None = None) -> Frame:
        """Return one whole frame.

        Parameters
        ----------
        number : int
            Its number in C order of the dims.
        out : ndarray of ``dtype``, optional
            C-contiguous array of `shape` to decode into.

        Raises
        ------
        FrameError
            With the frame index, if the frame cannot be read or decoded.
        """
        # What a codec or hook of others returns may be memory that it uses for the next frame, too.
        place = np.empty(self.shape, self.dtype) if out is None else out
        return self._decode_stored(number, self._store.read(number), place)

    def _decode_stored(self, number: int, data: bytes, out: Frame) -> Frame:
        try:
            frame = self._decoded(data, out if self._limits is None else None)
        except FrameError as error:
            raise _located(error, self._store, number, self._dim_sizes) from error
        except (JPklError, MemoryError):
            raise
        except Exception as error:  # of a hook, or a codec of others, which may raise anything
            broken = FrameDecodeError(f"{type(error).__name__}: {error}")
            raise _located(broken, self._store, number, self._dim_sizes) from error
        if self._limits is not None:
            frame = to_uint8(frame, *self._limits[index_of(number, self._dim_sizes)].tolist())
        if frame is not out:
            out[...] = frame
        return out

    def _decoded(self, data: bytes, out: Frame | None) -> Frame:
        """Return a frame as its codec or hook has it, which may or may not be `out`."""
        if self._hook is not None:
            frame = _checked(self._hook(data), self._full_shape, self._codec.dtype, "decode_slice")
            return frame[:: self._scale, :: self._scale]
        codec = self._codec
        if self._scale > 1:
            scaled = codec.decode_scaled(data, self._full_shape, self._scale)
            return _checked(scaled, self.shape, codec.dtype, f"codec {codec.name!r}")
        frame = codec.decode(data, self._full_shape, out)
        return frame if frame is out else _checked(frame, self.shape, codec.dtype, f"codec {codec.name!r}")

    def frame(self, number: int) -> Frame:
        """Return one whole frame: read-only and shared if there is a cache, else the caller's own.

        Raises
        ------
        ClosedStackError
            If the stack was closed, also where the cache has the frame.
        FrameError
            As `decode` raises it.
        """
        if self.cache is None:
            return self.decode(number)
        if self._store.closed:
            raise ClosedStackError(f"{self._store.path or 'the file'} was closed")
        return self.cache.get(number, lambda: self.decode(number))

    def select(self, key: Any, workers: int | None = None, *, frames_first: bool = False) -> Any:
        """Return what a NumPy index selects of the stack of decoded frames.

        Parameters
        ----------
        key : object
            Index into ``(*shape, *dim_sizes)``, or with ``frames_first`` ``(*dim_sizes, *shape)``.
        workers : int, optional
            Threads; ``None`` means one per core.
        frames_first : bool
            Whether the axes of the dims come first.

        Returns
        -------
        ndarray of ``dtype``, or scalar
            The caller's own.
        """
        if (number := self._whole_frame(key, frames_first)) is not None:
            frame = np.empty(self.shape, self.dtype)
            if self.cache is None:
                return self.decode(number, frame)
            frame[...] = self.frame(number)
            return frame
        first, last = (self._dim_sizes, self.shape) if frames_first else (self.shape, self._dim_sizes)
        mask = full_mask(first + last, key)
        if mask is not None and self._dim_sizes and mask.size:
            return self._select_mask(mask, workers, frames_first)
        plan = plan_index(first + last, len(self.shape), key, frames_first=frames_first)
        buffer = np.empty(plan.buffer_shape, self.dtype)
        lead = plan.lead(buffer)
        if self.cache is not None and plan.frames.size == 1:
            plan.fill(lead, 0, self.frame(int(plan.frames[0])))
        elif plan.frames.size:
            self._fill(plan, lead, workers)
        return plan.finish(buffer)

    def _whole_frame(self, key: Any, frames_first: bool) -> int | None:
        """Return the frame that an index of plain ints selects, as in loops over frames: it takes no plan."""
        if frames_first and type(key) is int:
            key = (key,)
        if type(key) is not tuple or not (frames_first or (key and key[0] is Ellipsis)):
            return None
        index = key if frames_first else key[1:]
        if len(index) != len(self._dim_sizes) or any(type(i) is not int for i in index):
            return None
        try:
            return frame_number(index, self._dim_sizes)
        except IndexError:  # which a plan raises as NumPy does
            return None

    def _select_mask(self, mask: NDArray[np.bool_], workers: int | None, frames_first: bool) -> Any:
        """Select by a mask of all values; an index for each of them would take 8 bytes per axis."""
        n_frames = prod(self._dim_sizes)
        frame_axis = 0 if frames_first else -1
        mask = mask.reshape((n_frames, *self.shape) if frames_first else (*self.shape, n_frames))
        touched = np.flatnonzero(np.moveaxis(mask, frame_axis, 0).any(axis=tuple(range(1, mask.ndim))))
        index = np.unravel_index(touched, self._dim_sizes)
        frames = self.select(index if frames_first else (..., *index), workers, frames_first=frames_first)
        return frames[mask if touched.size == n_frames else mask.take(touched, frame_axis)]

    def _fill(self, plan: IndexPlan, lead: NDArray[Any], workers: int | None) -> None:
        """Decode the frames of ``plan``, each once, and put their pieces into ``lead``."""
        whole = plan.piece is None and plan.slots is None

        def decode_batch(batch: range, stop: Stop) -> None:
            scratch = None if whole else np.empty(self.shape, self.dtype)
            numbers = plan.frames[batch.start : batch.stop].tolist()
            stop.check()
            together = self._store.read_many(numbers) if self._store.batch_nbytes else None
            for i, (k, number) in enumerate(zip(batch, numbers, strict=True)):
                stop.check()
                data = self._store.read(number) if together is None else together[i]
                if scratch is None:
                    self._decode_stored(number, data, lead[k])
                else:
                    plan.fill(lead, k, self._decode_stored(number, data, scratch))

        n_workers, batches = self._division(plan.frames, workers)
        with closing(ordered_map(decode_batch, batches, workers=n_workers)) as done:
            for _ in done:
                pass

    def _division(self, frames: NDArray[np.int64], workers: int | None) -> tuple[int, list[range]]:
        """Return how many threads decode frames, and in which batches."""
        n_frames = frames.size
        if self._store.batch_nbytes and n_frames > 1:
            n_workers = resolve_requests(workers)
            lengths = np.asarray(self._store.lengths[frames])
            fair_share = -(-int(lengths.sum()) // n_workers)
            return n_workers, batches_of(lengths, min(self._store.batch_nbytes, fair_share))
        is_small = n_frames == 1 or n_frames * prod(self.shape) < _INLINE_PIXELS
        n_workers = 1 if is_small else resolve_workers(workers)
        return n_workers, self._batches(n_frames, n_workers)

    def _batches(self, n_frames: int, n_workers: int) -> list[range]:
        fair_share = -(-n_frames // (4 * n_workers))
        size = max(1, min(_MAX_BATCH, _BATCH_PIXELS // prod(self.shape), fair_share))
        return [range(start, min(start + size, n_frames)) for start in range(0, n_frames, size)]


def find_frame_shape(
    info: StackInfo,
    store: FrameStore,
    codec: Codec,
    shape_of: Callable[[bytes], tuple[int, ...]],
) -> tuple[int, int]:
    """Return height and width of the frames: as the file says, or as most of a few frames say.

    One frame alone might be the broken one, and then all others would be refused on its word.

    Parameters
    ----------
    info : StackInfo
        What the file says.
    store : FrameStore
        The encoded frames.
    codec : Codec
        Decodes the frames, unless the file names another one.
    shape_of : callable
        Shape of an encoded frame; raises `FrameDecodeError` if it is broken.

    Raises
    ------
    FormatError
        If nothing says the size, or the frames are too small in bytes to be of that size.
    FrameError
        With the frame index, if no frame can be asked.
    """
    if info.frame_shape is not None:
        least = codec.least_nbytes(info.frame_shape) if codec.name == info.codec else 0
        if len(store) and least > store.lengths.max():
            raise FormatError(
                f"no frame is large enough in bytes for {info.frame_shape} pixels", path=store.path
            )
        return info.frame_shape
    if len(store) == 0:
        raise FormatError("the file holds no frame, so the size of its frames is unknown", path=store.path)
    there = np.flatnonzero(store.written)
    sampled = there[np.linspace(0, len(there) - 1, _N_SAMPLED).astype(int)].tolist()
    votes: Counter[tuple[int, ...]] = Counter()
    errors = []
    for number in dict.fromkeys(sampled):
        try:
            votes[shape_of(store.read(number))] += 1
        except FrameError as error:
            errors.append(_located(error, store, number, info.dim_sizes))
    if not votes:
        raise errors[0]
    shape = votes.most_common(1)[0][0]
    if shape[2:] != ((3,) if info.color else ()):
        kind = "RGB" if info.color else "gray"
        raise FormatError(f"color says that frames are {kind}, but they have shape {shape}", path=store.path)
    if not is_possible_frame(shape[0], shape[1]):
        raise FormatError(
            f"frames say that they have {by(shape[:2])} pixels; "
            f"there must be some, and at most {MAX_FRAME_PIXELS:,}",
            path=store.path,
        )
    return shape[0], shape[1]


def _checked(frame: Any, shape: tuple[int, ...], dtype: np.dtype[Any], by_whom: str) -> Frame:
    """Return what code of others has made of a frame, if that can be one."""
    array = np.asarray(frame)
    if array.shape != shape or array.dtype != dtype:
        raise FrameDecodeError(
            f"{by_whom} returned {array.dtype} of shape {array.shape}, not {dtype} of {shape}"
        )
    return array


def _located(error: FrameError, store: FrameStore, number: int, dim_sizes: tuple[int, ...]) -> FrameError:
    """Return the same error with the frame index and the path in it."""
    if error.frame_index is not None:
        return error
    return type(error)(error.message, frame_index=store.locate(number, dim_sizes), path=store.path)

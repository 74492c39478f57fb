"""Arrays of any kind, read as blocks in the order in which they are stored.

All sizes are of boxes along the axes of a stack:

- The *grain* is what storage hands over together, and should be read together: a chunk, a page, a cache line.
- A *block* is what is read at a time: whole grains, as many as suit the reader.
- A *slab* is a block with only some rows of its frames, for files that interleave the pixels of many frames.
- A *tile* is what of a block is copied at a time, small enough for the processor's cache.
"""

from __future__ import annotations

import itertools
import mmap
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._dims import FrameIndex
from jpkl._errors import FrameReadError
from jpkl._source.array_likes import loaded
from jpkl._source.axes import AxesLayout
from jpkl._source.masks import mask_of
from jpkl._source.unreadable import as_ours, source_path

#: Source bytes that one block should have: large enough to amortize a read, small enough for the caches.
BLOCK_NBYTES = 8 << 20
#: What a block may grow to when the source can only be read sensibly in larger pieces.
MAX_BLOCK_NBYTES = 64 << 20
#: Bytes that memory hands over together, and a disk.
_CACHE_LINE, _PAGE = 64, 4096
#: Pixels of a tile: so few that a cache line for each fits into a core's second-level cache, on no more pages
#: than it can look up at once.
_TILE_PIXELS, _TILE_PAGES = 8192, 1024


@dataclass(frozen=True)
class Block:
    """A box of frames, or of the same rows of them.

    Attributes
    ----------
    dims : tuple of slice
        One per dim, within bounds and with step 1.
    rows : slice
        Rows of each frame.
    """

    dims: tuple[slice, ...]
    rows: slice

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of frames along each dim."""
        return tuple(s.stop - s.start for s in self.dims)

    def frame_indices(self) -> Iterator[tuple[int, ...]]:
        """Iterate over the indices of its frames, in C order."""
        return itertools.product(*(range(s.start, s.stop) for s in self.dims))


class ImageArray:
    """An array-like seen as a stack of frames.

    Parameters
    ----------
    images : array-like
        Has ``shape``, ``dtype`` and slicing: ndarray, memmap, h5py, zarr, dask, ... Never copied whole.
    layout : AxesLayout
        Where its frames are.

    Attributes
    ----------
    dim_sizes : tuple of int
        Lengths of the dims.
    frame_shape : tuple of int
        ``(height, width)`` or ``(height, width, 3)``.
    dtype : numpy.dtype
        Of the original data.
    """

    def __init__(self, images: Any, layout: AxesLayout) -> None:
        self._images = images
        self._layout = layout
        shape = tuple(int(images.shape[axis]) for axis in layout.order)
        self.frame_shape = shape[: layout.n_frame_axes]
        self.dim_sizes = shape[layout.n_frame_axes :]
        self.dtype = np.dtype(images.dtype)
        self._map = _memory_map(images)

    @property
    def layout(self) -> AxesLayout:
        """Where its frames are."""
        return self._layout

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return prod(self.dim_sizes)

    @property
    def frame_nbytes(self) -> int:
        """Bytes of one frame in the source."""
        return int(prod(self.frame_shape)) * int(self.dtype.itemsize)

    @property
    def nbytes(self) -> int:
        """Bytes of the whole source, uncompressed."""
        return self.frame_nbytes * self.n_frames

    @property
    def read_nbytes(self) -> int:
        """Bytes that storage reads for one frame: all of a chunk that the frame is in."""
        return self.frame_nbytes * (1 if self._in_memory else prod(self._grain()))

    # -- reading ---------------------------------------------------------------------------------------

    def read(self, block: Block) -> NDArray[Any]:
        """Return the block's pixels, frames first: shape ``(*block.shape, rows, width, [3])``.

        An ndarray gives a view; other sources are read. It is a masked array where some of them are masked.

        Raises
        ------
        FrameReadError
            Whatever the library raises that reads the source: names the first frame that it cannot read.
        OSError
            If a disk or a server fails.
        """
        try:
            pixels = self._load(block)
        except Exception as error:
            raise as_ours(error, source_path(self._images), lambda: self._first_unreadable(block)) from error
        return pixels.transpose(self.frames_first_axes)

    def _load(self, block: Block) -> NDArray[Any]:
        pixels = loaded(self._images[self.key(block)])
        check_promise(pixels, self.shape_of(block), self.dtype, is_dask=hasattr(self._images, "dask"))
        return pixels

    def _first_unreadable(self, block: Block) -> FrameIndex:
        """Return the first frame of a block that cannot be read; the first of all if each can by itself."""
        indices = list(block.frame_indices())
        for index in indices if len(indices) > 1 else ():
            try:
                self._load(Block(tuple(slice(i, i + 1) for i in index), block.rows))
            except Exception:
                return index
        return indices[0]

    def key(self, block: Block) -> tuple[slice, ...]:
        """Return the index into the array-like that selects a block."""
        order = self._layout.order
        key: list[slice] = [slice(None)] * len(order)
        key[order[0]] = block.rows
        for axis, dim in zip(order[self._layout.n_frame_axes :], block.dims, strict=True):
            key[axis] = dim
        return tuple(key)

    def shape_of(self, block: Block) -> tuple[int, ...]:
        """Return the shape that a block should have in the order of the array-like's axes."""
        lengths = zip(self.key(block), self._images.shape, strict=True)
        return tuple(len(range(*part.indices(n))) for part, n in lengths)

    @property
    def frames_first_axes(self) -> tuple[int, ...]:
        """The axes of the array-like in the order in which `read` has them."""
        order, n_frame_axes = self._layout.order, self._layout.n_frame_axes
        return order[n_frame_axes:] + order[:n_frame_axes]

    @property
    def has_encoded_frames(self) -> bool:
        """Whether the source may have frames that are encoded already."""
        frame_axes = self._layout.order[: self._layout.n_frame_axes]
        return hasattr(self._images, "encoded_frame") and list(frame_axes) == sorted(frame_axes)

    def encoded_frame(self, index: tuple[int, ...]) -> bytes | None:
        """Return a frame as the source has it encoded, or None; only where `has_encoded_frames`."""
        key: list[int | slice] = [slice(None)] * len(self._layout.order)
        for axis, i in zip(self._layout.order[self._layout.n_frame_axes :], index, strict=True):
            key[axis] = i
        try:
            data: bytes | None = self._images.encoded_frame(tuple(key))
        except Exception as error:
            raise as_ours(error, source_path(self._images), lambda: index) from error
        return data

    def release(self) -> None:
        """Let go of what was read of a memory map: its pages count as this process's memory until then."""
        if self._map is not None:
            self._map.madvise(mmap.MADV_DONTNEED)

    def blocks(self, nbytes: int = BLOCK_NBYTES) -> Iterator[Block]:
        """Iterate over boxes that together hold each frame once, in the order of storage.

        Parameters
        ----------
        nbytes : int
            Source bytes that a block should have. What storage hands over together is kept together, up to
            `MAX_BLOCK_NBYTES`, or in memory, where that matters less, up to ``2 * nbytes``.
        """
        grain = self._fitting(self._grain(), 2 * nbytes if self._in_memory else MAX_BLOCK_NBYTES)
        return self._boxes([self.frame_shape[0], *grain], nbytes)

    def slabs(self, nbytes: int = BLOCK_NBYTES) -> Iterator[Block]:
        """Iterate over boxes of some rows of some frames, so that each byte of storage is read once."""
        height = self.frame_shape[0]
        chunks = _chunk_shape(self._images)
        rows = 1 if chunks is None else min(height, chunks[self._layout.order[0]])
        grain = self._grain() if chunks is not None else [1] * len(self.dim_sizes)
        return self._boxes([rows, *grain], nbytes)

    @property
    def is_interleaved(self) -> bool:
        """Whether reading whole frames would read the same storage again and again.

        That is so for a file in ``(height, width, *dims)`` order: each page holds some pixels of many
        frames. It does not matter in memory.
        """
        return not self._in_memory and prod(self._grain()) * self.frame_nbytes > MAX_BLOCK_NBYTES

    @property
    def _in_memory(self) -> bool:
        return isinstance(self._images, np.ndarray) and self._map is None

    # -- the shape of boxes ----------------------------------------------------------------------------
    #
    # A box has one size for the rows of a frame, at position 0, and one for each dim, from position 1.

    def _boxes(self, sizes: list[int], nbytes: int) -> Iterator[Block]:
        lengths = (self.frame_shape[0], *self.dim_sizes)
        sizes = self._grown(sizes, lengths, nbytes)
        outer_first = sorted(range(len(sizes)), key=self._stride, reverse=True)
        steps = [range(0, lengths[p], sizes[p]) for p in outer_first]
        for starts in itertools.product(*steps):
            start_of = dict(zip(outer_first, starts, strict=True))
            rows, *dims = (
                slice(start_of[p], min(start_of[p] + size, lengths[p])) for p, size in enumerate(sizes)
            )
            yield Block(tuple(dims), rows)

    def _grown(self, sizes: list[int], lengths: tuple[int, ...], nbytes: int) -> list[int]:
        """Return sizes grown to about ``nbytes``, the innermost first."""
        sizes = list(sizes)
        row_nbytes = self.frame_nbytes // self.frame_shape[0]
        for position in sorted(range(len(sizes)), key=self._stride):
            room = max(1, nbytes // (prod(sizes) * row_nbytes))
            sizes[position] = max(1, min(lengths[position], sizes[position] * room))
            if sizes[position] < lengths[position]:
                break  # a box that is not full along an inner axis jumps over bytes along an outer one
        return sizes

    def _fitting(self, sizes: list[int], nbytes: int) -> list[int]:
        """Return numbers of frames along each dim, reduced along outer dims to fit ``nbytes``."""
        sizes = list(sizes)
        for dim in sorted(range(len(sizes)), key=lambda d: self._stride(d + 1), reverse=True):
            others = prod(sizes) // sizes[dim] * self.frame_nbytes
            sizes[dim] = max(1, min(sizes[dim], nbytes // others))
        return sizes

    def _grain(self) -> list[int]:
        """Return how many frames along each dim storage hands over at the cost of one."""
        dim_axes = self._layout.order[self._layout.n_frame_axes :]
        chunks = _chunk_shape(self._images)
        if chunks is not None:
            return [max(1, min(chunks[axis], self._images.shape[axis])) for axis in dim_axes]
        unit = _CACHE_LINE if self._in_memory else _PAGE
        sizes = [1] * len(dim_axes)
        for dim in sorted(range(len(sizes)), key=lambda d: self._stride(d + 1)):
            stride = self._stride(dim + 1)
            if 0 < stride < min(unit, self._stride(0)):
                sizes[dim] = max(1, min(self.dim_sizes[dim], unit // stride))
        return sizes

    def _stride(self, position: int) -> int:
        """Return the bytes between neighbors along the rows or a dim: as in C order where unknown."""
        n_frame_axes = self._layout.n_frame_axes
        axis = self._layout.order[position + n_frame_axes - 1 if position else 0]
        strides = getattr(self._images, "strides", None)
        if strides is not None:
            return abs(int(strides[axis]))
        return int(prod(self._images.shape[axis + 1 :])) * int(self.dtype.itemsize)


def check_promise(
    pixels: NDArray[Any], shape: tuple[int, ...], dtype: np.dtype[Any], *, is_dask: bool
) -> None:
    """Raise unless pixels are what the array that gave them promises.

    A dask array does not notice that a function returns something else than it was told. Frames would be of
    a size that no reader expects, or clipped where uint8 is kept as it is.

    Raises
    ------
    FrameReadError
        If they are not.
    """
    if pixels.shape == shape and _holds(dtype, pixels.dtype):
        return
    hint = ": correct what map_blocks, map_overlap, apply_gufunc or from_delayed was told of them"
    raise FrameReadError(
        f"the array gives {pixels.dtype} of shape {pixels.shape}, where its own shape and dtype promise "
        f"{dtype} of {shape}{hint if is_dask else ''}"
    )


def _holds(dtype: np.dtype[Any], found: np.dtype[Any]) -> bool:
    """Return whether values are of the dtype that they should be: floats may be longer."""
    return np.can_cast(found, dtype) or dtype.kind == found.kind == "f"


def _memory_map(images: Any) -> mmap.mmap | None:
    """Return the shared memory map that an array looks into, if it does."""
    if not hasattr(mmap, "MADV_DONTNEED"):
        return None
    base, shared = images, False
    while base is not None and not isinstance(base, mmap.mmap):
        # A private map, mode "c", may hold changes that exist nowhere else.
        shared = shared or (isinstance(base, np.memmap) and base.mode != "c")
        base = getattr(base, "base", None)  # arrays of readers have it as ndarrays do
    return base if isinstance(base, mmap.mmap) and shared else None


def _chunk_shape(images: Any) -> tuple[int, ...] | None:
    """Return the chunk shape of an h5py, zarr or dask array."""
    chunks = getattr(images, "chunks", None)
    if not isinstance(chunks, tuple):
        return None
    return tuple(max(c, default=1) if isinstance(c, tuple) else int(c) for c in chunks)


def contiguous_frames(frames: NDArray[Any], n_frame_axes: int) -> NDArray[Any]:
    """Return the same frames, each C-contiguous, so that a codec can take them as they are.

    A plain copy of ``(height, width, *dims)`` data walks the whole block once per frame, each time fetching
    every cache line for a few bytes of it. Going tile by tile keeps the lines of a tile in the cache
    until all frames have taken theirs.
    """
    if (mask := mask_of(frames)) is not None:
        masked: NDArray[Any] = np.ma.MaskedArray(contiguous_frames(np.asarray(frames), n_frame_axes), mask)
        return masked
    if frames.size == 0 or frames[(0,) * (frames.ndim - n_frame_axes)].flags.c_contiguous:
        return frames
    out = np.empty(frames.shape, frames.dtype)
    height_axis = frames.ndim - n_frame_axes
    row = prod(frames.shape[height_axis + 1 :])
    pixel_stride = abs(frames.strides[height_axis + 1])
    pixels = min(_TILE_PIXELS, _TILE_PAGES * _PAGE // max(1, pixel_stride))
    rows = max(1, pixels // row)
    for top in range(0, frames.shape[height_axis], rows):
        tile = (slice(None),) * height_axis + (slice(top, top + rows),)
        out[tile] = frames[tile]
    return out

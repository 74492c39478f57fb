"""Arrays of any kind, read as blocks of whole frames in the order in which they are stored."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._axes import AxesLayout

#: Source bytes that one block should have: large enough to amortise a read, small enough for the caches.
BLOCK_NBYTES = 8 << 20
#: What a block may grow to when the source can only be read sensibly in larger pieces.
MAX_BLOCK_NBYTES = 64 << 20
#: Bytes that memory hands over together.
_CACHE_LINE = 64
#: Pixels of a tile: with one cache line each, they fit a core's second-level cache.
_TILE_PIXELS = 4096


@dataclass(frozen=True)
class Block:
    """A box of frames: one slice per dim, within bounds and with step 1."""

    dims: tuple[slice, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of frames along each dim."""
        return tuple(s.stop - s.start for s in self.dims)

    @property
    def n_frames(self) -> int:
        """Number of frames in it."""
        return prod(self.shape)

    def frame_indices(self) -> Iterator[tuple[int, ...]]:
        """Indices of its frames, in C order."""
        return itertools.product(*(range(s.start, s.stop) for s in self.dims))


class ImageSource:
    """An array-like seen as a stack of frames.

    Parameters
    ----------
    images : array-like
        Has ``shape``, ``dtype`` and slicing: ndarray, memmap, h5py, zarr, dask, ... Never copied whole.
    layout : AxesLayout
        Where its frames stand.

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

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return prod(self.dim_sizes)

    @property
    def frame_nbytes(self) -> int:
        """Bytes of one frame in the source."""
        return prod(self.frame_shape) * self.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of the whole source, uncompressed."""
        return self.frame_nbytes * self.n_frames

    def read(self, block: Block) -> NDArray[Any]:
        """The block's frames, frames first: shape ``(*block.shape, *frame_shape)``.

        An ndarray gives a view; other sources are read.
        """
        order = self._layout.order
        n_frame_axes = self._layout.n_frame_axes
        key: list[slice] = [slice(None)] * len(order)
        for axis, dim in zip(order[n_frame_axes:], block.dims, strict=True):
            key[axis] = dim
        frames = np.asarray(self._images[tuple(key)])
        return frames.transpose(order[n_frame_axes:] + order[:n_frame_axes])

    def blocks(self, nbytes: int = BLOCK_NBYTES) -> Iterator[Block]:
        """Boxes that together hold each frame once, in the order in which the source is stored.

        Parameters
        ----------
        nbytes : int
            Source bytes that a block should have. Storage chunks are kept whole up to
            `MAX_BLOCK_NBYTES`.
        """
        sizes = self._block_sizes(nbytes)
        outer_first = sorted(range(len(sizes)), key=self._stride, reverse=True)
        steps = [range(0, self.dim_sizes[d], sizes[d]) for d in outer_first]
        for starts in itertools.product(*steps):
            start_of = dict(zip(outer_first, starts, strict=True))
            yield Block(
                tuple(
                    slice(start_of[d], min(start_of[d] + size, self.dim_sizes[d]))
                    for d, size in enumerate(sizes)
                )
            )

    def _block_sizes(self, nbytes: int) -> list[int]:
        """Frames along each dim of a block: grow from the storage grain, innermost dim first."""
        sizes = self._grain()
        if prod(sizes) * self.frame_nbytes > MAX_BLOCK_NBYTES:
            sizes = self._shrunk(sizes)
        for dim in sorted(range(len(sizes)), key=self._stride):
            room = max(1, nbytes // (prod(sizes) * self.frame_nbytes))
            sizes[dim] = max(1, min(self.dim_sizes[dim], sizes[dim] * room))
            if sizes[dim] < self.dim_sizes[dim]:
                break  # a box that is not full along an inner dim jumps over bytes along an outer one
        return sizes

    def _shrunk(self, sizes: list[int]) -> list[int]:
        sizes = list(sizes)
        for dim in sorted(range(len(sizes)), key=self._stride, reverse=True):
            others = prod(sizes) // sizes[dim] * self.frame_nbytes
            sizes[dim] = max(1, min(sizes[dim], MAX_BLOCK_NBYTES // others))
        return sizes

    def _grain(self) -> list[int]:
        """Frames along each dim that come at the cost of one."""
        chunks = _chunk_shape(self._images)
        dim_axes = self._layout.order[self._layout.n_frame_axes :]
        if chunks is not None:
            return [max(1, min(chunks[axis], self._images.shape[axis])) for axis in dim_axes]
        sizes = [1] * len(dim_axes)
        strides = getattr(self._images, "strides", None)
        if strides is None or len(sizes) == 0:
            return sizes
        # Pixels of one frame may stand far apart with other frames between them: (height, width, *dims).
        inner = min(range(len(sizes)), key=self._stride)
        stride = abs(strides[dim_axes[inner]])
        if 0 < stride < _CACHE_LINE:
            sizes[inner] = max(1, min(self.dim_sizes[inner], _CACHE_LINE // stride))
        return sizes

    def _stride(self, dim: int) -> int:
        """Distance in storage between neighbours along a dim; any unit."""
        axis = self._layout.order[self._layout.n_frame_axes + dim]
        strides = getattr(self._images, "strides", None)
        return abs(strides[axis]) if strides is not None else prod(self._images.shape[axis + 1 :])


def _chunk_shape(images: Any) -> tuple[int, ...] | None:
    """Chunk shape of an h5py, zarr or dask array."""
    chunks = getattr(images, "chunks", None)
    if not isinstance(chunks, tuple):
        return None
    return tuple(max(c, default=1) if isinstance(c, tuple) else int(c) for c in chunks)


def contiguous_frames(frames: NDArray[Any], n_frame_axes: int) -> NDArray[Any]:
    """The same frames, each C-contiguous, so that a codec can take them as they are.

    A plain copy of ``(height, width, *dims)`` data walks the whole block once per frame, each time fetching
    every cache line for a few bytes of it. Going tile by tile keeps the lines of a tile in the cache
    until all frames have taken theirs.
    """
    if frames.size == 0 or frames[(0,) * (frames.ndim - n_frame_axes)].flags.c_contiguous:
        return frames
    out = np.empty(frames.shape, frames.dtype)
    height_axis = frames.ndim - n_frame_axes
    row = prod(frames.shape[height_axis + 1 :])
    rows = max(1, _TILE_PIXELS // row)
    for top in range(0, frames.shape[height_axis], rows):
        tile = (slice(None),) * height_axis + (slice(top, top + rows),)
        out[tile] = frames[tile]
    return out

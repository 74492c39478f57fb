"""A source whose frames are interleaved in storage, turned into frames on disk in one pass over it."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from math import prod
from typing import IO, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from jpkl._dims import FrameIndex, frame_number
from jpkl._display_range import to_stored
from jpkl._pipeline import Stop, ordered_map
from jpkl._source.axes import AxesLayout
from jpkl._source.blocks import Block, ImageArray, contiguous_frames

#: Is shown the pixels of frames, or some rows of them, as they are read.
LookHook: TypeAlias = Callable[[FrameIndex, NDArray[Any]], None]

#: Source bytes read at a time: more rows at once make longer runs in the temporary file.
_SLAB_NBYTES = 32 << 20


@contextmanager
def spooled(
    source: ImageArray,
    limits: NDArray[np.float64],
    workers: int,
    look: LookHook | None = None,
    exact_dtype: np.dtype[Any] | None = None,
) -> Iterator[ImageArray]:
    """Yield the same stack as it is encoded, frames first, in a temporary file.

    A file in ``(height, width, *dims)`` order that does not fit in memory would be read from disk once for
    every few frames. Here it is read once, slab by slab, and written once.

    Parameters
    ----------
    source : ImageArray
        The interleaved stack.
    limits : ndarray of float64
        Display range of each frame: shape ``(*dim_sizes, 2)``.
    workers : int
        Threads.
    look : callable, optional
        Is shown what is read, before it is mapped to 8 bits.
    exact_dtype : dtype, optional
        Keep the values as they are, in this dtype, which is the source's.

    Raises
    ------
    OSError
        If the folder for temporary files (``TMPDIR``) has no room for one byte per pixel, or for exact
        values.
    """
    n_frame_axes = len(source.frame_shape)
    n_dims = len(source.dim_sizes)
    dtype = np.dtype(np.uint8) if exact_dtype is None else exact_dtype
    row_nbytes = prod(source.frame_shape[1:]) * dtype.itemsize
    frame_nbytes = prod(source.frame_shape) * dtype.itemsize
    with tempfile.TemporaryFile(prefix="jpkl-", buffering=0) as file:
        write_lock = threading.Lock()

        def move_slab(slab: Block, stop: Stop) -> None:
            pixels = contiguous_frames(source.read(slab), n_frame_axes)
            for position, index in zip(np.ndindex(slab.shape), slab.frame_indices(), strict=True):
                stop.check()
                if look is not None:
                    look(index, pixels[position])
                low, high = limits[index].tolist()
                stored = to_stored(pixels[position], low, high, exact_dtype)
                rows = np.ascontiguousarray(stored).view(np.uint8)
                offset = frame_number(index, source.dim_sizes) * frame_nbytes + slab.rows.start * row_nbytes
                with write_lock:
                    _write_at(file, offset, rows)
            source.release()

        with closing(ordered_map(move_slab, source.slabs(_SLAB_NBYTES), workers=workers)) as moved:
            for _ in moved:
                pass
        frames = np.memmap(file, dtype, "r", shape=(*source.dim_sizes, *source.frame_shape))
        order = (*range(n_dims, frames.ndim), *range(n_dims))
        yield ImageArray(frames, AxesLayout(order, n_frame_axes == 3, None))


def _write_at(file: IO[bytes], offset: int, rows: NDArray[np.uint8]) -> None:
    """Write all of some rows: without a buffer, a file takes what there is room for on a disk."""
    file.seek(offset)
    rest = rows.reshape(-1).data
    while rest:
        rest = rest[file.write(rest) :]

"""Keys with slices that select whole frames, for writing them; pure."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jpkl._dims import FrameIndex, frame_number


@dataclass(frozen=True)
class BlockKey:
    """Whole frames that a key selects.

    Attributes
    ----------
    ranges : tuple of range
        The indices along each dim.
    shape : tuple of int
        Shape of what is selected.
    """

    ranges: tuple[range, ...]
    shape: tuple[int, ...]

    def indices(self) -> Iterator[FrameIndex]:
        """Iterate over the indices of its frames, in C order."""
        return itertools.product(*self.ranges)


def block_key(items: tuple[Any, ...], dim_sizes: tuple[int, ...], image_shape: tuple[int, ...]) -> BlockKey:
    """Read a key with slices or an ellipsis into an array of shape ``(*dim_sizes, *image_shape)``.

    Raises
    ------
    IndexError
        If it is no such key, or takes parts of frames.

    Examples
    --------
    >>> block_key((slice(1, 3), ...), (4, 2), (64, 48))
    BlockKey(ranges=(range(1, 3), range(0, 2)), shape=(2, 2, 64, 48))
    """
    n_axes, n_dims = len(dim_sizes) + len(image_shape), len(dim_sizes)
    # Compared by identity: an index array is equal to anything item by item.
    at = next((i for i, item in enumerate(items) if item is ...), len(items))
    rest = items[at + 1 :]
    key = (*items[:at], *[slice(None)] * (n_axes - at - len(rest)), *rest)
    if len(key) != n_axes or any(item is ... for item in rest):
        raise IndexError(f"key {items} does not fit an array with {n_axes} axes")
    for axis, (item, size) in enumerate(zip(key[n_dims:], image_shape, strict=True)):
        if not isinstance(item, slice) or item.indices(size) != (0, size, 1):
            frame_axes = "height, width, 3" if len(image_shape) == 3 else "height, width"
            raise IndexError(
                f"{item} takes part of axis {n_dims + axis}, which has length {size}: frames are written as "
                f"a whole, and the axes are (*dims, {frame_axes}). A dask array may need moveaxis, and "
                "rechunk, so that no chunk divides a frame"
            )
    dims = list(zip(key, dim_sizes, strict=False))
    ranges = tuple(_indices(item, size) for item, size in dims)
    kept = tuple(len(r) for r, (item, _) in zip(ranges, dims, strict=True) if isinstance(item, slice))
    return BlockKey(ranges, kept + image_shape)


def _indices(item: Any, size: int) -> range:
    if isinstance(item, slice):
        return range(size)[item]
    number = frame_number((item,), (size,))
    return range(number, number + 1)

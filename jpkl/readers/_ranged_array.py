"""An uncompressed array in a remote file: what an index touches is read by ranges."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._bytes import ByteSource
from jpkl.readers._lazy import LazyArray, full_key

#: Rows, planes and so on of up to so many bytes are read whole: a request takes longer than what is left out.
_LEAST_NBYTES = 64 * 2**10


class RangedArray(LazyArray):
    """Values one after the other in a file, neither compressed nor packed.

    Parameters
    ----------
    source : ByteSource
        The file.
    shape : tuple of int
        Of the array.
    dtype : numpy.dtype
        Of its values, with their byte order.
    offset : int
        Byte at which they begin.
    is_fortran : bool
        Whether the first axis is the one along which neighbors lie beside each other.
    """

    def __init__(
        self,
        source: ByteSource,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        offset: int,
        *,
        is_fortran: bool = False,
    ) -> None:
        self.shape, self.dtype = shape, dtype
        self._source, self._offset, self._is_fortran = source, offset, is_fortran

    def __getitem__(self, key: Any) -> NDArray[Any]:
        full = full_key(key, self.ndim)
        wanted = [np.arange(size)[entry] for entry, size in zip(full, self.shape, strict=True)]
        if not all(each.size for each in wanted):
            nothing: NDArray[Any] = np.broadcast_to(np.zeros((), self.dtype), self.shape)[full]
            return nothing
        box = [(int(each.min()), int(each.max()) + 1) for each in wanted]
        lows, values = self._read_box(box)
        for axis in reversed(range(self.ndim)):
            inside = wanted[axis] - lows[axis]
            if not np.array_equal(inside, np.arange(values.shape[axis])):
                values = values[(slice(None),) * axis + (inside,)]
        return values

    def _read_box(self, box: list[tuple[int, int]]) -> tuple[list[int], NDArray[Any]]:
        """Return a box of values, or one around it, and where it begins along each axis."""
        stored = self.shape[::-1] if self._is_fortran else self.shape
        bounds = box[::-1] if self._is_fortran else list(box)
        inner, itemsize = self.ndim, self.dtype.itemsize
        while inner and (
            bounds[inner:] == _whole(stored[inner:]) or math.prod(stored[inner:]) * itemsize <= _LEAST_NBYTES
        ):
            bounds[inner:] = _whole(stored[inner:])
            inner -= 1
        nbytes = math.prod(high - low for low, high in bounds[inner:]) * itemsize
        strides = [math.prod(stored[axis + 1 :]) for axis in range(self.ndim)]
        first = sum(low * step for (low, _), step in zip(bounds[inner:], strides[inner:], strict=True))
        outer = itertools.product(*(range(*each) for each in bounds[:inner]))
        starts = [first + sum(i * step for i, step in zip(at, strides, strict=False)) for at in outer]
        ranges = [(self._offset + start * itemsize, nbytes) for start in starts]
        data = b"".join(self._source.read_ranges(ranges))
        if len(data) != nbytes * len(ranges):
            raise ValueError(f"{self._source.label}: ends before its array does")
        values = np.frombuffer(data, self.dtype).reshape([high - low for low, high in bounds])
        lows = [low for low, _ in bounds]
        return (lows[::-1], values.transpose()) if self._is_fortran else (lows, values)


def _whole(shape: tuple[int, ...]) -> list[tuple[int, int]]:
    return [(0, size) for size in shape]

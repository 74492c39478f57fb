"""Arrays in files, read piece by piece.

A memory map ends the process with SIGBUS when another program cuts the file short. Whoever looks at an
original, perhaps on a server with others, gets an error instead. Only values that are scattered all over
the file, as those of a frame in ``(height, width, *dims)`` order, come through a map, right after a look at
the size of the file: that takes a fraction of the time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._bytes import LocalFile

#: Bytes from which on reading a run of values takes less time than mapping it.
_SHORTEST_RUN = 1024


class UnmappedArray:
    """An array that lies in a file as it does in memory.

    Parameters
    ----------
    mapped : numpy.memmap
        The same as a memory map, contiguous in C or Fortran order.
    file : LocalFile
        The file; the caller closes it.
    """

    def __init__(self, mapped: np.memmap[Any, Any], file: LocalFile) -> None:
        self.dtype, self.shape, self.ndim = mapped.dtype, mapped.shape, mapped.ndim
        #: By which blocks are chosen.
        self.strides = mapped.strides
        self._mapped, self._file, self._offset = mapped, file, mapped.offset
        self.source_path = file.name
        self._is_reversed = not mapped.flags.c_contiguous

    def __getitem__(self, key: Any) -> NDArray[Any]:
        """Return what basic indices select, as a new array.

        Raises
        ------
        ValueError
            If the file no longer has it.
        """
        given = _full_key(key, self.ndim)
        ranges = [_range(each, size) for each, size in zip(given, self.shape, strict=True)]
        inside_first = ranges[::-1] if self._is_reversed else ranges
        shape = self.shape[::-1] if self._is_reversed else self.shape
        axis = _run_axis(inside_first, shape)
        run_nbytes = len(inside_first[axis]) * math.prod(shape[axis + 1 :]) * self.dtype.itemsize
        if axis and run_nbytes < _SHORTEST_RUN:
            if self._file.current_size < self._offset + math.prod(shape) * self.dtype.itemsize:
                raise ValueError(f"{self._file.name}: it became shorter")
            return np.array(self._mapped[key])
        values = self._read(inside_first, shape, axis)
        values = values.T if self._is_reversed else values
        return values[tuple(slice(None) if isinstance(each, slice) else 0 for each in given)]

    def _read(self, ranges: Sequence[range], shape: Sequence[int], axis: int) -> NDArray[Any]:
        """Read what ranges select, in runs along an axis with all that lies within it."""
        values = np.empty([len(each) for each in ranges], self.dtype)
        if values.size == 0:
            return values
        strides = [math.prod(shape[i + 1 :]) * self.dtype.itemsize for i in range(len(shape))]
        run = ranges[axis]
        first, last = min(run[0], run[-1]), max(run[0], run[-1])
        count = (last - first + 1) * strides[axis]
        for place in np.ndindex(*[len(each) for each in ranges[:axis]]):
            start = sum(ranges[i][k] * strides[i] for i, k in enumerate(place)) + first * strides[axis]
            data = self._file.read_at(self._offset + start, count)
            if len(data) < count:
                raise ValueError(f"{self._file.name}: it became shorter while it was read")
            found = np.frombuffer(data, self.dtype).reshape((last - first + 1, *shape[axis + 1 :]))
            values[place] = found[np.array(run) - first]
        return values


def _full_key(key: Any, n_axes: int) -> tuple[Any, ...]:
    """Return basic indices with one item for each axis."""
    given = key if isinstance(key, tuple) else (key,)
    at = next((i for i, each in enumerate(given) if each is Ellipsis), len(given))
    rest = given[at + 1 :]
    return (*given[:at], *[slice(None)] * (n_axes - len(given[:at]) - len(rest)), *rest)


def _run_axis(ranges: Sequence[range], shape: Sequence[int]) -> int:
    """Return the axis along which what is selected lies side by side: what is within it is selected whole."""
    axis = len(shape) - 1
    while axis > 0 and ranges[axis] == range(shape[axis]):
        axis -= 1
    return axis


def _range(key: Any, size: int) -> range:
    if isinstance(key, slice):
        return range(*key.indices(size))
    index = range(size)[key]
    return range(index, index + 1)

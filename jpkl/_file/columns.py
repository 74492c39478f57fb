"""Numbers of all frames, such as their offsets: in memory, or in the file and read page by page.

Memory maps would be simpler, and kill the process when another program cuts the file short.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, TypeAlias, overload
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from jpkl._bytes import ByteSource
from jpkl._errors import FormatError

#: Numbers that are read together.
PAGE = 1 << 13

#: Pages of a column that are kept.
_KEPT = 4


class Column:
    """Numbers in a file, indexed like an array of int64.

    Parameters
    ----------
    source : ByteSource
        The file.
    start : int
        Where they begin.
    dtype : str
        As they are stored, e.g. ``"<u4"``.
    size : int
        How many there are.
    """

    def __init__(self, source: ByteSource, start: int, dtype: str, size: int) -> None:
        self._source, self._start, self._dtype = source, start, np.dtype(dtype)
        self.size = size
        self._checksums: list[int] = []
        self._total = self._largest = 0
        self._kept: OrderedDict[int, NDArray[np.int64]] = OrderedDict()
        self._lock = threading.Lock()

    def scan(self, checksum: int) -> int:
        """Read all numbers once, and note what each page is; return the CRC-32 of those before and these."""
        self._checksums = [checksum]  # of all before each page
        for number in range(self._n_pages):
            data = self._bytes_of(number)
            checksum = crc32(data, checksum)
            self._checksums.append(checksum)
            page = np.frombuffer(data, self._dtype, len(data) // self._dtype.itemsize)
            self._total += int(page.sum())
            self._largest = max(self._largest, int(page.max(initial=0)))
        return checksum

    @property
    def nbytes(self) -> int:
        """Bytes in the file."""
        return self.size * self._dtype.itemsize

    @property
    def _n_pages(self) -> int:
        return -(-self.size // PAGE)

    def _bytes_of(self, number: int) -> bytes:
        first, last = number * PAGE, min(self.size, (number + 1) * PAGE)
        width = self._dtype.itemsize
        return self._source.read_at(self._start + first * width, (last - first) * width)

    def _page(self, number: int) -> NDArray[np.int64]:
        with self._lock:
            page = self._kept.get(number)
            if page is not None:
                self._kept.move_to_end(number)
                return page
        data = self._bytes_of(number)
        if crc32(data, self._checksums[number]) != self._checksums[number + 1]:
            raise FormatError(
                "the index of the file was overwritten since it was opened; load it again",
                path=self._source.name,
            )
        page = np.frombuffer(data, self._dtype).astype(np.int64)
        with self._lock:
            self._kept[number] = page
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return page

    def __len__(self) -> int:
        return self.size

    @overload
    def __getitem__(self, key: int | np.integer[Any]) -> np.int64: ...
    @overload
    def __getitem__(self, key: slice | NDArray[Any]) -> NDArray[np.int64]: ...
    def __getitem__(self, key: int | np.integer[Any] | slice | NDArray[Any]) -> np.int64 | NDArray[np.int64]:
        """Return one number, or an array of some.

        Raises
        ------
        FormatError
            If the file was overwritten since it was opened.
        ClosedStackError
            If it was closed.
        """
        if isinstance(key, slice):
            return self[np.arange(*key.indices(self.size))]
        if isinstance(key, np.ndarray):
            return self._some(key)
        number, place = divmod(range(self.size)[key], PAGE)
        found: np.int64 = self._page(number)[place]
        return found

    def _some(self, places: NDArray[Any]) -> NDArray[np.int64]:
        found = np.empty(places.shape, np.int64)
        numbers = places // PAGE
        for number in np.unique(numbers).tolist():
            there = numbers == number
            found[there] = self._page(number)[places[there] - number * PAGE]
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        pages = list(self.pages())
        return np.concatenate(pages or [np.empty(0, np.int64)]).astype(dtype or np.int64, copy=False)

    def pages(self) -> Iterator[NDArray[np.int64]]:
        """Iterate over arrays of up to `PAGE` numbers."""
        return (self._page(number) for number in range(self._n_pages))

    def sum(self) -> int:
        """Return the sum, without reading."""
        return self._total

    def max(self) -> int:
        """Return the largest, without reading; 0 where there are none."""
        return self._largest

    def __reduce__(self) -> tuple[object, ...]:
        noted = (self._checksums, self._total, self._largest)
        return _restored, (self._source, self._start, self._dtype.str, self.size, noted)


def _restored(
    source: ByteSource, start: int, dtype: str, size: int, noted: tuple[list[int], int, int]
) -> Column:
    column = Column(source, start, dtype, size)
    column._checksums, column._total, column._largest = noted
    return column


#: Numbers of all frames, wherever they are.
Numbers: TypeAlias = NDArray[np.integer[Any]] | Column


def pages_of(numbers: Numbers) -> Iterator[NDArray[Any]]:
    """Iterate over arrays of up to `PAGE` of them."""
    if isinstance(numbers, Column):
        yield from numbers.pages()
        return
    for start in range(0, len(numbers), PAGE):
        yield numbers[start : start + PAGE]

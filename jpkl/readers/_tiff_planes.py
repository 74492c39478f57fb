"""The planes of a TIFF series: where each lies, whether it is in the file, and how to read it."""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jpkl._bytes import UrlPath
from jpkl._dims import index_of
from jpkl.readers._damage import DAMAGE
from jpkl.readers._other_files import check_is_beside
from jpkl.readers._planes import StoredPlanes
from jpkl.readers._tiff_jpeg import jpeg_of

if TYPE_CHECKING:
    from tifffile import FileHandle, TiffFile, TiffFrame, TiffPage, TiffPageSeries

#: Files of a series that are kept open, of those that are opened as their planes are read.
_MAX_OPEN_FILES = 32


@cache
def damage() -> tuple[type[Exception], ...]:
    """Return what tifffile and the decoders let through when a file is damaged."""
    from tifffile import TiffFileError  # a ValueError only since 2025

    return (TiffFileError, *DAMAGE)


def planes_of(
    path: Path, tiff: TiffFile, series: TiffPageSeries, lock: threading.RLock
) -> StoredPlanes | PagedPlanes:
    """Return the planes of a series; those that lie one after the other as they are can be mapped."""
    # The offsets of a series of several files are not those of a single one, even where they look like it.
    if series.dataoffset is not None and not series.is_multifile and series.transform is None:
        return _stored_planes(path, series)
    return PagedPlanes(path, tiff, series, lock)


def _stored_planes(path: Path, series: TiffPageSeries) -> StoredPlanes:
    # An OME-TIFF of several files is opened by any of them: the pixels may lie in another one.
    holder = series.keyframe.parent
    file = path if isinstance(path, UrlPath) else Path(holder.filehandle.path)
    if file is not path:
        check_is_beside(path, file)
    dtype = np.dtype(series.dtype).newbyteorder(holder.byteorder)
    shape, plane_shape = _split_shape(series)
    return StoredPlanes(file, shape, plane_shape, dtype, offset=int(series.dataoffset or 0))


def _split_shape(series: TiffPageSeries) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the axes of the series that count its planes, and those inside a plane."""
    shape = tuple(int(n) for n in series.shape)
    n_pixels = math.prod(series.keyframe.shape)
    for outer in range(len(shape) + 1):
        if math.prod(shape[outer:]) == n_pixels:
            return shape[:outer], shape[outer:]
    raise ValueError(f"planes of shape {series.keyframe.shape} do not make up the shape {shape}")


class PagedPlanes:
    """Planes that are pages, decoded one by one; those of several files are opened as they are needed.

    Parameters
    ----------
    path : Path
        The file, for messages.
    tiff : TiffFile
        The opened file; its owner closes it.
    series : TiffPageSeries
        The series, or a level of its pyramid.
    lock : RLock
        Held while files are read: tifffile seeks and parses pages on demand.

    Attributes
    ----------
    files : tuple of Path
        The files in which planes are.
    """

    def __init__(self, path: Path, tiff: TiffFile, series: TiffPageSeries, lock: threading.RLock) -> None:
        self._path = path
        self._tiff = tiff
        self._lock = lock
        self._series = series
        self.dtype = np.dtype(series.dtype)
        self.shape, self.plane_shape = _split_shape(series)
        self._opened: list[FileHandle] = []
        first = path if isinstance(path, UrlPath) else Path(tiff.filehandle.path)  # a companion has no pixels
        size, n_planes = first.stat().st_size, math.prod(self.shape)
        if n_planes > size:  # before each is looked for: where some are missing, others are there
            raise ValueError(f"its header names {n_planes:,} planes, more than the file has bytes")
        file_sizes: dict[str, int] = {tiff.filehandle.path: size}
        self.is_there = np.fromiter((self._is_whole(i, file_sizes) for i in range(n_planes)), bool, n_planes)
        self.files = tuple(map(Path, file_sizes))

    def read(self, numbers: list[int]) -> NDArray[Any]:
        """Return planes."""
        if not numbers:
            return np.empty((0, *self.plane_shape), self.dtype)
        with self._lock:
            try:
                return self._decoded(numbers)
            except damage() as error:
                raise self._damaged(numbers, error) from error

    def encoded(self, number: int) -> bytes | None:
        """Return a plane as the file has it, if that is a JPEG."""
        page = self._page(number)
        if page is None or self._series.transform is not None or page.shape != self.plane_shape:
            return None
        with self._lock:
            self._open_files([number])
            return jpeg_of(page)

    def close(self) -> None:
        """Close the files that were opened as planes were read."""
        with self._lock:
            while self._opened:
                self._opened.pop().close()

    def place(self, number: int) -> str:
        """Say on which page, and at which bytes, a plane is."""
        said = f"plane {index_of(number, self.shape)}"
        page = self._page(number)
        if page is None:
            return said
        file = page.parent.filehandle
        if file.name != self._tiff.filehandle.name:
            said += f" in {file.name}"
        said += f", page {page.index}"
        extents = list(zip(page.dataoffsets, page.databytecounts, strict=False))
        if extents:
            first, last = min(extents)[0], max(at + n for at, n in extents)
            said += f", bytes {first:,} to {last:,}"
        return said

    def _page(self, number: int) -> TiffPage | TiffFrame | None:
        try:
            return self._series[number]
        except damage():  # a page that is promised, but that the chain of pages does not reach
            return None

    def _is_whole(self, number: int, file_sizes: dict[str, int]) -> bool:
        page = self._page(number)
        if page is None or _lacks_segments(page):
            return False
        path = page.parent.filehandle.path
        if path not in file_sizes:
            check_is_beside(self._path, path)
            file_sizes[path] = Path(path).stat().st_size
        return _data_end(page) <= file_sizes[path]

    def _decoded(self, numbers: list[int]) -> NDArray[Any]:
        self._open_files(numbers)
        planes = self._tiff.asarray(numbers, series=self._series)
        if self._series.transform is not None:
            planes = self._series.transform(planes)
        return np.asarray(planes).reshape(len(numbers), *self.plane_shape)

    def _open_files(self, numbers: Sequence[int]) -> None:
        """Open the files of some planes, and close the ones that were opened longest ago."""
        for number in numbers[:_MAX_OPEN_FILES]:
            page = self._page(number)
            if page is not None and page.parent.filehandle.closed:
                page.parent.filehandle.open()
                self._opened.append(page.parent.filehandle)
        while len(self._opened) > _MAX_OPEN_FILES:
            self._opened.pop(0).close()

    def _damaged(self, numbers: list[int], error: Exception) -> ValueError:
        """Return an error that names the first plane that cannot be decoded."""
        for number in numbers:
            try:
                self._decoded([number])
            except damage() as own:
                return ValueError(f"{self._path}: {self.place(number)}, is damaged: {own}")
        return ValueError(f"{self._path}: {self.place(numbers[0])}, or one of the next, is damaged: {error}")


def _lacks_segments(page: TiffPage | TiffFrame) -> bool:
    """Return whether a page names fewer strips or tiles than it has; tifffile has zeros for the others."""
    keyframe = page.keyframe
    n_segments = 1 if keyframe is None or keyframe.is_contiguous else math.prod(keyframe.chunked)
    return min(len(page.dataoffsets), len(page.databytecounts)) < n_segments


def _data_end(page: TiffPage | TiffFrame) -> int:
    """Return the byte after the last one of a page."""
    keyframe = page.keyframe
    if keyframe is not None and keyframe.is_contiguous:
        return int(page.dataoffsets[0] + keyframe.nbytes)  # what tifffile reads, whatever the counts say
    return max((int(at + n) for at, n in zip(page.dataoffsets, page.databytecounts, strict=False)), default=0)

"""TIFF, OME-TIFF and ImageJ hyperstacks, through tifffile."""

from __future__ import annotations

import math
import struct
import threading
import zlib
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jpkl._dims import index_of
from jpkl._errors import MissingDependencyError
from jpkl.readers._image_file import ArrayLike, ImageFile
from jpkl.readers._tiff_metadata import read_metadata

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPageSeries


#: Values of the tag PhotometricInterpretation whose samples are red, green, blue (YCbCr is decoded to them).
_RGB = (2, 6)


def read(path: Path, part: str | None) -> ImageFile:
    """Open one series of a TIFF file; pages are read as the array is indexed."""
    try:
        import tifffile
    except ImportError as error:
        raise MissingDependencyError("Reading TIFF files", "io") from error
    try:
        tiff = tifffile.TiffFile(path)
    except _damage() as error:
        raise ValueError(f"{path}: not a readable TIFF file: {error}") from error
    try:
        return _open_series(path, tiff, part)
    except BaseException:
        tiff.close()
        raise


def _open_series(path: Path, tiff: TiffFile, part: str | None) -> ImageFile:
    try:
        number = _choose(path, len(tiff.series), part)
        series = tiff.series[number]
        if series.dtype is None:
            raise ValueError(f"{path}: pixels of {series.keyframe.bitspersample} bits are not supported")
        axes, crop = _sample_axis(series.axes, series.shape, int(series.keyframe.photometric))
        array = _lazy_array(path, tiff, number, crop)
        found = replace(read_metadata(tiff, number, axes, array.shape), source=path.name)
    except _damage() as error:
        if str(path) in str(error):  # a message of our own
            raise
        raise ValueError(f"{path}: damaged TIFF file: {error}") from error
    return ImageFile(array, axes, found.as_dict(), _notes(tiff, number, part), tiff.close)


@cache
def _damage() -> tuple[type[Exception], ...]:
    """Return what tifffile and the decoders let through when a file is damaged."""
    from tifffile import TiffFileError  # a ValueError only since 2025

    return (
        TiffFileError,
        ValueError,
        TypeError,
        LookupError,
        ArithmeticError,
        RuntimeError,
        AssertionError,
        struct.error,
        zlib.error,
    )


def _choose(path: Path, n_series: int, part: str | None) -> int:
    if part is None and n_series:
        return 0
    if part is None or not part.isdecimal() or int(part) >= n_series:
        raise ValueError(f"{path}: holds no image series {part or 0!r}; its series are {_numbers(n_series)}")
    return int(part)


def _numbers(n: int) -> str:
    return f"0 to {n - 1}" if n > 1 else "0 alone" if n else "none at all"


def _notes(tiff: TiffFile, number: int, part: str | None) -> tuple[str, ...]:
    n = len(tiff.series)
    if part is not None or n == 1:
        return ()
    return (f"the file holds {n} image series; read series {number}, choose another with --array NUMBER",)


def _sample_axis(axes: str, shape: tuple[int, ...], photometric: int) -> tuple[str | list[str], slice]:
    """Tell RGB samples, whose alpha is dropped, from samples that are signals, which are channels."""
    if "S" not in axes:
        return axes, slice(None)
    n_samples = shape[axes.index("S")]
    if photometric in _RGB and n_samples >= 3:
        return axes, slice(3)
    if "C" not in axes:
        return axes.replace("S", "C"), slice(None)
    return ["sample" if letter == "S" else letter for letter in axes], slice(None)


def _lazy_array(path: Path, tiff: TiffFile, number: int, crop: slice) -> ArrayLike:
    series = tiff.series[number]
    crops = tuple(crop if letter == "S" else slice(None) for letter in series.axes)
    if series.dataoffset is not None and series.keyframe.is_memmappable:
        # An OME-TIFF of several files is opened by any of them: the pixels may lie in another one.
        holder = series.keyframe.parent
        dtype = np.dtype(series.dtype).newbyteorder(holder.byteorder)
        return np.memmap(holder.filehandle.path, dtype, "r", series.dataoffset, series.shape)[crops]
    return PagedArray(path, tiff, number, crops)


class PagedArray:
    """A series of TIFF pages as an array that reads the pages which an index touches.

    Parameters
    ----------
    path : Path
        The file, for messages.
    tiff : TiffFile
        The opened file; its owner closes it.
    number : int
        Which series of it.
    crops : tuple of slice
        What to keep of each axis; only axes inside a page are ever cropped.
    """

    def __init__(self, path: Path, tiff: TiffFile, number: int, crops: tuple[slice, ...]) -> None:
        self._path = path
        self._tiff = tiff
        self._number = number
        series = tiff.series[number]
        self._page_shape = _page_shape(series)
        outer = series.ndim - len(self._page_shape)
        self._page_crops = crops[outer:]
        # Page numbers in the shape of the axes that span pages: indexing these finds the pages to read.
        self._numbers = np.arange(len(series.pages)).reshape(series.shape[:outer])
        # tifffile seeks and parses pages on demand, so that reads must not overlap.
        self._lock = threading.Lock()
        self.dtype = np.dtype(series.dtype)
        cropped = (len(range(*crop.indices(n))) for crop, n in zip(crops, series.shape, strict=True))
        self.shape = tuple(cropped)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of the decoded pixels."""
        return math.prod(self.shape) * self.dtype.itemsize

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self[...], dtype=dtype)

    def __getitem__(self, key: Any) -> NDArray[Any]:
        full = _full_key(key, self.ndim)
        outer = self._numbers.ndim
        numbers = self._numbers[full[:outer]]
        pages = self._read(numbers.ravel().tolist()).reshape(numbers.shape + self._page_shape)
        lead = (slice(None),) * numbers.ndim
        result: NDArray[Any] = pages[lead + self._page_crops][lead + full[outer:]]
        return result

    def _read(self, numbers: list[int]) -> NDArray[Any]:
        if not numbers:
            return np.empty((0, *self._page_shape), self.dtype)
        with self._lock:
            try:
                missing = self._first_missing(numbers)
                if missing is None:
                    return self._tiff.asarray(numbers, series=self._number)
            except _damage() as error:
                first, last = self._where(numbers[0]), self._where(numbers[-1])
                raise ValueError(f"{self._path}: damaged in planes {first} to {last}: {error}") from error
        # tifffile would show it as zeros, which nobody could tell from data.
        raise ValueError(f"{self._path}: plane {self._where(missing)} is missing from the file")

    def _first_missing(self, numbers: list[int]) -> int | None:
        pages = self._tiff.series[self._number].pages
        return next((number for number in numbers if pages[number] is None), None)

    def _where(self, number: int) -> tuple[int, ...]:
        return index_of(number, self._numbers.shape)


def _page_shape(series: TiffPageSeries) -> tuple[int, ...]:
    """Return the trailing axes of the series that one page holds; the axes before them count the pages."""
    for outer in range(series.ndim + 1):
        if math.prod(series.shape[:outer]) == len(series.pages):
            return tuple(series.shape[outer:])
    raise ValueError(f"{len(series.pages)} pages do not make up the shape {series.shape}")


def _full_key(key: Any, ndim: int) -> tuple[Any, ...]:
    """Return `key` with one entry per axis."""
    given: tuple[Any, ...] = key if isinstance(key, tuple) else (key,)
    # By identity: an index array in the key would compare element by element.
    at = next((i for i, entry in enumerate(given) if entry is Ellipsis), len(given))
    before, after = given[:at], given[at + 1 :]
    missing = ndim - len(before) - len(after)
    if missing < 0:
        raise IndexError(f"too many indices: the array has {ndim} axes")
    return before + (slice(None),) * missing + after

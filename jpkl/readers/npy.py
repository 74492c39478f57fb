"""NumPy's ``.npy``: one array, mapped into memory, or read by ranges where the file is remote."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from tokenize import TokenError
from types import EllipsisType
from typing import Any

import numpy as np

from jpkl._bytes import UrlPath
from jpkl._metadata import StackMetadata
from jpkl._source.axes import FRAME_AXES
from jpkl.readers._image_file import ImageFile
from jpkl.readers._ranged_array import RangedArray

_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
_RGB = (3, 4)

#: What NumPy raises of a header, which is Python source, may be cut short, and may say any numbers.
_DAMAGE = (ValueError, TypeError, OverflowError, EOFError, TokenError)


def read(path: Path, scene: str | None) -> ImageFile:
    """Map the array of an ``.npy`` file; object arrays are refused, nothing is unpickled."""
    if scene is not None:
        raise ValueError(f"{path}: an .npy file holds a single array, there is no scene {scene!r} to choose")
    try:
        array = _remote(path) if isinstance(path, UrlPath) else np.lib.format.open_memmap(path, mode="r")
    except _DAMAGE as error:
        raise ValueError(f"{path}: not a readable .npy file of numbers: {error}") from error
    return ImageFile(array, metadata=StackMetadata(source=path.name).as_dict())


def reads_ranges(path: Path, axes: Sequence[str] | EllipsisType | None = ...) -> bool:
    """Return whether a remote file can be read by ranges: if each frame lies in one piece.

    The file does not name its axes. With none, rows and columns come first; where they are still to be said,
    they are the larger two of those at either end.
    """
    try:
        shape, is_fortran, dtype, _ = _header(path)
    except _DAMAGE:  # `read` of the copy will say what is wrong
        return False
    stored = shape[::-1] if is_fortran else shape
    if dtype.kind not in "buif" or min(stored, default=0) <= 0:
        return False
    if axes is not ...:
        names = [FRAME_AXES.get(axis.lower()) for axis in axes or "YX".ljust(len(shape), "Q")]
        names = names[::-1] if is_fortran else names
        return {"y", "x"} <= set(names[-2:] if "s" not in names else names[-3:])
    sizes = stored[:-1] if len(stored) > 2 and stored[-1] in _RGB else stored
    return len(sizes) <= 2 or math.prod(sizes[-2:]) >= math.prod(sizes[:2])


def _header(path: Path) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Return shape, whether it is in Fortran order, dtype, and where the values begin."""
    with path.open("rb") as file:
        version = np.lib.format.read_magic(file)
        if version not in _HEADERS:
            raise ValueError(f"version {version} of the format")
        shape, is_fortran, dtype = _HEADERS[version](file)
        return shape, is_fortran, dtype, file.tell()


def _remote(path: UrlPath) -> RangedArray:
    shape, is_fortran, dtype, offset = _header(path)
    missing = offset + math.prod(shape) * dtype.itemsize - path.source.size
    if missing > 0:
        raise ValueError(f"{missing:,} bytes of its array are missing")
    return RangedArray(path.source, shape, dtype, offset, is_fortran=is_fortran)

"""Files that hold fewer planes than they promise: cut off, stopped while recording, or apart from others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from jpkl._axes import OME_DIM_NAMES
from jpkl._text import count
from jpkl.readers._image_file import Missing
from jpkl.readers._tiff_planes import Planes
from jpkl.readers._tiff_structure import break_in, file_size

if TYPE_CHECKING:
    from tifffile import TiffFile

_COPY = "Copy the file again if there is a whole one"
_BLACK = "--missing black puts black planes in their place"
_TRIM = "--missing trim"


@dataclass(frozen=True)
class Kept:
    """The planes to read, in the shape of the axes that count them, and what to say about those left out."""

    numbers: NDArray[np.intp]
    notes: tuple[str, ...] = ()


def kept_planes(
    path: Path, tiff: TiffFile, planes: Planes, axes: Sequence[str], missing: Missing, *, is_counted: bool
) -> Kept:
    """Return which planes to read of a series, whose axes have these names.

    `is_counted`: metadata say how many planes there should be, and not only the pages that are found.

    Raises
    ------
    ValueError
        If planes are missing and that is an error, or none is left.
    """
    numbers = np.arange(math.prod(planes.shape)).reshape(planes.shape)
    broken = break_in(tiff)
    further = () if broken is None else (f"the file is cut off: it {broken}",)
    if planes.is_there.all():
        if further and not is_counted and missing == "error":
            n = len(tiff.pages)
            found = f"Only {count(n, 'page')} {'is' if n == 1 else 'are'} found"
            raise ValueError(f"{path}: {further[0]}. {found}. {_COPY}, or take what is there: {_TRIM}")
        return Kept(numbers, further)
    trimmed, how = _trimmed(numbers, planes.is_there, axes)
    kept = trimmed if missing == "trim" else numbers
    if missing == "error" or kept.size == 0 or not planes.is_there.any():
        ways = f"{_BLACK}; {_TRIM} reads {how}" if trimmed.size else _BLACK
        raise ValueError(f"{path}: {_what_is_missing(tiff, planes, broken, ways)}")
    n_missing = int(np.count_nonzero(~planes.is_there))
    n_left_out = numbers.size - n_missing - kept.size if missing == "trim" else 0
    beyond = f", without {count(n_left_out, 'plane')} beyond it" if n_left_out else ""
    done = "black in their place" if missing == "black" else f"read {how}{beyond}"
    said = f"{n_missing:,} of {count(numbers.size, 'plane')} missing: {done}"
    return Kept(kept, (said,) if is_counted else (said, *further))


def _what_is_missing(tiff: TiffFile, planes: Planes, broken: str | None, ways: str) -> str:
    """Say how many planes are there, which is the first that is missing, why, and what to do."""
    absent = _absent_files(tiff)
    first = _first_missing(tiff, planes, absent, broken)
    cure = "Put it there" if absent else _COPY
    if planes.is_there.any():
        cure += f", or take what is there: {ways}"
    return f"{_count_of(planes.is_there)} there; the first that is missing is {first}. {cure}"


def _count_of(is_there: NDArray[np.bool_]) -> str:
    n = int(np.count_nonzero(is_there))
    return f"{n:,} of {count(is_there.size, 'plane')} {'is' if 1 in (n, is_there.size) else 'are'}"


def _first_missing(tiff: TiffFile, planes: Planes, absent: Sequence[str], broken: str | None) -> str:
    """Say which plane is the first that is missing, and why."""
    said = planes.place(int(np.argmin(planes.is_there)))
    if absent:
        return f"{said}, and there is no {' and no '.join(absent)} beside it"
    if broken is None and said.endswith(")"):  # nothing says where it would be
        return f"{said}, as if the recording had been stopped"
    return f"{said}; the file {broken or f'ends at byte {file_size(tiff):,}'}"


def _absent_files(tiff: TiffFile) -> list[str]:
    """Return the files of an OME data set that are not in the folder."""
    if not tiff.is_ome:
        return []
    folder = Path(tiff.filehandle.path).parent
    elements = ElementTree.fromstring(tiff.ome_metadata or "<OME/>").iter()
    names = dict.fromkeys(name for element in elements if (name := element.get("FileName")))
    # A file that was renamed has its old name here, and its pages are found all the same.
    own = {tiff.filehandle.name}
    absent = [name for name in names if name not in own and not (folder / name).exists()]
    return absent if len(names) > 1 else []


def _trimmed(
    numbers: NDArray[np.intp], is_there: NDArray[np.bool_], axes: Sequence[str]
) -> tuple[NDArray[np.intp], str]:
    """Return the largest complete part from the beginning of one axis, and what to call it."""
    is_there = is_there.reshape(numbers.shape)
    best, how = np.empty(0, np.intp), ""
    for axis, size in enumerate(numbers.shape):
        others = tuple(other for other in range(numbers.ndim) if other != axis)
        complete = is_there.all(axis=others)
        n = size if complete.all() else int(np.argmin(complete))
        part = np.take(numbers, range(n), axis)
        if part.size > best.size:
            best, how = part, f"the first {n:,} of {size:,} along {OME_DIM_NAMES.get(axes[axis], axes[axis])}"
    return best, how

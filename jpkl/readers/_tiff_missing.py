"""TIFF files that hold fewer planes than they promise: cut off, stopped in between, or apart from others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np

from jpkl._text import count
from jpkl.readers._image_file import Missing
from jpkl.readers._missing import COPY, TRIM, Kept, count_of, kept_of
from jpkl.readers._planes import Planes
from jpkl.readers._tiff_structure import break_in, file_size

if TYPE_CHECKING:
    from tifffile import TiffFile


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
    broken = break_in(tiff)
    further = () if broken is None else (f"the file is cut off: it {broken}",)
    if planes.is_there.all():
        if further and not is_counted and missing == "error":
            n = len(tiff.pages)
            found = f"Only {count(n, 'page')} {'is' if n == 1 else 'are'} found"
            raise ValueError(f"{path}: {further[0]}. {found}. {COPY}, or take what is there: {TRIM}")
        return Kept(np.arange(math.prod(planes.shape)).reshape(planes.shape), further)
    kept = kept_of(path, planes, axes, missing, lambda ways: _what_is_missing(tiff, planes, broken, ways))
    return kept if is_counted else Kept(kept.numbers, (*kept.notes, *further))


def _what_is_missing(tiff: TiffFile, planes: Planes, broken: str | None, ways: str) -> str:
    """Say how many planes are there, which is the first that is missing, why, and what to do."""
    absent = _absent_files(tiff)
    first = _first_missing(tiff, planes, absent, broken)
    cure = "Put it there" if absent else COPY
    if planes.is_there.any():
        cure += f", or take what is there: {ways}"
    return f"{count_of(planes.is_there)} there; the first that is missing is {first}. {cure}"


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
    try:
        elements = ElementTree.fromstring(tiff.ome_metadata or "<OME/>").iter()
    except ElementTree.ParseError:  # names no files
        return []
    names = dict.fromkeys(name for element in elements if (name := element.get("FileName")))
    # A file that was renamed has its old name here, and its pages are found all the same.
    own = {tiff.filehandle.name}
    absent = [name for name in names if name not in own and not (folder / name).exists()]
    return absent if len(names) > 1 else []

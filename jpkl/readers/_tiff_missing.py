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
    """Return which planes to read of a series.

    Parameters
    ----------
    path : Path
        The file, for messages.
    tiff : TiffFile
        The opened file.
    planes : Planes
        The planes of the series.
    axes : sequence of str
        The names of its axes.
    missing : {"error", "black", "trim"}
        What becomes of missing planes.
    is_counted : bool
        Whether metadata say how many planes there should be, and not only the pages that are found.

    Raises
    ------
    ValueError
        If planes are missing and that is an error, or none is left.
    """
    numbers = np.arange(math.prod(planes.shape)).reshape(planes.shape)
    broken = break_in(tiff)
    further = "" if broken is None else f"the file is cut off: it {broken}"
    if planes.is_there.all():
        if broken and not is_counted and missing == "error":
            raise ValueError(f"{path}: {further}. {_found(tiff)}. {_COPY}, or take what is there: {_TRIM}")
        return Kept(numbers, (further,) if further else ())
    notes = (further,) if further and not is_counted else ()
    trimmed, how = _trimmed(numbers, planes.is_there, axes)
    what = f"{path}: {_count_of(planes.is_there)} in the file; {_first_missing(tiff, planes, broken)}"
    if not planes.is_there.any():
        raise ValueError(f"{what}. {_COPY}")
    if missing == "error":
        ways = f"{_BLACK}; {_TRIM} reads {how}" if trimmed.size else _BLACK
        raise ValueError(f"{what}. {_COPY}, or take what is there: {ways}")
    n_missing = int(np.count_nonzero(~planes.is_there))
    if missing == "black":
        said = f"{n_missing:,} of {count(numbers.size, 'plane')} missing: black in their place"
        return Kept(numbers, (said, *notes))
    if not trimmed.size:
        raise ValueError(f"{what}. No part of it is complete, but {_BLACK}")
    n_left_out = numbers.size - n_missing - trimmed.size
    beyond = f", without {count(n_left_out, 'plane')} beyond it" if n_left_out else ""
    said = f"{n_missing:,} of {count(numbers.size, 'plane')} missing: read {how}{beyond}"
    return Kept(trimmed, (said, *notes))


def _found(tiff: TiffFile) -> str:
    n = len(tiff.pages)
    return f"Only {count(n, 'page')} {'is' if n == 1 else 'are'} found"


def _count_of(is_there: NDArray[np.bool_]) -> str:
    n = int(np.count_nonzero(is_there))
    return f"{n:,} of {count(is_there.size, 'plane')} {'is' if 1 in (n, is_there.size) else 'are'}"


def _first_missing(tiff: TiffFile, planes: Planes, broken: str | None) -> str:
    """Say which plane is the first that is missing, and why."""
    first = int(np.argmin(planes.is_there))
    said = f"the first that is missing is {planes.place(first)}"
    if absent := _absent_files(tiff):
        return f"{said}, and there is no {' and no '.join(absent)} beside it"
    if broken is None and planes.place(first).endswith(")"):  # nothing says where it would be
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

"""NRRD, as 3D Slicer, Fiji and atlases of brains write it, through pynrrd."""

from __future__ import annotations

import bz2
import gzip
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from types import ModuleType
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from jpkl.readers._calibration import Calibration, unit_of
from jpkl.readers._damage import library, reading
from jpkl.readers._image_file import ImageFile
from jpkl.readers._oriented import View, view_of
from jpkl.readers._other_files import check_is_beside
from jpkl.readers._scenes import choose_scene

#: Where the axes of a space of the body go, as against right, anterior, superior.
_SPACES = {
    "right-anterior-superior": (1, 1, 1), "ras": (1, 1, 1),
    "left-anterior-superior": (-1, 1, 1), "las": (-1, 1, 1),
    "left-posterior-superior": (-1, -1, 1), "lps": (-1, -1, 1),
}  # fmt: skip
#: Kinds of axes along which there may be a picture.
_IN_SPACE = ("domain", "space", "???", "none", "")
#: What axes of other kinds are here. Along all that are not listed, such as those of vectors, are channels.
_KINDS = {"rgb-color": "S", "time": "T", "list": "frame"}
_MILLIMETER = "mm"
_UNPACKED_BY: Mapping[str, Callable[..., Any]] = {
    "gzip": gzip.open,
    "gz": gzip.open,
    "bzip2": bz2.open,
    "bz2": bz2.open,
}


def read(path: Path, scene: str | None) -> ImageFile:
    """Read a file, whose pixels have to fit in memory; volumes of the body are turned as radiologists do."""
    if scene is not None:
        choose_scene(path, ("0",), scene)
    nrrd = library("nrrd", "NRRD")
    with reading(path, "NRRD", also=(nrrd.NRRDError, StopIteration)):
        with path.open("rb") as file:
            header = nrrd.read_header(file)
            pixels = _pixels(nrrd, path, header, file)
        in_space = _in_space(header, pixels.ndim)
        if len(in_space) < 2:
            raise ValueError("it holds no picture")
        sizes = _sizes(header, in_space)
        view = _view(header, in_space, sizes)
        axes = _axes(header, dict(zip(in_space, view.axes, strict=True)), pixels.ndim)
        flips = dict(zip(in_space, view.flips, strict=True))
        key = tuple(slice(None, None, -1 if flips.get(i) else None) for i in range(pixels.ndim))
        array: NDArray[Any] = pixels[key].transpose()
    calibration = Calibration(axes[::-1], array.shape)
    by_axis, unit = dict(zip(view.axes, sizes, strict=True)), _unit(header, in_space)
    calibration.set_pixel_size(by_axis["Y"], by_axis["X"], unit, unit)
    calibration.set_z(by_axis.get("Z"), unit)
    if "T" in axes:
        at = axes.index("T")
        calibration.set_step("time", _spacing(header, at), unit_of(_nth(header, "units", at)))
    calibration.add(source=path.name)
    notes = (f"{view.name} frames, oriented as in radiology",) if view.name else ()
    return ImageFile(array, axes[::-1], calibration.found.as_dict(), notes)


def _nth(header: Mapping[str, Any], field: str, i: int) -> Any:
    """Return what a field of the header says of an axis; None if nothing."""
    values = header.get(field, ())
    return values[i] if i < len(values) else None


def _kind(header: Mapping[str, Any], i: int) -> str:
    return str(_nth(header, "kinds", i) or "").lower()


def _in_space(header: Mapping[str, Any], ndim: int) -> list[int]:
    """Return the axes of pictures: of those along which there may be some, those that have a direction."""
    found = [i for i in range(ndim) if _kind(header, i) in _IN_SPACE]
    placed = [i for i in found if _directions(header, [i]).size]
    return (placed if len(placed) >= 2 else found)[:3]


def _axes(header: Mapping[str, Any], in_space: Mapping[int, str], ndim: int) -> list[str]:
    """Return the name of each axis, of which those in space have theirs."""
    axes: list[str] = []
    for i in range(ndim):
        kind = _kind(header, i)
        name = f"dim{i}" if kind in _IN_SPACE else _KINDS.get(kind, "C")
        axes.append(in_space.get(i) or (name if name not in axes else f"dim{i}"))
    return axes


def _pixels(nrrd: ModuleType, path: Path, header: Mapping[str, Any], file: IO[bytes]) -> NDArray[Any]:
    """Read the pixels; no more of compressed ones than the header says, as they may unpack to anything."""
    header = dict(header)
    if beside := header.pop("data file", header.pop("datafile", None)):
        other = path.parent / str(beside)
        check_is_beside(path, other)
        with other.open("rb") as found:
            return _pixels(nrrd, other, header, found)
    if (unpack := _UNPACKED_BY.get(header["encoding"])) is not None:
        for _ in range(header.pop("line skip", header.pop("lineskip", 0))):
            file.readline()
        n_skipped = max(0, header.get("byte skip", header.get("byteskip", 0)))
        nbytes = int(np.prod(header["sizes"], dtype=object)) * 8  # of its largest type
        with unpack(file) as unpacked:
            file = BytesIO(unpacked.read(n_skipped + nbytes))
            if unpacked.read(1):
                raise ValueError("there are more pixels than its header says")
        header["encoding"] = "raw"
    pixels: NDArray[Any] = nrrd.read_data(header, file)
    return pixels


def _directions(header: Mapping[str, Any], in_space: Sequence[int]) -> NDArray[np.float64]:
    """Return a row for each axis in space, of which there may be none."""
    rows = [header["space directions"][i] for i in in_space] if "space directions" in header else []
    found = np.array([[np.nan] if row is None else row for row in rows], np.float64)
    return found if found.size and np.isfinite(found).all() else np.empty((0, 0))


def _sizes(header: Mapping[str, Any], in_space: Sequence[int]) -> list[float]:
    """Return the length of a voxel along each axis in space; 0 where it is not known."""
    directions = _directions(header, in_space)
    if directions.size:
        return [float(f"{np.linalg.norm(row):.6g}") for row in directions]
    return [_spacing(header, i) for i in in_space]


def _spacing(header: Mapping[str, Any], i: int) -> float:
    """Return the distance between neighbors along an axis; 0 where it is not known."""
    return abs(float(np.nan_to_num(float(_nth(header, "spacings", i) or 0.0))))


def _view(header: Mapping[str, Any], in_space: Sequence[int], sizes: Sequence[float]) -> View:
    """Return how to look at the axes in space: as they are stored, if they are not those of a body."""
    directions = _directions(header, in_space)
    signs = _SPACES.get(str(header.get("space", "")).lower())
    if signs is not None and directions.shape == (3, 3):
        along = np.argmax(np.abs(directions), axis=1)
        if len({*along.tolist()}) == 3:
            turned = np.sign(directions * np.array(signs))
            return view_of(np.array([(axis, turned[i, axis]) for i, axis in enumerate(along)]), sizes)
    return View("", ("X", "Y", "Z")[: len(in_space)], (False,) * len(in_space))


def _unit(header: Mapping[str, Any], in_space: Sequence[int]) -> str | None:
    """Return the unit of space, which is a millimeter where a body is and nothing else is said."""
    named = [*header.get("space units", ()), *(_nth(header, "units", i) for i in in_space)]
    found = next(filter(None, map(unit_of, named)), None)
    return found or (_MILLIMETER if str(header.get("space", "")).lower() in _SPACES else None)

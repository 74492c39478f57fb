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
#: Kinds of axes that are none of space, and what these are here.
_KINDS = {"rgb-color": "S", "time": "T", "list": "frame", "vector": "C", "stub": "C", "rgba-color": "C"}
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
        kinds = [str(kind).lower() for kind in header.get("kinds", ())]
        in_space = [i for i in range(pixels.ndim) if _KINDS.get(kinds[i] if kinds else "") is None][:3]
        if len(in_space) < 2:
            raise ValueError("it holds no picture")
        sizes = _sizes(header, in_space)
        view = _view(header, in_space, sizes)
        names = dict(zip(in_space, view.axes, strict=True))
        axes = [
            names.get(i) or _KINDS.get(kinds[i] if kinds else "") or f"dim{i}" for i in range(pixels.ndim)
        ]
        flips = dict(zip(in_space, view.flips, strict=True))
        key = tuple(slice(None, None, -1 if flips.get(i) else None) for i in range(pixels.ndim))
        array: NDArray[Any] = pixels[key].transpose()
    calibration = Calibration(axes[::-1], array.shape)
    by_axis, unit = dict(zip(view.axes, sizes, strict=True)), _unit(header)
    calibration.set_pixel_size(by_axis["Y"], by_axis["X"], unit, unit)
    calibration.set_z(by_axis.get("Z"), unit)
    calibration.add(source=path.name)
    notes = (f"{view.name} frames, oriented as in radiology",) if view.name else ()
    return ImageFile(array, axes[::-1], calibration.found.as_dict(), notes)


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
    spacings = np.abs(np.nan_to_num(np.asarray(header.get("spacings", ()), np.float64)))
    return [float(spacings[i]) if i < spacings.size else 0.0 for i in in_space]


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


def _unit(header: Mapping[str, Any]) -> str | None:
    """Return the unit of space, which is a millimeter where a body is and nothing else is said."""
    named = [*header.get("space units", ()), *header.get("units", ())]
    found = next(filter(None, map(unit_of, named)), None)
    return found or (_MILLIMETER if str(header.get("space", "")).lower() in _SPACES else None)

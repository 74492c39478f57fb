"""MRC and CCP4 maps, through mrcfile: volumes, tilt series and stacks of electron microscopes."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

from jpkl.readers._calibration import Calibration, shortest
from jpkl.readers._damage import library, reading
from jpkl.readers._image_file import ImageFile, ReadOptions
from jpkl.readers._plane_image import choose, plane_image
from jpkl.readers._planes import Planes, ReadPlanes, StoredPlanes

_ANGSTROM = "\u00c5"
_HEADER_NBYTES = 1024
#: Where in the header is the size of the extended header that follows.
_EXTENDED = slice(92, 96)
_GZIP, _BZIP2 = b"\x1f\x8b", b"BZ"
#: Names of sections that are no slices of a volume, by the suffix.
_SECTIONS = {".st": "tilt", ".ali": "tilt", ".preali": "tilt", ".mrcs": "image"}
#: IMOD's stamp and flags: whether it has written bytes without a sign, which the standard does not know.
_STAMP_AT, _STAMP, _IS_SIGNED = 152, 1146047817, 1


def read(path: Path, scene: str | None, options: ReadOptions) -> ImageFile:
    """Map the planes of an MRC file; one that is compressed as a whole is read into memory."""
    library("mrcfile", "MRC")
    with reading(path, "MRC"):
        header, planes = _unpacked(path) if _is_packed(path) else _stored(path)
        section = _SECTIONS.get(path.suffix.lower(), "Z")
        axes = ["volume", section, "Y", "X"][-len(planes.shape + planes.plane_shape) :]
        return plane_image(
            path,
            planes,
            axes,
            options=options,
            choice=choose(path, ("0",), scene),
            describe=lambda found: _describe(found, header),
            close=lambda: None,
            notes=_notes(header),
        )


def reads_ranges(path: Path, axes: Any = ...) -> bool:
    """Return whether a remote file can be read by ranges: not if it is compressed as a whole."""
    return not _is_packed(path)


def _is_packed(path: Path) -> bool:
    return _first_bytes(path, 2) in (_GZIP, _BZIP2)


def _first_bytes(path: Path, n: int) -> bytes:
    with path.open("rb") as file:
        return file.read(n)


def _stored(path: Path) -> tuple[Any, Planes]:
    from mrcfile.utils import data_dtype_from_header, data_shape_from_header

    header = _header(path)
    dtype = np.dtype(data_dtype_from_header(header))
    if dtype == np.int8 and _has_unsigned_bytes(header):
        dtype = np.dtype(np.uint8)
    shape = _without_single(tuple(int(n) for n in data_shape_from_header(header)))
    offset = _HEADER_NBYTES + max(0, int(header.nsymbt))
    return header, StoredPlanes(path, shape[:-2], shape[-2:], dtype, offset=offset)


def _header(path: Path) -> Any:
    """Return the header, for which mrcfile wants no more of the file; it would read the extended one, too."""
    from mrcfile.mrcinterpreter import MrcInterpreter

    content = bytearray(_first_bytes(path, _HEADER_NBYTES))
    n_extended = content[_EXTENDED]
    content[_EXTENDED] = bytes(len(n_extended))
    header = MrcInterpreter(io.BytesIO(content), permissive=True, header_only=True).header.copy()
    header.nsymbt = np.frombuffer(n_extended, header.nsymbt.dtype)[0]
    return header


def _without_single(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the shape of a volume, or that of a picture if it has a single section."""
    return shape[1:] if len(shape) == 3 and shape[0] == 1 else shape


def _has_unsigned_bytes(header: Any) -> bool:
    content = header.tobytes()[_STAMP_AT : _STAMP_AT + 8]
    stamp, flags = np.frombuffer(content, np.dtype(np.int32).newbyteorder(header.nx.dtype.byteorder))
    return bool(stamp == _STAMP and not flags & _IS_SIGNED)


def _unpacked(path: Path) -> tuple[Any, Planes]:
    import mrcfile

    with mrcfile.open(path, "r", permissive=True) as file:
        header, pixels = file.header.copy(), np.array(file.data)
    if pixels.dtype == np.int8 and _has_unsigned_bytes(header):
        pixels = pixels.view(np.uint8)
    pixels = pixels.reshape(_without_single(pixels.shape))
    shape, plane_shape = pixels.shape[:-2], pixels.shape[-2:]
    return header, ReadPlanes(
        path, shape, plane_shape, pixels.dtype, lambda at: pixels.reshape(-1, *plane_shape)[at]
    )


# -- metadata ------------------------------------------------------------------------------------------


def _voxel(header: Any) -> dict[int, float]:
    """Return the size of a voxel along x, y and z, which are 1, 2 and 3, in angstroms."""
    counts = (int(header.mx), int(header.my), int(header.mz))
    lengths = tuple(shortest(header.cella[axis]) for axis in "xyz")
    return {i + 1: lengths[i] / counts[i] for i in range(3) if counts[i] > 0 and lengths[i] > 0}


def _order(header: Any) -> tuple[int, int, int]:
    """Return along which of x, y and z (1, 2, 3) the columns, rows and sections follow each other."""
    order = (int(header.mapc), int(header.mapr), int(header.maps))
    return order if sorted(order) == [1, 2, 3] else (1, 2, 3)


def _describe(found: Calibration, header: Any) -> None:
    voxel = _voxel(header)
    columns, rows, sections = _order(header)
    found.set_pixel_size(voxel.get(rows), voxel.get(columns), _ANGSTROM, _ANGSTROM)
    found.set_z(voxel.get(sections), _ANGSTROM)


def _notes(header: Any) -> list[str]:
    names = ["xyz"[axis - 1] for axis in _order(header)]
    if names == ["x", "y", "z"]:
        return []
    return ["columns follow each other along {}, rows along {}, sections along {}".format(*names)]

"""Regions as ImageJ keeps them: ``.roi`` files, and several of them in a ``RoiSet.zip``.

In ImageJ, coordinates of areas count from the outer corner of the first pixel, those of points and lines from
its center, as all do here.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jpkl_viewer.tools.regions.named import Loaded, NamedRoi
from jpkl_viewer.tools.regions.plain import check_length
from jpkl_viewer.tools.regions.roi import (
    Ellipse,
    Line,
    Point,
    Polygon,
    Rectangle,
    Roi,
    RoiError,
    vertices_of,
)

if TYPE_CHECKING:
    from roifile import ImagejRoi

#: What begins a ``.roi`` file, and a zip file.
ROI_MAGIC, ZIP_MAGIC = b"Iout", b"PK"

#: Version of what is written: earlier ones have no boxes that end within pixels.
_VERSION = 227

_CORNER = 0.5

#: ImageJ keeps the box around a region as integers of 16 bits.
_FARTHEST = 2**15 - 1

#: Decimals of coordinates that are read: further ones are noise of single precision.
_DIGITS = 4

#: A ``.roi`` in a zip file may be so large, unpacked.
_MOST_NBYTES = 2**22

#: How they are compressed, if at all. Python unpacks what is compressed otherwise without a limit: 1 kB of it
#: may be gigabytes.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

#: No more of them are looked at.
_MOST_MEMBERS = 2000

#: What roifile raises where bytes are not what they should be.
_BAD = (ValueError, TypeError, IndexError, KeyError, OverflowError, AssertionError, struct.error)

#: The same of zipfile.
_BAD_ZIP = (zipfile.BadZipFile, RuntimeError, OSError, EOFError, ValueError, struct.error, zlib.error)


def _roifile() -> Any:
    try:
        import roifile
    except ImportError as error:
        raise RoiError("ImageJ files need the package roifile: pip install 'jpkl[io]'") from error
    return roifile


def write_imagej(regions: Sequence[NamedRoi]) -> bytes:
    """Write one region as ``.roi``, several as a zip file of them.

    Raises
    ------
    RoiError
        If roifile is not installed, or a region is too far out for ImageJ.
    """
    items = [(region.name, _to_imagej(region).tobytes()) for region in regions]
    if len(items) == 1:
        return bytes(items[0][1])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, data) in enumerate(items, start=1):
            plain = "".join(letter if letter.isalnum() or letter in " -_." else "_" for letter in name)
            archive.writestr(f"{number:04}-{plain}.roi", data)
    return buffer.getvalue()


def _to_imagej(region: NamedRoi) -> ImagejRoi:
    roifile = _roifile()
    roi = region.roi
    offset = 0.0 if isinstance(roi, Point | Line) else _CORNER
    points = vertices_of(roi) + offset
    if np.abs(points).max() > _FARTHEST:
        raise RoiError(f"{region.name}: ImageJ has no coordinates beyond {_FARTHEST}")
    is_whole = bool((points == np.round(points)).all())
    kinds, options = roifile.ROI_TYPE, roifile.ROI_OPTIONS
    if isinstance(roi, Point | Polygon):
        made = roifile.ImagejRoi.frompoints(points.astype(np.int32) if is_whole else points, name=region.name)
        made.roitype = kinds.POINT if isinstance(roi, Point) else kinds.POLYGON
        return made  # type: ignore[no-any-return]
    (left, top), (right, bottom) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    made = roifile.ImagejRoi(name=region.name, version=_VERSION)
    made.left, made.top = int(np.floor(left)), int(np.floor(top))
    made.right, made.bottom = int(np.ceil(right)), int(np.ceil(bottom))
    if isinstance(roi, Line):
        made.roitype = kinds.LINE
        (made.x1, made.y1), (made.x2, made.y2) = points.tolist()
    else:
        made.roitype = kinds.RECT if isinstance(roi, Rectangle) else kinds.OVAL
        made.xd, made.yd, made.widthd, made.heightd = left, top, right - left, bottom - top
    if not is_whole:
        made.options |= options.SUB_PIXEL_RESOLUTION
    return made  # type: ignore[no-any-return]


def read_imagej(data: bytes) -> Loaded:
    """Read a ``.roi`` file or a zip file of them.

    Raises
    ------
    RoiError
        If roifile is not installed, or the zip file cannot be read.
    """
    loaded = Loaded()
    if data.startswith(ROI_MAGIC):
        _read_one("", data, loaded)
        return loaded
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [info for info in archive.infolist() if info.filename.lower().endswith(".roi")]
            if not members:
                raise RoiError("the zip file has no .roi files")
            for info in members[:_MOST_MEMBERS]:
                _read_member(archive, info, loaded)
    except RoiError:
        raise
    except _BAD_ZIP as error:
        raise RoiError(f"not a readable zip file: {error}") from error
    return loaded


def _read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo, loaded: Loaded) -> None:
    if info.compress_type not in _METHODS:
        loaded.skipped.append(f"{info.filename}: it is compressed by another method than ImageJ has")
        return
    try:
        # What the file says of its size may be wrong.
        with archive.open(info) as member:
            data = member.read(_MOST_NBYTES + 1)
    except _BAD_ZIP as error:
        loaded.skipped.append(f"{info.filename}: {error}")
        return
    if len(data) > _MOST_NBYTES:
        loaded.skipped.append(f"{info.filename}: larger than {_MOST_NBYTES} bytes")
    else:
        _read_one(info.filename.rpartition("/")[2][: -len(".roi")], data, loaded)


def _read_one(name: str, data: bytes, loaded: Loaded) -> None:
    roifile = _roifile()
    where = name or "the region"
    try:
        found = roifile.ImagejRoi.frombytes(data)
        regions = _from_imagej(found)
    except RoiError as error:
        loaded.skipped.append(f"{where}: {error}")
    except _BAD as error:
        loaded.skipped.append(f"{where}: not a readable ImageJ region: {error}")
    else:
        name = found.name or name
        names = [name] if len(regions) == 1 else [f"{name} {i + 1}".strip() for i in range(len(regions))]
        loaded.regions += map(NamedRoi, names, regions)


def _from_imagej(found: ImagejRoi) -> list[Roi]:
    roifile = _roifile()
    kinds, subtypes = roifile.ROI_TYPE, roifile.ROI_SUBTYPE
    if found.composite or found.subtype in (subtypes.TEXT, subtypes.IMAGE):
        raise RoiError("composites, texts and images are not supported as regions")
    if found.roitype in (kinds.RECT, kinds.OVAL):
        return [_box(found, Rectangle if found.roitype == kinds.RECT else Ellipse)]
    points = np.asarray(found.coordinates(), dtype=np.float64)
    check_length(points)
    places = [(float(x), float(y)) for x, y in np.round(points, _DIGITS)]
    if found.roitype == kinds.POINT:
        return [Point(*place) for place in places]
    if found.roitype in (kinds.LINE, kinds.POLYLINE, kinds.FREELINE, kinds.ANGLE):
        if len(places) != 2:
            raise RoiError(f"a line of {len(places)} points; lines here have two")
        return [Line(*places[0], *places[1])]
    return [Polygon(tuple((x - _CORNER, y - _CORNER) for x, y in places))]


def _box(found: ImagejRoi, kind: type[Rectangle] | type[Ellipse]) -> Roi:
    left, top = float(found.left), float(found.top)
    right, bottom = float(found.right), float(found.bottom)
    if found.subpixelrect:
        left, top, right, bottom = found.xd, found.yd, found.xd + found.widthd, found.yd + found.heightd
    if right <= left or bottom <= top:
        raise RoiError("it has no size")
    return kind(left - _CORNER, top - _CORNER, right - _CORNER, bottom - _CORNER)

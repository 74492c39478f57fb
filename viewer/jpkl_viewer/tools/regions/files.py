"""Regions in files that other programs read: which kind a file is, and what it is called; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jpkl_viewer.tools.regions.geojson import read_geojson, write_geojson
from jpkl_viewer.tools.regions.imagej import ROI_MAGIC, ZIP_MAGIC, read_imagej, write_imagej
from jpkl_viewer.tools.regions.named import Loaded, NamedRoi
from jpkl_viewer.tools.regions.plain import label_of, parse_roi
from jpkl_viewer.tools.regions.roi import RoiError


def write_regions(items: Sequence[Mapping[str, Any]], kind: str) -> tuple[str, bytes]:
    """Write regions, as the browser describes them, as a file.

    Parameters
    ----------
    items : sequence of mapping
        The regions.
    kind : {"geojson", "imagej"}
        Which kind of file.

    Returns
    -------
    (str, bytes)
        End of its name, and its content.

    Raises
    ------
    RoiError
        If there is none, or it cannot be written so.
    """
    regions = [NamedRoi(label_of(item), parse_roi(item)) for item in items]
    if not regions:
        raise RoiError("there is no region to save")
    if kind == "geojson":
        return "regions.geojson", write_geojson(regions).encode()
    if kind == "imagej":
        return "RoiSet.zip" if len(regions) > 1 else "region.roi", write_imagej(regions)
    raise RoiError(f"regions can be saved as geojson or imagej, not as {kind!r}")


def read_regions(name: str, data: bytes) -> Loaded:
    """Read a file with regions; what kind it is says its content.

    Raises
    ------
    RoiError
        If nothing in it can be used; says what and where.
    """
    try:
        loaded = _read(data)
    except RoiError as error:
        raise RoiError(f"{name}: {error}") from error
    if not loaded.regions:
        raise RoiError(f"{name}: {loaded.skipped[0] if loaded.skipped else 'it has no regions'}")
    return loaded


def _read(data: bytes) -> Loaded:
    if data.startswith((ROI_MAGIC, ZIP_MAGIC)):
        return read_imagej(data)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RoiError("neither GeoJSON, an ImageJ .roi nor a zip file of them") from error
    return read_geojson(text)

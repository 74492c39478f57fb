"""Pixel sizes, channels and times out of what makers of microscopes write into TIFF files."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np

from jpkl.readers._calibration import Calibration, number, seconds_of, unit_of
from jpkl.readers._damage import DAMAGE
from jpkl.readers._micro_manager import set_summary
from jpkl.readers._ndtiff import read_ndtiff
from jpkl.readers._scanimage import read_scanimage
from jpkl.readers._tiff_samples import rows_of

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffFrame, TiffPage, TiffPageSeries

_UM = "\u00b5m"
#: Tag that holds what Micro-Manager says of a plane.
_MICRO_MANAGER_TAG = 51123


def read_vendor(calibration: Calibration, tiff: TiffFile, series: TiffPageSeries) -> bool:
    """Add what the maker's metadata say of a series; return whether there is no more to know.

    Damaged ones are left out: the pixels are worth having without them.
    """
    read = _READERS.get(series.kind)
    if read is None:
        return False
    with suppress(*DAMAGE):
        read(calibration, tiff, series)
    return series.kind != "qpi"  # which has its pixel size where plain files have it


# -- Zeiss LSM -----------------------------------------------------------------------------------------


def _read_lsm(calibration: Calibration, tiff: TiffFile, series: TiffPageSeries) -> None:
    info: Mapping[str, Any] = tiff.lsm_metadata or {}
    dx, dy, dz = (_micrometers(info.get(f"VoxelSize{axis}")) for axis in "XYZ")
    reduction = int(info.get("DimensionX") or 0) / series.keyframe.imagewidth or 1
    at = rows_of(series.axes)
    row = {"Y": dy, "Z": dz}.get("" if at is None else series.axes[at])
    calibration.set_pixel_size(row and row * reduction, dx and dx * reduction, _UM, _UM)
    calibration.set_z(dz, _UM)
    n = calibration.sizes.get("time", 0)
    stamps = np.asarray(info.get("TimeStamps", ()), np.float64)
    if n and len(stamps) >= n:
        calibration.set_times((stamps - stamps[0]).tolist()[:n])
    if "time" not in calibration.found.coords:
        calibration.set_step("time", number(info.get("TimeInterval", info.get("TimeIntervall"))), "s")
    colors = info.get("ChannelColors") or {}
    calibration.set_names(list(colors.get("ColorNames") or ()))
    rgb = ["#{:02x}{:02x}{:02x}".format(*map(int, color[:3])) for color in colors.get("Colors") or ()]
    calibration.set_colors(rgb)


def _micrometers(meters: Any) -> float | None:
    value = number(meters)
    return value * 1e6 if value and value > 0 else None


# -- MetaMorph STK -------------------------------------------------------------------------------------


def _read_stk(calibration: Calibration, tiff: TiffFile, series: TiffPageSeries) -> None:
    info: Mapping[str, Any] = tiff.stk_metadata or {}
    unit = unit_of(info.get("CalibrationUnits"))
    if unit and info.get("SpatialCalibration", True):  # else what follows is left over from another recording
        dy, dx = number(info.get("YCalibration")), number(info.get("XCalibration"))
        calibration.set_pixel_size(dy, dx, unit, unit)
    distances = np.asarray(info.get("ZDistance", ()), np.float64)
    if len(distances) and distances[0] and (distances == distances[0]).all():
        calibration.set_z(abs(float(distances[0])), unit or _UM)
    milliseconds = np.asarray(info.get("TimeCreated", ()), np.float64)  # of the day
    if n := calibration.sizes.get("time", 0):
        days = np.cumsum(np.diff(milliseconds, prepend=milliseconds[:1]) < 0)
        seconds = (milliseconds - milliseconds[:1]) / 1000 + 86400 * days
        calibration.set_times(seconds.tolist()[:n])


def read_metaseries(calibration: Calibration, tiff: TiffFile) -> bool:
    """Add what MetaMorph says of a plane that is a file; return whether that has a pixel size."""
    with suppress(*DAMAGE):
        said: Mapping[str, Any] = (tiff.metaseries_metadata or {}).get("PlaneInfo", {})
        dy, dx = (number(said.get(f"spatial-calibration-{axis}")) for axis in "yx")
        unit = unit_of(said.get("spatial-calibration-units"))
        if said.get("spatial-calibration-state") is not False:
            calibration.set_pixel_size(dy, dx, unit, unit)
        acquired = said.get("acquisition-time-local")
        if isinstance(acquired, datetime):
            calibration.add(acquired=acquired.isoformat())
    return calibration.found.pixel_size is not None


# -- Olympus -------------------------------------------------------------------------------------------


def _read_sis(calibration: Calibration, tiff: TiffFile, series: TiffPageSeries) -> None:
    """Add what the software of electron microscopes, and cellSens, say."""
    said: Mapping[str, Any] = tiff.sis_metadata or {}
    dy, dx = (_micrometers(said.get(f"pixelsize{axis}")) for axis in "yx")
    calibration.set_pixel_size(dy, dx, _UM, _UM)
    if isinstance(acquired := said.get("datetime"), datetime):
        calibration.add(acquired=acquired.isoformat())


def _read_fluoview(calibration: Calibration, tiff: TiffFile, series: TiffPageSeries) -> None:
    """Add what FluoView says, in TIFF files that are older than its OIB and OIF."""
    said = {
        name.upper(): (abs(number(step) or 0.0), unit_of(unit))
        for name, _, _, step, unit in (tiff.fluoview_metadata or {}).get("Dimensions", ())
    }
    (dy, y_unit), (dx, x_unit), z, time = (said.get(name, (0.0, None)) for name in ("Y", "X", "Z", "T"))
    calibration.set_pixel_size(dy, dx, y_unit, x_unit)
    calibration.set_z(*z)
    calibration.set_step("time", *time)


# -- Micro-Manager -------------------------------------------------------------------------------------


def _read_micro_manager(calibration: Calibration, tiff: TiffFile, series: TiffPageSeries) -> None:
    summary: Mapping[str, Any] = (tiff.micromanager_metadata or {}).get("Summary", {})
    if "T" in series.axes:
        _set_micro_manager_times(calibration, series)
    first = series[0]
    # Version 2 says it of each plane.
    size = summary.get("PixelSize_um") or (_said_of(first).get("PixelSizeUm") if first is not None else None)
    set_summary(calibration, {**summary, "PixelSize_um": size})


def _set_micro_manager_times(calibration: Calibration, series: TiffPageSeries) -> None:
    """Take when the first plane of each time point was taken, by the texts of the planes."""
    at = series.axes.index("T")
    shape = series.shape[: len(series.shape) - len(series.keyframe.shape)]
    numbers = np.moveaxis(np.arange(int(np.prod(shape))).reshape(shape), at, 0)
    times: list[float | None] = []
    for first in numbers.reshape(len(numbers), -1)[: calibration.sizes.get("time", 0), 0]:
        page = series[int(first)]
        said = {} if page is None else _said_of(page)
        times.append(seconds_of(number(said.get("ElapsedTime-ms")), "ms"))
    calibration.set_times(times)


def _said_of(page: TiffPage | TiffFrame) -> Mapping[str, Any]:
    """Return what Micro-Manager says of a plane, whose file may be closed."""
    handle = page.parent.filehandle
    was_closed = handle.closed
    if was_closed:
        handle.open()
    try:
        return page.aspage().tags.valueof(_MICRO_MANAGER_TAG) or {}
    finally:
        if was_closed:
            handle.close()


# -- slides --------------------------------------------------------------------------------------------


def _read_svs(calibration: Calibration, tiff: TiffFile, series: TiffPageSeries) -> None:
    from tifffile.tifffile import svs_description_metadata

    said = svs_description_metadata(tiff.pages.first.description)
    if series.name == "Baseline":  # and not a photograph of the label
        size = number(said.get("MPP"))
        calibration.set_pixel_size(size, size, _UM, _UM)


def _read_qpi(calibration: Calibration, tiff: TiffFile, series: TiffPageSeries) -> None:
    """Take the names and colors of channels, each of which is a page, from their descriptions."""
    if calibration.n_channels != len(series):
        return
    pages = [page.aspage() for page in series if page is not None]
    try:
        said = [ElementTree.fromstring(page.description) for page in pages]
    except ElementTree.ParseError:  # the pixels are worth having without the metadata
        return
    calibration.set_names([each.findtext("Name") or each.findtext("Biomarker") for each in said])
    colors = [[int(part) for part in (each.findtext("Color") or "").split(",") if part] for each in said]
    known = ["#{:02x}{:02x}{:02x}".format(*rgb) if len(rgb) == 3 else None for rgb in colors]
    calibration.set_colors(known)


#: What reads the metadata of which kind of series.
_READERS = {
    "lsm": _read_lsm,
    "stk": _read_stk,
    "mmstack": _read_micro_manager,
    "ndtiff": read_ndtiff,
    "sis": _read_sis,
    "fluoview": _read_fluoview,
    "scanimage": read_scanimage,
    "svs": _read_svs,
    "qpi": _read_qpi,
}

"""Pixel sizes, channels and times out of the metadata of ImageJ, OME and plain TIFF."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from jpkl._metadata import StackMetadata, positive
from jpkl._tiff_note import NOTE
from jpkl.readers._calibration import Calibration, number, unit_of
from jpkl.readers._imagej_values import Line, line_of
from jpkl.readers._ome_metadata import ome_note, read_ome
from jpkl.readers._tiff_structure import series_of
from jpkl.readers._tiff_vendors import read_metaseries, read_vendor

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPage, TiffPageSeries

#: ``ResolutionUnit`` of plain TIFF files that is a real calibration; inches are what printers use.
_RESOLUTION_UNITS = {3: "cm", 4: "mm", 5: "\u00b5m"}
#: Dots per centimeter of screens and printers, also as they are rounded, and what stands for none: one per
#: centimeter, or per millimeter as libvips has it.
_DOTS_PER_INCH = (72, 96, 100, 150, 200, 240, 300, 400, 600, 1200)
_OF_DEVICES = np.array([*(dpi / 2.54 for dpi in _DOTS_PER_INCH), 28, 38, 10, 1])
_ROUNDING = 1.2e-3

#: Pixels per centimeter from which on they are seen under a microscope.
_MICROSCOPIC = 100

#: What ``display_mode`` becomes of the modes of ImageJ. "grayscale" is what programs write that do not care.
_MODES = {"composite": "composite", "color": "single"}

#: Letters in Java's escapes, two of which make one of the rarer letters.
_ESCAPED = re.compile(r"(?:\\u[0-9A-Fa-f]{4})+")

#: Where a plane is in its hyperstack, as programs write it before its label: "c:1/2 z:3/5 - DAPI".
_PLACE = re.compile(r"(?:[czt]:\d+/\d+[\s,;]*)+(?:-\s*)?", re.IGNORECASE)


def read_metadata(
    tiff: TiffFile, wanted: int, axes: str | Sequence[str], shape: tuple[int, ...]
) -> StackMetadata:
    """Return what the file says about one series, in the full resolution if it is a pyramid."""
    calibration = Calibration(axes, shape)
    if read_vendor(calibration, tiff, series_of(tiff)[wanted]):
        return calibration.found
    if tiff.is_ome and tiff.ome_metadata:
        read_ome(calibration, tiff.ome_metadata, series_of(tiff), wanted)
    elif tiff.imagej_metadata:
        line = line_of(tiff.imagej_metadata, series_of(tiff)[wanted].dtype)
        resolution = _imagej_resolution(tiff.pages.first, tiff.imagej_metadata)
        _read_imagej(calibration, tiff.imagej_metadata, resolution, line)
    else:
        _read_plain(calibration, tiff, series_of(tiff)[wanted])
    return calibration.found


def note_in(tiff: TiffFile, wanted: int) -> Any:
    """Return the note that `jpkl export` left in a file about one series, if there is one."""
    if tiff.is_ome and tiff.ome_metadata:
        return ome_note(tiff.ome_metadata)
    if tiff.imagej_metadata:
        info = str(tiff.imagej_metadata.get("Info", ""))
        return info.removeprefix(f"{NOTE}: ") if info.startswith(f"{NOTE}: ") else None
    series = tiff.shaped_metadata or ()
    return series[wanted].get(NOTE) if wanted < len(series) else None


# -- plain TIFF and ImageJ -----------------------------------------------------------------------------


def _resolution(page: TiffPage) -> tuple[float, float] | None:
    """Return the pixels per unit along y and x, if the page says so."""
    x, y = page.resolution
    return (y, x) if "XResolution" in page.tags and x > 0 and y > 0 else None


def _imagej_resolution(page: TiffPage, metadata: Mapping[str, Any]) -> tuple[float, float] | None:
    """Return the pixels per unit along y and x, which ImageJ names beside the tags.

    It takes micrometers, under this one name for them, for those of a resolution in centimeters.
    """
    resolution = _resolution(page)
    is_per_cm = _RESOLUTION_UNITS.get(int(page.resolutionunit)) == "cm" and metadata.get("unit") == "um"
    return (resolution[0] / 1e4, resolution[1] / 1e4) if resolution and is_per_cm else resolution


def _read_plain(calibration: Calibration, tiff: TiffFile, series: TiffPageSeries) -> None:
    if tiff.is_metaseries and read_metaseries(calibration, tiff):
        return
    unit = _RESOLUTION_UNITS.get(int(series.keyframe.resolutionunit))
    resolution = _resolution(series.keyframe)
    if not unit or not resolution or (unit == "cm" and all(map(_is_of_a_device, resolution))):
        return
    if unit == "cm" and min(resolution) > _MICROSCOPIC:  # as of slides, whose lengths nobody counts in cm
        unit, resolution = "\u00b5m", (resolution[0] / 1e4, resolution[1] / 1e4)
    calibration.set_pixel_size(1 / resolution[0], 1 / resolution[1], unit, unit)


def _is_of_a_device(per_cm: float) -> bool:
    return bool((np.abs(per_cm / _OF_DEVICES - 1) < _ROUNDING).any())


def _read_imagej(
    calibration: Calibration,
    metadata: Mapping[str, Any],
    resolution: tuple[float, float] | None,
    line: Line,
) -> None:
    unit = _unit(metadata, "unit")
    # ImageJ writes the units of y and z only where they differ from that of x.
    y_unit, z_unit = (_unit(metadata, key) if metadata.get(key) else unit for key in ("yunit", "zunit"))
    if unit and y_unit and resolution:
        calibration.set_pixel_size(1 / resolution[0], 1 / resolution[1], y_unit, unit)
    spacing = abs(number(metadata.get("spacing")) or 0.0)  # ImageJ, too, leaves out the minus of some writers
    calibration.set_z(spacing, z_unit, number(metadata.get("zorigin")) or 0.0)
    calibration.set_step("time", number(metadata.get("finterval")), _unit(metadata, "tunit") or "s")
    luts = metadata.get("LUTs")
    if luts is not None and len(luts):
        # tifffile gives a single table as it is, without a list around it.
        tables = [luts] if np.ndim(luts[0]) == 1 else luts
        calibration.set_colors([_lut_color(lut) for lut in tables])
    calibration.set_names(_names(metadata, calibration.n_channels))
    _set_imagej_display(calibration, metadata, line)


def _unit(metadata: Mapping[str, Any], key: str) -> str | None:
    """Return a unit; ImageJ escapes what is not ASCII as Java source code does."""
    text = metadata.get(key)
    if not isinstance(text, str):
        return None
    plain = _ESCAPED.sub(
        lambda found: bytes.fromhex(found[0].replace("\\u", "")).decode("utf-16-be", "replace"), text
    )
    return unit_of(plain)


def _names(metadata: Mapping[str, Any], n_channels: int) -> list[str | None]:
    """Return the names of the channels, where the labels of the planes are such names.

    They are if all planes of a channel have one label, and not all channels the same.
    """
    labels = metadata.get("Labels")
    order = str(metadata.get("order") or "czt").lower()
    if not isinstance(labels, list) or len(labels) % n_channels or order[0] not in "cd":
        return []
    texts = [_PLACE.sub("", str(label)).split("\n")[0].strip() for label in labels]
    of_each = [set(texts[c::n_channels]) for c in range(n_channels)]
    is_name = all(len(found) == 1 for found in of_each) and (n_channels == 1 or len(set(texts)) > 1)
    return [found.pop() or None for found in of_each] if is_name else []


def _set_imagej_display(calibration: Calibration, metadata: Mapping[str, Any], line: Line) -> None:
    """Take how it was shown: the contrast limits of each channel, whether all channels at once, how fast."""
    ends = metadata.get("Ranges") or (metadata.get("min"), metadata.get("max"))
    numbers = [number(end) for end in ends]
    pairs = list(zip(numbers[::2], numbers[1::2], strict=False))
    limits = [
        (line(low), line(high)) for low, high in pairs if low is not None and high is not None and low < high
    ]
    if len(limits) == len(pairs) == calibration.n_channels:
        calibration.add(channel_limits=tuple(limits))
    mode = metadata.get("mode")
    if mode in _MODES and calibration.n_channels > 1:
        calibration.add(display_mode=_MODES[mode])
    calibration.add(fps=positive(metadata.get("fps")))


def _lut_color(lut: Any) -> str | None:
    """Return the color that a lookup table, of shape (3, 256), gives the brightest pixel."""
    red, green, blue = (int(row[-1]) for row in lut)
    return f"#{red:02x}{green:02x}{blue:02x}"

"""Pixel sizes, channels and times out of the metadata of ImageJ, OME and plain TIFF."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import numpy as np

from jpkl._axes import resolve_axes
from jpkl._metadata import StackMetadata, normal_unit, rounded

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from tifffile import TiffFile

#: ``ResolutionUnit`` of plain TIFF files that is a real calibration; inches are what printers use.
_RESOLUTION_UNITS = {3: "cm", 4: "mm", 5: "\u00b5m"}


#: What ``display_mode`` becomes of the modes of ImageJ. "grayscale" is what programs write that do not care.
_MODES = {"composite": "composite", "color": "single"}


class _Calibration:
    """Collects what a file says, under the names of the dims."""

    def __init__(self, axes: str | Sequence[str], shape: tuple[int, ...]) -> None:
        layout = resolve_axes(shape, axes, color=False)
        in_source_order = sorted(layout.order[layout.n_frame_axes :])
        sizes = [shape[axis] for axis in in_source_order]
        self._sizes = dict(zip(layout.dim_names or (), sizes, strict=True))
        self.found = StackMetadata()

    def add(self, **values: Any) -> None:
        self.found = replace(self.found, **values)

    def set_pixel_size(self, dy: float, dx: float, unit: str | None) -> None:
        if dy > 0 and dx > 0:
            self.add(pixel_size=(rounded(dy), rounded(dx)), pixel_unit=unit or "")

    def set_step(self, dim: str, step: float | None, unit: str | None) -> None:
        if step and dim in self._sizes:
            self.set_coords(dim, [i * step for i in range(self._sizes[dim])], unit)

    def set_coords(self, dim: str, values: Sequence[float], unit: str | None) -> None:
        if len(values) != self._sizes.get(dim):
            return
        self.add(coords={**self.found.coords, dim: tuple(rounded(value) for value in values)})
        if unit:
            self.add(units={**self.found.units, dim: unit})

    @property
    def n_channels(self) -> int:
        return self._sizes.get("channel", 1)

    def per_channel(self, values: Sequence[str | None]) -> tuple[str, ...]:
        """Return the values if there is one for every channel, else none."""
        known = tuple(value for value in values if value)
        return known if len(known) == len(values) == self.n_channels else ()


def read_metadata(
    tiff: TiffFile, number: int, axes: str | Sequence[str], shape: tuple[int, ...]
) -> StackMetadata:
    """Return what the file says about one series."""
    calibration = _Calibration(axes, shape)
    if tiff.is_ome and tiff.ome_metadata:
        _read_ome(calibration, tiff.ome_metadata, number)
    elif tiff.imagej_metadata:
        _read_imagej(calibration, tiff.imagej_metadata, _resolution(tiff))
    else:
        _read_plain(calibration, tiff)
    return calibration.found


def _clean_unit(unit: Any) -> str | None:
    if not isinstance(unit, str):
        return None
    # ImageJ writes non-ASCII letters the way Java source code does: \u00B5m.
    text = re.sub(r"\\u([0-9A-Fa-f]{4})", lambda match: chr(int(match[1], 16)), unit)
    return normal_unit(text) or None


def _number(value: Any, kind: Callable[[Any], float] = float) -> float | None:
    try:
        return kind(value)
    except (TypeError, ValueError):
        return None


# -- plain TIFF and ImageJ -----------------------------------------------------------------------------


def _resolution(tiff: TiffFile) -> tuple[float, float] | None:
    """Return the pixels per unit along y and x, if the file says so."""
    page = tiff.pages.first
    x, y = page.resolution
    return (y, x) if "XResolution" in page.tags and x > 0 and y > 0 else None


def _read_plain(calibration: _Calibration, tiff: TiffFile) -> None:
    unit = _RESOLUTION_UNITS.get(int(tiff.pages.first.resolutionunit))
    resolution = _resolution(tiff)
    if unit and resolution:
        calibration.set_pixel_size(1 / resolution[0], 1 / resolution[1], unit)


def _read_imagej(
    calibration: _Calibration, metadata: dict[str, Any], resolution: tuple[float, float] | None
) -> None:
    unit = _clean_unit(metadata.get("unit"))
    if unit in ("pixel", "pixels"):
        unit = None
    if unit and resolution:
        calibration.set_pixel_size(1 / resolution[0], 1 / resolution[1], unit)
    calibration.set_step("z", _number(metadata.get("spacing")), unit)
    _set_imagej_times(calibration, metadata)
    luts = metadata.get("LUTs")
    if luts is not None and len(luts):
        # tifffile gives a single table as it is, without a list around it.
        tables = [luts] if np.ndim(luts[0]) == 1 else luts
        calibration.add(channel_colors=calibration.per_channel([_lut_color(lut) for lut in tables]))
    _set_imagej_display(calibration, metadata)


def _set_imagej_times(calibration: _Calibration, metadata: dict[str, Any]) -> None:
    interval = _number(metadata.get("finterval"))
    calibration.set_step("time", interval, _clean_unit(metadata.get("tunit")) or "s")


def _set_imagej_display(calibration: _Calibration, metadata: dict[str, Any]) -> None:
    """Take the contrast limits that each channel was displayed with, and whether all were shown together."""
    ends = metadata.get("Ranges") or (metadata.get("min"), metadata.get("max"))
    numbers = [_number(end) for end in ends]
    pairs = list(zip(numbers[::2], numbers[1::2], strict=False))
    limits = [(low, high) for low, high in pairs if low is not None and high is not None and low < high]
    if len(limits) == len(pairs) == calibration.n_channels:
        calibration.add(channel_limits=tuple(limits))
    mode = metadata.get("mode")
    if mode in _MODES and calibration.n_channels > 1:
        calibration.add(display_mode=_MODES[mode])


def _lut_color(lut: Any) -> str | None:
    """Return the color that a lookup table, of shape (3, 256), gives the brightest pixel."""
    red, green, blue = (int(row[-1]) for row in lut)
    return f"#{red:02x}{green:02x}{blue:02x}"


# -- OME-XML -------------------------------------------------------------------------------------------


def _read_ome(calibration: _Calibration, xml: str, number: int) -> None:
    try:
        images = _children(ElementTree.fromstring(xml), "Image")
    except ElementTree.ParseError:
        return  # as tifffile does: the pixels are worth having without the metadata
    if number >= len(images):
        return
    image = images[number]
    if acquired := _text(image, "AcquisitionDate"):
        calibration.add(acquired=acquired)
    for pixels in _children(image, "Pixels"):
        _read_ome_pixels(calibration, pixels)


def _read_ome_pixels(calibration: _Calibration, pixels: Element) -> None:
    unit = _clean_unit(pixels.get("PhysicalSizeXUnit", "\u00b5m"))
    dy, dx = _number(pixels.get("PhysicalSizeY")), _number(pixels.get("PhysicalSizeX"))
    if dy and dx and unit == _clean_unit(pixels.get("PhysicalSizeYUnit", "\u00b5m")):
        calibration.set_pixel_size(dy, dx, unit)
    z_unit = _clean_unit(pixels.get("PhysicalSizeZUnit", "\u00b5m"))
    calibration.set_step("z", _number(pixels.get("PhysicalSizeZ")), z_unit)
    _set_ome_times(calibration, pixels)
    channels = _children(pixels, "Channel")
    calibration.add(
        channel_names=calibration.per_channel([channel.get("Name") for channel in channels]),
        channel_colors=calibration.per_channel([_ome_color(channel.get("Color")) for channel in channels]),
    )


def _set_ome_times(calibration: _Calibration, pixels: Element) -> None:
    calibration.set_step(
        "time", _number(pixels.get("TimeIncrement")), _clean_unit(pixels.get("TimeIncrementUnit", "s"))
    )
    if "time" not in calibration.found.coords:
        _set_ome_plane_times(calibration, pixels)


def _set_ome_plane_times(calibration: _Calibration, pixels: Element) -> None:
    """Take the time of each time point's first plane."""
    times: dict[int, float] = {}
    unit = "s"
    for plane in _children(pixels, "Plane"):
        time, at = _number(plane.get("DeltaT")), _number(plane.get("TheT"), int)
        if time is not None and at is not None:
            times[int(at)] = min(time, times.get(int(at), time))
            unit = plane.get("DeltaTUnit", "s")
    calibration.set_coords("time", [times[at] for at in sorted(times)], _clean_unit(unit))


def _ome_color(value: str | None) -> str | None:
    """Return ``#rrggbb`` from OME's signed 32-bit RGBA."""
    rgba = _number(value, int)
    return None if rgba is None else f"#{int(rgba) >> 8 & 0xFFFFFF:06x}"


def _children(element: Element, name: str) -> list[Element]:
    # The namespace carries the year of the schema, so that only the local name can be compared.
    return [child for child in element if child.tag.rpartition("}")[2] == name]


def _text(element: Element, name: str) -> str | None:
    found = _children(element, name)
    return found[0].text if found else None

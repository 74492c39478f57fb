"""Pixel sizes, channels and times out of OME-XML."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from jpkl._tiff_note import NOTE
from jpkl.readers._calibration import Calibration, number, unit_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from xml.etree.ElementTree import Element

    from tifffile import TiffPageSeries


def read_ome(calibration: Calibration, xml: str, series: Sequence[TiffPageSeries], wanted: int) -> None:
    """Add what the XML says of one series.

    Parameters
    ----------
    calibration : Calibration
        Takes what is found.
    xml : str
        The XML.
    series : sequence of TiffPageSeries
        All series that tifffile found.
    wanted : int
        Number of the one.
    """
    try:
        images = _children(ElementTree.fromstring(xml), "Image")
    except ElementTree.ParseError:
        return  # as tifffile does: the pixels are worth having without the metadata
    image = _image_of(images, series, wanted)
    if image is None:
        return
    if acquired := _text(image, "AcquisitionDate"):
        calibration.add(acquired=acquired)
    for pixels in _children(image, "Pixels"):
        _read_pixels(calibration, pixels)


def ome_note(xml: str) -> str | None:
    """Return the note of `jpkl export`: the annotation of that namespace."""
    try:
        entries = ElementTree.fromstring(xml).iterfind(f".//{{*}}MapAnnotation[@Namespace='{NOTE}']//{{*}}M")
        return next((entry.text for entry in entries if entry.get("K") == NOTE), None)
    except ElementTree.ParseError:
        return None


def _image_of(images: list[Element], series: Sequence[TiffPageSeries], wanted: int) -> Element | None:
    """Return the image of a series.

    Both are in the same order, but images whose pixels are in no file at hand have no series.
    """
    if len(images) == len(series):
        return images[wanted]
    at = 0
    for i in range(wanted + 1):
        while at < len(images) and not _is_image_of(images[at], series[i]):
            at += 1
        at += 1
    return images[at - 1] if at <= len(images) else None


def _is_image_of(image: Element, series: TiffPageSeries) -> bool:
    sizes = [
        prod(int(number(pixels.get(f"Size{axis}", 1), int) or 0) for axis in "XYZCT")
        for pixels in _children(image, "Pixels")
    ]
    return prod(series.shape) in sizes and (image.get("Name") or "") in (series.name, "")


def _read_pixels(calibration: Calibration, pixels: Element) -> None:
    (x, x_unit), (y, y_unit), (z, z_unit) = (_size(pixels, axis) for axis in "XYZ")
    if x_unit and y_unit:
        calibration.set_pixel_size(y, x, y_unit, x_unit)
    if z_unit:
        calibration.set_z(z, z_unit)
    if "z" not in calibration.found.coords:
        _set_plane_positions(calibration, pixels)
    _set_times(calibration, pixels)
    channels = _children(pixels, "Channel")
    calibration.set_names([_name(channel) for channel in channels])
    colors = [_color(channel.get("Color")) for channel in channels]
    calibration.set_colors(colors)


def _name(channel: Element) -> str | None:
    """Return the name of a channel, or else that of its dye or its wavelength, as programs show it."""
    wavelength = number(channel.get("EmissionWavelength"))
    of_light = f"{wavelength:g} {channel.get('EmissionWavelengthUnit', 'nm')}" if wavelength else None
    return channel.get("Name") or channel.get("Fluor") or of_light


def _size(pixels: Element, axis: str) -> tuple[float | None, str | None]:
    size = number(pixels.get(f"PhysicalSize{axis}"))
    return size, unit_of(pixels.get(f"PhysicalSize{axis}Unit", "\u00b5m"))


def _set_times(calibration: Calibration, pixels: Element) -> None:
    unit = unit_of(pixels.get("TimeIncrementUnit", "s"))
    calibration.set_step("time", number(pixels.get("TimeIncrement")), unit)
    if "time" not in calibration.found.coords:
        _set_plane_times(calibration, pixels)


def _set_plane_times(calibration: Calibration, pixels: Element) -> None:
    """Take the time of each time point's first plane."""
    times: dict[int, float] = {}
    unit = "s"
    for plane in _children(pixels, "Plane"):
        time, at = number(plane.get("DeltaT")), number(plane.get("TheT"), int)
        if time is not None and at is not None:
            times[int(at)] = min(time, times.get(int(at), time))
            unit = plane.get("DeltaTUnit", "s")
    calibration.set_coords("time", [times[at] for at in sorted(times)], unit_of(unit))


def _set_plane_positions(calibration: Calibration, pixels: Element) -> None:
    """Take where each section was, if all its planes say the same."""
    positions: dict[int, set[float]] = {}
    unit = None
    for plane in _children(pixels, "Plane"):
        position, at = number(plane.get("PositionZ")), number(plane.get("TheZ"), int)
        if position is not None and at is not None:
            positions.setdefault(int(at), set()).add(position)
            unit = unit_of(plane.get("PositionZUnit"))
    sections = [positions[at] for at in sorted(positions)]
    values = [min(section) for section in sections]
    if all(len(section) == 1 for section in sections) and len(set(values)) == len(values):
        calibration.set_depths(values, unit)


def _color(value: str | None) -> str | None:
    """Return ``#rrggbb`` from OME's signed 32-bit RGBA."""
    rgba = number(value, int)
    return None if rgba is None else f"#{int(rgba) >> 8 & 0xFFFFFF:06x}"


def _children(element: Element, name: str) -> list[Element]:
    # The namespace carries the year of the schema, so that only the local name can be compared.
    return [child for child in element if child.tag.rpartition("}")[2] == name]


def _text(element: Element, name: str) -> str | None:
    found = _children(element, name)
    return found[0].text if found else None

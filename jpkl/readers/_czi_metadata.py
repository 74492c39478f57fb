"""Pixel sizes, channels and times out of the XML of a CZI file."""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from jpkl.readers._calibration import Calibration, number

_UM = "\u00b5m"
_IMAGE = "./Metadata/Information/Image"
#: Letters of dims by the names that the XML has for their sizes.
_SIZES = ("T", "C", "Z")


class CziMetadata:
    """What the XML says; nothing where it is damaged, since the pixels are worth having without it.

    Parameters
    ----------
    xml : str
        The XML.
    """

    def __init__(self, xml: str) -> None:
        try:
            self._root = ElementTree.fromstring(xml)
        except ElementTree.ParseError:
            self._root = Element("ImageDocument")

    def scene_name(self, scene: int) -> str | None:
        """Return the name of a scene, by its index."""
        for each in self._root.iterfind(f"{_IMAGE}/Dimensions/S/Scenes/Scene"):
            if each.get("Index") == str(scene):
                return each.get("Name")
        return None

    def promised(self, sizes: Mapping[str, int]) -> dict[str, int]:
        """Return the lengths of dims that should be longer than they are, such as a stopped time series."""
        said = {letter: number(self._root.findtext(f"{_IMAGE}/Size{letter}"), int) for letter in _SIZES}
        return {letter: int(n) for letter, n in said.items() if n and n > sizes.get(letter, 1)}

    def describe(self, found: Calibration, factors: Mapping[str, float]) -> None:
        """Add what is said of pixels that are larger than those of the full resolution by these factors."""
        dx, dy, dz = (self._distance(axis) for axis in "XYZ")
        if dx and dy:
            found.set_pixel_size(dy * factors["Y"], dx * factors["X"], _UM, _UM)
        found.set_z(dz, _UM)
        channels = self._channels()[: found.n_channels]
        found.set_names([self._name(channel) for channel in channels])
        found.set_colors([self._color(channel) for channel in channels])
        if "time" not in found.found.coords:
            increment = f"{_IMAGE}/Dimensions/T/Positions/Interval/Increment"
            found.set_step("time", number(self._root.findtext(increment)), "s")
        acquired = (self._root.findtext(f"{_IMAGE}/AcquisitionDateAndTime") or "").strip()
        if acquired and not acquired.startswith("0001"):
            found.add(acquired=acquired)

    def _distance(self, axis: str) -> float | None:
        """Return the distance between neighbors along an axis in micrometers; the file has meters."""
        meters = number(self._root.findtext(f"./Metadata/Scaling/Items/Distance[@Id='{axis}']/Value"))
        return meters * 1e6 if meters and meters > 0 else None

    def _channels(self) -> list[tuple[Element, Element]]:
        """Return what is said of each channel, and of how it is displayed."""
        shown = list(self._root.iterfind("./Metadata/DisplaySetting/Channels/Channel"))
        by_id = {each.get("Id"): each for each in shown}
        channels = list(self._root.iterfind(f"{_IMAGE}/Dimensions/Channels/Channel"))
        if not channels:
            return [(each, each) for each in shown]
        nothing = Element("Channel")
        in_place = shown if len(shown) == len(channels) else [nothing] * len(channels)
        return [
            (channel, by_id.get(channel.get("Id"), display))
            for channel, display in zip(channels, in_place, strict=True)
        ]

    def _name(self, channel: tuple[Element, Element]) -> str | None:
        names = [each.get("Name") for each in channel]
        dyes = [each.findtext(tag) for tag in ("Fluor", "ShortName") for each in channel]
        return next((text.strip() for text in [*names, *dyes] if text and text.strip()), None)

    def _color(self, channel: tuple[Element, Element]) -> str | None:
        """Return ``#rrggbb`` of a color that has its opacity before it."""
        for each in reversed(channel):
            text = (each.findtext("Color") or "").strip().lstrip("#")
            if len(text) in (6, 8):
                return f"#{text[-6:].lower()}"
        return None

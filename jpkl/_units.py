"""Units of length and time: recognize their spellings, and convert lengths; pure."""

from __future__ import annotations

import re

#: Signs for the micrometer, in any case.
_MICROMETER = re.compile(r"(um|\u03bcm|\u00b5m)", re.IGNORECASE)

#: Units as JPkl writes them, by their names in lower case and in the singular.
_BY_NAME = {
    "picometer": "pm", "angstrom": "\u00c5", "nanometer": "nm", "micrometer": "\u00b5m", "micron": "\u00b5m",
    "millimeter": "mm", "centimeter": "cm", "decimeter": "dm", "meter": "m", "kilometer": "km",
    "inch": "inch", "inches": "inch", "foot": "ft", "feet": "ft",
    "nanosecond": "ns", "microsecond": "\u00b5s", "usec": "\u00b5s", "millisecond": "ms", "msec": "ms",
    "second": "s", "sec": "s", "minute": "min", "min": "min", "hour": "h", "hr": "h", "day": "d",
}  # fmt: skip

#: Other signs for them. Case matters: 1 Mm is no millimeter.
_BY_SIGN = {"\u212b": "\u00c5", "in": "inch", "us": "\u00b5s", "\u03bcs": "\u00b5s"}

#: Meters in each unit.
_METERS = {
    "pm": 1e-12, "\u00c5": 1e-10, "nm": 1e-9, "\u00b5m": 1e-6, "mm": 1e-3, "cm": 1e-2,
    "dm": 1e-1, "m": 1.0, "km": 1e3, "inch": 0.0254, "ft": 0.3048,
}  # fmt: skip

#: Units that OME has, as JPkl writes them.
_OME_UNITS = frozenset({*_METERS, "ps", "ns", "\u00b5s", "ms", "s", "min", "h", "d"})

#: What files write where they have no unit.
_NO_UNITS = ("pixel", "pixels", "px", "reference frame", "null", "none", "unknown", "undefined")


def normal_unit(text: str) -> str:
    """Return a unit as JPkl writes it: there are many spellings of the micrometer, and of seconds.

    Examples
    --------
    >>> normal_unit("um"), normal_unit(" mm"), normal_unit("Nanometers"), normal_unit("sec")
    ('\u00b5m', 'mm', 'nm', 's')
    """
    text = text.strip()
    if _MICROMETER.fullmatch(text):
        return "\u00b5m"
    name = re.sub("met(?:re|er)", "meter", text.lower())
    known = _BY_NAME.get(name) or _BY_NAME.get(name.removesuffix("s"))
    return known or _BY_SIGN.get(text, text)


def is_unit(text: str) -> bool:
    """Return whether a text names a unit, rather than the lack of one.

    Examples
    --------
    >>> is_unit("nm"), is_unit("reference frame"), is_unit("")
    (True, False, False)
    """
    return bool(text) and text.lower() not in _NO_UNITS


def ome_symbol(text: str) -> str | None:
    """Return how OME writes a unit of length or time; None where it has no such unit.

    Examples
    --------
    >>> ome_symbol("um"), ome_symbol("sec"), ome_symbol("slices")
    ('\u00b5m', 's', None)
    """
    unit = normal_unit(text)
    if unit == "inch":
        return "in"
    return unit if unit in _OME_UNITS else None


def length_ratio(unit: str, other: str) -> float | None:
    """Return how many of the other unit make one unit; None unless both are the same, or both lengths.

    Examples
    --------
    >>> length_ratio("mm", "\u00b5m"), length_ratio("s", "\u00b5m")
    (1000.0, None)
    """
    if unit == other:
        return 1.0
    meters, of_other = (_METERS.get(normal_unit(text)) for text in (unit, other))
    return None if meters is None or of_other is None else float(f"{meters / of_other:.12g}")

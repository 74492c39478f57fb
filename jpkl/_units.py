"""Units of length: recognize their spellings, and convert between them; pure."""

from __future__ import annotations

import re

#: How programs and people spell the micrometer.
_MICROMETER = re.compile(r"(micron|microns|micrometer|micrometers|um|\u03bcm|\u00b5m)", re.IGNORECASE)

#: Meters in each unit. Case matters: 1 Mm is no millimeter.
_METERS = {
    "pm": 1e-12,
    "\u00c5": 1e-10, "\u212b": 1e-10, "angstrom": 1e-10, "angstroms": 1e-10,
    "nm": 1e-9, "nanometer": 1e-9, "nanometers": 1e-9,
    "\u00b5m": 1e-6,
    "mm": 1e-3, "millimeter": 1e-3, "millimeters": 1e-3,
    "cm": 1e-2, "centimeter": 1e-2, "centimeters": 1e-2,
    "dm": 1e-1,
    "m": 1.0, "meter": 1.0, "meters": 1.0,
    "km": 1e3,
    "inch": 0.0254, "inches": 0.0254, "in": 0.0254,
    "ft": 0.3048, "feet": 0.3048,
}  # fmt: skip

#: What files write where they have no unit.
_NO_UNITS = ("pixel", "pixels", "px", "reference frame", "null", "none", "unknown", "undefined")


def normal_unit(text: str) -> str:
    """Return a unit as JPkl writes it: there are many spellings of the micrometer.

    Examples
    --------
    >>> normal_unit("um"), normal_unit(" mm")
    ('\u00b5m', 'mm')
    """
    text = text.strip()
    return "\u00b5m" if _MICROMETER.fullmatch(text) else text


def is_unit(text: str) -> bool:
    """Return whether a text names a unit, rather than the lack of one.

    Examples
    --------
    >>> is_unit("nm"), is_unit("reference frame"), is_unit("")
    (True, False, False)
    """
    return bool(text) and text.lower() not in _NO_UNITS


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

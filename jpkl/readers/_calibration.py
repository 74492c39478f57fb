"""What a file says of its pixels, channels and times, under the names of the dims."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from jpkl._metadata import MOST_PIXEL_ASPECT, StackMetadata, rounded
from jpkl._source.axes import resolve_axes
from jpkl._units import is_unit, length_ratio, normal_unit

_BLACK, _WHITE = "#000000", "#ffffff"


class Calibration:
    """Collects what a file says.

    Parameters
    ----------
    axes : str or sequence of str
        One letter or name for each axis.
    shape : tuple of int
        Length of each axis.

    Attributes
    ----------
    found : StackMetadata
        What there is so far.
    """

    def __init__(self, axes: str | Sequence[str], shape: tuple[int, ...]) -> None:
        layout = resolve_axes(shape, axes, color=False)
        in_source_order = sorted(layout.order[layout.n_frame_axes :])
        sizes = [shape[axis] for axis in in_source_order]
        self.sizes = dict(zip(layout.dim_names or (), sizes, strict=True))
        self.found = StackMetadata()

    def add(self, **values: Any) -> None:
        """Set fields of `found`."""
        self.found = replace(self.found, **values)

    def set_pixel_size(
        self, dy: float | None, dx: float | None, y_unit: str | None, x_unit: str | None
    ) -> None:
        """Set the size of a pixel in the unit of its width.

        There is none where the units cannot be converted, or differ and give the pixel a shape that no pixel
        has: then one of the numbers is wrong.
        """
        ratio = length_ratio(y_unit or "", x_unit or "")
        if not (dy and dx and dy > 0 and dx > 0 and ratio):
            return
        height = dy * ratio
        if y_unit == x_unit or 1 / MOST_PIXEL_ASPECT <= height / dx <= MOST_PIXEL_ASPECT:
            self.add(pixel_size=(rounded(height), rounded(dx)), pixel_unit=x_unit or "")

    def set_step(self, dim: str, step: float | None, unit: str | None, origin: float = 0.0) -> None:
        """Set evenly spaced coords of a dim; `origin` is the index that is at 0."""
        if step and dim in self.sizes:
            self.set_coords(dim, [(i - origin) * step for i in range(self.sizes[dim])], unit)

    def set_z(self, step: float | None, unit: str | None, origin: float = 0.0) -> None:
        """Set the distance between sections, in the unit of the pixels where both are lengths."""
        if step and "z" in self.sizes:
            self.set_depths([(i - origin) * step for i in range(self.sizes["z"])], unit)

    def set_depths(self, values: Sequence[float], unit: str | None) -> None:
        """Set where sections are, in the unit of the pixels where both are lengths."""
        ratio = length_ratio(unit or "", self.found.pixel_unit)
        if ratio and self.found.pixel_unit:
            values, unit = [value * ratio for value in values], self.found.pixel_unit
        self.set_coords("z", values, unit)

    def set_times(self, seconds: Sequence[float | None]) -> None:
        """Set when each time point was taken, if that is known of all, and they are not all the same."""
        known = [value for value in seconds if value is not None and math.isfinite(value)]
        if len(known) == len(seconds) and (len(set(known)) > 1 or len(known) == 1):
            self.set_coords("time", known, "s")

    def set_coords(self, dim: str, values: Sequence[float], unit: str | None) -> None:
        """Set the coords of a dim, if there is one for each of its indices."""
        if len(values) != self.sizes.get(dim):
            return
        self.add(coords={**self.found.coords, dim: tuple(rounded(value) + 0.0 for value in values)})
        if unit:
            self.add(units={**self.found.units, dim: unit})

    @property
    def n_channels(self) -> int:
        """Length of the channel dim; 1 without one."""
        return self.sizes.get("channel", 1)

    def set_colors(self, colors: Sequence[str | None]) -> None:
        """Set the colors of the channels, ``#rrggbb``, if there is a place for each, and some are known.

        The others are white, and so are those that are said to be black, in which nothing would be seen.
        """
        known = [None if color == _BLACK else color for color in colors]
        if len(known) == self.n_channels and any(known):
            self.add(channel_colors=tuple(color or _WHITE for color in known))

    def set_names(self, names: Sequence[str | None]) -> None:
        """Set the names of the channels; those that have none are called by their number."""
        if any(names) and len(names) <= self.n_channels:
            every = [*names, *[None] * (self.n_channels - len(names))]
            self.add(channel_names=tuple(name or f"channel {c}" for c, name in enumerate(every)))


#: Seconds in each unit of time that files use.
_SECONDS = {"ns": 1e-9, "\u00b5s": 1e-6, "us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}


def seconds_of(value: float | None, unit: str) -> float | None:
    """Return a time in seconds; None if there is none, or of a unit that is not known."""
    factor = _SECONDS.get(unit)
    return None if value is None or factor is None else value * factor


def unit_of(text: Any) -> str | None:
    """Return a unit as JPkl writes it; None for what is none, such as ``"pixel"``."""
    return normal_unit(text) if isinstance(text, str) and is_unit(text.strip()) else None


def shortest(value: np.floating[Any]) -> float:
    """Return the shortest decimal that means a number of few bits: 0.13262, not 0.13262000679."""
    return float(str(value))


def number(value: Any, kind: Callable[[Any], float] = float) -> float | None:
    """Return a number, or None for what is none."""
    try:
        return kind(value)
    except (TypeError, ValueError, OverflowError):
        return None

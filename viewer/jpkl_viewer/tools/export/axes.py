"""Axes beside a picture: ticks with columns and rows of the frame, in pixels or the unit of their size.

The ticks are those of the screen, see ``browser/stage/axes.js``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from jpkl.toolkit import format_number
from jpkl_viewer.model.labels import nice_length
from jpkl_viewer.model.stack import StackDescription
from jpkl_viewer.model.state import ViewState
from jpkl_viewer.tools.export.annotate import MIN_FONT, Mask, blend, text_masks
from jpkl_viewer.tools.export.panes import Picture, stage
from jpkl_viewer.tools.export.place import Place

#: Letters in pixels of the screen, about how far ticks are from each other, and how long they are.
_LETTERS, _DISTANCE, _TICK = 12.0, 80.0, 5.0

#: Room at the left and below, by the height of letters.
_LEFT, _BELOW = 14 / 3, 3.5

#: Between a tick and its number.
_GAP = 3.0

#: Digits of numbers at ticks, and by how much of a step sums of steps are off.
_DIGITS, _ROUNDING = 6, 1e-6


@dataclass(frozen=True)
class Axis:
    """One axis: what it is of, and the numbers at its ticks with their places in the picture."""

    name: str
    ticks: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class AxesUnit:
    """What axes count: the height and the width of a pixel in a unit."""

    pixel_size: tuple[float, float]
    name: str


def axes_unit_of(state: ViewState, stack: StackDescription) -> AxesUnit | None:
    """Find what the axes of a view count; None for pixels."""
    if state.axes_unit != "physical" or stack.pixel_size is None:
        return None
    return AxesUnit(stack.pixel_size, stack.pixel_unit or "units")


def ticks_within(
    low: float, high: float, size: int, scale: float, length: float | None = None
) -> list[float]:
    """Find values within a range of pixels, about one in 80 pixels of the screen.

    Parameters
    ----------
    low, high : float
        The range.
    size : int
        Of the frame: there are no ticks outside of it.
    scale : float
        Pixels of the screen that a pixel takes.
    length : float, optional
        That a pixel has; without it, values are whole numbers of pixels.

    Examples
    --------
    >>> ticks_within(-0.5, 511.5, 512, 1.0)
    [0.0, 100.0, 200.0, 300.0, 400.0, 500.0]
    >>> ticks_within(-0.5, 511.5, 512, 1.0, length=0.25)
    [0.0, 20.0, 40.0, 60.0, 80.0, 100.0, 120.0]
    """
    per = 1.0 if length is None else length
    nice = nice_length(2 * _DISTANCE * per / scale)
    step = max(1.0, nice) if length is None else nice
    first = max(0, math.ceil(low * per / step - _ROUNDING))
    last = math.floor(min(high, size - 1) * per / step + _ROUNDING)
    return [number * step for number in range(first, last + 1)]


def axes_of(place: Place, frame: tuple[int, int], unit: AxesUnit | None = None) -> tuple[Axis, Axis]:
    """Find the axes below and at the left of a picture of part of a frame, with its width and height.

    They count pixels, unless a unit is given.
    """
    columns, rows = (_axis(place, frame, number, unit) for number in (0, 1))
    return (rows, columns) if place.turn.is_sideways else (columns, rows)


def _axis(place: Place, frame: tuple[int, int], number: int, unit: AxesUnit | None) -> Axis:
    """Find that of columns (0) or rows (1) of the frame."""
    start, count = ((place.left, place.columns), (place.top, place.rows))[number]
    scale = place.scales[number] / place.unit
    length = None if unit is None else unit.pixel_size[1 - number]
    values = ticks_within(start - 0.5, start + count - 0.5, frame[number], scale, length)
    pixels = [value / (length or 1) for value in values]
    points = place.at([(0, pixel) if number else (pixel, 0) for pixel in pixels])
    seen = (1 - number) if place.turn.is_sideways else number
    texts = [format_number(value, _DIGITS) for value in values]
    name = f"{'xy'[number]} ({unit.name if unit else 'px'})"
    return Axis(name, tuple(zip(texts, points[:, seen].tolist(), strict=True)))


def axes_room(unit: float) -> tuple[int, int]:
    """Return the room that axes take at the left of a picture and below it.

    ``unit`` is how many pixels of the picture stand for one of the screen, see `Place.unit`.
    """
    size = _size(unit)
    return math.floor(_LEFT * size + 0.5), math.floor(_BELOW * size + 0.5)


def _size(unit: float) -> int:
    # Halves are rounded as in the browser, which forecasts the size of the picture.
    return max(MIN_FONT, math.floor(_LETTERS * unit + 0.5))


def axes_sheet(place: Place, frame: tuple[int, int], unit: AxesUnit | None = None) -> Picture:
    """Draw the axes of a picture of part of a frame, with its width and height, onto an empty sheet.

    The picture belongs into its upper right corner.
    """
    left, below = axes_room(place.unit)
    sheet = stage((left + place.width, place.height + below))
    axis_below, axis_beside = axes_of(place, frame, unit)
    _draw_below(sheet, axis_below, (left, place.height), place.unit)
    _draw_beside(sheet, axis_beside, (left, place.height), place.unit)
    return sheet


def _lengths(unit: float) -> tuple[int, int, int]:
    """Return the length and the width of ticks, and the gap beside numbers."""
    return max(3, round(_TICK * unit)), max(1, round(unit)), max(2, round(_GAP * unit))


def _draw_below(sheet: Picture, axis: Axis, corner: tuple[int, int], unit: float) -> None:
    """Draw the axis below a picture whose lower left corner is there."""
    (left, top), (length, thick, _) = corner, _lengths(unit)
    for value, at in axis.ticks:
        first = left + math.floor(at - thick / 2 + 0.5)
        sheet[top : top + length, max(left, first) : first + thick] = 255
        number = text_masks(value, _size(unit), sheet.shape[1])
        _write(sheet, number, left + at - number[0].shape[1] / 2, top + length)
    name = text_masks(axis.name, _size(unit), sheet.shape[1])
    _write(sheet, name, (left + sheet.shape[1] - name[0].shape[1]) / 2, sheet.shape[0])


def _draw_beside(sheet: Picture, axis: Axis, corner: tuple[int, int], unit: float) -> None:
    """Draw the axis at the left of a picture whose lower left corner is there."""
    (left, height), (length, thick, gap) = corner, _lengths(unit)
    for value, at in axis.ticks:
        first = math.floor(at - thick / 2 + 0.5)
        sheet[max(0, first) : first + thick, left - length : left] = 255
        number = text_masks(value, _size(unit), left)
        _write(sheet, number, left - length - gap - number[0].shape[1], at - number[0].shape[0] / 2)
    fill, outline = (np.rot90(mask) for mask in text_masks(axis.name, _size(unit), sheet.shape[0]))
    _write(sheet, (fill, outline), 0, (height - fill.shape[0]) / 2)


def _write(sheet: Picture, masks: tuple[Mask, Mask], left: float, top: float) -> None:
    """Write a text there, or at the nearest place where all of it is on the sheet."""
    height, width = masks[0].shape
    x, y = max(0, min(left, sheet.shape[1] - width)), max(0, min(top, sheet.shape[0] - height))
    blend(sheet, *masks, round(x), round(y))

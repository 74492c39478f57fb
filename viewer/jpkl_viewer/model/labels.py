"""Lengths and positions as text; pure.

The browser writes the same: ``browser/base/numbers.js``, and `Stack.describe` in ``browser/state/stack.js``.
Both are held to the golden vectors in ``tests/data``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from jpkl.toolkit import NumberStyle
from jpkl_viewer.limits import PIXEL_VALUES
from jpkl_viewer.model.projection import STD_SCALE, Projection

if TYPE_CHECKING:
    from jpkl_viewer.model.stack import StackDescription


def nice_length(most: float) -> float:
    """Find the longest length of 1, 2 or 5 times a power of ten that is at most `most`.

    Examples
    --------
    >>> nice_length(3.7), nice_length(0.05)
    (2.0, 0.05)
    """
    if not most > 0:
        return 0.0
    power = float(f"1e{math.floor(math.log10(most))}")
    factor = next((each for each in (5, 2) if each * power <= most * (1 + 1e-9)), 1)
    return factor * power


def describe_intensity(
    stack: StackDescription, index: tuple[int, ...], level: float, projection: Projection | None = None
) -> str:
    """Write a pixel value of a frame in the units of the file, with no more digits than 256 levels have.

    Of a projection of frames with different display ranges, it is the pixel value itself.

    Examples
    --------
    >>> import numpy as np
    >>> from jpkl import JPkl
    >>> from jpkl_viewer.model.stack import describe
    >>> stack = describe(JPkl(np.linspace(0, 65535, 64).astype(np.uint16).reshape(8, 8)))
    >>> describe_intensity(stack, (), 255), describe_intensity(stack, (), 1)
    ('65535', '257')
    """
    ends, is_integer = ends_of(stack, index, projection)
    if ends is None:
        return NumberStyle(0).write(level)
    low, high = ends
    return _intensity_style(low, high, is_integer).write(low + level / 255 * (high - low))


def ends_of(
    stack: StackDescription, index: tuple[int, ...], projection: Projection | None
) -> tuple[tuple[float, float] | None, bool]:
    """Find what 0 and 255 stand for in a picture, if that is known, and whether it is of integers."""
    ends = stack.range_at(index)
    if projection is None:
        return ends, stack.is_integer
    if stack.display_range is not None and np.ptp(stack.display_range, axis=projection.dim).any():
        return None, True
    low, high = ends or PIXEL_VALUES
    if projection.method == "sum":
        n = len(range(stack.dim_sizes[projection.dim])[projection.start : projection.stop])
        return (n * low, n * high), stack.is_integer or ends is None
    if projection.method != "std":
        return ends, stack.is_integer
    return (0.0, (high - low) / STD_SCALE), False


def _intensity_style(low: float, high: float, is_integer: bool) -> NumberStyle:
    if is_integer:
        return NumberStyle(0)
    if low == high:
        return NumberStyle.of([low])
    return NumberStyle.for_step((high - low) / 255, max(abs(low), abs(high)))


def describe_position(
    stack: StackDescription,
    position: tuple[int, ...],
    *,
    with_channel: bool = True,
    projection: Projection | None = None,
) -> str:
    """Write what distinguishes a position, e.g. ``"time 2.5 s · z max 0–9 · DNA"``.

    Dims of one index are left out, unless they are projected.

    Parameters
    ----------
    stack : StackDescription
        The stack.
    position : tuple of int
        A frame index.
    with_channel : bool
        Whether the channel is named; not in a composite.
    projection : Projection, optional
        What is shown in place of the frame.
    """
    parts = []
    for number, (dim, index) in enumerate(zip(stack.dims, position, strict=True)):
        if projection is not None and number == projection.dim:
            indices = range(dim.size)[projection.start : projection.stop]
            parts.append(f"{dim.name} {projection.method} {indices[0]}–{indices[-1]}")
        elif number == stack.channel_dim:
            parts += [stack.channels[index].name] if with_channel and dim.size > 1 else []
        elif dim.size > 1:
            parts.append(f"{dim.name} {dim.label(index) or index}")
    return " · ".join(parts)

"""How long and how large regions are, in the units of the stack; pure.

``geometry.js`` computes the same while a region is drawn; both are held to the same golden vectors.
"""

from __future__ import annotations

import math

from jpkl.toolkit import format_number
from jpkl_viewer.model.stack import StackDescription
from jpkl_viewer.tools.regions.roi import Line

#: Digits of lengths, areas and angles, as people read them.
_DIGITS = 3


def length_unit(stack: StackDescription) -> str:
    """Return the unit of lengths: that of the pixel size, ``"px"`` where there is none."""
    return "px" if stack.pixel_size is None else stack.pixel_unit or "units"


def line_length(line: Line, stack: StackDescription) -> float:
    """Return the length of a line in the unit of `length_unit`; pixels need not be square."""
    height, width = stack.pixel_size or (1.0, 1.0)
    return math.hypot((line.x1 - line.x0) * width, (line.y1 - line.y0) * height)


def line_angle(line: Line, stack: StackDescription) -> float:
    """Return the angle of a line in degrees, -180 to 180: counterclockwise from the x axis.

    Examples
    --------
    >>> import numpy as np
    >>> from jpkl import JPkl
    >>> from jpkl_viewer.model.stack import describe
    >>> line_angle(Line(0, 5, 5, 0), describe(JPkl(np.zeros((8, 8)))))
    45.0
    """
    height, width = stack.pixel_size or (1.0, 1.0)
    dx, dy = (line.x1 - line.x0) * width, (line.y0 - line.y1) * height
    return math.degrees(math.atan2(dy, dx))


def area(n_pixels: int, stack: StackDescription) -> float:
    """Return the area of pixels in the squared unit of `length_unit`."""
    height, width = stack.pixel_size or (1.0, 1.0)
    return n_pixels * height * width


def line_text(line: Line, stack: StackDescription) -> str:
    """Return length and angle of a line as they are read, e.g. ``9.96 µm · 76°``."""
    length = format_number(line_length(line, stack), _DIGITS)
    return f"{length} {length_unit(stack)} · {format_number(line_angle(line, stack), _DIGITS)}°"

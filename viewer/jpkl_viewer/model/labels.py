"""Numbers, lengths and positions as text; pure.

The browser writes the same: ``browser/numbers.js``, and `Stack.describe` in ``browser/stack.js``. Both are
held to the golden vectors in ``tests/data``.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jpkl_viewer.model.projection import Projection
    from jpkl_viewer.model.stack import StackDescription


def format_number(value: float, digits: int = 4) -> str:
    """Write a number with at most `digits` significant digits, without trailing zeros.

    Examples
    --------
    >>> format_number(2.50001), format_number(1234567), format_number(0.00012)
    ('2.5', '1.235e+6', '1.2e-4')
    """
    if value == 0:
        return "0"
    rounded = Context(prec=digits, rounding=ROUND_HALF_UP).create_decimal(value)
    if 1e-3 <= abs(value) < 1e6:
        return f"{rounded.normalize():f}"
    mantissa, _, exponent = f"{rounded:.{digits - 1}e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent):+d}"


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

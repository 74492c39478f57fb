"""Numbers, dates and times as text; pure.

What is written says neither less nor more than the number: integers keep all their digits, and of coordinates
no two neighbors read alike. The viewer in the browser writes the same: ``browser/base/numbers.js``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import pairwise
from typing import Self

#: From this size on, numbers of which few digits are wanted have an exponent.
_LARGE = 1e15

#: Below this size numbers have an exponent, and those of a dim from the other size on.
_SMALL, _HUGE = 1e-3, 1e21

#: By how much a coordinate as it is written may be off, as a share of the distance between neighbors; by how
#: much it is still exact; and how many decimals it may have more to be that.
_TOLERANCE, _EXACT, _MORE_DECIMALS = 1e-2, 1e-6, 1

#: Distance that is assumed where there are no neighbors, as a share of the number.
_ALONE = 1e-4

#: Decimals that a number has at most.
_MOST_DECIMALS = 17

#: Date and time in ISO 8601, to the microsecond.
_ISO_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,6}0*)?)?(Z|[+-]\d\d:?\d\d)?", re.ASCII)

_CONTEXT = Context(prec=60, rounding=ROUND_HALF_UP)


def format_number(value: float, digits: int = 4) -> str:
    """Write a number with at most `digits` significant digits, or as many as its integer part has.

    Trailing zeros are left out.

    Parameters
    ----------
    value : float
        The number.
    digits : int
        Most significant digits.

    Returns
    -------
    str
        The number, with an exponent where it is very small or large.

    Examples
    --------
    >>> format_number(2.50001), format_number(65535), format_number(0.00012)
    ('2.5', '65535', '1.2e-4')
    """
    size = abs(value)
    if size == 0:
        return "0"
    if 10**digits <= size < _LARGE:
        return _fixed(value, 0)
    rounded = Context(prec=digits, rounding=ROUND_HALF_UP).create_decimal(value)
    if _SMALL <= size < _LARGE:
        return f"{rounded.normalize():f}"
    mantissa, _, exponent = f"{rounded:.{digits - 1}e}".partition("e")
    return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent):+d}"


@dataclass(frozen=True)
class NumberStyle:
    """How numbers that belong together are written, as the coordinates of a dim.

    Attributes
    ----------
    decimals : int
        Digits after the point.
    is_exponent : bool
        Whether they have an exponent, as the largest is very small or large.

    Examples
    --------
    >>> style = NumberStyle.of([1.7e9, 1.7e9 + 0.5, 1.7e9 + 1])
    >>> style.write(1.7e9 + 0.5), style.write(1.7e9 + 1)
    ('1700000000.5', '1700000001.0')
    """

    decimals: int
    is_exponent: bool = False

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Find the style in which no two neighbors that differ read alike.

        Parameters
        ----------
        values : sequence of float
            The numbers, in their order.

        Returns
        -------
        NumberStyle
            With as few digits as that takes.
        """
        largest = max(map(abs, values), default=0.0)
        steps = [abs(after - before) for before, after in pairwise(values) if after != before]
        step = min(steps, default=largest * _ALONE)
        is_exponent = largest != 0 and not _SMALL <= largest < _HUGE
        form = "e" if is_exponent else "f"

        def fits(decimals: int, most: float) -> bool:
            return all(abs(float(f"{value:.{decimals}{form}}") - value) <= most for value in values)

        needed = _first(lambda n: fits(n, step * _TOLERANCE), 0, _MOST_DECIMALS)
        exact = _first(lambda n: fits(n, step * _EXACT), needed, needed + _MORE_DECIMALS)
        return cls(needed if exact > needed + _MORE_DECIMALS else exact, is_exponent)

    @classmethod
    def for_step(cls, step: float, largest: float) -> Self:
        """Find the style for numbers up to `largest` that are at least `step` apart, without a digit more.

        Parameters
        ----------
        step : float
            Least distance between two of the numbers.
        largest : float
            Greatest absolute value among them.

        Returns
        -------
        NumberStyle
            With as few digits as that takes.
        """
        is_exponent = largest != 0 and not _SMALL <= largest < _HUGE
        unit = float(f"1e{Decimal(largest).adjusted()}") if is_exponent else 1.0
        decimals = _first(lambda n: float(f"1e-{n}") * unit <= step, 0, _MOST_DECIMALS)
        return cls(min(decimals, _MOST_DECIMALS), is_exponent)

    def write(self, value: float) -> str:
        """Write one of the numbers.

        Parameters
        ----------
        value : float
            The number.

        Returns
        -------
        str
            The number in this style.
        """
        if not self.is_exponent:
            return _fixed(value, self.decimals)
        if value == 0:
            return "0"
        rounded = Context(prec=self.decimals + 1, rounding=ROUND_HALF_UP).create_decimal(value)
        mantissa, _, exponent = f"{rounded:.{self.decimals}e}".partition("e")
        return f"{mantissa}e{int(exponent):+d}"


def write_apart(values: Sequence[float]) -> tuple[str, ...]:
    """Write numbers in the one style in which no two neighbors that differ read alike.

    Parameters
    ----------
    values : sequence of float
        The numbers, in their order.

    Returns
    -------
    tuple of str
        One text per number.

    Examples
    --------
    >>> write_apart([0.1, 0.25, 0.3])
    ('0.10', '0.25', '0.30')
    """
    style = NumberStyle.of(values)
    return tuple(map(style.write, values))


def write_times(values: Sequence[date]) -> tuple[str, ...]:
    """Write dates, or dates and times, as precisely as the most precise of them.

    Examples
    --------
    >>> write_times([datetime(2024, 1, 1), datetime(2024, 1, 1, 13, 30)])
    ('2024-01-01 00:00', '2024-01-01 13:30')
    """
    moments = [value if isinstance(value, datetime) else datetime.combine(value, time()) for value in values]
    if all(moment.time() == time() and moment.tzinfo is None for moment in moments):
        return tuple(moment.date().isoformat() for moment in moments)
    precision = max(map(_precision, moments))
    return tuple(moment.isoformat(" ", _PRECISIONS[precision]) for moment in moments)


def write_texts(values: Sequence[str]) -> tuple[str, ...]:
    """Write texts as they are, but dates and times in ISO 8601 as `write_times` does."""
    if values and all(map(_ISO_TIME.fullmatch, values)):
        try:
            return write_times([datetime.fromisoformat(value) for value in values])
        except ValueError:  # such as February 30th
            pass
    return tuple(values)


_PRECISIONS = ("minutes", "seconds", "milliseconds", "microseconds")


def _precision(moment: datetime) -> int:
    if moment.microsecond:
        return 3 if moment.microsecond % 1000 else 2
    return 1 if moment.second else 0


def _first(condition: Callable[[int], bool], start: int, stop: int) -> int:
    """Return the first number from `start` to `stop` of which a condition is true; else the next one."""
    return next((n for n in range(start, stop + 1) if condition(n)), stop + 1)


def _fixed(value: float, decimals: int) -> str:
    if not abs(value) < _HUGE:  # of integers, only a file that was tampered with has them
        return f"{value:.3g}"
    text = f"{Decimal(value).quantize(Decimal(1).scaleb(-decimals), context=_CONTEXT):f}"
    return text.removeprefix("-") if not text.strip("-0.") else text

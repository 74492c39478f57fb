"""What a benchmark prints: one line per figure, each a ratio or an amount within one run."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One measured figure and its target.

    Attributes
    ----------
    what : str
        What was measured, on which data.
    value : float
        The figure.
    target : float or None
        What it should reach.
    unit : str
        ``"x"`` for a ratio.
    at_most : bool
        Whether smaller is better.
    note : str
        What the figure is based on.
    """

    what: str
    value: float
    target: float | None = None
    unit: str = "x"
    at_most: bool = True
    note: str = ""

    def __str__(self) -> str:
        goal, verdict = "", ""
        if self.target is not None:
            reached = self.value <= self.target if self.at_most else self.value >= self.target
            goal = f"{'<=' if self.at_most else '>='} {self.target:g} {self.unit}"
            verdict = "ok" if reached else "SHORT"
        return (
            f"{self.what:<78} {self.value:>9.3g} {self.unit:<4} {goal:<12} {verdict:<6} {self.note}".rstrip()
        )


def print_figures(title: str, figures: Iterable[Figure]) -> None:
    """Print each figure as soon as it is known."""
    print(f"\n{title}")
    for figure in figures:
        print(f"  {figure}", flush=True)


def two_digits(value: float) -> str:
    """Write a ratio as far as it can be believed."""
    return f"{value:.0f}" if value >= 10 else f"{value:.2g}"


def this_machine() -> str:
    """Say what the figures were measured on."""
    return f"{os.cpu_count()} cores ({platform.machine()}, Python {platform.python_version()})"


def interleaved(functions: dict[str, Callable[[], Any]], repeats: int) -> dict[str, list[float]]:
    """Seconds of each call, the functions taking turns: a busy moment of the machine hits all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in functions}
    for function in functions.values():
        function()
    for _ in range(repeats):
        for name, function in functions.items():
            start = time.perf_counter()
            function()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def median_ratio(seconds: dict[str, list[float]], numerator: str, denominator: str) -> float:
    """Median of the ratios of calls made one after the other."""
    pairs: Iterator[tuple[float, float]] = zip(seconds[numerator], seconds[denominator], strict=True)
    return statistics.median(a / b for a, b in pairs)

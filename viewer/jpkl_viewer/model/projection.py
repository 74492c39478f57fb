"""Which frames are projected into one picture, and by which method; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jpkl_viewer.limits import PROJECTION_METHODS
from jpkl_viewer.model.runs import FrameRun, make_run

#: A standard deviation of 8-bit values is at most 127.5: twice that fills a byte.
STD_SCALE = 2


@dataclass(frozen=True)
class Projection:
    """Which frames are projected, and how.

    Attributes
    ----------
    dim : int
        The dim along which frames are combined.
    method : {"max", "mean", "sum", "min", "std"}
        How the values of a pixel are combined. ``"mean"`` is rounded to nearest; ``"sum"`` has its pixels,
        which stand for as many times the value as there are frames; ``"std"`` is the standard
        deviation of the population (NumPy's ``ddof=0``) times 2, rounded, so that 0...255 stand for
        0...127.5, the largest that 8-bit values can have.
    start, stop, step : int or None
        Part of the dim, as a slice; all of it by default.
    around : int or None
        In place of a fixed part: the frame at the position and so many on each side, as far as there are any.

    Raises
    ------
    ValueError
        If the method is none of these, or ``around`` is negative.
    """

    dim: int
    method: str = "max"
    start: int | None = None
    stop: int | None = None
    step: int | None = None
    around: int | None = None

    def __post_init__(self) -> None:
        if self.method not in PROJECTION_METHODS:
            raise ValueError(f"method must be one of {', '.join(PROJECTION_METHODS)}, not {self.method!r}")
        if self.around is not None and self.around < 0:
            raise ValueError(f"around must be at least 0, not {self.around}")

    def at(self, sizes: tuple[int, ...], position: Sequence[int]) -> Projection:
        """Return the projection of a fixed part that this one is at a position.

        Examples
        --------
        >>> Projection(0, "mean", around=2).at((9, 3), (1, 0))
        Projection(dim=0, method='mean', start=0, stop=4, step=None, around=None)
        """
        if self.around is None:
            return self
        middle = position[self.dim]
        start, stop = max(0, middle - self.around), min(sizes[self.dim], middle + self.around + 1)
        return Projection(self.dim, self.method, start, stop)

    def run(self, sizes: tuple[int, ...], position: Sequence[int]) -> FrameRun:
        """Find the frames that it takes at a position; raises what `make_run` raises."""
        fixed = self.at(sizes, position)
        return make_run(sizes, position, self.dim, slice(fixed.start, fixed.stop, fixed.step))

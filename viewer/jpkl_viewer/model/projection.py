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
    method : {"max", "mean", "min", "std"}
        How the values of a pixel are combined. ``"mean"`` is rounded to nearest; ``"std"`` is the standard
        deviation of the population (NumPy's ``ddof=0``) times 2, rounded, so that 0...255 stand for
        0...127.5, the largest that 8-bit values can have.
    start, stop, step : int or None
        Part of the dim, as a slice; all of it by default.

    Raises
    ------
    ValueError
        If the method is none of these.
    """

    dim: int
    method: str = "max"
    start: int | None = None
    stop: int | None = None
    step: int | None = None

    def __post_init__(self) -> None:
        if self.method not in PROJECTION_METHODS:
            raise ValueError(f"method must be one of {', '.join(PROJECTION_METHODS)}, not {self.method!r}")

    def run(self, sizes: tuple[int, ...], position: Sequence[int]) -> FrameRun:
        """Find the frames that it takes at a position; raises what `make_run` raises."""
        return make_run(sizes, position, self.dim, slice(self.start, self.stop, self.step))

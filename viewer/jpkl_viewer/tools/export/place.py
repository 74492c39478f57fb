"""Where a part of a frame is in an exported picture; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jpkl_viewer.tools.export.turn import UPRIGHT, Turn

#: The place of a picture on a screen of usual size, which it fills.
_STAGE = (1080, 720)

#: A picture whose shorter side has so many pixels has marks of the sizes that the screen has.
_SCREEN_SIDE = 600

#: Marks are not smaller, or larger, than this by the sizes on the screen.
_LEAST_UNIT, _MOST_UNIT = 0.8, 8.0


@dataclass(frozen=True)
class Place:
    """A part of a frame, and the size at which it is drawn.

    Attributes
    ----------
    left, top, columns, rows : int
        The part, in pixels of the frame.
    width, height : int
        Size of the picture in its own pixels, as it is seen.
    turn : Turn
        How the frame is turned in it.
    """

    left: int
    top: int
    columns: int
    rows: int
    width: int
    height: int
    turn: Turn = UPRIGHT

    @property
    def upright(self) -> tuple[int, int]:
        """Width and height of the picture before it is turned."""
        return self.turn.size(self.width, self.height)

    @property
    def scales(self) -> tuple[float, float]:
        """Pixels of the picture that one of the frame takes, along its rows and its columns."""
        width, height = self.upright
        return width / self.columns, height / self.rows

    @property
    def unit(self) -> float:
        """Pixels of the picture for a pixel of the screen: lines and letters grow with the picture."""
        return screen_unit(self.width, self.height)

    @property
    def part(self) -> tuple[slice, slice]:
        """Rows and columns of the frame."""
        return (
            slice(self.top, self.top + self.rows),
            slice(self.left, self.left + self.columns),
        )

    def beside(self, width: int, height: int, *, is_whole: bool) -> Place:
        """Find which part of another stack's frames is seen beside this, at the same scale.

        Parameters
        ----------
        width, height : int
            Size of its frames.
        is_whole : bool
            Whether its whole frame is seen, in place of the same part.
        """
        left, top = (0, 0) if is_whole else (min(self.left, width - 1), min(self.top, height - 1))
        columns = width if is_whole else min(self.columns, width - left)
        rows = height if is_whole else min(self.rows, height - top)
        size = (max(1, round(n * scale)) for n, scale in zip((columns, rows), self.scales, strict=True))
        return Place(left, top, columns, rows, *self.turn.size(*size), self.turn)

    def corner_of(self, part: Place) -> tuple[int, int]:
        """Find where in this picture the upper left corner of another one is that shows the same frame."""
        left, top = part.left - 0.5, part.top - 0.5
        corners = self.at([(left, top), (left + part.columns, top + part.rows)])
        x, y = np.rint(corners.min(axis=0)).astype(int).tolist()
        return x, y

    def at(self, points: Sequence[Sequence[float]]) -> NDArray[np.float64]:
        """Find where points (x, y) of the frame are in the picture, from its upper left corner.

        The center of the first pixel of the frame is (0, 0).

        Examples
        --------
        >>> Place(10, 4, columns=20, rows=20, width=40, height=80).at([(10, 4), (9.5, 23.5)]).tolist()
        [[1.0, 2.0], [0.0, 80.0]]
        """
        corner = (self.left - 0.5, self.top - 0.5)
        upright = (np.array(points, np.float64).reshape(-1, 2) - corner) * self.scales
        return self.turn.points(upright, *self.upright)


def screen_unit(width: int, height: int) -> float:
    """Return how many pixels of a picture of that size stand for one of the screen."""
    return min(_MOST_UNIT, max(_LEAST_UNIT, min(width, height) / _SCREEN_SIDE))


def screen_share(width: int, height: int) -> float:
    """Return how many pixels of a picture of that size take a pixel of a screen that it fills; maybe few."""
    return max(width / _STAGE[0], height / _STAGE[1])


def tops_of(places: Sequence[Place]) -> list[int]:
    """Find where pictures beside each other begin: the first rows of all frames are level."""
    first = places[0]
    ((_, first_row),) = first.at([(first.left - 0.5, first.top - 0.5)])
    heights = [place.height for place in places]
    return [max(heights) - height if first_row > 0 else 0 for height in heights]

"""How frames are turned in a picture; pure. The screen turns them in ``browser/state/viewport.js``."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jpkl_viewer.model.state import ViewState

_QUARTER = 90


@dataclass(frozen=True)
class Turn:
    """How a frame is turned: mirrored from left to right first, if at all, and then rotated clockwise.

    Attributes
    ----------
    quarters : int
        Quarters of a turn, from 0 to 3.
    is_flipped : bool
        Whether it is mirrored.
    """

    quarters: int = 0
    is_flipped: bool = False

    @property
    def is_sideways(self) -> bool:
        """Whether rows of the frame are columns of the picture."""
        return self.quarters % 2 == 1

    def size(self, width: int, height: int) -> tuple[int, int]:
        """Return the width and height of a turned picture; or of the one that was turned."""
        return (height, width) if self.is_sideways else (width, height)

    def picture(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Turn a picture.

        Examples
        --------
        >>> Turn(1).picture(np.array([[1, 2, 3], [4, 5, 6]], np.uint8)).tolist()
        [[4, 1], [5, 2], [6, 3]]
        """
        flipped = pixels[:, ::-1] if self.is_flipped else pixels
        return np.ascontiguousarray(np.rot90(flipped, -self.quarters))

    def points(self, points: NDArray[np.float64], width: float, height: float) -> NDArray[np.float64]:
        """Find where points (x, y) of a picture of that size are once it is turned."""
        x, y = points.T
        if self.is_flipped:
            x = width - x
        for _ in range(self.quarters):
            x, y = height - y, x
            width, height = height, width
        return np.stack([x, y], axis=-1)


UPRIGHT = Turn()


def turn_of(state: ViewState) -> Turn:
    """Return how the settings turn frames."""
    return Turn(int(state.rotation) // _QUARTER, state.flip)

"""What makes the pictures of an export, and several pictures beside each other as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from jpkl_viewer.frames.frames import Frames
from jpkl_viewer.frames.viewed_stack import ViewedStack
from jpkl_viewer.model.viewed import TitledView
from jpkl_viewer.tools.export.annotate import MIN_FONT, blend, darken, text_masks
from jpkl_viewer.tools.export.place import screen_unit

Picture: TypeAlias = NDArray[np.uint8]

#: Makes a picture; may be called in another thread, and later.
MakePicture: TypeAlias = Callable[[], Picture]

#: Color of the stage, which is seen between panes, and of what marks a place.
STAGE = (23, 23, 23)
MARK = (255, 216, 77)

#: Between panes, and letters of captions, in pixels of the screen.
_GAP, _LETTERS = 6.0, 12.0


class Renderer(Protocol):
    """Makes the pictures of an export, all of the same size."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures."""
        ...

    def at(self, dim: int | None = None, index: int = 0) -> MakePicture:
        """Return what makes the picture of the view, or of the view with a dim at an index.

        Not for several threads at once; what it returns is.
        """
        ...


class SeenView(TitledView, Protocol):
    """A stack, how it is shown, and the stacks that it is compared with: a `JPklViewer`."""

    @property
    def frames(self) -> Frames:
        """Where its pixels come from."""
        ...

    @property
    def others(self) -> Sequence[ViewedStack]:
        """The stacks that it is compared with."""
        ...


def gap_for(size: tuple[int, int]) -> int:
    """Return the distance of panes of that width and height."""
    return max(2, round(_GAP * screen_unit(*size)))


def stage(size: tuple[int, int]) -> Picture:
    """Make an empty picture of a width and height."""
    return np.full((size[1], size[0], 3), STAGE, np.uint8)


def put(picture: Picture, pane: Picture, left: int, top: int) -> None:
    """Put a pane into a picture, as far as it is in it."""
    pane = pane[max(0, -top) :, max(0, -left) :]
    left, top = max(0, left), max(0, top)
    part = picture[top : top + pane.shape[0], left : left + pane.shape[1]]
    part[...] = pane[: part.shape[0], : part.shape[1]]


def mark_line(picture: Picture, at: float, axis: int, *, opacity: float = 1.0) -> None:
    """Draw a line at a row (axis 0) or column (axis 1), which may be a broken number."""
    size = picture.shape[axis]
    width = max(1, round(screen_unit(*picture.shape[1::-1])))
    first = min(max(0, round(at - width / 2)), max(0, size - width))
    part = np.moveaxis(picture, axis, 0)[first : first + width]
    part[...] = np.rint(part * (1 - opacity) + opacity * np.array(MARK)).astype(np.uint8)


def caption(
    picture: Picture, text: str, *, is_right: bool = False, is_top: bool = False, unit: float | None = None
) -> None:
    """Write a text on a dark plate, into the lower left corner or another one.

    ``unit`` is by default that of the picture, see `screen_unit`.
    """
    height, width = picture.shape[:2]
    unit = screen_unit(width, height) if unit is None else unit
    margin = max(3, round(_GAP * unit))
    fill, outline = text_masks(text, max(MIN_FONT, round(_LETTERS * unit)), width - 4 * margin)
    left = width - 2 * margin - fill.shape[1] if is_right else 2 * margin
    top = margin if is_top else height - margin - fill.shape[0]
    darken(picture[max(0, top) : top + fill.shape[0], max(0, left - margin) : left + fill.shape[1] + margin])
    blend(picture, fill, outline, left, top)

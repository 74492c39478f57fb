"""What makes the pictures of an export, and several pictures beside each other as one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from jpkl_viewer.frames.frames import Frames
from jpkl_viewer.frames.viewed_stack import ViewedStack
from jpkl_viewer.model.stack import StackDescription
from jpkl_viewer.model.state import ViewState
from jpkl_viewer.model.viewed import TitledView
from jpkl_viewer.tools.export.annotate import Taken, blend, letters, shade, text_masks
from jpkl_viewer.tools.export.place import screen_unit

Picture: TypeAlias = NDArray[np.uint8]

#: Makes a picture; may be called in another thread, and later.
MakePicture: TypeAlias = Callable[[], Picture]

#: Color of the stage, which is seen between panes, and of what marks a place.
STAGE = (23, 23, 23)
MARK = (255, 216, 77)

#: Between panes, in pixels of the screen.
_GAP = 6.0


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


@dataclass(frozen=True)
class View:
    """A view that is not the one of an open viewer: what a browser describes, or a bookmark."""

    frames: Frames
    stack: StackDescription
    state: ViewState
    title: str
    others: Sequence[ViewedStack] = ()


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
    picture: Picture,
    text: str,
    *,
    is_right: bool = False,
    is_top: bool = False,
    unit: float | None = None,
    taken: Taken | None = None,
) -> None:
    """Write a text on a dark plate, into a corner of a picture.

    Parameters
    ----------
    picture : ndarray of uint8, shape (height, width, 3)
        Changed in place.
    text : str
        The text.
    is_right, is_top : bool
        Which corner; by default the lower left one.
    unit : float, optional
        By default that of the picture, see `screen_unit`.
    taken : Taken, optional
        What a scale bar takes: a text that has no room beside it is above it, or below.
    """
    height, width = picture.shape[:2]
    size, margin = letters(screen_unit(width, height) if unit is None else unit)
    fill, outline = text_masks(text, size, width - 4 * margin)
    left = width - 2 * margin - fill.shape[1] if is_right else 2 * margin
    taken = taken or Taken()
    own, other = f"{'top' if is_top else 'bottom'} left", f"{'top' if is_top else 'bottom'} right"
    if is_right:
        own, other = other, own
    has_room = fill.shape[1] + 3 * margin <= width - taken.width
    away = max(margin, taken.of(own), 0 if has_room else taken.of(other))
    top = away if is_top else height - fill.shape[0] - away
    shade(picture[max(0, top) : top + fill.shape[0], max(0, left - margin) : left + fill.shape[1] + margin])
    blend(picture, fill, outline, left, top)

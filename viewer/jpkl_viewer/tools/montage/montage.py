"""Filmstrip and montage: many frames side by side in one picture, decoded at a fraction of their size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jpkl import FrameError
from jpkl_viewer.frames.runs import UNWATCHED, Kept, Stretch, Task, make_stretch

if TYPE_CHECKING:
    from jpkl import JPkl

#: Pixels between cells.
GAP = 2

_SCALES = (1, 2, 4, 8)


@dataclass(frozen=True)
class Grid:
    """Where the frames of a montage are: row by row, from the top left.

    Attributes
    ----------
    stretch : Stretch
        The frames.
    columns, rows : int
        Cells across and down; the last row may have empty ones.
    cell_width, cell_height : int
        Size of a cell in pixels of the montage.
    gap : int
        Pixels between cells.
    """

    stretch: Stretch
    columns: int
    cell_width: int
    cell_height: int
    gap: int = GAP

    @property
    def rows(self) -> int:
        """Cells down."""
        return -(-len(self.stretch) // self.columns)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the whole picture."""
        return (
            self.rows * (self.cell_height + self.gap) - self.gap,
            self.columns * (self.cell_width + self.gap) - self.gap,
        )

    def corner(self, number: int) -> tuple[int, int]:
        """(x, y) of the top left pixel of the ``number``-th frame."""
        row, column = divmod(number, self.columns)
        return column * (self.cell_width + self.gap), row * (self.cell_height + self.gap)

    def index_at(self, x: float, y: float) -> int | None:
        """Index along the dim of the frame at a point of the picture; None between and beside frames.

        Parameters
        ----------
        x, y : float
            In pixels of the montage, with the centre of the first pixel at (0, 0).
        """
        column, dx = divmod(math.floor(x + 0.5), self.cell_width + self.gap)
        row, dy = divmod(math.floor(y + 0.5), self.cell_height + self.gap)
        number = row * self.columns + column
        is_cell = 0 <= column < self.columns and row >= 0 and dx < self.cell_width and dy < self.cell_height
        return self.stretch.indices[number] if is_cell and number < len(self.stretch) else None


def make_grid(
    jp: JPkl,
    position: Sequence[int],
    dim: int,
    *,
    part: slice = slice(None),
    cell: int = 160,
    columns: int | None = None,
) -> Grid:
    """Lay out the frames along a dim.

    Parameters
    ----------
    jp : JPkl
        The stack.
    position : sequence of int
        Frame index; what it says of ``dim`` does not matter.
    dim : int
        The dim.
    part : slice
        Part of it, e.g. ``slice(None, None, 5)`` for each fifth; all by default.
    cell : int
        Longer side of a cell at most, in pixels.
    columns : int, optional
        Cells across, e.g. 1 for an upright filmstrip or the number of frames for a lying one. By default
        as many as make the picture nearest to a square.

    Raises
    ------
    IndexError, ValueError
        If the stack has no such frames, or a size is less than 1.
    """
    if cell < 1 or (columns is not None and columns < 1):
        raise ValueError(f"cell and columns must be at least 1, not {cell} and {columns}")
    stretch = make_stretch(jp.dim_sizes, position, dim, part)
    height, width = _cell_size(jp.frame_shape, cell)
    n = len(stretch)
    if columns is None:
        columns = max(1, round(math.sqrt(n * (height + GAP) / (width + GAP))))
    return Grid(stretch, min(columns, n), width, height)


def montage(
    jp: JPkl, grid: Grid, task: Task = UNWATCHED, damaged: dict[int, FrameError] | None = None
) -> NDArray[np.uint8]:
    """The picture of a grid: pixel values, as a frame has them.

    Frames are decoded at 1/2, 1/4 or 1/8 of their size, and made smaller still only where a cell is.

    Parameters
    ----------
    jp : JPkl
        The stack.
    grid : Grid
        From `make_grid` of the same stack.
    task : Task
        For progress, and to end early.
    damaged : dict of int to FrameError, optional
        Takes the frames that cannot be decoded, by the number of their cell, which is 0.

    Returns
    -------
    ndarray of uint8, shape ``grid.shape`` or ``(*grid.shape, 3)``
        0 between the cells.

    Raises
    ------
    FrameError
        If a frame is damaged and ``damaged`` is not given; names it.
    CancelledError
        If the result is no longer wanted.
    """
    picture = np.zeros((*grid.shape, *jp.frame_shape[2:]), np.uint8)
    scale = _scale(jp.frame_shape, max(grid.cell_height, grid.cell_width))
    for part, frames in grid.stretch.blocks(jp, task, scale=scale, damaged=damaged):
        for number, frame in zip(range(part.start, part.stop), frames, strict=True):
            x, y = grid.corner(number)
            picture[y : y + grid.cell_height, x : x + grid.cell_width] = _fit(frame, grid)
    return picture


class Montages(Kept):
    """Montages of a stack."""

    def get(self, grid: Grid, task: Task = UNWATCHED) -> NDArray[np.uint8]:
        """As `montage`, but computed only if it is not kept; read-only."""
        return self._cache.get(("montage", grid), lambda: montage(self._jp, grid, task))

    def get_readable(
        self, grid: Grid, task: Task = UNWATCHED
    ) -> tuple[NDArray[np.uint8], dict[int, FrameError]]:
        """The same with the errors of damaged frames; with any it is not kept, as they may come back."""
        damaged: dict[int, FrameError] = {}
        try:
            return self.get(grid, task), damaged
        except FrameError:
            return montage(self._jp, grid, task, damaged), damaged


def _scale(frame_shape: tuple[int, ...], cell: int) -> int:
    longest = max(frame_shape[:2])
    return next((scale for scale in _SCALES if -(-longest // scale) <= cell), _SCALES[-1])


def _cell_size(frame_shape: tuple[int, ...], cell: int) -> tuple[int, int]:
    scale = _scale(frame_shape, cell)
    height, width = (-(-side // scale) for side in frame_shape[:2])
    reduction = max(1.0, max(height, width) / cell)
    return max(1, round(height / reduction)), max(1, round(width / reduction))


def _fit(frame: NDArray[np.uint8], grid: Grid) -> NDArray[np.uint8]:
    size = (grid.cell_width, grid.cell_height)
    if frame.shape[1::-1] == size:
        return frame
    image = Image.fromarray(np.ascontiguousarray(frame))
    return np.asarray(image.resize(size, Image.Resampling.BOX))

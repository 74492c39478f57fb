"""Filmstrip and montage: many frames side by side in one picture, decoded at a fraction of their size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jpkl import FrameError
from jpkl.toolkit import fitting_scale
from jpkl_viewer.frames.frames import Frames
from jpkl_viewer.frames.products import ProductKey
from jpkl_viewer.frames.reading import read_blocks
from jpkl_viewer.frames.task import UNWATCHED, Task
from jpkl_viewer.frames.volumes import kept_volume
from jpkl_viewer.model.runs import FrameRun, make_run
from jpkl_viewer.model.stack import describe

if TYPE_CHECKING:
    from jpkl import JPkl

#: Pixels between cells.
GAP = 2

#: Share of the cache that the frames of one montage may take.
_SHARE = 0.125


@dataclass(frozen=True)
class Grid(ProductKey):
    """Where the frames of a montage are: row by row, from the top left.

    A montage is kept under its grid, where its frames take too much to be kept themselves.

    Attributes
    ----------
    run : FrameRun
        The frames.
    columns, rows : int
        Cells across and down; the last row may have empty ones.
    cell_width, cell_height : int
        Size of a cell in pixels of the montage.
    gap : int
        Pixels between cells.
    """

    run: FrameRun
    columns: int
    cell_width: int
    cell_height: int
    gap: int = GAP

    @property
    def rows(self) -> int:
        """Cells down."""
        return -(-len(self.run) // self.columns)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of the whole picture."""
        return (
            self.rows * (self.cell_height + self.gap) - self.gap,
            self.columns * (self.cell_width + self.gap) - self.gap,
        )

    def corner(self, number: int) -> tuple[int, int]:
        """Return (x, y) of the top left pixel of the ``number``-th frame."""
        row, column = divmod(number, self.columns)
        return column * (self.cell_width + self.gap), row * (self.cell_height + self.gap)

    def cell(self, number: int) -> tuple[slice, slice]:
        """Return rows and columns of the ``number``-th frame."""
        x, y = self.corner(number)
        return slice(y, y + self.cell_height), slice(x, x + self.cell_width)


def only(position: Sequence[int], dim: int) -> slice:
    """Return the part of a dim that is the frame at a position alone."""
    return slice(int(position[dim]), int(position[dim]) + 1)


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
        Frame index; its entry along ``dim`` does not matter.
    dim : int
        The dim.
    part : slice
        Part of it, e.g. ``slice(None, None, 5)`` for every fifth frame; all by default.
    cell : int
        Longer side of a cell at most, in pixels.
    columns : int, optional
        Cells across, e.g. 1 for a vertical filmstrip or the number of frames for a horizontal one. By default
        as many as make the picture nearest to a square.

    Raises
    ------
    IndexError, ValueError
        If the stack has no such frames, or a size is less than 1.
    """
    if cell < 1 or (columns is not None and columns < 1):
        raise ValueError(f"cell and columns must be at least 1, not {cell} and {columns}")
    run = make_run(jp.dim_sizes, position, dim, part)
    height, width = _cell_size(jp, cell)
    n = len(run)
    if columns is None:
        columns = max(1, round(math.sqrt(n * (height + GAP) / (width + GAP))))
    return Grid(run, min(columns, n), width, height)


def montage(
    jp: JPkl, grid: Grid, task: Task = UNWATCHED, damaged: dict[int, FrameError] | None = None
) -> NDArray[np.uint8]:
    """Make the picture of a grid: pixel values, as a frame has them.

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
    picture = _Sheet(jp, grid)
    for part, frames in read_blocks(jp, grid.run, task, scale=picture.scale, damaged=damaged):
        picture.put(part.start, frames)
    return picture.pixels


class _Sheet:
    """The picture of a grid while frames are put into it."""

    def __init__(self, jp: JPkl, grid: Grid) -> None:
        self.pixels = np.zeros((*grid.shape, *jp.frame_shape[2:]), np.uint8)
        #: At which its frames are decoded.
        self.scale = _scale(jp.frame_shape, max(grid.cell_height, grid.cell_width))
        self._grid = grid

    def put(self, start: int, frames: NDArray[np.uint8]) -> None:
        """Put frames into the cells from the ``start``-th on."""
        for number, frame in enumerate(frames, start):
            self.pixels[self._grid.cell(number)] = _fit(frame, self._grid)


def read_montage(
    frames: Frames, grid: Grid, task: Task = UNWATCHED
) -> tuple[NDArray[np.uint8], dict[int, FrameError]]:
    """Return a montage, and the errors of its damaged frames; read-only.

    Its frames are kept as they are decoded, so that other columns, or cells of about that size, decode
    nothing. With damaged frames nothing is kept, as they may come back.
    """
    damaged: dict[int, FrameError] = {}
    try:
        return _kept_montage(frames, grid, task), damaged
    except FrameError:
        return montage(frames.jp, grid, task, damaged), damaged


def _kept_montage(frames: Frames, grid: Grid, task: Task) -> NDArray[np.uint8]:
    sheet = _Sheet(frames.jp, grid)
    if prod(grid.run.shape(frames.jp.frame_shape, sheet.scale)) > frames.products.max_nbytes * _SHARE:
        return frames.products.get(grid, lambda: montage(frames.jp, grid, task))
    sheet.put(0, kept_volume(frames, grid.run, scale=sheet.scale, task=task))
    sheet.pixels.flags.writeable = False
    return sheet.pixels


def _scale(frame_shape: tuple[int, ...], cell: int) -> int:
    return fitting_scale(max(frame_shape[:2]), cell)


def _cell_size(jp: JPkl, cell: int) -> tuple[int, int]:
    scale = _scale(jp.frame_shape, cell)
    height, width = describe(jp).true_shape(*(-(-side // scale) for side in jp.frame_shape[:2]))
    reduction = max(1.0, max(height, width) / cell)
    return max(1, round(height / reduction)), max(1, round(width / reduction))


def _fit(frame: NDArray[np.uint8], grid: Grid) -> NDArray[np.uint8]:
    size = (grid.cell_width, grid.cell_height)
    if frame.shape[1::-1] == size:
        return frame
    image = Image.fromarray(np.ascontiguousarray(frame))
    return np.asarray(image.resize(size, Image.Resampling.BOX))

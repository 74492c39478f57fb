"""Slides of DICOM, whose frames are tiles: where each belongs in the whole."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl.readers._calibration import number
from jpkl.readers._dicom_series import DicomFrame, Series


@dataclass(frozen=True)
class Slide:
    """A slide that is put together of tiles.

    Attributes
    ----------
    shape : tuple of int
        Its height and width.
    corners : tuple of tuple of int
        Row and column of each tile's first pixel, in the order of the frames.
    """

    shape: tuple[int, int]
    corners: tuple[tuple[int, int], ...]

    def put_together(self, read_tile: Callable[[int], NDArray[Any]]) -> NDArray[Any]:
        """Return the slide: black where it has no tile. The last tiles may reach beyond it."""
        first = read_tile(0)
        whole = np.zeros((*self.shape, *first.shape[2:]), first.dtype)
        for i, (row, column) in enumerate(self.corners):
            tile = read_tile(i) if i else first
            part = whole[row : row + tile.shape[0], column : column + tile.shape[1]]
            part[...] = tile[: part.shape[0], : part.shape[1]]
        return whole


def slide_of(series: Series) -> Slide | None:
    """Return how the frames of a file make a slide; None where they do not, or would make several."""
    header = series.frames[0].header
    height, width = (int(number(header.get(f"TotalPixelMatrix{what}")) or 0) for what in ("Rows", "Columns"))
    if height < 1 or width < 1 or len({frame.path for frame in series.frames}) > 1:
        return None
    n_columns = -(-width // header.Columns)
    n_tiles = n_columns * -(-height // header.Rows)
    corners = [_corner(frame) for frame in series.frames]
    if None in corners and len(corners) == n_tiles:  # row by row, where nothing else is said
        places = (divmod(frame.index, n_columns) for frame in series.frames)
        corners = [(row * header.Rows, column * header.Columns) for row, column in places]
    known = [corner for corner in corners if corner and 0 <= corner[0] < height and 0 <= corner[1] < width]
    return Slide((height, width), tuple(known)) if len({*known}) == len(corners) else None


def _corner(frame: DicomFrame) -> tuple[int, int] | None:
    """Return row and column of the first pixel of a tile, which DICOM counts from 1."""
    names = (f"{what}PositionInTotalImagePixelMatrix" for what in ("Row", "Column"))
    row, column = (number(frame.get("PlanePositionSlideSequence", name)) for name in names)
    return None if row is None or column is None else (int(row) - 1, int(column) - 1)

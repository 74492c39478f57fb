"""Regions of interest: shapes in a frame, and which pixels they take; pure.

Coordinates are those of the picture, (x, y) in pixels, with the centre of the first pixel at (0, 0).
A pixel belongs to a rectangle or polygon if its centre lies inside or on the edge. What lies outside of
the frame does not count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from jpkl import JPklError

Mask = NDArray[np.bool_]

#: Far outside of any frame (a JPEG has at most 65500 pixels a side), and still exact in the arithmetic.
MAX_COORDINATE = 1e6


class RoiError(JPklError, ValueError):
    """A region that has no pixels, or whose coordinates are not usable numbers."""


class _Shape:
    """What all regions share: coordinates are checked when one is made."""

    def __post_init__(self) -> None:
        values = [getattr(self, field.name) for field in fields(self)]  # type: ignore[arg-type]
        if not all(map(_is_usable, values)):
            raise RoiError(
                f"{self!r}: coordinates must be numbers from {-MAX_COORDINATE:g} to {MAX_COORDINATE:g}"
            )


@dataclass(frozen=True)
class Point(_Shape):
    """The pixel whose centre is nearest to (x, y)."""

    x: float
    y: float


@dataclass(frozen=True)
class Line(_Shape):
    """The pixels that a line from (x0, y0) to (x1, y1) passes, one per step along its longer direction."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def length(self) -> float:
        """Its length in pixels."""
        return math.hypot(self.x1 - self.x0, self.y1 - self.y0)


@dataclass(frozen=True)
class Rectangle(_Shape):
    """The rectangle between two opposite corners, in any order."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True)
class Polygon(_Shape):
    """A closed polygon; where it crosses itself, what is enclosed twice is outside (even-odd rule).

    Attributes
    ----------
    vertices : tuple of (x, y)
        At least three.
    """

    vertices: tuple[tuple[float, float], ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.vertices) < 3 or any(len(vertex) != 2 for vertex in self.vertices):
            raise RoiError(f"a polygon needs three vertices (x, y) or more, got {self.vertices}")


Roi: TypeAlias = Point | Line | Rectangle | Polygon


@dataclass(frozen=True, eq=False)
class Region:
    """The pixels of a region within a frame.

    Attributes
    ----------
    rows, columns : slice
        The smallest rectangle that holds them.
    mask : ndarray of bool
        Which pixels of that rectangle belong to the region; at least one.
    is_clipped : bool
        Whether part of the region lies outside of the frame.
    """

    rows: slice
    columns: slice
    mask: Mask
    is_clipped: bool

    @property
    def n_pixels(self) -> int:
        """Number of pixels."""
        return int(self.mask.sum())


def find_region(roi: Roi, height: int, width: int) -> Region:
    """The pixels that a region takes of a frame.

    Parameters
    ----------
    roi : Roi
        The region.
    height, width : int
        Size of the frame in pixels.

    Raises
    ------
    RoiError
        If it takes none: it lies outside of the frame, or between the centres of pixels.

    Examples
    --------
    >>> region = find_region(Rectangle(-3, 1, 1.2, 2), height=4, width=5)
    >>> region.rows, region.columns, region.n_pixels, region.is_clipped
    (slice(1, 3, None), slice(0, 2, None), 4, True)
    """
    x, y, inside = _pixels(roi, height, width)
    within = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    x, y = x[within & inside], y[within & inside]
    if not len(x):
        raise RoiError(f"{roi} takes no pixel of a frame of {height} x {width} pixels")
    top, left = int(y.min()), int(x.min())
    mask = np.zeros((int(y.max()) - top + 1, int(x.max()) - left + 1), dtype=np.bool_)
    mask[y - top, x - left] = True
    rows, columns = (slice(first, first + n) for first, n in zip((top, left), mask.shape, strict=True))
    return Region(rows, columns, mask, is_clipped=_reaches_out(roi, height, width))


def find_mask(roi: Roi, height: int, width: int) -> Mask:
    """The same as a mask of the whole frame, shape (height, width)."""
    region = find_region(roi, height, width)
    mask = np.zeros((height, width), dtype=np.bool_)
    mask[region.rows, region.columns] = region.mask
    return mask


def vertices_of(roi: Roi) -> NDArray[np.float64]:
    """The points that define a region, shape (n, 2) as (x, y); a rectangle's four corners in turn."""
    match roi:
        case Point(x, y):
            points: Any = [(x, y)]
        case Line(x0, y0, x1, y1):
            points = [(x0, y0), (x1, y1)]
        case Rectangle(x0, y0, x1, y1):
            points = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
        case Polygon(vertices):
            points = vertices
    return np.array(points, dtype=np.float64)


def _pixels(
    roi: Roi, height: int, width: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Candidates x and y, and which of them are in the region."""
    if isinstance(roi, Point | Line):
        xy = _nearest(vertices_of(roi) if isinstance(roi, Point) else _steps(roi))
        return xy[:, 0], xy[:, 1], np.ones(len(xy), dtype=np.bool_)
    points = vertices_of(roi)
    # Candidates are limited to the frame, so that a huge polygon costs no more than the frame.
    low = np.maximum(np.ceil(points.min(axis=0)), 0).astype(np.int64)
    high = np.minimum(np.floor(points.max(axis=0)), (width - 1, height - 1)).astype(np.int64)
    columns, rows = (np.arange(first, last + 1) for first, last in zip(low, high, strict=True))
    x, y = (axis.ravel() for axis in np.meshgrid(columns, rows))
    inside = np.ones(x.shape, dtype=np.bool_) if isinstance(roi, Rectangle) else _in_polygon(x, y, points)
    return x, y, inside


def _in_polygon(x: NDArray[np.int64], y: NDArray[np.int64], points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether points lie inside (even-odd rule: count the edges to the right of them) or on an edge."""
    inside = np.zeros(x.shape, dtype=np.bool_)
    on_edge = np.zeros(x.shape, dtype=np.bool_)
    for (ax, ay), (bx, by) in zip(points, np.roll(points, -1, axis=0), strict=True):
        side = (bx - ax) * (y - ay) - (by - ay) * (x - ax)  # its sign: left or right of the edge
        crosses = (ay > y) != (by > y)
        inside ^= crosses & ((side > 0) == (by > ay)) & (side != 0)
        between = (np.minimum(ax, bx) <= x) & (x <= np.maximum(ax, bx))
        on_edge |= (side == 0) & between & (np.minimum(ay, by) <= y) & (y <= np.maximum(ay, by))
    return inside | on_edge


def _steps(line: Line) -> NDArray[np.float64]:
    n = math.ceil(max(abs(line.x1 - line.x0), abs(line.y1 - line.y0))) + 1
    return np.linspace((line.x0, line.y0), (line.x1, line.y1), n)


def _nearest(points: NDArray[np.float64]) -> NDArray[np.int64]:
    """Nearest pixels; halfway, the one to the right and below, as a picture is drawn."""
    return np.floor(points + 0.5).astype(np.int64)


def _reaches_out(roi: Roi, height: int, width: int) -> bool:
    points = vertices_of(roi)
    edge = np.array([width, height]) - 0.5
    return bool((points < -0.5).any() or (points > edge).any())


def _is_usable(value: Any) -> bool:
    try:
        return bool((np.abs(np.array(value, dtype=np.float64)) <= MAX_COORDINATE).all())  # NaN is not
    except (TypeError, ValueError):
        return False

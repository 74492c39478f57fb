"""Regions of interest: shapes in a frame, and which pixels belong to them; pure.

Coordinates are those of the picture, (x, y) in pixels, with the center of the first pixel at (0, 0).
A pixel belongs to a rectangle, ellipse or polygon if its center lies inside or on the edge. What lies outside
of the frame does not count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from jpkl import JPklError
from jpkl_viewer.limits import MAX_REGION_COORDINATE

Mask = NDArray[np.bool_]


class RoiError(JPklError, ValueError):
    """A region that has no pixels, or whose coordinates are not usable numbers."""


class _Shape:
    """What all regions share: coordinates are checked when one is made."""

    def __post_init__(self) -> None:
        values = [getattr(self, field.name) for field in fields(self)]  # type: ignore[arg-type]
        if not all(map(_is_usable, values)):
            raise RoiError(
                f"{self!r}: coordinates must be numbers from {-MAX_REGION_COORDINATE:g} "
                f"to {MAX_REGION_COORDINATE:g}"
            )


@dataclass(frozen=True)
class Point(_Shape):
    """The pixel whose center is nearest to (x, y)."""

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
class Ellipse(_Shape):
    """The ellipse in the rectangle between two opposite corners, in any order."""

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


Roi: TypeAlias = Point | Line | Rectangle | Ellipse | Polygon

#: Points of the outline of an ellipse: a multiple of four, so that its extremes are among them.
_OUTLINE_POINTS = 64


@dataclass(frozen=True, eq=False)
class RoiPixels:
    """The pixels of a region within a frame.

    Attributes
    ----------
    rows, columns : slice
        A rectangle that holds them.
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


def find_pixels(roi: Roi, height: int, width: int) -> RoiPixels:
    """Find the pixels of a frame that belong to a region.

    Parameters
    ----------
    roi : Roi
        The region.
    height, width : int
        Size of the frame in pixels.

    Raises
    ------
    RoiError
        If it takes none: it lies outside of the frame, or between the centers of pixels.

    Examples
    --------
    >>> pixels = find_pixels(Rectangle(-3, 1, 1.2, 2), height=4, width=5)
    >>> pixels.rows, pixels.columns, pixels.n_pixels, pixels.is_clipped
    (slice(1, 3, None), slice(0, 2, None), 4, True)
    """
    if isinstance(roi, Point | Line):
        left, top, mask = _steps_mask(roi, height, width)
    else:
        left, top, mask = _area_mask(roi, height, width)
    if not mask.any():
        raise RoiError(f"{roi} contains no pixel of a frame of {height} x {width} pixels")
    rows, columns = slice(top, top + mask.shape[0]), slice(left, left + mask.shape[1])
    return RoiPixels(rows, columns, mask, is_clipped=_reaches_out(roi, height, width))


def vertices_of(roi: Roi) -> NDArray[np.float64]:
    """Return the outline of a region as points (x, y), shape (n, 2); a rectangle's four corners in turn."""
    match roi:
        case Point(x, y):
            points: Any = [(x, y)]
        case Line(x0, y0, x1, y1):
            points = [(x0, y0), (x1, y1)]
        case Rectangle(x0, y0, x1, y1):
            points = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
        case Ellipse(x0, y0, x1, y1):
            turn = np.arange(_OUTLINE_POINTS) * (2 * np.pi / _OUTLINE_POINTS)
            unit = np.stack([np.cos(turn), np.sin(turn)], axis=1)
            points = (np.array([x0, y0]) + (x1, y1) + unit * (x1 - x0, y1 - y0)) / 2
        case Polygon(vertices):
            points = vertices
    return np.array(points, dtype=np.float64)


def _steps_mask(roi: Point | Line, height: int, width: int) -> tuple[int, int, Mask]:
    """Find left, top, and the pixels of a point or line from there on."""
    points = vertices_of(roi)
    if isinstance(roi, Line):
        n = math.ceil(np.abs(points[1] - points[0]).max()) + 1
        points = np.linspace(points[0], points[1], n)
    # Halfway between two pixels it is the one to the right or below, as a picture is drawn.
    x, y = np.floor(points + 0.5).astype(np.intp).T
    within = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    if not within.any():
        return 0, 0, np.zeros((0, 0), dtype=np.bool_)
    x, y = x[within], y[within]
    left, top = int(x.min()), int(y.min())
    mask = np.zeros((int(y.max()) - top + 1, int(x.max()) - left + 1), dtype=np.bool_)
    mask[y - top, x - left] = True
    return left, top, mask


def _area_mask(roi: Rectangle | Ellipse | Polygon, height: int, width: int) -> tuple[int, int, Mask]:
    """Find left, top, and the pixels of an area from there on; never more than the frame."""
    points = vertices_of(roi)
    left, top = np.maximum(np.ceil(points.min(axis=0)), 0).astype(int).tolist()
    right, bottom = np.minimum(np.floor(points.max(axis=0)) + 1, (width, height)).astype(int).tolist()
    shape = (max(0, bottom - top), max(0, right - left))
    if isinstance(roi, Rectangle) or 0 in shape:
        return left, top, np.ones(shape, dtype=np.bool_)
    if isinstance(roi, Ellipse):
        return left, top, _ellipse_mask(roi, left, top, shape)
    return left, top, _polygon_mask(points - (left, top), shape)


def _ellipse_mask(roi: Ellipse, left: int, top: int, shape: tuple[int, int]) -> Mask:
    """Find which pixels lie inside or on the edge; without a division, which would round."""
    width, height = roi.x1 - roi.x0, roi.y1 - roi.y0
    x = 2 * (np.arange(shape[1]) + left) - (roi.x0 + roi.x1)
    y = 2 * (np.arange(shape[0])[:, None] + top) - (roi.y0 + roi.y1)
    mask: Mask = (x * height) ** 2 + (y * width) ** 2 <= (width * height) ** 2
    return mask


def _polygon_mask(points: NDArray[np.float64], shape: tuple[int, int]) -> Mask:
    """Find which pixels lie inside (even-odd rule: count the edges to the right) or on an edge."""
    inside, on_edge = np.zeros(shape, dtype=np.bool_), np.zeros(shape, dtype=np.bool_)
    x = np.arange(shape[1])
    for (ax, ay), (bx, by) in zip(points, np.roll(points, -1, axis=0), strict=True):
        # No other rows can meet the edge.
        rows = slice(max(0, math.ceil(min(ay, by))), max(0, math.floor(max(ay, by)) + 1))
        y = np.arange(shape[0])[rows, None]
        side = (bx - ax) * (y - ay) - (by - ay) * (x - ax)  # its sign: left or right of the edge
        crosses = (ay > y) != (by > y)
        inside[rows] ^= crosses & ((side > 0) if by > ay else (side < 0))
        on_edge[rows] |= (side == 0) & (min(ax, bx) <= x) & (x <= max(ax, bx))
    return inside | on_edge


def _reaches_out(roi: Roi, height: int, width: int) -> bool:
    points = vertices_of(roi)
    edge = np.array([width, height]) - 0.5
    return bool((points < -0.5).any() or (points > edge).any())


def _is_usable(value: Any) -> bool:
    try:
        return bool((np.abs(np.array(value, dtype=np.float64)) <= MAX_REGION_COORDINATE).all())  # NaN is not
    except (TypeError, ValueError):
        return False

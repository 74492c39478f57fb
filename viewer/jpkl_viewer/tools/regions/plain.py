"""Regions as plain data: what the browser, links and files have of them, and `Roi`s made of it; pure."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from typing import Any

from jpkl_viewer.limits import MAX_REGION_POINTS
from jpkl_viewer.tools.regions.roi import Ellipse, Line, Point, Polygon, Rectangle, Roi, RoiError

#: Shapes that are kept as two points.
_PAIRS: dict[str, type[Line] | type[Rectangle] | type[Ellipse]] = {
    "line": Line,
    "rectangle": Rectangle,
    "ellipse": Ellipse,
}

#: Shapes that are polygons; one drawn freehand has more points than hands would move.
_POLYGONS = ("polygon", "freehand")


def parse_roi(item: Mapping[str, Any]) -> Roi:
    """Read a region as the browser describes it: ``{"shape": "line", "points": [[x, y], ...], ...}``.

    Raises
    ------
    RoiError
        If it is not one.

    Examples
    --------
    >>> parse_roi({"shape": "rectangle", "points": [[1.5, 2], [4, 5]]})
    Rectangle(x0=1.5, y0=2, x1=4, y1=5)
    """
    shape, points = item["shape"], item["points"]
    try:
        vertices = tuple((x, y) for x, y in points)
    except (TypeError, ValueError) as error:
        raise RoiError(f"{points!r} are not points [x, y]") from error
    check_length(vertices)
    if shape in _POLYGONS:
        return Polygon(vertices)
    if shape == "point" and len(vertices) == 1:
        return Point(*vertices[0])
    if isinstance(shape, str) and shape in _PAIRS and len(vertices) == 2:
        return _PAIRS[shape](*vertices[0], *vertices[1])
    raise RoiError(f"there is no region of shape {shape!r} with {len(vertices)} points")


def check_length(points: Sized) -> None:
    """Raise RoiError if a region would have more points than it can."""
    if len(points) > MAX_REGION_POINTS:
        raise RoiError(f"a region has at most {MAX_REGION_POINTS} points, not {len(points)}")


def plain_of(roi: Roi) -> dict[str, Any]:
    """Return shape and points of a region, of which `parse_roi` makes the same."""
    match roi:
        case Point(x, y):
            return {"shape": "point", "points": [[x, y]]}
        case Polygon(vertices):
            return {"shape": "polygon", "points": [list(vertex) for vertex in vertices]}
        case Line(x0, y0, x1, y1) | Rectangle(x0, y0, x1, y1) | Ellipse(x0, y0, x1, y1):
            return {"shape": type(roi).__name__.lower(), "points": [[x0, y0], [x1, y1]]}


def label_of(item: Mapping[str, Any]) -> str:
    """Return what a region is called: what it was renamed to, or its name from the start."""
    return str(item.get("label") or item["name"])

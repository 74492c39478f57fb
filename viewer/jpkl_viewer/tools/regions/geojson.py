"""Regions as GeoJSON, as QuPath reads and writes it; pure.

Its coordinates are pixels that count from the outer corner of the first one: the pixel whose center is at
(0, 0) here reaches from 0 to 1 there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from jpkl_viewer.tools.regions.named import Loaded, NamedRoi
from jpkl_viewer.tools.regions.plain import check_length
from jpkl_viewer.tools.regions.roi import (
    Ellipse,
    Line,
    Point,
    Polygon,
    Rectangle,
    Roi,
    RoiError,
    vertices_of,
)

#: From coordinates here to those of files.
_CORNER = 0.5

#: Decimals of coordinates that are written: beyond a millionth of a pixel there is only noise of arithmetic.
_DIGITS = 6


def write_geojson(regions: Sequence[NamedRoi]) -> str:
    """Write regions as a FeatureCollection.

    Examples
    --------
    >>> print(write_geojson([NamedRoi("cell", Point(3, 2))]))
    {"type": "FeatureCollection", "features": [
    {"type": "Feature", "geometry": {"type": "Point", "coordinates": [3.5, 2.5]}, "properties": {"objectType": "annotation", "name": "cell"}}
    ]}
    """  # noqa: E501
    features = [
        {
            "type": "Feature",
            "geometry": _geometry(region.roi),
            "properties": {"objectType": "annotation", "name": region.name},
        }
        for region in regions
    ]
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    return f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}'


def _geometry(roi: Roi) -> dict[str, Any]:
    points = [[round(value + _CORNER, _DIGITS) for value in point] for point in vertices_of(roi).tolist()]
    if isinstance(roi, Point):
        return {"type": "Point", "coordinates": points[0]}
    if isinstance(roi, Line):
        return {"type": "LineString", "coordinates": points}
    ring = {"type": "Polygon", "coordinates": [[*points, points[0]]]}
    # GeoJSON has no ellipses: QuPath marks the polygon that stands for one.
    return {**ring, "isEllipse": True} if isinstance(roi, Ellipse) else ring


def read_geojson(text: str) -> Loaded:
    """Read a FeatureCollection, a list of features, a single one, or a geometry alone.

    Raises
    ------
    RoiError
        If it is none of them.
    """
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        raise RoiError(f"not JSON: {error.msg} in line {error.lineno}, column {error.colno}") from error
    except ValueError as error:  # of thousands of digits
        raise RoiError("not JSON: a number in it is too long") from error
    except RecursionError as error:
        raise RoiError("its lists are nested too deeply") from error
    loaded = Loaded()
    for number, feature in enumerate(_features(found), start=1):
        where = f"feature {number}"
        try:
            geometry, name = _geometry_and_name(feature)
            regions = list(_regions(geometry))
        except RoiError as error:
            loaded.skipped.append(f"{where}: {error}")
            continue
        names = [name] if len(regions) == 1 or not name else [f"{name} {i + 1}" for i in range(len(regions))]
        names *= len(regions) // len(names)
        loaded.regions += map(NamedRoi, names, regions)
    return loaded


def _features(found: Any) -> Sequence[Any]:
    if isinstance(found, list):
        return found
    if not isinstance(found, dict):
        raise RoiError("not GeoJSON: it must be an object or a list of features")
    if found.get("type") != "FeatureCollection":
        return [found]
    if not isinstance(found.get("features"), list):
        raise RoiError('not GeoJSON: a FeatureCollection needs a list "features"')
    return list(found["features"])


def _geometry_and_name(feature: Any) -> tuple[Mapping[str, Any], str]:
    if not isinstance(feature, dict):
        raise RoiError(f"it must be an object, not {feature!r:.40}")
    if feature.get("type") != "Feature":
        return feature, ""
    geometry, properties = feature.get("geometry"), feature.get("properties")
    if not isinstance(geometry, dict):
        raise RoiError("it has no geometry")
    name = properties.get("name") if isinstance(properties, dict) else None
    return geometry, name if isinstance(name, str) else ""


def _regions(geometry: Mapping[str, Any]) -> Iterator[Roi]:
    kind, coordinates = geometry.get("type"), geometry.get("coordinates")
    read = _READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise RoiError(f"its geometry is {kind!r:.40}; known are {', '.join(_READERS)}")
    if kind == "Polygon" and geometry.get("isEllipse") is True:
        ring = _ring(coordinates)
        xs, ys = [x for x, _ in ring], [y for _, y in ring]
        yield Ellipse(min(xs), min(ys), max(xs), max(ys))
    else:
        yield from read(coordinates)


def _points(coordinates: Any) -> list[tuple[float, float]]:
    if not isinstance(coordinates, list):
        raise RoiError("its coordinates must be a list of points")
    check_length(coordinates)
    return [_point(point, number) for number, point in enumerate(coordinates)]


def _point(point: Any, number: int = 0) -> tuple[float, float]:
    is_point = isinstance(point, list) and len(point) >= 2
    if not is_point or not all(isinstance(value, int | float) for value in point[:2]):
        raise RoiError(f"its point {number} must be [x, y], not {point!r:.40}")
    try:
        return float(point[0]) - _CORNER, float(point[1]) - _CORNER
    except OverflowError as error:
        raise RoiError(f"its point {number} is too far out") from error


def _ring(coordinates: Any) -> list[tuple[float, float]]:
    if not isinstance(coordinates, list) or not coordinates:
        raise RoiError("its coordinates must be a list of rings")
    if len(coordinates) > 1:
        raise RoiError("it has holes, which regions here do not have")
    points = _points(coordinates[0])
    return points[:-1] if len(points) > 1 and points[0] == points[-1] else points


def _polygon(coordinates: Any) -> Roi:
    ring = _ring(coordinates)
    xs, ys = sorted({x for x, _ in ring}), sorted({y for _, y in ring})
    is_box = len(ring) == 4 and len(xs) == len(ys) == 2 and len(set(ring)) == 4
    turns = sum(a[0] != b[0] and a[1] != b[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))
    if is_box and not turns:
        return Rectangle(xs[0], ys[0], xs[1], ys[1])
    return Polygon(tuple(ring))


def _line(coordinates: Any) -> Roi:
    points = _points(coordinates)
    if len(points) != 2:
        raise RoiError(f"its line has {len(points)} points; lines here have two")
    return Line(*points[0], *points[1])


def _each(read: Callable[[Any], Roi]) -> Callable[[Any], Iterator[Roi]]:
    def read_all(coordinates: Any) -> Iterator[Roi]:
        if not isinstance(coordinates, list):
            raise RoiError("its coordinates must be a list")
        return map(read, coordinates)

    return read_all


def _one(read: Callable[[Any], Roi]) -> Callable[[Any], Iterator[Roi]]:
    return lambda coordinates: iter([read(coordinates)])


_READERS: dict[str, Callable[[Any], Iterator[Roi]]] = {
    "Point": _one(lambda point: Point(*_point(point))),
    "MultiPoint": _each(lambda point: Point(*_point(point))),
    "LineString": _one(_line),
    "MultiLineString": _each(_line),
    "Polygon": _one(_polygon),
    "MultiPolygon": _each(_polygon),
}

"""Regions in files of other programs: GeoJSON of QuPath, and ImageJ's own."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from typing import Any

import numpy as np
import pytest
from jpkl_viewer.frames.task import UNWATCHED
from jpkl_viewer.limits import MAX_REGIONS
from jpkl_viewer.tools.regions.answers import answer_load_regions, answer_save_regions
from jpkl_viewer.tools.regions.files import read_regions, write_regions
from jpkl_viewer.tools.regions.geojson import read_geojson
from jpkl_viewer.tools.regions.named import NamedRoi
from jpkl_viewer.tools.regions.plain import parse_roi
from jpkl_viewer.tools.regions.roi import Ellipse, Line, Point, Polygon, Rectangle, Roi, RoiError

from tests.viewer import stacks

roifile = pytest.importorskip("roifile")

REGIONS: list[dict[str, Any]] = [
    {"name": "r1", "shape": "point", "points": [[60, 40]]},
    {"name": "r2", "shape": "line", "points": [[60, 40], [90.1, 150.3]], "label": "Pole to pole"},
    {"name": "r3", "shape": "rectangle", "points": [[2.5, 1.5], [4.5, 9.5]], "label": "µ/é"},
    {"name": "r4", "shape": "ellipse", "points": [[9.5, 39.5], [69.5, 49.5]]},
    {"name": "r5", "shape": "polygon", "points": [[3, 4], [20.2, 5.5], [9, 30.7]]},
    {"name": "r6", "shape": "freehand", "points": [[3, 4], [20.2, 5.5], [9, 30.7], [4.4, 9]]},
    {"name": "r7", "shape": "rectangle", "points": [[2.25, 1.5], [4.5, 9.125]]},
]


def assert_same(roi: Roi, other: Roi) -> None:
    """The same shape at the same place, as exactly as it is kept."""
    assert type(roi) is type(other)
    found, expected = (np.array([*vars(each).values()], dtype=np.float64) for each in (roi, other))
    np.testing.assert_allclose(found, expected, atol=1e-4)


@pytest.mark.parametrize("kind", ["geojson", "imagej"])
@pytest.mark.parametrize("regions", [REGIONS, *([region] for region in REGIONS)], ids=len)
def test_what_is_saved_is_what_is_loaded(kind: str, regions: list[dict[str, Any]]) -> None:
    name, data = write_regions(regions, kind)
    loaded = read_regions(name, data)
    assert loaded.skipped == []
    assert [region.name for region in loaded.regions] == [item.get("label", item["name"]) for item in regions]
    for item, region in zip(regions, loaded.regions, strict=True):
        assert_same(region.roi, parse_roi(item))


def test_the_pixel_of_a_rectangle_is_where_other_programs_have_it() -> None:
    """Pixel x 3, y 2 reaches from 3 to 4 and 2 to 3 there."""
    pixel = {"name": "r1", "shape": "rectangle", "points": [[2.5, 1.5], [3.5, 2.5]]}
    found = roifile.ImagejRoi.frombytes(write_regions([pixel], "imagej")[1])
    assert (found.left, found.top, found.right, found.bottom) == (3, 2, 4, 3)
    geometry = json.loads(write_regions([pixel], "geojson")[1])["features"][0]["geometry"]
    assert geometry == {"type": "Polygon", "coordinates": [[[3, 2], [4, 2], [4, 3], [3, 3], [3, 2]]]}
    corner = roifile.ImagejRoi(roitype=roifile.ROI_TYPE.RECT, left=0, top=0, right=1, bottom=1)
    (region,) = read_regions("x.roi", corner.tobytes()).regions
    assert np.argwhere(stacks.mask_of(region.roi, 5, 5)).tolist() == [[0, 0]]


def test_points_and_lines_of_imagej_count_from_the_centers_of_pixels() -> None:
    point = roifile.ImagejRoi.frombytes(write_regions(REGIONS[:1], "imagej")[1])
    assert point.coordinates().tolist() == [[60, 40]]
    assert point.roitype == roifile.ROI_TYPE.POINT
    line = roifile.ImagejRoi.frombytes(write_regions(REGIONS[1:2], "imagej")[1])
    found = np.asarray(line.coordinates(), dtype=np.float64)
    np.testing.assert_allclose(found, np.array([[60, 40], [90.1, 150.3]]), rtol=1e-6)
    (feature,) = json.loads(write_regions(REGIONS[:1], "geojson")[1])["features"]
    assert feature["geometry"]["coordinates"] == [60.5, 40.5], "those of QuPath do not"


def test_files_of_roifile_are_read() -> None:
    triangle = roifile.ImagejRoi.frompoints([[1, 1], [6, 1], [1, 6]], name="traced")
    oval = roifile.ImagejRoi(roitype=roifile.ROI_TYPE.OVAL, left=2, top=3, right=8, bottom=6, name="oval")
    points = roifile.ImagejRoi.frompoints([[1, 2], [3, 4]], name="spots")
    points.roitype = roifile.ROI_TYPE.POINT
    path = roifile.ImagejRoi.frompoints([[1, 2], [3, 4], [5, 5]], name="path")
    path.roitype = roifile.ROI_TYPE.POLYLINE
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for roi in (triangle, oval, points, path):
            archive.writestr(f"{roi.name}.roi", roi.tobytes())
        archive.writestr("broken.roi", triangle.tobytes()[:70])
        archive.writestr("empty.roi", b"")
        archive.writestr("readme.txt", b"no region")
    loaded = read_regions("RoiSet.zip", buffer.getvalue())
    assert loaded.regions == [
        NamedRoi("traced", Polygon(((0.5, 0.5), (5.5, 0.5), (0.5, 5.5)))),
        NamedRoi("oval", Ellipse(1.5, 2.5, 7.5, 5.5)),
        NamedRoi("spots 1", Point(1, 2)),
        NamedRoi("spots 2", Point(3, 4)),
    ]
    path_note, broken, empty = loaded.skipped
    assert path_note == "path: a line of 3 points; lines here have two"
    assert broken.startswith("broken: not a readable ImageJ region")
    assert empty.startswith("empty: not a readable ImageJ region")


GEOMETRY = {"type": "Polygon", "coordinates": [[[0.5, 0.5], [9.5, 1.5], [3, 7.25], [0.5, 0.5]]]}


@pytest.mark.parametrize(
    "text",
    [
        {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": GEOMETRY}]},
        [{"type": "Feature", "geometry": {**GEOMETRY, "plane": {"c": -1, "z": 3}}, "properties": None}],
        GEOMETRY,
        {"type": "Feature", "geometry": GEOMETRY, "properties": {"name": 7}},
    ],
)
def test_geojson_has_many_forms(text: Any) -> None:
    (region,) = read_regions("x.json", b"\xef\xbb\xbf" + json.dumps(text).encode()).regions
    assert region == NamedRoi("", Polygon(((0, 0), (9, 1), (2.5, 6.75))))


def test_several_shapes_of_one_name_are_numbered() -> None:
    geometry = {"type": "MultiPoint", "coordinates": [[1.5, 2.5], [3.5, 4.5, 0]]}
    feature = {"type": "Feature", "geometry": geometry, "properties": {"name": "spots"}}
    assert read_geojson(json.dumps(feature)).regions == [
        NamedRoi("spots 1", Point(1, 2)),
        NamedRoi("spots 2", Point(3, 4)),
    ]


@pytest.mark.parametrize(
    ("geometry", "problem"),
    [
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [0, 1]], [[0, 0], [1, 1], [0, 1]]]}, "holes"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1, 1]]]}, "three vertices"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1], [0, 1]]]}, r"its point 1 must be \[x, y\]"),
        ({"type": "Polygon", "coordinates": [[[0, 0], ["1", 2], [0, 1]]]}, "its point 1 must be"),
        ({"type": "Polygon", "coordinates": [[[0, 0], [1e9, 2], [0, 1]]]}, "coordinates must be numbers"),
        ({"type": "Polygon", "coordinates": [[[i, i % 2] for i in range(2000)]]}, "at most 1000 points"),
        ({"type": "Polygon", "coordinates": 7}, "list of rings"),
        ({"type": "Polygon"}, "list of rings"),
        ({"type": "LineString", "coordinates": [[0, 0], [1, 1], [2, 2]]}, "3 points; lines here have two"),
        ({"type": "Point", "coordinates": {"x": 1}}, "its point 0 must be"),
        ({"type": "GeometryCollection", "geometries": []}, "known are Point"),
        ({"type": ["Point"], "coordinates": [1, 1]}, "known are Point"),
        (None, "no geometry"),
        ([], "no geometry"),
    ],
)
def test_what_cannot_be_used_is_named_and_the_rest_is_loaded(geometry: Any, problem: str) -> None:
    good = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [1, 1]}}
    bad = {"type": "Feature", "geometry": geometry}
    both = json.dumps({"type": "FeatureCollection", "features": [good, bad]}).encode()
    loaded = read_regions("x.geojson", both)
    assert len(loaded.regions) == len(loaded.skipped) == 1
    assert loaded.skipped[0].startswith("feature 2: ")
    with pytest.raises(RoiError, match=rf"^x\.geojson: feature 1: .*{problem}"):
        read_regions("x.geojson", json.dumps([bad]).encode())


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b'{"type": "Feature",\n oops', "not JSON: .* in line 2, column 2"),
        (b"", "not JSON"),
        (b"7", "not GeoJSON"),
        (b"[7]", "feature 1: it must be an object"),
        (b"[]", "it has no regions"),
        (b'{"type": "FeatureCollection"}', 'needs a list "features"'),
        (b"[" * 100_000, "nested too deeply|not JSON"),
        (b"\xff\xd8\xff", "neither GeoJSON, an ImageJ .roi nor a zip file"),
        (b"Iout", "the region: not a readable ImageJ region"),
        (b"Iout" + b"\xff" * 200, "the region: "),
        (b"PK\x03\x04 and nothing more", "not a readable zip file"),
        (b"PK\x05\x06" + bytes(8) + b"\xff" * 8 + bytes(2), "not a readable zip file"),
        (b'[{"type": "Point", "coordinates": [NaN, 1]}]', "coordinates must be numbers"),
        (b'[{"type": "Point", "coordinates": [' + b"9" * 400 + b", 1]}]", "point 0 is too far out"),
        (b'[{"type": "Point", "coordinates": [' + b"9" * 5000 + b", 1]}]", "a number in it is too long"),
    ],
)
def test_a_bad_file_is_an_error_that_says_what_and_where(data: bytes, problem: str) -> None:
    with pytest.raises(RoiError, match=rf"^bad\.file: .*({problem})"):
        read_regions("bad.file", data)


def test_a_zip_file_that_unpacks_to_much_is_not_unpacked() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.roi", b"Iout" + bytes(2**25))
    with pytest.raises(RoiError, match=r"bomb\.roi: larger than"):
        read_regions("RoiSet.zip", buffer.getvalue())
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("bomb.roi", b"Iout")
    with pytest.raises(RoiError, match=r"bomb\.roi: it is compressed by another method"):
        read_regions("RoiSet.zip", buffer.getvalue())
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", b"")
    with pytest.raises(RoiError, match=r"no \.roi files"):
        read_regions("RoiSet.zip", buffer.getvalue())


def test_a_region_beyond_what_imagej_can_have_is_an_error() -> None:
    far = {"name": "r1", "shape": "point", "points": [[40_000, 1]]}
    with pytest.raises(RoiError, match="r1: ImageJ has no coordinates beyond 32767"):
        write_regions([far], "imagej")
    assert_same(read_regions("x", write_regions([far], "geojson")[1]).regions[0].roi, Point(40_000, 1))
    with pytest.raises(RoiError, match="not as 'xml'"):
        write_regions([far], "xml")
    with pytest.raises(RoiError, match="no region to save"):
        write_regions([], "imagej")


def test_the_browser_saves_and_loads() -> None:
    stack = stacks.viewed(stacks.ramp((3,)))
    (saved,) = answer_save_regions(stack, {"rois": REGIONS, "format": "imagej"}, UNWATCHED)
    assert saved["name"] == "cells RoiSet.zip"
    message = {"file": "a.zip", "data": base64.b64encode(saved["data"]).decode()}
    (loaded,) = answer_load_regions(stack, message, UNWATCHED)
    assert loaded["notes"] == []
    assert loaded["total"] == len(REGIONS)
    shapes = [region["shape"] for region in loaded["rois"]]
    assert shapes == ["point", "line", "rectangle", "ellipse", "polygon", "polygon", "rectangle"]
    assert [region["label"] for region in loaded["rois"]][:3] == ["r1", "Pole to pole", "µ/é"]
    points = {"type": "MultiPoint", "coordinates": [[i, 1] for i in range(90)]}
    many = base64.b64encode(json.dumps(points).encode()).decode()
    (loaded,) = answer_load_regions(stack, {"file": "a.json", "data": many}, UNWATCHED)
    assert (len(loaded["rois"]), loaded["total"]) == (MAX_REGIONS, 90)


def test_shapes_are_recognized() -> None:
    ring = [[0.5, 0.5], [0.5, 3.5], [4.5, 3.5], [4.5, 0.5], [0.5, 0.5]]
    crossed = [ring[0], ring[2], ring[1], ring[3], ring[0]]
    kinds = [
        read_geojson(json.dumps({"type": "Polygon", "coordinates": [each], **more})).regions[0].roi
        for each, more in ((ring, {}), (crossed, {}), (ring, {"isEllipse": True}))
    ]
    assert kinds[0] == Rectangle(0, 0, 4, 3)
    assert isinstance(kinds[1], Polygon)
    assert kinds[2] == Ellipse(0, 0, 4, 3)
    line = {"type": "LineString", "coordinates": [[0.5, 0.5], [2.5, 1]]}
    assert read_geojson(json.dumps(line)).regions[0].roi == Line(0, 0, 2, 0.5)

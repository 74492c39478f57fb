"""Regions of interest, and what is measured in them, against NumPy on the decoded pixels."""

from __future__ import annotations

import csv
import io
import math
from concurrent.futures import CancelledError
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jpkl_viewer.frames.task import Task
from jpkl_viewer.model.stack import describe
from jpkl_viewer.tools.regions import measure as _measure
from jpkl_viewer.tools.regions.csv import (
    Row,
    profile_csv,
    profile_table,
    regions_csv,
    statistics_csv,
    statistics_table,
)
from jpkl_viewer.tools.regions.geometry import area, line_angle, line_length, line_text
from jpkl_viewer.tools.regions.measure import (
    Statistics,
    caveat,
    line_profile,
    measure_along,
    measure_frame,
)
from jpkl_viewer.tools.regions.roi import (
    Ellipse,
    Line,
    Point,
    Polygon,
    Rectangle,
    Roi,
    RoiError,
    find_pixels,
    vertices_of,
)
from jpkl_viewer.tools.regions.scaling import CurveScale

from jpkl import JPkl, JPklError
from tests.viewer import stacks

HEIGHT, WIDTH = 24, 40

# -- which pixels ----------------------------------------------------------------------------------------


def pixels(roi: Roi) -> set[tuple[int, int]]:
    """The (x, y) of all pixels of a region."""
    return {(int(x), int(y)) for y, x in np.argwhere(stacks.mask_of(roi, HEIGHT, WIDTH))}


@pytest.mark.parametrize(
    ("x", "y", "pixel"),
    [
        (3, 4, (3, 4)),
        (3.49, 3.51, (3, 4)),
        (2.5, 3.5, (3, 4)),
        (-0.5, -0.4, (0, 0)),
        (WIDTH - 0.51, HEIGHT - 1, (WIDTH - 1, HEIGHT - 1)),
    ],
)
def test_a_point_is_the_nearest_pixel(x: float, y: float, pixel: tuple[int, int]) -> None:
    assert pixels(Point(x, y)) == {pixel}


@pytest.mark.parametrize(
    ("corners", "x", "y"),
    [
        ((2, 3, 5, 7), range(2, 6), range(3, 8)),
        ((5, 7, 2, 3), range(2, 6), range(3, 8)),
        ((1.5, 2.5, 5.5, 7.5), range(2, 6), range(3, 8)),
        ((-9, -9, 1.2, 0.3), range(2), range(1)),
        ((-0.5, -0.5, WIDTH - 0.5, HEIGHT - 0.5), range(WIDTH), range(HEIGHT)),
        ((-1e6, -1e6, 1e6, 1e6), range(WIDTH), range(HEIGHT)),
        ((4, 4, 4, 4), range(4, 5), range(4, 5)),
    ],
)
def test_a_rectangle_contains_the_centers_within(corners: Any, x: range, y: range) -> None:
    assert pixels(Rectangle(*corners)) == {(i, j) for i in x for j in y}


# Far below what a mouse can point at, products of two coordinates are 0.
COORDINATES = st.floats(-10, 50).map(lambda value: round(value, 6))


@given(st.tuples(*[COORDINATES] * 4))
def test_a_rectangle_is_a_polygon_of_four_corners(corners: tuple[float, ...]) -> None:
    x0, y0, x1, y1 = corners
    polygon = Polygon(((x0, y0), (x1, y0), (x1, y1), (x0, y1)))
    try:
        expected = pixels(Rectangle(x0, y0, x1, y1))
    except RoiError:
        with pytest.raises(RoiError):
            find_pixels(polygon, HEIGHT, WIDTH)
    else:
        assert pixels(polygon) == expected


def inside(x: int, y: int, vertices: Any) -> bool:
    """Even-odd rule for one pixel, with whole numbers: on an edge is inside."""
    odd = False
    for (ax, ay), (bx, by) in zip(vertices, [*vertices[1:], vertices[0]], strict=True):
        cross = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        if cross == 0 and min(ax, bx) <= x <= max(ax, bx) and min(ay, by) <= y <= max(ay, by):
            return True
        if (ay > y) != (by > y) and x * (by - ay) * (1 if by > ay else -1) < (
            ax * (by - ay) + (y - ay) * (bx - ax)
        ) * (1 if by > ay else -1):
            odd = not odd
    return odd


@given(st.lists(st.tuples(st.integers(-8, 48), st.integers(-8, 30)), min_size=3, max_size=8))
def test_polygons_follow_the_even_odd_rule(vertices: list[tuple[int, int]]) -> None:
    expected = {(x, y) for x in range(WIDTH) for y in range(HEIGHT) if inside(x, y, vertices)}
    if expected:
        assert pixels(Polygon(tuple(vertices))) == expected
    else:
        with pytest.raises(RoiError):
            find_pixels(Polygon(tuple(vertices)), HEIGHT, WIDTH)


def test_polygons_are_those_of_scikit_image() -> None:
    draw = pytest.importorskip("skimage.draw")
    vertices = np.random.default_rng(3).uniform((0, 0), (WIDTH, HEIGHT), (9, 2))
    mask = draw.polygon2mask((HEIGHT, WIDTH), vertices[:, ::-1])
    np.testing.assert_array_equal(stacks.mask_of(Polygon(tuple(map(tuple, vertices))), HEIGHT, WIDTH), mask)


@pytest.mark.parametrize("line", [(3, 4, 3, 4), (0, 0, 39, 23), (30, 2, 4, 20), (5, 20, 5, 1), (0, 9, 39, 9)])
def test_a_line_takes_one_pixel_per_step(line: tuple[int, int, int, int]) -> None:
    x0, y0, x1, y1 = line
    n = max(abs(x1 - x0), abs(y1 - y0))
    steps = [(x0 + (x1 - x0) * i / max(n, 1), y0 + (y1 - y0) * i / max(n, 1)) for i in range(n + 1)]
    assert pixels(Line(*line)) == {(math.floor(x + 0.5), math.floor(y + 0.5)) for x, y in steps}
    assert len(pixels(Line(*line))) == n + 1


def test_what_lies_outside_does_not_count() -> None:
    assert pixels(Line(-10, 5, 10, 5)) == {(x, 5) for x in range(11)}
    assert find_pixels(Line(-10, 5, 10, 5), HEIGHT, WIDTH).is_clipped
    assert not find_pixels(Rectangle(0, 0, WIDTH - 1, HEIGHT - 1), HEIGHT, WIDTH).is_clipped
    assert find_pixels(Rectangle(0, 0, WIDTH, HEIGHT), HEIGHT, WIDTH).is_clipped


@pytest.mark.parametrize(
    "roi",
    [
        Point(-0.6, 3),
        Point(WIDTH, 0),
        Line(-5, -5, -1, 30),
        Rectangle(50, 3, 60, 9),
        Rectangle(2.1, 2.1, 2.9, 2.9),
        Rectangle(1e6, 1e6, 1e6, 1e6),
        Polygon(((100, 0), (120, 0), (110, 9))),
    ],
)
def test_a_region_without_pixels_is_an_error(roi: Roi) -> None:
    with pytest.raises(RoiError, match="contains no pixel of a frame of 24 x 40"):
        find_pixels(roi, HEIGHT, WIDTH)


@pytest.mark.parametrize("bad", [math.nan, math.inf, 1e9, "x", None])
def test_coordinates_are_numbers(bad: Any) -> None:
    for make in (
        lambda: Point(bad, 0),
        lambda: Line(0, bad, 1, 1),
        lambda: Rectangle(0, 0, bad, 1),
        lambda: Polygon(((0, 0), (1, 1), (bad, 3))),
    ):
        with pytest.raises(RoiError, match="must be numbers"):
            make()
    assert issubclass(RoiError, JPklError)
    with pytest.raises(RoiError, match="three vertices"):
        Polygon(((0, 0), (1, 1)))


# -- along a dim -----------------------------------------------------------------------------------------

ROIS = [
    Point(5, 6),
    Line(2, 3, 20, 18),
    Rectangle(4, 2, 30, 20),
    Polygon(((3, 3), (30, 6), (12, 20))),
    Rectangle(-5, -5, 3, 3),
]


def last(*arguments: Any, **named: Any) -> Statistics:
    *_, statistics = measure_along(*arguments, **named)
    return statistics


@pytest.mark.parametrize("roi", ROIS, ids=lambda roi: type(roi).__name__)
@pytest.mark.parametrize("name", stacks.NAMES)
def test_statistics_are_those_of_numpy(name: str, roi: Roi) -> None:
    jp = stacks.stack(name)
    stack = describe(jp)
    values = stacks.frames(jp).astype(float)
    if stack.display_range is not None:
        limits = np.expand_dims(stack.display_range, tuple(range(len(jp.dim_sizes), values.ndim)))
        values = limits[..., 0] + values / 255 * (limits[..., 1] - limits[..., 0])
    position = tuple(size // 3 for size in jp.dim_sizes)
    mask = stacks.mask_of(roi, *jp.frame_shape[:2])
    for dim in range(len(jp.dim_sizes)):
        inside = values[(*position[:dim], slice(None), *position[dim + 1 :])][:, mask]
        statistics = last(jp, stack, roi, position, dim)
        assert statistics.is_complete
        assert statistics.n_pixels == mask.sum()
        assert statistics.in_original_units == (stack.display_range is not None)
        np.testing.assert_allclose(statistics.mean, inside.mean(axis=1), rtol=1e-12)
        np.testing.assert_allclose(statistics.min, inside.min(axis=1), rtol=1e-12)
        np.testing.assert_allclose(statistics.max, inside.max(axis=1), rtol=1e-12)


def test_a_range_per_channel_maps_each_channel_back() -> None:
    images = np.stack([np.full((16, 16), 1000.0), np.full((16, 16), 7.0)], axis=-1)
    images[0, 0], images[1, 1] = (0, 0), (4000, 14)
    jp = JPkl(images, dim_names=["channel"], jpeg_quality=100)
    statistics = last(jp, describe(jp), Rectangle(4, 4, 12, 12), (0,), 0)
    np.testing.assert_allclose(statistics.mean, [1000, 7], rtol=0.02)


def test_points_near_the_position_come_first() -> None:
    jp = stacks.ramp((50, 2))
    batches = list(measure_along(jp, describe(jp), Point(3, 3), (20, 1), 0))
    seen = [np.flatnonzero(~np.isnan(batch.mean)).tolist() for batch in batches]
    assert seen[0] == [18, 19, 20, 21]
    assert [batch.done for batch in batches] == [4, 12, 28, 50]
    assert seen[-1] == list(range(50))
    for batch in batches:
        np.testing.assert_array_equal(
            batch.mean[~np.isnan(batch.mean)], jp[3, 3, :, 1][~np.isnan(batch.mean)]
        )


def test_large_frames_come_one_by_one_at_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_measure, "_FIRST_BATCH_NBYTES", 24 * 40)
    monkeypatch.setattr(_measure, "BLOCK_NBYTES", 2 * 24 * 40)
    jp = stacks.ramp((6,))
    assert [s.done for s in measure_along(jp, describe(jp), Point(3, 3), (0,), 0)] == [1, 3, 5, 6]


def test_a_part_of_the_dim() -> None:
    jp = stacks.ramp((20,))
    statistics = last(jp, describe(jp), Point(3, 4), (0,), 0, part=slice(3, 15, 4))
    np.testing.assert_array_equal(statistics.mean, jp[4, 3, 3:15:4])


def test_moving_on_ends_it() -> None:
    jp = stacks.ramp((50,))
    reported: list[int] = []
    task = Task(lambda done, _: reported.append(done), lambda: len(reported) == 2)
    series = measure_along(jp, describe(jp), Point(3, 3), (0,), 0, task=task)
    assert next(series).done == 4
    with pytest.raises(CancelledError):
        list(series)
    assert reported == [0, 4]


# -- profiles --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", stacks.NAMES)
def test_profiles_are_interpolated(name: str) -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    jp = stacks.stack(name)
    stack = describe(jp)
    index = tuple(size - 1 for size in jp.dim_sizes)
    frame = jp[(..., *index)]
    line = Line(2.3, 60.8, 70.1, 5.25)
    profile = line_profile(frame, stack, line, index)
    n = math.ceil(line.length) + 1
    x, y = np.linspace(2.3, 70.1, n), np.linspace(60.8, 5.25, n)
    samples = frame[..., None] if frame.ndim == 2 else frame
    expected = np.stack(
        [
            ndimage.map_coordinates(samples[..., s].astype(float), (y, x), order=1)
            for s in range(samples.shape[2])
        ],
        axis=-1,
    )
    limits = stack.range_at(index) or (0, 255)
    expected = limits[0] + expected.reshape(profile.values.shape) / 255 * (limits[1] - limits[0])
    np.testing.assert_allclose(profile.values, expected, rtol=1e-9)
    dy, dx = stack.pixel_size or (1, 1)
    assert profile.distance[-1] == pytest.approx(math.hypot(67.8 * dx, 55.55 * dy))
    assert profile.unit == (stack.pixel_unit or "units" if stack.pixel_size else "px")


def test_profiles_through_pixel_centers_are_the_pixels() -> None:
    jp = stacks.ramp((3,), metadata={"pixel_size": (0.5, 0.25), "pixel_unit": "µm"})
    frame, stack = jp[..., 1], describe(jp)
    row = line_profile(frame, stack, Line(4, 7, 30, 7), (1,))
    np.testing.assert_array_equal(row.values, frame[7, 4:31])
    np.testing.assert_allclose(row.distance, np.arange(27) * 0.25)
    column = line_profile(frame, stack, Line(9, 20, 9, 2), (1,))
    np.testing.assert_array_equal(column.values, frame[2:21, 9][::-1])
    np.testing.assert_allclose(column.distance, np.arange(19) * 0.5)


def test_what_a_profile_has_outside_is_left_out() -> None:
    jp = stacks.ramp((1,))
    frame, stack = jp[..., 0], describe(jp)
    profile = line_profile(frame, stack, Line(-5, 3, 45, 3), (0,))
    np.testing.assert_array_equal(profile.values, frame[3])
    np.testing.assert_array_equal(profile.distance, np.arange(5, 45))
    assert line_profile(frame, stack, Line(-0.5, 3, -0.5, 3), (0,)).values.tolist() == [frame[3, 0]]
    with pytest.raises(RoiError, match="outside of a frame"):
        line_profile(frame, stack, Line(-5, -3, -1, -3), (0,))


# -- tables and CSV --------------------------------------------------------------------------------------

METADATA = {
    "pixel_size": (0.5, 0.25),
    "pixel_unit": "µm",
    "coords": {"time": [0.5 * i for i in range(6)]},
    "units": {"time": "s"},
    "channel_names": ["DNA", "actin"],
}


def make_movie(**arguments: Any) -> JPkl:
    values = np.random.default_rng(1).integers(100, 4000, (24, 40, 6, 2)).astype(np.uint16)
    return JPkl(values, **{"dim_names": ["time", "channel"], "metadata": METADATA, **arguments})


def read_csv(text: str) -> tuple[list[str], list[str], list[list[str]]]:
    lines = text.splitlines()
    comments = [line for line in lines if line.startswith("#")]
    header, *rows = csv.reader(line for line in lines if not line.startswith("#"))
    return comments, header, rows


def test_csv_says_where_its_numbers_come_from() -> None:
    jp = make_movie()
    stack = describe(jp)
    series = [
        ("1", last(jp, stack, Rectangle(2, 3, 9, 8), (2, 1), 0)),
        ("2", last(jp, stack, Rectangle(-9, 3, 1, 8), (2, 1), 0)),
    ]
    comments, header, rows = read_csv(statistics_csv(series, stack, "cells.jpkl"))
    assert comments == [
        "# cells.jpkl",
        "# 8-bit JPEG, q=90: original intensities to the nearest of 256 levels; measure on the originals",
        "# position: channel 1 (actin)",
        "# roi 1: Rectangle(x0=2, y0=3, x1=9, y1=8), 48 pixels",
        "# roi 2: Rectangle(x0=-9, y0=3, x1=1, y1=8), 12 pixels, cut off at the frame's edge",
    ]
    assert header == ["roi", "channel", "time_index", "time [s]", "mean", "min", "max"]
    assert [row[:4] for row in rows[:3]] == [
        ["1", "actin", "0", "0"],
        ["1", "actin", "1", "0.5"],
        ["1", "actin", "2", "1"],
    ]
    assert [row[0] for row in rows] == ["1"] * 6 + ["2"] * 6
    means = [float(row[4]) for row in rows if row[0] == "2"]
    np.testing.assert_allclose(means, jp.intensity[3:9, :2, :, 1].mean(axis=(0, 1)), rtol=1e-5)


@pytest.mark.parametrize(
    ("coords", "column", "cells"),
    [
        ([1.7e9 + 0.25 * i for i in range(6)], "time [s]", ["1700000000", "1700000000.25", "1700000000.5"]),
        ([12_345_600 + i for i in range(6)], "time [s]", ["12345600", "12345601", "12345602"]),
        ([0.1 * i for i in range(6)], "time [s]", ["0", "0.1", "0.2"]),
        (np.arange(6).astype("datetime64[D]"), "time", ["1970-01-01", "1970-01-02", "1970-01-03"]),
        (["=cmd()", "drug", "a,b", "", "x", "y"], "time", ["'=cmd() s", "drug s", "a,b s"]),
    ],
    ids=repr,
)
def test_csv_has_the_coordinates_to_the_last_digit(coords: Any, column: str, cells: list[str]) -> None:
    jp = make_movie(metadata={"coords": {"time": coords}, "units": {"time": "s"}})
    stack = describe(jp)
    _, header, rows = read_csv(statistics_csv([("1", last(jp, stack, Point(4, 5), (2, 1), 0))], stack))
    assert header[3] == column
    assert [row[3] for row in rows[:3]] == cells


def test_pandas_reads_the_csv() -> None:
    pandas = pytest.importorskip("pandas")
    jp = make_movie()
    stack = describe(jp)
    text = statistics_csv([("1", last(jp, stack, Point(4, 5), (0, 0), 0))], stack)
    read = pandas.read_csv(io.StringIO(text), comment="#")
    np.testing.assert_allclose(read["mean"], jp.intensity[5, 4, :, 0], rtol=1e-6)


def test_rgb_has_a_column_per_color() -> None:
    values = np.random.default_rng(1).integers(0, 255, (24, 40, 3, 4), np.uint8)
    jp = JPkl(values, color=True, dim_names=["time"])
    table = statistics_table(last(jp, describe(jp), Point(4, 5), (0,), 0), describe(jp))
    assert list(table) == ["time_index"] + [
        f"{n}_{c}" for n in ("mean", "min", "max") for c in ("red", "green", "blue")
    ]
    np.testing.assert_array_equal(table["mean_green"], jp[5, 4, 1])
    profile = profile_table(line_profile(jp[..., 0], describe(jp), Line(3, 3, 9, 3), (0,)), describe(jp))
    np.testing.assert_array_equal(profile["value_blue"], jp[3, 3:10, 2, 0])


def test_a_table_that_is_not_complete_says_so() -> None:
    jp = stacks.ramp((50,))
    stack = describe(jp)
    first = next(measure_along(jp, stack, Point(3, 3), (10,), 0))
    assert statistics_table(first, stack)["time_index"].tolist() == [8, 9, 10, 11]
    assert "# roi 1: 4 of 50 frames measured" in statistics_csv([("1", first)], stack)


def test_profiles_as_csv() -> None:
    jp = make_movie()
    stack = describe(jp)
    profile = line_profile(jp[..., 3, 1], stack, Line(4, 7, 12, 7), (3, 1))
    comments, header, rows = read_csv(profile_csv([("1", profile)], stack, "cells.jpkl"))
    assert "# position: time 3 (1.5 s), channel 1 (actin)" in comments
    assert header == ["roi", "channel", "x [px]", "y [px]", "distance [µm]", "value"]
    np.testing.assert_allclose([float(row[5]) for row in rows], jp.intensity[7, 4:13, 3, 1], rtol=1e-6)


def test_names_from_a_file_are_neither_formulas_nor_rows() -> None:
    names = ["=HYPERLINK(1)", "channel"]
    metadata = {"channel_names": ["a\nb,c,=x", "@x"]}
    jp = make_movie(dim_names=names, metadata=metadata)
    stack = describe(jp)
    text = statistics_csv([("+1;=1", last(jp, stack, Point(3, 3), (0, 0), 0))], stack, "a\nb,@x.jpkl")
    comments, header, rows = read_csv(text)
    assert comments[0] == "# a b,'@x.jpkl"
    assert "channel 0 (a b,c,'=x)" in comments[2]
    assert "roi +1;'=1: Point" in comments[3]
    assert header[:3] == ["roi", "channel", "'=HYPERLINK(1)_index"]
    assert rows[0][0] == "'+1;'=1"
    assert len(rows) == 6


def test_the_caveat_names_the_jpeg_quality() -> None:
    jp = stacks.ramp((1,), jpeg_quality=71)
    assert "8-bit JPEG, q=71" in caveat(describe(jp), in_original_units=False)


# -- ellipses ----------------------------------------------------------------------------------------------


@given(*[st.integers(-20, 100)] * 4)
def test_an_ellipse_holds_the_pixels_whose_centers_are_inside_or_on_the_edge(
    x0: int, y0: int, x1: int, y1: int
) -> None:
    """In whole numbers, of which each is half a pixel."""
    width, height = x1 - x0, y1 - y0
    expected = {
        (x, y)
        for x in range(WIDTH)
        for y in range(HEIGHT)
        if min(x0, x1) <= 2 * x <= max(x0, x1)
        and min(y0, y1) <= 2 * y <= max(y0, y1)
        and ((4 * x - x0 - x1) * height) ** 2 + ((4 * y - y0 - y1) * width) ** 2 <= (width * height) ** 2
    }
    ellipse = Ellipse(x0 / 2, y0 / 2, x1 / 2, y1 / 2)
    if expected:
        assert pixels(ellipse) == expected
    else:
        with pytest.raises(RoiError):
            find_pixels(ellipse, HEIGHT, WIDTH)


def test_ellipses_are_those_of_scikit_image() -> None:
    draw = pytest.importorskip("skimage.draw")
    mask = np.zeros((HEIGHT, WIDTH), dtype=np.bool_)
    mask[draw.ellipse(11.3, 18.7, 6.4, 13.1, shape=mask.shape)] = True
    ellipse = Ellipse(18.7 - 13.1, 11.3 - 6.4, 18.7 + 13.1, 11.3 + 6.4)
    np.testing.assert_array_equal(stacks.mask_of(ellipse, HEIGHT, WIDTH), mask)


def test_the_outline_of_an_ellipse_reaches_its_box() -> None:
    outline = vertices_of(Ellipse(30.5, 2.5, 10.5, 6.5))
    assert outline.min(axis=0).tolist() == [10.5, 2.5]
    assert outline.max(axis=0).tolist() == [30.5, 6.5]
    np.testing.assert_allclose((((outline - (20.5, 4.5)) / (10, 2)) ** 2).sum(axis=1), 1)


# -- lengths, areas, one frame -----------------------------------------------------------------------------


def test_lengths_and_angles_are_those_in_the_specimen() -> None:
    stack = describe(stacks.ramp((1,), metadata={"pixel_size": (0.5, 0.25), "pixel_unit": "µm"}))
    assert line_length(Line(3, 2, 3 + 8, 2 + 3), stack) == pytest.approx(2.5)
    assert line_angle(Line(3, 2, 3 + 4, 2 - 2), stack) == pytest.approx(45), "up is counterclockwise"
    assert line_angle(Line(9, 5, 2, 5), stack) == 180
    assert area(16, stack) == 2
    assert line_text(Line(3, 2, 11, 5), stack) == "2.5 µm · -36.9°"
    assert line_text(Line(0, 0, 3, 4), describe(stacks.ramp((1,)))) == "5 px · -53.1°"


@pytest.mark.parametrize("roi", [*ROIS, Ellipse(3.5, 2.5, 20.5, 15.5)], ids=lambda roi: type(roi).__name__)
@pytest.mark.parametrize("color", [False, True])
def test_one_frame_is_measured_as_numpy_does(roi: Roi, color: bool) -> None:
    values = np.random.default_rng(1).integers(100, 4000, (24, 40, *([3] if color else []))).astype(np.uint16)
    jp = JPkl(values, color=color)
    stack, frame = describe(jp), jp[...]
    assert stack.display_range is not None
    found = measure_frame(frame, stack, roi, ())
    low, high = stack.range_at(()) or (0, 0)
    inside = low + frame[stacks.mask_of(roi, 24, 40)] / 255 * (high - low)
    for part in ("mean", "min", "max"):
        np.testing.assert_allclose(getattr(found, part), getattr(inside, part)(axis=0))
    assert found.in_original_units


def test_the_table_has_a_row_for_each_region_and_names_with_units() -> None:
    jp = make_movie()
    stack = describe(jp)
    shapes: dict[str, Roi] = {
        "cell": Ellipse(1.5, 2.5, 9.5, 8.5),
        "axis": Line(4, 7, 12, 7),
        "spot": Point(-0.2, 5),
    }
    rows = [
        Row(name, type(roi).__name__.lower(), measure_frame(jp[..., 3, channel], stack, roi, (3, channel)))
        for name, roi in shapes.items()
        for channel in (0, 1)
    ]
    comments, header, cells = read_csv(regions_csv(rows, stack, "cells.jpkl"))
    assert "# position: time 3 (1.5 s)" in comments, "not the channel, of which there are both"
    table = [dict(zip(header, row, strict=True)) for row in cells]
    assert [(row["roi"], row["channel"]) for row in table[:3]] == [
        ("cell", "DNA"),
        ("cell", "actin"),
        ("axis", "DNA"),
    ]
    cell, axis, spot = table[1], table[2], table[4]
    mask = stacks.mask_of(shapes["cell"], 24, 40)
    assert int(cell["pixels"]) == mask.sum()
    assert float(cell["area [µm²]"]) == pytest.approx(mask.sum() * 0.125)
    assert (cell["length [µm]"], cell["angle [°]"]) == ("", "")
    assert [cell[name] for name in ("x [px]", "y [px]", "x [µm]", "y [µm]")] == [
        "5.5",
        "5.5",
        "1.375",
        "2.75",
    ]
    assert (axis["length [µm]"], axis["angle [°]"], axis["area [µm²]"]) == ("2", "0", "")
    assert (spot["x [px]"], spot["pixels"], spot["area [µm²]"]) == ("-0.2", "1", "")
    np.testing.assert_allclose(float(cell["mean"]), jp.intensity[..., 3, 1][mask].mean(), rtol=1e-6)


def test_curves_are_shown_in_a_column_beside_what_was_measured() -> None:
    jp = make_movie()
    stack = describe(jp)
    series = [("1", last(jp, stack, Point(4, 5), (0, channel), 0)) for channel in (0, 1)]
    comments, header, rows = read_csv(statistics_csv(series, stack, scale=CurveScale("dff", 2)))
    assert "# dF/F0: (mean - F0) / F0, F0 is the mean of the first 2 frames" in comments
    assert header[-4:] == ["mean", "min", "max", "dF/F0"]
    assert [row[1] for row in rows] == ["DNA"] * 6 + ["actin"] * 6
    for channel in (0, 1):
        values = jp.intensity[5, 4, :, channel]
        shown = [float(row[-1]) for row in rows[6 * channel : 6 * channel + 6]]
        np.testing.assert_allclose(shown, values / values[:2].mean() - 1, rtol=1e-4, atol=1e-6)
    _, header, _ = read_csv(statistics_csv(series[:1], stack, scale=CurveScale("unit")))
    assert header[-1] == "scaled 0-1"


def test_along_the_channels_rows_have_their_names() -> None:
    jp = make_movie()
    stack = describe(jp)
    _, header, rows = read_csv(statistics_csv([("1", last(jp, stack, Point(4, 5), (2, 0), 1))], stack))
    assert header == ["roi", "channel", "channel_index", "mean", "min", "max"]
    assert [row[1:3] for row in rows] == [["DNA", "0"], ["actin", "1"]]


def test_a_baseline_is_that_of_numpy() -> None:
    values = np.random.default_rng(2).uniform(10, 90, 50)
    values[7] = np.nan
    f0 = float(np.nanpercentile(values, 10))
    np.testing.assert_allclose(CurveScale("dff").apply(values), (values - f0) / f0)
    f0 = float(np.nanmean(values[:10]))
    np.testing.assert_allclose(CurveScale("dff", 10).apply(values), (values - f0) / f0)
    unit = CurveScale("unit").apply(values)
    assert [np.nanmin(unit), np.nanmax(unit)] == [0, 1]
    np.testing.assert_array_equal(CurveScale().apply(values), values)
    assert np.isnan(CurveScale("dff").apply(np.zeros(5))).all(), "there is nothing to be relative to"
    assert CurveScale.of({"scale": "dff", "baseline": True}) == CurveScale("dff")

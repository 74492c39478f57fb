"""Regions of interest: drawn and changed by hand, measured by Python, saved as CSV."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pytest
from jpkl_viewer.model.stack import describe
from jpkl_viewer.model.state import ViewState
from jpkl_viewer.tools.regions.measure import line_profile
from jpkl_viewer.tools.regions.roi import Ellipse, Line, Point, Polygon, Rectangle, Roi
from numpy.typing import NDArray
from playwright.sync_api import Browser

from jpkl import JPkl
from tests.browser.driver import ViewerPage
from tests.browser.pages import Open, Points, drag_over, draw, mitosis, press_at
from tests.conftest import replace_frame
from tests.viewer.stacks import mask_of


def points_of(page: ViewerPage, name: str) -> Points | None:
    """The points of a region as they are in the state; None if there is none of that name."""
    found: Points | None = page.evaluate(
        "n => jpkl.view().state.tools.rois?.rois.find(r => r.name === n)?.points ?? null", name
    )
    return found


def shape_of(page: ViewerPage, name: str) -> Roi:
    shape, points = page.evaluate(
        "n => { const {rois} = jpkl.view().state.tools.rois, r = rois.find(r => r.name === n);"
        " return [r.shape, r.points] }",
        name,
    )
    if shape in ("polygon", "freehand"):
        return Polygon(tuple(map(tuple, points)))
    kinds: dict[str, Any] = {"point": Point, "line": Line, "rectangle": Rectangle, "ellipse": Ellipse}
    roi: Roi = kinds[shape](*np.ravel(points).tolist())
    return roi


#: Heights of a path in a plot as values, read off the ticks of the y axis; and how much a pixel is.
READ_PATH = """([selector, path]) => {
  const plot = jpkl.all(".plot").find(p => !p.hidden && p.querySelector(selector));
  const ticks = [...plot.querySelectorAll(".tick.y")];
  const [[y0, v0], [y1, v1]] = [ticks[0], ticks.at(-1)].map(
    t => [t.getAttribute("y") - 4, +t.textContent.replace("−", "-")]);
  const d = plot.querySelector(`${selector} .${path}`).getAttribute("d");
  const ys = d.replace(/[MZ]/g, "").split("L").map(point => Number(point.split(" ")[1]));
  const perPixel = (v1 - v0) / (y1 - y0);
  return [ys.map(y => v0 + (y - y0) * perPixel), Math.abs(perPixel)];
}"""


def assert_path(page: ViewerPage, selector: str, part: str, expected: NDArray[np.float64]) -> None:
    """A curve is drawn with a value for each point, as exactly as the screen has it (a tenth of a pixel)."""
    read, per_pixel = page.evaluate(READ_PATH, [selector, "mean" if part == "mean" else "band"])
    n = len(expected)  # a band goes there along the maxima, and back along the minima
    values = {"mean": read, "max": read[:n], "min": read[n:][::-1]}[part]
    np.testing.assert_allclose(values, expected, rtol=0, atol=0.06 * per_pixel)


def wait_for_curve(page: ViewerPage, name: str) -> None:
    """Wait until a curve of the region as it is now is drawn with all its points."""
    page.page.wait_for_function(
        "n => { const size = jpkl.view().stack.sizes[jpkl.control('measure along').value],"
        " path = jpkl.all(`.plot:first-of-type .curve:not(.faded)[data-roi=${n}] .mean`)[0];"
        " return path?.getAttribute('d').split('L').length === size }",
        arg=name,
    )


def assert_curve(page: ViewerPage, name: str, part: str, expected: NDArray[np.float64]) -> None:
    """The plot shows these values of a region, one per frame."""
    wait_for_curve(page, name)
    assert_path(page, f".plot:first-of-type .curve[data-roi={name}]", part, expected)


def row(page: ViewerPage, name: str) -> list[str]:
    """Mean, min and max as the table says, and the size."""
    found = page.page.locator("table.regions tr", has=page.page.get_by_text(name, exact=True))
    return [*found.locator("td").all_inner_texts()[:3], found.locator("small").inner_text()]


def read_csv(path: Path) -> list[dict[str, str]]:
    """The rows of a CSV file, by the names of their columns."""
    lines = path.read_text("utf-8").splitlines()
    return list(csv.DictReader(line for line in lines if not line.startswith("#")))


def expected_curve(jp: JPkl, roi: Roi, position: tuple[int, ...], dim: int, part: str) -> NDArray[np.float64]:
    """The same by NumPy, in original units where the stack knows them."""
    mask, stack = mask_of(roi, *jp.shape[:2]), describe(jp)
    values = []
    for i in range(jp.dim_sizes[dim]):
        index = (*position[:dim], i, *position[dim + 1 :])
        low, high = stack.range_at(index) or (0, 255)
        pixels = low + jp[(..., *index)][mask] / 255 * (high - low)
        values.append(getattr(pixels, part)(axis=0))
    return np.array(values)


DRAWN: dict[str, Points] = {
    "point": [(60, 40)],
    "line": [(20, 30), (120, 110)],
    "rectangle": [(30, 40), (90, 100)],
    "ellipse": [(30, 40), (90, 100)],
    "polygon": [(30, 40), (110, 50), (90, 120)],
    "freehand": [(30, 40), (110, 50), (90, 120)],
}


@pytest.mark.parametrize("shape", list(DRAWN))
def test_each_shape_is_drawn_measured_moved_and_deleted(open_viewer: Open, shape: str) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    page.set("time", 7)
    draw(page, shape, *DRAWN[shape])
    page.press("0")  # into what the plots leave
    place = "() => [jpkl.place(0, 0), jpkl.view().viewport.scale]"
    before = page.evaluate(place)
    drawn = points_of(page, "r1")
    assert drawn is not None
    np.testing.assert_allclose(drawn, DRAWN[shape], atol=1)
    values = []
    for part in ("mean", "min", "max"):
        expected = expected_curve(jp, shape_of(page, "r1"), (7, 0), 0, part)
        assert_curve(page, "r1", part, expected)
        values.append(expected[7])
    n = mask_of(shape_of(page, "r1"), *jp.shape[:2]).sum()
    *shown, size = row(page, "r1")
    mean, least, most = map(float, shown)
    assert mean == pytest.approx(values[0], rel=5e-4)
    assert [least, most] == [round(value) for value in values[1:]], "of integers these are integers"
    if shape == "line":
        assert re.fullmatch(r"12\d px · −3\d\.\d°", size)
        text = page.page.locator("g.roi text").text_content()
        assert text == f"r1 · {size}", "it says so on the picture, too"
    elif shape != "point":
        assert size == f"{n} px"
    # It is moved at its outline.
    x, y = drawn[0]
    grip = {
        "line": (70, 70),
        "rectangle": (60, 40),
        "polygon": (70, 45),
        "ellipse": (60, 40),
        "freehand": (70, 45),
    }.get(shape, (x, y))
    drag_over(page, grip, (grip[0] + 10, grip[1] + 10), (grip[0] + 20, grip[1] + 30))
    moved = points_of(page, "r1")
    assert moved is not None
    np.testing.assert_allclose(np.subtract(moved, drawn), np.tile([20, 30], (len(drawn), 1)), atol=1)
    assert_curve(page, "r1", "mean", expected_curve(jp, shape_of(page, "r1"), (7, 0), 0, "mean"))
    # The figure had none of these events: it has neither been panned nor zoomed.
    assert page.evaluate(place) == before
    page.press("Control+z")
    assert points_of(page, "r1") == drawn, "all of the drag is undone at once"
    page.press("Control+Shift+z")
    assert points_of(page, "r1") == moved
    page.page.keyboard.press("Delete")
    assert points_of(page, "r1") is None
    assert page.page.locator("g.roi").count() == 0
    assert page.page.locator(".plots").get_by_text("Draw a region to plot it").is_visible()
    assert page.messages == []


def test_shapes_are_reshaped_at_their_corners(open_viewer: Open) -> None:
    page = open_viewer(mitosis())
    draw(page, "rectangle", *DRAWN["rectangle"])
    points = points_of(page, "r1")
    assert points is not None
    drag_over(page, (points[1][0], points[0][1]), (120, 20))  # right and top
    reshaped = points_of(page, "r1")
    assert reshaped is not None
    np.testing.assert_allclose(reshaped, [(points[0][0], 20), (120, points[1][1])], atol=1)
    draw(page, "polygon", *DRAWN["polygon"])
    drag_over(page, (90, 120), (60, 150))
    polygon = points_of(page, "r2")
    assert polygon is not None
    np.testing.assert_allclose(polygon, [(30, 40), (110, 50), (60, 150)], atol=1)
    draw(page, "line", *DRAWN["line"])
    drag_over(page, (120, 110), (130, 60))
    line = points_of(page, "r3")
    assert line is not None
    np.testing.assert_allclose(line, [(20, 30), (130, 60)], atol=1)


def test_a_double_click_closes_a_polygon_and_escape_cancels_it(open_viewer: Open) -> None:
    page = open_viewer(mitosis())
    page.click("draw a polygon")
    for point in (*DRAWN["polygon"], DRAWN["polygon"][-1]):
        press_at(page, *point)
    assert len(points_of(page, "r1") or []) == 3
    page.click("draw a polygon")
    for point in DRAWN["polygon"]:
        press_at(page, *point)
    page.page.keyboard.press("Escape")
    page.page.keyboard.press("Enter")
    assert points_of(page, "r2") is None
    zoom = "() => jpkl.view().viewport.zoom"
    assert page.evaluate(zoom) is None
    drag_over(page, (150, 180), (140, 170))  # the figure pans again
    page.page.wait_for_function(
        "() => { const [x] = jpkl.view().viewport.ranges; return Math.abs((x.min + x.max) / 2 - 85) > 3 }"
    )
    page.press("r", "Enter")  # without a pointer, a shape is placed, then moved by arrow keys
    page.wait_until("() => jpkl.view().state.tools.rois.rois.length === 2")
    before = points_of(page, "r2")
    page.press("ArrowRight")
    assert before is not None
    page.wait_until(f"() => jpkl.view().state.tools.rois.rois[1].points[0][0] === {before[0][0] + 1}")


def test_they_stay_at_their_pixels_under_zoom_and_scrub(open_viewer: Open) -> None:
    page = open_viewer(mitosis())
    draw(page, "rectangle", *DRAWN["rectangle"])
    points = points_of(page, "r1")
    page.zoom_at(150, 150, 4)
    page.wait_until("() => jpkl.view().viewport.zoom?.[2] > 1.5")
    page.set("time", 30)
    page.wait_for_position(30, 0)
    assert points_of(page, "r1") == points
    drawn = page.evaluate("() => jpkl.all('[data-roi=r1] .outline')[0].getAttribute('d')")
    numbers = [float(value) for value in drawn.strip("MZ").replace("L", " ").split()]
    expected = page.evaluate(
        "([[x0, y0], [x1, y1]]) => [[x0, y0], [x1, y0], [x1, y1], [x0, y1]].flatMap("
        "corner => jpkl.view().viewport.toStage(...corner))",
        points,
    )
    np.testing.assert_allclose(numbers, expected, atol=0.6)


def test_a_scrub_along_the_dim_computes_nothing_and_other_dims_do(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    draw(page, "rectangle", *DRAWN["rectangle"])
    wait_for_curve(page, "r1")
    asked = len(page.sent("ask"))
    page.drag("time", seconds=1, to=50)
    page.wait_for_position(50, 0)
    page.wait_until("() => location.hash.includes('time=50')")
    assert len(page.sent("ask")) == asked
    means = expected_curve(jp, shape_of(page, "r1"), (0, 0), 0, "mean")
    assert_curve(page, "r1", "mean", means)
    np.testing.assert_allclose(float(row(page, "r1")[0]), means[50], rtol=1e-3)
    page.set("channel", 1)
    page.wait_for_position(50, 1)
    assert_curve(page, "r1", "mean", expected_curve(jp, shape_of(page, "r1"), (50, 1), 0, "mean"))
    (measure,) = page.sent("ask")[asked:]
    assert '"what":"measure"' in measure


def test_points_come_as_they_are_known_nearest_first(open_viewer: Open) -> None:
    page = open_viewer(mitosis())
    page.set("time", 25)
    page.evaluate(
        "() => { window.steps = []; new MutationObserver(() => {"
        " const text = jpkl.all('.curve .mean').at(-1)?.getAttribute('d') ?? '';"
        " steps.push(text.split(/[ML]/).filter(Boolean).map(point => Number(point.split(' ')[0]))) })"
        ".observe(jpkl.view().root, {subtree: true, childList: true, attributeFilter: ['d']}) }"
    )
    draw(page, "rectangle", *DRAWN["rectangle"])
    wait_for_curve(page, "r1")
    steps = [step for step in page.evaluate("() => steps") if step]
    whole = np.array(steps[-1])
    assert len(whole) == 51
    assert len({len(step) for step in steps}) > 2, "the curve grew in steps"
    middle = whole[25]
    assert max(abs(x - middle) for x in steps[0]) < 0.2 * (whole[-1] - whole[0]), "the nearest came first"


def test_dragging_shows_curves_on_the_way_and_ends_with_the_last(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    draw(page, "rectangle", *DRAWN["rectangle"])
    wait_for_curve(page, "r1")
    asked = len(page.sent("ask"))
    drag_over(page, (60, 40), *[(60 + i, 40 + i) for i in range(40)])
    assert_curve(page, "r1", "mean", expected_curve(jp, shape_of(page, "r1"), (0, 0), 0, "mean"))
    assert page.page.locator(".curve.faded").count() == 0
    assert 1 <= len(page.sent("ask")) - asked <= 40


def test_the_plot_scrubs_and_draws_what_was_measured(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    draw(page, "point", *DRAWN["point"])
    wait_for_curve(page, "r1")
    box = page.page.locator(".plot svg").first.bounding_box()
    assert box is not None
    left, right = box["x"] + 62, box["x"] + box["width"] - 14
    page.page.mouse.move(left + 0.2 * (right - left), box["y"] + 50)
    page.page.mouse.down()
    page.wait_for_position(10, 0)
    page.page.mouse.move(left + 0.8 * (right - left), box["y"] + 60, steps=5)
    page.page.mouse.up()
    page.wait_for_position(40, 0)
    at = page.evaluate("() => Number(jpkl.all('.plot line.at')[0].getAttribute('x1'))")
    assert at == pytest.approx(62 + 0.8 * (right - left), abs=0.6)
    # Heights on the screen are those of the values.
    path = page.evaluate("() => jpkl.all('.curve .mean')[0].getAttribute('d')")
    ys = np.array([float(point.split()[1]) for point in path[1:].split("L")])
    values = expected_curve(jp, shape_of(page, "r1"), (0, 0), 0, "mean")
    assert len(ys) == 51
    slope, offset = np.polyfit(values, ys, 1)
    assert slope < 0
    np.testing.assert_allclose(ys, slope * values + offset, atol=0.1)
    assert "8-bit JPEG, q=90: original intensities" in page.page.locator(".caveat").inner_text()


def test_the_profile_is_that_of_the_frame_shown(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    draw(page, "line", *DRAWN["line"])
    for index in ((0, 0), (20, 0), (33, 1)):
        page.set("time", index[0])
        page.set("channel", index[1])
        page.wait_for_position(*index)
        line = shape_of(page, "r1")
        assert isinstance(line, Line)
        expected = line_profile(jp[(..., *index)], describe(jp), line, index)
        place = f"Profile along the line · time {index[0]} · C{index[1] + 1}"
        page.page.wait_for_function("place => jpkl.all('.plot .caption')[1].textContent === place", arg=place)
        assert_path(page, ".plot:last-of-type .curve", "mean", expected.values)


def test_csv_is_saved_with_all_frames(open_viewer: Open, tmp_path: Path) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    draw(page, "rectangle", *DRAWN["rectangle"])
    draw(page, "line", *DRAWN["line"])
    with page.page.expect_download() as download:
        page.click("Curves CSV")
    assert download.value.suggested_filename == "stack rois along time.csv"
    lines = Path(download.value.path()).read_text("utf-8").splitlines()
    assert "measure on the originals" in lines[1]
    header, *rows = csv.reader(line for line in lines if not line.startswith("#"))
    assert header == ["roi", "channel", "time_index", "mean", "min", "max"]
    for name in ("r1", "r2"):
        table = np.array([values[2:] for values in rows if values[0] == name], float)
        assert table[:, 0].tolist() == list(range(51))
        for column, part in enumerate(("mean", "min", "max"), 1):
            expected = expected_curve(jp, shape_of(page, name), (0, 0), 0, part)
            np.testing.assert_allclose(table[:, column], expected, rtol=1e-9)
    page.set("time", 12)
    page.wait_for_position(12, 0)
    with page.page.expect_download() as download:
        page.click("Profile CSV")
    lines = Path(download.value.path()).read_text("utf-8").splitlines()
    line = shape_of(page, "r2")
    assert isinstance(line, Line)
    values = [float(text.split(",")[-1]) for text in lines if text.startswith("r2,")]
    np.testing.assert_allclose(
        values, line_profile(jp[..., 12, 0], describe(jp), line, (12, 0)).values, rtol=1e-9
    )


def test_a_link_opens_them_again_and_python_has_them(open_viewer: Open, browser: Browser) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    draw(page, "rectangle", *DRAWN["rectangle"])
    draw(page, "polygon", *DRAWN["polygon"])
    select = page.page.locator("button.region").first
    said = select.evaluate("e => e.textContent.trim()")
    assert (select.get_attribute("aria-label") or "").startswith(f"{said}, "), "it is called what is read"
    page.page.get_by_label("delete r1").click()
    draw(page, "point", *DRAWN["point"])
    page.page.wait_for_function("() => location.hash.includes('r3') && !location.hash.includes('r1')")
    copy = ViewerPage(browser.new_page(), page.page.url)
    assert points_of(copy, "r2") == points_of(page, "r2")
    assert_curve(copy, "r3", "mean", expected_curve(jp, shape_of(page, "r3"), (0, 0), 0, "mean"))
    assert copy.page.locator("g.roi[data-roi=r2]").count() == 1
    tools = copy.evaluate("() => jpkl.view().state.tools")
    state = ViewState(describe(jp))
    state.restore({"tools": tools})
    assert json.loads(json.dumps(state.settings()["tools"])) == tools
    copy.page.close()


HOSTILE: list[Any] = [
    7,
    [],
    {"rois": 7},
    {"rois": [None, 7, "r1", [], {}]},
    {"dim": "__proto__", "rois": [{"name": "r1", "shape": "constructor", "points": [[1, 1]]}]},
    {"dim": 99, "rois": [{"name": "<img src=x onerror=alert(1)>", "shape": "point", "points": [[1, 1]]}]},
    {"dim": -1, "rois": [{"name": "r1", "shape": "line", "points": [[1, 1]]}]},
    {"dim": 0.5, "rois": [{"name": "r1", "shape": "point", "points": [[1e300, 1]]}]},
    {"dim": 0, "rois": [{"name": "r1", "shape": "point", "points": [["<b>", None]]}]},
    {"dim": 0, "rois": [{"name": ["r1"], "shape": "point", "points": [[1, 1]]}]},
    {"dim": 0, "rois": [{"name": "r1", "shape": "polygon", "points": [[1, 1]] * 10_000}]},
]


def open_link(browser: Browser, url: str, rois: Any) -> ViewerPage:
    return ViewerPage(browser.new_page(), f"{url}#time=3&tools={quote(json.dumps({'rois': rois}))}")


def test_what_a_link_says_is_not_trusted(open_viewer: Open, browser: Browser) -> None:
    page = open_viewer(mitosis())
    base = page.page.url.split("#")[0]
    good = {"name": "r2", "shape": "point", "points": [[60, 40]]}
    for hostile in HOSTILE[:-1]:
        has_list = isinstance(hostile, dict) and isinstance(hostile["rois"], list)
        value = {**hostile, "rois": [*hostile["rois"], good]} if has_list else hostile
        other = open_link(browser, base, value)
        other.wait_for_position(3, 0)
        other.settle()
        names = other.evaluate("() => jpkl.all('[data-roi].roi').map(e => e.dataset.roi)")
        assert names == (["r2"] if has_list else []), value
        assert other.messages == [], value
        draw(other, "point", (80, 90))
        wait_for_curve(other, "r3" if names else "r1")
        other.page.close()
    corners = open_link(browser, base, HOSTILE[-1])
    corners.wait_for_position(3, 0)
    assert corners.page.locator("g.roi").count() == 0
    crowd = {"rois": [{"name": f"r{i + 1}", "shape": "point", "points": [[i, i]]} for i in range(500)]}
    many = open_link(browser, base, crowd)
    wait_for_curve(many, "r32")
    assert many.page.locator("g.roi").count() == 32
    for other in (corners, many):
        assert other.messages == []
        other.page.close()


def test_outside_of_the_frame_and_damaged_frames_are_said(open_viewer: Open, browser: Browser) -> None:
    jp = mitosis()
    url = open_viewer(replace_frame(jp, (40, 0), jp.images[(40, 0)][:-30])).page.url.split("#")[0]
    outside = {"name": "r1", "shape": "point", "points": [[-50, 3]]}
    clipped = {"name": "r2", "shape": "rectangle", "points": [[-5.5, -5.5], [4.5, 4.5]]}
    page = open_link(browser, url, {"dim": 0, "rois": [outside, clipped]})
    status = page.page.get_by_role("status")
    status.filter(has_text="contains no pixel of a frame of 196 x 171").wait_for()
    status.filter(has_text="cut off at the edge of the frame").wait_for()
    status.filter(has_text="(40, 0)").wait_for()
    assert row(page, "r1") == ["–", "–", "–", "x −50, y 3"]
    assert row(page, "r2")[3] == "25 px*"
    assert float(row(page, "r2")[0]) > 1000
    page.page.close()


def test_keyboard_alone_places_moves_and_deletes(open_viewer: Open) -> None:
    page = open_viewer(mitosis())
    page.control("time").click()
    before = page.evaluate("() => jpkl.view().state.position")
    page.tab_to("draw a rectangle")
    page.press("Enter")
    first = points_of(page, "r1")
    assert first is not None
    for key in ("ArrowRight", "ArrowRight", "ArrowDown"):
        page.page.keyboard.press(key)
    moved = points_of(page, "r1")
    assert moved is not None
    np.testing.assert_array_equal(np.subtract(moved, first), [[2, 1]] * 2)
    page.page.keyboard.press("Shift+ArrowUp")
    resized = points_of(page, "r1")
    assert resized is not None
    np.testing.assert_array_equal(np.subtract(resized, moved), [[0, 0], [0, -1]])
    assert page.evaluate("() => jpkl.shown().position") == before, "arrow keys moved the region alone"
    page.page.keyboard.press("Delete")
    assert points_of(page, "r1") is None


def test_colors_and_channels_of_a_composite(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    draw(page, "rectangle", *DRAWN["rectangle"])
    page.click("Composite")
    page.page.get_by_role("button", name="C2", exact=True).click()
    assert_curve(page, "r1", "mean", expected_curve(jp, shape_of(page, "r1"), (0, 1), 0, "mean"))
    assert page.page.locator(".plot .caption").first.inner_text().endswith("along time · C2")
    page.set("measure along", "1")
    page.page.locator(".plot:first-of-type .curve.dots:not(.faded)").wait_for()
    means = expected_curve(jp, shape_of(page, "r1"), (0, 0), 1, "mean")
    assert float(row(page, "r1")[0]) == pytest.approx(means[1], rel=1e-3)


def test_rgb_is_measured_by_color(open_viewer: Open) -> None:
    pixels = np.random.default_rng(3).integers(0, 255, (48, 64, 3, 9), np.uint8)
    jp = JPkl(pixels, color=True, dim_names=["time"])
    page = open_viewer(jp)
    draw(page, "rectangle", (10, 10), (30, 30))
    expected = expected_curve(jp, shape_of(page, "r1"), (0,), 0, "mean")
    for sample in (0, 2, 1):
        page.set("color to plot", sample)
        assert_curve(page, "r1", "mean", expected[:, sample])
    assert float(row(page, "r1")[0]) == pytest.approx(expected[0, 1], rel=1e-3)
    page.set("color to plot", "0")
    assert float(row(page, "r1")[0]) == pytest.approx(expected[0, 0], rel=1e-3)
    assert page.page.locator(".plot text.label", has_text="value (0–255)").count() == 1


def test_a_single_picture_has_a_table_in_place_of_curves(open_viewer: Open) -> None:
    values = np.random.default_rng(3).integers(0, 255, (40, 80), np.uint8)
    jp = JPkl(values, metadata={"pixel_size": (0.5, 0.25), "pixel_unit": "µm"})
    page = open_viewer(jp)
    draw(page, "ellipse", (10, 10), (40, 30))
    mask = mask_of(shape_of(page, "r1"), 40, 80)
    page.page.get_by_text(f" µm² · {mask.sum()} px").wait_for()
    mean, least, most, size = row(page, "r1")
    pixels = jp[...][mask]
    assert float(mean) == pytest.approx(pixels.mean(), rel=1e-3)
    assert [least, most] == [str(pixels.min()), str(pixels.max())]
    assert float(size.split()[0]) == pytest.approx(mask.sum() / 8, rel=5e-3)
    assert page.page.get_by_label("measure along").count() == 0
    assert not page.page.locator(".plot").first.is_visible()
    draw(page, "line", (10, 20), (50, 20))
    page.page.locator(".plot:last-of-type .curve").wait_for()
    length = float(row(page, "r2")[3].split()[0])
    assert length == pytest.approx(10, abs=0.3), "40 pixels of a quarter of a µm"
    # What is set by hand counts as the file's own.
    page.page.locator("summary", has_text="Set by hand").click()
    page.page.get_by_label("pixel height").fill("1")
    page.press("Enter")
    page.page.get_by_text(f"{mask.sum()} µm² · {mask.sum()} px").wait_for()
    assert float(row(page, "r2")[3].split()[0]) == pytest.approx(4 * length, abs=0.3)
    with page.page.expect_download() as download:
        page.click("Table CSV")
    rows = read_csv(download.value.path())
    assert [each["shape"] for each in rows] == ["ellipse", "line"]
    assert float(rows[0]["area [µm²]"]) == mask.sum()
    assert float(rows[0]["mean"]) == pytest.approx(pixels.mean())
    assert page.messages == []


def test_regions_are_renamed_in_the_list_and_all_that_says_so_can_be_undone(open_viewer: Open) -> None:
    page = open_viewer(mitosis())
    draw(page, "rectangle", *DRAWN["rectangle"])
    draw(page, "line", *DRAWN["line"])
    page.page.get_by_text("r1", exact=True).and_(page.page.locator(".region span")).dblclick()
    page.page.keyboard.type("Plate")
    page.page.keyboard.press("Enter")
    assert row(page, "Plate")[3].endswith(" px")
    page.page.locator("g.roi text", has_text="Plate").wait_for()
    page.page.locator(".legend", has_text="Plate").wait_for()
    page.page.get_by_role("button", name=re.compile(r"^r2 .*, line$")).click()
    page.press("F2")
    page.page.keyboard.type("Plate")
    page.press("Escape")
    assert page.page.locator("table.regions input").count() == 0
    assert row(page, "r2"), "Escape leaves it as it was"
    page.press("F2")
    page.page.keyboard.type("Plate")
    page.press("Enter")
    assert row(page, "Plate 2"), "no two are called the same"
    page.page.wait_for_function(
        "() => location.hash.includes('Plate+2') || location.hash.includes('Plate%202')"
    )
    with page.page.expect_download() as download:
        page.click("Curves CSV")
    assert {each["roi"] for each in read_csv(download.value.path())} == {"Plate", "Plate 2"}
    page.click("Clear")
    assert page.page.locator("g.roi").count() == 0
    for count, names in ((2, ["Plate", "Plate 2"]), (2, ["Plate", "r2"]), (2, ["r1", "r2"]), (1, ["r1"])):
        page.press("Control+z")
        assert page.page.locator("g.roi").count() == count
        assert page.page.locator(".region span").all_inner_texts() == names
    page.page.get_by_label("redo", exact=True).click()
    assert page.page.locator(".region span").all_inner_texts() == ["r1", "r2"]
    page.press("Control+y")
    assert page.page.locator(".region span").all_inner_texts() == ["Plate", "r2"]
    assert page.messages == []


def test_all_channels_are_plotted_as_lines_of_their_own_or_as_dots(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    draw(page, "rectangle", *DRAWN["rectangle"])
    page.set("channels to plot", "all")
    page.page.wait_for_function("() => jpkl.all('.plot:first-of-type .curve').length === 2")
    for channel in (0, 1):
        page.page.wait_for_function(
            "i => jpkl.all('.plot:first-of-type .curve .mean')[i].getAttribute('d').split('L').length === 51",
            arg=channel,
        )
        expected = expected_curve(jp, shape_of(page, "r1"), (0, channel), 0, "mean")
        assert_path(page, f".plot:first-of-type .curve:nth-last-of-type({2 - channel})", "mean", expected)
    page.set("values of curves", "dff")
    page.page.locator(".plot text.label", has_text="ΔF/F₀").wait_for()
    means = expected_curve(jp, shape_of(page, "r1"), (0, 1), 0, "mean")
    f0 = np.percentile(means, 10)
    assert_path(page, ".plot:first-of-type .curve:nth-last-of-type(1)", "mean", (means - f0) / f0)
    with page.page.expect_download() as download:
        page.click("Curves CSV")
    rows = read_csv(download.value.path())
    assert len(rows) == 102
    second = [float(each["dF/F0"]) for each in rows if each["channel"] == "C2"]
    np.testing.assert_allclose(second, (means - f0) / f0, rtol=1e-9)
    page.set("values of curves", "raw")
    page.set("measure along", "1")
    page.page.locator(".plot:first-of-type .tick", has_text="C2").wait_for()
    dots = page.page.locator(".plot:first-of-type .curve.dots .mean")
    assert dots.count() == 1
    places = (dots.get_attribute("d") or "").split("M")[1:]
    assert len(places) == 2, "one for each channel"
    assert all(len(set(place.split("L"))) == 1 for place in places), "and nothing between them"
    assert page.messages == []


def test_regions_are_saved_loaded_and_a_bad_file_is_said(open_viewer: Open, tmp_path: Path) -> None:
    roifile = pytest.importorskip("roifile")
    page = open_viewer(mitosis())
    draw(page, "ellipse", *DRAWN["ellipse"])
    page.press("F2")
    page.page.keyboard.type("Plate")
    page.press("Enter")
    draw(page, "line", *DRAWN["line"])
    before = [points_of(page, name) for name in ("r1", "r2")]
    for kind in ("geojson", "imagej"):
        page.set("format of regions", kind)
        with page.page.expect_download() as download:
            page.page.get_by_role("button", name="Save", exact=True).click()
        download.value.save_as(tmp_path / download.value.suggested_filename)
    oval, line = roifile.roiread(tmp_path / "stack RoiSet.zip")
    assert (oval.name, line.name) == ("Plate", "r2")
    (x0, y0), (x1, y1) = before[0] or []
    assert [oval.left, oval.top, oval.right, oval.bottom] == [x0 + 0.5, y0 + 0.5, x1 + 0.5, y1 + 0.5]
    (tmp_path / "bad.roi").write_bytes(b"Iout and nothing more")
    files = ["stack RoiSet.zip", "stack regions.geojson", "bad.roi"]
    for number, file in enumerate(files):
        if number < 2:
            page.click("Clear")
        with page.page.expect_file_chooser() as chooser:
            page.page.get_by_role("button", name="Load…").click()
        chooser.value.set_files(tmp_path / file)
        said = "2 regions loaded" if number < 2 else "bad.roi: the region: not a readable ImageJ region"
        page.page.get_by_role("status").filter(has_text=said).wait_for()
        np.testing.assert_allclose(
            np.ravel(points_of(page, "r1") or []), np.ravel(before[0] or []), atol=1e-4
        )
        np.testing.assert_allclose(
            np.ravel(points_of(page, "r2") or []), np.ravel(before[1] or []), atol=1e-4
        )
        assert page.page.locator(".region span").all_inner_texts() == ["Plate", "r2"]
    page.press("Control+z")
    assert page.page.locator("g.roi").count() == 0, "what was loaded can be undone"
    assert page.messages == []

"""What a user sees: the frame on the canvas is the frame that was asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jpkl_viewer import demo_stack_options, demo_stack_path
from jpkl_viewer._colormaps import COLORMAPS, color_ramp, lookup_table
from numpy.typing import NDArray
from playwright.sync_api import Browser

from jpkl import JPkl
from tests.browser.driver import ViewerPage, served
from tests.conftest import ROOT, shared_data

Open = Callable[[JPkl], ViewerPage]

XS, YS = [0, 7, 60, 100, 150, 170], [0, 5, 90, 110, 120, 195]


def mitosis() -> JPkl:
    with np.load(demo_stack_path()) as archive:
        return JPkl(archive["images"], **demo_stack_options())


def painted(page: ViewerPage, frame: NDArray[np.uint8], table: NDArray[np.uint8]) -> None:
    """Assert that the canvas shows a frame through a lookup table, at points all over it."""
    xs = [min(x, frame.shape[1] - 1) for x in XS]
    ys = [min(y, frame.shape[0] - 1) for y in YS]
    expected = table[frame[np.ix_(ys, xs)]]
    at = tuple(np.argwhere(np.ptp(expected.astype(int), axis=2) >= 0)[-1])
    page.wait_for_pixel(xs[at[1]], ys[at[0]], expected[at].tolist())
    page.page.wait_for_timeout(300)
    np.testing.assert_array_equal(page.pixels(xs, ys), expected)


def numbered(n: int, side: int = 64) -> tuple[JPkl, list[int]]:
    """Frames of one gray value each, and those values as they come back from JPEG."""
    levels = np.round(np.linspace(5, 250, n)).astype(np.uint8)
    jp = JPkl(np.zeros((side, side, n), np.uint8) + levels, dim_names=["time"])
    return jp, [int(jp[side // 2, side // 2, i]) for i in range(n)]


def test_the_frame_shown_is_the_frame_asked_for(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    gray = COLORMAPS["gray"]
    painted(page, jp[..., 0, 0], gray)
    for time, channel in ((20, 0), (20, 1), (50, 1), (3, 0)):
        page.set_slider("time", time)
        page.set_slider("channel", channel)
        painted(page, jp[..., time, channel], gray)
    assert page.messages == []
    assert all(url.startswith(("http://localhost", "data:", "blob:")) for url in page.requests)


def test_row_0_is_at_the_top_and_pixels_are_square(open_viewer: Open) -> None:
    image = np.full((40, 80), 60, np.uint8)
    image[:20, :20] = 250
    page = open_viewer(JPkl(image))
    assert page.pixel(5, 5)[0] > 200 > page.pixel(5, 35)[0]
    top, bottom, left, right = page.evaluate(
        "() => { const {x_scale, y_scale} = jpkl.figure().frame;"
        " return [...y_scale.v_compute([-.5, 39.5]), ...x_scale.v_compute([-.5, 79.5])] }"
    )
    assert top < bottom
    assert (right - left) / 80 == pytest.approx((bottom - top) / 40, rel=0.01)


def test_a_drag_ends_on_its_last_frame(open_viewer: Open) -> None:
    jp, levels = numbered(50)
    page = open_viewer(jp)
    lag = page.evaluate("e => jpkl.drag('time', 1, 50, 32, 32, e)", levels)
    assert lag < 10_000
    page.page.wait_for_timeout(300)
    assert page.pixel(32, 32)[0] == levels[60 % 50]


def test_zoom_and_pan_survive_a_scrub(open_viewer: Open) -> None:
    jp, levels = numbered(10)
    page = open_viewer(jp)
    page.evaluate(
        "() => { const f = jpkl.figure().model; f.x_range.setv({start: 10, end: 20});"
        " f.y_range.setv({start: 40, end: 30}) }"
    )
    page.set_slider("time", 7)
    page.wait_for_pixel(15, 35, [levels[7]] * 3)
    ranges = page.evaluate(
        "() => { const f = jpkl.figure().model; return [f.x_range.start, f.x_range.end,"
        " f.y_range.start, f.y_range.end] }"
    )
    assert ranges == [10, 20, 40, 30]


def test_contrast_limits_and_colormap_do_what_numpy_says(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    page.set_slider("Contrast", [10, 90])
    painted(page, jp[..., 0, 0], lookup_table(COLORMAPS["gray"], (10, 90)))
    page.evaluate("() => { jpkl.model('Select', 'Colormap').value = 'viridis' }")
    painted(page, jp[..., 0, 0], lookup_table(COLORMAPS["viridis"], (10, 90)))
    page.set_slider("time", 9)
    painted(page, jp[..., 9, 0], lookup_table(COLORMAPS["viridis"], (10, 90)))


def test_the_composite_adds_the_channels_up(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    page.page.get_by_role("checkbox").click()
    page.set_slider("time", 12)
    colors = jp.metadata["channel_colors"]
    expected = sum(color_ramp(color)[jp[..., 12, c]].astype(int) for c, color in enumerate(colors))
    x, y = 95, 105
    page.wait_for_pixel(x, y, np.minimum(expected, 255)[y, x].tolist())
    np.testing.assert_array_equal(page.pixels(XS, YS), np.minimum(expected, 255)[np.ix_(YS, XS)])


def test_play_runs_through_the_dim(open_viewer: Open) -> None:
    jp, levels = numbered(8)
    page = open_viewer(jp)
    page.evaluate("() => { jpkl.model('Player', 'Play').direction = 1 }")
    page.wait_for_pixel(32, 32, [levels[5]] * 3)
    page.wait_for_pixel(32, 32, [levels[1]] * 3)  # it went round


def test_color_stacks(open_viewer: Open) -> None:
    images = np.zeros((32, 48, 3, 4), np.uint8) + np.array([250, 120, 10], np.uint8)[:, None]
    images[..., 2] = 77
    jp = JPkl(images, color=True, dim_names=["z"])
    page = open_viewer(jp)
    page.wait_for_pixel(10, 10, jp[10, 10, :, 0].tolist())
    page.set_slider("z", 2)
    page.wait_for_pixel(10, 10, jp[10, 10, :, 2].tolist())


@pytest.mark.parametrize(
    "images", [np.full((1, 1), 200, np.uint8), np.full((30, 20, 1, 1), 200, np.uint8)], ids=["pixel", "frame"]
)
def test_a_single_frame_needs_no_sliders(open_viewer: Open, images: NDArray[np.uint8]) -> None:
    page = open_viewer(JPkl(images))
    page.wait_for_pixel(0, 0, [200] * 3)
    assert page.evaluate("() => jpkl.model('Slider', 'dim') === undefined")


def test_a_real_stack_of_four_dims(open_viewer: Open) -> None:
    tifffile = pytest.importorskip("tifffile")
    images = tifffile.imread(shared_data("images/yeast_mito_tzyx.ome.tif"))[::6]
    jp = JPkl(images, axes="TZYX")
    page = open_viewer(jp)
    page.set_slider("time", 3)
    page.set_slider("z", 11)
    painted(page, jp[..., 3, 11], COLORMAPS["gray"])


@pytest.mark.parametrize("content", [None, b"not a stack"])
def test_panel_serve_says_what_is_wrong(browser: Browser, tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "broken.jpkl"
    if content is not None:
        path.write_bytes(content)
    page = browser.new_page()
    with panel_serve(path) as url:
        page.goto(url)
        alert = page.get_by_role("alert")
        alert.wait_for()
        assert "broken.jpkl cannot be opened" in alert.inner_text()
    page.close()


def test_panel_serve_shows_a_stack(browser: Browser, tmp_path: Path) -> None:
    jp, levels = numbered(4)
    jp.save(tmp_path / "x.jpkl")
    with panel_serve(tmp_path / "x.jpkl") as url:
        page = ViewerPage(browser.new_page(), url)
        page.set_slider("time", 2)
        page.wait_for_pixel(32, 32, [levels[2]] * 3)
        page.page.close()


def panel_serve(path: Path) -> Any:
    command = [sys.executable, "-u", "-m", "panel", "serve", str(ROOT / "viewer" / "app.py"), "--port", "0"]
    return served(path, [*command, "--args", str(path)])


def test_ctrl_c_ends_the_server_quietly(tmp_path: Path) -> None:
    jp, _ = numbered(3)
    jp.save(tmp_path / "x.jpkl")
    with served(tmp_path / "x.jpkl") as url:
        assert url.startswith("http://localhost:")

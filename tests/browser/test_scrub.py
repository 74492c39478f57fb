"""What a user sees: the frame on the canvas is the frame that was asked for."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jpkl_viewer.model.colormaps import COLORMAPS, color_ramp, lookup_table
from jpkl_viewer.model.contrast import auto_limits
from numpy.typing import NDArray
from playwright.sync_api import Browser

from jpkl import JPkl
from tests.browser.driver import ViewerPage, served
from tests.browser.pages import Open, assert_painted, mitosis, numbered, press_auto, press_full, readout
from tests.conftest import ROOT, replace_frame, shared_data

#: What part of the frame the figure shows: left, right, upper and lower edge.
RANGES = "() => jpkl.view().viewport.ranges.flatMap(({min, max}) => [min, max])"


def test_the_frame_shown_is_the_frame_asked_for(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    gray = COLORMAPS["gray"]
    assert_painted(page, gray[jp[..., 0, 0]])
    for time, channel in ((20, 0), (20, 1), (50, 1), (3, 0)):
        page.set("time", time)
        page.set("channel", channel)
        assert_painted(page, gray[jp[..., time, channel]])
        assert page.evaluate("() => jpkl.shown().position") == [time, channel]
    assert page.messages == []
    assert all(url.startswith(("http://localhost", "data:", "blob:")) for url in page.requests)


def test_row_0_is_at_the_top_and_pixels_are_square(open_viewer: Open) -> None:
    image = np.full((40, 80), 60, np.uint8)
    image[:20, :20] = 250
    page = open_viewer(JPkl(image))
    assert page.pixel(5, 5)[0] > 200 > page.pixel(5, 35)[0]
    for size in ((1280, 720), (900, 500)):
        page.page.set_viewport_size({"width": size[0], "height": size[1]})
        # The frame fills the figure again, with pixels as wide as high.
        page.wait_until(
            "() => { const {width, height} = jpkl.all('canvas.picture')[0].getBoundingClientRect();"
            " const room = jpkl.all('.stage')[0].getBoundingClientRect();"
            " return height > 0 && Math.abs(width / 80 / (height / 40) - 1) < 0.01"
            " && Math.max(width / room.width, height / room.height) > 0.99 }"
        )


def test_a_drag_ends_on_its_last_frame(open_viewer: Open) -> None:
    jp, levels = numbered(50)
    page = open_viewer(jp)
    page.drag("time", seconds=1, to=10)
    page.wait_until("() => location.hash.includes('time=10')")
    page.wait_for_pixel(32, 32, [levels[10]] * 3)
    page.settle()
    assert page.pixel(32, 32)[0] == levels[10], "no frame of the way came later"


def test_zoom_and_pan_survive_a_scrub(open_viewer: Open) -> None:
    jp, levels = numbered(10)
    page = open_viewer(jp)
    page.zoom_at(15, 35, 4)
    page.pan(30, -20)
    ranges = page.evaluate(RANGES)
    assert ranges[1] - ranges[0] < 64
    page.set("time", 7)
    page.wait_for_pixel(15, 35, [levels[7]] * 3)
    assert page.evaluate(RANGES) == ranges


def test_contrast_gamma_and_colormap_do_what_numpy_says(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    frame = jp[..., 0, 0]
    page.set("lower contrast limit", 10)
    page.set("upper contrast limit", 90)
    assert_painted(page, lookup_table(COLORMAPS["gray"], (10, 90))[frame])
    page.set("colormap", "viridis")
    assert_painted(page, lookup_table(COLORMAPS["viridis"], (10, 90))[frame])
    page.set("gamma", -0.5)
    gamma = page.evaluate("() => jpkl.view().state.channels[0].gamma")
    assert gamma < 1
    assert_painted(page, lookup_table(COLORMAPS["viridis"], (10, 90), gamma)[frame])
    page.click("invert")
    assert_painted(page, lookup_table(COLORMAPS["viridis"][::-1], (10, 90), gamma)[frame])


def test_contrast_asks_nothing_of_the_server_to_paint(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    page.set("histogram of", "stack")  # asks for frames of the whole stack
    page.set("time", 3)
    page.wait_for_position(3, 0)
    page.wait_for_quiet()  # frames ahead, and those of the histogram, have come
    asked = len(page.sent("want")) + len(page.sent("ask"))
    page.set("upper contrast limit", 60)
    page.set("gamma", -0.2)
    page.set("colormap", "viridis")
    gamma = page.evaluate("() => jpkl.view().state.channels[0].gamma")
    assert_painted(page, lookup_table(COLORMAPS["viridis"], (0, 60), gamma)[jp[..., 3, 0]])
    page.wait_until("() => location.hash.includes('viridis')")  # by then Python has heard of it
    assert len(page.sent("state")) > 0
    assert len(page.sent("want")) + len(page.sent("ask")) == asked


def test_the_composite_adds_the_channels_up(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    page.click("Composite")
    page.set("time", 12)
    ramps = [color_ramp(color) for color in jp.metadata["channel_colors"]]
    layers = [ramp[jp[..., 12, c]].astype(int) for c, ramp in enumerate(ramps)]
    assert_painted(page, np.minimum(sum(layers), 255).astype(np.uint8))
    page.click("show C1")
    assert_painted(page, layers[1].astype(np.uint8))
    # Letters of a hidden channel are dimmed no further than to the color of what is said beside.
    dimmed = page.evaluate(
        "() => { const letters = jpkl.all('.channel.off *')"
        "   .filter(e => e.matches('input[type=text]') || [...e.childNodes].some(n => n instanceof Text))"
        "   .filter(e => e.checkVisibility({visibilityProperty: true}));"
        " const opacity = e => e ? getComputedStyle(e).opacity * opacity(e.parentElement) : 1;"
        " return letters.map(e => [opacity(e), getComputedStyle(e).color]) }"
    )
    assert len(dimmed) > 5
    assert {opacity for opacity, _ in dimmed} == {1}
    assert len({color for _, color in dimmed}) == 1
    page.click("show C2")
    assert_painted(page, np.zeros_like(layers[0], np.uint8))
    assert not page.page.get_by_label("channel", exact=True).is_visible()


def test_auto_contrast_and_the_full_range(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    press_auto(page, list(auto_limits(np.bincount(jp[..., 0, 0].ravel(), minlength=256))))
    press_full(page)
    assert page.evaluate("() => jpkl.view().state.channels[0].limits") == [0, 255]


def test_the_readout_shows_every_visible_channel_in_columns_that_stay(open_viewer: Open) -> None:
    jp = mitosis()
    x, y = 100, 110
    low, high = np.moveaxis(np.broadcast_to(jp.display_range, (*jp.dim_sizes, 2))[0], 1, 0)
    value = np.floor(low + jp[y, x, 0] / 255 * (high - low) + 0.5).astype(int)
    page = open_viewer(jp)
    assert readout(page) == "x – y – C1 –"
    page.point_at(x, y)
    assert readout(page) == f"x {x} y {y} C1 ≈ {value[0]}"
    page.click("Composite")
    page.wait_until("() => jpkl.all('.readout .column').length === 2")
    assert readout(page) == "x – y – C1 – C2 –"
    places = "() => jpkl.all('.readout > span, .readout .column').map(e => e.getBoundingClientRect().left)"
    before = page.evaluate(places)
    page.point_at(x, y)
    assert readout(page) == f"x {x} y {y} C1 ≈ {value[0]} C2 ≈ {value[1]}"
    assert page.evaluate(places) == before
    levels = page.evaluate("() => jpkl.all('.readout .value').map(e => e.title)")
    assert levels == [f"8-bit level {level} of 0–255" for level in jp[y, x, 0]]
    page.click("show C1")
    page.point_at(x, y)
    page.wait_until("() => jpkl.all('.readout .column').length === 1")
    assert readout(page) == f"x {x} y {y} C2 ≈ {value[1]}"


def test_of_a_large_frame_the_pixel_itself_is_read_and_not_the_mean_on_the_screen(open_viewer: Open) -> None:
    images = np.zeros((4200, 4200, 2), np.uint8)
    images[2000, 2000] = 255
    jp = JPkl(images, dim_names=["time"], jpeg_quality=100)
    value = int(jp[2000, 2000, 0])
    assert value > 200, "on the screen it is next to nothing"
    page = open_viewer(jp)
    page.point_at(2000, 2000)
    x, y = page.evaluate("() => jpkl.view().input.pixel")
    assert readout(page) == f"x {x} y {y} value ≈ {int(jp[y, x, 0])}"
    page.zoom_at(2000, 2000, 12)
    page.point_at(2000, 2000)
    page.wait_until("() => jpkl.view().input.pixel.join() === '2000,2000'")
    assert readout(page) == f"x 2000 y 2000 value ≈ {value}"


def test_play_runs_through_the_dim_and_ends_on_space(open_viewer: Open) -> None:
    jp, levels = numbered(8)
    page = open_viewer(jp)
    page.wait_for_quiet()
    page.evaluate(
        "() => { const {picture} = jpkl.view(), {histogram, painter} = picture, {paint} = painter;"
        " window.counted = [0, 0];"
        " picture.histogram = channel => { counted[0]++; return histogram.call(picture, channel) };"
        " painter.paint = (...of) => { counted[1]++; return paint.apply(painter, of) } }"
    )
    page.click("play along time (space)")
    page.wait_for_pixel(32, 32, [levels[5]] * 3)
    page.wait_for_pixel(32, 32, [levels[1]] * 3)  # it went round
    n_histograms, n_painted = page.evaluate("() => counted")
    assert n_histograms <= 2 + n_painted / 3, "each takes the frame decoded once more"
    asked = [key for message in page.sent("want") for key in json.loads(message)["keys"]]
    assert sorted(asked) == list(range(8)), "each frame was sent once"
    page.press("Space")
    page.page.get_by_label("play along time (space)").wait_for()  # in place of "stop (space)"
    (position,) = page.evaluate("() => jpkl.view().state.position")
    page.wait_for_position(position)
    page.page.wait_for_timeout(400)  # four frames at 10 fps
    assert page.evaluate("() => jpkl.shown().position") == [position]


def test_keys_move_the_slider_that_has_the_focus(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    page.set("time", 5)  # the hand leaves the focus there
    page.press("End")
    page.wait_for_position(50, 0)
    page.press("ArrowLeft")
    page.wait_for_position(49, 0)
    page.press("Home")
    page.wait_for_position(0, 0)


def test_a_link_opens_the_same_view(open_viewer: Open, browser: Browser) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    page.set("time", 31)
    page.set("colormap", "magma")
    page.set("upper contrast limit", 120)
    page.page.wait_for_function("() => location.hash.includes('magma') && location.hash.includes('0-120')")
    copy = ViewerPage(browser.new_page(viewport={"width": 1000, "height": 700}), page.page.url)
    assert_painted(copy, lookup_table(COLORMAPS["magma"], (0, 120))[jp[..., 31, 0]])
    copy.page.close()


def test_a_link_that_is_put_into_the_address_of_the_page_is_followed(open_viewer: Open) -> None:
    page = open_viewer(mitosis())
    page.set("time", 5)
    page.wait_for_position(5, 0)
    page.evaluate("() => { location.hash = '#time=7&zoom=50,60,3' }")
    page.wait_for_position(7, 0)
    page.wait_until("() => jpkl.view().viewport.zoom?.join() === '50,60,3'")
    page.evaluate("() => { location.hash = '#time=9' }")
    page.wait_for_position(9, 0)
    page.wait_until("() => jpkl.view().viewport.zoom === null")


def test_what_was_set_while_the_viewer_was_hidden_is_shown_with_it(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    page.evaluate("() => { jpkl.view().root.style.display = 'none' }")
    page.settle()
    page.evaluate("() => { jpkl.view().takeSettings({position: [7, 0]}) }")
    page.settle()
    assert page.evaluate("() => jpkl.shown().position") == [0, 0]
    page.evaluate("() => { jpkl.view().root.style.display = '' }")
    page.wait_for_position(7, 0)
    assert_painted(page, np.repeat(jp[..., 7, 0][..., None], 3, -1))


def test_what_a_browser_has_lost_of_a_picture_is_drawn_again(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    page.set("time", 5)
    page.wait_for_position(5, 0)
    page.evaluate(
        """() => {
          const [canvas] = jpkl.all('canvas.picture');
          canvas.width = canvas.width; // is empty
          canvas.dispatchEvent(new Event('contextrestored'));
        }"""
    )
    assert_painted(page, np.repeat(jp[..., 5, 0][..., None], 3, -1))


def test_a_damaged_frame_is_named_and_the_others_go_on(open_viewer: Open) -> None:
    jp, levels = numbered(5)
    damaged = replace_frame(jp, (2,), jp.images[(2,)][:-20])
    page = open_viewer(damaged)
    page.set("time", 2)
    alert = page.page.get_by_role("alert")
    alert.wait_for()
    assert "Frame 2" in alert.inner_text()
    page.set("time", 3)
    page.wait_for_pixel(32, 32, [levels[3]] * 3)
    assert alert.is_hidden()


def test_color_stacks(open_viewer: Open) -> None:
    images = np.zeros((32, 48, 3, 4), np.uint8) + np.array([250, 120, 10], np.uint8)[:, None]
    images[..., 2] = 77
    jp = JPkl(images, color=True, dim_names=["z"])
    page = open_viewer(jp)
    page.wait_for_pixel(10, 10, jp[10, 10, :, 0].tolist())
    page.set("z", 2)
    page.wait_for_pixel(10, 10, jp[10, 10, :, 2].tolist())


@pytest.mark.parametrize(
    "images", [np.full((1, 1), 200, np.uint8), np.full((30, 20, 1, 1), 200, np.uint8)], ids=["pixel", "frame"]
)
def test_a_single_frame_needs_no_sliders(open_viewer: Open, images: NDArray[np.uint8]) -> None:
    page = open_viewer(JPkl(images))
    page.wait_for_pixel(0, 0, [200] * 3)
    assert page.evaluate("() => jpkl.all('.dims .dim').length") == 0
    assert page.messages == []


def test_large_frames_are_painted_with_the_pixels_of_the_screen(open_viewer: Open) -> None:
    rows = np.linspace(0, 255, 2000).astype(np.uint8)
    page = open_viewer(JPkl(np.repeat(rows[:, None], 1600, axis=1)))
    width, height = page.evaluate(
        "() => { const {target} = jpkl.view().picture.painter; return [target.width, target.height] }"
    )
    assert width < 800
    assert height < 800
    for y in (100, 1000, 1900):
        assert abs(page.pixel(800, y)[0] - int(rows[y])) <= 2


def test_of_very_large_frames_only_what_is_seen_is_sent_and_zooming_sharpens(open_viewer: Open) -> None:
    rows = np.linspace(20, 235, 4400).astype(np.uint8)
    image = np.repeat(rows[:, None], 4200, axis=1)
    image[2200:2210, 2000:2010] = 255
    jp = JPkl(np.stack([image, 255 - image], axis=-1), dim_names=["time"], jpeg_tables="standard")
    page = open_viewer(jp)
    page.set("time", 1)
    page.wait_for_position(1)
    assert abs(page.pixel(500, 1000)[0] - int(jp[1000, 500, 1])) <= 2
    page.set("time", 0)
    page.wait_for_position(0)
    page.zoom_at(2005, 2205, 24)
    page.wait_for_pixel(2005, 2205, [255, 255, 255])
    left, right, upper, _ = page.evaluate(RANGES)
    assert right - left < 200
    x, y = round(left) + 2, round(upper) + 2
    page.wait_until("([x, y, v]) => Math.abs(jpkl.pixel(x, y)[0] - v) <= 2", [x, y, int(jp[y, x, 0])])
    sizes = page.evaluate("() => jpkl.view().provider.bytes")
    assert sizes < jp.compressed_nbytes


def test_a_real_stack_of_four_dims(open_viewer: Open) -> None:
    tifffile = pytest.importorskip("tifffile")
    images = tifffile.imread(shared_data("images/yeast_mito_tzyx.ome.tif"))[::6]
    jp = JPkl(images, axes="TZYX")
    page = open_viewer(jp)
    page.set("time", 3)
    page.set("z", 11)
    assert_painted(page, COLORMAPS["gray"][jp[..., 3, 11]])


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


def test_panel_serve_shows_a_stack_and_says_when_the_server_is_gone(browser: Browser, tmp_path: Path) -> None:
    jp, levels = numbered(4)
    jp.save(tmp_path / "x.jpkl")
    with panel_serve(tmp_path / "x.jpkl") as url:
        page = ViewerPage(browser.new_page(), url)
        page.set("time", 2)
        page.wait_for_pixel(32, 32, [levels[2]] * 3)
    page.page.get_by_text("The viewer has stopped").wait_for()
    page.page.close()


def panel_serve(path: Path) -> Any:
    command = [sys.executable, "-u", "-m", "panel", "serve", str(ROOT / "viewer" / "app.py"), "--port", "0"]
    return served(path, [*command, "--args", str(path)])


def test_ctrl_c_ends_the_server_quietly(tmp_path: Path) -> None:
    jp, _ = numbered(3)
    jp.save(tmp_path / "x.jpkl")
    with served(tmp_path / "x.jpkl") as url:
        assert url.startswith("http://localhost:")

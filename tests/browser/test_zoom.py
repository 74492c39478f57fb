"""Zooming and panning by hand: the picture is never lost, and its pixels keep their shape."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, FloatRect

from jpkl import JPkl
from tests.browser.driver import ViewerPage, served
from tests.browser.pages import Open, assert_painted, mitosis, numbered

_WIDTHS = "() => [jpkl.view().viewport.scale, jpkl.view().viewport.fitScale]"
_PICTURE = "() => jpkl.view().viewport.picture"
#: Column and row in the middle of what is seen of the picture.
_MIDDLE = """() => {
  const {left, right, top, bottom} = jpkl.view().viewport.picture;
  return jpkl.view().viewport.toFrame((left + right) / 2, (top + bottom) / 2).map(Math.round);
}"""
_ROOM = "() => jpkl.view().viewport.box"


def fling(page: ViewerPage, delta: int) -> None:
    """Turn the wheel far and fast, where the mouse is."""
    for _ in range(40):
        page.page.mouse.wheel(0, delta)
    page.settle()


def test_no_fling_and_no_link_loses_the_picture(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    page.point_at(20, 180)
    fling(page, 900)
    scale, fit = page.evaluate(_WIDTHS)
    assert scale == pytest.approx(fit / 2)
    page.press("z", "-")
    page.settle()
    assert page.evaluate(_WIDTHS)[0] == 1, "one to one, which a hand does not make smaller still"
    fling(page, -900)
    scale, _ = page.evaluate(_WIDTHS)
    room = page.evaluate(_ROOM)
    assert scale == pytest.approx(min(room["width"], room["height"]) / 4), "a pixel is a quarter of the view"
    for _ in range(12):
        page.pan(400, 250)
    picture = page.evaluate(_PICTURE)
    assert picture["right"] - picture["left"] >= room["width"] / 4 - 1
    assert picture["bottom"] - picture["top"] >= room["height"] / 4 - 1
    x, y = page.evaluate(_MIDDLE)
    page.wait_for_pixel(x, y, [int(jp[y, x, 0, 0])] * 3)
    address = page.page.url.partition("#")[0]
    for zoom in ("NaN,NaN,NaN", "1e308,0,1e308", "85,98,0"):
        page.page.goto("about:blank")
        page.page.goto(f"{address}#time=0&zoom={zoom}")
        page.page.wait_for_function("() => window.jpkl.view()?.shown")
        picture = page.evaluate(_PICTURE)
        assert picture["right"] > picture["left"], zoom
        assert picture["bottom"] > picture["top"], zoom


def test_a_double_click_fits_and_a_box_is_zoomed_into_without_distortion(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    (left, top), (right, bottom) = page.place(40, 60), page.place(100, 80)
    page.page.keyboard.down("Shift")
    page.page.mouse.move(left, top)
    page.page.mouse.down()
    page.page.mouse.move(right, bottom, steps=5)
    page.page.mouse.up()
    page.page.keyboard.up("Shift")
    page.settle()
    room = page.evaluate(_ROOM)
    scale, fit = page.evaluate(_WIDTHS)
    assert scale == pytest.approx(room["width"] / 60, rel=0.02)
    xs, ys = page.place(41, 61), page.place(51, 71)
    assert xs[0] - ys[0] == pytest.approx(xs[1] - ys[1]), "pixels are as wide as high"
    # What is seen, by a screenshot, is the pixel that the stack has.
    for x, y in ((50, 65), (90, 78)):
        page.wait_to_see(x, y, [int(jp[y, x, 0, 0])] * 3)
    page.page.mouse.dblclick(*page.place(70, 70))
    page.settle()
    assert page.evaluate(_WIDTHS)[0] == fit
    assert_painted(page, np.repeat(jp[..., 0, 0][..., None], 3, axis=-1))
    page.page.mouse.dblclick(*page.place(70, 70))
    page.settle()
    assert page.evaluate(_WIDTHS)[0] == 1, "one to one"
    assert page.messages == []


def test_pixels_that_are_not_square_are_drawn_as_they_are(open_viewer: Open) -> None:
    image = np.full((30, 100), 200, np.uint8)
    jp = JPkl(image, metadata={"pixel_size": (1.0, 0.25), "pixel_unit": "µm"})
    page = open_viewer(jp)
    picture = page.evaluate(_PICTURE)
    ratio = (picture["bottom"] - picture["top"]) / (picture["right"] - picture["left"])
    assert ratio == pytest.approx(1.2, rel=0.01)
    page.point_at(99, 29)
    page.page.get_by_text("24.75, 29.00 µm").wait_for()


def test_no_panel_moves_the_picture(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    places = "() => [jpkl.place(0, 0), jpkl.place(100, 120), jpkl.view().viewport.scale]"
    before = page.evaluate(places)
    x, y = map(int, page.place(0, 0))
    right, bottom = map(int, page.place(170, 90))
    above = 48  # where a view has its settings
    clip = FloatRect(x=x, y=y + above, width=right - x, height=bottom - y - above)
    page.page.mouse.move(5, 5)
    page.wait_for_quiet()
    for mark in ("stamp", "scale bar"):  # these are in what is free of the picture, and move
        page.click(mark)
    page.press("Escape")
    seen = page.page.screenshot(clip=clip)
    for key in ("r", "b", "m"):  # the first tool opens the plots, the sidebar closes, a view has settings
        page.press(key)
        page.settle()
        assert page.evaluate(places) == before, key
    assert page.page.locator(".plots").is_visible()
    page.press("Escape", "Escape")
    grip = page.page.get_by_label("height of the plots").bounding_box()
    assert grip is not None
    page.page.mouse.move(grip["x"] + 300, grip["y"] + 4)
    page.page.mouse.down()
    page.page.mouse.move(grip["x"] + 300, grip["y"] - 60, steps=3)
    page.page.mouse.up()
    page.page.mouse.move(5, 5)
    page.settle()
    assert page.evaluate(places) == before
    assert page.page.screenshot(clip=clip) == seen
    box, picture = page.evaluate(_ROOM), page.evaluate(_PICTURE)
    assert picture["bottom"] == box["height"], "what is written on the picture is in what is free of it"
    page.press("0")
    page.settle()
    scale, fit = page.evaluate(_WIDTHS)
    assert scale == fit < before[-1], "a fit is into what is free"
    page.press("d", "b", "0")
    page.settle()
    assert page.evaluate(places) == before
    assert page.messages == []


_LONG_PAGE = """
import sys
import panel as pn
from jpkl import JPkl
from jpkl_viewer import JPklViewer

text = pn.Column(*[pn.pane.Str(f"Line {i} of the report") for i in range(80)])
pn.Column(JPklViewer(JPkl.load(sys.argv[1])), text).servable()
"""


def test_in_a_longer_page_the_wheel_scrolls_until_the_viewer_is_clicked(
    browser: Browser, tmp_path: Path
) -> None:
    jp, _ = numbered(5)
    jp.save(tmp_path / "x.jpkl")
    script = tmp_path / "app.py"
    script.write_text(_LONG_PAGE)
    command = [sys.executable, "-u", "-m", "panel", "serve", str(script), "--port", "0", "--args"]
    with served(script, [*command, str(tmp_path / "x.jpkl")]) as url:
        page = ViewerPage(browser.new_page(viewport={"width": 1100, "height": 700}), url)
        zoom, top = "() => jpkl.view().viewport.zoom", "() => document.scrollingElement.scrollTop"
        page.point_at(30, 30)
        page.page.mouse.wheel(0, 200)
        page.page.get_by_text("+ wheel zooms").wait_for()
        page.wait_until(f"() => ({top})() > 0")
        assert page.evaluate(zoom) is None
        page.page.mouse.wheel(0, -400)
        page.wait_until(f"() => ({top})() === 0")
        page.page.keyboard.down("Control")
        page.page.mouse.wheel(0, -120)
        page.page.keyboard.up("Control")
        page.wait_until(f"() => ({zoom})() !== null")
        page.page.mouse.dblclick(*page.place(30, 30))
        page.wait_until(f"() => ({zoom})() === null")
        page.page.mouse.wheel(0, -240)
        page.wait_until(f"() => ({zoom})()?.[2] > 1.3")
        assert page.evaluate(top) == 0
        page.page.close()

"""Stacks beside and over each other, as they come to the screen."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from playwright.sync_api import Browser

from jpkl import JPkl
from tests.browser.driver import ViewerPage, served, view_command, wait_to_see
from tests.browser.pages import XS, YS, draw, mitosis, readout

Compare = Callable[[JPkl, JPkl], ViewerPage]

#: Reads RGB of the other picture's canvas at pixels of the frame.
READ = """([xs, ys]) => {
  const {painter} = jpkl.view().tools.find(({name}) => name === "compare").sides[0];
  return ys.map(y => xs.map(x => painter.colorAt(x, y) ?? [0, 0, 0]));
}"""


@pytest.fixture
def open_pair(browser: Browser, tmp_path: Path) -> Iterator[Compare]:
    """Opens two stacks with ``jpkl view``."""
    with ExitStack() as stack:

        def open_page(a: JPkl, b: JPkl) -> ViewerPage:
            paths = [tmp_path / "a.jpkl", tmp_path / "b.jpkl"]
            for jp, path in zip((a, b), paths, strict=True):
                jp.save(path)
            url = stack.enter_context(served(tmp_path, view_command(*paths)))
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            stack.callback(page.close)
            return ViewerPage(page, url)

        yield open_page


#: Counts how often the canvas of the other picture is drawn on, in `window.drawn`.
COUNT = """() => {
  const {painter} = jpkl.view().tools.find(({name}) => name === "compare").sides[0], draw = painter.draw;
  window.drawn = 0;
  painter.draw = (...of) => { window.drawn++; draw.apply(painter, of); };
}"""


def other() -> JPkl:
    """The shipped stack upside down and darker, with its dims the other way round."""
    pixels = np.asarray(mitosis())[::-1] // 2
    return JPkl(np.ascontiguousarray(np.swapaxes(pixels, 2, 3)), dim_names=["channel", "time"])


def wait_for_other(page: ViewerPage, expected: NDArray[Any]) -> None:
    page.page.wait_for_function(
        f"([xs, ys, e]) => JSON.stringify(({READ})([xs, ys])) === JSON.stringify(e)",
        arg=[XS, YS, expected[np.ix_(YS, XS)].tolist()],
    )


def gray(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.repeat(frame[..., None], 3, axis=-1)


def test_dims_of_the_same_name_move_together(open_pair: Compare) -> None:
    a, b = mitosis(), other()
    page = open_pair(a, b)
    page.set("compare", "side by side")
    for time, channel in ((12, 0), (40, 1)):
        page.set("time", time)
        page.set("channel", channel)
        wait_for_other(page, gray(b[..., channel, time]))
        page.wait_for_position(time, channel)
        assert page.pixel(100, 90) == [int(a[90, 100, time, channel])] * 3
    assert page.messages == []


def test_both_show_the_same_part(open_pair: Compare) -> None:
    a, b = mitosis(), other()
    page = open_pair(a, b)
    page.set("compare", "side by side")
    wait_for_other(page, gray(b[..., 0, 0]))
    box = page.page.locator(".pane").bounding_box()
    assert box is not None
    page.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for _ in range(6):
        page.page.mouse.wheel(0, -120)
    page.wait_until("() => jpkl.view().viewport.zoom?.[2] > 2.5")
    x, y = 85, 98
    page.wait_until(
        f"([x, y, v]) => ({READ})([[x], [y]])[0][0].every(w => w === v)", [x, y, int(b[y, x, 0, 0])]
    )
    page.wait_for_pixel(x, y, [int(a[y, x, 0, 0])] * 3)


def test_the_curtain_shows_one_on_each_side(open_pair: Compare) -> None:
    page = open_pair(mitosis(), other())
    page.set("compare", "curtain")
    handle = page.page.get_by_role("slider", name="curtain")
    assert handle.get_attribute("aria-valuenow") == "50"
    box = handle.bounding_box()
    assert box is not None
    page.wait_for_quiet()
    page.evaluate(COUNT)
    page.page.mouse.move(box["x"] + 5, box["y"] + 100)
    page.page.mouse.down()
    page.page.mouse.move(box["x"] + 105, box["y"] + 100, steps=4)
    page.page.mouse.up()
    page.settle()
    assert page.evaluate("() => drawn") == 0, "the pictures are the same"
    left, at, clip = page.evaluate(
        "() => { const {picture, box} = jpkl.view().viewport, {at} = jpkl.view().state.tools.compare;"
        " return [picture.left + at * (picture.right - picture.left) - box.left, at,"
        " jpkl.all('.pane')[0].style.clipPath] }"
    )
    assert at > 0.55
    assert clip == f"inset(0px 0px 0px {left:g}px)" or abs(float(clip.split()[-1][:-3]) - left) < 0.01


def test_blink_shows_them_in_turn_as_fast_as_is_chosen(open_pair: Compare) -> None:
    page = open_pair(mitosis(), other())
    page.set("compare", "blink")
    page.set("blink interval", 20)
    assert page.control("blink interval").input_value() == "100", "no faster than that"
    page.set("blink interval", 250)
    page.wait_until("""() => /"every":250/.test(decodeURIComponent(location.hash))""")
    page.press("Space")  # the stack plays meanwhile
    times = page.evaluate(
        """() => new Promise(done => {
          const times = [], pane = jpkl.all(".pane")[0], start = performance.now();
          let last = getComputedStyle(pane).visibility;
          const look = now => {
            const {visibility} = getComputedStyle(pane);
            if (visibility !== last) times.push(now - start);
            last = visibility;
            if (times.length < 5) requestAnimationFrame(look); else done(times);
          };
          requestAnimationFrame(look);
        })"""
    )
    assert 800 < times[4] - times[0] < 1600, times


def diverging(value: NDArray[np.float64]) -> NDArray[np.int64]:
    """Colors of differences from -1 to 1: straight lines in OKLab from blue over white to red."""
    steps = np.sign(value) * np.minimum(127, np.ceil(127 * np.abs(value) - 1e-9)) / 127
    size, hue = np.abs(steps), np.where(steps < 0, 4.61, 0.47)
    lightness, a, b = 1 - 0.52 * size, 0.19 * size * np.cos(hue), 0.19 * size * np.sin(hue)
    to_lms = np.array(
        [[1, 0.3963377774, 0.2158037573], [1, -0.1055613458, -0.0638541728], [1, -0.0894841775, -1.291485548]]
    )
    to_rgb = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.707614701],
        ]
    )
    light = np.clip((np.stack([lightness, a, b], -1) @ to_lms.T) ** 3 @ to_rgb.T, 0, 1)
    return np.floor(
        255 * np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055) + 0.5
    ).astype(int)


def test_the_difference_is_that_of_numpy_in_units_of_the_file(open_pair: Compare) -> None:
    a, b = mitosis(), other()
    a = JPkl(np.asarray(a), dim_names=a.dim_names)
    page = open_pair(a, b)
    page.set("time", 20)
    page.set("compare", "difference")
    x, y = a[..., 20, 0].astype(int), b[..., 0, 20].astype(int)
    for gain, limit in ((1, "255"), (4, "63.75")):
        page.set("gain of the difference", gain)
        wait_for_other(page, diverging((x - y) * gain / 255))
        assert page.evaluate("() => jpkl.all('.color-key span').map(e => e.textContent)") == [
            f"+{limit}",
            "0",
            f"−{limit}",
        ]
    page.set("time", 19)
    page.wait_for_quiet()
    page.evaluate(COUNT)
    page.press("ArrowRight")
    wait_for_other(page, diverging((x - y) * 4 / 255))
    page.settle()
    assert page.evaluate("() => drawn") == 2, "its own picture, and the difference once both are there"
    page.point_at(100, 90)
    page.wait_until("text => jpkl.all('.readout')[0].innerText.includes(text)", f"≈ {y[90, 100]}")
    by = x[90, 100] - y[90, 100]
    assert f"Δ ≈ {'+' if by > 0 else '−'}{abs(by)}" in readout(page)


@pytest.mark.parametrize("is_swapped", [False, True])
def test_what_lies_over_the_picture_lies_over_the_others_by_the_same_pixels(
    open_pair: Compare, is_swapped: bool
) -> None:
    a = mitosis()
    page = open_pair(a, a)
    page.set("compare", "side by side")
    wait_for_other(page, gray(a[..., 0, 0]))
    if is_swapped:
        page.click("Swap")
    draw(page, "polygon", (30, 40), (90, 60), (60, 120))
    page.zoom_at(70, 70, 2)
    page.page.mouse.move(5, 5)
    page.settle()
    box = page.page.locator(".pane").bounding_box()
    assert box is not None
    left, top = page.evaluate(
        "() => { const {stage, viewport} = jpkl.view(), {left, top} = stage.getBoundingClientRect();"
        " return [left + viewport.box.left, top + viewport.box.top] }"
    )
    # Above captions and scale bar, below the stamp.
    part = {"y": top + 0.15 * box["height"], "width": box["width"] - 1, "height": 0.6 * box["height"]}
    taken = [page.page.screenshot(clip={"x": at, **part}) for at in (left, box["x"])]
    first, second = (np.asarray(Image.open(io.BytesIO(each)).convert("RGB")) for each in taken)
    assert len(np.unique(first.reshape(-1, 3), axis=0)) > 256, "there is more than gray"
    # Half a pixel beside, smooth edges of the region would differ by a half of their color.
    differences = np.abs(first.astype(int) - second)
    assert differences.max() < 50
    assert (differences > 0).mean() < 0.01
    # The pointer over one is seen in the other, and read.
    page.point_at(60.2, 70.3)
    mark = page.page.locator(".pane .pointed").bounding_box()
    assert mark is not None
    expected = np.array(page.place(60, 70)) - [left, top] + [box["x"], box["y"]]
    middle = [mark["x"] + mark["width"] / 2, mark["y"] + mark["height"] / 2]
    np.testing.assert_allclose(middle, expected, atol=1)
    page.page.mouse.move(*middle)
    assert readout(page).startswith("x 60 y 70 ")
    page.wait_until("() => jpkl.all('.compare > .pointed')[0].checkVisibility()")
    assert page.messages == []


def test_frames_of_different_sizes_have_no_difference(open_pair: Compare) -> None:
    a = mitosis()
    page = open_pair(a, JPkl(np.asarray(a)[:100, :90], dim_names=a.dim_names))
    page.set("compare", "difference")
    said = "Frames of different sizes cannot be subtracted: compare them side by side"
    page.page.get_by_title(said).wait_for()
    caption = page.page.locator(".compare .caption:not(.own)").filter(has_text=said)
    caption.wait_for()
    assert caption.evaluate("e => e.scrollWidth - e.clientWidth") <= 0, "it is there to be read"


def test_a_link_opens_the_comparison(open_pair: Compare, browser: Browser) -> None:
    b = other()
    page = open_pair(mitosis(), b)
    page.set("time", 5)
    page.set("compare", "side by side")
    page.page.wait_for_function("() => location.hash.includes('side')")
    copy = ViewerPage(browser.new_page(), page.page.url)
    wait_for_other(copy, gray(b[..., 0, 5]))
    copy.page.close()


def test_two_files_open_side_by_side_under_names_that_tell_them_apart(
    browser: Browser, tmp_path: Path
) -> None:
    small = JPkl(np.full((40, 300, 4), 7, np.uint8), dim_names=["z"])
    paths = [tmp_path / "raw" / "x.jpkl", tmp_path / "denoised" / "x.jpkl", tmp_path / "small.jpkl"]
    for jp, path in zip((mitosis(), other(), small), paths, strict=True):
        path.parent.mkdir(exist_ok=True)
        jp.save(path)
    with served(tmp_path, view_command(*paths)) as url:
        tab = browser.new_page(viewport={"width": 1280, "height": 720})
        page = ViewerPage(tab, url, is_first_view=True)
        page.wait_until(
            "() => jpkl.view().tools.find(({name}) => name === 'compare').sides.every(s => s.painter.painted)"
        )
        captions = page.evaluate("() => jpkl.all('.caption').filter(c => !c.hidden).map(c => c.textContent)")
        assert sorted(filter(None, captions)) == ["denoised/x.jpkl", "raw/x.jpkl", "small.jpkl"]
        assert page.evaluate("() => jpkl.all('.compare .pane').filter(c => !c.hidden).length") == 2
        widths = """() => jpkl.view().tools.find(({name}) => name === "compare").sides
          .map(({painter}) => painter.painted.target.crop.width)"""
        assert page.evaluate(widths) == [mitosis().shape[1], 300], "a fit shows all of the widest, too"
        page.set("compare", "curtain")
        page.set("compare with", "1")
        page.wait_until(f"() => ({widths})()[1] === 300 && jpkl.all('.curtain')[0].offsetHeight > 0")
        # It lies over the first: marks are in the corners of both, and where it ends, there is nothing.
        edge = "(x) => jpkl.place(x - 0.5, 0)[0] - jpkl.all('.scalebar')[0].getBoundingClientRect().right"
        assert page.evaluate(edge, 300) == pytest.approx(10, abs=1)
        wait_to_see(tab, 160, 100, [23, 23, 23])
        page.open_view("Frame")
        page.wait_until("() => location.hash.includes('time=') && !location.hash.includes('compare')")
        page.page.reload()
        page.wait_until("() => jpkl.view()?.shown")
        assert page.evaluate("() => jpkl.all('.compare .pane').every(c => !c.offsetWidth)")
        assert page.messages == []
        page.page.close()

"""The rows of channels in the sidebar: what is shown, its limits, colormaps and histograms."""

from __future__ import annotations

import numpy as np
from jpkl_viewer.model.colormaps import COLORMAPS, color_ramp, lookup_table
from jpkl_viewer.model.contrast import auto_limits
from numpy.typing import NDArray
from playwright.sync_api import Browser, expect

from jpkl import JPkl
from tests.browser.driver import ViewerPage
from tests.browser.pages import Open, assert_painted, mitosis, place_in_histogram, press_full

LIMITS = "() => jpkl.view().state.channels[0].limits"


def wait_for_limits(page: ViewerPage, low: float, high: float) -> None:
    page.wait_until("e => jpkl.view().state.channels[0].limits.join() === e.join()", [low, high])


def drag_handle(page: ViewerPage, start: float, end: float) -> None:
    """Drag what is in the histogram of the first channel at a pixel value to another one."""
    (x, y), (to, _) = (place_in_histogram(page, value) for value in (start, end))
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.mouse.move((x + to) / 2, y, steps=2)
    page.page.mouse.move(to, y, steps=2)
    page.page.mouse.up()


def automatic(pixels: NDArray[np.uint8]) -> tuple[float, float]:
    return auto_limits(np.bincount(pixels.ravel(), minlength=256))


def test_a_name_shows_a_channel_alone_and_an_eye_shows_or_hides_it(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    page.click("Composite")
    ramps = [color_ramp(color) for color in jp.metadata["channel_colors"]]
    layers = [ramp[jp[..., 0, c]].astype(int) for c, ramp in enumerate(ramps)]
    both = np.minimum(sum(layers), 255).astype(np.uint8)
    page.click("C2")
    assert_painted(page, layers[1].astype(np.uint8))
    page.click("C2")
    assert_painted(page, both)
    page.click("show C1")
    assert_painted(page, layers[1].astype(np.uint8))
    page.press("1")
    assert_painted(page, both)
    page.press("Alt+1")
    assert_painted(page, layers[0].astype(np.uint8))
    page.press("Alt+1")
    assert_painted(page, both)
    page.click("Composite")  # one channel, in gray
    assert_painted(page, COLORMAPS["gray"][jp[..., 0, 0]])
    assert page.page.get_by_label("show C1").get_attribute("aria-disabled") == "true"
    page.click("show C2")
    assert_painted(page, COLORMAPS["gray"][jp[..., 0, 1]])
    page.click("C1")
    assert_painted(page, COLORMAPS["gray"][jp[..., 0, 0]])
    page.click("C1")
    assert_painted(page, both)


def test_a_channel_of_a_composite_has_its_own_colormap(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    page.click("Composite")
    page.set("colormap", "viridis")
    assert not page.page.get_by_label("color of C1").is_visible(), "it would do nothing"
    layers = [
        COLORMAPS["viridis"][jp[..., 0, 0]].astype(int),
        color_ramp(jp.metadata["channel_colors"][1])[jp[..., 0, 1]].astype(int),
    ]
    assert_painted(page, np.minimum(sum(layers), 255).astype(np.uint8))
    assert page.control("invert").is_disabled()
    page.click("Composite")
    assert_painted(page, COLORMAPS["viridis"][jp[..., 0, 0]])


def test_handles_at_the_same_place_come_apart_both_ways(open_viewer: Open) -> None:
    page = open_viewer(mitosis())
    drag_handle(page, 0, 100)
    low, high = page.evaluate(LIMITS)
    assert (abs(low - 100) <= 1, high) == (True, 255)
    drag_handle(page, 255, 20)
    assert page.evaluate(LIMITS) == [low, low + 1], "it stops at the other"
    drag_handle(page, low + 0.5, 150)
    limits = page.evaluate(LIMITS)
    assert (limits[0], abs(limits[1] - 150) <= 2) == (low, True), "the upper one, as it was moved upwards"
    drag_handle(page, limits[1], 20)
    drag_handle(page, low + 0.5, 40)
    limits = page.evaluate(LIMITS)
    assert (abs(limits[0] - 40) <= 2, limits[1]) == (True, low + 1), (
        "the lower one, as it was moved downwards"
    )
    page.press("ArrowRight", "Shift+ArrowRight", "ArrowDown")  # the handle that was dragged has the focus
    assert page.evaluate(LIMITS) == [limits[0] + 10, low + 1]
    page.press("End")
    assert page.evaluate(LIMITS) == [low, low + 1]
    page.press("Home")
    assert page.evaluate(LIMITS) == [0, low + 1]
    press_full(page)
    wait_for_limits(page, 0, 255)


def test_limits_are_typed_in_units_of_the_file(open_viewer: Open) -> None:
    images = np.linspace(100, 3160, 64 * 64).reshape(64, 64).astype(np.uint16)[..., None]
    page = open_viewer(JPkl(np.repeat(images, 2, axis=2), dim_names=["time"]))  # a pixel value is 12
    low, high = page.control("lower limit"), page.control("upper limit")
    expect(low).to_have_value("100")
    expect(high).to_have_value("3160")
    page.set("lower limit", "112.5")
    page.wait_until("() => Math.abs(jpkl.view().state.channels[0].limits[0] - 12.5 / 12) < 1e-5")
    page.set("upper limit", "1300")
    page.wait_until("() => jpkl.view().state.channels[0].limits[1] === 100")
    expect(high).to_have_value("1300")
    high.click()
    page.press("ArrowUp")
    page.wait_until("() => jpkl.view().state.channels[0].limits[1] === 101")
    expect(high).to_have_value("1312")
    page.set("upper limit", "12x")
    page.page.get_by_text("“12x” is no number").wait_for()
    expect(high).to_have_value("1312")
    page.set("upper limit", "50")
    page.page.get_by_text("It must be above").wait_for()
    page.set("upper limit", "9999")
    page.page.get_by_text("This file has 100 to 3160").wait_for()
    page.wait_until("() => jpkl.view().state.channels[0].limits[1] === 255")
    expect(page.page.get_by_label("upper contrast limit")).to_have_attribute("aria-valuetext", "3160")


def test_what_is_typed_stays_while_the_stack_plays(open_viewer: Open) -> None:
    page = open_viewer(mitosis())
    page.click("play along time (space)")
    high = page.control("upper limit")
    high.click(click_count=3)
    page.page.keyboard.type("20000", delay=150)
    page.page.wait_for_timeout(300)  # some frames
    expect(high).to_have_value("20000")
    page.press("Enter")
    page.wait_until("() => jpkl.view().state.channels[0].limits[1] < 255")
    index = page.control("index of time")
    index.click(click_count=3)
    page.page.keyboard.type("17", delay=300)
    expect(index).to_have_value("17")


def test_auto_follows_projections_until_a_hand_is_on_a_limit(open_viewer: Open, browser: Browser) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    page.click("Auto")
    wait_for_limits(page, *automatic(jp[..., 0, 0]))
    page.set("time", 30)
    page.wait_for_position(30, 0)
    assert page.evaluate(LIMITS) == list(automatic(jp[..., 0, 0])), "not for each frame"
    page.set("projection", "max")
    highest = jp[..., 0].max(axis=2)
    page.wait_until(
        "e => jpkl.view().state.channels[0].limits.every((v, i) => Math.abs(v - e[i]) < 3)",
        automatic(highest),  # it travels as a JPEG
    )
    limits = page.evaluate(LIMITS)
    assert limits != list(automatic(jp[..., 0, 0]))
    page.wait_until("e => location.hash.includes(`display=${e.join('-')}%3A`)", limits)
    link = page.page.url
    page.set("upper contrast limit", 200)
    page.wait_until("() => !jpkl.view().state.channels[0].auto")
    assert page.page.get_by_text("Auto", exact=True).first.get_attribute("aria-pressed") == "false"
    copy = ViewerPage(browser.new_page(), link)
    assert copy.evaluate(LIMITS) == limits
    assert copy.page.get_by_text("Auto", exact=True).first.get_attribute("aria-pressed") == "true"
    copy.page.close()


def test_histograms_say_what_is_cut_off_and_are_linear_or_not(open_viewer: Open) -> None:
    images = np.zeros((100, 100, 2), np.uint8)
    images[:50] = 200
    page = open_viewer(JPkl(images, dim_names=["time"], jpeg_quality=100))
    page.set("lower contrast limit", 20)
    page.page.get_by_title("50\u202f% of the pixels are below the lower limit").wait_for()
    bars = "() => jpkl.all('.histogram')[0].toDataURL()"
    before = page.evaluate(bars)
    page.set("histogram", "linear")
    page.wait_until("() => location.hash.includes('histogram_scale=linear')")
    assert page.evaluate(bars) == before, "two bars are equally high in both"
    page.page.reload()
    page.wait_until("() => jpkl.view()?.shown")
    linear = page.control("histogram").get_by_text("lin", exact=True)
    assert linear.get_attribute("aria-pressed") == "true"


def test_of_many_channels_only_the_one_touched_last_has_a_histogram(open_viewer: Open) -> None:
    images = np.zeros((32, 32, 6), np.uint8) + np.arange(10, 250, 40, dtype=np.uint8)
    page = open_viewer(JPkl(images, dim_names=["channel"], metadata={"channel_names": list("abcdef")}))
    page.click("Composite")
    count = "() => jpkl.all('.histogram').filter(e => e.getClientRects().length).length"
    assert page.evaluate(count) == 1
    page.click("show e")
    page.page.get_by_role("group", name="channel e", exact=True).get_by_label(
        "lower contrast limit"
    ).wait_for()
    assert page.evaluate(count) == 1
    page.click("Auto all")
    page.wait_until("() => jpkl.view().state.channels.every(c => c.auto)")
    page.wait_until("() => jpkl.view().state.channels.filter(c => c.visible).every(c => c.limits[1] < 255)")
    assert page.evaluate("() => jpkl.view().state.channels[4].limits") == [0, 255], "it is hidden"
    page.click("show e")
    low, high = (int(limit) for limit in automatic(np.full((32, 32), 170, np.uint8)))
    page.wait_until("e => jpkl.view().state.channels[4].limits.join() === e.join()", [low, high])
    page.click("Reset")
    page.wait_until("() => jpkl.view().state.channels.every(c => !c.auto)")


def test_the_color_bar_is_that_of_the_picture_with_each_frame(open_viewer: Open) -> None:
    images = np.arange(64, dtype=np.uint16).reshape(8, 8, 1) * np.arange(1, 11, dtype=np.uint16)
    ranges = [[0, 63 * (time + 1)] for time in range(10)]
    page = open_viewer(JPkl(images, dim_names=["time"], display_range=np.array(ranges)))
    page.click("color bar")
    said = page.evaluate(
        """async () => {
          const [view, root, seen] = [jpkl.view(), jpkl.view().root, []];
          for (let at = 1; at < 10; at++) {
            view.move(0, at); // a scrub, in which histograms are not counted
            while (root.dataset.shown !== String(at)) await new Promise(requestAnimationFrame);
            seen.push(jpkl.all('.colorbar span').map(e => e.textContent));
          }
          return seen;
        }"""
    )
    assert said == [[str(63 * (time + 1)), "0"] for time in range(1, 10)]


def test_a_color_stack_has_one_row_without_colors(open_viewer: Open) -> None:
    random = np.random.default_rng(5)
    jp = JPkl(random.integers(0, 256, (32, 32, 3, 2), dtype=np.uint8), color=True)
    page = open_viewer(jp)
    page.set("upper contrast limit", 120)
    assert_painted(page, lookup_table(COLORMAPS["gray"], (0, 120))[:, 0][jp[..., 0]])
    group = page.page.get_by_role("group", name="channel Color", exact=True)
    group.get_by_label("gamma").wait_for(state="attached")
    for label in ("colormap", "color of Color", "show Color"):
        assert group.get_by_label(label).locator("visible=true").count() == 0, label

"""Where there is little room: a drawer, a sheet at the bottom, fingers, and the whole screen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page, expect

from jpkl import JPkl
from tests.browser.driver import ViewerPage, served, view_command


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    path = tmp_path_factory.mktemp("small") / "stack.jpkl"
    gray = np.arange(12, dtype=np.uint8).reshape(6, 2) * 20 + 10
    JPkl(np.zeros((60, 90, 6, 2), np.uint8) + gray, dim_names=["time", "channel"]).save(path)
    with served(path) as url:
        yield url


def open_page(browser: Browser, url: str, width: int, height: int, **options: bool) -> ViewerPage:
    page = browser.new_page(viewport={"width": width, "height": height}, **options)
    return ViewerPage(page, url, is_first_view=True)


def box(locator: Locator) -> FloatRect:
    found = locator.bounding_box()
    assert found is not None
    return found


def picture(page: Page) -> FloatRect:
    """Where on the page the picture is."""
    edges = "() => [jpkl.place(-0.5, -0.5), jpkl.place(89.5, 59.5)]"
    (x0, y0), (x1, y1) = page.evaluate(edges)
    return FloatRect(x=x0, y=y0, width=x1 - x0, height=y1 - y0)


def wait_for_picture(page: Page, condition: str) -> None:
    """Wait until the edges of the picture meet a condition in JavaScript."""
    page.wait_for_function(
        "() => { const [[left, top], [right, bottom]] = [jpkl.place(-0.5, -0.5), jpkl.place(89.5, 59.5)];"
        f" return {condition}; }}"
    )


def test_a_drawer_opens_beside_the_picture_and_not_over_the_dims(browser: Browser, url: str) -> None:
    viewer = open_page(browser, url, 900, 700)
    page = viewer.page
    side, button = page.locator(".side"), page.get_by_role("button", name="sidebar")
    expect(side).to_be_hidden()
    before = picture(page)
    assert before["x"] + before["width"] > 612, "it would be covered"
    button.click()
    expect(side).to_be_visible()
    assert picture(page) == before, "it is covered in part, and has not moved"
    page.keyboard.press("0")
    wait_for_picture(page, "right <= 612 && left >= 44")
    drawer, dims = box(side), box(page.locator(".dims"))
    assert (drawer["x"], drawer["width"]) == (612, 288)
    expect(page.locator(".side-grip")).to_have_attribute("aria-valuenow", "288")
    # Landmarks are of the page that a viewer may be in.
    for landmark, n in (("banner", 0), ("main", 1), ("contentinfo", 0)):
        expect(page.get_by_role(landmark)).to_have_count(n)
    assert page.evaluate("() => document.querySelector('main').shadowRoot.querySelector('.viewer') !== null")
    assert drawer["y"] + drawer["height"] <= dims["y"] + 1
    assert dims["x"] + dims["width"] == 900
    page.keyboard.press("b")
    expect(side).to_be_hidden()
    page.keyboard.press("0")
    wait_for_picture(page, f"Math.abs(right - {before['x'] + before['width']}) < 1")
    page.set_viewport_size({"width": 640, "height": 700})
    views, zoom = box(page.locator(".views")), box(page.locator(".zoom"))
    assert views["x"] + views["width"] <= zoom["x"], "the name gives way"
    page.close()


def test_a_phone_has_a_sheet_that_is_dragged_and_controls_for_fingers(browser: Browser, url: str) -> None:
    viewer = open_page(browser, url, 390, 844, has_touch=True)
    page = viewer.page
    assert page.evaluate("() => document.documentElement.scrollWidth") == 390
    grip, side = page.get_by_role("button", name="height of the panel"), page.locator(".side")
    half = box(side)["height"]

    def drag(dy: int) -> None:
        at = box(grip)
        x, y = at["x"] + at["width"] / 2, at["y"] + at["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x, y + dy, steps=4)
        page.mouse.up()

    before = picture(page)
    drag(60)
    expect(side).to_have_attribute("data-stop", "low")
    assert box(side)["height"] < half / 2
    viewer.settle()
    assert picture(page) == before
    page.get_by_role("tab", name="Info").tap()
    expect(page.get_by_text("90 × 60 px")).to_be_visible()
    assert box(side)["height"] == pytest.approx(half, abs=1)
    drag(-60)
    page.wait_for_function("half => jpkl.all('.side')[0].offsetHeight > 1.5 * half", arg=half)
    drag(60)

    slider = viewer.slider("time")
    at = box(slider)
    assert at["height"] >= 24, "a finger gets hold of it"
    page.touchscreen.tap(at["x"] + at["width"] - 12, at["y"] + at["height"] / 2)
    page.wait_for_function("() => jpkl.shown().position[0] === 5")
    page.get_by_role("button", name="tools").tap()
    rectangle = page.get_by_role("button", name="rectangle").first
    expect(rectangle).to_be_visible()
    name = page.locator(".dim:visible .name").first
    expect(name).to_be_visible()
    assert box(name)["y"] + box(name)["height"] <= at["y"] + at["height"] / 2 - 12, "it is above the thumb"
    page.get_by_role("button", name="Projection").first.tap()
    settings, views = box(page.locator(".settings:visible")), box(page.locator(".views"))
    assert settings["y"] >= views["y"] + views["height"], "they do not lie over the views"
    assert picture(page)["height"] > 150, "nor take the room of the picture"
    page.close()


@pytest.mark.parametrize(("width", "height"), [(1024, 768), (844, 390)])
def test_a_tablet_and_a_phone_on_its_side_have_controls_for_fingers(
    browser: Browser, url: str, width: int, height: int
) -> None:
    page = open_page(browser, url, width, height, has_touch=True).page
    assert page.evaluate("() => [document.documentElement.scrollHeight, innerHeight]") == [height, height]
    buttons = page.locator(".top button:visible, .dims button:visible, .side button:visible")
    assert buttons.count() > 10
    assert min(box(button)["height"] for button in buttons.all()) >= 44
    assert box(page.get_by_label("time", exact=True).first)["height"] == 44
    channel = page.locator(".channel").first
    for control in channel.locator("button:visible, input[type=color]:visible").all():
        found = box(control)
        assert found["width"] >= 44, control.evaluate("e => e.outerHTML")
        assert found["height"] >= 44, control.evaluate("e => e.outerHTML")
    page.close()


def test_colors_that_the_browser_forces_leave_pictures_and_what_is_pressed_to_be_seen(
    browser: Browser, url: str
) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 720}, forced_colors="active")
    viewer = ViewerPage(page, url)
    background = "e => getComputedStyle(e).backgroundColor"
    frame, montage = (page.locator(".views button").filter(has_text=view) for view in ("Frame", "Montage"))
    expect(frame).to_have_attribute("aria-pressed", "true")
    assert frame.evaluate(background) != montage.evaluate(background)
    assert page.locator(".stage").evaluate(background) == "rgb(23, 23, 23)"
    # Nor does the direction of the page around turn the histogram's limits round.
    viewer.evaluate("() => document.documentElement.dir = 'rtl'")
    assert box(viewer.control("lower limit"))["x"] < box(viewer.control("upper limit"))["x"]
    page.close()


def test_the_viewer_takes_the_whole_screen(browser: Browser, url: str) -> None:
    viewer = open_page(browser, url, 1000, 700)
    page = viewer.page
    is_full = "() => document.fullscreenElement !== null"
    button = page.get_by_role("button", name="full screen")
    button.click()
    page.wait_for_function(is_full)
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => jpkl.shown().position[0] === 1")
    button.click()
    page.wait_for_function("() => document.fullscreenElement === null")
    page.close()


def test_a_sheet_of_paper_has_the_name_and_the_picture_with_its_scale_bar(browser: Browser, url: str) -> None:
    viewer = open_page(browser, url, 1280, 720)
    page = viewer.page
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")  # as a browser that prints does
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 700, "height": 1000})
    viewer.settle()
    stage, bar = box(page.locator(".stage")), box(page.locator(".scalebar"))
    assert stage["width"] == pytest.approx(680, abs=1)
    edges = "() => jpkl.all('.frame canvas')[0].getBoundingClientRect().toJSON()"
    canvas = page.evaluate(edges)
    assert canvas["x"] >= stage["x"] - 1
    assert canvas["right"] <= stage["x"] + stage["width"] + 1, "it is not cut off"
    assert 0 < canvas["right"] - (bar["x"] + bar["width"]) < 12
    assert 0 < canvas["bottom"] - (bar["y"] + bar["height"]) < 12
    expect(page.get_by_text("stack.jpkl", exact=True)).to_be_visible()
    for control in (".dims", ".toolstrip", ".side", ".views", ".actions", ".foot"):
        expect(page.locator(control)).to_be_hidden()
    page.close()


def test_nothing_is_cut_off_on_a_phone(browser: Browser, url: str) -> None:
    viewer = open_page(browser, url, 390, 844)
    page = viewer.page
    viewer.press("?")
    within(page, page.get_by_role("dialog", name="Keyboard"))
    viewer.press("Escape", "m")
    within(page, page.get_by_label("last projected index"))
    viewer.press("e")
    within(page, page.get_by_role("button", name="Copy Python"))
    page.close()


def test_numbers_of_unusual_stacks_have_room_in_their_fields(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "dots.jpkl"
    JPkl(np.linspace(1, 2, 12_000).reshape(1, 1, -1) * 1.2345678e-12, dim_names=["time"]).save(path)
    with served(path) as url:
        page = open_page(browser, url, 1280, 720).page
        page.keyboard.press("End")
        page.wait_for_function("() => jpkl.shown().position[0] === 11999")
        cut = "e => [e.value, e.scrollWidth - e.clientWidth]"
        for label in ("index of time", "zoom", "lower limit", "upper limit"):
            text, over = page.get_by_label(label, exact=True).first.evaluate(cut)
            assert over <= 0, f"{label} {text} is cut off"
        page.close()


@pytest.mark.parametrize("font", ["Arial", "DejaVu Sans"])
def test_limits_of_a_tomogram_have_room_in_their_fields(browser: Browser, tmp_path: Path, font: str) -> None:
    path = tmp_path / "tomogram.jpkl"
    values = np.linspace(-0.368143, 0.72161, 9000, dtype=np.float32)
    JPkl(values.reshape(90, 100, 1), dim_names=["z"]).save(path)
    with served(path) as url:
        viewer = open_page(browser, url, 1280, 720)
        viewer.evaluate("f => jpkl.all('.viewer')[0].style.setProperty('--font', f)", font)
        for label, typed in (("upper limit", "0.58486"), ("lower limit", "-0.18865")):
            viewer.set(label, typed)
            field = viewer.page.get_by_label(label, exact=True)
            field.evaluate("e => e.blur()")
            text, over = field.evaluate("e => [e.value, e.scrollWidth - e.clientWidth]")
            assert len(text) == len(typed)
            assert over <= 0, f"{text} is cut off"
        viewer.page.close()


def test_beside_letters_that_are_wide_nothing_is_covered(browser: Browser, url: str) -> None:
    viewer = open_page(browser, url, 1280, 720)
    gaps = viewer.evaluate(
        """() => {
          jpkl.all(".viewer")[0].style.setProperty("--font", "DejaVu Sans, Verdana");
          const [achieved] = jpkl.all(".achieved"), cut = jpkl.all(".cut").at(-1);
          achieved.textContent = "10 shown";
          cut.textContent = "<0.1\u202f%";
          const right = (node) => {
            const range = document.createRange();
            range.selectNodeContents(node);
            return range.getBoundingClientRect().right;
          };
          return [
            [jpkl.all(".section > summary").find(e => e.textContent === "Channels"), ".channel-actions"],
            [achieved, ".playback .rate"],
            [cut, ".limit.high"],
          ].map(([before, next]) => jpkl.all(next).at(-1).getBoundingClientRect().left - right(before));
        }"""
    )
    assert min(gaps) >= 0, gaps
    viewer.page.close()


def test_where_there_is_little_room_names_and_values_come_before_what_is_always_the_same(
    browser: Browser, tmp_path: Path
) -> None:
    stacks = [tmp_path / "first_of_two_stacks.jpkl", tmp_path / "second_of_two_stacks.jpkl"]
    for path in stacks:
        images = np.zeros((60, 90, 6, 2), np.uint16) + np.array([1000, 2000], np.uint16)
        JPkl(images, display_range=(0, 4080), dim_names=["time", "channel"]).save(path)
    with served(stacks[0], view_command(*stacks)) as url:
        viewer = open_page(browser, url, 700, 720)
        page = viewer.page
        viewer.press("0")
        viewer.point_at(40, 30)
        page.locator(".readout .value").last.filter(has_text="2000").wait_for()
        ends = "e => e.getBoundingClientRect().right"
        room = page.locator(".readout .values").evaluate(ends)
        assert page.locator(".readout .value").last.evaluate(ends) <= room
        viewer.set("compare", "difference")
        room = page.locator(".settings:visible").evaluate(ends)
        for control in ("gain of the difference", "contrast"):
            assert page.get_by_label(control, exact=True).evaluate(ends) <= room, control
        viewer.press("Escape")
        for key in "rlo":
            viewer.press(key, "Enter")
        legend = page.locator(".dock .legend")
        legend.get_by_text("r3").wait_for()
        assert legend.evaluate("e => e.scrollWidth - e.clientWidth") <= 0
        page.close()


def within(page: Page, element: Locator) -> None:
    """The page has all of an element in its width."""
    expect(element).to_be_visible()
    found = box(element)
    assert found["x"] >= 0
    assert found["x"] + found["width"] <= page.viewport_size["width"]  # type: ignore[index]

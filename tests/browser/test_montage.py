"""Filmstrip and montage: the pixels in their cells, and the click that goes there."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest

from jpkl import JPkl
from tests.browser.driver import ViewerPage
from tests.browser.pages import Open, mitosis, numbered, readout
from tests.conftest import replace_frame


def layout(page: ViewerPage) -> tuple[int, int]:
    """Columns and rows of the cells that are shown, as those hear who do not see them."""
    label = page.page.locator("canvas:is(.filmstrip, .montage):visible").get_attribute("aria-label") or ""
    found = re.search(r"(\d+) × (\d+) frames", label)
    assert found is not None, label
    return int(found[1]), int(found[2])


def wait_for_grays(page: ViewerPage, selector: str, levels: Sequence[float | None], most: int = 1) -> None:
    """Wait until the cells show gray values in their middle; None for any."""
    columns, rows = layout(page)
    page.wait_until(
        "([s, levels, columns, rows, most]) => { const c = jpkl.all(s)[0], context = c.getContext('2d');"
        " const at = (i) => [(i % columns + 0.5) / columns * c.width,"
        " (Math.floor(i / columns) + 0.6) / rows * c.height];"
        " return levels.every((level, i) => level === null ||"
        " Math.abs(context.getImageData(...at(i), 1, 1).data[0] - level) <= most) }",
        [selector, list(levels), columns, rows, most],
    )


def click_cell(page: ViewerPage, selector: str, number: int) -> None:
    columns, rows = layout(page)
    row, column = divmod(number, columns)
    box = page.page.locator(selector).bounding_box()
    assert box is not None
    page.page.mouse.click(
        box["x"] + (column + 0.5) * box["width"] / columns, box["y"] + (row + 0.5) * box["height"] / rows
    )


def test_the_montage_shows_each_frame_in_its_cell_and_a_click_goes_there(open_viewer: Open) -> None:
    jp, levels = numbered(12)
    page = open_viewer(jp)
    page.set("many frames", "montage")
    page.page.get_by_text("All 12 along time").wait_for()
    wait_for_grays(page, ".montage", levels)
    page.page.locator("canvas.montage").hover()
    page.settle()
    assert page.evaluate("() => jpkl.view().input.pixel") is not None
    assert not re.search(r"\d", readout(page)), "the frame behind the montage is not read"
    # A step moves the frame around the cell, over a sheet that is left as it is; colors are of the sheet.
    page.evaluate("() => jpkl.all('canvas.montage')[0].getContext('2d').clearRect(0, 0, 1, 1)")
    drawn = "() => jpkl.all('canvas.montage')[0].getContext('2d').getImageData(0, 0, 1, 1).data[3] > 0"
    assert not page.evaluate(drawn)
    page.press("ArrowRight", "ArrowRight")
    page.wait_for_position(2)
    columns, _ = layout(page)
    sheet, around = (page.page.locator(s).bounding_box() for s in ("canvas.montage", ".current-frame"))
    assert sheet is not None
    assert around is not None
    assert (around["x"] - sheet["x"]) / sheet["width"] == pytest.approx(2 / columns, abs=0.01)
    assert around["width"] / sheet["width"] == pytest.approx(1 / columns, abs=0.02)
    assert not page.evaluate(drawn), "it is not drawn anew"
    page.press("i")
    page.wait_until(drawn)
    page.press("i")
    wait_for_grays(page, ".montage", levels)
    click_cell(page, ".montage", 7)
    page.wait_for_position(7)
    assert page.page.locator(".montage").is_hidden()


def test_the_filmstrip_stays_and_leaves_out_what_has_no_room(open_viewer: Open) -> None:
    jp, levels = numbered(100)
    page = open_viewer(jp)
    page.set("many frames", "filmstrip")
    page.page.get_by_text("of 100 along time").wait_for()
    columns, rows = layout(page)
    assert rows == 1
    every = -(-100 // columns)
    wait_for_grays(page, ".filmstrip", levels[::every])
    click_cell(page, ".filmstrip", 3)
    page.wait_for_position(3 * every)
    assert page.page.locator(".filmstrip").is_visible()


def test_channels_are_apart_beside_the_merge_and_a_click_goes_to_the_frame(open_viewer: Open) -> None:
    levels = np.array([[200, 60], [120, 180], [40, 240]], np.uint8)
    jp = JPkl(np.zeros((64, 64, 3, 2), np.uint8) + levels, dim_names=["time", "channel"])
    page = open_viewer(jp)
    page.set("many frames", "montage")
    page.set("channels of the montage", "rows")
    page.page.get_by_text("All 3 along time").wait_for()
    assert layout(page) == (3, 3)
    # Green and magenta, and both together.
    expected = [[0, int(g), 0] for g in levels[:, 0]] + [[int(m), 0, int(m)] for m in levels[:, 1]]
    expected += [[int(m), int(g), int(m)] for g, m in levels]
    page.wait_until(
        "e => { const c = jpkl.all('.montage')[0], x = c.getContext('2d'); return e.every((rgb, i) => {"
        " const at = [(i % 3 + 0.5) / 3 * c.width, (Math.floor(i / 3) + 0.5) / 3 * c.height];"
        " return rgb.every((v, k) => Math.abs(x.getImageData(...at, 1, 1).data[k] - v) <= 2) }) }",
        expected,
    )
    page.set("dim of the montage", "1")  # the channels at one position, wherever the slider goes
    page.wait_until(
        "() => jpkl.all('.montage')[0].getAttribute('aria-label').startsWith('montage along channel')"
    )
    assert layout(page) in ((2, 2), (3, 1))
    n_asked = len(page.sent("ask"))
    page.set("dim of the montage", "0")
    page.page.get_by_text("All 3 along time").wait_for()
    assert len(page.sent("ask")) == n_asked, "what has come is kept"
    click_cell(page, ".montage", 5)  # the second channel of the last frame
    page.wait_until("() => jpkl.view().shown.position[0] === 2")
    assert page.page.locator(".montage").is_hidden()


def test_contrast_changes_ask_nothing_of_python(open_viewer: Open) -> None:
    jp, levels = numbered(9)
    page = open_viewer(jp)
    page.set("many frames", "montage")
    page.page.get_by_text("All 9 along time").wait_for()
    asked = len(page.sent("ask"))
    page.set("upper contrast limit", 128)
    wait_for_grays(page, ".montage", np.minimum(255, np.floor(np.array(levels) / 128 * 256)).tolist(), 2)
    assert len(page.sent("ask")) == asked
    assert page.messages == []


def test_what_lies_between_the_cells_has_no_color(open_viewer: Open) -> None:
    jp, _ = numbered(11)
    page = open_viewer(jp)
    page.click("invert")
    page.set("many frames", "montage")
    page.page.get_by_text("All 11 along time").wait_for()
    columns, rows = layout(page)
    alphas = page.evaluate(
        "([columns, rows]) => { const c = jpkl.all('.montage')[0], context = c.getContext('2d');"
        " return [...Array(columns * rows).keys()].map(i => context.getImageData("
        "(i % columns + 0.5) * c.width / columns, (Math.floor(i / columns) + 0.6) * c.height / rows, 1, 1"
        ").data[3]) }",
        [columns, rows],
    )
    assert alphas == [255] * 11 + [0] * (columns * rows - 11)


def test_frames_of_another_position_are_dimmed_until_those_asked_for_come(open_viewer: Open) -> None:
    page = open_viewer(mitosis(), by_line=True)
    page.set("many frames", "filmstrip")
    page.page.get_by_text("Every 4th of 51 along time").wait_for()
    is_stale = "() => jpkl.all('.filmstrip')[0].classList.contains('stale')"
    assert not page.evaluate(is_stale)
    page.line.hold()
    page.set("channel", 1)
    page.wait_until(is_stale)
    page.line.release()
    page.wait_until(f"() => !({is_stale})()")
    page.set("time", 30)
    assert not page.evaluate(is_stale)


def test_a_damaged_frame_is_marked_and_named_and_the_others_are_shown(open_viewer: Open) -> None:
    jp, levels = numbered(9)
    page = open_viewer(replace_frame(jp, (4,), jp.images[4,][:-30]))
    page.set("many frames", "montage")
    page.page.get_by_text("All 9 along time; frame (4,)").wait_for()
    wait_for_grays(page, ".montage", [None if i == 4 else level for i, level in enumerate(levels)])
    columns, rows = layout(page)
    row, column = divmod(4, columns)
    alpha = page.evaluate(
        "([x, y]) => { const c = jpkl.all('.montage')[0];"
        " return c.getContext('2d').getImageData(x * c.width, y * c.height, 1, 1).data[3] }",
        [(column + 0.2) / columns, (row + 0.8) / rows],
    )
    assert alpha == 0, "it has no color of the colormap"


def test_escape_closes_the_montage(open_viewer: Open) -> None:
    page = open_viewer(mitosis())
    page.set("many frames", "montage")
    page.page.get_by_text("All 51 along time").wait_for()
    page.press("Escape")
    assert page.page.locator(".montage").is_hidden()


@pytest.mark.parametrize("composite", [False, True])
def test_a_link_opens_the_filmstrip(open_viewer: Open, composite: bool) -> None:
    page = open_viewer(mitosis())
    if composite:
        page.click("Composite")
    page.set("many frames", "filmstrip")
    page.page.wait_for_function("() => location.hash.includes('filmstrip')")
    page.page.reload()
    page.page.wait_for_function("() => jpkl.view()?.shown")
    page.page.get_by_text("of 51 along time").wait_for()


def test_color_stacks(open_viewer: Open) -> None:
    images = np.zeros((32, 48, 3, 4), np.uint8) + np.array([250, 120, 10], np.uint8)[:, None]
    jp = JPkl(images, color=True, dim_names=["z"])
    page = open_viewer(jp)
    page.set("many frames", "montage")
    page.page.get_by_text("All 4 along z").wait_for()
    page.wait_until(
        "e => { const c = jpkl.all('.montage')[0];"
        " const {data} = c.getContext('2d').getImageData(c.width / 4, c.height / 3, 1, 1);"
        " return e.every((value, i) => Math.abs(data[i] - value) <= 2) }",
        jp[10, 10, :, 0].tolist(),
    )

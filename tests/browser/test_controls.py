"""What the controls of the viewer do, and what it says when something is missing."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from jpkl_viewer.limits import CHANNEL_SETTINGS, PLAYBACK_SETTINGS, VIEW_SETTINGS
from jpkl_viewer.model.colormaps import COLORMAPS, lookup_table
from jpkl_viewer.model.contrast import auto_limits
from playwright.sync_api import Browser, expect

from jpkl import JPkl
from tests.browser import controls
from tests.browser.driver import ViewerPage, served, view_command
from tests.browser.pages import Open, assert_painted, mitosis, numbered, press_auto, readout
from tests.tools.vectors import other_value


def timed() -> JPkl:
    """Six frames of a time-lapse with all that the metadata can say."""
    metadata = {
        "pixel_size": [0.5, 0.25],
        "pixel_unit": "µm",
        "coords": {"time": [0, 2.5, 5, 7.5, 10, 12.5]},
        "units": {"time": "s"},
    }
    levels = np.linspace(0, 3000, 6).astype(np.uint16)
    images = np.zeros((64, 64, 6), np.uint16) + levels
    return JPkl(images, dim_names=["time"], metadata=metadata)


def test_sliders_stamp_and_readout_speak_in_physical_units(open_viewer: Open) -> None:
    page = open_viewer(timed())
    page.set("time", 3)
    page.wait_for_position(3)
    assert page.evaluate("() => jpkl.all('.dim .physical')[0].textContent") == "7.5 s"
    assert page.evaluate("() => jpkl.all('.position')[0].textContent") == "time 7.5 s"
    assert page.evaluate("() => jpkl.control('time').getAttribute('aria-valuetext')") == "3, 7.5 s"
    page.point_at(8, 10)
    page.wait_until("() => jpkl.all('.readout')[0].innerText.includes('≈')")
    assert readout(page) == "x 8 y 10 2.00, 5.00 µm value ≈ 1800"


def test_times_and_texts_are_shown_beside_the_sliders_and_in_the_stamp(open_viewer: Open) -> None:
    coords = {
        "time": np.array(["2024-01-01T00:00", "2024-01-01T01:30"], "datetime64[ns]"),
        "condition": ["control", "drug"],
        "stage": [12_345_600, 12_345_700],
    }
    metadata = {"coords": coords, "units": {"stage": "nm"}}
    page = open_viewer(JPkl(np.zeros((64, 64, 2, 2, 2), np.uint8), dim_names=list(coords), metadata=metadata))
    for dim in coords:
        page.set(dim, 1)
    page.wait_for_position(1, 1, 1)
    labels = ["2024-01-01 01:30", "drug", "12345700 nm"]
    assert page.evaluate("() => jpkl.all('.dim .physical').map(e => e.textContent)") == labels
    stamp = " · ".join(f"{dim} {label}" for dim, label in zip(coords, labels, strict=True))
    assert page.evaluate("() => jpkl.all('.position')[0].textContent") == stamp


def test_the_scale_bar_is_as_long_as_it_says(open_viewer: Open) -> None:
    page = open_viewer(timed())
    text, width, per_pixel = page.evaluate(
        "() => [jpkl.all('.scalebar div')[0].textContent, jpkl.all('.scalebar .bar')[0].offsetWidth,"
        " jpkl.view().viewport.scale]"
    )
    length, unit = text.split()
    assert unit == "µm"
    assert width == pytest.approx(float(length) / 0.25 * per_pixel, abs=1)
    # As it is set by hand: clear of the stamp, which is in the same corner.
    page.set("corner of the scale bar", "top left")
    page.set("color of the scale bar", "black")
    page.set("length of the scale bar", f"{float(length) * 0.75} µm")
    bar, line, stamp = (
        page.page.locator(selector).first.bounding_box()
        for selector in (".scalebar", ".scalebar .bar", ".position")
    )
    assert bar is not None
    assert line is not None
    assert stamp is not None
    assert line["width"] == pytest.approx(0.75 * width, abs=1)
    assert bar["x"] == stamp["x"]
    assert stamp["y"] + stamp["height"] < bar["y"] < stamp["y"] + 40
    ink = page.page.locator(".scalebar .bar").evaluate("e => getComputedStyle(e).backgroundColor")
    assert ink == "rgb(0, 0, 0)"


def test_step_buttons(open_viewer: Open) -> None:
    jp, _ = numbered(5)
    page = open_viewer(jp)
    page.click("next time")
    page.wait_for_position(1)
    page.click("previous time")
    page.wait_for_position(0)
    page.click("previous time")  # there is none
    page.settle()
    assert page.evaluate("() => jpkl.shown().position") == [0]


def test_keys_work_as_soon_as_the_page_is_there(open_viewer: Open) -> None:
    page = open_viewer(mitosis())
    page.press("ArrowRight")
    page.wait_for_position(1, 0)
    page.press("End")
    page.wait_for_position(50, 0)
    page.press("Home")
    page.wait_for_position(0, 0)
    page.press("Space")
    page.wait_until("() => jpkl.shown().position[0] > 1")
    page.press("Space")
    page.page.get_by_label("play along time (space)").wait_for()


@pytest.mark.parametrize("button", ["Auto", "invert", "play along time (space)", "next time"])
def test_keys_work_after_a_button_or_switch_was_clicked(open_viewer: Open, button: str) -> None:
    page = open_viewer(mitosis())
    page.click(button)
    page.press("End")
    page.wait_for_position(50, 0)
    page.press("ArrowLeft")
    page.wait_for_position(49, 0)
    page.press("Space")
    page.wait_until("() => jpkl.view().player.isPlaying")


def test_the_keys_of_the_help_do_what_it_says(open_viewer: Open) -> None:
    page = open_viewer(mitosis())
    page.press("?")
    page.page.get_by_role("dialog", name="Keyboard").get_by_text("Orthogonal views").wait_for()
    page.press("Tab")  # goes on in the dialog
    page.page.keyboard.type("montage")
    assert page.page.locator(".key:visible").all_inner_texts() == ["Montage\nN"]
    page.press("Escape", "n")
    page.wait_until("() => jpkl.view().state.tools.montage?.mode === 'montage'")
    page.press("m")  # one view in place of the other
    page.wait_until("() => jpkl.view().state.projection && !jpkl.view().state.tools.montage")
    page.press("r")
    assert page.page.locator(".plots").is_visible(), "they are there before anything is drawn"
    page.press("Escape")  # ends the tool in the hand; the next one goes back to the frame
    assert page.control("select and pan").get_attribute("aria-pressed") == "true"
    assert page.evaluate("() => jpkl.view().state.projection.method") == "max"
    page.press("Escape")
    assert page.evaluate("() => jpkl.view().state.projection") is None
    page.press("c", "1", "ArrowRight", "Shift+ArrowRight", "b", "d")
    page.wait_until("() => jpkl.view().state.composite && !jpkl.view().state.channels[0].visible")
    page.wait_for_position(1, 0)
    assert page.page.get_by_label("sidebar", exact=True).is_hidden()
    assert page.page.locator(".plots").is_hidden()
    page.press("z")
    page.wait_until("() => Math.abs(jpkl.view().viewport.scale - 1) < 0.001")
    page.press("0")
    page.wait_until("() => jpkl.view().viewport.zoom === null")
    # A sheet is the next thing to Tab, and gives the focus back.
    export = page.page.locator("button[data-sheet=Export]")
    export.focus()
    page.page.keyboard.press("Enter")
    page.page.keyboard.press("Tab")
    expect(page.page.get_by_role("button", name="close Export")).to_be_focused()
    page.page.keyboard.press("Escape")
    expect(page.page.get_by_role("dialog", name="Export")).to_be_hidden()
    expect(export).to_be_focused()


def test_a_field_keeps_its_keys(open_viewer: Open) -> None:
    page = open_viewer(mitosis())
    page.control("index of time").click()
    page.press("ArrowRight", "Home", "End", "Space")
    page.settle()
    assert page.evaluate("() => jpkl.view().state.position") == [0, 0]
    page.control("colormap").click()
    page.press("Escape", "ArrowLeft")
    page.settle()
    assert page.evaluate("() => jpkl.view().state.position") == [0, 0]


def test_escape_takes_back_what_was_typed_into_a_field(open_viewer: Open) -> None:
    page = open_viewer(mitosis())
    state = "() => JSON.stringify([jpkl.view().settings, jpkl.view().viewport.zoom])"
    start = page.evaluate(state)
    for name in ("index of time", "zoom", "frames per second", "upper limit"):
        field = page.control(name).first
        before = field.input_value()
        field.fill("7")
        field.press("Escape")
        page.settle()
        assert field.input_value() == before, name
    assert page.evaluate(state) == start
    field = page.control("index of time")
    field.fill("7")
    field.press("Enter")
    page.wait_for_position(7, 0)


def test_what_a_key_closes_gives_the_focus_back_to_the_viewer(open_viewer: Open) -> None:
    page = open_viewer(mitosis())
    focused = "() => jpkl.view().root.getRootNode().activeElement === jpkl.view().root"
    page.press("m")
    page.page.get_by_role("button", name="Mean", exact=True).focus()
    page.page.keyboard.press("Escape")
    page.wait_until("() => jpkl.view().state.projection === null")
    assert page.evaluate(focused)
    page.press("m")
    page.page.get_by_role("button", name="Back to the frame").focus()
    page.page.keyboard.press("Enter")
    page.wait_until("() => jpkl.view().state.projection === null")
    assert page.evaluate(focused)
    menu = page.page.get_by_role("button", name="What to show over the picture")
    menu.focus()
    page.page.keyboard.press("Enter")
    page.page.get_by_role("checkbox", name="stamp", exact=True).focus()
    page.page.keyboard.press("Escape")
    assert page.evaluate(focused)


def test_a_key_that_is_held_steps_on_and_switches_once(open_viewer: Open) -> None:
    page = open_viewer(mitosis())
    for key in ("i", "ArrowRight"):
        for _ in range(4):
            page.page.keyboard.down(key)
        page.page.keyboard.up(key)
    page.wait_for_position(4, 0)
    assert page.evaluate("() => jpkl.view().state.invert") is True


def test_keys_on_the_picture_step_the_dim_that_was_moved_last(open_viewer: Open) -> None:
    page = open_viewer(mitosis())
    page.set("time", 5)
    page.click_at(100, 90)
    page.press("ArrowRight")
    page.wait_for_position(6, 0)
    page.press("End")
    page.wait_for_position(50, 0)


def test_each_setting_has_a_control_that_changes_it(open_viewer: Open) -> None:
    page = open_viewer(mitosis().with_metadata(pixel_size=0.2))
    tables = {"": VIEW_SETTINGS, "channels": CHANNEL_SETTINGS, "playback": PLAYBACK_SETTINGS}
    for name, label in controls.LABELS.items():
        part, _, key = name.rpartition(".")
        value = f"() => JSON.stringify([jpkl.view().state.{part or key}])"
        before = page.evaluate(value)
        setting = tables[part][key]
        if setting.kind == "flag":
            page.click(label)
        else:
            page.set(label, controls.VALUES.get(name, other_value(setting)))
        page.wait_until(f"before => ({value})() !== before", before)


@pytest.mark.parametrize("mode", ["loop", "once", "back and forth"])
def test_play_modes(open_viewer: Open, mode: str) -> None:
    jp, _ = numbered(5)
    page = open_viewer(jp)
    page.set("frames per second", 4)
    page.set("play mode", mode)
    page.evaluate(
        "() => { const {root} = jpkl.view(); window.seen = [0];"
        " new MutationObserver(() => { const at = Number(root.dataset.shown);"
        " if (seen.at(-1) !== at) seen.push(at) }).observe(root, {attributeFilter: ['data-shown']}) }"
    )
    page.click("play along time (space)")
    page.wait_until("() => seen.includes(4)")
    if mode == "once":
        page.page.get_by_label("play along time (space)").wait_for()
        page.page.wait_for_timeout(500)  # two more frames at 4 fps, if it went on
    else:
        page.wait_until("() => seen.indexOf(4) < seen.length - 1")
    seen = page.evaluate("() => seen")
    assert seen[: seen.index(4) + 1] == sorted(seen[: seen.index(4) + 1])
    after = seen[seen.index(4) + 1 :]
    assert page.evaluate("() => jpkl.view().player.isPlaying") is (mode != "once")
    if mode == "once":
        assert after == []
    elif mode == "loop":
        assert after[0] < 2
    else:  # a busy machine may leave one out
        assert after[0] >= 2


def test_achieved_frames_per_second_are_shown_while_playing(open_viewer: Open) -> None:
    jp, _ = numbered(8)
    page = open_viewer(jp)
    page.click("play along time (space)")
    page.page.wait_for_function("() => /[0-9] shown/.test(jpkl.all('.achieved')[0].textContent)")
    page.page.keyboard.press("Space")
    page.page.wait_for_function("() => jpkl.all('.achieved')[0].textContent === ''")


def test_contrast_of_the_whole_stack(open_viewer: Open) -> None:
    jp, levels = numbered(8)
    page = open_viewer(jp)
    page.set("histogram of", "stack")
    expected = [min(levels), max(levels)]
    press_auto(page, expected)


def test_per_frame_contrast_stretches_each_frame(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    page.click("per frame")
    for time in (3, 40):
        page.set("time", time)
        frame = jp[..., time, 0]
        low, high = auto_limits(np.bincount(frame.ravel(), minlength=256))
        assert_painted(page, lookup_table(COLORMAPS["gray"], (low, high))[frame])


def test_the_colorbar_shows_the_limits_in_original_units(open_viewer: Open) -> None:
    jp = timed()
    page = open_viewer(jp)
    assert page.evaluate("() => jpkl.all('.colorbar')[0].hidden")
    page.click("color bar")
    page.set("upper contrast limit", 51)
    assert page.evaluate("() => jpkl.all('.colorbar span').map(e => e.textContent)") == ["600", "0"]


def test_a_link_brings_back_what_lies_over_the_picture(open_viewer: Open) -> None:
    page = open_viewer(mitosis())
    for label in ("color bar", "axes", "stamp", "Composite"):
        page.click(label)
    page.wait_until(
        "() => ['colorbar=1', 'axes=1', 'stamp=0', 'composite=1'].every(part => location.hash.includes(part))"
    )
    url = page.page.url
    page.page.goto("about:blank")
    page = ViewerPage(page.page, url)
    page.wait_until("() => jpkl.all('.axes text').length > 2 && jpkl.all('.position')[0].hidden")
    names = page.evaluate("() => jpkl.all('.colorbar figcaption').map(e => e.textContent)")
    assert names == ["C1", "C2"]
    assert not page.evaluate("() => jpkl.all('.scalebar')[0].hidden")


def test_reset_brings_back_what_was_there(open_viewer: Open) -> None:
    page = open_viewer(mitosis(), is_first_view=True)
    before = page.evaluate("() => jpkl.view().state.channels[0]")
    page.set("upper contrast limit", 99)
    page.set("gamma", 0.5)
    page.click("Reset")
    assert page.evaluate("() => jpkl.view().state.channels[0]") == before


def test_duplicated_and_missing_names(open_viewer: Open) -> None:
    images = np.zeros((16, 16, 3, 4), np.uint8) + np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
    jp = JPkl(images)
    page = open_viewer(jp)
    page.set("dim0", 2)
    page.set("dim1", 3)
    page.wait_for_pixel(8, 8, [int(jp[8, 8, 2, 3])] * 3)


def test_a_view_comes_back_when_the_server_does(browser: Browser, tmp_path: Path) -> None:
    jp, levels = numbered(6)
    jp.save(tmp_path / "x.jpkl")
    with served(tmp_path / "x.jpkl") as url:
        page = ViewerPage(browser.new_page(), url)
        page.set("time", 4)
        page.wait_for_pixel(32, 32, [levels[4]] * 3)
    page.page.get_by_text("The viewer has stopped").wait_for()
    found = re.search(r":(\d+)", url)
    assert found is not None
    with served(tmp_path / "x.jpkl", [*view_command(tmp_path / "x.jpkl"), "--port", found[1]]):
        page.page.wait_for_function(
            "() => { const view = jpkl.view(); return view?.shown?.position[0] === 4 && !view.isLost }",
            timeout=20_000,
        )
        page.wait_for_pixel(32, 32, [levels[4]] * 3)
        page.set("time", 1)
        page.wait_for_pixel(32, 32, [levels[1]] * 3)
    page.page.close()


def test_a_frame_that_comes_late_is_waited_for_and_said(open_viewer: Open) -> None:
    jp, levels = numbered(20)
    page = open_viewer(jp, by_line=True)
    page.line.hold()
    page.set("time", 13)
    page.page.get_by_text("Loading").wait_for()
    page.line.release()
    page.wait_for_pixel(32, 32, [levels[13]] * 3)
    assert page.evaluate("() => jpkl.all('.notice')[0].hidden")


def test_a_request_that_got_lost_is_sent_again(open_viewer: Open) -> None:
    jp, levels = numbered(20)
    page = open_viewer(jp, by_line=True)
    page.line.lose_next("want")
    page.set("time", 13)
    page.wait_for_pixel(32, 32, [levels[13]] * 3)
    assert page.line.n_lost == 1

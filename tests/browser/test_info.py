"""What Info says of a stack, and metadata that are set by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from jpkl_viewer import JPklViewer, Report
from playwright.sync_api import Browser

from jpkl import JPkl
from tests.browser.driver import ViewerPage, served
from tests.browser.pages import mitosis
from tests.browser.test_report import ReportPage


def test_what_is_set_by_hand_is_seen_at_once_linked_and_saved_in_a_copy(
    browser: Browser, tmp_path: Path
) -> None:
    path = tmp_path / "cells.jpkl"
    JPkl(np.zeros((40, 60, 5), np.uint8), dim_names=["time"]).save(path)
    before = path.read_bytes()
    with served(path) as url:
        page = ViewerPage(browser.new_page(viewport={"width": 1400, "height": 800}), url)
        page.set("time", 2)
        page.wait_for_position(2)
        page.page.locator("summary", has_text="Set by hand").click()
        page.set("pixel height", "0,5")
        page.set("unit of pixels", "um")
        page.set("step of time", "1.25 s")
        seen = "() => jpkl.all('.stage')[0].innerText"
        page.wait_until(f"() => ({seen})().includes(' µm') && ({seen})().includes('2.5')")
        page.set("pixel width", "1")
        page.wait_until("() => jpkl.view().viewport.aspect === 0.5")
        page.point_at(20, 30)
        page.wait_until("() => jpkl.all('.readout')[0].innerText.includes('20.0, 15.0 µm')")
        page.wait_until("() => decodeURIComponent(location.hash).includes('[0.5,1]')")
        info = page.page.evaluate("() => jpkl.all('.info dd').map(({textContent}) => textContent)")
        assert {"60 × 40 px, 60 × 20 µm", "1 × 0.5 µm", "time 5, every 1.25 s"} <= set(info)
        page.page.reload()
        page.wait_until(f"() => jpkl.view()?.viewport.aspect === 0.5 && ({seen})().includes('2.5')")
        page.page.locator("summary", has_text="Set by hand").click()
        page.click("Save metadata")
        page.wait_until(
            "() => jpkl.all('.note').some(n => n.textContent === 'Saved as cells.annotated.jpkl')"
        )
        page.set("step of time", "-3")
        page.wait_until("() => jpkl.all('.note').some(n => n.textContent.includes('positive number'))")
        assert page.messages == []
        page.page.close()
    assert path.read_bytes() == before
    with JPkl.load(tmp_path / "cells.annotated.jpkl") as jp:
        assert (jp.metadata["pixel_size"], jp.metadata["pixel_unit"]) == ((0.5, 1.0), "µm")
        assert jp.metadata["coords"] == {"time": [0.0, 1.25, 2.5, 3.75, 5.0]}
        assert jp.metadata["units"] == {"time": "s"}


def test_names_set_by_hand_are_everywhere_and_remembered(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "cells.jpkl"
    jp = mitosis()
    jp.with_metadata(channel_names=["first", "second"]).save(path)
    with served(path) as url:
        page = ViewerPage(browser.new_page(viewport={"width": 1400, "height": 900}), url, is_first_view=True)
        page.page.locator("summary", has_text="Set by hand").click()
        page.set("name of time", "hour")
        page.page.locator(".channel-name").nth(1).dblclick()
        page.page.keyboard.type("tubulin")
        page.press("Enter")
        page.control("show tubulin").wait_for()
        assert page.evaluate("() => jpkl.view().state.channels.map(c => c.visible)") == [True, True]
        assert page.slider("hour").get_attribute("max") == "50"
        page.point_at(60, 60)
        page.wait_until("() => jpkl.all('.readout')[0].innerText.includes('tubulin')")
        page.open_view("Montage")
        assert page.control("dim of the montage").locator("option").all_inner_texts() == ["hour", "channel"]
        page.open_view("Frame")
        page.page.wait_for_timeout(500)  # the browser remembers when the hand rests
        assert "time=" in page.page.url, "links go by the names of the file"
        page.page.goto("about:blank")
        page.page.goto(url)
        page.wait_until(
            "() => Boolean(window.jpkl?.view()?.shown) && jpkl.all('.dim .name')[0].textContent === 'hour'"
        )
        page.page.locator("summary", has_text="Set by hand").click()
        page.click("Save metadata")
        page.wait_until("() => jpkl.all('.note').some(n => n.textContent.startsWith('Saved as'))")
        assert page.messages == []
        page.page.close()
    with JPkl.load(tmp_path / "cells.annotated.jpkl") as copy:
        assert copy.dim_names == ("hour", "channel")
        assert copy.metadata["channel_names"] == ["first", "tubulin"]


def test_fidelity_is_plotted_and_a_click_goes_to_the_worst_frame(
    open_viewer: Callable[..., ViewerPage], browser: Browser, tmp_path: Path
) -> None:
    noise = np.random.default_rng(0).normal(0, 1, (48, 56, 12, 5)) * np.linspace(2, 6, 12)[:, None]
    noise[:, :, 7, 3] *= 5
    jp = JPkl(np.clip(100 + noise, 0, 255).astype(np.uint8), dim_names=["time", "z"], fidelity="all")
    Report([JPklViewer(jp)]).save(tmp_path / "report.html")
    report = ReportPage(browser.new_page(viewport={"width": 1280, "height": 900}), tmp_path / "report.html")
    assert jp.fidelity is not None
    worst = [int(index) for index in np.unravel_index(jp.fidelity.psnr.argmin(), (12, 5))]
    assert worst != [0, 0]
    for page in (open_viewer(jp), report):
        page.point_at(20, 20)
        page.press("+", "+")
        zoom = page.evaluate("() => jpkl.view().viewport.zoom")
        assert zoom is not None
        page.click("Worst frame")
        page.wait_for_position(*worst)
        assert page.evaluate("() => jpkl.view().viewport.zoom") == zoom
        plot = page.page.locator(".fidelity svg[aria-label='PSNR along time']")
        plot.scroll_into_view_if_needed()
        box = plot.bounding_box()
        assert box is not None
        page.page.mouse.move(box["x"] + 0.02 * box["width"] + 2, box["y"] + 20)
        psnr = jp.fidelity.psnr[:5]
        said = f"time 0: lowest PSNR {psnr.min():.2f} dB, frame (0, {int(psnr.argmin())})"
        assert page.page.locator(".fidelity-readout").inner_text() == said
        page.page.mouse.down()
        page.page.mouse.up()
        page.wait_for_position(0, int(psnr.argmin()))
    report.assert_quiet()
    report.page.close()

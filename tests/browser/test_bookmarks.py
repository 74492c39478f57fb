"""Bookmarks by mouse and keys, kept beside the file and in reports; and presets of channels."""

from __future__ import annotations

import json
from pathlib import Path

from jpkl_viewer import JPklViewer, Report
from playwright.sync_api import Browser, expect

from jpkl import JPkl
from tests.browser.driver import ViewerPage, served
from tests.browser.pages import mitosis


def test_bookmarks_are_added_named_gone_through_kept_and_reported(browser: Browser, tmp_path: Path) -> None:
    path, beside = tmp_path / "cells.jpkl", tmp_path / "cells.bookmarks.json"
    mitosis().save(path)
    with served(path) as url:
        page = ViewerPage(browser.new_page(viewport={"width": 1400, "height": 900}), url)
        rows = page.page.locator(".bookmark")
        page.press("Shift+B")
        expect(rows).to_have_text(["time 0 · C1"])
        page.set("time", 7)
        page.point_at(40, 60)
        page.press("Shift+B", "F2")
        page.page.keyboard.type("<i>Late</i>")
        page.press("Enter", "End", "j")
        page.wait_for_position(0, 0)
        expect(page.page.locator(".foot .hint")).to_have_text("1 of 2: time 0 · C1")
        page.press("j")
        page.wait_for_position(7, 0)
        page.page.get_by_label("caption of <i>Late</i>").click()
        page.page.keyboard.type("The poles are apart")
        page.click("Earlier")
        expect(rows).to_have_text(["<i>Late</i>The poles are apart", "time 0 · C1"])
        rows.nth(1).click()
        page.wait_for_position(0, 0)
        page.click("Delete time 0 · C1")
        expect(rows).to_have_count(1)
        page.press("Control+z")
        expect(rows).to_have_text(["<i>Late</i>The poles are apart", "time 0 · C1"])
        page.click("Presets")
        page.click("Magenta, green")
        colors = [page.control(f"color of {name}") for name in ("C1", "C2")]
        expect(colors[0]).to_have_value("#ff00ff")
        page.set("name of a new preset", "mine")
        page.click("Green, magenta")
        expect(colors[0]).to_have_value("#00ff00")
        page.wait_for_quiet()
        page.page.goto("about:blank")
        page.page.goto(url)
        expect(rows).to_have_text(["<i>Late</i>The poles are apart", "time 0 · C1"])
        page.press("j")
        page.wait_for_position(7, 0)
        page.click("Presets")
        page.click("mine")
        expect(colors[0]).to_have_value("#ff00ff")
        expect(colors[1]).to_have_value("#00ff00")
        assert page.messages == []
        page.page.close()
    kept = json.loads(beside.read_text("utf-8"))["bookmarks"]
    assert [each["settings"]["position"] for each in kept] == [[7, 0], [0, 0]]
    with JPkl.load(path) as jp:
        Report([JPklViewer(jp)], bookmarks=True, select={"time": 3}).save(tmp_path / "report.html")
    report = ViewerPage(browser.new_page(), (tmp_path / "report.html").as_uri(), is_first_view=True)
    report.page.locator("button.bookmark", has_text="Late").click()
    report.wait_for_position(2, 0)  # of the times 0, 3 and 7
    report.press("j")
    report.wait_for_position(0, 0)
    assert report.messages == []
    report.page.close()

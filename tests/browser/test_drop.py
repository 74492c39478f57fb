"""Files dropped onto the window: opened, compared, refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from jpkl import JPkl
from tests.browser.driver import ViewerPage, served


def level(gray: int) -> JPkl:
    return JPkl(
        np.full((40, 50, 3), gray, np.uint8), dim_names=["time"], metadata={"channel_limits": [(0, 255)]}
    )


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    yield page
    page.close()


def drag(page: Page, kinds: list[str], files: list[Path], x: int, y: int = 300) -> None:
    """Drag files over the window as the desktop does: into it, over it, and maybe dropped."""
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in files], "dragOperationsMask": 1}
    for kind in kinds:
        session.send("Input.dispatchDragEvent", {"type": kind, "x": x, "y": y, "data": data})
    session.detach()


def wait_for(viewer: ViewerPage, gray: int) -> None:
    viewer.page.wait_for_function(
        "gray => window.jpkl.view()?.shown && Math.abs(window.jpkl.pixel(20, 20)[0] - gray) <= 2", arg=gray
    )


def drop(page: Page, files: list[Path], x: int) -> None:
    drag(page, ["dragEnter", "dragOver", "drop"], files, x)


def test_dropped_stacks_are_compared_and_opened(page: Page, tmp_path: Path) -> None:
    level(40).save(tmp_path / "shown.jpkl")
    level(120).save(tmp_path / "other.jpkl")
    (tmp_path / "cells.tif").write_bytes(b"II*\0")
    (tmp_path / "broken.jpkl").write_bytes(b"nothing")
    with served(tmp_path / "shown.jpkl") as url:
        viewer = ViewerPage(page, url)
        wait_for(viewer, 40)
        expect(page.get_by_text("with shown.jpkl")).to_be_hidden()
        drag(page, ["dragEnter", "dragOver"], [tmp_path / "other.jpkl"], 900)
        expect(page.get_by_text("with shown.jpkl")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_text("with shown.jpkl")).to_be_hidden()

        drop(page, [tmp_path / "cells.tif"], 300)
        expect(page.get_by_text("jpkl encode cells.tif")).to_be_visible()
        page.keyboard.press("Escape")
        drop(page, [tmp_path / "broken.jpkl"], 300)
        expect(page.get_by_text("broken.jpkl")).to_be_visible()
        page.get_by_role("button", name="Close").click()
        expect(page.get_by_role("button", name="Close")).to_be_hidden()
        wait_for(viewer, 40)

        drop(page, [tmp_path / "other.jpkl"], 900)
        page.wait_for_url("**/?with=*")
        expect(page.get_by_text("other.jpkl", exact=True).locator("visible=true")).to_be_visible()
        drop(page, [tmp_path / "other.jpkl"], 300)
        page.wait_for_url("**/?dropped=*")
        wait_for(viewer, 120)
        assert page.title() == "other.jpkl"

        page.goto(f"{url}?dropped=gone")
        expect(page.get_by_role("alert")).to_contain_text("Drop the file again")

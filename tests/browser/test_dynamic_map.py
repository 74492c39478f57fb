"""`JPkl.dynamic_map` on a page: the sliders that HoloViews makes bring the right frames."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page

from jpkl import JPkl
from tests.browser.driver import served

_APP = """
import sys
import panel as pn
from jpkl import JPkl

pn.panel(JPkl.load(sys.argv[1]).dynamic_map(clim=(0, 255))).servable()
"""

#: Gray value of the top quarter of every frame.
TOP = 250


def make_stack() -> JPkl:
    """Each frame has a gray value of its own, but for its top."""
    levels = np.arange(18, dtype=np.uint8).reshape(6, 3) * 13 + 10
    images = np.zeros((48, 64, 6, 3), np.uint8) + levels
    images[:12] = TOP
    metadata = {"coords": {"time": [0, 2, 4, 6, 8, 10]}, "units": {"time": "s"}}
    return JPkl(images, dim_names=["time", "z"], metadata=metadata)


@pytest.fixture
def page(browser: Browser, tmp_path: Path) -> Iterator[Page]:
    make_stack().save(tmp_path / "x.jpkl")
    script = tmp_path / "app.py"
    script.write_text(_APP)
    command = [sys.executable, "-u", "-m", "panel", "serve", str(script), "--port", "0", "--args"]
    with served(script, [*command, str(tmp_path / "x.jpkl")]) as url:
        page = browser.new_page(viewport={"width": 1100, "height": 900})
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url)
        yield page
        page.close()
        assert errors == []


def painted(page: Page) -> tuple[int, int]:
    """Gray values on the screen, of the top of the picture and of what is below."""
    image = Image.open(io.BytesIO(page.locator(".bk-Canvas").first.screenshot())).convert("RGB")
    found = []
    for share in (0.1, 0.6):
        red, green, blue = np.asarray(image)[round(image.height * share), image.width // 2].tolist()
        found.append(red if red == green == blue else -1)
    return found[0], found[1]


def wait_for_frame(page: Page, *index: int) -> None:
    expected = (TOP, int(make_stack()[(30, 5, *index)]))
    deadline = time.monotonic() + 20
    while (shown := painted(page)) != expected:
        assert time.monotonic() < deadline, f"{shown} is on the screen, not {expected}"


def tab_to(page: Page, control: Locator) -> None:
    """Press Tab until a control has the focus."""
    for _ in range(30):
        if control.evaluate("element => element.getRootNode().activeElement === element"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("Tab does not lead to the control")


def test_sliders_bring_the_frames(page: Page) -> None:
    wait_for_frame(page, 0, 1)
    handles = page.get_by_role("slider")
    handles.first.wait_for()
    assert handles.count() == 2
    # With the mouse, to the right end of the first slider.
    box = handles.nth(0).bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] / 2, y)
    page.mouse.down()
    page.mouse.move(box["x"] + 120, y, steps=5)
    page.mouse.move(box["x"] + 600, y, steps=5)
    page.mouse.up()
    wait_for_frame(page, 5, 1)
    # With the keys, one to the left.
    tab_to(page, handles.nth(0))
    page.keyboard.press("ArrowLeft")
    wait_for_frame(page, 4, 1)
    page.get_by_text("4 (8 s)").wait_for()
    tab_to(page, handles.nth(1))
    page.keyboard.press("ArrowRight")
    wait_for_frame(page, 4, 2)
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    wait_for_frame(page, 4, 0)

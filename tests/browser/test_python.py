"""Python and the browser hold the same state; what hangs on the viewer in Python follows the scrub."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser

from jpkl import JPkl
from tests.browser.driver import ViewerPage, served

_APP = """
import sys
import holoviews as hv
import panel as pn
from jpkl import JPkl
from jpkl_viewer import JPklViewer

hv.extension("bokeh")
jp = JPkl.load(sys.argv[1])
spots = hv.Points([(12, 20)]).opts(color="#ff0000", size=12, line_alpha=0)
viewer = JPklViewer(jp, overlay=spots, position=[1, 0], channels=[{"limits": (0, 255)}])
jump = pn.widgets.Button(name="jump")
jump.on_click(lambda _: viewer.state.restore({"position": [4, 2], "colormap": "viridis"}))
text = pn.bind(lambda position: f"Python is at {position}", viewer.state.param.position)
pn.Column(viewer, pn.Row(jump, pn.pane.Str(text))).servable()
"""


def make_stack() -> JPkl:
    levels = np.arange(18, dtype=np.uint8).reshape(6, 3) * 13 + 10
    return JPkl(np.zeros((40, 50, 6, 3), np.uint8) + levels, dim_names=["time", "z"])


def test_python_and_browser_follow_each_other(browser: Browser, tmp_path: Path) -> None:
    jp = make_stack()
    jp.save(tmp_path / "x.jpkl")
    script = tmp_path / "app.py"
    script.write_text(_APP)
    command = [sys.executable, "-u", "-m", "panel", "serve", str(script), "--port", "0", "--args"]
    with served(script, [*command, str(tmp_path / "x.jpkl")]) as url:
        page = ViewerPage(browser.new_page(viewport={"width": 1100, "height": 900}), url, is_first_view=True)
        page.wait_for_pixel(30, 5, [int(jp[5, 30, 1, 0])] * 3)
        page.wait_to_see(12, 20, [255, 0, 0])
        page.set("time", 3)
        page.page.get_by_text("Python is at (3, 0)").wait_for()
        page.page.get_by_role("button", name="jump").click()
        page.wait_for_position(4, 2)
        assert page.evaluate("() => jpkl.control('colormap').value") == "viridis"
        assert page.page.url.endswith("/app"), "a page of the user's own keeps its URL"
        assert page.messages == []
        page.page.close()


def test_sessions_do_not_touch_each_other(browser: Browser, tmp_path: Path) -> None:
    jp = make_stack()
    jp.save(tmp_path / "x.jpkl")
    with served(tmp_path / "x.jpkl") as url:
        pages = [ViewerPage(browser.new_page(), url) for _ in range(2)]
        pages[0].set("time", 5)
        pages[1].set("z", 2)
        for page, position in zip(pages, [(5, 0), (0, 2)], strict=True):
            page.wait_for_pixel(30, 5, [int(jp[(5, 30, *position)])] * 3)
            page.page.close()


def test_many_frames_with_names_that_do_not_serve(browser: Browser, tmp_path: Path) -> None:
    levels = (np.arange(6000) % 200 + 20).astype(np.uint8).reshape(2000, 3)
    jp = JPkl(np.zeros((8, 8, 2000, 3), np.uint8) + levels)  # no names at all
    jp.save(tmp_path / "x.jpkl")
    with served(tmp_path / "x.jpkl") as url:
        page = ViewerPage(browser.new_page(), url)
        page.set("dim0", 1999)
        page.set("dim1", 1)
        page.wait_for_pixel(4, 4, [int(jp[4, 4, 1999, 1])] * 3)
        page.page.close()

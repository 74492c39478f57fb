"""The viewer as a Bokeh figure, for hosts that show no components of Panel: the same pixels and controls."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from jpkl_viewer.model.colormaps import COLORMAPS, lookup_table
from playwright.sync_api import Browser

from jpkl import JPkl
from tests.browser.driver import ViewerPage, served
from tests.browser.pages import assert_painted, mitosis, numbered
from tests.conftest import replace_frame

#: The document of a Bokeh server, which a host that speaks ipywidgets keeps in step the same way.
_APP = """
import sys
from bokeh.io import curdoc
from jpkl import JPkl
from jpkl_viewer import JPklViewer

viewer = JPklViewer(JPkl.load(sys.argv[1]))
viewer.state.restore({"composite": False, "channels": [{"limits": [0, 255]}] * 2})
curdoc().add_root(viewer.push())
"""

#: A change of the state in Python, a while after the page was opened.
_CHANGE = """
curdoc().add_timeout_callback(lambda: viewer.state.param.update(colormap="viridis"), 1500)
"""

Open = Callable[..., ViewerPage]


@pytest.fixture
def open_pushed(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Saves a stack, serves its viewer as a figure, and opens the page."""
    with ExitStack() as stack:

        def open_page(jp: JPkl, more: str = "") -> ViewerPage:
            path, script = tmp_path / "stack.jpkl", tmp_path / "app.py"
            jp.save(path)
            script.write_text(_APP + more)
            command = [sys.executable, "-u", "-m", "panel", "serve", str(script), "--port", "0"]
            url = stack.enter_context(served(path, [*command, "--args", str(path)]))
            page = browser.new_page(viewport={"width": 1280, "height": 720})
            stack.callback(page.close)
            return ViewerPage(page, url)

        yield open_page


def test_the_frame_shown_is_the_frame_asked_for(open_pushed: Open) -> None:
    jp = mitosis()
    page = open_pushed(jp)
    gray = COLORMAPS["gray"]
    assert_painted(page, gray[jp[..., 0, 0]])
    for time, channel in ((20, 0), (20, 1), (50, 1), (3, 0)):
        page.set("time", time)
        page.set("channel", channel)
        assert_painted(page, gray[jp[..., time, channel]])
    assert page.messages == []


def test_the_viewer_has_its_place_and_its_looks(open_pushed: Open) -> None:
    page = open_pushed(mitosis())
    box = page.page.locator(".viewer").bounding_box()
    assert box is not None
    assert box["height"] == pytest.approx(640, abs=2)
    assert box["width"] > 1000
    stage = page.page.locator(".stage").bounding_box()
    figure = page.page.locator(".figure > .frame").bounding_box()
    assert stage is not None
    assert figure is not None
    assert figure["height"] == pytest.approx(stage["height"], abs=2)


def test_contrast_colormap_composite_and_keys(open_pushed: Open) -> None:
    jp = mitosis()
    page = open_pushed(jp)
    page.set("colormap", "magma")
    page.set("upper contrast limit", 120)
    assert_painted(page, lookup_table(COLORMAPS["magma"], (0, 120))[jp[..., 0, 0]])
    page.click_at(100, 90)
    page.press("ArrowRight")
    page.wait_for_position(1, 0)
    page.click("Composite")
    page.page.wait_for_function("() => jpkl.shown().layers.length === 2")
    assert page.messages == []


def test_a_fast_drag_ends_at_its_last_frame(open_pushed: Open) -> None:
    jp, levels = numbered(60)
    page = open_pushed(jp)
    page.drag("time", seconds=1, to=17)
    page.wait_for_position(17)
    page.wait_for_pixel(32, 32, [levels[17]] * 3)


def test_a_projection_is_computed_in_python(open_pushed: Open) -> None:
    jp = mitosis()
    page = open_pushed(jp)
    page.set("projection", "max")
    page.page.wait_for_function("() => jpkl.shown().layers[0]?.frame?.includes?.('@max')")
    assert page.messages == []


def test_python_changes_the_view(open_pushed: Open) -> None:
    jp = mitosis()
    page = open_pushed(jp, _CHANGE)
    page.page.wait_for_function("() => jpkl.view().state.colormap === 'viridis'")
    assert_painted(page, COLORMAPS["viridis"][jp[..., 0, 0]])


def test_a_damaged_frame_is_named(open_pushed: Open) -> None:
    jp, levels = numbered(5)
    page = open_pushed(replace_frame(jp, (2,), jp.images[2,][:-20]))
    page.set("time", 2)
    alert = page.page.get_by_role("alert")
    alert.wait_for()
    assert "Frame (2,) cannot be shown" in alert.inner_text()
    page.set("time", 3)
    page.wait_for_pixel(32, 32, [levels[3]] * 3)

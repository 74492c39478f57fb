"""The viewer in JupyterLab and Notebook 7: live, several of them, after a restart, and in saved notebooks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import Browser, Page, expect

from tests.browser.driver import SCRIPT as DRIVER
from tests.browser.driver import slide, wait_to_see
from tests.jupyter.lab import MAKE, Jupyter, level, scrub, wait_for_gray, write_notebook

#: Most bytes of a notebook with two viewers of frames of one gray.
SAVED_NBYTES = 25_000


@pytest.mark.parametrize("app", ["lab/tree", "notebooks"])
def test_summary_and_viewers_without_any_preparation(jupyter: Jupyter, browser: Browser, app: str) -> None:
    name = f"summary-{app.partition('/')[0]}.ipynb"
    write_notebook(jupyter.folder / name, [MAKE, "jp.view()", "jp.view(position=(5,))"])
    notebook = jupyter.open(browser, name, app=app, height=2000)
    notebook.messages.clear()  # those of Jupyter itself
    notebook.run_all()
    assert notebook.page.locator("figure img[src^='data:image/jpeg']").count() >= 6, "thumbnails"
    wait_for_gray(notebook, level(0), 0)
    wait_for_gray(notebook, level(5), 1)
    scrub(notebook, 3, 0)
    wait_for_gray(notebook, level(3), 0)
    wait_for_gray(notebook, level(5), 1)
    assert notebook.messages == []
    assert {url for url in notebook.requests if url.startswith("http")} <= {
        url for url in notebook.requests if url.startswith(jupyter.url)
    }, "nothing comes from the network"
    notebook.page.close()


def test_dynamic_map_and_layouts_show_themselves(jupyter: Jupyter, browser: Browser) -> None:
    cells = [
        MAKE,
        "jp.view(projection={'dim': 0, 'method': 'max', 'start': 0, 'stop': 4})",
        "import holoviews as hv, panel as pn\nviewer = jp.view(position=(2,))\npn.Row(viewer, jp.view())",
        "viewer.dynamic_map * hv.Points([(5, 5)])",
        "jp.view(position=(1,), overlay=hv.Points([(5, 5)]))",
    ]
    write_notebook(jupyter.folder / "map.ipynb", cells)
    # All of it is in view: Jupyter takes cells out of the page that are not, and the viewers are counted.
    notebook = jupyter.open(browser, "map.ipynb", height=3600)
    notebook.run_all()
    wait_for_gray(notebook, level(3), 0)
    wait_for_gray(notebook, level(2), 1)
    wait_for_gray(notebook, level(0), 2)
    wait_for_gray(notebook, level(1), 3)
    notebook.execute("viewer.state.move(0, 4)")
    wait_for_gray(notebook, level(4), 1)
    # Bokeh draws what is composed, when its script has come, and no viewer's picture.
    expect(notebook.page.locator(".jp-OutputArea-output .bk-Figure")).to_have_count(2, timeout=20_000)
    notebook.page.close()


def test_what_holoviews_draws_over_a_picture_follows_it(jupyter: Jupyter, browser: Browser) -> None:
    cell = """
import holoviews as hv
viewer = jp.view(position=(1,))
def draw(position):
    return hv.Points([(8 * position[0] + 4, 20)]).opts(size=16, color="#ff0000", line_alpha=0)
viewer.overlay = hv.DynamicMap(draw, streams={"position": viewer.state.param.position})
viewer
"""
    write_notebook(jupyter.folder / "over.ipynb", [MAKE, cell])
    notebook = jupyter.open(browser, "over.ipynb", height=1600)
    notebook.run_all()
    wait_for_gray(notebook, level(1))
    wait_to_see(notebook.page, 12, 20, [255, 0, 0])
    scrub(notebook, 3)
    wait_to_see(notebook.page, 28, 20, [255, 0, 0])
    wait_to_see(notebook.page, 12, 20, level(3))
    assert {url for url in notebook.requests if url.startswith("http")} <= {
        url for url in notebook.requests if url.startswith(jupyter.url)
    }, "nothing comes from the network"
    notebook.page.close()


def test_what_is_painted_in_a_layout_of_panel_stays_in_the_browser(
    jupyter: Jupyter, browser: Browser
) -> None:
    cell = "import panel as pn\nviewer = jp.view()\npn.Row(viewer)"
    write_notebook(jupyter.folder / "painted.ipynb", [MAKE, cell, "pn.Column(viewer)", "viewer"])
    notebook = jupyter.open(browser, "painted.ipynb", height=3200)
    notebook.run_all()
    for number in range(3):
        wait_for_gray(notebook, level(0), number)
    for time, number in ((3, 0), (1, 1), (4, 2), (5, 0)):
        scrub(notebook, time, number)
        for each in range(3):  # layouts and the widget are one viewer
            wait_for_gray(notebook, level(time), each)
    # What Python had of the figure would come back with whatever it sends next.
    notebook.execute("viewer.state.move(0, 2)")
    wait_for_gray(notebook, level(2))
    sent = b"".join(notebook.sent)
    assert b'"want"' in sent
    assert b'"attr":"data"' not in sent
    assert b'"dw"' not in sent
    notebook.page.close()


def test_python_and_all_views_of_a_widget_show_the_same(jupyter: Jupyter, browser: Browser) -> None:
    cells = [MAKE, "viewer = jp.view(position=(2,))\nviewer", "viewer", "jp.view(position=(4,))"]
    write_notebook(jupyter.folder / "views.ipynb", cells)
    notebook = jupyter.open(browser, "views.ipynb", height=3200)
    notebook.run_all()
    wait_for_gray(notebook, level(2), 0)
    wait_for_gray(notebook, level(2), 1)
    scrub(notebook, 3, 0)
    wait_for_gray(notebook, level(3), 1)
    notebook.execute("viewer.position = (5,)")
    wait_for_gray(notebook, level(5), 0)
    notebook.execute("viewer.widget.position = (1,)")
    wait_for_gray(notebook, level(1), 1)
    scrub(notebook, 0, 1)
    wait_for_gray(notebook, level(0), 0)
    wait_for_gray(notebook, level(4), 2)
    stills = notebook.page.locator("figure[data-jpkl-still]")
    assert stills.count() == 3
    assert not any(still.is_visible() for still in stills.all()), "the widget has taken its place"
    notebook.execute(
        "import sys\n"
        "assert viewer.widget.position == [0]\n"
        "assert not {'panel', 'holoviews', 'bokeh'} & set(sys.modules)"
    )
    notebook.page.close()


def test_without_its_kernel_a_viewer_says_so_and_the_still_is_back(
    jupyter: Jupyter, browser: Browser
) -> None:
    write_notebook(jupyter.folder / "gone.ipynb", [MAKE, "viewer = jp.view()\nviewer"])
    notebook = jupyter.open(browser, "gone.ipynb", height=1600)
    notebook.run_all()
    wait_for_gray(notebook, level(0))
    notebook.evaluate("() => notebook.context.save()")
    notebook.open_again()
    wait_for_gray(notebook, level(0))
    scrub(notebook, 2)
    wait_for_gray(notebook, level(2))
    notebook.evaluate("() => notebook.context.sessionContext.session.kernel.restart()")
    notebook.page.get_by_role("alert").filter(has_text="Run the cell again").wait_for()
    notebook.messages.clear()
    scrub(notebook, 0)  # what has been seen is still here
    wait_for_gray(notebook, level(0))
    assert notebook.messages == []
    notebook.open_again()
    notebook.page.locator("figure[data-jpkl-still]").wait_for()
    assert notebook.page.locator(".jupyter-widgets:visible").count() == 0, "nor a message that it is gone"
    notebook.run_all()
    wait_for_gray(notebook, level(0))
    notebook.evaluate("() => jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    notebook.wait_for("() => jpkl.all('.viewer').length === 0")
    notebook.wait_until_sent(b'"close"')
    # Kernels hear what pages say in a thread of their own.
    waits = "import time\nfor _ in range(200):\n    if viewer.widget._open_views: time.sleep(0.05)\n"
    notebook.execute(f"{waits}assert not viewer.widget._open_views, 'it is answered no more'")
    notebook.page.close()


@pytest.mark.parametrize("app", ["lab/tree", "notebooks"])
def test_viewer_is_dark_where_jupyter_is(jupyter: Jupyter, browser: Browser, app: str) -> None:
    name = f"dark-{app.partition('/')[0]}.ipynb"
    write_notebook(jupyter.folder / name, [MAKE, "jp.view()"])
    notebook = jupyter.open(browser, name, app=app)
    notebook.run_all()
    wait_for_gray(notebook, level(0))
    color = "getComputedStyle(jpkl.all('.viewer .foot')[0]).color"
    for theme, soft in (("Dark", "rgb(167, 172, 178)"), ("Light", "rgb(90, 98, 107)")):
        notebook.evaluate(
            "t => jupyterapp.commands.execute('apputils:change-theme', {theme: `JupyterLab ${t}`})", theme
        )
        notebook.wait_for(f"soft => {color} === soft", soft)
    notebook.page.close()


def test_keys_are_the_viewers_while_the_pointer_is_in_it_and_else_the_notebooks(
    jupyter: Jupyter, browser: Browser
) -> None:
    write_notebook(jupyter.folder / "keys.ipynb", [MAKE, "jp.view()", "word = 1"])
    notebook = jupyter.open(browser, "keys.ipynb", height=1600)
    notebook.run_all()
    wait_for_gray(notebook, level(0))
    cells = "() => notebook.content.widgets.length"
    active = "() => notebook.content.activeCellIndex"
    before = notebook.evaluate(active)
    kind = "() => notebook.content.activeCell.model.type"
    notebook.page.keyboard.press("Escape")  # the notebook's own keys: no cell is edited
    notebook.page.keyboard.press("m")
    notebook.wait_for(f"() => ({kind})() === 'markdown'")
    notebook.page.locator(".viewer .figure").hover()
    notebook.page.keyboard.press("y")
    notebook.page.keyboard.press("ArrowRight")
    wait_for_gray(notebook, level(1))
    assert notebook.evaluate(active) == before, "pointing at a viewer does not leave the cell"
    assert notebook.evaluate(kind) == "markdown", (
        "letters that mean nothing to the viewer do not reach the notebook"
    )
    notebook.page.locator(".viewer .figure").click()
    notebook.page.keyboard.press("b")  # the sidebar, not a new cell
    notebook.page.keyboard.press("End")
    wait_for_gray(notebook, level(5))
    assert notebook.evaluate(cells) == 3
    notebook.page.locator(".cm-content", has_text="word = 1").click()
    notebook.page.locator(".viewer .figure").hover()
    notebook.page.keyboard.press("Home")
    notebook.page.keyboard.type("a b")
    notebook.page.locator(".cm-content", has_text="a bword = 1").wait_for()
    wait_for_gray(notebook, level(5))
    notebook.page.close()


def test_a_comparison_starts_where_the_picture_is(jupyter: Jupyter, browser: Browser) -> None:
    cell = "jp.view(compare=[jp], tools={'compare': {'mode': 'curtain'}})"
    write_notebook(jupyter.folder / "compare.ipynb", [MAKE, cell])
    notebook = jupyter.open(browser, "compare.ipynb")
    notebook.run_all()
    wait_for_gray(notebook, level(0))
    notebook.wait_for(
        """() => {
          const [a, b] = [".pane canvas", ".frame canvas"].map(
            selector => jpkl.all(selector)[0].getBoundingClientRect());
          const sides = ["left", "top", "width", "height"];
          return a.width > 0 && sides.every(side => Math.abs(a[side] - b[side]) < 1);
        }"""
    )
    notebook.page.close()


def test_restart_and_run_again(jupyter: Jupyter, browser: Browser) -> None:
    write_notebook(jupyter.folder / "restart.ipynb", [MAKE, "jp.view()"])
    notebook = jupyter.open(browser, "restart.ipynb")
    kernels, ports = len(jupyter.ask("kernels")), jupyter.ports_of_kernels()
    notebook.run_all()
    wait_for_gray(notebook, level(0))
    notebook.run_all()
    notebook.evaluate("() => notebook.context.sessionContext.session.kernel.restart()")
    notebook.run_all()
    scrub(notebook, 2)
    wait_for_gray(notebook, level(2))
    assert len(jupyter.ask("kernels")) == kernels
    assert jupyter.files_left() == []
    assert jupyter.ports_of_kernels() == ports, "the viewer needs no server of its own"
    notebook.page.close()


def test_saved_notebook_and_page_made_of_it_show_a_still(
    jupyter: Jupyter, browser: Browser, tmp_path: Path
) -> None:
    path = jupyter.folder / "saved.ipynb"
    write_notebook(path, [MAKE, "jp.view(position=(3,))", "jp.view(position=(4,))"])
    notebook = jupyter.open(browser, "saved.ipynb", height=2000)
    notebook.run_all()
    wait_for_gray(notebook, level(3))
    notebook.evaluate("() => notebook.context.save()")
    notebook.page.close()
    assert path.stat().st_size < SAVED_NBYTES
    check_stills(browser, path, tmp_path / "page.html")


def test_notebook_run_without_a_browser_shows_a_still(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "run.ipynb"
    write_notebook(path, [MAKE, "jp.view(position=(3,))", "jp.view(position=(4,))"])
    # In a process of its own, as Playwright has an event loop here.
    command = [sys.executable, "-m", "nbconvert", "--execute", "--to", "notebook", "--inplace", str(path)]
    subprocess.run(command, check=True, capture_output=True, timeout=100)
    assert path.stat().st_size < 2 * SAVED_NBYTES  # nbconvert keeps the state of widgets, too
    check_stills(browser, path, tmp_path / "page.html")


def test_an_embedded_viewer_scrubs_in_a_page_made_of_the_notebook(
    jupyter: Jupyter, browser: Browser, tmp_path: Path
) -> None:
    path = jupyter.folder / "embedded.ipynb"
    write_notebook(path, [MAKE, "jp.view(position=(3,)).embed()"])
    notebook = jupyter.open(browser, "embedded.ipynb", height=2000)
    notebook.run_all()
    scrub_in_frame(notebook.page)
    notebook.evaluate("() => notebook.context.save()")
    notebook.page.close()
    html, _ = HTMLExporter().from_filename(str(path))
    (tmp_path / "page.html").write_text(html)
    assert len(html) < 3_000_000
    context = browser.new_context(offline=True, viewport={"width": 1200, "height": 1600})
    page = context.new_page()
    page.add_init_script(DRIVER)
    page.goto((tmp_path / "page.html").as_uri())
    scrub_in_frame(page)
    context.close()


def scrub_in_frame(page: Page) -> None:
    """Move the slider of a report within a page, and wait for its pixels."""
    page.frame_locator("iframe[srcdoc][title]").locator(".viewer").wait_for()
    (frame,) = [frame for frame in page.frames if frame.url == "about:srcdoc"]
    for time in (3, 5):
        frame.wait_for_function(
            "gray => jpkl.view()?.shown && jpkl.pixel(20, 20).every((v, i) => Math.abs(v - gray[i]) <= 2)",
            arg=level(time),
        )
        slide(page, frame.get_by_label("time", exact=True).first, 5)


def check_stills(browser: Browser, notebook: Path, page_path: Path) -> None:
    """Convert a notebook to a page, and look at it with the network off."""
    html, _ = HTMLExporter(embed_images=True).from_filename(str(notebook))
    page_path.write_text(html)
    assert len(html) < 1_200_000
    context = browser.new_context(offline=True, viewport={"width": 1000, "height": 1600})
    page = context.new_page()
    page.goto(page_path.as_uri())
    stills = page.locator("figure", has_text="a still: run this cell")
    assert stills.count() == 2
    for still, time in zip(stills.all(), (3, 4), strict=True):
        assert still.is_visible()
        assert "viewer.save" in still.inner_text()
        gray = still.locator("img").evaluate(
            "image => { const canvas = new OffscreenCanvas(1, 1).getContext('2d');"
            " canvas.drawImage(image, 100, 100, 1, 1, 0, 0, 1, 1);"
            " return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3) }"
        )
        assert np.abs(np.subtract(gray, level(time))).max() <= 3
    context.close()

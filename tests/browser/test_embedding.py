"""The examples of docs/embedding: pages of other tools with a report or a viewer in them."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from jpkl_viewer import JPklViewer
from playwright.sync_api import Browser

from tests.browser.driver import SCRIPT, ViewerPage, served, slide
from tests.browser.pages import numbered
from tests.conftest import ROOT

EXAMPLES = ROOT / "docs" / "embedding"


def built(tmp_path: Path, tool: str, reports: str, *command: str) -> Path:
    """Copy an example, put a report where it belongs, and build the site."""
    jp, _ = numbered(5)
    shutil.copytree(EXAMPLES / tool, tmp_path / tool)
    folder = tmp_path / tool / reports
    folder.mkdir(exist_ok=True)
    JPklViewer(jp).save(folder / "cells.html", progress=False)
    subprocess.run([sys.executable, "-m", *command], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path / "site" / "index.html"


def assert_scrubs_in_frame(browser: Browser, page_path: Path) -> None:
    """Assert that the viewer in the page's frame follows its slider, without a network."""
    context = browser.new_context(offline=True, viewport={"width": 1280, "height": 1000})
    page = context.new_page()
    page.add_init_script(SCRIPT)
    page.goto(page_path.as_uri())
    frame = page.frame_locator("iframe").locator(".viewer")
    frame.wait_for()
    (inner,) = [inner for inner in page.frames if inner.url.endswith("cells.html")]
    inner.wait_for_function("() => jpkl.view()?.shown")
    slide(page, frame.get_by_label("time", exact=True), 3)
    inner.wait_for_function("() => jpkl.shown().position[0] === 3")
    context.close()


def test_mkdocs(browser: Browser, tmp_path: Path) -> None:
    pytest.importorskip("mkdocs")
    site = built(tmp_path, "mkdocs", "docs", "mkdocs", "build", "-f", "mkdocs/mkdocs.yml", "-d", "../site")
    assert_scrubs_in_frame(browser, site)


def test_sphinx(browser: Browser, tmp_path: Path) -> None:
    pytest.importorskip("sphinx")
    assert_scrubs_in_frame(browser, built(tmp_path, "sphinx", "reports", "sphinx", "sphinx", "site"))


def test_a_frame_of_any_page_with_the_position_in_its_address(browser: Browser, tmp_path: Path) -> None:
    jp, levels = numbered(5)
    jp.save(tmp_path / "cells.jpkl")
    with served(tmp_path / "cells.jpkl") as url:
        (tmp_path / "page.html").write_text(
            f'<iframe src="{url}#time=3&display=0-255" width="100%" height="720"></iframe>'
        )
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(SCRIPT)
        page.goto((tmp_path / "page.html").as_uri())
        page.frame_locator("iframe").locator(".viewer").wait_for()
        (inner,) = page.main_frame.child_frames
        inner.wait_for_function(
            "gray => jpkl.view()?.shown && jpkl.pixel(32, 32).every(v => Math.abs(v - gray) <= 2)",
            arg=levels[3],
        )
        assert inner.evaluate("() => jpkl.shown().position[0]") == 3
        page.close()


def test_panel_template(browser: Browser, tmp_path: Path) -> None:
    jp, _ = numbered(5)
    jp.save(tmp_path / "cells.jpkl")
    command = [sys.executable, "-u", "-m", "panel", "serve", str(EXAMPLES / "template.py"), "--port", "0"]
    with served(tmp_path, [*command, "--args", str(tmp_path / "cells.jpkl")]) as url:
        page = ViewerPage(browser.new_page(viewport={"width": 1280, "height": 900}), url)
        page.set("time", 4)
        page.wait_for_position(4)
        assert page.page.get_by_text("Acquired on the spinning disk.").is_visible()
        page.page.close()


def test_places_of_one_viewer_follow_each_other_in_an_app_of_panel(browser: Browser, tmp_path: Path) -> None:
    numbered(5)[0].save(tmp_path / "cells.jpkl")
    (tmp_path / "app.py").write_text(
        "import sys\nimport panel as pn\nfrom jpkl import JPkl\npn.extension()\n"
        "viewer = JPkl.load(sys.argv[1]).view()\n"
        'tabs = pn.Tabs(("shown", viewer), ("hidden", "nothing"), dynamic=True)\n'
        'pn.Column(viewer.panel(height=480), tabs, styles={"background": "#222"}).servable()\n'
    )
    command = [sys.executable, "-u", "-m", "panel", "serve", str(tmp_path / "app.py"), "--port", "0"]
    with served(tmp_path, [*command, "--args", str(tmp_path / "cells.jpkl")]) as url:
        page = ViewerPage(browser.new_page(viewport={"width": 1280, "height": 1200}), url)
        shown = "jpkl.all('.viewer').map(viewer => viewer.jpkl?.shown?.position[0]).join()"
        page.set("time", 3)
        page.wait_until(f"() => {shown} === '3,3'")
        page.page.get_by_text("hidden", exact=True).click()
        page.set("time", 1)
        page.wait_until(f"() => {shown} === '1'")
        page.page.get_by_text("shown", exact=True).click()
        page.wait_until(f"() => {shown} === '1,1'")
        slide(page.page, page.slider("time", 1), 4)
        page.wait_until(f"() => {shown} === '4,4'")
        assert page.evaluate("() => jpkl.all('.viewer').map(viewer => viewer.dataset.theme)") == [
            "dark",
            "dark",
        ]
        assert page.page.locator(".viewer").first.evaluate("viewer => viewer.clientHeight") == 480
        page.page.close()


def test_several_viewers_from_a_script(browser: Browser, tmp_path: Path) -> None:
    for name, n in (("a", 3), ("b", 7)):
        numbered(n)[0].save(tmp_path / f"{name}.jpkl")
    with socket.socket() as free:
        free.bind(("localhost", 0))
        port = free.getsockname()[1]
    script = (EXAMPLES / "serve.py").read_text("utf-8").replace("show=False", f"show=False, port={port}")
    (tmp_path / "serve.py").write_text(script, "utf-8")
    command = [sys.executable, "serve.py", "a.jpkl", "b.jpkl"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            wait_for_server(f"http://localhost:{port}/a")
            for name, size in (("a", 3), ("b", 7)):
                page = ViewerPage(browser.new_page(), f"http://localhost:{port}/{name}")
                assert page.evaluate("() => jpkl.view().stack.sizes") == [size]
                page.page.close()
        finally:
            process.terminate()


def wait_for_server(url: str) -> None:
    """Wait until a server answers."""
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.2)

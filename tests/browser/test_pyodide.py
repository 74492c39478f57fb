"""The page that ``panel convert`` makes of docs/embedding/pyodide: the viewer with Python in the browser.

The page loads Pyodide and packages from elsewhere. The tests ask nothing of the network: the environment
variable JPKL_PYODIDE names a folder that answers instead. It holds the files of a Pyodide distribution (the
full one, of the version that Panel's pages ask for) and, beside them, the wheels of the pure Python packages
that they install (Panel and Bokeh of the versions that are installed here)::

    pip download panel holoviews pyodide-http cachetools -d FOLDER --only-binary :all: --python-version 3.13

Without it, the tests that need it are skipped.
"""

from __future__ import annotations

import functools
import http.server
import json
import mimetypes
import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlparse

import bokeh
import numpy as np
import panel
import pytest
from jpkl_viewer.model.colormaps import COLORMAPS
from playwright.sync_api import Browser, Route

from tests.browser.driver import ViewerPage
from tests.browser.pages import assert_painted, draw, mitosis
from tests.browser.test_roi import wait_for_curve
from tests.browser.test_tools import LOSS
from tests.conftest import ROOT

RUNTIMES = ("pyodide", "pyodide-worker")

#: Loading Python and all packages takes a while, in ms.
PATIENCE = 180_000


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example as its README builds it, for a stack of two dims: a folder for each runtime."""
    folder = tmp_path_factory.mktemp("pyodide")
    shutil.copy(ROOT / "docs" / "embedding" / "pyodide" / "app.py", folder)
    mitosis().save(folder / "cells.jpkl")
    run("pip", "wheel", "--quiet", "--no-deps", "-w", "dist", str(ROOT), cwd=folder)
    (wheel,) = (folder / "dist").glob("*.whl")
    for runtime in RUNTIMES:
        run(
            *("panel", "convert", "app.py", "--to", runtime, "--out", runtime),
            *("--requirements", "holoviews", str(wheel), "--resources", "cells.jpkl", "--skip-embed"),
            cwd=folder,
        )
    return folder


def run(*command: str, cwd: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=cwd, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_example_becomes_a_page_with_library_and_stack(site: Path, runtime: str) -> None:
    code = (site / runtime / ("app.js" if "worker" in runtime else "app.html")).read_text("utf-8")
    wheel = re.search(r"emfs:(packed_wheels/jpkl-[^']+\.whl)", code)
    assert wheel is not None
    assert "JPkl.load" in code
    with zipfile.ZipFile(site / runtime / "app.resources.zip") as archive:
        assert sorted(archive.namelist()) == ["cells.jpkl", wheel[1]]


@pytest.mark.slow
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_the_viewer_runs_in_the_browser_alone(browser: Browser, site: Path, runtime: str) -> None:
    mirror = Mirror(folder_or_skip())
    jp = mitosis()
    pixels = np.asarray(jp)
    gray = COLORMAPS["gray"]
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE)
    context.route("**/*", mirror.answer)
    with served_files(site / runtime) as url:
        page = ViewerPage(context.new_page(), f"{url}/app.html")
        assert_painted(page, gray[pixels[..., 0, 0]])
        for time, channel in [*((t, 0) for t in range(1, 51, 7)), (50, 1), (23, 1), (0, 1)]:
            page.set("channel", channel)
            page.set("time", time)
            page.wait_for_position(time, channel)
            assert_painted(page, gray[pixels[..., time, channel]])
        page.set("projection", "max")
        assert_painted(page, gray[pixels[..., 1].max(-1)], LOSS)
        page.set("projection", "")
        draw(page, "rectangle", (20, 30), (60, 80))
        wait_for_curve(page, "r1")
        page.set("many frames", "filmstrip")
        page.page.get_by_text("of 51 along time").wait_for()
        page.page.wait_for_function("() => location.hash.includes('channel=1')")
        assert page.messages == []
        assert mirror.missing == []
    context.close()


def folder_or_skip() -> Path:
    folder = os.environ.get("JPKL_PYODIDE")
    if not folder:
        pytest.skip(
            "JPKL_PYODIDE names no folder with Pyodide and wheels; this module says what belongs into it"
        )
    if not (Path(folder) / "pyodide.js").is_file():
        pytest.fail(f"JPKL_PYODIDE names {folder}, where there is no pyodide.js")
    return Path(folder)


@contextmanager
def served_files(folder: Path) -> Iterator[str]:
    """URL of a server of static files."""
    handler = functools.partial(QuietHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("localhost", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://localhost:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class QuietHandler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *arguments: object) -> None:
        pass


class Mirror:
    """Answers for the hosts that a converted page loads from, from files of this machine.

    Attributes
    ----------
    missing : list of str
        URLs of files that it does not have.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.missing: list[str] = []

    def answer(self, route: Route) -> None:
        """Fulfill a request, but for those for the page itself."""
        url = urlparse(unquote(route.request.url))
        if url.hostname == "localhost":
            route.continue_()
            return
        headers = {"Access-Control-Allow-Origin": "*"}
        if url.path.startswith("/simple/"):
            found = self._index(url.path.split("/")[2])
            headers["Content-Type"] = "application/vnd.pypi.simple.v1+json"
            # What has no wheel here comes with Pyodide: the page looks there next.
            route.fulfill(status=200 if found["files"] else 404, body=json.dumps(found), headers=headers)
            return
        path = self._file(url.path)
        if not path.is_file():
            self.missing.append(route.request.url)
            route.fulfill(status=404, headers=headers)
            return
        headers["Content-Type"] = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        route.fulfill(body=path.read_bytes(), headers=headers)

    def _file(self, path: str) -> Path:
        """Scripts of Bokeh and Panel are those that are installed; the rest is in the folder."""
        name = Path(path).name
        if path.startswith("/bokeh/release/"):
            scripts = Path(bokeh.__file__).parent / "server" / "static" / "js"
            return scripts / name.replace(f"-{bokeh.__version__}", "")
        if path.startswith("/panel/") and not name.endswith(".whl"):
            return Path(panel.__file__).parent / "dist" / path.split("/dist/", 1)[1]
        return self._folder / name

    def _index(self, name: str) -> dict[str, object]:
        """What an index of packages says of one: the wheels in the folder."""
        wheels = [wheel.name for wheel in self._folder.glob("*-none-any.whl") if _project(wheel) == name]
        files = [{"filename": each, "url": f"https://wheels.test/{each}", "hashes": {}} for each in wheels]
        return {"name": name, "versions": [each.split("-")[1] for each in wheels], "files": files}


def _project(wheel: Path) -> str:
    return re.sub(r"[-_.]+", "-", wheel.name.split("-")[0]).lower()

"""A real Jupyter server, and a notebook opened from it in Chromium."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import psutil
from playwright.sync_api import Browser, Page

from tests.browser.driver import SCRIPT as DRIVER
from tests.browser.driver import slide

#: Finds the cells of the notebook that is open, and runs them.
_NOTEBOOK_SCRIPT = """
window.notebook = {
  // JupyterLab has its panels in the shell of the app; so has Notebook 7.
  get content() { return window.jupyterapp.shell.currentWidget?.content },
  get context() { return window.jupyterapp.shell.currentWidget?.context },
  get isReady() {
    const session = this.context?.sessionContext;
    return this.content?.model && session?.session?.kernel?.status === "idle";
  },
  runAll() { return window.jupyterapp.commands.execute("notebook:run-all-cells") },
  errors() {
    const cells = [...this.content.model.cells].filter(cell => cell.type === "code");
    const outputs = cells.flatMap(cell => cell.outputs.toJSON());
    return outputs.filter(o => o.output_type === "error").map(o => `${o.ename}: ${o.evalue}`);
  },
};
"""


#: Gray level of the frame at a time.
LEVELS = "np.arange(6) * 40 + 20"

MAKE = f"""
import numpy as np
from jpkl import JPkl
levels = {LEVELS}
as_stored = {{"channel_limits": [(0, 255)]}}
jp = JPkl(np.zeros((40, 50, 6), np.uint8) + levels.astype(np.uint8), dim_names=["time"], metadata=as_stored)
jp.save("stack.jpkl")
jp = JPkl.load("stack.jpkl")
jp
"""


@dataclass(frozen=True)
class Jupyter:
    """A server: its address, token and process, the folder that it shows, and where temporary files go."""

    url: str
    token: str
    process: int
    folder: Path
    temporary: Path

    def open(self, browser: Browser, name: str, *, app: str = "lab/tree", height: int = 1000) -> NotebookPage:
        """Open a notebook of the folder in JupyterLab, or with ``app="notebooks"`` in Notebook 7."""
        page = browser.new_page(viewport={"width": 1300, "height": height})
        return NotebookPage(page, f"{self.url}{app}/{name}?token={self.token}&reset")

    def ask(self, path: str) -> Any:
        """What the server's REST API answers, e.g. to ``kernels``."""
        request = urllib.request.Request(
            f"{self.url}api/{path}", headers={"Authorization": f"token {self.token}"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def files_left(self) -> list[Path]:
        """Temporary files that a kernel has left behind."""
        return [path for path in self.temporary.rglob("*") if path.is_file()]

    def ports_of_kernels(self) -> int:
        """Number of ports on which kernels listen."""
        kernels = psutil.Process(self.process).children(recursive=True)
        connections = [c for kernel in kernels for c in kernel.net_connections("inet")]
        return sum(connection.status == psutil.CONN_LISTEN for connection in connections)


@contextmanager
def jupyter_server(folder: Path, *, home: Path) -> Iterator[Jupyter]:
    """Serve a folder of notebooks; settings and runtime files go to ``home``."""
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--port=0", "--ServerApp.port_retries=0"]
    options = ["--LabApp.expose_app_in_browser=True", "--JupyterNotebookApp.expose_app_in_browser=True"]
    root = ["--allow-root", f"--ServerApp.root_dir={folder}"]
    places = ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "TMPDIR")
    environment = {**os.environ, **{place: str(home / place.lower()) for place in places}}
    # Kernels of users compile no module anew; this one, and benchmarks of it, would for JPkl's alone.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    for place in places:
        Path(environment[place]).mkdir(parents=True, exist_ok=True)
    with subprocess.Popen(
        [*command, *options, *root], stderr=subprocess.PIPE, text=True, env=environment
    ) as process:
        try:
            url, token = _announced(process)
            yield Jupyter(url, token, process.pid, folder, home / "tmpdir")
        finally:
            process.terminate()
            process.communicate(timeout=30)


def _announced(process: subprocess.Popen[str]) -> tuple[str, str]:
    assert process.stderr is not None
    lines = []
    for line in process.stderr:
        lines.append(line)
        if found := re.search(r"(http://(?:localhost|127\.0\.0\.1):\d+/)\S*\?token=(\w+)", line):
            return found[1], found[2]
    raise RuntimeError(f"the server ended with exit code {process.wait()}: {''.join(lines)}")


class NotebookPage:
    """A notebook in the browser."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.messages: list[str] = []
        self.requests: list[str] = []
        self.sent: list[bytes] = []  # to kernels
        page.on("websocket", lambda socket: socket.on("framesent", self._note_sent))
        page.on("console", lambda m: self.messages.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.messages.append(error.stack or str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.add_init_script(DRIVER + _NOTEBOOK_SCRIPT)
        page.goto(url)
        self._wait_until_ready()

    def open_again(self) -> None:
        """Load the page again; the kernel goes on."""
        self.page.reload()
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        self.page.wait_for_function("() => window.jupyterapp && window.notebook?.isReady", timeout=60_000)

    def _note_sent(self, message: str | bytes) -> None:
        self.sent.append(message.encode() if isinstance(message, str) else message)

    def wait_until_sent(self, part: bytes) -> None:
        """Wait until a message to the kernel has had this in it: what is executed later comes after it."""
        for _ in range(200):
            if any(part in message for message in self.sent):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"nothing with {part!r} was sent to the kernel")

    def run_all(self, timeout: float = 90) -> None:
        """Run all cells, and fail where one of them fails."""
        self.page.evaluate("() => notebook.runAll()")
        self.page.wait_for_function("() => notebook.isReady", timeout=1000 * timeout)
        errors = self.evaluate("() => notebook.errors()")
        assert errors == [], errors

    def execute(self, code: str) -> None:
        """Run Python in the notebook's kernel, outside of its cells, and fail where that fails."""
        kernel = "notebook.context.sessionContext.session.kernel"
        reply = self.page.evaluate(f"code => {kernel}.requestExecute({{code}}).done", code)
        assert reply["content"]["status"] == "ok", "\n".join(reply["content"]["traceback"])

    def evaluate(self, code: str, argument: Any = None) -> Any:
        """Run JavaScript."""
        return self.page.evaluate(code, argument)

    def wait_for(self, condition: str, argument: Any = None, timeout: float = 20) -> None:
        """Wait until a JavaScript function is true."""
        self.page.wait_for_function(condition, arg=argument, timeout=1000 * timeout)


def write_notebook(path: Path, sources: Sequence[str]) -> None:
    """Write a notebook of code cells."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, path)


def level(time: int) -> list[int]:
    return [40 * time + 20] * 3


def wait_for_gray(notebook: NotebookPage, gray: list[int], number: int = 0) -> None:
    notebook.wait_for(
        "([n, gray]) => { const view = jpkl.all('.viewer')[n]?.jpkl; if (!view?.shown) return false;"
        " jpkl.view = () => view; return jpkl.pixel(20, 20).every((v, i) => Math.abs(v - gray[i]) <= 2) }",
        [number, gray],
    )


def scrub(notebook: NotebookPage, time: int, number: int = 0) -> None:
    """Move the slider of one of the viewers of a notebook."""
    slide(notebook.page, notebook.page.locator("input[type=range][aria-label=time]").nth(number), time)

"""Drive the viewer in a real Chromium: move its sliders, and read what it has painted."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import Browser, Page, sync_playwright

from tests.tools.chromium import find_chromium

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

#: Finds the viewer on the page, moves its controls, and reads pixels of the figure's canvas.
_SCRIPT = """
window.jpkl = {
  // All elements that match, through shadow roots.
  all(selector, node = document) {
    const inner = [...node.querySelectorAll("*")].filter(e => e.shadowRoot);
    return [...node.querySelectorAll(selector), ...inner.flatMap(e => this.all(selector, e.shadowRoot))];
  },
  view() {
    return this.all(".viewer")[0]?.jpkl;
  },
  figure() {
    return this.view().figureView;
  },
  // The position on the screen, and the number of the change that brought it there.
  shown() {
    return this.view().shown;
  },
  control(label) {
    return this.all("input, select, button").find(e => e.getAttribute("aria-label") === label);
  },
  set(label, value) {
    const control = this.control(label);
    control.value = value;
    control.dispatchEvent(new Event(control.oninput ? "input" : "change", {bubbles: true}));
  },
  // RGB of the canvas where image pixel (x, y) is painted.
  pixel(x, y) {
    const view = this.figure();
    const [sx] = view.frame.x_scale.v_compute([x]), [sy] = view.frame.y_scale.v_compute([y]);
    const {canvas} = view.canvas_view.primary;
    const ratio = canvas.width / view.canvas_view.bbox.width;
    const at = [Math.floor(sx * ratio), Math.floor(sy * ratio)];
    return [...canvas.getContext("2d").getImageData(...at, 1, 1).data].slice(0, 3);
  },
  // Image pixels painted on a grid: shape (rows, columns, 3).
  pixels(xs, ys) {
    return ys.map(y => xs.map(x => this.pixel(x, y)));
  },
  async until(isDone) {
    const start = performance.now();
    while (!isDone()) {
      if (performance.now() - start > 10000) return Infinity;
      await new Promise(done => setTimeout(done, 0));
    }
    return performance.now() - start;
  },
  // Moves a slider 60 times a second for some time; resolves to the lag of the last frame in ms.
  async drag(label, seconds, size, x, y, expected) {
    const n = Math.round(60 * seconds);
    const start = performance.now();
    for (let i = 1; i <= n; i++) {
      this.set(label, i % size);
      const due = start + i * 1000 / 60;
      await new Promise(done => setTimeout(done, Math.max(0, due - performance.now())));
    }
    return this.until(() => this.pixel(x, y)[0] === expected[n % size]);
  },
}
"""


@contextmanager
def launched_browser() -> Iterator[Browser]:
    """A headless Chromium that asks nothing of the network."""
    path = find_chromium()
    if path is None:
        raise FileNotFoundError("no Chromium starts here: python -m tests.tools.chromium installs one")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def browser_or_skip() -> Iterator[Browser]:
    """The same for fixtures: skips the test where no browser is found, but never in CI."""
    if find_chromium() is None and not os.environ.get("CI"):
        pytest.skip("no Chromium here: python -m tests.tools.chromium installs one")
    with launched_browser() as browser:
        yield browser


def view_command(*paths: Path) -> list[str]:
    """``jpkl view`` of files or a folder, without opening a browser."""
    return [sys.executable, "-u", "-m", "jpkl", "view", *map(str, paths), "--no-show"]


@contextmanager
def served(path: Path, command: Sequence[str] | None = None) -> Iterator[str]:
    """URL of a file or folder served by ``jpkl view``, as a user would do it, or by another command.

    A traceback in what the server prints until its end by Ctrl-C is an error.
    """
    command = command or view_command(path)
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            yield _announced_url(process)
        finally:
            process.send_signal(signal.SIGINT)
            rest, _ = process.communicate(timeout=20)
            assert "Traceback" not in rest, rest


def _announced_url(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if found := re.search(r"http://\S+", line):
            return found[0]
    raise RuntimeError(f"the server ended with exit code {process.wait()}: {''.join(lines)}")


class ViewerPage:
    """A page with a viewer in it.

    Attributes
    ----------
    requests : list of str
        URLs that the page has asked for.
    messages : list of str
        Errors on its console.
    """

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        self.requests: list[str] = []
        self.messages: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("console", lambda m: self.messages.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: self.messages.append(str(error)))
        page.add_init_script(_SCRIPT)
        page.goto(url)
        page.wait_for_function("() => window.jpkl.view()?.shown")
        page.evaluate("() => jpkl.all('details').forEach(group => (group.open = true))")

    def set(self, label: str, value: float | str) -> None:
        """Give the control of that accessible name a value, as a user's hand would."""
        self.page.evaluate("([l, v]) => jpkl.set(l, v)", [label, value])

    def click(self, label: str) -> None:
        """Click the control of that accessible name or text."""
        self.page.get_by_label(label, exact=True).or_(self.page.get_by_text(label, exact=True)).first.click()

    def point_at(self, x: float, y: float) -> None:
        """Move the mouse over image pixel (y, x)."""
        left, top = self.page.evaluate(
            "([x, y]) => { const view = jpkl.figure(), r = view.el.getBoundingClientRect();"
            " return [r.left + view.frame.x_scale.compute(x), r.top + view.frame.y_scale.compute(y)] }",
            [x, y],
        )
        self.page.mouse.move(left, top)

    def wait_for_position(self, *position: int) -> None:
        """Wait until the frame of that index is on the screen."""
        self.page.wait_for_function(
            "p => jpkl.view().shown?.position.every((v, i) => v === p[i])", arg=list(position)
        )

    def pixel(self, x: int, y: int) -> list[int]:
        """RGB that is painted for image pixel (y, x)."""
        color: list[int] = self.page.evaluate("([x, y]) => jpkl.pixel(x, y)", [x, y])
        return color

    def pixels(self, xs: list[int], ys: list[int]) -> NDArray[np.uint8]:
        """RGB that is painted on a grid of image pixels, shape (rows, columns, 3)."""
        return np.array(self.page.evaluate("([xs, ys]) => jpkl.pixels(xs, ys)", [xs, ys]), np.uint8)

    def wait_for_pixel(self, x: int, y: int, color: list[int]) -> None:
        """Wait until image pixel (y, x) is painted in a color."""
        self.page.wait_for_function(
            "([x, y, c]) => jpkl.pixel(x, y).every((v, i) => v === c[i])", arg=[x, y, list(map(int, color))]
        )

    def evaluate(self, code: str, argument: Any = None) -> Any:
        """Run JavaScript."""
        return self.page.evaluate(code, argument)

"""Drive the viewer in a real Firefox, over WebDriver BiDi: Playwright's own Firefox is another one."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.browser.driver import SCRIPT
from tests.tools.javascript import node_folder


class FirefoxPage:
    """A page in Firefox, and the hands of its user."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def __call__(self, name: str, *values: Any) -> Any:
        """Run one of the commands in ``firefox.mjs``."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps([name, *values]), file=self._process.stdin, flush=True)
        answer = json.loads(self._process.stdout.readline() or '{"error": "Firefox has ended"}')
        assert "error" not in answer, f"{name} {values}: {answer['error']}"
        return answer["result"]

    def open(self, url: str) -> None:
        """Open a page, and wait until its viewer shows something."""
        self("goto", url)
        self("evaluate", f"() => {{ {SCRIPT}; return null }}")
        self.wait_until("() => Boolean(jpkl.view()?.shown)")

    def wait_until(self, condition: str, argument: Any = None, timeout: float = 20) -> None:
        """Wait until a JavaScript function is true."""
        end = time.monotonic() + timeout
        while not self("evaluate", condition, argument):
            assert time.monotonic() < end, f"not within {timeout} s: {condition} of {argument}"
            time.sleep(0.05)

    def wait_for_position(self, *position: int) -> None:
        """Wait until the frame of that index is on the screen, and painted."""
        self.wait_until("p => jpkl.view().shown.position.every((v, i) => v === p[i])", list(position))
        self(
            "evaluate",
            "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(0))))",
        )

    def place(self, x: float, y: float) -> tuple[float, float]:
        """Where on the page image pixel (y, x) is."""
        left, top = self("evaluate", "([x, y]) => jpkl.place(x, y)", [x, y])
        return left, top

    def seen(self, xs: list[int], ys: list[int]) -> NDArray[np.uint8]:
        """RGB that the screen shows of image pixels, shape (rows, columns, 3)."""
        screen = np.asarray(Image.open(io.BytesIO(base64.b64decode(self("screenshot")))).convert("RGB"))
        places = [[self.place(x, y) for x in xs] for y in ys]
        return np.array([[screen[int(top), int(left)] for left, top in row] for row in places])


@contextmanager
def firefox_page(path: str, preferences: Mapping[str, Any]) -> Iterator[FirefoxPage]:
    """A headless Firefox with one page, in a new profile with these preferences."""
    node = node_folder() / ("node.exe" if os.name == "nt" else "node")
    command = [node, Path(__file__).with_name("firefox.mjs"), path, json.dumps(preferences)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield FirefoxPage(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait(timeout=30)

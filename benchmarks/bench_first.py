"""The first picture after opening a page of ``jpkl view``, by stages, in a real Chromium."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser

from benchmarks._data import gray_frames, source_name
from benchmarks._page import REACHED
from benchmarks._report import Figure, print_figures
from jpkl import JPkl
from tests.browser.driver import SCRIPT, launched_browser, served

_N_OPENINGS = 7

#: Times in ms since the navigation began: when the page, its scripts and its data were there.
_TIMES = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const scripts = performance.getEntriesByType("resource").filter(e => e.initiatorType === "script");
  const {first, viewer, picture, whole} = window.reached;
  return [page.responseEnd, Math.max(...scripts.map(e => e.responseEnd)), first, viewer, picture, whole];
}"""

#: Notes when the first message has come over the WebSocket.
_FIRST_MESSAGE = """
const {WebSocket: Socket} = window;
window.WebSocket = class extends Socket {
  constructor(...args) {
    super(...args);
    this.addEventListener("message", () => (reached.first ??= performance.now()));
  }
};
"""

_STAGES = (
    "the page has come",
    "its scripts have come",
    "the first message has come",
    "the viewer is made",
    "the first picture is painted",
    "all around it is there",
)


def main() -> None:
    title = f"First picture: {source_name()}, enlarged; headless Chromium, medians of {_N_OPENINGS} openings"
    with tempfile.TemporaryDirectory() as folder, launched_browser() as browser:
        path = Path(folder) / "1024.jpkl"
        JPkl(gray_frames(1024, 60), axes="ZYX").save(path)
        print_figures(title, _figures(browser, path))


def _figures(browser: Browser, path: Path) -> Iterator[Figure]:
    started = time.perf_counter()
    with served(path) as url:
        yield Figure("from the command to its URL", time.perf_counter() - started, unit="s")
        times = [_open(browser, url) for _ in range(_N_OPENINGS)]
    medians = np.median(np.array(times), axis=0)
    for stage, before, after in zip(_STAGES, [0.0, *medians], medians, strict=False):
        yield Figure(f"  until {stage}", float(after - before), unit="ms", note=f"at {after:.0f} ms")
    yield Figure("from opening the page to the first picture", float(medians[-2]), 1000, "ms")


def _open(browser: Browser, url: str) -> list[float]:
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.add_init_script(SCRIPT + REACHED + _FIRST_MESSAGE)
    page.goto(url)
    page.wait_for_function("() => window.reached.picture && window.reached.whole")
    times: list[float] = page.evaluate(_TIMES)
    page.close()
    return times


if __name__ == "__main__":
    main()

"""Pages without Python: size, the first picture of a stack behind a URL, and a projection, in Chromium."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jpkl_viewer import JPklViewer, save_stand_alone_page
from playwright.sync_api import Browser

from benchmarks._data import gray_frames, source_name
from benchmarks._page import REACHED
from benchmarks._report import Figure, print_figures
from jpkl import JPkl
from tests.browser.driver import SCRIPT, ViewerPage, launched_browser
from tests.tools.range_server import RangeServer, range_server

_N_OPENINGS = 7
_LATENCY = 0.02

#: Times in ms since the navigation began: when the page and parts of the stack came, and what was reached.
_TIMES = """() => {
  const [page] = performance.getEntriesByType("navigation");
  const parts = performance.getEntriesByType("resource").filter(e => e.name.endsWith(".jpkl"));
  const asked = [parts[0], parts.at(-1)].flatMap(e => [e.startTime, e.responseEnd]);
  return [page.responseEnd, ...asked, reached.viewer, reached.picture, reached.whole];
}"""

_STAGES = (
    "until the end of the file is asked for",
    "until it has come",
    "until the first frame is asked for",
    "until it has come",
    "until the viewer is made",
    "until the picture is painted",
    "until all around it is there",
)

#: Clicks, and waits until a projection is on the screen.
_PROJECT = """() => new Promise(done => {
  const view = jpkl.view(), start = performance.now();
  jpkl.all(".views button").find(e => e.textContent.trim() === "Projection").click();
  const look = () => {
    const frame = view.shown?.layers[0]?.frame;
    if (String(frame).includes("@")) done(performance.now() - start);
    else setTimeout(look, 2);
  };
  look();
})"""


def main() -> None:
    title = f"Stand-alone page: {source_name()}, enlarged; server with {1e3 * _LATENCY:.0f} ms; medians"
    with tempfile.TemporaryDirectory() as folder, launched_browser() as browser:
        print_figures(title, _figures(browser, Path(folder)))


def _figures(browser: Browser, folder: Path) -> Iterator[Figure]:
    yield Figure("the page", save_stand_alone_page(folder / "viewer.html") / 1e3, 700, "kB")
    JPkl(gray_frames(1024, 60), axes="ZYX").save(folder / "stack.jpkl")
    with range_server(folder, _LATENCY) as server:
        times = np.median([_open(browser, server) for _ in range(_N_OPENINGS)], axis=0)
        n_requests = sum(path.endswith(".jpkl") for path, _ in server.log) / _N_OPENINGS
    yield Figure("requests until the first picture, 1024 gray", n_requests, 2, "")
    for stage, before, after in zip(_STAGES, times, times[1:], strict=False):
        yield Figure(f"  {stage}", float(after - before), unit="ms", note=f"at {after - times[0]:.0f} ms")
    yield Figure("from the page's own load to the first picture", float(times[-2] - times[0]), 300, "ms")
    jp = JPkl(gray_frames(512, 200), axes="ZYX")
    JPklViewer(jp).save(folder / "report.html", progress=False)
    projected = [_project(browser, folder / "report.html") for _ in range(_N_OPENINGS)]
    yield Figure(
        "max projection of 200 x 512 x 512 gray in a report, cold", float(np.median(projected)), 300, "ms"
    )


def _open(browser: Browser, server: RangeServer) -> list[float]:
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    page.add_init_script(SCRIPT + REACHED)
    page.goto(f"{server.url}/viewer.html?url=stack.jpkl")
    page.wait_for_function("() => window.reached.picture && window.reached.whole")
    times: list[float] = page.evaluate(_TIMES)
    page.close()
    return times


def _project(browser: Browser, report: Path) -> float:
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    view = ViewerPage(page, report.as_uri(), is_first_view=True)
    page.wait_for_timeout(1000)
    milliseconds = float(view.evaluate(_PROJECT))
    page.close()
    return milliseconds


if __name__ == "__main__":
    main()

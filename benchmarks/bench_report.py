"""Reports, opened from a file without a network: size, build, first picture, scrubs; beside Panel's."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from bokeh.embed import file_html
from bokeh.plotting import figure
from bokeh.resources import INLINE
from jpkl_viewer import JPklViewer
from playwright.sync_api import Browser, Page, ViewportSize

from benchmarks._data import gray_frames, source_name
from benchmarks._page import NAIVE, TIMING
from benchmarks._report import Figure, print_figures
from jpkl import JPkl
from tests.browser.driver import ViewerPage, launched_browser

_N_FRAMES = 60
_SIDE = 512
_PROBE = _SIDE - _SIDE // 8
_VIEWPORT: ViewportSize = {"width": 1280, "height": 900}

#: Panel's own way to a file: every state of the slider, computed ahead and kept as JSON.
_PANEL = """
import sys
import holoviews as hv
import panel as pn
from bokeh.resources import INLINE
from jpkl import JPkl

hv.extension("bokeh")
jp = JPkl.load(sys.argv[1])
height, width, n = jp.shape
grays = [f"#{i:02x}{i:02x}{i:02x}" for i in range(256)]

def draw(z):
    image = hv.Image(jp[..., z], bounds=(0, 0, width, height))
    return image.opts(cmap=grays, clim=(0, 255), frame_width=560, frame_height=560)

pane = pn.panel(hv.DynamicMap(draw, kdims=[hv.Dimension("z", range=(0, n - 1), step=1, type=int)]))
pane.save(sys.argv[2], embed=True, max_states=n, max_opts=n, resources=INLINE)
"""


def main() -> None:
    title = f"Reports: {source_name()}, enlarged to {_SIDE}, {_N_FRAMES} frames; from file://, network off"
    with tempfile.TemporaryDirectory() as folder, launched_browser() as browser:
        print_figures(title, _figures(browser, Path(folder)))


def _figures(browser: Browser, folder: Path) -> Iterator[Figure]:
    jp, values = _numbered_stack()
    stack, report = folder / "stack.jpkl", folder / "report.html"
    jp.save(stack)
    start = time.perf_counter()
    written = JPklViewer(jp).save(report, progress=False)
    seconds = time.perf_counter() - start
    panel, panel_nbytes, panel_seconds = _panel_scrub(browser, stack, folder, values)
    yield from _size_figures(folder, jp.compressed_nbytes, written.nbytes, panel_nbytes)
    yield Figure("building the report", seconds, None, "s", note=f"Panel {panel_seconds:.1f} s")
    yield from _scrub_figures(browser, report, values, panel)
    yield from _large_figures(browser, folder)


def _numbered_stack() -> tuple[JPkl, list[int]]:
    frames = gray_frames(_SIDE, _N_FRAMES)
    frames[:, :, -_SIDE // 4 :] = np.linspace(10, 190, _N_FRAMES).astype(np.uint8)[:, None, None]
    jp = JPkl(frames, axes="ZYX")
    return jp, [int(value) for value in jp[_SIDE // 2, -_SIDE // 8]]


def _size_figures(folder: Path, stored: int, nbytes: int, panel_nbytes: int) -> Iterator[Figure]:
    empty = figure()
    empty.scatter([0], [0])
    bokeh = len(file_html(empty, INLINE).encode())
    tiny = folder / "tiny.html"
    fixed = JPklViewer(JPkl(np.zeros((8, 8, 1), np.uint8))).save(tiny, progress=False).nbytes
    note = f"{nbytes / 1e6:.1f} MB in all, Bokeh {bokeh / 1e6:.2f} MB, JPEGs {stored / 1e6:.1f} MB"
    yield Figure(
        "page less what Bokeh's inline code weighs, of the stored JPEGs",
        (nbytes - bokeh) / stored,
        1.36,
        "x",
        note=note,
    )
    yield Figure("a page with next to no frames, of Bokeh's", fixed / bokeh, None)
    note = f"Panel's embed=True {panel_nbytes / 1e6:.1f} MB"
    yield Figure("times smaller than Panel's", panel_nbytes / nbytes, None, at_most=False, note=note)


def _page(browser: Browser) -> Page:
    return browser.new_context(offline=True, viewport=_VIEWPORT).new_page()


def _scrub_figures(browser: Browser, report: Path, values: list[int], panel: float) -> Iterator[Figure]:
    page = _page(browser)
    page.add_init_script(TIMING)
    view = ViewerPage(page, report.as_uri())
    page.wait_for_timeout(500)
    code = """([order, values, at]) => (async () => {
      const times = [];
      for (const i of order) {
        times.push(await bench.scrub(i => bench.set("z", i), () => bench.gray(at), i, values[i]));
        await new Promise(done => setTimeout(done, 10));
      }
      return times;
    })()"""
    times = view.evaluate(code, [_order(), values, _PROBE])
    note = f"Panel {panel:.0f} ms"
    yield Figure("slider change to painted frame, 512 gray", float(np.median(times)), 25, "ms", note=note)
    code = "([values, at]) => bench.drag(i => bench.set('z', i), () => bench.gray(at), values)"
    lags = [view.evaluate(code, [values, _PROBE]) for _ in range(3)]
    yield Figure("lag after a drag of 2 s at 60 events/s, 512 gray", float(np.median(lags)), 60, "ms")
    page.context.close()


def _order() -> list[int]:
    """Frames in far jumps."""
    order: list[int] = np.random.default_rng(0).permutation(np.arange(1, _N_FRAMES)).tolist()
    return order


def _large_figures(browser: Browser, folder: Path) -> Iterator[Figure]:
    frames = gray_frames(1024, 120)
    generator = np.random.default_rng(0)
    for i in range(len(frames)):  # noise makes JPEGs large
        frames[i] += generator.integers(0, 32, frames[i].shape, np.uint8)
    jp = JPkl(frames, axes="ZYX", jpeg_quality=95)
    report = folder / "large.html"
    JPklViewer(jp).save(report, progress=False)
    seconds = []
    for _ in range(5):
        page = _page(browser)
        start = time.perf_counter()
        page.goto(report.as_uri(), wait_until="commit")
        page.wait_for_function(
            "() => document.querySelector('.live')?.shadowRoot?.firstElementChild?.jpkl.shown"
        )
        seconds.append(time.perf_counter() - start)
        page.context.close()
    note = f"{report.stat().st_size / 1e6:.0f} MB, 1024 gray"
    yield Figure("opening a large report to its first picture", float(np.median(seconds)), 2, "s", note=note)


def _panel_scrub(browser: Browser, stack: Path, folder: Path, values: list[int]) -> tuple[float, int, float]:
    """Median ms of a scrub in what Panel saves, its bytes, and the seconds that it took."""
    script, saved = folder / "panel_save.py", folder / "panel.html"
    script.write_text(_PANEL)
    start = time.perf_counter()
    subprocess.run([sys.executable, str(script), str(stack), str(saved)], check=True, capture_output=True)
    seconds = time.perf_counter() - start
    page = _page(browser)
    page.add_init_script(TIMING + NAIVE)
    page.goto(saved.as_uri())
    page.wait_for_function("() => naive.figure()?.canvas_view")
    page.wait_for_timeout(1000)
    call = """([value, values, at]) => {
      // Panel has put another one in the place of the slider, which alone has the states behind it.
      const sliders = [...Bokeh.documents[0].all_models].filter(m => m.type.endsWith("Slider"));
      const slider = sliders.find(m => Object.keys(m.js_property_callbacks).length);
      const set = i => slider.value = i;
      return bench.scrub(set, () => naive.gray(at, at), value, values[value]);
    }"""
    times = [page.evaluate(call, [i, values, _PROBE]) for i in _order()[:20]]
    page.context.close()
    return float(np.median(times)), saved.stat().st_size, seconds


if __name__ == "__main__":
    main()

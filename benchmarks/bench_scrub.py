"""Scrubbing in a real Chromium: ``jpkl view`` against the naive DynamicMap, in one run."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser

from benchmarks._data import gray_frames, source_name
from benchmarks._report import Figure, print_figures
from jpkl import JPkl
from tests.browser.driver import ViewerPage, launched_browser, served

_N_FRAMES = 60
_N_SCRUBS = 60
_VIEWPORT = {"width": 1280, "height": 720}

#: The naive viewer: float pixels in an `hv.Image`, and HoloViews' own widgets.
_NAIVE = """
import sys
import holoviews as hv
import panel as pn
from jpkl import JPkl

hv.extension("bokeh")
jp = JPkl.load(sys.argv[1])
height, width, n = jp.shape

def draw(z):
    return hv.Image(jp[..., z].astype(float), bounds=(0, 0, width, height)).opts(
        cmap=[f"#{i:02x}{i:02x}{i:02x}" for i in range(256)], clim=(0, 255), frame_width=560, frame_height=560
    )

pn.panel(hv.DynamicMap(draw, kdims=[hv.Dimension("z", range=(0, n - 1), step=1, type=int)])).servable()
"""
_NAIVE_SCRIPT = """
window.naive = {
  figure() {
    const views = [...(window.Bokeh?.index?.roots ?? [])];
    while (views.length) {
      const view = views.pop();
      if (view.model.type === "Figure") return view;
      views.push(...(view.child_views ?? []));
    }
  },
  set(value) {
    [...Bokeh.documents[0].all_models].find(m => m.type.endsWith("Slider")).value = value;
  },
  gray(x, y) {
    const view = this.figure(), {canvas} = view.canvas_view.primary;
    const ratio = canvas.width / view.canvas_view.bbox.width;
    const at = [view.frame.x_scale.compute(x) * ratio, view.frame.y_scale.compute(y) * ratio];
    return canvas.getContext("2d").getImageData(...at.map(Math.floor), 1, 1).data[0];
  },
};
"""
#: Times a scrub, and the lag after a drag. Colormaps round differently: one gray value more is no matter.
_TIMING = """
window.bench = {
  async painted(gray, expected) {
    const start = performance.now();
    while (Math.abs(gray() - expected) > 1) {
      if (performance.now() - start > 5000) return Infinity;
      await new Promise(done => setTimeout(done, 0));
    }
    return performance.now() - start;
  },
  scrub(set, gray, index, expected) {
    const start = performance.now();
    set(index);
    return this.painted(gray, expected).then(() => performance.now() - start);
  },
  async drag(set, gray, values) {
    const start = performance.now();
    for (let i = 1; i <= 120; i++) {
      set(i % values.length);
      await new Promise(done => setTimeout(done, Math.max(0, start + i * 1000 / 60 - performance.now())));
    }
    return this.painted(gray, values[120 % values.length]);
  },
};
"""


@dataclass(frozen=True)
class Stack:
    """Real frames with an edge whose gray value tells the frame's number."""

    path: Path
    side: int
    values: list[int]

    @property
    def probe(self) -> int:
        """Where the edge is read: x and y in pixels."""
        return self.side - self.side // 8


def main() -> None:
    title = f"Scrub: {source_name()}, enlarged, {_N_FRAMES} frames; headless Chromium, medians of {_N_SCRUBS}"
    with tempfile.TemporaryDirectory() as folder, launched_browser() as browser:
        print_figures(title, _figures(browser, Path(folder)))


def _figures(browser: Browser, folder: Path) -> Iterator[Figure]:
    for side, at_most, times_faster in ((512, 25, 7), (1024, 35, 7), (2048, 55, 12)):
        stack = _numbered_stack(folder / f"{side}.jpkl", side)
        cold, cached, lag = _measure_ours(browser, stack)
        naive, naive_lag = _measure_naive(browser, stack, folder)
        what = f"slider change to painted frame, {side} gray"
        yield Figure(what, cold, at_most, "ms", note=f"naive {naive:.0f} ms")
        yield Figure(f"{what}, times faster than naive", naive / cold, times_faster, at_most=False)
        yield Figure(f"{what}, already in the browser's cache", cached, unit="ms")
        note = f"naive {naive_lag:.0f} ms"
        yield Figure(f"lag after a drag of 2 s at 60 events/s, {side} gray", lag, 100, "ms", note=note)


def _numbered_stack(path: Path, side: int) -> Stack:
    frames = gray_frames(side, _N_FRAMES)
    frames[:, :, -side // 4 :] = np.linspace(10, 245, _N_FRAMES).astype(np.uint8)[:, None, None]
    jp = JPkl(frames, axes="ZYX")
    jp.save(path)
    return Stack(path, side, [int(value) for value in jp[side // 2, -side // 8]])


def _measure_ours(browser: Browser, stack: Stack) -> tuple[float, float, float]:
    """Median ms of scrubs to new frames, of scrubs to frames seen before, and of lags."""
    call = "([value, values, at]) => bench.%s(i => jpkl.set('z', i), () => jpkl.pixel(at, at)[0], %s)"
    with served(stack.path) as url:
        page = browser.new_page(viewport=_VIEWPORT)
        page.add_init_script(_TIMING)
        view = ViewerPage(page, url)
        # Far jumps, so that prefetching does not serve them.
        order = np.random.default_rng(0).permutation(np.arange(1, _N_FRAMES)).tolist()
        scrub = call % ("scrub", "value, values[value]")
        times = [view.evaluate(scrub, [i, stack.values, stack.probe]) for i in order + order]
        drag = call % ("drag", "values")
        lags = [view.evaluate(drag, [0, stack.values, stack.probe]) for _ in range(3)]
        page.close()
    return (
        float(np.median(times[: len(order)])),
        float(np.median(times[len(order) :])),
        float(np.median(lags)),
    )


def _measure_naive(browser: Browser, stack: Stack, folder: Path) -> tuple[float, float]:
    call = "([value, values, at]) => bench.%s(i => naive.set(i), () => naive.gray(at, at), %s)"
    script = folder / "naive.py"
    script.write_text(_NAIVE)
    command = [sys.executable, "-u", "-m", "panel", "serve", str(script), "--port", "0", "--args"]
    with served(stack.path, [*command, str(stack.path)]) as url:
        page = browser.new_page(viewport=_VIEWPORT)
        page.add_init_script(_TIMING + _NAIVE_SCRIPT)
        page.goto(url)
        page.wait_for_function("() => naive.figure()?.canvas_view")
        page.wait_for_timeout(1000)
        order = np.random.default_rng(0).permutation(np.arange(1, _N_FRAMES)).tolist()[:20]
        arguments = [[i, stack.values, stack.probe] for i in order]
        times = [page.evaluate(call % ("scrub", "value, values[value]"), argument) for argument in arguments]
        lags = [page.evaluate(call % ("drag", "values"), arguments[0]) for _ in range(2)]
        page.close()
    return float(np.median(times)), float(np.median(lags))


if __name__ == "__main__":
    main()

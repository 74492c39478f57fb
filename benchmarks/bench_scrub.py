"""Scrubbing in a real Chromium: ``jpkl view`` against the naive DynamicMap, in one run."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from playwright.sync_api import Browser, ViewportSize

from benchmarks._data import gray_frames, source_name
from benchmarks._page import NAIVE, TIMING
from benchmarks._report import Figure, print_figures
from jpkl import JPkl
from tests.browser.driver import ViewerPage, launched_browser, served, view_command

_N_FRAMES = 60
_N_SCRUBS = 60
_VIEWPORT: ViewportSize = {"width": 1280, "height": 720}

#: The naive viewer: float pixels in an `hv.Image`, and HoloViews' own widgets.
_NAIVE = """
import sys
import holoviews as hv
import panel as pn
from jpkl import JPkl

hv.extension("bokeh")
jp = JPkl.load(sys.argv[1])
height, width, *_, n = jp.shape
bounds = (0, 0, width, height)
grays = [f"#{i:02x}{i:02x}{i:02x}" for i in range(256)]

def draw(z):
    if jp.color:
        return hv.RGB(jp[..., z], bounds=bounds).opts(frame_width=560, frame_height=560)
    image = hv.Image(jp[..., z].astype(float), bounds=bounds)
    return image.opts(cmap=grays, clim=(0, 255), frame_width=560, frame_height=560)

pn.panel(hv.DynamicMap(draw, kdims=[hv.Dimension("z", range=(0, n - 1), step=1, type=int)])).servable()
"""
#: Further measures of our viewer; `values` are the gray values that identify the frames.
_FEATURES = """
window.features = {
  // Milliseconds from moving a handle to the painted frame; throws if a message was sent to Python before.
  async contrast(values, at) {
    const view = jpkl.view(), {send} = WebSocket.prototype, times = [];
    let sent = 0;
    WebSocket.prototype.send = function (data) { sent++; send.call(this, data) };
    const value = values[view.shown.position[0]];
    for (let i = 0; i < 20; i++) {
      const high = i % 2 ? 255 : 200, before = sent;
      const set = () => bench.set("upper contrast limit", high);
      const expected = Math.min(255, Math.floor(value / high * 256));
      times.push(await bench.scrub(set, () => bench.gray(at), 0, expected));
      if (sent > before) throw new Error("a message was sent before the frame was painted");
      await new Promise(done => setTimeout(done, 500));
    }
    WebSocket.prototype.send = send;
    return times;
  },
  // Frames a second that are painted while playing, and how far the picture is behind, early and late.
  async play(fps, seconds, n) {
    const view = jpkl.view(), seen = new Set(), lags = [], start = performance.now();
    bench.set("frames per second", fps);
    view.togglePlay(0);
    while (performance.now() - start < 1000 * seconds) {
      await new Promise(requestAnimationFrame);
      seen.add(view.shown.sequence);
      lags.push((view.state.position[0] - view.shown.position[0] + n) % n * 1000 / fps);
    }
    view.togglePlay(0);
    const mean = list => list.reduce((sum, lag) => sum + lag, 0) / list.length;
    const half = lags.length >> 1;
    return [seen.size / seconds, mean(lags.slice(0, half)), mean(lags.slice(half))];
  },
  // Milliseconds of each stage on the way of a frame, for scrubs in far jumps.
  async stages(order, values, at) {
    const view = jpkl.view(), {provider, picture} = view, {painter} = view.figure;
    const {send} = WebSocket.prototype;
    let marks = {};
    const mark = name => { marks[name] ??= performance.now() };
    const around = (owner, name, before, after) => {
      const call = owner[name];
      owner[name] = function (...args) {
        if (before) mark(before);
        const result = call.apply(this, args);
        if (after) mark(after);
        return result;
      };
    };
    WebSocket.prototype.send = function (data) { mark("sent"); send.call(this, data) };
    around(provider, "receive", "received");
    around(picture.planes, "keep", null, "decoded");
    around(painter, "draw", "colored", "painted");
    const ways = [];
    for (const i of order) {
      marks = {start: performance.now()};
      await bench.scrub(i => bench.set("z", i), () => bench.gray(at), i, values[i]);
      const {start, sent, received, decoded, colored, painted} = marks;
      const way = [sent - start, received - sent, decoded - received, colored - decoded, painted - colored];
      if (way.every(time => time >= 0)) ways.push(way);
      await new Promise(done => setTimeout(done, 30));
    }
    WebSocket.prototype.send = send;
    return ways;
  },
  // Different frames a second that are seen during a drag.
  async rate(seconds, n) {
    const view = jpkl.view(), seen = new Set(), start = performance.now();
    for (let i = 1; i <= 60 * seconds; i++) {
      bench.set("z", i % n);
      seen.add(view.shown.sequence);
      await new Promise(done => setTimeout(done, Math.max(0, start + i * 1000 / 60 - performance.now())));
    }
    return seen.size / seconds;
  },
};
"""
_SLOW_LINK = {"latency": 80, "downloadThroughput": 10e6 / 8, "uploadThroughput": 10e6 / 8, "offline": False}


@dataclass(frozen=True)
class Case:
    """A kind of frames, and the targets for it."""

    side: int
    color: bool
    most_ms: float
    times_faster: float
    most_cached_ms: float

    @property
    def name(self) -> str:
        """Size and kind."""
        return f"{self.side} {'RGB' if self.color else 'gray'}"


_CASES = (
    Case(512, False, 25, 7, 16),
    Case(1024, False, 35, 7, 24),
    Case(2048, False, 55, 12, 40),
    Case(1024, True, 35, 5, 24),
)


@dataclass(frozen=True)
class Stack:
    """Real frames with an edge whose gray value identifies the frame."""

    path: Path
    side: int
    values: list[int]
    nbytes: float

    @property
    def probe(self) -> int:
        """Where the edge is read: x and y in pixels."""
        return self.side - self.side // 8


def main() -> None:
    title = f"Scrub: {source_name()}, enlarged, {_N_FRAMES} frames; headless Chromium, medians of {_N_SCRUBS}"
    with tempfile.TemporaryDirectory() as folder, launched_browser() as browser:
        print_figures(title, _figures(browser, Path(folder)))


def _figures(browser: Browser, folder: Path) -> Iterator[Figure]:
    for case in _CASES:
        stack = numbered_stack(folder, case)
        naive, naive_lag = _measure_naive(browser, stack, folder)
        with served(stack.path) as url:
            yield from _scrub_figures(browser, url, case, stack, naive)
            yield from _stage_figures(browser, url, case, stack)
            yield from _drag_figures(browser, url, case, stack, naive_lag)
            if case.name == "1024 gray":
                yield from _feature_figures(browser, url, stack)
                yield from _slow_link_figures(browser, url, stack)
                yield from _compare_figures(browser, url, stack, folder)


def numbered_stack(folder: Path, case: Case, n_frames: int = _N_FRAMES) -> Stack:
    """Write a stack of real frames with an edge whose gray value identifies the frame among 60."""
    frames = gray_frames(case.side, n_frames)
    levels = np.resize(np.linspace(10, 190, _N_FRAMES), n_frames)
    frames[:, :, -case.side // 4 :] = levels.astype(np.uint8)[:, None, None]
    jp = JPkl(np.stack([frames] * 3, -1), axes="ZYXS") if case.color else JPkl(frames, axes="ZYX")
    path = folder / f"{case.name}.jpkl"
    jp.save(path)
    edge = jp[case.side // 2, -case.side // 8]
    values = edge[0] if case.color else edge
    return Stack(path, case.side, [int(value) for value in values], jp.compressed_nbytes / n_frames)


def _open(browser: Browser, url: str) -> ViewerPage:
    page = browser.new_page(viewport=_VIEWPORT)
    page.add_init_script(TIMING + _FEATURES)
    view = ViewerPage(page, url)
    page.wait_for_timeout(500)
    return view


#: Gray values of the picture, and of both of a pair while they differ: then of neither.
_ONE = "() => bench.gray(at)"
_BOTH = """() => {
  const {painter} = jpkl.view().tools.find(({name}) => name === "compare").sides[0];
  const other = painter.colorAt(at, at)?.[0], mine = bench.gray(at);
  return Math.abs(mine - other) <= 1 ? mine : Infinity;
}"""


def _scrubs(view: ViewerPage, stack: Stack, order: list[int], gray: str = _ONE) -> float:
    """Median ms of scrubs in far jumps, so that prefetching does not serve them."""
    code = """([order, values, at]) => (async () => {
      const times = [], gray = GRAY;
      for (const i of order) {
        times.push(await bench.scrub(i => bench.set("z", i), gray, i, values[i]));
        await new Promise(done => setTimeout(done, 10));
      }
      return times;
    })()""".replace("GRAY", gray)
    return float(np.median(view.evaluate(code, [order, stack.values, stack.probe])))


def _scrub_figures(browser: Browser, url: str, case: Case, stack: Stack, naive: float) -> Iterator[Figure]:
    view = _open(browser, url)
    received, server = _count_bytes(view), _server()
    order = np.random.default_rng(0).permutation(np.arange(1, _N_FRAMES)).tolist()
    cpu = -sum(server.cpu_times()[:2])
    cold = _scrubs(view, stack, order)
    cpu += sum(server.cpu_times()[:2])
    nbytes = sum(received) / len(order)
    what = f"slider change to painted frame, {case.name}"
    yield Figure(what, cold, case.most_ms, "ms", note=f"naive {naive:.0f} ms")
    yield Figure(f"{what}, times faster than naive", naive / cold, case.times_faster, at_most=False)
    yield Figure(
        f"{what}, already in the browser's cache",
        _scrubs(view, stack, order[::-1]),
        case.most_cached_ms,
        "ms",
    )
    note = f"{nbytes / 1e3:.1f} kB received, {stack.nbytes / 1e3:.1f} kB stored"
    yield Figure(
        f"bytes per scrub, of 1.05 stored + 2 kB, {case.name}",
        nbytes / (1.05 * stack.nbytes + 2048),
        1,
        note=note,
    )
    yield Figure(f"server CPU per scrub, {case.name}", 1000 * cpu / len(order), unit="ms")
    view.page.close()


#: What a frame goes through, in turn.
_STAGES = ("request", "server and transfer", "decode and scale", "color", "to the canvas")


def _stage_figures(browser: Browser, url: str, case: Case, stack: Stack) -> Iterator[Figure]:
    view = _open(browser, url)
    order = np.random.default_rng(2).permutation(np.arange(1, _N_FRAMES)).tolist()
    ways = view.evaluate("args => features.stages(...args)", [order, stack.values, stack.probe])
    note = f"of {len(ways)} scrubs whose stages were in this order"
    for stage, ms in zip(_STAGES, np.median(np.array(ways), axis=0), strict=True):
        yield Figure(f"  of which {stage}, {case.name}", float(ms), unit="ms", note=note)
    view.page.close()


def _drag_figures(browser: Browser, url: str, case: Case, stack: Stack, naive_lag: float) -> Iterator[Figure]:
    view = _open(browser, url)
    code = "([values, at]) => bench.drag(i => bench.set('z', i), () => bench.gray(at), values)"
    lag = view.evaluate(code, [stack.values, stack.probe])
    note = f"naive {naive_lag:.0f} ms"
    yield Figure(f"lag after a drag of 2 s at 60 events/s, {case.name}", lag, 100, "ms", note=note)
    view.page.close()


def _feature_figures(browser: Browser, url: str, stack: Stack) -> Iterator[Figure]:
    view = _open(browser, url)
    times = view.evaluate("([values, at]) => features.contrast(values, at)", [stack.values, stack.probe])
    yield Figure("contrast change to painted frame, 1024 gray", float(np.median(times)), 30, "ms")
    rate, early, late = view.evaluate("n => features.play(30, 10, n)", _N_FRAMES)
    what = "lag in the last 5 s of 10 s of playing at 30 fps less that in the first, 1024 gray"
    yield Figure(what, late - early, 20, "ms", note=f"{rate:.1f} frames/s painted, {late:.0f} ms behind")
    view.page.close()


def _slow_link_figures(browser: Browser, url: str, stack: Stack) -> Iterator[Figure]:
    view = _open(browser, url)
    session = view.page.context.new_cdp_session(view.page)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", _SLOW_LINK)
    single = _scrubs(view, stack, [50, 20, 40, 10, 30])
    rate = view.evaluate("n => features.rate(3, n)", _N_FRAMES)
    note = f"10 Mbit/s, 80 ms round trip; a single scrub {single:.0f} ms"
    yield Figure("new frames a second in a drag, slow link, 1024 gray", rate, 8, "/s", False, note)
    view.page.close()


def _compare_figures(browser: Browser, url: str, stack: Stack, folder: Path) -> Iterator[Figure]:
    twin = folder / "twin.jpkl"
    shutil.copy(stack.path, twin)
    order = np.random.default_rng(1).permutation(np.arange(1, _N_FRAMES)).tolist()
    with served(stack.path, view_command(stack.path, twin)) as both_url:
        # In turn, so that what else the machine does falls on both alike.
        one, both = _open(browser, url), _open(browser, both_url)
        both.set("compare", "side by side")
        both.page.wait_for_timeout(500)
        times: list[tuple[float, float]] = []
        for start in range(0, len(order), 10):
            part = order[start : start + 10]
            times.append((_scrubs(one, stack, part), _scrubs(both, stack, part, _BOTH)))
        single, pair = np.median(np.array(times), axis=0)
        one.page.close()
        both.page.close()
    note = f"{pair:.0f} ms for both, {single:.0f} ms for one"
    yield Figure("compare, of the latency of one, 1024 gray", pair / single, 1.6, note=note)


def _count_bytes(view: ViewerPage) -> list[int]:
    """Sizes of what arrives on the page's WebSocket from now on."""
    sizes: list[int] = []

    def count(event: dict[str, Any]) -> None:
        response = event["response"]
        # The protocol reports binary data (opcode 2) in base64.
        sizes.append(len(response["payloadData"]) * (3 if response["opcode"] == 2 else 4) // 4)

    session = view.page.context.new_cdp_session(view.page)
    session.on("Network.webSocketFrameReceived", count)
    session.send("Network.enable")
    return sizes


def _server() -> psutil.Process:
    servers = [child for child in psutil.Process().children() if "view" in child.cmdline()]
    return max(servers, key=lambda child: child.create_time())


def _measure_naive(browser: Browser, stack: Stack, folder: Path) -> tuple[float, float]:
    call = "([value, values, at]) => bench.%s(i => naive.set(i), () => naive.gray(at, at), %s)"
    script = folder / "naive.py"
    script.write_text(_NAIVE)
    command = [sys.executable, "-u", "-m", "panel", "serve", str(script), "--port", "0", "--args"]
    with served(stack.path, [*command, str(stack.path)]) as url:
        page = browser.new_page(viewport=_VIEWPORT)
        page.add_init_script(TIMING + NAIVE)
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

"""JPkl's viewer against what a user would pick in its place, in one Chromium, as ratios within one run.

Each viewer is driven by arrow keys on its own slider (vizarr, whose slider takes none, by the mouse), and
read by the color in the middle of its picture,
which differs from frame to frame. All take turns, so that a busy moment of the machine hits each; figures
are medians, and in brackets the middle half. ``python -m benchmarks viewers --write`` writes the second part
of ``docs/explanation/compared.md``; ``python -m benchmarks.bench_viewers`` takes names of viewers.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from benchmarks._data import gray_frames, source_name
from benchmarks._report import this_machine, two_digits
from benchmarks.bench_peers import VIEWERS
from benchmarks.viewers import CELLS, PAGES, CellViewer, PageViewer, write_all
from tests.jupyter.lab import Jupyter, jupyter_server, write_notebook
from tests.tools.chromium import find_chromium

_SIDE, _N = 512, 60
_ROUNDS = 3
#: Seconds after which no other round begins: with the one under way, the whole takes less than 8 minutes.
_SECONDS = 300.0
#: Frames that are gone through one by one, and then those of a drag at 60 a second.
_N_STEPS, _N_DRAGGED = 20, 30
#: Milliseconds without a change after which a picture is the last that comes.
_SETTLED = 1500
_FOCUSED = 300

Viewer: TypeAlias = PageViewer | CellViewer
_REPORT = Path(__file__).parent.parent / "docs" / "explanation" / "compared.md"
#: WebGL without a graphics card, which would make a page as slow as that if it put it together, too.
_FLAGS = (
    "--disable-gpu-compositing",
    *("--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist"),
)

#: What each column is.
COLUMNS = {
    "first picture": "from opening the page, or running the cell in a new kernel, to the picture",
    "next frame": "from an arrow key to the next frame on the screen",
    "lag": "from the last of 30 arrow keys, 60 a second, to the last frame on the screen",
    "bytes": "what the browser receives for each frame",
}

#: Of what is no faster in JPkl, why: from profiles of the kernel and of the page.
AHEAD = """
**The first picture of stackview** comes as soon, from run to run a little before or after: it takes a slider
of ipywidgets and a canvas of ipycanvas. JPkl brings 0.5 MB, which the page loads while Python imports the
viewer; ipywidgets is imported while the page shows the picture. What is left is importing the viewer (40 ms
of CPU), looking at 12 frames for the contrast (10 to 15 ms), and building the viewer in the page (30 to
50 ms).
"""

#: Presses keys, and reads the color in the middle of the largest picture on the page.
_SCRIPT = """
window.deep = (selector, node = document) => {
  const inner = [...node.querySelectorAll("*")].filter(each => each.shadowRoot);
  return [...node.querySelectorAll(selector), ...inner.flatMap(each => deep(selector, each.shadowRoot))];
};
// What WebGL has drawn can be read at any time.
const {getContext} = HTMLCanvasElement.prototype;
HTMLCanvasElement.prototype.getContext = function (kind, options) {
  const kept = /webgl/.test(kind) ? {...options, preserveDrawingBuffer: true} : options;
  return getContext.call(this, kind, kept);
};
window.trial = {
  // The one that was found last, as long as it is on the page: to look for it takes time.
  picture() {
    const area = each => each.getBoundingClientRect().width * each.getBoundingClientRect().height;
    if (this.found && area(this.found) > 40000) return this.found;
    const isSeen = each => getComputedStyle(each).opacity > 0 && !each.closest("[data-jpkl-still]");
    const all = deep("canvas, img").filter(each => area(each) > 40000 && isSeen(each));
    return (this.found = all.sort((a, b) => area(b) - area(a))[0] ?? null);
  },
  color() {
    const picture = this.picture();
    this.pixel ??= new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
    if (!picture) return null;
    const width = picture.naturalWidth ?? picture.width, height = picture.naturalHeight ?? picture.height;
    this.pixel.clearRect(0, 0, 1, 1);
    this.pixel.drawImage(picture, Math.floor(width / 2), Math.floor(height / 2), 1, 1, 0, 0, 1, 1);
    return [...this.pixel.getImageData(0, 0, 1, 1).data];
  },
  differs(a, b) {
    return !a || !b || a.some((value, i) => Math.abs(value - b[i]) > 8);
  },
  async until(isSo, most = 20000) {
    const start = performance.now();
    while (!isSo()) {
      if (performance.now() - start > most) return null;
      await new Promise(requestAnimationFrame);
    }
    return performance.now() - start;
  },
  wait: ms => new Promise(done => setTimeout(done, ms)),
  // `slider` says, for each viewer, which element takes keys.
  press() {
    const target = this.slider();
    if (this.move) return this.move(target);
    target.focus();
    const key = {key: "ArrowRight", code: "ArrowRight", keyCode: 39, which: 39};
    const options = {...key, bubbles: true, cancelable: true, composed: true};
    target.dispatchEvent(new KeyboardEvent("keydown", options));
    target.dispatchEvent(new KeyboardEvent("keyup", options));
  },
  async step() {
    const before = this.color(), start = performance.now();
    await this.press();
    const seconds = await this.until(() => this.differs(this.color(), before), 5000);
    return seconds === null ? null : performance.now() - start;
  },
  async steps(n) {
    const times = [];
    for (let i = 0; i < n; i++) {
      times.push(await this.step());
      await this.wait(150);
    }
    return times;
  },
  async pressAll(n) {
    const start = performance.now();
    for (let i = 0; i < n; i++) {
      await this.press();
      await this.wait(Math.max(0, start + (i + 1) * 1000 / 60 - performance.now()));
    }
  },
  async drag(n, expected) {
    await this.pressAll(n);
    return this.until(() => !this.differs(this.color(), expected), 20000);
  },
  // The color once it has not changed for a while.
  async settled(ms) {
    let color = this.color(), since = performance.now();
    while (performance.now() - since < ms) {
      await this.wait(100);
      if (!this.differs(this.color(), color)) continue;
      [color, since] = [this.color(), performance.now()];
    }
    return color;
  },
  async go(n, ms) {
    await this.pressAll(n);
    return this.settled(ms);
  },
};
"""


@dataclass
class Result:
    """What was measured of a viewer: for each column its samples; or why there are none."""

    name: str
    package: str
    samples: dict[str, list[float]] = field(default_factory=dict)
    reason: str = ""
    colors: list[list[int]] = field(default_factory=list)
    shots: Path | None = None


def numbered_frames() -> np.ndarray[Any, Any]:
    """Return real frames with a gray block in the middle that is another one in each."""
    frames = gray_frames(_SIDE, _N).copy()
    middle = slice(3 * _SIDE // 8, 5 * _SIDE // 8)
    frames[:, middle, middle] = (20 + np.arange(_N) * 67 % 160)[:, None, None]
    for number in (0, _N - 1):
        frames[number, middle, middle] = 200 + 35 * (number > 0)
    frames[:, :8, :8], frames[:, -8:, -8:] = 0, 255  # for those that scale each frame by its extremes
    return frames


# -- one viewer ------------------------------------------------------------------------------------------


def _received(page: Page) -> list[int]:
    """Sizes of what arrives from now on."""
    sizes: list[int] = []
    session = page.context.new_cdp_session(page)
    session.on("Network.dataReceived", lambda event: sizes.append(event["encodedDataLength"]))
    session.on("Network.webSocketFrameReceived", lambda event: sizes.append(_payload(event["response"])))
    session.send("Network.enable")
    return sizes


def _payload(response: dict[str, Any]) -> int:
    # The protocol reports binary data (opcode 2) in base64.
    return len(response["payloadData"]) * (3 if response["opcode"] == 2 else 4) // 4


def _measure(page: Page, viewer: Viewer, result: Result, first: float) -> None:
    """Add one round, on a page that shows the first frame."""
    _set_slider(page, viewer)
    received = _received(page)
    times = page.evaluate("n => trial.steps(n)", _N_STEPS)
    if None in times:
        raise PlaywrightError("its slider does not move")
    nbytes = sum(received) / _N_STEPS
    page.evaluate("([n, ms]) => trial.go(n, ms)", [_N - 1 - _N_STEPS - _N_DRAGGED, _SETTLED])
    lag = page.evaluate("([n, color]) => trial.drag(n, color)", [_N_DRAGGED, result.colors[1]])
    if lag is None:
        raise PlaywrightError("it does not arrive at the last frame")
    if result.shots is not None:
        page.screenshot(path=result.shots / f"{re.sub(r'[^A-Za-z0-9]+', '-', result.name)}.png")
    for name, values in (
        ("first picture", [first]),
        ("next frame", times),
        ("lag", [lag]),
        ("bytes", [nbytes]),
    ):
        result.samples.setdefault(name, []).extend(values)


def _set_slider(page: Page, viewer: Viewer) -> None:
    # Not as text to be evaluated there, which the policies of some pages forbid.
    move = f"trial.move = {viewer.move.strip() or 'null'}"
    page.evaluate(f"() => {{ const last = {_N - 1}; trial.slider = () => {viewer.keys}; {move} }}")
    page.evaluate("() => trial.slider().focus()")  # which some draw their page again for
    page.wait_for_timeout(_FOCUSED)


def _learn_colors(page: Page, viewer: Viewer) -> list[list[int]]:
    """Return how the first and the last frame look in the middle."""
    first = page.evaluate("ms => trial.settled(ms)", 2 * _SETTLED)
    _set_slider(page, viewer)
    last = page.evaluate("([n, ms]) => trial.go(n, ms)", [_N - 1, 2 * _SETTLED])
    return [first, last]


_SHOWS = "color => trial.until(() => trial.picture() && !trial.differs(trial.color(), color), 60000)"


def _page_round(browser: Browser, viewer: PageViewer, url: str, result: Result) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.add_init_script(_SCRIPT)
    try:
        page.goto(url, wait_until="commit", timeout=60_000)
        if viewer.before:
            page.evaluate(viewer.before)
        if not result.colors:
            page.wait_for_function(f"() => trial.picture() && {viewer.keys.replace('last', str(_N - 1))}")
            result.colors = _learn_colors(page, viewer)
            return
        if page.evaluate(_SHOWS, result.colors[0]) is None:
            raise PlaywrightError("it shows no picture")
        first = page.evaluate("() => performance.now()")  # since the page began to load
        page.wait_for_timeout(1500)
        _measure(page, viewer, result, first)
    finally:
        page.close()


def _cell_round(browser: Browser, jupyter: Jupyter, viewer: CellViewer, result: Result) -> None:
    path = jupyter.folder / f"{len(list(jupyter.folder.glob('*.ipynb')))}.ipynb"
    write_notebook(path, [viewer.cell])
    notebook = jupyter.open(browser, path.name)
    page = notebook.page
    try:
        page.evaluate(f"() => {{ {_SCRIPT} }}")
        start = page.evaluate("() => { notebook.runAll(); return performance.now() }")
        if not result.colors:
            page.wait_for_function(f"() => trial.picture() && {viewer.keys}")
            result.colors = _learn_colors(page, viewer)
            return
        if page.evaluate(_SHOWS, result.colors[0]) is None:
            raise PlaywrightError("it shows no picture")
        first = page.evaluate("() => performance.now()") - start
        page.wait_for_timeout(1500)
        _measure(page, viewer, result, first)
    finally:
        page.close()


# -- all of them -----------------------------------------------------------------------------------------


def measure(
    names: Sequence[str] = (), rounds: int = _ROUNDS, seconds: float = _SECONDS, shots: Path | None = None
) -> list[Result]:
    """Measure all viewers, or those whose names have a text in them; begin no round after some seconds."""
    until = time.monotonic() + seconds
    with ExitStack() as stack:
        folder, home = (Path(stack.enter_context(tempfile.TemporaryDirectory())) for _ in range(2))
        write_all(numbered_frames(), folder)
        playwright = stack.enter_context(sync_playwright())
        chromium = find_chromium()
        browser = stack.enter_context(playwright.chromium.launch(executable_path=chromium, args=list(_FLAGS)))
        tries = _page_tries(stack, browser, folder, names)
        if any(_is_wanted(viewer.name, names) for viewer in CELLS):
            jupyter = stack.enter_context(jupyter_server(folder, home=home))
            for cell in CELLS:
                if _is_wanted(cell.name, names):
                    result = Result(cell.name, cell.package)
                    tries.append((result, _cell_try(browser, jupyter, cell, result)))
        for number in range(rounds + 1):  # the first learns the colors, and warms up
            if number > 1 and time.monotonic() > until:
                break
            for result, attempt in tries:
                result.shots = shots
                _try(result, attempt)
    return [result for result, _ in tries]


def _is_wanted(name: str, names: Sequence[str]) -> bool:
    return not names or any(each.lower() in name.lower() for each in names)


def _page_tries(
    stack: ExitStack, browser: Browser, folder: Path, names: Sequence[str]
) -> list[tuple[Result, Callable[[], None]]]:
    tries: list[tuple[Result, Callable[[], None]]] = []
    for viewer in PAGES:
        if not _is_wanted(viewer.name, names):
            continue
        result = Result(viewer.name, viewer.package)
        try:
            url = stack.enter_context(viewer.serve(folder))
        except (OSError, ImportError) as error:
            result.reason = str(error).splitlines()[0]
            url = ""
        tries.append((result, _page_try(browser, viewer, url, result)))
    return tries


def _page_try(browser: Browser, viewer: PageViewer, url: str, result: Result) -> Callable[[], None]:
    return lambda: _page_round(browser, viewer, url, result)


def _cell_try(browser: Browser, jupyter: Jupyter, viewer: CellViewer, result: Result) -> Callable[[], None]:
    return lambda: _cell_round(browser, jupyter, viewer, result)


def _try(result: Result, attempt: Callable[[], None]) -> None:
    if result.reason:
        return
    began = time.monotonic()
    try:
        attempt()
    except PlaywrightError as error:
        said = str(error).splitlines()[0]
        result.reason = "" if result.samples else said  # one round less is no matter
    else:
        said = "colors learned" if not result.samples else "another round"
    print(f"  {result.name}: {said}, {time.monotonic() - began:.0f} s", file=sys.stderr, flush=True)


# -- figures ---------------------------------------------------------------------------------------------


def _cell(result: Result, ours: Result, name: str) -> str:
    """Return a figure by ours: the median and the middle half; ours as it is."""
    samples = result.samples.get(name)
    reference = ours.samples.get(name)
    if not samples or not reference:
        return "–"
    low, median, high = (float(value) for value in np.percentile(samples, [25, 50, 75]))
    if result is ours:
        return f"{median / 1e3:.1f} kB" if name == "bytes" else f"{median:.0f} ({low:.0f}–{high:.0f}) ms"
    by = float(np.median(reference))
    if name == "lag":
        by = max(by, 1.0)  # of what is there at once, clocks say nothing
    spread = f" ({two_digits(low / by)}–{two_digits(high / by)})" if high > 1.1 * low else ""
    return f"{two_digits(median / by)}{spread}"


def _table(results: list[Result]) -> Iterator[str]:
    yield f"| | {' | '.join(COLUMNS)} |"
    yield f"|---{'|---:' * len(COLUMNS)}|"
    ours = None
    for result in results:
        if result.package == "jpkl":
            ours = result
        if ours is not None and not result.reason:
            yield f"| {result.name} | {' | '.join(_cell(result, ours, name) for name in COLUMNS)} |"


def _n_rounds(results: list[Result]) -> int:
    return max(len(each.samples.get("lag", ())) for each in results)


def _version(package: str) -> str:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return package


def _section(results: list[Result]) -> str:
    versions = ", ".join(dict.fromkeys(_version(each.package) for each in results))
    failed = [f"{each.name}: {each.reason}." for each in results if each.reason]
    return f"""{VIEWERS}

Made by `python -m benchmarks viewers --write`
on {date.today():%d %B %Y}, on {this_machine()}, in headless Chromium without a graphics card.

{_N} gray frames of {_SIDE} x {_SIDE} pixels of `{source_name()}`, enlarged. JPkl's rows are
milliseconds and bytes; the others are multiples of the JPkl row above them, in the same run: above 1, JPkl is
faster or sends less. A JPkl lag below 1 ms counts as 1. Medians of {_n_rounds(results)} rounds;
the middle half in brackets if it is wide.

{chr(10).join(_table(results))}

| column | what it is |
|---|---|
{chr(10).join(f"| {name} | {text} |" for name, text in COLUMNS.items())}

JPkl fetches the frames that the keys are likely to reach ahead of time, which is part of *next frame*. The
others show exact pixels, JPkl those of JPEG. vizarr reads uncompressed OME-Zarr, because its built page has
no decoders. Without a graphics card, vizarr and H5Web render in software, unlike on most machines.
{chr(10).join(failed)}
ndv 0.5 renders in Python, with WebGPU in Jupyter. Without a graphics card, Mesa lacks a feature that ndv
requires (`FLOAT32_FILTERABLE`), so ndv fails with an error and is not compared.

### Where a viewer is as fast
{AHEAD}
Versions: {versions}; vizarr and H5Web as built for Galaxy.
"""


def write_report(results: list[Result], path: Path) -> None:
    """Write the second part of the page, after what is there."""
    before = path.read_text("utf-8").partition(VIEWERS)[0].rstrip() if path.exists() else "# Compared"
    path.write_text(f"{before}\n\n{_section(results)}", "utf-8")


def main(argv: Sequence[str] = (), *, write: bool = False) -> None:
    """Measure, print, and with ``write`` put the table into the docs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_viewers", description=__doc__)
    parser.add_argument("names", nargs="*", help="viewers to measure; all by default")
    parser.add_argument("--rounds", type=int, default=_ROUNDS)
    parser.add_argument("--seconds", type=float, default=_SECONDS, help="when to begin no other round")
    parser.add_argument("--shots", type=Path, metavar="FOLDER", help="where to put a picture of each page")
    parser.add_argument(
        "--report",
        type=Path,
        metavar="FILE",
        help="Markdown whose second part to write",
        default=_REPORT if write else None,
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="where to keep the samples")
    args = parser.parse_args(argv)
    print(f"\nViewers: {_N} frames of {_SIDE} x {_SIDE}, {source_name()}, enlarged; others / JPkl")
    results = measure(args.names, args.rounds, args.seconds, args.shots)
    print("\n".join(_table(results)))
    if args.json:
        args.json.write_text(json.dumps({each.name: each.samples for each in results}))
    if args.report:
        write_report(results, args.report)


if __name__ == "__main__":
    main(sys.argv[1:])

"""Have many browsers scrub on one server, some of which vanish, and watch its latency, memory and handles.

Each page shows a stack of its own, whose frames say which they are, so that whatever gets mixed up between
sessions is seen. Needs Chromium, and Linux for what it reads of the server's processes.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray
from playwright.async_api import Browser, Page, async_playwright
from playwright.async_api import Error as PlaywrightError

from jpkl import JPkl
from tests.tools.chromium import find_chromium

_APP = Path(__file__).parent.parent / "viewer" / "app.py"

#: Frames of a stack, and the side of a frame in pixels.
_FRAMES, _SIDE = 150, 512

#: Gray levels that digits are drawn in: JPEG moves none of them halfway to the next.
_BASE, _STEP = 14, 18

#: Probability that a page vanishes instead of doing the next thing.
_VANISHING = 0.03

#: How much more memory the last quarter of the time may take than the second one, and the same for handles.
_MORE_MEMORY, _MORE_HANDLES = 1.15, 20

#: Measures, in the page, from the hand to the paint; finds the viewer; reads which frame is painted.
_SCRIPT = """
window.soak = {
  latencies: [],
  pressed: 0,
  find(node = document) {
    for (const element of node.querySelectorAll("*")) {
      const found = element.jpkl ?? (element.shadowRoot && this.find(element.shadowRoot));
      if (found) return found;
    }
    return null;
  },
  watch() {
    const view = this.find();
    if (!view?.shown) return false;
    this.view = view;
    for (const type of ["keydown", "pointerdown"])
      addEventListener(type, ({timeStamp}) => (this.pressed = timeStamp), true);
    new MutationObserver(() => {
      if (this.pressed) this.latencies.push(performance.now() - this.pressed);
      this.pressed = 0;
    }).observe(view.root, {attributeFilter: ["data-shown"]});
    return true;
  },
  isSettled() {
    const {shown, state} = this.view;
    return String(shown.position) === String(state.position) && !this.view.player.isPlaying;
  },
  digits(step) {
    const {painter} = this.view.figure;
    const at = (x, y) => Math.round(painter.colorAt(x, y)[0] / step);
    return [this.view.shown.position[0], at(100, 100), at(400, 100), at(100, 400)];
  },
  take() {
    return this.latencies.splice(0);
  },
}
"""


@dataclass
class Watched:
    """What was seen so far.

    Attributes
    ----------
    latencies : list of float
        Milliseconds from a key or a click to the paint, since the last line was printed.
    n_shown, n_vanished : int
        Frames that were checked, and pages that were gone without a word.
    faults : list of str
        What went wrong.
    memory, handles : list of int
        Bytes and open files of the server, each time they were looked at.
    """

    latencies: list[float] = field(default_factory=list)
    n_shown: int = 0
    n_vanished: int = 0
    faults: list[str] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    handles: list[int] = field(default_factory=list)


# -- stacks whose frames say which they are ----------------------------------------------------------------


def _frame(number: int, index: int) -> NDArray[np.uint8]:
    """Draw a frame: the number of the stack and two digits of the index as gray levels, and noise."""
    frame = np.random.default_rng(index).integers(0, 256, (_SIDE, _SIDE)).astype(np.uint8)
    half = _SIDE // 2
    frame[:half, :half] = number % _BASE * _STEP
    frame[:half, half:] = index // _BASE * _STEP
    frame[half:, :half] = index % _BASE * _STEP
    return frame


def _expected(number: int, index: int) -> list[int]:
    return [index, number % _BASE, index // _BASE, index % _BASE]


def _save_stacks(folder: Path, n: int) -> None:
    for number in range(n):
        frames = np.stack([_frame(number, index) for index in range(_FRAMES)], axis=-1)
        JPkl(frames, dim_names=["time"]).save(folder / f"{number}.jpkl")


# -- the server --------------------------------------------------------------------------------------------


@contextmanager
def _served(folder: Path, n_processes: int) -> Iterator[tuple[str, int]]:
    """Serve a folder; yield the URL and the process: by ``jpkl view``, or by several processes of Panel."""
    command = [sys.executable, "-u", "-m"]
    if n_processes == 1:
        command += ["jpkl", "view", str(folder), "--no-show", "--port", "0"]
    else:
        command += ["panel", "serve", str(_APP), "--address", "localhost", "--port", "0"]
        command += ["--num-procs", str(n_processes), "--args", str(folder)]
    with (
        tempfile.TemporaryFile("w+b") as output,
        subprocess.Popen(command, stdout=output, stderr=output, start_new_session=True) as process,
    ):
        try:
            yield _announced_url(process, output), process.pid
        finally:
            os.killpg(process.pid, signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=30)
            with suppress(ProcessLookupError):  # Panel leaves the processes that it has started
                os.killpg(process.pid, signal.SIGKILL)
            # Panel's parent process ends with one in any case.
            if n_processes == 1 and "Traceback" in (said := _said(output)):
                print(f"the server printed:\n{said[-3000:]}")


def _announced_url(process: subprocess.Popen[bytes], output: IO[bytes]) -> str:
    while process.poll() is None:
        if found := re.search(r"http://\S+", _said(output)):
            return found[0]
        time.sleep(0.1)
    raise RuntimeError(f"the server ended: {_said(output)}")


def _said(output: IO[bytes]) -> str:
    return os.pread(output.fileno(), 10_000_000, 0).decode(errors="replace")


def _family(pid: int) -> list[int]:
    """List a process and those that it has started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in _family(int(child)))]


def _used(pid: int) -> tuple[int, int]:
    """Return the bytes of memory and the number of open handles of a process and of those it has started.

    Stacks stay open for who looks at them next, in each process that somebody was served them by: they do
    not count, but there must not be several of one.
    """
    family = _family(pid)
    pages = sum(int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in family)
    handles = 0
    for each in family:
        opened = list(_open_files(each))
        stacks = [name for name in opened if name.endswith(".jpkl")]
        handles += len(opened) - len(set(stacks))
    return pages * os.sysconf("SC_PAGE_SIZE"), handles


def _open_files(pid: int) -> Iterator[str]:
    for handle in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # it was closed meanwhile
            yield str(handle.readlink())


# -- browsers ----------------------------------------------------------------------------------------------


@asynccontextmanager
async def _page(browser: Browser, url: str, number: int) -> AsyncIterator[Page]:
    context = await browser.new_context(viewport={"width": 900, "height": 700})
    try:
        page = await context.new_page()
        await page.add_init_script(_SCRIPT)
        await page.goto(f"{url}?stack={number}.jpkl#display=0-255", timeout=120_000)
        await page.wait_for_function("() => window.soak?.watch()", timeout=120_000)
        yield page
    finally:
        await context.close()


async def _browse(browser: Browser, url: str, number: int, until: float, watched: Watched) -> None:
    """Scrub in a page, and open it again when it has vanished."""
    rng = random.Random(number)
    while time.monotonic() < until:
        try:
            async with _page(browser, url, number) as page:
                while time.monotonic() < until and rng.random() > _VANISHING:
                    await _act(page, rng)
                    await _check(page, number, watched)
                watched.n_vanished += 1
                if rng.random() < 0.5:  # in the midst of what it has asked for
                    await _act(page, rng)
        except PlaywrightError as error:
            watched.faults.append(f"page {number}: {str(error).splitlines()[0]}")


async def _act(page: Page, rng: random.Random) -> None:
    """Do what a hand does: jump along the slider, step by keys, play for a moment."""
    match rng.choice(("jump", "jump", "step", "play", "look")):
        case "jump":
            box = await page.locator("input[type=range][aria-label='time']").bounding_box()
            assert box is not None
            await page.mouse.click(box["x"] + rng.random() * box["width"], box["y"] + box["height"] / 2)
        case "step":
            for _ in range(rng.randrange(1, 12)):
                await page.keyboard.press(rng.choice(("ArrowRight", "ArrowRight", "ArrowLeft")))
        case "play":
            await page.keyboard.press("Space")
            await asyncio.sleep(1)
            await page.keyboard.press("Space")
        case "look":
            await asyncio.sleep(rng.random() * 2)
    await asyncio.sleep(rng.random())


async def _check(page: Page, number: int, watched: Watched) -> None:
    """Check that the frame that is painted is the one that the page says it is."""
    await page.wait_for_function("() => window.soak.isSettled()", timeout=60_000)
    seen = await page.evaluate("(step) => window.soak.digits(step)", _STEP)
    watched.latencies += await page.evaluate("() => window.soak.take()")
    watched.n_shown += 1
    if seen != _expected(number, seen[0]):
        watched.faults.append(f"page {number} shows {seen}, not {_expected(number, seen[0])}")


async def _watch(pid: int, until: float, watched: Watched) -> None:
    """Look at the server every second; print a line every half a minute."""
    began = time.monotonic()
    for second in count(1):
        await asyncio.sleep(1)
        memory, handles = _used(pid)
        watched.memory.append(memory)
        watched.handles.append(handles)
        is_over = time.monotonic() >= until
        if second % 30 == 0 or is_over:
            said, watched.latencies = _percentiles(watched.latencies), []
            print(
                f"{time.monotonic() - began:6.0f} s  {watched.n_shown:6,} frames  {said}  "
                f"{memory / 1e6:5.0f} MB  {handles:4} handles  {watched.n_vanished:4} vanished",
                flush=True,
            )
        if is_over:
            return


def _percentiles(latencies: Sequence[float]) -> str:
    if not latencies:
        return "no new frame"
    half, most = np.percentile(latencies, [50, 95])
    return f"p50 {half:4.0f} ms  p95 {most:4.0f} ms"


# -- the verdict -------------------------------------------------------------------------------------------


async def _soak(url: str, pid: int, browsers: int, seconds: float, watched: Watched) -> tuple[int, int]:
    """Run all of it; return the handles of the server before, and after all pages are gone."""
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=find_chromium(), args=["--no-sandbox", "--disable-gpu"]
        )
        for number in range(browsers):  # what is made for the first page stays, and stacks stay open
            async with _page(chromium, url, number):
                pass
        await asyncio.sleep(1)
        before = _used(pid)[1]
        until = time.monotonic() + seconds
        pages = [_browse(chromium, url, number, until, watched) for number in range(browsers)]
        await asyncio.gather(_watch(pid, until, watched), *pages)
        await chromium.close()
    await asyncio.sleep(5)
    return before, _used(pid)[1]


def _judge(watched: Watched, before: int, after: int) -> list[str]:
    """Say what is not as it has to be."""
    quarter = max(1, len(watched.memory) // 4)
    faults = list(watched.faults)
    for name, values, most, unit in (
        ("memory", watched.memory, _MORE_MEMORY, 1e6),
        ("handles", watched.handles, 1 + _MORE_HANDLES / max(1, watched.handles[quarter]), 1),
    ):
        early, late = (float(np.median(part)) for part in (values[quarter : 2 * quarter], values[-quarter:]))
        print(f"{name}: {early / unit:.0f} in the second quarter of the time, {late / unit:.0f} in the last")
        if late > most * early:
            faults.append(f"{name} grows")
    print(f"handles: {before} before, {after} after all pages are gone")
    if after > before + 2:
        faults.append("handles are left behind")
    return faults


def main(argv: Sequence[str]) -> int:
    """Serve, browse, and judge."""
    parser = argparse.ArgumentParser(prog="python -m robustness soak", description=__doc__)
    parser.add_argument("--browsers", type=int, default=20, metavar="N", help="pages at a time (default: 20)")
    parser.add_argument("--seconds", type=float, default=600, metavar="S", help="how long (default: 600)")
    parser.add_argument(
        "--num-procs",
        type=int,
        default=1,
        metavar="N",
        help="processes of panel serve; 1, the default, is jpkl view",
    )
    args = parser.parse_args(argv)
    watched = Watched()
    with tempfile.TemporaryDirectory() as name:
        _save_stacks(Path(name), args.browsers)
        with _served(Path(name), args.num_procs) as (url, pid):
            before, after = asyncio.run(_soak(url, pid, args.browsers, args.seconds, watched))
    faults = _judge(watched, before, after)
    print(f"{watched.n_shown:,} frames checked, {watched.n_vanished} pages vanished, {len(faults)} faults")
    for fault in faults[:20]:
        print(f"  {fault}")
    return bool(faults)

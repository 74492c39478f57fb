"""The viewer in a notebook: the time to its first picture, scrubs, drags, and what the file keeps."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser

from benchmarks._data import source_name
from benchmarks._page import TIMING
from benchmarks._report import Figure, print_figures
from benchmarks.bench_scrub import _N_FRAMES, Case, Stack, _numbered_stack
from jpkl import JPkl
from tests.browser.driver import launched_browser
from tests.jupyter.lab import Jupyter, NotebookPage, jupyter_server, write_notebook

_CASE = Case(1024, False, 35, 7, 24)
#: The last line of the cell, by what shows the viewer, and what each figure should reach.
_CELLS = {"widget": "jp.view()", "in a layout of Panel": "__import__('panel').Row(jp.view())"}
_TARGETS = {"widget": {"first": 0.6, "new": 40, "cached": 12, "lag": 60}, "in a layout of Panel": {}}
#: The first picture is measured so many times, each in a kernel of its own.
_N_FIRST = 3
#: A drag is measured so many times.
_N_DRAGS = 3


def main() -> None:
    title = f"Scrub in a notebook: {source_name()}, enlarged, {_N_FRAMES} frames; headless Chromium, medians"
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as home,
        jupyter_server(Path(folder), home=Path(home)) as jupyter,
        launched_browser() as browser,
    ):
        print_figures(title, _figures(jupyter, browser))


def _figures(jupyter: Jupyter, browser: Browser) -> Iterator[Figure]:
    stack = _numbered_stack(jupyter.folder, _CASE)
    for host, last in _CELLS.items():
        cell = f"from jpkl import JPkl\njp = JPkl.load({str(stack.path)!r})\n{last}"
        targets = _TARGETS[host]
        yield _first_figure([_open(jupyter, browser, cell) for _ in range(_N_FIRST)], host, targets)
        yield from _scrub_figures(_open(jupyter, browser, cell).notebook, host, stack, targets)
        notebooks = (_open(jupyter, browser, cell).notebook for _ in range(_N_DRAGS))
        yield _drag_figure(notebooks, host, stack, targets)


@dataclass(frozen=True)
class _Opened:
    """A notebook whose cell was run: seconds until its first picture, and the file."""

    notebook: NotebookPage
    seconds: float
    path: Path


def _open(jupyter: Jupyter, browser: Browser, cell: str) -> _Opened:
    """Show the viewer in a new notebook, with its own kernel."""
    path = jupyter.folder / f"{len(list(jupyter.folder.glob('*.ipynb')))}.ipynb"
    write_notebook(path, [cell])
    notebook = jupyter.open(browser, path.name)
    notebook.evaluate(f"() => {{ {TIMING} }}")
    seconds = notebook.evaluate(
        """async () => {
          const start = performance.now();
          notebook.runAll();
          while (!jpkl.view()?.shown) await new Promise(requestAnimationFrame);
          return (performance.now() - start) / 1000;
        }"""
    )
    notebook.page.wait_for_timeout(1000)
    return _Opened(notebook, seconds, path)


def _first_figure(opened: list[_Opened], host: str, targets: dict[str, float]) -> Figure:
    """From running the cell, imports included, to the first picture."""
    for each in opened:
        each.notebook.evaluate("() => notebook.context.save()")
        each.notebook.page.close()
    seconds = [each.seconds for each in opened]
    size = opened[0].path.stat().st_size
    note = f"{min(seconds):.2f} to {max(seconds):.2f} s; the saved notebook has {size / 1e3:.0f} kB"
    what = f"cell run to first picture, {_CASE.name}, {host}"
    return Figure(what, float(np.median(seconds)), targets.get("first"), unit="s", note=note)


def _scrub_figures(
    notebook: NotebookPage, host: str, stack: Stack, targets: dict[str, float]
) -> Iterator[Figure]:
    received, sent = _count_bytes(notebook)
    order = np.random.default_rng(0).permutation(np.arange(1, _N_FRAMES)).tolist()
    code = """async ([order, values, at]) => {
      const times = [];
      for (const i of order) {
        times.push(await bench.scrub(i => bench.set("z", i), () => jpkl.pixel(at, at)[0], i, values[i]));
        await new Promise(done => setTimeout(done, 10));
      }
      return times;
    }"""
    times = notebook.evaluate(code, [order, stack.values, stack.probe])
    stored = np.mean([len(data) for data in JPkl.load(stack.path).images.values()])
    ratio = sum(received) / len(order) / stored
    note = (
        f"{sum(received) / len(order) / 1e3:.0f} kB received, {ratio:.2f} of the stored bytes, "
        f"{sum(sent) / len(order) / 1e3:.1f} kB sent"
    )
    what = f"slider change to painted frame, {_CASE.name}, {host}"
    yield Figure(what, float(np.median(times)), targets.get("new"), unit="ms", note=note)
    times = notebook.evaluate(code, [order, stack.values, stack.probe])
    notebook.page.close()
    what = f"the same, frames that the browser has, {_CASE.name}, {host}"
    yield Figure(what, float(np.median(times)), targets.get("cached"), unit="ms")


def _drag_figure(
    notebooks: Iterator[NotebookPage], host: str, stack: Stack, targets: dict[str, float]
) -> Figure:
    # Once through the stack: no frame has been in the browser before.
    drag = """async ([values, at]) => {
      const start = performance.now();
      for (let i = 1; i < values.length; i++) {
        await new Promise(done => setTimeout(done, Math.max(0, start + i * 1000 / 60 - performance.now())));
        bench.set("z", i);
      }
      return bench.painted(() => jpkl.pixel(at, at)[0], values.at(-1));
    }"""
    lags = []
    for notebook in notebooks:
        lags.append(notebook.evaluate(drag, [stack.values, stack.probe]))
        notebook.page.close()
    what = f"lag after a drag of 1 s at 60 events/s, new frames, {_CASE.name}, {host}"
    note = f"{min(lags):.0f} to {max(lags):.0f} ms"
    return Figure(what, float(np.median(lags)), targets.get("lag"), unit="ms", note=note)


def _count_bytes(notebook: NotebookPage) -> tuple[list[int], list[int]]:
    """Sizes of what arrives on the page's WebSockets from now on, and of what is sent."""
    received: list[int] = []
    sent: list[int] = []
    session = notebook.page.context.new_cdp_session(notebook.page)
    for event, sizes in (("Received", received), ("Sent", sent)):

        def count(event: dict, sizes: list[int] = sizes) -> None:  # type: ignore[type-arg]
            response = event["response"]
            # The protocol reports binary data (opcode 2) in base64.
            sizes.append(len(response["payloadData"]) * (3 if response["opcode"] == 2 else 4) // 4)

        session.on(f"Network.webSocketFrame{event}", count)
    session.send("Network.enable")
    return received, sent


if __name__ == "__main__":
    main()

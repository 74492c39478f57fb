"""Scrubbing in a notebook: slider to painted frame, and how far the picture is behind a drag."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser

from benchmarks._data import source_name
from benchmarks._page import TIMING
from benchmarks._report import Figure, print_figures
from benchmarks.bench_scrub import _N_FRAMES, Case, Stack, _numbered_stack
from tests.browser.driver import launched_browser
from tests.jupyter.lab import Jupyter, NotebookPage, jupyter_server, write_notebook

_CASE = Case(1024, False, 35, 7, 24)
#: What a cell needs before it shows the viewer, by the host.
_CELLS = {
    "JupyterLab": "",
    "JupyterLab, as a widget": "import os\nos.environ['PANEL_COMMS'] = 'ipywidgets'\n",
}
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
    for host, preparation in _CELLS.items():
        cell = f"from jpkl import JPkl\n{preparation}JPkl.load({str(stack.path)!r}).view()"
        yield _scrub_figure(_open(jupyter, browser, cell), host, stack)
        yield _drag_figure((_open(jupyter, browser, cell) for _ in range(_N_DRAGS)), host, stack)


def _open(jupyter: Jupyter, browser: Browser, cell: str) -> NotebookPage:
    """Show the viewer in a new notebook, with its own kernel."""
    name = f"{len(list(jupyter.folder.glob('*.ipynb')))}.ipynb"
    write_notebook(jupyter.folder / name, [cell])
    notebook = jupyter.open(browser, name)
    notebook.evaluate(f"() => {{ {TIMING} }}")
    notebook.run_all()
    notebook.wait_for("() => jpkl.view()?.shown")
    notebook.page.wait_for_timeout(1000)
    return notebook


def _scrub_figure(notebook: NotebookPage, host: str, stack: Stack) -> Figure:
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
    note = f"{sum(received) / len(order) / 1e3:.0f} kB received, {sum(sent) / len(order) / 1e3:.1f} kB sent"
    notebook.page.close()
    what = f"slider change to painted frame, {_CASE.name}, {host}"
    return Figure(what, float(np.median(times)), unit="ms", note=note)


def _drag_figure(notebooks: Iterator[NotebookPage], host: str, stack: Stack) -> Figure:
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
    return Figure(what, float(np.median(lags)), unit="ms", note=f"{min(lags):.0f} to {max(lags):.0f} ms")


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

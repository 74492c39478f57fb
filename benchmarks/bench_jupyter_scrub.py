"""Scrubs and drags in a notebook, beside other tools; and what travels and what the notebook's file keeps.

What is received counts frames that come ahead of the slider, too: many of them are shown later in the run.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser

from benchmarks._data import source_name
from benchmarks._notebook import (
    CASE,
    N_DRAGGED,
    N_DRAGS,
    N_FRAMES,
    N_JUMPS,
    TOOLS,
    NoPictureError,
    Opened,
    Tool,
    make_stack,
    opened,
)
from benchmarks._report import Figure, print_figures
from benchmarks.bench_jupyter_first import parsed
from benchmarks.bench_scrub import Stack
from tests.browser.driver import launched_browser
from tests.jupyter.lab import Jupyter, NotebookPage, jupyter_server

_TARGETS = {"new": 40.0, "cached": 12.0, "lag": 60.0, "bytes": 1.05}


@dataclass
class _Measured:
    """Medians of one tool: milliseconds, and kB a new frame."""

    tool: Tool
    new: float
    cached: float
    lag: float
    lags: list[float]
    received: float
    sent: float
    saved: int


def main(tools: Sequence[Tool] = TOOLS, n_rounds: int = 1) -> None:
    title = (
        f"Scrub in a notebook: {source_name()}, enlarged, {CASE.name}, {N_FRAMES} frames; "
        f"JupyterLab in headless Chromium, medians of {N_JUMPS}"
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as home,
        jupyter_server(Path(folder), home=Path(home)) as jupyter,
        launched_browser() as browser,
    ):
        stack = make_stack(jupyter.folder)
        for _ in range(n_rounds):
            print_figures(title, _figures(jupyter, browser, tools, stack))


def _figures(jupyter: Jupyter, browser: Browser, tools: Sequence[Tool], stack: Stack) -> Iterator[Figure]:
    first: _Measured | None = None
    for tool in tools:
        print(f"  {tool.name} ...", file=sys.stderr, flush=True)
        try:
            with opened(jupyter, browser, tool, stack) as shown:
                found = _measure(tool, shown, stack)
        except NoPictureError as error:
            print(f"  {tool.name} is left out: {error}", flush=True)
            continue
        first = first or found
        yield from _report(found, first, stack)


def _report(found: _Measured, first: _Measured, stack: Stack) -> Iterator[Figure]:
    name = found.tool.name
    targets = _TARGETS if name == "JPkl" else {}

    def ratio(what: str) -> str:
        return f"{getattr(found, what) / getattr(first, what):.1f} times that of {first.tool.name}"

    what = f"slider change to painted frame, {name}"
    yield Figure(what, found.new, targets.get("new"), "ms", note=ratio("new"))
    what = f"the same, a frame that was shown before, {name}"
    yield Figure(what, found.cached, targets.get("cached"), "ms", note=ratio("cached"))
    note = f"{min(found.lags):.0f} to {max(found.lags):.0f} ms; {ratio('lag')}"
    what = f"lag after a drag of 1 s at 60 events/s, new frames, {name}"
    yield Figure(what, found.lag, targets.get("lag"), "ms", note=note)
    received, sent, saved = (nbytes / 1e3 for nbytes in (found.received, found.sent, found.saved))
    note = f"{received:.0f} kB a frame, {sent:.1f} kB sent; the saved notebook has {saved:.0f} kB"
    what = f"received, of the bytes that are stored, {name}"
    yield Figure(what, found.received / stack.nbytes, targets.get("bytes"), note=note)


def _measure(tool: Tool, shown: Opened, stack: Stack) -> _Measured:
    notebook, values = shown.notebook, stack.values
    notebook.evaluate("args => pictures.locate(...args)", [tool.slider, values, N_JUMPS - 1])
    order = np.random.default_rng(0).permutation(np.arange(1, N_JUMPS - 1)).tolist()
    received, sent = _count_bytes(notebook)
    jumps = "args => pictures.jumps(...args)"
    new = notebook.evaluate(jumps, [order, values])
    received_each, sent_each = (sum(each) / len(order) for each in (received, sent))
    cached = notebook.evaluate(jumps, [order, values])
    lags = []
    for start in range(N_JUMPS, N_FRAMES, N_DRAGGED):
        lags.append(notebook.evaluate("args => pictures.drag(...args)", [start, start + N_DRAGGED, values]))
        notebook.page.wait_for_timeout(1000)
    assert len(lags) == N_DRAGS
    notebook.evaluate("() => notebook.context.save()")
    new, cached, lag = (float(np.median(each)) for each in (new, cached, lags))
    return _Measured(tool, new, cached, lag, lags, received_each, sent_each, shown.path.stat().st_size)


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
    main(*parsed(__doc__, 1))

"""The first picture in a notebook, from running a cell in a fresh kernel, beside other tools."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser

from benchmarks._data import source_name
from benchmarks._notebook import CASE, N_FRAMES, TOOLS, NoPictureError, Tool, make_stack, opened
from benchmarks._report import Figure, print_figures
from tests.browser.driver import launched_browser
from tests.jupyter.lab import Jupyter, jupyter_server

_N_ROUNDS = 3
_TARGET = 0.6


def main(tools: Sequence[Tool] = TOOLS, n_rounds: int = _N_ROUNDS) -> None:
    title = (
        f"First picture in a notebook: {source_name()}, enlarged, {CASE.name}, {N_FRAMES} frames; "
        f"JupyterLab in headless Chromium, medians of {n_rounds} rounds"
    )
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as home,
        jupyter_server(Path(folder), home=Path(home)) as jupyter,
        launched_browser() as browser,
    ):
        print_figures(title, _figures(jupyter, browser, tools, n_rounds))


def _figures(jupyter: Jupyter, browser: Browser, tools: Sequence[Tool], n_rounds: int) -> Iterator[Figure]:
    stack = make_stack(jupyter.folder)
    seconds: dict[str, list[float]] = {tool.name: [] for tool in tools}
    # All take turns: a busy moment of the machine falls on each.
    for number in range(n_rounds):
        for tool in tools:
            if tool.name not in seconds:
                continue
            try:
                with opened(jupyter, browser, tool, stack) as shown:
                    seconds[tool.name].append(shown.seconds)
                    said = f"{tool.name}: {shown.seconds:.2f} s, round {number + 1} of {n_rounds}"
                    print(f"  {said}", file=sys.stderr, flush=True)
            except NoPictureError as error:
                del seconds[tool.name]
                print(f"  {tool.name} is left out: {error}", flush=True)
    shown_tools = [tool for tool in tools if tool.name in seconds]
    if not shown_tools:
        return
    first = seconds[shown_tools[0].name]
    for tool in shown_tools:
        times = seconds[tool.name]
        ratio = np.median(np.divide(times, first))
        note = f"{min(times):.2f} to {max(times):.2f} s; {ratio:.2f} times that of {shown_tools[0].name}"
        target = _TARGET if tool.name == "JPkl" else None
        what = f"cell run to first picture, {tool.name}"
        yield Figure(what, float(np.median(times)), target, "s", note=note)


def parsed(description: str | None, n_rounds: int) -> tuple[Sequence[Tool], int]:
    """Read from the command line which tools to measure, and in how many rounds."""
    parser = argparse.ArgumentParser(description=description)
    known = ", ".join(tool.name for tool in TOOLS)
    parser.add_argument("tools", nargs="*", metavar="TOOL", help=f"of {known}; all by default")
    parser.add_argument("--rounds", type=int, default=n_rounds)
    given = parser.parse_args()
    return [tool for tool in TOOLS if not given.tools or tool.name in given.tools], given.rounds


if __name__ == "__main__":
    main(*parsed(__doc__, _N_ROUNDS))

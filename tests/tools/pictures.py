"""Take the pictures of the documentation, in a real Chromium: ``python -m tests.tools.pictures``.

``--sheets FOLDER`` takes pictures of every state at every size instead, to be looked at.
"""

from __future__ import annotations

import argparse
import io
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from jpkl_viewer import JPklViewer
from jpkl_viewer.demo import demo_stack_options, demo_stack_path
from PIL import Image
from playwright.sync_api import Browser, Page, ViewportSize

from jpkl import JPkl
from tests.browser.driver import ViewerPage, launched_browser, served, view_command
from tests.conftest import ROOT, shared_data
from tests.tools.sheets import take_sheets

_FOLDER = ROOT / "docs" / "images"
_SIZE: ViewportSize = {"width": 1280, "height": 800}


def main(arguments: Sequence[str] | None = None) -> None:
    """Take all pictures."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument(
        "--sheets", metavar="FOLDER", type=Path, help="write sheets of all states there instead"
    )
    parser.add_argument("states", metavar="STATE", nargs="*", help="only the sheets of these")
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name, launched_browser() as browser:
        folder = Path(name)
        stack = _demo_stack(folder / "mitosis.jpkl")
        if args.sheets:
            take_sheets(browser, stack, folder, args.sheets, args.states)
        else:
            _take_all(browser, stack, folder)


def _take_all(browser: Browser, stack: Path, folder: Path) -> None:
    for picture, show in _VIEWS.items():
        with served(stack) as url:
            page = ViewerPage(browser.new_page(viewport=_SIZE), url, is_first_view=True)
            page.set("time", 10)
            show(page)
            page.wait_for_quiet()
            _take(page.page, picture)
    _take_dashboard(browser, stack, folder / "experiments")
    _take_report(browser, stack, folder / "report.html")


def _demo_stack(path: Path) -> Path:
    JPkl(np.load(demo_stack_path())["images"], **demo_stack_options()).save(path)
    return path


def _draw_regions(page: ViewerPage) -> None:
    for tool, start, end in (
        ("draw an ellipse", (58, 84), (108, 118)),
        ("draw a rectangle", (120, 20), (150, 50)),
        ("draw a line", (75, 40), (110, 150)),
    ):
        page.click(tool)
        page.page.mouse.move(*page.place(*start))
        page.page.mouse.down()
        page.page.mouse.move(*page.place(*end), steps=5)
        page.page.mouse.up()
    page.page.mouse.move(5, 400)


def _open_ortho(page: ViewerPage) -> None:
    page.press("x")


def _open_montage(page: ViewerPage) -> None:
    page.press("n")


_VIEWS: dict[str, Callable[[ViewerPage], None]] = {
    "viewer": lambda page: page.point_at(84, 101),
    "roi": _draw_regions,
    "ortho": _open_ortho,
    "montage": _open_montage,
}


#: Stacks in the list of a folder, and their axes; docs/how-to/serve.md says where they are from.
_LISTED = {
    "cardiac_mps_yxt_u16.npy": "YXT",
    "cells3d_nuclei_zyx.tif": "ZYX",
    "cryoet_tomo_zyx_f32.tif": "ZYX",
}


def _take_dashboard(browser: Browser, stack: Path, folder: Path) -> None:
    folder.mkdir()
    shutil.copy(stack, folder)
    shutil.copy(shared_data("images/mitosis_max_tcyx.ome.tif"), folder / "mitosis_raw.ome.tif")
    for name, axes in _LISTED.items():
        original, path = shared_data(f"images/{name}"), folder / f"{name.partition('_')[0]}.jpkl"
        command = [sys.executable, "-m", "jpkl", "encode", str(original), str(path), "--axes", axes]
        subprocess.run(command, check=True)
    with served(folder, view_command(folder)) as url:
        page = browser.new_page(viewport={"width": 1280, "height": 420})
        page.goto(url)
        page.wait_for_timeout(4000)  # thumbnails come one by one
        _take(page, "dashboard")


def _take_report(browser: Browser, stack: Path, path: Path) -> None:
    with JPkl.load(stack) as jp:
        viewer = JPklViewer(jp)
        viewer.state.move(0, 10)
        viewer.save(
            path, title="Anaphase", note="Kinetochores in green, microtubules in magenta.", progress=False
        )
    page = ViewerPage(
        browser.new_page(viewport={"width": 1100, "height": 1040}), path.as_uri(), is_first_view=True
    )
    page.page.wait_for_timeout(1000)
    _take(page.page, "report")


def _take(page: Page, name: str) -> None:
    """Save what is seen, in 256 colors, which takes less than half of the bytes."""
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    few = shot.quantize(256, Image.Quantize.MEDIANCUT, kmeans=3, dither=Image.Dither.NONE)
    few.save(_FOLDER / f"{name}.png", optimize=True)
    page.close()


if __name__ == "__main__":
    main()

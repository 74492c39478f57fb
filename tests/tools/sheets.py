"""Pictures of every state of the viewer at each size, light and dark, to be looked at beside each other.

``python -m tests.tools.pictures --sheets FOLDER [STATE ...]`` writes one sheet for each state.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jpkl_viewer import JPklViewer
from PIL import Image
from playwright.sync_api import Browser, Page

from jpkl import JPkl
from tests.browser.driver import SCRIPT, served, view_command
from tests.conftest import replace_frame, shared_data

#: Sizes of the window: a desk, a laptop, a narrow window and a phone.
SIZES = ((1440, 900), (1280, 720), (900, 700), (390, 844))
THEMES = ("light", "dark")

_GAP = 12


@dataclass(frozen=True)
class State:
    """A state of a page.

    Attributes
    ----------
    name : str
        Of its sheet.
    page : str
        Which page has it.
    show : callable
        Brings the page there.
    """

    name: str
    page: str
    show: Callable[[Page], None]


def _keys(*keys: str) -> Callable[[Page], None]:
    def show(page: Page) -> None:
        for key in ("Escape", "Escape", *keys):
            page.keyboard.press(key)

    return show


def _compared(mode: str) -> Callable[[Page], None]:
    def show(page: Page) -> None:
        _keys("k")(page)
        page.get_by_role("button", name=mode, exact=True).click()

    return show


def _chosen(key: str, **settings: object) -> Callable[[Page], None]:
    """Open a view by its key, then set its selects by their labels."""

    def show(page: Page) -> None:
        _keys(key)(page)
        for label, value in settings.items():
            box = page.get_by_label(label.replace("_", " "), exact=True).locator("visible=true").first
            with suppress(Exception):
                box.select_option(str(value), timeout=500)

    return show


def _draw(page: Page) -> None:
    _keys("0")(page)
    for key, start, end in (
        ("o", (58, 84), (108, 118)),
        ("r", (120, 20), (150, 50)),
        ("l", (75, 40), (110, 150)),
    ):
        page.keyboard.press(key)
        at, to = (page.evaluate("p => jpkl.place(...p)", list(point)) for point in (start, end))
        page.mouse.move(*at)
        page.mouse.down()
        page.mouse.move(*to, steps=4)
        page.mouse.up()
    page.mouse.move(5, 400)


STATES = (
    State("frame", "stack", _keys("0")),
    State("projection", "stack", _keys("m")),
    State("ortho", "stack", _keys("x")),
    State("montage", "stack", _chosen("n", channels_of_the_montage="")),
    State("montage-split", "stack", _chosen("n", channels_of_the_montage="rows")),
    State("help", "stack", _keys("?")),
    State("export", "stack", _keys("e")),
    State("sidebar", "stack", _keys("b")),
    State("regions", "stack", _draw),
    State("side-by-side", "pair", _compared("Side by side")),
    State("curtain", "pair", _compared("Curtain")),
    State("difference", "pair", _compared("Difference")),
    State("nuclei-ortho", "nuclei", _keys("x")),
    State("damaged", "damaged", _keys("Home")),
    State("dashboard", "folder", lambda page: page.wait_for_timeout(2500)),
    State("no-hit", "folder", lambda page: page.get_by_label("search names").fill("gfp")),
    State("empty", "empty", lambda page: None),
    State("cut-off", "broken", lambda page: None),
    State("report", "report", lambda page: page.wait_for_timeout(500)),
    State("lost", "lost", lambda page: page.wait_for_timeout(1500)),
)


def take_sheets(browser: Browser, stack: Path, work: Path, folder: Path, names: Sequence[str]) -> None:
    """Write the sheets of states; of all, where none is named.

    Parameters
    ----------
    browser : Browser
        A Chromium.
    stack : Path
        The stack of most states.
    work : Path
        Where other stacks are made.
    folder : Path
        Where the sheets are written.
    names : sequence of str
        Names of states.
    """
    folder.mkdir(parents=True, exist_ok=True)
    states = [state for state in STATES if not names or state.name in names]
    for kind in dict.fromkeys(state.page for state in states):
        taken: dict[str, list[Image.Image]] = {}
        of_kind = [state for state in states if state.page == kind]
        with _PAGES[kind](stack, work) as site:
            for size in SIZES:
                for theme in THEMES:
                    for name, picture in _take(browser, site, size, theme, of_kind):
                        taken.setdefault(name, []).append(picture)
        for name, pictures in taken.items():
            _sheet(pictures).save(folder / f"{name}.png")


def _take(
    browser: Browser, site: _Site, size: tuple[int, int], theme: str, states: Sequence[State]
) -> Iterator[tuple[str, Image.Image]]:
    width, height = size
    page = browser.new_page(
        viewport={"width": width, "height": height}, color_scheme="dark" if theme == "dark" else "light"
    )
    page.add_init_script(SCRIPT)
    site.begin()
    page.goto(site.url)
    page.wait_for_timeout(1500)
    site.end()
    for state in states:
        state.show(page)
        page.wait_for_timeout(600)
        with Image.open(io.BytesIO(page.screenshot())) as picture:
            yield state.name, picture.convert("RGB")
    page.close()


def _sheet(pictures: Sequence[Image.Image]) -> Image.Image:
    """Put light and dark beside each other, and the sizes below each other."""
    pairs = [pictures[i : i + 2] for i in range(0, len(pictures), 2)]
    width = max(sum(each.width + _GAP for each in pair) for pair in pairs) + _GAP
    sheet = Image.new("RGB", (width, sum(pair[0].height + _GAP for pair in pairs) + _GAP), "#808080")
    top = _GAP
    for pair in pairs:
        left = _GAP
        for each in pair:
            sheet.paste(each, (left, top))
            left += each.width + _GAP
        top += pair[0].height + _GAP
    return sheet


# -- pages ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Site:
    """Where a page is; what has to be done before it is opened, and after."""

    url: str
    begin: Callable[[], object] = lambda: None
    end: Callable[[], object] = lambda: None


_Opened = Iterator[_Site]


@contextmanager
def _stack_page(stack: Path, work: Path) -> _Opened:
    with served(stack) as url:
        yield _Site(f"{url}#time=10")


@contextmanager
def _pair_page(stack: Path, work: Path) -> _Opened:
    other = work / "mitosis_darker.jpkl"
    with JPkl.load(stack) as jp:
        JPkl(np.asarray(jp) // 2, dim_names=jp.dim_names, metadata=jp.metadata).save(other)
    with served(stack, view_command(stack, other)) as url:
        yield _Site(url)


def _encoded(work: Path, name: str, axes: str) -> Path:
    path = work / f"{name.partition('.')[0]}.jpkl"
    if not path.exists():
        original = shared_data(f"images/{name}")
        command = [sys.executable, "-m", "jpkl", "encode", str(original), str(path), "--axes", axes]
        subprocess.run(command, check=True)
    return path


@contextmanager
def _nuclei_page(stack: Path, work: Path) -> _Opened:
    path = work / "nuclei.jpkl"
    with JPkl.load(_encoded(work, "cells3d_nuclei_zyx.tif", "ZYX")) as jp:
        metadata = {**jp.metadata, "pixel_size": (0.26, 0.26), "pixel_unit": "µm"}
        n = jp.shape[-1]
        metadata |= {"coords": {"z": [0.29 * i for i in range(n)]}, "units": {"z": "µm"}}
        JPkl(np.asarray(jp), dim_names=["z"], metadata=metadata).save(path)
    with served(path) as url:
        yield _Site(url)


@contextmanager
def _damaged_page(stack: Path, work: Path) -> _Opened:
    path = work / "damaged.jpkl"
    with JPkl.load(stack) as jp:
        replace_frame(jp, (0, 0), jp.images[(0, 0)][:469]).save(path)
    with served(path) as url:
        yield _Site(url)


@contextmanager
def _folder_page(stack: Path, work: Path) -> _Opened:
    folder = work / "plate_07"
    folder.mkdir(exist_ok=True)
    shutil.copy(stack, folder)
    for name, axes in (("cells3d_nuclei_zyx.tif", "ZYX"), ("yeast_mito_tzyx.ome.tif", "TZYX")):
        shutil.copy(_encoded(work, name, axes), folder)
    for name in ("cluster_tzcyx.ome.tif", "cardiac_mps_yxt_u16.npy"):
        shutil.copy(shared_data(f"images/{name}"), folder)
    (folder / "broken.jpkl").write_bytes(stack.read_bytes()[: stack.stat().st_size // 3])
    (folder / "cluster.nd2").write_bytes(b"\xda\xce\xbe\x0a" + bytes(400))
    with served(folder, view_command(folder)) as url:
        yield _Site(url)


@contextmanager
def _empty_page(stack: Path, work: Path) -> _Opened:
    folder = work / "empty" / "plate_07"
    folder.mkdir(parents=True, exist_ok=True)
    with served(folder, view_command(folder)) as url:
        yield _Site(url)


@contextmanager
def _broken_page(stack: Path, work: Path) -> _Opened:
    with _folder_page(stack, work) as site:
        yield _Site(f"{site.url}?stack=broken.jpkl")


@contextmanager
def _report_page(stack: Path, work: Path) -> _Opened:
    path = work / "report.html"
    with JPkl.load(stack) as jp:
        viewer = JPklViewer(jp)
        viewer.state.move(0, 10)
        viewer.save(
            path, title="Spindle length from metaphase to anaphase", note="Five slices.", progress=False
        )
    yield _Site(path.as_uri())


@contextmanager
def _lost_page(stack: Path, work: Path) -> _Opened:
    """Serve a stack anew for each page, and end the server once the page has opened."""
    servers: list[subprocess.Popen[str]] = []
    command = [*view_command(stack)[:-2], "--port", "47113"]

    def begin() -> None:
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        servers.append(server)
        assert server.stdout is not None
        next(line for line in server.stdout if "http://" in line)

    yield _Site("http://localhost:47113", begin, lambda: servers.pop().kill())


_PAGES = {
    "stack": _stack_page,
    "pair": _pair_page,
    "nuclei": _nuclei_page,
    "damaged": _damaged_page,
    "folder": _folder_page,
    "empty": _empty_page,
    "broken": _broken_page,
    "report": _report_page,
    "lost": _lost_page,
}

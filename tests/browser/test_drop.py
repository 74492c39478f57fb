"""Files dropped onto the window: opened, compared, refused."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from jpkl import JPkl
from tests.browser.driver import ViewerPage, served


def level(gray: int) -> JPkl:
    return JPkl(
        np.full((40, 50, 3), gray, np.uint8), dim_names=["time"], metadata={"channel_limits": [(0, 255)]}
    )


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 720})
    yield page
    page.close()


def drag(page: Page, kinds: list[str], files: list[Path], x: int, y: int = 300) -> None:
    """Drag files over the window as the desktop does: into it, over it, and maybe dropped."""
    session = page.context.new_cdp_session(page)
    data = {"items": [], "files": [str(path) for path in files], "dragOperationsMask": 1}
    for kind in kinds:
        session.send("Input.dispatchDragEvent", {"type": kind, "x": x, "y": y, "data": data})
    session.detach()


def wait_for(viewer: ViewerPage, gray: int) -> None:
    viewer.page.wait_for_function(
        "gray => window.jpkl.view()?.shown && Math.abs(window.jpkl.pixel(20, 20)[0] - gray) <= 2", arg=gray
    )


def drop(page: Page, files: list[Path], x: int) -> None:
    drag(page, ["dragEnter", "dragOver", "drop"], files, x)


def refuse(page: Page, files: list[Path], said: str) -> None:
    drop(page, files, 300)
    expect(page.get_by_text(said)).to_be_visible()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("button", name="Close")).to_be_hidden()


def test_dropped_stacks_are_compared_and_opened(page: Page, tmp_path: Path) -> None:
    level(40).save(tmp_path / "shown.jpkl")
    level(120).save(tmp_path / "other.jpkl")
    tifffile.imwrite(tmp_path / "my cells.tif", np.full((3, 40, 50), 9, np.uint8), photometric="minisblack")
    (tmp_path / "broken.jpkl").write_bytes(b"nothing")
    (tmp_path / "notes.txt").write_text("hello")
    (tmp_path / "empty.tif").touch()
    (tmp_path / "plate").mkdir()
    with served(tmp_path / "shown.jpkl") as url:
        viewer = ViewerPage(page, url)
        wait_for(viewer, 40)
        expect(page.get_by_text("with shown.jpkl")).to_be_hidden()
        drag(page, ["dragEnter", "dragOver"], [tmp_path / "other.jpkl"], 900)
        expect(page.get_by_text("with shown.jpkl")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.get_by_text("with shown.jpkl")).to_be_hidden()

        refuse(page, [tmp_path / "notes.txt"], "the format '.txt' is not supported")
        refuse(page, [tmp_path / "broken.jpkl"], "broken.jpkl cannot be shown: not a JPkl file")
        refuse(page, [tmp_path / "other.jpkl", tmp_path / "empty.tif"], "empty.tif is empty")
        refuse(page, [tmp_path / "plate"], "jpkl view plate")
        wait_for(viewer, 40)

        drop(page, [tmp_path / "other.jpkl"], 900)
        page.wait_for_url("**/?with=*")
        expect(page.get_by_text("other.jpkl", exact=True).locator("visible=true")).to_be_visible()
        drop(page, [tmp_path / "other.jpkl", tmp_path / "my cells.tif"], 300)
        page.wait_for_url("**/?dropped=*&dropped=*")
        wait_for(viewer, 120)
        assert page.title() == "other.jpkl"
        expect(page.get_by_text("my cells.tif", exact=True).locator("visible=true")).to_be_visible()

        for i in range(11):  # a folder of pictures is one stack
            Image.fromarray(np.full((40, 50), 20 * i + 10, np.uint8)).save(tmp_path / "plate" / f"t{i}.png")
        (tmp_path / "plate" / "notes.txt").write_text("hello")
        drop(page, [tmp_path / "plate"], 300)
        viewer.wait_until("() => jpkl.view()?.stack.sizes.join() === '11'")

        page.goto(f"{url}?dropped=gone")
        expect(page.get_by_role("alert")).to_contain_text("Drop the file again")


def test_a_file_is_picked_in_a_folder_and_a_large_one_is_given_up_half_way(
    page: Page, tmp_path: Path
) -> None:
    folder = tmp_path / "stacks"
    folder.mkdir()
    tifffile.imwrite(tmp_path / "cells.tif", np.full((3, 40, 50), 9, np.uint8), photometric="minisblack")
    large = tmp_path / f"{tmp_path.name}.npy"
    with large.open("wb") as file:
        header = {"descr": "|u1", "fortran_order": False, "shape": (1000, 1000, 300)}
        np.lib.format.write_array_header_1_0(file, header)
        file.truncate(file.tell() + 300_000_000)
    with served(folder) as url:
        page.goto(url)
        expect(page.get_by_text("No stacks in stacks")).to_be_visible()
        drop(page, [large], 300)
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_role("progressbar")).to_be_hidden()
        for _ in range(50):
            if not list(Path(tempfile.gettempdir()).glob(f"jpkl-dropped-*/*/{large.name}")):
                break
            page.wait_for_timeout(100)
        else:
            raise AssertionError("what has come of it is still there")

        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Choose files").click()
        chooser.value.set_files([tmp_path / "cells.tif"])
        page.wait_for_url("**/?dropped=*")
        page.get_by_role("link", name="All stacks").click()
        expect(page.get_by_text("No stacks in stacks")).to_be_visible()

"""Image files in the browser: looked at before they are encoded, and in the list of a folder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tifffile
from numpy.typing import NDArray
from playwright.sync_api import Browser, expect

from jpkl import JPkl
from jpkl._originals.preview import _SAMPLE_NBYTES
from tests.browser.driver import ViewerPage, served

#: More than is read to estimate the display range; a frame that is not is brighter than all that are.
N, SIDE = 200, 320
_N_READ = _SAMPLE_NBYTES // (2 * SIDE * SIDE)
_READ = {(2 * i + 1) * N // (2 * _N_READ) for i in range(_N_READ)}
BRIGHT = min(set(range(N)) - _READ)


def levels() -> NDArray[np.uint16]:
    """Frames of one intensity each, apart from a corner that is 0."""
    frames = (
        np.zeros((N, SIDE, SIDE), np.uint16) + np.arange(1000, 1000 + 10 * N, 10, np.uint16)[:, None, None]
    )
    frames[BRIGHT] = 9000
    frames[:, :8, :8] = 0
    return frames


def painted(page: ViewerPage) -> list[int]:
    red: list[int] = page.page.evaluate("() => [...window.jpkl.pixel(100, 100)]")
    return red


def test_an_original_is_shown_at_once_and_then_as_it_was_encoded(browser: Browser, tmp_path: Path) -> None:
    path = tmp_path / "cells.tif"
    tifffile.imwrite(path, levels(), imagej=True, metadata={"axes": "TYX"})
    exact = JPkl(levels(), axes="TYX")
    with served(path) as url:
        page = ViewerPage(browser.new_page(viewport={"width": 1200, "height": 800}), url)
        conversion = page.page.locator(".conversion")
        expect(conversion).to_contain_text("Encoded")
        page.set("time", 60)
        estimated = painted(page)
        assert 0 < estimated[0] < 255
        page.page.get_by_role("button", name="Show it").click()
        page.page.wait_for_function("() => window.jpkl?.view()?.shown?.position[0] === 60")
        assert conversion.count() == 0
        assert painted(page) == [exact[100, 100, 60]] * 3 != estimated
        page.page.close()
    with served(path) as url:  # out of the cache
        page = ViewerPage(browser.new_page(viewport={"width": 1200, "height": 800}), url)
        assert page.page.title() == "cells.tif"
        assert page.page.locator(".conversion").count() == 0
        page.page.close()


def test_originals_of_a_folder_are_listed_and_compared(browser: Browser, tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "c.tif", levels()[:5], imagej=True, metadata={"axes": "TYX"})
    tifffile.imwrite(tmp_path / "b.tif", levels()[:5], imagej=True, metadata={"axes": "TYX"})
    JPkl(levels()[:5], axes="TYX").save(tmp_path / "a.jpkl")
    with served(tmp_path) as url:
        page = browser.new_page(viewport={"width": 1200, "height": 800})
        page.goto(url)
        cards = page.locator(".cards li")
        expect(cards).to_have_count(3)
        cards.nth(2).hover()
        cards.nth(2).get_by_role("button").click()
        expect(page.get_by_text("c.jpkl")).to_be_visible()
        expect(cards).to_have_count(4)
        expect(cards.nth(1).locator(".thumbnail")).to_have_attribute("data-format", "TIFF")
        expect(cards.nth(1).locator("img")).to_be_visible()
        for card in cards.all()[:2]:
            card.hover()
            card.get_by_role("checkbox").click()
        page.get_by_role("link", name="Compare").click()
        expect(page.locator(".views [aria-pressed=true]")).to_have_text("Compare")
        expect(page.locator(".stage").get_by_text("b.tif").first).to_be_visible()
        np.savez(tmp_path / "d.npz", raw=levels()[:5], mask=levels()[:40, :99, :2])
        page.goto(f"{url}?stack=d.npz")
        page.get_by_label("scene").select_option("mask")
        expect(page.locator(".extent")).to_have_text("99 × 40 · dim0 2")
        expect(page.get_by_label("scene")).to_have_value("mask")
        page.close()

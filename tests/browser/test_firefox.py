"""The viewer in Firefox: keys, zoom, and pixels as `jp[...]` has them, also where it alters what is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from jpkl_viewer import JPklViewer, save_stand_alone_page
from numpy.typing import NDArray

from jpkl import JPkl
from jpkl.toolkit import displayed
from tests.browser.driver import AS_STORED, served
from tests.browser.firefox import firefox_page
from tests.browser.pages import mitosis
from tests.tools.firefox import find_firefox
from tests.tools.javascript import is_installed
from tests.tools.range_server import range_server

#: What people set, or get with a window. Where fingerprinting is resisted, pages read noise from a canvas.
WINDOWS: dict[str, dict[str, bool]] = {
    "usual": {},
    "private": {"browser.privatebrowsing.autostart": True},
    "resisting": {"privacy.resistFingerprinting": True},
}


@pytest.fixture(scope="module")
def firefox() -> str:
    path = find_firefox()
    if path is None:
        pytest.skip("no Firefox here: python -m tests.tools.firefox installs one")
    if not is_installed():
        pytest.skip("no puppeteer-core here: python -m tests.tools.javascript install installs it")
    return path


@pytest.mark.parametrize("preferences", WINDOWS.values(), ids=WINDOWS)
def test_keys_zoom_and_pixels(preferences: dict[str, bool], firefox: str, tmp_path: Path) -> None:
    jp = mitosis()
    jp.save(tmp_path / "stack.jpkl")
    xs, ys = list(range(60, 110, 7)), list(range(80, 120, 7))
    with served(tmp_path / "stack.jpkl") as url, firefox_page(firefox, preferences) as page:
        page.open(f"{url}{AS_STORED}")
        assert_seen(page.seen(xs, ys), jp[..., 0, 0], xs, ys)
        page("press", "ArrowRight")  # nothing was clicked before
        page.wait_for_position(1, 0)
        page("click", *page.place(85, 98))
        page("press", "End")
        page.wait_for_position(50, 0)
        assert_seen(page.seen(xs, ys), jp[..., 50, 0], xs, ys)
        scale = page("evaluate", "() => jpkl.view().viewport.scale")
        page("move", *page.place(85, 98))
        for _ in range(3):
            page("wheel", -120)
        page.wait_until("s => jpkl.view().viewport.scale > 1.2 * s", scale)
        page.wait_for_position(50, 0)
        assert_seen(page.seen(xs[2:6], ys[2:5]), jp[..., 50, 0], xs[2:6], ys[2:5])
        page("press", "0")
        page.wait_until("s => jpkl.view().viewport.scale === s", scale)
        assert page("errors") == []


def test_pages_without_python(firefox: str, tmp_path: Path) -> None:
    """A projection in a report; 16 bits in the stand-alone page, also where pages read noise."""
    jp, deep = mitosis(), mitosis()[..., :3, :].astype(np.uint16) * 201 + 7
    exact = JPkl(deep, lossless=True, dim_names=["time", "channel"])
    exact.save(tmp_path / "deep.jpkl")
    plain = {"channels": [{"limits": (0, 255)}] * 2, "composite": False, "position": (0, 0)}
    JPklViewer(jp, **plain).save(tmp_path / "report.html", progress=False)
    save_stand_alone_page(tmp_path / "viewer.html")
    xs, ys = [60, 88, 109], [80, 93, 119]
    with range_server(tmp_path) as server:
        page_url = f"{server.url}/viewer.html?url=deep.jpkl{AS_STORED}&composite=0"
        with firefox_page(firefox, WINDOWS["usual"]) as page:
            page.open((tmp_path / "report.html").as_uri())
            page(
                "evaluate",
                "() => jpkl.view().change({projection: {dim: 0, method: 'max', start: 0, stop: 51}})",
            )
            page.wait_until("() => String(jpkl.view().shown.layers[0].frame).includes('@max')")
            page.wait_for_position(0, 0)
            assert_seen(page.seen(xs, ys), np.asarray(jp[..., 0]).max(axis=2), xs, ys)
            page.open(page_url)
            assert_seen(page.seen(xs, ys), displayed(exact)[..., 0, 0], xs, ys)
        with firefox_page(firefox, WINDOWS["resisting"]) as page:
            page.open(page_url)
            assert_seen(page.seen(xs, ys), displayed(exact)[..., 0, 0], xs, ys)


def test_where_pages_read_noise(firefox: str, tmp_path: Path) -> None:
    """RGB as it is stored, also in a report, and means of pixels where the screen has fewer."""
    ramp = np.tile(np.linspace(0, 255, 2400), (1600, 1)).astype(np.uint8)
    jp = JPkl(np.stack([ramp, 255 - ramp], axis=2), jpeg_quality=95)
    jp.save(tmp_path / "large.jpkl")
    hues = np.random.default_rng(1).integers(0, 256, (40, 48, 3, 2)).repeat(4, axis=0).repeat(4, axis=1)
    rgb = JPkl(hues.astype(np.uint8), color=True, jpeg_quality=95)
    rgb.save(tmp_path / "rgb.jpkl")
    JPklViewer(rgb).save(tmp_path / "report.html")
    with served(tmp_path) as url, firefox_page(firefox, WINDOWS["resisting"]) as page:
        page.open(f"{url}?stack=rgb.jpkl{AS_STORED}")
        xs, ys = [45, 70, 133], [50, 88, 120]
        assert_seen(page.seen(xs, ys), rgb[..., 0], xs, ys)
        page.open(f"{url}?stack=large.jpkl{AS_STORED}")
        xs, ys = list(range(100, 2300, 300)), [300, 800, 1200]
        difference = page.seen(xs, ys)[..., 0].astype(int) - jp[..., 0][np.ix_(ys, xs)]
        assert np.abs(difference).max() <= 2, "means of pixels"
        xs, ys = [45, 70, 133], [50, 88, 120]
        page.open((tmp_path / "report.html").as_uri() + AS_STORED)
        assert_seen(page.seen(xs, ys), rgb[..., 0], xs, ys)
        page("move", *page.place(70, 88))
        values = [str(value) for value in rgb[88, 70, :, 0]]
        page.wait_until(
            "v => String(jpkl.all('.readout .value').map(e => e.textContent)) === String(v)", values
        )
        page("press", "e")
        page.wait_until("() => jpkl.all('.sheet button').some(e => e.checkVisibility())")
        page("evaluate", "() => jpkl.all('.sheet button').find(e => /^Save/.test(e.textContent)).click()")
        page.wait_until("() => jpkl.all('.sheet').some(e => e.textContent.includes('would be noise'))")


def assert_seen(seen: NDArray[np.uint8], frame: NDArray[np.uint8], xs: list[int], ys: list[int]) -> None:
    """Check what the screen shows of a frame, gray or RGB, on a grid of its pixels."""
    expected = frame[np.ix_(ys, xs)]
    if frame.ndim == 2:
        expected = np.repeat(expected[..., None], 3, axis=2)
    np.testing.assert_array_equal(seen, expected)

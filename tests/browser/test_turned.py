"""Frames rotated and flipped on the screen: all that is said of them stays as it is."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jpkl import JPkl
from tests.browser.driver import ViewerPage
from tests.browser.pages import Open, draw, readout

#: Gray values of the corners and the middle of each side tell all eight orientations apart.
ROWS, COLUMNS = 48, 80


def blocks() -> NDArray[np.uint8]:
    """Blocks of 8 x 8 pixels, each of another gray."""
    grays = np.linspace(20, 240, ROWS * COLUMNS // 64).reshape(ROWS // 8, COLUMNS // 8)
    return np.kron(grays, np.ones((8, 8))).round().astype(np.uint8)


def wait_to_see_blocks(page: ViewerPage, expected: NDArray[Any]) -> None:
    """Wait until the screen shows the middles of blocks, left to right and top to bottom."""
    for _ in range(30):
        page.settle()
        box = page.evaluate(
            "() => { const {viewport, stage} = jpkl.view(), p = viewport.picture;"
            " const {left, top} = stage.getBoundingClientRect();"
            " return [left + p.left, top + p.top, p.right - p.left, p.bottom - p.top] }"
        )
        taken = np.asarray(Image.open(io.BytesIO(page.page.screenshot())).convert("L")).astype(int)
        height, width = expected.shape
        ys = (box[1] + (np.arange(height) + 0.5) * box[3] / height).astype(int)
        xs = (box[0] + (np.arange(width) + 0.5) * box[2] / width).astype(int)
        # The stamp and the scale bar lie in corners.
        inner = np.s_[2:-2, 2:-2]
        if np.abs(taken[np.ix_(ys, xs)] - expected)[inner].max() <= 2:
            assert abs(box[2] / box[3] - width / height) < 0.01, "pixels are square"
            return
        page.page.wait_for_timeout(100)
    np.testing.assert_allclose(taken[np.ix_(ys, xs)][inner], expected[inner], atol=2)


def test_a_turned_picture_keeps_its_numbers(open_viewer: Open) -> None:
    frame = blocks()
    jp = JPkl(
        np.stack([frame, frame], -1), dim_names=["z"], metadata={"pixel_size": (2, 2), "pixel_unit": "µm"}
    )
    page = open_viewer(jp)
    middles = frame[4::8, 4::8].astype(int)
    wait_to_see_blocks(page, middles)
    bar = page.evaluate("() => jpkl.all('.scalebar .bar')[0].offsetWidth / jpkl.view().viewport.scale")
    page.press("t")
    wait_to_see_blocks(page, np.rot90(middles, -1))
    page.press("Shift+F")
    wait_to_see_blocks(page, np.fliplr(np.rot90(middles, -1)))
    page.point_at(20, 44)
    page.wait_until("v => jpkl.all('.readout')[0].innerText.includes(v)", str(frame[44, 20]))
    assert readout(page).startswith("x 20 y 44 40, 88 µm")
    scale, length, text = page.evaluate(
        "() => [jpkl.view().viewport.scale, jpkl.all('.scalebar .bar')[0].offsetWidth,"
        " jpkl.all('.scalebar')[0].textContent]"
    )
    assert bar > 0
    assert abs(length - float(text.split()[0]) / 2 * scale) <= 1
    # Drawn on the screen, a region has the pixels of the frame; arrow keys move it as it is seen.
    draw(page, "rectangle", (10, 10), (30, 20))
    points = page.evaluate("() => jpkl.view().state.tools.rois.rois[0].points")
    np.testing.assert_allclose(sorted(map(sorted, zip(*points, strict=True))), [[10, 20], [10, 30]], atol=1)
    page.press("ArrowRight")
    moved = page.evaluate("() => jpkl.view().state.tools.rois.rois[0].points")
    # Rotated by 90 degrees and flipped: rows of the frame go to the right.
    np.testing.assert_allclose(np.subtract(moved, points), [[0, 1], [0, 1]], atol=1e-6)
    # Zoomed in, the place under the pointer stays; all of it is in the link.
    page.zoom_at(60, 30, 4)
    assert page.evaluate("() => jpkl.view().input.pixel") == [60, 30]
    page.wait_until("() => ['rotation=270', 'flip=1', 'zoom='].every((part) => location.hash.includes(part))")
    page.page.reload()
    page.wait_until("() => jpkl.view()?.shown && jpkl.view().viewport.zoom")
    page.point_at(60, 30)
    page.wait_until("v => jpkl.all('.readout')[0].innerText.includes(v)", str(frame[30, 60]))
    # Orthogonal views are as stored, and say so; back in the frame, it is turned again.
    page.press("x")
    page.click("What to show over the picture")
    button = page.page.get_by_role("button", name="Rotate to the right")
    assert button.get_attribute("aria-disabled") == "true"
    assert "as stored" in (button.get_attribute("title") or "")
    assert page.evaluate("() => jpkl.view().viewport.isTurned") is False
    page.press("Escape", "Escape")
    page.wait_until("() => jpkl.view().viewport.isTurned")
    assert page.messages == []

"""The orthogonal views and their crosshair, by mouse and keys, as the screen shows them."""

from __future__ import annotations

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jpkl import JPkl
from tests.browser.driver import ViewerPage
from tests.browser.pages import Open

#: Rows, columns and slices of the stack, and how large a pixel and a slice are.
ROWS, COLUMNS, SLICES = 64, 96, 12
PIXEL, STEP = (0.5, 0.25), 1.0

#: Between the views, in CSS pixels.
GAP = 6


def blocks() -> JPkl:
    """Blocks of 8 x 8 pixels, black or white, the same ones in a row, in a column and along z."""
    rows, columns, slices = (
        np.array([bit == "1" for bit in bits]) for bits in ("10110100", "010110100101", "110100101101")
    )
    is_white = np.repeat(rows, 8)[:, None, None] ^ np.repeat(columns, 8)[:, None] ^ slices
    metadata = {
        "pixel_size": PIXEL,
        "pixel_unit": "µm",
        "coords": {"z": STEP * np.arange(SLICES)},
        "units": {"z": "µm"},
    }
    return JPkl((255 * is_white).astype(np.uint8), dim_names=["z"], metadata=metadata)


def box_of(page: ViewerPage, selector: str) -> NDArray[np.float64]:
    """Left, top, right and bottom of an element on the page."""
    box = page.page.locator(selector).first.bounding_box()
    assert box is not None
    left, top = box["x"], box["y"]
    return np.array([left, top, left + box["width"], top + box["height"]])


def picture_of(page: ViewerPage) -> NDArray[np.float64]:
    """The same of what is seen of the frame."""
    box: list[float] = page.evaluate(
        "() => { const {viewport, stage} = jpkl.view(), p = viewport.picture;"
        " const {left, top} = stage.getBoundingClientRect();"
        " return [left + p.left, top + p.top, left + p.right, top + p.bottom] }"
    )
    return np.array(box)


def cross(page: ViewerPage) -> list[int]:
    """Column, row and slice of the crosshair."""
    values: list[int] = page.evaluate(
        "() => { const {state} = jpkl.view(), {x, y} = state.tools.ortho; return [x, y, ...state.position] }"
    )
    return values


def drag(page: ViewerPage, selector: str, dx: float, dy: float) -> None:
    """Drag the middle of an element by CSS pixels."""
    left, top, right, bottom = box_of(page, selector).tolist()
    x, y = (left + right) / 2, (top + bottom) / 2
    page.page.mouse.move(x, y)
    page.page.mouse.down()
    page.page.mouse.move(x + dx / 2, y + dy / 2)
    page.page.mouse.move(x + dx, y + dy)
    page.page.mouse.up()
    page.settle()


def screen(page: ViewerPage) -> NDArray[np.bool_]:
    """Where the page is bright."""
    page.settle()
    taken = np.asarray(Image.open(io.BytesIO(page.page.screenshot())).convert("RGB"))
    bright: NDArray[np.bool_] = taken[..., 2] > 127
    return bright


def assert_aligned(page: ViewerPage) -> None:
    """Assert that edges between the blocks go on from the frame into both views, to the pixel."""
    left, top, right, bottom = (round(v) for v in picture_of(page))
    bright = screen(page)
    # Beside what lies in the corners and beside the rings.
    x, y = left + (right - left) * 3 // 8, top + (bottom - top) * 3 // 8
    below = free_place(page, ".against-x", ".ring.x-dim", 1)
    side = free_place(page, ".against-y", ".ring.y-dim", 0)
    line_x, line_y = box_of(page, ".line.x")[[0, 2]].mean(), box_of(page, ".line.y")[[1, 3]].mean()
    for one, other, line in (
        (bright[y, left:right], bright[below, left:right], line_x - left),
        (bright[top:bottom, x], bright[top:bottom, side], line_y - top),
    ):
        edges, others = (np.flatnonzero(np.diff(pixels.astype(int))) for pixels in (one, other))
        edges, others = (found[np.abs(found + 0.5 - line) > 2] for found in (edges, others))
        assert len(edges) > 1
        np.testing.assert_array_equal(edges, others)


def free_place(page: ViewerPage, view: str, ring: str, axis: int) -> int:
    """Where in a view, along the dim, neither its ring nor what lies in its corners is."""
    first, last = box_of(page, view)[[axis, axis + 2]]
    at = box_of(page, ring)[[axis, axis + 2]].mean()
    places = first + np.array([0.25, 0.45]) * (last - first)
    return int(places[np.argmax(np.abs(places - at))])


def test_the_crosshair_moves_by_its_lines_and_rings_through_views_to_scale(open_viewer: Open) -> None:
    page = open_viewer(blocks())
    page.page.set_viewport_size({"width": 1500, "height": 1000})
    page.press("x")
    page.wait_until("() => jpkl.all('.reslice')[0].width > 300")
    page.wait_for_quiet()
    assert cross(page) == [48, 32, 0]
    scale = page.evaluate("() => jpkl.view().viewport.scale")
    picture, below, side = picture_of(page), box_of(page, ".against-x"), box_of(page, ".against-y")
    np.testing.assert_allclose(below[3] - below[1], SLICES * STEP / PIXEL[1] * scale, atol=1)
    np.testing.assert_allclose(side[2] - side[0], SLICES * STEP / PIXEL[1] * scale, atol=1)
    np.testing.assert_allclose(picture[3] - picture[1], ROWS * PIXEL[0] / PIXEL[1] * scale, atol=1)
    np.testing.assert_allclose([below[1] - picture[3], side[0] - picture[2]], GAP, atol=0.5)
    assert page.evaluate("() => jpkl.all('.plane').map(e => e.textContent).sort()") == ["XY", "XZ", "YZ"]
    assert bars(page) == {True}
    assert_aligned(page)

    fit = page.evaluate("() => jpkl.view().viewport.scales")
    drag(page, ".ring.xy", 10 * fit[0], -8 * fit[1])
    assert cross(page) == [58, 24, 0]
    drag(page, ".line.dim-y", 5 * STEP / PIXEL[1] * fit[0], 90)
    assert cross(page) == [58, 24, 5]
    page.wait_for_position(5)
    drag(page, ".ring.x-dim", -20 * fit[0], 3 * STEP / PIXEL[1] * fit[0])
    assert cross(page) == [38, 24, 8]
    drag(page, ".ring.y-dim", -2 * STEP / PIXEL[1] * fit[0], 10 * fit[1])
    assert cross(page) == [38, 34, 6]
    drag(page, ".line.dim-x", 70, STEP / PIXEL[1] * fit[0])
    assert cross(page) == [38, 34, 7]
    for line, by, expected in (("x", (-10, 30), [28, 34, 7]), ("y", (50, -4), [28, 30, 7])):
        left, top, *_ = box_of(page, f".line.{line}").tolist()
        page.page.mouse.move(left + 4, top + 4)  # its end, where no ring is
        page.page.mouse.down()
        page.page.mouse.move(left + 4 + by[0] * fit[0], top + 4 + by[1] * fit[1], steps=3)
        page.page.mouse.up()
        assert cross(page) == expected
    page.press("ArrowRight")
    page.wait_for_position(8)
    page.wait_until('() => /z=8.*"x":28,"y":30/.test(decodeURIComponent(location.hash))')

    # Zoomed in, by a factor that fits no grid, views are at the scale of the frame still; over a view, too.
    page.zoom_at(30, 20, 3)
    assert_aligned(page)
    left, top, right, bottom = box_of(page, ".against-x").tolist()
    page.page.mouse.move(left + 0.3 * (right - left), bottom - 5)
    page.page.mouse.wheel(0, -150)
    page.settle()
    assert_aligned(page)
    assert bars(page) == {True}
    page.set("depth scale", "whole")
    assert page.evaluate("() => jpkl.all('.depth-bar .bar')[0].clientHeight") > 0
    page.wait_until("() => decodeURIComponent(location.hash).includes('whole')")
    assert_aligned(page)
    assert page.messages == []


def bars(page: ViewerPage) -> set[bool]:
    """Whether each of the three scale bars is as long as it says."""
    found = page.evaluate(
        "() => jpkl.all('.scalebar, .depth-bar').filter(e => e.checkVisibility()).map(e => {"
        " const {width, height} = e.querySelector('.bar').getBoundingClientRect();"
        " return [Math.max(width, height), e.textContent, jpkl.view().viewport.scale] })"
    )
    assert len(found) == 3
    return {abs(length - float(text.split()[0]) * scale / PIXEL[1]) < 0.1 for length, text, scale in found}

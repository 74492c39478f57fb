"""What tests of several pages share: stacks to show, and what the canvas has to show of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from jpkl_viewer import demo_stack_options, demo_stack_path
from numpy.typing import NDArray

from jpkl import JPkl
from tests.browser.driver import ViewerPage

Open = Callable[..., ViewerPage]
Points = list[tuple[float, float]]  # (x, y)

#: Image pixels that are compared.
XS, YS = [0, 7, 60, 100, 150, 170], [0, 5, 90, 110, 120, 195]


def mitosis() -> JPkl:
    """The shipped stack: 196 x 171 pixels, 51 times, 2 channels."""
    with np.load(demo_stack_path()) as archive:
        return JPkl(archive["images"], **demo_stack_options())


def numbered(n: int, side: int = 64) -> tuple[JPkl, list[int]]:
    """Frames of one gray value each, and those values as they come back from JPEG."""
    levels = np.round(np.linspace(5, 250, n)).astype(np.uint8)
    jp = JPkl(np.zeros((side, side, n), np.uint8) + levels, dim_names=["time"])
    return jp, [int(jp[side // 2, side // 2, i]) for i in range(n)]


def assert_painted(page: ViewerPage, picture: NDArray[Any], most: int = 0) -> None:
    """Assert that the canvas comes to show RGB pixels, at points all over it.

    Parameters
    ----------
    page : ViewerPage
        The page.
    picture : ndarray, shape (height, width, 3)
        What it has to show.
    most : int
        How much each value may differ: what is computed travels as JPEG at quality 98.
    """
    xs = [min(x, picture.shape[1] - 1) for x in XS]
    ys = [min(y, picture.shape[0] - 1) for y in YS]
    expected = picture[np.ix_(ys, xs)].astype(int)
    page.wait_until(
        "([xs, ys, e, most]) => { const p = jpkl.pixels(xs, ys).flat(2);"
        " return e.flat(2).every((value, i) => Math.abs(value - p[i]) <= most) }",
        [xs, ys, expected.tolist(), most],
    )


def readout(page: ViewerPage) -> str:
    """What is said of the pixel under the pointer, once all of it is known."""
    page.wait_until("() => !jpkl.all('.readout')[0].innerText.includes('…')")
    return " ".join(page.evaluate("() => jpkl.all('.readout')[0].innerText").split())


def press_auto(page: ViewerPage, limits: list[float]) -> None:
    """Press Auto of the first channel, which then gets these contrast limits."""
    page.click("Auto")
    page.wait_until("e => jpkl.view().state.channels[0].limits.join() === e.join()", limits)


def press_full(page: ViewerPage) -> None:
    """Double click the histogram of the first channel, between its handles."""
    low, high = page.evaluate("() => jpkl.view().state.channels[0].limits")
    x, y = place_in_histogram(page, (low + high) / 2)
    page.page.mouse.dblclick(x, y)


def place_in_histogram(page: ViewerPage, value: float, channel: int = 0) -> tuple[float, float]:
    """Where on the page a pixel value is in the histogram of a channel."""
    box = page.page.locator(".histogram").nth(channel).bounding_box()
    assert box is not None
    return box["x"] + box["width"] * value / 255, box["y"] + box["height"] / 2


def press_at(page: ViewerPage, x: float, y: float) -> None:
    """Press and release the mouse on image pixel (y, x)."""
    page.point_at(x, y)
    page.page.mouse.down()
    page.page.mouse.up()


def drag_over(page: ViewerPage, *points: tuple[float, float]) -> None:
    """Drag the mouse over image pixels."""
    for point in points:  # what a panel covers is fitted in while no button is down
        page.place(*point)
    page.point_at(*points[0])
    page.page.mouse.down()
    for point in points[1:]:
        page.point_at(*point)
    page.page.mouse.up()


def draw(page: ViewerPage, shape: str, *points: tuple[float, float]) -> None:
    """Draw a region."""
    page.click({"ellipse": "draw an ellipse", "freehand": "draw freehand"}.get(shape, f"draw a {shape}"))
    if shape in ("line", "rectangle", "ellipse", "freehand"):
        drag_over(page, *points)
    else:
        for point in points:
            press_at(page, *point)
    if shape == "polygon":
        page.press("Enter")

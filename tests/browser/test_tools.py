"""Projections and what else Python computes for the viewer, as they come to the screen."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from jpkl_viewer.model.colormaps import COLORMAPS, color_ramp
from jpkl_viewer.model.projection import STD_SCALE
from numpy.typing import NDArray

from tests.browser.driver import ViewerPage
from tests.browser.pages import Open, assert_painted, mitosis, numbered
from tests.conftest import replace_frame

Pixels = NDArray[Any]


#: What JPEG at quality 98 changes of what Python has computed.
LOSS = 4


@pytest.mark.parametrize(
    ("method", "reduce"),
    [
        ("max", lambda frames: frames.max(-1)),
        ("mean", lambda frames: np.floor(frames.mean(-1) + 0.5)),
        ("min", lambda frames: frames.min(-1)),
        ("std", lambda frames: np.rint(STD_SCALE * frames.std(-1))),
    ],
)
def test_projections_are_those_of_numpy(open_viewer: Open, method: str, reduce: Any) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    page.set("channel", 1)
    page.set("projection", method)
    expected = reduce(np.asarray(jp)[..., 1].astype(float)).astype(np.uint8)
    assert_painted(page, COLORMAPS["gray"][expected], LOSS)
    assert page.messages == []


def test_a_projection_of_a_part_follows_the_other_sliders(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    page.set("projection", "max")
    page.set("first projected index", 10)
    page.set("last projected index", 19)
    assert_painted(page, COLORMAPS["gray"][jp[..., 10:20, 0].max(-1)], LOSS)
    assert page.evaluate("() => jpkl.all('.position')[0].textContent") == "time max 10–19 · C1"
    page.set("channel", 1)
    assert_painted(page, COLORMAPS["gray"][jp[..., 10:20, 1].max(-1)], LOSS)
    page.page.wait_for_function("() => location.hash.includes('projection=max')")
    page.set("projection", "")
    assert_painted(page, COLORMAPS["gray"][jp[..., 0, 1]], 0)


def test_a_projection_of_the_composite(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    page.click("Composite")
    page.set("projection", "max")
    layers = [
        color_ramp(color).astype(int)[jp[..., channel].max(-1)]
        for channel, color in enumerate(("#00ff00", "#ff00ff"))
    ]
    assert_painted(page, np.minimum(255, layers[0] + layers[1]), 6)


def test_a_projection_over_a_damaged_frame_says_which(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(replace_frame(jp, (7, 0), jp.images[(7, 0)][:-30]))
    page.set("projection", "max")
    alert = page.page.get_by_role("alert")
    alert.filter(has_text="(7, 0)").wait_for()
    page.set("first projected index", 10)
    assert_painted(page, COLORMAPS["gray"][jp[..., 10:, 0].max(-1)], LOSS)
    assert alert.is_hidden()


def test_only_the_latest_projection_is_waited_for(open_viewer: Open) -> None:
    jp, levels = numbered(40, 512)
    page = open_viewer(jp)
    for last in range(20, 40):
        page.set("projection", "max")
        page.set("last projected index", last)
    page.page.wait_for_function("() => jpkl.shown().layers[0].frame === '0@max,0,0,40'")
    assert abs(page.pixel(100, 200)[0] - levels[39]) <= 1


def read_canvas(page: ViewerPage, selector: str) -> Pixels:
    """RGB of a canvas, shape (height, width, 3)."""
    height, width, data = page.evaluate(
        "s => { const c = jpkl.all(s)[0], {data} = c.getContext('2d').getImageData(0, 0, c.width, c.height);"
        " return [c.height, c.width, [...data]] }",
        selector,
    )
    return np.array(data, np.uint8).reshape(height, width, 4)[..., :3]


def assert_resliced(
    page: ViewerPage, selector: str, expected: Pixels, left: float = 0, right: float = 1
) -> None:
    """Assert that a canvas comes to show gray pixels, stretched from ``left`` to ``right`` of its width."""
    until = time.monotonic() + 10
    while True:
        picture = read_canvas(page, selector)
        rows = ((np.arange(expected.shape[0]) + 0.5) * picture.shape[0] / expected.shape[0]).astype(int)
        fractions = (np.arange(expected.shape[1]) + 0.5) / expected.shape[1]
        columns = ((left + fractions * (right - left)) * picture.shape[1]).astype(int)
        found = picture[np.ix_(rows, columns)][..., 0]
        if np.array_equal(found, expected):
            return
        if time.monotonic() > until:
            np.testing.assert_array_equal(found, expected)
        page.settle()


def test_orthogonal_views_are_those_of_numpy_and_share_the_crosshair(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    pixels = np.asarray(jp)[..., 0]
    page.page.set_viewport_size({"width": 1500, "height": 1100})  # two screen pixels a pixel, or more
    page.set("orthogonal views", "0")
    assert_resliced(page, ".against-x", pixels[98].T)
    assert_resliced(page, ".against-y", pixels[:, 85])
    page.click_at(60, 40)
    page.page.wait_for_function("() => jpkl.view().state.tools.ortho.x === 60")
    assert_resliced(page, ".against-x", pixels[40].T)
    assert_resliced(page, ".against-y", pixels[:, 60])
    box = page.page.locator(".against-x").bounding_box()
    assert box is not None
    page.page.mouse.click(box["x"] + 0.25 * box["width"], box["y"] + 0.5 * box["height"])
    page.page.wait_for_function("() => jpkl.shown().position[0] === 25")
    x = page.evaluate("() => jpkl.view().state.tools.ortho.x")
    assert abs(x - 0.25 * 171) <= 1
    assert_resliced(page, ".against-y", pixels[:, x])
    page.page.wait_for_function("() => location.hash.includes('ortho')")


def test_orthogonal_views_follow_contrast_and_zoom(open_viewer: Open) -> None:
    jp = mitosis()
    page = open_viewer(jp)
    page.page.set_viewport_size({"width": 1500, "height": 1100})
    page.set("orthogonal views", "0")
    page.set("upper contrast limit", 60)
    table = np.minimum(255, np.floor(np.arange(256) / 60 * 256)).astype(np.uint8)
    pixels = table[np.asarray(jp)[..., 0]]
    assert_resliced(page, ".against-x", pixels[98].T)
    left, right = 0.0, 171.0
    while right - left > 60:
        page.zoom_at(64, 60, 1)  # beside the crosshair, whose lines are there to be dragged
        left, right = page.evaluate(
            "() => { const [{min, max}] = jpkl.view().viewport.ranges; return [min, max] }"
        )
    first, last = int(np.ceil(left + 0.5)), int(np.floor(right + 0.5))  # columns that are seen whole
    assert_resliced(
        page,
        ".against-x",
        pixels[98, first:last].T,
        (first - left - 0.5) / (right - left),
        (last - left - 0.5) / (right - left),
    )

"""Regions and color bars in exported pictures: where they are, and in which colors."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jpkl_viewer import JPklViewer
from jpkl_viewer.limits import REGION_COLORS
from jpkl_viewer.model.colormaps import COLORMAPS
from jpkl_viewer.tools.export.colorbar import ColorScale, draw_colorbar
from jpkl_viewer.tools.export.stills import StillOptions, StillRenderer
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from jpkl import JPkl
from tests.viewer import stacks

PLAIN: dict[str, Any] = {"scale_bar": False, "stamp": False}


def rgb(color: str) -> list[int]:
    return list(bytes.fromhex(color[1:]))


def black(*regions: dict[str, Any], pixel_size: tuple[float, float] = (1.0, 1.0)) -> JPklViewer:
    """A stack of three frames of 40 x 60 pixels, with regions; the first is black."""
    images = np.zeros((40, 60, 3), np.uint8) + np.arange(3, dtype=np.uint8)
    jp = JPkl(images, metadata={"pixel_size": pixel_size})
    return JPklViewer(
        jp, position=0, tools={"rois": {"dim": 0, "rois": regions}}, channels=[{"limits": (0, 255)}]
    )


def region(number: int, shape: str, *points: tuple[float, float]) -> dict[str, Any]:
    return {"name": f"r{number}", "shape": shape, "points": points}


def picture(viewer: JPklViewer, **options: Any) -> NDArray[np.uint8]:
    renderer = StillRenderer(viewer, StillOptions(**{**PLAIN, **options}))
    return renderer.picture(renderer.request())


def colored(pixels: NDArray[np.uint8], color: str) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the pixels of this color, or nearly so: lines are smooth."""
    rows, columns = np.nonzero((abs(pixels.astype(int) - rgb(color)) < 60).all(axis=-1))
    return rows, columns


@pytest.mark.parametrize("part", [None, (5, 2, 45, 32)])
@pytest.mark.parametrize("pixel_size", [(1.0, 1.0), (2.0, 1.0), (1.0, 2.0)])
def test_the_outline_of_a_region_is_on_the_edges_of_its_pixels(
    part: tuple[int, int, int, int] | None, pixel_size: tuple[float, float]
) -> None:
    viewer = black(region(2, "rectangle", (9.5, 4.5), (29.5, 24.5)), pixel_size=pixel_size)
    pixels = picture(viewer, zoom=10, region=part)
    rows, columns = colored(pixels, REGION_COLORS[1])
    left, top = (0, 0) if part is None else part[:2]
    across, down = (max(1, a / b) * 10 for a, b in (pixel_size[::-1], pixel_size))
    # The middle of the line is on the edge: it reaches as far to both sides, to a pixel.
    for found, edge in (
        (columns.min() + 1, (10 - left) * across),
        (columns.max(), (30 - left) * across),
        (rows.min() + 1, (5 - top) * down),
        (rows.max(), (25 - top) * down),
    ):
        assert abs(found - edge) <= 2
    inside = pixels[round((15 - top) * down), round((20 - left) * across)]
    np.testing.assert_allclose(inside, 0.1 * np.array(rgb(REGION_COLORS[1])), atol=1)
    assert not pixels[round((30 - top) * down), round((20 - left) * across)].any()


def test_each_shape_is_drawn_in_the_color_of_its_name_with_the_name_beside() -> None:
    shapes = {
        "point": [(30, 20)],
        "line": [(5, 35), (55, 35)],
        "rectangle": [(3.5, 3.5), (10.5, 10.5)],
        "polygon": [(40, 5), (55, 5), (50, 15)],
    }
    for shape, points in shapes.items():
        pixels = picture(black(region(9, shape, *points)), zoom=8)
        assert len(colored(pixels, REGION_COLORS[0])[0]), shape  # the ninth has that of the first again
        rows, columns = colored(pixels, "#ffffff")
        x, y = min(points, key=lambda point: point[1])
        assert 0 <= columns.min() - 8 * (x + 0.5) < 20, shape
        assert -35 < rows.max() - 8 * (y + 0.5) < 0, shape
    lined = picture(black(region(1, "line", *shapes["line"])), zoom=8)
    rows, columns = colored(lined, REGION_COLORS[0])
    assert np.ptp(rows) <= 2
    assert abs(rows.mean() - 8 * 35.5) < 1
    assert abs(columns.min() - 8 * 5.5) < 3
    assert abs(columns.max() - 8 * 55.5) < 3


def test_regions_are_left_out_by_choice_and_where_they_are_not_seen() -> None:
    viewer = black(region(1, "polygon", (5, 5), (20, 5), (10, 20)))
    assert picture(viewer).any()
    assert not picture(viewer, regions=False).any()
    assert not picture(viewer, region=(30, 0, 60, 40)).any()
    for nonsense in ({"name": "r1", "shape": "star", "points": [(1, 1)]}, {"name": 3}, {}):
        assert not picture(black(nonsense)).any()
    far = black(region(1, "line", (-1e6, 20), (1e6, 20)))
    rows, columns = colored(picture(far, zoom=4), REGION_COLORS[0])
    assert np.ptp(columns) == 239
    assert abs(rows.mean() - 4 * 20.5) < 1


def test_a_region_is_in_each_picture_of_a_movie(tmp_path: Path) -> None:
    viewer = black(region(1, "rectangle", (9.5, 4.5), (29.5, 24.5)))
    viewer.export(tmp_path / "movie.gif", zoom=4, progress=False, **PLAIN)
    with Image.open(tmp_path / "movie.gif") as movie:
        frames = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(movie)]
    assert len(frames) == 3
    for frame in frames:
        assert 39 in colored(frame[60:61], REGION_COLORS[0])[1]


# -- color bars ------------------------------------------------------------------------------------------


def strip(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The colors of the strip at the right, from the upper limit down; its frame is white."""
    white = (pixels == 255).all(axis=-1)
    right = max(x for x in range(pixels.shape[1]) if white[:, x].sum() > 40)
    rows = np.flatnonzero(white[:, right])
    return pixels[rows[0] + 1 : rows[-1], right - 2]


def test_the_ends_of_the_bar_are_the_colors_of_the_limits() -> None:
    images = (np.arange(300 * 400).reshape(300, 400) % 65536).astype(np.uint16)
    viewer = JPklViewer(JPkl(images), colormap="viridis")
    viewer.state.channel.limits = (51, 204)
    assert (picture(viewer) == picture(viewer, colorbar=False)).all()  # the view shows none
    bar = strip(picture(viewer, colorbar=True))
    np.testing.assert_array_equal(bar[[0, -1]], COLORMAPS["viridis"][[255, 0]])
    np.testing.assert_allclose(bar[len(bar) // 2], COLORMAPS["viridis"][127], atol=3)
    renderer = StillRenderer(viewer, StillOptions())
    (scale,) = renderer._scales(list(renderer.request().layers))
    assert (scale.name, scale.low, scale.high) == ("", "13107", "52428")
    viewer.state.colorbar = True
    assert (picture(viewer) == picture(viewer, colorbar=True)).all()
    viewer.state.invert = True
    np.testing.assert_array_equal(strip(picture(viewer))[[0, -1]], COLORMAPS["viridis"][[0, 255]])


def test_a_composite_has_a_bar_for_each_channel_that_is_seen() -> None:
    jp = stacks.stack("shipped")
    viewer = JPklViewer(jp, composite=True, colorbar=True)
    renderer = StillRenderer(viewer, StillOptions(zoom=4))
    scales = renderer._scales(list(renderer.request().layers))
    assert [scale.name for scale in scales] == [channel.name for channel in viewer.stack.channels]
    assert picture(viewer, zoom=4).any()
    viewer.state.channels[0].visible = False
    renderer = StillRenderer(viewer, StillOptions())
    assert len(renderer._scales(list(renderer.request().layers))) == 1


def test_where_bars_have_no_room_there_are_names_in_colors() -> None:
    palettes = [np.linspace((0, 0, 0), color, 256).astype(np.uint8) for color in ((0, 255, 0), (255, 0, 255))]
    scales = [ColorScale(f"name {i}", each, "0", "65535") for i, each in enumerate(palettes)]
    small, large = (np.zeros((side, side, 3), np.uint8) for side in (120, 900))
    draw_colorbar(small, scales)
    draw_colorbar(large, scales)
    for color in ("#00ff00", "#ff00ff"):
        rows, columns = colored(small, color)
        assert np.ptp(rows) == np.ptp(columns) == 9  # a swatch as large as the letters
        assert np.ptp(colored(large, color)[0]) > 30  # the bright part of a strip
    below = np.zeros((120, 120, 3), np.uint8)
    draw_colorbar(below, scales, taken=(100, 30))
    assert colored(below, "#00ff00")[0].min() - colored(small, "#00ff00")[0].min() == 30


def test_the_limits_of_a_projection_are_in_its_units() -> None:
    images = np.zeros((32, 32, 4), np.uint16) + np.arange(4, dtype=np.uint16) * 300
    apart = [(0, 1000), (0, 1000), (0, 1000), (0, 2000)]
    for display_range, method, limits in (
        ((0, 1000), "max", ("0", "1000")),
        ((0, 1000), "std", ("0", "500")),
        (apart, "max", ("0", "255")),
    ):
        jp = JPkl(images, display_range=np.array(display_range))
        viewer = JPklViewer(jp, projection={"dim": 0, "method": method})
        viewer.state.channel.limits = (0, 255)
        renderer = StillRenderer(viewer, StillOptions())
        (scale,) = renderer._scales(list(renderer.request().layers))
        assert (scale.low, scale.high) == limits


def where(changed: NDArray[np.bool_]) -> tuple[str, str]:
    """The half of a picture in which pixels are, and whether all are in one."""
    rows, columns = np.nonzero(changed)
    height, width = changed.shape
    assert (rows.max() < height / 2) != (rows.min() > height / 2)
    assert (columns.max() < width / 2) != (columns.min() > width / 2)
    return "top" if rows.max() < height / 2 else "bottom", "left" if columns.max() < width / 2 else "right"


@pytest.mark.parametrize("corner", ["bottom right", "bottom left", "top right", "top left"])
def test_the_scale_bar_is_in_the_corner_that_was_chosen_clear_of_what_is_there(corner: str) -> None:
    jp = JPkl(np.full((300, 400, 2), 90, np.uint8), dim_names=["z"])
    viewer = JPklViewer(jp, scale_bar_corner=corner, channels=[{"limits": (0, 255)}])
    bare = picture(viewer, **PLAIN)
    bar = (picture(viewer, scale_bar=True, stamp=False) != bare).any(axis=-1)
    assert " ".join(where(bar)) == corner
    everything = (picture(viewer, scale_bar=True, stamp=True, colorbar=True) != bare).any(axis=-1)
    others = (picture(viewer, scale_bar=False, stamp=True, colorbar=True) != bare).any(axis=-1)
    # Nothing of it is over anything else: each takes as many pixels as alone, but for the edge of a plate.
    assert everything.sum() == bar.sum() + others.sum()


@pytest.mark.parametrize(
    ("color", "invert", "ink"),
    [
        ("automatic", False, (255, 255, 255)),
        ("automatic", True, (0, 0, 0)),
        ("white", True, (255, 255, 255)),
        ("black", False, (0, 0, 0)),
        ("yellow", False, (255, 216, 77)),
    ],
)
def test_the_scale_bar_has_the_color_that_was_chosen(
    color: str, invert: bool, ink: tuple[int, int, int]
) -> None:
    jp = JPkl(np.full((300, 400, 2), 90, np.uint8), dim_names=["z"])
    viewer = JPklViewer(jp, scale_bar_color=color, invert=invert, channels=[{"limits": (0, 255)}])
    drawn = picture(viewer, scale_bar=True, stamp=False)
    assert (drawn == ink).all(axis=-1).sum(axis=1).max() == 50


def test_names_are_left_out_where_they_are_not_shown() -> None:
    region = {"name": "r1", "shape": "rectangle", "points": [[40, 40], [90, 90]], "color": "#e8890c"}
    jp = JPkl(np.full((300, 400, 2), 90, np.uint8), dim_names=["z"])
    tools = {"rois": {"rois": [region]}}
    named, unnamed = (picture(JPklViewer(jp, tools=tools, names=names), **PLAIN) for names in (True, False))
    rows, columns = np.nonzero((named != unnamed).any(axis=-1))
    assert rows.max() < 45
    assert columns.max() < 90

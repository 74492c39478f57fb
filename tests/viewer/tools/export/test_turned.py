"""Exports of pictures that are rotated and flipped, and their axes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jpkl_viewer import JPklViewer
from jpkl_viewer.frames.task import UNWATCHED
from jpkl_viewer.limits import REGION_COLORS
from jpkl_viewer.tools.export.annotate import text_masks
from jpkl_viewer.tools.export.answers import answer_export, answer_snippet
from jpkl_viewer.tools.export.axes import axes_of, axes_room, axes_unit_of
from jpkl_viewer.tools.export.panes import MARK, STAGE, gap_for
from jpkl_viewer.tools.export.seen import make_renderer
from jpkl_viewer.tools.export.stills import StillOptions, StillRenderer
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from jpkl import JPkl
from tests.viewer import stacks

BARE: dict[str, Any] = {"scale_bar": False, "stamp": False, "regions": False}

TURNS = [(rotation, flip) for rotation in (0, 90, 180, 270) for flip in (False, True)]


def turned(pixels: NDArray[np.uint8], rotation: int, flip: bool) -> NDArray[np.uint8]:
    """What is seen on the screen: flipped from left to right, then rotated clockwise."""
    return np.rot90(pixels[:, ::-1] if flip else pixels, -rotation // 90)


def viewer_of(jp: JPkl, *others: JPkl, **settings: Any) -> JPklViewer:
    return JPklViewer(jp, compare=others, **{**stacks.as_stored(jp), **settings})


def picture(viewer: JPklViewer, **options: Any) -> NDArray[np.uint8]:
    renderer = make_renderer(viewer, StillOptions(**{**BARE, **options}))
    made = renderer.at()()
    assert made.shape == (*renderer.size[::-1], 3)
    return made


def rgb(gray: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return gray if gray.ndim == 3 else np.repeat(gray[..., None], 3, axis=-1)


# -- turned pictures -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rotation", "flip"), TURNS)
@pytest.mark.parametrize("name", ["ramp", *stacks.NAMES])
def test_a_bare_picture_has_the_pixels_of_the_frame(
    name: str, rotation: int, flip: bool, tmp_path: Path
) -> None:
    jp = stacks.ramp((3,)) if name == "ramp" else stacks.stack(name)
    viewer = viewer_of(jp, rotation=rotation, flip=flip)
    frame = rgb(
        jp[(slice(None), slice(None), *([slice(None)] if jp.color else []), *[0] * len(jp.dim_sizes))]
    )
    square = viewer.stack.pixel_aspect == 1
    viewer.export(tmp_path / "a.png", **BARE)
    with Image.open(tmp_path / "a.png") as file:
        seen = np.asarray(file)
    if square:
        np.testing.assert_array_equal(seen, turned(frame, rotation, flip))
    viewer.export(tmp_path / "a.png", turned=False, **BARE)
    with Image.open(tmp_path / "a.png") as file:
        stored = np.asarray(file)
    np.testing.assert_array_equal(seen, turned(stored, rotation, flip))
    if square:
        np.testing.assert_array_equal(stored, frame)


@pytest.mark.parametrize("pixel_size", [(1.0, 1.0), (3.0, 1.0), (1.0, 2.0)])
@pytest.mark.parametrize("zoom", [1, 3, 0.4])
def test_parts_of_turned_pictures_in_any_size(zoom: float, pixel_size: tuple[float, float]) -> None:
    jp = stacks.ramp((3,), metadata={"pixel_size": pixel_size})
    viewer = viewer_of(jp, rotation="270", flip=True)
    options: dict[str, Any] = {"zoom": zoom, "region": (5, 3, 33, 20)}
    upright = picture(viewer, turned=False, **options)
    np.testing.assert_array_equal(picture(viewer, **options), turned(upright, 270, True))


def test_each_picture_of_a_movie_is_turned(tmp_path: Path) -> None:
    jp = stacks.ramp((4,))
    viewer = viewer_of(jp, rotation=90)
    viewer.export(tmp_path / "a.gif", progress=False, **BARE)
    with Image.open(tmp_path / "a.gif") as movie:
        pictures = [np.asarray(frame.convert("L")) for frame in ImageSequence.Iterator(movie)]
    np.testing.assert_array_equal(pictures, [turned(frame, 90, False) for frame in stacks.frames(jp)])


def black(**settings: Any) -> JPklViewer:
    """Black frames of 200 x 300 pixels of 2 x 0.5 µm."""
    metadata = {"pixel_size": (2.0, 0.5), "pixel_unit": "µm"}
    jp = JPkl(np.zeros((200, 300, 2), np.uint8), dim_names=["time"], metadata=metadata)
    return viewer_of(jp, **settings)


def test_what_lies_over_a_turned_picture_is_upright() -> None:
    viewer, stored = black(rotation=90), black()
    stamp = picture(viewer, stamp=True)
    assert stamp.shape == (300, 800, 3)
    rows, columns = np.nonzero(stamp.any(axis=-1))
    assert rows.max() < 40
    assert columns.max() < 120
    # Upright text is the same in a picture whose shorter side is as long.
    lettering = stamp[: rows.max() + 1, : columns.max() + 1]
    tall = picture(viewer_of(JPkl(np.zeros((300, 800, 2), np.uint8), dim_names=["time"])), stamp=True)
    np.testing.assert_array_equal(lettering, tall[: lettering.shape[0], : lettering.shape[1]])
    # Columns of the frame are 0.5 µm wide; on the side, 200 rows of 2 µm are four pixels each.
    bar = picture(viewer, scale_bar=True)
    assert (bar == 255).all(axis=-1).sum(axis=1).max() == 100  # 50 µm
    rows, columns = np.nonzero(bar.any(axis=-1))
    assert rows.min() > 250
    assert columns.min() > 550
    assert picture(stored, scale_bar=True).shape == (800, 300, 3)


def test_regions_are_where_they_are_in_the_frame() -> None:
    roi = {"name": "r1", "shape": "rectangle", "points": [(9.5, 4.5), (29.5, 14.5)]}
    jp = JPkl(np.zeros((40, 60, 2), np.uint8))
    viewer = viewer_of(jp, rotation=90, tools={"rois": {"dim": 0, "rois": [roi]}})
    seen = picture(viewer, regions=True, zoom=10)
    assert seen.shape == (600, 400, 3)
    color = np.array(list(bytes.fromhex(REGION_COLORS[0][1:])))
    rows, columns = np.nonzero((abs(seen.astype(int) - color) < 30).all(axis=-1))
    np.testing.assert_allclose([rows.min(), rows.max()], [100, 300], atol=2)
    np.testing.assert_allclose([columns.min(), columns.max()], [400 - 150, 400 - 50], atol=2)


@pytest.mark.parametrize("layout", [True, False])
@pytest.mark.parametrize(
    "tools", [{"ortho": {"dim": 0, "x": 20, "y": 10}}, {"montage": {"mode": "filmstrip", "dim": 0}}]
)
def test_views_that_the_screen_shows_as_stored_are_exported_so(tools: dict[str, Any], layout: bool) -> None:
    jp = stacks.ramp((3,))
    viewer, upright = viewer_of(jp, rotation=90, tools=tools), viewer_of(jp, tools=tools)
    np.testing.assert_array_equal(picture(viewer, layout=layout), picture(upright, layout=layout))


def test_nothing_is_turned_below_a_figure_of_holoviews(tmp_path: Path) -> None:
    import holoviews as hv

    jp = stacks.ramp((3,))
    viewer = viewer_of(jp, rotation=90, overlay=hv.Points([(1, 2)]))
    for options, size in (({}, (40, 24)), ({"turned": True}, (24, 40))):
        viewer.export(tmp_path / "a.png", **BARE, **options)
        with Image.open(tmp_path / "a.png") as file:
            assert file.size == size


def test_compared_stacks_are_turned_together() -> None:
    jp, other = (JPkl(np.asarray(stacks.ramp((2,))) // by, dim_names=["time"]) for by in (1, 2))
    smaller = JPkl(np.full((10, 20, 2), 99, np.uint8), dim_names=["time"])
    mine, its = (turned(rgb(each[..., 0]).repeat(20, 0).repeat(20, 1), 180, True) for each in (jp, other))

    def seen(other: JPkl, **settings: Any) -> NDArray[np.uint8]:
        viewer = viewer_of(jp, other, rotation=180, flip=True, tools={"compare": settings})
        return picture(viewer, zoom=20)

    gap = gap_for((800, 480))
    beside = seen(other, mode="side by side")
    assert beside.shape == (480, 1600 + gap, 3)
    np.testing.assert_array_equal(beside[:430, :800], mine[:430])  # above the captions
    np.testing.assert_array_equal(beside[:430, 800 + gap :], its[:430])
    # Of a smaller one, the first row is level with that of the other: at the bottom.
    beside = seen(smaller, mode="side by side")
    assert (beside[:280, 800 + gap :] == STAGE).all()
    assert (beside[285:430, 800 + gap :] == 99).all()
    curtain = seen(other, mode="curtain", at=0.5)
    np.testing.assert_array_equal(curtain[:430, :398], mine[:430, :398])
    np.testing.assert_array_equal(curtain[50:, 402:], its[50:, 402:])
    assert (curtain[50:430, 400] == MARK).all()
    # Under the curtain it is where its pixels are in the frame: at the lower left.
    curtain = seen(smaller, mode="curtain", at=0.25)
    assert (curtain[285:430, 210:400] == 99).all()
    assert (curtain[50:280, 210:] == STAGE).all()
    assert (curtain[50:, 400:] == STAGE).all()


def test_the_browser_says_whether_a_picture_is_turned() -> None:
    jp = stacks.ramp((3,))
    settings = viewer_of(jp, rotation=90).settings()
    sizes = []
    for extra in ({}, {"turned": False}, {"axes": True}):
        (answer,) = answer_export(
            stacks.viewed(jp), {"format": "png", "settings": settings, **BARE, **extra}, UNWATCHED
        )
        sizes.append((answer["width"], answer["height"]))
    left, below = axes_room(0.8)
    assert sizes == [(24, 40), (40, 24), (24 + left, 40 + below)]


def test_what_is_too_large_is_said_before_anything_is_drawn() -> None:
    jp = JPkl(np.zeros((1500, 2000, 2), np.uint8))
    roi = {"name": "r1", "shape": "rectangle", "points": [(9.5, 4.5), (29.5, 14.5)]}
    settings = viewer_of(jp, axes=True, tools={"rois": {"dim": 0, "rois": [roi]}}).settings()
    with pytest.raises(ValueError, match=r"128\d{3} x 96\d{3} pixels are too large"):
        next(answer_export(stacks.viewed(jp), {"format": "png", "settings": settings, "zoom": 64}, UNWATCHED))


def test_python_code_makes_the_same_picture() -> None:
    jp = stacks.ramp((3,))
    viewer = viewer_of(jp, rotation=270, flip=True, axes=True)
    (answer,) = answer_snippet(stacks.viewed(jp), {"settings": viewer.settings()}, UNWATCHED)
    names: dict[str, Any] = {"jp": jp}
    exec(answer["text"], names)
    again = names["viewer"]
    assert (again.state.rotation, again.state.flip, again.state.axes) == ("270", True, True)
    np.testing.assert_array_equal(picture(again), picture(viewer))


# -- axes ------------------------------------------------------------------------------------------------


def number_at(sheet: NDArray[np.uint8], text: str, unit: float, *, middle: float, row: bool) -> bool:
    """Whether a number is written beside a tick: all that is white in it is white on the sheet."""
    fill, _ = text_masks(text, max(10, int(12 * unit + 0.5)), 1000)
    height, width = fill.shape
    left, below = axes_room(unit)
    white = (sheet == 255).all(axis=-1)
    if row:
        top = min(max(0, middle - height / 2), sheet.shape[0] - height)
        band = white[round(top) : round(top) + height, :left]
    else:
        start = min(max(0, left + middle - width / 2), sheet.shape[1] - width)
        band = white[-below:, round(start) : round(start) + width]
    shape = np.array(band.shape) - fill.shape
    solid = fill == 255
    return any(
        band[y : y + height, x : x + width][solid].all()
        for y in range(shape[0] + 1)
        for x in range(shape[1] + 1)
    )


@pytest.mark.parametrize(("rotation", "flip"), [(0, False), (90, False), (180, True)])
@pytest.mark.parametrize(
    ("shape", "region", "zoom"),
    [
        ((400, 600), None, 1.0),
        ((1200, 1000), None, 0.25),
        ((400, 600), (100, 50, 160, 90), 10.0),
        ((9, 12), None, 1.0),
    ],
)
def test_axes_count_pixels_of_the_frame(
    shape: tuple[int, int], region: Any, zoom: float, rotation: int, flip: bool
) -> None:
    jp = JPkl(np.full((*shape, 2), 90, np.uint8))
    viewer = viewer_of(jp, rotation=rotation, flip=flip)
    options = StillOptions(**BARE, axes=True, region=region, zoom=zoom)
    renderer = StillRenderer(viewer, options)
    sheet, unit = renderer.picture(renderer.request()), renderer.place.unit
    left, below = renderer.margins
    width, height = renderer.frame_size
    assert sheet.shape == (height + below, width + left, 3)
    assert (sheet[:height, left:] == 90).all()
    axes = axes_of(renderer.place, (shape[1], shape[0]))
    assert axes[0].name == ("y (px)" if rotation == 90 else "x (px)")
    for axis, size in zip(axes, (width, height), strict=True):
        is_row = axis is axes[1]
        assert axis.ticks
        line = sheet[:height, left - 2] if is_row else sheet[height + 1, left:]
        for value, at in axis.ticks:
            assert 0 <= at <= size
            assert (line[max(0, int(at) - 1) : int(at) + 2] == 255).all(axis=-1).any()
            assert number_at(sheet, value, unit, middle=at, row=is_row)


def test_axes_are_drawn_where_the_view_shows_them() -> None:
    jp = stacks.ramp((3,))
    hidden, shown = viewer_of(jp), viewer_of(jp, axes=True)
    assert picture(hidden).shape == picture(shown, axes=False).shape == (24, 40, 3)
    np.testing.assert_array_equal(picture(hidden, axes=True), picture(shown))
    assert picture(shown).shape[0] > 24


def test_axes_count_the_unit_of_the_pixel_size_and_pixels_blend_if_the_view_does() -> None:
    jp = JPkl(
        np.tile(np.uint8([[20, 200]]), (16, 16)), metadata={"pixel_size": (0.5, 0.5), "pixel_unit": "µm"}
    )
    viewer = viewer_of(jp, axes=True, axes_unit="physical", smooth=True)
    options = StillOptions(**BARE, zoom=20)
    renderer = StillRenderer(viewer, options)
    unit = axes_unit_of(renderer.state, renderer.stack)
    axis, _ = axes_of(renderer.place, (32, 16), unit)
    assert axis.name == "x (µm)"
    assert axis.ticks[:2] == (("0", 10.0), ("2", 90.0))
    values = np.unique(renderer.picture(renderer.request())[100, 100:200])
    assert len(values) > 10, "between the two of the frame"
    assert len(np.unique(picture(viewer_of(jp), zoom=20)[100, 100:200])) <= 4


def test_axes_are_beside_the_frame_of_several_panes() -> None:
    jp = stacks.ramp((3,))
    left, below = axes_room(0.8)
    gap = gap_for((400, 240))
    options: dict[str, Any] = {"zoom": 10, "crosshair": False}
    ortho = viewer_of(jp, tools={"ortho": {"dim": 0, "x": 20, "y": 10}})
    bare, seen = picture(ortho, **options), picture(ortho, axes=True, **options)
    assert seen.shape == (bare.shape[0] + below, bare.shape[1] + left, 3)
    np.testing.assert_array_equal(seen[:240, left:], bare[:240])
    np.testing.assert_array_equal(seen[240 + below + gap :, left:], bare[240 + gap :])
    assert (seen[240 + below :, :left] == STAGE).all()
    compared = viewer_of(jp, jp, tools={"compare": {"mode": "side by side"}})
    bare, seen = picture(compared, **options), picture(compared, axes=True, **options)
    assert seen.shape == (bare.shape[0] + below, bare.shape[1] + left, 3)
    np.testing.assert_array_equal(seen[:240, left:], bare)
    for mode in ("curtain", "difference"):
        over = viewer_of(jp, jp, tools={"compare": {"mode": mode}})
        bare, seen = picture(over, **options), picture(over, axes=True, **options)
        np.testing.assert_array_equal(seen[:240, left:], bare)
    strip = viewer_of(jp, tools={"montage": {"mode": "filmstrip", "dim": 0}})
    assert picture(strip, axes=True, **options).shape[0] == picture(strip, **options).shape[0] + below

"""Exports of several panes: orthogonal views, montages and comparisons, pixel for pixel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jpkl_viewer import JPklViewer
from jpkl_viewer.frames.task import UNWATCHED
from jpkl_viewer.limits import METERS
from jpkl_viewer.model.colormaps import COLORMAPS, lookup_table
from jpkl_viewer.model.contrast import auto_limits
from jpkl_viewer.model.stack import Dim, describe
from jpkl_viewer.tools.compare.difference import DIVERGING, brightness, color_numbers
from jpkl_viewer.tools.export.annotate import annotate, bar_taken
from jpkl_viewer.tools.export.answers import answer_export
from jpkl_viewer.tools.export.comparison import read_comparison
from jpkl_viewer.tools.export.montage import Arrangement
from jpkl_viewer.tools.export.ortho import depth_bar
from jpkl_viewer.tools.export.panes import MARK, STAGE, caption, gap_for
from jpkl_viewer.tools.export.seen import make_renderer
from jpkl_viewer.tools.export.stills import StillOptions
from numpy.typing import NDArray
from PIL import Image, ImageSequence

from jpkl import JPkl
from jpkl._units import length_ratio
from tests.conftest import replace_frame
from tests.viewer import stacks

PLAIN: dict[str, Any] = {"scale_bar": False, "stamp": False, "colorbar": False, "crosshair": False}


def deep(n: int = 6, *, spacing: float | None = 1.0, unit: str = "µm") -> JPkl:
    """A z-stack of 40 x 60 pixels of 0.5 µm, in blocks that JPEG keeps apart."""
    y, x, z = np.ogrid[:40, :60, :n]
    values = (40 * (z % 4) + 60 * (y // 16 % 2) + 50 * (x // 16 % 2)).astype(np.uint8)
    metadata: dict[str, Any] = {"pixel_size": (0.5, 0.5), "pixel_unit": "µm"}
    if spacing is not None:
        metadata |= {"coords": {"z": [spacing * i for i in range(n)]}, "units": {"z": unit}}
    return JPkl(values, dim_names=["z"], metadata=metadata)


def viewer_of(jp: JPkl, *others: JPkl, **tools: Any) -> JPklViewer:
    return JPklViewer(jp, compare=others, **{**stacks.as_stored(jp), "tools": tools})


def picture(viewer: JPklViewer, arrangement: Arrangement | None = None, **options: Any) -> NDArray[np.uint8]:
    renderer = make_renderer(viewer, StillOptions(**{**PLAIN, **options}), arrangement)
    made = renderer.at()()
    assert made.shape == (*renderer.size[::-1], 3)
    return made


def enlarged(gray: NDArray[np.uint8], rows: int, columns: int) -> NDArray[np.uint8]:
    return np.repeat(gray.repeat(rows, axis=0).repeat(columns, axis=1)[..., None], 3, axis=-1)


# -- orthogonal views ------------------------------------------------------------------------------------


def test_lengths_are_those_of_the_library() -> None:
    assert {unit: length_ratio(unit, "m") for unit in METERS} == METERS


@pytest.mark.parametrize(("spacing", "unit"), [(1.0, "µm"), (1.0, "um"), (1000.0, "nm")])
def test_orthogonal_views_are_cuts_true_to_scale_beside_the_frame(spacing: float, unit: str) -> None:
    jp = deep(spacing=spacing, unit=unit)
    viewer = viewer_of(jp, ortho={"dim": 0, "x": 20, "y": 30})
    seen, gap = picture(viewer, zoom=5), gap_for((300, 200))
    # A frame is 1 µm deep: two pixels, and ten of the export.
    assert seen.shape == (200 + gap + 60, 300 + gap + 60, 3)
    np.testing.assert_array_equal(seen[:170, :300], enlarged(jp[..., 0], 5, 5)[:170])
    below, beside = seen[200 + gap :, :300], seen[:200, 300 + gap :]
    np.testing.assert_array_equal(below[:, 60:], enlarged(jp[30].T, 10, 5)[:, 60:])  # beside the caption
    np.testing.assert_array_equal(beside[40:], enlarged(jp[:, 20], 5, 10)[40:])
    assert (seen[200:, 300:] == STAGE).all()
    np.testing.assert_array_equal(picture(viewer, zoom=5, layout=False)[:170], seen[:170, :300])


def test_the_part_that_is_exported_is_that_of_all_three() -> None:
    jp = deep()
    viewer = viewer_of(jp, ortho={"dim": 0, "x": 20, "y": 30})
    seen, gap = picture(viewer, zoom=10, region=(10, 20, 40, 40)), gap_for((300, 200))
    assert seen.shape == (200 + gap + 120, 300 + gap + 120, 3)
    below, beside = seen[200 + gap :, :300], seen[:200, 300 + gap :]
    np.testing.assert_array_equal(below[:, 60:], enlarged(jp[30, 10:40].T, 20, 10)[:, 60:])
    np.testing.assert_array_equal(beside[40:], enlarged(jp[20:40, 20], 10, 20)[40:])


@pytest.mark.parametrize("method", ["max", "mean", "min"])
def test_a_slab_combines_what_is_on_both_sides(method: str) -> None:
    jp = deep()
    ortho = {"dim": 0, "x": 31, "y": 30, "slab": 5, "method": method}
    viewer = viewer_of(jp, ortho=ortho)
    viewer.state.update(projection={"dim": 0, "method": method, "around": 1})
    seen, gap = picture(viewer, zoom=5), gap_for((300, 200))
    below, beside = seen[200 + gap :, :300], seen[:200, 300 + gap :]

    def combined(pixels: NDArray[np.uint8], axis: int) -> NDArray[np.uint8]:
        return np.floor(getattr(pixels, method)(axis=axis) + 0.5).astype(np.uint8)

    rows, columns = combined(jp[28:33], 0), combined(jp[:, 29:34], 1)
    np.testing.assert_array_equal(below[:, 60:], enlarged(rows.T, 10, 5)[:, 60:])
    np.testing.assert_array_equal(beside[40:], enlarged(columns, 5, 10)[40:])
    np.testing.assert_array_equal(seen[:170, :300], enlarged(combined(jp[..., :2], -1), 5, 5)[:170])


@pytest.mark.parametrize(("spacing", "unit"), [(None, ""), (1.0, "s")])
def test_of_an_unknown_scale_views_are_thick_enough_to_see(spacing: float | None, unit: str) -> None:
    viewer = viewer_of(deep(spacing=spacing, unit=unit), ortho={"dim": 0, "x": 20, "y": 30})
    seen, gap = picture(viewer, zoom=10), gap_for((600, 400))
    assert seen.shape == (400 + gap + 50, 600 + gap + 75, 3)


@pytest.mark.parametrize(
    "tools",
    [
        {"ortho": {"dim": 0, "x": 3, "y": 4}},
        {"montage": {"mode": "montage", "dim": 0}},
        {"montage": {"mode": "filmstrip", "dim": 0}},
    ],
)
def test_all_panes_have_the_contrast_of_the_frame_where_each_has_its_own(tools: dict[str, Any]) -> None:
    jp = deep()
    viewer = viewer_of(jp, **tools)
    viewer.state.update(per_frame=True, position=(3,))
    seen = picture(viewer)
    limits = auto_limits(np.bincount(jp[..., 3].ravel(), minlength=256))
    assert viewer.state.channels[0].limits != limits
    viewer.state.update(per_frame=False, channels=[{"limits": limits}])
    np.testing.assert_array_equal(seen, picture(viewer))


def test_the_crosshair_is_where_it_was_and_moves_in_a_movie(tmp_path: Path) -> None:
    viewer = viewer_of(deep(), ortho={"dim": 0, "x": 20, "y": 30})
    apart = (picture(viewer, zoom=5, crosshair=True) != picture(viewer, zoom=5)).any(axis=-1)
    gap = gap_for((300, 200))
    # The middle of column 20, and of the first frame.
    assert np.flatnonzero(apart[:200].all(axis=0)).tolist() == [102, 300 + gap + 4]
    assert np.flatnonzero(apart[:, :300].all(axis=1)).tolist() == [152, 200 + gap + 4]
    assert apart[200 + gap :, 300 + gap :].any()  # where it is, in words
    small = picture(viewer, zoom=1, crosshair=True)
    assert (small[40:, 60:] == STAGE).all(), "no room for words"
    viewer.export(tmp_path / "movie.gif", zoom=5, progress=False, scale_bar=False, stamp=False)
    with Image.open(tmp_path / "movie.gif") as movie:
        frames = [np.asarray(frame.convert("RGB")).astype(int) for frame in ImageSequence.Iterator(movie)]
    assert len(frames) == 6
    for index, frame in enumerate(frames):
        beside = frame[50:200, 300 + gap :]
        yellow = np.flatnonzero((beside[..., 0] - beside[..., 2] > 60).all(axis=0))
        assert abs(yellow - (10 * index + 5)).max() <= 1


def test_each_view_has_its_name_and_a_scale_bar_along_the_dim() -> None:
    jp = deep(60)
    viewer = viewer_of(jp, ortho={"dim": 0, "x": 20, "y": 30})
    bare, marked = (picture(viewer, zoom=5, scale_bar=has_bar) for has_bar in (False, True))
    gap = gap_for((300, 200))
    drawn = (marked == 255).all(axis=-1) & (bare != marked).any(axis=-1)
    # A frame takes 10 pixels and is 1 µm deep; a bar has at most 120 pixels of the screen.
    assert drawn[200 + gap :, :300].sum(axis=0).max() == 50
    assert drawn[:200, 300 + gap :].sum(axis=1).max() == 50
    # Names: at the lower left of the frame, and at the upper left of the views.
    below, beside = enlarged(jp[30].T, 10, 5), enlarged(jp[:, 20], 5, 10)
    for pane, expected, corner in (
        (bare[:200, :300], enlarged(jp[..., 0], 5, 5), np.s_[170:, :60]),
        (bare[200 + gap :, :300], below, np.s_[:30, :60]),
        (bare[:200, 300 + gap :], beside, np.s_[:30, :60]),
    ):
        apart = (pane != expected).any(axis=-1)
        assert apart[corner].any()
        assert apart.sum() == apart[corner].sum()


@pytest.mark.parametrize(("title", "is_beside"), [("a.jpkl", True), ("a long name of a file.jpkl", False)])
def test_a_caption_leaves_the_scale_bar_free(title: str, is_beside: bool) -> None:
    bare = np.full((80, 160, 3), 120, np.uint8)
    bar = (20.0, "20 px")
    with_bar = annotate(bare.copy(), bar=bar)
    both = with_bar.copy()
    caption(both, title, taken=bar_taken(bar, 160, 80))
    bar_is, caption_is = (with_bar != bare).any(axis=-1), (both != with_bar).any(axis=-1)
    assert caption_is.any()
    assert not (bar_is & caption_is).any()
    rows = [np.flatnonzero(drawn.any(axis=1)).max() for drawn in (bar_is, caption_is)]
    assert (rows[0] == rows[1]) == is_beside


@pytest.mark.parametrize(
    ("dim", "length", "bar"),
    [
        (Dim("z", 30, tuple(range(0, 60, 2)), "µm"), 300, (100.0, "20 µm")),
        (Dim("time", 5, (0.0, 0.5, 1.0, 1.5, 2.0), "s"), 100, (40.0, "1 s")),
        (Dim("z", 4, (0.0, 1.0, 5.0, 6.0), "µm"), 100, (50.0, "2 frames")),
        (Dim("z", 4), 100, (50.0, "2 frames")),
        (Dim("z", 1000), 8, None),
    ],
)
def test_scale_bars_along_a_dim_are_as_long_as_they_say(dim: Dim, length: int, bar: Any) -> None:
    assert depth_bar(dim, length, 1.0) == (bar if bar is None else (pytest.approx(bar[0]), bar[1]))


@pytest.mark.parametrize("cross", [{"dim": 0, "x": 60, "y": 0}, {"dim": 1, "x": 0, "y": 0}, {"dim": 0}, 3])
def test_settings_that_make_no_sense_open_nothing(cross: Any) -> None:
    viewer = viewer_of(deep())
    viewer.state.tools = {"ortho": cross, "montage": cross, "compare": cross}
    assert picture(viewer).shape == (40, 60, 3)
    assert read_comparison({"mode": "curtain", "at": 7, "gain": 3, "other": 9}, 1) == read_comparison(
        {"mode": "curtain"}, 1
    )


# -- montages --------------------------------------------------------------------------------------------


def test_a_montage_has_all_frames_and_marks_the_current_one() -> None:
    jp = deep()
    viewer = viewer_of(jp, montage={"mode": "montage", "dim": 0})
    viewer.state.position = (4,)
    seen = picture(viewer, Arrangement(columns=3, every=1, cell=60))
    assert seen.shape == (2 * 42 - 2, 3 * 62 - 2, 3)
    for index in range(6):
        top, left = 42 * (index // 3), 62 * (index % 3)
        cell = seen[top : top + 40, left : left + 60]
        np.testing.assert_array_equal(cell[2:-2, 2:-2], enlarged(jp[..., index], 1, 1)[2:-2, 2:-2])
        assert (cell[:2] == MARK).all() == (index == 4)
    assert (seen[40:42] == STAGE).all()
    assert (picture(viewer, stamp=True) != picture(viewer)).any()  # what each frame is
    every = picture(viewer, Arrangement(columns=2, every=4, cell=30), zoom=2)
    assert every.shape == (40, 2 * 60 + 2, 3)


def test_a_montage_leaves_out_frames_and_has_the_columns_that_were_asked_for() -> None:
    jp = deep(20)
    viewer = viewer_of(jp, montage={"mode": "montage", "dim": 0, "every": 4, "columns": 2})
    seen = picture(viewer, stamp=False)
    assert seen.shape == (3 * 42 - 2, 2 * 62 - 2, 3)
    np.testing.assert_array_equal(seen[:40, 62:], enlarged(jp[..., 4], 1, 1))
    np.testing.assert_array_equal(seen[84:, :60], enlarged(jp[..., 16], 1, 1))


def colored() -> JPkl:
    """Six slices of two channels, of which the second is darker."""
    return JPkl(np.stack([np.asarray(deep()), np.asarray(deep()) // 2], -1), dim_names=["z", "channel"])


@pytest.mark.parametrize(
    ("split", "shape"), [("rows", (2 * 126 - 2, 186 - 2)), ("columns", (84 - 2, 9 * 62 - 2))]
)
def test_channels_of_a_montage_are_apart(split: str, shape: tuple[int, int]) -> None:
    viewer = viewer_of(colored(), montage={"mode": "montage", "dim": 0, "split": split})
    viewer.state.composite = True
    viewer.state.position = (4, 0)
    seen = picture(viewer, Arrangement(columns=3, every=1, cell=60))
    assert seen.shape == (*shape, 3)
    for index in range(6):
        row, column = divmod(index, 3)
        viewer.state.position = (index, 0)
        for panel, visible in enumerate([(True, False), (False, True), (True, True)]):
            x, y = (column, 3 * row + panel) if split == "rows" else (3 * column + panel, row)
            tile = seen[42 * y : 42 * y + 40, 62 * x : 62 * x + 60]
            for channel, is_visible in zip(viewer.state.channels, visible, strict=True):
                channel.visible = is_visible
            np.testing.assert_array_equal(tile[2:-2, 2:-2], picture(viewer, layout=False)[2:-2, 2:-2])
    above = (
        (slice(42 * 3, 42 * 3 + 2), slice(62, 122)) if split == "rows" else (slice(42, 44), slice(186, 370))
    )
    assert (seen[above] == MARK).all()  # around the tiles of one slice
    viewer.state.position = (4, 0)
    assert (picture(viewer, stamp=True) != picture(viewer)).any()  # slices and channels


def test_a_montage_along_the_channels_has_them_and_all_together() -> None:
    jp = JPkl(np.asarray(colored())[:, :, 3], dim_names=["channel"])
    viewer = viewer_of(jp, montage={"mode": "montage", "dim": 0, "columns": 2})
    viewer.state.composite = True
    seen = picture(viewer, stamp=False)
    assert seen.shape == (82, 122, 3)
    viewer.state.channels[1].visible = False
    np.testing.assert_array_equal(seen[:40, :60], picture(viewer, layout=False))
    assert (seen[42:, 62:] == STAGE).all()
    assert picture(viewer).shape == (40, 60, 3)  # one channel is not apart from anything
    strip = viewer_of(jp, montage={"mode": "filmstrip", "dim": 0})
    strip.state.composite = True
    assert picture(strip, Arrangement(3, 1, 30)).shape == (40 + gap_for((60, 40)) + 20, 3 * 32 - 2, 3)


def test_a_filmstrip_is_below_the_picture(tmp_path: Path) -> None:
    jp = deep()
    viewer = viewer_of(jp, montage={"mode": "filmstrip", "dim": 0})
    seen = picture(viewer, Arrangement(columns=6, every=1, cell=30))
    gap, left = gap_for((60, 40)), (6 * 32 - 2 - 60) // 2
    assert seen.shape == (40 + gap + 20, 6 * 32 - 2, 3)
    np.testing.assert_array_equal(seen[:40, left : left + 60], enlarged(jp[..., 0], 1, 1))
    assert picture(viewer, zoom=10).shape[0] > 400  # also where nobody has arranged it


def test_damaged_frames_of_a_montage_are_marked(tmp_path: Path) -> None:
    jp = replace_frame(deep(), (2,), b"no JPEG")
    seen = picture(viewer_of(jp, montage={"mode": "montage", "dim": 0}), Arrangement(3, 1, 60))
    assert (seen[0, 124:184] == (224, 72, 62)).all()
    np.testing.assert_array_equal(seen[2:38, 64:120], enlarged(jp[..., 1], 1, 1)[2:38, 2:58])


# -- comparisons -----------------------------------------------------------------------------------------


def pair() -> tuple[JPkl, JPkl]:
    """The same dims in another order, other pixels, and fewer frames."""
    jp = deep()
    images = np.asarray(deep(4))[:, :, None].repeat(2, axis=2) // 2
    return jp, JPkl(images, dim_names=["time", "z"])


def test_stacks_are_side_by_side_at_positions_that_belong_together() -> None:
    jp, other = pair()
    viewer = viewer_of(jp, other, compare={"mode": "side by side"})
    viewer.state.position = (5,)
    gap = gap_for((300, 200))
    seen = picture(viewer, zoom=5)
    assert seen.shape == (200, 600 + gap, 3)
    np.testing.assert_array_equal(seen[:170, :300], enlarged(jp[..., 5], 5, 5)[:170])  # above the captions
    np.testing.assert_array_equal(seen[:170, 300 + gap :], enlarged(other[..., 0, 3], 5, 5)[:170])
    viewer.state.update(tools={"compare": {"mode": "side by side", "swapped": True}})
    swapped = picture(viewer, zoom=5)
    np.testing.assert_array_equal(swapped[:170, 300 + gap :], seen[:170, :300])
    np.testing.assert_array_equal(swapped[:170, :300], seen[:170, 300 + gap :])
    viewer.state.update(tools={"compare": {"mode": "side by side"}})
    part = picture(viewer, zoom=10, region=(30, 20, 60, 40))
    np.testing.assert_array_equal(part[:170, 300 + gap :], enlarged(other[20:40, 30:, 0, 3], 10, 10)[:170])


def test_the_contrast_of_others_is_that_of_the_first_in_units_of_the_files_or_their_own() -> None:
    values = np.arange(40 * 60).reshape(40, 60, 1) % 240 + 0.0
    kept: dict[str, Any] = {"dim_names": ["z"], "lossless": False, "fidelity": None}
    first = JPkl(values, display_range=(0, 250), **kept)
    second = JPkl(values, display_range=(0, 510), **kept)
    seen = {}
    for contrast in ("shared", "own"):
        viewer = viewer_of(first, second, compare={"mode": "side by side", "contrast": contrast})
        viewer.state.update(channels=[{"limits": (20, 220)}], names=False)
        seen[contrast] = picture(viewer)
    gap = gap_for((60, 40))
    mine, its = (seen["shared"][:, part, 0].astype(int) for part in (slice(60), slice(60 + gap, None)))
    assert np.abs(mine - its).mean() < 4
    own = seen["own"][:, 60 + gap :, 0]
    np.testing.assert_array_equal(seen["own"][:, :60, 0], mine)
    pixels = np.asarray(second)[..., 0]
    limits = auto_limits(np.bincount(pixels.ravel(), minlength=256))
    np.testing.assert_array_equal(own, lookup_table(COLORMAPS["gray"], limits)[pixels][..., 0])
    for top, usual in ((510, "shared"), (5000, "own")):
        second = JPkl(values, display_range=(0, top), **kept)
        found = []
        for contrast in ({}, {"contrast": usual}):
            viewer = viewer_of(first, second, compare={"mode": "side by side", **contrast})
            viewer.state.update(channels=[{"limits": (20, 220)}], names=False)
            found.append(picture(viewer))
        np.testing.assert_array_equal(*found)


def test_a_larger_stack_beside_is_whole() -> None:
    larger = JPkl(np.full((80, 90, 6), 99, np.uint8), dim_names=["z"])
    viewer = viewer_of(deep(), larger, compare={"mode": "blink"})
    seen = picture(viewer, zoom=5)
    assert seen.shape == (400, 300 + gap_for((300, 200)) + 450, 3)
    assert (seen[:370, -450:] == 99).all()
    assert (seen[200:, :300] == STAGE).all()


@pytest.mark.parametrize("mode", ["side by side", "blink"])
def test_a_part_beside_is_that_of_all_stacks_also_where_the_first_ends(mode: str) -> None:
    larger = JPkl(np.full((80, 90, 6), 99, np.uint8), dim_names=["z"])
    viewer = viewer_of(deep(), larger, compare={"mode": mode})
    # The first has 60 x 40 pixels: it ends in the first part, and is not in the second one.
    for region, corner in (((30, 20, 90, 80), (20, 30)), ((65, 45, 85, 65), (0, 0))):
        side = 5 * (region[2] - region[0])
        seen = picture(viewer, zoom=5, region=region)
        assert seen.shape == (side, 2 * side + gap_for((side, side)), 3)
        first, second = seen[: side - 30, :side], seen[: side - 30, -side:]
        rows, columns = 5 * np.array(corner)
        own = enlarged(deep()[..., 0], 5, 5)[100:, 150:]
        np.testing.assert_array_equal(first[:rows, :columns], own[:rows, :columns])
        assert (first[rows:] == STAGE).all()
        assert (first[:, columns:] == STAGE).all()
        assert (second == 99).all()


def test_the_curtain_hides_one_beneath_the_other() -> None:
    jp, other = pair()
    viewer = viewer_of(jp, other, compare={"mode": "curtain", "at": 0.25})
    seen = picture(viewer, zoom=5)
    assert seen.shape == (200, 300, 3)
    np.testing.assert_array_equal(seen[:170, :74], enlarged(jp[..., 0], 5, 5)[:170, :74])
    np.testing.assert_array_equal(seen[30:170, 75:], enlarged(other[..., 0, 0], 5, 5)[30:170, 75:])
    assert (seen[30:170, 74] == MARK).all()
    other_way = viewer_of(other, jp, compare={"mode": "curtain", "at": 0.25, "swapped": True})
    np.testing.assert_array_equal(picture(other_way, zoom=5)[30:170], seen[30:170])


def test_the_curtain_goes_over_all_of_both_and_marks_lie_over_it() -> None:
    jp, larger = deep(), JPkl(np.full((80, 90, 6), 99, np.uint8), dim_names=["z"])
    for first, second, is_swapped in ((jp, larger, False), (larger, jp, True)):
        viewer = viewer_of(first, second, compare={"mode": "curtain", "at": 0.5, "swapped": is_swapped})
        seen = picture(viewer, zoom=5)
        assert seen.shape == (400, 450, 3)
        np.testing.assert_array_equal(seen[:200, :224], enlarged(jp[..., 0], 5, 5)[:, :224])
        assert (seen[205:350, :224] == STAGE).all(), "there is nothing of the smaller one"
        assert (seen[50:, 226:] == 99).all()
        part = picture(viewer, zoom=5, region=(30, 20, 90, 80))
        assert part.shape == (300, 300, 3)
        np.testing.assert_array_equal(part[:100, :149], enlarged(jp[..., 0], 5, 5)[100:200, 150:299])
        assert (part[105:250, :149] == STAGE).all()
        bar = picture(viewer, zoom=5, scale_bar=True)
        assert (bar[-30:, -100:] == 255).any(), "it is not hidden below the curtain"
        axes = picture(viewer, zoom=5, axes=True)
        assert (axes[400:403, -100:] != STAGE).any(), "ticks go to the end of the larger one"


def test_a_difference_of_composites_is_that_of_a_channel_or_of_how_bright_they_are() -> None:
    jp = colored()
    other = JPkl(np.asarray(jp) // 2, dim_names=["z", "channel"])
    seen = {}
    for channel in (None, 1, 7):
        viewer = viewer_of(jp, other, compare={"mode": "difference", "channel": channel})
        viewer.state.composite = True
        seen[channel] = picture(viewer, zoom=5)[:170:5, ::5]
    ends = [describe(stack).range_at((0, 1)) for stack in (jp, other)]
    numbers = color_numbers(ends[0], ends[1], 1)
    np.testing.assert_array_equal(seen[1], DIVERGING[numbers[jp[..., 0, 1], other[..., 0, 1]]][:34])
    np.testing.assert_array_equal(seen[None], seen[7])  # there is no such channel
    frames = []
    for stack in (jp, other):
        viewer = viewer_of(stack)
        viewer.state.update(composite=True)
        frames.append(brightness(picture(viewer)))
    np.testing.assert_array_equal(
        seen[None], DIVERGING[color_numbers(None, None, 1)[frames[0], frames[1]]][:34]
    )
    viewer = viewer_of(jp, other, compare={"mode": "difference"})
    assert (picture(viewer, zoom=5, colorbar=None) != picture(viewer, zoom=5)).any()  # what colors stand for


def test_a_difference_is_that_of_the_pixels() -> None:
    jp, other = pair()
    viewer = viewer_of(jp, other, compare={"mode": "difference", "gain": 2})
    seen = picture(viewer, zoom=5)
    ends = [describe(stack).range_at((0,) * len(stack.dim_sizes)) for stack in (jp, other)]
    numbers = color_numbers(ends[0], ends[1], 2)
    expected = DIVERGING[numbers[jp[..., 0], other[..., 0, 0]]]
    np.testing.assert_array_equal(seen[:170], expected.repeat(5, axis=0).repeat(5, axis=1)[:170])
    swapped = viewer_of(jp, other, compare={"mode": "difference", "gain": 2, "swapped": True})
    numbers = color_numbers(ends[1], ends[0], 2)
    expected = DIVERGING[numbers[other[..., 0, 0], jp[..., 0]]]
    np.testing.assert_array_equal(picture(swapped, zoom=5)[100, ::5], expected[20])
    same = viewer_of(jp, jp, compare={"mode": "difference"})
    assert (picture(same, zoom=5)[:170] == 255).all()
    colors = JPkl(np.zeros((40, 60, 3, 2), np.uint8), color=True)
    bright = JPkl(np.full((40, 60, 3, 2), 50, np.uint8), color=True)
    seen = picture(viewer_of(colors, bright, compare={"mode": "difference", "gain": 2}), zoom=5)
    expected = DIVERGING[color_numbers(None, None, 2)[0, 49:52]]  # JPEG changes it a little
    assert (abs(seen[:170].astype(int) - expected[1]).max(axis=-1) <= np.ptp(expected, axis=0).max()).all()
    with pytest.raises(ValueError, match="side by side"):
        picture(viewer_of(jp, colors, compare={"mode": "difference"}))


def test_the_browser_gets_what_it_shows() -> None:
    jp = deep()
    tools = {"montage": {"mode": "montage", "dim": 0}}
    settings = viewer_of(jp, **tools).settings()
    message = {
        "format": "png",
        "settings": settings,
        **PLAIN,
        "arrangement": {"columns": 3, "every": 2, "cell": 30},
    }
    (answer,) = answer_export(stacks.viewed(jp), message, UNWATCHED)
    assert (answer["width"], answer["height"]) == (3 * 32 - 2, 20)

"""Exported files, opened again and compared with the view."""

from __future__ import annotations

import itertools
import subprocess
from concurrent.futures import CancelledError
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jpkl_viewer import JPklViewer
from jpkl_viewer.frames.task import Task
from jpkl_viewer.model.labels import describe_position
from jpkl_viewer.model.projection import Projection
from jpkl_viewer.model.resolve import resolve
from jpkl_viewer.model.stack import describe
from jpkl_viewer.model.state import ViewState
from jpkl_viewer.tools.export.annotate import annotate, scale_bar
from jpkl_viewer.tools.export.movie import MovieError, export_movie
from jpkl_viewer.tools.export.seen import export_png
from jpkl_viewer.tools.export.snippet import python_snippet
from jpkl_viewer.tools.export.stills import StillOptions, StillRenderer
from jpkl_viewer.tools.projection.projection import project
from PIL import Image, ImageSequence

from jpkl import FrameDecodeError, JPkl
from tests.conftest import replace_frame
from tests.movies import read_mp4
from tests.viewer import stacks

PLAIN = StillOptions(scale_bar=False, stamp=False)


def opened(path: Path) -> np.ndarray[Any, Any]:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))


def smooth(n: int = 9, height: int = 64, width: int = 96, **arguments: Any) -> JPkl:
    """A blob that moves: what a video codec is made for."""
    y, x, t = np.ogrid[:height, :width, :n]
    values = 230 * np.exp(-((x - 12 - 8 * t) ** 2 + (y - 20 - 3 * t) ** 2) / 200)
    return JPkl(values.astype(np.uint8), **{"dim_names": ["time"], **arguments})


# -- stills ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("composite", [False, True])
@pytest.mark.parametrize("name", stacks.NAMES)
def test_a_png_is_what_the_viewer_paints(name: str, composite: bool, tmp_path: Path) -> None:
    jp = stacks.stack(name)
    position = [size // 2 for size in jp.dim_sizes]
    viewer = JPklViewer(jp, position=position, colormap="magma", composite=composite)
    viewer.state.channel.limits = (10, 180)
    export_png(viewer, tmp_path / "still.png", PLAIN)
    np.testing.assert_array_equal(opened(tmp_path / "still.png"), viewer.frames.picture(viewer.request))
    export_png(viewer, tmp_path / "marked.png")
    marked = opened(tmp_path / "marked.png")
    assert marked.shape == (*jp.frame_shape[:2], 3)
    assert (marked != opened(tmp_path / "still.png")).any()
    assert [path.name for path in tmp_path.glob("*.part")] == []


@pytest.mark.parametrize("zoom", [1, 2, 0.5])
def test_region_and_zoom(zoom: float, tmp_path: Path) -> None:
    viewer = JPklViewer(stacks.ramp((3,)), position=[1])
    whole = viewer.frames.picture(viewer.request)[4:20, 10:38]
    options = StillOptions(region=(10, 4, 38, 20), zoom=zoom, scale_bar=False, stamp=False)
    export_png(viewer, tmp_path / "still.png", options)
    still = opened(tmp_path / "still.png")
    if zoom < 1:
        whole = whole.reshape(8, 2, 14, 2, 3).mean(axis=(1, 3))
    elif zoom > 1:
        whole = whole.repeat(2, axis=0).repeat(2, axis=1)
    np.testing.assert_allclose(still, whole, atol=1 if zoom < 1 else 0)  # Pillow rounds rows, then columns


@pytest.mark.parametrize(
    ("pixel_size", "size"),
    [((1.0, 0.25), (40, 96)), ((0.25, 1.0), (160, 24)), ((1.0, 1e-6), (40, 24)), ((0.3, 0.3), (40, 24))],
)
def test_pixels_that_are_not_square_are_exported_as_they_are(
    pixel_size: tuple[float, float], size: tuple[int, int]
) -> None:
    plain = stacks.ramp((3,))
    jp = JPkl(np.asarray(plain), metadata={"pixel_size": pixel_size})
    viewer = JPklViewer(jp)
    renderer = StillRenderer(viewer, PLAIN)
    assert renderer.size == size
    picture = renderer.picture(renderer.request())
    rows, columns = size[1] // 24, size[0] // 40
    whole = viewer.frames.picture(viewer.request)
    np.testing.assert_array_equal(picture, whole.repeat(rows, axis=0).repeat(columns, axis=1))
    shrunk = StillRenderer(viewer, replace(PLAIN, zoom=0.5))
    assert shrunk.size == (size[0] // 2, size[1] // 2)


def test_hidden_channels_are_black_and_projections_are_projected(tmp_path: Path) -> None:
    jp = stacks.stack("shipped")
    viewer = JPklViewer(jp, composite=True)
    for channel in viewer.state.channels:
        channel.visible = False
    export_png(viewer, tmp_path / "a.png", PLAIN)
    assert not opened(tmp_path / "a.png").any()
    viewer = JPklViewer(jp, **{**stacks.as_stored(jp), "position": [0, 1]})
    viewer.state.projection = Projection(0, "max", 2, 9)
    export_png(viewer, tmp_path / "b.png", PLAIN)
    expected = project(jp, (0, 1), viewer.state.projection)
    np.testing.assert_array_equal(opened(tmp_path / "b.png")[..., 0], expected)
    studio = StillRenderer(viewer, StillOptions())
    assert studio._stamp(studio.request()) == "time max 2–8 · C2"


def test_contrast_per_frame() -> None:
    jp = JPkl(np.linspace(60, 90, 24 * 40 * 2).reshape(24, 40, 2).astype(np.uint8))
    viewer = JPklViewer(jp, per_frame=True)
    picture = StillRenderer(viewer, PLAIN).picture(viewer.request)
    assert picture.min() == 0
    assert picture.max() == 255


def test_an_export_keeps_to_the_view_in_which_it_began() -> None:
    viewer = JPklViewer(stacks.ramp((3,)))
    studio = StillRenderer(viewer, PLAIN)
    before = studio.picture(studio.request())
    viewer.state.move(0, 2)
    viewer.state.colormap = "magma"
    np.testing.assert_array_equal(studio.picture(studio.request()), before)


def test_options_that_make_no_sense() -> None:
    for wrong in ({"zoom": 0}, {"zoom": np.nan}, {"region": (5, 0, 5, 9)}, {"region": (-1, 0, 5, 9)}):
        with pytest.raises(ValueError, match=r"zoom|region"):
            StillOptions(**wrong)
    with pytest.raises(ValueError, match="reaches out"):
        StillRenderer(JPklViewer(stacks.ramp((3,))), StillOptions(region=(0, 0, 41, 9)))


# -- scale bar and stamp ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pixel", "size", "zoom", "bar"),
    [
        (0.1, (512, 512), 1, (100, "10 µm")),
        (0.1, (512, 512), 2, (100, "5 µm")),
        (0.325, (300, 300), 1, (61.538462, "20 µm")),
        (None, (171, 196), 1, (20, "20 px")),
        (None, (684, 784), 4, (80, "20 px")),
        (None, (2048, 2048), 1, (200, "200 px")),
        (None, (2000, 20), 1, (200, "200 px")),
        (None, (60, 2000), 1, (20, "20 px")),
        (None, (10, 10), 1, (2, "2 px")),
    ],
)
def test_scale_bars_are_round_lengths(
    pixel: Any, size: tuple[int, int], zoom: float, bar: tuple[float, str]
) -> None:
    metadata = {} if pixel is None else {"pixel_size": (9, pixel), "pixel_unit": "µm"}
    stack = describe(stacks.ramp((1,), metadata=metadata))
    assert scale_bar(stack, size, zoom) == (pytest.approx(bar[0]), bar[1])


@pytest.mark.parametrize(("wanted", "label"), [(50, "50 px"), (25, "25 px"), (9, "20 px"), (101, "20 px")])
def test_the_length_on_the_screen_is_taken_where_it_fits(wanted: float, label: str) -> None:
    stack = describe(stacks.ramp((1,)))
    assert scale_bar(stack, (400, 400), 2, wanted=wanted) == (2 * int(label.removesuffix(" px")), label)


def test_an_export_has_the_bar_that_was_asked_for() -> None:
    viewer = JPklViewer(JPkl(np.zeros((90, 120, 2), np.uint8)), stamp=False)

    def longest(**options: Any) -> int:
        renderer = StillRenderer(viewer, StillOptions(zoom=2, **options))
        return int((renderer.picture(renderer.request()) == 255).all(axis=-1).sum(axis=1).max())

    assert [longest(), longest(bar_length=15), longest(bar_length=300)] == [40, 30, 40]
    viewer.state.scale_bar_length = 25
    assert [longest(), longest(bar_length=15), longest(bar_length=300)] == [50, 30, 50]
    viewer.state.scale_bar_length = 1000
    assert longest() == 40, "there is no room for it"
    for wrong in (0, -1, np.nan, np.inf):
        with pytest.raises(ValueError, match="bar_length must be positive"):
            StillOptions(bar_length=wrong)


def test_the_bar_is_drawn_as_long_as_it_says() -> None:
    picture = annotate(np.full((300, 400, 3), 90, np.uint8), bar=(80, "8 µm"))
    rows = (picture[..., 0] == 255).sum(axis=1)
    assert rows.max() == 80
    assert (picture[:200] == 90).all()
    assert (picture[:, :200] == 90).all()


@pytest.mark.parametrize("shape", [(1, 1), (5, 300), (300, 5), (20, 20)])
def test_tiny_pictures_cut_labels_off(shape: tuple[int, int]) -> None:
    picture = annotate(np.zeros((*shape, 3), np.uint8), "time 12 · z 3", (shape[1] / 4, "50 µm"))
    assert picture.shape == (*shape, 3)


def test_where_there_is_no_room_for_both_the_scale_bar_is_drawn_alone() -> None:
    def drawn(height: int, stamp: str) -> bytes:
        return annotate(np.full((height, 48, 3), 90, np.uint8), stamp, (5, "5 px")).tobytes()

    assert drawn(32, "time 0") == drawn(32, "")
    assert drawn(64, "time 0") != drawn(64, "")


def test_micro_and_accents_are_drawn() -> None:
    def drawn(text: str) -> bytes:
        return annotate(np.zeros((200, 200, 3), np.uint8), text).tobytes()

    assert drawn("5 µm") == drawn("5 \u03bcm") != drawn("5 um")
    assert drawn("2 Å") == drawn("2 \u212b") != drawn("2 A")
    assert drawn("é") == drawn("e")
    assert drawn("核") == drawn("?")


def test_stamps_show_the_position() -> None:
    metadata = {
        "coords": {"time": [0, 2.5, 5]},
        "units": {"time": "s"},
        "channel_names": ["DNA", "actin"],
    }
    values = np.zeros((8, 8, 3, 4, 1, 2), np.uint8)
    stack = describe(JPkl(values, dim_names=["time", "z", "view", "channel"], metadata=metadata))
    assert describe_position(stack, (1, 3, 0, 1)) == "time 2.5 s · z 3 · actin"
    assert describe_position(stack, (1, 3, 0, 1), with_channel=False) == "time 2.5 s · z 3"


# -- movies ----------------------------------------------------------------------------------------------


def test_a_gray_gif_is_exact(tmp_path: Path) -> None:
    viewer = JPklViewer(stacks.ramp((7, 2)), position=[0, 1])
    reported: list[tuple[int, int]] = []
    export_movie(
        viewer,
        tmp_path / "a.gif",
        dim="time",
        fps=12,
        options=PLAIN,
        task=Task(lambda *how: reported.append(how)),
    )
    with Image.open(tmp_path / "a.gif") as gif:
        frames = [np.asarray(frame.convert("RGB")) for frame in ImageSequence.Iterator(gif)]
        durations = [frame.info["duration"] for frame in ImageSequence.Iterator(gif)]
    np.testing.assert_array_equal(np.stack(frames)[..., 0], stacks.frames(stacks.ramp((7, 2)))[:, 1])
    assert sum(durations) == 580
    assert set(durations) == {80, 90}
    assert reported[-1] == (7, 7)
    assert reported == sorted(reported)


def test_a_gif_in_colors_is_near(tmp_path: Path) -> None:
    viewer = JPklViewer(smooth(), colormap="viridis")
    export_movie(viewer, tmp_path / "a.gif", part=slice(7, 2, -2))
    studio = StillRenderer(viewer, StillOptions())
    with Image.open(tmp_path / "a.gif") as gif:
        frames = [np.asarray(frame.convert("RGB")).astype(int) for frame in ImageSequence.Iterator(gif)]
    assert len(frames) == 3
    for frame, index in zip(frames, (7, 5, 3), strict=True):
        assert np.abs(frame - studio.picture(studio.request(0, index))).mean() < 4


@pytest.mark.parametrize("size", [(64, 96), (63, 95), (64, 95), (61, 96)])
def test_an_mp4_is_what_is_seen(size: tuple[int, int], tmp_path: Path) -> None:
    viewer = JPklViewer(smooth(9, *size), colormap="magma")
    export_movie(viewer, tmp_path / "a.mp4", fps=5, options=PLAIN)
    movie = read_mp4(tmp_path / "a.mp4")
    assert movie.shape == (9, size[0] + size[0] % 2, size[1] + size[1] % 2, 3)
    studio = StillRenderer(viewer, PLAIN)
    for index in range(9):
        expected = studio.picture(studio.request(0, index)).astype(int)
        assert np.abs(movie[index, : size[0], : size[1]] - expected).mean() < 4
    assert (movie[:, size[0] :] < 40).all()  # what was added is black


def test_an_mp4_of_a_real_stack_with_labels(tmp_path: Path) -> None:
    viewer = JPklViewer(stacks.stack("shipped"), composite=True)
    export_movie(viewer, tmp_path / "a.mp4", part=slice(0, 12), options=StillOptions(zoom=2))
    movie = read_mp4(tmp_path / "a.mp4")
    studio = StillRenderer(viewer, StillOptions(zoom=2))
    assert len(movie) == 12
    for index in (0, 5, 11):
        expected = studio.picture(studio.request(0, index)).astype(int)
        height, width = expected.shape[:2]
        assert np.abs(movie[index, :height, :width] - expected).mean() < 8


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("suffix", ["gif", "mp4"])
def test_an_export_that_is_left_leaves_no_file(suffix: str, tmp_path: Path) -> None:
    if suffix == "mp4":
        pytest.importorskip("imageio_ffmpeg")
    viewer = JPklViewer(stacks.ramp((30,)))
    asked = itertools.count()
    with pytest.raises(CancelledError):
        export_movie(viewer, tmp_path / f"a.{suffix}", task=Task(is_stale=lambda: next(asked) == 12))
    assert left(tmp_path) == []


@pytest.mark.parametrize("suffix", ["gif", "mp4"])
def test_ctrl_c_leaves_what_was_there(suffix: str, tmp_path: Path) -> None:
    if suffix == "mp4":
        pytest.importorskip("imageio_ffmpeg")

    def interrupt(done: int, total: int) -> None:
        if done == 9:
            raise KeyboardInterrupt

    path = tmp_path / f"a.{suffix}"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        export_movie(JPklViewer(stacks.ramp((30,))), path, task=Task(interrupt))
    assert left(tmp_path) == [path.name]
    assert path.read_text() == "old"


@pytest.mark.parametrize("suffix", ["gif", "mp4"])
def test_a_damaged_frame_leaves_no_file(suffix: str, tmp_path: Path) -> None:
    if suffix == "mp4":
        pytest.importorskip("imageio_ffmpeg")
    jp = stacks.ramp((12,))
    broken = replace_frame(jp, (8,), jp.images[8,][:100])
    with pytest.raises(FrameDecodeError, match=r"\(8,\)"):
        export_movie(JPklViewer(broken), tmp_path / f"a.{suffix}")
    assert left(tmp_path) == []


def test_messages_of_the_encoder_are_in_the_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("imageio_ffmpeg")
    monkeypatch.setattr("jpkl_viewer.tools.export.movie._PRESET", "no-such-preset")
    with pytest.raises(MovieError, match="no-such-preset"):
        export_movie(JPklViewer(stacks.ramp((30,))), tmp_path / "a.mp4")
    assert left(tmp_path) == []


def test_what_cannot_be_exported(tmp_path: Path) -> None:
    viewer = JPklViewer(stacks.ramp((5,)))
    for wrong, message in (
        ({"path": tmp_path / "a.avi"}, r"\.mp4 or \.gif"),
        ({"dim": "z"}, "time"),
        ({"part": slice(9, None)}, "empty"),
        ({"fps": 0}, "fps"),
        ({"fps": float("nan")}, "fps"),
    ):
        with pytest.raises(ValueError, match=message):
            export_movie(viewer, **{"path": tmp_path / "a.gif", **wrong})
    with pytest.raises(ValueError, match="a single picture"):
        export_movie(JPklViewer(JPkl(np.zeros((8, 8), np.uint8))), tmp_path / "a.gif")
    assert left(tmp_path) == []


# -- the snippet -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.jpkl", 'it\'s "q" \\n {x}\n.jpkl', "µ 核.jpkl"])
def test_the_snippet_opens_the_same_view(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    stacks.ramp((5, 3, 2)).save(path)
    viewer = JPklViewer(JPkl.load(path), position=[3, 1, 1], colormap="magma", composite=True)
    viewer.state.channels[1].limits = (12.5, 99)
    viewer.state.playback.fps = 24
    viewer.state.projection = Projection(1, "mean", 0, 2)
    settings = viewer.state.settings()
    code = python_snippet(settings, ViewState(viewer.stack).settings(), str(path))
    assert "invert" not in code
    assert "gamma" not in code
    names: dict[str, Any] = {}
    exec(code, names)
    assert names["viewer"].state.settings() == settings
    assert resolve(names["viewer"].state, viewer.stack) == viewer.request


def test_the_snippet_of_a_fresh_view_says_nothing_more() -> None:
    viewer = JPklViewer(stacks.ramp((5,)))
    code = python_snippet(viewer.state.settings(), viewer.state.settings())
    assert code.splitlines()[-2] == "viewer = JPklViewer(jp)"


def test_the_snippet_writes_any_plain_value() -> None:
    settings = {"tools": {"a": [1, None, float("inf"), {"b'": "\n"}], "n": True}}
    code = python_snippet(settings, {"tools": {}})
    seen: dict[str, Any] = {}
    exec(code.splitlines()[-2], {"JPklViewer": lambda jp, **given: seen.update(given), "jp": 0})
    assert seen == settings


def test_the_shell_is_not_involved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("imageio_ffmpeg")
    commands: list[Any] = []
    popen = subprocess.Popen
    monkeypatch.setattr(
        subprocess, "Popen", lambda command, **k: commands.append(command) or popen(command, **k)
    )
    path = tmp_path / "-y; $(touch x) %03d.mp4"
    export_movie(JPklViewer(stacks.ramp((5,))), path)
    assert left(tmp_path) == [path.name]
    assert isinstance(commands[0], list)

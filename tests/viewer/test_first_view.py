"""The first view: what is seen of a stack before anybody has chosen anything."""

from __future__ import annotations

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from jpkl import JPkl
from tests.conftest import replace_frame

pytest.importorskip("holoviews")

from jpkl_viewer import JPklViewer
from jpkl_viewer.frames import sample
from jpkl_viewer.frames.sample import first_settings
from jpkl_viewer.model.channel_colors import colors_of
from jpkl_viewer.model.contrast import auto_limits
from jpkl_viewer.model.stack import describe
from jpkl_viewer.pages.library import THUMBNAIL_SIDE, thumbnail

from tests.viewer import stacks

SIDE = 64
Y, X = np.mgrid[:SIDE, :SIDE]
CELL = np.exp(-((Y - 30) ** 2 + (X - 34) ** 2) / 2 / 6**2)


def noise(mean: float = 90, width: float = 12) -> NDArray[np.float64]:
    return np.random.default_rng(5).normal(mean, width, (SIDE, SIDE))


def fluorescence(brightness: float = 150) -> NDArray[np.float64]:
    return np.clip(noise(20, 3) + brightness * CELL, 0, 255)


def transmitted() -> NDArray[np.float64]:
    """A light background with darker and lighter structures, as smooth as a specimen."""
    return 128 + 60 * np.sin(X / 5) * np.cos(Y / 7) + noise(0, 2)


def channels(*pictures: NDArray[np.float64], names: list[str] | None = None, **metadata: Any) -> JPkl:
    if names:
        metadata["channel_names"] = names
    return JPkl(np.stack(pictures, -1).astype(np.uint8), dim_names=["channel"], metadata=metadata)


def first(jp: JPkl) -> dict[str, Any]:
    return JPklViewer(jp).settings()


# -- where it starts -------------------------------------------------------------------------------------


def test_it_is_in_the_middle_of_z_and_at_the_first_index_of_other_dims() -> None:
    for names, position in (
        (["time", "z", "channel"], [0, 3, 0]),
        (["Z", "position", "t"], [2, 0, 0]),
        (["slice", "dim1", "sample"], [2, 0, 0]),
        (["time", "Q", "Q2"], [0, 3, 1]),
        (["I", "quality", "index"], [2, 0, 0]),
    ):
        jp = JPkl(np.zeros((8, 8, 5, 6, 2), np.uint8), dim_names=names)
        assert first(jp)["position"] == position


def test_channels_are_shown_together_unless_there_is_one() -> None:
    assert first(channels(fluorescence(), fluorescence()))["composite"] is True
    assert first(channels(fluorescence()))["composite"] is False
    assert first(JPkl(np.zeros((8, 8, 3, 4), np.uint8), color=True))["composite"] is False


def test_colors_of_a_photograph_are_left_alone() -> None:
    jp = JPkl(np.full((8, 8, 3, 4), 90, np.uint8), color=True)
    assert first(jp)["channels"][0]["limits"] == [0, 255]


# -- settings that were given go ahead -------------------------------------------------------------------


def test_what_is_given_is_taken_and_the_rest_is_chosen() -> None:
    jp = channels(fluorescence(), fluorescence())
    chosen = first(jp)["channels"]
    given = JPklViewer(jp, channels=[{"limits": (3, 9)}, {"gamma": 2}]).settings()
    assert given["channels"] == [{**chosen[0], "limits": [3, 9]}, {**chosen[1], "gamma": 2}]
    assert given["composite"] is True


@pytest.mark.parametrize("given", [{"position": 1}, {"colormap": "magma"}, {"invert": True}])
def test_one_channel_is_shown_where_what_is_given_is_of_one(given: dict[str, Any]) -> None:
    jp = channels(fluorescence(), fluorescence())
    assert JPklViewer(jp, **given).settings()["composite"] is False
    assert JPklViewer(jp, **given, composite=True).settings()["composite"] is True


def test_settings_open_the_same_view_again() -> None:
    jp = channels(fluorescence(), transmitted())
    settings = first(jp)
    assert JPklViewer(jp, **settings).settings() == settings


# -- contrast --------------------------------------------------------------------------------------------


def test_limits_are_those_of_frames_from_all_over_the_stack() -> None:
    bright = np.stack([fluorescence(30 + 20 * i) for i in range(9)], -1)
    jp = JPkl(bright.astype(np.uint8), dim_names=["time"])
    low, high = first(jp)["channels"][0]["limits"]
    one = auto_limits(np.bincount(jp[..., 0].ravel(), minlength=256))
    everything = auto_limits(np.bincount(jp[...].ravel(), minlength=256))
    assert high > one[1] + 20
    assert abs(low - everything[0]) <= 3


def test_the_first_picture_is_not_black_beside_much_brighter_ones() -> None:
    pictures = [fluorescence(25), *(fluorescence(230) for _ in range(8))]
    jp = JPkl(np.stack(pictures, -1).astype(np.uint8), dim_names=["time"])
    viewer = JPklViewer(jp)
    picture = viewer.frames.picture(viewer.request)[..., 0]
    assert picture.max() >= 60


def test_damaged_frames_are_left_out() -> None:
    jp = JPkl(np.stack([fluorescence() for _ in range(6)], -1).astype(np.uint8), dim_names=["z"])
    for damaged in ([0], [3], range(6)):
        broken = jp
        for number in damaged:
            broken = replace_frame(broken, (number,), b"\xff\xd8\xff nonsense")
        low, high = first(broken)["channels"][0]["limits"]
        if len(damaged) == 6:
            assert (low, high) == (0, 255)
        else:
            assert high < 200


def test_what_a_decoder_of_ones_own_raises_is_no_obstacle() -> None:
    class Broken(JPkl):
        def decode_slice(self, data: bytes) -> NDArray[np.uint8]:
            raise RuntimeError("no license for this decoder")

    jp = Broken(np.zeros((8, 8, 3), np.uint8))
    assert first_settings(jp, describe(jp))["channels"][0]["limits"] == (0, 255)


def test_a_sample_is_small_however_large_the_stack_is(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[tuple[Any, int]] = []

    def decode(self: JPkl, key: Any, *, scale: int = 1) -> NDArray[np.uint8]:
        read.append((key[1:], scale))
        return np.zeros((8, 8), np.uint8)

    jp = JPkl(np.zeros((8, 8, 2000, 2), np.uint8), dim_names=["time", "channel"])
    monkeypatch.setattr(JPkl, "decode", decode)
    first_settings(jp, describe(jp))
    assert len(read) == 2 * sample._MOST_FRAMES
    times = sorted(index[0] for index, _ in read if index[1] == 0)
    assert times[0] == 0
    assert np.diff(times).max() < 300, "it is from all over the stack"


def test_a_large_frame_is_decoded_once_and_kept_for_the_screen() -> None:
    picture = np.kron(noise(), np.ones((80, 80))).astype(np.uint8)
    viewer = JPklViewer(JPkl(picture[..., None]))
    overviews = viewer.frames._overviews
    assert (overviews.misses, overviews.hits) == (1, 0)


def test_a_stack_that_is_slow_to_sample_is_sampled_once_and_keeps_no_other_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slow, quick = (stacks.frames_of(stacks.ramp((3,))) for _ in range(2))
    has_begun, may_end, n_samples = threading.Event(), threading.Event(), 0

    def sampled(jp: JPkl, *arguments: Any) -> Any:
        nonlocal n_samples
        if jp is slow._uncached:
            n_samples += 1
            has_begun.set()
            assert may_end.wait(30)
        return first_settings(jp, *arguments)

    monkeypatch.setattr("jpkl_viewer.frames.frames.first_settings", sampled)
    with ThreadPoolExecutor(3) as threads:
        try:
            both = [threads.submit(lambda: slow.first_settings) for _ in range(2)]
            assert has_begun.wait(30)
            other = threads.submit(lambda: quick.first_settings).result(timeout=5)
        finally:
            may_end.set()
        assert [each.result() for each in both] == [slow.first_settings] * 2
    assert (n_samples, quick.first_settings) == (1, other)


@pytest.mark.parametrize("side", [512, 3000])
def test_few_pixels_are_decoded_however_large_frames_are(monkeypatch: pytest.MonkeyPatch, side: int) -> None:
    jp = JPkl(np.zeros((side, side, 8, 2), np.uint8), dim_names=["time", "channel"])
    decode, n_decoded = JPkl.decode, 0

    def decode_counted(self: JPkl, key: Any, *, scale: int = 1) -> NDArray[np.uint8]:
        nonlocal n_decoded
        pixels = decode(self, key, scale=scale)
        n_decoded += pixels.size
        return pixels

    monkeypatch.setattr(JPkl, "decode", decode_counted)
    first_settings(jp, describe(jp))
    assert 0 < n_decoded <= 1.1 * sample._PIXELS


# -- colors, transmitted light, labels -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("names", "colors"),
    [
        (["DAPI", "Cy5"], ["#506eff", "#ff00ff"]),
        (["w1-405", "w2-488", "w3-561", "w4-640"], ["#506eff", "#00ff00", "#ff8000", "#ff00ff"]),
        (["channel 0", "channel 1", "channel 2"], ["#00ff00", "#ff00ff", "#00ffff"]),
        (["GFP", "GFP", "actin"], ["#00ff00", "#ff00ff", "#00ffff"]),
        (["Brightfield", "mCherry"], ["#ffffff", "#ff8000"]),
        (["exposure 405 ms", "x"], ["#00ff00", "#ff00ff"]),
        (["GFP"], ["#ffffff"]),
    ],
)
def test_colors_go_by_the_names_of_channels(names: list[str], colors: list[str]) -> None:
    assert list(colors_of(names)) == colors


def test_many_channels_have_colors_and_the_first_are_on() -> None:
    jp = channels(*(fluorescence() for _ in range(20)))
    shown = first(jp)["channels"]
    on = [channel["color"] for channel in shown if channel["visible"]]
    assert len(on) == len(set(on)) == 7


def test_colors_of_the_file_win_unless_they_say_nothing() -> None:
    pictures = (fluorescence(), fluorescence())
    for own, colors in (
        (["#123456", "#abcdef"], ["#123456", "#abcdef"]),
        (["#ffffff", "#ffffff"], ["#506eff", "#00ff00"]),  # as OME has it where nobody chose
        (["#000000", "#ff0000"], ["#506eff", "#00ff00"]),  # an inverted lookup table
    ):
        jp = channels(*pictures, names=["DAPI", "GFP"], channel_colors=own)
        assert [channel["color"] for channel in first(jp)["channels"]] == colors


def test_a_single_channel_is_gray_or_in_the_color_of_the_file() -> None:
    assert first(channels(fluorescence(), names=["GFP"]))["colormap"] == "gray"
    assert first(channels(fluorescence(), channel_colors=["#ff00ff"]))["colormap"] == "magenta"


@pytest.mark.parametrize(
    ("pictures", "names", "visible"),
    [
        ((fluorescence, transmitted), ["a", "b"], [True, False]),
        ((fluorescence, transmitted), ["a", "GFP"], [True, True]),
        ((fluorescence, noise), ["a", "b"], [True, True]),
        ((transmitted, transmitted), ["a", "b"], [True, True]),
        ((fluorescence, fluorescence), ["DIC", "GFP"], [False, True]),
        ((fluorescence, fluorescence), ["DIC", "BF"], [True, True]),
        ((fluorescence, fluorescence), ["5-FAM/pH 9.0", "FM 4-64"], [True, True]),
        ((fluorescence, fluorescence), ["DAPI", "nuclei_labels"], [True, False]),
        ((fluorescence, fluorescence), ["mask", "labels"], [True, True]),
    ],
)
def test_transmitted_light_and_labels_are_off_beside_fluorescence(
    pictures: tuple[Any, ...], names: list[str], visible: list[bool]
) -> None:
    settings = first(channels(*(make() for make in pictures), names=names))
    assert [channel["visible"] for channel in settings["channels"]] == visible
    assert settings["position"] == [visible.index(True)]
    if names == ["a", "b"] and not all(visible):
        assert settings["channels"][1]["color"] == "#ffffff"


# -- what the file says ----------------------------------------------------------------------------------


def sixteen_bit(white: int = 5100, **metadata: Any) -> JPkl:
    images = np.stack([fluorescence() * 10, fluorescence() * 20], -1).astype(np.uint16)
    return JPkl(images, dim_names=["channel"], display_range=(0, white), metadata=metadata)


def test_limits_of_the_file_win_in_its_units() -> None:
    settings = first(sixteen_bit(channel_limits=[(200, 1000), (0, 5100)]))
    assert [channel["limits"] for channel in settings["channels"]] == [[10, 50], [0, 255]]


@pytest.mark.parametrize("limits", [(60000, 65535), (9000, 65535), (-9, -1)])
def test_limits_of_the_file_that_would_show_nothing_are_left_alone(limits: tuple[float, float]) -> None:
    automatic = first(sixteen_bit(65535))
    assert first(sixteen_bit(65535, channel_limits=[limits, limits])) == automatic


def test_a_file_says_whether_channels_are_together_and_which_are_on() -> None:
    settings = first(sixteen_bit(display_mode="single", channel_visible=[False, True]))
    assert settings["composite"] is False
    assert [channel["visible"] for channel in settings["channels"]] == [False, True]
    assert settings["position"] == [1]


# -- the same everywhere ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", stacks.NAMES)
def test_a_thumbnail_shows_the_first_view(name: str) -> None:
    jp = stacks.stack(name)
    viewer = JPklViewer(jp)
    picture = viewer.frames.picture(viewer.request).astype(int)
    assert max(picture.shape) <= THUMBNAIL_SIDE, "it is not made smaller"
    with Image.open(io.BytesIO(thumbnail(jp, viewer.stack))) as image:
        difference = np.abs(np.asarray(image.convert("RGB")) - picture)
    assert difference.mean() < 2


@pytest.mark.parametrize("name", stacks.NAMES)
def test_something_is_to_be_seen_of_real_stacks(name: str) -> None:
    viewer = JPklViewer(stacks.stack(name))
    picture = viewer.frames.picture(viewer.request).max(-1)
    assert (picture > 64).mean() > 0.001
    assert (picture == 255).mean() < 0.02
    assert (picture == 0).mean() < 0.6


def test_reports_start_with_it(tmp_path: Path) -> None:
    from jpkl_viewer.report.excerpt import Excerpt

    viewer = JPklViewer(channels(fluorescence(), fluorescence(), names=["DAPI", "GFP"]))
    settings = Excerpt.of(viewer).settings
    assert settings["composite"] is True
    assert settings["channels"] == viewer.settings()["channels"]

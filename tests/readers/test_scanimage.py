"""Recordings of two-photon microscopes; `scanimage_files` says where the structure of these files is from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tifffile")

from jpkl.readers import open_image
from tests.readers.scanimage_files import MOVIE, VOLUMES, write_classic, write_scanimage

RNG = np.random.default_rng(5)
#: Time, plane or repeat, channel, y, x, with the negative values that a detector's noise has.
FRAMES = RNG.integers(-60, 4000, (4, 4, 2, 12, 18), np.int16)
PAGES = FRAMES.reshape(-1, 12, 18)


def test_a_movie_has_times_channels_and_pixel_sizes_and_is_as_long_as_it_was_recorded(tmp_path: Path) -> None:
    with open_image(write_scanimage(tmp_path / "a.tif", PAGES, MOVIE)) as source:  # 600 frames were planned
        assert (source.axes, source.array.dtype, source.notes) == ("TCYX", np.int16, ())
        np.testing.assert_array_equal(source.array, FRAMES.reshape(16, 2, 12, 18))
        assert source.metadata["coords"] == {"time": pytest.approx([0.05 * t for t in range(16)])}
        assert source.metadata["units"] == {"time": "s"}
        assert (source.metadata["pixel_size"], source.metadata["pixel_unit"]) == ((5.0, 5.0), "µm")
        assert source.metadata["channel_names"] == ["Channel 1", "Channel 2"]
        assert source.metadata["channel_colors"] == ["#00ff00", "#ff0000"]
        assert source.metadata["channel_limits"] == [(0.0, 2047.0), (-1.0, 267.0)]
        assert source.metadata["acquired"] == "2016-06-02T20:02:22.065"


def test_volumes_are_a_dim_and_frames_of_the_flyback_are_left_out(tmp_path: Path) -> None:
    path = write_scanimage(tmp_path / "a.tif", PAGES, {**MOVIE, **VOLUMES})
    with open_image(path) as source:
        assert source.axes == "TZCYX"
        np.testing.assert_array_equal(source.array, FRAMES[:, :3])
        assert source.metadata["coords"] == {"time": [0.0, 0.2, 0.4, 0.6], "z": [0.0, 10.0, 20.0]}
        assert source.notes == ("left out 1 frame of the scanner's flyback after each volume",)


def test_volumes_begin_where_they_do_also_in_a_file_that_goes_on_with_one(tmp_path: Path) -> None:
    path = write_scanimage(tmp_path / "a_00002.tif", PAGES[12:], {**MOVIE, **VOLUMES}, first=6)
    with open_image(path) as source:  # frames 6 and 7 are the last slice of the second volume, and flyback
        np.testing.assert_array_equal(source.array, FRAMES[2:, :3])
        assert source.metadata["coords"]["time"] == [0.4, 0.6]
        assert source.notes[0] == "left out the first 4 pages, of a volume that begins in another file"


@pytest.mark.parametrize(("enabled", "times"), [("true", [0.0, 0.2, 0.4, 0.6]), ("false", None)])
def test_volumes_without_time_stamps_follow_at_the_rate_of_fast_ones(
    tmp_path: Path, enabled: str, times: list[float] | None
) -> None:
    path = write_scanimage(tmp_path / "a.tif", PAGES, {**MOVIE, **VOLUMES, "SI.hFastZ.enable": enabled})
    content = path.read_bytes()
    path.write_bytes(content.replace(b"frameTimestamps_sec", b"withoutTimestampsOf"))
    with open_image(path) as source:
        assert source.array.shape[:2] == (4, 3)
        assert source.metadata["coords"].get("time") == times


def test_versions_before_2019_have_volumes_too(tmp_path: Path) -> None:
    settings = {name: value for name, value in MOVIE.items() if "hStackManager" not in name}
    settings |= {"SI.hStackManager.numSlices": "3", "SI.hFastZ.enable": "true"}
    settings["SI.hFastZ.numDiscardFlybackFrames"] = "1"
    with open_image(write_scanimage(tmp_path / "a.tif", PAGES, settings)) as source:
        assert source.axes == "TZCYX"
        np.testing.assert_array_equal(source.array, FRAMES[:, :3])


def test_repeats_of_a_slice_follow_in_time_and_may_have_been_averaged(tmp_path: Path) -> None:
    counts = {"actualNumSlices": 4, "framesPerSlice": 8, "numFramesPerVolume": 32, "zs": "[0 1 5 9]"}
    stack = {f"SI.hStackManager.{name}": str(value) for name, value in counts.items()}
    stack |= {"SI.hStackManager.enable": "true", "SI.hStackManager.numFramesPerVolumeWithFlyback": "32"}
    path = write_scanimage(tmp_path / "a.tif", PAGES, {**MOVIE, **stack, "SI.hScan2D.logAverageFactor": "2"})
    with open_image(path) as source:
        assert source.axes == "ZTCYX"
        np.testing.assert_array_equal(source.array, FRAMES)
        assert source.metadata["coords"] == {"time": pytest.approx([0, 0.05, 0.1, 0.15]), "z": [0, 1, 5, 9]}
    stopped = write_scanimage(tmp_path / "b.tif", PAGES[:6], {**MOVIE, **stack})
    stopped.write_bytes(stopped.read_bytes().replace(b"frameTimestamps_sec", b"withoutTimestampsOf"))
    with open_image(stopped) as source:  # 3 of the 8 repeats of the first slice
        assert source.axes == "TCYX"
        assert source.metadata["coords"]["time"] == [0, 0.05, 0.1]


@pytest.mark.parametrize(
    ("n_pages", "axes", "shape", "notes"),
    [
        (19, "TZCYX", (2, 3, 2), ["left out 1 frame of the", "left out the last 3 pages"]),
        (5, "ZCYX", (2, 2), ["the volume of 3 slices was not finished", "left out the last 1 page,"]),
        (2, "CYX", (2,), ["the volume of 3 slices was not finished"]),
        (1, "YX", (), ["the volume of 3 slices was not finished"]),
    ],
)
def test_recordings_that_were_stopped_are_read_as_far_as_they_go(
    tmp_path: Path, n_pages: int, axes: str, shape: tuple[int, ...], notes: list[str]
) -> None:
    path = write_scanimage(tmp_path / "a.tif", PAGES[:n_pages], {**MOVIE, **VOLUMES})
    with open_image(path) as source:
        assert (source.axes, source.array.shape) == (axes, (*shape, 12, 18))
        np.testing.assert_array_equal(np.asarray(source.array)[(0,) * len(shape)], PAGES[0])
        for note, start in zip(source.notes, notes, strict=True):
            assert note.startswith(start)


def test_regions_of_a_mesoscope_give_the_pixel_size_by_the_resolution_of_the_objective(
    tmp_path: Path,
) -> None:
    field = {"sizeXY": [0.6, 0.4], "pixelResolutionXY": [18, 6]}
    regions = [{"scanfields": field}, {"scanfields": [field]}]
    path = write_scanimage(tmp_path / "a.tif", PAGES, {**MOVIE, "SI.hRoiManager.mroiEnable": "true"}, regions)
    with open_image(path) as source:
        assert source.metadata["pixel_size"] == (1.0, 0.5)  # 15 µm a degree
        assert source.notes == ("each frame holds the regions of the scan (mROI), one below the other",)


def test_files_of_one_recording_are_one_sequence(tmp_path: Path) -> None:
    frames = FRAMES.reshape(16, 2, 12, 18)
    for number, start in enumerate(range(0, 16, 6), 1):
        part = frames[start : start + 6]
        write_scanimage(tmp_path / f"a_00001_{number:05}.tif", part.reshape(-1, 12, 18), MOVIE, first=start)
    with open_image(tmp_path / "a_00001_*.tif") as source:
        np.testing.assert_array_equal(source.array, frames)
        assert source.metadata["coords"] == {"time": pytest.approx([0.05 * t for t in range(16)])}


@pytest.mark.parametrize(
    ("description", "shape"),
    [
        (b"scanimage.SI4.channelsSave = [1;2]\nscanimage.SI4.stackNumSlices = 1\n", (16, 2)),
        (b"scanimage.SI.hChannels.channelSave = [1;2]\nscanimage.SI.hStackManager.numSlices = 1\n", (16, 2)),
        (b"state.configName='a'\rstate.acq.numberOfChannelsSave=2\rstate.acq.averaging=1\r"
         b"state.acq.numberOfZSlices=16\rstate.acq.numberOfFrames=3\r", (16, 2)),
    ],
)  # fmt: skip
def test_classic_files_of_old_versions_have_their_channels_and_their_last_page(
    tmp_path: Path, description: bytes, shape: tuple[int, ...]
) -> None:
    with open_image(write_classic(tmp_path / "a.tif", PAGES, description)) as source:
        np.testing.assert_array_equal(source.array, PAGES.reshape(*shape, 12, 18))
        assert source.axes == ("ZCYX" if b"ZSlices" in description else "TCYX")


def test_settings_that_make_no_sense_are_passed_over(tmp_path: Path) -> None:
    settings = {**MOVIE, **VOLUMES, "SI.hChannels.channelSave": "[]", "SI.hStackManager.zs": "'none'"}
    settings |= {"SI.hStackManager.numFramesPerVolume": "-5", "SI.hRoiManager.imagingFovUm": "Inf"}
    with open_image(write_scanimage(tmp_path / "a.tif", PAGES, settings)) as source:
        assert source.array.shape[-2:] == (12, 18)

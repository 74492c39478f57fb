"""Reslices, against NumPy on the decoded pixels."""

from __future__ import annotations

from concurrent.futures import CancelledError
from typing import Any

import numpy as np
import pytest
from jpkl_viewer.frames import reading
from jpkl_viewer.frames.frames import Frames
from jpkl_viewer.frames.task import Task
from jpkl_viewer.frames.volumes import VolumeKey
from jpkl_viewer.model.runs import make_run
from jpkl_viewer.tools.ortho.reslice import read_volume

from jpkl import JPkl
from tests.viewer import stacks


def is_kept(frames: Frames, position: tuple[int, ...], scale: int = 1) -> bool:
    return VolumeKey(scale, make_run(frames.jp.dim_sizes, position, 0)) in frames.products


def selected(jp: JPkl, position: tuple[int, ...], dim: int) -> np.ndarray[Any, Any]:
    return stacks.frames(jp)[(*position[:dim], slice(None), *position[dim + 1 :])]


@pytest.mark.parametrize("name", stacks.NAMES)
def test_every_dim_against_x_and_y(name: str) -> None:
    jp = stacks.stack(name)
    frames = stacks.frames_of(jp)
    height, width = jp.frame_shape[:2]
    for dim in range(len(jp.dim_sizes)):
        position = tuple(size - 1 for size in jp.dim_sizes)
        pixels = selected(jp, position, dim)
        volume = read_volume(frames, position, dim)
        assert volume.scale == 1
        for y in (0, height // 3, height - 1):
            np.testing.assert_array_equal(volume.against("x", y).pixels, pixels[:, y])
        for x in (0, width // 3, width - 1):
            across = np.swapaxes(pixels[:, :, x], 0, 1)
            np.testing.assert_array_equal(volume.against("y", x).pixels, across)


def test_a_part_of_the_dim() -> None:
    jp = stacks.ramp((9, 2))
    volume = read_volume(stacks.frames_of(jp), (0, 1), 0, slice(2, 8, 3))
    np.testing.assert_array_equal(volume.against("x", 5).pixels, stacks.frames(jp)[2:8:3, 1, 5])


def test_frames_are_decoded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    jp = stacks.ramp((9, 2))
    reads: list[int] = []
    read = reading.read_frames
    monkeypatch.setattr(reading, "read_frames", lambda *a, **k: reads.append(1) or read(*a, **k))
    frames = stacks.frames_of(jp)
    assert not is_kept(frames, (0, 1))
    for time in range(9):
        read_volume(frames, (time, 1), 0).against("x", time)
        read_volume(frames, (time, 1), 0).against("y", 2 * time)
    assert len(reads) == 1
    assert is_kept(frames, (5, 1))
    assert not is_kept(frames, (5, 0))


def test_what_does_not_fit_is_kept_smaller_and_says_so() -> None:
    jp = stacks.ramp((20,), 64, 96)
    full = jp.nbytes
    for budget, scale in ((2 * full, 1), (2 * full - 2, 2), (full // 2, 2), (full // 8, 4), (full // 32, 8)):
        frames = stacks.frames_of(jp, budget)
        reslice = read_volume(frames, (0,), 0).against("x", 37)
        assert reslice.scale == scale
        whole = np.moveaxis(jp.decode(scale=scale), -1, 0)
        np.testing.assert_array_equal(reslice.pixels, whole[:, 37 // scale])
        assert is_kept(frames, (0,), scale)
    with pytest.raises(ValueError, match="part of time"):
        read_volume(stacks.frames_of(stacks.ramp((80,)), 0), (0,), 0)  # one frame is kept in any case


def test_the_last_row_and_column_of_odd_sizes_are_there_at_every_scale() -> None:
    jp = stacks.ramp((8,), 33, 17)
    for budget in (jp.nbytes, jp.nbytes // 3, jp.nbytes // 10):
        volume = read_volume(stacks.frames_of(jp, budget), (0,), 0)
        assert volume.scale > 1
        assert volume.against("x", 32).pixels.shape == (8, -(-17 // volume.scale))
        assert volume.against("y", 16).pixels.shape == (-(-33 // volume.scale), 8)


@pytest.mark.parametrize(("axis", "at"), [("x", -1), ("x", 24), ("y", 40), ("y", -1)])
def test_cuts_outside_the_frame(axis: Any, at: int) -> None:
    jp = stacks.ramp((3,))
    with pytest.raises(IndexError, match=f"{at}: frames have"):
        read_volume(stacks.frames_of(jp), (0,), 0).against(axis, at)


def test_reading_a_volume_reports_progress_and_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    jp = stacks.ramp((10,))
    monkeypatch.setattr(reading, "BLOCK_NBYTES", 4 * 24 * 40)
    reported: list[int] = []
    frames = stacks.frames_of(jp)
    task = Task(lambda done, _: reported.append(done), lambda: len(reported) == 2)
    with pytest.raises(CancelledError):
        read_volume(frames, (0,), 0, task=task)
    assert reported == [0, 4]
    assert not is_kept(frames, (0,))
    read_volume(frames, (0,), 0, task=Task(lambda done, _: reported.append(done)))
    assert reported == [0, 4, 0, 4, 8, 10]

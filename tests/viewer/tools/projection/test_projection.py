"""Projections, against NumPy on the decoded pixels."""

from __future__ import annotations

import itertools
from concurrent.futures import CancelledError

import numpy as np
import pytest

from jpkl import FrameDecodeError, JPkl
from tests.conftest import replace_frame
from tests.viewer import stacks

pytest.importorskip("holoviews")

from jpkl_viewer.frames import reading
from jpkl_viewer.frames.task import Task
from jpkl_viewer.limits import PROJECTION_METHODS
from jpkl_viewer.model.labels import describe_intensity
from jpkl_viewer.model.projection import STD_SCALE, Projection
from jpkl_viewer.model.stack import describe
from jpkl_viewer.tools.projection.projection import METHODS, project


def expected(values: np.ndarray, method: str) -> np.ndarray:
    if method == "std":
        return np.rint(values.std(axis=0) * STD_SCALE)
    if method in ("mean", "sum"):  # what a sum stands for is in its scale
        return np.floor(values.mean(axis=0) + 0.5)
    return getattr(values, method)(axis=0)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", stacks.NAMES)
def test_projections_are_those_of_numpy(name: str, method: str) -> None:
    jp = stacks.stack(name)
    every = stacks.frames(jp)
    for dim in range(len(jp.dim_sizes)):
        position = tuple(size // 2 for size in jp.dim_sizes)
        selected = every[(*position[:dim], slice(None), *position[dim + 1 :])]
        picture = project(jp, position, Projection(dim, method))
        assert picture.dtype == np.uint8
        np.testing.assert_array_equal(picture, expected(selected, method))


@pytest.mark.parametrize("part", [(2, 9, 1), (None, None, 3), (-4, None, None), (9, 2, -2), (5, 6, None)])
@pytest.mark.parametrize("method", METHODS)
def test_a_part_of_the_dim(method: str, part: tuple[int | None, int | None, int | None]) -> None:
    jp = stacks.ramp((12, 2))
    picture = project(jp, (0, 1), Projection(0, method, *part))
    np.testing.assert_array_equal(picture, expected(stacks.frames(jp)[slice(*part), 1], method))


@pytest.mark.parametrize("method", METHODS)
def test_blocks_make_no_difference(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    jp = stacks.ramp((600,), 4, 6)
    whole = project(jp, (0,), Projection(0, method))  # more frames than 16 bits can add up
    monkeypatch.setattr(reading, "BLOCK_NBYTES", 7 * 24)
    np.testing.assert_array_equal(project(jp, (0,), Projection(0, method)), whole)
    np.testing.assert_array_equal(whole, expected(stacks.frames(jp), method))


def test_progress_goes_from_nothing_to_all(monkeypatch: pytest.MonkeyPatch) -> None:
    jp = stacks.ramp((10,))
    monkeypatch.setattr(reading, "BLOCK_NBYTES", 4 * 24 * 40)
    reported: list[tuple[int, int]] = []
    project(jp, (0,), Projection(0), Task(lambda *how_far: reported.append(how_far)))
    assert reported == [(0, 10), (4, 10), (8, 10), (10, 10)]


def test_moving_on_ends_it_and_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    frames = stacks.frames_of(stacks.ramp((10,)))
    monkeypatch.setattr(reading, "BLOCK_NBYTES", 4 * 24 * 40)
    reported: list[int] = []
    stale_after = itertools.count()
    task = Task(lambda done, _: reported.append(done), is_stale=lambda: next(stale_after) >= 2)
    with pytest.raises(CancelledError):
        frames.projected((0,), Projection(0), task)
    assert reported == [0, 4]
    assert not frames.has_projected((0,), Projection(0))


def test_results_are_kept_with_the_frames() -> None:
    frames = stacks.frames_of(stacks.ramp((10, 3)), 10**6)
    first = frames.projected((4, 1), Projection(0))
    assert frames.projected((7, 1), Projection(0)) is first  # the position along the dim does not matter
    assert frames.projected((7, 2), Projection(0)) is not first
    assert frames.projected((7, 1), Projection(0, "min")) is not first
    assert frames.projected((0, 1), Projection(0, start=0, stop=10)) is first
    assert frames.jp.cache is not None
    assert frames.jp.cache.nbytes == 3 * 24 * 40
    with pytest.raises(ValueError, match="read-only"):
        first[0, 0] = 1


def test_a_damaged_frame_is_named() -> None:
    jp = stacks.ramp((4, 2))
    broken = replace_frame(jp, (2, 1), jp.images[2, 1][:100])
    with pytest.raises(FrameDecodeError, match=r"\(2, 1\)"):
        project(broken, (0, 1), Projection(0))
    np.testing.assert_array_equal(project(broken, (0, 0), Projection(0)), project(jp, (0, 0), Projection(0)))


def test_what_cannot_be_projected() -> None:
    jp = stacks.ramp((4, 2))
    with pytest.raises(ValueError, match="max, mean, sum, min, std"):
        Projection(0, "median")
    with pytest.raises(ValueError, match="empty"):
        project(jp, (0, 0), Projection(0, start=4))
    with pytest.raises(IndexError, match="no dim 2"):
        project(jp, (0, 0), Projection(2))
    with pytest.raises(IndexError, match="outside"):
        project(jp, (0, 2), Projection(0))
    with pytest.raises(IndexError, match="entries"):
        project(jp, (0,), Projection(0))


def test_a_projection_around_the_position_ends_where_the_dim_does() -> None:
    jp = stacks.ramp((12, 2))
    frames = stacks.frames(jp)
    for index, part in ((0, slice(0, 3)), (6, slice(4, 9)), (11, slice(9, 12))):
        picture = project(jp, (index, 1), Projection(0, "max", around=2))
        np.testing.assert_array_equal(picture, expected(frames[part, 1], "max"))
    with pytest.raises(ValueError, match="around"):
        Projection(0, around=-1)


def test_a_sum_stands_for_as_many_times_the_value_as_there_are_frames() -> None:
    values = np.arange(6 * 8 * 4, dtype=np.uint16).reshape(6, 8, 4)
    stack = describe(JPkl(values, display_range=(0, 255), dim_names=["z"]))
    around = Projection(0, "sum", around=1)
    assert describe_intensity(stack, (0,), 100) == "100"
    assert describe_intensity(stack, (2,), 100, around.at((4,), (2,))) == "300"
    assert describe_intensity(stack, (0,), 100, around.at((4,), (0,))) == "200"


def test_each_method_that_is_offered_is_computed() -> None:
    assert list(METHODS) == list(PROJECTION_METHODS)

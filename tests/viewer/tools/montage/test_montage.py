"""Montages, against cells decoded one by one."""

from __future__ import annotations

from concurrent.futures import CancelledError
from typing import Any

import numpy as np
import pytest
from jpkl_viewer.frames import reading
from jpkl_viewer.frames.task import UNWATCHED, Task
from jpkl_viewer.frames.volumes import VolumeKey
from jpkl_viewer.tools.montage.answers import answer_montage
from jpkl_viewer.tools.montage.montage import make_grid, montage, read_montage
from PIL import Image

from jpkl import FrameError, JPkl
from tests.conftest import replace_frame
from tests.viewer import stacks


def cell_of(picture: np.ndarray[Any, Any], grid: Any, number: int) -> np.ndarray[Any, Any]:
    x, y = grid.corner(number)
    return picture[y : y + grid.cell_height, x : x + grid.cell_width]


@pytest.mark.parametrize("cell", [400, 150, 60, 20])
@pytest.mark.parametrize("name", stacks.NAMES)
def test_every_cell_is_its_frame_decoded_small(name: str, cell: int) -> None:
    jp = stacks.stack(name)
    longest = max(jp.frame_shape[:2])
    scale = next((s for s in (1, 2, 4, 8) if -(-longest // s) <= cell), 8)
    for dim in range(len(jp.dim_sizes)):
        position = tuple(size // 2 for size in jp.dim_sizes)
        grid = make_grid(jp, position, dim, cell=cell)
        picture = montage(jp, grid)
        assert picture.shape == (*grid.shape, *jp.frame_shape[2:])
        assert max(grid.cell_height, grid.cell_width) <= cell
        for number in range(jp.dim_sizes[dim]):
            index = (*position[:dim], number, *position[dim + 1 :])
            frame = jp.decode((..., *index), scale=scale)
            if max(frame.shape[:2]) > cell:
                frame = np.asarray(Image.fromarray(frame).resize((grid.cell_width, grid.cell_height), 4))
            np.testing.assert_array_equal(cell_of(picture, grid, number), frame)


def test_cells_have_the_shape_that_frames_have_in_the_specimen() -> None:
    jp = JPkl(np.asarray(stacks.ramp((3,))), metadata={"pixel_size": (4.0, 1.0)})
    grid = make_grid(jp, (0,), 0, cell=96)
    assert (grid.cell_height, grid.cell_width) == (96, 40)
    frame = jp[..., 2].repeat(4, axis=0)
    np.testing.assert_array_equal(cell_of(montage(jp, grid), grid, 2), frame)


def test_between_the_cells_it_is_black() -> None:
    jp = stacks.ramp((7,))
    grid = make_grid(jp, (0,), 0, columns=3)
    picture = montage(jp, grid)
    covered = np.zeros(grid.shape, bool)
    for number in range(7):
        cell_of(covered, grid, number)[...] = True
    assert (grid.rows, grid.shape) == (3, (3 * 26 - 2, 3 * 42 - 2))
    assert not picture[~covered].any()


@pytest.mark.parametrize(
    ("columns", "shape"), [(1, (12, 1)), (12, (1, 12)), (99, (1, 12)), (None, (4, 3)), (5, (3, 5))]
)
def test_columns(columns: int | None, shape: tuple[int, int]) -> None:
    grid = make_grid(stacks.ramp((12,)), (0,), 0, columns=columns)
    assert (grid.rows, grid.columns) == shape


def test_montages_are_kept_and_can_be_left(monkeypatch: pytest.MonkeyPatch) -> None:
    jp = stacks.ramp((10,))
    frames, grid = stacks.frames_of(jp), make_grid(jp, (0,), 0)
    monkeypatch.setattr(reading, "BLOCK_NBYTES", 4 * 24 * 40)
    reported: list[int] = []
    with pytest.raises(CancelledError):
        read_montage(frames, grid, Task(lambda done, _: reported.append(done), lambda: len(reported) == 2))
    assert reported == [0, 4]
    first, _ = read_montage(frames, grid)
    monkeypatch.setattr(reading, "read_frames", None)  # nothing is decoded any more
    np.testing.assert_array_equal(read_montage(frames, make_grid(jp, (7,), 0))[0], first)
    other = make_grid(jp, (0,), 0, columns=1)
    np.testing.assert_array_equal(read_montage(frames, other)[0][:24], first[:24, :40])
    assert not first.flags.writeable


def test_frames_that_take_too_much_are_not_kept_but_the_montage_is(monkeypatch: pytest.MonkeyPatch) -> None:
    jp = stacks.ramp((10,))
    frames, grid = stacks.frames_of(jp, 7 * 10 * 24 * 40), make_grid(jp, (0,), 0, cell=40)
    first, _ = read_montage(frames, grid)
    monkeypatch.setattr(reading, "read_frames", None)
    np.testing.assert_array_equal(read_montage(frames, grid)[0], first)
    assert grid in frames.products


def test_montage_grids_that_are_impossible() -> None:
    jp = stacks.ramp((4,))
    for wrong in ({"cell": 0}, {"columns": 0}):
        with pytest.raises(ValueError, match="at least 1"):
            make_grid(jp, (0,), 0, **wrong)
    with pytest.raises(ValueError, match="empty"):
        make_grid(jp, (0,), 0, part=slice(9, None))


def test_damaged_frames_are_reported_and_the_others_are_in_the_montage() -> None:
    jp = stacks.ramp((7,))
    damaged = replace_frame(replace_frame(jp, (2,), b"no picture"), (5,), jp.images[5,][:-20])
    grid = make_grid(jp, (0,), 0, cell=40)
    frames = stacks.frames_of(damaged)
    with pytest.raises(FrameError, match=r"\(2,\)"):
        montage(damaged, grid)
    picture, errors = read_montage(frames, grid)
    assert {number: error.frame_index for number, error in errors.items()} == {2: (2,), 5: (5,)}
    for number in range(7):
        expected = 0 if number in errors else cell_of(montage(jp, grid), grid, number)
        np.testing.assert_array_equal(cell_of(picture, grid, number), expected)
    assert VolumeKey(1, grid.run) not in frames.products, "the frames may come back"
    assert grid not in frames.products


def ask(jp: JPkl, positions: list[list[int]], **changes: int) -> list[dict[str, Any]]:
    message = {"positions": positions, "dim": 0, "every": 1, "cell": 100, "columns": 9, **changes}
    return list(answer_montage(stacks.viewed(jp), message, UNWATCHED))


def test_a_browser_asks_for_no_montage_larger_than_a_screen() -> None:
    jp = JPkl(np.zeros((1024, 1024, 80), np.uint8))
    (answer,) = ask(jp, [[0]])
    assert max(answer["cell"]) <= 100
    with pytest.raises(ValueError, match="larger than any screen"):
        ask(jp, [[0]], cell=10**9)
    with pytest.raises(ValueError, match="at most 1 frames, not 2"):
        ask(jp, [[0], [0]])

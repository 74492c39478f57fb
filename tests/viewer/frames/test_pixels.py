"""What the browser is told of single pixels, against `jp[...]`; without a browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from jpkl_viewer.frames.pixels import answer_pixels
from jpkl_viewer.frames.task import UNWATCHED

from tests.conftest import replace_frame
from tests.viewer import stacks


def ask(jp: Any, frames: list[int | str], x: Any = 5, y: Any = 3) -> list[list[int] | None]:
    (answer,) = answer_pixels(stacks.viewed(jp), {"frames": frames, "x": x, "y": y}, UNWATCHED)
    values: list[list[int] | None] = answer["values"]
    return values


def test_a_pixel_of_a_frame_and_of_a_projection() -> None:
    jp = stacks.ramp((6, 3, 2))
    number = int(np.ravel_multi_index((4, 1, 1), jp.dim_sizes))
    assert ask(jp, [number, f"{number}@max,0,1,5"]) == [
        [jp[3, 5, 4, 1, 1]],
        [jp[3, 5, 1:5, 1, 1].max()],
    ]


def test_red_green_and_blue_of_a_pixel() -> None:
    jp = stacks.ramp((3, 4), color=True, dim_names=["time"])
    assert ask(jp, [2]) == [jp[3, 5, :, 2].tolist()]


def test_pixels_at_the_edges_are_in_the_frame_and_others_are_refused() -> None:
    jp = stacks.ramp((2,))
    height, width = jp.shape[:2]
    assert ask(jp, [1], width - 1, height - 1) == [[jp[-1, -1, 1]]]
    for x, y in ((-1, 0), (width, 0), (0, -1), (0, height), (1.5, 0), (True, 0), ("1", 0), (None, 0)):
        with pytest.raises(ValueError, match=r"frames have (column|row)s 0 to"):
            ask(jp, [0], x, y)


@pytest.mark.parametrize("frames", [[2], [-1], ["0@max,3,0,1"], ["0@product,0,0,1"], ["x"], [0, 1]])
def test_frames_that_no_picture_of_the_stack_has_are_refused(frames: list[int | str]) -> None:
    with pytest.raises((ValueError, IndexError)):
        ask(stacks.ramp((2,)), frames)


def test_of_a_damaged_frame_there_is_no_pixel() -> None:
    jp = stacks.ramp((2, 2, 2))
    broken = replace_frame(jp, (0, 0, 0), b"\xff\xd8\xff")
    assert ask(broken, [0, 1]) == [None, [jp[3, 5, 0, 0, 1]]]

"""Answers about single pixels, for browsers that have only computed ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from jpkl import FrameError
from jpkl_viewer.frames.answers import Answer
from jpkl_viewer.frames.frame_key import FrameKey
from jpkl_viewer.frames.jobs import Message
from jpkl_viewer.frames.task import Task
from jpkl_viewer.frames.viewed_stack import ViewedStack


def answer_pixels(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield what one pixel is in several frames or projections, as `jp[...]` has it.

    Where values are kept exactly, ``exact`` has them as texts, and ``values`` the 8-bit ones that are shown.
    Of large frames the browser has means of many pixels, and of projections what is left of them by JPEG.

    Raises
    ------
    ValueError, IndexError
        If the stack has no such pixel, or no such frames.
    """
    x = _checked(message["x"], stack.description.width, "column")
    y = _checked(message["y"], stack.description.height, "row")
    keys = list(message["frames"])
    stack.check_layers(len(keys))
    parsed = [FrameKey.parse(key) for key in keys]
    yield {
        "values": [_value(stack, key, x, y, task) for key in parsed],
        "exact": [_exact(stack, key, x, y) for key in parsed],
    }


def _checked(value: Any, size: int, what: str) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < size:
        raise ValueError(f"{what} {value!r}: frames have {what}s 0 to {size - 1}")
    return value


def _value(stack: ViewedStack, key: FrameKey, x: int, y: int, task: Task) -> list[int] | None:
    """Return gray, or red, green and blue; None where the frame is damaged."""
    index, frames = stack.index(key.number), stack.frames
    try:
        if key.projection is None:
            pixels = frames.pixels(index)
        else:
            pixels = frames.projected(index, key.projection, task)
    except FrameError:
        return None
    return [int(value) for value in np.atleast_1d(pixels[y, x])]


def _exact(stack: ViewedStack, key: FrameKey, x: int, y: int) -> list[str] | None:
    """Return what is kept of a frame; None of projections, and where nothing is."""
    if key.projection is not None:
        return None
    try:
        return stack.frames.exact(stack.index(key.number), x, y)
    except FrameError:
        return None


ANSWERS = {"pixels": Answer(answer_pixels)}

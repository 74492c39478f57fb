"""What Python answers the browser on orthogonal views and kymographs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jpkl_viewer.frames.answers import Answer
from jpkl_viewer.frames.frames import raw_picture
from jpkl_viewer.frames.jobs import Message
from jpkl_viewer.frames.task import Task
from jpkl_viewer.frames.viewed_stack import ViewedStack
from jpkl_viewer.tools.ortho.reslice import read_volume


def answer_reslice(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield a dim against x at row y, and against y at column x, of each channel asked for; raw pixels."""
    dim, x, y = int(message["dim"]), int(message["x"]), int(message["y"])
    half, method = int(message.get("half", 0)), str(message.get("method", "max"))
    stack.check_layers(len(message["positions"]))
    views = []
    for position in message["positions"]:
        volume = read_volume(stack.frames, position, dim, task=task)
        views.append((volume.against("x", y, half, method), volume.against("y", x, half, method)))
    yield {
        "againstX": [raw_picture(view.pixels) for view, _ in views],
        "againstY": [raw_picture(view.pixels) for _, view in views],
        "scale": views[0][0].scale if views else 1,
    }


ANSWERS = {"reslice": Answer(answer_reslice)}

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
    """Yield a dim against x at row y, and against y at column x, of each channel asked for; raw pixels.

    With ``message["against"]``, only those of the two that it names.
    """
    dim, x, y = int(message["dim"]), int(message["x"]), int(message["y"])
    half, method = int(message.get("half", 0)), str(message.get("method", "max"))
    stack.check_layers(len(message["positions"]))
    wanted = message.get("against", ("x", "y"))
    against_x: list[Message] = []
    against_y: list[Message] = []
    scale = 1
    for position in message["positions"]:
        volume = read_volume(stack.frames, position, dim, task=task)
        scale = volume.scale
        if "x" in wanted:
            against_x.append(raw_picture(volume.against("x", y, half, method).pixels))
        if "y" in wanted:
            against_y.append(raw_picture(volume.against("y", x, half, method).pixels))
    yield {"againstX": against_x, "againstY": against_y, "scale": scale}


ANSWERS = {"reslice": Answer(answer_reslice)}

"""What Python answers the browser on filmstrips and montages: pixel values of many frames in one picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jpkl.toolkit import short_reason
from jpkl_viewer.frames.answers import Answer
from jpkl_viewer.frames.budget import check_picture
from jpkl_viewer.frames.frames import raw_picture
from jpkl_viewer.frames.jobs import Message
from jpkl_viewer.frames.task import Task
from jpkl_viewer.frames.viewed_stack import ViewedStack
from jpkl_viewer.tools.montage.montage import make_grid, only, read_montage


def answer_montage(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield a montage of each channel asked for, uncolored, where its frames are, and which are damaged.

    Raises
    ------
    ValueError, IndexError
        If the stack has no such frames, or the pictures were larger than a screen.
    """
    dim, every = int(message["dim"]), int(message["every"])
    cell, columns = int(message["cell"]), int(message["columns"])
    stack.check_layers(len(message["positions"]))
    pictures = []
    damaged: dict[int, str] = {}
    for position in message["positions"]:
        part = only(position, dim) if message.get("alone") else slice(None, None, every)
        grid = make_grid(stack.frames.jp, position, dim, part=part, cell=cell, columns=columns)
        height, width = grid.shape
        samples = 3 if stack.description.color else 1
        check_picture(width, height, height * width * samples * len(message["positions"]))
        pixels, errors = read_montage(stack.frames, grid, task)
        pictures.append(raw_picture(pixels))
        damaged |= {number: short_reason(error) for number, error in errors.items()}
    if not pictures:
        return
    yield {
        "pictures": pictures,
        "indices": list(grid.run.indices),
        "columns": grid.columns,
        "cell": [grid.cell_width, grid.cell_height],
        "gap": grid.gap,
        "damaged": sorted(damaged.items()),
    }


ANSWERS = {"montage": Answer(answer_montage)}

"""What Python answers the browser on filmstrips and montages: pixel values of many frames in one picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from jpkl_viewer.frames.frames import raw_picture
from jpkl_viewer.frames.jobs import Message
from jpkl_viewer.frames.runs import Task
from jpkl_viewer.pages.folder import short_reason
from jpkl_viewer.tools.montage.montage import make_grid

if TYPE_CHECKING:
    from jpkl_viewer.frames.answers import Source


def answer_montage(source: Source, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """A montage of each channel asked for, uncolored, where its frames are, and which are damaged."""
    dim, every = int(message["dim"]), int(message["every"])
    cell, columns = int(message["cell"]), int(message["columns"])
    pictures = []
    damaged: dict[int, str] = {}
    for position in message["positions"]:
        grid = make_grid(
            source.frames.jp, position, dim, part=slice(None, None, every), cell=cell, columns=columns
        )
        pixels, errors = source.frames.montages.get_readable(grid, task)
        pictures.append(raw_picture(pixels))
        damaged |= {number: short_reason(error) for number, error in errors.items()}
    if not pictures:
        return
    yield {
        "pictures": pictures,
        "indices": list(grid.stretch.indices),
        "columns": grid.columns,
        "cell": [grid.cell_width, grid.cell_height],
        "gap": grid.gap,
        "damaged": sorted(damaged.items()),
    }

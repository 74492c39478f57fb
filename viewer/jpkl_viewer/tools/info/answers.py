"""What Python answers the browser on metadata: those set by hand are checked, and saved in a copy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jpkl.toolkit import StackMetadata
from jpkl_viewer.frames.answers import Answer
from jpkl_viewer.frames.jobs import Message
from jpkl_viewer.frames.task import Task
from jpkl_viewer.frames.viewed_stack import ViewedStack
from jpkl_viewer.tools.info.by_hand import arguments_of, stack_by_hand
from jpkl_viewer.tools.info.copying import save_copy, why_not_saved


def answer_metadata(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Check ``message["changes"]``; yield what the view needs of them, and whether they can be saved."""
    changes = message["changes"]
    metadata = StackMetadata.of(stack_by_hand(stack, changes))
    dims = [dim for dim in changes.get("spacing", {}) if dim in metadata.coords]
    yield {
        "pixelSize": metadata.pixel_size and list(metadata.pixel_size),
        "pixelUnit": metadata.pixel_unit,
        "aspect": metadata.pixel_aspect,
        "coords": {dim: list(metadata.coords[dim]) for dim in dims},
        "units": {dim: metadata.units.get(dim, "") for dim in dims},
        "whyNotSaved": why_not_saved(stack),
    }


def answer_save_metadata(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Write a copy with ``message["changes"]`` beside the file, and yield its ``name``."""
    changes = arguments_of(message["changes"])
    stack_by_hand(stack, changes)
    yield {"name": save_copy(stack, changes, task)}


ANSWERS = {
    "metadata": Answer(answer_metadata),
    "save metadata": Answer(answer_save_metadata, is_long=True),
}

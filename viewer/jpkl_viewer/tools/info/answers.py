"""What Python answers the browser on metadata: those set by hand are checked, and saved in a copy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jpkl_viewer.frames.answers import Answer
from jpkl_viewer.frames.jobs import Message
from jpkl_viewer.frames.task import Task
from jpkl_viewer.frames.viewed_stack import ViewedStack
from jpkl_viewer.tools.info.by_hand import arguments_of, checked_description
from jpkl_viewer.tools.info.copying import save_copy, why_not_saved


def answer_metadata(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Check ``message["changes"]``; yield what the view needs of them, and whether they can be saved."""
    changes = message["changes"]
    found = checked_description(stack, changes)
    yield {
        "pixelSize": found.pixel_size and list(found.pixel_size),
        "pixelUnit": found.pixel_unit,
        "aspect": found.pixel_aspect,
        "dims": [dim.plain() for dim in found.dims],
        "channelNames": [channel.name for channel in found.channels],
        "whyNotSaved": why_not_saved(stack),
    }


def answer_save_metadata(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Write a copy with ``message["changes"]`` beside the file, and yield its ``name``."""
    changes = message["changes"]
    checked_description(stack, changes)
    yield {"name": save_copy(stack, arguments_of(changes, stack.frames.jp.dim_names), task)}


ANSWERS = {
    "metadata": Answer(answer_metadata),
    "save metadata": Answer(answer_save_metadata, is_long=True),
}

"""What Python answers the browser on the scenes of the image file that it shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jpkl.toolkit import scenes_beside
from jpkl_viewer.frames.answers import Answer
from jpkl_viewer.frames.jobs import Message
from jpkl_viewer.frames.task import Task
from jpkl_viewer.frames.viewed_stack import ViewedStack


def answer_scenes(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield the names of the scenes, and which of them the stack is of."""
    found = scenes_beside(stack.frames.jp)
    yield {"names": list(found.names), "chosen": found.chosen}


ANSWERS = {"scenes": Answer(answer_scenes)}

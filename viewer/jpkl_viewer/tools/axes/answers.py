"""What Python answers the browser on the axes of the image file that it shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jpkl.toolkit import suggested_axes
from jpkl_viewer.frames.answers import Answer
from jpkl_viewer.frames.jobs import Message
from jpkl_viewer.frames.task import Task
from jpkl_viewer.frames.viewed_stack import ViewedStack


def answer_axes(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield what the axes rather are than they were read as; None where nothing is odd of them."""
    yield {"likely": suggested_axes(stack.frames.jp)}


ANSWERS = {"axes": Answer(answer_axes)}

"""What Python answers the browser on the original that it shows: how far it is encoded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jpkl.toolkit import Conversion, OriginalStack, conversion_of, human_bytes
from jpkl_viewer.frames.answers import Answer
from jpkl_viewer.frames.jobs import Message
from jpkl_viewer.frames.task import Task
from jpkl_viewer.frames.viewed_stack import ViewedStack


def answer_conversion(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield how far a stack's original is encoded; the first to ask begins that.

    Raises
    ------
    ValueError
        If the stack is of no original.
    """
    jp = stack.frames.jp
    if not isinstance(jp, OriginalStack):
        raise ValueError("this stack is of no image file")
    yield describe_conversion(conversion_of(jp))


def describe_conversion(conversion: Conversion) -> Message:
    """Describe how far a conversion is, as plain data."""
    progress = conversion.progress
    return {
        "what": progress.what,
        "part": progress.done / progress.total if progress.total else 0.0,
        "secondsLeft": progress.seconds_left,
        "size": human_bytes(progress.path.stat().st_size) if progress.path else "",
        "problem": progress.error,
    }


ANSWERS = {"conversion": Answer(answer_conversion)}

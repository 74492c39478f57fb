"""What Python answers the browser on the original that it shows: how far it is encoded."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jpkl.toolkit import Conversion, OriginalStack, conversion_of, human_bytes
from jpkl_viewer.frames.answers import Answer
from jpkl_viewer.frames.jobs import Message
from jpkl_viewer.frames.task import Task
from jpkl_viewer.frames.viewed_stack import ViewedStack


def answer_conversion(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield how far a stack's original is encoded; the first to ask begins that, and ``cancel`` ends it.

    Raises
    ------
    ValueError
        If the stack is of no original.
    """
    jp = stack.frames.jp
    if not isinstance(jp, OriginalStack):
        raise ValueError("this stack does not come from an image file")
    conversion = conversion_of(jp, anew=message.get("begin") is True)
    can_cancel = stack.path is not None
    if can_cancel and message.get("cancel") is True:
        conversion.cancel()
    said = {**describe_conversion(conversion), "canCancel": can_cancel}
    if not can_cancel:  # a visitor, whom it does not concern where files are
        said["problem"] = said["problem"].replace(f"{Path(str(jp.path)).parent}{os.sep}", "")
    yield said


def describe_conversion(conversion: Conversion) -> Message:
    """Describe how far a conversion is, as plain data."""
    progress = conversion.progress
    return {
        "what": progress.what,
        "part": progress.done / progress.total if progress.total else 0.0,
        "secondsLeft": progress.seconds_left,
        "size": _size(progress.path),
        "problem": progress.error,
    }


def _size(path: Path | None) -> str:
    try:
        return "" if path is None else human_bytes(path.stat().st_size)
    except OSError:  # it has made room for others
        return ""


ANSWERS = {"conversion": Answer(answer_conversion)}

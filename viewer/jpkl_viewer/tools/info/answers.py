"""What Python answers the browser on metadata: those of a stack as they are set by hand, and a copy with them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from jpkl import JPkl
from jpkl.toolkit import StackMetadata
from jpkl_viewer.frames.answers import Answer
from jpkl_viewer.frames.jobs import Message
from jpkl_viewer.frames.task import Task
from jpkl_viewer.frames.viewed_stack import ViewedStack
from jpkl_viewer.tools.info.copying import save_copy, why_not_saved

#: What can be set by hand: arguments of `jpkl.JPkl.with_metadata`.
SETTABLE = ("pixel_size", "pixel_unit", "spacing", "dim_names", "channel_names", "channel_colors")


def answer_metadata(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Yield what the stack says with ``message["changes"]``, once they are checked, and if it can be saved.

    `as_dict` of its metadata, ``dim_names``, and ``why_not_saved``, which is empty where it can.
    """
    changed = _changed(stack, message["changes"])
    yield {
        **StackMetadata.of(changed).as_dict(),
        "dim_names": list(changed.dim_names),
        "why_not_saved": why_not_saved(stack),
    }


def answer_save_metadata(stack: ViewedStack, message: Mapping[str, Any], task: Task) -> Iterator[Message]:
    """Write a copy with ``message["changes"]`` beside the file, and yield its ``name``."""
    changes = message["changes"]
    _changed(stack, changes)
    yield {"name": save_copy(stack, _arguments(changes), task)}


def _changed(stack: ViewedStack, changes: Any) -> JPkl:
    return stack.frames.jp.with_metadata(**_arguments(changes))


def _arguments(changes: Any) -> dict[str, Any]:
    """Return changes of a browser as arguments; a page may send anything.

    Raises
    ------
    ValueError
        If there are others than `SETTABLE`, or a value is not what it has to be.
    """
    if not isinstance(changes, dict) or not set(changes) <= set(SETTABLE):
        raise ValueError(f"what can be changed: {', '.join(SETTABLE)}")
    spacing = changes.get("spacing", {})
    if not isinstance(spacing, dict):
        raise ValueError("spacing must be a step, or a step and its unit, for each dim")
    names = changes.get("dim_names")
    if not (names is None or (isinstance(names, list) and all(isinstance(name, str) for name in names))):
        raise ValueError("dim_names must be a list of names")
    return dict(changes)


ANSWERS = {
    "metadata": Answer(answer_metadata),
    "save metadata": Answer(answer_save_metadata, is_long=True),
}

"""Metadata that are set by hand in the viewer: the settings ``tools["info"]``, which may come from a link."""

from __future__ import annotations

from typing import Any

from jpkl import JPkl, JPklError
from jpkl_viewer.frames.viewed_stack import ViewedStack
from jpkl_viewer.model.stack import StackDescription, describe

#: What can be set: arguments of `jpkl.JPkl.with_metadata`.
SETTABLE = ("pixel_size", "pixel_unit", "spacing", "channel_names", "channel_colors")


def arguments_of(changes: Any) -> dict[str, Any]:
    """Return settings as arguments of `jpkl.JPkl.with_metadata`, which checks their values.

    Raises
    ------
    ValueError
        If there are others than `SETTABLE`.
    """
    if not isinstance(changes, dict) or not set(changes) <= set(SETTABLE):
        raise ValueError(f"what can be set: {', '.join(SETTABLE)}")
    if not isinstance(changes.get("spacing", {}), dict):
        raise ValueError("spacing must be a step, or a step and its unit, for each dim")
    return dict(changes)


def stack_by_hand(stack: ViewedStack, changes: Any) -> JPkl:
    """Return the stack with the metadata that are set.

    Raises
    ------
    ValueError
        If one does not fit the stack.
    """
    return stack.frames.jp.with_metadata(**arguments_of(changes))


def description_by_hand(stack: ViewedStack, tools: dict[str, Any]) -> StackDescription:
    """Describe a stack as a page shows it that has these settings of tools."""
    if "info" not in tools:
        return stack.description
    try:
        return describe(stack_by_hand(stack, tools["info"]))
    except (ValueError, JPklError):  # the page has said so
        return stack.description

"""Metadata that are set by hand in the viewer: the settings ``tools["info"]``, which may come from a link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from jpkl import JPkl, JPklError
from jpkl_viewer.frames.viewed_stack import ViewedStack
from jpkl_viewer.model.stack import StackDescription, describe

#: What can be set: arguments of `jpkl.JPkl.with_metadata`.
SETTABLE = ("pixel_size", "pixel_unit", "spacing", "dim_names", "channel_names", "channel_colors")


def arguments_of(changes: Any, dim_names: Sequence[str]) -> dict[str, Any]:
    """Return settings as arguments of `jpkl.JPkl.with_metadata`, which checks their values.

    Parameters
    ----------
    changes : dict
        The settings. Dims have there the names that they have in the file, also those that get others:
        ``{"dim_names": {"Q": "angle"}, "spacing": {"Q": 2}}``.
    dim_names : sequence of str
        Those names.

    Raises
    ------
    ValueError
        If there are others than `SETTABLE`.
    """
    if not isinstance(changes, dict) or not set(changes) <= set(SETTABLE):
        raise ValueError(f"what can be set: {', '.join(SETTABLE)}")
    if not isinstance(changes.get("spacing", {}), dict):
        raise ValueError("spacing must be a step, or a step and its unit, for each dim")
    renamed = changes.get("dim_names", {})
    if not isinstance(renamed, dict) or not all(isinstance(name, str) for name in renamed.values()):
        raise ValueError("dim_names must be the new name of each dim that gets one")
    arguments = dict(changes)
    if renamed:
        arguments["dim_names"] = [renamed.get(name, name) for name in dim_names]
    if "spacing" in changes:
        arguments["spacing"] = {renamed.get(dim, dim): step for dim, step in changes["spacing"].items()}
    return arguments


def stack_by_hand(stack: ViewedStack, changes: Any) -> JPkl:
    """Return the stack with the metadata that are set.

    Raises
    ------
    ValueError
        If one does not fit the stack.
    """
    jp = stack.frames.jp
    return jp.with_metadata(**arguments_of(changes, jp.dim_names))


def checked_description(stack: ViewedStack, changes: Any) -> StackDescription:
    """Describe a stack with the metadata that are set; what its values are is as before.

    Raises
    ------
    ValueError
        If one does not fit the stack, or changes what its channels are: a view cannot follow that.
    """
    found = describe(stack_by_hand(stack, changes))
    if found.channel_dim != stack.description.channel_dim:
        raise ValueError("a name says which dim has the channels; only jpkl annotate changes that one")
    # Of a stack that keeps values exactly, `found` is that of the 8-bit ones that are shown.
    return replace(
        stack.description,
        dims=found.dims,
        channels=found.channels,
        pixel_size=found.pixel_size,
        pixel_unit=found.pixel_unit,
        pixel_aspect=found.pixel_aspect,
    )


def description_by_hand(stack: ViewedStack, tools: dict[str, Any]) -> StackDescription:
    """Describe a stack as a page shows it that has these settings of tools."""
    if "info" not in tools:
        return stack.description
    try:
        return checked_description(stack, tools["info"])
    except (ValueError, JPklError):  # the page has said so
        return stack.description

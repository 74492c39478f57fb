"""What the user has chosen to see, as Param classes: no Panel, no HoloViews.

`ViewState.settings` and `ViewState.apply` carry the whole of it as plain data, e.g. in a link.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import param

from jpkl_viewer.model.colormaps import COLORMAPS
from jpkl_viewer.model.projection import Projection
from jpkl_viewer.model.stack import StackDescription

#: Least and greatest pixel value.
FULL_LIMITS = (0.0, 255.0)

PLAY_MODES = ("loop", "once", "back and forth")


class ChannelDisplay(param.Parameterized):
    """How one channel is displayed."""

    visible = param.Boolean(True, doc="Whether it takes part in a composite.")
    color = param.Color("#ffffff", doc="Its color in a composite.")
    limits = param.Range(FULL_LIMITS, bounds=FULL_LIMITS, doc="Contrast limits, in 8-bit pixel values.")
    gamma = param.Number(1.0, bounds=(0.1, 10.0), doc="Exponent between the limits; below 1 brightens.")


class Playback(param.Parameterized):
    """How the stack is played."""

    dim = param.Integer(0, bounds=(0, None), doc="The dim that is played along.")
    fps = param.Number(10.0, bounds=(0.1, 60.0), doc="Frames per second.")
    mode: Any = param.Selector(
        default=PLAY_MODES[0], objects=list(PLAY_MODES), doc="What happens at the end."
    )


class ViewState(param.Parameterized):
    """Everything that decides what the viewer shows of a stack.

    Parameters
    ----------
    stack : StackDescription
        The stack; the position starts at its first frame.
    """

    position = param.Tuple(default=(), length=0, doc="The frame index that is shown.")
    colormap: Any = param.Selector(
        default="gray", objects=list(COLORMAPS), doc="Colormap of a single channel."
    )
    invert = param.Boolean(False, doc="Whether the colormap runs backwards.")
    composite = param.Boolean(False, doc="Whether the channels are shown together.")
    per_frame = param.Boolean(False, doc="Whether each frame gets contrast limits of its own.")
    projection: Any = param.ClassSelector(
        class_=Projection, default=None, allow_None=True, doc="Projection that is shown in place of frames."
    )
    tools = param.Dict({}, doc="Settings of the tools that run in the browser, by name; plain data.")
    channels = param.List(item_type=ChannelDisplay, constant=True, doc="One per channel.")
    playback: Any = param.ClassSelector(class_=Playback, constant=True, doc="How it is played.")

    def __init__(self, stack: StackDescription, **params: Any) -> None:
        # The length of a Param tuple belongs to the parameter, which is this instance's own.
        self.param.position.length = len(stack.dims)
        super().__init__(
            position=(0,) * len(stack.dims),
            channels=[ChannelDisplay(color=channel.color) for channel in stack.channels],
            playback=Playback(dim=_longest(stack)),
            **params,
        )
        self._sizes = stack.dim_sizes
        self._channel_dim = stack.channel_dim

    @property
    def channel(self) -> ChannelDisplay:
        """Display of the channel at the current position."""
        number = 0 if self._channel_dim is None else self.position[self._channel_dim]
        display: ChannelDisplay = self.channels[number]
        return display

    def move(self, dim: int, index: int) -> None:
        """Go to an index along one dim; clipped to the stack."""
        clipped = max(0, min(int(index), self._sizes[dim] - 1))
        self.position = (*self.position[:dim], clipped, *self.position[dim + 1 :])

    def settings(self) -> dict[str, Any]:
        """The whole state as plain data."""
        return {
            "position": list(self.position),
            "colormap": self.colormap,
            "invert": self.invert,
            "composite": self.composite,
            "per_frame": self.per_frame,
            "tools": dict(self.tools),
            "projection": self.projection and _plain(self.projection),
            "channels": [_values(channel) for channel in self.channels],
            "playback": _values(self.playback),
        }

    def apply(self, settings: Mapping[str, Any]) -> None:
        """Take over settings, e.g. those of a link: only what fits this stack, the rest is ignored."""
        for name in ("colormap", "invert", "composite", "per_frame", "tools"):
            _assign(self, name, settings.get(name))
        if "projection" in settings:
            self.projection = self._projection(settings["projection"])
        for dim, index in enumerate(_integers(settings.get("position"))[: len(self._sizes)]):
            self.move(dim, index)
        for display, values in zip(self.channels, _mappings(settings.get("channels")), strict=False):
            _assign_all(display, values)
        _assign_all(self.playback, *_mappings([settings.get("playback")]))

    def _projection(self, value: Any) -> Projection | None:
        """A projection of this stack, by default of the whole dim; None for anything else."""
        if isinstance(value, Projection):
            value = _plain(value)
        try:
            dim = int(value["dim"])
            start, stop = value.get("start", 0), value.get("stop", self._sizes[dim])
            projection = Projection(dim, value["method"], int(start), int(stop))
            projection.run(self._sizes, self.position)
        except (AttributeError, TypeError, ValueError, LookupError):
            return None
        return projection


def _plain(projection: Projection) -> dict[str, Any]:
    return {
        "dim": projection.dim,
        "method": projection.method,
        "start": projection.start,
        "stop": projection.stop,
    }


def _longest(stack: StackDescription) -> int:
    sizes = [0 if dim == stack.channel_dim else size for dim, size in enumerate(stack.dim_sizes)]
    return sizes.index(max(sizes)) if sizes else 0


def _values(parameterized: param.Parameterized) -> dict[str, Any]:
    values = {name: value for name, value in parameterized.param.values().items() if name != "name"}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _assign_all(parameterized: param.Parameterized, values: Mapping[str, Any] | None = None) -> None:
    for name in set(values or ()) & set(_values(parameterized)):
        _assign(parameterized, name, (values or {})[name])


def _assign(parameterized: param.Parameterized, name: str, value: Any) -> None:
    if value is None:
        return
    try:
        setattr(parameterized, name, tuple(value) if isinstance(value, list) else value)
    except (TypeError, ValueError):  # a link is typed by hand, and outlives versions
        return


def _integers(value: Any) -> list[int]:
    items = value if isinstance(value, list | tuple) else []
    return [int(item) for item in items if isinstance(item, int | np.integer)]


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    items = value if isinstance(value, list) else []
    return [item for item in items if isinstance(item, Mapping)]

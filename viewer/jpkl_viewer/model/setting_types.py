"""The types of a view's settings. Made from ``limits.json`` by ``python -m tests.tools.vectors``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import param

from jpkl_viewer.model.projection import Projection


class ProjectionSettings(TypedDict, total=False):
    """Which frames are projected, and how."""

    dim: int | str
    method: str
    start: int | None
    stop: int | None
    around: int | None


class ChannelSettings(TypedDict, total=False):
    """How one channel is displayed."""

    limits: Sequence[float]
    gamma: float
    visible: bool
    color: str
    colormap: str
    auto: bool


class PlaybackSettings(TypedDict, total=False):
    """How the stack is played."""

    dim: int | str
    fps: float
    mode: str


class ViewSettings(TypedDict, total=False):
    """What can be set of a view."""

    position: int | Sequence[int]
    colormap: str
    invert: bool
    composite: bool
    per_frame: bool
    histogram_scale: str
    histogram_of: str
    scale_bar: bool
    scale_bar_corner: str
    scale_bar_color: str
    scale_bar_length: float
    stamp: bool
    names: bool
    colorbar: bool
    axes: bool
    axes_unit: str
    smooth: bool
    rotation: str | int
    flip: bool
    projection: Projection | ProjectionSettings | None
    channels: Sequence[ChannelSettings]
    tools: Mapping[str, Mapping[str, Any]]
    playback: PlaybackSettings


class ChannelParameters(param.Parameterized):
    """The same as parameters, which `ChannelDisplay` has."""

    limits: tuple[float, float]
    gamma: float
    visible: bool
    color: str
    colormap: str
    auto: bool


class PlaybackParameters(param.Parameterized):
    """The same as parameters, which `Playback` has."""

    dim: int
    fps: float
    mode: str


class ViewParameters(param.Parameterized):
    """The same as parameters, which `ViewState` has besides those that it declares itself."""

    colormap: str
    invert: bool
    composite: bool
    per_frame: bool
    histogram_scale: str
    histogram_of: str
    scale_bar: bool
    scale_bar_corner: str
    scale_bar_color: str
    scale_bar_length: float
    stamp: bool
    names: bool
    colorbar: bool
    axes: bool
    axes_unit: str
    smooth: bool
    rotation: str
    flip: bool

"""The frame that a viewer shows, as a HoloViews `DynamicMap` that follows it."""

from __future__ import annotations

from typing import Any

import holoviews as hv
import param

from jpkl_viewer.browser.element import figure_options, gray_element, rgb_element
from jpkl_viewer.frames.frames import Frames
from jpkl_viewer.model.resolve import FrameRequest
from jpkl_viewer.model.stack import StackDescription

_View = hv.streams.Stream.define("View", request=param.Parameter(doc="The FrameRequest to show."))


class FrameMap:
    """A `DynamicMap` of the frame that is shown.

    Parameters
    ----------
    frames : Frames
        The frames of the stack.
    stack : StackDescription
        The stack.
    request : FrameRequest
        What is shown now.
    in_colors : bool
        Whether it is an `hv.RGB`, of color frames and composites, and no `hv.Image`.

    Attributes
    ----------
    dynamic_map : holoviews.DynamicMap
        The map.
    """

    def __init__(
        self, frames: Frames, stack: StackDescription, request: FrameRequest, *, in_colors: bool
    ) -> None:
        self._frames = frames
        self._stream = _View(request=request)
        draw = self._draw_colors if in_colors else self._draw_gray
        # HoloViews would keep 500 elements whatever their size; `Frames` keeps pixels, bounded in bytes.
        dynamic_map = hv.DynamicMap(draw, streams=[self._stream], cache_size=1)
        options = figure_options(stack)
        self.dynamic_map: Any = dynamic_map.opts({"Image": options, "RGB": options}, backend="bokeh")

    def show(self, request: FrameRequest) -> None:
        """Have the map follow, and what hangs on it."""
        if request != self._stream.request:
            self._stream.event(request=request)

    def _draw_gray(self, request: FrameRequest) -> hv.Image:
        (layer,) = request.layers
        return gray_element(self._frames.layer(layer), layer)

    def _draw_colors(self, request: FrameRequest) -> hv.RGB:
        return rgb_element(self._frames.picture(request))

"""What HoloViews draws over a picture, as Bokeh embeds it in a page without a server of Bokeh's."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache
from typing import Any

import bokeh
import holoviews as hv
from bokeh.embed import json_item
from bokeh.resources import Resources
from holoviews.plotting.util import get_nested_streams

from jpkl_viewer.browser.element import overlay_figure


class DrawnOver:
    """A HoloViews object over a picture, and what becomes of it.

    Parameters
    ----------
    overlay : HoloViews object
        What to draw, in pixels (x, y).
    height, width : int
        Size of a frame in pixels.
    on_change : callable
        Called when it has changed, once for changes that come together.
    """

    #: Version of BokehJS: pages that have this one already are not sent it.
    version: str = bokeh.__version__

    def __init__(self, overlay: Any, height: int, width: int, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._is_due = False
        self._plot = hv.renderer("bokeh").get_plot(overlay_figure(overlay, height, width))
        for dynamic in overlay.traverse(lambda part: part, [hv.DynamicMap]):
            for stream in get_nested_streams(dynamic):
                stream.add_subscriber(self._follow)

    def item(self) -> dict[str, Any]:
        """Return it as Bokeh embeds it: JSON."""
        return dict(json_item(self._plot.state))

    def _follow(self, **_: object) -> None:
        """Wait until HoloViews has drawn the change, which other subscribers do."""
        if self._is_due:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._on_change()
            return
        self._is_due = True
        loop.call_soon(self._say)

    def _say(self) -> None:
        self._is_due = False
        self._on_change()


@cache
def bokeh_script() -> str:
    """Return BokehJS as one script, without the line after it that sets up the page's."""
    script: str = Resources(mode="inline", components=["bokeh"]).js_raw[0]
    return script

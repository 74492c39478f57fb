"""`JPklViewer`: a stack, what is chosen to be seen of it, and the DynamicMap that shows it."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import holoviews as hv
import panel as pn
import param

from jpkl_viewer._controls import DisplayControls, PositionControls, heading
from jpkl_viewer._element import figure_options, gray_element, rgb_element
from jpkl_viewer._frames import DEFAULT_CACHE_NBYTES, Frames
from jpkl_viewer._resolve import FrameRequest, resolve
from jpkl_viewer._stack import describe
from jpkl_viewer._state import ViewState

if TYPE_CHECKING:
    from jpkl import JPkl

_View = hv.streams.Stream.define("View", request=param.Parameter(doc="The FrameRequest to show."))


class JPklViewer(pn.viewable.Viewer):
    """Scrub through a stack along its named dims.

    Shows itself at the end of a notebook cell, and under ``panel serve`` with ``.servable()``.

    Parameters
    ----------
    jp : JPkl
        The stack.
    cache_nbytes : int
        Budget of the cache of decoded frames, in bytes.
    **settings
        What is shown first: any key of `ViewState.settings`, e.g. ``position=(12, 0)``,
        ``colormap="viridis"``, ``composite=True``.

    Attributes
    ----------
    stack : StackDescription
        What is known of the stack.
    state : ViewState
        What is chosen to be seen. Setting a parameter changes the view.
    dynamic_map : holoviews.DynamicMap
        The frame shown, as an `hv.Image` (or `hv.RGB`): ``jp[..., *state.position]``. It follows the
        sliders, and composes as any DynamicMap: ``viewer.dynamic_map * hv.Points(spots)``. A new one takes
        its place when the view changes between single channels and the composite.

    Raises
    ------
    ValueError
        If the stack holds no frames.
    """

    def __init__(self, jp: JPkl, *, cache_nbytes: int = DEFAULT_CACHE_NBYTES, **settings: Any) -> None:
        super().__init__()
        self.stack = describe(jp)
        if self.stack.n_frames == 0:
            raise ValueError(f"a stack of dims {self.stack.dim_sizes} holds no frames to view")
        self.state = ViewState(self.stack)
        self.state.apply(settings)
        self.frames = Frames(jp, cache_nbytes)
        self._title = PurePath(jp.path).name if jp.path else "JPkl in memory"
        self._stream = _View(request=self.request)
        self.dynamic_map = self._make_map()
        self._watch()

    @property
    def request(self) -> FrameRequest:
        """What is shown now."""
        return resolve(self.state, self.stack)

    def _make_map(self) -> hv.DynamicMap:
        # HoloViews would keep 500 elements whatever their size; `Frames` keeps pixels, bounded in bytes.
        dynamic_map = hv.DynamicMap(self._draw, streams=[self._stream], cache_size=1)
        options = figure_options(self.stack.height, self.stack.width)
        return dynamic_map.opts({"Image": options, "RGB": options}, backend="bokeh")

    def _watch(self) -> None:
        self.state.param.watch(self._refresh, ["position", "colormap", "invert", "composite"])
        for channel in self.state.channels:
            channel.param.watch(self._refresh, ["visible", "color", "limits", "gamma"])

    def _refresh(self, *_: param.parameterized.Event) -> None:
        request = self.request
        if request != self._stream.request:
            self._stream.event(request=request)

    def _draw(self, request: FrameRequest) -> hv.Image | hv.RGB:
        if self.stack.color or not request.is_plain:
            return rgb_element(self.frames.picture(request))
        (layer,) = request.layers
        return gray_element(self.frames.pixels(layer.index), layer)

    def panel(self) -> pn.viewable.Viewable:
        """The viewer as a Panel layout: the picture, and beside it what decides what it shows."""
        figure = pn.pane.HoloViews(self.dynamic_map)

        def change_kind(_: param.parameterized.Event) -> None:
            # A plot is of one kind of element for its life: gray values or colors.
            self.dynamic_map = self._make_map()
            figure.object = self.dynamic_map

        self.state.param.watch(change_kind, "composite")
        picture = pn.Column(heading(self._title, self.stack), figure, margin=(12, 8, 12, 16))
        controls = pn.Column(
            PositionControls(self.state, self.stack),
            DisplayControls(self.state, self.stack),
            width=340,
            margin=(12, 16, 12, 8),
        )
        return pn.Row(picture, controls)

    def __panel__(self) -> pn.viewable.Viewable:
        return self.panel()

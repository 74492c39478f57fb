"""Groups of Panel widgets, each bound to a part of the state."""

from __future__ import annotations

from html import escape

import panel as pn
import param

from jpkl_viewer.model.colormaps import COLORMAPS
from jpkl_viewer.model.resolve import is_composable
from jpkl_viewer.model.stack import Dim, StackDescription
from jpkl_viewer.model.state import FULL_LIMITS, ViewState

_WIDTH = 320


def heading(title: str, stack: StackDescription) -> pn.pane.HTML:
    """The stack's name, and one line of facts about it."""
    facts = [
        f"{stack.width} × {stack.height} px",
        *(f"{escape(dim.name)} {dim.size}" for dim in stack.dims),
        f"8-bit JPEG, q={stack.jpeg_quality}",
    ]
    return pn.pane.HTML(
        f'<div style="font:600 15px/1.4 system-ui,sans-serif">{escape(title)}</div>'
        f'<div style="font:12px/1.5 system-ui,sans-serif;opacity:.65">{" · ".join(facts)}</div>',
        margin=(0, 0, 8, 0),
    )


class PositionControls(pn.viewable.Viewer):
    """A slider per dim that has more than one index, and a player for one of them."""

    def __init__(self, state: ViewState, stack: StackDescription) -> None:
        super().__init__()
        self._state = state
        self._dims = stack.dims
        self._channel_dim = stack.channel_dim
        self._channel_names = [channel.name for channel in stack.channels]
        self.sliders = {n: _slider(dim) for n, dim in enumerate(stack.dims) if dim.size > 1}
        for n, slider in self.sliders.items():
            slider.param.watch(lambda event, n=n: state.move(n, event.new), "value")
        self.player = self._make_player() if self.sliders else None
        self._update = state.param.watch(self._follow, "position")
        self._follow()

    def _make_player(self) -> pn.widgets.Player:
        playback = self._state.playback
        player = pn.widgets.Player(
            name=f"Play along {self._dims[playback.dim].name}",
            start=0,
            end=self._dims[playback.dim].size - 1,
            interval=round(1000 / playback.fps),
            loop_policy={"once": "once", "loop": "loop", "back and forth": "reflect"}[playback.mode],
            visible_buttons=["first", "previous", "reverse", "pause", "play", "next", "last"],
            show_loop_controls=True,
            width=_WIDTH,
            margin=(14, 10),
        )
        player.param.watch(lambda event: self._state.move(playback.dim, event.new), "value")
        return player

    def _follow(self, *_: param.parameterized.Event) -> None:
        position = self._state.position
        for n, slider in self.sliders.items():
            slider.param.update(value=position[n], name=self._title(n, position[n]))
        if self.player is not None:
            self.player.value = position[self._state.playback.dim]

    def _title(self, n: int, index: int) -> str:
        """Name of a dim and, where it is known, what its index stands for."""
        dim = self._dims[n]
        label = self._channel_names[index] if n == self._channel_dim else dim.label(index)
        return f"{dim.name} {label}, index" if label not in ("", f"channel {index}") else dim.name

    def __panel__(self) -> pn.Column:
        widgets = [*self.sliders.values(), *([self.player] if self.player is not None else [])]
        return pn.Column(*widgets)


class DisplayControls(pn.viewable.Viewer):
    """Contrast limits, colormap, and whether the channels are shown together."""

    def __init__(self, state: ViewState, stack: StackDescription) -> None:
        super().__init__()
        self._state = state
        self._stack = stack
        self.limits = pn.widgets.IntRangeSlider(start=0, end=255, value=(0, 255), width=_WIDTH)
        self.colormap = pn.widgets.Select(name="Colormap", options=list(COLORMAPS), width=_WIDTH)
        self.composite = pn.widgets.Checkbox(name="Composite of all channels", value=state.composite)
        self.reset = pn.widgets.Button(name="Full contrast range", width=_WIDTH)
        self.limits.param.watch(self._set_limits, "value")
        self.colormap.param.watch(lambda event: state.param.update(colormap=event.new), "value")
        self.composite.param.watch(lambda event: state.param.update(composite=event.new), "value")
        self.reset.on_click(self._reset_limits)
        state.param.watch(self._follow, ["position", "colormap", "composite"])
        self._follow()

    def _set_limits(self, event: param.parameterized.Event) -> None:
        low, high = event.new
        self._state.channel.limits = (low, high) if low < high else (min(low, 254), min(low, 254) + 1)
        self.limits.name = self._limits_title()

    def _reset_limits(self, _: param.parameterized.Event) -> None:
        self.limits.value = (int(FULL_LIMITS[0]), int(FULL_LIMITS[1]))

    def _limits_title(self) -> str:
        limits = self._state.channel.limits
        known = self._stack.range_at(self._state.position)
        if known is None:
            return "Contrast limits"
        low, high = (known[0] + value / 255 * (known[1] - known[0]) for value in limits)
        return f"Contrast limits, original {low:.4g} to {high:.4g}, 8-bit"

    def _follow(self, *_: param.parameterized.Event) -> None:
        low, high = self._state.channel.limits
        self.limits.param.update(value=(int(low), int(high)), name=self._limits_title())
        self.colormap.param.update(value=self._state.colormap, disabled=self._state.composite)
        self.composite.value = self._state.composite

    def __panel__(self) -> pn.Column:
        widgets: list[pn.viewable.Viewable] = [self.limits, self.reset]
        if not self._stack.color:  # RGB frames bring their own colors
            widgets.append(self.colormap)
        if is_composable(self._stack):
            widgets.append(self.composite)
        return pn.Column(*widgets)


def _slider(dim: Dim) -> pn.widgets.IntSlider:
    return pn.widgets.IntSlider(name=dim.name, start=0, end=dim.size - 1, width=_WIDTH)

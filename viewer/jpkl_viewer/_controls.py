"""Groups of Panel widgets, each bound to a part of the state."""

from __future__ import annotations

import panel as pn
import param

from jpkl_viewer._colormaps import COLORMAPS
from jpkl_viewer._stack import Dim, StackDescription
from jpkl_viewer._state import FULL_LIMITS, ViewState


class PositionControls(pn.viewable.Viewer):
    """A slider per dim that has more than one index, and a player for one of them."""

    def __init__(self, state: ViewState, stack: StackDescription) -> None:
        super().__init__()
        self._state = state
        self._dims = stack.dims
        self.sliders = {n: _slider(dim) for n, dim in enumerate(stack.dims) if dim.size > 1}
        for n, slider in self.sliders.items():
            slider.param.watch(lambda event, n=n: state.move(n, event.new), "value")
        self._player = self._make_player() if self.sliders else None
        state.param.watch(self._follow, "position")
        self._follow()

    def _make_player(self) -> pn.widgets.Player:
        dim = self._state.playback.dim
        player = pn.widgets.Player(
            name=f"Play along {self._dims[dim].name}",
            start=0,
            end=self._dims[dim].size - 1,
            interval=round(1000 / self._state.playback.fps),
            loop_policy="loop",
            show_loop_controls=False,
            visible_buttons=["previous", "pause", "play", "next"],
            width=300,
        )
        player.param.watch(lambda event: self._state.move(dim, event.new), "value")
        return player

    def _follow(self, *_: param.parameterized.Event) -> None:
        position = self._state.position
        for n, slider in self.sliders.items():
            slider.param.update(value=position[n], name=_title(self._dims[n], position[n]))
        if self._player is not None:
            self._player.value = position[self._state.playback.dim]

    def __panel__(self) -> pn.Column:
        widgets = [*self.sliders.values()] + ([self._player] if self._player is not None else [])
        return pn.Column(*widgets, css_classes=["jpkl-position"])


class DisplayControls(pn.viewable.Viewer):
    """Contrast limits and colormap of the channel that is shown."""

    def __init__(self, state: ViewState, stack: StackDescription) -> None:
        super().__init__()
        self._state = state
        self._stack = stack
        self.limits = pn.widgets.IntRangeSlider(start=0, end=255, value=(0, 255), width=300)
        self.colormap = pn.widgets.Select(name="Colormap", options=list(COLORMAPS), width=300)
        self.reset = pn.widgets.Button(name="Full range", width=300)
        self.limits.param.watch(self._set_limits, "value")
        self.colormap.param.watch(lambda event: state.param.update(colormap=event.new), "value")
        self.reset.on_click(lambda _: self.limits.param.update(value=tuple(map(int, FULL_LIMITS))))
        state.param.watch(self._follow, ["position", "colormap"])
        self._follow()

    def _set_limits(self, event: param.parameterized.Event) -> None:
        low, high = event.new
        self._state.channel.limits = (low, max(high, low + 1)) if low < 255 else (254, 255)
        self.limits.name = self._limits_title()

    def _limits_title(self) -> str:
        limits = self._state.channel.limits
        known = self._stack.range_at(self._state.position)
        if known is None:
            return "Contrast limits"
        low, high = (known[0] + value / 255 * (known[1] - known[0]) for value in limits)
        return f"Contrast limits, about {low:.4g} to {high:.4g}"

    def _follow(self, *_: param.parameterized.Event) -> None:
        low, high = self._state.channel.limits
        self.limits.param.update(value=(int(low), int(high)), name=self._limits_title())
        self.colormap.value = self._state.colormap

    def __panel__(self) -> pn.Column:
        # RGB frames bring their own colors.
        widgets = [self.limits, self.reset] if self._stack.color else [self.limits, self.reset, self.colormap]
        return pn.Column(*widgets, css_classes=["jpkl-display"])


def _slider(dim: Dim) -> pn.widgets.IntSlider:
    return pn.widgets.IntSlider(name=dim.name, start=0, end=dim.size - 1, width=300)


def _title(dim: Dim, index: int) -> str:
    label = dim.label(index)
    return f"{dim.name} {label}  index" if label else dim.name

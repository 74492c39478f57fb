"""From what the user has chosen to what has to be drawn; pure.

A `ViewState` holds choices, some of which mean something only together, or only for some stacks: the view's
colormap counts where a channel is shown alone and has none of its own, a projection not along the channels of
a composite, "composite" not for RGB frames. `resolve` decides all of that once. Out comes a frozen
`FrameRequest`: which frames or projections to read, and for each the colors, limits and gamma to paint it
with. Whoever draws reads the request and never the state: `Frames.picture` and `paint` for pictures, the
`DynamicMap` of `JPklViewer`, stills and movies, thumbnails, and the excerpt of a report. The browser resolves
for itself, in `Picture.layersAt`; the golden vectors and the browser tests hold both to the same picture.
"""

from __future__ import annotations

from dataclasses import dataclass

from jpkl_viewer.model.colormaps import (
    CHANNEL_COLOR,
    COLORMAPS,
    LookupTable,
    color_ramp,
    lookup_table,
)
from jpkl_viewer.model.projection import Projection
from jpkl_viewer.model.stack import StackDescription
from jpkl_viewer.model.state import ChannelDisplay, ViewState


@dataclass(frozen=True)
class Layer:
    """One frame of a picture and how its pixel values become colors.

    Attributes
    ----------
    index : tuple of int
        Frame index.
    colors : str
        Name of a colormap, or a color ``#rrggbb`` for the ramp from black to it.
    limits : tuple of float
        Contrast limits in pixel values.
    gamma : float
        Exponent between the limits.
    invert : bool
        Whether the colormap runs backwards.
    projection : Projection, optional
        For a projection in place of the frame itself.
    """

    index: tuple[int, ...]
    colors: str
    limits: tuple[float, float]
    gamma: float
    invert: bool
    projection: Projection | None = None

    def lookup_table(self) -> LookupTable:
        """Return the color of each pixel value, shape (256, 3)."""
        return lookup_table(self._colors(), self.limits, self.gamma)

    def palette(self) -> LookupTable:
        """Return 256 colors from the lower to the upper limit, for mappers that know limits but no gamma."""
        return lookup_table(self._colors(), gamma=self.gamma)

    def _colors(self) -> LookupTable:
        lut = color_ramp(self.colors) if self.colors.startswith("#") else COLORMAPS[self.colors]
        return lut[::-1] if self.invert else lut


@dataclass(frozen=True)
class FrameRequest:
    """A picture: the layers that are added up to it, none if every channel is hidden.

    Attributes
    ----------
    index : tuple of int
        The position that the sliders show.
    layers : tuple of Layer
        One, or the visible channels of a composite.
    """

    index: tuple[int, ...]
    layers: tuple[Layer, ...]


def resolve(state: ViewState, stack: StackDescription) -> FrameRequest:
    """Work out what has to be drawn for a state."""
    index = state.position
    projection = state.projection and state.projection.at(stack.dim_sizes, index)
    if not (state.composite and is_composable(stack)):
        colors = _colors(state.channel, alone=state.colormap)
        layer = _layer(index, colors, state.channel, invert=state.invert, projection=projection)
        return FrameRequest(index, (layer,))
    # A composite needs its channels apart: there is no projection along them.
    if projection is not None and projection.dim == stack.channel_dim:
        projection = None
    layers = [
        _layer(at_channel(index, stack, number), _colors(display), display, projection=projection)
        for number, display in enumerate(state.channels)
        if display.visible
    ]
    return FrameRequest(index, tuple(layers))


def is_composable(stack: StackDescription) -> bool:
    """Whether there are channels to add up."""
    return not stack.color and len(stack.channels) > 1


def _colors(display: ChannelDisplay, alone: str = CHANNEL_COLOR) -> str:
    """Name of a channel's colormap, or its color; ``alone`` is what it has unless it has its own."""
    name = alone if display.colormap == CHANNEL_COLOR else display.colormap
    return display.color if name == CHANNEL_COLOR else name


def _layer(
    index: tuple[int, ...],
    colors: str,
    display: ChannelDisplay,
    *,
    invert: bool = False,
    projection: Projection | None,
) -> Layer:
    low, high = map(float, display.limits)  # which may be pixels of NumPy, too
    return Layer(index, colors, (low, high), display.gamma, invert, projection)


def at_channel(index: tuple[int, ...], stack: StackDescription, channel: int) -> tuple[int, ...]:
    """Return a frame index at a channel; as it is where there are none."""
    dim = stack.channel_dim
    return index if dim is None else (*index[:dim], channel, *index[dim + 1 :])

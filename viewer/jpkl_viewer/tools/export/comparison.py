"""Comparisons as they are exported: side by side, under a curtain, or as their difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from jpkl.toolkit import format_number
from jpkl_viewer.frames.frames import Frames
from jpkl_viewer.frames.viewed_stack import ViewedStack
from jpkl_viewer.model.labels import ends_of
from jpkl_viewer.model.projection import Projection
from jpkl_viewer.model.resolve import FrameRequest, Layer, at_channel
from jpkl_viewer.model.stack import StackDescription
from jpkl_viewer.model.state import ViewState
from jpkl_viewer.tools.compare.contrast import shared_limits, usual_contrast
from jpkl_viewer.tools.compare.difference import DIVERGING, Range, brightness, color_limit, color_numbers
from jpkl_viewer.tools.export.annotate import Taken
from jpkl_viewer.tools.export.colorbar import ColorScale
from jpkl_viewer.tools.export.panes import (
    MakePicture,
    Picture,
    SeenView,
    caption,
    gap_for,
    mark_line,
    put,
    stage,
)
from jpkl_viewer.tools.export.place import Place, tops_of
from jpkl_viewer.tools.export.stills import StillOptions, StillRenderer

#: A layer, and the pixels of it that are exported.
_Read: TypeAlias = tuple[Layer, NDArray[np.uint8]]

_MODES = ("side by side", "curtain", "blink", "difference")
_GAINS = (1, 2, 4, 8, 16)

#: The other stacks have none of what lies over the picture of the first.
_BARE: dict[str, Any] = dict.fromkeys(("scale_bar", "stamp", "colorbar", "axes", "regions", "labels"), False)


@dataclass(frozen=True)
class Comparison:
    """How stacks are compared.

    Attributes
    ----------
    mode : str
        One of the modes of the browser's tool.
    other : int
        Number of the stack over the first one; side by side, all are seen.
    at : float
        Where the curtain is, from 0 at the left edge to 1.
    gain : float
        By which a difference is multiplied.
    channel : int, optional
        The channel whose difference is shown where there are several; by default it is how bright they are.
    is_swapped : bool
        Whether the first stack is the second one: at the right, or what is subtracted.
    contrast : str, optional
        Whether the contrast limits of the first are ``"shared"``, or each stack has its ``"own"``; by default
        what is usual for the stacks.
    """

    mode: str
    other: int = 0
    at: float = 0.5
    gain: float = 1
    channel: int | None = None
    is_swapped: bool = False
    contrast: str | None = None


def read_comparison(settings: Any, n: int) -> Comparison | None:
    """Take the settings of the tool as far as they can be used; None where nothing is compared."""
    if not n or not isinstance(settings, Mapping) or settings.get("mode") not in _MODES:
        return None
    other, at, gain, channel = (settings.get(name) for name in ("other", "at", "gain", "channel"))
    return Comparison(
        settings["mode"],
        other if type(other) is int and 0 <= other < n else 0,
        float(at) if isinstance(at, int | float) and 0 <= at <= 1 else 0.5,
        gain if gain in _GAINS else 1,
        channel if type(channel) is int and channel >= 0 else None,
        settings.get("swapped") is True,
        settings["contrast"] if settings.get("contrast") in ("shared", "own") else None,
    )


@dataclass(frozen=True)
class _Side:
    """Another stack, and how it is shown."""

    frames: Frames
    stack: StackDescription
    state: ViewState


class CompareRenderer:
    """Makes pictures of several stacks.

    A picture does not blink: where the screen does, both are side by side.

    Parameters
    ----------
    viewed : SeenView
        Usually a `JPklViewer`.
    options : StillOptions
        Of the first stack; the others show the same part at the same scale.
    comparison : Comparison
        From `read_comparison`.

    Raises
    ------
    ValueError
        If a difference is asked for of frames that have none.
    """

    def __init__(self, viewed: SeenView, options: StillOptions, comparison: Comparison) -> None:
        others = viewed.others if comparison.mode == "side by side" else [viewed.others[comparison.other]]
        is_over = comparison.mode in ("curtain", "difference")
        #: A part is one of all that is compared, as on the screen: any of them may be smaller, or not in it.
        self._is_part = options.region is not None and not is_over
        stacks = [viewed.stack, *(other.description for other in others)]
        extent = _extent(stacks) if self._is_part or comparison.mode == "curtain" else None
        self._still = StillRenderer(viewed, options, extent=extent)
        self._comparison = comparison
        self._title = viewed.title
        self._has_scale = options.colorbar is not False  # as on the screen, where nobody has said
        self._others = list(others)
        if comparison.mode == "difference":
            _check_difference(viewed.stack, others[0].description)
        is_whole = options.region is None and not is_over
        self._places = [
            self._still.place.beside(description.width, description.height, is_whole=is_whole)
            for description in (other.description for other in others)
        ]
        self._options = replace(options, region=None, **_BARE)
        frame = viewed.stack.width, viewed.stack.height
        beneath = self._still.place.beside(*frame, is_whole=False) if extent else self._still.place
        #: The first stack without what lies over it, which may be smaller than the picture.
        self._bare = StillRenderer(viewed, self._options, beneath)
        self._gap = gap_for(self._still.frame_size)
        shown = [self._still.place] * len(stacks) if self._is_part else [self._still.place, *self._places]
        self._tops = tops_of(shown)
        self.size = self._still.size if is_over else self._size_beside(shown[1:])

    def _size_beside(self, places: Sequence[Place]) -> tuple[int, int]:
        sizes = [self._still.size, *((place.width, place.height) for place in places)]
        width = sum(width for width, _ in sizes) + self._gap * (len(sizes) - 1)
        return width, max(top + height for top, (_, height) in zip(self._tops, sizes, strict=True))

    def at(self, dim: int | None = None, index: int = 0) -> MakePicture:
        """Return what makes the picture, as `Renderer.at`."""
        request = self._still.request(dim, index)
        sides = [
            StillRenderer(self._side(other), self._options, place)
            for other, place in zip(self._others, self._places, strict=True)
        ]
        mode = self._comparison.mode
        make = {"curtain": self._curtain, "difference": self._difference}.get(mode, self._beside)
        return partial(make, request, sides)

    def _side(self, other: ViewedStack) -> _Side:
        """Show another stack as the first one is."""
        side = _follow(self._still.state, self._still.stack, other)
        if self._contrast(other.description) == "own":
            side.state.update(per_frame=True)
        return side

    def _contrast(self, other: StackDescription) -> str:
        return self._comparison.contrast or usual_contrast(_span(self._still.stack), _span(other))

    def _request(self, request: FrameRequest, side: StillRenderer) -> FrameRequest:
        """Work out what is drawn of another stack, with the contrast limits of the first if shared."""
        own, first = side.request(), self._still.stack
        if self._contrast(side.stack) == "own" or self._still.state.per_frame:
            return own
        projection = request.layers[0].projection if request.layers else None

        def shared(layer: Layer) -> Layer:
            channel = _channel(side.stack, layer)
            if channel >= len(first.channels):
                return layer
            mine = _ends(first, at_channel(request.index, first, channel), projection)
            its = _ends(side.stack, layer.index, layer.projection)
            return replace(layer, limits=shared_limits(layer.limits, mine, its))

        return replace(own, layers=tuple(shared(layer) for layer in own.layers))

    def _beside(self, request: FrameRequest, sides: list[StillRenderer]) -> Picture:
        if self._is_part:
            beneath, layers = self._beneath(request)
            panes = [
                self._still.mark(beneath, request, layers),
                *(self._over(request, side) for side in sides),
            ]
        else:
            panes = [
                self._still.frame(request),
                *(side.frame(self._request(request, side)) for side in sides),
            ]
        corners = [self._still.bar_taken, *(None for _ in sides)]  # only the first has a scale bar
        for pane, title, taken in zip(panes, self._titles, corners, strict=True):
            self._caption(pane, title, taken=taken)
        panes[0] = self._still.framed(panes[0])
        picture, left = stage(self.size), 0
        for number in self._order(len(panes)):
            pane, top = panes[number], self._tops[number]
            put(picture, pane, left, top)
            left += pane.shape[1] + self._gap
        return picture

    def _caption(
        self, picture: Picture, title: str, *, taken: Taken | None, is_upper_right: bool = False
    ) -> None:
        if self._still.state.names:
            caption(picture, title, is_right=is_upper_right, is_top=is_upper_right, taken=taken)

    def _order(self, n: int) -> list[int]:
        """Say which stacks are beside each other, from the left."""
        return [1, 0, *range(2, n)] if self._comparison.is_swapped else list(range(n))

    @property
    def _titles(self) -> list[str]:
        return [self._title, *(other.title for other in self._others)]

    def _beneath(self, request: FrameRequest) -> tuple[Picture, list[Layer]]:
        """Put the first stack where it is seen, without what lies over it; also return its layers."""
        bare, picture = self._bare, stage(self._still.frame_size)
        layers = bare.layers(request)
        put(picture, bare.enlarge(bare.paint(layers), request), *self._still.place.corner_of(bare.place))
        return picture, [layer for layer, _ in layers]

    def _over(self, request: FrameRequest, side: StillRenderer) -> Picture:
        """Put another stack where it is seen."""
        picture = stage(self._still.frame_size)
        frame = side.frame(self._request(request, side))
        put(picture, frame, *self._still.place.corner_of(side.place))
        return picture

    def _curtain(self, request: FrameRequest, sides: list[StillRenderer]) -> Picture:
        (side,) = sides
        (picture, layers), over = self._beneath(request), self._over(request, side)
        at = self._comparison.at * picture.shape[1]
        beyond = slice(round(at)) if self._comparison.is_swapped else slice(round(at), None)
        picture[:, beyond] = over[:, beyond]
        mark_line(picture, at, 1)
        picture = self._still.mark(picture, request, layers)
        titles = [self._titles[number] for number in self._order(2)]
        taken = self._still.bar_taken
        self._caption(picture, titles[0], taken=taken)
        self._caption(picture, titles[1], taken=taken, is_upper_right=True)
        return self._still.framed(picture)

    def _difference(self, request: FrameRequest, sides: list[StillRenderer]) -> Picture:
        (side,) = sides
        pair = [(self._still, self._still.layers(request)), (side, side.layers(self._request(request, side)))]
        numbers = self._compared(pair)
        ends: list[Range | None] = [None, None]
        if numbers is not None:
            chosen = [layers[number] for (_, layers), number in zip(pair, numbers, strict=True)]
            ends = [
                _ends(still.stack, layer.index, layer.projection)
                for (still, _), (layer, _) in zip(pair, chosen, strict=True)
            ]
            values = [pixels for _, pixels in chosen]
        else:
            values = [brightness(still.paint(layers)) for still, layers in pair]
        if self._comparison.is_swapped:
            ends, values = ends[::-1], values[::-1]
        gain = self._comparison.gain
        colors = DIVERGING[color_numbers(ends[0], ends[1], gain)[values[0], values[1]]]
        scale = _color_scale(ends[0], ends[1], gain) if self._has_scale else None
        picture = self._still.finish(colors, request, scale=scale)
        titles = [self._titles[number] for number in self._order(2)]
        self._caption(picture, " - ".join(titles), taken=self._still.bar_taken)
        return self._still.framed(picture)

    def _compared(self, pair: Sequence[tuple[StillRenderer, Sequence[_Read]]]) -> list[int] | None:
        """Say which layers are compared; None where it is how bright pictures are, as colors have no sign."""
        if self._still.stack.color:
            return None
        if all(len(layers) == 1 for _, layers in pair):
            return [0, 0]
        shown = [[_channel(still.stack, layer) for layer, _ in layers] for still, layers in pair]
        wanted = self._comparison.channel
        if wanted is None or not all(wanted in channels for channels in shown):
            return None
        return [channels.index(wanted) for channels in shown]


def _color_scale(first: Range | None, second: Range | None, gain: float) -> ColorScale:
    unit = "" if first is not None and second is not None else " levels"
    limit = f"{format_number(color_limit(first, second, gain))}{unit}"
    return ColorScale("", DIVERGING, f"-{limit}", f"+{limit}", middle="0")


def _channel(stack: StackDescription, layer: Layer) -> int:
    return 0 if stack.channel_dim is None else layer.index[stack.channel_dim]


def _ends(stack: StackDescription, index: tuple[int, ...], projection: Projection | None) -> Range | None:
    """Find what 0 and 255 stand for in the units of the file; None where those are not known."""
    return None if stack.display_range is None else ends_of(stack, index, projection)[0]


def _span(stack: StackDescription) -> Range | None:
    """Find the lowest and the highest value that pixel values of any frame stand for; None where unknown."""
    ends = stack.display_range
    return None if ends is None else (float(ends.min()), float(ends.max()))


def _extent(stacks: Sequence[StackDescription]) -> tuple[int, int]:
    """Find width and height of what all take that are over each other."""
    return max(stack.width for stack in stacks), max(stack.height for stack in stacks)


def _check_difference(stack: StackDescription, other: StackDescription) -> None:
    if (stack.height, stack.width, stack.color) != (other.height, other.width, other.color):
        raise ValueError(
            f"frames of {stack.height} x {stack.width} and {other.height} x {other.width} pixels, or of gray "
            "and color, cannot be subtracted: compare them side by side"
        )


def _follow(state: ViewState, stack: StackDescription, other: ViewedStack) -> _Side:
    """Show another stack as the first one: dims of the same name go together, as far as it has the index."""
    description = other.description
    numbers = {dim.name: number for number, dim in enumerate(stack.dims)}
    settings = {**state.settings(), "tools": {}, "projection": None}
    settings["position"] = [
        min(state.position[numbers[dim.name]], dim.size - 1) if dim.name in numbers else 0
        for dim in description.dims
    ]
    if state.projection is not None:
        settings["projection"] = _follow_projection(state, stack, description)
    own = ViewState(description)
    own.restore(settings)
    return _Side(other.frames, description, own)


def _follow_projection(
    state: ViewState, stack: StackDescription, other: StackDescription
) -> dict[str, Any] | None:
    """Take the same projection; none where the other stack has none of its frames."""
    projection = state.projection
    assert projection is not None
    name = stack.dims[projection.dim].name
    dim = next((number for number, each in enumerate(other.dims) if each.name == name), None)
    if dim is None or (projection.start or 0) >= other.dims[dim].size:
        return None
    stop = min(projection.stop or other.dims[dim].size, other.dims[dim].size)
    follows = {} if projection.around is None else {"around": projection.around}
    return {"dim": dim, "method": projection.method, "start": projection.start, "stop": stop, **follows}

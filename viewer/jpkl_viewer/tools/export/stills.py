"""A frame as it is seen, as a finished picture: painted, cropped, enlarged, with what lies over it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jpkl_viewer.model.contrast import auto_limits
from jpkl_viewer.model.labels import describe_intensity, describe_position
from jpkl_viewer.model.paint import paint
from jpkl_viewer.model.resolve import FrameRequest, Layer, is_composable, resolve
from jpkl_viewer.model.stack import StackDescription
from jpkl_viewer.model.state import ViewState
from jpkl_viewer.model.viewed import Viewed
from jpkl_viewer.tools.export.annotate import (
    BarStyle,
    Taken,
    annotate,
    bar_taken,
    ink_named,
    scale_bar,
    stamp_end,
)
from jpkl_viewer.tools.export.axes import axes_room, axes_sheet, axes_unit_of
from jpkl_viewer.tools.export.colorbar import ColorScale, draw_colorbar
from jpkl_viewer.tools.export.labels import shown_labels, with_labels
from jpkl_viewer.tools.export.panes import put
from jpkl_viewer.tools.export.place import Place
from jpkl_viewer.tools.export.regions import drawn_regions, lay_over, region_overlay
from jpkl_viewer.tools.export.turn import UPRIGHT, Turn, turn_of
from jpkl_viewer.tools.labels.painting import LabelLook

#: What lies in the corners of a picture and beside it, by the names of options and of settings of the view.
_MARKS = ("scale_bar", "stamp", "colorbar", "axes")

#: Mean of red, green and blue from which on the color of low values is bright.
_BRIGHT = 128


@dataclass(frozen=True)
class StillOptions:
    """How a picture is exported.

    Attributes
    ----------
    region : (x0, y0, x1, y1), optional
        Part of the frame in pixels, from column x0 to before x1 and row y0 to before y1; all by default.
    zoom : float
        Pixels of the export per pixel of the frame. Above 1 they are repeated, below 1 averaged. Of pixels
        that are not square, this is the shorter side.
    scale_bar, stamp, colorbar, axes : bool, optional
        Whether the scale bar, the position, the colors between the contrast limits, and axes beside the
        picture are drawn; by default those that the view shows.
    bar_length : float, optional
        Length of the scale bar, in the unit of the pixel size or else in pixels of the frame. By default, and
        where the picture has no room for it, the bar has the length of the view's settings, or that which it
        has on a screen that the picture fills.
    regions : bool
        Whether regions of interest are drawn in.
    labels : bool
        Whether label images are drawn in as the view shows them.
    layout : bool
        Whether orthogonal views, a montage or a comparison are exported where they are open; otherwise it is
        the picture alone.
    crosshair : bool
        Whether orthogonal views have their crosshair.
    turned : bool
        Whether a picture that the view rotates or flips is exported like this; otherwise as it is stored.

    Raises
    ------
    ValueError
        If the region is empty, or the zoom or the length of the scale bar not positive.
    """

    region: tuple[int, int, int, int] | None = None
    zoom: float = 1.0
    scale_bar: bool | None = None
    stamp: bool | None = None
    colorbar: bool | None = None
    axes: bool | None = None
    bar_length: float | None = None
    regions: bool = True
    labels: bool = True
    layout: bool = True
    crosshair: bool = True
    turned: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.zoom <= 64:
            raise ValueError(f"zoom must be above 0 and at most 64, not {self.zoom}")
        if self.bar_length is not None and not 0 < self.bar_length < math.inf:
            raise ValueError(f"bar_length must be positive, not {self.bar_length}")
        if self.region is not None:
            x0, y0, x1, y1 = self.region
            if not (0 <= x0 < x1 and 0 <= y0 < y1):
                raise ValueError(f"region {self.region} is not (x0, y0, x1, y1) with x0 < x1 and y0 < y1")


class StillArguments(TypedDict, total=False):
    """What `StillOptions` takes."""

    region: tuple[int, int, int, int] | None
    zoom: float
    scale_bar: bool | None
    stamp: bool | None
    colorbar: bool | None
    axes: bool | None
    bar_length: float | None
    regions: bool
    labels: bool
    layout: bool
    crosshair: bool
    turned: bool


class StillRenderer:
    """Renders the pictures of one view, as it was when the export began.

    Scrubbing on does not change it; several threads may use it.

    Parameters
    ----------
    viewed : Viewed
        Usually a `JPklViewer`.
    options : StillOptions
        How pictures are exported.
    place : Place, optional
        Which part of the frame is drawn, and how large, where that is not what the options say.
    extent : (width, height), optional
        Size of what is drawn where there is no region, and of what a region is in: that of the frame, or a
        larger one, where other frames lie over it. Of such a renderer, only what needs no pixels is of use.

    Raises
    ------
    ValueError
        If the region reaches outside of the extent.
    """

    def __init__(
        self,
        viewed: Viewed,
        options: StillOptions,
        place: Place | None = None,
        extent: tuple[int, int] | None = None,
    ) -> None:
        self.stack = viewed.stack
        self._frames = viewed.frames
        self.state = ViewState(self.stack)
        self.state.restore(viewed.state.settings())
        turn = turn_of(self.state) if options.turned else UPRIGHT
        self.place = place or _place(self.stack, options, turn, extent)
        self._shows = {name for name in _MARKS if is_shown(name, options, self.state)}
        self._bar = self._scale_bar(options.bar_length) if "scale_bar" in self._shows else None
        self._regions = drawn_regions(self.state.tools.get("rois")) if options.regions else ()
        self._labels = shown_labels(viewed, self.state) if options.labels else ()
        self._label_look = LabelLook.of(self.state.tools.get("labels"))

    @property
    def frame_size(self) -> tuple[int, int]:
        """Width and height of what is seen of the frame."""
        return self.place.width, self.place.height

    @property
    def margins(self) -> tuple[int, int]:
        """Room that axes take at the left of it, and below."""
        return axes_room(self.place.unit) if "axes" in self._shows else (0, 0)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures."""
        (width, height), (left, below) = self.frame_size, self.margins
        return left + width, height + below

    def request(self, dim: int | None = None, index: int = 0) -> FrameRequest:
        """Return the view, or the view with a dim at an index. Not for several threads at once."""
        if dim is not None:
            self.state.move(dim, index)
        return resolve(self.state, self.stack)

    def picture(self, request: FrameRequest) -> NDArray[np.uint8]:
        """Paint the finished picture, shape (height, width, 3).

        Raises
        ------
        FrameError
            If one of its frames is damaged; names it.
        """
        return self.framed(self.frame(request))

    def frame(self, request: FrameRequest) -> NDArray[np.uint8]:
        """Paint the same without axes: what is seen of the frame, with what lies over it."""
        layers = self.layers(request)
        return self.finish(self.paint(layers), request, [layer for layer, _ in layers])

    def framed(self, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Add the axes, where they are drawn, to what `frame` has painted."""
        if "axes" not in self._shows:
            return frame
        sheet = self._sheet.copy()
        put(sheet, frame, self.margins[0], 0)
        return sheet

    def at(self, dim: int | None = None, index: int = 0) -> Callable[[], NDArray[np.uint8]]:
        """Return what makes the picture, as `Renderer.at`."""
        request = self.request(dim, index)
        return lambda: self.picture(request)

    def layers(self, request: FrameRequest) -> list[tuple[Layer, NDArray[np.uint8]]]:
        """Read the pixels of each layer, as far as they are exported, at the size of the frame."""
        layers = [(layer, self._frames.layer(layer)) for layer in request.layers]
        if self.state.per_frame:
            layers = [(fit_contrast(layer, pixels), pixels) for layer, pixels in layers]
        return [(layer, pixels[self.place.part]) for layer, pixels in layers]

    def color_scales(self, request: FrameRequest) -> list[ColorScale]:
        """Say what the colors of each layer stand for; those of an RGB picture stand for nothing.

        Raises
        ------
        FrameError
            If contrast limits are those of each frame, and one is damaged.
        """
        return self._scales(self.with_contrast(request))

    def with_contrast(self, request: FrameRequest) -> Sequence[Layer]:
        """Return the layers with the contrast limits that they are shown with.

        Raises
        ------
        FrameError
            If these are those of each frame, and one is damaged.
        """
        return [layer for layer, _ in self.layers(request)] if self.state.per_frame else request.layers

    def paint(self, layers: Sequence[tuple[Layer, NDArray[np.uint8]]]) -> NDArray[np.uint8]:
        """Color what `layers` has read."""
        return paint(layers, (self.place.rows, self.place.columns))

    def finish(
        self,
        colors: NDArray[np.uint8],
        request: FrameRequest,
        layers: Sequence[Layer] = (),
        scale: ColorScale | None = None,
    ) -> NDArray[np.uint8]:
        """Finish colors: in the size of the picture and turned as in it, with what lies over it.

        Parameters
        ----------
        colors : ndarray of uint8, shape (rows, columns, 3)
            Colors of the part of the frame, as it is stored.
        request : FrameRequest
            Whose colors they are.
        layers : sequence of Layer
            What the colors stand for.
        scale : ColorScale, optional
            That, where it is of no layer.
        """
        return self.mark(self.enlarge(colors, request), request, layers, scale)

    def enlarge(self, colors: NDArray[np.uint8], request: FrameRequest) -> NDArray[np.uint8]:
        """Bring colors to the size of the picture, with labels, and turn them as it is."""
        place = self.place
        upright = resized(colors, place.upright, is_smooth=self.state.smooth)
        if self._labels and not (request.layers and request.layers[0].projection):
            upright = with_labels(upright, self._labels, self._label_look, request.index, place)
        return place.turn.picture(upright)

    def mark(
        self,
        picture: NDArray[np.uint8],
        request: FrameRequest,
        layers: Sequence[Layer] = (),
        scale: ColorScale | None = None,
    ) -> NDArray[np.uint8]:
        """Draw what lies over a picture: regions, and what is in its corners. Arguments as of `finish`."""
        place = self.place
        picture = lay_over(picture, self._overlay)
        stamp = self._stamp(request) if "stamp" in self._shows else ""
        if "colorbar" in self._shows or scale is not None:
            scales = self._scales(layers) if scale is None else [scale]
            above = self.bar_taken.of("top right")
            draw_colorbar(picture, scales, stamp_end(stamp, place.width, place.height), above)
        return annotate(picture, stamp, self._bar, self.bar_style(layers, is_bright=scale is not None))

    def bar_style(self, layers: Sequence[Layer] = (), *, is_bright: bool = False) -> BarStyle:
        """Say where scale bars are, and in which ink: over these layers, or over what is bright anyhow."""
        lowest = sum(layer.palette()[0].astype(int) for layer in layers) if not self.stack.color else 0
        is_bright = is_bright or float(np.mean(lowest)) >= _BRIGHT
        return BarStyle(
            self.state.scale_bar_corner, ink_named(self.state.scale_bar_color, is_bright=is_bright)
        )

    @property
    def bar_taken(self) -> Taken:
        """What the scale bar takes of the picture."""
        if self._bar is None:
            return Taken()
        return bar_taken(self._bar, *self.frame_size, self.state.scale_bar_corner)

    def _scale_bar(self, length: float | None) -> tuple[float, str]:
        """Make one for the pixels along the width of the picture, whichever these are in the frame."""
        axis = 0 if self.place.turn.is_sideways else 1
        typed = self.state.scale_bar_length
        scale = self.place.scales[1 - axis]
        return scale_bar(self.stack, self.frame_size, scale, axis, wanted=length, typed=typed)

    # What all pictures share is made with the first one: it may have turned out that they are too large.

    @cached_property
    def _overlay(self) -> Image.Image | None:
        return region_overlay(self._regions, self.place, has_names=self.state.names)

    @cached_property
    def _sheet(self) -> NDArray[np.uint8]:
        place, stack = self.place, self.stack
        # Under a curtain there may be more than the frame.
        size = max(stack.width, place.left + place.columns), max(stack.height, place.top + place.rows)
        return axes_sheet(place, size, axes_unit_of(self.state, stack))

    @property
    def _is_composite(self) -> bool:
        return self.state.composite and is_composable(self.stack)

    def _scales(self, layers: Sequence[Layer]) -> list[ColorScale]:
        return [] if self.stack.color else [self._scale(layer) for layer in layers]

    def _scale(self, layer: Layer) -> ColorScale:
        dim = self.stack.channel_dim
        name = "" if dim is None or not self._is_composite else self.stack.channels[layer.index[dim]].name
        low, high = (
            describe_intensity(self.stack, layer.index, limit, layer.projection) for limit in layer.limits
        )
        return ColorScale(name, layer.palette(), low, high)

    def _stamp(self, request: FrameRequest) -> str:
        projection = request.layers[0].projection if request.layers else None
        return describe_position(
            self.stack, request.index, with_channel=not self._is_composite, projection=projection
        )


def is_shown(name: str, options: StillOptions, state: ViewState) -> bool:
    """Return whether something is drawn in: as it was chosen, else as the view shows it."""
    chosen: bool | None = getattr(options, name)
    return bool(getattr(state, name)) if chosen is None else chosen


def resized(
    picture: NDArray[np.uint8], size: tuple[int, int], *, is_smooth: bool = False
) -> NDArray[np.uint8]:
    """Repeat the pixels of a picture, blend or average them, until it has a width and height."""
    if picture.shape[1::-1] == size:
        return picture
    is_enlarged = size[0] >= picture.shape[1] and size[1] >= picture.shape[0]
    enlarging = Image.Resampling.BILINEAR if is_smooth else Image.Resampling.NEAREST
    way = enlarging if is_enlarged else Image.Resampling.BOX
    return np.array(Image.fromarray(picture).resize(size, way))


def _place(
    stack: StackDescription, options: StillOptions, turn: Turn, extent: tuple[int, int] | None = None
) -> Place:
    """Find which part of a frame is exported, and how large."""
    columns, rows = extent or (stack.width, stack.height)
    x0, y0, x1, y1 = options.region or (0, 0, columns, rows)
    if x1 > columns or y1 > rows:
        raise ValueError(f"region {options.region} reaches out of frames of {rows} x {columns} pixels")
    height, width = stack.true_shape((y1 - y0) * options.zoom, (x1 - x0) * options.zoom)
    return Place(x0, y0, x1 - x0, y1 - y0, *turn.size(width, height), turn)


def fit_contrast(layer: Layer, pixels: NDArray[np.uint8]) -> Layer:
    """Fit a layer's contrast limits to its own frame, automatically from all its pixels."""
    return replace(layer, limits=auto_limits(np.bincount(pixels.ravel(), minlength=256)))

"""Orthogonal views as they are exported: the frame, and a dim against x below it and against y beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl.toolkit import format_number
from jpkl_viewer.limits import METERS
from jpkl_viewer.model.labels import nice_length
from jpkl_viewer.model.paint import paint
from jpkl_viewer.model.resolve import FrameRequest, Layer
from jpkl_viewer.model.stack import Dim, StackDescription
from jpkl_viewer.tools.export.annotate import BarStyle, blend, draw_bar, letters, text_masks
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
from jpkl_viewer.tools.export.stills import StillOptions, StillRenderer, is_shown, resized
from jpkl_viewer.tools.ortho.reslice import SLAB_METHODS, Axis, read_volume

#: Least thickness of the views, as a share of the frame, along a dim whose scale is not known.
_THINNEST = 1 / 8

#: Frames count as evenly spaced if their distances differ by no more than this share.
_EVEN = 0.01

#: Length of a scale bar along the dim: at most and at least so many pixels of the screen, and at most this
#: share of the view.
_LONGEST_BAR, _SHORTEST_BAR, _BAR_PART = 120.0, 12.0, 0.5

#: Greatest thickness of a slab.
_THICKEST_SLAB = 999

#: How opaque the crosshair is.
_OPACITY = 0.8


@dataclass(frozen=True)
class Cross:
    """A dim, where the crosshair is in a frame, and what is combined on each side of a cut."""

    dim: int
    x: int
    y: int
    half: int = 0
    method: str = SLAB_METHODS[0]


def read_cross(settings: Any, stack: StackDescription) -> Cross | None:
    """Take the settings of the tool as far as they can be used; None where orthogonal views are not open."""
    if not isinstance(settings, Mapping):
        return None
    numbers = [value for name in ("dim", "x", "y") if type(value := settings.get(name)) is int]
    if len(numbers) < 3:
        return None
    dim, x, y = numbers
    dims = [d for d, size in enumerate(stack.dim_sizes) if size > 1 and d != stack.channel_dim]
    is_valid = dim in dims and 0 <= x < stack.width and 0 <= y < stack.height
    return Cross(dim, x, y, *_slab(settings)) if is_valid else None


def _slab(settings: Mapping[str, Any]) -> tuple[int, str]:
    slab, method = settings.get("slab"), settings.get("method")
    half = slab // 2 if type(slab) is int and 1 <= slab <= _THICKEST_SLAB else 0
    return half, method if method in SLAB_METHODS else SLAB_METHODS[0]


def step_of(dim: Dim) -> float | None:
    """Return how far apart frames along a dim are; None where they are not evenly spaced, or not known."""
    if dim.coords is None or len(dim.coords) < 2:
        return None
    coords = np.array(dim.coords, np.float64)
    step = abs(float(coords[-1] - coords[0])) / (len(coords) - 1)
    is_even = (np.abs(np.abs(np.diff(coords)) - step) <= _EVEN * step).all()
    return step if is_even and step > 0 else None


def spacing_of(stack: StackDescription, dim: int) -> tuple[float, float] | None:
    """Return how far apart two frames are, in heights and widths of a pixel; None where it is not known."""
    step, ratio = step_of(stack.dims[dim]), _length_ratio(stack.dims[dim].unit, stack.pixel_unit)
    if step is None or stack.pixel_size is None or ratio is None:
        return None
    return step * ratio / stack.pixel_size[0], step * ratio / stack.pixel_size[1]


def _length_ratio(unit: str, other: str) -> float | None:
    """Return how many of the other unit make one unit; None unless both are the same, or both lengths."""
    if unit == other:
        return 1.0 if unit else None
    return METERS[unit] / METERS[other] if unit in METERS and other in METERS else None


def depth_bar(dim: Dim, length: int, unit: float) -> tuple[float, str] | None:
    """Find the scale bar along a dim whose frames take a length; None where there is no room for one.

    Parameters
    ----------
    dim : Dim
        The dim.
    length : int
        Of all its frames, in pixels of the picture.
    unit : float
        How many of these stand for a pixel of the screen.

    Examples
    --------
    >>> depth_bar(Dim("z", 30, tuple(range(0, 60, 2)), "µm"), 300, 1.0)
    (100.0, '20 µm')
    >>> depth_bar(Dim("z", 30), 300, 1.0)
    (100.0, '10 frames')
    """
    step = step_of(dim)
    name, per = (
        ("frames", length / dim.size) if step is None else (dim.unit or "units", length / dim.size / step)
    )
    size = nice_length(min(_LONGEST_BAR * unit, _BAR_PART * length) / per)
    return (size * per, f"{format_number(size)} {name}") if size * per >= _SHORTEST_BAR * unit else None


class OrthoRenderer:
    """Makes pictures of three panes.

    Parameters
    ----------
    viewed : SeenView
        Usually a `JPklViewer`.
    options : StillOptions
        Of the frame; the views beside it show the same part, at the same scale.
    cross : Cross
        From `read_cross`.
    """

    def __init__(self, viewed: SeenView, options: StillOptions, cross: Cross) -> None:
        self._still = StillRenderer(viewed, options)
        self._frames = viewed.frames
        self._cross = cross
        self._has_cross = options.crosshair
        self._has_bars = is_shown("scale_bar", options, viewed.state)
        width, height = self._still.size
        self._gap = gap_for(self._still.frame_size)
        self._thick = self._thickness(viewed.stack)
        self.size = (width + self._gap + self._thick[0], height + self._gap + self._thick[1])
        name = viewed.stack.dims[cross.dim].name
        self._names = tuple(
            f"{axis}{name}".upper() if len(name) == 1 else f"{axis.upper()} {name}" for axis in "xy"
        )

    def _thickness(self, stack: StackDescription) -> tuple[int, int]:
        """Width of the view against y and height of that against x: true to scale where that is known."""
        n, place = stack.dim_sizes[self._cross.dim], self._still.place
        spacing = spacing_of(stack, self._cross.dim)
        if spacing is None:
            return (max(n, round(_THINNEST * place.width)), max(n, round(_THINNEST * place.height)))
        per_row, per_column = place.height / place.rows, place.width / place.columns
        return max(1, round(n * spacing[1] * per_column)), max(1, round(n * spacing[0] * per_row))

    def at(self, dim: int | None = None, index: int = 0) -> MakePicture:
        """Return what makes the picture, as `Renderer.at`."""
        request = self._still.request(dim, index)
        return lambda: self._picture(request)

    def _picture(self, request: FrameRequest) -> Picture:
        frame, layers = self._still.frame(request), self._still.with_contrast(request)
        below, beside = (self._view(layers, axis) for axis in ("x", "y"))
        if self._has_cross:
            self._mark(request, frame, below, beside)
        self._label(layers, frame, below, beside)
        picture, (width, height) = stage(self.size), self._still.size
        put(picture, self._still.framed(frame), 0, 0)
        put(picture, below, self._still.margins[0], height + self._gap)
        put(picture, beside, width + self._gap, 0)
        if self._has_cross:
            self._say_place(picture[height + self._gap :, width + self._gap :], request)
        return picture

    def _say_place(self, corner: Picture, request: FrameRequest) -> None:
        """Write where the crosshair is into the corner between the views, if it has room."""
        dim, index = self._still.stack.dims[self._cross.dim], request.index[self._cross.dim]
        texts = f"x {self._cross.x}", f"y {self._cross.y}", f"{dim.name} {dim.label(index) or index}"
        size, margin = letters(self._still.place.unit)
        lines = [text_masks(text, size, corner.shape[1] - 2 * margin) for text in texts]
        widest, line = max(fill.shape[1] for fill, _ in lines), lines[0][0].shape[0]
        if corner.shape[1] < widest + margin or corner.shape[0] < 3 * line:
            return
        for number, masks in enumerate(lines):
            blend(corner, *masks, margin, number * line)

    def _label(self, layers: Sequence[Layer], frame: Picture, below: Picture, beside: Picture) -> None:
        """Write what each view is, and draw scale bars along the dim."""
        unit, dim = self._still.place.unit, self._still.stack.dims[self._cross.dim]
        if self._still.state.names:
            caption(frame, "XY", unit=unit, taken=self._still.bar_taken)
            for pane, name in zip((below, beside), self._names, strict=True):
                caption(pane, name, is_top=True, unit=unit)
        if not self._has_bars:
            return
        size, margin = letters(unit)
        ink = self._still.bar_style(layers).ink
        for pane, axis in ((below, 0), (beside, 1)):
            bar = depth_bar(dim, pane.shape[axis], unit)
            if bar is not None:
                draw_bar(pane, bar, size, margin, is_upright=axis == 0, style=BarStyle(ink=ink))

    def _mark(self, request: FrameRequest, frame: Picture, below: Picture, beside: Picture) -> None:
        """Draw the lines of the crosshair that are in the part that is seen."""
        cross, place = self._cross, self._still.place
        ((x, y),) = place.at([(cross.x, cross.y)])
        n = self._still.stack.dim_sizes[cross.dim]
        share = (request.index[cross.dim] + 0.5) / n
        if 0 <= x < place.width:
            for pane in (frame, below):
                mark_line(pane, x, 1, opacity=_OPACITY)
        if 0 <= y < place.height:
            for pane in (frame, beside):
                mark_line(pane, y, 0, opacity=_OPACITY)
        mark_line(below, share * below.shape[0], 0, opacity=_OPACITY)
        mark_line(beside, share * beside.shape[1], 1, opacity=_OPACITY)

    def _view(self, layers: Sequence[Layer], axis: Axis) -> Picture:
        """Paint the dim against an axis, as far along it as the frame is seen."""
        cuts = [(layer, self._cut(layer, axis)) for layer in layers]
        n, place = self._still.stack.dim_sizes[self._cross.dim], self._still.place
        if axis == "x":
            colors, size = paint(cuts, (n, place.columns)), (place.width, self._thick[1])
        else:
            colors, size = paint(cuts, (place.rows, n)), (self._thick[0], place.height)
        return resized(colors, size, is_smooth=self._still.state.smooth)

    def _cut(self, layer: Layer, axis: Axis) -> NDArray[np.uint8]:
        cross, place = self._cross, self._still.place
        volume = read_volume(self._frames, layer.index, cross.dim)
        at = cross.y if axis == "x" else cross.x
        reslice = volume.against(axis, at, cross.half, cross.method)
        along, part = (1, place.part[1]) if axis == "x" else (0, place.part[0])
        # Of volumes that are kept smaller, a pixel stands for several of the frame.
        return np.take(reslice.pixels, np.arange(part.start, part.stop) // reslice.scale, axis=along)

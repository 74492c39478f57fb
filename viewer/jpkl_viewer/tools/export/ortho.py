"""Orthogonal views as they are exported: the frame, and a dim against x below it and against y beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl_viewer.model.paint import paint
from jpkl_viewer.model.resolve import FrameRequest, Layer
from jpkl_viewer.model.stack import StackDescription
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
from jpkl_viewer.tools.export.stills import StillOptions, StillRenderer, resized
from jpkl_viewer.tools.ortho.reslice import Axis, read_volume

#: Of a dim whose scale is not known, the views take at least this share of the frame.
_THINNEST = 1 / 8

#: Distances of frames differ by no more than this share, where they are evenly spaced.
_EVEN = 0.01

#: How opaque the crosshair is.
_OPACITY = 0.8


@dataclass(frozen=True)
class Cross:
    """A dim, and where the crosshair is in a frame."""

    dim: int
    x: int
    y: int


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
    return Cross(dim, x, y) if is_valid else None


def spacing_of(stack: StackDescription, dim: int) -> tuple[float, float] | None:
    """Return how far apart two frames are, in heights and widths of a pixel; None where it is not known."""
    coords, unit = stack.dims[dim].coords, stack.dims[dim].unit
    if coords is None or len(coords) < 2 or stack.pixel_size is None or not unit or unit != stack.pixel_unit:
        return None
    steps = np.abs(np.diff(coords))
    step = float(steps.mean())
    if step == 0 or np.abs(steps - step).max() > _EVEN * step:
        return None
    return step / stack.pixel_size[0], step / stack.pixel_size[1]


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
        width, height = self._still.size
        self._gap = gap_for(self._still.size)
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
        frame = self._still.picture(request)
        below, beside = (self._view(request.layers, axis) for axis in ("x", "y"))
        if self._has_cross:
            self._mark(request, frame, below, beside)
        for pane, name in zip((below, beside), self._names, strict=True):
            caption(pane, name)
        picture = stage(self.size)
        put(picture, frame, 0, 0)
        put(picture, below, 0, frame.shape[0] + self._gap)
        put(picture, beside, frame.shape[1] + self._gap, 0)
        return picture

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
            return resized(paint(cuts, (n, place.columns)), (place.width, self._thick[1]))
        return resized(paint(cuts, (place.rows, n)), (self._thick[0], place.height))

    def _cut(self, layer: Layer, axis: Axis) -> NDArray[np.uint8]:
        cross, place = self._cross, self._still.place
        volume = read_volume(self._frames, layer.index, cross.dim)
        reslice = volume.against(axis, cross.y if axis == "x" else cross.x)
        along, part = (1, place.part[1]) if axis == "x" else (0, place.part[0])
        # Of volumes that are kept smaller, a pixel stands for several of the frame.
        return np.take(reslice.pixels, np.arange(part.start, part.stop) // reslice.scale, axis=along)

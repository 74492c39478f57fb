"""Filmstrips and montages as they are exported: many frames along a dim, with what each is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jpkl_viewer.model.paint import paint
from jpkl_viewer.model.resolve import FrameRequest
from jpkl_viewer.model.stack import StackDescription
from jpkl_viewer.tools.export.annotate import MIN_FONT, blend, text_masks
from jpkl_viewer.tools.export.panes import MARK, STAGE, MakePicture, Picture, SeenView, gap_for, put, stage
from jpkl_viewer.tools.export.stills import StillOptions, StillRenderer, is_shown, resized
from jpkl_viewer.tools.montage.montage import Grid, make_grid, read_montage

#: Where nobody has arranged it: longest side of a montage in pixels, and height of a filmstrip as a share of
#: the picture above it, with the least that is legible.
_MOST_SIDE, _STRIP_SHARE, _LEAST_STRIP = 2048, 1 / 6, 48

#: Height of the letters as a share of a cell, and the frame around a damaged one.
_LETTERS = 1 / 12
_DAMAGED = (224, 72, 62)


@dataclass(frozen=True)
class Arrangement:
    """So many columns, each ``every``-th frame, in cells whose longer side has so many pixels."""

    columns: int
    every: int
    cell: float


@dataclass(frozen=True)
class MontageSettings:
    """The dim along which frames are shown, and whether they are a strip below the picture.

    ``every`` n-th frame is shown, in so many ``columns``; None is what fits in best.
    """

    dim: int
    is_strip: bool
    every: int | None = None
    columns: int | None = None


def read_montage_settings(settings: Any, stack: StackDescription) -> MontageSettings | None:
    """Take the settings of the tool as far as they can be used; None where no montage is open."""
    if not isinstance(settings, Mapping) or settings.get("mode") not in ("montage", "filmstrip"):
        return None
    dims = [d for d, size in enumerate(stack.dim_sizes) if size > 1 and d != stack.channel_dim]
    dim = settings.get("dim")
    if type(dim) is not int or dim not in dims:
        return None
    every, columns = (
        value if type(value := settings.get(name)) is int and value >= 1 else None
        for name in ("every", "columns")
    )
    return MontageSettings(dim, settings["mode"] == "filmstrip", every, columns)


class MontageRenderer:
    """Makes pictures of many frames.

    Parameters
    ----------
    viewed : SeenView
        Usually a `JPklViewer`.
    options : StillOptions
        Of the picture above a filmstrip; ``zoom`` enlarges what was arranged.
    settings : MontageSettings
        From `read_montage_settings`.
    arrangement : Arrangement, optional
        How the screen arranges the frames; by default they make a picture of usual size.
    """

    def __init__(
        self,
        viewed: SeenView,
        options: StillOptions,
        settings: MontageSettings,
        arrangement: Arrangement | None = None,
    ) -> None:
        self._still = StillRenderer(viewed, options)
        self._frames = viewed.frames
        self._dim = settings.dim
        self._has_labels = is_shown("stamp", options, viewed.state)
        self._arrangement = self._arrange(settings, options.zoom, arrangement)
        height, width = self._shown(self._grid(self._still.request().index)).shape
        self._top = 0
        if settings.is_strip:
            self._top = self._still.size[1] + gap_for(self._still.size)
            width = max(width, self._still.size[0])
        self.size = (width, self._top + height)

    def _arrange(
        self, settings: MontageSettings, zoom: float, arrangement: Arrangement | None
    ) -> Arrangement:
        if arrangement is not None:
            cell = max(1, round(arrangement.cell * zoom))
            return Arrangement(arrangement.columns, arrangement.every, cell)
        stack, (width, height) = self._still.stack, self._still.frame_size
        n = stack.dim_sizes[settings.dim]
        aspect = width / height
        if settings.is_strip:
            cell_height = max(_LEAST_STRIP, round(_STRIP_SHARE * height))
            every = settings.every or math.ceil(n / max(1, width // round(cell_height * aspect + 2)))
            return Arrangement(math.ceil(n / every), every, round(cell_height * max(1, aspect)))
        every = settings.every or 1
        n = math.ceil(n / every)
        columns = min(n, settings.columns or max(1, round(math.sqrt(n / aspect))))
        most = max(columns, math.ceil(n / columns))
        true_sides = stack.true_shape(stack.height * zoom, stack.width * zoom)
        return Arrangement(columns, every, max(1, min(max(true_sides), round(_MOST_SIDE * zoom / most))))

    def _grid(self, index: tuple[int, ...]) -> Grid:
        arranged = self._arrangement
        return make_grid(
            self._frames.jp,
            index,
            self._dim,
            part=slice(None, None, arranged.every),
            cell=round(arranged.cell),
            columns=arranged.columns,
        )

    def _shown(self, grid: Grid) -> Grid:
        """Return a grid as it is exported: larger than the frames are, pixels are repeated."""
        by = max(1, round(self._arrangement.cell) // max(grid.cell_width, grid.cell_height))
        return replace(grid, cell_width=by * grid.cell_width, cell_height=by * grid.cell_height)

    def at(self, dim: int | None = None, index: int = 0) -> MakePicture:
        """Return what makes the picture, as `Renderer.at`."""
        request = self._still.request(dim, index)
        return lambda: self._picture(request)

    def _picture(self, request: FrameRequest) -> Picture:
        sheet = self._sheet(request)
        picture = stage(self.size)
        if self._top:
            above = self._still.picture(request)
            put(picture, above, (self.size[0] - above.shape[1]) // 2, 0)
        put(picture, sheet, (self.size[0] - sheet.shape[1]) // 2, self._top)
        return picture

    def _sheet(self, request: FrameRequest) -> Picture:
        """Paint all cells, label them, and mark the one that is nearest to where the view is."""
        grid = self._grid(request.index)
        damaged: set[int] = set()
        layers = []
        for layer in request.layers:
            pixels, errors = read_montage(self._frames, self._grid(layer.index))
            layers.append((layer, pixels))
            damaged |= errors.keys()
        painted = paint(layers, grid.shape)
        shown = self._shown(grid)
        sheet = stage(shown.shape[::-1])
        indices, is_smooth = list(grid.run.indices), self._still.state.smooth
        at = request.index[self._dim]
        current = int(np.argmin([abs(index - at) for index in indices]))
        for number, index in enumerate(indices):
            cell, frame = shown.cell(number), painted[grid.cell(number)]
            size = (shown.cell_width, shown.cell_height)
            sheet[cell] = STAGE if number in damaged else resized(frame, size, is_smooth=is_smooth)
            self._label(sheet[cell], index, number in damaged)
            if number == current:
                _frame(sheet[cell], MARK)
        return sheet

    def _label(self, cell: Picture, index: int, is_damaged: bool) -> None:
        """Write what a cell is, where it has room for that."""
        height, width = cell.shape[:2]
        text = self._still.stack.dims[self._dim].label(index) or str(index)
        size = max(MIN_FONT, round(_LETTERS * min(height, width)))
        fill, outline = text_masks(text, size, width)
        if self._has_labels and fill.shape[1] < width - 6 and fill.shape[0] < height:
            blend(cell, fill, outline, 4, 3)
        if is_damaged:
            _frame(cell, _DAMAGED)
            fill, outline = text_masks("damaged", size, width)
            blend(cell, fill, outline, (width - fill.shape[1]) // 2, (height - fill.shape[0]) // 2)


def _frame(cell: Picture, color: tuple[int, int, int]) -> None:
    """Draw a frame inside the edges of a cell."""
    width = max(2, min(cell.shape[:2]) // 80)
    for edge in (cell[:width], cell[-width:], cell[:, :width], cell[:, -width:]):
        edge[...] = color

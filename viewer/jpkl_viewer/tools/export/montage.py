"""Filmstrips and montages as they are exported: many frames along a dim, with what each is."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from jpkl import FrameError
from jpkl_viewer.model.paint import paint
from jpkl_viewer.model.resolve import FrameRequest, Layer, is_composable
from jpkl_viewer.model.stack import StackDescription
from jpkl_viewer.tools.export.annotate import MIN_FONT, blend, text_masks
from jpkl_viewer.tools.export.panes import MARK, STAGE, MakePicture, Picture, SeenView, gap_for, put, stage
from jpkl_viewer.tools.export.stills import StillOptions, StillRenderer, is_shown, resized
from jpkl_viewer.tools.montage.montage import Grid, make_grid, only, read_montage
from jpkl_viewer.tools.montage.tiles import MERGE, SPLITS, Tiles, panels_of

#: Where nobody has arranged it: longest side of a montage in pixels, and height of a filmstrip as a share of
#: the picture above it, with the least that is legible.
_MOST_SIDE, _STRIP_SHARE, _LEAST_STRIP = 2048, 1 / 6, 48

#: Height of the letters as a share of a cell, and the frame around a damaged one.
_LETTERS = 1 / 12
_DAMAGED = (224, 72, 62)


@dataclass(frozen=True)
class Arrangement:
    """How a screen arranges a montage: columns, every how many frames, and the longer side of a cell."""

    columns: int
    every: int
    cell: float


@dataclass(frozen=True)
class MontageSettings:
    """The dim along which frames are shown, and whether they are a strip below the picture.

    ``every`` n-th frame is shown, in so many ``columns``; None is what fits in best. Channels are apart where
    ``split`` is one of `SPLITS`, or ``"wrap"`` along the channels themselves.
    """

    dim: int
    is_strip: bool
    every: int | None = None
    columns: int | None = None
    split: str = ""


def read_montage_settings(settings: Any, stack: StackDescription) -> MontageSettings | None:
    """Take the settings of the tool as far as they can be used; None where no montage is open."""
    if not isinstance(settings, Mapping) or settings.get("mode") not in ("montage", "filmstrip"):
        return None
    dims = [d for d, size in enumerate(stack.dim_sizes) if size > 1 and d != stack.channel_dim]
    if is_composable(stack) and stack.channel_dim is not None:
        dims.append(stack.channel_dim)
    dim = settings.get("dim")
    if type(dim) is not int or dim not in dims:
        return None
    every, columns = (
        value if type(value := settings.get(name)) is int and value >= 1 else None
        for name in ("every", "columns")
    )
    is_strip = settings["mode"] == "filmstrip"
    split = settings.get("split")
    usual = split if isinstance(split, str) and split in SPLITS and not is_strip else ""
    return MontageSettings(dim, is_strip, every, columns, "wrap" if dim == stack.channel_dim else usual)


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
        self._split = settings.split
        self._has_labels = is_shown("stamp", options, viewed.state)
        request = self._still.request()
        self._panels = panels_of(len(request.layers), is_split=self._split != "")
        self._arrangement = self._arrange(settings, options.zoom, arrangement)
        width, height = self._extent(self._shown(self._grid(request.index)))
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
        width, height = self._still.frame_size
        if not settings.is_strip:
            return self._arrange_sheet(settings, zoom, width / height)
        aspect, cell_height = width / height, max(_LEAST_STRIP, round(_STRIP_SHARE * height))
        cell = round(cell_height * max(1, aspect))
        if self._split == "wrap":
            return Arrangement(self._panels, 1, cell)
        n = self._still.stack.dim_sizes[settings.dim]
        every = settings.every or math.ceil(n / max(1, width // round(cell_height * aspect + 2)))
        return Arrangement(math.ceil(n / every), every, cell)

    def _arrange_sheet(self, settings: MontageSettings, zoom: float, aspect: float) -> Arrangement:
        stack, is_wrapped = self._still.stack, self._split == "wrap"
        every = 1 if is_wrapped else settings.every or 1
        n = self._panels if is_wrapped else math.ceil(stack.dim_sizes[settings.dim] / every)
        across, down = (1, 1) if is_wrapped else Tiles(self._split, self._panels, 1).block
        columns = min(n, settings.columns or max(1, round(math.sqrt(n / (aspect * across / down)))))
        most = max(columns * across, math.ceil(n / columns) * down)
        true_sides = stack.true_shape(stack.height * zoom, stack.width * zoom)
        return Arrangement(columns, every, max(1, min(max(true_sides), round(_MOST_SIDE * zoom / most))))

    def _grid(self, index: tuple[int, ...]) -> Grid:
        """Lay out the frames as they are read: where channels are apart, those of each are a picture."""
        arranged = self._arrangement
        return make_grid(
            self._frames.jp,
            index,
            self._dim,
            part=only(index, self._dim) if self._split == "wrap" else slice(None, None, arranged.every),
            cell=round(arranged.cell),
            columns=arranged.columns,
        )

    def _shown(self, grid: Grid) -> Grid:
        """Return a grid as it is exported: larger than the frames are, pixels are repeated."""
        by = max(1, round(self._arrangement.cell) // max(grid.cell_width, grid.cell_height))
        return replace(grid, cell_width=by * grid.cell_width, cell_height=by * grid.cell_height)

    def _tiles(self, grid: Grid) -> Tiles:
        columns = self._arrangement.columns if self._split == "wrap" else grid.columns
        return Tiles(self._split, self._panels, columns)

    def _extent(self, shown: Grid) -> tuple[int, int]:
        """Find width and height of all tiles."""
        across, down = self._tiles(shown).extent(len(shown.run))
        return (
            across * (shown.cell_width + shown.gap) - shown.gap,
            down * (shown.cell_height + shown.gap) - shown.gap,
        )

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
        """Paint all tiles, label them, and mark the frame that is nearest to where the view is."""
        grid = self._grid(request.index)
        panels, damaged = self._read(request, grid)
        shown, tiles, names = self._shown(grid), self._tiles(grid), self._names(request)
        sheet, size = stage(self._extent(shown)), (shown.cell_width, shown.cell_height)
        for number, index in enumerate(grid.run.indices):
            for panel, painted in enumerate(panels):
                tile = _part(sheet, shown, tiles.place(number, panel))
                frame = resized(painted[grid.cell(number)], size, is_smooth=self._still.state.smooth)
                tile[...] = STAGE if number in damaged else frame
                label = self._index_label(index) if panel == 0 else ""
                self._write(tile, label, names[panel] if tiles.is_named(number) else "")
                if number in damaged:
                    _mark_damaged(tile)
        if self._split != "wrap":
            current = int(np.argmin([abs(index - request.index[self._dim]) for index in grid.run.indices]))
            _frame(_part(sheet, shown, tiles.place(current, 0), tiles.block), MARK)
        return sheet

    def _read(self, request: FrameRequest, grid: Grid) -> tuple[list[Picture], set[int]]:
        """Paint the frames as each tile shows them: the channels and, last or alone, all of them together."""
        damaged: set[int] = set()
        layers = []
        for layer in self._with_contrast(request):
            pixels, errors = read_montage(self._frames, self._grid(layer.index))
            layers.append((layer, pixels))
            damaged |= errors.keys()
        alone = [[layer] for layer in layers] if self._panels > 1 else []
        return [paint(each, grid.shape) for each in (*alone, layers)], damaged

    def _with_contrast(self, request: FrameRequest) -> Sequence[Layer]:
        """Return the layers with the contrast of the frame where the view is, unless that is damaged."""
        try:
            return self._still.with_contrast(request)
        except FrameError:
            return request.layers

    def _names(self, request: FrameRequest) -> list[str]:
        """Say what the tiles of a frame show, where names are shown."""
        stack = self._still.stack
        if not self._still.state.names:
            return [""] * (len(request.layers) + 1)
        if stack.channel_dim is None:
            return [MERGE]
        return [*(stack.channels[layer.index[stack.channel_dim]].name for layer in request.layers), MERGE]

    def _index_label(self, index: int) -> str:
        if self._split == "wrap":
            return ""
        return self._still.stack.dims[self._dim].label(index) or str(index)

    def _write(self, cell: Picture, label: str, name: str) -> None:
        """Write what a cell is, and its channel at its lower edge, where it has room for that."""
        height, width = cell.shape[:2]
        for text, is_below in ((label, False), (name, True)):
            fill, outline = text_masks(text, _letters(cell), width)
            if text and self._has_labels and fill.shape[1] < width - 6 and fill.shape[0] < height:
                blend(cell, fill, outline, 4, height - fill.shape[0] - 3 if is_below else 3)


def _part(sheet: Picture, grid: Grid, place: tuple[int, int], block: tuple[int, int] = (1, 1)) -> Picture:
    """Return the part of a sheet that tiles from a column and row on fill."""
    steps = grid.cell_width + grid.gap, grid.cell_height + grid.gap
    (left, right), (top, bottom) = (
        (at * step, (at + count) * step - grid.gap)
        for at, count, step in zip(place, block, steps, strict=True)
    )
    return sheet[top:bottom, left:right]


def _letters(cell: Picture) -> int:
    size: int = round(_LETTERS * min(cell.shape[:2]))
    return max(MIN_FONT, size)


def _mark_damaged(cell: Picture) -> None:
    height, width = cell.shape[:2]
    _frame(cell, _DAMAGED)
    fill, outline = text_masks("damaged", _letters(cell), width)
    blend(cell, fill, outline, (width - fill.shape[1]) // 2, (height - fill.shape[0]) // 2)


def _frame(cell: Picture, color: tuple[int, int, int]) -> None:
    """Draw a frame inside the edges of a cell."""
    width = max(2, min(cell.shape[:2]) // 80)
    for edge in (cell[:width], cell[-width:], cell[:, :width], cell[:, -width:]):
        edge[...] = color

"""What the colors of a picture stand for: a bar for each channel, or their names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jpkl_viewer.model.colormaps import LookupTable
from jpkl_viewer.tools.export.annotate import MIN_FONT, Mask, blend, shade, text_masks
from jpkl_viewer.tools.export.place import screen_unit

#: Sizes in pixels of the screen: letters, the strip of colors, and what is between all parts.
_LETTERS, _STRIP, _GAP = 12.0, (10.0, 128.0), 6.0

#: Bars take at most this share of the picture's height, and with their names of its width.
_MOST_HEIGHT, _MOST_WIDTH = 0.5, 0.6


@dataclass(frozen=True, eq=False)
class ColorScale:
    """The colors of a channel between its contrast limits.

    Attributes
    ----------
    name : str
        Name of the channel; ``""`` where the picture has one.
    palette : ndarray of uint8, shape (256, 3)
        Colors from limit to limit.
    low, high : str
        The limits, as text.
    middle : str
        What is halfway between them, as text.
    """

    name: str
    palette: LookupTable
    low: str
    high: str
    middle: str = ""


@dataclass(frozen=True, eq=False)
class _Block:
    """Texts and strips on a plate: what is drawn, each with its place on the plate."""

    width: int
    height: int
    texts: tuple[tuple[Mask, Mask, int, int], ...]
    strips: tuple[tuple[NDArray[np.uint8], int, int], ...]


def draw_colorbar(
    picture: NDArray[np.uint8], scales: Sequence[ColorScale], taken: tuple[int, int] = (0, 0), above: int = 0
) -> None:
    """Draw bars with their limits into the upper right corner of a picture; in place.

    Where they would take too much of it, there are the names of the channels in their colors.

    Parameters
    ----------
    picture : ndarray of uint8, shape (height, width, 3)
        The picture.
    scales : sequence of ColorScale
        One for each channel that is seen.
    taken : (int, int)
        Right and lower end of what is in the upper left corner: where there is no room beside it, bars are
        below.
    above : int
        What is above them in the upper right corner.
    """
    if not scales:
        return
    height, width = picture.shape[:2]
    unit = screen_unit(width, height)
    block = _side_by_side([_bar(scale, height, unit) for scale in scales], _gap(unit))
    if len(scales) > 1 and block.width > _MOST_WIDTH * width:
        block = _legend(scales, unit, width)
    margin = _gap(unit)
    left = width - block.width - 2 * margin
    top = max(above, taken[1] if left - margin < taken[0] else 0)
    _draw(picture, block, left, margin + top, margin)


def _gap(unit: float) -> int:
    return max(3, round(_GAP * unit))


def _size(unit: float) -> int:
    return max(MIN_FONT, round(_LETTERS * unit))


def _bar(scale: ColorScale, height: int, unit: float) -> _Block:
    """Lay out one bar: name above, limits at its left."""
    size, gap = _size(unit), _gap(unit)
    said = (scale.name, scale.low, scale.high, scale.middle)
    name, low, high, middle = (text_masks(text, size, 20 * size) for text in said)
    line = low[0].shape[0]
    top = line if scale.name else 0
    length = max(2 * line, round(min(_STRIP[1] * unit, _MOST_HEIGHT * height - top)))
    strip = _strip(scale.palette, max(4, round(_STRIP[0] * unit)), length)
    texts = max(low[0].shape[1], high[0].shape[1])
    width = max(name[0].shape[1] if scale.name else 0, texts + gap + strip.shape[1])
    end = width - strip.shape[1] - gap
    placed = [(*high, end - high[0].shape[1], top), (*low, end - low[0].shape[1], top + length - line)]
    if scale.name:
        placed.append((*name, width - name[0].shape[1], 0))
    if scale.middle:
        placed.append((*middle, end - middle[0].shape[1], top + (length - line) // 2))
    return _Block(width, top + length, tuple(placed), ((strip, width - strip.shape[1], top),))


def _strip(palette: LookupTable, width: int, height: int) -> NDArray[np.uint8]:
    """Make a strip of colors, with the upper limit at its top, in a white frame."""
    rows = np.rint(np.linspace(255, 0, height - 2)).astype(int)
    strip = np.full((height, width, 3), 255, np.uint8)
    strip[1:-1, 1:-1] = palette[rows][:, None]
    return strip


def _side_by_side(blocks: Sequence[_Block], gap: int) -> _Block:
    texts, strips, left = [], [], 0
    for block in blocks:
        texts += [(fill, outline, x + left, y) for fill, outline, x, y in block.texts]
        strips += [(strip, x + left, y) for strip, x, y in block.strips]
        left += block.width + gap
    return _Block(left - gap, max(block.height for block in blocks), tuple(texts), tuple(strips))


def _legend(scales: Sequence[ColorScale], unit: float, width: int) -> _Block:
    """Lay out the names below each other, each with its brightest color before it."""
    size, gap = _size(unit), _gap(unit)
    most = max(size, round(_MOST_WIDTH * width) - size - gap)
    names = [text_masks(scale.name, size, most) for scale in scales]
    line = names[0][0].shape[0]
    swatches = [np.tile(scale.palette[-1], (size, size, 1)) for scale in scales]
    return _Block(
        size + gap + max(fill.shape[1] for fill, _ in names),
        line * len(names),
        tuple((*name, size + gap, number * line) for number, name in enumerate(names)),
        tuple((swatch, 0, number * line + (line - size) // 2) for number, swatch in enumerate(swatches)),
    )


def _draw(picture: NDArray[np.uint8], block: _Block, left: int, top: int, margin: int) -> None:
    """Draw a block on a dark plate; what lies outside of the picture is cut off."""
    x0, y0 = max(0, left - margin), max(0, top - margin // 2)
    shade(picture[y0 : top + block.height + margin // 2, x0 : left + block.width + margin])
    for strip, x, y in block.strips:
        rows, columns = slice(max(0, top + y), None), slice(max(0, left + x), None)
        part = picture[rows, columns][: strip.shape[0], : strip.shape[1]]
        part[...] = strip[: part.shape[0], : part.shape[1]]
    for fill, outline, x, y in block.texts:
        blend(picture, fill, outline, left + x, top + y)

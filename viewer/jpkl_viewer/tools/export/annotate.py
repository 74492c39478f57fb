"""Texts and scale bar, burnt into a picture: scale bar and stamp, and what other marks are written with."""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from jpkl.toolkit import format_number
from jpkl_viewer.limits import BAR_SHARES, BARS_IN_WIDTH, LONGEST_BAR
from jpkl_viewer.model.labels import nice_length
from jpkl_viewer.model.stack import StackDescription
from jpkl_viewer.tools.export.place import screen_share, screen_unit

#: Height of the letters, and the margin around plates and in them, in pixels of the screen.
_LETTERS, _MARGIN = 12.0, 6.0

#: Letters are not smaller, in pixels.
MIN_FONT = 10

#: What is below a plate shows through by so much.
_THROUGH = 1 / 3

#: Letters of units that the font of Pillow lacks, and what they are drawn from.
_BASES = {"µ": "u", "Å": "A"}
_BASE = str.maketrans(_BASES)
_MISSING = "\uffff"

#: Dash of a range, which that font lacks, too.
_DASH = "–"

Mask = NDArray[np.uint8]


class Ink(NamedTuple):
    """Colors of what is written: of letters, of the line around them, and of the plate below them."""

    color: tuple[int, int, int]
    around: int
    plate: int


WHITE = Ink((255, 255, 255), 0, 0)

#: By the names that the setting of the scale bar has.
_INKS = {"white": WHITE, "black": Ink((0, 0, 0), 255, 255), "yellow": Ink((255, 216, 77), 0, 0)}


def ink_named(name: str, *, is_bright: bool) -> Ink:
    """Return the ink of a scale bar; the automatic one is dark where low values are shown bright."""
    return _INKS.get(name, _INKS["black" if is_bright else "white"])


@dataclass(frozen=True)
class BarStyle:
    """Where a scale bar is, and in which ink.

    Attributes
    ----------
    corner : str
        Of the picture, e.g. ``"bottom right"``.
    ink : Ink
        Its colors.
    """

    corner: str = "bottom right"
    ink: Ink = WHITE

    @property
    def is_left(self) -> bool:
        """Whether it is at the left."""
        return self.corner.endswith("left")

    @property
    def is_top(self) -> bool:
        """Whether it is above."""
        return self.corner.startswith("top")


class Taken(NamedTuple):
    """Width and height of what a scale bar takes of a corner of a picture, up to the edges."""

    width: int = 0
    height: int = 0
    corner: str = "bottom right"

    def of(self, corner: str) -> int:
        """Return how much of the height it takes of that corner."""
        return self.height if corner == self.corner else 0


def annotate(
    picture: NDArray[np.uint8],
    stamp: str = "",
    bar: tuple[float, str] | None = None,
    style: BarStyle | None = None,
) -> NDArray[np.uint8]:
    """Draw into a picture: on plates, as on the screen.

    Parameters
    ----------
    picture : ndarray of uint8, shape (height, width, 3)
        Changed in place, and returned.
    stamp : str
        Text for the upper left corner, where the scale bar leaves room for it. Characters that the font
        lacks lose their accents or become ``?``.
    bar : (float, str), optional
        Length in pixels and label of the scale bar; see `scale_bar`.
    style : BarStyle, optional
        Where that is, and in which ink; by default white, in the lower right corner.
    """
    height, width = picture.shape[:2]
    style = style or BarStyle()
    size, margin = letters(screen_unit(width, height))
    below = 0
    if stamp and not (bar and _are_over_each_other(stamp, bar, style, width, height)):
        right, bottom = stamp_end(stamp, width, height)
        shade(picture[margin:bottom, margin:right])
        blend(picture, *text_masks(stamp, size, width - 4 * margin), 2 * margin, margin)
        below = bottom if style.corner == "top left" else 0
    if bar is not None:
        draw_bar(picture, bar, size, margin, style=style, top=below)
    return picture


def letters(unit: float) -> tuple[int, int]:
    """Return the height of letters and the margin, where a pixel of the screen has ``unit`` pixels."""
    return max(MIN_FONT, round(_LETTERS * unit)), max(3, round(_MARGIN * unit))


def draw_bar(
    picture: NDArray[np.uint8],
    bar: tuple[float, str],
    size: int,
    margin: int,
    *,
    is_upright: bool = False,
    style: BarStyle | None = None,
    top: int = 0,
) -> None:
    """Draw a scale bar into a corner of a picture, in place.

    Parameters
    ----------
    picture : ndarray of uint8, shape (height, width, 3)
        The picture.
    bar : (float, str)
        Length in pixels, and label.
    size, margin : int
        Height of the letters, and distance to the edges.
    is_upright : bool
        Whether the bar goes down, with its label at its left.
    style : BarStyle, optional
        Which corner, and in which ink; by default white, in the lower right one.
    top : int
        What is above the bar in an upper corner.
    """
    height, width = picture.shape[:2]
    style = style or BarStyle()
    masks = _bar(round(bar[0]), bar[1], size, width - 4 * margin, is_upright)
    across, down = _plate(masks[0], margin)
    left = margin if style.is_left else width - across
    first = top + margin if style.is_top else height - down
    plate = (
        slice(max(0, first), max(0, first + down - margin)),
        slice(max(0, left), max(0, left + across - margin)),
    )
    shade(picture[plate], style.ink)
    blend(picture, *masks, left + margin, first, ink=style.ink)


def bar_taken(
    bar: tuple[float, str], width: int, height: int, corner: str = "bottom right", above: int = 0
) -> Taken:
    """Find what a scale bar takes of a corner of a picture, with what is above it."""
    size, margin = letters(screen_unit(width, height))
    across, down = _plate(_bar(round(bar[0]), bar[1], size, width - 4 * margin, False)[0], margin)
    return Taken(across, above + down, corner)


def _are_over_each_other(
    stamp: str, bar: tuple[float, str], style: BarStyle, width: int, height: int
) -> bool:
    right, bottom = stamp_end(stamp, width, height)
    taken = bar_taken(bar, width, height, style.corner)
    if style.is_top:
        return bottom + taken.height > height if style.is_left else right > width - taken.width
    return bottom > height - taken.height and (style.is_left or right > width - taken.width)


def _plate(mask: Mask, margin: int) -> tuple[int, int]:
    """Return width and height of a bar's plate, with what is between it and the edges of the picture."""
    return mask.shape[1] + 3 * margin, mask.shape[0] + margin + margin // 2


def stamp_end(stamp: str, width: int, height: int) -> tuple[int, int]:
    """Find the right and lower end of the stamp in a picture of that size; (0, 0) without one."""
    if not stamp:
        return 0, 0
    size, margin = letters(screen_unit(width, height))
    fill, _ = text_masks(stamp, size, width - 4 * margin)
    return 3 * margin + fill.shape[1], margin + fill.shape[0]


def scale_bar(
    stack: StackDescription,
    size: tuple[int, int],
    zoom: float = 1.0,
    axis: int = 1,
    *,
    wanted: float | None = None,
    typed: float = 0,
) -> tuple[float, str]:
    """Find the length in pixels and the label of a scale bar: 1, 2 or 5 times a power of ten.

    It is as long as on a screen that the picture fills, see ``browser/stage/corners.js``: the same at any
    zoom.

    Parameters
    ----------
    stack : StackDescription
        Gives the pixel size; without one the bar counts pixels of the frame.
    size : (int, int)
        Width and height of the picture in pixels.
    zoom : float
        Pixels of the picture per pixel of the frame.
    axis : int
        What the bar lies along: rows (1) of the frame, or its columns (0).
    wanted : float, optional
        Another length, which is taken where it is neither too short nor too long for the picture.
    typed : float
        The same, of the settings of the view: more of them are taken. 0 is none.

    Examples
    --------
    >>> from jpkl import JPkl
    >>> from jpkl_viewer.model.stack import describe
    >>> metadata = {"pixel_size": (0.1, 0.1), "pixel_unit": "µm"}
    >>> stack = describe(JPkl(np.zeros((512, 512)), metadata=metadata))
    >>> scale_bar(stack, (512, 512)), scale_bar(stack, (512, 512), wanted=20)
    ((100.0, '10 µm'), (200.0, '20 µm'))
    """
    pixel = 1.0 if stack.pixel_size is None else stack.pixel_size[axis]
    unit = "px" if stack.pixel_size is None else stack.pixel_unit or "units"
    width, per_unit = size[0], zoom / pixel
    room = min(LONGEST_BAR * screen_share(*size), width / BARS_IN_WIDTH)
    length = nice_length(room / per_unit)
    for kind, other in (("typed", typed), ("wanted", wanted)):
        least, most = BAR_SHARES[kind]
        if other and least * width <= other * per_unit <= most * width:
            length = other
    return round(length * per_unit, 6), f"{format_number(length)} {unit}"


def blend(picture: NDArray[np.uint8], fill: Mask, outline: Mask, x: int, y: int, *, ink: Ink = WHITE) -> None:
    """Write a fill with an outline around it; what lies outside of the picture is cut off."""
    top, left = max(0, -y), max(0, -x)
    part = picture[max(0, y) : max(0, y + fill.shape[0]), max(0, x) : max(0, x + fill.shape[1])]
    inner = (slice(top, top + part.shape[0]), slice(left, left + part.shape[1]))
    inked, around = (mask[inner][..., None].astype(np.uint32) for mask in (fill, outline))
    below = (part * (255 - around) + ink.around * around) // 255
    part[...] = (below * (255 - inked) + np.array(ink.color, np.uint32) * inked + 127) // 255


def shade(part: NDArray[np.uint8], ink: Ink = WHITE) -> None:
    """Make part of a picture the plate of a text; in place."""
    part[...] = (part * _THROUGH + ink.plate * (1 - _THROUGH)).astype(np.uint8)


@lru_cache(maxsize=64)
def text_masks(text: str, size: int, most: int) -> tuple[Mask, Mask]:
    """Make fill and outline of a text, at most ``most`` wide where letters stay legible.

    The letters have a ``size`` in pixels; the masks are 1.4 times as high, and the outline around.
    """
    text = "".join(map(_drawable, text))
    while size > MIN_FONT and _font(size).getlength(text.translate(_BASE)) > most:
        size -= 1
    return _draw(text, size)


def _draw(text: str, size: int) -> tuple[Mask, Mask]:
    font, stroke = _font(size), max(1, size // 12)
    letters = text.translate(_BASE)
    width = math.ceil(font.getlength(letters)) + 2 * stroke
    fill, outline = (Image.new("L", (width, math.ceil(1.4 * size) + 2 * stroke)) for _ in range(2))
    for image, extra in ((fill, 0), (outline, stroke)):
        draw = ImageDraw.Draw(image)
        draw.text((stroke, stroke), letters, font=font, fill=255, stroke_width=extra)
        for at in (i for i, character in enumerate(text) if character in _BASES):
            draw_rest = _draw_tail if text[at] == "µ" else _draw_ring
            draw_rest(draw, stroke + font.getlength(letters[:at]), stroke, size, extra)
    return np.asarray(fill), np.asarray(outline)


def _draw_tail(draw: ImageDraw.ImageDraw, x: float, y: float, size: int, extra: int) -> None:
    """Draw what makes a u a µ: its left stem goes on below the line."""
    left, top, _, bottom = _font(size).getbbox("u")
    thick = max(1, round(size / 11))
    box = (x + left - extra, y + top, x + left + thick - 1 + extra, y + bottom + size * 0.2 + extra)
    draw.rectangle(tuple(round(side) for side in box), fill=255)


def _draw_ring(draw: ImageDraw.ImageDraw, x: float, y: float, size: int, extra: int) -> None:
    """Draw what makes an A an Å: a ring on its tip."""
    left, top, right, _ = _font(size).getbbox("A")
    thick, radius = max(1, round(size / 14)), max(1.5, size / 8)
    middle, low = x + (left + right - 1) / 2, y + top + thick - 1
    box = (middle - radius - extra, low - 2 * radius - extra, middle + radius + extra, low + extra)
    draw.ellipse(tuple(round(side) for side in box), outline=255, width=thick + 2 * extra)


@lru_cache(maxsize=8)
def _bar(length: int, label: str, size: int, most: int, is_upright: bool) -> tuple[Mask, Mask]:
    """Make fill and outline of a bar with its label: above it, or at the left of an upright one."""
    thick, stroke = max(2, round(size / 3)), max(1, size // 12)
    bar = np.zeros((2, thick + 2 * stroke, length + 2 * stroke), np.uint8)
    bar[1] = 255
    bar[0, stroke:-stroke, stroke:-stroke] = 255
    if not is_upright:
        joined = _joined(np.array(text_masks(label, size, most)), bar)
    else:
        beside = np.pad(bar, ((0, 0), (size // 3, 0), (0, 0)))
        texts = np.array(text_masks(label, size, most - beside.shape[1]))
        joined = _joined(texts.swapaxes(1, 2), beside).swapaxes(1, 2)
    return joined[0], joined[1]


def _joined(upper: NDArray[np.uint8], lower: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Put masks below others, with their middles above each other."""
    width = max(upper.shape[2], lower.shape[2])
    parts = []
    for each in (upper, lower):
        before = (width - each.shape[2]) // 2
        parts.append(np.pad(each, ((0, 0), (0, 0), (before, width - each.shape[2] - before))))
    return np.concatenate(parts, axis=1)


def _drawable(character: str) -> str:
    # Greek mu and the sign for ångström look like the micro sign and the letter.
    character = {"μ": "µ", "\u212b": "Å"}.get(character, character)
    if character in _BASES:
        return character
    if character == _DASH:
        return "-"
    plain = unicodedata.normalize("NFKD", character)[:1]
    return next((candidate for candidate in (character, plain) if _has_glyph(candidate)), "?")


@lru_cache(maxsize=512)
def _has_glyph(character: str) -> bool:
    font = _font(24)
    return bytes(font.getmask(character)) != bytes(font.getmask(_MISSING))


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size)
    assert isinstance(font, ImageFont.FreeTypeFont)
    return font

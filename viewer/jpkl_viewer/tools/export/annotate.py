"""Texts and scale bar, burnt into a picture: scale bar and stamp, and what other marks are written with."""

from __future__ import annotations

import math
import unicodedata
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from jpkl.toolkit import format_number
from jpkl_viewer.limits import BARS_IN_WIDTH, LONGEST_BAR
from jpkl_viewer.model.labels import nice_length
from jpkl_viewer.model.stack import StackDescription
from jpkl_viewer.tools.export.place import screen_share, screen_unit

#: Height of the letters, and the margin around plates and in them, in pixels of the screen.
_LETTERS, _MARGIN = 12.0, 6.0

#: Letters are not smaller, in pixels.
MIN_FONT = 10

#: A length that was asked for is taken where it has at least, and at most, this share of the picture's width.
_SHORTEST, _LONGEST = 1 / 20, 1 / 2

#: What is below a plate shows through by so much.
_THROUGH = 1 / 3

#: Micro sign and Greek mu: the font that comes with Pillow has neither, so one is drawn.
_MICRO = "µμ"
_MISSING = "\uffff"

#: Dash of a range, which that font lacks, too.
_DASH = "–"

Mask = NDArray[np.uint8]


def annotate(
    picture: NDArray[np.uint8], stamp: str = "", bar: tuple[float, str] | None = None
) -> NDArray[np.uint8]:
    """Draw into a picture: white on dark plates, as on the screen.

    Parameters
    ----------
    picture : ndarray of uint8, shape (height, width, 3)
        Changed in place, and returned.
    stamp : str
        Text for the upper left corner, where the scale bar leaves room for it. Characters that the font
        lacks lose their accents or become ``?``.
    bar : (float, str), optional
        Length in pixels and label of the scale bar, for the lower right corner; see `scale_bar`.
    """
    height, width = picture.shape[:2]
    if stamp and not (bar and _are_over_each_other(stamp, bar, width, height)):
        size, margin = letters(screen_unit(width, height))
        right, bottom = stamp_end(stamp, width, height)
        darken(picture[margin:bottom, margin:right])
        blend(picture, *text_masks(stamp, size, width - 4 * margin), 2 * margin, margin)
    if bar is not None:
        draw_bar(picture, bar, *letters(screen_unit(width, height)))
    return picture


def letters(unit: float) -> tuple[int, int]:
    """Return the height of letters and the margin, where a pixel of the screen has ``unit`` pixels."""
    return max(MIN_FONT, round(_LETTERS * unit)), max(3, round(_MARGIN * unit))


def draw_bar(
    picture: NDArray[np.uint8], bar: tuple[float, str], size: int, margin: int, *, is_upright: bool = False
) -> None:
    """Draw a scale bar into the lower right corner of a picture, in place.

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
    """
    height, width = picture.shape[:2]
    masks = _bar(round(bar[0]), bar[1], size, width - 4 * margin, is_upright)
    across, down = _plate(masks[0], margin)
    left, top = width - across, height - down
    darken(picture[max(0, top) : max(0, height - margin), max(0, left) : max(0, width - margin)])
    blend(picture, *masks, left + margin, top)


def bar_corner(bar: tuple[float, str], width: int, height: int) -> tuple[int, int]:
    """Find the width and height of what a scale bar takes of the lower right corner of a picture."""
    size, margin = letters(screen_unit(width, height))
    return _plate(_bar(round(bar[0]), bar[1], size, width - 4 * margin, False)[0], margin)


def _are_over_each_other(stamp: str, bar: tuple[float, str], width: int, height: int) -> bool:
    (right, bottom), (across, down) = stamp_end(stamp, width, height), bar_corner(bar, width, height)
    return right > width - across and bottom > height - down


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
    wanted: float | None = None,
) -> tuple[float, str]:
    """Find the length in pixels and the label of a scale bar: 1, 2 or 5 times a power of ten.

    It is as long as on a screen that the picture fills, see ``browser/corners.js``: the same at any zoom.

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
    is_fit = wanted is not None and _SHORTEST * width <= wanted * per_unit <= _LONGEST * width
    length = wanted if wanted is not None and is_fit else nice_length(room / per_unit)
    return round(length * per_unit, 6), f"{format_number(length)} {unit}"


def blend(picture: NDArray[np.uint8], fill: Mask, outline: Mask, x: int, y: int) -> None:
    """Darken by the outline and whiten by the fill; what lies outside of the picture is cut off."""
    top, left = max(0, -y), max(0, -x)
    part = picture[max(0, y) : max(0, y + fill.shape[0]), max(0, x) : max(0, x + fill.shape[1])]
    inner = (slice(top, top + part.shape[0]), slice(left, left + part.shape[1]))
    white, black = (mask[inner][..., None].astype(np.uint32) for mask in (fill, outline))
    part[...] = (part * (255 - black) // 255 * (255 - white) + 255 * white + 127) // 255


def darken(part: NDArray[np.uint8]) -> None:
    """Make part of a picture the plate of a text; in place."""
    part[...] = (part * _THROUGH).astype(np.uint8)


@lru_cache(maxsize=64)
def text_masks(text: str, size: int, most: int) -> tuple[Mask, Mask]:
    """Make fill and outline of a text, at most ``most`` wide where letters stay legible.

    The letters have a ``size`` in pixels; the masks are 1.4 times as high, and the outline around.
    """
    text = "".join(map(_drawable, text))
    while size > MIN_FONT and _font(size).getlength(text.replace("µ", "u")) > most:
        size -= 1
    return _draw(text, size)


def _draw(text: str, size: int) -> tuple[Mask, Mask]:
    font, stroke = _font(size), max(1, size // 12)
    width = math.ceil(font.getlength(text.replace("µ", "u"))) + 2 * stroke
    fill, outline = (Image.new("L", (width, math.ceil(1.4 * size) + 2 * stroke)) for _ in range(2))
    for image, extra in ((fill, 0), (outline, stroke)):
        draw = ImageDraw.Draw(image)
        draw.text((stroke, stroke), text.replace("µ", "u"), font=font, fill=255, stroke_width=extra)
        for at in (i for i, character in enumerate(text) if character == "µ"):
            _draw_tail(draw, stroke + font.getlength(text[:at].replace("µ", "u")), stroke, size, extra)
    return np.asarray(fill), np.asarray(outline)


def _draw_tail(draw: ImageDraw.ImageDraw, x: float, y: float, size: int, extra: int) -> None:
    """Draw what makes a u a µ: its left stem goes on below the line."""
    left, top, _, bottom = _font(size).getbbox("u")
    thick = max(1, round(size / 11))
    box = (x + left - extra, y + top, x + left + thick - 1 + extra, y + bottom + size * 0.2 + extra)
    draw.rectangle(tuple(round(side) for side in box), fill=255)


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
    if character in _MICRO:
        return "µ"
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

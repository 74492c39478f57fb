"""Texts and scale bar, burnt into a picture: scale bar and stamp, and what other marks are written with."""

from __future__ import annotations

import math
import unicodedata
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from jpkl.toolkit import format_number
from jpkl_viewer.model.labels import nice_length
from jpkl_viewer.model.stack import StackDescription

#: Height of the letters and the margin, as shares of the picture's shorter side.
_FONT_SHARE, _MARGIN_SHARE = 1 / 24, 1 / 40

#: Letters are not smaller, or larger.
MIN_FONT, _MAX_FONT = 10, 96

#: The scale bar takes at most this share of the width.
_BAR_SHARE = 0.3

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
    """Draw into a picture: white, with a black outline that keeps it legible on white.

    Parameters
    ----------
    picture : ndarray of uint8, shape (height, width, 3)
        Changed in place, and returned.
    stamp : str
        Text for the upper left corner. Characters that the font lacks lose their accents or become ``?``.
    bar : (float, str), optional
        Length in pixels and label of the scale bar, for the lower right corner; see `scale_bar`.
    """
    height, width = picture.shape[:2]
    margin, size = _sizes(width, height)
    if stamp:
        blend(picture, *text_masks(stamp, size, width - 2 * margin), margin, margin)
    if bar is not None:
        draw_bar(picture, bar, size, margin)
    return picture


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
    fill, outline = _bar(round(bar[0]), bar[1], size, width - 2 * margin, is_upright)
    blend(picture, fill, outline, width - margin - fill.shape[1], height - margin - fill.shape[0])


def stamp_end(stamp: str, width: int, height: int) -> tuple[int, int]:
    """Find the right and lower end of the stamp in a picture of that size; (0, 0) without one."""
    if not stamp:
        return 0, 0
    margin, size = _sizes(width, height)
    fill, _ = text_masks(stamp, size, width - 2 * margin)
    return margin + fill.shape[1], margin + fill.shape[0]


def _sizes(width: int, height: int) -> tuple[int, int]:
    """Return the margin, and the height of the letters."""
    shorter = min(height, width)
    size = min(_MAX_FONT, max(MIN_FONT, round(shorter * _FONT_SHARE)))
    return max(3, round(shorter * _MARGIN_SHARE)), size


def scale_bar(stack: StackDescription, width: int, zoom: float = 1.0, axis: int = 1) -> tuple[float, str]:
    """Find the length in pixels and the label of a scale bar: 1, 2 or 5 times a power of ten.

    Parameters
    ----------
    stack : StackDescription
        Gives the pixel size; without one the bar counts pixels of the frame.
    width : int
        Width of the picture in pixels.
    zoom : float
        Pixels of the picture per pixel of the frame.
    axis : int
        What the bar lies along: rows (1) of the frame, or its columns (0).

    Examples
    --------
    >>> from jpkl import JPkl
    >>> from jpkl_viewer.model.stack import describe
    >>> metadata = {"pixel_size": (0.1, 0.1), "pixel_unit": "µm"}
    >>> scale_bar(describe(JPkl(np.zeros((64, 512)), metadata=metadata)), 512)
    (100.0, '10 µm')
    """
    pixel = 1.0 if stack.pixel_size is None else stack.pixel_size[axis]
    unit = "px" if stack.pixel_size is None else stack.pixel_unit or "units"
    most = width * _BAR_SHARE / zoom * pixel
    length = nice_length(most)
    return round(length / pixel * zoom, 6), f"{format_number(length)} {unit}"


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
    thick, stroke = max(2, size // 5), max(1, size // 12)
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

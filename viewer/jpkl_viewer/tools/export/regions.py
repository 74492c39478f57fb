"""Regions of interest, drawn over an exported picture as the screen shows them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from jpkl_viewer.limits import MAX_REGIONS, REGION_COLORS
from jpkl_viewer.tools.export.annotate import MIN_FONT, text_masks
from jpkl_viewer.tools.export.place import Place
from jpkl_viewer.tools.regions.plain import parse_roi
from jpkl_viewer.tools.regions.roi import RoiError, vertices_of

Color: TypeAlias = tuple[int, int, int]
Corners: TypeAlias = NDArray[np.float64]

_BLACK: Color = (0, 0, 0)
_WHITE: Color = (255, 255, 255)

#: Sizes in pixels of the screen: the outline and the dark line around it, letters, where these begin from the
#: uppermost corner, and the arms of the cross that marks a point.
_OUTLINE, _HALO, _LETTERS = 1.75, 4.0, 12.0
_TEXT_AT = (7.0, -5.0)
_ARM = (2.0, 8.0)

#: How opaque the dark line is, and the inside of an area.
_HALO_OPACITY, _AREA_OPACITY = 0.55, 0.1

#: Lines are drawn larger by so much and averaged, as far as there are not more pixels than this.
_SMOOTHING, _MOST_PIXELS = 4, 2**26

_AREAS = ("rectangle", "polygon", "ellipse", "freehand")


@dataclass(frozen=True)
class DrawnRegion:
    """A region as it is drawn.

    Attributes
    ----------
    name : str
        Written beside it.
    color : (int, int, int)
        Of its outline.
    corners : ndarray of shape (n, 2)
        Its outline, as (x, y) in the frame; one for a point.
    is_area : bool
        Whether the outline is closed.
    """

    name: str
    color: Color
    corners: Corners
    is_area: bool


def drawn_regions(settings: Any) -> tuple[DrawnRegion, ...]:
    """Take the regions from the settings of their tool; what is none is left out, as in the browser."""
    items = settings.get("rois") if isinstance(settings, Mapping) else None
    if not isinstance(items, Sequence):
        return ()
    # Of two with one name, the browser keeps the later; they may well be called the same.
    named = {str(item.get("name")): item for item in items[:MAX_REGIONS] if isinstance(item, Mapping)}
    return tuple(filter(None, map(_drawn, named.values())))


def _drawn(item: Mapping[str, Any]) -> DrawnRegion | None:
    name = item.get("name")
    try:
        roi = parse_roi(item)
    except (RoiError, LookupError, TypeError):
        return None
    if not isinstance(name, str) or not name:
        return None
    label = item.get("label")
    title = label if isinstance(label, str) and label else name
    return DrawnRegion(title, _color(name), vertices_of(roi), item["shape"] in _AREAS)


def _color(name: str) -> Color:
    number = re.fullmatch(r"r([1-9]\d*)", name)
    color = REGION_COLORS[(int(number[1]) - 1) % len(REGION_COLORS) if number else 0]
    red, green, blue = bytes.fromhex(color[1:])
    return red, green, blue


def region_overlay(
    regions: Sequence[DrawnRegion], place: Place, *, has_names: bool = True
) -> Image.Image | None:
    """Draw regions where they are in a picture: what is transparent stays as it is.

    Parameters
    ----------
    regions : sequence of DrawnRegion
        The regions, the uppermost last.
    place : Place
        Where the frame is in the picture.
    has_names : bool
        Whether their names are written.

    Returns
    -------
    PIL.Image.Image or None
        RGBA, as large as the picture; None where no region is seen.
    """
    if not regions:
        return None
    overlay = Image.new("RGBA", (place.width, place.height))
    for region in regions:
        _draw_region(overlay, region, place, has_name=has_names)
    return overlay if overlay.getbbox() else None


def lay_over(picture: NDArray[np.uint8], overlay: Image.Image | None) -> NDArray[np.uint8]:
    """Return a picture with an overlay upon it."""
    if overlay is None:
        return picture
    image = Image.fromarray(picture)
    image.paste(overlay, (0, 0), overlay)
    return np.array(image)


def _draw_region(overlay: Image.Image, region: DrawnRegion, place: Place, *, has_name: bool) -> None:
    corners, unit = place.at(region.corners.tolist()), place.unit
    lines = list(_lines(corners, region.is_area, unit))
    box = _box(lines, overlay.size, math.ceil(_HALO * unit))
    if box is not None:
        halo = _stroke(lines, box, _HALO * unit)
        _stain(overlay, halo, _BLACK, box[:2], _HALO_OPACITY)
        if region.is_area:
            _stain(overlay, _filled(corners, box), region.color, box[:2], _AREA_OPACITY)
        _stain(overlay, _stroke(lines, box, max(1.0, _OUTLINE * unit)), region.color, box[:2])
    if has_name:
        _write_name(overlay, region.name, corners[corners[:, 1].argmin()], unit)


def _lines(corners: Corners, is_area: bool, unit: float) -> Iterator[Corners]:
    """Yield the lines that make a region: one through all corners, or the arms of a cross."""
    if len(corners) > 1:
        yield np.vstack([corners, corners[:1]]) if is_area else corners
        return
    for way in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        yield np.array([corners[0] + np.array(way) * unit * distance for distance in _ARM])


def _box(lines: Sequence[Corners], size: tuple[int, int], margin: int) -> tuple[int, int, int, int] | None:
    """Find left, top, right and bottom of what is seen of lines; None where that is nothing."""
    points = np.vstack(lines)
    left, top = np.clip(np.floor(points.min(axis=0)) - margin, 0, size).astype(int).tolist()
    right, bottom = np.clip(np.ceil(points.max(axis=0)) + margin, 0, size).astype(int).tolist()
    return (left, top, right, bottom) if left < right and top < bottom else None


def _canvas(box: tuple[int, int, int, int]) -> tuple[Image.Image, int]:
    """Make a mask of a box, larger by a factor as far as memory allows, and return the factor."""
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    by = next((by for by in (_SMOOTHING, 2) if width * height * by * by <= _MOST_PIXELS), 1)
    return Image.new("L", (width * by, height * by)), by


def _stroke(lines: Sequence[Corners], box: tuple[int, int, int, int], width: float) -> Image.Image:
    mask, by = _canvas(box)
    draw = ImageDraw.Draw(mask)
    for line in lines:
        points = [tuple(point) for point in ((line - box[:2]) * by - 0.5).tolist()]
        draw.line(points, fill=255, width=max(1, round(width * by)), joint="curve")
        _round_ends(draw, (points[0], points[-1]), width * by / 2)
    return mask.reduce(by)


def _round_ends(draw: ImageDraw.ImageDraw, ends: Sequence[tuple[float, ...]], radius: float) -> None:
    for x, y in ends:
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)


def _filled(corners: Corners, box: tuple[int, int, int, int]) -> Image.Image:
    mask, by = _canvas(box)
    points = ((corners - box[:2]) * by - 0.5).ravel().tolist()
    ImageDraw.Draw(mask).polygon(points, fill=255)
    return mask.reduce(by)


def _stain(
    overlay: Image.Image, mask: Image.Image, color: Color, at: tuple[int, int], opacity: float = 1.0
) -> None:
    """Lay a color over what a mask covers."""
    layer = Image.new("RGBA", mask.size, (*color, 0))
    layer.putalpha(mask.point([round(opacity * value) for value in range(256)]))
    overlay.alpha_composite(layer, at)


def _write_name(overlay: Image.Image, name: str, corner: NDArray[np.float64], unit: float) -> None:
    """Write a name beside a corner that is seen, within the picture where there is room."""
    width, height = overlay.size
    if not (0 <= corner[0] <= width and 0 <= corner[1] <= height):
        return
    size = max(MIN_FONT, round(_LETTERS * unit))
    fill, outline = (Image.fromarray(mask) for mask in text_masks(name, size, width))
    x = round(corner[0] + _TEXT_AT[0] * unit)
    y = round(corner[1] + _TEXT_AT[1] * unit - size)
    at = (max(0, min(x, width - fill.width)), max(0, min(y, height - fill.height)))
    for mask, color in ((outline, _BLACK), (fill, _WHITE)):
        part = mask.crop((0, 0, min(mask.width, width - at[0]), min(mask.height, height - at[1])))
        _stain(overlay, part, color, at)

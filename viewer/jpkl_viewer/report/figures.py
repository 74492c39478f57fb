"""Pictures of a report with their captions and legends, as HTML: what is printed, and shown without scripts.

Whatever comes from files or from the user is escaped.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape

from PIL import Image

from jpkl import FrameError
from jpkl_viewer.report.jpeg import jpeg_of
from jpkl_viewer.report.shots import Shot, Shots
from jpkl_viewer.tools.export.colorbar import ColorScale

#: Longer side in pixels, by kind: so many that the letters of a scale bar can be read where it is printed.
_SIDES = {"still": 640, "position": 400, "bookmark": 720}

#: JPEG quality of a picture.
_QUALITY = 85

#: Colors of a palette that a legend is made of.
_STOPS = range(0, 256, 15)


@dataclass(frozen=True)
class SectionFigures:
    """The pictures of one stack: of its first view, of chosen positions, and of bookmarks."""

    still: str
    positions: str
    bookmarks: str


def section_figures(shots: Shots, advance: Callable[[], object]) -> SectionFigures:
    """Draw the pictures of a stack, and call `advance` after each."""

    def drawn(each: Iterable[Shot], name: str) -> list[str]:
        made = []
        for shot in each:
            made.append(_figure(shot, name))
            advance()
        return made

    still = _figure(shots.first, "still")
    advance()
    return SectionFigures(
        still,
        _group("stills", "Positions", drawn(shots.chosen, "position")),
        _group("bookmarks", "Bookmarks", drawn(shots.marked, "bookmark")),
    )


def _group(name: str, title: str, figures: Sequence[str]) -> str:
    if not figures:
        return ""
    # The heading is not in the grid: a page would end between it and the first row.
    return f'<div class="figures {name}"><h3>{title}</h3><div>{"".join(figures)}</div></div>\n'


def _figure(shot: Shot, name: str) -> str:
    hint = " (a still: with JavaScript, the stack can be scrubbed through)" if name == "still" else ""
    more = f"<noscript>{hint}</noscript>" if hint else ""
    text = _caption(shot, name)
    return (
        f'<figure class="{name}">{_picture(shot, _SIDES[name])}<figcaption>{text}{more}</figcaption></figure>'
    )


def _picture(shot: Shot, side: int) -> str:
    """Draw a picture, with its legend; in place of a damaged frame is its error."""
    try:
        image = Image.fromarray(shot.picture(side))
        legend = _legend(shot.legend())
    except FrameError as error:
        return f'<p class="error">{escape(str(error))}</p>'
    data = base64.b64encode(jpeg_of(image, _QUALITY)).decode()
    text, size = escape(f"{shot.name}, {shot.where}"), f'width="{image.width}" height="{image.height}"'
    return f'<img src="data:image/jpeg;base64,{data}" {size} alt="{text}">{legend}'


def _caption(shot: Shot, name: str) -> str:
    if name == "position":
        return escape(shot.position or shot.where)
    if name == "still":
        return escape(", ".join(filter(None, (shot.name, shot.where))))
    text = f'<span class="text">{escape(shot.caption)}</span> ' if shot.caption else ""
    return f"<b>{escape(shot.name)}</b> {text}<small>{escape(shot.where)}</small>"


def _legend(scales: Sequence[ColorScale]) -> str:
    """Write what colors stand for: a strip of them between the contrast limits, for each channel."""
    if not scales:
        return ""
    return f'<ul class="legend">{"".join(map(_scale, scales))}</ul>'


def _scale(scale: ColorScale) -> str:
    colors = ",".join("#" + bytes(scale.palette[i].tolist()).hex() for i in _STOPS)
    name = f"<b>{escape(scale.name)}</b> " if scale.name else ""
    strip = f'<i style="background:linear-gradient(90deg,{colors})"></i>'
    return f"<li>{name}{escape(scale.low)}{strip}{escape(scale.high)}</li>"

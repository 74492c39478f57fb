"""Slides of a report, for PowerPoint and programs that read its files: one for each stack and each bookmark.

A slide has a movie that plays when it is clicked, or a picture where there is nothing to play; a title, the
caption, and what the colors stand for.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

from jpkl import FrameError, MissingDependencyError
from jpkl.toolkit import count, human_bytes, one_line, replacing
from jpkl_viewer.frames.task import Task
from jpkl_viewer.report.bundle import Written
from jpkl_viewer.report.forecast import ReportTooLargeError
from jpkl_viewer.report.movies import SIDE, Movie
from jpkl_viewer.report.shots import Shot, Shots
from jpkl_viewer.tools.export.colorbar import ColorScale
from jpkl_viewer.tools.export.panes import Picture
from jpkl_viewer.tools.export.watched import watched

if TYPE_CHECKING:
    from pptx.slide import Slide as Page

#: Units of a file per inch, and the size of a slide in inches: 16 to 9.
_INCH, _SIZE = 914400, (13.333, 7.5)

#: Left, top, width and height in inches: of the title, and of the picture with the texts at its right.
_TITLE = (0.5, 0.3, 12.333, 0.9)
_BODY = (0.5, 1.35, 12.333, 5.75)

#: Width of the texts at least, and their distance from the picture.
_LEAST, _GAP = 3.4, 0.3

#: Height of a line of the legend, and width and height of its strip of colors.
_LINE, _STRIP = 0.34, (0.9, 0.14)

#: Characters that the format allows in the title of a deck.
_LONGEST_TITLE = 255

#: Distance of a text from the edge of its box.
_INSET = 0.1

#: Sizes of letters in points.
_POINTS = {"title": 28, "caption": 18, "where": 14, "legend": 14}


@dataclass(frozen=True)
class Slide:
    """What is on a slide.

    Attributes
    ----------
    shot : Shot
        What is seen.
    title : str
        Title of the slide.
    notes : str
        Notes of the speaker.
    movie : Movie or None
        What is played; None for a picture.
    """

    shot: Shot
    title: str
    notes: str
    movie: Movie | None


def slides_of(
    shots: Sequence[Shots],
    facts: Sequence[Mapping[str, str]],
    *,
    dim: str | None = None,
    fps: float | None = None,
) -> list[Slide]:
    """Collect the slides of a report: each stack, followed by its chosen positions and its bookmarks.

    Parameters
    ----------
    shots : sequence of Shots
        The views of each stack.
    facts : sequence of mapping
        What is known of each stack, for the notes.
    dim : str, optional
        Name of the dim that movies run along.
    fps : float, optional
        Pictures per second.

    Raises
    ------
    MissingDependencyError
        If a package of the extras ``slides`` or ``movie`` is not installed.
    """
    _check_pptx()
    slides = []
    for each, known in zip(shots, facts, strict=True):
        notes = "\n".join(one_line(f"{name}: {text}") for name, text in known.items())
        slides.append(Slide(each.first, each.first.name, notes, Movie.of(each.first, dim, fps)))
        # At a position that was chosen, the picture is what matters.
        slides += [Slide(shot, f"{shot.name}, {shot.position}", notes, None) for shot in each.chosen]
        slides += [Slide(shot, shot.name, notes, Movie.of(shot, dim, fps)) for shot in each.marked]
    return slides


def write_slides(
    path: str | PathLike[str],
    title: str,
    slides: Sequence[Slide],
    limit: int,
    *,
    progress: bool | Task = False,
) -> Written:
    """Write slides; the file appears when it is complete.

    Raises
    ------
    ReportTooLargeError
        If they are larger than `limit`, in bytes.
    OSError
        If the file cannot be written.
    """
    deck = _new_deck(title)
    problems = []
    with tempfile.TemporaryDirectory(prefix="jpkl-slides-") as folder, replacing(path) as file:
        for number, slide in enumerate(slides):
            page = deck.slides.add_slide(deck.slide_layouts[5])  # a title and nothing else
            movie = Path(folder) / f"{number}.mp4"
            problems += _fill(page, slide, movie, progress)
            movie.unlink(missing_ok=True)  # the deck has it
        # Seeks, which is for a file in memory or on a disk alone.
        deck.save(file)
        nbytes = file.tell()
        if nbytes > limit:
            raise ReportTooLargeError(
                f"the slides would have {human_bytes(nbytes)}, and the limit is {human_bytes(limit)}. "
                "Include fewer frames (select), a part of them (crop) or fewer bookmarks, or raise the limit"
            )
    return Written("slide", tuple(slide.title for slide in slides), nbytes, tuple(problems))


def _check_pptx() -> None:
    try:
        import pptx  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError("Writing slides", "slides") from error


def _new_deck(title: str) -> Any:
    """Make an empty deck of wide slides."""
    from pptx import Presentation

    deck: Any = Presentation()
    across = _SIZE[0] * _INCH / deck.slide_width
    deck.slide_width, deck.slide_height = round(_SIZE[0] * _INCH), round(_SIZE[1] * _INCH)
    for page in (deck.slide_master, *deck.slide_layouts):  # made for narrower slides
        for shape in page.placeholders:
            shape.left, shape.top, shape.width, shape.height = (
                *(round(shape.left * across), shape.top),
                *(round(shape.width * across), shape.height),
            )
    properties = deck.core_properties
    properties.title, properties.author, properties.last_modified_by = (
        one_line(title)[:_LONGEST_TITLE],
        "",
        "",
    )
    return deck


def _fill(page: Page, slide: Slide, path: Path, progress: bool | Task) -> list[str]:
    """Put on a slide what belongs there; returns what is missing."""
    heading = page.shapes.title
    assert heading is not None
    _place(heading, _TITLE)
    _write(heading.text_frame, [(one_line(slide.title), "title")])
    texts = [(slide.shot.caption, "caption"), (slide.shot.where, "where")]
    notes = page.notes_slide.notes_text_frame
    if notes is not None:
        notes.text = slide.notes
    try:
        legend = slide.shot.legend()
        width = _add_picture(page, slide, path, progress)
    except FrameError as error:
        _write(page.shapes.add_textbox(*_units(_BODY)).text_frame, [*texts, (str(error), "caption")])
        return [f"{slide.title}: {error}"]
    left, top, across, down = _BODY
    beside = (left + width + _GAP, top, across - width - _GAP, down)
    _write(page.shapes.add_textbox(*_units(beside)).text_frame, texts)
    _add_legend(page, legend, beside)
    n = slide.movie.n_damaged if slide.movie else 0
    return [f"{slide.title}: {count(n, 'picture')} left out, as frames are damaged"] if n else []


def _add_picture(page: Page, slide: Slide, path: Path, progress: bool | Task) -> float:
    """Add the movie, or the picture, as large as there is room; returns its width in inches."""
    shot, movie = slide.shot, slide.movie
    picture = shot.picture(SIDE) if movie is None else movie.poster()
    height, width = picture.shape[:2]
    left, top, across, down = _BODY
    scale = min((across - _GAP - _LEAST) / width, down / height)
    place = _units((left, top, width * scale, height * scale))
    if movie is None:
        shape: Any = page.shapes.add_picture(_png(picture), *place)
    else:
        with watched(slide.title, progress) as task:
            movie.write(path, task)
        shape = page.shapes.add_movie(str(path), *place, _png(picture), "video/mp4")
    shape.name = one_line(slide.title)
    # What is read out to those who cannot see it.
    shape._element._nvXxPr.cNvPr.set("descr", one_line(f"{shot.name}, {shot.where}"))
    return float(width * scale)


def _add_legend(page: Page, scales: Sequence[ColorScale], beside: tuple[float, float, float, float]) -> None:
    """Add what colors stand for below the texts, as strips between the contrast limits."""
    left, top, across, down = beside
    strip, high = _STRIP
    for number, scale in enumerate(reversed(scales)):
        y = top + down - (number + 1) * _LINE
        colors = np.repeat(scale.palette[None], 16, axis=0)
        page.shapes.add_picture(_png(colors), *_units((left + _INSET, y + (_LINE - high) / 2, strip, high)))
        box = page.shapes.add_textbox(*_units((left + _INSET + strip, y, across - _INSET - strip, _LINE)))
        text = f"{scale.low} – {scale.high}"
        _write(box.text_frame, [(f"{scale.name}  {text}" if scale.name else text, "legend")])


def _write(frame: Any, texts: Sequence[tuple[str, str]]) -> None:
    """Write texts into a frame, each in the size of its kind; what is longer than the frame gets smaller."""
    from pptx.enum.text import MSO_ANCHOR, MSO_AUTO_SIZE, PP_ALIGN
    from pptx.util import Pt

    frame.word_wrap = True
    frame.auto_size = MSO_AUTO_SIZE.TEXT_TO_FIT_SHAPE
    frame.margin_left = round(_INSET * _INCH)
    frame.vertical_anchor = MSO_ANCHOR.TOP if len(texts) > 1 else MSO_ANCHOR.MIDDLE
    lines = [(line, kind) for text, kind in texts for line in text.splitlines() if line.strip()]
    for number, (line, kind) in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        run = paragraph.add_run()
        run.text, run.font.size, run.font.bold = one_line(line), Pt(_POINTS[kind]), kind == "title"
        paragraph.alignment, paragraph.space_after = PP_ALIGN.LEFT, Pt(6)


def _place(shape: Any, box: tuple[float, float, float, float]) -> None:
    shape.left, shape.top, shape.width, shape.height = _units(box)


def _units(box: Sequence[float]) -> tuple[Any, Any, Any, Any]:
    left, top, width, height = (round(side * _INCH) for side in box)
    return left, top, width, height


def _png(picture: Picture) -> io.BytesIO:
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(buffer, "PNG")
    buffer.seek(0)
    return buffer

"""A report as a ZIP of files, for where a page alone is refused: the page, movies, and pictures.

The files are made in a temporary folder, which is gone in the end; the ZIP appears when it is complete.
"""

from __future__ import annotations

import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from os import PathLike
from pathlib import Path, PurePath
from textwrap import fill
from typing import TypeAlias

from PIL import Image

from jpkl import FrameError, __version__
from jpkl.toolkit import count, human_bytes, one_line, replacing
from jpkl_viewer.frames.task import Task
from jpkl_viewer.report.movies import SIDE, Movie
from jpkl_viewer.report.shots import Shot, Shots
from jpkl_viewer.tools.export.watched import watched

#: Name of the page in the ZIP.
PAGE = "report.html"

#: Characters of a name at most, and those that some system allows in no name.
_LONGEST, _FORBIDDEN = 80, re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')

#: Names that Windows keeps for devices.
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)

#: Width of the text in characters.
_WIDTH = 80

_PAGE_IS_FOR = (
    "The whole viewer: scrub, zoom, change contrast and colors. It opens in any browser, from a disk or a "
    "web server, without Python and without a network. Mail programs and lab notebooks often refuse to show "
    "HTML: save it first, then open it."
)
_MOVIE_IS_FOR = "for mail, chats, slides, and lab notebooks that refuse HTML"
_POSTER_IS_FOR = "a still of the same view: for documents, print, and as the poster of the movie"
_LOSSY = (
    "Pixel values here are 8-bit and mostly compressed with loss, the movies twice: made for looking. "
    "Measure on the original data."
)

#: Writes the page to a path.
WritePage: TypeAlias = Callable[[Path], object]


@dataclass(frozen=True)
class Written:
    """What was written beside, or in place of, a page.

    Attributes
    ----------
    noun : str
        What the parts are: ``"file"`` or ``"slide"``.
    parts : tuple of str
        Their names.
    nbytes : int
        Bytes of the whole.
    damaged : tuple of str
        What is missing, as frames are damaged.

    Examples
    --------
    >>> print(Written("slide", ("raw", "denoised"), 5_300_000))
    2 slides, 5.3 MB
    """

    noun: str
    parts: tuple[str, ...]
    nbytes: int
    damaged: tuple[str, ...] = ()

    def __str__(self) -> str:
        text = f"{count(len(self.parts), self.noun)}, {human_bytes(self.nbytes)}"
        return f"{text}; {'; '.join(self.damaged)}" if self.damaged else text


@dataclass(frozen=True)
class _File:
    """A file of the ZIP, and what it is for; `problem` says what it lacks."""

    name: str
    purpose: str
    problem: str = ""


def write_bundle(
    path: str | PathLike[str],
    title: str,
    shots: Sequence[Shots],
    write_page: WritePage,
    *,
    dim: str | None = None,
    fps: float | None = None,
    progress: bool | Task = False,
) -> Written:
    """Write the ZIP; parameters as of `Report.save_bundle`.

    Parameters
    ----------
    shots : sequence of Shots
        The views of each stack.
    write_page : callable
        Writes the page to a path.
    """
    movies = [Movie.of(each.first, dim, fps) for each in shots]
    with tempfile.TemporaryDirectory(prefix="jpkl-bundle-") as folder, replacing(path) as file:
        files = list(_write_files(Path(folder), shots, movies, write_page, progress))
        (Path(folder) / "README.txt").write_text(_readme(title, files), "utf-8", "replace", "\r\n")
        names = ("README.txt", *(each.name for each in files))
        with zipfile.ZipFile(file, "w") as packed:
            for name in names:
                # The page is base64, of which a quarter is air; the others are compressed already.
                way = zipfile.ZIP_DEFLATED if name == PAGE else zipfile.ZIP_STORED
                packed.write(Path(folder) / name, name, compress_type=way)
        nbytes = file.tell()
    return Written("file", names, nbytes, tuple(each.problem for each in files if each.problem))


def _write_files(
    folder: Path,
    shots: Sequence[Shots],
    movies: Sequence[Movie | None],
    write_page: WritePage,
    progress: bool | Task,
) -> Iterator[_File]:
    write_page(folder / PAGE)
    yield _File(PAGE, _PAGE_IS_FOR)
    names = Names()
    for each, movie in zip(shots, movies, strict=True):
        stem = names.new(PurePath(each.first.name).name.removesuffix(".jpkl"))
        if movie is not None:
            with watched(f"{stem}.mp4", progress) as task:
                movie.write(folder / f"{stem}.mp4", task)
            yield _movie_file(f"{stem}.mp4", movie)
        yield _write_picture(folder, f"{stem}.png", each.first, movie)
        for mark in (*each.chosen, *each.marked):
            name = mark.position.replace(" · ", ", ") if mark in each.chosen else mark.name
            yield _write_picture(folder, f"{names.new(f'{stem} - {name}')}.png", mark)


def _movie_file(name: str, movie: Movie) -> _File:
    problem = (
        f"{count(movie.n_damaged, 'picture')} left out, as frames are damaged" if movie.n_damaged else ""
    )
    text = f"{movie.shot.name}: {movie}; {_MOVIE_IS_FOR}."
    return _File(name, f"{text} {problem}.".removesuffix(" ."), problem and f"{name}: {problem}")


def _write_picture(folder: Path, name: str, shot: Shot, movie: Movie | None = None) -> _File:
    """Write a picture; of a damaged frame, a text that says so."""
    try:
        picture = shot.picture(SIDE) if movie is None else movie.poster()
    except FrameError as error:
        name = f"{name}.txt"
        (folder / name).write_text(f"{error}\n", "utf-8", "replace")
        return _File(name, "In place of a picture: a frame is damaged.", f"{name}: {error}")
    Image.fromarray(picture).save(folder / name, "PNG")
    if movie is not None:
        return _File(name, f"{shot.name}: {_POSTER_IS_FOR}.")
    said = ", ".join(filter(None, (shot.name, one_line(shot.caption), shot.where)))
    return _File(name, f"{said}; for documents, print, slides and lab notebooks.")


def _readme(title: str, files: Sequence[_File]) -> str:
    today = date.today()
    listed = "\n".join(
        f"{each.name}\n{fill(each.purpose, _WIDTH, initial_indent='    ', subsequent_indent='    ')}\n"
        for each in files
    )
    made = f"Made with JPkl {__version__} on {today.day} {today:%B %Y}."
    return f"{one_line(title)}\n\nWhich file is for what:\n\n{listed}\n{fill(_LOSSY, _WIDTH)}\n{made}\n"


class Names:
    """Names of files that every system can hold, each of them once."""

    def __init__(self) -> None:
        self._taken: set[str] = {"readme", "report"}

    def new(self, wanted: str) -> str:
        """Return a name without a suffix, as near as can be to what is wanted."""
        plain = _FORBIDDEN.sub("-", one_line(wanted))[:_LONGEST].strip(" .") or "stack"
        if _RESERVED.fullmatch(plain.partition(".")[0]):
            plain = f"{plain}-"
        name, number = plain, 1
        while name.casefold() in self._taken:
            number += 1
            name = f"{plain} ({number})"
        self._taken.add(name.casefold())
        return name

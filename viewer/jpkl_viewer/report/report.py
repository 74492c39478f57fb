"""Reports: one HTML file with stacks to scrub through, which needs neither Python nor a network.

Its frames are `jpkl_viewer.report.frames`, everything else on the page is `jpkl_viewer.report.page`.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import count
from os import PathLike
from typing import BinaryIO, TypedDict

from jpkl.toolkit import replacing
from jpkl_viewer.frames.task import UNWATCHED, Task
from jpkl_viewer.model.names import distinct_names
from jpkl_viewer.report.bundle import Written, write_bundle
from jpkl_viewer.report.embed import DEFAULT_EMBEDDED_NBYTES, EmbeddedReport
from jpkl_viewer.report.excerpt import Choice, Crop, Excerpt, ReportedView
from jpkl_viewer.report.facts import facts
from jpkl_viewer.report.figures import SectionFigures, section_figures
from jpkl_viewer.report.forecast import Forecast, ReportTooLargeError, megabytes
from jpkl_viewer.report.frames import survey, write_frames
from jpkl_viewer.report.page import page_end, page_start
from jpkl_viewer.report.shots import Shots
from jpkl_viewer.tools.export.watched import watched

#: Size of a report above which it is refused unless the user raises it: browsers and mail have limits.
DEFAULT_MAX_NBYTES = 200 * 10**6


class ReportOptions(TypedDict, total=False):
    """What `Report` takes besides the viewers."""

    title: str | None
    note: str
    select: Mapping[str, Choice] | None
    crop: Crop | None
    scale: float
    quality: int | None
    bookmarks: bool
    stills: Mapping[str, Choice] | None


class Report:
    """One page with one or several stacks.

    Parameters
    ----------
    viewers : sequence of JPklViewer
        What to show; each starts with what its viewer shows now, and can be compared with the others.
    title : str, optional
        Title of the page; by default the names of the stacks.
    note : str
        Text below the title, in Markdown. HTML in it is shown as text.
    select : mapping of str to int, slice or sequence of int
        Indices to include, by the name of the dim, e.g. ``{"time": slice(0, 50, 2), "z": 3}``. Stacks
        without such a dim are included whole.
    crop : pair of slice
        Rows and columns of the frames to include.
    scale : float
        Factor by which frames are made smaller, above 0 and at most 1.
    quality : int
        JPEG quality, 1 to 100. Frames are re-encoded only if this, ``crop`` or ``scale`` asks for it, or
        if they are not stored as JPEG; else their bytes go into the report unchanged.
    bookmarks : bool
        Whether to include the bookmarks of the stacks, with the frames that they show: they are listed beside
        the picture, keys go through them, and each is a figure with its caption below the viewer, drawn as
        the live viewer shows it: a projection, orthogonal views, a montage. In the viewer of the page, a
        projection stays where all of its dim is included.
    stills : mapping of str to int, slice or sequence of int
        Positions to print, by the name of the dim, e.g. ``{"time": slice(0, 50, 10)}``: each is a picture.

    Raises
    ------
    ValueError, IndexError
        If there is no stack, or an option does not fit; says which and what to do.

    Examples
    --------
    >>> import numpy as np
    >>> from jpkl import JPkl
    >>> from jpkl_viewer import JPklViewer
    >>> viewer = JPklViewer(JPkl(np.zeros((8, 8, 5)), dim_names=["time"]))
    >>> report = Report([viewer], title="Nothing to see", note="All frames are **black**.")
    >>> report.forecast().n_frames
    5
    """

    def __init__(
        self,
        viewers: Sequence[ReportedView],
        *,
        title: str | None = None,
        note: str = "",
        select: Mapping[str, Choice] | None = None,
        crop: Crop | None = None,
        scale: float = 1.0,
        quality: int | None = None,
        bookmarks: bool = False,
        stills: Mapping[str, Choice] | None = None,
    ) -> None:
        if not viewers:
            raise ValueError("a report needs at least one stack")
        marked = [tuple(viewer.bookmarks) if bookmarks else () for viewer in viewers]
        if bookmarks and not any(marked):
            raise ValueError("there are no bookmarks to include: the viewer keeps them beside the file")
        _check_names({**(select or {}), **(stills or {})}, viewers)
        self.note = note
        titles = _titles(viewers)
        self.title = ", ".join(titles) if title is None else title
        #: First the stacks with their own section, then those that they are compared with.
        self.excerpts = [
            Excerpt.of(viewer, select=select, crop=crop, scale=scale, quality=quality, bookmarks=of)
            for viewer, of in [
                *zip(viewers, marked, strict=True),
                *((other, ()) for viewer in viewers for other in viewer.compared),
            ]
        ]
        self.excerpts[: len(viewers)] = [
            replace(excerpt, title=name) for excerpt, name in zip(self.excerpts, titles, strict=False)
        ]
        self._others = _others(viewers)
        self._shots = [
            Shots.of(viewer, excerpt, stills or {}, of)
            for viewer, excerpt, of in zip(viewers, self.excerpts, marked, strict=False)
        ]
        self._figures: list[SectionFigures] = []

    def forecast(self) -> Forecast:
        """Find how large the report will be, and which frames are damaged; reads all frames once.

        Returns
        -------
        Forecast
            Number of frames, bytes of the page, and the frames that cannot be read.
        """
        return self._forecast(UNWATCHED)

    def _forecast(self, task: Task) -> Forecast:
        sizes = 0
        texts = 0
        damaged = []
        for excerpt in self.excerpts:
            lengths, bad = survey(excerpt, task)
            sizes += sum(lengths)
            texts += sum(-(-length // 3) * 4 for length in lengths)
            damaged += [f"{excerpt.title} {excerpt.index(number)}" for number in bad]
        n_frames = sum(excerpt.n_frames for excerpt in self.excerpts)
        page = len(self._start) + len(page_end())
        # Beside its bytes, a frame takes its number and length in a table.
        nbytes = page + texts + 14 * n_frames
        is_exact = all(excerpt.quality is None for excerpt in self.excerpts)
        return Forecast(n_frames, nbytes, sizes, tuple(damaged), is_exact)

    def save(
        self, path: str | PathLike[str], *, max_nbytes: int | None = None, progress: bool | Task = False
    ) -> Forecast:
        """Write the report; it appears when it is complete.

        Parameters
        ----------
        path : path-like
            The file, which is replaced if it exists.
        max_nbytes : int, optional
            Size above which nothing is written; `DEFAULT_MAX_NBYTES` by default.
        progress : bool
            Show a progress bar with the forecast; a `Task` is told instead, and ends it when it is stale.

        Returns
        -------
        Forecast
            What was written.

        Raises
        ------
        ReportTooLargeError
            If it would be larger than ``max_nbytes``.
        OSError
            If the file cannot be written.
        """
        forecast = self._checked(DEFAULT_MAX_NBYTES if max_nbytes is None else max_nbytes, progress)
        with replacing(path) as file:
            return self._write(file, forecast, progress)

    def save_bundle(
        self,
        path: str | PathLike[str],
        *,
        dim: str | None = None,
        fps: float | None = None,
        max_nbytes: int | None = None,
        progress: bool | Task = False,
    ) -> Written:
        """Write a ZIP for where a page alone is refused: the page, a movie and a picture of each stack.

        A README.txt in it says which file is for what. Bookmarks, if they are included, and ``stills`` are
        pictures, too. Movies have the part of the stack that the report has, without damaged frames.

        Parameters
        ----------
        path : path-like
            The file, which is replaced if it exists; it appears when it is complete.
        dim : str, optional
            Name of the dim that movies run along, in stacks that have it; by default the one that the viewer
            plays, or else the longest.
        fps : float, optional
            Pictures per second; by default as the viewer plays.
        max_nbytes : int, optional
            Size of the page above which nothing is written; `DEFAULT_MAX_NBYTES` by default.
        progress : bool
            Show progress bars.

        Returns
        -------
        Written
            Names of the files, their size, and what is missing as frames are damaged.

        Raises
        ------
        MissingDependencyError
            If there is a movie to write, and the extra ``movie`` is not installed.
        ReportTooLargeError
            If the page would be larger than ``max_nbytes``.
        ValueError
            If no stack has such a dim to play.
        OSError
            If the file cannot be written.
        """
        self._check_dim(dim)

        def write_page(page: PathLike[str]) -> None:
            self.save(page, max_nbytes=max_nbytes, progress=progress)

        return write_bundle(path, self.title, self._shots, write_page, dim=dim, fps=fps, progress=progress)

    def save_slides(
        self,
        path: str | PathLike[str],
        *,
        dim: str | None = None,
        fps: float | None = None,
        max_nbytes: int | None = None,
        progress: bool | Task = False,
    ) -> Written:
        """Write slides for PowerPoint: one for each stack and, if they are included, each bookmark.

        Each has a movie that plays when it is clicked, with its scale bar, or else a picture; a title, the
        caption, and what the colors stand for. ``stills`` are slides with a picture.

        Parameters
        ----------
        path : path-like
            The file, which ends in ``.pptx`` and is replaced if it exists; it appears when it is complete.
        dim : str, optional
            Name of the dim that movies run along, in stacks that have it; by default the one that the viewer
            plays, or else the longest.
        fps : float, optional
            Pictures per second; by default as the viewer plays.
        max_nbytes : int, optional
            Size above which nothing is written; `DEFAULT_MAX_NBYTES` by default.
        progress : bool
            Show progress bars.

        Returns
        -------
        Written
            Titles of the slides, their size, and what is missing as frames are damaged.

        Raises
        ------
        MissingDependencyError
            If the extra ``slides`` is not installed, or there is a movie to write, and ``movie`` is not.
        ReportTooLargeError
            If it would be larger than ``max_nbytes``.
        ValueError
            If no stack has such a dim to play.
        OSError
            If the file cannot be written.
        """
        from jpkl_viewer.report.slides import slides_of, write_slides

        self._check_dim(dim)
        known = [facts(excerpt) for excerpt in self.excerpts[: len(self._shots)]]
        slides = slides_of(self._shots, known, dim=dim, fps=fps)
        limit = DEFAULT_MAX_NBYTES if max_nbytes is None else max_nbytes
        return write_slides(path, self.title, slides, limit, progress=progress)

    def _check_dim(self, dim: str | None) -> None:
        """Check that a stack has a dim."""
        names = [each.name for shots in self._shots for each in shots.first.view.stack.dims]
        if dim is not None and dim not in names:
            raise ValueError(
                f"no stack has a dim {dim!r} to play; there are {', '.join(dict.fromkeys(names))}"
            )

    def embedded(self, *, max_nbytes: int | None = None, progress: bool | Task = False) -> EmbeddedReport:
        """Make the output of a notebook's cell, which keeps the report when the notebook is saved.

        Parameters
        ----------
        max_nbytes : int, optional
            Size above which it is refused; `DEFAULT_EMBEDDED_NBYTES` by default, as it is kept in the
            notebook's file.
        progress : bool
            Show a progress bar with the forecast; a `Task` is told instead, and ends it when it is stale.

        Returns
        -------
        EmbeddedReport
            Shows itself as the last line of a cell.

        Raises
        ------
        ReportTooLargeError
            If it would be larger than ``max_nbytes``.
        """
        forecast = self._checked(DEFAULT_EMBEDDED_NBYTES if max_nbytes is None else max_nbytes, progress)
        page = io.BytesIO()
        written = self._write(page, forecast, progress)
        return EmbeddedReport(self.title, page.getvalue().decode(), written)

    def _checked(self, limit: int, progress: bool | Task) -> Forecast:
        self._check_roughly(limit)
        self._draw(progress)
        forecast = self._forecast(progress if isinstance(progress, Task) else UNWATCHED)
        _check_size(forecast, limit)
        return forecast

    @cached_property
    def _start(self) -> bytes:
        return page_start(self.title, self.note, self.excerpts, self._others, self._draw())

    def _draw(self, progress: bool | Task = False) -> Sequence[SectionFigures]:
        """Draw the pictures, once."""
        if not self._figures:
            n = sum(1 + len(shots.chosen) + len(shots.marked) for shots in self._shots)
            shown = progress if isinstance(progress, Task) else progress and n > len(self._shots)
            with watched("Drawing", shown, total=n, unit="picture", leave=False) as task:
                drawn = count()
                self._figures = [
                    section_figures(shots, lambda: task.report(next(drawn) + 1, n)) for shots in self._shots
                ]
        return self._figures

    def _write(self, file: BinaryIO, forecast: Forecast, progress: bool | Task) -> Forecast:
        with watched(str(forecast), progress, total=forecast.n_frames) as task:
            file.write(self._start)
            frames_nbytes = write_frames(file, self.excerpts, task)
            file.write(page_end())
        return Forecast(forecast.n_frames, file.tell(), frames_nbytes, forecast.damaged)

    def _check_roughly(self, limit: int) -> None:
        """Refuse what is far too large before reading all of it."""
        if any(excerpt.quality is not None for excerpt in self.excerpts):
            return
        n_frames = sum(excerpt.n_frames for excerpt in self.excerpts)
        frames = sum(
            excerpt.jp.compressed_nbytes * excerpt.n_frames / len(excerpt.jp.images)
            for excerpt in self.excerpts
        )
        if frames > 2 * limit:
            _check_size(Forecast(n_frames, int(4 / 3 * frames), int(frames), is_exact=False), limit)


def _titles(viewers: Sequence[ReportedView]) -> list[str]:
    """Name the stacks, with folders where files of several have the same name."""
    titles = [viewer.title for viewer in viewers]
    names = distinct_names([viewer.jp.path for viewer in viewers])
    return [name if titles.count(title) > 1 else title for title, name in zip(titles, names, strict=True)]


def _others(viewers: Sequence[ReportedView]) -> list[list[int]]:
    """Find, for each section, the numbers of the stacks that it can be compared with."""
    others = []
    next_number = len(viewers)
    for section, viewer in enumerate(viewers):
        own = range(next_number, next_number + len(viewer.compared))
        others.append([*own, *(number for number in range(len(viewers)) if number != section)])
        next_number = own.stop
    return others


def _check_names(select: Mapping[str, Choice], viewers: Sequence[ReportedView]) -> None:
    names = list(dict.fromkeys(dim.name for viewer in viewers for dim in viewer.stack.dims))
    for name in select:
        if name not in names:
            there = f"there are {', '.join(names)}" if names else "there are no dims"
            raise ValueError(f"no stack has a dim {name!r} to select from; {there}")


def _check_size(forecast: Forecast, limit: int) -> None:
    if forecast.nbytes > limit:
        raise ReportTooLargeError(
            f"the report would hold {forecast}, and the limit is {megabytes(limit)}. Include fewer frames "
            "(select, e.g. every second time), smaller ones (crop, scale) or a lower quality, or raise the "
            "limit if whoever opens it has the memory"
        )

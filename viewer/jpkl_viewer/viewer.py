"""`JPklViewer`: a stack, what is chosen to be seen of it, and what shows it: a widget, or a Panel component.

Panel, HoloViews and Bokeh are imported when something of theirs is asked for: that takes seconds.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence
from functools import partial
from os import PathLike
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from weakref import ref

import param

from jpkl import MissingDependencyError
from jpkl_viewer.browser.description import describe_for_browser
from jpkl_viewer.browser.following import Following
from jpkl_viewer.frames.answers import Answers
from jpkl_viewer.frames.frames import DEFAULT_CACHE_NBYTES, Frames
from jpkl_viewer.frames.viewed_stack import ViewedStack
from jpkl_viewer.limits import BOOKMARKED_TOOLS, VIEW_SETTINGS
from jpkl_viewer.model.bookmarks import Bookmark
from jpkl_viewer.model.first_view import is_of_one_channel
from jpkl_viewer.model.labels_argument import named_labels
from jpkl_viewer.model.names import distinct_names
from jpkl_viewer.model.resolve import FrameRequest, is_composable, resolve
from jpkl_viewer.model.setting_types import ViewSettings
from jpkl_viewer.model.settings import check_names
from jpkl_viewer.model.stack import describe_viewable
from jpkl_viewer.model.state import ViewState
from jpkl_viewer.tools import find_answers
from jpkl_viewer.tools.bookmarks.shelf import Shelf, check_bookmarks, find_bookmark
from jpkl_viewer.tools.projection.projection import project

if TYPE_CHECKING:
    from typing import Unpack

    import panel as pn

    from jpkl import JPkl
    from jpkl_viewer.browser.component import FrameView
    from jpkl_viewer.browser.drawn_over import DrawnOver
    from jpkl_viewer.browser.model_ahead import ModelAhead
    from jpkl_viewer.browser.widget import ViewerWidget
    from jpkl_viewer.frame_map import FrameMap
    from jpkl_viewer.report.embed import EmbeddedReport
    from jpkl_viewer.report.forecast import Forecast
    from jpkl_viewer.report.report import ReportOptions
    from jpkl_viewer.tools.export.panes import View
    from jpkl_viewer.tools.export.stills import StillArguments

#: Height of a viewer that is not the whole page, in CSS pixels.
_HEIGHT = 640

#: Least width of such a viewer in layouts of Panel, in CSS pixels: that of a small phone, less its margins.
_MIN_WIDTH = 280


class ViewerOptions(ViewSettings, total=False):
    """All options of a `JPklViewer`."""

    cache_nbytes: int
    frames: Frames | None
    compare: Sequence[JPkl]
    overlay: Any
    bookmarks: Sequence[Bookmark] | None
    labels: Any


class _MadeWhenAsked(param.Parameter):  # type: ignore[type-arg]  # generic in newer versions only
    """A parameter that its owner makes when it is asked for first: `_make_<name>()`."""

    def __get__(self, obj: Any, objtype: type[Any] | None = None) -> Any:
        value = super().__get__(obj, objtype)
        if value is None and obj is not None and getattr(obj, "_is_ready", False):
            getattr(obj, f"_make_{self.name}")()
            value = super().__get__(obj, objtype)
        return value


def _size(*, fills: bool) -> dict[str, Any]:
    """Return the size of a viewer in Panel's terms. Dialogs take their width from what is in them."""
    if fills:
        return {"sizing_mode": "stretch_both"}
    return {"sizing_mode": "stretch_width", "height": _HEIGHT, "min_width": _MIN_WIDTH}


def _load_backend() -> None:
    """Have HoloViews draw with Bokeh, where it is used: without a backend, its elements take no options."""
    if "holoviews" in sys.modules:
        from jpkl_viewer.notebook import load_notebook

        load_notebook()


class JPklViewer(param.Parameterized):
    """Scrub through a stack along its named dims.

    Shows itself at the end of a notebook cell, under ``panel serve`` with ``.servable()``, and in layouts
    of Panel.

    Parameters
    ----------
    jp : JPkl
        The stack.
    cache_nbytes : int
        Budget of the cache of decoded frames, in bytes.
    frames : Frames, optional
        Frames of the same stack to share caches with, so that several people who look at one stack decode
        it once; by default the viewer has its own.
    compare : sequence of JPkl
        Stacks to compare with: dims of the same name move together, and so does the part that is seen.
    overlay : HoloViews object, optional
        What to draw over the picture, in pixels (x, y), e.g. ``hv.Points`` or a DynamicMap of them.
    bookmarks : sequence of Bookmark, optional
        Named views to go through. By default those in the JSON beside the stack's file, e.g.
        ``cells.bookmarks.json``, where they are kept; those given here are kept in the viewer alone.
    labels : mapping of str to array-like, array-like or JPkl, optional
        Label images to show over the frames, beside those of the stack: as for `JPkl.with_labels`. A JPkl of
        labels is one that was encoded with ``lossless``.
    **settings
        What is shown first, e.g. ``position=(12, 0)``, ``colormap="viridis"``, ``composite=True``: see
        `ViewState.update`. What is not given is chosen to suit the stack: the middle of z, channels
        together, contrast limits from a sample of its frames.

    Attributes
    ----------
    jp : JPkl
        The stack.
    stack : StackDescription
        What is known of the stack.
    state : ViewState
        What is chosen to be seen. Setting a parameter changes the view.
    dynamic_map : holoviews.DynamicMap
        The frame shown, as an `hv.Image` (or `hv.RGB`): ``jp[..., *state.position]``. It follows the
        sliders, and composes as any DynamicMap: ``viewer.dynamic_map * hv.Points(spots)``. A new one takes
        its place when the view changes between single channels and the composite.

    Raises
    ------
    TypeError
        If there is no such setting, or its value is of the wrong type; lists the known ones.
    ValueError, IndexError
        If a value is impossible for the stack, or a stack holds no frames.
    """

    #: Whether what is made when it is asked for can be made.
    _is_ready = False

    dynamic_map: Any = _MadeWhenAsked(doc="The hv.DynamicMap of the frame that is shown.")
    overlay: Any = param.Parameter(None, doc="HoloViews object to draw over the picture, in pixels (x, y).")

    def __init__(
        self,
        jp: JPkl,
        *,
        cache_nbytes: int = DEFAULT_CACHE_NBYTES,
        frames: Frames | None = None,
        compare: Sequence[JPkl] = (),
        overlay: Any = None,
        bookmarks: Sequence[Bookmark] | None = None,
        labels: Any = None,
        **settings: Unpack[ViewSettings],
    ) -> None:
        known = ("cache_nbytes", "frames", "compare", "overlay", "bookmarks", "labels")
        check_names(settings, (*VIEW_SETTINGS, *known), "the viewer")
        super().__init__(overlay=overlay)
        _load_backend()
        jp = jp if labels is None else jp.with_labels(named_labels(labels))
        self.jp = jp
        self.stack = describe_viewable(jp)
        self.frames = Frames(jp, project, cache_nbytes) if frames is None else frames.of(jp)
        self.state = ViewState(self.stack)
        self.state.update(**self.frames.first_settings)
        if is_of_one_channel(settings):
            self.state.composite = False
        self.state.update(**settings)
        self._first = self.state.settings()
        self._view_refs: list[ref[FrameView | ViewerWidget]] = []
        self._widget: ViewerWidget | None = None
        self._following = Following()
        self._title, *titles = distinct_names([stack.path for stack in (jp, *compare)])
        others = tuple(
            ViewedStack(describe_viewable(other), Frames(other, project, cache_nbytes), title, other.path)
            for other, title in zip(compare, titles, strict=True)
        )
        self._shelf = Shelf(self.stack, self._first, jp.path, bookmarks)
        stack = ViewedStack(self.stack, self.frames, self._title, jp.path, others, self._shelf)
        self._stacks = [stack, *others]
        self._compare = tuple(compare)
        self._map: FrameMap | None = None
        self._is_ready = True
        self._watch()

    @property
    def request(self) -> FrameRequest:
        """What is shown now."""
        return resolve(self.state, self.stack)

    @property
    def position(self) -> tuple[int, ...]:
        """The frame index that is shown. Setting it moves the viewer; negative indices count from the end.

        Raises
        ------
        IndexError
            If the stack has no such frame.
        ValueError
            If there is not one index per dim.
        """
        position: tuple[int, ...] = self.state.position
        return position

    @position.setter
    def position(self, position: Sequence[int]) -> None:
        self.state.update(position=position)

    @property
    def title(self) -> str:
        """Name of the stack's file, with folders where one that it is compared with has the same."""
        return self._title

    @property
    def compared(self) -> list[JPklViewer]:
        """Viewers of the stacks that this one is compared with."""
        viewers = [
            JPklViewer(jp, frames=stack.frames)
            for jp, stack in zip(self._compare, self._stacks[1:], strict=True)
        ]
        for viewer, stack in zip(viewers, self._stacks[1:], strict=True):
            viewer._title = stack.title
        return viewers

    @property
    def others(self) -> Sequence[ViewedStack]:
        """Stacks that it is compared with, and their frames: what `export` reads."""
        return self._stacks[1:]

    def save(
        self,
        path: str | PathLike[str],
        *,
        max_nbytes: int | None = None,
        progress: bool = True,
        **options: Unpack[ReportOptions],
    ) -> Forecast:
        """Write the viewer into one HTML file, which opens without Python and without a network.

        The report holds the stored JPEG bytes as they are, and starts with what the viewer shows now.

        Parameters
        ----------
        path : path-like
            The file; it appears, or is replaced, when it is complete.
        max_nbytes : int, optional
            Size above which nothing is written; by default 200 MB.
        progress : bool
            Show a progress bar, with the number of frames and the size.
        **options
            Title, note, and what to include: see `Report`.

        Returns
        -------
        Forecast
            Frames and bytes that were written.

        Raises
        ------
        ReportTooLargeError
            If it would be larger than ``max_nbytes``; says what to do.
        TypeError
            If there is no such option; lists the known ones.
        ValueError, IndexError
            If an option does not fit the stack.
        OSError
            If the file cannot be written.

        Examples
        --------
        >>> import numpy as np
        >>> from jpkl import JPkl
        >>> viewer = JPklViewer(JPkl(np.zeros((8, 8, 5)), dim_names=["time"]))
        >>> path = getfixture("tmp_path") / "report.html"
        >>> str(viewer.save(path, select={"time": slice(0, 3)}, progress=False))[:8]
        '3 frames'
        """
        from jpkl_viewer.report.report import Report, ReportOptions

        check_names(options, (*ReportOptions.__annotations__, "max_nbytes", "progress"), "save()")
        return Report([self], **options).save(path, max_nbytes=max_nbytes, progress=progress)

    def embed(
        self,
        *,
        max_nbytes: int | None = None,
        progress: bool = False,
        **options: Unpack[ReportOptions],
    ) -> EmbeddedReport:
        """Make an output of a notebook's cell that scrubs without Python, also once it is saved.

        It is the page that `save` writes, within the notebook: it works in the saved file, and in what
        ``jupyter nbconvert --to html`` makes of it.

        Parameters
        ----------
        max_nbytes : int, optional
            Size above which it is refused; by default 20 MB, as the notebook's file grows by it.
        progress : bool
            Show a progress bar, with the number of frames and the size.
        **options
            Title, note, and what to include: see `Report`.

        Returns
        -------
        EmbeddedReport
            Shows itself as the last line of a cell.

        Raises
        ------
        ReportTooLargeError
            If it would be larger than ``max_nbytes``; says what to do.
        TypeError
            If there is no such option; lists the known ones.
        ValueError, IndexError
            If an option does not fit the stack.

        Examples
        --------
        >>> import numpy as np
        >>> from jpkl import JPkl
        >>> viewer = JPklViewer(JPkl(np.zeros((8, 8, 5)), dim_names=["time"]))
        >>> str(viewer.embed(select={"time": slice(0, 3)}).forecast)[:8]
        '3 frames'
        """
        from jpkl_viewer.report.report import Report, ReportOptions

        check_names(options, (*ReportOptions.__annotations__, "max_nbytes", "progress"), "embed()")
        return Report([self], **options).embedded(max_nbytes=max_nbytes, progress=progress)

    @property
    def bookmarks(self) -> tuple[Bookmark, ...]:
        """The named views, in their order; setting them keeps others.

        Raises
        ------
        ValueError
            If the JSON beside the stack's file is not one of bookmarks. It stays as it is.
        OSError
            If it cannot be read or written.
        """
        return self._shelf.read()

    @bookmarks.setter
    def bookmarks(self, bookmarks: Sequence[Bookmark]) -> None:
        self._shelf.change(self._shelf.read(), check_bookmarks(bookmarks, self.stack))
        for view in self._views():
            view.reload_bookmarks()

    def add_bookmark(self, name: str, caption: str = "") -> None:
        """Keep what is shown now under a name.

        Parameters
        ----------
        name : str
            Of the bookmark.
        caption : str
            A line of text that goes with it, in the list and in reports.

        Raises
        ------
        ValueError
            If there is a bookmark of that name.

        Examples
        --------
        >>> import numpy as np
        >>> from jpkl import JPkl
        >>> viewer = JPklViewer(JPkl(np.zeros((8, 8, 5)), dim_names=["time"]), position=3)
        >>> viewer.add_bookmark("Anaphase")
        >>> viewer.state.move(0, 0)
        >>> viewer.go_to("Anaphase")
        >>> viewer.state.position
        (3,)
        """
        bookmarks = self.bookmarks
        if name in [each.name for each in bookmarks]:
            raise ValueError(f"there is a bookmark {name!r} already")
        self.bookmarks = (*bookmarks, Bookmark(name, self.settings(), caption))

    def go_to(self, name: str) -> None:
        """Show the view of a bookmark, by its name. Regions and metadata set by hand stay.

        Parameters
        ----------
        name : str
            Of the bookmark.

        Raises
        ------
        ValueError
            If there is none of that name; lists those that there are.
        """
        bookmark = find_bookmark(name, self.bookmarks)
        tools = {**self.state.tools, **dict.fromkeys(BOOKMARKED_TOOLS), **bookmark.settings["tools"]}
        kept = {tool: of for tool, of in tools.items() if of is not None}
        with self._following.on():
            self.state.restore({**bookmark.settings, "tools": kept})
        self._send_settings(self.state.settings(), zoom=bookmark.zoom)

    def settings(self) -> dict[str, Any]:
        """Return the view as plain data: ``JPklViewer(jp, **viewer.settings())`` opens the same view.

        Returns
        -------
        dict
            From the name of each setting to its value.
        """
        return self.state.settings()

    def export(
        self,
        path: str | PathLike[str],
        *,
        dim: str | int | None = None,
        part: slice = slice(None),
        fps: float | None = None,
        progress: bool = True,
        **options: Unpack[StillArguments],
    ) -> None:
        """Write what is seen as a picture (``.png``), or along a dim as a movie (``.mp4``, ``.gif``).

        Where orthogonal views, a montage or a comparison are open, these are written. Metadata that were set
        by hand in a page count.

        Parameters
        ----------
        path : path-like
            The file; it appears, or is replaced, when it is complete.
        dim : str or int, optional
            For a movie: name or number of the dim; by default the one that is played.
        part : slice
            For a movie: part of the dim; all by default.
        fps : float, optional
            For a movie: frames per second; by default as it is played.
        progress : bool
            Show a progress bar for a movie.
        **options
            ``region``, ``zoom``, ``scale_bar``, ``stamp``, ``colorbar``, ``axes``,
            ``bar_length``, ``regions``, ``labels``, ``layout``, ``crosshair``, ``turned``: see
            `StillOptions`.

        Raises
        ------
        TypeError
            If there is no such option; lists the known ones.
        ValueError
            If the name ends otherwise, or there is no such dim or part.
        FrameError
            If a frame is damaged; names it.
        MissingDependencyError
            If MP4 is asked for without the extra ``movie``.
        OSError
            If the file cannot be written.

        Examples
        --------
        >>> import numpy as np
        >>> from jpkl import JPkl
        >>> viewer = JPklViewer(JPkl(np.zeros((8, 8, 5)), dim_names=["time"]))
        >>> viewer.export(getfixture("tmp_path") / "movie.gif", part=slice(0, 3), progress=False)
        """
        from jpkl_viewer.tools.export.movie import export_movie
        from jpkl_viewer.tools.export.seen import export_png
        from jpkl_viewer.tools.export.stills import StillArguments, StillOptions
        from jpkl_viewer.tools.export.watched import watched

        known = (*StillArguments.__annotations__, "dim", "part", "fps", "progress")
        check_names(options, known, "export()")
        if self.overlay is not None:
            options.setdefault("turned", False)  # nor is the picture below it turned on the screen
        still, seen = StillOptions(**options), self._seen
        if PurePath(path).suffix.lower() == ".png":
            export_png(seen, path, still)
            return
        names = [each.name for each in self.stack.dims]  # some may have others in the page
        number = names.index(dim) if isinstance(dim, str) and dim in names else dim
        with watched("Exporting", progress) as task:
            export_movie(seen, path, dim=number, part=part, fps=fps, options=still, task=task)

    @property
    def _seen(self) -> View:
        """The view as a page shows it, with the metadata that are set by hand."""
        from jpkl_viewer.tools.export.panes import View
        from jpkl_viewer.tools.info.by_hand import description_by_hand

        stack = description_by_hand(self._stacks[0], self.state.tools)
        return View(self.frames, stack, self.state, self.title, self.others)

    def _make_dynamic_map(self) -> None:
        from jpkl_viewer.frame_map import FrameMap
        from jpkl_viewer.notebook import load_notebook

        load_notebook()
        self._map = FrameMap(self.frames, self.stack, self.request, in_colors=self._is_in_colors)
        self.dynamic_map = self._map.dynamic_map

    @property
    def _is_in_colors(self) -> bool:
        return self.stack.color or (self.state.composite and is_composable(self.stack))

    def _watch(self) -> None:
        self.state.param.watch(self._follow_kind, "composite")
        for part in (self.state, self.state.playback, *self.state.channels):
            names = [name for name in part.param if name != "name"]
            part.param.watch(self._refresh, names)
            part.param.watch(self._on_change, names)

    def _follow_kind(self, *_: param.parameterized.Event) -> None:
        """Make another map for colors, or for gray values: a plot is of one kind."""
        if self._map is not None:
            self._make_dynamic_map()

    def _refresh(self, *_: param.parameterized.Event) -> None:
        if self._map is not None:
            self._map.show(self.request)

    def panel(
        self, *, owns_url: bool = False, for_visitors: bool = False, **layout: Any
    ) -> pn.viewable.Viewable:
        """Make a Panel layout of the viewer.

        Parameters
        ----------
        owns_url : bool
            Whether the page is the viewer's own: it is filled, and its URL carries the view, for links.
        for_visitors : bool
            Whether others look at it than those who run Python. They are not told where files are, and can
            have nothing written there.
        **layout
            Parameters of `panel.viewable.Viewable`, e.g. ``height=480``, or ``sizing_mode="stretch_both"``
            to fill the layout that it is in.

        Returns
        -------
        panel.viewable.Viewable
            For layouts, templates and apps of Panel.
        """
        from jpkl_viewer.browser.component import FrameView
        from jpkl_viewer.notebook import load_notebook

        load_notebook()
        view = FrameView(
            self,
            for_visitors=for_visitors,
            overlay=self._overlay_pane(),
            **self._describe(),
            owns_url=owns_url,
            **{**_size(fills=owns_url or layout.get("sizing_mode") == "stretch_both"), **layout},
        )
        self._add_view(view)
        return view

    def servable(self, *args: Any, **kwargs: Any) -> pn.viewable.Viewable:
        """Add the viewer to the page of an app, see `panel.viewable.Viewable.servable`.

        Parameters
        ----------
        *args, **kwargs
            Of that method.

        Returns
        -------
        panel.viewable.Viewable
            The layout of `panel`.
        """
        return self.panel().servable(*args, **kwargs)

    def show(self, *args: Any, **kwargs: Any) -> Any:
        """Serve the viewer as an app of Panel, see `panel.viewable.Viewable.show`.

        Parameters
        ----------
        *args, **kwargs
            Of that method.

        Returns
        -------
        panel.io.server.StoppableThread or Server
            What that method returns.
        """
        return self.panel().show(*args, **kwargs)

    @property
    def widget(self) -> ViewerWidget:
        """The viewer as a Jupyter widget, for layouts and links of ipywidgets, and for marimo.

        Its traitlets are the parameters of `state`, e.g. ``position``; both observe and set the view.

        Raises
        ------
        MissingDependencyError
            If anywidget is not installed.

        Examples
        --------
        >>> import numpy as np
        >>> from jpkl import JPkl
        >>> viewer = JPklViewer(JPkl(np.zeros((8, 8, 5)), dim_names=["time"]))
        >>> viewer.widget.position = (3,)
        >>> viewer.state.position
        (3,)
        """
        return self._widget or self._make_widget()

    def _make_widget(self, ahead: ModelAhead | None = None) -> ViewerWidget:
        """Make the widget, of what the page knows already where that is so."""
        try:
            from jpkl_viewer.browser.widget import ViewerWidget
        except ModuleNotFoundError as error:
            raise MissingDependencyError("The widget", "viewer", error.name) from error

        self._widget = ViewerWidget(self, ahead)
        self._add_view(self._widget)
        return self._widget

    def _widget_ahead(self) -> ModelAhead | None:
        """Tell the page of the widget before it is made; None where there is one, or that cannot be."""
        from jpkl_viewer.browser.model_ahead import can_be_ahead
        from jpkl_viewer.browser.widget_script import model_ahead

        if self._widget is not None or self.overlay is not None or not can_be_ahead():
            return None
        return model_ahead(self.state.settings())

    def _describe(self) -> dict[str, Any]:
        """Describe the view as plain data: what a page is given before any frame."""
        description, *others = self._descriptions()
        return {
            "description": description,
            "others": others,
            "settings": self.state.settings(),
            "first": self._first,
        }

    def _answers(self, for_visitors: bool = False, page: str = "") -> Answers:
        """Return what answers the messages of one page, which has a name where there may be others."""
        stacks = [stack.for_visitors() if for_visitors else stack for stack in self._stacks]
        return Answers(stacks, find_answers, partial(self._take_settings, page))

    def _add_view(self, view: FrameView | ViewerWidget) -> None:
        """Have a view follow, as long as a page keeps it: a viewer of an app outlives all of its sessions."""
        self._view_refs.append(ref(view, self._view_refs.remove))

    def _views(self) -> list[FrameView | ViewerWidget]:
        return [view for each in list(self._view_refs) if (view := each()) is not None]

    def _draw_over(self, on_change: Callable[[], None]) -> DrawnOver | None:
        """Have HoloViews draw over the picture of a widget."""
        if self.overlay is None:
            return None
        from jpkl_viewer.browser.drawn_over import DrawnOver

        return DrawnOver(self.overlay, self.stack.height, self.stack.width, on_change)

    def _overlay_pane(self) -> pn.viewable.Viewable | None:
        if self.overlay is None:
            return None
        import panel as pn

        from jpkl_viewer.browser.element import overlay_figure

        drawn = overlay_figure(self.overlay, self.stack.height, self.stack.width)
        return pn.pane.HoloViews(drawn, sizing_mode="stretch_both", margin=0)

    def _descriptions(self) -> list[dict[str, Any]]:
        return [describe_for_browser(stack.description, stack.title) for stack in self._stacks]

    def _take_settings(self, page: str, settings: dict[str, Any]) -> None:
        """Follow a page, and have the others follow it.

        It is not sent its own settings, but what code that watches them has made of them.
        """
        with self._following.on() as names:
            self.state.restore(settings)
        if not names:
            return
        self._send_settings(self._current(names), lambda other: other != page)
        # What observes a widget may have changed them once more by now.
        unknown = {name: value for name, value in self._current(names).items() if settings.get(name) != value}
        if unknown:
            self._send_settings(unknown, lambda other: other == page)

    def _on_change(self, *events: param.parameterized.Event) -> None:
        names = {self._setting_of(event) for event in events}
        if not self._following.is_on:
            return self._send_settings(self._current(names))
        for name in names:
            self._following.note(name)
        return None

    def _setting_of(self, event: param.parameterized.Event) -> str:
        """Return the name of the setting that has changed, or a part of it."""
        if event.obj is self.state:
            return str(event.name)
        return "playback" if event.obj is self.state.playback else "channels"

    def _current(self, names: Collection[str]) -> dict[str, Any]:
        return {name: self.state.setting(name) for name in VIEW_SETTINGS if name in names}

    def _send_settings(
        self, settings: dict[str, Any], is_meant: Callable[[str], bool] = lambda page: True, **zoom: Any
    ) -> None:
        """Have pages take over settings, all or those that are meant; ``zoom=``, too."""
        for view in self._views():
            view.show_settings(settings, is_meant, **zoom)
        if self._widget is not None:  # at last: what observes its traitlets may change settings once more
            self._widget.follow(settings)

    def __repr__(self) -> str:
        return f"<JPklViewer of {self.title} at {self.position}>"

    def __panel__(self) -> pn.viewable.Viewable:
        return self.panel()

    def _ipython_display_(self) -> None:
        from jpkl_viewer.cell import is_in_notebook, show_in_cell

        if is_in_notebook():
            show_in_cell(self)
        else:
            print(repr(self))

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        from jpkl_viewer.cell import widget_bundle

        return widget_bundle(self, self.widget)

    def _display_(self) -> ViewerWidget:
        """Show itself in marimo."""
        return self.widget

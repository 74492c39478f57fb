"""The viewer as an anywidget, which notebooks show, whatever host they are in.

Hosts keep a widget's module and state in the notebook's file, so both are small: `widget_loader.js` has the
rest sent to it, see `widget_script`. A widget can be on the page several times, in views that ask for frames
on their own. What travels are custom messages, from the browser::

    {"type": "open", "view": ..., "script": bool}     a view is there; whether the page needs the script
    {"type": "opened", "view": ..., "version": ...}   the same, where it was sent all before it asked
    {"type": "bokeh", "view": ...}                    it needs the script of Bokeh
    {"type": "close", "view": ...}                    it is gone
    {"view": ..., **message}                          what `Answers` take

and to it, with bytes beside::

    {"views": [...], "opening": {...}, "script": bool}    what a view starts from, the next one where none is
                                                      named, and whether the last of the bytes is the script
    {"views": [], "script": true}                     the script alone, before there is a viewer
    {"views": [...], "bokeh": true}                   the script of Bokeh
    {"views": [...], "message": {...}}                what `Answers` send, and in the same form:
                     {"type": "overlay", "item": ...} what HoloViews draws over the picture has changed
"""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

import anywidget
import traitlets

from jpkl_viewer.browser.bundle import read_asset
from jpkl_viewer.browser.messages import separate_bytes
from jpkl_viewer.browser.opening import Content, OpenedViewer, opening
from jpkl_viewer.browser.own_thread import OwnThread
from jpkl_viewer.browser.widget_script import LOADER, claim_script, drop_ahead, script_state
from jpkl_viewer.frames.answers import Answers
from jpkl_viewer.limits import VIEW_SETTINGS
from jpkl_viewer.model.state import ViewState

if TYPE_CHECKING:
    from jpkl_viewer.browser.drawn_over import DrawnOver
    from jpkl_viewer.browser.model_ahead import ModelAhead

#: What marimo's comms have for a kernel.
_MARIMO = "marimo"

#: Views whose computations are kept track of. Those of pages that were loaded again never say that they are
#: gone; a view that still is there is taken up again with its next message.
_MAX_VIEWS = 32


class WidgetViewer(OpenedViewer, Protocol):
    """What a widget shows: a `JPklViewer`."""

    overlay: Any

    @property
    def state(self) -> ViewState:
        """What is chosen to be seen."""
        ...

    def _draw_over(self, on_change: Callable[[], None]) -> DrawnOver | None: ...


class _Followed(threading.local):
    """The setting that this thread is giving the value that is shown already; None without one."""

    setting: tuple[str, Any] | None = None


class _Setting(traitlets.Any):
    """A setting of the view; what the stack cannot be shown with is refused."""

    def validate(self, obj: Any, value: Any) -> Any:
        return obj._checked(self.name, value)


class ViewerWidget(anywidget.AnyWidget):
    """A viewer for what takes Jupyter widgets: layouts, links and callbacks of ipywidgets, and marimo.

    Each setting of the view, e.g. ``position``, is a traitlet: ``widget.observe(follow, "position")`` and
    ``ipywidgets.link((widget, "position"), ...)``, and setting it changes the view. `ViewState` has the same.

    Parameters
    ----------
    viewer : JPklViewer
        What it shows.
    ahead : ModelAhead, optional
        What the page knows it by already.
    """

    _esm = read_asset(LOADER)
    _script = traitlets.Unicode().tag(sync=True)
    _key = traitlets.Unicode().tag(sync=True)
    comm: Any

    #: Whether its traitlets have their first values.
    _is_made = False

    def __init__(self, viewer: WidgetViewer, ahead: ModelAhead | None = None) -> None:
        self._viewer, self._ahead = viewer, ahead
        self._followed, self._is_set_there = _Followed(), False
        self._version = 0
        self._open_views: dict[str, Answers] = {}
        self._drawn: DrawnOver | None = None
        self._own_thread: OwnThread[Content] = OwnThread(lambda content: self.send(*content))
        self.add_traits(**{name: _Setting().tag(sync=True) for name in VIEW_SETTINGS})
        self.on_msg(type(self)._hear)  # where the page knows it, it may speak before this is made
        settings = viewer.state.settings()
        known = {**settings, **script_state()} if ahead is None else ahead.state
        super().__init__(**{name: known[name] for name in ("_script", "_key", *VIEW_SETTINGS)})
        self._is_made = True
        if ahead is not None:
            ahead.hand_over(self._handle_msg)
            if changed := {name: value for name, value in settings.items() if value != known[name]}:
                self.show_settings(changed, lambda view: True)
            self.follow(VIEW_SETTINGS)  # as Python, or the page, has changed it meanwhile

    def open(self) -> None:
        """Open a comm to the page, or take that which there is."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            self.comm = ahead.comm
            self.send_state("layout")  # which only ipywidgets can make
        super().open()

    def open_ahead(self) -> None:
        """Send what the next view starts from before it asks: answers wait for the end of the cell."""
        if self._viewer.overlay is None:
            opening, parts = self._opening(with_script=claim_script())
            self.send({"views": [], **opening}, parts)

    def show_settings(
        self, settings: Mapping[str, Any], is_meant: Callable[[str], bool], **zoom: Any
    ) -> None:
        """Have the views that are meant take over settings; ``zoom=`` changes that, too."""
        self._version += 1
        self._post({"type": "settings", "settings": settings, **zoom}, *filter(is_meant, self._open_views))

    def reload_bookmarks(self) -> None:
        """Have the browser ask for the bookmarks again: Python has changed them."""
        self._post({"type": "bookmarks"}, *self._open_views)

    def follow(self, names: Iterable[str]) -> None:
        """Set some of the traitlets to what is shown."""
        with self.hold_sync():
            for name in names:
                # Each as it is now: what observes the one before may have changed it, or another thread.
                value = self._viewer.state.setting(name)
                if getattr(self, name) != value:
                    self._follow(name, value)

    def _follow(self, name: str, value: Any) -> None:
        """Set one of them; what observes it may set any of them, and the view with it."""
        before, self._followed.setting = self._followed.setting, (name, value)
        try:
            self.set_trait(name, value)
        finally:
            self._followed.setting = before

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take over traitlets that were set in the browser."""
        self._is_set_there = True
        try:
            super().set_state(sync_data)
        finally:
            self._is_set_there = False

    def close(self) -> None:
        """Take it off all pages, and end what is being computed for them."""
        for view in list(self._open_views):
            self._end(view)
        super().close()

    def _checked(self, name: str, value: Any) -> Any:
        """Have the view take a setting over, and return it as plain data."""
        if not self._is_made or self._followed.setting == (name, value):
            return value
        # What the browser sets is known already where a message has said it before.
        if self._is_set_there and value == self._viewer.state.setting(name):
            return value
        self._viewer.state.update(**{name: value})
        return self._viewer.state.setting(name)

    def _hear(self, content: Mapping[str, Any], _: object) -> None:
        self._own_thread.hear(None)
        drop_ahead()
        view, kind = str(content["view"]), content["type"]
        if kind == "open":
            self._open(view, needs_script=bool(content["script"]))
        elif kind == "opened":
            self._take_up(view, content["version"])
        elif kind == "bokeh":
            self.send({"views": [view], "bokeh": True}, [_packed_bokeh()])
        elif kind == "close":
            self._end(view)
        else:
            self._answers(view).handle(content, lambda message: self._post(message, view))

    def _open(self, view: str, *, needs_script: bool) -> None:
        self._answers(view)
        opening, parts = self._opening(with_script=needs_script)
        self.send({"views": [view], **opening}, parts)

    def _take_up(self, view: str, version: int) -> None:
        """Answer a view that is there already, and send what has changed since it was sent its opening."""
        self._answers(view)
        if version != self._version:
            self._post({"type": "settings", "settings": self._viewer.state.settings()}, view)

    def _opening(self, *, with_script: bool) -> Content:
        """Collect what a view starts from."""
        self._drawn = drawn = self._drawn or self._viewer._draw_over(self._redraw)
        return opening(
            self._viewer,
            self.model_id,
            with_script=with_script,
            version=self._version,
            overlay=None if drawn is None else {"item": drawn.item(), "version": drawn.version},
            is_in_marimo=getattr(self.comm, "kernel", None) == _MARIMO,
        )

    def _redraw(self) -> None:
        """Have the browser draw anew what is over the picture."""
        if self._drawn is not None and self._open_views:
            self._post({"type": "overlay", "item": self._drawn.item()}, *self._open_views)

    def _answers(self, view: str) -> Answers:
        """Return what answers a view."""
        if view not in self._open_views:
            self._open_views.setdefault(view, self._viewer._answers(page=view))  # two threads may hear it
            if len(self._open_views) > _MAX_VIEWS:
                self._end(next(iter(self._open_views)))
        return self._open_views[view]

    def _end(self, view: str) -> None:
        answers = self._open_views.pop(view, None)
        if answers is not None:
            answers.close()

    def _post(self, message: Mapping[str, Any], *views: str) -> None:
        if not views:
            return
        found: list[bytes] = []
        plain = separate_bytes(message, found)
        self._own_thread.send(({"views": views, "message": plain}, found))


@cache
def _packed_bokeh() -> bytes:
    from jpkl_viewer.browser.drawn_over import bokeh_script

    return gzip.compress(bokeh_script().encode(), 6, mtime=0)

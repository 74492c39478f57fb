"""The part of the viewer that runs in the browser: a Panel component whose modules `bundle` joins."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

import panel as pn
import param
from panel.io.state import set_curdoc
from panel.models.esm import DataEvent, ESMEvent
from panel.viewable import Child

from jpkl_viewer.browser.bundle import packed_bundle, read_styles
from jpkl_viewer.browser.description import encode_colormaps
from jpkl_viewer.browser.own_thread import OwnThread
from jpkl_viewer.browser.panel_page import send_event
from jpkl_viewer.frames.answers import Answers
from jpkl_viewer.model.state import ViewState

if TYPE_CHECKING:
    from bokeh.document import Document
    from bokeh.events import Event
    from bokeh.model import Model


class PanelViewer(Protocol):
    """What the component shows: a `JPklViewer`."""

    @property
    def state(self) -> ViewState:
        """What is chosen to be seen."""
        ...

    def _answers(self, for_visitors: bool = False, page: str = "") -> Answers: ...


class _Page:
    """One place where the component is: what answers it, and in which thread it is sent messages."""

    def __init__(self, answers: Answers, send: Callable[[dict[str, Any]], None]) -> None:
        self.answers = answers
        self.own_thread: OwnThread[dict[str, Any]] = OwnThread(send)


class FrameView(pn.custom.JSComponent):
    """Sliders, contrast and picture in the browser, which asks Python for frames and reports the state to it.

    The messages in both directions are those of `Answers`, and ``{"type": "opened"}`` of a viewer that is
    there, maybe again. A component can be in several places, of one page
    or of several, each of which asks and is answered for itself.

    Parameters
    ----------
    viewer : JPklViewer
        What it shows.
    for_visitors : bool
        Whether others look at it than those who run Python.
    **params
        Of the component.
    """

    overlay = Child(None, doc="The figure that HoloViews draws over the picture, if there is one.")
    description = param.Dict(doc="What `describe_for_browser` returns.")
    others = param.List([], doc="The same of the stacks that it is compared with.")
    settings = param.Dict(doc="The state to start from, `ViewState.settings`.")
    first = param.Dict(doc="The state that Reset goes back to, in the same form.")
    colormaps = param.Dict(doc="256 colors of each colormap, base64.")
    owns_url = param.Boolean(
        False, doc="Whether the page is the viewer's own, and its URL may carry the view."
    )

    _esm = packed_bundle("browser/hosts.js")
    _stylesheets = [read_styles()]

    def __init__(self, viewer: PanelViewer, *, for_visitors: bool = False, **params: Any) -> None:
        self._viewer = viewer
        self._for_visitors = for_visitors
        self._pages: dict[str, _Page] = {}  # by the id of the model that is there
        super().__init__(colormaps=encode_colormaps(), **params)
        document = pn.state.curdoc
        if sys.platform == "emscripten" and document is not None:
            # Python runs in the browser: until Panel has linked the page to it, messages to it get lost.
            document.on_event("document_ready", lambda event: self._post({"type": "linked"}))

    def show_settings(
        self, settings: Mapping[str, Any], is_meant: Callable[[str], bool], **zoom: Any
    ) -> None:
        """Have the pages that are meant take over settings; ``zoom=`` changes that, too."""
        self._post({"type": "settings", "settings": settings, **zoom}, is_meant)

    def reload_bookmarks(self) -> None:
        """Have the browser ask for the bookmarks again: Python has changed them."""
        self._post({"type": "bookmarks"})

    def _post(self, message: dict[str, Any], is_meant: Callable[[str], bool] = lambda page: True) -> None:
        for name, page in list(self._pages.items()):
            if is_meant(name):
                page.own_thread.send(message)

    def _get_properties(self, doc: Document | None) -> dict[str, Any]:
        """Say that the modules are ready to run: Panel would translate them from TypeScript in the browser.

        That takes longer than all else until the first picture. What is shown is that of now: a tab may be
        opened long after the component was made.
        """
        code = hashlib.sha256(self._esm.encode()).hexdigest()
        properties = {**super()._get_properties(doc), "bundle": code}
        properties["data"].settings = self._viewer.state.settings()
        return properties

    def _get_model(self, doc: Document, root: Any = None, parent: Any = None, comm: Any = None) -> Model:
        model: Model = super()._get_model(doc, root, parent, comm)
        self._page(model)
        return model

    def _page(self, model: Model) -> _Page:
        if model.id not in self._pages:
            answers = self._viewer._answers(self._for_visitors, model.id)
            self._pages[model.id] = _Page(answers, partial(self._send_to, model))
        return self._pages[model.id]

    def _cleanup(self, root: Model | None = None) -> None:
        """End what is being computed for places that are gone."""
        super()._cleanup(root)
        there = {model.id for model, _ in self._models.values()}
        for name in self._pages.keys() - there:
            self._pages.pop(name).answers.close()

    def _send_to(self, model: Model, message: dict[str, Any]) -> None:
        for ref, (of_place, _) in self._models.copy().items():
            if of_place is model and ref in pn.state._views and ref not in pn.state._fake_roots:
                _, root, document, comm = pn.state._views[ref]
                if "embedded" not in root.tags:
                    send_event(ESMEvent(model=model, data=message), document, comm)

    def _process_bokeh_event(self, doc: Document, event: Event) -> None:
        """Handle a message as Panel does, but for its busy indicator, which takes half of a scrub's time."""
        with set_curdoc(doc):
            self._process_event(event)

    def _process_event(self, event: Event) -> None:
        if isinstance(event, DataEvent):
            pn.state.execute(partial(self._hear, event), schedule=False)
        else:
            super()._process_event(event)

    def _hear(self, event: DataEvent) -> None:
        assert event.model is not None
        page, message = self._page(event.model), event.data
        page.own_thread.hear(pn.state.curdoc)
        if message["type"] == "opened":
            self._bring_up_to_date(event.model)
            return
        if message["type"] == "want":
            send_at_once(pn.state.curdoc)
        page.answers.handle(message, page.own_thread.send)

    def _bring_up_to_date(self, model: Any) -> None:
        """Send a viewer that has just been made what has changed since Panel was given the settings."""
        settings = self._viewer.state.settings()
        changed = {name: value for name, value in settings.items() if model.data.settings[name] != value}
        if changed:
            self._page(model).own_thread.send({"type": "settings", "settings": changed})


def send_at_once(document: Document | None) -> None:
    """Switch off Nagle's algorithm for the pages that show a document.

    Tornado leaves it on. Bokeh writes a message in several small pieces, and with it all but the first
    wait until the browser has acknowledged the one before: 40 ms, more than all else that a scrub takes.
    """
    session = getattr(getattr(document, "session_context", None), "session", None)
    for connection in getattr(session, "_subscribed_connections", ()):
        socket: Any = getattr(connection, "_socket", None)
        if getattr(socket, "ws_connection", None) is not None:
            socket.set_nodelay(True)

"""The part of the viewer that runs in the browser: a Panel component whose modules `bundle` joins."""

from __future__ import annotations

import hashlib
import sys
from typing import Any

import panel as pn
import param
from bokeh.document import Document
from panel.io.state import set_curdoc
from panel.models.esm import ESMEvent
from panel.viewable import Child

from jpkl_viewer.browser.bundle import packed_bundle, read_styles
from jpkl_viewer.browser.description import encode_colormaps
from jpkl_viewer.browser.own_thread import OwnThread
from jpkl_viewer.browser.panel_comm import send_event
from jpkl_viewer.frames.answers import Answers


class FrameView(pn.custom.JSComponent):
    """Sliders, contrast and picture in the browser, which asks Python for frames and reports the state to it.

    The messages in both directions are those of `Answers`.
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

    def __init__(self, *, answers: Answers, **params: Any) -> None:
        self._answers = answers
        self._own_thread = OwnThread(self._send_msg)
        super().__init__(colormaps=encode_colormaps(), **params)
        document = pn.state.curdoc
        if sys.platform == "emscripten" and document is not None:
            # Python runs in the browser: until Panel has linked the page to it, messages to it get lost.
            document.on_event("document_ready", lambda event: self._send_msg({"type": "linked"}))

    def _get_properties(self, doc: Document | None) -> dict[str, Any]:
        """Say that the modules are ready to run: Panel would translate them from TypeScript in the browser.

        That takes longer than all else until the first picture.
        """
        code = hashlib.sha256(self._esm.encode()).hexdigest()
        return {**super()._get_properties(doc), "bundle": code}

    def show_settings(self, settings: dict[str, Any], **zoom: Any) -> None:
        """Have the browser take over a state that was changed in Python; ``zoom=`` changes that, too."""
        self._own_thread.send({"type": "settings", "settings": settings, **zoom})

    def reload_bookmarks(self) -> None:
        """Have the browser ask for the bookmarks again: Python has changed them."""
        self._own_thread.send({"type": "bookmarks"})

    def _send_msg(self, data: dict[str, Any]) -> None:
        """Send a message to all pages that show this."""
        shown = [
            (model, *pn.state._views[ref][1:])
            for ref, (model, _) in self._models.copy().items()
            if ref in pn.state._views
        ]
        if shown and all(comm for *_, comm in shown):
            for model, root, document, comm in shown:
                if "embedded" not in root.tags:
                    send_event(ESMEvent(model=model, data=data), document, comm)
        else:
            super()._send_msg(data)

    def _process_bokeh_event(self, doc: Document, event: Any) -> None:
        """Handle a message as Panel does, but for its busy indicator, which takes half of a scrub's time."""
        with set_curdoc(doc):
            self._process_event(event)

    def _handle_msg(self, data: dict[str, Any]) -> None:
        self._own_thread.hear(pn.state.curdoc)
        if data["type"] == "want":
            send_at_once(pn.state.curdoc)
        self._answers.handle(data, self._own_thread.send)


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

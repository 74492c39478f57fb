"""The viewer for hosts that show Bokeh models but no components of Panel: those that speak ipywidgets.

The modules that run in the browser are the same. A callback of the figure that HoloViews builds brings them,
and messages travel as the data of two sources: one that the browser sets, and one that Python sets.

While the kernel is busy, such hosts keep only the last change of a source, and they may report one twice. So
the browser numbers its messages, and sends them again with the next one until Python confirms them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import panel as pn
from bokeh.document import Document
from bokeh.models import ColumnDataSource, CustomJS
from bokeh.plotting import figure as Figure  # noqa: N812

from jpkl_viewer.browser.bundle import bundle, read_styles
from jpkl_viewer.browser.description import encode_colormaps
from jpkl_viewer.browser.messages import separate_bytes
from jpkl_viewer.browser.own_thread import OwnThread
from jpkl_viewer.frames.answers import Answers


class PushView:
    """A Bokeh figure that is a viewer once it is on a page.

    Parameters
    ----------
    overlay : HoloViews object or None
        What is drawn over the picture: what `overlay_figure` makes.
    descriptions : list of dict
        What `describe_for_browser` returns for the stack, and for those that it is compared with.
    settings : dict
        The state to start from, `ViewState.settings`.
    answers : Answers
        Answers the browser.
    first : dict
        The state that Reset goes back to.
    height : int
        Height of the viewer in CSS pixels.

    Attributes
    ----------
    figure : bokeh.plotting.figure
        To be shown once: in a Bokeh document, by ``jupyter_bokeh.BokehModel(figure)``, in ``pn.pane.Bokeh``.
    """

    def __init__(
        self,
        overlay: Any,
        descriptions: list[dict[str, Any]],
        settings: dict[str, Any],
        answers: Answers,
        *,
        first: dict[str, Any],
        height: int,
    ) -> None:
        self._answers = answers
        self._own_thread = OwnThread(self._send)
        self._heard: dict[str, int] = {}  # number of the last message of each page
        self._document: Document | None = None
        self._inbox = ColumnDataSource({"message": [], "bytes": []})
        self._outbox = ColumnDataSource({"message": []})
        self._outbox.on_change("data", self._on_message)
        self.figure: Figure = _empty_figure() if overlay is None else _rendered(overlay)
        self.figure.update(sizing_mode="stretch_width", height=height)
        arguments = {
            "inbox": self._inbox,
            "outbox": self._outbox,
            "description": descriptions[0],
            "others": descriptions[1:],
            "settings": settings,
            "first": first,
            "colormaps": encode_colormaps(),
            "css": read_styles(),
            "height": height,
            "hasOverlay": overlay is not None,
        }
        code = bundle("browser/push.js", exports=False)
        call = "pushView(cb_obj, options, cb_context.index);"
        # Every host sets the width in the first layout.
        self.figure.js_on_change("inner_width", CustomJS(args={"options": arguments}, code=f"{code}\n{call}"))

    def show_settings(self, settings: dict[str, Any], **zoom: Any) -> None:
        """Have the browser take over a state that was changed in Python; ``zoom=`` changes that, too."""
        self._own_thread.send({"type": "settings", "settings": settings, **zoom})

    def reload_bookmarks(self) -> None:
        """Have the browser ask for the bookmarks again: Python has changed them."""
        self._own_thread.send({"type": "bookmarks"})

    def close(self) -> None:
        """End what is being computed: it is shown no more."""
        self._answers.close()

    def _on_message(self, attr: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
        document = self._outbox.document
        self._own_thread.hear(document)
        self._end_with(document)
        for text in new["message"]:
            page, number, message = json.loads(text)
            if number > self._heard.get(page, 0):
                self._heard[page] = number
                self._answers.handle(message, self._own_thread.send)

    def _end_with(self, document: Document | None) -> None:
        """End what is being computed with the session of a server's document."""
        if document is self._document:
            return
        self._document = document
        if document is not None and document.session_context is not None:
            document.on_session_destroyed(lambda _: self._answers.close())

    def _send(self, message: dict[str, Any]) -> None:
        parts: list[bytes] = []
        plain = separate_bytes(message, parts)
        text = json.dumps({"heard": dict(self._heard), "message": plain})
        arrays = [np.frombuffer(part, np.uint8) for part in parts]
        self._inbox.data = {"message": [text], "bytes": arrays}


def _empty_figure() -> Figure:
    """Make a figure whose place on the page the viewer takes."""
    empty = Figure(toolbar_location=None, outline_line_color=None)
    empty.axis.visible = empty.grid.visible = False
    empty.scatter([], [])  # Bokeh warns of a figure without a glyph
    return empty


def _rendered(overlay: Any) -> Figure:
    import holoviews as hv

    figure: Figure = hv.render(overlay, backend="bokeh")
    return figure


class PushPane(pn.pane.Bokeh):
    """The figure of a `PushView` in layouts of Panel, and in what shows these as a widget."""

    priority = 0.0  # below its parent: it is not what Panel makes of any figure

    def __init__(self, view: PushView, **params: Any) -> None:
        self._view = view
        super().__init__(view.figure, **params)

    def _cleanup(self, root: Any = None) -> None:
        self._view.close()
        super()._cleanup(root)

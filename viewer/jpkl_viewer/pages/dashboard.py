"""The list of the stacks of a folder, as a Panel component whose browser side is ``dashboard.js``."""

from __future__ import annotations

import logging
import os
from concurrent.futures import Executor, Future
from contextlib import suppress
from functools import cache
from typing import Any

import panel as pn
import param
from bokeh.document import Document

from jpkl import JPklError
from jpkl.toolkit import short_reason, thread_pool
from jpkl_viewer.browser.bundle import bundle, read_asset, read_styles
from jpkl_viewer.frames.rare_log import RareLog
from jpkl_viewer.pages.folder import Listing
from jpkl_viewer.pages.library import Details, Library
from jpkl_viewer.pages.reports import ReportOrder, ReportWriter
from jpkl_viewer.tools.conversion.answers import describe_conversion

#: The viewer's colors and controls, and what the list adds to them.
STYLESHEETS = [read_styles(), read_asset("pages/dashboard.css"), read_asset("browser/stage/drop_zone.css")]

#: Threads that look into files. More would slow down the scrub of those who look at a stack meanwhile.
_WORKERS = 2

#: What a page gets to know of what should not happen.
_FAILED = Details(None, b"", "the server could not look into it; what it has logged says why")

_RARE_LOG = RareLog(logging.getLogger(__name__))


class Dashboard(pn.custom.JSComponent):
    """Thumbnails, names, sizes and dims of the stacks of a folder, with a link to each.

    The page shows at once. Messages from the browser: ``{"type": "list"}`` for what there is, which is
    read again each time, ``{"type": "details", "name": name}`` for the stacks that are in sight, and
    ``{"type": "convert", "name": name}``, again and again until an original is encoded, or ``"cancel"`` to
    end that; ``"recover"`` for what a file that was cut off still holds; and ``"report"`` with ``"what":
    "begin"`` and a `ReportOrder` of ``"names"``, then ``"look"`` again and again, or ``"cancel"``. Each is
    answered by a message, made in the background.
    """

    folder = param.String(doc="Name of the folder.")
    can_convert = param.Boolean(False, doc="Whether originals can be encoded into files beside them.")
    takes_files = param.Boolean(False, doc="Whether files can be dropped onto the page, to be opened.")

    _esm = bundle("pages/dashboard.js")
    _stylesheets = STYLESHEETS

    def __init__(self, library: Library, *, can_convert: bool = False, **params: Any) -> None:
        self._library = library
        # A page may set the parameter: it is only for what the page shows.
        self._may_write = can_convert
        self._writer: ReportWriter | None = None
        super().__init__(folder=printable(library.folder.name), can_convert=can_convert, **params)

    def _handle_msg(self, data: dict[str, Any]) -> None:
        document = pn.state.curdoc
        future = _pool(os.getpid()).submit(self._answer_anything, data)
        future.add_done_callback(lambda done: self._reply(done, document))

    def _answer_anything(self, data: Any) -> dict[str, Any]:
        """Answer a message, whatever is in it: others can send what they like, and as often."""
        try:
            return self._answer(data)
        except Exception:
            _RARE_LOG.exception("A list could not answer a message")
            name = data.get("name") if isinstance(data, dict) else ""
            return {"type": "details", "name": str(name), **describe_details(_FAILED)}

    def _answer(self, data: dict[str, Any]) -> dict[str, Any]:
        kind = data["type"]
        if kind == "list":
            return {"type": "list", **self._list()}
        if kind == "report":
            return {"type": "report", **self._report(data)}
        name = str(data["name"])
        if kind == "convert":
            return {"type": "conversion", "name": name, **self._convert(name, data.get("begin") is True)}
        if kind == "cancel":
            return {"type": "conversion", "name": name, **self._cancel(name)}
        if kind == "recover":
            return {"type": "recovered", "name": name, **self._recover(name)}
        return {"type": "details", "name": name, **self._details(name)}

    def _list(self) -> dict[str, Any]:
        """List what there is now."""
        try:
            return describe_listing(self._library.list())
        except OSError as error:
            return {"stacks": [], "notes": [short_reason(error)]}

    def _details(self, name: str) -> dict[str, Any]:
        """Look into a stack."""
        details = describe_details(self._library.details(name))
        return details | {"canRecover": details["canRecover"] and self._may_write}

    def _check_may_write(self) -> None:
        if not self._may_write:
            raise ValueError("only the person who runs the server can write files there")

    def _convert(self, name: str, begin: bool) -> dict[str, Any]:
        """Encode an original, or say how far that is."""
        try:
            self._check_may_write()
            return describe_conversion(self._library.convert(name, anew=begin))
        except (JPklError, OSError, ValueError) as error:
            return {"what": "", "problem": short_reason(error)}

    def _cancel(self, name: str) -> dict[str, Any]:
        """End what encodes an original."""
        with suppress(JPklError):
            if self._may_write:
                self._library.cancel(name)
        return {"what": "", "part": 0.0, "secondsLeft": None, "size": "", "problem": "", "isCancelled": True}

    def _report(self, data: dict[str, Any]) -> dict[str, Any]:
        """Begin a report of stacks, end it, or say how far it is."""
        problem = ""
        try:
            self._check_may_write()
            if data["what"] == "begin":
                if self._writer is not None and self._writer.is_running:
                    self._writer.cancel()
                stacks = [self._library.open(str(name)).jp for name in data["names"]]
                self._writer = ReportWriter(stacks, ReportOrder.of(data)).start()
            elif data["what"] == "cancel" and self._writer is not None:
                self._writer.cancel()
        except (JPklError, OSError, ValueError) as error:
            problem = short_reason(error)
        if self._writer is None or problem:
            return {"isRunning": False, "part": 0.0, "saved": "", "size": "", "problem": problem}
        return self._writer.plain()

    def _recover(self, name: str) -> dict[str, Any]:
        """Write what a broken file still holds, or say why not."""
        try:
            self._check_may_write()
            return {"saved": self._library.recover(name), "problem": ""}
        except (JPklError, OSError, ValueError) as error:
            return {"saved": "", "problem": short_reason(error)}

    def _reply(self, done: Future[dict[str, Any]], document: Document | None) -> None:
        # The server ends, or the page is gone: nobody is left to answer.
        if done.cancelled() or document is None or document.session_context is None:
            return
        document.add_next_tick_callback(lambda: self._send_msg(done.result()))


class Place(pn.custom.JSComponent):
    """A line above a viewer: the link to the list, and which stack of the folder it is."""

    place = param.String(doc="Name of the stack.")

    _esm = bundle("pages/place.js")
    _stylesheets = STYLESHEETS

    def __init__(self, place: str) -> None:
        super().__init__(place=place, sizing_mode="stretch_width", height=30, margin=0)


@cache
def _pool(process: int) -> Executor:
    """Return the threads that look into files, for one process: a fork has none of its parent's."""
    return thread_pool(_WORKERS, "thumbnails")


def describe_listing(listing: Listing) -> dict[str, Any]:
    """Describe a listing as plain data."""
    return {
        "stacks": [
            {
                "name": printable(file.name),
                "bytes": file.nbytes,
                "modified": file.mtime_ns / 1e6,
                "isOriginal": file.is_original,
                # A link carries text, and this name is not text.
                "error": "" if printable(file.name) == file.name else "its name is not valid text; rename it",
            }
            for file in listing.stacks
        ],
        "notes": [f"{printable(name) or 'this folder'}: {reason}" for name, reason in listing.unreadable],
    }


def describe_details(details: Details) -> dict[str, Any]:
    """Describe details as plain data."""
    stack = details.description
    known: dict[str, Any] = {
        "thumbnail": details.thumbnail,
        "error": details.error,
        "install": details.install,
        "canRecover": details.can_recover,
    }
    if stack is None:
        return known
    return known | {
        "height": stack.height,
        "width": stack.width,
        "color": stack.color,
        "dims": [{"name": dim.name, "size": dim.size} for dim in stack.dims],
        "channels": [channel.name for channel in stack.channels if channel.name],
    }


def printable(name: str) -> str:
    """Return a name as text, with a question mark for each byte that is not."""
    return name.encode("utf-8", "replace").decode("utf-8")

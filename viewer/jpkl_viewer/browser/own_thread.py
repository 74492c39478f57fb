"""Send messages to a page from the thread that receives from it, whatever thread made them.

The documents of Bokeh belong to one thread, and so does a WebSocket: a picture that was computed beside the
event loop is sent by that.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from bokeh.document import Document

Message = TypeVar("Message")


class OwnThread(Generic[Message]):
    """Sends in the thread that it was made in, or has last heard in.

    Parameters
    ----------
    send : callable
        Sends a message.
    """

    def __init__(self, send: Callable[[Message], None]) -> None:
        self._send_now = send
        self.hear(None)

    def hear(self, document: Document | None) -> None:
        """Take the thread that calls this as the one to send in; a document of a server has its own way."""
        self._thread = threading.get_ident()
        self._schedule = _scheduler(document)

    def send(self, message: Message) -> None:
        """Send a message: at once in the own thread, else as soon as that has time."""
        if self._schedule is None or threading.get_ident() == self._thread:
            self._send_now(message)
        else:
            self._schedule(partial(self._send_now, message))


def _scheduler(document: Document | None) -> Callable[[Callable[[], None]], object] | None:
    """Return what runs a function in this thread later; None where nothing does, e.g. in a script."""
    if document is not None and document.session_context is not None:
        return document.add_next_tick_callback
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return None

    def schedule(call: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the loop is closed, as the process ends
            loop.call_soon_threadsafe(call)

    return schedule

"""The viewer as a page without Panel and Bokeh: a script, and a WebSocket that carries its messages.

`serve` shows stacks so, as nothing of Bokeh is drawn there. A page of Panel loads 3 MB of scripts before it
makes a viewer, and its protocol takes most of the time from a slider to the frame. What answers is the same.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import math
import struct
from collections.abc import Awaitable, Callable, Collection, Mapping
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar, cast
from urllib.parse import urlsplit
from weakref import WeakSet

from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher, Rule
from tornado.web import HTTPError, RequestHandler, stream_request_body
from tornado.websocket import WebSocketClosedError, WebSocketHandler

from jpkl import JPklError
from jpkl.toolkit import short_reason, thread_pool
from jpkl_viewer.browser.bundle import bundle, json_element, read_asset, read_styles
from jpkl_viewer.browser.description import encode_colormaps
from jpkl_viewer.browser.kept import kept
from jpkl_viewer.browser.messages import separate_bytes
from jpkl_viewer.browser.own_thread import OwnThread
from jpkl_viewer.frames.rare_log import RareLog
from jpkl_viewer.limits import DROPPED, REASON_HEADER
from jpkl_viewer.pages.dropped import DroppedFiles
from jpkl_viewer.pages.hosts import own_names_only
from jpkl_viewer.pages.message import NotShownError
from jpkl_viewer.viewer import JPklViewer

if TYPE_CHECKING:
    from tornado.http1connection import HTTP1Connection

Shown = TypeVar("Shown")

#: Seconds between signs of life, as proxies close connections that are silent for a minute.
_PING = 30

#: A page is asked for again each time, its script only when it has changed.
_FOR_EVER = "public, max-age=31536000, immutable"

_POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'unsafe-inline'; "
    "connect-src 'self'; img-src 'self' blob: data:; media-src blob:; base-uri 'none'; form-action 'none'"
)

_RARE_LOG = RareLog(logging.getLogger(__name__))

#: Bytes on their way to a page, which asks for a few frames at a time. Beyond the first, no more of its
#: messages are read; beyond the second, which takes answers that nobody would wait for, it is let go.
_MOST_UNSENT, _TOO_MUCH_UNSENT = 2**26, 2**30

#: Characters that are logged of what is wrong with a message, which may be as long as the message.
_LONGEST_REASON = 200


@dataclass(frozen=True)
class OpenedView:
    """What a page shows.

    Attributes
    ----------
    viewer : JPklViewer
        A new one for each page.
    place : str
        Name of the stack in its folder; empty where there is no list to go back to.
    is_copy : bool
        Whether the stack is a copy that the server made of a file that was dropped onto a page: where it is
        concerns nobody, and nothing can be kept beside it.
    """

    viewer: JPklViewer
    place: str = ""
    is_copy: bool = False


#: Opens what a request asks for, by its query: the same for a page and for its socket. Raises NotShownError.
#: Several threads may call it at once.
Opener: TypeAlias = Callable[[HTTPServerRequest], OpenedView]


@dataclass(frozen=True)
class Door:
    """What the pages of a server are made from.

    Attributes
    ----------
    open : callable
        Opens what a request asks for.
    hosts : collection of str
        Names, without ports, under which browsers may ask: other hosts could have their names lead here.
    for_visitors : bool
        Whether others look at it than those who run Python.
    title : str or None
        Title of the pages; by default the name of the stack.
    dropped : DroppedFiles or None
        Takes files that are dropped onto a page; None where pages take none.
    command : str
        What starts the server again in a terminal, for who runs it; empty where that is not known.
    has_list : bool
        Whether a page of Panel lists stacks, where a request names none.
    """

    open: Opener
    hosts: Collection[str]
    for_visitors: bool
    title: str | None = None
    dropped: DroppedFiles | None = None
    command: str = ""
    has_list: bool = False

    def rules(self, prefix: str) -> list[Rule]:
        """Return the routes of the pages, for `tornado.web.Application.add_handlers`."""
        rules = [
            own_names_only(self.hosts),
            Rule(_AtStack(self, f"{prefix}/"), DirectPage, {"door": self}),
            Rule(_At(f"{prefix}/jpkl/view.js"), DirectScript),
            Rule(_At(f"{prefix}/jpkl/frames"), DirectSocket, {"door": self}),
        ]
        if self.dropped is not None:
            rules.append(Rule(_At(f"{prefix}/jpkl/dropped"), DirectDrop, {"door": self}))
        return rules

    def is_for_stack(self, request: HTTPServerRequest) -> bool:
        """Return whether a request asks for a stack, rather than for the list of them."""
        naming = ["stack"] if self.dropped is None else ["stack", "dropped"]
        return not self.has_list or any(name in request.query_arguments for name in naming)

    async def open_beside(self, request: HTTPServerRequest, show: Callable[[OpenedView], Shown]) -> Shown:
        """Open what a request asks for, and do something with it, in a thread: a file may be slow.

        Raises
        ------
        NotShownError
            If it cannot be opened.
        """
        return await asyncio.get_running_loop().run_in_executor(_threads(), lambda: show(self.open(request)))

    def is_own_page(self, request: HTTPServerRequest, origin: str) -> bool:
        """Return whether it is a page of this server that asks: one from anywhere could read the stack."""
        try:
            return urlsplit(origin).netloc.lower() == request.host.lower()
        except ValueError:  # e.g. half an IPv6 address
            return False


class _At(Matcher):
    """Matches a path."""

    def __init__(self, path: str) -> None:
        self._path = path

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        return {} if request.path == self._path else None


class _AtStack(_At):
    """Matches a path where a stack is asked for."""

    def __init__(self, door: Door, path: str) -> None:
        super().__init__(path)
        self._door = door

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        return super().match(request) if self._door.is_for_stack(request) else None


class DirectPage(RequestHandler):
    """The page: what is known of the stack is in it, frames come through its socket."""

    def initialize(self, door: Door) -> None:
        """Take what the routes give."""
        self._door = door

    async def get(self) -> None:
        """Write it, or why there is none."""
        self.set_header("Content-Security-Policy", _POLICY)
        self.set_header("Cache-Control", "no-store")
        try:
            self.finish(await self._door.open_beside(self.request, self._written))
        except NotShownError as error:
            self.set_status(404)
            self.set_header(REASON_HEADER, "1")
            styles = f"{_whole(read_styles())}{_whole(read_asset('pages/dashboard.css'))}"
            self.finish(_page(self._door.title or "JPkl", styles, error.html))

    head = get

    def _written(self, opened: OpenedView) -> str:
        viewer = opened.viewer
        data = {
            **viewer._describe(),
            "colormaps": encode_colormaps(),
            "css": read_styles(),
            "command": "" if self._door.for_visitors else self._door.command,
            "place": opened.place,
            "placeCss": read_asset("pages/dashboard.css") if opened.place else "",
            "dropCss": read_asset("browser/stage/drop_zone.css"),
            "takesFiles": self._door.dropped is not None,
            "known": _known(viewer),
        }
        styles = (
            "html, body { height: 100%; margin: 0; } body { display: flex; flex-direction: column; }"
            " #viewer { flex: 1; min-height: 0; }"
        )
        body = f'{json_element("view", data)}<script src="jpkl/view.js?v={_script_hash()}"></script>\n'
        return _page(self._door.title or viewer.title, styles, body)


def _known(viewer: JPklViewer) -> str:
    """Return a digest of what a page says of its stacks.

    Page and socket open them one after the other, and a file may be replaced meanwhile: its frames would be
    shown as those of the stack that was there before.
    """
    return hashlib.sha256(json.dumps(viewer._descriptions()).encode()).hexdigest()[:16]


def _page(title: str, styles: str, body: str) -> str:
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        f'<title>{escape(title)}</title>\n<link rel="icon" href="favicon.ico">\n'
        f"<style>{styles}</style>\n</head>\n<body>\n{body}</body>\n</html>\n"
    )


def _whole(styles: str) -> str:
    """Make styles of a shadow tree those of a page."""
    return styles.replace(":host", ":root")


class DirectScript(RequestHandler):
    """The script of all pages, which browsers keep."""

    def get(self) -> None:
        """Write it."""
        self.set_header("Content-Type", "text/javascript; charset=utf-8")
        self.set_header("Cache-Control", _FOR_EVER if self.get_query_argument("v", "") else "no-store")
        self.finish(_script())

    head = get


@stream_request_body
class DirectDrop(RequestHandler):
    """Takes the files that are dropped onto a page, or picked there.

    POST begins a copy, with the first bytes of a file; PUT brings a part of it; PATCH opens the copy; DELETE
    gives it up. Each part is answered, so that a page hears early of what is wrong.
    """

    def initialize(self, door: Door) -> None:
        """Take what the routes give."""
        self._door = door
        self._body = bytearray()
        self._key = ""
        self._is_gone = False

    @property
    def _files(self) -> DroppedFiles:
        assert self._door.dropped is not None
        return self._door.dropped

    def prepare(self) -> None:
        """Refuse pages of others, and bodies that are too large."""
        if not self._door.is_own_page(self.request, self.request.headers.get("Origin", "")):
            raise HTTPError(403, log_message="files are taken from the server's own pages")
        self._key = self.get_query_argument("key", "")
        most = {"PUT": DROPPED["part"], "POST": DROPPED["head"]}.get(self.request.method or "", 0)
        cast("HTTP1Connection", self.request.connection).set_max_body_size(most)

    def data_received(self, chunk: bytes) -> None:
        """Take a chunk of the body."""
        self._body += chunk

    async def post(self) -> None:
        """Begin a copy: ``name``, ``nbytes``, and ``beside`` which other; answers its key."""
        name, nbytes = self.get_query_argument("name"), self.get_query_argument("nbytes")
        beside = self.get_query_argument("beside", "")
        await self._answer(lambda: self._files.begin(name, int(nbytes), self._body, beside))

    async def put(self) -> None:
        """Append a part, which belongs ``at`` a place of the file."""
        at = self.get_query_argument("at")
        await self._answer(lambda: self._files.copy_of(self._key).append(int(at), self._body))

    async def patch(self) -> None:
        """Open the copy, which is complete."""
        await self._answer(lambda: self._files.add(self._key))

    async def delete(self) -> None:
        """Remove what has come of a file."""
        await self._answer(lambda: self._files.discard(self._key))

    def on_connection_close(self) -> None:
        """Remove what has come of a file when the page is gone, or wants it no more."""
        super().on_connection_close()  # ends the handler, which waits for the rest
        self._is_gone = True
        self._files.discard(self._key)

    async def _answer(self, act: Callable[[], str | None]) -> None:
        """Do something in a thread, and answer a key or why a file is not taken."""
        try:
            key = await asyncio.get_running_loop().run_in_executor(_threads(), act) or self._key
            if self._is_gone:  # nobody hears of a copy that was begun meanwhile
                self._files.discard(self._key or key)
                return
            self.finish({"key": key})
        except (JPklError, OSError, ValueError) as error:
            self._files.discard(self._key)
            self.set_status(422)
            self.finish({"error": short_reason(error)})


@cache
def _threads() -> Executor:
    """Return the threads that open files and write those that are dropped: a disk may take long.

    Each page that is asked for of a slow stack takes one of them, also where it is asked for again and again.
    """
    return thread_pool(32, "pages")


class MessageError(ValueError):
    """A message holds something that no message may hold."""


def read_message(text: str | bytes) -> dict[str, Any]:
    """Read the JSON of a message; unlike `json.loads`, without what is no number in JSON.

    Raises
    ------
    MessageError
        If it has infinities or NaN, or is not an object.
    ValueError
        If it is not JSON.
    """
    message = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite)
    if not isinstance(message, dict):
        raise MessageError(f"it is a {type(message).__name__}, not an object")
    return message


def _refuse_constant(name: str) -> float:
    raise MessageError(f"{name} is no number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise MessageError(f"{text[:20]} is infinite")
    return number


class DirectSocket(WebSocketHandler):
    """Carries the messages of `Answers`."""

    def initialize(self, door: Door) -> None:
        """Take what the routes give."""
        self._door = door
        self._answers: Any = None
        self._n_unsent = 0
        self._has_room = asyncio.Event()
        self._has_room.set()

    @property
    def ping_interval(self) -> float:
        """Seconds between signs of life."""
        return _PING

    @property
    def ping_timeout(self) -> float:
        """Never: on a slow connection, frames that take minutes may be on their way before a sign of life.

        Of a page that is gone the system knows, as it does not take them.
        """
        return 0

    def check_origin(self, origin: str) -> bool:
        """Let pages of this server in, and no others."""
        return self._door.is_own_page(self.request, origin)

    async def open(self) -> None:
        """Begin to answer a page; its messages are read once this is done."""
        self.set_nodelay(True)
        self._own_thread = OwnThread(self._write)
        try:
            opened, now = await self._door.open_beside(self.request, lambda each: (each, _known(each.viewer)))
        except NotShownError:
            return self.close(reason="there is no such stack")
        if (known := self.get_query_argument("known", "")) and known != now:
            return self.close(reason="this is another stack by now")  # and the page loads itself again
        self._answers = opened.viewer._answers(self._door.for_visitors or opened.is_copy)
        _OPEN.add(self)
        return None

    def on_message(self, text: str | bytes) -> Awaitable[None] | None:
        """Answer a message; whatever is wrong with it is the page's own fault.

        The next one is read when the page has taken most of what it has asked for: one that asks and never
        reads would else fill the memory of the server.
        """
        if self._answers is None:  # the connection is being closed
            return None
        try:
            self._answers.handle(read_message(text), self._send)
        except Exception as error:  # the next message is answered whatever this one was
            _RARE_LOG.warning("A message was not understood: %s", repr(error)[:_LONGEST_REASON])
            said = f": {error}" if isinstance(error, MessageError) else ""
            self._send({"type": "error", "error": f"this message was not understood{said}"})
        return None if self._has_room.is_set() else self._wait_for_room()

    async def _wait_for_room(self) -> None:
        await self._has_room.wait()

    def on_close(self) -> None:
        """End what is being computed for a page that is gone."""
        if self._answers is not None:
            self._answers.close()
        _OPEN.discard(self)

    def _send(self, message: Mapping[str, Any]) -> None:
        self._own_thread.send(pack(message))

    def _write(self, data: bytes) -> None:
        with suppress(WebSocketClosedError):
            written = self.write_message(data, binary=True)
            nbytes = len(data)  # alone: the stream has copied the rest
            self._count_unsent(nbytes)
            written.add_done_callback(lambda _: self._count_unsent(-nbytes))

    def _count_unsent(self, nbytes: int) -> None:
        self._n_unsent += nbytes
        if self._n_unsent <= _MOST_UNSENT:
            self._has_room.set()
        else:
            self._has_room.clear()
        if self._n_unsent > _TOO_MUCH_UNSENT:
            self.close(reason="this page does not read what it asks for")


#: Sockets of pages that are looked at.
_OPEN: WeakSet[DirectSocket] = WeakSet()


def close_sockets() -> None:
    """End the connections of all pages, as the server is about to end."""
    for socket in list(_OPEN):
        if socket.ws_connection is not None:
            socket.ws_connection._abort()


def pack(message: Mapping[str, Any]) -> bytes:
    r"""Write a message as the page reads it: the length of its JSON, that, and the bytes that belong to it.

    Examples
    --------
    >>> pack({"data": b"xyz"})
    b'\x00\x00\x00\x1a[{"data":{"bytes":0}},[3]]xyz'
    """
    found: list[Any] = []
    plain = separate_bytes(message, found)
    head = json.dumps([plain, [len(part) for part in found]], separators=(",", ":")).encode()
    return b"".join([struct.pack(">I", len(head)), head, *map(bytes, found)])


@cache
def _script() -> bytes:
    return kept("pages/direct.js", lambda: bundle("pages/direct.js", exports=False).encode())


@cache
def _script_hash() -> str:
    return hashlib.sha256(_script()).hexdigest()[:16]

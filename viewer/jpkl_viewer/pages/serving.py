"""Run a server until Ctrl-C or SIGTERM, and end what it began before the process does."""

from __future__ import annotations

import asyncio
import errno
import ipaddress
import logging
import shlex
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

from jpkl_viewer.frames.jobs import end_jobs
from jpkl_viewer.frames.rare_log import RareLog
from jpkl_viewer.pages.direct import close_sockets

#: Addresses of this machine that no other reaches.
_HERE = ("localhost", "127.0.0.1", "::1")

#: How long tasks may take to end, in seconds.
_PATIENCE = 0.3

#: How long a server that can open no more files waits before it tries again, in seconds.
_BREATH = 0.02

_RARE_LOG = RareLog(logging.getLogger(__name__))

#: Port that a server takes where none is named, so that links outlive it: JPKL on the keys of a telephone.
DEFAULT_PORT = 5755

#: Ports from there on that are tried, before any free one.
_N_PORTS = 20

#: Signals to stop after which the next is not ours.
_MOST_STOPS = 2


def listen(start: Callable[[int], Any], port: int | None) -> tuple[Any, str]:
    """Start a server at a port, or where none is named at the first free one from `DEFAULT_PORT` on.

    Parameters
    ----------
    start : callable
        Called with a port; raises OSError where that cannot be had.
    port : int or None
        The port that was named; 0 is any free one.

    Returns
    -------
    server
        What `start` returned.
    note : str
        What to say of the port; empty where it is the one to be expected.

    Raises
    ------
    OSError
        If the port that was named cannot be had, with its number.
    """
    if port is not None:
        try:
            return start(port), ""
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise OSError(
                    error.errno, f"port {port} is taken; choose another, or leave it out"
                ) from error
            raise
    for number in range(DEFAULT_PORT, DEFAULT_PORT + _N_PORTS):
        try:
            return start(number), "" if number == DEFAULT_PORT else f"port {DEFAULT_PORT} is taken"
        except OSError as error:
            # Windows keeps ranges of ports for itself.
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
    return start(0), f"ports {DEFAULT_PORT} to {number} are taken"


def run_until_stopped(server: Any, announcement: str, *, clean_up: Callable[[], None] = lambda: None) -> None:
    """Serve until SIGINT or SIGTERM.

    An exception out of a signal handler would end whatever runs at that moment, halfway and with a
    traceback. So the handlers only ask the event loop to stop: what runs is finished, the connections are
    closed, and pending tasks are cancelled. A second Ctrl-C waits for that; the third interrupts even it.

    After Ctrl-C, the way to leave a server, this returns. SIGTERM is handed on to who handled it before.

    Parameters
    ----------
    server : panel.io.server.Server
        Not yet started.
    announcement : str
        What to print once the server takes requests, and can be stopped.
    clean_up : callable
        What to do when the server has ended, however that came.
    """
    loop = server.io_loop.asyncio_loop
    loop.set_exception_handler(_report)
    before: dict[int, Any] = {}
    received: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        received.append(number)
        if len(received) == 1:  # a second stop would end what cleans up after the first
            loop.call_soon_threadsafe(loop.stop)
        elif len(received) == _MOST_STOPS:  # of those that a terminal and `make` both send there are two
            signal.signal(number, before[number])

    if threading.current_thread() is threading.main_thread():  # only there may signals be handled
        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        server.start()
        print(announcement, flush=True)
        with _quiet_refusals():
            loop.run_forever()  # ends at once if a signal has already asked for that
            _finish(server, loop)
    finally:
        clean_up()
        for handled, handler in before.items():
            signal.signal(handled, handler)
    if signal.SIGTERM in received:
        signal.raise_signal(signal.SIGTERM)


@contextmanager
def ctrl_c_as_before() -> Iterator[None]:
    """Leave Ctrl-C to who handles it now: a new server of Panel takes it, and never gives it back."""
    before = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if before is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, before)


@contextmanager
def _quiet_refusals() -> Iterator[None]:
    """Log no refused request, such as a dropped file that cannot be read: the page says so.

    Who has asked for more than warnings, by `logging.basicConfig(level="INFO")`, sees each request.
    """
    access = logging.getLogger("tornado.access")
    before = access.level
    if access.getEffectiveLevel() >= logging.WARNING:
        access.setLevel(logging.ERROR)
    try:
        yield
    finally:
        access.setLevel(before)


def reaches_others(address: str) -> bool:
    """Return whether a server at an address is for more than this machine.

    Examples
    --------
    >>> reaches_others("localhost"), reaches_others("0.0.0.0")
    (False, True)
    """
    return address not in _HERE


def own_hosts(address: str) -> list[str]:
    """Names under which browsers reach a server at an address; the first is the one to tell people.

    A page may connect back to the server only from under a name that the server knows for its own.

    Examples
    --------
    >>> own_hosts("localhost")
    ['localhost', '127.0.0.1', '[::1]']
    """
    here = [*map(_in_url, _HERE)]
    if not reaches_others(address):
        return list(dict.fromkeys([_in_url(address), *here]))
    name = socket.gethostname()
    named = [name.lower(), socket.getfqdn(name).lower()]
    found = [*named, *map(_in_url, _network_addresses(name)), _in_url(address), *here]
    first = [] if _is_wildcard(address) else [_in_url(address)]
    return list(dict.fromkeys([*first, *found]))


def _in_url(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _is_wildcard(address: str) -> bool:
    try:
        return ipaddress.ip_address(address or "0.0.0.0").is_unspecified
    except ValueError:  # a name
        return False


def _network_addresses(name: str) -> list[str]:
    """Find addresses of this machine: those its name resolves to, and the one that it reaches others from."""
    found = []
    with suppress(OSError):
        found += [str(entry[4][0]).partition("%")[0] for entry in socket.getaddrinfo(name, None)]
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # chooses a route, sends nothing; an address for documentation
        found.append(probe.getsockname()[0])
    return found


def _finish(server: Any, loop: asyncio.AbstractEventLoop) -> None:
    # It warns of each message that finds its connection closed, as we are about to close them.
    logging.getLogger("bokeh.server.views.ws").setLevel(logging.ERROR)
    end_jobs()
    close_sockets()
    server._http.stop()
    loop.run_until_complete(_close_pages(list(server._tornado._clients)))
    server.stop()
    loop.run_until_complete(_end_tasks(server))
    loop.run_until_complete(loop.shutdown_asyncgens())


async def _close_pages(connections: Collection[Any]) -> None:
    """Close the connections of pages while they still have their sessions.

    From 3.10 on, Bokeh's server takes the sessions away from open connections when it stops. What then
    happens to a connection, a message or its end, prints a traceback of a failed assertion. This can go once
    Bokeh closes the connections first.
    """
    for connection in connections:
        socket = connection._socket.ws_connection
        if socket is not None:
            socket._abort()  # what the page has sent meanwhile is not read either
    end = time.monotonic() + _PATIENCE
    while any(connection._session for connection in connections) and time.monotonic() < end:
        await asyncio.sleep(0.01)
    for connection in connections:
        if connection._session:  # what the page has asked for last is still being answered
            handler = connection._socket
            handler.connection = None
            handler.application.client_lost(connection)


async def _end_tasks(server: Any) -> None:
    # A task that is cancelled while it writes is logged with a traceback. When its connection is closed it
    # ends by itself; what is left then waits for nothing in particular.
    await server._http.close_all_connections()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    if tasks:
        _, tasks = await asyncio.wait(tasks, timeout=_PATIENCE)
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=_PATIENCE)


def _report(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what went wrong in a task, unless a page was closed while it was written to.

    A message is written in pieces. When the connection turns out to be closed at the second, nobody is left
    who waits for the first, and asyncio would log its failure with a traceback: now and then, when a visitor
    leaves or the server ends.

    Where the process can open no more files, whom it would let in fails again at once, thousands of times a
    second, until another leaves. That is logged now and then, and others are served in between.
    """
    from tornado.websocket import WebSocketClosedError  # a browser that runs Python has no server

    error = context.get("exception")
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        _RARE_LOG.warning("Nobody else can be let in: %s", error)
        time.sleep(_BREATH)  # not `asyncio.sleep`: tornado tries again in the next round of the loop
    elif not isinstance(error, WebSocketClosedError):
        loop.default_exception_handler(context)


def adopt_running_loop(server_context: Any = None) -> None:
    """Make a server that is not ours, as that of ``panel serve``, as orderly as `run_until_stopped`.

    Ctrl-C closes the pages and stops its event loop, instead of breaking into what that does at the moment,
    unless it handles SIGINT by itself; and pages that close are no errors.

    Parameters
    ----------
    server_context : bokeh.application.application.ServerContext, optional
        Has the sessions whose pages are to be closed.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return
    if loop.get_exception_handler() is None:
        loop.set_exception_handler(_report)

    async def finish() -> None:
        sessions = server_context.sessions if server_context else ()
        await _close_pages([page for session in sessions for page in session._subscribed_connections])
        loop.stop()

    def stop(number: int, frame: FrameType | None) -> None:
        signal.signal(number, signal.default_int_handler)
        end_jobs()
        asyncio.run_coroutine_threadsafe(finish(), loop)

    is_unhandled = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_unhandled and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, stop)


def own_command() -> str:
    """Return the command of the terminal that runs this; empty where another program serves a stack."""
    program, *arguments = sys.argv
    path = Path(program)
    is_ours = path.stem == "jpkl" or path.parts[-2:] == ("jpkl", "__main__.py")
    return shlex.join(["jpkl", *arguments]) if is_ours else ""

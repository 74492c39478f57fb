"""Host names of a server: a request under another name may come from a page that was made to lead here."""

from __future__ import annotations

import gc
import ipaddress
from collections.abc import Callable, Collection, Iterable
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from bokeh.server.tornado import BokehTornado
from tornado.httputil import HTTPServerRequest
from tornado.routing import Matcher, PathMatches, Rule
from tornado.web import ErrorHandler, RequestHandler


def own_names_only(hosts: Collection[str]) -> Rule:
    """Return the route that takes all requests under other names, and refuses them; it belongs first.

    Otherwise a page of any site could read what is served (DNS rebinding): its name leads to the site first,
    and to this machine once it has been loaded, so that browsers take its requests for those of one site.

    Parameters
    ----------
    hosts : collection of str
        Names of the server, as `host_names` has them; ``*`` is any.
    """
    return Rule(_OtherName(hosts), _Refusal)


def is_under_own_name(session: Any, names: Iterable[str]) -> bool:
    """Return whether a page of ``panel serve`` is asked for under a name of the server.

    From then on, the server refuses all requests under others. Numeric addresses are no names, and pass:
    those cannot be made to lead elsewhere.

    Parameters
    ----------
    session : bokeh.server.contexts.BokehSessionContext or None
        That of the page; without one, nothing is served.
    names : iterable of str
        Names of the server beside those of ``--allow-websocket-origin``.
    """
    application = _application_of(session)
    if application is None:
        return True
    if (other := _guarded.get(application)) is None:
        other = _OtherName(host_names([*names, *application.websocket_origins]), may_be_address=True)
        application.add_handlers(".*", [Rule(other, _Refusal)])
        _guarded[application] = other
    return other.match(session.request) is None


#: Servers of Panel that refuse other names than their own, and how these are recognized.
_guarded: WeakKeyDictionary[BokehTornado, _OtherName] = WeakKeyDictionary()


def _application_of(session: Any) -> BokehTornado | None:
    """Find the server that a page is of: the script that ``panel serve`` runs is not told."""
    context = getattr(getattr(session, "server_context", None), "application_context", None)
    if context is None or session.request is None:
        return None
    for application in _guarded:
        if context in application.applications.values():
            return application
    servers = (each for each in gc.get_objects() if issubclass(type(each), BokehTornado))
    return next((each for each in servers if context in each.applications.values()), None)


class _Page(Matcher):
    """Matches requests for a page that are of a kind."""

    def __init__(self, path: str, is_of_kind: Callable[[HTTPServerRequest], bool]) -> None:
        self._path = path
        self._is_of_kind = is_of_kind

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        return {} if request.path == self._path and self._is_of_kind(request) else None


def with_a_name(path: str) -> Rule:
    """Return the route that leads from ``[::1]`` to localhost, for a page of Panel.

    Panel divides the host at its colon, of which an IPv6 address has several, and fails.

    Parameters
    ----------
    path : str
        Path of the page.
    """
    return Rule(_Page(path, lambda request: _host_name(request.host) == "::1"), _ToLocalhost)


class _ToLocalhost(RequestHandler):
    """Leads to the same page by name."""

    def get(self) -> None:
        """Redirect."""
        port = urlsplit(f"//{self.request.host}").port
        host = "localhost" if port is None else f"localhost:{port}"
        self.redirect(f"{self.request.protocol}://{host}{self.request.uri}")

    head = get


def with_one_question_mark(path: str) -> Rule:
    """Return the route that leads to a page of Panel whose query has a question mark in it, as URLs may.

    Panel divides the address at each, and fails.

    Parameters
    ----------
    path : str
        Path of the page.
    """
    return Rule(_Page(path, lambda request: "?" in request.query), _ToCodes)


class _ToCodes(RequestHandler):
    """Leads to the same page with the code of that character."""

    def get(self) -> None:
        """Redirect."""
        self.redirect(f"{self.request.path}?{self.request.query.replace('?', '%3F')}")

    head = get


def no_file_of_zeros() -> Rule:
    """Return the route that refuses paths with a zero byte in them, which no file has.

    Tornado asks the system for such a file, and logs the exception with a traceback each time.
    """
    return Rule(PathMatches(".*%00.*"), ErrorHandler, {"status_code": 404})


def head_of(path: str) -> Rule:
    """Return the route that answers whether there is a page of Panel, which answers GET alone.

    Parameters
    ----------
    path : str
        Path of the page.
    """
    return Rule(_Page(path, lambda request: request.method == "HEAD"), _HeadOfPage)


class _HeadOfPage(RequestHandler):
    """Answers as a page would, without making one."""

    def head(self) -> None:
        """Write what a page has before it."""
        self.set_header("Content-Type", "text/html")
        self.set_header("Cache-Control", "no-store")
        self.flush()  # before a length of 0 is written, which is not that of the page


def host_names(hosts: Iterable[str]) -> frozenset[str]:
    """Return hosts without their ports, in lower case.

    Examples
    --------
    >>> sorted(host_names(["localhost", "[::1]:5755", "Micro.example.org:80"]))
    ['::1', 'localhost', 'micro.example.org']
    """
    return frozenset(map(_host_name, hosts))


def _host_name(host: str) -> str:
    # Without the port: a tunnel to this machine has another one.
    try:
        return "*" if host == "*" else (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:  # e.g. half an IPv6 address
        return ""


class _OtherName(Matcher):
    """Matches requests under other names than those of the server."""

    def __init__(self, hosts: Collection[str], *, may_be_address: bool = False) -> None:
        self._hosts = hosts
        self._may_be_address = may_be_address

    def match(self, request: HTTPServerRequest) -> dict[str, Any] | None:
        name = _host_name(request.host)
        is_known = "*" in self._hosts or name in self._hosts or (self._may_be_address and _is_address(name))
        return None if is_known else {}


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


class _Refusal(RequestHandler):
    """Refuses a request, and says what to do."""

    def prepare(self) -> None:
        """Answer any method, before anything of the request is looked at."""
        self.set_status(403)
        self.set_header("Content-Type", "text/plain; charset=utf-8")
        self.set_header("X-Content-Type-Options", "nosniff")
        self.finish(
            f"{self.request.host!a} is no name of this server. If it is, e.g. of a proxy in front of it, "
            "start it with that name: jpkl_viewer.serve(..., websocket_origin=[NAME]) in Python, or "
            "panel serve --allow-websocket-origin NAME\n"
        )

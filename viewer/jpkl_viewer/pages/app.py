"""The viewer as a whole page, or a folder of them: under ``panel serve``, or served from Python."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from os import PathLike, fspath
from pathlib import PurePath
from typing import Any, NamedTuple

import panel as pn
from tornado.httputil import HTTPServerRequest

import jpkl
from jpkl import JPkl, JPklError
from jpkl.toolkit import is_folder_of_stacks, short_reason
from jpkl_viewer.frames.frames import Frames
from jpkl_viewer.model.names import distinct_names
from jpkl_viewer.pages.dashboard import STYLESHEETS, Dashboard, Place, printable
from jpkl_viewer.pages.direct import Door, OpenedView, Opener
from jpkl_viewer.pages.dropped import DroppedFiles
from jpkl_viewer.pages.folder import LocalFolder, NotInFolderError
from jpkl_viewer.pages.hosts import (
    head_of,
    host_names,
    is_under_own_name,
    no_file_of_zeros,
    own_names_only,
    with_a_name,
    with_one_question_mark,
)
from jpkl_viewer.pages.library import Library, open_stack, renewed
from jpkl_viewer.pages.message import NotShownError
from jpkl_viewer.pages.scenes import SceneStacks
from jpkl_viewer.pages.serving import (
    adopt_running_loop,
    ctrl_c_as_before,
    listen,
    own_command,
    own_hosts,
    reaches_others,
    run_until_stopped,
)
from jpkl_viewer.viewer import JPklViewer

_USAGE = "panel serve viewer/app.py --address localhost --args FILE_OR_FOLDER"
_USAGE_BY_NAME = "panel serve viewer/app.py --allow-websocket-origin NAME --args FILE_OR_FOLDER"

#: What keeps a stack from being shown, and is said on a page.
_ERRORS = (JPklError, OSError, ValueError)

#: Seconds after which a connection that asks for nothing, or never comes to the end of a request, is closed:
#: each takes one of the files that the process can have open. WebSockets stay.
_LONGEST_SILENCE = 120

#: The list of a folder is the page without a query.
_TO_THE_LIST, _TO_THE_START = '<a href="?">All stacks</a>', '<a href="?">What is served here</a>'


def serve(
    stack: JPkl | str | PathLike[str],
    *,
    compare: Sequence[JPkl | str | PathLike[str]] = (),
    port: int | None = None,
    show: bool = True,
    address: str = "localhost",
    title: str | None = None,
    **options: Any,
) -> None:
    """Serve a viewer, or the list of the stacks of a folder, until Ctrl-C.

    Parameters
    ----------
    stack : JPkl or path-like
        The stack, the file that it is in, or a folder of such files.
    compare : sequence of JPkl or path-like
        Stacks to compare it with: the page opens with all of them side by side.
    port : int, optional
        Port to serve at. By default 5755, so that links work again after a restart, or the next free one;
        0 is any free one. The URL that is printed shows which.
    show : bool
        Whether to open a browser.
    address : str
        Address to serve at. The default is for this machine alone; ``"0.0.0.0"`` is for all who reach it.
    title : str, optional
        Title of the page; by default the name of the file or folder.
    **options
        Passed on to `panel.serve`, e.g. ``websocket_origin`` for a server behind a proxy of another name.

    Raises
    ------
    jpkl.FormatError
        If the file is not a well-formed JPkl file.
    OSError
        If the file or folder cannot be read, or the port is taken.
    """
    for_visitors = reaches_others(address) or "websocket_origin" in options
    is_direct = _can_be_direct(options)
    dropped = DroppedFiles() if is_direct and not for_visitors else None
    served = _served(stack, compare, for_visitors, dropped)

    http_options = {"idle_connection_timeout": _LONGEST_SILENCE, **options.pop("http_server_kwargs", {})}

    def start(number: int) -> Any:
        return pn.serve(
            served.make_page,
            port=number,
            show=show,
            address=address,
            title=title or served.name,
            start=False,
            verbose=False,
            http_server_kwargs=http_options,
            **options,
        )

    with ctrl_c_as_before():
        server, note = listen(start, port)
    names = own_hosts(address)
    hosts = [f"{host}:{server.port}" for host in names]
    if "websocket_origin" not in options:
        server._tornado.websocket_origins.update(hosts)
    origins = options.get("websocket_origin", ())
    known = host_names([*names, *([origins] if isinstance(origins, str) else origins)])
    door = Door(served.opener, known, for_visitors, title, dropped, own_command(), served.has_list)
    rules = door.rules(server.prefix) if is_direct else [own_names_only(known)]
    page = f"{server.prefix}/"
    repairs = [with_a_name(page), with_one_question_mark(page), head_of(page), no_file_of_zeros()]
    server._tornado.add_handlers(".*", [*rules, *repairs])
    notes = "; ".join(filter(None, (note, "Ctrl-C ends it")))
    announcement = f"Serving {served.name} at http://{hosts[0]}{server.prefix} ({notes})"
    run_until_stopped(server, announcement, clean_up=dropped.close if dropped else lambda: None)


class _Served(NamedTuple):
    """What is served: what makes a page of Panel, what opens a direct one, the name of both."""

    make_page: Callable[[], pn.viewable.Viewable]
    opener: Opener
    name: str
    has_list: bool


def _served(
    stack: JPkl | str | PathLike[str],
    compare: Sequence[JPkl | str | PathLike[str]],
    for_visitors: bool,
    dropped: DroppedFiles | None,
) -> _Served:
    if not compare and not isinstance(stack, JPkl) and is_folder_of_stacks(stack):
        library = Library(fspath(stack))

        def make_page() -> pn.viewable.Viewable:
            return folder_page(library, for_visitors, takes_files=dropped is not None)

        opener = _with_dropped(_folder_opener(library), dropped, has_list=True)
        return _Served(make_page, opener, printable(library.folder.name), has_list=True)
    stacks = [item if isinstance(item, JPkl) else jpkl.open(item) for item in (stack, *compare)]
    first, others = SceneStacks(stacks[0]), list(map(open_stack, stacks[1:]))
    *names, last = map(printable, distinct_names([jp.path for jp in stacks]))
    name = f"{', '.join(names)} and {last}" if names else last
    turn = threading.Lock()

    def open_viewer(scene: str, axes: str) -> JPklViewer:
        with _said_as("This scene cannot be shown"):
            shown = first.open(scene, axes)
            with turn:
                others[:] = map(renewed, others)
                compared = [other.jp for other in others]
        with _said_as("This stack cannot be shown"):
            return _viewer(shown.jp, shown.frames, compared)

    def make_stack_page() -> pn.viewable.Viewable:
        try:
            viewer = open_viewer(*_read_as(pn.state.session_args))
        except NotShownError as error:
            return error_page(error)
        return full_page(viewer.panel(owns_url=True, for_visitors=for_visitors))

    return _Served(make_stack_page, _with_dropped(_opener(open_viewer), dropped), name, has_list=False)


def app(arguments: Sequence[str]) -> pn.viewable.Viewable:
    """Make the page for the arguments of ``panel serve --args``: one file, or a folder."""
    session = getattr(pn.state.curdoc, "session_context", None)
    adopt_running_loop(getattr(session, "server_context", None))
    if not is_under_own_name(session, own_hosts("0.0.0.0")):
        return error_page(
            NotShownError("This server has another name", f"If it is one of its: {_USAGE_BY_NAME}")
        )
    if len(arguments) != 1:
        return error_page(NotShownError("Which stack?", f"Name one file or folder: {_USAGE}"))
    (path,) = arguments
    try:
        with _said_as(f"{PurePath(fspath(path)).name} cannot be opened"):
            return folder_page(_library(path)) if is_folder_of_stacks(path) else page(jpkl.open(path))
    except NotShownError as error:
        return error_page(error)


@cache
def _library(path: str) -> Library:
    """Return one library for all sessions of a process: ``panel serve`` runs the app for each of them."""
    return Library(path)


def folder_page(
    library: Library, for_visitors: bool = True, *, takes_files: bool = False
) -> pn.viewable.Viewable:
    """Make what the URL asks for: the list of the stacks of a folder, or the one that ``?stack=`` names."""
    asked = _names(pn.state.session_args.get("stack"))
    if not asked:
        can_write = not for_visitors and isinstance(library.folder, LocalFolder)
        return full_page(
            Dashboard(library, takes_files=takes_files, can_convert=can_write, sizing_mode="stretch_both")
        )
    read_as = _read_as(pn.state.session_args)
    return stack_page(library, asked[0], asked[1:], *read_as, for_visitors=for_visitors)


def stack_page(
    library: Library,
    name: str,
    compare: Sequence[str] = (),
    scene: str = "",
    axes: str = "",
    *,
    for_visitors: bool = True,
) -> pn.viewable.Viewable:
    """Make a viewer of one stack of a folder, below a link to the list, or say why it cannot be shown."""
    try:
        viewer = _viewer_in(library, name, compare, scene, axes)
    except NotShownError as error:
        return error_page(error)
    view = viewer.panel(owns_url=True, for_visitors=for_visitors)
    layout = pn.Column(Place(name), view, sizing_mode="stretch_both", margin=0)
    return full_page(layout)


def page(jp: JPkl) -> pn.viewable.Viewable:
    """Make a viewer that fills a page, for visitors."""
    with _said_as("This stack cannot be shown"):
        return full_page(_viewer(jp, None, ()).panel(owns_url=True, for_visitors=True))


def _viewer(jp: JPkl, frames: Frames | None, compare: Sequence[JPkl]) -> JPklViewer:
    tools = {"compare": {"mode": "side by side"}} if compare else {}
    return JPklViewer(jp, frames=frames, compare=compare, tools=tools)


@contextmanager
def _said_as(title: str) -> Iterator[None]:
    """Raise what keeps a stack from being shown as what a page says under a title."""
    try:
        yield
    except _ERRORS as error:
        raise NotShownError(title, short_reason(error)) from error


def _opener(open_viewer: Callable[[str, str], JPklViewer]) -> Opener:
    """Open one stack, or what ``?scene=`` and ``?axes=`` name."""
    return lambda request: OpenedView(open_viewer(*_read_as(request.query_arguments)))


def _folder_opener(library: Library) -> Opener:
    """Open what ``?stack=`` names, and of that ``?scene=``; what is named after it is compared with it."""

    def opener(request: HTTPServerRequest) -> OpenedView:
        name, *others = _names(request.query_arguments.get("stack")) or [""]
        return OpenedView(_viewer_in(library, name, others, *_read_as(request.query_arguments)), place=name)

    return opener


def _names(asked: Sequence[bytes] | None) -> list[str]:
    """Return what a query names."""
    return [name.decode("utf-8", "replace") for name in asked or ()]


def _read_as(query: Mapping[str, Sequence[bytes]]) -> tuple[str, str]:
    """Return the scene and the axes that a query names; empty where it names none."""
    scene, axes = (next(iter(_names(query.get(name))), "") for name in ("scene", "axes"))
    return scene, axes


def _viewer_in(library: Library, name: str, compare: Sequence[str], scene: str, axes: str) -> JPklViewer:
    try:
        opened = library.open(name, scene, axes)
        return _viewer(opened.jp, opened.frames, [library.open(other).jp for other in compare])
    except NotInFolderError as error:
        raise NotShownError("There is no such stack", str(error), _TO_THE_LIST) from error
    except _ERRORS as error:
        reason = short_reason(error).replace(library.folder.place, "")
        raise NotShownError(f"{PurePath(name).name} cannot be shown", reason, _TO_THE_LIST) from error


def _with_dropped(opener: Opener, dropped: DroppedFiles | None, *, has_list: bool = False) -> Opener:
    """Open what ``?dropped=`` names, too, and next to what is asked for what ``&with=`` names.

    With `has_list`, pages lead back to the list.
    """
    if dropped is None:
        return opener

    def open_any(request: HTTPServerRequest) -> OpenedView:
        keys = _names(request.query_arguments.get("dropped"))
        others = _names(request.query_arguments.get("with"))
        if not keys and not others:
            return opener(request)
        try:
            compare = [dropped.open(key).jp for key in (*keys[1:], *others)]
            stack = dropped.open(keys[0], *_read_as(request.query_arguments)) if keys else None
        except _ERRORS as error:
            raise NotShownError("This stack is not here", short_reason(error), _TO_THE_START) from error
        with _said_as("This stack cannot be shown"):
            if stack is not None:
                viewer = _viewer(stack.jp, stack.frames, compare)
                return OpenedView(viewer, place=viewer.title if has_list else "", is_copy=True)
            opened = opener(request)
            viewer = opened.viewer
            return OpenedView(_viewer(viewer.jp, viewer.frames, [*viewer._compare, *compare]), opened.place)

    return open_any


def _can_be_direct(options: Mapping[str, Any]) -> bool:
    """Return whether pages need nothing of Panel's: it may ask who looks at them."""
    asks_who = pn.config.basic_auth or pn.config.oauth_provider
    return not asks_who and set(options) <= {"websocket_origin", "prefix"}


def full_page(view: pn.viewable.Viewable) -> pn.viewable.Viewable:
    """Let a layout fill the window, whatever its size."""
    view.styles = {"position": "fixed", "inset": "0"}
    return view


def error_page(error: NotShownError) -> pn.viewable.Viewable:
    """Make a page that says what went wrong, in place of a picture."""
    return full_page(pn.pane.HTML(error.html, stylesheets=STYLESHEETS, sizing_mode="stretch_both", margin=0))

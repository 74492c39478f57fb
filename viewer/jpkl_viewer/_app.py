"""The viewer as a page of its own: under ``panel serve``, or served from Python."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from os import PathLike, fspath
from pathlib import PurePath
from typing import Any

import panel as pn

from jpkl import JPkl, JPklError
from jpkl_viewer._viewer import JPklViewer

_USAGE = "panel serve viewer/app.py --args FILE"


def serve(
    stack: JPkl | str | PathLike[str],
    *,
    port: int = 0,
    show: bool = True,
    address: str = "localhost",
    title: str | None = None,
    **options: Any,
) -> None:
    """Serve a viewer until Ctrl-C.

    Parameters
    ----------
    stack : JPkl or path-like
        The stack, or the file that it is in.
    port : int
        Port to serve at; 0 takes any free one, and the URL that is printed tells which.
    show : bool
        Whether to open a browser.
    address : str
        Address to serve at. The default is for this machine alone.
    title : str, optional
        Title of the page; by default the name of the file.
    **options
        Passed on to `panel.serve`.

    Raises
    ------
    jpkl.FormatError
        If the file is not a well-formed JPkl file.
    """
    jp = stack if isinstance(stack, JPkl) else JPkl.load(stack)
    name = title or (PurePath(jp.path).name if jp.path else "JPkl")
    pn.serve(lambda: page(jp), port=port, show=show, address=address, title=name, **options)


def page(jp: JPkl) -> pn.viewable.Viewable:
    """A viewer that fills a page, or what keeps it from showing."""
    try:
        return full_page(JPklViewer(jp).panel(owns_url=True))
    except (JPklError, OSError, ValueError) as error:
        return error_page("This stack cannot be shown", str(error))


def full_page(view: pn.viewable.Viewable) -> pn.viewable.Viewable:
    """Let a layout fill the window, whatever its size."""
    view.styles = {"position": "fixed", "inset": "0"}
    return view


def app(arguments: Sequence[str]) -> pn.viewable.Viewable:
    """The page for the arguments of ``panel serve --args``: one file."""
    if len(arguments) != 1:
        return error_page("Which stack?", f"Name one file: {_USAGE}")
    (path,) = arguments
    try:
        return page(JPkl.load(path))
    except (JPklError, OSError, ValueError) as error:
        return error_page(f"{PurePath(fspath(path)).name} cannot be opened", str(error))


def error_page(title: str, message: str) -> pn.viewable.Viewable:
    """A page that says what went wrong, in place of a picture."""
    return pn.pane.HTML(
        '<div role="alert" style="max-width:44rem;margin:12vh auto;padding:1.5rem 2rem;'
        'border-left:4px solid #c62828;font:15px/1.5 system-ui,sans-serif">'
        f'<div style="font-size:1.3rem;font-weight:600;margin-bottom:.5rem">{escape(title)}</div>'
        f'<div style="overflow-wrap:anywhere">{escape(message)}</div></div>',
        sizing_mode="stretch_width",
    )

"""The script of the widget: hosts keep a small loader in the notebook's file, which has the rest sent to it.

A page needs it once, and takes as long to load it as Python to import the viewer and make it. So it is sent
first, through a widget that shows nothing.
"""

from __future__ import annotations

import gzip
import hashlib
import secrets
from dataclasses import dataclass
from functools import cache
from typing import Any

import anywidget
import traitlets

from jpkl_viewer.browser.bundle import bundle, read_asset
from jpkl_viewer.browser.kept import kept


class ScriptedWidget(anywidget.AnyWidget):
    """A widget whose views are made by the script, which Python sends to each page once.

    Parameters
    ----------
    **traits
        Values of further traitlets.
    """

    _esm = read_asset("browser/widget_loader.js")
    _script = traitlets.Unicode().tag(sync=True)
    _key = traitlets.Unicode().tag(sync=True)

    def __init__(self, **traits: Any) -> None:
        super().__init__(_script=packed_script()[0], _key=secrets.token_hex(4), **traits)


@dataclass
class _Ahead:
    """Whether the script was sent before a view has asked, and what it was sent by while there is none."""

    is_sent: bool = False
    widget: ScriptedWidget | None = None


_ahead = _Ahead()


def send_script_ahead() -> None:
    """Have the page load the script before there is a viewer, unless it was sent to one before."""
    if claim_script():
        _ahead.widget = ScriptedWidget()
        _ahead.widget.send({"views": [], "script": True}, [packed_script()[1]])


def claim_script() -> bool:
    """Return whether to send the script unasked: once, as further pages are likely to be the same."""
    is_first = not _ahead.is_sent
    _ahead.is_sent = True
    return is_first


def drop_ahead() -> None:
    """Take what the script was sent by off the page, which has a view now: no notebook's file keeps it."""
    if _ahead.widget is not None:
        _ahead.widget.close()
        _ahead.widget = None


@cache
def packed_script() -> tuple[str, bytes]:
    """Return the viewer's modules as one, compressed, and the hash that they are known by."""
    packed = kept(
        "browser/widget.js.gz", lambda: gzip.compress(bundle("browser/widget.js").encode(), 6, mtime=0)
    )
    return hashlib.sha256(packed).hexdigest()[:16], packed

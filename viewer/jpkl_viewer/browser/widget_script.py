"""The script of the widget: hosts keep a small loader in the notebook's file, which has the rest sent to it.

A page needs it once, and takes as long to load it as Python to import the viewer and make it. So it is sent
first, by the model of a widget that is yet to be made.
"""

from __future__ import annotations

import gzip
import hashlib
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from jpkl_viewer.browser.bundle import bundle, read_asset
from jpkl_viewer.browser.kept import kept
from jpkl_viewer.browser.model_ahead import ModelAhead

#: What notebooks keep of a widget.
LOADER = "browser/widget_loader.js"


@dataclass
class _Ahead:
    """Whether the script was sent before a view has asked, what it was sent by, and in which cell."""

    is_sent: bool = False
    model: ModelAhead | None = None
    cell: object = None


_ahead = _Ahead()


def send_script_ahead() -> None:
    """Have the page load the script before there is a viewer, unless it was sent to one before."""
    if claim_script():
        _ahead.model, _ahead.cell = _new_model({}), _this_cell()
        _ahead.model.send({"views": [], "script": True}, [packed_script()[1]])


def claim_script() -> bool:
    """Return whether to send the script unasked: once, as further pages are likely to be the same."""
    is_first = not _ahead.is_sent
    _ahead.is_sent = True
    return is_first


def model_ahead(settings: Mapping[str, Any]) -> ModelAhead:
    """Tell the page of a viewer's widget that is yet to be made.

    It is the model that the script was sent by, if this cell has sent it: the page knows that, and hears by
    it already. Later, a page that was loaded again might not.
    """
    if _ahead.model is None or _ahead.cell != _this_cell():
        return _new_model(settings)
    model, _ahead.model = _ahead.model, None
    model.update(settings)
    return model


def drop_ahead() -> None:
    """Take what the script was sent by off the page, which has a view now: no notebook's file keeps it."""
    if _ahead.model is not None:
        _ahead.model.close()
        _ahead.model = None


def _new_model(settings: Mapping[str, Any]) -> ModelAhead:
    state = {"_esm": read_asset(LOADER), **script_state(), **settings}
    return ModelAhead("jpkl_viewer.browser.widget.ViewerWidget", state)


def _this_cell() -> object:
    """Return what tells the run of a cell from others."""
    shell: Any = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return shell.get_parent().get("header", {}).get("msg_id") if hasattr(shell, "kernel") else None


def script_state() -> dict[str, str]:
    """Return what a widget has the loader find its script by, and what came for its next view."""
    return {"_script": packed_script()[0], "_key": secrets.token_hex(4)}


@cache
def packed_script() -> tuple[str, bytes]:
    """Return the viewer's modules as one, compressed, and the hash that they are known by."""
    packed = kept(
        "browser/widget.js.gz", lambda: gzip.compress(bundle("browser/widget.js").encode(), 6, mtime=0)
    )
    return hashlib.sha256(packed).hexdigest()[:16], packed

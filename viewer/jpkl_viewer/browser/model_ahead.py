"""The model of a widget on the page of a notebook, before Python has imported ipywidgets.

That takes as long as all modules of the viewer together, and what a page is told of a new widget is plain
data, as the protocol of Jupyter's widgets has it. So a page is told of it, and loads the script and shows the
first picture, while Python imports ipywidgets and makes the widget, which then goes on with the same comm.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from threading import Lock
from typing import Any, TypeAlias

#: Of Jupyter's widgets.
_PROTOCOL = "2.1.0"
_VIEW = "application/vnd.jupyter.widget-view+json"

#: What a page says of a widget, as comms have it.
Heard: TypeAlias = dict[str, Any]


class ModelAhead:
    """What is known of a widget by the page, until there is the widget.

    Parameters
    ----------
    name : str
        Name of the class that the widget will be of, with its module.
    state : mapping of str to object
        Its own traitlets.

    Attributes
    ----------
    state : dict
        All that the page was told.
    comm : comm.base_comm.BaseComm
        What carries the messages.
    """

    def __init__(self, name: str, state: Mapping[str, Any]) -> None:
        from comm import create_comm

        self.state = {**_anywidget_state(name), **state}
        self._heard: list[Heard] = []
        self._hand_on: Callable[[Heard], object] | None = None
        self._lock = Lock()
        self.comm = create_comm(
            target_name="jupyter.widget",
            data={"state": self.state, "buffer_paths": []},
            metadata={"version": _PROTOCOL},
        )
        self.comm.on_msg(self._hear)

    @property
    def model_id(self) -> str:
        """What the page knows it by."""
        return str(self.comm.comm_id)

    def view(self) -> dict[str, Any]:
        """Make the output of a cell that shows it."""
        return {_VIEW: {"version_major": 2, "version_minor": 1, "model_id": self.model_id}}

    def send(self, content: Mapping[str, Any], buffers: Sequence[bytes] = ()) -> None:
        """Send a message, with bytes beside, as widgets do."""
        self.comm.send({"method": "custom", "content": content}, buffers=list(buffers))

    def update(self, state: Mapping[str, Any]) -> None:
        """Tell the page more of its state."""
        self.state |= state
        self.comm.send({"method": "update", "state": dict(state), "buffer_paths": []})

    def close(self) -> None:
        """Take it off the page."""
        self.comm.close()

    def hand_over(self, hand_on: Callable[[Heard], object]) -> None:
        """Have a widget take what was heard, in another thread than this one perhaps, and what will be."""
        with self._lock:
            self._hand_on, heard = hand_on, self._heard
        for message in heard:
            hand_on(message)

    def _hear(self, message: Heard) -> None:
        with self._lock:
            hand_on = self._hand_on
            if hand_on is None and message["content"]["data"]["method"] != "request_state":
                self._heard.append(message)
        if hand_on is not None:
            hand_on(message)
        elif message["content"]["data"]["method"] == "request_state":  # of a page that is loaded again
            self.update(self.state)


def can_be_ahead() -> bool:
    """Return whether a page can be told of widgets ahead: in Colab, anywidget has to enable them first."""
    try:
        _version()
    except PackageNotFoundError:  # whoever imports it says so
        return False
    return "google.colab" not in sys.modules


def _anywidget_state(name: str) -> dict[str, Any]:
    """Collect what is the same for all widgets of anywidget of a class."""
    module, requirement = "anywidget", _requirement(_version())
    return {
        "_model_module": module,
        "_model_module_version": requirement,
        "_model_name": "AnyModel",
        "_view_module": module,
        "_view_module_version": requirement,
        "_view_name": "AnyView",
        "_view_count": None,
        "_dom_classes": [],
        "_anywidget_id": name,
        "layout": None,
        "tabbable": None,
        "tooltip": None,
    }


def _version() -> str:
    return version("anywidget")


def _requirement(of: str) -> str:
    """Say which versions of its JavaScript go with a version of anywidget, as that does."""
    major, minor, patch = of.split(".", maxsplit=2)
    return of if "a" in patch or "b" in patch else f"~{major}.{minor}.*"

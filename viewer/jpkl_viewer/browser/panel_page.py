"""Messages to one of the places that a component of Panel is in; Panel itself sends them to all.

In a notebook, each has a patch of its own. Panel collects what is to be sent in the document, and drops what
is left there when it has taken in a message of the page. JupyterLab has a second thread for those: what one
thread collects, the other drops.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING

import panel as pn
from bokeh.document.events import MessageSentEvent
from bokeh.protocol import Protocol
from panel.io.document import unlocked
from panel.io.notebook import push

if TYPE_CHECKING:
    from bokeh.document import Document
    from bokeh.events import ModelEvent
    from pyviz_comms import Comm

# A message travels in pieces, which must not mix with those of another thread.
_sending = threading.Lock()


def send_event(event: ModelEvent, document: Document, comm: Comm | None) -> None:
    """Send an event to the page that shows its model.

    Parameters
    ----------
    event : bokeh.events.ModelEvent
        For the model's view in the browser.
    document : bokeh.document.Document
        That of the model.
    comm : pyviz_comms.Comm, optional
        The way to the notebook that shows the document; without one, a server does.
    """
    if comm is not None:
        with _sending:
            patch = Protocol().create("PATCH-DOC", [MessageSentEvent(document, "bokeh_event", event)])
            push(document, comm, msg=patch)
    elif pn.state._unblocked(document) or not document.session_context:
        with unlocked():
            document.callbacks.send_event(event)
    else:
        document.add_next_tick_callback(partial(document.callbacks.send_event, event))

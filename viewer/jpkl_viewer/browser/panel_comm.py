"""Messages of a component of Panel in a notebook, each in a patch of its own.

Panel collects what is to be sent in the document, and drops what is left there when it has taken in a
message of the page. JupyterLab has a second thread for those: what one thread collects, the other drops.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from bokeh.document.events import MessageSentEvent
from bokeh.protocol import Protocol
from panel.io.notebook import push

if TYPE_CHECKING:
    from bokeh.document import Document
    from bokeh.events import ModelEvent
    from pyviz_comms import Comm

# A message travels in pieces, which must not mix with those of another thread.
_sending = threading.Lock()


def send_event(event: ModelEvent, document: Document, comm: Comm) -> None:
    """Send an event to the notebook that shows its model.

    Parameters
    ----------
    event : bokeh.events.ModelEvent
        For the model's view in the browser.
    document : bokeh.document.Document
        That of the model.
    comm : pyviz_comms.Comm
        The way to the page that shows the document.
    """
    with _sending:
        patch = Protocol().create("PATCH-DOC", [MessageSentEvent(document, "bokeh_event", event)])
        push(document, comm, msg=patch)

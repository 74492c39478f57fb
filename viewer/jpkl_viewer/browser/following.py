"""Following what the browser has set, in one thread of several."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Following(threading.local):
    """Whether this thread takes over what the browser has set, of which nothing is sent back to it.

    What another thread changes meanwhile is sent: a cell runs while messages of its page are heard.
    """

    is_on = False

    @contextmanager
    def on(self) -> Iterator[None]:
        """Take over what the browser has set."""
        self.is_on = True
        try:
            yield
        finally:
            self.is_on = False

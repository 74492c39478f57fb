"""Following what the browser has set, in one thread of several."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Following(threading.local):
    """Whether this thread is taking over what the browser has set, which must not be sent back to it.

    What another thread changes meanwhile is sent: a cell runs while messages of its page are heard.
    """

    is_on = False

    def __init__(self) -> None:
        self._changed: set[str] = set()

    @contextmanager
    def on(self) -> Iterator[set[str]]:
        """Take over what the browser has set; yields the names of the settings that change by that.

        What watches a setting may have another one taken over, such as a bookmark, before this one ends.
        """
        before = self.is_on, self._changed
        self.is_on, self._changed = True, set()
        try:
            yield self._changed
        finally:
            self.is_on, self._changed = before

    def note(self, name: str) -> None:
        """Remember that a setting has changed, be it by the browser or by what watches another one."""
        self._changed.add(name)

"""How long work reports its progress, and learns that its result is no longer wanted."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError
from dataclasses import dataclass
from typing import TypeAlias

#: Called with how many frames are done and how many there are.
Progress: TypeAlias = Callable[[int, int], object]


@dataclass(frozen=True)
class Task:
    """Takes the progress of long work, and knows whether its result is still wanted.

    Parameters
    ----------
    progress : callable, optional
        Called as ``progress(done, total)``, in frames: once with 0, then after each block.
    is_stale : callable, optional
        Called before each block; if it returns true, the work ends with
        `concurrent.futures.CancelledError` and leaves nothing behind.
    """

    progress: Progress | None = None
    is_stale: Callable[[], bool] | None = None

    @property
    def is_wanted(self) -> bool:
        """Whether the result still is."""
        return self.is_stale is None or not self.is_stale()

    def check(self) -> None:
        """Raise `CancelledError` if the result is no longer wanted."""
        if not self.is_wanted:
            raise CancelledError

    def report(self, done: int, total: int) -> None:
        """Report how far the work is.

        Raises
        ------
        CancelledError
            If the result is no longer wanted.
        """
        self.check()
        if self.progress is not None:
            self.progress(done, total)


#: Work whose progress nobody watches.
UNWATCHED = Task()

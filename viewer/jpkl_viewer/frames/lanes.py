"""Threads that wait for servers and disks: so many for each stack that a silent one leaves some to others."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from functools import cache
from typing import TypeAlias

from jpkl.toolkit import thread_pool

#: Frames of a stack that are fetched at a time: as many as a browser has requests on their way.
_LANES = 8

#: Threads for all stacks, which mostly wait.
_THREADS = 4 * _LANES

Work: TypeAlias = Callable[[], None]


class Lanes:
    """What is fetched of one stack, in the order in which it was asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[Work] = deque()
        self._n_running = 0

    def submit(self, work: Work) -> None:
        """Do something in a thread, as soon as a lane is free."""
        with self._lock:
            if self._n_running == _LANES:
                self._waiting.append(work)
                return
            self._n_running += 1
        _threads().submit(self._run, work)

    def _run(self, work: Work) -> None:
        try:
            work()
        finally:
            if (following := self._next()) is not None:
                # In a thread of its own, so that other stacks have their turn.
                _threads().submit(self._run, following)

    def _next(self) -> Work | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._n_running -= 1
            return None


@cache
def _threads() -> Executor:
    return thread_pool(_THREADS, "viewer-frames")

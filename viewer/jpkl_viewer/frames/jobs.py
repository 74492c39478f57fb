"""Work that takes long, beside the event loop: in each slot only the latest is wanted."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor
from functools import cache
from typing import Any, TypeAlias
from weakref import WeakSet

from jpkl import JPklError
from jpkl.toolkit import short_reason, thread_pool
from jpkl_viewer.frames.rare_log import RareLog
from jpkl_viewer.frames.task import Task

#: A message to the browser, and what sends one.
Message: TypeAlias = dict[str, Any]
Send: TypeAlias = Callable[[Message], None]

#: Work that takes less is not reported, and progress at most this often, in seconds.
_REPORT_INTERVAL = 0.25

_RARE_LOG = RareLog(logging.getLogger(__name__))


class Jobs:
    """The jobs of one viewer.

    A job yields messages, which are sent as they come, then one ``{"done": True}``. A job that a newer one in
    its slot has replaced ends when it next checks its task, with ``{"cancelled": True}``.

    Where no thread can be started, a job is done when `start` returns, and nothing else runs meanwhile.

    Attributes
    ----------
    are_wanted : bool
        Whether anybody still wants what comes of them.
    """

    def __init__(self) -> None:
        self.are_wanted = True
        self._latest: dict[str, object] = {}
        _ALL.add(self)

    def start(
        self, slot: str, work: Callable[[Task], Iterator[Message]], send: Send, *, is_long: bool = False
    ) -> None:
        """Begin a job, which ends the one in the same slot. Long ones have their own threads."""
        job = self._latest[slot] = object()

        def is_stale() -> bool:
            return self._latest.get(slot) is not job

        _threads(is_long).submit(_run, work, Task(_reporter(send), is_stale), send)

    def cancel(self, slot: str) -> None:
        """End the job in a slot, if there is one."""
        self._latest.pop(slot, None)

    def cancel_all(self) -> None:
        """End the jobs in all slots."""
        self._latest.clear()

    def close(self) -> None:
        """End all of them: nobody wants anything any more."""
        self.are_wanted = False
        self.cancel_all()


#: The jobs of all living viewers.
_ALL: WeakSet[Jobs] = WeakSet()


def end_jobs() -> None:
    """End all jobs of all viewers, as the process is about to end and would wait for them."""
    for jobs in list(_ALL):
        jobs.cancel_all()


@cache
def _threads(is_long: bool) -> Executor:
    """Return the threads for the jobs of all viewers: decoding has its own, and these mostly wait for it.

    Work of minutes, such as a movie, must not keep what is scrubbed through waiting.
    """
    return thread_pool(2, "viewer-long-jobs") if is_long else thread_pool(4, "viewer-jobs")


def _run(work: Callable[[Task], Iterator[Message]], task: Task, send: Send) -> None:
    try:
        for message in work(task):
            task.check()
            send(message)
        send({"done": True})
    except CancelledError:
        send({"cancelled": True})
    except (JPklError, ValueError, OverflowError, OSError, LookupError, MemoryError) as error:
        send({"error": short_reason(error)})
    except Exception:
        if not task.is_wanted:
            return send({"cancelled": True})  # e.g. threads that can no more be had, as the process ends
        _RARE_LOG.exception("A computation of the viewer failed")
        send({"error": "the computation failed; what the server has logged says why"})


def _reporter(send: Send) -> Callable[[int, int], None]:
    last = time.monotonic()

    def report(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _REPORT_INTERVAL:
            last = now
            send({"progress": [done, total]})

    return report

"""Threads: a bounded pipeline for encoding and decoding, and pools for other work.

Threads, not processes: the JPEG codecs release the GIL, and frames need not be copied between processes. In a
browser (Pyodide) no thread can be started, and work is done at once.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from functools import cache
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Item = TypeVar("Item")
Result = TypeVar("Result")

#: Items under way per worker: enough to go on while the first in line is slow.
_AHEAD = 3

#: Requests to a server that are under way at once.
_REQUESTS = 8

_thread = threading.local()


# -- how many threads there can be ---------------------------------------------------------------------


def can_start_threads() -> bool:
    """Return whether this process can start threads: not while it ends; else by trying once."""
    return not sys.is_finalizing() and _has_threads()


@cache
def _has_threads() -> bool:
    probe = threading.Thread(target=lambda: None, name="jpkl-probe")
    try:
        probe.start()
    except RuntimeError:
        return False
    probe.join()
    return True


def default_workers() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def resolve_workers(workers: int | None) -> int:
    """Return the number of threads that ``workers`` asks for; ``None`` means one per core.

    It is 1, which needs no thread, where none can be started.

    Raises
    ------
    ValueError
        If it is less than 1.
    """
    if workers is None:
        workers = default_workers()
    if workers < 1:
        raise ValueError(f"workers must be at least 1, not {workers}")
    return int(workers) if workers == 1 or can_start_threads() else 1


def resolve_requests(workers: int | None = None) -> int:
    """Return the number of threads for work that mostly waits for a server, as `resolve_workers` does."""
    return resolve_workers(max(_REQUESTS, default_workers()) if workers is None else workers)


# -- the pipeline --------------------------------------------------------------------------------------


class Stop:
    """Asks running work to end early."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def set(self) -> None:
        """Ask all work that checks this object to end."""
        self._event.set()

    def check(self) -> None:
        """Raise `CancelledError` if the work was asked to end: call it between frames."""
        if self._event.is_set():
            raise CancelledError


def ordered_map(
    function: Callable[[Item, Stop], Result], items: Iterable[Item], *, workers: int
) -> Generator[Result, None, None]:
    """Apply ``function`` to each item in ``workers`` threads; results come in the items' order.

    At most three items per worker are under way at once: memory stays bounded however many items there are,
    and one slow item does not make the others wait. The first exception, Ctrl-C, or closing the iterator ends
    the work: items not yet begun are dropped, and running ones see their `Stop` set and are waited for. Where
    an exception may leave the loop over the results, close the iterator: the traceback would keep it alive.
    """
    if workers == 1 or getattr(_thread, "is_worker", False):
        # A worker that waited for its own pool could wait for ever.
        stop = Stop()
        yield from (function(item, stop) for item in items)
    else:
        yield from _threaded_map(function, items, workers)


def _threaded_map(
    function: Callable[[Item, Stop], Result], items: Iterable[Item], workers: int
) -> Generator[Result, None, None]:
    pool, stop = _pools.get(workers), Stop()
    pending: deque[Future[Result]] = deque()
    try:
        for item in items:
            pending.append(_submit(pool, function, item, stop))
            if len(pending) >= _AHEAD * workers:
                yield _first_result(pending)
        while pending:
            yield _first_result(pending)
    except KeyboardInterrupt:
        # It may have come while a thread was starting: the pool then does not know that thread, which would
        # keep the process from ending.
        _pools.drop(workers)
        raise
    finally:
        stop.set()
        for future in pending:
            future.cancel()
        for future in pending:
            # Whoever called may reuse the memory that running work still writes to.
            if not future.cancelled():
                future.exception()


def _submit(
    pool: Executor, function: Callable[[Item, Stop], Result], item: Item, stop: Stop
) -> Future[Result]:
    """Have the pool do the work, or do it now where the pool takes none: the interpreter ends."""
    try:
        return pool.submit(function, item, stop)
    except RuntimeError as error:
        if "cannot schedule new futures" not in str(error):
            raise
        return InlineExecutor().submit(function, item, stop)


def _first_result(pending: deque[Future[Result]]) -> Result:
    """Wait for the first in line, which leaves the line only then: Ctrl-C may come before."""
    result = pending[0].result()
    pending.popleft()
    return result


class _Pools:
    """One pool of idle threads per number of workers, made when it is first wanted."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Start again: a forked child has the parent's pools, but none of their threads."""
        self._lock = threading.Lock()
        self._pools: dict[int, ThreadPoolExecutor] = {}
        _thread.is_worker = False

    def get(self, workers: int) -> ThreadPoolExecutor:
        with self._lock:
            if workers not in self._pools:
                self._pools[workers] = ThreadPoolExecutor(workers, "jpkl", initializer=_mark_worker)
            return self._pools[workers]

    def drop(self, workers: int) -> None:
        with self._lock:
            pool = self._pools.pop(workers, None)
        if pool is not None:
            pool.shutdown(wait=False)

    def shutdown(self) -> None:
        with self._lock:
            pools, self._pools = self._pools, {}
        for pool in pools.values():
            pool.shutdown()


def _mark_worker() -> None:
    _thread.is_worker = True


_pools = _Pools()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_pools.forget)


def shutdown_pools() -> None:
    """End the idle threads; the next parallel work starts new ones."""
    _pools.shutdown()


# -- other work ----------------------------------------------------------------------------------------


def thread_pool(workers: int | None = None, name: str = "jpkl") -> Executor:
    """Return a pool of threads, or what runs work at once where there are none.

    Parameters
    ----------
    workers : int, optional
        Most threads; by default what `ThreadPoolExecutor` takes.
    name : str
        What the names of the threads start with.

    Returns
    -------
    concurrent.futures.Executor
        To be shut down by the caller.
    """
    return ThreadPoolExecutor(workers, name) if can_start_threads() else InlineExecutor()


class InlineExecutor(Executor):
    """Runs what is submitted before `submit` returns, in the thread of the caller.

    Examples
    --------
    >>> with InlineExecutor() as pool:
    ...     list(pool.map(abs, [-1, 2]))
    [1, 2]
    """

    def submit(
        self, function: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Result]:
        future: Future[Result] = Future()
        try:
            future.set_result(function(*args, **kwargs))
        except Exception as error:  # Ctrl-C is for the caller
            future.set_exception(error)
        return future

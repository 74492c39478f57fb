"""Threads: a bounded pipeline for encoding and decoding, and pools for other work.

Threads, not processes: the JPEG codecs release the GIL, and frames need not be copied between processes.
Where no more can be started (in a browser, as the interpreter ends, or because the system gives none), those
there are do the work, or it is done at once.
"""

from __future__ import annotations

import atexit
import errno
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import CancelledError, Executor, Future, InvalidStateError, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial
from typing import Generic, ParamSpec, TypeVar

import numpy as np

Arguments = ParamSpec("Arguments")
Item = TypeVar("Item")
Result = TypeVar("Result")

#: Items under way per worker: enough to go on while the first in line is slow.
_AHEAD = 3

#: Seconds that a thread of a pool has to begin with the first in line; then whoever waits for it does.
_PATIENCE = 0.01

#: Requests to a server that are under way at once.
_REQUESTS = 8

_thread = threading.local()
_started = threading.Event()


# -- how many threads there can be ---------------------------------------------------------------------


def can_start_threads() -> bool:
    """Return whether this process can start threads: not while it ends; else by trying, until one starts."""
    if sys.is_finalizing():
        return False  # one that is started now would be waited for, for ever
    if not _started.is_set():
        probe = threading.Thread(target=_started.set, name="jpkl-probe")
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
    TypeError, ValueError
        If it is no int, or less than 1.
    """
    if workers is None:
        workers = default_workers()
    if isinstance(workers, bool) or not isinstance(workers, int | np.integer):
        raise TypeError(f"workers must be an int, not {workers!r}")
    if workers < 1:
        raise ValueError(f"workers must be at least 1, not {workers}")
    return int(workers) if workers == 1 or can_start_threads() else 1


def resolve_requests(workers: int | None = None) -> int:
    """Return the number of threads for work that mostly waits for a server, as `resolve_workers` does."""
    return resolve_workers(max(_REQUESTS, default_workers()) if workers is None else workers)


# -- executors -----------------------------------------------------------------------------------------


class _Item(Generic[Result]):
    """Work that is done once, by whoever calls it first; what comes of it is in its future."""

    def __init__(self, work: Callable[[], Result]) -> None:
        self._claim = threading.Lock()
        self._work: Callable[[], Result] | None = work
        self.future: Future[Result] = Future()

    def __call__(self) -> bool:
        """Do the work, unless somebody has begun with it; return whether nobody had."""
        if not self._claim.acquire(blocking=False):
            return False
        # An executor may keep this call: not what it refers to.
        work, self._work = self._work, None
        try:
            if work is not None and self.future.set_running_or_notify_cancel():
                self.future.set_result(work())
        except BaseException as error:
            with suppress(InvalidStateError):  # Ctrl-C may come when the result is there
                self.future.set_exception(error)
            if not isinstance(error, Exception):
                raise  # Ctrl-C is for the caller
        finally:
            del self  # the traceback, which its future has, has it
        return True

    def give_up(self) -> None:
        """Leave it undone; where somebody is doing it, wait for that."""
        if not self._claim.acquire(blocking=False):
            wait([self.future])


class _Threads(Executor):
    """A pool that is content with the threads there are, and with the caller's where there are none.

    `ThreadPoolExecutor` starts its threads as work comes. Where it cannot, it raises, but keeps the work,
    which a thread that is there, or is started later, would still do.
    """

    def __init__(self, workers: int | None, name: str, begin: Callable[[], object] = lambda: None) -> None:
        self._make = partial(ThreadPoolExecutor, workers, name)
        self._begin = begin
        self._is_open = True
        self._start_again()

    def _start_again(self) -> None:
        self._has_begun = threading.Event()
        self._pool = self._make(initializer=_begin, initargs=(self._has_begun, self._begin))

    def submit(
        self, function: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Future[Result]:
        return self.begin(function, *args, **kwargs).future

    def begin(
        self, function: Callable[Arguments, Result], /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> _Item[Result]:
        """Do as `submit`, and return what whoever waits for it can do itself."""
        item = _Item(partial(function, *args, **kwargs))
        try:
            self._pool.submit(item).add_done_callback(partial(_cancel_too, item.future))
        except (RuntimeError, MemoryError):
            item()
            if self._is_open and not self._has_begun.is_set():
                self._start_again()  # what is queued would wait for a thread for ever
        except BaseException:  # Ctrl-C, which may come when it is queued already
            item.give_up()
            raise
        return item

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._is_open = False
        self._pool.shutdown(wait, cancel_futures=cancel_futures)


def _begin(has_begun: threading.Event, begin: Callable[[], object]) -> None:
    has_begun.set()
    begin()


def _cancel_too(future: Future[Result], queued: Future[None]) -> None:
    if queued.cancelled():
        future.cancel()


def thread_pool(workers: int | None = None, name: str = "jpkl") -> Executor:
    """Return a pool of threads, in which work is done at once where none can be started.

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
    return _Threads(workers, name)


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
    and one slow item does not make the others wait. Where all threads are busy with other work, the caller's
    does the first in line. The first exception, Ctrl-C, or closing the iterator ends the work: items not yet
    begun are dropped, and running ones see their `Stop` set and are waited for. Where an exception may leave
    the loop over the results, close the iterator: the traceback would keep it alive.
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
    pool, stop, patience = _pools.get(workers), Stop(), _PATIENCE
    pending: deque[_Item[Result]] = deque()
    try:
        for item in items:
            pending.append(pool.begin(function, item, stop))
            if len(pending) >= _AHEAD * workers:
                patience = _see_to(pending[0], patience)
                yield _first_result(pending)
        while pending:
            patience = _see_to(pending[0], patience)
            yield _first_result(pending)
    except KeyboardInterrupt:
        # It may have come while a thread was starting: the pool then does not know that thread, which would
        # keep the process from ending.
        _pools.drop(workers)
        raise
    finally:
        stop.set()
        for begun in pending:
            begun.future.cancel()
        for begun in pending:
            # Whoever called may reuse the memory that running work still writes to.
            if not begun.future.cancelled():
                begun.future.exception()


def _see_to(item: _Item[Result], patience: float) -> float:
    """Do work that no thread begins in time; return for how long to wait for the next.

    All threads of the pool may be waiting for the one that waits here: say, they encode what dask computes,
    in threads of its own that read a stack.
    """
    if item.future.done():
        return patience
    with suppress(TimeoutError):
        item.future.exception(patience)
    return 0.0 if item() else patience


def _first_result(pending: deque[_Item[Result]]) -> Result:
    """Wait for the first in line, which leaves the line only then: Ctrl-C may come before."""
    result = pending[0].future.result()
    pending.popleft()
    return result


class _Pools:
    """One pool of idle threads per number of workers, made when it is first wanted."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Start again: a forked child has the parent's pools, but none of their threads."""
        self._lock = threading.Lock()
        self._pools: dict[int, _Threads] = {}
        _thread.is_worker = False

    def get(self, workers: int) -> _Threads:
        with self._lock:
            if workers not in self._pools:
                self._pools[workers] = _Threads(workers, "jpkl", _mark_worker)
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


# -- threads of their own ------------------------------------------------------------------------------


class BackgroundThread(threading.Thread):
    """A thread whose work is given up when nobody wants it any more, or when the program ends.

    Parameters
    ----------
    work : callable
        What to run: it looks at `is_wanted` now and then, and ends early.
    name : str
        Name of the thread.

    Attributes
    ----------
    is_wanted : bool
        Whether what comes of it still is.
    """

    def __init__(self, work: Callable[[], object], name: str) -> None:
        super().__init__(target=work, name=name, daemon=True)
        self.is_wanted = True

    def start(self) -> None:
        """Begin.

        Raises
        ------
        OSError
            If no thread can be started.
        """
        atexit.register(self.cancel)
        try:
            super().start()
        except RuntimeError as error:
            atexit.unregister(self.cancel)
            raise OSError(
                errno.EAGAIN, "no more threads can be started; try again, or end other programs"
            ) from error

    def run(self) -> None:
        """Do the work."""
        try:
            super().run()
        finally:
            atexit.unregister(self.cancel)

    def cancel(self) -> None:
        """End the work, and wait for that."""
        self.is_wanted = False
        if self.is_alive():
            self.join()

"""Threads where there are any: in a browser (Pyodide) none can be started, and work is done at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from functools import cache
from typing import ParamSpec, TypeVar

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


@cache
def can_start_threads() -> bool:
    """Whether this process may start threads; found out by starting one, once."""
    probe = threading.Thread(target=lambda: None, name="jpkl-probe")
    try:
        probe.start()
    except RuntimeError:
        return False
    probe.join()
    return True


def thread_pool(workers: int | None = None, name: str = "jpkl") -> Executor:
    """A pool of threads, or what runs work at once where there are none.

    Parameters
    ----------
    workers : int, optional
        Most threads; by default what `ThreadPoolExecutor` takes.
    name : str
        What the names of the threads start with.
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

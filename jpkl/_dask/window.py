"""A window of tasks that are under way on a cluster, whose results come in their order.

Memory stays bounded on both sides: the client has one result at a time, and the workers have no more of them
than fit the window. What a worker had that died, dask computes again.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from typing import Any, TypeAlias

from distributed import Client, Future, KilledWorker, get_worker
from distributed.comm import CommClosedError

from jpkl._errors import JPklError

#: A task under way, and what to call when its result is there.
Submission: TypeAlias = tuple[Future, Callable[[], None]]

#: Tasks under way per thread of the workers, and at least.
_AHEAD, _LEAST_AHEAD = 3, 4
#: Seconds for which the number of threads is believed: workers come and go.
_THREADS_FOR = 5.0


def windowed(client: Client, submissions: Iterable[Submission]) -> Generator[Any, None, None]:
    """Yield the results of tasks in their order; no more are taken from the iterable than fit the window."""
    pending: deque[Submission] = deque()
    sizes = _sizes(client)
    try:
        for submission in submissions:
            pending.append(submission)
            size = next(sizes)
            while len(pending) >= size:
                yield _first_result(pending)
        while pending:
            yield _first_result(pending)
    finally:
        if pending:
            client.cancel([future for future, _ in pending])


def _sizes(client: Client) -> Iterator[int]:
    while True:
        size = max(_LEAST_AHEAD, _AHEAD * sum(client.nthreads().values()))
        until = time.monotonic() + _THREADS_FOR
        while time.monotonic() < until:
            yield size


def _first_result(pending: deque[Submission]) -> Any:
    future, finish = pending[0]
    result = result_of(future)
    pending.popleft()
    finish()
    return result


def result_of(future: Future) -> Any:
    """Wait for a result, which the workers can then forget.

    Raises
    ------
    JPklError
        If the cluster itself is at fault.
    """
    with _plain_errors():
        result = future.result()
    future.release()
    return result


@contextmanager
def _plain_errors() -> Iterator[None]:
    try:
        yield
    except KilledWorker as error:
        raise JPklError(
            "the dask cluster gave up: several workers died at the same work, probably for lack of memory; "
            "give them more, or make the chunks of the array smaller"
        ) from error
    except TypeError as error:
        if "fill_value" not in str(error):
            raise
        raise JPklError(
            "distributed cannot move masked arrays of 8 or 16 bits between workers, or from their disks, "
            f"unless their fill_value is of that dtype: da.ma.set_fill_value(images, 0) sets it ({error})"
        ) from error
    except (CancelledError, CommClosedError) as error:
        raise JPklError(f"the dask cluster was closed or lost, or cancelled the work: {error}") from error
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "jpkl":
            raise
        raise JPklError(
            "JPkl has to be installed, in the same version, where the scheduler and the workers of the dask "
            f"cluster run: {error}"
        ) from error


def is_in_task() -> bool:
    """Return whether a worker runs this: it could wait for tasks that wait for its own thread."""
    try:
        get_worker()
    except ValueError:
        return False
    return True

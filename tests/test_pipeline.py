from __future__ import annotations

import os
import signal
import threading
import time
from concurrent.futures import CancelledError
from contextlib import closing

import pytest

from jpkl._pipeline import Stop, default_workers, ordered_map, resolve_workers


def test_results_come_in_order() -> None:
    def slow_at_first(i: int, stop: Stop) -> int:
        time.sleep(0.02 if i == 0 else 0)
        return i * i

    assert list(ordered_map(slow_at_first, range(50), workers=3)) == [i * i for i in range(50)]


def test_few_items_are_taken_ahead() -> None:
    taken = []

    def items() -> object:
        for i in range(100):
            taken.append(i)
            yield i

    with closing(ordered_map(lambda i, stop: i, items(), workers=2)) as results:  # type: ignore[arg-type]
        next(results)
        assert len(taken) <= 6


def test_the_first_error_stops_the_rest() -> None:
    started = []

    def fail_at_three(i: int, stop: Stop) -> int:
        started.append(i)
        if i == 3:
            raise OSError("three")
        return i

    with pytest.raises(OSError, match="three"):
        list(ordered_map(fail_at_three, range(1000), workers=2))
    assert len(started) < 20


def test_closing_stops_running_work_and_waits_for_it() -> None:
    running = threading.Event()
    ended = []

    def until_stopped(i: int, stop: Stop) -> int:
        if i == 0:
            return 0
        running.set()
        try:
            while True:
                stop.check()
                time.sleep(0.001)
        except CancelledError:
            ended.append(i)
            raise

    with closing(ordered_map(until_stopped, range(100), workers=2)) as results:
        next(results)
        running.wait(10)
    assert ended


@pytest.mark.skipif(os.name != "posix", reason="no signal that one thread can send to another")
def test_ctrl_c_waits_for_the_first_in_line_too() -> None:
    ended = threading.Event()

    def interrupt(i: int, stop: Stop) -> None:
        time.sleep(0.05)  # until the first is waited for
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.1)
        ended.set()

    with pytest.raises(KeyboardInterrupt):
        list(ordered_map(interrupt, [0], workers=2))
    assert ended.is_set()


def test_work_within_work_does_not_wait_for_its_own_threads() -> None:
    def outer(i: int, stop: Stop) -> int:
        return sum(ordered_map(lambda j, stop: j, range(i), workers=2))

    assert list(ordered_map(outer, [5] * 10, workers=2)) == [10] * 10


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_starts_threads_of_its_own() -> None:
    list(ordered_map(lambda i, stop: i, range(4), workers=2))
    child = os.fork()
    if child == 0:
        ok = list(ordered_map(lambda i, stop: i, range(4), workers=2)) == [0, 1, 2, 3]
        os._exit(0 if ok else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_workers() -> None:
    assert resolve_workers(None) == default_workers() >= 1
    assert resolve_workers(3) == 3
    with pytest.raises(ValueError, match="workers"):
        resolve_workers(0)

from __future__ import annotations

import itertools
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from contextlib import closing, contextmanager
from weakref import WeakSet

import numpy as np
import pytest

from jpkl._pipeline import Stop, default_workers, ordered_map, resolve_workers, shutdown_pools, thread_pool


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


def test_work_may_wait_for_another_thread_whose_work_is_for_the_same_pool() -> None:
    """As encoding does, where dask computes pixels in threads of its own that read a stack."""

    def doubled() -> int:
        return sum(ordered_map(lambda i, stop: 2 * i, range(9), workers=2))

    def waiting(i: int, stop: Stop) -> int:
        with thread_pool(1, "another") as another:
            return i + another.submit(doubled).result()

    found: list[int] = []
    work = threading.Thread(
        target=lambda: found.extend(ordered_map(waiting, range(5), workers=2)), daemon=True
    )
    work.start()
    work.join(30)
    assert found == [72, 73, 74, 75, 76]


def test_whoever_waits_works_only_where_all_threads_are_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    here, threads = threading.current_thread(), set()

    def noted(i: int, stop: Stop) -> None:
        threads.add(threading.current_thread())
        time.sleep(0.02)

    begun, busy = threading.Barrier(3), threading.Event()

    def keeping_busy(i: int, stop: Stop) -> None:
        begun.wait()
        busy.wait(30)

    keeper = threading.Thread(target=lambda: list(ordered_map(keeping_busy, range(2), workers=2)))
    with monkeypatch.context() as patch:
        patch.setattr("jpkl._pipeline._PATIENCE", 30.0)
        list(ordered_map(noted, range(8), workers=2))
        assert here not in threads
        keeper.start()
        begun.wait()
    threads.clear()
    list(ordered_map(noted, range(3), workers=2))
    assert threads == {here}
    busy.set()
    keeper.join()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_starts_threads_of_its_own() -> None:
    list(ordered_map(lambda i, stop: i, range(4), workers=2))
    child = os.fork()
    if child == 0:
        ok = list(ordered_map(lambda i, stop: i, range(4), workers=2)) == [0, 1, 2, 3]
        os._exit(0 if ok else 1)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("n_threads", range(4))
def test_work_is_done_once_by_the_threads_there_are(monkeypatch: pytest.MonkeyPatch, n_threads: int) -> None:
    done: list[int] = []

    def work(i: int, stop: Stop) -> int:
        done.append(i)
        time.sleep(0.001)  # long enough for what is queued to be taken by another thread
        return i * i

    shutdown_pools()
    with threads_end_after(n_threads, monkeypatch):
        assert list(ordered_map(work, range(100), workers=3)) == [i * i for i in range(100)]
        assert sorted(done) == list(range(100))

        def outer(i: int, stop: Stop) -> int:
            return sum(ordered_map(lambda j, stop: j, range(i), workers=3))

        assert list(ordered_map(outer, [5] * 10, workers=3)) == [10] * 10
    assert list(ordered_map(lambda i, stop: threading.get_ident(), [0], workers=3)) != [threading.get_ident()]
    assert len(done) == 100


def test_what_no_thread_took_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    class Item:
        pass

    items = [Item() for _ in range(10)]
    left = WeakSet(items)
    with threads_end_after(0, monkeypatch), thread_pool(2) as pool:
        for _ in range(10):
            pool.submit(lambda item: None, items.pop()).result()
            assert len(left) == len(items)


def test_ctrl_c_leaves_nothing_to_be_done_later(monkeypatch: pytest.MonkeyPatch) -> None:
    done = []
    unknown = []

    def interrupt(thread: threading.Thread) -> None:
        start(thread)
        unknown.append(thread)  # to the pool, too, which does not wait for it
        raise KeyboardInterrupt

    def work(name: str) -> None:
        time.sleep(0.05)
        done.append(name)

    start = threading.Thread.start
    with thread_pool(2) as pool:
        first = pool.submit(work, "first")
        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", interrupt)
            with pytest.raises(KeyboardInterrupt):
                pool.submit(work, "second")
        done_then = list(done)  # it is not begun, or is done
        first.result()
    for thread in unknown:
        thread.join()
    assert [name for name in done if name == "second"] == [name for name in done_then if name == "second"]


def test_what_a_pool_drops_is_cancelled() -> None:
    barrier = threading.Barrier(2, timeout=10)
    pool = thread_pool(1)
    pool.submit(lambda: (barrier.wait(), barrier.wait()))
    waiting = pool.submit(int)
    barrier.wait()
    pool.shutdown(wait=False, cancel_futures=True)
    barrier.wait()
    pool.shutdown()
    assert waiting.cancelled()


@contextmanager
def threads_end_after(n: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Have the system give n more threads."""
    start = threading.Thread.start
    numbers = itertools.count()

    def limited(thread: threading.Thread) -> None:
        if next(numbers) >= n:
            raise RuntimeError("can't start new thread")
        start(thread)

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", limited)
        yield


def test_workers() -> None:
    assert resolve_workers(None) == default_workers() >= 1
    assert resolve_workers(3) == 3
    assert resolve_workers(np.int64(2)) == 2  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="workers"):
        resolve_workers(0)
    for wrong in (1.5, "2", True):
        with pytest.raises(TypeError, match="workers must be an int"):
            resolve_workers(wrong)  # type: ignore[arg-type]

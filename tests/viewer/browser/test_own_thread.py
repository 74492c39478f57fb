"""In which thread messages to a page are sent."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("bokeh")

from jpkl_viewer.browser.own_thread import OwnThread


class Sent:
    """What was sent, and in which threads."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.threads: set[int] = set()

    def __call__(self, message: dict[str, int]) -> None:
        self.numbers.append(message["n"])
        self.threads.add(threading.get_ident())


def send_from_a_thread(own: OwnThread, numbers: range) -> None:
    with ThreadPoolExecutor(1) as pool:
        list(pool.map(own.send, ({"n": n} for n in numbers)))


def test_what_other_threads_make_is_sent_in_order_by_the_loop_that_hears() -> None:
    sent = Sent()

    async def hear() -> None:
        own = OwnThread(sent)
        own.hear(None)
        send_from_a_thread(own, range(5))
        assert sent.numbers == [], "the loop is not interrupted"
        own.send({"n": 5})
        await asyncio.sleep(0)

    asyncio.run(hear())
    assert sent.numbers == [5, 0, 1, 2, 3, 4]
    assert sent.threads == {threading.get_ident()}


def test_without_a_loop_all_is_sent_at_once() -> None:
    sent = Sent()
    own = OwnThread(sent)
    send_from_a_thread(own, range(3))
    assert sent.numbers == [0, 1, 2]


def test_what_comes_after_the_loop_is_dropped() -> None:
    sent = Sent()

    async def hear() -> OwnThread:
        return OwnThread(sent)

    send_from_a_thread(asyncio.run(hear()), range(3))
    assert sent.numbers == []

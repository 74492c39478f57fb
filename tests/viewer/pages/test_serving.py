"""A server that ends in order, and says nothing of what is no error."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal

import pytest

pytest.importorskip("panel")

from jpkl_viewer.pages.serving import _report, adopt_running_loop, own_hosts
from tornado.websocket import WebSocketClosedError


@pytest.mark.parametrize(
    ("error", "is_logged"), [(WebSocketClosedError(), False), (ValueError("a real one"), True)]
)
def test_pages_that_close_are_no_errors_and_errors_are(
    caplog: pytest.LogCaptureFixture, error: Exception, is_logged: bool
) -> None:
    async def write() -> None:
        raise error

    async def forget_a_task() -> None:
        asyncio.get_running_loop().set_exception_handler(_report)
        task = asyncio.ensure_future(write())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        del task
        gc.collect()

    with caplog.at_level(logging.ERROR, "asyncio"):
        asyncio.run(forget_a_task())
    assert bool(caplog.records) is is_logged


def test_ctrl_c_stops_the_loop_of_another_server_between_its_tasks() -> None:
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    loop = asyncio.new_event_loop()
    done = []

    async def work() -> None:
        adopt_running_loop()
        signal.raise_signal(signal.SIGINT)
        done.append("the work that was interrupted")

    try:
        task = loop.create_task(work())
        loop.call_later(20, loop.stop)
        loop.run_forever()
        assert task.done()
        assert done == ["the work that was interrupted"]
    finally:
        signal.signal(signal.SIGINT, before)
        loop.close()


def test_a_handler_of_their_own_is_left_alone() -> None:
    def handler(*_: object) -> None: ...

    before = signal.signal(signal.SIGINT, handler)
    try:
        adopt_running_loop()
        asyncio.run(_adopt())
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, before)


async def _adopt() -> None:
    adopt_running_loop()


@pytest.mark.parametrize("address", ["localhost", "127.0.0.1", "::1"])
def test_this_machine_alone_has_no_other_names(address: str) -> None:
    assert set(own_hosts(address)) == {"localhost", "127.0.0.1", "[::1]"}
    assert own_hosts(address)[0].strip("[]") == address


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.7", "microscope"])
def test_names_at_addresses_of_the_network(address: str) -> None:
    hosts = own_hosts(address)
    assert len(set(hosts)) == len(hosts)
    assert address in {host.strip("[]") for host in hosts}
    assert (hosts[0] == address) is (address in ("192.0.2.7", "microscope")), (
        "what people can type comes first"
    )

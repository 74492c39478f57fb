"""A server that ends in order, and says nothing of what is no error."""

from __future__ import annotations

import asyncio
import errno
import gc
import json
import logging
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("panel")

import panel as pn
from bokeh.document import Document
from bokeh.util.token import generate_jwt_token, generate_session_id
from jpkl_viewer.browser.component import FrameView
from jpkl_viewer.pages import app
from jpkl_viewer.pages.serving import DEFAULT_PORT, _report, adopt_running_loop, listen, own_hosts
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, websocket_connect

from jpkl import JPkl
from tests.tools.range_server import RangeServer, range_server

APP = Path(__file__).parents[3] / "viewer" / "app.py"


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


def test_a_server_that_can_open_no_more_files_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    def accept() -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    async def try_often() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(_report)
        for _ in range(30):
            loop.call_soon(accept)
        await asyncio.sleep(0.001)

    with caplog.at_level(logging.WARNING):
        asyncio.run(try_often())
    lines = [record.getMessage() for record in caplog.records]
    assert 1 <= len(lines) <= 10
    assert set(lines) == {"Nobody else can be let in: [Errno 24] Too many open files"}
    assert not any(record.exc_info for record in caplog.records)


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be sent Ctrl-C alone there")
@pytest.mark.parametrize(
    "command",
    [["jpkl", "view", "FILE", "--no-show"], ["panel", "serve", str(APP), "--port", "0", "--args", "FILE"]],
    ids=["jpkl view", "panel serve"],
)
def test_ctrl_c_while_a_page_asks_for_much_prints_no_traceback(tmp_path: Path, command: list[str]) -> None:
    file = tmp_path / "stack.jpkl"
    JPkl(np.zeros((32, 32, 3), np.uint8)).save(file)
    with _running(*(str(file) if word == "FILE" else word for word in command)) as (server, url):
        printed = asyncio.run(_stop_while_asking(server, url))
    assert "Traceback" not in printed, printed
    if "jpkl" in command:
        assert "404" not in printed, printed  # a refusal is for the page, and nothing to log


async def _stop_while_asking(server: subprocess.Popen[str], url: str) -> str:
    """Send Ctrl-C to a server that has a page, and messages of it to answer; return what it prints."""
    refused = await AsyncHTTPClient().fetch(f"{url}/nothing", raise_error=False)
    assert refused.code >= 400
    page = await websocket_connect(
        HTTPRequest(f"{url.replace('http', 'ws', 1)}/ws", request_timeout=60),
        subprotocols=["bokeh", generate_jwt_token(generate_session_id())],
    )
    try:
        for _ in range(3):  # the parts of the message that the session is there
            await page.read_message()
        for _ in range(100):
            for part in ({"msgid": generate_session_id(), "msgtype": "PULL-DOC-REQ"}, {}, {}):
                await page.write_message(json.dumps(part))
        await page.read_message()  # it has begun to answer
        return await _stop(server, page)
    finally:
        page.close()


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be sent Ctrl-C alone there")
def test_ctrl_c_does_not_wait_for_frames_of_a_server_that_is_silent(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 256, 256), np.uint8)
    JPkl(noise, axes="TYX").save(tmp_path / "a.jpkl")
    with range_server(tmp_path) as files:
        command = ("jpkl", "view", f"{files.url}/a.jpkl", "--no-show", "--port", "0")
        with _running(*command) as (server, url):
            printed = asyncio.run(_stop_while_asking_in_vain(server, url, files))
    assert printed.strip() == ""
    assert server.returncode == 130


async def _stop_while_asking_in_vain(server: subprocess.Popen[str], url: str, files: RangeServer) -> str:
    """Send Ctrl-C to a server that waits for frames from another; return what it prints."""
    head = HTTPRequest(f"{url.replace('http', 'ws', 1)}/jpkl/frames", headers={"Origin": url})
    page = await websocket_connect(head)
    try:
        await page.write_message(json.dumps({"type": "want", "keys": [12], "source": 0}))
        assert await page.read_message()
        files.latency, n_asked = 60, len(files.asked)
        await page.write_message(json.dumps({"type": "want", "keys": list(range(15, 30)), "source": 0}))
        while len(files.asked) == n_asked:
            await asyncio.sleep(0.05)
        return await _stop(server, page)
    finally:
        page.close()


@contextmanager
def _running(*command: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A command that serves pages, and its address."""
    with subprocess.Popen(
        [sys.executable, "-u", "-m", *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        assert server.stdout is not None
        try:
            yield (
                server,
                next(found[0] for line in server.stdout if (found := re.search(r"http://\S+", line))),
            )
        finally:
            server.kill()


async def _stop(server: subprocess.Popen[str], page: WebSocketClientConnection) -> str:
    """Send Ctrl-C, and return what is printed; a silent server is tried for longer than this waits."""
    server.send_signal(signal.SIGINT)
    printed, _ = await asyncio.to_thread(server.communicate, timeout=30)
    while await page.read_message() is not None:
        pass  # until the connection is closed on this side, too
    return printed


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


class Ports:
    """Ports of which some are taken."""

    def __init__(self, *taken: int, reason: int = errno.EADDRINUSE) -> None:
        self.taken = taken
        self.reason = reason
        self.asked: list[int] = []

    def __call__(self, port: int) -> str:
        self.asked.append(port)
        if port in self.taken:
            raise OSError(self.reason, "no")
        return f"server at {port}"


def test_the_port_is_the_same_each_time_or_the_next_free_one() -> None:
    assert listen(Ports(), None) == (f"server at {DEFAULT_PORT}", "")
    note = f"port {DEFAULT_PORT} is taken"
    for reason in (errno.EADDRINUSE, errno.EACCES):
        ports = Ports(DEFAULT_PORT, DEFAULT_PORT + 1, reason=reason)
        assert listen(ports, None) == (f"server at {DEFAULT_PORT + 2}", note)
    ports = Ports(*range(DEFAULT_PORT, DEFAULT_PORT + 1000))
    assert listen(ports, None)[0] == "server at 0"
    assert len(ports.asked) < 50
    with pytest.raises(OSError, match="no"):
        listen(Ports(DEFAULT_PORT, reason=errno.EADDRNOTAVAIL), None)


def test_a_port_that_is_named_is_the_one_or_an_error() -> None:
    assert listen(Ports(DEFAULT_PORT), 5006) == ("server at 5006", "")
    assert listen(Ports(), 0) == ("server at 0", "")
    ports = Ports(5006)
    with pytest.raises(OSError, match="port 5006 is taken; choose another") as error:
        listen(ports, 5006)
    assert error.value.errno == errno.EADDRINUSE
    assert ports.asked == [5006]


# Tornado leaves the socket that it could not bind to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_a_port_that_another_program_has_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(
        app, "run_until_stopped", lambda server, text, **_: (said.append(text), server.stop())
    )
    with socket.create_server(("localhost", 0)) as other:
        taken = other.getsockname()[1]
        monkeypatch.setattr("jpkl_viewer.pages.serving.DEFAULT_PORT", taken)
        app.serve(JPkl(np.zeros((8, 8, 2), np.uint8)), show=False)
        with pytest.raises(OSError, match=f"port {taken} is taken"):
            app.serve(JPkl(np.zeros((8, 8, 2), np.uint8)), show=False, port=taken)
    found = re.fullmatch(
        rf"Serving JPkl in memory at http://localhost:(\d+) \(port {taken} is taken; Ctrl-C ends it\)",
        said[0],
    )
    assert found
    assert found[1] != str(taken)


def test_ctrl_c_stays_with_who_had_it_before_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    before, found = signal.getsignal(signal.SIGINT), []

    def run(server: Any, *_: Any, **__: Any) -> None:
        found.append(signal.getsignal(signal.SIGINT))  # which it gives back when the server has ended
        server.stop()

    monkeypatch.setattr(app, "run_until_stopped", run)
    app.serve(JPkl(np.zeros((8, 8, 2), np.uint8)), show=False, port=0)
    assert [*found, signal.getsignal(signal.SIGINT)] == [before, before]


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


def paths_known_to(view: pn.viewable.Viewable) -> list[str | None]:
    """The files that a page may say the place of, and write beside."""
    (frame_view,) = view.select(FrameView)
    root = frame_view.get_root(Document())
    paths = [stack.path for stack in frame_view._page(root).answers.stacks]
    del pn.state._views[root.ref["id"]]  # as Panel does when the page is gone
    return paths


@pytest.mark.parametrize(
    ("options", "is_known"),
    [({}, True), ({"address": "0.0.0.0"}, False), ({"websocket_origin": "lab.example.org"}, False)],
)
def test_only_pages_for_this_machine_know_where_files_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], is_known: bool
) -> None:
    made: list[Callable[[], pn.viewable.Viewable]] = []

    def serve(make_page: Callable[[], pn.viewable.Viewable], **_: Any) -> None:
        made.append(make_page)
        raise ConnectionAbortedError

    path = tmp_path / "x.jpkl"
    JPkl(np.zeros((8, 8, 2), np.uint8)).save(path)
    monkeypatch.setattr(pn, "serve", serve)
    for stack, compare in ((path, [path]), (tmp_path, [])):
        with pytest.raises(ConnectionAbortedError):
            app.serve(stack, compare=compare, **options)
    monkeypatch.setattr(type(pn.state), "session_args", {"stack": [b"x.jpkl"]})
    known = str(path) if is_known else None
    assert [paths_known_to(make_page()) for make_page in made] == [[known, known], [known]]


def test_panel_serve_is_for_visitors(tmp_path: Path) -> None:
    path = tmp_path / "x.jpkl"
    JPkl(np.zeros((8, 8, 2), np.uint8)).save(path)
    assert paths_known_to(app.app([str(path)])) == [None]

"""Pages without Panel: what is on them, what travels, and who may ask."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import re
import struct
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

pytest.importorskip("panel")

import numpy as np
import panel as pn
from jpkl_viewer.frames.answers import Answers
from jpkl_viewer.limits import REASON_HEADER
from jpkl_viewer.model.state import ViewState
from jpkl_viewer.pages import app, direct
from jpkl_viewer.pages.direct import DirectSocket, Door, MessageError, OpenedView, read_message
from jpkl_viewer.pages.hosts import host_names
from jpkl_viewer.pages.library import Library
from jpkl_viewer.viewer import JPklViewer
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse
from tornado.httpserver import HTTPServer
from tornado.httputil import HTTPServerRequest
from tornado.testing import bind_unused_port
from tornado.web import Application
from tornado.websocket import WebSocketClientConnection, websocket_connect

from jpkl import JPkl
from tests.viewer import stacks

#: A name that would start a script element, where names of files may have such characters.
NAME = "a<!--<script>.jpkl" if os.name == "posix" else "a.jpkl"
STACK = f"/?stack={quote(NAME)}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    stacks.ramp((3,)).save(tmp_path / NAME)
    (tmp_path / "broken.jpkl").write_bytes(b"nothing")
    return tmp_path


def serve(folder: Path, act: Callable[[int], Awaitable[Any]], *, for_visitors: bool = True) -> Any:
    """What comes of doing something with a server of a folder, at its port."""
    opener = app._folder_opener(Library(folder))
    return run_with(Door(opener, host_names(["localhost"]), for_visitors, has_list=True), act)


def run_with(door: Door, act: Callable[[int], Awaitable[Any]]) -> Any:
    """What comes of doing something with a server, at its port."""

    async def run() -> Any:
        socket, port = bind_unused_port()
        server = HTTPServer(Application(door.rules("")))
        server.add_socket(socket)
        try:
            return await act(port)
        finally:
            server.stop()

    return asyncio.run(run())


async def get(port: int, path: str, **options: Any) -> HTTPResponse:
    return await AsyncHTTPClient().fetch(f"http://localhost:{port}{path}", raise_error=False, **options)


@asynccontextmanager
async def connected(port: int, **headers: str) -> AsyncIterator[WebSocketClientConnection]:
    url = f"ws://localhost:{port}{STACK.replace('/?', '/jpkl/frames?')}"
    socket = await websocket_connect(HTTPRequest(url, headers=headers))
    try:
        yield socket
    finally:
        socket.close()
        while await socket.read_message() is not None:
            pass


async def greet(port: int, **headers: str) -> None:
    """Connect, and leave."""
    async with connected(port, **headers):
        pass


async def receive(socket: WebSocketClientConnection) -> Any:
    """A message, in which the bytes are where they belong if it has one lot of them."""
    data = await socket.read_message()
    assert isinstance(data, bytes)
    (length,) = struct.unpack(">I", data[:4])
    message, sizes = json.loads(data[4 : 4 + length])
    assert sum(sizes) == len(data) - 4 - length
    return {**message, "data": data[4 + length :]} if sizes else message


def test_a_page_has_what_is_known_of_the_stack_and_its_names_are_text(folder: Path) -> None:
    page = serve(folder, lambda port: get(port, STACK))
    text = page.body.decode()
    assert page.code == 200
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert (text.count("<script"), text.count("<!--")) == (2, 0)
    data = json.loads(re.findall(r'id="view">(.*?)</script>', text)[0])
    assert (data["place"], data["description"]["title"]) == (NAME, NAME)
    assert [dim["size"] for dim in data["description"]["dims"]] == [3]


def test_a_page_that_takes_long_to_open_keeps_no_other_waiting(folder: Path) -> None:
    stacks.ramp((2,)).save(folder / "other.jpkl")
    opens, may_open = app._folder_opener(Library(folder)), threading.Event()

    def opener(request: HTTPServerRequest) -> OpenedView:
        if "other" not in (request.query or ""):
            assert may_open.wait(30)
        return opens(request)

    async def act(port: int) -> list[HTTPResponse]:
        slow = [asyncio.create_task(get(port, STACK)) for _ in range(6)]  # somebody loads it again
        others = [await get(port, "/?stack=other.jpkl") for _ in range(2)]
        assert not any(each.done() for each in slow)
        may_open.set()
        return [*await asyncio.gather(*slow), *others]

    pages = run_with(Door(opener, host_names(["localhost"]), for_visitors=True, has_list=True), act)
    assert [page.code for page in pages] == [200] * 8


@pytest.mark.parametrize("path", [STACK, "/jpkl/view.js?v=1"])
def test_a_page_and_the_script_have_a_head(folder: Path, path: str) -> None:
    async def act(port: int) -> None:
        whole, head = [await get(port, path, method=method) for method in ("GET", "HEAD")]
        assert (whole.code, head.code, head.body) == (200, 200, b"")
        for name in ("Content-Type", "Cache-Control", "Content-Security-Policy"):
            assert head.headers.get(name) == whole.headers.get(name)
        assert (await get(port, path, method="HEAD", headers={"Host": "other.example.org"})).code == 403

    serve(folder, act)


def test_the_script_is_kept_and_another_one_has_another_address(folder: Path) -> None:
    page = serve(folder, lambda port: get(port, STACK)).body.decode()
    address = re.findall(r'src="(jpkl/view.js\?v=\w+)"', page)[0]
    script = serve(folder, lambda port: get(port, f"/{address}"))
    assert "immutable" in script.headers["Cache-Control"]
    assert b"liveView" in script.body


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/?stack=broken.jpkl", "broken.jpkl cannot be shown"),
        ("/?stack=..%2Fx.jpkl", "There is no such stack"),
        ("/?stack=", "There is no such stack"),
    ],
)
def test_a_page_says_why_it_shows_nothing_also_to_one_that_is_loaded_again(
    folder: Path, path: str, said: str
) -> None:
    page = serve(folder, lambda port: get(port, path))
    assert page.code == 404
    assert said in page.body.decode()
    assert REASON_HEADER in page.headers


def test_a_list_is_left_to_panel(folder: Path) -> None:
    page = serve(folder, lambda port: get(port, "/"))
    assert page.code == 404
    assert REASON_HEADER not in page.headers


def test_frames_come_as_they_are_stored(folder: Path) -> None:
    async def ask(port: int) -> Any:
        async with connected(port) as socket:
            await socket.write_message(json.dumps({"type": "want", "keys": [1], "source": 0}))
            return await receive(socket)

    frame = serve(folder, ask)
    with JPkl.load(folder / NAME) as jp:
        assert frame["data"] == jp.images[(1,)]
    assert (frame["type"], frame["key"]) == ("frame", 1)


def test_of_pages_that_came_and_went_nothing_stays(folder: Path) -> None:
    async def visit(port: int) -> None:
        assert (await get(port, STACK)).code == 200
        async with connected(port) as socket:
            await socket.write_message(json.dumps({"type": "want", "keys": [1], "source": 0}))
            await receive(socket)
            await socket.write_message(json.dumps({"type": "state", "settings": {"position": [2]}}))
            await receive(socket)

    async def count_after(port: int, n_visits: int) -> dict[str, int]:
        for _ in range(n_visits):
            await visit(port)
        await asyncio.sleep(0.1)  # the server hears of the last one
        gc.collect()
        ours = (JPklViewer, Answers, DirectSocket, ViewState)
        kinds = [type(each) for each in gc.get_objects()]
        return {kind.__name__: kinds.count(kind) for kind in ours}

    async def count(port: int) -> tuple[dict[str, int], dict[str, int]]:
        return await count_after(port, 2), await count_after(port, 8)

    before, after = serve(folder, count)
    assert after == before


def test_a_socket_gives_no_frames_of_another_stack_than_its_page_describes(folder: Path) -> None:
    async def ask(port: int) -> list[bytes | str | None]:
        found = []
        for sizes in ((3,), (4,)):
            page = (await get(port, STACK)).body.decode()
            known = json.loads(re.findall(r'id="view">(.*?)</script>', page)[0])["known"]
            stacks.ramp(sizes).save(folder / NAME)
            url = f"ws://localhost:{port}{STACK.replace('/?', '/jpkl/frames?')}&known={known}"
            socket = await websocket_connect(url)
            await socket.write_message(json.dumps({"type": "want", "keys": [0], "source": 0}))
            found.append(await socket.read_message())
            socket.close()
        return found

    same, other = serve(folder, ask)
    assert same
    assert other is None


@pytest.mark.parametrize(
    "text", ["", "nonsense", "[]", "null", '{"type": "want"}', '{"type": "want", "keys": 3}']
)
def test_a_message_that_makes_no_sense_is_answered_and_so_is_the_next(folder: Path, text: str) -> None:
    async def ask(port: int) -> Any:
        async with connected(port) as socket:
            await socket.write_message(text)
            first = await receive(socket)
            await socket.write_message(json.dumps({"type": "state", "settings": {"position": [2]}}))
            return first, await receive(socket)

    first, second = serve(folder, ask)
    assert first["type"] == "error"
    assert first["error"].startswith("this message was not understood")
    assert second == {"type": "ack"}


@pytest.mark.parametrize(
    ("number", "said"),
    [("NaN", "NaN is no number"), ("-Infinity", "-Infinity is no number"), ("1e999", "1e999 is infinite")],
)
def test_numbers_that_are_none_are_refused_by_name(number: str, said: str) -> None:
    with pytest.raises(MessageError, match=said):
        read_message(f'{{"type": "ask", "zoom": [{number}]}}')
    assert read_message('{"zoom": -1.5e3}') == {"zoom": -1500.0}


def test_who_sends_nonsense_does_not_fill_the_log(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def ask(port: int) -> list[Any]:
        async with connected(port) as socket:
            for _ in range(50):
                await socket.write_message('{"type": "want", "keys": "' + "x" * 1000)
            return [await receive(socket) for _ in range(50)]

    with caplog.at_level("WARNING"):
        answers = serve(folder, ask)
    assert {answer["type"] for answer in answers} == {"error"}
    lines = [record.getMessage() for record in caplog.records if "not understood" in record.getMessage()]
    assert len(lines) <= 10
    assert all(len(line) < 300 for line in lines)


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example.org"},
        {"Origin": "http://evil.example.org"},
        {"Origin": "http://localhost:1"},
        {"Origin": "null"},
    ],
)
def test_other_pages_and_other_names_get_nothing(folder: Path, headers: dict[str, str]) -> None:
    with pytest.raises(HTTPClientError, match="403"):
        serve(folder, lambda port: greet(port, **headers))
    if "Host" in headers:
        assert serve(folder, lambda port: get(port, STACK, headers=headers)).code == 403


def test_a_tunnel_has_another_port(folder: Path) -> None:
    headers = {"Host": "localhost:8000"}
    assert serve(folder, lambda port: get(port, STACK, headers=headers)).code == 200
    serve(folder, lambda port: greet(port, Origin="http://localhost:8000", **headers))


@pytest.mark.parametrize("for_visitors", [True, False])
def test_visitors_can_save_nothing(folder: Path, for_visitors: bool) -> None:
    async def ask(port: int) -> Any:
        async with connected(port) as socket:
            question = {"type": "ask", "slot": "m", "id": 1, "what": "metadata", "changes": {}}
            await socket.write_message(json.dumps(question))
            return await receive(socket)

    answer = serve(folder, ask, for_visitors=for_visitors)
    assert ("Only who runs the server" in answer["whyNotSaved"]) is for_visitors


@pytest.mark.parametrize(
    ("options", "is_direct"),
    [
        ({}, True),
        ({"websocket_origin": ["lab.example.org"]}, True),
        ({"basic_auth": {"me": "secret"}}, False),
        ({"oauth_provider": "x"}, False),
    ],
)
def test_who_asks_for_a_password_has_pages_of_panel(options: dict[str, Any], is_direct: bool) -> None:
    assert app._can_be_direct(options) is is_direct
    with pn.config.set(basic_auth="users.json"):
        assert not app._can_be_direct(options)


def test_a_page_that_reads_nothing_does_not_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (3, 1024, 1024), np.uint8)
    JPkl(noise, axes="TYX", jpeg_quality=100).save(tmp_path / NAME)
    monkeypatch.setattr(direct, "_MOST_UNSENT", 2**21)
    most = 0
    count = DirectSocket._count_unsent

    def watched(self: DirectSocket, nbytes: int) -> None:
        nonlocal most
        count(self, nbytes)
        most = max(most, self._n_unsent)

    monkeypatch.setattr(DirectSocket, "_count_unsent", watched)

    async def ask(port: int) -> list[int]:
        reader, writer = await asyncio.open_connection("localhost", port, limit=2**12)
        writer.write(handshake(port))
        await reader.readuntil(b"\r\n\r\n")
        for i in range(60):
            writer.write(masked(json.dumps({"type": "want", "keys": [i % 3], "source": 0})))
        await asyncio.sleep(0.5)  # and nothing is read, but what the reader and the system keep
        keys = [(await unmasked(reader))["key"] for _ in range(60)]
        writer.close()
        return keys

    assert serve(tmp_path, ask) == [i % 3 for i in range(60)]
    assert 2**21 < most < 2**22


def test_a_page_that_reads_nothing_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (1, 2048, 2048), np.uint8)
    JPkl(noise, axes="TYX", jpeg_quality=100).save(tmp_path / NAME)
    monkeypatch.setattr(direct, "_TOO_MUCH_UNSENT", 2**24)

    async def ask(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("localhost", port, limit=2**12)
        writer.write(handshake(port))
        writer.write(masked(json.dumps({"type": "want", "keys": [0] * 12, "source": 0})))
        await asyncio.sleep(0.2)
        data = await reader.read()
        writer.close()
        return data

    assert b"this page does not read what it asks for" in serve(tmp_path, ask)[-60:]


def test_a_page_on_a_slow_line_answers_signs_of_life_late(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(direct, "_PING", 0.1)

    async def ask(port: int) -> int:
        reader, writer = await asyncio.open_connection("localhost", port)
        writer.write(handshake(port))
        await reader.readuntil(b"\r\n\r\n")
        for _ in range(5):  # they have come, and what would answer them has not
            assert await reader.readexactly(2) == b"\x89\x00"
        writer.write(masked(json.dumps({"type": "want", "keys": [1], "source": 0})))
        while (head := await reader.readexactly(2)) == b"\x89\x00":
            pass
        writer.close()
        return head[0]

    assert serve(folder, ask) == 0x82  # a message, and not the end


def handshake(port: int) -> bytes:
    """The head with which a page asks for a socket."""
    path = STACK.replace("/?", "/jpkl/frames?")
    head = (
        *(f"GET {path} HTTP/1.1", f"Host: localhost:{port}", "Upgrade: websocket", "Connection: Upgrade"),
        *("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13", "", ""),
    )
    return "\r\n".join(head).encode()


def masked(text: str) -> bytes:
    """A short message as a page sends it, under a mask of zeros."""
    assert len(text) < 126
    return bytes([0x81, 0x80 | len(text), 0, 0, 0, 0]) + text.encode()


async def unmasked(reader: asyncio.StreamReader) -> Any:
    """The next message to a page, which is a long one; the head of it alone."""
    first, length = await reader.readexactly(2)
    assert (first, length) == (0x82, 127)
    (length,) = struct.unpack(">Q", await reader.readexactly(8))
    data = await reader.readexactly(length)
    (length,) = struct.unpack(">I", data[:4])
    return json.loads(data[4 : 4 + length])[0]

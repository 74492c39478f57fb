"""Requests under names that are not the server's: nothing of it answers them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("panel")

from jpkl_viewer.pages import app
from jpkl_viewer.pages.hosts import host_names
from tornado.httpclient import AsyncHTTPClient, HTTPClientError, HTTPRequest, HTTPResponse
from tornado.websocket import websocket_connect

from jpkl import JPkl

EVIL = "evil.example.org"

PATHS = (
    "/",
    "/?stack=x.jpkl",
    "/jpkl/view.js",
    "/jpkl/dropped",
    "/autoload.js",
    "/ws",
    "/static/js/bokeh.min.js",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    JPkl(np.zeros((8, 8, 2), np.uint8)).save(tmp_path / "x.jpkl")
    return tmp_path


def serve(monkeypatch: pytest.MonkeyPatch, folder: Path, act: Callable[[int], Any], **options: Any) -> Any:
    """What comes of doing something with a server as it is for its users, at its port."""
    done: list[Any] = []

    def run(server: Any, announcement: str, *, clean_up: Callable[[], None]) -> None:
        server.start()
        done.append(server.io_loop.run_sync(lambda: act(server.port), timeout=60))
        server._http.stop()
        server.stop()
        clean_up()

    monkeypatch.setattr(app, "run_until_stopped", run)
    app.serve(folder, port=0, show=False, **options)
    return done[0]


async def get(port: int, path: str, host: str, **options: Any) -> HTTPResponse:
    url = f"http://localhost:{port}{path}"
    return await AsyncHTTPClient().fetch(url, raise_error=False, headers={"Host": host}, **options)


@pytest.mark.parametrize("is_direct", [True, False])
def test_nothing_answers_under_another_name(
    folder: Path, monkeypatch: pytest.MonkeyPatch, is_direct: bool
) -> None:
    """Where pages ask for a password, too, which are all Panel's."""
    monkeypatch.setattr(app, "_can_be_direct", lambda options: is_direct)

    async def act(port: int) -> None:
        for host in (EVIL, f"{EVIL}:{port}", f"localhost.{EVIL}:{port}", "[::2]", "[::1"):
            codes = {path: (await get(port, path, host)).code for path in PATHS}
            assert codes == dict.fromkeys(PATHS, 403), host
        assert (await get(port, "/jpkl/dropped", EVIL, method="POST", body=b"")).code == 403
        assert "websocket_origin" in (await get(port, "/", EVIL)).body.decode()
        for path in ("ws", "jpkl/frames?stack=x.jpkl"):
            headers = {"Host": EVIL, "Origin": f"http://{EVIL}"}
            with pytest.raises(HTTPClientError, match="403"):
                await websocket_connect(HTTPRequest(f"ws://localhost:{port}/{path}", headers=headers))
        for host in ("localhost", f"LOCALHOST:{port}", "127.0.0.1:8000"):
            assert (await get(port, "/", host)).code == 200

    serve(monkeypatch, folder, act)


def test_a_page_of_panel_has_a_head_which_others_do_not_get(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def act(port: int) -> None:
        page, head = [await get(port, "/", "localhost", method=method) for method in ("GET", "HEAD")]
        assert (head.code, head.body, head.headers.get("Content-Length")) == (200, b"", None)
        for name in {"Content-Type", "Cache-Control"} & {*page.headers}:  # old versions say nothing of caches
            assert head.headers[name] == page.headers[name]
        assert (await get(port, "/", EVIL, method="HEAD")).code == 403

    serve(monkeypatch, folder, act)


def test_names_that_the_server_was_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def act(port: int) -> list[int]:
        return [(await get(port, "/", host)).code for host in ("lab.example.org", "localhost", EVIL)]

    assert serve(monkeypatch, folder, act, websocket_origin="lab.example.org:443") == [200, 200, 403]
    assert serve(monkeypatch, folder, act, websocket_origin=["*"]) == [200, 200, 200]


def test_panel_serve_answers_under_its_names_and_addresses_alone(folder: Path) -> None:
    import panel as pn

    made: list[Any] = []

    def make_page() -> Any:
        made.append(app.app([str(folder)]))
        return made[-1]

    async def act(port: int) -> None:
        assert (await get(port, "/", EVIL)).code == 200  # until the script has run once, names are not known
        assert "another name" in made.pop().object
        codes = {
            path: (await get(port, path, f"{EVIL}:{port}")).code for path in ("/", "/autoload.js", "/ws")
        }
        assert set(codes.values()) == {403}
        for host in (f"localhost:{port}", "lab.example.org", "192.0.2.7:80"):
            assert (await get(port, "/", host)).code == 200, host
            assert not isinstance(made.pop(), pn.pane.HTML)

    options: dict[str, Any] = {"start": False, "show": False, "verbose": False}
    server = pn.serve(make_page, port=0, websocket_origin=["lab.example.org"], **options)
    server.start()
    try:
        server.io_loop.run_sync(lambda: act(server.port), timeout=60)
    finally:
        server._http.stop()
        server.stop()


def test_a_name_that_is_none() -> None:
    assert host_names(["[::1", "", "LAB:80"]) == {"", "lab"}


def test_the_list_is_there_by_the_ipv6_address_of_this_machine(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    async def act(port: int) -> list[HTTPResponse]:
        host = f"[::1]:{port}"
        return [await get(port, path, host, follow_redirects=False) for path in ("/", "/?stack=none.jpkl")]

    found, none = serve(monkeypatch, folder, act)
    assert (found.code, none.code) == (302, 404)
    assert found.headers["Location"].startswith("http://localhost:")
    assert b"There is no such stack" in none.body


def test_a_link_to_the_list_may_have_a_question_mark_in_its_query(
    monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    async def act(port: int) -> list[HTTPResponse]:
        host = f"localhost:{port}"
        return [await get(port, "/?x=a?b?c", host, follow_redirects=follows) for follows in (False, True)]

    asked, followed = serve(monkeypatch, folder, act)
    assert (asked.code, asked.headers["Location"]) == (302, "/?x=a%3Fb%3Fc")
    assert followed.code == 200


def test_a_file_whose_name_has_a_zero_byte_is_not_found(
    monkeypatch: pytest.MonkeyPatch, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    found = serve(monkeypatch, folder, lambda port: get(port, "/static/js/%00", f"localhost:{port}"))
    assert found.code == 404
    assert not [record for record in caplog.records if record.exc_info]


def test_who_never_comes_to_the_end_of_a_request_is_shown_out(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_LONGEST_SILENCE", 0.01)

    async def act(port: int) -> bytes:
        reader, writer = await asyncio.open_connection("localhost", port)
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        said = await reader.read()  # until the server closes it
        writer.close()
        return said

    assert serve(monkeypatch, folder, act) == b""

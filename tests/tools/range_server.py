"""A web server on loopback that sends parts of files, counts requests, and has the faults of real ones."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class RangeServer:
    """What is served, and how.

    Attributes
    ----------
    files : dict of str to bytes
        By path.
    requests : list of str
        The range of each request that was answered, or "" for a whole file.
    most_at_once : int
        Requests that were under way together.
    faults : list of str
        Of the next requests, one each: "drop" the connection, send "half", or a status, e.g. "503". Or what
        is sent is not what was asked for: the "whole" file, a part from "elsewhere" that the header names,
        one that is "shifted" or all "zeros" under the right header, a "longer" one, or the "wrong total".
    """

    files: dict[str, bytes] = field(default_factory=dict)
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    redirects: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    has_ranges: bool = True
    has_tags: bool = True
    latency: float = 0.0
    version: int = 1
    most_at_once: int = 0
    url: str = ""
    _at_once: int = 0
    _lock: Any = field(default_factory=threading.Lock)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served: RangeServer

    def do_GET(self) -> None:
        served = self.served
        with served._lock:
            served._at_once += 1
            served.most_at_once = max(served.most_at_once, served._at_once)
            served.asked.append((self.path, dict(self.headers)))
            fault = served.faults.pop(0) if served.faults else ""
        time.sleep(served.latency)
        try:
            self._answer(fault)
        finally:
            with served._lock:
                served._at_once -= 1

    def _answer(self, fault: str) -> None:
        path = self.path.partition("?")[0]
        if fault == "drop":
            self.close_connection = True
        elif fault.isdecimal():
            self._finish(int(fault), {}, b"")
        elif path in self.served.redirects:
            self._finish(302, {"Location": self.served.redirects[path]}, b"")
        elif path not in self.served.files:
            self._finish(404, {}, b"")
        else:
            self._send_part(self.served.files[path], fault)

    def _send_part(self, data: bytes, fault: str) -> None:
        is_half = fault == "half"
        served, asked = self.served, self.headers.get("Range", "")
        headers = {"ETag": f'"v{served.version}"'} if served.has_tags else {}
        served.requests.append(asked)
        if not asked or not served.has_ranges or fault == "whole":
            self._finish(200, headers, data, is_half=is_half)
            return
        first, last = (int(number) for number in asked.removeprefix("bytes=").split("-"))
        if first >= len(data):
            self._finish(416, {**headers, "Content-Range": f"bytes */{len(data)}"}, b"")
            return
        count = len(data[first : last + 1])
        start = max(0, first - 7) if fault in ("elsewhere", "shifted") else first
        part = bytes(count) if fault == "zeros" else data[start : start + count + (fault == "longer")]
        said = start if fault == "elsewhere" else first
        total = len(data) + (fault == "wrong total")
        headers["Content-Range"] = f"bytes {said}-{said + count - 1}/{total}"
        self._finish(206, headers, part, is_half=is_half)

    def _finish(self, status: int, headers: dict[str, str], data: bytes, *, is_half: bool = False) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if is_half else data)
        self.close_connection = self.close_connection or is_half

    def log_message(self, *args: Any) -> None:
        """Stay silent."""


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: clients come and go."""


@contextmanager
def range_server() -> Iterator[RangeServer]:
    """Serve files until the end of the block."""
    served = RangeServer()
    handler = type("Handler", (_Handler,), {"served": served})
    with _Server(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        served.url = f"http://127.0.0.1:{running.server_port}"
        try:
            yield served
        finally:
            running.shutdown()
            thread.join()

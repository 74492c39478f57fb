"""A web server on loopback that sends parts of files, counts requests, and has the faults of real ones."""

from __future__ import annotations

import gzip
import http.server
import mmap
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

#: Bytes that are as good as infinitely many.
_ENDLESS = 2**28


@dataclass
class RangeServer:
    """What is served, and how.

    Attributes
    ----------
    files : dict of str to bytes
        By path.
    folder : Path
        Whose files are served, too.
    requests : list of str
        The range of each request that was answered, or "" for a whole file.
    most_at_once : int
        Requests that were under way together.
    n_endless : int
        Bytes that were sent of what is endless, until the client had enough.
    faults : list of str
        Of the next requests, one each: "drop" the connection, send "half", or a status, e.g. "503". Or what
        is sent is not what was asked for: the "whole" file, a part from "elsewhere" that the header names,
        one that is "shifted" or all "zeros" under the right header, a "longer" one, an "endless" one, the
        "wrong total", or one of "many digits". What is "packed" is compressed on its way.
    asked : list of (str, dict)
        The path of each request, and its headers.
    has_ranges, has_tags : bool
        Whether it knows Range requests, and says which version it sends of what is not in the folder.
    allows_others : bool
        Whether pages of other servers may read its files.
    latency : float
        Seconds before each answer.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    folder: Path = Path("/nowhere")
    requests: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    redirects: dict[str, str] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    has_ranges: bool = True
    has_tags: bool = True
    allows_others: bool = False
    latency: float = 0.0
    version: int = 1
    most_at_once: int = 0
    n_endless: int = 0
    url: str = ""
    _at_once: int = 0
    _lock: Any = field(default_factory=threading.Lock)

    @property
    def log(self) -> list[tuple[str, str | None]]:
        """The path of each request, and its Range header."""
        return [(path.partition("?")[0], headers.get("Range")) for path, headers in self.asked]

    def find(self, path: str) -> bytes | mmap.mmap | None:
        """Return the bytes of a file; None where there is none of that path."""
        there = self.folder / unquote(path.lstrip("/"))
        if path in self.files or not there.is_file():
            return self.files.get(path)
        if not there.stat().st_size:
            return b""
        with there.open("rb") as file:  # of large ones, no more is read than is sent
            return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    served: RangeServer

    def do_OPTIONS(self) -> None:
        self._finish(204, {}, b"")

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
        elif (data := self.served.find(path)) is None:
            self._finish(404, {}, b"")
        else:
            self._send_part(data, fault)

    def _send_part(self, data: bytes | mmap.mmap, fault: str) -> None:
        is_half = fault == "half"
        served, asked = self.served, self.headers.get("Range", "")
        has_tag = served.has_tags and self.path.partition("?")[0] in served.files
        headers = {"ETag": f'"v{served.version}"'} if has_tag else {}
        served.requests.append(asked)
        if not asked or not served.has_ranges or fault == "whole":
            self._finish(200, headers, data[:], is_half=is_half)
            return
        first, last = _span(asked, len(data))
        if first >= len(data):
            self._finish(416, {**headers, "Content-Range": f"bytes */{len(data)}"}, b"")
            return
        count = len(data[first : last + 1])
        start = max(0, first - 7) if fault in ("elsewhere", "shifted") else first
        part = bytes(count) if fault == "zeros" else data[start : start + count + (fault == "longer")]
        said = start if fault == "elsewhere" else first
        total = len(data) + (fault == "wrong total")
        headers["Content-Range"] = f"bytes {said}-{said + count - 1}/{total}"
        if fault == "many digits":
            headers["Content-Range"] = f"bytes {said}-{said + count - 1}/{'9' * 5000}"
        if fault == "endless":
            self._send_for_ever(headers, part)
        elif fault == "packed":
            self._finish(206, {**headers, "Content-Encoding": "gzip"}, gzip.compress(part))
        else:
            self._finish(206, headers, part, is_half=is_half)

    def _send_for_ever(self, headers: dict[str, str], part: bytes) -> None:
        """Send a part again and again, without saying how often; after a while, give up."""
        self.send_response(206)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.close_connection = True
        with suppress(ConnectionError):
            while self.served.n_endless < _ENDLESS:
                self.served.n_endless += self.wfile.write(part)

    def _finish(self, status: int, headers: dict[str, str], data: bytes, *, is_half: bool = False) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if self.served.allows_others:
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Allow-Headers", "Range")
        is_page = ".html" in self.path or "." not in self.path  # of a folder, with links
        self.send_header("Content-Type", "text/html" if is_page else "application/octet-stream")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data[: len(data) // 2] if is_half else data)
        self.close_connection = self.close_connection or is_half

    def log_message(self, *args: Any) -> None:
        """Stay silent."""


def _span(asked: str, size: int) -> tuple[int, int]:
    """Return the first and the last byte that a Range header asks for; a suffix counts from the end."""
    found = re.fullmatch(r"bytes=(\d*)-(\d*)", asked)
    assert found, asked
    if not found[1]:
        return max(0, size - int(found[2])), size - 1
    return int(found[1]), min(size - 1, int(found[2])) if found[2] else size - 1


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Stay silent: clients come and go."""


@contextmanager
def range_server(folder: Path | None = None, latency: float = 0.0) -> Iterator[RangeServer]:
    """Serve files until the end of the block."""
    served = RangeServer(latency=latency)
    served.folder = folder or served.folder
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

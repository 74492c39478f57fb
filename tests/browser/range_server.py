"""A static server as there are many: it gives parts of files, takes a moment for each answer, and counts."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote


class RangeServer(ThreadingHTTPServer):
    """Serves a folder.

    Attributes
    ----------
    log : list of (str, str or None)
        The path of each request, and its Range header.
    gives_parts : bool
        Whether it knows Range requests.
    allows_others : bool
        Whether pages of other servers may read its files.
    """

    daemon_threads = True

    def __init__(self, folder: Path, latency: float) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.folder, self.latency = folder, latency
        self.log: list[tuple[str, str | None]] = []
        self.gives_parts = True
        self.allows_others = False

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: RangeServer

    def log_message(self, *_: object) -> None:
        """Print nothing."""

    def do_OPTIONS(self) -> None:
        self._answer(204, b"")

    def do_GET(self) -> None:
        time.sleep(self.server.latency)
        asked = self.headers.get("Range")
        self.server.log.append((self.path.partition("?")[0], asked))
        path = self.server.folder / unquote(self.path.partition("?")[0].lstrip("/"))
        if path.is_file():
            self._give(path, asked)
        else:
            self._answer(404, b"")

    def _give(self, path: Path, asked: str | None) -> None:
        size = path.stat().st_size
        found = re.fullmatch(r"bytes=(\d*)-(\d*)", asked or "") if self.server.gives_parts else None
        if not found:
            self._answer(200, path.read_bytes())
            return
        start = int(found[1]) if found[1] else max(0, size - int(found[2]))
        end = min(size, int(found[2]) + 1) if found[1] and found[2] else size
        with path.open("rb") as file:
            file.seek(start)
            self._answer(206, file.read(end - start), f"bytes {start}-{end - 1}/{size}")

    def _answer(self, status: int, body: bytes, part: str = "") -> None:
        self.send_response(status)
        if part:
            self.send_header("Content-Range", part)
        if self.server.allows_others:
            self.send_header("Access-Control-Allow-Origin", "*")
            self.send_header("Access-Control-Allow-Headers", "Range")
        self.send_header("Content-Type", "text/html" if ".html" in self.path else "application/octet-stream")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def range_server(folder: Path, latency: float = 0.02) -> Iterator[RangeServer]:
    """Serve a folder, with so many seconds before each answer."""
    server = RangeServer(folder, latency)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

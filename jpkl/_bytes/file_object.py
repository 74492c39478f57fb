"""Bytes of a file that is already open: the caller's own, or one that a file system opened."""

from __future__ import annotations

import os
import threading
from typing import Any

from jpkl._bytes.source import ByteSource
from jpkl._errors import ClosedStackError


class FileObject(ByteSource):
    """An open binary file of the caller's, who closes it, e.g. an `io.BytesIO` or a file of fsspec.

    Raises
    ------
    TypeError
        If it gives text, or cannot be read.
    ValueError
        If it is closed, or cannot seek.
    """

    def __init__(self, file: Any) -> None:
        self._lock = threading.Lock()
        self._file: Any = file
        if not isinstance(file.read(0), bytes):
            raise TypeError(f"{file!r} gives text, not bytes; open it in mode 'rb'")
        if not file.seekable():
            raise ValueError(f"{file!r} cannot seek; read it into an io.BytesIO first")
        file.seek(0, os.SEEK_END)
        self.size = int(file.tell())

    @property
    def label(self) -> str:
        name = getattr(self._file, "name", None)
        return name if isinstance(name, str) else "the file object"

    def read_at(self, offset: int, count: int) -> bytes:
        with self._lock:
            file = self._file  # `close` in another thread takes it away
            if file is None or file.closed:
                raise ClosedStackError(f"{self.label} is closed")
            file.seek(offset)
            return _read_fully(file, count)

    def is_of(self, file: object) -> bool:
        return self._file is file

    def close(self) -> None:
        """Let go of the file, which stays open: it is the caller's."""
        self._file = None

    @property
    def closed(self) -> bool:
        file = self._file
        return file is None or bool(file.closed)

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a stack of a file object cannot be sent to another process; load it by its path")


def _read_fully(file: Any, count: int) -> bytes:
    """Read as much as there is, also of a file without a buffer, which may give less at a time."""
    parts = [file.read(count)]
    while parts[-1] and (left := count - sum(map(len, parts))) > 0:
        parts.append(file.read(left))
    return parts[0] if len(parts) == 1 else b"".join(parts)

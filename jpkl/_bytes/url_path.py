"""A remote file where a path, or an open file, is expected: it is read by ranges, of which few are kept."""

from __future__ import annotations

import io
import os
import stat
import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from jpkl._bytes.opening import open_bytes
from jpkl._bytes.source import ByteSource
from jpkl._bytes.urls import shown_url, url_name

#: What is asked for at once where less is read: tables and headers lie beside each other.
_BLOCK = 64 * 2**10
#: Blocks that are kept of an open file: directories of a TIFF, which are gone through twice, are anywhere.
_N_BLOCKS = 1024


class UrlPath(type(Path())):  # type: ignore[misc]
    """A path that leads to a remote file: it can be looked at and opened, and named in messages.

    What is made from it, such as its parent, is a plain path.

    Parameters
    ----------
    url : str
        The URL.
    options : mapping, optional
        Options of its file system.
    """

    url: str
    options: dict[str, Any]
    _source: ByteSource | None
    # No `cached_property`: with Python 3.11, all URLs would wait for a server that is slow.
    _opening: threading.Lock

    def __new__(cls, url: str, options: Mapping[str, Any] | None = None) -> UrlPath:
        """Make the path; nothing is asked for yet."""
        # The class of paths takes its parts here up to Python 3.11, and in `__init__` from 3.12 on.
        path: UrlPath = super().__new__(cls, url_name(url) or "remote")
        path.url, path.options = url, dict(options or {})
        path._source, path._opening = None, threading.Lock()
        return path

    def __init__(self, url: str, options: Mapping[str, Any] | None = None) -> None:
        if type(Path()).__init__ is not object.__init__:
            super().__init__(url_name(url) or "remote")

    @property
    def parent(self) -> Path:
        """A plain path, which leads nowhere."""
        return Path()

    def with_name(self, name: str) -> Path:
        """Return a plain path."""
        return Path(name)

    def with_segments(self, *parts: Any) -> Path:
        """Return a plain path: what Python 3.12 and later make of this one."""
        return Path(*parts)

    def __str__(self) -> str:
        return shown_url(self.url)

    def __fspath__(self) -> str:
        return str(self)

    def __hash__(self) -> int:
        return hash(self.url)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UrlPath) and (other.url, other.options) == (self.url, self.options)

    def __reduce__(self) -> tuple[Any, ...]:
        return UrlPath, (self.url, self.options)

    @property
    def source(self) -> ByteSource:
        """The bytes, for all who open it.

        Raises
        ------
        OSError
            If it cannot be read.
        """
        with self._opening:
            if self._source is None:
                self._source = open_bytes(self.url, self.options)
            return self._source

    def open(self, mode: str = "r", *_: Any, **__: Any) -> RangedFile:
        """Open it for reading bytes."""
        if mode != "rb":
            raise io.UnsupportedOperation(f"{self}: can be opened for reading bytes alone, not {mode!r}")
        return RangedFile(self.source)

    def stat(self, *, follow_symlinks: bool = True) -> os.stat_result:
        """Return its size, as of a file."""
        size = 0 if self.is_store else self.source.size
        times = dict.fromkeys(("st_atime_ns", "st_mtime_ns", "st_ctime_ns"), 0)
        return os.stat_result((stat.S_IFREG, 0, 0, 1, 0, 0, size, 0, 0, 0), times)

    def exists(self, **_: Any) -> bool:
        """Return whether it is there; asks."""
        return self.is_store or self.source.size >= 0

    @property
    def is_store(self) -> bool:
        """Whether it is a folder of a format, with many objects."""
        return bool(self.suffix.lower() == ".zarr")

    def is_file(self, **_: Any) -> bool:
        """Return whether it is one file."""
        return not self.is_store

    def is_dir(self, **_: Any) -> Literal[False]:
        """Return False."""
        return False


class RangedFile(io.RawIOBase):
    """An open file that fetches what is read from it, and keeps some of that.

    Closing it leaves its source open, for others. It is used by one thread at a time.

    Parameters
    ----------
    source : ByteSource
        The bytes.
    """

    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._at = 0
        self._blocks: OrderedDict[int, bytes] = OrderedDict()

    @property
    def name(self) -> str:
        """The URL."""
        return self._source.label

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a position."""
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._source.size}[whence]
        if start + offset < 0:
            raise ValueError(f"negative seek position {start + offset}")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: Any) -> int:
        """Read as much as fits, unless the file ends."""
        view = memoryview(buffer).cast("B")
        data = self.read(len(view))
        view[: len(data)] = data
        return len(data)

    def readall(self) -> bytes:
        """Read the rest."""
        return self.read(-1)

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes, unless the file ends; all that are left for -1."""
        left = max(0, self._source.size - self._at)
        count = left if size < 0 else min(size, left)
        data = self._read_at(self._at, count) if count else b""
        self._at += len(data)
        return data

    def _read_at(self, offset: int, count: int) -> bytes:
        if count >= _BLOCK:
            return self._source.read_at(offset, count)
        first, last = offset // _BLOCK, (offset + count - 1) // _BLOCK
        data = b"".join(map(self._block, range(first, last + 1)))
        return data[offset - first * _BLOCK :][:count]

    def _block(self, number: int) -> bytes:
        found = self._blocks.pop(number, None)
        if found is None:
            start = number * _BLOCK
            (found,) = self._source.read_ranges([(start, min(_BLOCK, self._source.size - start))])
        self._blocks[number] = found
        if len(self._blocks) > _N_BLOCKS:
            self._blocks.popitem(last=False)
        return found


def for_library(path: Path) -> Any:
    """Return what a library opens: the path, or of a remote file an open one."""
    return path.open("rb") if isinstance(path, UrlPath) else path

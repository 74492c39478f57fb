"""Where bytes come from: a local file, a remote one or memory, all read by offset."""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOENT
from typing import IO, Any

from jpkl._errors import ClosedStackError, FormatError, JPklError, MissingDependencyError

REMOTE_BLOCK = 256 * 1024
_HAS_PREAD = hasattr(os, "pread")


class ByteSource(ABC):
    """Bytes that can be read at any offset, from any thread.

    Attributes
    ----------
    name : str or None
        The path or URL, for messages and for reopening; None for bytes in memory.
    size : int
        Number of bytes.
    """

    name: str | None = None
    size: int

    @property
    def label(self) -> str:
        """What messages call it."""
        return self.name or "the file"

    @abstractmethod
    def read_at(self, offset: int, count: int) -> bytes:
        """Return `count` bytes from `offset`; fewer only where the source ends."""

    @abstractmethod
    def close(self) -> None:
        """Let go of the file; reading afterwards raises ClosedStackError."""

    @property
    @abstractmethod
    def closed(self) -> bool:
        """Whether `close` was called."""

    @property
    def is_unwritten(self) -> bool:
        """Whether nobody has written to what was opened since, as far as can be known at no cost."""
        return True


class MemoryBytes(ByteSource):
    """Bytes in memory."""

    def __init__(self, data: bytes, name: str | None = None) -> None:
        self.name = name
        self.size = len(data)
        self._data = data

    def read_at(self, offset: int, count: int) -> bytes:
        return self._data[offset : offset + count]

    def close(self) -> None:
        """Do nothing: there is no file."""

    @property
    def closed(self) -> bool:
        return False


class _Descriptor:
    """An open file descriptor, closed when the last reference to it goes.

    A thread that is reading holds a reference, so that `close` in another thread can neither
    pull the descriptor away from under it nor let it read from a file that got the same number.
    """

    def __init__(self, path: str) -> None:
        self.number = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0))
        self._close = os.close  # module globals may be gone when the interpreter shuts down
        self.lock = threading.Lock()

    def __del__(self) -> None:
        if hasattr(self, "_close"):
            self._close(self.number)

    def read_at(self, offset: int, count: int) -> bytes:
        if _HAS_PREAD:
            return os.pread(self.number, count, offset)
        with self.lock:
            os.lseek(self.number, offset, os.SEEK_SET)
            return os.read(self.number, count)


class LocalFile(ByteSource):
    """A file of this machine.

    Reads go through `os.pread`, not through a memory map: a file that another program cuts short
    gives a short read here, and would kill the process under a map.

    Attributes
    ----------
    fingerprint : tuple of int
        Size and modification time (ns) when the file was opened.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.name: str = os.path.abspath(os.fspath(path))  # noqa: PTH100 - does not follow symlinks
        if os.path.isdir(self.name):  # noqa: PTH112 - opening a directory to read succeeds on POSIX
            raise IsADirectoryError(21, "Is a directory", self.name)
        self._descriptor: _Descriptor | None = _Descriptor(self.name)
        status = os.fstat(self._descriptor.number)
        self.size = status.st_size
        self.fingerprint = (status.st_size, status.st_mtime_ns)

    @property
    def is_current(self) -> bool:
        """Whether the file of that name is still the one that was opened."""
        try:
            status = os.stat(self.name)  # noqa: PTH116
        except OSError:
            return False
        return (status.st_size, status.st_mtime_ns) == self.fingerprint

    @property
    def is_unwritten(self) -> bool:
        """Whether the file that was opened, under whatever name by now, has its old size and time."""
        descriptor = self._descriptor
        if descriptor is None:
            raise ClosedStackError(f"{self.name} is closed")
        status = os.fstat(descriptor.number)
        return (status.st_size, status.st_mtime_ns) == self.fingerprint

    def read_at(self, offset: int, count: int) -> bytes:
        descriptor = self._descriptor
        if descriptor is None:
            raise ClosedStackError(f"{self.name} is closed")
        data = descriptor.read_at(offset, count)
        while len(data) < count:  # one call reads at most 2 GiB
            more = descriptor.read_at(offset + len(data), count - len(data))
            if not more:
                break
            data += more
        return data

    def close(self) -> None:
        self._descriptor = None

    @property
    def closed(self) -> bool:
        return self._descriptor is None


class RemoteFile(ByteSource):
    """A file behind a URL, read through fsspec in cached blocks."""

    def __init__(self, url: str) -> None:
        self.name: str = url
        self._lock = threading.Lock()
        self._file: IO[bytes] | None = _open_url(url)
        size = getattr(self._file, "size", None)
        if size is None:
            self._file.close()
            raise FormatError(
                "the server does not say how large the file is, or cannot read parts of it", path=url
            )
        self.size = int(size)

    def read_at(self, offset: int, count: int) -> bytes:
        with self._lock:
            if self._file is None:
                raise ClosedStackError(f"{self.name} is closed")
            with _saying_what(self.name):
                self._file.seek(offset)
                return self._file.read(count)

    def close(self) -> None:
        with self._lock:
            if self._file is not None:
                self._file.close()
            self._file = None

    @property
    def closed(self) -> bool:
        return self._file is None


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
            if self.closed:
                raise ClosedStackError(f"{self.label} is closed")
            self._file.seek(offset)
            return _read_fully(self._file, count)

    def close(self) -> None:
        """Let go of the file, which stays open: it is the caller's."""
        self._file = None

    @property
    def closed(self) -> bool:
        return self._file is None or bool(self._file.closed)


def _read_fully(file: Any, count: int) -> bytes:
    """Read as much as there is, also of a file without a buffer, which may give less at a time."""
    parts = [file.read(count)]
    while parts[-1] and (left := count - sum(map(len, parts))) > 0:
        parts.append(file.read(left))
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _open_url(url: str) -> Any:
    try:
        import fsspec
    except ImportError as error:
        raise MissingDependencyError(f"Opening {url}", "remote") from error
    try:
        filesystem, path = fsspec.core.url_to_fs(url)
    except ImportError as error:  # the file system of this scheme needs a package of its own
        raise MissingDependencyError(f"Opening {url} ({error})", "remote") from error
    with _saying_what(url):
        return filesystem.open(path, "rb", block_size=REMOTE_BLOCK, cache_type="blockcache")


@contextmanager
def _saying_what(url: str) -> Iterator[None]:
    """Give errors of file systems, which are of many types and may be a bare URL, a type and a message."""
    try:
        yield
    except FileNotFoundError as error:  # fsspec makes one of whatever went wrong
        cause = error.__cause__
        if cause is not None and getattr(cause, "status", None) != 404:
            raise OSError(f"{url}: {cause}") from error
        raise FileNotFoundError(ENOENT, "There is no such file on the server", url) from error
    except (JPklError, MemoryError, ValueError):
        raise
    except Exception as error:
        kind = PermissionError if isinstance(error, PermissionError) else OSError
        raise kind(f"{url}: {str(error) or type(error).__name__}") from error


def is_url(path: str | os.PathLike[str]) -> bool:
    """Return whether `path` names a remote file, e.g. ``https://host/x.jpkl``.

    Examples
    --------
    >>> is_url("s3://bucket/x.jpkl"), is_url("C:/data/x.jpkl"), is_url("x.jpkl")
    (True, False, False)
    """
    return "://" in os.fspath(path)


def open_bytes(path: str | os.PathLike[str] | IO[bytes]) -> ByteSource:
    """Open a local path or a URL for reading, or take an open file."""
    if not isinstance(path, (str, os.PathLike)):
        if not hasattr(path, "read"):
            raise TypeError(f"expected a path, a URL or a binary file, not {type(path).__name__}")
        return FileObject(path)
    return RemoteFile(os.fspath(path)) if is_url(path) else LocalFile(path)

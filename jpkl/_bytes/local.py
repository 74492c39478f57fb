"""Files of this machine."""

from __future__ import annotations

import errno
import os
import stat
import threading

from jpkl._bytes.source import ByteSource
from jpkl._errors import ClosedStackError, FormatError

_HAS_PREAD = hasattr(os, "pread")


def is_pipe(path: str | os.PathLike[str]) -> bool:
    """Return whether there is a pipe of that name, which keeps waiting whoever opens it."""
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)  # noqa: PTH116
    except (OSError, ValueError):
        return False


def check_no_pipe(path: str | os.PathLike[str]) -> None:
    """Raise `OSError` if there is a pipe of that name."""
    if is_pipe(path):
        message = "It is a pipe, which cannot be read at any place; save what comes out of it to a file"
        raise OSError(errno.EINVAL, message, os.fspath(path))


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
        check_no_pipe(self.name)
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

    @property
    def current_size(self) -> int:
        """How many bytes the file that was opened has now."""
        descriptor = self._descriptor
        if descriptor is None:
            raise ClosedStackError(f"{self.name} is closed")
        return os.fstat(descriptor.number).st_size

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

    def __reduce__(self) -> tuple[object, ...]:
        return _reopen, (self.name, self.fingerprint)


def _reopen(path: str, fingerprint: tuple[int, int]) -> LocalFile:
    source = LocalFile(path)
    if source.fingerprint != fingerprint:
        source.close()
        raise FormatError("the file changed since the stack was opened; load it again", path=path)
    return source

"""Files of any file system that fsspec knows: object stores, archives, caches."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from concurrent.futures import Future
from contextlib import nullcontext
from typing import Any

from jpkl._bytes.connection import Connection, result_of
from jpkl._bytes.failures import saying_what
from jpkl._bytes.file_object import FileObject
from jpkl._bytes.transport import Beginning, TransientError, Transport, Version, persist
from jpkl._bytes.urls import shown_url
from jpkl._errors import ClosedStackError, FormatError


class FileSystemTransport(Transport):
    """Gets ranges from an object store, e.g. ``s3://`` or ``gs://``, by an asynchronous file system."""

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        self.label = shown_url(url)
        self._url = url
        self._connection = Connection(url, options)

    def begin(self, count: int) -> Beginning:
        return Beginning(result_of(self._connection.submit(self._look)))

    def is_unwritten(self, version: Version) -> bool:
        return result_of(self._connection.submit(self._look)).is_of(version)

    async def _look(self, filesystem: Any) -> Version:
        async def once() -> Version:
            with saying_what(self._url, retried=True):
                filesystem.invalidate_cache(self._connection.path)
                return version_of(await filesystem._info(self._connection.path), self.label)

        return await persist(once, self.label)

    def submit(self, start: int, count: int, version: Version) -> Future[bytes]:
        async def once(filesystem: Any) -> bytes:
            with saying_what(self._url, retried=True):
                data: bytes = await filesystem._cat_file(
                    self._connection.path, start=start, end=start + count
                )
            if len(data) != count:
                raise TransientError(f"{len(data)} bytes came of {count}")
            return data

        async def work(filesystem: Any) -> bytes:
            try:
                return await persist(lambda: once(filesystem), self.label)
            except OSError as error:
                if not isinstance(error, FileNotFoundError) and not (await self._look(filesystem)).is_of(
                    version
                ):
                    raise self.changed() from error  # e.g. shorter
                raise

        return self._connection.submit(work)


class OpenedFile(FileObject):
    """A file of a file system that reads one at a time, e.g. ``zip://`` or ``simplecache::``."""

    def __init__(self, url: str, options: Mapping[str, Any], connection: Connection) -> None:
        self.name = shown_url(url)
        self._url, self._options = url, dict(options)
        self._connection = connection
        self._pid = os.getpid()
        with saying_what(url):
            self._version = version_of(connection.filesystem.info(connection.path), self.name)
            self.version = f"{self._version.tag} {self._version.modified}"
            super().__init__(connection.filesystem.open(connection.path, "rb"))

    @property
    def label(self) -> str:
        return str(self.name)

    def read_at(self, offset: int, count: int) -> bytes:
        if self._pid != os.getpid():  # the position of the file would be shared with the parent
            self._open_again()
        with saying_what(self._url):
            return super().read_at(offset, count)

    def _open_again(self) -> None:
        if self.closed:
            raise ClosedStackError(f"{self.label} is closed")
        self._lock, self._pid = threading.Lock(), os.getpid()
        self._of_parent = self._file
        with saying_what(self._url):
            self._file = self._connection.filesystem.open(self._connection.path, "rb")

    def close(self) -> None:
        """Close the file, which is ours, once no thread reads it any more."""
        file = self._file
        super().close()
        if file is None:
            return
        # In a forked process no thread reads that of the parent; one may have had the lock as it was forked.
        with self._lock if self._pid == os.getpid() else nullcontext():
            file.close()

    def __reduce__(self) -> tuple[object, ...]:
        return _reopen, (self._url, self._options, self._version)


def _reopen(url: str, options: Mapping[str, Any], version: Version) -> OpenedFile:
    source = OpenedFile(url, options, Connection(url, options))
    if not source._version.is_of(version):
        source.close()
        raise FormatError("the file changed since the stack was opened; load it again", path=source.name)
    return source


def version_of(info: Mapping[str, Any], label: str) -> Version:
    """Return what a file system says of a file.

    Raises
    ------
    OSError
        If it is a folder, or of unknown size.
    """
    if info.get("type") == "directory":
        raise IsADirectoryError(f"{label}: is a folder")
    if info.get("size") is None:
        raise OSError(f"{label}: the server does not say how large the file is")
    tag = next((info[key] for key in ("ETag", "etag", "md5Hash", "CRC") if info.get(key)), "")
    time = next((info[key] for key in ("LastModified", "mtime", "updated", "date_time") if info.get(key)), "")
    return Version(int(info["size"]), str(tag), str(time))

"""Open whatever gives bytes: a path, a URL, a file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import IO, Any
from urllib.parse import urlsplit

from jpkl._bytes.file_object import FileObject
from jpkl._bytes.local import LocalFile
from jpkl._bytes.source import ByteSource
from jpkl._bytes.urls import is_url


def open_bytes(
    path: str | os.PathLike[str] | IO[bytes], storage_options: Mapping[str, Any] | None = None
) -> ByteSource:
    """Open a local path or a URL for reading, or take an open file.

    Parameters
    ----------
    path : path-like, URL or binary file
        What to read.
    storage_options : mapping, optional
        Options of the file system of a URL.

    Raises
    ------
    OSError
        If it cannot be read.
    MissingDependencyError
        If a URL needs a package that is not installed.
    TypeError
        If it is nothing of that kind, or there are options, but no URL.
    """
    if is_url(path):
        return _open_url(os.fspath(path), storage_options or {})  # type: ignore[arg-type]
    if storage_options:
        raise TypeError("storage_options are only for URLs")
    if isinstance(path, (str, os.PathLike)):
        return LocalFile(path)
    if not hasattr(path, "read"):
        raise TypeError(f"expected a path, a URL or a binary file, not {type(path).__name__}")
    return FileObject(path)


def _open_url(url: str, options: Mapping[str, Any]) -> ByteSource:
    parts = urlsplit(url)
    if parts.scheme == "file":
        from urllib.request import url2pathname

        return LocalFile(url2pathname(parts.path))
    # Imported here, as most stacks are local, and asyncio takes its time.
    from jpkl._bytes.connection import Connection
    from jpkl._bytes.filesystem import FileSystemTransport, OpenedFile
    from jpkl._bytes.http import HttpTransport
    from jpkl._bytes.remote import RemoteFile

    if parts.scheme in ("http", "https"):
        return RemoteFile(HttpTransport, url, options)
    connection = Connection(url, options)
    if type(connection.filesystem).async_impl:
        return RemoteFile(FileSystemTransport, url, options)
    return OpenedFile(url, options, connection)

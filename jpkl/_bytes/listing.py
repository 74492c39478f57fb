"""What is in remote folders."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PureWindowsPath
from typing import Any
from urllib.parse import unquote

#: Folders within folders of a web server that are looked into.
_DEEPEST = 8


@dataclass(frozen=True)
class RemoteEntry:
    """A file in a remote folder.

    Attributes
    ----------
    name : str
        Its path within the folder, with ``/`` between the parts.
    url : str
        Its URL.
    nbytes : int
        Its size; 0 where the server does not say it.
    version : str
        What changes when the file does, as far as the server says it.
    """

    name: str
    url: str
    nbytes: int
    version: str


def is_folder(url: str, storage_options: Mapping[str, Any] | None = None) -> bool:
    """Return whether a URL is of a folder: one that ends in ``/``, or of which a file system says so.

    Raises
    ------
    OSError
        If it is there, but cannot be read.
    """
    from jpkl._bytes.connection import Connection
    from jpkl._bytes.failures import saying_what

    if url.endswith("/"):
        return True
    if url.startswith(("http://", "https://")):
        return False
    connection = Connection(url, storage_options or {})
    with saying_what(url):
        return bool(connection.filesystem.isdir(connection.path))


def list_files(url: str, storage_options: Mapping[str, Any] | None = None) -> list[RemoteEntry]:
    """List the files of a remote folder, and of those within it, by their names.

    Of web servers, only links that lead into the folder count, down to eight folders within each other; of
    archives and object stores, which may have any text for a name, only paths that do not lead out of it.

    Parameters
    ----------
    url : str
        URL of the folder.
    storage_options : mapping, optional
        What its file system of fsspec takes.

    Returns
    -------
    list of RemoteEntry
        One per file.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    from jpkl._bytes.connection import Connection
    from jpkl._bytes.failures import saying_what

    connection = Connection(url, storage_options or {})
    filesystem, root = connection.filesystem, connection.path.rstrip("/")
    with saying_what(url):
        filesystem.invalidate_cache()
        # An object store has a list of all; on a web server, links may lead around in a circle.
        depth = {"maxdepth": _DEEPEST} if root.startswith(("http://", "https://")) else {}
        found = filesystem.find(f"{root}/" if "://" in root else root, detail=True, **depth)
    named = [(path, _name(path, root), info) for path, info in sorted(found.items())]
    return [
        RemoteEntry(
            name,
            str(filesystem.unstrip_protocol(path)) if "::" not in url else _in_chain(url, path),
            int(info.get("size") or 0),
            " ".join(str(info[key]) for key in ("ETag", "LastModified", "mtime", "updated") if info.get(key)),
        )
        for path, name, info in named
        if info.get("type") != "directory" and path.startswith(f"{root}/") and _is_inside(name)
    ]


def _name(path: str, root: str) -> str:
    name = path.removeprefix(root).lstrip("/")
    return unquote(name) if path.startswith(("http://", "https://")) else name


def _is_inside(name: str) -> bool:
    """Return whether a path stays in the folder that it is written into, on any system."""
    parts = re.split(r"[/\\]", name)
    return ".." not in parts and not PureWindowsPath(name).anchor and "\0" not in name


def _in_chain(url: str, path: str) -> str:
    scheme = url.partition("://")[0]
    return "::".join([f"{scheme}://{path}", *url.split("::")[1:]])

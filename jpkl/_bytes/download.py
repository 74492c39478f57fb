"""Copies of remote files."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from jpkl._bytes.listing import list_files
from jpkl._bytes.opening import open_bytes
from jpkl._bytes.source import ByteSource
from jpkl._bytes.urls import shown_url
from jpkl._text import human_bytes

#: Bytes of a request, and requests that are under way at once.
_PART, _N_PARTS = 8 * 2**20, 4

#: Told the bytes that have come since it was called last, and those of the whole file or folder.
Watch = Callable[[int, int], object]


def download(
    url: str, target: Path, storage_options: Mapping[str, Any] | None = None, watch: Watch | None = None
) -> None:
    """Copy a remote file, or a folder with all that is in it, to a place where nothing is yet.

    Parameters
    ----------
    url : str
        The file; or a folder of an object store, e.g. an OME-Zarr.
    target : Path
        The copy.
    storage_options : mapping, optional
        Options of the file system of the URL.
    watch : callable, optional
        Called as bytes come.

    Raises
    ------
    OSError
        If it cannot be read, or the disk has not enough room for it.
    """
    try:
        source = open_bytes(url, storage_options)
    except IsADirectoryError:
        _download_folder(url, target, storage_options, watch)
        return
    try:
        _check_room(source.size, url, target)
        with target.open("wb") as file:
            _copy(source, file, watch, source.size)
    finally:
        source.close()


def _download_folder(
    url: str, target: Path, storage_options: Mapping[str, Any] | None, watch: Watch | None
) -> None:
    files = list_files(url, storage_options)
    total = sum(file.nbytes for file in files)
    _check_room(total, url, target)
    for entry in files:
        path = target / entry.name
        path.parent.mkdir(parents=True, exist_ok=True)
        source = open_bytes(entry.url, storage_options)
        try:
            with path.open("wb") as file:
                _copy(source, file, watch, total)
        finally:
            source.close()


def _copy(source: ByteSource, file: BinaryIO, watch: Watch | None, total: int) -> None:
    starts = iter(range(0, source.size, _PART))
    while parts := list(islice(starts, _N_PARTS)):
        for data in source.read_ranges([(start, min(_PART, source.size - start)) for start in parts]):
            file.write(data)
            if watch is not None:
                watch(len(data), total)


def _check_room(nbytes: int, url: str, target: Path) -> None:
    free = shutil.disk_usage(target.parent).free
    if nbytes > free:
        raise OSError(
            f"{shown_url(url)}: has {human_bytes(nbytes)}, and {target.parent} has room for "
            f"{human_bytes(free)}; TMPDIR names another folder"
        )

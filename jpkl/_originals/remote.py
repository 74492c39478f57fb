"""Remote originals that are read where they are, by ranges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import EllipsisType
from typing import Any

from jpkl._bytes import UrlPath
from jpkl.readers._formats import BY_RANGES, module_of

#: Up to so many bytes, a copy is faster than many requests for parts.
_COPIED_NBYTES = 32 * 2**20


def path_by_ranges(
    url: str,
    storage_options: Mapping[str, Any] | None = None,
    axes: Sequence[str] | EllipsisType | None = ...,
) -> UrlPath | None:
    """Return what a reader opens of a remote original to read parts of it; None where a copy is better.

    It is where the original is small, where its format is read by a library that wants a file of this
    machine, or where frames are all over the file if its axes are those that are given. By default these are
    what suits the file best; ``None`` is for none, as of an array that does not name them.

    Raises
    ------
    OSError
        If it cannot be read.
    """
    path = UrlPath(url, storage_options)
    found = module_of(path)
    if found is None or found[0] not in BY_RANGES:
        return None
    name, module = found
    if name == "zarr":
        return path if path.is_store else None
    if path.source.size <= _COPIED_NBYTES:
        return None
    return path if getattr(module, "reads_ranges", _always)(path, axes) else None


def is_large(url: str, storage_options: Mapping[str, Any] | None = None) -> bool:
    """Return whether copying a remote original takes a moment."""
    return UrlPath(url, storage_options).source.size > _COPIED_NBYTES


def _always(path: UrlPath, axes: Any) -> bool:
    return True

"""Keep joined scripts in the cache folder: joining the browser's modules takes a tenth of a second.

The first picture of a notebook, or of a page, would wait for that each time.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from jpkl.toolkit import cache_folder, replacing

_PACKAGE = Path(__file__).parent.parent

#: Files of which it is made, and the modules that make it.
_SOURCES = (".js", ".json", ".css", ".py")

#: Two digests.
_HEAD_NBYTES = 2 * 32


def kept(name: str, make: Callable[[], bytes]) -> bytes:
    """Return what `make` returns, also of an earlier process while the package's files are the same.

    Parameters
    ----------
    name : str
        What it is, e.g. the path of a module.
    make : callable
        Makes it of the files of this package alone.
    """
    path = cache_folder() / "viewer" / f"{name.replace('/', '.')}-{_digest(str(_PACKAGE)).hex()[:8]}"
    with suppress(OSError):
        found = path.read_bytes()
        made = found[_HEAD_NBYTES:]
        if found == _sealed(made):
            return made
    made = make()
    with suppress(OSError):  # a folder that may only be read, a full disk
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as file:
            file.write(_sealed(made))
    return made


def _sealed(made: bytes) -> bytes:
    """Put before it what it was made of, and how to see that it is whole."""
    return _state_of_package() + _digest(made) + made


@cache
def _state_of_package() -> bytes:
    """Return what changes when a file of the package does."""
    return _digest("\n".join(sorted(_files(_PACKAGE))))


def _files(folder: Path | str) -> Iterator[str]:
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            if entry.name != "__pycache__":
                yield from _files(entry.path)
        elif entry.name.endswith(_SOURCES):
            status = entry.stat()
            yield f"{entry.path} {status.st_size} {status.st_mtime_ns}"


def _digest(data: str | bytes) -> bytes:
    return hashlib.sha256(data.encode() if isinstance(data, str) else data).digest()

"""What other programs do to files that are open."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path


def _replace(path: Path, other: bytes) -> None:
    (path.parent / "other").write_bytes(other)
    (path.parent / "other").replace(path)


#: By name; each takes the file, and the bytes of another one.
CHANGES: dict[str, Callable[[Path, bytes], object]] = {
    "replaced": _replace,
    "overwritten": lambda path, other: path.write_bytes(other),
    "shrunk": lambda path, other: os.truncate(path, path.stat().st_size // 2),
    "emptied": lambda path, other: os.truncate(path, 0),
    "deleted": lambda path, other: path.unlink(),
}

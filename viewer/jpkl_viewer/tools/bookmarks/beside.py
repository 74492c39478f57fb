"""The JSON beside a stack's file: ``cells.jpkl`` has its bookmarks in ``cells.bookmarks.json``.

It is written as a whole or not at all, and never where what is there cannot be read.
"""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from jpkl.toolkit import replacing

#: What the file says that it is.
_FORMAT = "JPkl bookmarks"

#: Version of what is written here; files of later ones are left alone.
_VERSION = 1

#: Numbers with each on a line of its own, as `json` spreads them; no string has a line's end in it.
_SPREAD = re.compile(r"\[\n\s*([-+.\deE,\s]+)\]")

#: A larger file holds no bookmarks.
_MAX_NBYTES = 4 * 10**6


def path_beside(path: Path) -> Path:
    """Return where the bookmarks of a stack's file are.

    Examples
    --------
    >>> path_beside(Path("day.1/cells.max.jpkl")).name
    'cells.max.bookmarks.json'
    """
    return path.with_name(f"{path.stem}.bookmarks.json")


def read_items(path: Path) -> list[Any]:
    """Read the bookmarks as plain data; none where there is no file.

    Raises
    ------
    ValueError
        If the file is not one of bookmarks; says what is wrong.
    OSError
        If it cannot be read.
    """
    try:
        found = path.stat()
    except FileNotFoundError:
        return []
    if not stat.S_ISREG(found.st_mode):  # a pipe would keep the reader waiting
        raise _refused(path, "it is not a file")
    if found.st_size > _MAX_NBYTES:
        raise _refused(path, f"it has {found.st_size:,} bytes, and bookmarks {_MAX_NBYTES:,} at most")
    try:
        data = json.loads(path.read_bytes().decode("utf-8-sig"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise _refused(path, f"it is not JSON ({error})") from error
    return _items(path, data)


def _items(path: Path, data: Any) -> list[Any]:
    if not isinstance(data, dict) or data.get("format") != _FORMAT:
        raise _refused(path, f'it does not say "format": "{_FORMAT}"')
    version = data.get("version")
    if not isinstance(version, int) or version < 1:
        raise _refused(path, "it has no version")
    if version > _VERSION:
        raise _refused(
            path, f"it is of version {version}, which a newer JPkl reads", what_to_do="update JPkl"
        )
    items = data.get("bookmarks")
    if not isinstance(items, list):
        raise _refused(path, "it has no list of bookmarks")
    return items


def write_items(path: Path, items: Sequence[Any]) -> None:
    """Write bookmarks that are plain data.

    Raises
    ------
    OSError
        If nothing can be written there.
    """
    data = {"format": _FORMAT, "version": _VERSION, "bookmarks": list(items)}
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False)
    text = _SPREAD.sub(lambda numbers: f"[{' '.join(numbers[1].split())}]", text)
    with replacing(path) as file:
        # Half of a pair of UTF-16, which JSON may hold, is no character.
        file.write(f"{text}\n".encode("utf-8", "replace"))


def _refused(path: Path, reason: str, what_to_do: str = "repair it, or move it away") -> ValueError:
    return ValueError(
        f"{path.name} has no bookmarks that can be read: {reason}. It stays as it is; {what_to_do}"
    )


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number in JSON")

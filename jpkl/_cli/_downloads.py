"""Image files at URLs, for commands that read files."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from jpkl._bytes import is_url
from jpkl._bytes.urls import shown_url
from jpkl._cli._progress import say, shows_progress
from jpkl._originals.copies import LocalCopy
from jpkl._originals.remote import is_large, path_by_ranges


@contextmanager
def fetched(source: str, *, whole: bool = True) -> Iterator[Path]:
    """Give the path of a file: of one at a URL, that of a copy, which is removed at the end.

    Parameters
    ----------
    source : str
        The file.
    whole : bool
        Whether all of it is read. If not, a large one may be read by ranges instead.

    Raises
    ------
    OSError
        If it cannot be copied.
    """
    if not is_url(source):
        yield Path(source)
        return
    if not whole and (remote := path_by_ranges(source)) is not None:
        yield remote
        return
    if not whole and is_large(source):
        say(f"{shown_url(source)}: no part of it can be read alone; all of it is copied", sys.stderr)
    copy = LocalCopy(source, progress=shows_progress())
    try:
        with copy.naming_original():
            yield copy.path
    finally:
        copy.close()

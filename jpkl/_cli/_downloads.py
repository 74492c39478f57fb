"""Image files at URLs, for commands that read files."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from jpkl._bytes import is_url
from jpkl._cli._common import shows_progress
from jpkl._errors import JPklError
from jpkl._originals.copies import LocalCopy


@contextmanager
def fetched(source: str) -> Iterator[str]:
    """Give the path of a file: of one at a URL, that of a copy, which is removed at the end.

    Raises
    ------
    OSError
        If it cannot be copied.
    """
    if not is_url(source):
        yield source
        return
    copy = LocalCopy(source, progress=shows_progress())
    try:
        yield str(copy.path)
    except (JPklError, OSError, ValueError) as error:  # the path of the copy says nothing to anybody
        if str(copy.path) not in str(error):
            raise
        raise ValueError(str(error).replace(str(copy.path), copy.url)) from error
    finally:
        copy.close()

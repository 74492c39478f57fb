"""Errors of files that cannot be written: they name the file that was asked for, and what can be done."""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}

#: What `ndarray.tofile` says of a full disk, which it knows from a count alone.
_SHORT = re.compile(r"\d+ requested and \d+ written")

#: A disk that has more bytes left is not the one that is full.
_NEARLY_NONE = 1 << 20


@contextmanager
def naming_target(target: Path) -> Iterator[None]:
    """Put the path that a caller knows into errors of what is written for it, and what can be done.

    Errors that name another file are left as they are. Belongs inside of what removes a temporary file: it
    looks how full the disk is.
    """
    try:
        yield
    except OSError as error:
        if (explained := _explained(error, target)) is None:
            raise
        raise explained from error


@contextmanager
def naming_writer(target: Path, *, is_spool: bool = False) -> Iterator[None]:
    """Put the path that a caller knows into errors of a writer that has frames already, which stay.

    Of a spool, which is in memory or in the folder for temporary files, that folder.
    """
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        said = error.strerror or os.strerror(error.errno)
        if is_spool:
            raise OSError(
                error.errno, f"{said} for temporary files of {target}", tempfile.gettempdir()
            ) from error
        if error.errno in _FULL:
            said += "; what was written before stays: make room, and go on"
        raise OSError(error.errno, said, os.fspath(target)) from error


def _explained(error: OSError, target: Path) -> OSError | None:
    number = errno.ENOSPC if _SHORT.fullmatch(str(error)) else error.errno or 0
    if error.filename is not None and not os.fsdecode(error.filename).startswith(f"{target}."):
        return None
    if number in _FULL:
        said = os.strerror(number)
        if number == errno.ENOSPC and _has_room(target.parent):
            hint = f"{said} for temporary files; make room there, or have TMPDIR name another folder"
            return OSError(number, hint, tempfile.gettempdir())
        other = "have TMPDIR name another folder" if _is_temporary(target) else "choose another disk"
        hint = f"{said}; what was begun is removed. Make room, or {other}"
        return OSError(number, hint, os.fspath(target))
    if number == errno.ENAMETOOLONG and error.filename is not None:
        return OSError(
            number, f"{os.strerror(number)}; temporary files beside it have 22 bytes more", os.fspath(target)
        )
    if number in _FORBIDDEN and error.filename is not None:
        return OSError(number, f"you may not write to the folder {target.parent}", os.fspath(target))
    return None


def _has_room(folder: Path) -> bool:
    with suppress(OSError):
        return shutil.disk_usage(folder).free > _NEARLY_NONE
    return False


def _is_temporary(target: Path) -> bool:
    """Return whether it is in a folder of ours for temporary files."""
    folder = Path(os.path.realpath(tempfile.gettempdir()))
    return target.is_relative_to(folder) and target.relative_to(folder).parts[0].startswith("jpkl-")

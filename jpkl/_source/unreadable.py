"""Turn whatever a library raises while its pixels are read into an error of ours; pure."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any

from jpkl._dims import FrameIndex
from jpkl._errors import FrameReadError, JPklError
from jpkl._text import one_line

#: Errors of the operating system that a disk has no part in: a place was asked for that no file has.
_NO_PLACE = {errno.EINVAL, errno.EOVERFLOW}


def is_of_system(error: BaseException) -> bool:
    """Return whether an error is of the operating system, or a server, rather than of what a file holds."""
    return isinstance(error, OSError) and error.errno is not None and error.errno not in _NO_PLACE


def source_path(images: Any) -> str | None:
    """Return the file that an array is read from, if it says so: those of our readers, of NumPy and h5py."""
    for found in (
        getattr(images, "source_path", None),
        getattr(images, "filename", None),
        getattr(getattr(images, "file", None), "filename", None),
    ):
        if isinstance(found, str | os.PathLike):
            return os.fspath(found)
    return None


def as_ours(error: Exception, path: str | None, find_frame: Callable[[], FrameIndex]) -> Exception:
    """Return what to raise, with the error as its cause, where a library has raised it as it read pixels.

    Parameters
    ----------
    error : Exception
        What was raised.
    path : str or None
        The file that the pixels are in.
    find_frame : callable
        Returns the first frame that cannot be read; is called if that is the fault of a frame.

    Returns
    -------
    Exception
        The error itself if it is one of ours, or names what a disk or server says; a `FrameReadError` if not.
    """
    text = str(error)
    says_path = path is not None and text.startswith(path)
    if isinstance(error, JPklError | CancelledError):
        return error
    if isinstance(error, OSError) and (error.filename is not None or (says_path and error.errno is None)):
        return error
    if is_of_system(error):
        assert isinstance(error, OSError)
        return error if path is None else OSError(error.errno, error.strerror, path)
    reason = text.removeprefix(f"{path}: ") if isinstance(error, ValueError) and says_path else _named(error)
    return FrameReadError(one_line(f"it cannot be read: {reason}"), frame_index=find_frame(), path=path)


def _named(error: Exception) -> str:
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__

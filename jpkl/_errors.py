"""Every error that JPkl raises on purpose.

::

    JPklError
    ├── FormatError (ValueError)              the file is not a well-formed JPkl file
    │   ├── UnsafePickleError                 it names a global outside the closed list of plain data
    │   ├── TruncatedFileError                it ends before its pickle does; see ``jpkl recover``
    │   └── UnsupportedVersionError           a header version or codec that this release cannot read
    ├── FrameError (ValueError)               one frame is at fault; carries ``frame_index``
    │   ├── FrameDecodeError                  its bytes are not a picture of the right size
    │   ├── FrameEncodeError                  its pixels could not be encoded
    │   │   └── FrameReadError                what it was to be made of cannot be read
    │   ├── FrameChecksumError                its bytes changed since they were written
    │   └── FrameNotWrittenError              it has not been written yet: the file grows
    ├── IncompleteStackError (ValueError)     a writer was closed before every frame was written
    ├── MetadataError (TypeError)             metadata that a JPkl file cannot carry
    ├── UnknownCodecError (LookupError)       no codec of that name is registered
    ├── ClosedStackError (ValueError)         the stack was used after ``close()``
    └── MissingDependencyError (ImportError)  an extra is not installed; names the command that installs it

    JPklWarning (UserWarning)                 something was ignored or clipped; the stack is whole

Each subclasses the builtin that NumPy or the standard library would raise in its place, so that
code that knows nothing of JPkl still catches it.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from os import PathLike, fspath

from jpkl._dims import FrameIndex


class JPklError(Exception):
    """Base class of all errors raised by JPkl."""


class FormatError(JPklError, ValueError):
    """The file is not a well-formed JPkl file.

    Parameters
    ----------
    message : str
        What is wrong and what to do.
    path : path-like, optional
        The file.
    offset : int, optional
        Byte offset of the trouble in the file.
    """

    def __init__(
        self, message: str, *, path: str | PathLike[str] | None = None, offset: int | None = None
    ) -> None:
        self.message = message
        self.path = None if path is None else fspath(path)
        self.offset = offset
        super().__init__(message)

    def __str__(self) -> str:
        where = [] if self.path is None else [self.path]
        if self.offset is not None:
            where.append(f"byte {self.offset}")
        return f"{', '.join(where)}: {self.message}" if where else self.message

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions with keyword-only arguments do not survive pickling by themselves,
        # and worker processes send them back pickled.
        return (type(self), (self.message,), {"path": self.path, "offset": self.offset})


class UnsafePickleError(FormatError):
    """The file names a global that is not plain data; nothing was imported or called."""


class TruncatedFileError(FormatError):
    """The file ends before its pickle does."""


class UnsupportedVersionError(FormatError):
    """The file's header version, or its codec, is not known to this release."""


class FrameError(JPklError, ValueError):
    """One frame is at fault.

    Parameters
    ----------
    message : str
        What is wrong with the frame.
    frame_index : tuple of int, optional
        Index of the frame along the dims; ``None`` where only the caller knows it.
    path : path-like, optional
        The file that the frame comes from.
    """

    def __init__(
        self,
        message: str,
        *,
        frame_index: FrameIndex | None = None,
        path: str | PathLike[str] | None = None,
    ) -> None:
        self.message = message
        self.frame_index = frame_index
        self.path = None if path is None else fspath(path)
        super().__init__(message)

    def __str__(self) -> str:
        where = [] if self.path is None else [self.path]
        if self.frame_index is not None:
            where.append(f"frame {self.frame_index}")
        return f"{', '.join(where)}: {self.message}" if where else self.message

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.message,), {"frame_index": self.frame_index, "path": self.path})


class FrameDecodeError(FrameError):
    """The stored bytes are not a picture of the size and kind that the stack declares."""


class FrameEncodeError(FrameError):
    """The pixels of a frame could not be encoded."""


class FrameReadError(FrameEncodeError):
    """The pixels of a frame could not be read from what it was to be made of; its cause says why."""


class FrameChecksumError(FrameError):
    """The stored bytes differ from those that were written (CRC-32)."""


class FrameNotWrittenError(FrameError):
    """The frame has not been written yet; see `JPkl.refresh`."""


class IncompleteStackError(JPklError, ValueError):
    """A writer was closed before every frame was written."""


class MetadataError(JPklError, TypeError):
    """The metadata hold something that a JPkl file cannot carry."""


class UnknownCodecError(JPklError, LookupError):
    """No codec of that name is registered."""


class ClosedStackError(JPklError, ValueError):
    """The stack was used after it was closed."""


class MissingDependencyError(JPklError, ImportError):
    """A package of one of the extras is not installed.

    Parameters
    ----------
    what : str
        What was asked for, e.g. ``"Reading TIFF files"``.
    extra : str
        The extra that provides it; empty where none does.
    missing : str, optional
        Name of the package, or what to do where no extra has it.
    """

    def __init__(self, what: str, extra: str, missing: str | None = None) -> None:
        self.what = what
        self.extra = extra
        self.missing = missing
        named = f", {missing}" if missing else ""
        needed = f'{named}: pip install "jpkl[{extra}]"' if extra else f": {missing}"
        super().__init__(f"{what} needs an optional package{needed}")

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.what, self.extra, self.missing))


class JPklWarning(UserWarning):
    """Something in a file was ignored, or intensities were clipped; the stack is whole."""


#: What is not the user's own code, with what calls the generators of context managers.
_NOT_THE_USERS = ("jpkl", "jpkl_viewer", "contextlib")


_collected: ContextVar[list[JPklWarning] | None] = ContextVar("_collected", default=None)


@contextmanager
def collected_warnings() -> Iterator[list[JPklWarning]]:
    """Have what this thread would warn of in a list, where it is for the code that asks, and not for people.

    The filters of the standard library are those of all threads.
    """
    found: list[JPklWarning] = []
    token = _collected.set(found)
    try:
        yield found
    finally:
        _collected.reset(token)


def warn(message: str, category: type[JPklWarning] = JPklWarning) -> None:
    """Warn, and say that it is of the line of the user's code that called JPkl, however deep that is here."""
    if (collected := _collected.get()) is not None:
        collected.append(category(message))
        return
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and _package_of(frame.f_globals) in _NOT_THE_USERS:
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def _package_of(module: dict[str, object]) -> str:
    return str(module.get("__name__")).partition(".")[0]

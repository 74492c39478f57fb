"""Libraries that read formats: whether they are installed, and what they let pass when a file is damaged."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile

from jpkl._errors import MissingDependencyError
from jpkl._quiet import quiet
from jpkl._source.unreadable import is_of_system
from jpkl._text import one_line

#: What parsers and decoders raise when bytes are not what they expect.
DAMAGE = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    AssertionError,
    EOFError,
    MemoryError,  # for the size that a damaged header claims
    struct.error,
    zlib.error,
    BadZipFile,
    ParseError,
)


def library(name: str, what: str, extra: str = "formats") -> ModuleType:
    """Import a library that an extra installs.

    Raises
    ------
    MissingDependencyError
        If it is not there; names the extra.
    """
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingDependencyError(f"Reading {what} files", extra, name) from error


@contextmanager
def reading(path: Path, what: str, *, also: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Turn what a library says of a damaged file into one `ValueError` that names the file.

    `also` are exceptions of the library that are none of `DAMAGE`.
    An error of the operating system stays what it is. Warnings of the libraries are silenced: what matters of
    them ends in an error or in a note.
    """
    caught: tuple[type[Exception], ...] = (OSError, *DAMAGE, *also)
    try:
        with quiet():
            yield
    except caught as error:
        if is_of_system(error) and getattr(error, "filename", None) is None:
            raise OSError(*error.args[:2], str(path)) from error
        is_ours = str(error).startswith(f"{path}: ")
        if is_ours or isinstance(error, MissingDependencyError) or is_of_system(error):
            raise
        size = f", of {path.stat().st_size:,} bytes" if path.is_file() else ""
        raise ValueError(f"{path}: not a readable {what} file{size}: {reason_of(error)}") from error


def reason_of(error: Exception) -> str:
    """Return in words what an exception of `DAMAGE` says of a file."""
    if isinstance(error, (struct.error, EOFError, UnicodeDecodeError)):
        return "it ends too early"
    if isinstance(error, MemoryError) and not str(error):
        return "it claims a size that the memory does not hold"
    return one_line(str(error)) or "it is damaged, or cut off"

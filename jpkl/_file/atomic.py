"""Write a file as a whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from collections.abc import Iterator
from os import PathLike
from pathlib import Path
from typing import BinaryIO


class ReplacementFile:
    """A temporary file that takes the place of another when it is complete.

    It stands beside its target, which a symbolic link leads to, as ``NAME.xxxxxxxx.part``, with
    the permissions of the file that it will replace.

    Parameters
    ----------
    path : path-like
        The file to write. Until `commit`, whatever stands there stays as it is.

    Attributes
    ----------
    target, part : Path
        The final and the temporary file.
    file : BinaryIO
        To write to.
    """

    def __init__(self, path: str | PathLike[str]) -> None:
        self.target = Path(os.path.realpath(path))
        if self.target.is_dir():
            raise IsADirectoryError(21, "Is a directory", os.fspath(path))
        self.part, self.file = _create_beside(self.target)
        with contextlib.suppress(FileNotFoundError):
            os.chmod(self.part, stat.S_IMODE(self.target.stat().st_mode))  # noqa: PTH101

    def commit(self) -> None:
        """Put the file in its place, once it is safely on the disk."""
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()
        self.part.replace(self.target)
        _sync_folder(self.target.parent)

    def keep_part(self) -> None:
        """Close the temporary file and leave it where it is."""
        self.file.close()

    def discard(self) -> None:
        """Remove the temporary file."""
        self.file.close()
        self.part.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing(path: str | PathLike[str]) -> Iterator[BinaryIO]:
    """Write to a temporary file that replaces `path` at the end, or vanishes on any exception."""
    replacement = ReplacementFile(path)
    try:
        yield replacement.file
        replacement.commit()
    except BaseException:  # KeyboardInterrupt as well: nothing half-written stays
        replacement.discard()
        raise


def _create_beside(target: Path) -> tuple[Path, BinaryIO]:
    while True:
        part = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
        with contextlib.suppress(FileExistsError):
            return part, part.open("xb")  # honors the umask, which tempfile does not


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut, where the system lets a folder be opened."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Write a file as a whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path
from typing import Any, BinaryIO, cast

from jpkl._file.failing import naming_target
from jpkl._file.parts import MOVES_OPEN_FILES, hold, part_path, remove_stale


class ReplacementFile:
    """A temporary file that takes the place of another when it is complete.

    It is beside its target, which a symbolic link leads to, as ``NAME.xxxxxxxx.part`` (see `parts`), with
    the permissions of the file that it will replace. Nothing is made before `open`, which belongs inside
    the ``try`` whose end calls `discard`: Ctrl-C may come between any two lines.

    Parameters
    ----------
    path : path-like
        The file to write. Until `commit`, whatever is there stays as it is.
    durable : bool
        Hand every write to the operating system before it returns, so that what was written survives the
        end of this process, whatever ends it, and keep it then. Otherwise small writes are collected, and the
        next who writes a file of that name removes what is left.

    Attributes
    ----------
    target : Path
        The final file.
    part : Path
        The temporary file.
    """

    def __init__(self, path: str | PathLike[str], *, durable: bool = False) -> None:
        self.target = Path(os.path.realpath(path))
        if self.target.is_dir():
            raise IsADirectoryError(21, "Is a directory", os.fspath(path))
        check_no_device(self.target)
        self._durable = durable
        self.part = self._new_part()
        self._may_exist = False
        self._file: BinaryIO | None = None

    def open(self) -> BinaryIO:
        """Create the temporary file, and return it, open for writing; its ``name`` is its path."""
        with naming_target(self.target):
            return self._opened()

    def _opened(self) -> BinaryIO:
        remove_stale(self.target)
        while self._file is None:
            self._may_exist = True
            try:  # open honors the umask, which tempfile does not
                self._file = _create(self.part, self._durable)
            except FileExistsError:  # somebody else's, which `discard` must not remove
                self._may_exist, self.part = False, self._new_part()
            except OSError as error:
                self._may_exist = error.errno != errno.ENAMETOOLONG  # what cannot be cannot be removed either
                raise
            else:
                if not hold(self._file.fileno(), self.part):
                    self.discard()
                    self._file, self.part = None, self._new_part()
        with contextlib.suppress(FileNotFoundError):
            os.chmod(self.part, stat.S_IMODE(self.target.stat().st_mode))  # noqa: PTH101
        return self._file

    def commit(self) -> None:
        """Put the file in its place, once it is safely on the disk."""
        assert self._file is not None, "open() comes first"
        self._file.flush()
        os.fsync(self._file.fileno())
        if MOVES_OPEN_FILES:  # nobody can take it for one that was left behind before it is in its place
            self.part.replace(self.target)
            self._file.close()
        else:
            self._file.close()
            self.part.replace(self.target)
        _sync_folder(self.target.parent)

    def keep_part(self) -> None:
        """Close the temporary file and leave it where it is."""
        if self._file is not None:
            self._file.close()

    def discard(self) -> None:
        """Remove the temporary file, also where what is left to write to it cannot be written."""
        try:
            with contextlib.suppress(OSError):  # on a full disk, closing tries once more to write
                self.keep_part()
        finally:
            if self._may_exist:
                self.part.unlink(missing_ok=True)

    def _new_part(self) -> Path:
        return part_path(self.target, keeps_frames=self._durable)


def check_no_device(path: Path) -> None:
    """Raise if there is something at a path that is neither file nor folder, which a file must not replace.

    Whoever may create files in ``/dev`` would else lose ``/dev/null`` to a stack that is saved there.

    Raises
    ------
    OSError
        If it is a device, a pipe or a socket.
    """
    if path.exists() and not (path.is_file() or path.is_dir()):
        raise OSError(
            errno.EINVAL,
            "It is a device, a pipe or a socket; save to a file, or give an open one to JPkl.save",
            os.fspath(path),
        )


@contextlib.contextmanager
def replacing(path: str | PathLike[str]) -> Iterator[BinaryIO]:
    """Write to a temporary file that replaces `path` at the end, or vanishes on any exception.

    Parameters
    ----------
    path : path-like
        The file to write, in a folder that exists.

    Yields
    ------
    binary file
        The temporary file, beside it.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    replacement = ReplacementFile(path)
    try:
        with naming_target(replacement.target):  # which looks how full the disk is
            yield replacement.open()
            replacement.commit()
    except BaseException:  # KeyboardInterrupt as well: nothing half-written stays
        replacement.discard()
        raise


class DurableFile(io.FileIO):
    """A file without a buffer, whose writes are whole."""

    def write(self, data: Any, /) -> int:
        rest = memoryview(data).cast("B")
        length = len(rest)
        while len(rest):  # one call writes at most 2 GiB, and on a full disk as much as there is room for
            rest = rest[super().write(rest) :]
        return length

    def writelines(self, lines: Iterable[Any], /) -> None:
        self.write(b"".join(lines))  # one call costs as much as a small frame's encoding, three thrice that


def _create(path: Path, durable: bool) -> BinaryIO:
    return cast("BinaryIO", DurableFile(path, "xb")) if durable else path.open("xb")


def _sync_folder(folder: Path) -> None:
    """Make the new name survive a power cut, where the system can do that.

    A failure is none of the file, which has its name by now: some folders may be written but not read, and
    some file systems sync no folders.
    """
    if os.name != "posix":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

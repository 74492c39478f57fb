"""The stacks of a folder: which there are, and which of them a name from outside may open; reads no stack."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Protocol

from jpkl import JPklError
from jpkl.readers import supported_suffixes
from jpkl.toolkit import list_files, natural_key, short_reason, shown_url

#: How the names of stacks end, in lower case.
SUFFIX = ".jpkl"

#: Originals that are not listed: pictures beside stacks are rarely more stacks; an .img goes with its .hdr.
_NOT_LISTED = (".png", ".apng", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".pgm", ".ppm", ".img")

#: Originals that are folders.
_FOLDERS = (".zarr",)


_NOT_THERE = "It is not in the folder that is served. It may have been moved or deleted."


class NotInFolderError(JPklError, ValueError):
    """The folder offers nothing of that name. The text says nothing about the disk."""


@dataclass(frozen=True)
class StackFile:
    """A file that may hold a stack.

    Attributes
    ----------
    name : str
        Its path within the folder, with ``/`` between the parts.
    path : Path or str
        Where it is, links resolved; or its URL.
    nbytes : int
        Its size in bytes; 0 of a folder.
    mtime_ns : int
        When it was modified, in nanoseconds since 1970; 0 of one at a URL.
    version : str
        What changes when one at a URL does.
    node : int
        The number that the system has for it: files that were unpacked together may be alike in all else.
    changed_ns : int
        When something about it changed last, its name or its owner among others, as the system has it.
    """

    name: str
    path: Path | str
    nbytes: int
    mtime_ns: int
    version: str = ""
    node: int = 0
    changed_ns: int = field(default=0, compare=False)

    def is_as(self, other: StackFile) -> bool:
        """Return whether nothing at all has happened from one look at the file to the other."""
        return self == other and self.changed_ns == other.changed_ns

    @property
    def is_original(self) -> bool:
        """Whether it is an image file, from which frames are encoded as they are looked at."""
        return not self.name.lower().endswith(SUFFIX)


@dataclass(frozen=True)
class Listing:
    """What a folder holds.

    Attributes
    ----------
    stacks : tuple of StackFile
        In natural order: ``2.jpkl`` before ``10.jpkl``.
    unreadable : tuple of (str, str)
        Folders, and files, that could not be looked at, with the reason.
    """

    stacks: tuple[StackFile, ...]
    unreadable: tuple[tuple[str, str], ...]


class Folder(Protocol):
    """A folder whose stacks are shown.

    Attributes
    ----------
    name : str
        What to call it.
    place : str
        Where it is, which is of no concern to visitors.
    """

    name: str
    place: str

    def list(self) -> Listing:
        """List the stacks that are there now; raises OSError if it cannot be read."""

    def find(self, name: str) -> StackFile:
        """Find the file that a name from outside refers to; raises `NotInFolderError`."""


class LocalFolder:
    """A folder of this machine.

    Raises
    ------
    OSError
        If it is none, or cannot be read.
    """

    def __init__(self, root: str | os.PathLike[str]) -> None:
        self.root = Path(root).resolve(strict=True)
        next(self.root.iterdir(), None)  # one that cannot be read is an error here, not an empty page
        self.name, self.place = self.root.name or str(self.root), str(self.root)

    def list(self) -> Listing:
        """List the stacks that are there now."""
        return list_stacks(self.root)

    def find(self, name: str) -> StackFile:
        """Find the file that a name from outside refers to."""
        return find_stack(self.root, name)


class RemoteFolder:
    """A folder at a URL, of which the JPkl files are shown: others would have to be copied to be looked at.

    Raises
    ------
    OSError
        If it cannot be read.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self.place = shown_url(url)
        self.name = self.place.rstrip("/").rpartition("/")[2] or self.place
        self._found = self.list()

    def list(self) -> Listing:
        """List the stacks that are there now."""
        entries = [entry for entry in list_files(self._url) if entry.name.lower().endswith(SUFFIX)]
        found = [StackFile(entry.name, entry.url, entry.nbytes, 0, entry.version) for entry in entries]
        self._found = Listing(tuple(sorted(found, key=lambda file: natural_key(file.name))), ())
        return self._found

    def find(self, name: str) -> StackFile:
        """Find the file that a name from outside refers to: one that was listed."""
        for file in self._found.stacks:
            if file.name == name:
                return file
        raise NotInFolderError(_NOT_THERE)


def list_stacks(root: Path) -> Listing:
    """Look for stacks, and originals, in a folder and in those within it.

    Hidden files and folders are left out, and so are links to folders, whose stacks are listed where they
    are, and links that lead out of the folder.
    """
    root = root.resolve()
    stacks: list[StackFile] = []
    unreadable: list[tuple[str, str]] = []
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            entries = _entries(root / folder)
        except OSError as error:
            unreadable.append((folder, short_reason(error)))
            continue
        for entry in entries:
            name = f"{folder}{entry.name}"
            try:
                found = _stack_at(root, name)
                if found is not None:
                    stacks.append(found)
                elif entry.is_dir(follow_symlinks=False):
                    folders.append(f"{name}/")
            except FileNotFoundError:  # it vanished
                continue
            except OSError as error:
                unreadable.append((name, short_reason(error)))
    stacks.sort(key=lambda file: natural_key(file.name))
    return Listing(tuple(stacks), tuple(sorted(unreadable)))


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        return [entry for entry in entries if not entry.name.startswith(".")]


def _is_listed(name: str) -> bool:
    return name.lower().endswith((SUFFIX, *_originals()))


@cache
def _originals() -> tuple[str, ...]:
    return tuple(suffix for suffix in supported_suffixes() if suffix not in _NOT_LISTED)


def _stack_at(root: Path, name: str) -> StackFile | None:
    if not _is_listed(name):
        return None
    path = root / name
    status = path.lstat()
    if stat.S_ISLNK(status.st_mode):
        try:
            path = path.resolve(strict=True)
        except (OSError, RuntimeError):  # it leads nowhere, or in a circle
            return None
        status = path.stat()
    is_folder = stat.S_ISDIR(status.st_mode) and name.lower().endswith(_FOLDERS)
    # A pipe or a device would keep waiting whoever opens it.
    if not (stat.S_ISREG(status.st_mode) or is_folder) or not path.is_relative_to(root):
        return None
    if not name.lower().endswith(SUFFIX):
        path = root / name  # a link's own name says the format, that of the file may not
    nbytes = 0 if is_folder else status.st_size
    node, changed_ns = status.st_ino, status.st_ctime_ns
    return StackFile(name, path, nbytes, status.st_mtime_ns, node=node, changed_ns=changed_ns)


def find_stack(root: Path, name: str) -> StackFile:
    """Find the file that a name from outside refers to.

    Parameters
    ----------
    root : Path
        The folder.
    name : str
        A `StackFile.name`, or whatever somebody put in its place.

    Raises
    ------
    NotInFolderError
        If there is no such stack in the folder, or the name leads out of it.
    """
    if not _is_inside(name):
        raise NotInFolderError("Only stacks of the folder that is served can be opened.")
    root = root.resolve()
    try:
        # Folders on the way may be links; resolved, the file must still be in the folder.
        path = (root / name).resolve(strict=True)
        within = path.relative_to(root).as_posix()
        found = _stack_at(root, within if name.lower().endswith(SUFFIX) else name)
    except (OSError, ValueError, RuntimeError):  # missing, outside, a loop of links
        found = None
    if found is None:
        raise NotInFolderError(_NOT_THERE)
    return replace(found, name=name)


def _is_inside(name: str) -> bool:
    """Return whether a name is a plain relative one, on every system that might read it."""
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    return (
        _is_listed(name)
        and "\0" not in name
        and not (posix.root or windows.root)
        and not any(part.startswith(".") for part in (*posix.parts, *windows.parts))
    )

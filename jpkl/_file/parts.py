"""Temporary files beside the files that they will replace: their names, their locks, what is left of them.

``NAME.0123abcd.part`` has frames of a `JPklWriter`, which are worth keeping whatever happens to its process.
``NAME.s123abcd.part`` is anything else, e.g. of `JPkl.save`, and worth nothing when its process is gone;
exports have a folder of that kind.
Who writes one of them holds a lock on it, so that it is known from others that were left behind.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from enum import Enum
from functools import cache
from os import PathLike
from pathlib import Path
from typing import IO

from jpkl._errors import warn
from jpkl._file.locks import Lock, try_lock

_NAME = re.compile(r"(?P<target>.+)\.(?P<save>s?)(?P<rest>[0-9a-f]{7,8})\.part", re.DOTALL)

#: What the labels of a writer have behind the name of its temporary file.
LABELS_SUFFIX = ".labels"

#: Seconds for which a finished file may wait to be moved, where that takes closing and so unlocking it.
_MOVED_BY_THEN = 60

#: How often, and with how many seconds between, a folder is removed again after a failure.
_TRIES, _SECONDS_BETWEEN = 3, 0.05

#: Whether the system moves files that are open.
MOVES_OPEN_FILES = sys.platform != "win32"


class State(Enum):
    """Whether somebody still writes a temporary file."""

    WRITTEN = "still being written"
    LEFT = "left behind"
    UNKNOWN = "of another computer, or on a disk without locks"


@dataclass(frozen=True)
class Part:
    """A temporary file, or folder, that was found.

    Attributes
    ----------
    path : Path
        Where it is.
    target : str
        Name of the file that it was to become.
    keeps_frames : bool
        Whether a `JPklWriter` writes it.
    is_ours : bool
        Whether this computer writes it: locks do not reach every other one.
    """

    path: Path
    target: str
    keeps_frames: bool
    is_ours: bool

    def state(self) -> State:
        """Find out whether somebody still writes it."""
        try:
            descriptor = _open(self.path)
        except OSError:
            return State.UNKNOWN
        try:
            lock = try_lock(descriptor)
        finally:
            os.close(descriptor)
        if lock is Lock.HELD_BY_ANOTHER:
            return State.WRITTEN
        return State.LEFT if lock is Lock.TAKEN and self.is_ours else State.UNKNOWN


def part_path(target: Path, *, keeps_frames: bool) -> Path:
    """Return a new name for a temporary file."""
    middle = f"{_host()}{secrets.token_hex(2)}"
    return target.with_name(f"{target.name}.{secrets.token_hex(1)[0] if keeps_frames else 's'}{middle}.part")


def hold(descriptor: int, path: Path) -> bool:
    """Lock a file that was just created, for as long as it is open.

    Returns
    -------
    bool
        False if somebody took it for one that was left behind, in the moment before it was locked.
    """
    return try_lock(descriptor) is not Lock.HELD_BY_ANOTHER and _is_at(descriptor, path)


def find_parts(folder: Path) -> list[Part]:
    """Find the temporary files and folders in a folder, in the order of their names.

    Raises
    ------
    OSError
        If the folder cannot be read.
    """
    with os.scandir(folder) as entries:
        paths = sorted(Path(entry.path) for entry in entries if not entry.is_symlink())
    return [part for part in map(_parse, paths) if part is not None]


@contextmanager
def folder_beside(path: Path) -> Iterator[Path]:
    """Make a temporary folder beside a file or folder, on the same disk, and remove it at the end."""
    remove_stale(path)
    with ExitStack() as held:
        while True:
            folder = part_path(path, keeps_frames=False)
            with suppress(FileExistsError):
                folder.mkdir(mode=0o700)
                held.callback(_remove_folder, folder)
                if _hold_folder(folder, held):
                    break
        yield folder


def _remove_folder(folder: Path) -> None:
    """Remove a folder, also where threads of a library that has failed go on writing into it for a moment."""
    shutil.rmtree(folder, ignore_errors=True)
    if sys.exc_info()[0] is None and not folder.exists():
        return
    for _ in range(_TRIES):
        time.sleep(_SECONDS_BETWEEN)
        shutil.rmtree(folder, ignore_errors=True)


def _hold_folder(folder: Path, held: ExitStack) -> bool:
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except PermissionError:  # Windows opens no folders
        return True
    held.callback(os.close, descriptor)
    return hold(descriptor, folder)


def find_growing(path: Path) -> Part | None:
    """Find what a `JPklWriter` writes, or has left, of a file.

    Parameters
    ----------
    path : Path
        The file; or the temporary file itself.

    Returns
    -------
    Part or None
        Of several, the newest that is still being written; what was left behind only where there is no file
        of that name. None where there is neither.
    """
    if (itself := _parse(path)) is not None:
        return itself
    parts = [part for part in _parts_of(path) if part.keeps_frames]
    written = [part for part in parts if part.state() is State.WRITTEN]
    if not written and path.exists():
        return None
    return max(written or parts, key=_time, default=None)


def _time(part: Part) -> float:
    try:
        return part.path.stat().st_mtime
    except OSError:
        return 0.0


def find_lone_labels(folder: Path) -> list[Part]:
    """Find the labels of `JPklWriter`s whose frames are gone, in the order of their names.

    Raises
    ------
    OSError
        If the folder cannot be read.
    """
    with os.scandir(folder) as entries:
        logs = sorted(Path(entry.path) for entry in entries if entry.name.endswith(LABELS_SUFFIX))
    parts = [(log, _parse(log.with_name(log.name.removesuffix(LABELS_SUFFIX)))) for log in logs]
    return [replace(part, path=log) for log, part in parts if part is not None and not part.path.exists()]


def remove_stale(target: Path) -> None:
    """Remove what was left behind of saves to a file, unless it has frames of a `JPklWriter`."""
    with suppress(OSError):  # as in `_parts_of`
        for labels in find_lone_labels(target.parent):
            if labels.target == target.name and labels.is_ours:
                with suppress(OSError):
                    labels.path.unlink()
    for part in _parts_of(target):
        if part.is_ours and not part.keeps_frames:
            with suppress(OSError):  # of somebody else, or gone meanwhile
                _remove_if_left(part.path)


@contextmanager
def kept(path: str | PathLike[str]) -> Iterator[None]:
    """Keep others from removing a temporary file that was left behind, while it is read."""
    try:
        descriptor = _open(path)
    except OSError:  # a URL; or reading it will say what is wrong
        yield
        return
    try:
        # Elsewhere nobody removes what is open, and a lock would keep it from being read.
        if MOVES_OPEN_FILES:
            try_lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def warn_of_left_frames(path: str | PathLike[str] | IO[bytes]) -> None:
    """Warn of frames that writers of a file have left behind: they stay until their owner has seen to them.

    There are none of what is open already.

    Warns
    -----
    JPklWarning
        With what can be done.
    """
    if not isinstance(path, (str, os.PathLike)):
        return
    target = Path(os.path.realpath(path))
    left = [part for part in _parts_of(target) if part.keeps_frames and part.state() is State.LEFT]
    for part in left:
        warn(
            f"{part.path} has the frames of a writer that did not finish. "
            f"`jpkl recover {part.path.name} NEW.jpkl` makes a stack of them; "
            "remove it if they are not needed"
        )


def _parts_of(target: Path) -> Iterator[Part]:
    with suppress(OSError):  # writing into the folder will say what is wrong with it
        yield from (part for part in find_parts(target.parent) if part.target == target.name)


def _parse(path: Path) -> Part | None:
    match = _NAME.fullmatch(path.name)
    if match is None or len(match["save"] + match["rest"]) != 8:
        return None
    host = match["rest"][-7:-4]
    return Part(path, match["target"], keeps_frames=not match["save"], is_ours=host == _host())


def _remove_if_left(path: Path) -> None:
    descriptor = _open(path)
    try:
        if try_lock(descriptor) is not Lock.TAKEN or not _is_at(descriptor, path):
            return
        if path.is_dir():
            shutil.rmtree(path)
            return
        if MOVES_OPEN_FILES:
            path.unlink()
            return
        age = time.time() - os.fstat(descriptor).st_mtime
    finally:
        os.close(descriptor)
    if age > _MOVED_BY_THEN:
        path.unlink()


def _open(path: str | PathLike[str]) -> int:
    try:  # locks of a network ask for files that are open for writing
        return os.open(path, os.O_RDWR)
    except (PermissionError, IsADirectoryError):
        return os.open(path, os.O_RDONLY)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


@cache
def _host() -> str:
    """Return three digits that tell this computer from others that see the same disk."""
    import socket

    return hashlib.blake2b(socket.gethostname().encode(), digest_size=2).hexdigest()[:3]

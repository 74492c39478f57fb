"""Files dropped onto a page: a browser gives their content but not their place, so they are copied."""

from __future__ import annotations

import os
import re
import secrets
import shlex
import shutil
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from jpkl import JPkl, JPklError, MissingDependencyError
from jpkl.readers import can_read, is_one_image, open_image
from jpkl.toolkit import OriginalStack, human_bytes, is_original, open_original, short_reason
from jpkl_viewer.model.names import series_name
from jpkl_viewer.pages.folder import SUFFIX
from jpkl_viewer.pages.library import OpenStack
from jpkl_viewer.pages.scenes import SceneStacks

#: What is left free on the disk: a full one stops other programs, too.
_SPARE_NBYTES = 2**30

#: Seconds after which the copies of a drop that get no more parts are given up: their page is gone.
_PATIENCE = 600

#: Longest name in bytes that file systems take.
_LONGEST = 255

#: What is not in the name of a file: separators of folders, and what controls a terminal.
_FORBIDDEN = r"[\\/\x00-\x1f\x7f]"

#: And on Windows: streams and wildcards, ends that it leaves out, and devices, whatever follows their name.
_FORBIDDEN_ON_WINDOWS = (
    r'[<>:"|?*]|[ .]$|^ *(con|prn|aux|nul|conin\$|conout\$|com[0-9\xb9\xb2\xb3]|lpt[0-9\xb9\xb2\xb3]) *(\.|$)'
)

#: Files of one drop that are one stack, where they are a sequence; fewer are looked at side by side.
_LEAST_SERIES = 3

#: Suffixes of files that only hold pixels, and of the file of the same name that is opened for them.
_HEADERS = {".img": ".hdr", ".rec": ".par"}


class NotDroppedError(JPklError, ValueError):
    """A dropped file is not here (any more), or is not accepted. The text is shown on a page."""


class DroppedFiles:
    """The files that the pages of a server were given, in a temporary folder, until `close`.

    A copy begins by `begin`, grows by `append`, and becomes a stack by `add`. Threads may share this.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._n = 0
        self._copies: dict[str, Copy] = {}
        self._stacks: dict[str, _Dropped] = {}
        #: Copies that are complete, and belong to one of the stacks.
        self._companions: dict[str, Copy] = {}
        #: Which stack the files of a sequence are.
        self._part_of: dict[str, str] = {}

    def begin(self, name: str, nbytes: int, head: bytes | bytearray, beside: str = "") -> str:
        """Begin to copy a file, and return the key of the copy.

        Parameters
        ----------
        name : str
            Its name.
        nbytes : int
            Its size.
        head : bytes-like
            Its first bytes, by which a file that cannot be shown is refused before the others have come.
        beside : str
            Key of a copy that was begun of the same drop: formats of several files look for the others
            beside the one that is opened.

        Raises
        ------
        NotDroppedError
            If nothing here reads it, or it is too large for the disk; says what to do.
        OSError
            If the temporary folder cannot be written.
        """
        _check_name(name)
        if nbytes <= 0:
            raise NotDroppedError(f"{name} is empty.")
        with self._lock:
            self._give_up_old()
            self._folder = self._folder or Path(tempfile.mkdtemp(prefix="jpkl-dropped-"))
            self._check_room(name, nbytes, self._folder)
            copy = Copy(self._place_of(name, self._copies.get(beside)), nbytes)
            key = secrets.token_urlsafe(12)
            self._copies[key] = copy
        try:
            copy.check_head(head)
        except BaseException:
            self.discard(key)
            raise
        return key

    def _check_room(self, name: str, nbytes: int, folder: Path) -> None:
        # What was promised to others is not there for this one.
        promised = sum(copy.nbytes - copy.n_written for copy in self._copies.values())
        free = max(shutil.disk_usage(folder).free - _SPARE_NBYTES - promised, 0)
        if nbytes > free:
            room = f"{human_bytes(nbytes)}, and there is room for a copy of {human_bytes(free)}"
            raise NotDroppedError(f"{name} has {room}. {_where_it_is(name)}")

    def _place_of(self, name: str, beside: Copy | None) -> Path:
        """Return where a copy goes: beside another, or else to a folder of its own."""
        if beside is not None and not (beside.path.parent / name).exists():
            return beside.path.parent / name
        assert self._folder is not None
        self._n += 1
        folder = self._folder / (f"dropped {self._n}" if self._n > 1 else "dropped")
        folder.mkdir()
        return folder / name

    def _give_up_old(self) -> None:
        now, last_written = time.monotonic(), dict[Path, float]()
        for copy in self._copies.values():  # what is complete waits for the others of its drop
            folder = copy.path.parent
            last_written[folder] = max(copy.last_written, last_written.get(folder, 0))
        for key, copy in list(self._copies.items()):
            if now - last_written[copy.path.parent] > _PATIENCE:
                del self._copies[key]
                copy.discard()

    def copy_of(self, key: str) -> Copy:
        """Return the copy of a key, to append to.

        Raises
        ------
        NotDroppedError
            If there is none.
        """
        with self._lock:
            copy = self._copies.get(key)
        if copy is None:
            raise NotDroppedError("This copy was not begun. Drop the file again.")
        return copy

    def discard(self, key: str) -> None:
        """Remove a copy, and the stack that it is, if there is any: no page shows it."""
        with self._lock:
            kept: tuple[dict[str, Any], ...] = (self._copies, self._stacks, self._companions)
            found = [each.pop(key, None) for each in kept]
        for each in found:
            if each is not None:
                each.discard()

    def add(self, key: str) -> str:
        """Open a copy that is complete; returns the key by which `open` finds it.

        This is its own, or that of another file of the same drop, whose pixels it has, or with which it is a
        sequence: pictures, slices, planes.

        Raises
        ------
        NotDroppedError
            If it cannot be read; the copy is removed.
        """
        if key in self._stacks:
            return key
        if key in self._part_of:
            return self._part_of[key]
        copy = self.copy_of(key)
        with copy.turn:  # who asks at the same time gets the same
            return key if key in self._stacks else self._add(key, copy)

    def _add(self, key: str, copy: Copy) -> str:
        try:
            copy.finish()
            if header := self._header_of(key, copy):
                return header
            series = self._series_of(copy)
            stack = _Dropped(copy, self._named(series) if series else copy.path)
        # Whatever an odd file leads a reader to is the fault of the file.
        except Exception as error:
            self.discard(key)
            raise NotDroppedError(f"{copy.path.name} cannot be shown: {_reason(copy.path, error)}") from error
        with self._lock:
            if self._copies.pop(key, None) is not None:
                self._stacks[key] = stack
                for other in series:
                    if other != key:
                        self._companions[other] = self._copies.pop(other)
                        self._part_of[other] = key
                return key
        stack.discard()  # nobody wants it any more
        return key

    def _series_of(self, copy: Copy) -> list[str]:
        """Return the keys of the files of a drop that are one image, as a sequence; else none."""
        folder = copy.path.parent
        with self._lock:
            files = {key: each for key, each in self._copies.items() if each.path.parent == folder}
        is_whole = all(each.n_written == each.nbytes for each in files.values())
        return list(files) if len(files) >= _LEAST_SERIES and is_whole and is_one_image(folder) else []

    def _named(self, series: list[str]) -> Path:
        """Name the folder of a sequence by what its files have in common, as it is the name of the stack."""
        copies = [self._copies[key] for key in series]
        folder = copies[0].path.parent
        name = series_name([copy.path.name for copy in copies])
        named = folder.parent / f"{folder.name} of a sequence" / name
        for copy in copies:
            copy.finish()
        named.parent.mkdir()
        folder.rename(named)
        for copy in copies:
            copy.path = named / copy.path.name
        return named

    def _header_of(self, key: str, copy: Copy) -> str:
        """Return the key of the file whose pixels a copy has, and keep it for that; "" if there is none."""
        wanted = copy.path.with_suffix(""), _HEADERS.get(copy.path.suffix.lower())
        with self._lock:
            others = self._copies | {key: stack.copy for key, stack in self._stacks.items()}
            for other, each in others.items():
                if (each.path.with_suffix(""), each.path.suffix.lower()) == wanted:
                    self._companions[key] = self._copies.pop(key)
                    return other
        return ""

    def open(self, key: str, scene: str = "", axes: str = "") -> OpenStack:
        """Return the stack of a key, or a scene of it, or what it is with other axes.

        Raises
        ------
        NotDroppedError
            If there is none, or no such scene, or it has other axes.
        """
        with self._lock:
            stack = self._stacks.get(key)
        if stack is None:
            raise NotDroppedError(
                "What is dropped onto a page is kept until the server ends. Drop the file again."
            )
        try:
            return stack.open(scene, axes)
        except (JPklError, OSError, ValueError) as error:
            raise NotDroppedError(short_reason(error)) from error

    def close(self) -> None:
        """Close the stacks and remove the copies."""
        with self._lock:
            kept: tuple[dict[str, Any], ...] = (self._copies, self._stacks, self._companions)
            for each in kept:
                for dropped in each.values():
                    dropped.discard()
                each.clear()
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder = None


class Copy:
    """A file that comes in parts."""

    def __init__(self, path: Path, nbytes: int) -> None:
        self.path = path
        self.nbytes = nbytes
        self.n_written = 0
        self.last_written = time.monotonic()
        #: Held by whoever writes a part, or opens it.
        self.turn = threading.RLock()
        self._file: BinaryIO = path.open("xb")

    def check_head(self, head: bytes | bytearray) -> None:
        """Check by the first bytes that the file can be read, as far as these tell.

        Raises
        ------
        NotDroppedError
            If nothing reads such a file, or what would is not installed.
        """
        if self.path.name.lower().endswith(SUFFIX):
            return
        self.path.write_bytes(head)
        try:
            if is_original(self.path):  # and not a stack under another name
                open_image(self.path).close()
        except Exception as error:
            # What a reader takes is damaged so far, as most of it has not come.
            if isinstance(error, MissingDependencyError) or not can_read(self.path):
                said = f"{self.path.name} cannot be shown: {_reason(self.path, error)}"
                raise NotDroppedError(said) from error
        finally:
            self._file.truncate(0)

    def append(self, at: int, part: bytes | bytearray) -> None:
        """Write the next part.

        Parameters
        ----------
        at : int
            Where in the file it belongs.
        part : bytes-like
            The bytes.

        Raises
        ------
        NotDroppedError
            If it is not the next one, there is more than was said, or the disk is full.
        """
        with self.turn:
            if at != self.n_written or at + len(part) > self.nbytes:
                raise NotDroppedError("A part of the file has come out of turn. Drop the file again.")
            try:
                self._file.write(part)
                self._file.flush()  # of several files, others are read when one is opened
            except OSError as error:
                name = self.path.name
                said = f"{name} could not be copied: {short_reason(error)}. {_where_it_is(name)}"
                raise NotDroppedError(said) from error
            self.n_written += len(part)
            self.last_written = time.monotonic()

    def finish(self) -> None:
        """Close the file.

        Raises
        ------
        NotDroppedError
            If a part of it has not come.
        """
        self._file.close()
        if self.n_written != self.nbytes:
            raise NotDroppedError(f"{self.n_written} of {self.nbytes} bytes have come. Drop the file again.")

    def discard(self) -> None:
        """Remove what has come."""
        with suppress(OSError):  # what was not written yet may not fit
            self._file.close()
        self.path.unlink(missing_ok=True)
        with suppress(OSError):  # there are others beside it
            self.path.parent.rmdir()


class _Dropped:
    """A stack that was dropped, and what can be made of it; all pages that show it share its frames."""

    def __init__(self, copy: Copy, path: Path) -> None:
        self.copy = copy
        self._path = path  # of the copy, or of the folder of a sequence that it is one of
        self._first = _open(path)  # from which it may be encoded still when others are shown
        self._stacks = SceneStacks(self._first)
        self._lock = threading.Lock()

    def open(self, scene: str, axes: str) -> OpenStack:
        found = self._stacks.open(scene, axes)
        with self._lock:
            if isinstance(found.jp, OriginalStack) and found.jp.target is None:
                # The cache would keep it under a name that never comes again.
                found.jp.target = self._path.with_name(f"{secrets.token_hex(8)}{SUFFIX}")
        return found

    def discard(self) -> None:
        self._stacks.close()
        self._first.close()
        self.copy.discard()


def _open(path: Path) -> JPkl:
    return open_original(path) if is_original(path) else JPkl.load(path)


def _check_name(name: str) -> None:
    """Refuse what is no plain name of a file here, as that of a browser's file always is."""
    forbidden = rf"{_FORBIDDEN}|{_FORBIDDEN_ON_WINDOWS}" if os.name == "nt" else _FORBIDDEN
    is_plain = name.strip(" .") and not re.search(forbidden, name, re.IGNORECASE)
    if not is_plain or len(name.encode("utf-8", "replace")) > _LONGEST:
        raise NotDroppedError("A file was dropped whose name cannot be used here. Rename it.")


def _where_it_is(name: str) -> str:
    return f"Open it where it is: jpkl view {shlex.quote(name)}"


def _reason(path: Path, error: Exception) -> str:
    """Return what is wrong with a file, without where its copy is."""
    said = short_reason(error).replace(f"{path.parent}{os.sep}", "").removeprefix(f"{path.name}: ")
    what, lists_all, _ = said.partition("; JPkl encodes .")  # some eighty suffixes
    return f"{what}. All that can be opened: jpkl view --help" if lists_all else said

"""Files dropped onto a page: a browser gives their content but not their place, so they are copied."""

from __future__ import annotations

import re
import secrets
import shutil
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from jpkl import JPkl, JPklError
from jpkl.toolkit import human_bytes, short_reason
from jpkl_viewer.frames.frames import Frames
from jpkl_viewer.pages.folder import SUFFIX
from jpkl_viewer.tools.projection.projection import project

#: What is left free on the disk: a full one stops other programs, too.
_SPARE_NBYTES = 2**30


class NotDroppedError(JPklError, ValueError):
    """A file that is not, or no more, to be had here; or one that is not taken. Its text is for a page."""


@dataclass(frozen=True)
class DroppedStack:
    """A stack that was dropped, and its frames, which all pages that show it share."""

    jp: JPkl
    frames: Frames


class DroppedFiles:
    """The files that the pages of a server were given, in a temporary folder, until `close`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: Path | None = None
        self._n = 0
        self._copies: dict[str, Copy] = {}
        self._stacks: dict[str, DroppedStack] = {}

    def begin(self, name: str, nbytes: int) -> str:
        """Begin to copy a file, and return the key of the copy.

        Raises
        ------
        NotDroppedError
            If it is no stack by its name, or too large for the disk; says what to do.
        OSError
            If the temporary folder cannot be written.
        """
        if not name.lower().endswith(SUFFIX):
            raise NotDroppedError(
                f"{name} is not a {SUFFIX} file. To make one of an image file: jpkl encode {name}"
            )
        if re.search(r"[\\/\0]", name):
            raise NotDroppedError("A file was dropped whose name cannot be used here. Rename it.")
        with self._lock:
            self._folder = self._folder or Path(tempfile.mkdtemp(prefix="jpkl-dropped-"))
            free = shutil.disk_usage(self._folder).free - _SPARE_NBYTES
            if nbytes > free:
                room = f"{human_bytes(nbytes)}, and there is room for a copy of {human_bytes(max(free, 0))}"
                raise NotDroppedError(f"{name} has {room}. Open it where it is: jpkl view {name}")
            self._n += 1
            folder = self._folder / (f"dropped {self._n}" if self._n > 1 else "dropped")
            folder.mkdir()
            key = secrets.token_urlsafe(12)
            self._copies[key] = Copy(folder / name, nbytes)
        return key

    def take(self, key: str) -> Copy:
        """Return the copy of a key, once: it is written to, and then given to `add` or discarded.

        Raises
        ------
        NotDroppedError
            If there is none, or it was taken.
        """
        copy = self._copies.pop(key, None)
        if copy is None:
            raise NotDroppedError("This copy was not begun. Drop the file again.")
        return copy

    def add(self, copy: Copy) -> str:
        """Open a copy that is complete, and return the key by which `open` finds it.

        Raises
        ------
        NotDroppedError
            If it cannot be read; the copy is removed.
        """
        try:
            jp = JPkl.load(copy.finish())
        except (JPklError, OSError, ValueError) as error:
            copy.discard()
            raise NotDroppedError(f"{copy.path.name} cannot be shown: {short_reason(error)}") from error
        key = secrets.token_urlsafe(12)
        with self._lock:
            self._stacks[key] = DroppedStack(jp, Frames(jp, project))
        return key

    def open(self, key: str) -> DroppedStack:
        """Return the stack of a key.

        Raises
        ------
        NotDroppedError
            If there is none.
        """
        try:
            return self._stacks[key]
        except KeyError:
            raise NotDroppedError(
                "What is dropped onto a page is kept until the server ends. Drop the file again."
            ) from None

    def close(self) -> None:
        """Close the stacks and remove the copies."""
        with self._lock:
            for copy in self._copies.values():
                copy.discard()
            self._copies.clear()
            for stack in self._stacks.values():
                stack.jp.close()
            self._stacks.clear()
            if self._folder is not None:
                shutil.rmtree(self._folder, ignore_errors=True)
                self._folder = None


class Copy:
    """A file that comes in parts."""

    def __init__(self, path: Path, nbytes: int) -> None:
        self.path = path
        self.nbytes = nbytes
        self._file: BinaryIO = path.open("xb")

    def write(self, part: bytes) -> None:
        """Append a part.

        Raises
        ------
        OSError
            If the disk is full.
        """
        self._file.write(part)

    def finish(self) -> Path:
        """Close the file.

        Raises
        ------
        NotDroppedError
            If a part of it has not come.
        """
        self._file.close()
        if (found := self.path.stat().st_size) != self.nbytes:
            raise NotDroppedError(f"{found} of {self.nbytes} bytes have come. Drop the file again.")
        return self.path

    def discard(self) -> None:
        """Remove what has come."""
        self._file.close()
        shutil.rmtree(self.path.parent, ignore_errors=True)

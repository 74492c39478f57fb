"""The cache folder: what originals were encoded into, for the next time they are opened."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from typing import Any

from jpkl._cache_folder import cache_folder
from jpkl._file.atomic import replacing
from jpkl._originals.original import Fingerprint, Request
from jpkl._text import parse_bytes
from jpkl._version import __version__

#: Names the size of the folder, in bytes or as "20GB".
SIZE_VARIABLE = "JPKL_CACHE_SIZE"

_DEFAULT_NBYTES = 20 * 10**9

_SUFFIX, _NOTE_SUFFIX = ".jpkl", ".json"

#: Bytes of an original's name that the name of its encoded form begins with: names have at most 255.
_STEM_NBYTES = 100

#: Seconds after which a file without a note, or a temporary one, must be of a process that was killed.
_STALE = 24 * 3600

_lock = threading.Lock()


@dataclass(frozen=True)
class KeptFile:
    """A stack in the cache folder.

    Attributes
    ----------
    path : Path
        The JPkl file.
    nbytes : int
        Its size.
    used : float
        When it was opened last, in seconds since 1970.
    original : str
        What it was made from.
    scene : str or None
        Which part of that.
    fingerprint : Fingerprint
        Of the original at that time.
    """

    path: Path
    nbytes: int
    used: float
    original: str
    scene: str | None
    fingerprint: Fingerprint

    @property
    def is_current(self) -> bool:
        """Whether the original is still there, and unchanged."""
        try:
            return Fingerprint.of(self.original, with_companions=True).is_of(self.fingerprint)
        except (OSError, ValueError):
            return False

    def remove(self) -> None:
        """Remove it from the folder; who has it open, keeps it until then."""
        self.remove_at(self.path)

    @staticmethod
    def remove_at(kept: Path) -> None:
        """Remove what is kept as some file."""
        for path in (kept, _note_of(kept)):
            with contextlib.suppress(OSError):  # Windows keeps what is open
                path.unlink(missing_ok=True)


class CacheFolder:
    """The folder, bounded in bytes: what was used least recently makes room.

    Parameters
    ----------
    path : Path, optional
        By default what ``JPKL_CACHE_DIR`` names, else where this system keeps the caches of a user.
    max_nbytes : int, optional
        By default what ``JPKL_CACHE_SIZE`` says, else 20 GB.

    Raises
    ------
    ValueError
        If the variable is no size.
    """

    def __init__(self, path: Path | None = None, max_nbytes: int | None = None) -> None:
        self.path = (path or cache_folder()).absolute()
        self.max_nbytes = _default_nbytes() if max_nbytes is None else max_nbytes

    def place_of(self, request: Request, fingerprint: Fingerprint) -> Path:
        """Return where the stack of a request is to be kept, for the original as it is now."""
        of_these = _digest([fingerprint.nodes, fingerprint.changes])[:8]
        return self.path / f"{_start_of(request, fingerprint)}{of_these}{_SUFFIX}"

    def find(self, request: Request, fingerprint: Fingerprint) -> Path | None:
        """Return the stack of a request, if it is kept; it counts as used."""
        for note in self.path.glob(f"{_start_of(request, fingerprint)}*{_SUFFIX}{_NOTE_SUFFIX}"):
            kept = _noted(note)
            if kept is not None and kept.fingerprint.is_of(fingerprint):
                with contextlib.suppress(OSError):  # a folder that may only be read
                    os.utime(note)
                return kept.path
        return None

    def note(self, path: Path, request: Request, fingerprint: Fingerprint) -> None:
        """Write beside a stack what it was made from, and make room for it."""
        said = {"request": request.plain(), "fingerprint": asdict(fingerprint)}
        with replacing(_note_of(path)) as file:
            file.write(json.dumps(said, indent=1).encode())
        self.make_room(keep=path)

    def list(self) -> list[KeptFile]:
        """Return what is kept, what was used last first."""
        found = list(self._stacks())
        return sorted(found, key=lambda kept: kept.used, reverse=True)

    def make_room(self, keep: Path | None = None) -> None:
        """Remove what was used least recently, until the rest fits."""
        with _lock:
            self._remove_stale()
            total = 0
            for kept in self.list():
                total += kept.nbytes
                if total > self.max_nbytes and kept.path != keep:
                    kept.remove()

    def _remove_stale(self) -> None:
        for path in [*self.path.glob("*.part"), *self.path.glob(f"*{_SUFFIX}")]:
            with contextlib.suppress(OSError):
                is_old = time.time() - path.stat().st_mtime > _STALE
                if is_old and not (path.name.endswith(_SUFFIX) and _note_of(path).is_file()):
                    path.unlink()

    def _stacks(self) -> Iterator[KeptFile]:
        with contextlib.suppress(FileNotFoundError):
            for note in self.path.glob(f"*{_SUFFIX}{_NOTE_SUFFIX}"):
                if (kept := _noted(note)) is not None:
                    yield kept


def _start_of(request: Request, fingerprint: Fingerprint) -> str:
    """Return how names begin of what is kept of a request, also for files that are alike in size and time."""
    known = {name: value for name, value in asdict(fingerprint).items() if name not in ("nodes", "changes")}
    stem = re.sub(r"[^\w.-]+", "_", PurePath(request.path).name)
    stem = stem.encode("utf-8", "ignore")[:_STEM_NBYTES].decode("utf-8", "ignore")
    return f"{stem}-{_digest([request.plain(), known, __version__])[:20]}-"


def _digest(said: object) -> str:
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _note_of(path: Path) -> Path:
    return path.with_name(f"{path.name}{_NOTE_SUFFIX}")


def _noted(note: Path) -> KeptFile | None:
    """Return what a note is of; None where it is gone, or is none, or there is nothing that it is of."""
    with contextlib.suppress(OSError, ValueError, LookupError, TypeError, RecursionError):
        return _read(note)
    return None


def _read(note: Path) -> KeptFile:
    said: dict[str, Any] = json.loads(note.read_text("utf-8"))
    path = note.with_name(note.name.removesuffix(_NOTE_SUFFIX))
    request, fingerprint = said["request"], said["fingerprint"]
    return KeptFile(
        path,
        path.stat().st_size,
        note.stat().st_mtime,
        str(request["path"]),
        request["scene"],
        Fingerprint(**fingerprint),
    )


def _default_nbytes() -> int:
    said = os.environ.get(SIZE_VARIABLE)
    try:
        return parse_bytes(said) if said else _DEFAULT_NBYTES
    except ValueError as error:
        raise ValueError(f"{SIZE_VARIABLE}: {said!r} is not a size such as 20GB or 500MB") from error

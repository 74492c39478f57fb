"""Labels that a `JPklWriter` has got so far: a file beside its temporary file, of which `recover` reads them.

The frames' own file cannot have them before its end: what stands between two frames of a pickle would stay
there, a second time, in the file that is complete. Layout, little-endian::

    magic, length of a text u32, CRC-32 of it u32, and the text, as in `jpkl._file.labels`
    for each frame that came: number of the label image u16, of the frame u64, length u32, its bytes, and the
    CRC-32 of all these u32
"""

from __future__ import annotations

import stat
import struct
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np

from jpkl._bytes import ByteSource
from jpkl._file.atomic import DurableFile
from jpkl._file.labels import LabelTableError, checked_heads, described
from jpkl._file.parts import LABELS_SUFFIX

_MAGIC = b"JPklLbls"
_TEXT_HEAD = struct.Struct("<II")
_HEAD = struct.Struct("<HQI")
_CHECKSUM = struct.Struct("<I")


def log_path(part: Path) -> Path:
    """Return where the labels are that belong to the temporary file of a writer."""
    return part.with_name(f"{part.name}{LABELS_SUFFIX}")


class LabelLog:
    """Writes labels as they come, from any thread, so that they outlive the process.

    Parameters
    ----------
    part : Path
        The temporary file of the frames.
    labels : sequence of (name, dtype, sizes)
        As of `StoredLabels`.
    group : int
        Frames in a group.
    """

    def __init__(
        self, part: Path, labels: Sequence[tuple[str, np.dtype[Any], tuple[int, ...]]], group: int
    ) -> None:
        self.path = log_path(part)
        self._lock = threading.Lock()
        self._file = DurableFile(self.path, "xb")
        with suppress(OSError):
            self.path.chmod(stat.S_IMODE(part.stat().st_mode))
        text = described([(name, dtype, sizes, group) for name, dtype, sizes in labels])
        try:
            self._file.writelines((_MAGIC, _TEXT_HEAD.pack(len(text), crc32(text)), text))
        except BaseException:
            self.discard()
            raise
        self._position = self._file.tell()

    def append(self, label: int, frame: int, data: bytes) -> None:
        """Write a frame of a label image; where that fails, those before it stay."""
        record = _HEAD.pack(label, frame, len(data)) + data
        with self._lock:
            try:
                self._file.writelines((record, _CHECKSUM.pack(crc32(record))))
            except BaseException:
                self._file.seek(self._position)
                self._file.truncate()
                raise
            self._position = self._file.tell()

    def keep(self) -> None:
        """Close the file and leave it where it is."""
        self._file.close()

    def discard(self) -> None:
        """Remove the file."""
        self._file.close()
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True, eq=False)
class LoggedLabels:
    """One label image of a log.

    Attributes
    ----------
    name, dtype, sizes, group
        See `StoredLabels`.
    places : dict from int to (int, int)
        Where the bytes of each frame are that came: offset and length.
    """

    name: str
    dtype: np.dtype[Any]
    sizes: tuple[int, ...]
    group: int
    places: dict[int, tuple[int, int]]

    @property
    def n_frames(self) -> int:
        """Frames that there are once all have come."""
        return prod(self.sizes)


def read_label_log(
    source: ByteSource, dim_sizes: tuple[int, ...], frame_shape: tuple[int, int]
) -> tuple[LoggedLabels, ...]:
    """Return the label images of a log, as far as they were written.

    Parameters
    ----------
    source : ByteSource
        The log; not to be trusted.
    dim_sizes, frame_shape : tuple of int
        Of the stack.

    Raises
    ------
    LabelTableError
        If it is none, or of another stack.
    """
    start = source.read_at(0, len(_MAGIC) + _TEXT_HEAD.size)
    if not start.startswith(_MAGIC) or len(start) < len(_MAGIC) + _TEXT_HEAD.size:
        raise LabelTableError("it does not begin as it should")
    length, checksum = _TEXT_HEAD.unpack_from(start, len(_MAGIC))
    text = source.read_at(len(start), min(length, source.size))
    if crc32(text) != checksum:
        raise LabelTableError("its description is damaged")
    heads = checked_heads(text, dim_sizes, frame_shape)
    labels = tuple(LoggedLabels(*head, places={}) for head in heads)
    at = len(start) + length
    while (place := _next(source, at)) is not None:
        number, frame, at, nbytes = place
        if number >= len(labels) or frame >= labels[number].n_frames:
            break
        labels[number].places[frame] = at, nbytes
        at += nbytes + _CHECKSUM.size
    return labels


def _next(source: ByteSource, at: int) -> tuple[int, int, int, int] | None:
    """Return label image, frame, and place of the bytes of a record; None where it is not whole."""
    head = source.read_at(at, _HEAD.size)
    if len(head) < _HEAD.size:
        return None
    number, frame, length = _HEAD.unpack(head)
    start = at + _HEAD.size
    if start + length + _CHECKSUM.size > source.size:
        return None
    rest = source.read_at(start, length + _CHECKSUM.size)
    if rest[length:] != _CHECKSUM.pack(crc32(rest[:length], crc32(head))):
        return None
    return number, frame, start, length

"""Stores of encoded frames: in memory, or in a file and read when they are wanted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from jpkl._bytes import ByteSource, LocalFile, open_bytes
from jpkl._dims import FrameIndex, index_of
from jpkl._errors import ClosedStackError, FormatError, FrameChecksumError, FrameDecodeError
from jpkl._pickle.values import Encoding


class FrameStore(ABC):
    """Encoded frames by number (C order of the dims). Thread-safe.

    Attributes
    ----------
    path : str or None
        The file that they come from.
    lengths : ndarray of int64, shape (n,)
        Bytes that each frame takes.
    """

    path: str | None
    lengths: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.lengths)

    @property
    def nbytes(self) -> int:
        """Bytes that all frames take."""
        return int(self.lengths.sum())

    def locate(self, number: int, dim_sizes: tuple[int, ...]) -> FrameIndex:
        """Return the index of a frame in its file, for messages; ``dim_sizes`` are those of the stack."""
        return index_of(number, dim_sizes)

    @abstractmethod
    def read(self, number: int) -> bytes:
        """Return one encoded frame.

        Raises
        ------
        FrameChecksumError
            If its bytes are not those that were written.
        FormatError
            If the file has no checksums, and was overwritten since it was opened.
        ClosedStackError
            If the store was closed.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the file."""

    @property
    @abstractmethod
    def closed(self) -> bool:
        """Whether frames can no longer be read."""


class MemoryFrames(FrameStore):
    """Encoded frames in memory.

    Parameters
    ----------
    frames : sequence of bytes
        In C order of the dims.
    path : str, optional
        The file that they were read from.
    """

    def __init__(self, frames: Sequence[bytes], path: str | None = None) -> None:
        self.path = path
        self.lengths = np.array([len(frame) for frame in frames], dtype=np.int64)
        self._frames = list(frames)

    def read(self, number: int) -> bytes:
        if number < 0:
            raise IndexError(f"frame number {number}")
        return self._frames[number]

    def close(self) -> None:
        """Do nothing: memory stays readable."""

    @property
    def closed(self) -> bool:
        return False


@dataclass(frozen=True, eq=False)
class FrameMap:
    """Where each frame of a file is, by frame number.

    Attributes
    ----------
    dim_sizes : tuple of int
        Length of each dim.
    offsets, lengths : ndarray of int64, shape (n,)
        Where the stored form is.
    checksums : ndarray of uint32, shape (n,), or None
        CRC-32 of each frame, where the file has them.
    encodings : ndarray of uint8, shape (n,), or None
        How bytes are stored (see `Encoding`); None where all are raw.
    inline : sequence of bytes
        Frames that are not in the file as they are; their offset is an index into this.
    """

    dim_sizes: tuple[int, ...]
    offsets: NDArray[np.int64]
    lengths: NDArray[np.int64]
    checksums: NDArray[np.uint32] | None = None
    encodings: NDArray[np.uint8] | None = None
    inline: Sequence[bytes] = ()

    def encoding(self, number: int) -> Encoding:
        """Return how a frame is stored."""
        return Encoding.RAW if self.encodings is None else Encoding(int(self.encodings[number]))


class FileFrames(FrameStore):
    """Frames in a file, each read when it is wanted.

    A pickled store opens its file again, and only if it is still the same.

    Parameters
    ----------
    source : ByteSource
        The file; the store closes it.
    places : FrameMap
        Where the frames are.
    """

    def __init__(self, source: ByteSource, places: FrameMap) -> None:
        self.path = source.name
        self.lengths = places.lengths
        self._source = source
        self._places = places

    @property
    def places(self) -> FrameMap:
        """Where the frames are."""
        return self._places

    def read(self, number: int) -> bytes:
        places = self._places
        if not 0 <= number < len(self):
            raise IndexError(f"frame number {number} of {len(self)}")
        if self.closed:
            raise ClosedStackError(f"{self._source.label} was closed")
        encoding = places.encoding(number)
        offset, length = int(places.offsets[number]), int(places.lengths[number])
        if encoding is Encoding.INLINE:
            return places.inline[offset]
        stored = self._source.read_at(offset, length)
        if len(stored) < length:
            raise self._changed(number, "the file became shorter after it was opened")
        if places.checksums is None:
            self._check_unwritten()
        elif crc32(stored) != places.checksums[number]:
            raise self._changed(number, "its bytes are not those that were written (CRC-32 differs)")
        return self._decode(number, encoding, stored)

    def _check_unwritten(self) -> None:
        """Raise if the file was overwritten: without checksums, any bytes would pass for the frame."""
        if not self._source.is_unwritten:
            raise FormatError("the file was overwritten since it was opened; load it again", path=self.path)

    def _decode(self, number: int, encoding: Encoding, stored: bytes) -> bytes:
        try:
            return encoding.decode(stored)
        except UnicodeError as error:
            index = index_of(number, self._places.dim_sizes)
            raise FrameDecodeError(
                f"it is stored as invalid text: {error}", frame_index=index, path=self.path
            ) from error

    def _changed(self, number: int, what: str) -> FrameChecksumError:
        return FrameChecksumError(what, frame_index=index_of(number, self._places.dim_sizes), path=self.path)

    def close(self) -> None:
        self._source.close()

    @property
    def closed(self) -> bool:
        return self._source.closed

    def __reduce__(self) -> tuple[object, ...]:
        if self.closed:
            raise ClosedStackError(f"{self._source.label} was closed, and cannot be sent to another process")
        if self.path is None:
            raise TypeError("a stack of a file object cannot be sent to another process; load it by its path")
        return _reopen, (self.path, _fingerprint(self._source), self._places)


def _fingerprint(source: ByteSource) -> tuple[int, ...]:
    """Return numbers that change when a file does."""
    return source.fingerprint if isinstance(source, LocalFile) else (source.size,)


def _reopen(path: str, fingerprint: tuple[int, ...], places: FrameMap) -> FileFrames:
    source = open_bytes(path)
    if _fingerprint(source) != fingerprint:
        source.close()
        raise FormatError("the file changed since the stack was opened; load it again", path=path)
    return FileFrames(source, places)

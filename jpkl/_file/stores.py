"""Stores of encoded frames: in memory, or in a file and read when they are wanted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from jpkl._bytes import ByteSource
from jpkl._dims import FrameIndex, index_of
from jpkl._errors import ClosedStackError, FormatError, FrameChecksumError, FrameDecodeError
from jpkl._file.columns import Numbers, pages_of
from jpkl._file.schema import StackInfo
from jpkl._pickle.values import Encoding
from jpkl._pipeline import Stop, ordered_map, resolve_requests


class FrameStore(ABC):
    """Encoded frames by number (C order of the dims). Thread-safe.

    Attributes
    ----------
    path : str or None
        The file that they come from.
    lengths : ndarray of int64 or Column, shape (n,)
        Bytes that each frame takes.
    """

    path: str | None
    lengths: Numbers

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

    @property
    def is_checked(self) -> bool:
        """Whether what `read` returns is known to be what was encoded; if not, only decoding finds damage."""
        return True

    def has_at_hand(self, number: int) -> bool:
        """Return whether `read` waits for memory or a disk at most: not for a server or a reader."""
        return True

    @property
    def written(self) -> NDArray[np.bool_]:
        """Which frames are there, shape (n,), read-only: all, unless the file is still being written."""
        return np.broadcast_to(np.True_, len(self))

    @property
    def newest(self) -> int | None:
        """Number of the frame that was written last, where the file is still being written."""
        return None

    @property
    def is_growing(self) -> bool:
        """Whether somebody is writing more frames."""
        return False

    def refresh(self) -> int:
        """Look for frames that have been written since; return how many there are."""
        return 0

    def final_info(self) -> StackInfo | None:
        """Return what a file that was being written says now that it is whole; else None."""
        return None

    @property
    def batch_nbytes(self) -> int:
        """How many bytes of frames are worth reading together; 0 where it makes no difference."""
        return 0

    def read_many(self, numbers: Sequence[int]) -> list[bytes]:
        """Return encoded frames, read together where that is faster; raises as `read` does."""
        return [self.read(number) for number in numbers]

    def read_all(self) -> Iterator[bytes]:
        """Read all frames, one after the other."""
        return (self.read(number) for number in range(len(self)))

    def is_of(self, file: object) -> bool:
        """Return whether frames are read from that open file of the caller's, when they are wanted."""
        return False

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
    is_checked : bool
        See `FrameStore.is_checked`.
    """

    def __init__(self, frames: Sequence[bytes], path: str | None = None, *, is_checked: bool = True) -> None:
        self.path = path
        self._is_checked = is_checked
        self.lengths = np.array([len(frame) for frame in frames], dtype=np.int64)
        self._frames = list(frames)

    @property
    def is_checked(self) -> bool:
        return self._is_checked

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
    offsets, lengths : ndarray of int64 or Column, shape (n,)
        Where the stored form is.
    checksums : ndarray of int64 or Column, shape (n,), or None
        CRC-32 of each frame, where the file has them.
    encodings : ndarray of uint8, shape (n,), or None
        How bytes are stored (see `Encoding`); None where all are raw.
    inline : sequence of bytes
        Frames that are not in the file as they are; their offset is an index into this.
    """

    dim_sizes: tuple[int, ...]
    offsets: Numbers
    lengths: Numbers
    checksums: Numbers | None = None
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

    @property
    def is_checked(self) -> bool:
        return self._places.checksums is not None

    def read(self, number: int) -> bytes:
        place = self._place_of(number)
        if place is None:
            return self._places.inline[int(self._places.offsets[number])]
        return self._checked(number, self._source.read_ranges([place])[0])

    def has_at_hand(self, number: int) -> bool:
        if not self.batch_nbytes:
            return True
        place = self._place_of(number)
        return place is None or self._source.has_at_hand(*place)

    def _place_of(self, number: int) -> tuple[int, int] | None:
        """Return offset and length of what is stored of a frame; None where it is in memory."""
        places = self._places
        if not 0 <= number < len(self):
            raise IndexError(f"frame number {number} of {len(self)}")
        if self.closed:
            raise ClosedStackError(f"{self._source.label} was closed")
        if places.encoding(number) is Encoding.INLINE:
            return None
        return int(places.offsets[number]), int(places.lengths[number])

    @property
    def batch_nbytes(self) -> int:
        return self._source.batch_nbytes

    def read_many(self, numbers: Sequence[int]) -> list[bytes]:
        if not self.batch_nbytes:
            return super().read_many(numbers)
        places = {number: self._place_of(number) for number in numbers}
        spans = {number: place for number, place in places.items() if place is not None}
        stored = dict(zip(spans, self._source.read_ranges(list(spans.values())), strict=True))
        return [
            self._checked(number, stored[number]) if number in stored else self.read(number)
            for number in numbers
        ]

    def read_all(self) -> Iterator[bytes]:
        if not self.batch_nbytes:
            yield from super().read_all()
            return
        batches = batches_of(self.lengths, self.batch_nbytes)

        def read(batch: range, stop: Stop) -> list[bytes]:
            stop.check()
            return self.read_many(batch)

        with closing(ordered_map(read, batches, workers=resolve_requests())) as found:
            for frames in found:
                yield from frames

    def _checked(self, number: int, stored: bytes) -> bytes:
        """Return the frame that was stored as some bytes, if these are those that were written."""
        places = self._places
        if len(stored) < places.lengths[number]:
            raise self._changed(number, "the file became shorter after it was opened")
        if places.checksums is None:
            self._check_unwritten()
        elif crc32(stored) != places.checksums[number]:
            if self._source.batch_nbytes:  # of a server: there, files are replaced
                self._check_unwritten()
            raise self._changed(number, "its bytes are not those that were written (CRC-32 differs)")
        return self._decode(number, places.encoding(number), stored)

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

    def is_of(self, file: object) -> bool:
        return self._source.is_of(file)

    def close(self) -> None:
        self._source.close()

    @property
    def closed(self) -> bool:
        return self._source.closed

    def __reduce__(self) -> tuple[object, ...]:
        if self.closed:
            raise ClosedStackError(f"{self._source.label} was closed, and cannot be sent to another process")
        return FileFrames, (self._source, self._places)


def batches_of(lengths: Numbers, batch_nbytes: int) -> list[range]:
    """Divide frames, in their order, into batches of about some bytes, of one frame at least.

    Examples
    --------
    >>> batches_of(np.array([5, 5, 5, 20, 1]), 10)
    [range(0, 2), range(2, 3), range(3, 4), range(4, 5)]
    """
    batches, start, total = [], 0, 0
    for i, length in enumerate(length for page in pages_of(lengths) for length in page.tolist()):
        if i > start and total + length > batch_nbytes:
            batches.append(range(start, i))
            start, total = i, 0
        total += length
    return [*batches, range(start, len(lengths))] if len(lengths) else []

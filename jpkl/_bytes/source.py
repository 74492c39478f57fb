"""What all sources of bytes have in common, and bytes in memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence


class ByteSource(ABC):
    """Bytes that can be read at any offset, from any thread.

    Pickled, it is opened again, if it is still the same.

    Attributes
    ----------
    name : str or None
        The path or URL, for messages; None for bytes in memory. Of a URL, what may hold a secret is left out.
    size : int
        Number of bytes.
    version : str
        What changes when the file does, as far as a server says it; empty for others.
    batch_nbytes : int
        How many bytes are worth asking for together, as each request takes its time; 0 where none does.
    """

    name: str | None = None
    size: int
    version: str = ""
    batch_nbytes: int = 0

    @property
    def label(self) -> str:
        """What messages call it."""
        return self.name or "the file"

    @abstractmethod
    def read_at(self, offset: int, count: int) -> bytes:
        """Return `count` bytes from `offset`; fewer only where the source ends."""

    def read_ranges(self, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        """Return the bytes of each (offset, count), those and no others; fewer only where the source ends."""
        return [self.read_at(offset, count) for offset, count in ranges]

    def has_at_hand(self, offset: int, count: int) -> bool:
        """Return whether reading these bytes takes no request."""
        return True

    def is_of(self, file: object) -> bool:
        """Return whether bytes are read from that open file of the caller's."""
        return False

    @abstractmethod
    def close(self) -> None:
        """Let go of the file; reading afterwards raises ClosedStackError."""

    @property
    @abstractmethod
    def closed(self) -> bool:
        """Whether `close` was called."""

    @property
    def is_unwritten(self) -> bool:
        """Whether nobody has written to what was opened since, as far as can be known."""
        return True


class MemoryBytes(ByteSource):
    """Bytes in memory."""

    def __init__(self, data: bytes, name: str | None = None) -> None:
        self.name = name
        self.size = len(data)
        self._data = data

    def read_at(self, offset: int, count: int) -> bytes:
        return self._data[offset : offset + count]

    def close(self) -> None:
        """Do nothing: there is no file."""

    @property
    def closed(self) -> bool:
        return False

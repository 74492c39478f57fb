"""A forward cursor over a byte source: reads opcodes in windows, skips payloads by seeking."""

from __future__ import annotations

from jpkl._bytes import ByteSource
from jpkl._errors import FormatError, TruncatedFileError

# After a skip only the few bytes between two payloads are wanted; while skips stay inside the
# window (small payloads), larger reads are cheaper.
_FIRST_READ = 4 * 1024
_LARGEST_READ = 64 * 1024


class Window:
    """A position in a byte source, and the bytes right after it.

    Nothing is read that does not lie before `limit`, which is the end of the pickle's current
    FRAME, or of the file where there is none.

    Parameters
    ----------
    source : ByteSource
        What to read.
    clip_frames : bool
        Let a FRAME that says that it is longer than the file end where the file ends
        (to recover a file that was cut off) instead of raising.

    Attributes
    ----------
    buffer, base, at
        The bytes at hand, where they begin in the file, and the index in them of the current
        position.
    room : int
        How many bytes of `buffer` lie before `limit`.
    """

    __slots__ = ("_clip_frames", "_next_read", "_source", "at", "base", "buffer", "limit", "room")

    def __init__(self, source: ByteSource, *, clip_frames: bool = False) -> None:
        self._source = source
        self._clip_frames = clip_frames
        self._next_read = _FIRST_READ
        self.base = 0
        self.buffer = b""
        self.at = 0
        self.room = 0
        self.limit = source.size

    @property
    def position(self) -> int:
        """Offset in the file of the next byte."""
        return self.base + self.at

    def opcode(self) -> int:
        """Return the next byte, leaving the FRAME that ends here."""
        if self.at >= self.room:
            if self.position >= self.limit:
                self.limit = self._source.size
            self.fill(1)
        value = self.buffer[self.at]
        self.at += 1
        return value

    def take(self, count: int) -> bytes:
        """Return the next `count` bytes and step over them."""
        end = self.at + count
        if end > self.room:
            self.fill(count)
            end = count
        data = self.buffer[self.at : end]
        self.at = end
        return data

    def byte(self) -> int:
        """Return the next byte and step over it."""
        if self.at >= self.room:
            self.fill(1)
        value = self.buffer[self.at]
        self.at += 1
        return value

    def number(self, count: int) -> int:
        """Return the unsigned little-endian number of the next `count` bytes."""
        return int.from_bytes(self.take(count), "little")

    def skip(self, count: int) -> int:
        """Step over `count` bytes without reading them; return where they begin."""
        start = self.position
        if start + count > self.limit:
            raise self._short(count)
        self.at += count
        if self.at > len(self.buffer):
            self._next_read = _FIRST_READ
            self._move_to(start + count, b"")
        return start

    def fill(self, count: int) -> None:
        """Have at least `count` bytes in the buffer, from the current position on."""
        start = self.position
        if start + count > self.limit:
            raise self._short(count)
        self._read(count)
        if self.room < count:
            raise TruncatedFileError("the file became shorter while it was read", offset=start)

    def peek(self) -> int | None:
        """Return the byte that `opcode` would return, without the step; None at the end."""
        if self.at >= self.room:
            if self.position >= self.limit:
                self.limit = self._source.size
            self.look_ahead(1)
        return self.buffer[self.at] if self.at < self.room else None

    def look_ahead(self, count: int) -> None:
        """Have `count` bytes in the buffer, or as many as there are before the limit."""
        if self.room - self.at < count and self.base + self.room < self.limit:
            self._read(count)

    def _read(self, count: int) -> None:
        start = self.position
        wanted = max(count, self._next_read)
        self._next_read = min(2 * self._next_read, _LARGEST_READ)
        self._move_to(start, self._source.read_at(start, min(wanted, self._source.size - start)))

    def line(self, longest: int) -> bytes:
        """Return the text up to the next newline and step over both."""
        count = self.line_length()
        if count > longest:
            raise FormatError(
                f"a line of {count} bytes where at most {longest} are expected", offset=self.position
            )
        return self.take(count + 1)[:-1]

    def line_length(self) -> int:
        """Return how many bytes there are before the next newline, keeping the position."""
        found = self.buffer.find(b"\n", self.at, self.room)
        if found >= 0:
            return found - self.at
        start = place = self.position
        while place < self.limit:
            chunk = self._source.read_at(place, min(_LARGEST_READ, self.limit - place))
            found = chunk.find(b"\n")
            if found >= 0:
                return place + found - start
            if not chunk:
                break
            place += len(chunk)
        raise self._short(self.limit - start + 1)

    def enter_frame(self, length: int) -> None:
        """Begin a FRAME: the next `length` bytes hold whole opcodes."""
        start = self.position
        if self.limit != self._source.size:
            raise FormatError("a FRAME begins inside another one", offset=start)
        if start + length > self._source.size:
            if not self._clip_frames:
                raise self._short(length)
            length = self._source.size - start
        self.limit = start + length
        self._move_to(start, self.buffer[self.at :])

    def _move_to(self, start: int, data: bytes) -> None:
        self.base, self.buffer, self.at = start, data, 0
        self.room = min(len(data), self.limit - start)

    def _short(self, count: int) -> FormatError:
        start = self.position
        if self.limit < self._source.size:
            return FormatError(f"an opcode of {count} bytes runs over the end of its FRAME", offset=start)
        left = self._source.size - start
        return TruncatedFileError(
            f"the file ends too early: of the next {count} bytes, it has {left}. "
            "If it was cut off, `jpkl recover` brings back its frames",
            offset=start,
        )

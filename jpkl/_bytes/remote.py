"""Files behind URLs, read by ranges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any, TypeAlias

from jpkl._bytes.connection import result_of
from jpkl._bytes.source import ByteSource
from jpkl._bytes.transport import Transport, Version
from jpkl._errors import ClosedStackError, FormatError

#: Makes a transport of a URL and options.
Connect: TypeAlias = Callable[[str, Mapping[str, Any]], Transport]

#: How much of the beginning and of the end is read at once: a stack opens by these two.
_HEAD, _TAIL = 64 * 1024, 128 * 1024

#: Bytes to read ahead where opcodes are read one after the other.
_BLOCK = 256 * 1024

#: Bytes that are worth a request of their own.
_BATCH = 2 * 2**20

#: Ranges with a gap of at most so many bytes are read by one request, unless that would be longer than this.
_GAP, _LONGEST = 16 * 1024, 8 * 2**20


class RemoteFile(ByteSource):
    """A file behind a URL.

    Parameters
    ----------
    connect : callable
        Makes a transport of a URL and its options.
    url : str
        The URL.
    options : mapping
        Options of its file system.
    version : Version, optional
        The only one to read; by default what is there now.

    Raises
    ------
    OSError
        If it cannot be read.
    """

    def __init__(
        self,
        connect: Connect,
        url: str,
        options: Mapping[str, Any],
        version: Version | None = None,
    ) -> None:
        self._again = (connect, url, dict(options))
        self._transport: Transport | None = connect(url, options)
        self.name: str = self._transport.label
        self._pieces: dict[int, bytes] = {}
        self._block = (0, b"")
        if version is None:
            begun = self._transport.begin(_HEAD)
            version = begun.version
            if begun.head:
                self._pieces[0] = begun.head
        self._version = version
        self.size, self.version = version.size, f"{version.tag} {version.modified}"
        # Of a small file; or of any, if the server knows no ranges.
        self._is_whole = len(self._pieces.get(0, b"")) == self.size
        self.batch_nbytes = 0 if self._is_whole else _BATCH

    @property
    def is_unwritten(self) -> bool:
        return self._open_transport().is_unwritten(self._version)

    def read_at(self, offset: int, count: int) -> bytes:
        self._open_transport()
        count = max(0, min(count, self.size - offset))
        if (held := self._held(offset, count)) is not None:
            return held
        piece = self._piece_of(offset, count)
        if piece is None:
            return self._read_rest(offset, count)
        start, length = piece
        data = self._pieces[start] = self._read(start, length)
        return data[offset - start : offset - start + count]

    def _piece_of(self, offset: int, count: int) -> tuple[int, int] | None:
        """Return beginning or end of the file, with its length, if a range is in it."""
        tail = max(0, self.size - _TAIL)
        if offset + count <= _HEAD:
            return 0, min(_HEAD, self.size)
        return (tail, self.size - tail) if offset >= tail else None

    def _held(self, offset: int, count: int) -> bytes | None:
        if count <= 0:
            return b""
        for start, data in (*self._pieces.items(), self._block):
            if start <= offset and offset + count <= start + len(data):
                return data[offset - start : offset - start + count]
        return None

    def _read_rest(self, offset: int, count: int) -> bytes:
        """Read what no piece holds: but where one has the first or the last of it, only what lies between."""
        end = offset + count
        before = after = b""
        for start, data in tuple(self._pieces.items()):  # to which other threads may add
            if start <= offset < start + len(data):
                before = data[offset - start :]
            elif start < end <= start + len(data):
                after = data[: end - start]
        if before or after or count >= _BLOCK:
            between = self._read(offset + len(before), count - len(before) - len(after))
            return before + between + after
        ahead = self._read(offset, min(_BLOCK, self.size - offset))
        self._block = (offset, ahead)
        return ahead[:count]

    def _read(self, offset: int, count: int) -> bytes:
        return result_of(self._open_transport().submit(offset, count, self._version))

    def read_ranges(self, ranges: Sequence[tuple[int, int]]) -> list[bytes]:
        """Read ranges in as few requests as that takes, all of which are under way at once."""
        transport = self._open_transport()
        inside = [(offset, max(0, min(count, self.size - offset))) for offset, count in ranges]
        held = [self._held(offset, count) for offset, count in inside]
        missing = [place for place, data in zip(inside, held, strict=True) if data is None]
        futures = [
            (start, transport.submit(start, count, self._version)) for start, count in together(missing)
        ]
        spans = _results(futures)
        return [
            _cut(spans, *place) if data is None else data for place, data in zip(inside, held, strict=True)
        ]

    def has_at_hand(self, offset: int, count: int) -> bool:
        return self._held(offset, count) is not None

    def _open_transport(self) -> Transport:
        if self._transport is None:
            raise ClosedStackError(f"{self.name} is closed")
        return self._transport

    def close(self) -> None:
        self._transport = None

    @property
    def closed(self) -> bool:
        return self._transport is None

    def __reduce__(self) -> tuple[object, ...]:
        return _reopen, (*self._again, self._version, self._is_whole)


def _reopen(
    connect: Connect, url: str, options: Mapping[str, Any], version: Version, is_whole: bool
) -> RemoteFile:
    """Open a file again; where its parts can be asked for, each is compared by its version when it comes."""
    source = RemoteFile(connect, url, options, None if is_whole else version)
    if not source._version.is_of(version):
        raise FormatError("it has changed on the server since it was opened; load it again", path=source.name)
    return source


def together(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the ranges to ask for: neighbors are one.

    Examples
    --------
    >>> together([(100, 50), (0, 90), (1000000, 20)])
    [(0, 150), (1000000, 20)]
    """
    found: list[tuple[int, int]] = []
    for offset, count in sorted(ranges):
        if found:
            start, length = found[-1]
            end = max(start + length, offset + count)
            if offset <= start + length + _GAP and end - start <= max(_LONGEST, length):
                found[-1] = (start, end - start)
                continue
        found.append((offset, count))
    return found


def _results(futures: Sequence[tuple[int, Future[bytes]]]) -> list[tuple[int, bytes]]:
    try:
        return [(start, result_of(future)) for start, future in futures]
    finally:
        for _, future in futures:  # if one has failed, the others are of no use
            future.cancel()


def _cut(spans: Sequence[tuple[int, bytes]], offset: int, count: int) -> bytes:
    for start, data in spans:
        if start <= offset and offset + count <= start + len(data):
            return data[offset - start : offset - start + count]
    raise AssertionError("a range was not read")

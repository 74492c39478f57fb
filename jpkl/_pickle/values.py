"""What the pickle reader makes in place of objects: spans of the file, and a compact table of frames."""

from __future__ import annotations

import datetime
from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from jpkl._bytes import ByteSource
from jpkl._errors import FormatError
from jpkl._text import with_article

SCALARS = (
    type(None),
    bool,
    int,
    float,
    complex,
    str,
    bytes,
    datetime.date,
    datetime.time,
    datetime.datetime,
    datetime.timedelta,
    datetime.timezone,
)
"""Types of which one value holds no other value: the only ones that may be dict keys or set items."""


_LONGEST_KEY = 64


def may_be_key(value: Any) -> bool:
    """Return whether a value may be a dict key or set item: a scalar, or a flat tuple of scalars."""
    if type(value) is tuple:
        return len(value) <= _LONGEST_KEY and all(map(is_scalar, value))
    return is_scalar(value)


def is_scalar(value: Any) -> bool:
    """Return whether a value holds no other values."""
    return type(value) in SCALARS or isinstance(value, np.generic)


def kind_of(value: Any) -> str:
    """Return what a message calls the type of a value of the reader's stack."""
    if isinstance(value, Span):
        return value.kind
    return "dict" if isinstance(value, FrameTable) else type(value).__name__.lstrip("_")


def describe_type(value: Any) -> str:
    """Return what a message calls a value of the reader's stack, with its article.

    Examples
    --------
    >>> describe_type(1), describe_type({})
    ('an int', 'a dict')
    """
    return with_article(kind_of(value))


class Encoding(IntEnum):
    """How bytes are written in the file."""

    RAW = 0
    UTF8 = 1  # as text, one latin-1 character per byte: protocols 1 and 2
    ESCAPED = 2  # as a line of raw-unicode-escape text: protocol 0
    INLINE = 3  # not at all: `offset` is an index into a list of small values

    def decode_text(self, stored: bytes) -> str:
        """Return the text that `stored` stands for."""
        if self is Encoding.UTF8:
            return stored.decode("utf-8", "surrogatepass")
        return stored.decode("raw-unicode-escape")

    def decode(self, stored: bytes) -> bytes:
        """Return the bytes that `stored` stands for.

        Raises
        ------
        UnicodeError
            If it is not text of characters below 256.
        """
        return stored if self is Encoding.RAW else self.decode_text(stored).encode("latin-1")


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """Bytes, or text, that stay in the file until somebody wants them.

    Attributes
    ----------
    offset, length : int
        Where the stored form is.
    encoding : Encoding
        How it is stored.
    kind : {"bytes", "bytearray", "str"}
        What it stands for.
    """

    offset: int
    length: int
    encoding: Encoding = Encoding.RAW
    kind: Literal["bytes", "bytearray", "str"] = "bytes"

    def read(self, source: ByteSource) -> bytes | bytearray | str:
        """Return the value itself."""
        stored = source.read_at(self.offset, self.length)
        try:
            if self.kind == "str":
                return self.encoding.decode_text(stored)
            value = self.encoding.decode(stored)
        except UnicodeError as error:
            raise FormatError(f"invalid text: {error}", offset=self.offset) from error
        return value if self.kind == "bytes" else bytearray(value)


class BuildTarget:
    """An object that a pickle makes in two steps: a call, then its state (BUILD)."""

    def build(self, state: Any) -> None:
        """Take the state."""
        raise FormatError(f"{type(self).__name__} takes no state")

    def value(self) -> Any:
        """Return the finished object."""
        raise NotImplementedError


class FrameTable:
    """The `images` dict: frame keys and where their bytes are, in flat columns.

    A Python dict of 200,000 tuples and spans would take 60 MB and hash every key. Here a frame
    takes 17 bytes and 8 per dim. Keys and values that are no frames are kept aside in `misfits`.
    """

    def __init__(self) -> None:
        self.n_dims: int | None = None
        self.inline: list[bytes] = []
        self.misfits: dict[Any, Any] = {}
        self._keys = array("q")
        self._offsets = array("q")
        self._lengths = array("q")
        self._encodings = array("B")
        self._memo_slots = array("q")
        self._memo_values = array("q")

    def __len__(self) -> int:
        return len(self._offsets)

    def append(self, key: list[int], offset: int, length: int, encoding: int = Encoding.RAW) -> int:
        """Add a frame whose key has `n_dims` items; return its row."""
        self._keys.extend(key)
        self._offsets.append(offset)
        self._lengths.append(length)
        self._encodings.append(encoding)
        return len(self._offsets) - 1

    def set(self, key: Any, value: Any) -> bool:
        """Add an item; return whether it is a frame, and so was taken."""
        indices = frame_key(key)
        if isinstance(value, BuildTarget):
            value = value.value()
        if indices is None or not isinstance(value, (Span, bytes, bytearray)):
            return False
        if self.n_dims is None:
            self.n_dims = len(indices)
        if len(indices) != self.n_dims:
            return False
        if isinstance(value, Span):
            self.append(indices, value.offset, value.length, value.encoding)
        else:
            self.append(indices, len(self.inline), len(value), Encoding.INLINE)
            self.inline.append(bytes(value))
        return True

    def items(self, start: int = 0) -> Iterator[tuple[tuple[int, ...], Span | bytes]]:
        """Iterate over key and bytes of each frame, in the order of the file."""
        return ((self.key(row), self.frame(row)) for row in range(start, len(self)))

    def key(self, row: int) -> tuple[int, ...]:
        """Return the key of the frame that came `row`-th."""
        n_dims = self.n_dims or 0
        return tuple(self._keys[row * n_dims : (row + 1) * n_dims])

    def frame(self, row: int) -> Span | bytes:
        """Return where the bytes of the frame that came `row`-th are."""
        if self._encodings[row] == Encoding.INLINE:
            return self.inline[self._offsets[row]]
        return Span(self._offsets[row], self._lengths[row], Encoding(self._encodings[row]))

    def remembered_from(self, row: int) -> list[int]:
        """Return the memo slots that stand for the frames from `row` on."""
        return list(self._memo_slots[bisect_left(self._memo_values, 2 * row) :])

    def drop_from(self, row: int) -> None:
        """Forget the frames from `row` on."""
        del self._keys[row * (self.n_dims or 0) :]
        del self._offsets[row:]
        del self._lengths[row:]
        del self._encodings[row:]
        del self._memo_slots[bisect_left(self._memo_values, 2 * row) :]
        del self._memo_values[bisect_left(self._memo_values, 2 * row) :]

    def remember(self, slot: int, row: int, parts: list[int]) -> None:
        """Note that memo slots from `slot` on stand for a row's key (part 0) or bytes (part 1).

        Slots only grow.
        """
        for part in parts:
            self._memo_slots.append(slot)
            self._memo_values.append(2 * row + part)
            slot += 1

    def recall(self, slot: int) -> Any:
        """Return what the memo's `slot` stands for."""
        row, is_frame = divmod(self._memo_values[bisect_left(self._memo_slots, slot)], 2)
        return self.frame(row) if is_frame else self.key(row)

    def keys(self) -> NDArray[np.int64]:
        """Return all keys, shape (n, n_dims), while nothing is added."""
        n_dims = self.n_dims or 0
        return np.frombuffer(self._keys, np.int64, len(self) * n_dims).reshape(len(self), n_dims)

    def columns(self, n_dims: int) -> FrameColumns:
        """Return the table as arrays; `n_dims` matters where it is empty."""
        return FrameColumns(
            keys=np.array(self._keys, dtype=np.int64).reshape(len(self), n_dims),
            offsets=np.array(self._offsets, dtype=np.int64),
            lengths=np.array(self._lengths, dtype=np.int64),
            encodings=np.array(self._encodings, dtype=np.uint8),
        )


@dataclass(frozen=True, slots=True, eq=False)
class FrameColumns:
    """Frames as arrays: keys (n, n_dims) int64, offsets and lengths (n,) int64, encodings (n,) uint8."""

    keys: NDArray[np.int64]
    offsets: NDArray[np.int64]
    lengths: NDArray[np.int64]
    encodings: NDArray[np.uint8]


def frame_key(key: Any) -> list[int] | None:
    """Return a frame key as a list of Python ints; None where it is no tuple of ints.

    Examples
    --------
    >>> frame_key((0, 5)), frame_key((True, 5)), frame_key("a")
    ([0, 5], None, None)
    """
    if type(key) is not tuple or not all(_is_index(item) for item in key):
        return None
    return [int(item) for item in key]


def _is_index(item: Any) -> bool:
    if type(item) is int:
        return -(2**63) <= item < 2**63
    return isinstance(item, np.integer) and int(item) < 2**63


def table_of(pairs: Iterable[tuple[Any, Any]]) -> FrameTable:
    """Return a table of the items of an `images` dict."""
    table = FrameTable()
    for key, value in pairs:
        if not table.set(key, value):
            table.misfits[key] = value
    return table

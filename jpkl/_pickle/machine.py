"""The pickle machine: what opcodes work on, which are stack, marks and memo, with limits on all of them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import Any, Final

from jpkl._bytes import ByteSource
from jpkl._errors import FormatError
from jpkl._pickle.globals import Global
from jpkl._pickle.values import Encoding, FrameTable, Span, describe_type, may_be_key
from jpkl._pickle.window import Window
from jpkl._text import short_repr

MAX_INT_BYTES = 1024
MAX_DATA_BYTES = 2**29
"""Rough memory that everything but the frames may take."""
MAX_EQUAL_HASHES = 256
"""How many keys of one dict may have the same hash; real keys never come near."""

_BUCKET_BITS = 16
_GOLDEN = 0x9E3779B97F4A7C15

CONTAINER_BYTES = 200  # roughly, whatever it is
EAGER_TEXT = 256  # longer text may be a frame of protocols 0 to 2, and is left in the file

IN_TABLE: Final = object()  # memo entry: a key or frame that is in the table


class Machine:
    """Stack, marks, memo and limits of one run over a pickle.

    Attributes
    ----------
    source : ByteSource
        The pickle.
    window : Window
        Where the next opcode is.
    stack : list
        The objects above the last mark.
    marks : list of list
        The stacks below each mark.
    memo, far_memo : list, dict
        Remembered objects: those in a row from 0, and the others.
    table : FrameTable or None
        The first dict that is made right after the text ``images`` at the top of the pickle.
    """

    def __init__(self, source: ByteSource, *, salvaging: bool = False) -> None:
        self.source = source
        self.window = Window(source, clip_frames=salvaging)
        self.stack: list[Any] = []
        self.marks: list[list[Any]] = []
        self.memo: list[Any] = []
        self.far_memo: dict[int, Any] = {}
        self.table: FrameTable | None = None
        self._left = MAX_DATA_BYTES
        self._salvaging = salvaging
        # By the id of a dict or set, which is kept so that nothing else gets its id.
        self._hashes: dict[int, tuple[object, HashCounts]] = {}

    # -- what globals may ask for (see `Services`) ------------------------------------------------------

    def payload(self, value: Any) -> bytes:
        """Return bytes, from the file if that is where they are."""
        if type(value) is Span and value.kind != "str":
            self.charge(value.length)
            return bytes(value.read(self.source))  # type: ignore[arg-type]
        if type(value) is str:  # a str of Python 2
            return _latin1(value)
        if type(value) not in (bytes, bytearray):
            raise FormatError(f"{type(value).__name__} where bytes belong")
        return bytes(value)

    def charge(self, n_bytes: int) -> None:
        """Take memory off the account."""
        self._left -= n_bytes
        if self._left < 0:
            raise FormatError(f"the data besides the frames take more than {MAX_DATA_BYTES >> 20} MiB")

    def as_keys(self, target: object, values: list[Any]) -> list[Any]:
        """Return values as keys of a dict or items of a set: fetched from the file, and checked.

        Keys with equal hashes are counted: Python's dicts take quadratic time over them, and
        numbers and tuples of numbers that collide are easily made.
        """
        keys = [self._whole(value) for value in values]
        counts: HashCounts | None = None
        for key in keys:
            if type(key) is str:
                continue
            if not may_be_key(key):
                raise FormatError(
                    f"{describe_type(key)} as a dict key or set item: only plain values and tuples of them "
                    "are read"
                )
            if counts is None:
                counts = self._hashes.setdefault(id(target), (target, HashCounts()))[1]
            if counts.add(hash(key)):
                raise FormatError(
                    f"more than {MAX_EQUAL_HASHES} keys of a dict or items of a set have the same hash as "
                    f"{short_repr(key)}"
                )
        return keys

    def fill(self, target: dict[Any, Any], keys: list[Any], values: list[Any]) -> None:
        """Put items into a dict, having checked the keys."""
        keys, n_before = self.as_keys(target, keys), len(target)
        target.update(zip(keys, values, strict=True))
        if len(target) != n_before + len(keys) and not self._salvaging:
            key = _first_repeated(list(target)[:n_before] + keys)
            raise FormatError(f"the key {short_repr(key)} of a dict is there twice, so that a value is lost")

    def _whole(self, key: Any) -> Any:
        if type(key) is Span:
            self.charge(key.length)
            return key.read(self.source)
        if type(key) is tuple and any(type(item) is Span for item in key):
            return tuple(self._whole(item) if type(item) is Span else item for item in key)
        return key

    # -- the stack and the memo ------------------------------------------------------------------------

    def pop_mark(self) -> list[Any]:
        items = self.stack
        self.stack = self.marks.pop()
        return items

    def put(self, slot: int, value: Any) -> None:
        dense = len(self.memo)
        if slot < dense:
            self.memo[slot] = value
        elif slot == dense:
            self.memo.append(value)
            self.far_memo.pop(slot, None)
        else:
            self.charge(CONTAINER_BYTES)
            self.far_memo[slot] = value

    def get(self, slot: int) -> None:
        try:
            value = self.memo[slot] if slot < len(self.memo) else self.far_memo[slot]
        except KeyError:
            raise FormatError(f"the memo has nothing at {slot}") from None
        if value is IN_TABLE and self.table is not None:
            value = self.table.recall(slot)
        self.stack.append(value)

    def push_bytes(self, length: int, kind: Any = "bytes") -> None:
        self.stack.append(Span(self.window.skip(length), length, kind=kind))

    def push_text(self, length: int) -> None:
        if length > EAGER_TEXT:
            offset = self.window.skip(length)
            self.stack.append(Span(offset, length, Encoding.UTF8, "str"))
        else:
            self.stack.append(decode_text(self.window.take(length)))

    def push_python2_text(self, stored: bytes) -> None:
        """Push a str of Python 2: text where it is ASCII, as `pickle.load` has it, else bytes."""
        self.stack.append(stored.decode("ascii") if stored.isascii() else stored)

    def call(self, function: Any, args: Any) -> None:
        if type(function) is not Global:
            raise FormatError(f"{describe_type(function)} is called")
        if type(args) is not tuple:
            raise FormatError(f"{function.name} is called with {describe_type(args)}, not a tuple")
        self.charge(CONTAINER_BYTES)
        self.stack.append(function.call(args, self))

    def set_items(self, target: Any, items: list[Any]) -> None:
        keys, values = items[::2], items[1::2]
        if len(keys) != len(values):
            raise FormatError("a dict gets a key without a value")
        if type(target) is FrameTable:
            keep = [not target.set(key, value) for key, value in zip(keys, values, strict=True)]
            keys = [key for key, kept in zip(keys, keep, strict=True) if kept]
            values = [value for value, kept in zip(values, keep, strict=True) if kept]
            target = target.misfits
        if type(target) is not dict:
            raise FormatError(f"{describe_type(target)} gets items as if it were a dict")
        self.fill(target, keys, values)

    def append(self, items: list[Any]) -> None:
        target = self.stack[-1]
        if type(target) is not list:
            raise FormatError(f"{describe_type(target)} gets items as if it were a list")
        target.extend(items)

    def add_to_set(self, target: set[Any], items: list[Any]) -> None:
        target.update(self.as_keys(target, items))

    def push_long(self, length: int) -> None:
        if length > MAX_INT_BYTES:
            raise FormatError(f"an int of {length} bytes; up to {MAX_INT_BYTES} are read")
        self.stack.append(int.from_bytes(self.window.take(length), "little", signed=True))

    def push_tuple(self, length: int) -> None:
        if len(self.stack) < length:
            raise FormatError(f"a tuple of {length} is made of {len(self.stack)} objects")
        items = tuple(self.stack[-length:])
        self.stack[-length:] = [items]

    def starts_images(self) -> bool:
        """Return whether a dict that is made now is to be the frames of the stack."""
        if self.table is not None or not self.stack:
            return False
        # Not where the metadata have a key of that name: below the mark, there is the dict of the file alone.
        is_in_batch = len(self.marks) == 1 and len(self.marks[0]) == 1
        at_top = is_in_batch or (not self.marks and len(self.stack) == 2)
        return at_top and type(self.stack[-1]) is str and self.stack[-1] == "images"


class HashCounts:
    """Counts equal hashes by buckets of them: a million keys take no more memory for it than a thousand."""

    def __init__(self) -> None:
        self._n = 0
        self._first: list[int] = []
        self._buckets: array[int] | None = None

    def add(self, value: int) -> bool:
        """Count one; return whether too many are equal, or look so."""
        self._n += 1
        if self._buckets is None:
            self._first.append(value)
            if self._n <= MAX_EQUAL_HASHES:
                return False
            self._buckets = array("I", bytes(4 << _BUCKET_BITS))
            for each in self._first[:-1]:
                self._buckets[_bucket(each)] += 1
            self._first.clear()
        bucket = _bucket(value)
        self._buckets[bucket] += 1
        return self._buckets[bucket] > MAX_EQUAL_HASHES + 4 * (self._n >> _BUCKET_BITS)


def _bucket(value: int) -> int:
    """Return the number of a bucket: the upper bits of a product, so that multiples of 2^16 are spread."""
    return (value * _GOLDEN >> (64 - _BUCKET_BITS)) & ((1 << _BUCKET_BITS) - 1)


def _first_repeated(keys: Iterable[Any]) -> Any:
    """Return the first key that equals one before it."""
    seen = set()
    for key in keys:
        if key in seen:
            return key
        seen.add(key)
    raise ValueError("no key is there twice")


def decode_text(stored: bytes) -> str:
    """Return UTF-8 text, in which pickle allows lone surrogates."""
    try:
        return stored.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise FormatError(f"text that is not UTF-8: {error.reason}") from None


def _latin1(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise FormatError("text where bytes belong") from None

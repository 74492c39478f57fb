"""A data-only pickle reader: opcodes of protocols 0 to 5 in, plain data out.

It never imports `pickle`, and nothing that a file names is imported or called: see
`_pickle_globals`. Bytes stay in the file as `Span`s until `resolve` fetches them, and the frames of
an `images` dict are collected in a `FrameTable`, so that neither the size of the file nor the
number of frames costs much memory.

Whatever is odd is an error: a name outside the closed list even where its result is thrown away,
marks or objects left over, an opcode that straddles a FRAME, a container that holds itself.
"""

from __future__ import annotations

import codecs
import re
import struct
from collections.abc import Callable
from typing import Any, Final

from jpkl._errors import FormatError, UnsafePickleError
from jpkl._pickle_globals import Global, find_global
from jpkl._pickle_values import Built, Encoding, FrameTable, Span, kind_of, may_be_key
from jpkl._source import ByteSource
from jpkl._window import Window

MAX_MARKS = 1000
MAX_INT_BYTES = 1024
MAX_DATA_BYTES = 2**29
"""Rough memory that everything but the frames may take."""
MAX_EQUAL_HASHES = 256
"""How many keys of one dict may have the same hash; real keys never come near."""

_EAGER_TEXT = 256  # longer text may be a frame of protocols 0 to 2, and is left in the file
_LONGEST_LINE = 3000
_BATCH = 4096  # opcodes between two looks at the memory account
_OPCODE_BYTES = 16
_CONTAINER_BYTES = 200

_FLOAT = struct.Struct(">d")
_DECIMAL = re.compile(rb"[+-]?[0-9]{1,2466}")

_IN_TABLE: Final = object()  # memo entry: a key or frame that stands in the table

# One frame as pickle and JPkl write it: ints, the tuple of them, the header of the bytes.
_INT = rb"(?:K.|M..|J.{4})"
_PUT = rb"(\x94|q.|r.{4})?"
_FRAME_RECORD = re.compile(
    rb"(?:(%b\x85|%b{2}\x86|%b{3}\x87)|\((%b{4,32})t)" % (_INT, _INT, _INT, _INT)
    + _PUT
    + rb"(?:B(.{4})|C(.)|\x8e(.{8}))",
    re.DOTALL,
)
_LONGEST_RECORD = 192
_OPTIONAL_PUT = re.compile(_PUT, re.DOTALL)

_STOP, _SETITEM, _SETITEMS, _FRAME, _MEMOIZE_CODE = b".su\x95\x94"
_BININT1, _BININT2, _BININT = b"KMJ"

Handler = Callable[["PickleReader"], None]
_HANDLERS: dict[int, Handler] = {}


def _opcode(*codes: bytes) -> Callable[[Handler], Handler]:
    """Register a method as what these opcodes do."""

    def register(handler: Handler) -> Handler:
        _HANDLERS.update({code[0]: handler for code in codes})
        return handler

    return register


class PickleReader:
    """Runs the opcodes of one pickle.

    Parameters
    ----------
    source : ByteSource
        What to read, from its first byte.
    clip_frames : bool
        Read a FRAME up to the end of a file that ends inside it, instead of refusing it.

    Attributes
    ----------
    table : FrameTable or None
        The first dict that is made right after the text ``images`` at the top of the pickle.
    """

    def __init__(self, source: ByteSource, *, clip_frames: bool = False) -> None:
        self.table: FrameTable | None = None
        self._source = source
        self._window = Window(source, clip_frames=clip_frames)
        self._stack: list[Any] = []
        self._marks: list[list[Any]] = []  # the stacks below each mark
        self._memo: list[Any] = []
        self._far_memo: dict[int, Any] = {}  # entries beyond the end of the list
        self._left = MAX_DATA_BYTES
        self._hashes: dict[tuple[int, int], int] = {}

    @property
    def position(self) -> int:
        """Offset of the next byte to read: the end of the pickle once `run` has returned."""
        return self._window.position

    def run(self) -> Any:
        """Return what the pickle holds, with bytes as spans; see `resolve`.

        Raises
        ------
        FormatError
            If the pickle is malformed, ends too early, names a global that is not plain data, or
            is out of the limits.
        """
        start = 0
        try:
            window, handlers = self._window, _TABLE
            while True:
                self.charge(_BATCH * _OPCODE_BYTES)
                for _ in range(_BATCH):
                    start = window.position
                    code = window.opcode()
                    if code == _STOP:
                        return self._finish()
                    handlers[code](self)
        except IndexError:  # a pop or a look at the top of an empty stack
            raise FormatError(
                f"opcode {chr(code)!r} needs more objects than there are", offset=start
            ) from None
        except FormatError as error:
            if error.offset is None:
                error.offset = start
            raise

    def unfinished(self) -> list[Any]:
        """Return the objects that stand on the stack, lowest first: what a cut-off pickle got to."""
        return [item for stack in (*self._marks, self._stack) for item in stack]

    # ---- what globals may ask for (see `Toolbox`)

    def payload(self, value: Any) -> bytes:
        """Return bytes, from the file if that is where they are."""
        if type(value) is Span and value.kind != "str":
            self.charge(value.length)
            return bytes(value.read(self._source))  # type: ignore[arg-type]
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

    def check_keys(self, target: object, keys: list[Any]) -> None:
        """Raise unless all may be dict keys or set items.

        Keys with equal hashes are counted: Python's dicts take quadratic time over them, and
        numbers and tuples of numbers that collide are easily made.
        """
        for key in keys:
            if type(key) is str:
                continue
            if not may_be_key(key):
                raise FormatError(
                    f"a {kind_of(key)} as a dict key or set item: only plain values and tuples of them are read"
                )
            where = (id(target), hash(key))
            count = self._hashes[where] = self._hashes.get(where, 0) + 1
            if count > MAX_EQUAL_HASHES:
                raise FormatError("too many keys of a dict or items of a set have the same hash")

    # ---- the machine

    def _finish(self) -> Any:
        if self._marks:
            raise FormatError("a MARK is left over at the end of the pickle")
        value = self._stack.pop()
        if self._stack:
            raise FormatError(f"{len(self._stack)} objects are left over at the end of the pickle")
        return value

    def _pop_mark(self) -> list[Any]:
        items = self._stack
        self._stack = self._marks.pop()
        return items

    def _put(self, slot: int, value: Any) -> None:
        dense = len(self._memo)
        if slot < dense:
            self._memo[slot] = value
        elif slot == dense:
            self._memo.append(value)
            self._far_memo.pop(slot, None)
        else:
            self.charge(_CONTAINER_BYTES)
            self._far_memo[slot] = value

    def _get(self, slot: int) -> None:
        try:
            value = self._memo[slot] if slot < len(self._memo) else self._far_memo[slot]
        except KeyError:
            raise FormatError(f"the memo has nothing at {slot}") from None
        if value is _IN_TABLE and self.table is not None:
            value = self.table.recall(slot)
        self._stack.append(value)

    def _push_bytes(self, length: int, kind: Any = "bytes") -> None:
        self._stack.append(Span(self._window.skip(length), length, kind=kind))

    def _push_text(self, length: int) -> None:
        if length > _EAGER_TEXT:
            offset = self._window.skip(length)
            self._stack.append(Span(offset, length, Encoding.UTF8, "str"))
        else:
            self._stack.append(_text(self._window.take(length)))

    def _push_python2_text(self, stored: bytes) -> None:
        """Push a str of Python 2: text where it is ASCII, as `pickle.load` has it, else bytes."""
        self._stack.append(stored.decode("ascii") if stored.isascii() else stored)

    def _call(self, function: Any, args: Any) -> None:
        if type(function) is not Global:
            raise FormatError(f"a {kind_of(function)} is called")
        if type(args) is not tuple:
            raise FormatError(f"{function.name} is called with a {kind_of(args)}, not a tuple")
        self.charge(_CONTAINER_BYTES)
        self._stack.append(function.call(args, self))

    def _set_items(self, target: Any, items: list[Any]) -> None:
        keys, values = items[::2], items[1::2]
        if len(keys) != len(values):
            raise FormatError("a dict gets a key without a value")
        if type(target) is FrameTable:
            keep = [not target.set(key, value) for key, value in zip(keys, values, strict=True)]
            keys = [key for key, kept in zip(keys, keep, strict=True) if kept]
            values = [value for value, kept in zip(values, keep, strict=True) if kept]
            target = target.misfits
        if type(target) is not dict:
            raise FormatError(f"a {kind_of(target)} gets items as if it were a dict")
        keys = [self.payload(key) if type(key) is Span and key.kind == "bytes" else key for key in keys]
        self.check_keys(target, keys)
        target.update(zip(keys, values, strict=True))

    def _append(self, items: list[Any]) -> None:
        target = self._stack[-1]
        if type(target) is not list:
            raise FormatError(f"a {kind_of(target)} gets items as if it were a list")
        target.extend(items)

    def _add_to_set(self, target: set[Any], items: list[Any]) -> None:
        items = [self.payload(item) if type(item) is Span else item for item in items]
        self.check_keys(target, items)
        target.update(items)

    def _push_long(self, length: int) -> None:
        if length > MAX_INT_BYTES:
            raise FormatError(f"an int of {length} bytes; up to {MAX_INT_BYTES} are read")
        self._stack.append(int.from_bytes(self._window.take(length), "little", signed=True))

    def _push_tuple(self, length: int) -> None:
        if len(self._stack) < length:
            raise FormatError(f"a tuple of {length} is made of {len(self._stack)} objects")
        items = tuple(self._stack[-length:])
        self._stack[-length:] = [items]

    def _slot_line(self) -> int:
        slot = _decimal(self._window.line(_LONGEST_LINE))
        if slot < 0:
            raise FormatError(f"memo slot {slot}")
        return slot

    def _global_lines(self) -> Global:
        module, name = (_text(self._window.line(_LONGEST_LINE)) for _ in range(2))
        return find_global(module, name)

    def _new_dict(self) -> None:
        """Push an empty dict, or the table where it is to be the stack's frames."""
        at_top = len(self._marks) == 1 or (not self._marks and len(self._stack) == 2)
        last = self._stack[-1] if self._stack else None
        if self.table is None and at_top and type(last) is str and last == "images":
            self.table = FrameTable()
            self._stack.append(self.table)
            self._read_frames(marked=False)
        else:
            self.charge(_CONTAINER_BYTES)
            self._stack.append({})

    # ---- frames, the one place where speed matters

    def _read_frames(self, *, marked: bool) -> None:
        """Read frames into the table for as long as they look as `pickle` or JPkl write them.

        After a MARK, frames follow each other up to a SETITEMS; without, each has its SETITEM.
        What does not match is left to the other opcodes.
        """
        table, window = self.table, self._window
        assert table is not None
        first = len(table)
        while True:
            if window.room - window.at < _LONGEST_RECORD and window.position < window.limit:
                window.fill_up_to(_LONGEST_RECORD)
            record = _FRAME_RECORD.match(window.buffer, window.at, max(window.room, 0))
            if record is None:
                if not self._step_into_frame():
                    break
            elif not self._read_frame(table, record, marked):
                break
        if marked:
            self._close_batch(table, first)

    def _step_into_frame(self) -> bool:
        """Take a FRAME opcode that stands between two frames; say whether there was one."""
        window = self._window
        if window.position >= window.limit:
            if window.limit == self._source.size:
                return False
            window.limit = self._source.size
            window.fill_up_to(_LONGEST_RECORD)
        if window.at >= window.room or window.buffer[window.at] != _FRAME:
            return False
        window.opcode()
        window.enter_frame(window.number(8))
        return True

    def _read_frame(self, table: FrameTable, record: re.Match[bytes], marked: bool) -> bool:
        """Take one frame whose head matched; say whether to go on."""
        short_key, long_key, put_key, size4, size1, size8 = record.groups()
        key = _ints(short_key[:-1] if short_key else long_key)
        length = int.from_bytes(size4 or size1 or size8, "little")
        window = self._window
        if table.n_dims is None:
            table.n_dims = len(key)
        after = window.position + record.end() - window.at + length
        if len(key) != table.n_dims or after > window.limit or not self._is_next(put_key):
            return False
        window.at = record.end()
        offset = window.skip(length)
        row = len(table)
        table.append(key, offset, length)
        self._remember(put_key, row, is_key=True)
        self._take_memoize(row)
        if marked:
            return True
        return self._take_setitem(row)

    def _take_memoize(self, row: int) -> None:
        """Take the opcode that puts the bytes of a frame in the memo, where there is one."""
        window = self._window
        if window.room - window.at < 8 and window.position < window.limit:
            window.fill_up_to(8)
        found = _OPTIONAL_PUT.match(window.buffer, window.at, window.room)
        put = found[1] if found else None
        if put and self._is_next(put):
            window.at += len(put)
            self._remember(put, row, is_key=False)

    def _take_setitem(self, row: int) -> bool:
        window = self._window
        if window.at < window.room and window.buffer[window.at] == _SETITEM:
            window.at += 1
            return True
        self._give_back(row)
        return False

    def _close_batch(self, table: FrameTable, first: int) -> None:
        """End the frames that follow a MARK: a SETITEMS puts them into the dict."""
        window = self._window
        if window.at < window.room and window.buffer[window.at] == _SETITEMS:
            window.at += 1
            self._pop_mark()
        else:
            self._give_back(first)

    def _give_back(self, first: int) -> None:
        """Move frames from the table to the stack, where the opcodes that follow expect them."""
        assert self.table is not None
        self.charge((len(self.table) - first) * _CONTAINER_BYTES)
        for key, frame in self.table.items(first):
            self._stack += [key, frame]
        for slot in self.table.remembered_from(first):
            self._memo[slot] = self.table.recall(slot)
        self.table.drop_from(first)

    def _is_next(self, put: bytes | None) -> bool:
        """Whether an opcode that fills a memo slot, if there is one, fills the next one."""
        if put is None:
            return True
        slot = len(self._memo) if put[0] == _MEMOIZE_CODE else int.from_bytes(put[1:], "little")
        return slot == len(self._memo) and not self._far_memo

    def _remember(self, put: bytes | None, row: int, *, is_key: bool) -> None:
        if put is not None and self.table is not None:
            self.table.remember(len(self._memo), row, is_key=is_key)
            self._memo.append(_IN_TABLE)


def _ints(code: bytes) -> list[int]:
    """Return the numbers that a run of BININT, BININT1 and BININT2 opcodes pushes."""
    numbers, at = [], 0
    while at < len(code):
        if code[at] == _BININT1:
            numbers.append(code[at + 1])
            at += 2
        elif code[at] == _BININT2:
            numbers.append(code[at + 1] | code[at + 2] << 8)
            at += 3
        else:
            numbers.append(int.from_bytes(code[at + 1 : at + 5], "little", signed=True))
            at += 5
    return numbers


def _text(stored: bytes) -> str:
    try:
        return stored.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise FormatError(f"text that is not UTF-8: {error.reason}") from None


def _unescape(quoted: bytes) -> bytes:
    """Undo the escapes of a Python 2 str literal."""
    try:
        return bytes(codecs.escape_decode(quoted)[0])  # type: ignore[attr-defined]
    except ValueError as error:
        raise FormatError(f"a str of Python 2 that is not well-formed: {error}") from None


def _latin1(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        raise FormatError("text where bytes belong") from None


# ---- structure


@_opcode(b"\x80")
def _proto(reader: PickleReader) -> None:
    version = reader._window.byte()
    if version > 5:
        raise FormatError(f"pickle protocol {version}; 0 to 5 exist")


@_opcode(b"\x95")
def _frame(reader: PickleReader) -> None:
    reader._window.enter_frame(reader._window.number(8))


@_opcode(b"(")
def _mark(reader: PickleReader) -> None:
    if len(reader._marks) >= MAX_MARKS:
        raise FormatError(f"more than {MAX_MARKS} objects are nested")
    stack = reader._stack
    reader._marks.append(stack)
    reader._stack = []
    if stack and reader.table is not None and stack[-1] is reader.table:
        reader._read_frames(marked=True)


@_opcode(b"0")
def _pop(reader: PickleReader) -> None:
    if reader._stack:
        reader._stack.pop()
    else:
        reader._pop_mark()


@_opcode(b"1")
def _pop_mark(reader: PickleReader) -> None:
    reader._pop_mark()


@_opcode(b"2")
def _dup(reader: PickleReader) -> None:
    reader._stack.append(reader._stack[-1])


# ---- the memo


@_opcode(b"\x94")
def _memoize(reader: PickleReader) -> None:
    reader._put(len(reader._memo) + len(reader._far_memo), reader._stack[-1])


@_opcode(b"q")
def _binput(reader: PickleReader) -> None:
    reader._put(reader._window.byte(), reader._stack[-1])


@_opcode(b"r")
def _long_binput(reader: PickleReader) -> None:
    reader._put(reader._window.number(4), reader._stack[-1])


@_opcode(b"p")
def _text_put(reader: PickleReader) -> None:
    reader._put(reader._slot_line(), reader._stack[-1])


@_opcode(b"h")
def _binget(reader: PickleReader) -> None:
    reader._get(reader._window.byte())


@_opcode(b"j")
def _long_binget(reader: PickleReader) -> None:
    reader._get(reader._window.number(4))


@_opcode(b"g")
def _text_get(reader: PickleReader) -> None:
    reader._get(reader._slot_line())


# ---- scalars


@_opcode(b"N")
def _none(reader: PickleReader) -> None:
    reader._stack.append(None)


@_opcode(b"\x88")
def _true(reader: PickleReader) -> None:
    reader._stack.append(True)


@_opcode(b"\x89")
def _false(reader: PickleReader) -> None:
    reader._stack.append(False)


@_opcode(b"K")
def _binint1(reader: PickleReader) -> None:
    reader._stack.append(reader._window.byte())


@_opcode(b"M")
def _binint2(reader: PickleReader) -> None:
    reader._stack.append(reader._window.number(2))


@_opcode(b"J")
def _binint(reader: PickleReader) -> None:
    reader._stack.append(int.from_bytes(reader._window.take(4), "little", signed=True))


@_opcode(b"\x8a")
def _long1(reader: PickleReader) -> None:
    reader._push_long(reader._window.byte())


@_opcode(b"\x8b")
def _long4(reader: PickleReader) -> None:
    reader._push_long(reader._window.number(4))


@_opcode(b"I")
def _int_line(reader: PickleReader) -> None:
    line = reader._window.line(_LONGEST_LINE)
    reader._stack.append(line == b"01" if line in (b"00", b"01") else _decimal(line))


@_opcode(b"L")
def _long_line(reader: PickleReader) -> None:
    reader._stack.append(_decimal(reader._window.line(_LONGEST_LINE).removesuffix(b"L")))


@_opcode(b"F")
def _float_line(reader: PickleReader) -> None:
    line = reader._window.line(_LONGEST_LINE)
    try:
        reader._stack.append(float(line))
    except ValueError:
        raise FormatError(f"{line[:40]!r} is no number") from None


@_opcode(b"G")
def _binfloat(reader: PickleReader) -> None:
    reader._stack.append(_FLOAT.unpack(reader._window.take(8))[0])


def _decimal(line: bytes) -> int:
    if not _DECIMAL.fullmatch(line):
        raise FormatError(f"{line[:40]!r} is no whole number, or a very long one")
    return int(line)


# ---- bytes and text


@_opcode(b"C")
def _short_binbytes(reader: PickleReader) -> None:
    reader._push_bytes(reader._window.byte())


@_opcode(b"B")
def _binbytes(reader: PickleReader) -> None:
    reader._push_bytes(reader._window.number(4))


@_opcode(b"\x8e")
def _binbytes8(reader: PickleReader) -> None:
    reader._push_bytes(reader._window.number(8))


@_opcode(b"\x96")
def _bytearray8(reader: PickleReader) -> None:
    reader._push_bytes(reader._window.number(8), "bytearray")


@_opcode(b"\x8c")
def _short_binunicode(reader: PickleReader) -> None:
    reader._push_text(reader._window.byte())


@_opcode(b"X")
def _binunicode(reader: PickleReader) -> None:
    reader._push_text(reader._window.number(4))


@_opcode(b"\x8d")
def _binunicode8(reader: PickleReader) -> None:
    reader._push_text(reader._window.number(8))


@_opcode(b"V")
def _unicode_line(reader: PickleReader) -> None:
    window = reader._window
    length = window.line_length()
    span = Span(window.skip(length), length, Encoding.ESCAPED, "str")
    window.skip(1)
    reader._stack.append(span.read(reader._source) if length <= _EAGER_TEXT else span)


@_opcode(b"U")
def _short_binstring(reader: PickleReader) -> None:
    reader._push_python2_text(reader._window.take(reader._window.byte()))


@_opcode(b"T")
def _binstring(reader: PickleReader) -> None:
    length = reader._window.number(4)
    if length > _EAGER_TEXT:
        reader._push_bytes(length)  # in a stack of images, rather a frame than a text
    else:
        reader._push_python2_text(reader._window.take(length))


@_opcode(b"S")
def _string_line(reader: PickleReader) -> None:
    line = reader._window.line(_LONGEST_LINE).strip()
    if len(line) < 2 or line[0] != line[-1] or line[:1] not in (b"'", b'"'):
        raise FormatError("a str of Python 2 that is not quoted")
    reader._push_python2_text(_unescape(line[1:-1]))


# ---- containers


@_opcode(b"]")
def _empty_list(reader: PickleReader) -> None:
    reader.charge(_CONTAINER_BYTES)
    reader._stack.append([])


@_opcode(b"}")
def _empty_dict(reader: PickleReader) -> None:
    reader._new_dict()


@_opcode(b"\x8f")
def _empty_set(reader: PickleReader) -> None:
    reader.charge(_CONTAINER_BYTES)
    reader._stack.append(set())


@_opcode(b")")
def _empty_tuple(reader: PickleReader) -> None:
    reader._stack.append(())


@_opcode(b"\x85")
def _tuple1(reader: PickleReader) -> None:
    reader._push_tuple(1)


@_opcode(b"\x86")
def _tuple2(reader: PickleReader) -> None:
    reader._push_tuple(2)


@_opcode(b"\x87")
def _tuple3(reader: PickleReader) -> None:
    reader._push_tuple(3)


@_opcode(b"t")
def _tuple(reader: PickleReader) -> None:
    items = reader._pop_mark()
    reader._stack.append(tuple(items))


@_opcode(b"l")
def _list(reader: PickleReader) -> None:
    items = reader._pop_mark()
    reader._stack.append(items)


@_opcode(b"d")
def _dict(reader: PickleReader) -> None:
    items = reader._pop_mark()
    reader._new_dict()
    reader._set_items(reader._stack[-1], items)


@_opcode(b"\x91")
def _frozen_set(reader: PickleReader) -> None:
    items, made = reader._pop_mark(), set[Any]()
    reader._add_to_set(made, items)
    reader._stack.append(frozenset(made))


@_opcode(b"a")
def _append(reader: PickleReader) -> None:
    item = reader._stack.pop()
    reader._append([item])


@_opcode(b"e")
def _appends(reader: PickleReader) -> None:
    reader._append(reader._pop_mark())


@_opcode(b"s")
def _setitem(reader: PickleReader) -> None:
    value, key = reader._stack.pop(), reader._stack.pop()
    target = reader._stack[-1]
    reader._set_items(target, [key, value])
    if target is reader.table:
        reader._read_frames(marked=False)


@_opcode(b"u")
def _setitems(reader: PickleReader) -> None:
    items = reader._pop_mark()
    reader._set_items(reader._stack[-1], items)


@_opcode(b"\x90")
def _additems(reader: PickleReader) -> None:
    items, target = reader._pop_mark(), reader._stack[-1]
    if type(target) is not set:
        raise FormatError(f"a {kind_of(target)} gets items as if it were a set")
    reader._add_to_set(target, items)


# ---- globals: looked up in a closed list


@_opcode(b"c")
def _global(reader: PickleReader) -> None:
    reader._stack.append(reader._global_lines())


@_opcode(b"\x93")
def _stack_global(reader: PickleReader) -> None:
    name, module = reader._stack.pop(), reader._stack.pop()
    if type(name) is not str or type(module) is not str:
        raise UnsafePickleError(
            f"the file asks for a global whose name is a {kind_of(module)} and a {kind_of(name)}"
        )
    reader._stack.append(find_global(module, name))


@_opcode(b"R", b"\x81")
def _reduce(reader: PickleReader) -> None:
    args, function = reader._stack.pop(), reader._stack.pop()
    reader._call(function, args)


@_opcode(b"\x92")
def _newobj_ex(reader: PickleReader) -> None:
    keywords, args, function = (reader._stack.pop() for _ in range(3))
    if type(keywords) is not dict or keywords:
        raise FormatError("a global is called with keywords")
    reader._call(function, args)


@_opcode(b"i")
def _inst(reader: PickleReader) -> None:
    function = reader._global_lines()
    reader._call(function, tuple(reader._pop_mark()))


@_opcode(b"o")
def _obj(reader: PickleReader) -> None:
    items = reader._pop_mark()
    reader._call(items[0], tuple(items[1:]))


@_opcode(b"b")
def _build(reader: PickleReader) -> None:
    state, target = reader._stack.pop(), reader._stack[-1]
    if not isinstance(target, Built):
        raise FormatError(f"a {kind_of(target)} gets a state")
    target.build(state)


@_opcode(b"P", b"Q", b"\x82", b"\x83", b"\x84")
def _outside_reference(reader: PickleReader) -> None:
    raise UnsafePickleError(
        "the file refers to an object outside of itself (a persistent id or extension code)"
    )


@_opcode(b"\x97", b"\x98")
def _outside_buffer(reader: PickleReader) -> None:
    raise FormatError("the file was written with out-of-band buffers, which it does not hold")


def _unknown(reader: PickleReader) -> None:
    raise FormatError("not a pickle opcode")


_TABLE = [_HANDLERS.get(code, _unknown) for code in range(256)]

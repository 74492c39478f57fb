"""What each pickle opcode of protocols 0 to 5 does to the machine."""

from __future__ import annotations

import codecs
import re
import struct
from collections.abc import Callable
from typing import Any

from jpkl._errors import FormatError, UnsafePickleError
from jpkl._pickle.fast_frames import read_frames
from jpkl._pickle.globals import Global, find_global
from jpkl._pickle.machine import CONTAINER_BYTES, EAGER_TEXT, Machine, decode_text
from jpkl._pickle.values import BuildTarget, Encoding, FrameTable, Span, describe_type

MAX_MARKS = 1000
_LONGEST_LINE = 3000

_FLOAT = struct.Struct(">d")
_DECIMAL = re.compile(rb"[+-]?[0-9]{1,2466}")

Handler = Callable[[Machine], None]
_handlers: dict[int, Handler] = {}


def _opcode(*codes: bytes) -> Callable[[Handler], Handler]:
    """Register a function as what these opcodes do."""

    def register(handler: Handler) -> Handler:
        _handlers.update({code[0]: handler for code in codes})
        return handler

    return register


# -- structure -----------------------------------------------------------------------------------------


@_opcode(b"\x80")
def _proto(machine: Machine) -> None:
    version = machine.window.byte()
    if version > 5:
        raise FormatError(f"pickle protocol {version}; 0 to 5 exist")


@_opcode(b"\x95")
def _frame(machine: Machine) -> None:
    machine.window.enter_frame(machine.window.number(8))


@_opcode(b"(")
def _mark(machine: Machine) -> None:
    if len(machine.marks) >= MAX_MARKS:
        raise FormatError(f"more than {MAX_MARKS} objects are nested")
    stack = machine.stack
    machine.marks.append(stack)
    machine.stack = []
    if stack and machine.table is not None and stack[-1] is machine.table:
        read_frames(machine, marked=True)


@_opcode(b"0")
def _pop(machine: Machine) -> None:
    if machine.stack:
        machine.stack.pop()
    else:
        machine.pop_mark()


@_opcode(b"1")
def _pop_mark(machine: Machine) -> None:
    machine.pop_mark()


@_opcode(b"2")
def _dup(machine: Machine) -> None:
    machine.stack.append(machine.stack[-1])


# -- the memo ------------------------------------------------------------------------------------------


@_opcode(b"\x94")
def _memoize(machine: Machine) -> None:
    machine.put(len(machine.memo) + len(machine.far_memo), machine.stack[-1])


@_opcode(b"q")
def _binput(machine: Machine) -> None:
    machine.put(machine.window.byte(), machine.stack[-1])


@_opcode(b"r")
def _long_binput(machine: Machine) -> None:
    machine.put(machine.window.number(4), machine.stack[-1])


@_opcode(b"p")
def _text_put(machine: Machine) -> None:
    machine.put(_slot_line(machine), machine.stack[-1])


@_opcode(b"h")
def _binget(machine: Machine) -> None:
    machine.get(machine.window.byte())


@_opcode(b"j")
def _long_binget(machine: Machine) -> None:
    machine.get(machine.window.number(4))


@_opcode(b"g")
def _text_get(machine: Machine) -> None:
    machine.get(_slot_line(machine))


# -- scalars -------------------------------------------------------------------------------------------


@_opcode(b"N")
def _none(machine: Machine) -> None:
    machine.stack.append(None)


@_opcode(b"\x88")
def _true(machine: Machine) -> None:
    machine.stack.append(True)


@_opcode(b"\x89")
def _false(machine: Machine) -> None:
    machine.stack.append(False)


@_opcode(b"K")
def _binint1(machine: Machine) -> None:
    machine.stack.append(machine.window.byte())


@_opcode(b"M")
def _binint2(machine: Machine) -> None:
    machine.stack.append(machine.window.number(2))


@_opcode(b"J")
def _binint(machine: Machine) -> None:
    machine.stack.append(int.from_bytes(machine.window.take(4), "little", signed=True))


@_opcode(b"\x8a")
def _long1(machine: Machine) -> None:
    machine.push_long(machine.window.byte())


@_opcode(b"\x8b")
def _long4(machine: Machine) -> None:
    machine.push_long(machine.window.number(4))


@_opcode(b"I")
def _int_line(machine: Machine) -> None:
    line = machine.window.line(_LONGEST_LINE)
    machine.stack.append(line == b"01" if line in (b"00", b"01") else _decimal(line))


@_opcode(b"L")
def _long_line(machine: Machine) -> None:
    machine.stack.append(_decimal(machine.window.line(_LONGEST_LINE).removesuffix(b"L")))


@_opcode(b"F")
def _float_line(machine: Machine) -> None:
    line = machine.window.line(_LONGEST_LINE)
    try:
        machine.stack.append(float(line))
    except ValueError:
        raise FormatError(f"{line[:40]!r} is no number") from None


@_opcode(b"G")
def _binfloat(machine: Machine) -> None:
    machine.stack.append(_FLOAT.unpack(machine.window.take(8))[0])


def _decimal(line: bytes) -> int:
    if not _DECIMAL.fullmatch(line):
        raise FormatError(f"{line[:40]!r} is no whole number, or a very long one")
    return int(line)


# -- bytes and text ------------------------------------------------------------------------------------


@_opcode(b"C")
def _short_binbytes(machine: Machine) -> None:
    machine.push_bytes(machine.window.byte())


@_opcode(b"B")
def _binbytes(machine: Machine) -> None:
    machine.push_bytes(machine.window.number(4))


@_opcode(b"\x8e")
def _binbytes8(machine: Machine) -> None:
    machine.push_bytes(machine.window.number(8))


@_opcode(b"\x96")
def _bytearray8(machine: Machine) -> None:
    machine.push_bytes(machine.window.number(8), "bytearray")


@_opcode(b"\x8c")
def _short_binunicode(machine: Machine) -> None:
    machine.push_text(machine.window.byte())


@_opcode(b"X")
def _binunicode(machine: Machine) -> None:
    machine.push_text(machine.window.number(4))


@_opcode(b"\x8d")
def _binunicode8(machine: Machine) -> None:
    machine.push_text(machine.window.number(8))


@_opcode(b"V")
def _unicode_line(machine: Machine) -> None:
    window = machine.window
    length = window.line_length()
    span = Span(window.skip(length), length, Encoding.ESCAPED, "str")
    window.skip(1)
    machine.stack.append(span.read(machine.source) if length <= EAGER_TEXT else span)


@_opcode(b"U")
def _short_binstring(machine: Machine) -> None:
    machine.push_python2_text(machine.window.take(machine.window.byte()))


@_opcode(b"T")
def _binstring(machine: Machine) -> None:
    length = machine.window.number(4)
    if length > EAGER_TEXT:
        machine.push_bytes(length)  # in a stack of images, rather a frame than a text
    else:
        machine.push_python2_text(machine.window.take(length))


@_opcode(b"S")
def _string_line(machine: Machine) -> None:
    line = machine.window.line(_LONGEST_LINE).strip()
    if len(line) < 2 or line[0] != line[-1] or line[:1] not in (b"'", b'"'):
        raise FormatError("a str of Python 2 that is not quoted")
    machine.push_python2_text(_unescape(line[1:-1]))


# -- containers ----------------------------------------------------------------------------------------


@_opcode(b"]")
def _empty_list(machine: Machine) -> None:
    machine.charge(CONTAINER_BYTES)
    machine.stack.append([])


@_opcode(b"}")
def _empty_dict(machine: Machine) -> None:
    _new_dict(machine)
    if machine.stack[-1] is machine.table:
        read_frames(machine, marked=False)


@_opcode(b"\x8f")
def _empty_set(machine: Machine) -> None:
    machine.charge(CONTAINER_BYTES)
    machine.stack.append(set())


@_opcode(b")")
def _empty_tuple(machine: Machine) -> None:
    machine.stack.append(())


@_opcode(b"\x85")
def _tuple1(machine: Machine) -> None:
    machine.push_tuple(1)


@_opcode(b"\x86")
def _tuple2(machine: Machine) -> None:
    machine.push_tuple(2)


@_opcode(b"\x87")
def _tuple3(machine: Machine) -> None:
    machine.push_tuple(3)


@_opcode(b"t")
def _tuple(machine: Machine) -> None:
    items = machine.pop_mark()
    machine.stack.append(tuple(items))


@_opcode(b"l")
def _list(machine: Machine) -> None:
    items = machine.pop_mark()
    machine.stack.append(items)


@_opcode(b"d")
def _dict(machine: Machine) -> None:
    items = machine.pop_mark()
    _new_dict(machine)
    machine.set_items(machine.stack[-1], items)


@_opcode(b"\x91")
def _frozen_set(machine: Machine) -> None:
    items, made = machine.pop_mark(), set[Any]()
    machine.add_to_set(made, items)
    machine.stack.append(frozenset(made))


@_opcode(b"a")
def _append(machine: Machine) -> None:
    item = machine.stack.pop()
    machine.append([item])


@_opcode(b"e")
def _appends(machine: Machine) -> None:
    machine.append(machine.pop_mark())


@_opcode(b"s")
def _setitem(machine: Machine) -> None:
    value, key = machine.stack.pop(), machine.stack.pop()
    target = machine.stack[-1]
    machine.set_items(target, [key, value])
    if target is machine.table:
        read_frames(machine, marked=False)


@_opcode(b"u")
def _setitems(machine: Machine) -> None:
    items = machine.pop_mark()
    machine.set_items(machine.stack[-1], items)


@_opcode(b"\x90")
def _additems(machine: Machine) -> None:
    items, target = machine.pop_mark(), machine.stack[-1]
    if type(target) is not set:
        raise FormatError(f"{describe_type(target)} gets items as if it were a set")
    machine.add_to_set(target, items)


# -- globals: looked up in a closed list ---------------------------------------------------------------


@_opcode(b"c")
def _global(machine: Machine) -> None:
    machine.stack.append(_global_lines(machine))


@_opcode(b"\x93")
def _stack_global(machine: Machine) -> None:
    name, module = machine.stack.pop(), machine.stack.pop()
    if type(name) is not str or type(module) is not str:
        parts = f"{describe_type(module)} and {describe_type(name)}"
        raise UnsafePickleError(f"the file asks for a global whose name is {parts}")
    machine.stack.append(find_global(module, name))


@_opcode(b"R", b"\x81")
def _reduce(machine: Machine) -> None:
    args, function = machine.stack.pop(), machine.stack.pop()
    machine.call(function, args)


@_opcode(b"\x92")
def _newobj_ex(machine: Machine) -> None:
    keywords, args, function = (machine.stack.pop() for _ in range(3))
    if type(keywords) is not dict or keywords:
        raise FormatError("a global is called with keywords")
    machine.call(function, args)


@_opcode(b"i")
def _inst(machine: Machine) -> None:
    function = _global_lines(machine)
    machine.call(function, tuple(machine.pop_mark()))


@_opcode(b"o")
def _obj(machine: Machine) -> None:
    items = machine.pop_mark()
    machine.call(items[0], tuple(items[1:]))


@_opcode(b"b")
def _build(machine: Machine) -> None:
    state, target = machine.stack.pop(), machine.stack[-1]
    if not isinstance(target, BuildTarget):
        raise FormatError(f"{describe_type(target)} gets a state")
    target.build(state)


@_opcode(b"P", b"Q", b"\x82", b"\x83", b"\x84")
def _outside_reference(machine: Machine) -> None:
    raise UnsafePickleError(
        "the file refers to an object outside of itself (a persistent id or extension code)"
    )


@_opcode(b"\x97", b"\x98")
def _outside_buffer(machine: Machine) -> None:
    raise FormatError("the file was written with out-of-band buffers, which it does not hold")


def _new_dict(machine: Machine) -> None:
    """Push an empty dict, or the table where it is to be the frames of the stack."""
    if machine.starts_images():
        machine.table = FrameTable()
        machine.stack.append(machine.table)
    else:
        machine.charge(CONTAINER_BYTES)
        machine.stack.append({})


def _slot_line(machine: Machine) -> int:
    slot = _decimal(machine.window.line(_LONGEST_LINE))
    if slot < 0:
        raise FormatError(f"memo slot {slot}")
    return slot


def _global_lines(machine: Machine) -> Global:
    module, name = (decode_text(machine.window.line(_LONGEST_LINE)) for _ in range(2))
    return find_global(module, name)


def _unescape(quoted: bytes) -> bytes:
    """Undo the escapes of a Python 2 str literal."""
    try:
        return bytes(codecs.escape_decode(quoted)[0])
    except ValueError as error:
        raise FormatError(f"a str of Python 2 that is not well-formed: {error}") from None


def _unknown(machine: Machine) -> None:
    raise FormatError("not a pickle opcode")


HANDLERS: list[Handler] = [_handlers.get(code, _unknown) for code in range(256)]
"""What to call for each opcode but STOP."""

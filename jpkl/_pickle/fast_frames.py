"""The frames of a stack, read without a stop at every opcode: the one place where speed matters.

`pickle.dump` and JPkl write each frame as the same few opcodes. A regular expression recognizes them
and their numbers go straight into the `FrameTable`; whatever it does not recognize is left to the
handlers of the single opcodes, which come to the same result.
"""

from __future__ import annotations

import re

from jpkl._pickle.machine import CONTAINER_BYTES, IN_TABLE, Machine
from jpkl._pickle.values import FrameTable
from jpkl._pickle.window import Window

_SETITEM, _SETITEMS, _FRAME = b"su\x95"
_MEMOIZE = b"\x94"
_BININT1, _BININT2 = b"KM"
_ALL_BYTES = b"K" * 32

# One frame: its key (ints, and the tuple of them), and the header of its bytes.
_INT = rb"(?:K.|M..|J.{4})"
_PUT = rb"(\x94|q.|r.{4})?"
_RECORD = re.compile(
    rb"(?:(%b\x85|%b{2}\x86|%b{3}\x87)|\((%b{4,32})t)" % (_INT, _INT, _INT, _INT)
    + _PUT
    + rb"(?:B(.{4})|C(.)|\x8e(.{8}))",
    re.DOTALL,
)
_OPTIONAL_PUT = re.compile(_PUT, re.DOTALL)
_LONGEST_RECORD = 192


def read_frames(machine: Machine, *, marked: bool) -> None:
    """Read frames into the machine's table for as long as they look as they usually do.

    Parameters
    ----------
    machine : Machine
        With the table on top of its stack; if `marked`, below its last mark.
    marked : bool
        Whether frames follow each other up to a SETITEMS; else each has a SETITEM of its own.
    """
    table = machine.table
    assert table is not None
    window, first = machine.window, len(table)
    while True:
        window.look_ahead(_LONGEST_RECORD)
        record = _RECORD.match(window.buffer, window.at, window.room)
        if record is None:
            if not _step_into_frame(machine):
                break
        elif not _read_one(machine, table, record) or not (marked or _take_setitem(machine, table)):
            break
    if marked:
        _close_batch(machine, table, first)


def _step_into_frame(machine: Machine) -> bool:
    """Take a FRAME opcode that stands between two frames; say whether there was one."""
    window = machine.window
    if window.peek() != _FRAME:
        return False
    window.opcode()
    window.enter_frame(window.number(8))
    return True


def _read_one(machine: Machine, table: FrameTable, record: re.Match[bytes]) -> bool:
    """Take one frame whose head matched; say whether that was possible."""
    short_key, long_key, put_key, size4, size1, size8 = record.groups()
    key = _ints(short_key[:-1] if short_key else long_key)
    length = int.from_bytes(size4 or size1 or size8, "little")
    window = machine.window
    if table.n_dims is None:
        table.n_dims = len(key)
    end = window.base + record.end() + length
    if len(key) != table.n_dims or end > window.limit or not _fills(machine, put_key, 0):
        return False
    window.at = record.end()
    row = table.append(key, window.skip(length), length)
    put_frame = _peek_put(window)
    if put_frame and _fills(machine, put_frame, bool(put_key)):
        window.at += len(put_frame)
    else:
        put_frame = None
    _remember(machine, table, row, [0] * bool(put_key) + [1] * bool(put_frame))
    return True


def _peek_put(window: Window) -> bytes | None:
    """Return the opcode that comes next if it is one that fills a memo slot."""
    window.look_ahead(5)
    found = _OPTIONAL_PUT.match(window.buffer, window.at, window.room)
    return found[1] if found else None


def _take_setitem(machine: Machine, table: FrameTable) -> bool:
    window = machine.window
    if window.peek() == _SETITEM:
        window.opcode()
        return True
    _give_back(machine, table, len(table) - 1)
    return False


def _close_batch(machine: Machine, table: FrameTable, first: int) -> None:
    """End the frames that follow a MARK: a SETITEMS puts them into the dict."""
    if machine.window.peek() == _SETITEMS:
        machine.window.opcode()
        machine.pop_mark()
    else:
        _give_back(machine, table, first)


def _give_back(machine: Machine, table: FrameTable, first: int) -> None:
    """Move frames from the table to the stack, where the opcodes that follow expect them."""
    machine.charge((len(table) - first) * 2 * CONTAINER_BYTES)
    for key, frame in table.items(first):
        machine.stack += [key, frame]
    for slot in table.remembered_from(first):
        machine.memo[slot] = table.recall(slot)
    table.drop_from(first)


def _fills(machine: Machine, put: bytes | None, ahead: int) -> bool:
    """Whether an opcode that fills a memo slot, if there is one, fills the next but `ahead`."""
    if put is None:
        return True
    slot = len(machine.memo) + ahead
    return not machine.far_memo and (put == _MEMOIZE or int.from_bytes(put[1:], "little") == slot)


def _remember(machine: Machine, table: FrameTable, row: int, parts: list[int]) -> None:
    """Fill memo slots with the key (part 0) and the bytes (part 1) of a frame, or one of them."""
    table.remember(len(machine.memo), row, parts)
    machine.memo += [IN_TABLE] * len(parts)


def _ints(code: bytes) -> list[int]:
    r"""Return the numbers that a run of BININT, BININT1 and BININT2 opcodes pushes.

    Examples
    --------
    >>> _ints(b"K\x07M\x01\x01J\xff\xff\xff\xff")
    [7, 257, -1]
    """
    if code[::2] == _ALL_BYTES[: len(code) // 2]:  # as it nearly always is
        return list(code[1::2])
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

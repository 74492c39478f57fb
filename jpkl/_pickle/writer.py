"""Write plain data as pickle opcodes of protocol 4, without `pickle`.

What is written here, `_pickle` reads and a bare Python unpickles without NumPy. It is never
more than plain data, because nothing else has a case below.
"""

from __future__ import annotations

import datetime
import struct
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from jpkl._errors import MetadataError
from jpkl._pickle.machine import MAX_EQUAL_HASHES, MAX_INT_BYTES
from jpkl._pickle.resolve import MAX_DEPTH, MAX_UNFOLDED_BYTES
from jpkl._pickle.values import may_be_key
from jpkl._text import short_repr

PROTOCOL = b"\x80\x04"
EMPTY_DICT, SETITEM, STOP, POP = b"}", b"s", b".", b"0"

_ARRAY_KINDS = "biufcSU"


def dump(value: Any, name: str = "value") -> bytes:
    """Return the opcodes that push `value`.

    NumPy scalars and arrays are written as Python numbers and nested lists, dtypes as their names,
    and objects of subclasses of dict, list, tuple, str, int and float as the type that they extend.

    Parameters
    ----------
    value
        None, bool, int, float, complex, str, bytes, bytearray, date, time, datetime, timedelta,
        timezone, NumPy scalar or array; or list, tuple, dict, set, frozenset of such values.
    name : str
        What messages call it, e.g. ``"metadata"``.

    Raises
    ------
    MetadataError
        If it holds anything else; the message says where.
    """
    dumper = _Dumper()
    dumper.add(value, name, 0)
    return b"".join(dumper.parts)


def frame_head(index: Iterable[int], length: int) -> bytes:
    """Return the opcodes before the payload of a frame: its key and the header of its bytes."""
    return _tuple_of([_int(number) for number in index]) + b"B" + length.to_bytes(4, "little")


def frame_head_limit(n_dims: int) -> int:
    """Return how many bytes `frame_head` takes at most for frames with so many dims."""
    return 5 * n_dims + 7


def read_frame_head(data: bytes, n_dims: int) -> tuple[tuple[int, ...], int, int] | None:
    """Read what `frame_head` writes.

    Returns
    -------
    (index, length of the payload, length of the opcodes), or None
        None where the bytes are of something else, or end too early.

    Examples
    --------
    >>> read_frame_head(frame_head((3, 70000), 500) + b"...", 2)
    ((3, 70000), 500, 13)
    """
    at, index = (1 if n_dims > 3 else 0), []
    for _ in range(n_dims):
        width = _INT_WIDTHS.get(data[at : at + 1], 0)
        index.append(int.from_bytes(data[at + 1 : at + 1 + width], "little"))
        at += 1 + width
    at += 1  # the end of the tuple
    length = int.from_bytes(data[at + 1 : at + 5], "little")
    head = frame_head(index, length)
    return (tuple(index), length, len(head)) if data.startswith(head) else None


_INT_WIDTHS = {b"K": 1, b"M": 2, b"J": 4}


class _Dumper:
    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self._left = MAX_UNFOLDED_BYTES

    def add(self, value: Any, where: str, depth: int) -> None:
        """Add the opcodes of a value at `where`, inside `depth` containers."""
        if depth > MAX_DEPTH:
            where = where if len(where) < 80 else f"{where[:76]} ..."
            raise MetadataError(f"{where} is nested more than {MAX_DEPTH} deep, or holds itself")
        if isinstance(value, np.generic):
            value = _python_scalar(value, where)
        elif isinstance(value, np.ndarray):
            value = _nested_lists(value, where)
        elif isinstance(value, np.dtype):
            value = value.str
        for kind in _kinds(value):
            if kind in _SCALAR_CODE:
                return self._push(_scalar_code(kind, value, where), where)
            if kind in _CONTAINERS:
                return _CONTAINERS[kind](self, value, where, depth + 1)
        raise MetadataError(
            f"{where} is a {type(value).__qualname__}, which a JPkl file cannot hold; {_cure(value)}"
        )

    def _push(self, code: bytes, where: str) -> None:
        self.parts.append(code)
        self._left -= len(code) + 16
        if self._left < 0:
            raise MetadataError(f"the data up to {where} take more than {MAX_UNFOLDED_BYTES >> 20} MiB")

    def add_list(self, value: list[Any], where: str, depth: int) -> None:
        self._push(b"](", where)
        for i, item in enumerate(value):
            self.add(item, f"{where}[{i}]", depth)
        self._push(b"e", where)

    def add_tuple(self, value: tuple[Any, ...], where: str, depth: int) -> None:
        self._push(b"(", where)
        for i, item in enumerate(value):
            self.add(item, f"{where}[{i}]", depth)
        self._push(b"t", where)

    def add_dict(self, value: dict[Any, Any], where: str, depth: int) -> None:
        self._push(b"}(", where)
        _check_hashes(value, where)
        for key, item in value.items():
            inside = f"{where}[{short_repr(key)}]"
            self._add_key(key, f"the key {short_repr(key)} of {where}", depth)
            self.add(item, inside, depth)
        self._push(b"u", where)

    def add_set(self, value: set[Any] | frozenset[Any], where: str, depth: int) -> None:
        frozen = isinstance(value, frozenset)
        self._push(b"(" if frozen else b"\x8f(", where)
        _check_hashes(value, where)
        for item in value:
            self._add_key(item, f"the item {short_repr(item)} of {where}", depth)
        self._push(b"\x91" if frozen else b"\x90", where)

    def _add_key(self, key: Any, where: str, depth: int) -> None:
        if not may_be_key(key):
            raise MetadataError(f"{where} is a {type(key).__qualname__}; use plain values or tuples of them")
        self.add(key, where, depth)


def _check_hashes(keys: Iterable[Any], where: str) -> None:
    """Refuse keys that the reader would refuse."""
    counts = Counter(hash(key) for key in keys if not isinstance(key, str))
    if counts and max(counts.values()) > MAX_EQUAL_HASHES:
        (worst, count), *_ = counts.most_common(1)
        key = next(key for key in keys if hash(key) == worst)
        raise MetadataError(
            f"{count} keys or items of {where} have the same hash as {short_repr(key)}, which makes a dict "
            f"slow; a file holds up to {MAX_EQUAL_HASHES}"
        )


def _kinds(value: Any) -> tuple[type, ...]:
    """Return the types to try: the value's own and, where nothing is lost, those that it extends."""
    kind = type(value)
    if isinstance(value, (dict, list, tuple, str, int, float)):
        return kind.__mro__
    return (kind,)


def _cure(value: Any) -> str:
    if hasattr(value, "to_pydatetime"):
        return "convert it with .to_pydatetime()"
    if hasattr(value, "__fspath__"):
        return "convert it with str()"
    if hasattr(value, "to_dict"):
        return "convert it with .to_dict()"
    return "convert it to plain Python data"


def _python_scalar(value: np.generic, where: str) -> Any:
    if value.dtype.kind not in _ARRAY_KINDS or isinstance(value.item(), np.generic):
        raise MetadataError(
            f"{where} is a NumPy {value.dtype}, which a JPkl file cannot hold; make it a number or text"
        )
    if isinstance(value, str):  # the item of a text lacks the zeros at its end, and may so be another key
        return "".join([value])
    return b"".join([value]) if isinstance(value, bytes) else value.item()


def _nested_lists(value: np.ndarray[Any, Any], where: str) -> Any:
    if value.dtype.kind not in _ARRAY_KINDS or value.dtype.char in "gG":
        raise MetadataError(
            f"{where} is an array of {value.dtype}, which a JPkl file cannot hold; convert it with .tolist()"
        )
    return value.tolist()


def _tuple_of(items: list[bytes]) -> bytes:
    """Return the opcodes of a tuple, in the short form where there is one."""
    if len(items) <= 3:
        return b"".join(items) + (b")", b"\x85", b"\x86", b"\x87")[len(items)]
    return b"(" + b"".join(items) + b"t"


def _int(value: int) -> bytes:
    if 0 <= value < 256:
        return b"K" + value.to_bytes(1, "little")
    if 0 <= value < 65536:
        return b"M" + value.to_bytes(2, "little")
    if -(2**31) <= value < 2**31:
        return b"J" + value.to_bytes(4, "little", signed=True)
    length = value.bit_length() // 8 + 1
    data = value.to_bytes(length, "little", signed=True)
    if length < 256:
        return b"\x8a" + length.to_bytes(1, "little") + data
    return b"\x8b" + length.to_bytes(4, "little") + data


def _str(value: str) -> bytes:
    data = value.encode("utf-8", "surrogatepass")
    if len(data) < 256:
        return b"\x8c" + len(data).to_bytes(1, "little") + data
    return b"X" + len(data).to_bytes(4, "little") + data


def _bytes(value: bytes) -> bytes:
    if len(value) < 256:
        return b"C" + len(value).to_bytes(1, "little") + value
    return b"B" + len(value).to_bytes(4, "little") + value


def _float(value: float) -> bytes:
    return b"G" + struct.pack(">d", value)


def _call(module: str, name: str, args: list[bytes]) -> bytes:
    return _str(module) + _str(name) + b"\x93" + _tuple_of(args) + b"R"


def _bytearray(value: bytearray) -> bytes:
    return _call("builtins", "bytearray", [_bytes(bytes(value))])


def _complex(value: complex) -> bytes:
    return _call("builtins", "complex", [_float(value.real), _float(value.imag)])


def _timedelta(value: datetime.timedelta) -> bytes:
    return _call("datetime", "timedelta", [_int(value.days), _int(value.seconds), _int(value.microseconds)])


def _timezone(value: datetime.timezone) -> bytes:
    offset, name = value.utcoffset(None), value.tzname(None)
    named = name != datetime.timezone(offset).tzname(None)
    return _call("datetime", "timezone", [_timedelta(offset), *([_str(name)] if named else [])])


def _date(value: datetime.date) -> bytes:
    return _call("datetime", "date", [_bytes(bytes([*divmod(value.year, 256), value.month, value.day]))])


def _time_state(value: datetime.time | datetime.datetime, fold: int) -> bytes:
    return bytes([value.hour | fold << 7, value.minute, value.second]) + value.microsecond.to_bytes(3, "big")


def _zone(value: datetime.time | datetime.datetime) -> list[bytes]:
    return [] if value.tzinfo is None else [_timezone(value.tzinfo)]  # type: ignore[arg-type]


def _time(value: datetime.time) -> bytes:
    return _call("datetime", "time", [_bytes(_time_state(value, value.fold)), *_zone(value)])


def _datetime(value: datetime.datetime) -> bytes:
    day = bytes([*divmod(value.year, 256), value.month | value.fold << 7, value.day])
    return _call("datetime", "datetime", [_bytes(day + _time_state(value, 0)), *_zone(value)])


_SCALAR_CODE: dict[type, Callable[[Any], bytes]] = {
    type(None): lambda _: b"N",
    bool: lambda value: b"\x88" if value else b"\x89",
    int: _int,
    float: _float,
    complex: _complex,
    str: _str,
    bytes: _bytes,
    bytearray: _bytearray,
    datetime.date: _date,
    datetime.time: _time,
    datetime.datetime: _datetime,
    datetime.timedelta: _timedelta,
    datetime.timezone: _timezone,
}

_CONTAINERS: dict[type, Callable[[_Dumper, Any, str, int], None]] = {
    list: _Dumper.add_list,
    tuple: _Dumper.add_tuple,
    dict: _Dumper.add_dict,
    set: _Dumper.add_set,
    frozenset: _Dumper.add_set,
}


def _scalar_code(kind: type, value: Any, where: str) -> bytes:
    if kind is int and value.bit_length() >= 8 * MAX_INT_BYTES:
        raise MetadataError(f"{where} is an int of more than {MAX_INT_BYTES} bytes")
    if isinstance(value, (str, bytes, bytearray)) and len(value) > MAX_UNFOLDED_BYTES:
        raise MetadataError(f"{where} takes more than {MAX_UNFOLDED_BYTES >> 20} MiB")
    zone = getattr(value, "tzinfo", None)
    if zone is not None and type(zone) is not datetime.timezone:
        raise MetadataError(
            f"{where} has a time zone of type {type(zone).__qualname__}; a fixed offset can be kept: "
            "use .astimezone(datetime.timezone.utc)"
        )
    return _SCALAR_CODE[kind](value)

"""The closed list of names that a JPkl file may use, and what each means.

Nothing is imported or called because a file names it: a name is looked up in `GLOBALS`, and
what is there is code of this module that takes plain data and gives plain data.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar, cast

import numpy as np

from jpkl._errors import FormatError, UnsafePickleError
from jpkl._pickle.values import BuildTarget, Span
from jpkl._text import short_name


class Services(Protocol):
    """What a global may ask of the reader while it makes its value."""

    def payload(self, value: Any) -> bytes:
        """Return bytes that may still be in the file."""

    def charge(self, n_bytes: int) -> None:
        """Account for memory that the file does not hold itself."""

    def as_keys(self, target: object, values: list[Any]) -> list[Any]:
        """Return values as set items; raise unless all may be that."""

    def fill(self, target: dict[Any, Any], keys: list[Any], values: list[Any]) -> None:
        """Put items into a dict; raise unless all keys may be that, and are different."""


_Made = TypeVar("_Made")
Call = Callable[[tuple[Any, ...], Services], Any]


@dataclass(frozen=True, slots=True, eq=False)
class Global:
    """A name of the closed list."""

    name: str
    call: Call


def find_global(module: str, name: str) -> Global:
    """Return what a name means.

    Raises
    ------
    UnsafePickleError
        If it is not on the list.
    """
    found = GLOBALS.get((module, name))
    if found is None:
        raise UnsafePickleError(
            f"the file asks for {short_name(module)}.{short_name(name)}, which is not plain data; nothing "
            "of it was imported or called. If you trust it like a program, load it with allow_pickle=True"
        )
    return found


def _wrong(name: str, args: tuple[Any, ...]) -> FormatError:
    types = ", ".join(type(arg).__name__ for arg in args[:8])
    return FormatError(f"{name} with arguments that plain data do not have: ({types})")


def _encode(args: tuple[Any, ...], reader: Services) -> bytes | Span:
    """`_codecs.encode(text, "latin1")`: how protocols 0 to 2 write bytes."""
    text, codec = args if len(args) == 2 else (None, None)
    if type(codec) is not str or codec not in ("latin1", "latin-1"):
        raise _wrong("_codecs.encode", args)
    if type(text) is Span and text.kind == "str":
        return Span(text.offset, text.length, text.encoding)
    if type(text) is not str:
        raise _wrong("_codecs.encode", args)
    try:
        return text.encode("latin-1")
    except UnicodeError as error:
        raise FormatError("bytes written as text have characters above 255") from error


def _bytes(args: tuple[Any, ...], reader: Services) -> bytes:
    if args:
        raise _wrong("bytes", args)
    return b""


def _bytearray(args: tuple[Any, ...], reader: Services) -> Any:
    if not args:
        return bytearray()
    source = args[0] if len(args) == 1 else _encode(args, reader)
    if type(source) is Span and source.kind != "str":
        return Span(source.offset, source.length, source.encoding, "bytearray")
    if type(source) is not bytes:
        raise _wrong("bytearray", args)
    return bytearray(source)


def _items(name: str, args: tuple[Any, ...], reader: Services) -> list[Any]:
    """Return the items of the one list that a set or OrderedDict is made of."""
    if not args:
        return []
    if len(args) != 1 or type(args[0]) is not list:
        raise _wrong(name, args)
    reader.charge(64 * len(args[0]))
    return args[0]


def _set(args: tuple[Any, ...], reader: Services) -> set[Any]:
    items, made = _items("set", args, reader), set[Any]()
    made.update(reader.as_keys(made, items))
    return made


def _frozenset(args: tuple[Any, ...], reader: Services) -> frozenset[Any]:
    return frozenset(_set(args, reader))


def _ordered_dict(args: tuple[Any, ...], reader: Services) -> dict[Any, Any]:
    """Make a plain dict, which is ordered as well."""
    pairs, made = _items("OrderedDict", args, reader), dict[Any, Any]()
    if not all(type(pair) in (list, tuple) and len(pair) == 2 for pair in pairs):
        raise _wrong("OrderedDict", args)
    reader.fill(made, [pair[0] for pair in pairs], [pair[1] for pair in pairs])
    return made


def _complex(args: tuple[Any, ...], reader: Services) -> complex:
    if len(args) != 2 or not all(type(arg) is float for arg in args):
        raise _wrong("complex", args)
    return complex(*args)


def _timedelta(args: tuple[Any, ...], reader: Services) -> datetime.timedelta:
    if not all(type(arg) is int for arg in args):
        raise _wrong("datetime.timedelta", args)
    return _checked(datetime.timedelta, args)


def _timezone(args: tuple[Any, ...], reader: Services) -> datetime.timezone:
    if [type(arg) for arg in args] not in ([datetime.timedelta], [datetime.timedelta, str]):
        raise _wrong("datetime.timezone", args)
    return _checked(datetime.timezone, args)


def _checked(make: Callable[..., _Made], args: tuple[Any, ...]) -> _Made:
    try:
        return make(*args)
    except (ValueError, OverflowError, TypeError) as error:
        raise FormatError(f"{make.__name__}: {error}") from error


def _clock(name: str, length: int, make: Callable[[bytes, Any], Any]) -> Call:
    """Make a date, time or datetime of its packed state, checking every field.

    The constructors of the standard library take the state as well, but check one byte of it.
    """

    def call(args: tuple[Any, ...], reader: Services) -> Any:
        zone = args[1] if len(args) == 2 else None
        if not 1 <= len(args) <= 2 or not isinstance(zone, (type(None), datetime.timezone)):
            raise _wrong(name, args)
        state = reader.payload(args[0])
        if len(state) != length:
            raise _wrong(name, args)
        try:
            return make(state, zone)
        except ValueError as error:
            raise FormatError(f"{name}: {error}") from error

    return call


def _date(state: bytes, zone: Any) -> datetime.date:
    return datetime.date(state[0] << 8 | state[1], state[2], state[3])


def _time(state: bytes, zone: Any) -> datetime.time:
    hour, fold = state[0] & 0x7F, state[0] >> 7
    return datetime.time(hour, state[1], state[2], int.from_bytes(state[3:], "big"), zone, fold=fold)


def _datetime(state: bytes, zone: Any) -> datetime.datetime:
    month, fold = state[2] & 0x7F, state[2] >> 7
    day = datetime.date(state[0] << 8 | state[1], month, state[3])
    return datetime.datetime.combine(day, _time(state[4:], zone).replace(fold=fold))


class _BytesIO(BuildTarget):
    """An `io.BytesIO`, of which only the bytes matter."""

    def __init__(self) -> None:
        self._payload: Any = b""

    def build(self, state: Any) -> None:
        if type(state) is not tuple or len(state) != 3 or not isinstance(state[0], (bytes, Span)):
            raise FormatError("an io.BytesIO with an invalid state")
        self._payload = state[0]

    def value(self) -> Any:
        return self._payload


def _bytes_io(args: tuple[Any, ...], reader: Services) -> _BytesIO:
    if args:
        raise _wrong("io.BytesIO", args)
    return _BytesIO()


_BYTE_ORDERS = ("<", ">", "|", "=")
_DTYPE = re.compile(r"[<>|=]?(b1|[iu][1248]|f[248]|c(8|16)|[SU]\d{1,6})")


class _Dtype(BuildTarget):
    """A NumPy dtype of a closed set of kinds, first without and then with its byte order."""

    def __init__(self, text: str) -> None:
        self._dtype = np.dtype(text)

    def build(self, state: Any) -> None:
        if (
            type(state) is not tuple
            or len(state) < 5
            or type(state[1]) is not str
            or state[1] not in _BYTE_ORDERS
        ):
            raise FormatError("a NumPy dtype with an invalid state")
        if any(part is not None for part in state[2:5]):
            raise UnsafePickleError("the file holds a NumPy dtype with fields; only simple ones are read")
        if state[1] != "|":
            self._dtype = self._dtype.newbyteorder(cast("Literal['<', '>', '=']", state[1]))

    def value(self) -> np.dtype[Any]:
        return self._dtype


def _dtype(args: tuple[Any, ...], reader: Services) -> _Dtype:
    if not args or type(args[0]) is not str or not all(type(arg) in (bool, int) for arg in args[1:]):
        raise _wrong("numpy.dtype", args)
    if not _DTYPE.fullmatch(args[0]):
        raise UnsafePickleError(
            f"the file holds a NumPy dtype {short_name(args[0])!r}; only numbers, bools and plain text are "
            "read"
        )
    return _Dtype(args[0])


def _make_array(shape: Any, dtype: Any, data: bytes, order: str, reader: Services) -> Any:
    """Return a copy of `data` as an array, having checked that it fits the shape exactly."""
    if type(dtype) is not _Dtype or type(shape) is not tuple or len(shape) > 32:
        raise FormatError("a NumPy array with an invalid dtype or shape")
    kind = dtype.value()
    if not all(type(side) is int and 0 <= side < 2**31 for side in shape):
        raise FormatError("a NumPy array with a side that is not an int from 0 to 2**31")
    if math.prod(shape) * kind.itemsize != len(data) or (not kind.itemsize and math.prod(shape) > 1):
        raise FormatError(
            f"a NumPy array of {len(data)} bytes where its shape and dtype ask for another number"
        )
    reader.charge(len(data))
    if kind.kind == "b" and data.strip(b"\0\1"):
        raise FormatError("a NumPy array of bools with bytes other than 0 and 1")
    if kind.kind == "U" and data and np.frombuffer(data, f"{kind.str[0]}u4").max() > 0x10FFFF:
        raise FormatError("a NumPy array of text with numbers that are no characters")
    if not data:
        return np.zeros(shape, kind)
    return np.frombuffer(data, kind).reshape(shape, order="F" if order == "F" else "C").copy("K")


class _Array(BuildTarget):
    """A NumPy array, without data until its state comes."""

    def __init__(self, reader: Services, array: Any = None) -> None:
        self._reader = reader
        self._array = array

    def build(self, state: Any) -> None:
        if type(state) is not tuple or len(state) != 5 or type(state[3]) is not bool:
            raise FormatError("a NumPy array with an invalid state")
        _, shape, dtype, fortran, data = state
        payload = self._reader.payload(data)
        self._array = _make_array(shape, dtype, payload, "F" if fortran else "C", self._reader)

    def value(self) -> Any:
        if self._array is None:
            raise FormatError("a NumPy array without a state")
        return self._array


def _reconstruct(args: tuple[Any, ...], reader: Services) -> _Array:
    if len(args) != 3 or args[0] is not _NDARRAY:
        raise _wrong("numpy _reconstruct", args)
    return _Array(reader)


def _frombuffer(args: tuple[Any, ...], reader: Services) -> _Array:
    """Make an array from (buffer, dtype, shape, order), as protocol 5 writes it."""
    if len(args) != 4 or type(args[3]) is not str:
        raise _wrong("numpy _frombuffer", args)
    return _Array(reader, _make_array(args[2], args[1], reader.payload(args[0]), args[3], reader))


def _scalar(args: tuple[Any, ...], reader: Services) -> Any:
    if len(args) != 2:
        raise _wrong("numpy scalar", args)
    return _make_array((), args[0], reader.payload(args[1]), "C", reader)[()]


def _not_callable(args: tuple[Any, ...], reader: Services) -> Any:
    raise FormatError("a NumPy array that is not made by _reconstruct")


_NDARRAY = Global("numpy.ndarray", _not_callable)


def _names(modules: str, name: str, call: Call) -> dict[tuple[str, str], Global]:
    first, *others = modules.split()
    symbol = Global(f"{first}.{name}", call)
    return {(module, name): symbol for module in (first, *others)}


# Python 3 writes the Python 2 name of a module for protocols 0 to 2; NumPy 2 moved its core.
GLOBALS: dict[tuple[str, str], Global] = {
    ("numpy", "ndarray"): _NDARRAY,
    **_names("_codecs", "encode", _encode),
    **_names("builtins __builtin__", "bytes", _bytes),
    **_names("builtins __builtin__", "bytearray", _bytearray),
    **_names("builtins __builtin__", "complex", _complex),
    **_names("builtins __builtin__", "set", _set),
    **_names("builtins __builtin__", "frozenset", _frozenset),
    **_names("collections", "OrderedDict", _ordered_dict),
    **_names("datetime", "date", _clock("datetime.date", 4, _date)),
    **_names("datetime", "time", _clock("datetime.time", 6, _time)),
    **_names("datetime", "datetime", _clock("datetime.datetime", 10, _datetime)),
    **_names("datetime", "timedelta", _timedelta),
    **_names("datetime", "timezone", _timezone),
    **_names("io _io", "BytesIO", _bytes_io),
    **_names("numpy", "dtype", _dtype),
    **_names("numpy._core.multiarray numpy.core.multiarray", "_reconstruct", _reconstruct),
    **_names("numpy._core.multiarray numpy.core.multiarray", "scalar", _scalar),
    **_names("numpy._core.numeric numpy.core.numeric", "_frombuffer", _frombuffer),
}

"""The last step of reading: from spans and half-built objects to plain data, within limits."""

from __future__ import annotations

from typing import Any, NamedTuple

from jpkl._bytes import ByteSource
from jpkl._errors import FormatError
from jpkl._pickle.globals import Global
from jpkl._pickle.values import BuildTarget, FrameTable, Span, is_scalar

MAX_DEPTH = 100
"""How deep containers may be nested."""
MAX_UNFOLDED_BYTES = 2**28
"""Rough size that data may have when every shared part is counted wherever it occurs.

A pickle of a few hundred bytes can hold a list that holds a list twice, sixty levels deep. It
takes no memory here, but whoever walks through it, prints it or saves it would never come back.
"""
_ITEM_BYTES = 16


class _Plain(NamedTuple):
    value: Any
    weight: int  # bytes, unfolded
    height: int  # levels of containers


def resolve(value: Any, source: ByteSource) -> Any:
    """Return what the reader made as plain data; parts that were shared stay shared.

    Parameters
    ----------
    value
        A value that `PickleReader.run` returned, or a part of it. Lists and dicts are completed in place.
    source : ByteSource
        Where its spans are.

    Raises
    ------
    FormatError
        If a container holds itself, or the data are too deep or too large.
    """
    return _Resolver(source).plain(value, 0).value


class _Resolver:
    def __init__(self, source: ByteSource) -> None:
        self._source = source
        self._done: dict[int, tuple[Any, _Plain]] = {}  # keeps the original: its id must stay its own
        self._open: set[int] = set()

    def plain(self, value: Any, depth: int) -> _Plain:
        if is_scalar(value):
            return _Plain(value, _ITEM_BYTES + _own_bytes(value), 0)
        # Such as keys, of which nothing has to be kept.
        if type(value) is tuple and all(map(is_scalar, value)):
            weight = _ITEM_BYTES * (1 + len(value)) + sum(map(_own_bytes, value))
            return self._within(_Plain(value, weight, 1), depth)
        known = self._done.get(id(value))
        return self._within(known[1] if known else self._first_time(value, depth), depth)

    def _within(self, result: _Plain, depth: int) -> _Plain:
        """Return a result that is within the limits."""
        if depth + result.height > MAX_DEPTH:
            raise FormatError(f"data nested more than {MAX_DEPTH} deep")
        if result.weight > MAX_UNFOLDED_BYTES:
            raise FormatError(
                f"data that take more than {MAX_UNFOLDED_BYTES >> 20} MiB when written out in full"
            )
        return result

    def _first_time(self, value: Any, depth: int) -> _Plain:
        if id(value) in self._open:
            raise FormatError(f"a {type(value).__name__} that holds itself")
        if depth > MAX_DEPTH:
            raise FormatError(f"data nested more than {MAX_DEPTH} deep")
        self._open.add(id(value))
        result = self._make(value, depth + 1)
        self._open.discard(id(value))
        self._done[id(value)] = (value, result)
        return result

    def _make(self, value: Any, depth: int) -> _Plain:
        if isinstance(value, (tuple, list)):
            return self._sequence(value, depth)
        if isinstance(value, FrameTable):
            return self._mapping({**dict(value.items()), **value.misfits}, depth)
        if isinstance(value, dict):
            return self._mapping(value, depth)
        if isinstance(value, (set, frozenset)):
            weight = sum(self.plain(item, depth).weight for item in value)
            return _Plain(value, _ITEM_BYTES + weight, 2)
        return self._single(value, depth)

    def _sequence(self, value: tuple[Any, ...] | list[Any], depth: int) -> _Plain:
        parts = [self.plain(item, depth) for item in value]
        weight = _ITEM_BYTES + sum(part.weight for part in parts)
        height = 1 + max((part.height for part in parts), default=0)
        if isinstance(value, tuple):
            return _Plain(tuple(part.value for part in parts), weight, height)
        value[:] = [part.value for part in parts]
        return _Plain(value, weight, height)

    def _mapping(self, value: dict[Any, Any], depth: int) -> _Plain:
        weight, height = _ITEM_BYTES, 1
        for key, item in value.items():
            part = self.plain(item, depth)
            value[key] = part.value
            weight += self.plain(key, depth).weight + part.weight
            height = max(height, 1 + part.height)
        return _Plain(value, weight, height)

    def _single(self, value: Any, depth: int) -> _Plain:
        if isinstance(value, Span):
            value = value.read(self._source)
        elif isinstance(value, BuildTarget):
            value = value.value()
            if isinstance(value, Span):
                return self.plain(value, depth)
        elif isinstance(value, Global):
            raise FormatError(f"the data hold {value.name} itself, which is not plain data")
        return _Plain(value, _ITEM_BYTES + _own_bytes(value), 1)


def _own_bytes(value: Any) -> int:
    if isinstance(value, (str, bytes, bytearray)):
        return len(value)
    if isinstance(value, int):
        return value.bit_length() // 8
    return int(getattr(value, "nbytes", 0))

"""Whether the settings of a view make sense for a stack; pure.

`check_settings` is for calls in Python: what is unknown or impossible raises, and the message says what there
is. `sift_settings` is for links and browsers, which outlive versions and are typed by hand: it keeps what
makes sense, and ignores the rest. Both go through the same checks, one for each kind of setting in
``limits.json``.
"""

from __future__ import annotations

import difflib
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from numbers import Real
from typing import Any

import numpy as np

from jpkl_viewer.limits import (
    CHANNEL_SETTINGS,
    PIXEL_VALUES,
    PLAYBACK_SETTINGS,
    PROJECTION_METHODS,
    TOOLS,
    VIEW_SETTINGS,
    Setting,
)
from jpkl_viewer.model.colormaps import COLORMAP_CHOICES
from jpkl_viewer.model.projection import Projection
from jpkl_viewer.model.stack import Dim, StackDescription

_HEX_COLOR = re.compile(r"#[0-9a-fA-F]{6}")

#: What a projection is made of.
_PROJECTION_PARTS = ("dim", "method", "start", "stop", "around")


def check_settings(settings: Mapping[str, Any], stack: StackDescription) -> dict[str, Any]:
    """Check settings that were given in Python.

    Parameters
    ----------
    settings : mapping
        Values of `VIEW_SETTINGS` by name.
    stack : StackDescription
        The stack that they are for.

    Returns
    -------
    dict
        The same as plain data, but ``position`` as a dict from dim to index, and ``projection`` as a
        `Projection` or None.

    Raises
    ------
    TypeError
        If a name is unknown, or a value is of the wrong type; says which there are.
    ValueError, IndexError
        If a value is impossible, or the stack has no such index.
    """
    return _Check(stack).view(settings)


def sift_settings(settings: Mapping[str, Any], stack: StackDescription) -> dict[str, Any]:
    """Take what makes sense of settings that came from a link or a browser, as `check_settings` returns it.

    Indices are clipped to the stack. A projection that does not fit it is none.
    """
    return _Check(stack, is_lenient=True).view(settings)


def check_names(given: Iterable[str], known: Iterable[str], what: str) -> None:
    """Refuse names that are unknown.

    Raises
    ------
    TypeError
        With the nearest known name, and all of them.

    Examples
    --------
    >>> check_names(["zom"], ["zoom", "region"], "export()")
    Traceback (most recent call last):
    ...
    TypeError: export() has no 'zom'; did you mean 'zoom'? There are zoom, region
    """
    names = tuple(known)
    for name in given:
        if name not in names:
            raise TypeError(f"{what} has no {name!r}{_hint(name, names)}")


def _hint(name: Any, names: Iterable[str]) -> str:
    nearest = difflib.get_close_matches(str(name), list(names), n=1)
    return f"{f'; did you mean {nearest[0]!r}? There' if nearest else '; there'} are {', '.join(names)}"


class _Check:
    """Checks settings for one stack; where it is lenient, what is wrong is left out."""

    def __init__(self, stack: StackDescription, *, is_lenient: bool = False) -> None:
        self._dims = stack.dims
        self._n_channels = len(stack.channels)
        self._is_lenient = is_lenient

    def view(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return self._fields(values, VIEW_SETTINGS, "the viewer", "")

    def _fields(
        self, values: Mapping[str, Any], table: Mapping[str, Setting], owner: str, where: str
    ) -> dict[str, Any]:
        if not self._is_lenient:
            check_names(values, table, owner)
        checked = {}
        for name in filter(table.__contains__, values):
            try:
                checked[name] = _KINDS[table[name].kind](self, values[name], table[name], where + name)
            except (TypeError, ValueError, LookupError, OverflowError):
                if not self._is_lenient:
                    raise
        return checked

    def flag(self, value: Any, _: Setting, where: str) -> bool:
        if not isinstance(value, bool | np.bool_):
            raise TypeError(f"{where} must be True or False, not {value!r}")
        return bool(value)

    def number(self, value: Any, setting: Setting, where: str) -> float:
        low, high = setting.bounds or (-math.inf, math.inf)
        number = _number(value, where)
        if not low <= number <= high:
            raise ValueError(f"{where} must be from {low:g} to {high:g}, not {value!r}")
        return number

    def choice(self, value: Any, setting: Setting, where: str) -> str:
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)  # some are numbers, as degrees
        return _one_of(value, setting.choices, where)

    def colormap(self, value: Any, _: Setting, where: str) -> str:
        return _one_of(value, COLORMAP_CHOICES, where)

    def color(self, value: Any, _: Setting, where: str) -> str:
        if not isinstance(value, str):
            raise TypeError(f"{where} must be a color such as '#ff8000', not {value!r}")
        if not _HEX_COLOR.fullmatch(value):
            raise ValueError(f"{where} must be a color such as '#ff8000', not {value!r}")
        return value

    def limits(self, value: Any, _: Setting, where: str) -> tuple[float, float]:
        least, greatest = PIXEL_VALUES
        items = _items(value, f"{where} must be a pair of pixel values (low, high)")
        if len(items) != 2:
            raise ValueError(f"{where} must be a pair of pixel values (low, high), not {value!r}")
        low, high = (_number(item, where) for item in items)
        if not least <= low < high <= greatest:
            raise ValueError(f"{where} must be {least:g} <= low < high <= {greatest:g}, not {value!r}")
        return low, high

    def dim(self, value: Any, _: Setting, where: str) -> int:
        names = [dim.name for dim in self._dims]
        if isinstance(value, str):
            if value not in names:
                raise ValueError(f"{where}: the stack has no dim {value!r}{_hint(value, names)}")
            return names.index(value)
        number = _index(value, where)
        if not 0 <= number < max(1, len(names)):  # of a stack without dims, it is 0
            raise ValueError(f"{where}: the stack has no dim {number}; {_say_dims(self._dims)}")
        return number

    def position(self, value: Any, _: Setting, where: str) -> dict[int, int]:
        """Index along each dim; of a stack with one dim, it may be one number."""
        if self._is_lenient:
            items = value if isinstance(value, list | tuple) else []
            indices = zip(range(len(self._dims)), items, strict=False)
            return {
                d: min(max(int(i), 0), self._dims[d].size - 1)
                for d, i in indices
                if isinstance(i, int | np.integer)
            }
        wanted = f"{where} must have one index per dim; {_say_dims(self._dims)}"
        is_one = len(self._dims) == 1 and isinstance(value, int | np.integer)
        items = (value,) if is_one else _items(value, wanted)
        if len(items) != len(self._dims):
            raise ValueError(f"{wanted}, but {value!r} has {len(items)}")
        return {
            d: _index_of(dim, item, where)
            for d, (dim, item) in enumerate(zip(self._dims, items, strict=True))
        }

    def projection(self, value: Any, setting: Setting, where: str) -> Projection | None:
        try:
            return None if value is None else self._projection(value, setting, where)
        except (TypeError, ValueError, LookupError, OverflowError):
            if not self._is_lenient:
                raise
            return None

    def _projection(self, value: Any, setting: Setting, where: str) -> Projection:
        if isinstance(value, Projection):
            if value.step not in (None, 1):
                raise ValueError(f"{where}: the viewer projects every frame, not every {value.step}")
            value = {part: getattr(value, part) for part in _PROJECTION_PARTS}
        _require_mapping(value, where)
        if not self._is_lenient:
            check_names(value, _PROJECTION_PARTS, where)
        if "dim" not in value:
            raise ValueError(f"{where} needs a 'dim'; {_say_dims(self._dims)}")
        dim = self.dim(value["dim"], setting, f"{where}.dim")
        method = _one_of(value.get("method", "max"), PROJECTION_METHODS, f"{where}.method")
        size = self._dims[dim].size if self._dims else 0
        start = 0 if value.get("start") is None else _index(value["start"], f"{where}.start")
        stop = size if value.get("stop") is None else _index(value["stop"], f"{where}.stop")
        if not 0 <= start < stop <= size:
            raise ValueError(f"{where}: {start} to {stop} is not within a dim of {size} indices")
        around = None if value.get("around") is None else _index(value["around"], f"{where}.around")
        return Projection(dim, method, start, stop, around=around)

    def channels(self, value: Any, _: Setting, where: str) -> list[dict[str, Any]]:
        items = _items(value, f"{where} must be a list with one dict per channel")
        if len(items) > self._n_channels and not self._is_lenient:
            raise ValueError(f"{where}: the stack has {self._n_channels}, not {len(items)}")
        return [self._channel(item, f"{where}[{i}]") for i, item in enumerate(items[: self._n_channels])]

    def _channel(self, value: Any, where: str) -> dict[str, Any]:
        if self._is_lenient and not isinstance(value, Mapping):
            return {}
        _require_mapping(value, where)
        return self._fields(value, CHANNEL_SETTINGS, where, f"{where}.")

    def playback(self, value: Any, _: Setting, where: str) -> dict[str, Any]:
        _require_mapping(value, where)
        return self._fields(value, PLAYBACK_SETTINGS, where, f"{where}.")

    def tools(self, value: Any, _: Setting, where: str) -> dict[str, Any]:
        _require_mapping(value, where)
        if not self._is_lenient:
            check_names(value, TOOLS, where)
            for name, settings in value.items():
                _require_mapping(settings, f"{where}.{name}")
        return {name: dict(of) for name, of in value.items() if name in TOOLS and isinstance(of, Mapping)}


#: How a value of each kind is checked.
_KINDS: dict[str, Callable[[_Check, Any, Setting, str], Any]] = {
    "flag": _Check.flag,
    "number": _Check.number,
    "choice": _Check.choice,
    "colormap": _Check.colormap,
    "color": _Check.color,
    "limits": _Check.limits,
    "dim": _Check.dim,
    "position": _Check.position,
    "projection": _Check.projection,
    "channels": _Check.channels,
    "playback": _Check.playback,
    "tools": _Check.tools,
}


def _one_of(value: Any, known: Iterable[str], where: str) -> str:
    names = tuple(known)
    if not isinstance(value, str):
        raise TypeError(f"{where} must be one of {', '.join(names)}, not {value!r}")
    if value not in names:
        raise ValueError(f"{where}: there is no {value!r}{_hint(value, names)}")
    return value


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool | np.bool_) or not isinstance(value, Real):
        raise TypeError(f"{where} must be a number, not {value!r}")
    return float(value)


def _index(value: Any, where: str) -> int:
    if isinstance(value, bool | np.bool_) or not hasattr(value, "__index__"):
        raise TypeError(f"{where} must be a whole number, not {value!r}")
    return operator.index(value)


def _index_of(dim: Dim, value: Any, where: str) -> int:
    index = _index(value, f"{where} along {dim.name!r}")
    if not -dim.size <= index < dim.size:
        raise IndexError(f"{where}: dim {dim.name!r} has indices 0 to {dim.size - 1}, not {index}")
    return index % dim.size


def _items(value: Any, wanted: str) -> tuple[Any, ...]:
    if isinstance(value, str | bytes | Mapping) or not isinstance(value, Iterable):
        raise TypeError(f"{wanted}, not {value!r}")
    return tuple(value)


def _require_mapping(value: Any, where: str) -> None:
    if not isinstance(value, Mapping):
        raise TypeError(f"{where} must be a dict, not {value!r}")


def _say_dims(dims: tuple[Dim, ...]) -> str:
    return f"the stack has {', '.join(f'{dim.name} ({dim.size})' for dim in dims) or 'no dims'}"

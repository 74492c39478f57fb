"""Python code that opens a view again; pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any


def python_snippet(
    settings: Mapping[str, Any],
    defaults: Mapping[str, Any],
    path: str | None = None,
    compare: Sequence[str | None] = (),
) -> str:
    """Write Python code that makes the viewer as it is: only the settings that differ from the defaults.

    Parameters
    ----------
    settings : mapping
        `ViewState.settings` of the view.
    defaults : mapping
        The same of a fresh one: ``ViewState(stack).settings()``.
    path : str, optional
        The stack's file. Without one the code takes a stack that is named ``jp``.
    compare : sequence of str or None
        Files of the stacks that it is compared with; the code takes those in memory as ``other``,
        ``other2``, ...

    Returns
    -------
    str
        Lines of valid Python; the last one is an expression, so that a notebook shows the viewer.

    Examples
    --------
    >>> print(python_snippet({"position": [3, 1], "invert": False}, {"position": [0, 0], "invert": False}))
    from jpkl_viewer import JPklViewer
    <BLANKLINE>
    viewer = JPklViewer(jp, position=[3, 1])
    viewer
    """
    imports = ["from jpkl_viewer import JPklViewer"]
    files = [file for file in (path, *compare) if file is not None]
    if any(map(_is_stack, files)):
        imports.insert(0, "from jpkl import JPkl")
    if not all(map(_is_stack, files)):
        imports.insert(0, "import jpkl")
    changed = {name: _changed(value, defaults.get(name)) for name, value in settings.items()}
    arguments = [f"{name}={_literal(value)}" for name, value in changed.items() if value != _SAME]
    if compare:
        arguments.insert(0, f"compare=[{', '.join(_stacks(compare))}]")
    stack = "jp" if path is None else _load(path)
    return "\n".join([*imports, "", f"viewer = JPklViewer({', '.join([stack, *arguments])})", "viewer"])


def _load(path: str) -> str:
    return f"JPkl.load({path!r})" if _is_stack(path) else f"jpkl.open({path!r})"


def _is_stack(path: str) -> bool:
    return path.lower().endswith(".jpkl")


def _stacks(paths: Sequence[str | None]) -> list[str]:
    numbers = count(1)
    names = (f"other{n if (n := next(numbers)) > 1 else ''}" for path in paths if path is None)
    return [next(names) if path is None else _load(path) for path in paths]


#: What `_changed` returns where nothing has; no setting is an empty tuple.
_SAME: Any = ()


def _changed(value: Any, default: Any) -> Any:
    """Find the part of a value that has to be said: of nested settings, only the keys that differ."""
    if value == default:
        return _SAME
    if isinstance(value, Mapping) and isinstance(default, Mapping) and value.keys() == default.keys():
        parts = {key: _changed(value[key], default[key]) for key in value}
        return {key: part for key, part in parts.items() if part != _SAME}
    if _are_records(value) and _are_records(default) and len(value) == len(default):
        parts_of = [_changed(*pair) for pair in zip(value, default, strict=True)]
        return [{} if part == _SAME else part for part in parts_of]
    return value


def _are_records(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _literal(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_literal(key)}: {_literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_literal, value)) + "]"
    if isinstance(value, float) and not math.isfinite(value):
        return f"float({str(value)!r})"
    return repr(value)

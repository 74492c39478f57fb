"""The dims of a stack: their names, and which frame is at which index along them; pure."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from typing import Any, SupportsIndex, TypeAlias

import numpy as np
from numpy.typing import NDArray

#: Where a frame is: one int per dim.
FrameIndex: TypeAlias = tuple[int, ...]

#: Names, in lower case, of a dim whose indices are separate signals, each with its own range.
CHANNEL_NAMES = frozenset({"c", "ch", "channel", "channels"})


# -- frame indices and frame numbers -------------------------------------------------------------------


def frame_number(index: tuple[SupportsIndex, ...], dim_sizes: tuple[int, ...]) -> int:
    """Return the number of a frame in C order of the dims; negative indices count from the end.

    Parameters
    ----------
    index : tuple of int
        Frame index: one int per dim.
    dim_sizes : tuple of int
        Length of each dim.

    Returns
    -------
    int
        Counted from 0.

    Raises
    ------
    IndexError
        If the index is out of bounds, has the wrong length, or is not made of ints.
    TypeError
        If it is not a tuple.

    Examples
    --------
    >>> frame_number((1, 2), (2, 3)), frame_number((-1, 0), (2, 3))
    (5, 3)
    """
    if not isinstance(index, tuple):
        raise TypeError(f"a frame index is a tuple with one int per dim, not {index!r}")
    if len(index) != len(dim_sizes):
        raise IndexError(f"frame index {index} has {len(index)} entries for {len(dim_sizes)} dims")
    number = 0
    for item, size in zip(index, dim_sizes, strict=True):
        try:
            i = operator.index(item)
        except TypeError:
            raise IndexError(f"frame index {index} must be made of ints, not {item!r}") from None
        if not -size <= i < size:
            raise IndexError(f"frame index {index} is out of bounds for dims of sizes {dim_sizes}")
        number = number * size + i % size
    return number


def index_of(number: int, dim_sizes: tuple[int, ...]) -> FrameIndex:
    """Return the index along the dims of a frame number.

    Parameters
    ----------
    number : int
        In C order of the dims, counted from 0.
    dim_sizes : tuple of int
        Length of each dim.

    Returns
    -------
    tuple of int
        One int per dim.

    Raises
    ------
    IndexError
        If there is no such frame.

    Examples
    --------
    >>> index_of(5, (2, 3)), index_of(0, ())
    ((1, 2), ())
    """
    index = []
    rest = number
    for size in reversed(dim_sizes):
        rest, i = divmod(rest, size) if size else (-1, 0)
        index.append(i)
    if rest:
        raise IndexError(f"there is no frame {number}, with dims of sizes {dim_sizes}")
    return tuple(reversed(index))


def frame_numbers(keys: NDArray[np.int64], dim_sizes: tuple[int, ...]) -> NDArray[np.int64]:
    """Return the frame number (C order) of each row of keys; all must be in bounds."""
    steps = [math.prod(dim_sizes[i + 1 :]) for i in range(len(dim_sizes))]
    return keys @ np.array(steps, dtype=np.int64)


# -- names ---------------------------------------------------------------------------------------------


def resolve_dim_names(names: Any, n_dims: int) -> tuple[str, ...]:
    """Return one unique name per dim: the given ones where they serve, ``dim0``, ``dim1``, ... elsewhere.

    Files of format v1 may lack names, repeat them, or have too few; a stack is no worse for that.

    Examples
    --------
    >>> resolve_dim_names(["time", "time"], 3)
    ('time', 'dim1', 'dim2')
    """
    given = list(names)[:n_dims] if isinstance(names, (list, tuple)) else []
    given += [None] * (n_dims - len(given))
    resolved: list[str] = []
    for i, name in enumerate(given):
        usable = isinstance(name, str) and name != "" and name not in resolved
        resolved.append(name if usable else _unused_name(i, given, resolved))
    return tuple(resolved)


def _unused_name(i: int, given: list[Any], resolved: list[str]) -> str:
    name = f"dim{i}"
    while name in given or name in resolved:
        name += "_"
    return name


def checked_dim_names(names: Sequence[str] | None, n_dims: int) -> tuple[str, ...]:
    """Return the dim names that a caller gave; unlike those of a file, they must be right.

    Raises
    ------
    ValueError
        If there is not exactly one name per dim, or a name is empty or repeated.
    TypeError
        If a name is not a string.
    """
    if names is None:
        return resolve_dim_names(None, n_dims)
    if isinstance(names, str):
        raise TypeError(f"dim_names must be a sequence of names, not the string {names!r}")
    checked = tuple(names)
    if not all(isinstance(name, str) for name in checked):
        raise TypeError(f"dim_names must be strings, not {checked!r}")
    if len(checked) != n_dims:
        raise ValueError(f"dim_names {checked!r} name {len(checked)} dims, but the images have {n_dims}")
    if "" in checked or len(set(checked)) != n_dims:
        raise ValueError(f"dim_names must be unique and not empty, not {checked!r}")
    return checked


def channel_dim(dim_names: Sequence[str]) -> int | None:
    """Return the position of the dim named channel or c, if there is exactly one.

    Parameters
    ----------
    dim_names : sequence of str
        Names of the dims.

    Returns
    -------
    int or None
        Counted from 0.

    Examples
    --------
    >>> channel_dim(("time", "channel")), channel_dim(("time", "z"))
    (1, None)
    """
    found = [i for i, name in enumerate(dim_names) if name.lower() in CHANNEL_NAMES]
    return found[0] if len(found) == 1 else None

"""Planes that a file promises but lacks: they are an error, become black, or are left out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from jpkl._source.axes import OME_DIM_NAMES
from jpkl._text import count
from jpkl.readers._image_file import Missing

COPY = "Copy the file again if there is a whole one"
TRIM = "--missing trim"
_BLACK = "--missing black puts black planes in their place"


class Counted(Protocol):
    """What is there, by number, of what a file or many files promise: see `Planes`."""

    shape: tuple[int, ...]
    is_there: NDArray[np.bool_]

    @property
    def place(self) -> Callable[[int], str]:
        """Says where one is, or should be."""


@dataclass(frozen=True)
class Kept:
    """The planes to read, in the shape of the axes that count them, and what to say about those left out."""

    numbers: NDArray[np.intp]
    notes: tuple[str, ...] = ()


def kept_of(
    path: Path,
    planes: Counted,
    axes: Sequence[str],
    missing: Missing,
    what_is_missing: Callable[[str], str] | None = None,
) -> Kept:
    """Return which planes to read, of axes with these names.

    Parameters
    ----------
    path : Path
        The file, for messages.
    planes : Planes or the like
        The planes that it promises.
    axes : sequence of str
        Names of the axes, those that count the planes first.
    missing : {"error", "black", "trim"}
        What becomes of planes that are not there.
    what_is_missing : callable, optional
        Words the error from the ways out of it.

    Raises
    ------
    ValueError
        If planes are missing and that is an error, or none is left.
    """
    numbers = np.arange(math.prod(planes.shape)).reshape(planes.shape)
    if planes.is_there.all():
        return Kept(numbers)
    trimmed, how = _trimmed(numbers, planes.is_there, axes)
    kept = trimmed if missing == "trim" else numbers
    if missing == "error" or kept.size == 0 or not planes.is_there.any():
        ways = f"{_BLACK}; {TRIM} reads {how}" if trimmed.size else _BLACK
        say = what_is_missing or (lambda ways: _what_is_missing(planes, ways))
        raise ValueError(f"{path}: {say(ways)}")
    n_missing = int(np.count_nonzero(~planes.is_there))
    n_left_out = numbers.size - n_missing - kept.size if missing == "trim" else 0
    beyond = f", without {count(n_left_out, 'plane')} beyond it" if n_left_out else ""
    done = "black in their place" if missing == "black" else f"read {how}{beyond}"
    return Kept(kept, (f"{n_missing:,} of {count(numbers.size, 'plane')} missing: {done}",))


def _what_is_missing(planes: Counted, ways: str) -> str:
    first = planes.place(int(np.argmin(planes.is_there)))
    said = f"{count_of(planes.is_there)} there; the first that is missing is {first}. {COPY}"
    return f"{said}, or take what is there: {ways}" if planes.is_there.any() else said


def count_of(is_there: NDArray[np.bool_]) -> str:
    """Say how many planes are there."""
    n = int(np.count_nonzero(is_there))
    return f"{n:,} of {count(is_there.size, 'plane')} {'is' if 1 in (n, is_there.size) else 'are'}"


def _trimmed(
    numbers: NDArray[np.intp], is_there: NDArray[np.bool_], axes: Sequence[str]
) -> tuple[NDArray[np.intp], str]:
    """Return the largest complete part from the beginning of one axis, and what to call it."""
    is_there = is_there.reshape(numbers.shape)
    best, how = np.empty(0, np.intp), ""
    for axis, size in enumerate(numbers.shape):
        others = tuple(other for other in range(numbers.ndim) if other != axis)
        complete = is_there.all(axis=others)
        n = size if complete.all() else int(np.argmin(complete))
        part = np.take(numbers, range(n), axis)
        if part.size > best.size:
            best, how = part, f"the first {n:,} of {size:,} along {OME_DIM_NAMES.get(axes[axis], axes[axis])}"
    return best, how

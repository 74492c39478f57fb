"""Files that make one image together: which of them is where along which dims, as their names say; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from jpkl._dims import index_of
from jpkl._source.axes import OME_DIM_NAMES
from jpkl._text import natural_key

#: What a name says of where a file is along a dim.
Coord: TypeAlias = int | float | str

_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


@dataclass(frozen=True)
class FileGrid:
    """Files by their place along dims.

    Attributes
    ----------
    names : tuple of str
        Names of the dims.
    coords : tuple of tuple
        Where each index of a dim is; a dim has as many.
    files : mapping from tuple to Path
        The file at each combination of coords that has one.
    """

    names: tuple[str, ...]
    coords: tuple[tuple[Coord, ...], ...]
    files: Mapping[tuple[Coord, ...], Path]

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each dim."""
        return tuple(map(len, self.coords))

    @cached_property
    def paths(self) -> tuple[Path | None, ...]:
        """The file of each combination, in C order; None where there is none."""
        return tuple(self.files.get(self.at(number)) for number in range(prod(self.shape)))

    @cached_property
    def is_there(self) -> NDArray[np.bool_]:
        """Which combinations have a file, by number."""
        return np.array([path is not None for path in self.paths], bool)

    def at(self, number: int) -> tuple[Coord, ...]:
        """Return the coords of a combination."""
        index = index_of(number, self.shape)
        return tuple(coords[i] for coords, i in zip(self.coords, index, strict=True))

    def place(self, number: int) -> str:
        """Say which combination it is, e.g. ``"the file of time=3, z=0"``."""
        at = ", ".join(f"{name}={value}" for name, value in zip(self.names, self.at(number), strict=True))
        return f"the file of {at}"


def grid_of(names: Sequence[str], values: Mapping[Path, tuple[str, ...]]) -> FileGrid:
    """Return the grid of files whose names have these values along dims of these names.

    Values that are all numbers are ordered as such; others by the numbers in them, then by letters.

    Raises
    ------
    ValueError
        If two files are at the same place.
    """
    columns = list(zip(*values.values(), strict=True))
    settled = [_coords(column) for column in columns]
    files: dict[tuple[Coord, ...], Path] = {}
    for path, *at in zip(values, *settled, strict=True):
        if (other := files.setdefault(tuple(at), path)) != path:
            where = ", ".join(f"{name}={value}" for name, value in zip(names, at, strict=True))
            raise ValueError(f"{path}: {where} as in {other.name}; name apart what differs")
    ordered = tuple(tuple(sorted(set(column), key=natural_key)) for column in settled)
    return FileGrid(tuple(OME_DIM_NAMES.get(name, name) for name in names), ordered, files)


def _coords(values: Sequence[str]) -> list[Coord]:
    if all(_NUMBER.fullmatch(value) for value in values):
        return [float(value) if "." in value else int(value) for value in values]
    return list(values)

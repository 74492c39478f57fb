"""Runs of frames: which frames lie along one dim at a position of the others; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class FrameRun:
    """Frames along one dim, at one position of the other dims.

    Attributes
    ----------
    position : tuple of int
        Frame index; its entry along ``dim`` is always 0, so that equal runs compare equal.
    dim : int
        The dim that they lie along.
    indices : range
        Which indices of it, not empty.
    """

    position: tuple[int, ...]
    dim: int
    indices: range

    def __len__(self) -> int:
        return len(self.indices)

    def index(self, number: int) -> tuple[int, ...]:
        """Return the frame index of the ``number``-th frame."""
        return (*self.position[: self.dim], self.indices[number], *self.position[self.dim + 1 :])

    def shape(self, frame_shape: tuple[int, ...], scale: int = 1) -> tuple[int, ...]:
        """Return the shape of all its frames at ``1 / scale`` of the size: (n, height, width[, 3])."""
        height, width, *samples = frame_shape
        return (len(self), -(-height // scale), -(-width // scale), *samples)


def make_run(
    sizes: tuple[int, ...], position: Sequence[int], dim: int, part: slice = slice(None)
) -> FrameRun:
    """Find the frames along ``dim`` at a position.

    Parameters
    ----------
    sizes : tuple of int
        Lengths of the stack's dims.
    position : sequence of int
        Frame index; its entry along ``dim`` does not matter.
    dim : int
        Which dim.
    part : slice
        Which part of it, by Python's rules.

    Raises
    ------
    IndexError
        If there is no such dim or position.
    ValueError
        If the part is empty.

    Examples
    --------
    >>> make_run((10, 3), (4, 2), dim=0, part=slice(0, 6, 2))
    FrameRun(position=(0, 2), dim=0, indices=range(0, 6, 2))
    """
    if not 0 <= dim < len(sizes):
        raise IndexError(f"there is no dim {dim}: the stack has {len(sizes)}")
    if len(position) != len(sizes):
        raise IndexError(f"position {tuple(position)} has {len(position)} entries for {len(sizes)} dims")
    fixed = tuple(0 if d == dim else int(i) for d, i in enumerate(position))
    if not all(0 <= i < size for d, (i, size) in enumerate(zip(fixed, sizes, strict=True)) if d != dim):
        raise IndexError(f"position {tuple(position)} is outside of dims {sizes}")
    indices = range(*part.indices(sizes[dim]))
    if not indices:
        raise ValueError(f"part {part} of dim {dim} with {sizes[dim]} indices is empty")
    return FrameRun(fixed, dim, indices)


def dim_number(names: Sequence[str], dim: str | int) -> int:
    """Return the number of a dim that is given by name or number.

    Raises
    ------
    ValueError
        If there is no such dim; names those that there are.
    """
    if isinstance(dim, str) and dim in names:
        return list(names).index(dim)
    if isinstance(dim, int | np.integer) and -len(names) <= dim < len(names):
        return int(dim) % len(names)
    raise ValueError(f"there is no dim {dim!r}; the stack has {', '.join(names) or 'none'}")

"""Comparing stacks: positions that belong together, and the difference of two frames; pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from jpkl import JPklError

if TYPE_CHECKING:
    from jpkl_viewer._stack import StackDescription

DifferenceMode: TypeAlias = Literal["signed", "absolute"]

#: Pixel value of a signed difference of 0.
ZERO = 128


class CompareError(JPklError, ValueError):
    """Two frames that cannot be subtracted."""


def follow(
    position: Sequence[int], stack: StackDescription, other_position: Sequence[int], other: StackDescription
) -> tuple[int, ...]:
    """Where another stack goes when one is at a position: dims of the same name go together.

    Parameters
    ----------
    position : sequence of int
        Frame index in ``stack``, which leads.
    stack : StackDescription
        The stack that leads.
    other_position : sequence of int
        Where the other is now; it stays there in dims that the leading stack does not have.
    other : StackDescription
        The stack that follows. Where a dim of it is shorter, it stays at its last index.

    Examples
    --------
    >>> from jpkl import JPkl
    >>> from jpkl_viewer._stack import describe
    >>> a = describe(JPkl(np.zeros((8, 8, 9, 4)), dim_names=["time", "z"]))
    >>> b = describe(JPkl(np.zeros((8, 8, 2, 5)), dim_names=["channel", "time"]))
    >>> follow((7, 3), a, (1, 0), b)
    (1, 4)
    """
    there = {dim.name: index for dim, index in zip(stack.dims, position, strict=True)}
    return tuple(
        min(there.get(dim.name, index), dim.size - 1)
        for dim, index in zip(other.dims, other_position, strict=True)
    )


def shared_dims(stacks: Sequence[StackDescription]) -> tuple[str, ...]:
    """Names of dims that all stacks have, in the order of the first."""
    return tuple(dim.name for dim in stacks[0].dims if all(dim.name in _names(stack) for stack in stacks[1:]))


def difference(
    a: NDArray[np.uint8], b: NDArray[np.uint8], mode: DifferenceMode = "signed"
) -> NDArray[np.uint8]:
    """The difference of two frames as a picture.

    Parameters
    ----------
    a, b : ndarray of uint8
        Frames of one shape, (height, width) or (height, width, 3).
    mode : {"signed", "absolute"}
        ``"signed"``: ``128 + (a - b) / 2``, rounded away from 128 and at most 255: 128 where they are the
        same and nowhere else, brighter where ``a`` is. ``"absolute"``: ``|a - b|``.

    Returns
    -------
    ndarray of uint8
        Of their shape.

    Raises
    ------
    CompareError
        If their shapes differ.
    ValueError
        If there is no such mode.
    """
    if a.shape != b.shape:
        raise CompareError(
            f"frames of shapes {a.shape} and {b.shape} have no difference; compare them side by side, "
            "or crop or resize one of the stacks"
        )
    if mode not in ("signed", "absolute"):
        raise ValueError(f"mode must be 'signed' or 'absolute', not {mode!r}")
    distance = np.maximum(a, b) - np.minimum(a, b)
    if mode == "absolute":
        return distance
    half = (distance >> 1) + (distance & 1)
    return np.where(a > b, ZERO + np.minimum(half, 255 - ZERO), ZERO - half)


def _names(stack: StackDescription) -> set[str]:
    return {dim.name for dim in stack.dims}

"""Volumes of the body, turned so that frames are as they are looked at, without resampling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl.readers._lazy import LazyArray, full_key

#: For each axis of the body along which slices follow each other: the axes of columns, rows and slices, each
#: with the direction in which they go. Axes are right (0), anterior (1), superior (2). As in DICOM, the
#: patient's right is at the left, and anterior or superior is at the top.
_VIEWS = {
    2: ("axial", {0: -1, 1: -1, 2: 1}, {0: "X", 1: "Y", 2: "Z"}),
    1: ("coronal", {0: -1, 2: -1, 1: -1}, {0: "X", 2: "Y", 1: "Z"}),
    0: ("sagittal", {1: -1, 2: -1, 0: -1}, {1: "X", 2: "Y", 0: "Z"}),
}
#: A voxel that is longer than this by its other sides was recorded in slices across its length.
_THICK = 1.5


@dataclass(frozen=True)
class View:
    """How the first three axes of a volume are to be looked at.

    Attributes
    ----------
    name : str
        ``axial``, ``coronal`` or ``sagittal``.
    axes : tuple of str
        ``"X"``, ``"Y"`` and ``"Z"`` in the order of the volume's axes: columns, rows, slices.
    flips : tuple of bool
        Whether each is to be reversed.
    """

    name: str
    axes: tuple[str, ...]
    flips: tuple[bool, ...]


def view_of(orientation: NDArray[Any], sizes: Sequence[float]) -> View:
    """Return how to look at a volume: as it was recorded where voxels are thick, else in axial slices.

    Parameters
    ----------
    orientation : ndarray
        For each axis of the volume, the axis of the body and the direction, 1 or -1, as nibabel has it.
    sizes : sequence of float
        Size of a voxel along each axis of the volume.
    """
    body = [int(axis) for axis, _ in orientation[:3]]
    by_size = sorted(zip(sizes, body, strict=True), reverse=True)
    thick = by_size[0][0] > _THICK * by_size[1][0] > 0
    name, directions, letters = _VIEWS[by_size[0][1] if thick else 2]
    flips = tuple(int(direction) != directions[int(axis)] for axis, direction in orientation[:3])
    return View(name, tuple(letters[axis] for axis in body), flips)


class ReversedArray(LazyArray):
    """An array in Fortran order, seen with its axes in reverse order, some of them from the end.

    Parameters
    ----------
    shape : tuple of int
        Of the stored array.
    dtype : numpy.dtype
        Of the pixels.
    flips : tuple of bool
        Which of its axes to go through from the end.
    read : callable
        Returns what a key of slices, one for each stored axis, selects.
    """

    def __init__(
        self,
        shape: tuple[int, ...],
        dtype: np.dtype[Any],
        flips: tuple[bool, ...],
        read: Callable[[tuple[slice, ...]], NDArray[Any]],
    ) -> None:
        self.shape, self.dtype = shape[::-1], dtype
        self._flips, self._read = flips[::-1], read

    def __getitem__(self, key: Any) -> NDArray[Any]:
        full = full_key(key, self.ndim)
        stored, rest = [], []
        for entry, size, is_flipped in zip(full, self.shape, self._flips, strict=True):
            wanted = np.arange(size)[entry]
            low, high = (int(wanted.min()), int(wanted.max()) + 1) if wanted.size else (0, 0)
            stored.append(slice(size - high, size - low) if is_flipped else slice(low, high))
            rest.append(entry if wanted.size == 0 and isinstance(entry, slice) else wanted - low)
        box = self._read(tuple(stored[::-1])).transpose()
        box = box[tuple(slice(None, None, -1) if is_flipped else slice(None) for is_flipped in self._flips)]
        for axis in reversed(range(self.ndim)):
            at = rest[axis]
            box = box[(slice(None),) * axis + ((slice(0, 0) if isinstance(at, slice) else at),)]
        return box

"""Planes as an array that reads those which an index touches."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from jpkl.readers._lazy import LazyArray, full_key
from jpkl.readers._planes import Planes

#: What to keep of an axis inside a plane; a number takes the axis away.
Crop: TypeAlias = slice | int


class Conversion(Protocol):
    """What becomes of the pixels of planes once they are read.

    Attributes
    ----------
    dtype : numpy.dtype
        Of the result.
    added : tuple of int
        Axes that it appends to a plane.
    """

    @property
    def dtype(self) -> np.dtype[Any]: ...

    @property
    def added(self) -> tuple[int, ...]: ...

    def __call__(self, planes: NDArray[Any], numbers: list[int]) -> NDArray[Any]:
        """Return the planes, whose numbers are given, converted."""


class PlaneArray(LazyArray):
    """A series of planes as an array that reads the planes which an index touches.

    Parameters
    ----------
    planes : Planes
        Where they come from. Those that are missing are zero, and masked.
    numbers : ndarray of int
        Their numbers, in the shape of the axes that count them.
    crops : tuple of slice or int
        What to keep of each axis inside a plane.
    conversion : callable, optional
        What becomes of the pixels.
    """

    def __init__(
        self,
        planes: Planes,
        numbers: NDArray[np.intp],
        crops: tuple[Crop, ...],
        conversion: Conversion | None = None,
    ) -> None:
        if not planes.is_there.all():
            # Planes are read in threads, and several that import it at once may wait for each other forever.
            import_module("numpy.ma")
        self._planes = planes
        self._numbers = numbers
        self._crops = crops
        self._conversion = conversion
        self.dtype = planes.dtype if conversion is None else conversion.dtype
        cropped = (
            len(range(*crop.indices(n)))
            for crop, n in zip(crops, planes.plane_shape, strict=True)
            if isinstance(crop, slice)
        )
        self.shape = (*numbers.shape, *cropped, *(() if conversion is None else conversion.added))

    def __len__(self) -> int:
        return int(self.shape[0])

    @property
    def chunks(self) -> tuple[int, ...]:
        """What is best read together: a plane."""
        return (1,) * self._numbers.ndim + self.shape[self._numbers.ndim :]

    def __getitem__(self, key: Any) -> NDArray[Any]:
        full = full_key(key, self.ndim)
        outer = self._numbers.ndim
        # Indexing the numbers finds the planes to read.
        numbers = np.asarray(self._numbers[full[:outer]])
        planes = self._read(numbers.ravel().tolist())
        planes = planes.reshape(numbers.shape + planes.shape[1:])
        result: NDArray[Any] = planes[(slice(None),) * numbers.ndim + full[outer:]]
        return result

    def encoded_frame(self, key: tuple[Any, ...]) -> bytes | None:
        """Return a plane as the file has it, if that is a JPEG: ``key`` has a number for each outer axis."""
        outer, inner = key[: self._numbers.ndim], key[self._numbers.ndim :]
        is_plane = all(isinstance(i, int) for i in outer) and all(i == slice(None) for i in inner)
        is_whole = self._conversion is None and all(crop == slice(None) for crop in self._crops)
        number = int(self._numbers[outer]) if is_plane else 0
        if not (is_plane and is_whole and self._planes.is_there[number]):
            return None
        encoded: Callable[[int], bytes | None] | None = getattr(self._planes, "encoded", None)
        return None if encoded is None else encoded(number)

    def _read(self, numbers: list[int]) -> NDArray[Any]:
        is_there = self._planes.is_there[numbers]
        there = [number for number, is_in in zip(numbers, is_there, strict=True) if is_in]
        planes = self._planes.read(there)[(slice(None), *self._crops)]
        if self._conversion is not None:
            planes = self._conversion(planes, there)
        if len(there) == len(numbers):
            return planes
        filled = np.ma.zeros((len(numbers), *planes.shape[1:]), planes.dtype)
        filled[is_there] = planes
        filled[~is_there] = np.ma.masked  # so that they do not count as signal
        return filled

"""The planes of an image: what is read at a time of a file in which frames are apart from each other."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from jpkl._bytes import UrlPath
from jpkl._dims import index_of
from jpkl._source.unreadable import is_of_system
from jpkl._text import one_line
from jpkl.readers._damage import DAMAGE


class Planes(Protocol):
    """The planes of one image, by number.

    Attributes
    ----------
    shape : tuple of int
        The axes of the image that count the planes.
    plane_shape : tuple of int
        The axes inside a plane.
    dtype : numpy.dtype
        Of the pixels.
    is_there : ndarray of bool
        Which planes are in the file as a whole, by number.
    """

    shape: tuple[int, ...]
    plane_shape: tuple[int, ...]
    dtype: np.dtype[Any]
    is_there: NDArray[np.bool_]

    def read(self, numbers: list[int]) -> NDArray[Any]:
        """Return planes that are there, shape ``(n, *plane_shape)``."""

    def place(self, number: int) -> str:
        """Say where a plane is, or should be, as far as that is known."""


class ReadPlanes:
    """Planes that a function reads one by one.

    Parameters
    ----------
    path : Path
        The file, for messages.
    shape, plane_shape : tuple of int
        The axes that count the planes, and those inside a plane.
    dtype : numpy.dtype
        Of the pixels.
    read_plane : callable
        Returns a plane by its number; whatever it raises becomes an error that names the plane.
    is_there : ndarray of bool, optional
        Which planes are in the file; by default all.
    lock : context manager, optional
        Held while a plane is read, for libraries that seek in a file.
    encoded_plane : callable, optional
        Returns a plane as the file has it, if that is a JPEG of just these pixels; or None.
    """

    def __init__(
        self,
        path: Path,
        shape: tuple[int, ...],
        plane_shape: tuple[int, ...],
        dtype: np.dtype[Any],
        read_plane: Callable[[int], NDArray[Any]],
        *,
        is_there: NDArray[np.bool_] | None = None,
        lock: AbstractContextManager[Any] | None = None,
        encoded_plane: Callable[[int], bytes | None] | None = None,
    ) -> None:
        self.shape, self.plane_shape, self.dtype = shape, plane_shape, dtype
        self._encoded_plane = encoded_plane
        self.is_there = np.ones(math.prod(shape), bool) if is_there is None else is_there
        self._path = path
        self._read_plane = read_plane
        self._lock = nullcontext() if lock is None else lock

    def read(self, numbers: list[int]) -> NDArray[Any]:
        """Return planes that are there, shape ``(n, *plane_shape)``."""
        planes = np.empty((len(numbers), *self.plane_shape), self.dtype)
        for plane, number in zip(planes, numbers, strict=True):
            try:
                with self._lock:
                    plane[...] = np.reshape(self._read_plane(number), self.plane_shape)
            except (OSError, *DAMAGE) as error:
                if is_of_system(error) or (isinstance(error, OSError) and str(self._path) in str(error)):
                    raise
                reason = one_line(str(error).removeprefix(f"{self._path}: ") or type(error).__name__)
                raise ValueError(f"{self._path}: {self.place(number)} is damaged: {reason}") from error
        return planes

    def encoded(self, number: int) -> bytes | None:
        """Return a plane as the file has it, if that is a JPEG."""
        return None if self._encoded_plane is None else self._encoded_plane(number)

    def place(self, number: int) -> str:
        """Say which plane it is."""
        return f"plane {index_of(number, self.shape)}" if self.shape else "the only plane"


class StoredPlanes:
    """Planes that lie in a file one after the other, neither compressed nor packed.

    Parameters
    ----------
    path : Path
        The file in which they lie.
    shape, plane_shape : tuple of int
        The axes that count the planes, and those inside a plane.
    dtype : numpy.dtype
        Of the pixels as they are stored, with their byte order.
    offset : int
        Byte at which the first one begins.

    Attributes
    ----------
    files : tuple of Path
        The files in which planes are.
    """

    def __init__(
        self,
        path: Path,
        shape: tuple[int, ...],
        plane_shape: tuple[int, ...],
        dtype: np.dtype[Any],
        *,
        offset: int,
    ) -> None:
        self.shape, self.plane_shape, self.dtype = shape, plane_shape, dtype
        self.files = (path,)
        self._path = path
        self._offset = offset
        self._nbytes = math.prod(plane_shape) * dtype.itemsize
        n_planes, size = math.prod(shape), path.stat().st_size
        if n_planes > size:  # before memory is taken for each: where some are missing, others are there
            raise ValueError(f"its header names {n_planes:,} planes, more than the file has bytes")
        n_there = (size - offset) // self._nbytes if self._nbytes else n_planes
        self.is_there = np.arange(n_planes) < n_there

    @property
    def can_be_mapped(self) -> bool:
        """Whether the file is on this machine, and all planes are there."""
        return not isinstance(self._path, UrlPath) and bool(self.is_there.all())

    def mapped(self) -> NDArray[Any]:
        """Return all planes, which must be there, as a memory map."""
        return np.memmap(self._path, self.dtype, "r", self._offset, self.shape + self.plane_shape)

    def read(self, numbers: list[int]) -> NDArray[Any]:
        """Return planes, read from the file: unlike those of a map, they are not kept in memory."""
        planes = np.empty((len(numbers), *self.plane_shape), self.dtype)
        with self._path.open("rb") as file:
            for plane, number in zip(planes, numbers, strict=True):
                file.seek(self._offset + number * self._nbytes)
                if file.readinto(plane.reshape(-1).view(np.uint8).data) != self._nbytes:
                    raise ValueError(f"{self._path}: {self.place(number)} is no longer in the file")
        return planes

    def place(self, number: int) -> str:
        """Say at which bytes a plane is."""
        first = self._offset + number * self._nbytes
        return f"plane {index_of(number, self.shape)}, bytes {first:,} to {first + self._nbytes:,}"

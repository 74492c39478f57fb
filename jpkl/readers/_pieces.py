"""Pieces of one shape, such as files or volumes, as one array."""

from __future__ import annotations

from abc import abstractmethod
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl.readers._lazy import LazyArray, full_key


class PiecedArray(LazyArray):
    """Pieces, of which those parts are read that an index touches.

    Parameters
    ----------
    numbers : ndarray of int
        Numbers of the pieces, in the shape of the axes that count them.
    inner : tuple of int
        Shape of a piece.
    dtype : numpy.dtype
        Of the pixels.
    """

    def __init__(self, numbers: NDArray[np.intp], inner: tuple[int, ...], dtype: np.dtype[Any]) -> None:
        # Pieces are read in threads, and several that import it at once may wait for each other forever.
        import_module("numpy.ma")
        self._numbers, self._inner = numbers, inner
        self.dtype = dtype
        self.shape = numbers.shape + inner

    def __len__(self) -> int:
        return int(self.shape[0])

    def __getitem__(self, key: Any) -> NDArray[Any]:
        full = full_key(key, self.ndim)
        n_outer = self._numbers.ndim
        numbers = np.asarray(self._numbers[full[:n_outer]])
        pixels = self._read(numbers.ravel().tolist(), full[n_outer:])
        return pixels.reshape(numbers.shape + pixels.shape[1:])

    @abstractmethod
    def _piece(self, number: int, key: tuple[Any, ...]) -> NDArray[Any] | None:
        """Return what a key selects of a piece; None if there is no such piece."""

    def _read(self, numbers: list[int], key: tuple[Any, ...]) -> NDArray[Any]:
        shape = np.broadcast_to(np.zeros((), bool), self._inner)[key].shape
        pixels = np.zeros((len(numbers), *shape), self.dtype)
        absent = []
        for at, number in enumerate(numbers):
            piece = self._piece(number, key)
            if piece is None:
                absent.append(at)
            else:
                pixels[at] = piece
        if not absent:
            return pixels
        masked = np.ma.MaskedArray(pixels)
        masked[absent] = np.ma.masked  # so that they do not count as signal
        return masked

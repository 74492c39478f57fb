"""Part of an array-like along its axes, without reading it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._selection import Choice
from jpkl.readers._image_file import ArrayLike
from jpkl.readers._lazy import LazyArray


def select_axes(array: ArrayLike, choices: tuple[Choice, ...]) -> ArrayLike:
    """Return what is chosen along each axis; an index removes its axis.

    Parameters
    ----------
    array : array-like
        What can take the choices without reading, does so itself: NumPy and dask arrays.
    choices : tuple of int or slice
        One per axis: an index from 0, or a slice.

    Returns
    -------
    array-like
        Read where the array could not take the choices.
    """
    if isinstance(array, np.ndarray) or hasattr(array, "compute"):
        selected: ArrayLike = array[choices]
        return selected
    return SelectedArray(array, choices)


class SelectedArray(LazyArray):
    """Part of an array, read as it is indexed by integers and slices.

    Attributes
    ----------
    base : array-like
        The whole, under the name that views of NumPy have for it.
    """

    def __init__(self, base: ArrayLike, choices: tuple[Choice, ...]) -> None:
        self.base, self.source_path = base, getattr(base, "source_path", None)
        self.dtype = np.dtype(base.dtype)
        # Of each axis, an index or a range of them.
        self._chosen = [range(size)[choice] for size, choice in zip(base.shape, choices, strict=True)]
        self.shape = tuple(len(chosen) for chosen in self._chosen if isinstance(chosen, range))

    @property
    def chunks(self) -> tuple[int, ...] | None:
        """Lengths of what storage hands over together, if the whole has such."""
        chunks = getattr(self.base, "chunks", None)
        if not isinstance(chunks, tuple) or not all(isinstance(length, int) for length in chunks):
            return None
        return tuple(
            max(1, length // abs(chosen.step))
            for length, chosen in zip(chunks, self._chosen, strict=True)
            if isinstance(chosen, range)
        )

    def __getitem__(self, key: Any) -> NDArray[Any]:
        base_key: list[Choice] = []
        flips: list[slice] = []
        entries = iter(_full_key(key, self.ndim))
        for chosen in self._chosen:
            kept = chosen[next(entries)] if isinstance(chosen, range) else chosen
            if isinstance(kept, range):
                forward = kept if kept.step > 0 else kept[::-1]  # storage is read forward
                base_key.append(slice(forward.start, forward.stop, forward.step))
                flips.append(slice(None, None, 1 if kept.step > 0 else -1))
            else:
                base_key.append(kept)
        read: NDArray[Any] = self.base[tuple(base_key)][tuple(flips)]
        return read

    def encoded_frame(self, key: tuple[Any, ...]) -> bytes | None:
        """Return a frame as the whole has it encoded, if it has, and all of the frame was chosen."""
        hook = getattr(self.base, "encoded_frame", None)
        base_key: list[Choice] = []
        entries = iter(key)
        for size, chosen in zip(self.base.shape, self._chosen, strict=True):
            entry = next(entries) if isinstance(chosen, range) else chosen
            if isinstance(chosen, range) and isinstance(entry, slice):
                hook = hook if chosen == range(size) else None
                base_key.append(entry)
            else:
                base_key.append(chosen[entry] if isinstance(chosen, range) else chosen)
        data: bytes | None = hook(tuple(base_key)) if hook is not None else None
        return data


def _full_key(key: Any, ndim: int) -> tuple[Any, ...]:
    """Return an index with an entry for each axis."""
    given = key if isinstance(key, tuple) else (key,)
    n_missing = ndim - sum(entry is not Ellipsis for entry in given)
    if n_missing < 0:
        raise IndexError(f"too many indices: the array has {ndim} axes")
    at = next((i for i, entry in enumerate(given) if entry is Ellipsis), len(given))
    return (*given[:at], *[slice(None)] * n_missing, *given[at + 1 :])

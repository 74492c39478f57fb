"""Arrays that are made as they are indexed."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


class LazyArray(ABC):
    """The part that all of them share: what follows from a shape, a dtype and indexing.

    Attributes
    ----------
    source_path : Path or None
        The file that it is read from, for messages.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    source_path: Path | None = None

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of all values."""
        return math.prod(self.shape) * self.dtype.itemsize

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self[...], dtype=dtype)

    @abstractmethod
    def __getitem__(self, key: Any) -> NDArray[Any]:
        """Return what ``key`` selects."""


def full_key(key: Any, ndim: int) -> tuple[Any, ...]:
    """Return `key` with one entry per axis."""
    given: tuple[Any, ...] = key if isinstance(key, tuple) else (key,)
    # By identity: an index array in the key would compare element by element.
    at = next((i for i, entry in enumerate(given) if entry is Ellipsis), len(given))
    before, after = given[:at], given[at + 1 :]
    missing = ndim - len(before) - len(after)
    if missing < 0:
        raise IndexError(f"too many indices: the array has {ndim} axes")
    return before + (slice(None),) * missing + after

"""Arrays whose values are decoded as they are indexed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from math import prod
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


class DecodedArray:
    """The part that all of them share: what follows from a shape, a dtype and indexing."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        raise NotImplementedError

    @property
    def dtype(self) -> np.dtype[Any]:
        """Dtype of decoded values."""
        raise NotImplementedError

    def __getitem__(self, key: Any) -> Any:
        """Decode what ``key`` selects, by NumPy's rules."""
        raise NotImplementedError

    @property
    def chunks(self) -> tuple[int, ...]:
        """Shape of what is decoded together."""
        raise NotImplementedError

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """Number of decoded values: the product of `shape`."""
        return prod(self.shape)

    @property
    def nbytes(self) -> int:
        """Bytes of all values when decoded."""
        return self.size * self.dtype.itemsize

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[NDArray[Any]]:
        # Every row needs every frame: decode once, not once per row.
        return iter(np.asarray(self))

    def __contains__(self, value: Any) -> bool:
        # As of an ndarray, whose values are compared; a single one is looked for frame by frame.
        if np.ndim(value):
            return value in np.asarray(self)
        axes = zip(self.shape, self.chunks, strict=True)
        frames = product(*(range(n) if chunk == 1 else (slice(None),) for n, chunk in axes))
        return any(bool((self[key] == value).any()) for key in frames)

    def __array__(self, dtype: DTypeLike | None = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("frames are encoded: they cannot become an array without a copy")
        decoded: NDArray[Any] = self[...]
        return decoded if dtype is None else decoded.astype(dtype, copy=False)

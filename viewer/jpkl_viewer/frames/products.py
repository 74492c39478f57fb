"""What is computed of many frames, kept in the same cache, and so in the same budget, as the frames."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from jpkl.toolkit import DecodedFrameCache


@dataclass(frozen=True)
class ProductKey:
    """What a product is kept under: each kind of product has its own class.

    Keys of the same class and fields compare equal, keys of two classes never.
    """


class Products:
    """Pixels that tools compute of many frames.

    Parameters
    ----------
    cache : DecodedFrameCache
        The cache of the decoded frames, whose own keys are frame numbers.
    """

    def __init__(self, cache: DecodedFrameCache) -> None:
        self._cache = cache

    @property
    def max_nbytes(self) -> int:
        """Budget of the cache, in bytes; frames and products share it."""
        return self._cache.max_nbytes

    def get(self, key: ProductKey, make: Callable[[], NDArray[np.uint8]]) -> NDArray[np.uint8]:
        """Return a product, made by ``make()`` if it is not kept; read-only."""
        return self._cache.get(key, make)

    def __contains__(self, key: ProductKey) -> bool:
        return key in self._cache

"""Masked arrays of NumPy, without importing ``numpy.ma``, which takes as long as all of JPkl; pure."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def mask_of(values: Any) -> NDArray[np.bool_] | None:
    """Return where a masked array is masked; None for other arrays, and where nothing is."""
    mask = getattr(values, "mask", None)
    return mask if isinstance(mask, np.ndarray) and mask.any() else None


def compressed(values: NDArray[Any]) -> NDArray[Any]:
    """Return the values that are not masked: flat where some are, else as they are."""
    mask = mask_of(values)
    return np.asarray(values) if mask is None else np.asarray(values)[~mask]

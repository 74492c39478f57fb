"""Automatic contrast limits; pure, and the same as `percentileLimits` in ``browser/colors.js``."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from jpkl_viewer.limits import AUTO_PERCENTILES


def percentile_limits(
    counts: ArrayLike, percentiles: tuple[float, float] = AUTO_PERCENTILES
) -> tuple[float, float]:
    """Find the contrast limits between two percentiles of a histogram.

    These are the lowest pixel values at or below which lie so many percent of the pixels, at least 1 apart.

    Parameters
    ----------
    counts : array-like of int, shape (256,)
        How often each pixel value occurs.
    percentiles : tuple of float
        Which percentiles.

    Examples
    --------
    >>> percentile_limits(np.bincount([10, 10, 200, 200], minlength=256))
    (10.0, 200.0)
    """
    sums = np.cumsum(np.asarray(counts, dtype=np.int64))
    if not sums[-1]:
        return 254.0, 255.0  # as in the browser: no value is reached
    low, high = (int(np.argmax((sums > 0) & (sums >= percent / 100 * sums[-1]))) for percent in percentiles)
    if low == high:
        low, high = max(0, low - 1), min(255, high + 1)
    return float(low), float(high)

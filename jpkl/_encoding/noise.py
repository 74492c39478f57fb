"""The noise of frames, estimated from the frames themselves; pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._display_range import is_intensity
from jpkl._source.masks import mask_of

#: The median of the absolute value of a normal variable of standard deviation 1.
_NORMAL_MEDIAN = 0.6744898
#: Weights of red, green and blue in what is looked at of RGB frames.
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def noise_sigma(frame: NDArray[Any]) -> float:
    """Return the standard deviation of the noise of a frame, in its own units.

    It is the median absolute deviation of the finest diagonal wavelet coefficients (Haar) over 0.6745, after
    Donoho and Johnstone, Biometrika 81 (1994): edges are few among them, so the median passes over them.
    Integers are taken for rounded: their median is interpolated, and the variance of rounding, 1/12, is
    subtracted.

    Parameters
    ----------
    frame : ndarray, shape (height, width) or (height, width, 3)
        Any real dtype. Of RGB, the luma is looked at. Squares of 2 x 2 pixels that are all at the lowest or
        all at the highest value, which is where a detector or a mask ends, do not count, nor do NaN.

    Returns
    -------
    float
        0 where there is no noise, or nothing but it.
    """
    mask = mask_of(frame)
    is_integer = np.issubdtype(frame.dtype, np.integer) and frame.ndim == 2
    with np.errstate(over="ignore"):  # numbers beyond float64 are no intensities
        values: NDArray[Any] = np.asarray(frame, np.float32 if frame.dtype.itemsize <= 2 else np.float64)
    if mask is not None:
        values = np.where(mask, np.nan, values)
    if values.ndim == 3:
        values = values @ _LUMA
    diagonal = _diagonal(values)
    if diagonal.size == 0:
        return 0.0
    median = _grouped_median(diagonal, 0.5) if is_integer else float(np.median(diagonal))
    sigma = median / _NORMAL_MEDIAN
    return math.sqrt(max(0.0, sigma**2 - 1 / 12)) if is_integer else sigma


def typical_sigma(sigmas: Iterable[float]) -> float:
    """Return the median noise of the frames that have some; 0 where none has.

    Blank frames, as outside of a specimen, say nothing about the noise of the others.
    """
    noisy = [sigma for sigma in sigmas if sigma > 0]
    return float(np.median(noisy)) if noisy else 0.0


def _diagonal(values: NDArray[Any]) -> NDArray[Any]:
    """Return the magnitudes of the finest diagonal coefficients that count."""
    height, width = (side // 2 * 2 for side in values.shape)
    corners = [values[i:height:2, j:width:2] for i in (0, 1) for j in (0, 1)]
    counts = np.logical_and.reduce([is_intensity(corner) for corner in corners])
    if not counts.any():
        return np.zeros(0)
    low, high = (end([end(corner[counts]) for corner in corners]) for end in (np.min, np.max))
    for end in (low, high):
        counts &= ~np.logical_and.reduce([corner == end for corner in corners])
    a, b, c, d = (corner[counts] for corner in corners)
    return np.asarray(np.abs(a - b - c + d) / 2)


def _grouped_median(magnitudes: NDArray[Any], spacing: float) -> float:
    """Return the median of magnitudes of rounded values, as if each were still where it was before."""
    group = np.rint(np.median(magnitudes) / spacing)
    start, end = spacing * (group - 0.5), spacing * (group + 0.5)
    below, inside = (np.count_nonzero(magnitudes < limit) for limit in (start, end))
    # Of magnitudes, the group of 0 reaches from 0 to half a spacing.
    start = max(0.0, start)
    return float(start + (end - start) * (magnitudes.size / 2 - below) / max(1, inside - below))

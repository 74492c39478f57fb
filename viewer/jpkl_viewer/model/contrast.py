"""Automatic contrast limits; pure, and the same as ``browser/pixels/auto_limits.js``.

One rule for all kinds of pictures: a few bright structures on a dark background (fluorescence), darker ones
on a light background (transmitted light), and noise.

- The upper limit is a percentile, so that a few hot pixels do not darken the rest. Where the brightest pixels
  are many times as far away, as those of a few spots on noise, it goes part of the way to them.
- The lower limit is between a low percentile, as if everything mattered, and the level of the background, as
  if only what is brighter did. It is closer to the background the farther pixel values reach above that,
  compared with how far they reach below. It is never above the background: faint signal is not black.
- The background is the darkest level at which pixel values pile up. The most frequent one would be another
  where a bright specimen fills most of the picture.

But for the choice of the background, small changes of a picture change the limits a little: no picture turns
black because it is on the wrong side of a threshold.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from jpkl_viewer.limits import AUTO_LIMITS, PIXEL_VALUES

Limits = tuple[float, float]


def auto_limits(counts: ArrayLike) -> Limits:
    """Find contrast limits for a histogram, at least 1 apart.

    Parameters
    ----------
    counts : array-like of int, shape (256,)
        How often each pixel value occurs.

    Examples
    --------
    A dark background, with 1 % of the pixels between 100 and 200:

    >>> counts = np.zeros(256, int)
    >>> counts[18:23], counts[100:200] = [600, 2400, 3900, 2400, 600], 1
    >>> auto_limits(counts)
    (20.0, 179.0)
    """
    found = np.asarray(counts, dtype=np.int64)
    if not found.any():
        return PIXEL_VALUES
    first, last, farthest = (_reach(found, percent) for percent in AUTO_LIMITS.percentiles)
    if first == farthest:  # one value, which becomes the middle of the range
        return float(max(0, first - 1)), float(min(255, first + 1))
    background = background_level(found)
    low = first + math.floor(_darkness(background - first, last - background) * max(0, background - first))
    span = max(1, last - low)
    stretch = math.sqrt((farthest - low) / span / AUTO_LIMITS.far)
    high = min(255, low + math.ceil(span * max(1.0, stretch)))
    return float(low), float(high)


def background_level(counts: NDArray[np.int64]) -> int:
    """Return the darkest level at which pixel values pile up.

    That is the first peak of the smoothed histogram that is not small beside the highest, and that a valley
    follows.
    """
    smooth = _smoothed(counts)
    least = AUTO_LIMITS.peak * max(smooth)
    peak = 0
    for level, height in enumerate(smooth):
        if height > smooth[peak]:
            peak = level
        elif smooth[peak] >= least and height < AUTO_LIMITS.valley * smooth[peak]:
            break
    return peak


def rise(counts: ArrayLike) -> float:
    """Return how far the values reach above their background, compared with how far below.

    It is about 1 for noise and for transmitted light, and above 4 for most fluorescence.
    """
    found = np.asarray(counts, dtype=np.int64)
    first, last, _ = (_reach(found, percent) for percent in AUTO_LIMITS.percentiles)
    background = background_level(found)
    return (last - background) / max(1, background - first)


def _darkness(below: int, above: int) -> float:
    """Return how much a background counts as dark, 0 to 1."""
    least, most = AUTO_LIMITS.rise
    return 0.0 if below <= 0 else min(1.0, max(0.0, (above / below - least) / (most - least)))


def _reach(counts: NDArray[np.int64], percent: float) -> int:
    """Return the lowest pixel value at or below which lie so many percent of the pixels."""
    sums = np.cumsum(counts)
    return int(np.argmax((sums > 0) & (sums >= percent / 100 * sums[-1])))


def _smoothed(counts: NDArray[np.int64]) -> list[float]:
    """Return weighted means of neighboring counts: values of few bits leave gaps in a histogram."""
    reach = AUTO_LIMITS.smooth
    weights = np.concatenate([np.arange(1, reach + 1), np.arange(reach + 1, 0, -1)])
    sums = np.convolve(counts, weights)[reach:-reach]
    totals = np.convolve(np.ones(len(counts), np.int64), weights)[reach:-reach]
    means: list[float] = (sums / totals).tolist()
    return means

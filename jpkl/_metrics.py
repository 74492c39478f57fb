"""How far decoded frames are from the frames that were encoded; pure."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Frame: TypeAlias = NDArray[Any]
Values: TypeAlias = NDArray[np.float32]

#: Side of the window over which SSIM is averaged, as in the paper that defined it with uniform weights.
SSIM_WINDOW = 7
_N = SSIM_WINDOW**2
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
#: Rows that are looked at together: few enough to stay in a processor's cache.
_BAND = 64
#: Values that are compared together, for the same reason.
_CHUNK = 1 << 14


def squared_error(original: Frame, decoded: Frame) -> float:
    """Return the mean of the squared differences."""
    first, second = (np.ascontiguousarray(each).reshape(-1) for each in (original, decoded))
    precision = np.float64 if original.dtype.itemsize > 2 else np.float32
    total = 0.0
    for start in range(0, first.size, _CHUNK):  # also since a sum of many float32 loses digits
        part = slice(start, start + _CHUNK)
        error = np.subtract(first[part], second[part], dtype=precision)
        total += float(np.dot(error, error))
    return total / max(1, first.size)


def psnr_of(mean_squared_error: float, peak: float = 255.0) -> float:
    """Return the peak signal-to-noise ratio in dB; infinite without an error."""
    return math.inf if mean_squared_error == 0 else 10 * math.log10(peak**2 / mean_squared_error)


def psnr(original: Frame, decoded: Frame, peak: float = 255.0) -> float:
    """Return the peak signal-to-noise ratio in dB; infinite for equal frames."""
    return psnr_of(squared_error(original, decoded), peak)


def mean_psnr(values: Iterable[float]) -> float:
    """Return the mean PSNR of the frames that lost something; of others it is infinite, and so is this."""
    found = [value for value in values if math.isfinite(value)]
    return float(np.mean(found)) if found else math.inf


def ssim(original: Frame, decoded: Frame, most_pixels: int | None = None, *, peak: float = 255.0) -> float:
    """Return the mean structural similarity of two frames (Wang et al. 2004), with uniform windows.

    Parameters
    ----------
    original, decoded : ndarray
        Gray ``(height, width)`` or RGB ``(height, width, 3)``; of RGB, the mean over red, green and blue.
    most_pixels : int, optional
        Of larger frames, windows in bands of rows with about so many pixels, evenly spread, stand for all.
    peak : float
        Range of the values.

    Returns
    -------
    float
        At most 1; NaN for frames smaller than the window of 7 x 7 pixels.
    """
    if min(original.shape[:2]) < SSIM_WINDOW:
        return math.nan
    if most_pixels is not None and original.size > most_pixels:
        return _ssim_of_part(original, decoded, most_pixels, 255 / peak)
    total, n = 0.0, 0
    for top in range(0, original.shape[0] - SSIM_WINDOW + 1, _BAND):
        rows = slice(top, top + _BAND + SSIM_WINDOW - 1)  # neighbors overlap: each window is in one of them
        similarity = _similarity(original[rows], decoded[rows], 255 / peak)
        total += float(similarity.sum(dtype=np.float64))
        n += similarity.size
    return total / n


def _ssim_of_part(original: Frame, decoded: Frame, most_pixels: int, scale: float) -> float:
    """Return the mean over windows in bands of just their height: neighbors that overlap say little more."""
    height = original.shape[0]
    tops = _spread(height - SSIM_WINDOW + 1, max(1, most_pixels // (SSIM_WINDOW * original[0].size)))
    rows = np.add.outer(np.arange(SSIM_WINDOW), tops)
    first, second = (np.swapaxes(frame[rows], 1, 2) for frame in (original, decoded))
    similarity = _similarity(first, second, scale)
    return float(similarity.mean(dtype=np.float64))


def _spread(room: int, n: int) -> list[int]:
    return sorted({int((i + 0.5) * max(room, 0) / n) for i in range(n)})


def _similarity(original: Frame, decoded: Frame, scale: float) -> Values:
    x, y = (np.multiply(frame, scale, dtype=np.float32, casting="unsafe") for frame in (original, decoded))
    # Sums of 49 squares of bytes are below 2^24: float32 is exact.
    sum_x, sum_y, sum_xy = _box(x), _box(y), _box(x * y)
    squares = _box(x * x + y * y)
    mean_xy = sum_x * sum_y / _N**2
    mean_squares = (sum_x * sum_x + sum_y * sum_y) / _N**2
    unbiased = _N / (_N - 1)
    covariance = unbiased * (sum_xy / _N - mean_xy)
    variances = unbiased * (squares / _N - mean_squares)
    similarity = (2 * mean_xy + _C1) * (2 * covariance + _C2)
    similarity /= (mean_squares + _C1) * (variances + _C2)
    return np.asarray(similarity, np.float32)


def _box(values: Values) -> Values:
    """Return the sums over all windows."""
    return np.swapaxes(_along_rows(np.swapaxes(_along_rows(values), 0, 1)), 0, 1)


def _along_rows(values: Values) -> Values:
    """Return the sums of 7 neighbors along the first axis, by sums of two and of four."""
    twos = values[:-1] + values[1:]
    fours = twos[:-2] + twos[2:]
    sums: Any = fours[:-3] + twos[4:-1]
    sums += values[6:]
    return np.asarray(sums, np.float32)

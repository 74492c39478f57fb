"""The difference of two frames in colors, as the browser paints it (``difference.js``); pure."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: What 0 and 255 stand for.
Range = tuple[float, float]

#: Number of the color of no difference in `DIVERGING`, and how many there are on each side of it.
ZERO, _STEPS = 128, 127

#: How much darker and more colored than white the ends are, and their hues in radians: red above, blue below.
_DARKER, _CHROMA = 0.52, 0.19
_RED, _BLUE = 0.47, 4.61


def _diverging() -> NDArray[np.uint8]:
    """From blue over white to red: straight lines in Björn Ottosson's OKLab, where equal steps look equal."""
    number = np.arange(256)
    t = np.minimum(1, np.abs(number - ZERO) / _STEPS)
    lightness, chroma, hue = 1 - _DARKER * t, _CHROMA * t, np.where(number < ZERO, _BLUE, _RED)
    a, b = chroma * np.cos(hue), chroma * np.sin(hue)
    cones = np.stack(
        [
            lightness + 0.3963377774 * a + 0.2158037573 * b,
            lightness - 0.1055613458 * a - 0.0638541728 * b,
            lightness - 0.0894841775 * a - 1.291485548 * b,
        ]
    )
    to_linear = np.array(
        [
            [4.0767416621, -3.3077115913, 0.2309699292],
            [-1.2684380046, 2.6097574011, -0.3413193965],
            [-0.0041960863, -0.7034186147, 1.707614701],
        ]
    )
    light = np.clip(to_linear @ cones**3, 0, 1)
    srgb = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.floor(255 * srgb + 0.5).astype(np.uint8).T


#: Colors from blue (the other is brighter) over white (the same) to red, shape (256, 3).
DIVERGING = _diverging()


def color_numbers(a: Range | None, b: Range | None, gain: float) -> NDArray[np.uint8]:
    """Find the color of the difference of each pair of pixel values.

    Parameters
    ----------
    a, b : (float, float) or None
        What 0 and 255 stand for in the units of the file; None where that is not known, or not comparable.
    gain : float
        By which the difference that the ends of the colors stand for is divided.

    Returns
    -------
    ndarray of uint8, shape (256, 256)
        Indices of `DIVERGING` by the values of both: rounded away from zero, so that white is no difference.

    Examples
    --------
    >>> numbers = color_numbers(None, None, gain=1)
    >>> [int(numbers[pair]) for pair in [(7, 7), (8, 7), (7, 8), (255, 0), (0, 255)]]
    [128, 129, 127, 255, 1]
    """
    first, second = _known(a, b)
    by = _values(first)[:, None] - _values(second)
    limit = color_limit(a, b, gain)
    # Values that are nearer than half of what a pixel value is worth are the same.
    by[np.abs(by) < max(abs(first[1] - first[0]), abs(second[1] - second[0])) / 255 / 2] = 0
    steps = np.minimum(_STEPS, np.ceil(_STEPS * np.abs(by) / limit - 1e-9))
    numbers: NDArray[Any] = ZERO + np.sign(by) * steps
    return numbers.astype(np.uint8)


def color_limit(a: Range | None, b: Range | None, gain: float) -> float:
    """Find the difference that the ends of the colors stand for; parameters as of `color_numbers`."""
    first, second = _known(a, b)
    return max(abs(x - y) for x in first for y in second) / gain or 1.0


def _known(a: Range | None, b: Range | None) -> tuple[Range, Range]:
    return (a, b) if a is not None and b is not None else ((0.0, 255.0), (0.0, 255.0))


def brightness(colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Find how bright colors are.

    Parameters
    ----------
    colors : ndarray of uint8, shape (height, width, 3)
        Red, green and blue as they are shown.

    Returns
    -------
    ndarray of uint8, shape (height, width)
        The luma of sRGB, rounded.
    """
    sums = colors.astype(np.uint32) @ np.array([2126, 7152, 722], np.uint32)
    return ((sums + 5000) // 10_000).astype(np.uint8)


def _values(ends: Range) -> NDArray[np.float64]:
    low, high = ends
    return low + np.arange(256) / 255 * (high - low)

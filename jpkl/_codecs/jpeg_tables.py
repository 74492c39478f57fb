"""Quantization tables of JPEG: how coarsely each frequency of a block of 8 x 8 pixels is kept; pure."""

from __future__ import annotations

from functools import cache
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

#: A table for luma and one for chroma: 64 steps from 1 to 255 each, row by row, the mean of the block first.
Tables: TypeAlias = "tuple[tuple[int, ...], tuple[int, ...]]"

#: The example tables of ITU-T T.81, annex K, which libjpeg scales by its quality.
_LUMA = np.array(
    [
        [16, 11, 10, 16, 24, 40, 51, 61],
        [12, 12, 14, 19, 26, 58, 60, 55],
        [14, 13, 16, 24, 40, 57, 69, 56],
        [14, 17, 22, 29, 51, 87, 80, 62],
        [18, 22, 37, 56, 68, 109, 103, 77],
        [24, 35, 55, 64, 81, 104, 113, 92],
        [49, 64, 78, 87, 103, 121, 120, 101],
        [72, 92, 95, 98, 112, 100, 103, 99],
    ]
).ravel()
_CHROMA_CORNER = [[17, 18, 24, 47], [18, 21, 26, 66], [24, 26, 56, 99], [47, 66, 99, 99]]
_CHROMA = np.pad(_CHROMA_CORNER, (0, 4), constant_values=99).ravel()


@cache
def standard_tables(quality: int) -> Tables:
    """Return libjpeg's own tables, which are made for photographs seen from a distance.

    Parameters
    ----------
    quality : int
        0 to 100.
    """
    percent = 5000 // max(1, quality) if quality < 50 else 200 - 2 * quality
    luma, chroma = (np.clip((table * percent + 50) // 100, 1, 255) for table in (_LUMA, _CHROMA))
    return _as_tables(luma, chroma)


#: Frequencies relative to their geometric mean, and how much coarser libjpeg keeps chroma.
_LUMA_SLOPE = _LUMA / np.exp(np.log(_LUMA).mean())
_CHROMA_SLOPE = _CHROMA / np.exp(np.log(_CHROMA).mean())
_CHROMA_STEP = float(np.exp(np.log(_CHROMA).mean() - np.log(_LUMA).mean()))


def sloped_tables(slope: float, step: float, quality: int) -> Tables:
    """Return tables between flat ones and those of libjpeg.

    Since the entries of a table are integers, and each is rounded by itself, tables change a few entries at a
    time as the step grows.

    Parameters
    ----------
    slope : float
        0 for one step for all frequencies, 1 for libjpeg's ratios between them.
    step : float
        Geometric mean of the steps of luma.
    quality : int
        The mean of a block is kept within half a gray level, or as libjpeg does at this quality.
    """
    ratios = _ratios(slope)
    luma, chroma = np.minimum(np.maximum(np.rint(step * ratios), 1), 255).astype(int)
    standard = standard_tables(quality)
    # The coefficient of the mean is 8 times the mean: a step of 8 rounds it by half a gray level at most.
    luma[0], chroma[0] = min(luma[0], max(8, standard[0][0])), min(chroma[0], max(8, standard[1][0]))
    return _as_tables(luma, chroma)


@cache
def _ratios(slope: float) -> NDArray[np.float64]:
    """Return the steps of luma and of chroma, relative to the geometric mean of those of luma."""
    return np.stack([_LUMA_SLOPE**slope, _CHROMA_STEP * _CHROMA_SLOPE**slope])


def _as_tables(luma: NDArray[np.int64], chroma: NDArray[np.int64]) -> Tables:
    return tuple(luma.tolist()), tuple(chroma.tolist())

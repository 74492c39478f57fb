"""How far the intensities of a channel reach, with and without values that are no signal; pure.

JPEG has 256 gray levels. A hot pixel, or a number that stands for no data, that is far from all other
intensities would leave these with a few of them, and nothing brings the lost ones back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._display_range import MOST, finite_minmax, is_intensity
from jpkl._source.masks import mask_of

#: Outliers are clipped where all other values would otherwise share less than 1/8 of the gray levels.
_WORTH_CLIPPING = 8
#: Intensities that most pixels share are reported where they have fewer of the 256 gray levels.
_FEW_LEVELS = 16
#: Neighbors that count as more than single pixels: (row, column) from the first.
_GROUPS = (((0, 0), (0, 1), (0, 2)), ((0, 0), (1, 0), (2, 0)), ((0, 0), (0, 1), (1, 0), (1, 1)))

#: Pixels of a block that are sampled, percentiles between which nearly all of them are, and percentiles
#: between which none is hot.
_SAMPLE_SIZE = 4096
_CORE = (0.1, 99.9)
_WITHOUT_HOT_PIXELS = (2.0, 98.0)
#: One block in so many may be unlike the others.
_FEW_BLOCKS = 10

#: Numbers that stand for no data, by convention; so do those beyond any intensity.
_FILL_VALUES = (-999.0, -9999.0, -99999.0, -32767.0, -32768.0, float(-(2**31)))
_BEYOND = 1e20
#: Share of the pixels that may stand for no data by one value: fewer are objects, more are the background.
_FILLED = (0.01, 0.9)


@dataclass(frozen=True)
class Survey:
    """What was found of the finite values of some frames: lowest and highest, ``(inf, -inf)`` for none.

    Attributes
    ----------
    all : tuple of float
        Of all values.
    data : tuple of float
        Of those that do not stand for no data.
    shared : tuple of float
        Of those that are no single pixels: three in a row or column, or two by two, reach them.
    core : tuple of float
        Of nearly all, apart from areas that are filled with the lowest or highest value.
    """

    all: tuple[float, float] = (np.inf, -np.inf)
    data: tuple[float, float] = (np.inf, -np.inf)
    shared: tuple[float, float] = (np.inf, -np.inf)
    core: tuple[float, float] = (np.inf, -np.inf)


def survey(values: NDArray[Any], n_frame_axes: int) -> Survey:
    """Look at some frames of one channel.

    Parameters
    ----------
    values : ndarray
        Of real numbers; the frames, or some rows of them, are the last axes. What is masked does not count.
    n_frame_axes : int
        2, or 3 where the last axis has RGB samples.
    """
    limits = finite_minmax(values)
    has_fill = _is_fill(np.array(limits), values.dtype).any()
    if limits[0] == limits[1]:  # whether it is signal or fill, other blocks will say
        return Survey(limits) if has_fill else Survey(limits, limits)
    if not limits[0] < limits[1] or _has_level_each(values.dtype, limits):
        return Survey(limits, limits, limits, limits)
    data = finite_minmax(np.asarray(values)[_counted(values)]) if has_fill else limits
    sample = _sample(values)
    filled = _filled(sample, limits)
    core_low, low, high, core_high = _percentiles(sample[~np.isin(sample, filled)])
    core = (core_low, core_high)
    if (high - low) * _WORTH_CLIPPING >= _width(data):
        return Survey(limits, data, data, core)
    no_data = [value for value in filled if value == limits[0] or _is_highest(value, values.dtype)]
    near = (2 * low - high, 2 * high - low)
    return Survey(limits, data, _shared(values, n_frame_axes, no_data, near, data), core)


def settle_range(surveys: Sequence[Survey], dtype: np.dtype[Any]) -> tuple[tuple[float, float], str]:
    """Return the display range, and what a user should know of it: ``""`` where there is nothing to say.

    Parameters
    ----------
    surveys : sequence of Survey
        What was found in the blocks of a channel.
    dtype : numpy.dtype
        Of the frames.
    """
    found = Survey(
        _joined([each.all for each in surveys]),
        _joined([each.data for each in surveys]),
        _joined([each.shared for each in surveys]),
        _usual([each.core for each in surveys]),
    )
    if surveys and not found.all[0] <= found.all[1]:
        return found.all, f"no pixel has a number up to {MOST:.3g}, so that all are black"
    if _has_level_each(dtype, found.all) or not found.all[0] < found.all[1]:
        return found.all, ""
    if 0 < _width(found.shared) * _WORTH_CLIPPING < _width(found.all):
        limits = _without_far(found)
        return limits, _says_clipped(limits, found)
    is_few = _width(found.core) > 0 and _n_levels(found.core, found) <= _FEW_LEVELS
    return found.all, _says_few(found) if is_few else ""


def _without_far(found: Survey) -> tuple[float, float]:
    """Return limits that clip nothing but what is far from values that neighbors share."""
    width = _width(found.shared)
    (lowest, highest), (low, high) = found.data, found.shared
    return lowest if low - lowest <= width else low, highest if highest - high <= width else high


def _says_clipped(limits: tuple[float, float], found: Survey) -> str:
    sides = [
        f"{name} {limit:.6g} (to {end:.6g})"
        for name, limit, end in zip(("below", "above"), limits, found.all, strict=True)
        if limit != end
    ]
    return (
        f"intensities {' and '.join(sides)} are clipped: they are far from all others, which would have "
        f"{_n_levels(found.shared, found)} of 256 gray levels; display_range='minmax' "
        "(--display-range minmax) keeps them"
    )


def _says_few(found: Survey) -> str:
    return (
        f"nearly all pixels have {_n_levels(found.core, found)} of 256 gray levels, as some pixels or frames "
        f"are from {found.all[0]:.6g} to {found.all[1]:.6g}; a narrower display range gives them more, e.g. "
        "display_range='percentile' (--display-range percentile)"
    )


def _n_levels(limits: tuple[float, float], found: Survey) -> int:
    return 1 + round(255 * _width(limits) / _width(found.all))


def _joined(limits: Sequence[tuple[float, float]]) -> tuple[float, float]:
    return min((low for low, _ in limits), default=np.inf), max((high for _, high in limits), default=-np.inf)


def _usual(limits: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the limits of all blocks but a few."""
    lows, highs = sorted(low for low, _ in limits), sorted(high for _, high in limits)
    n_left_out = len(limits) // _FEW_BLOCKS
    return (lows[n_left_out], highs[-1 - n_left_out]) if limits else (np.inf, -np.inf)


def _width(limits: tuple[float, float]) -> float:
    return limits[1] - limits[0]


def _has_level_each(dtype: np.dtype[Any], limits: tuple[float, float]) -> bool:
    """Return whether no two integers between the limits share a gray level."""
    return dtype.kind in "iub" and _width(limits) <= 255


def _is_fill(values: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[np.bool_]:
    if dtype.kind not in "if":  # unsigned integers have no number that is always the same
        return np.zeros(values.shape, bool)
    beyond = np.abs(values.astype(np.float64)) >= _BEYOND if dtype.kind == "f" else False
    return np.asarray(np.isin(values, _FILL_VALUES) | beyond)


def _counted(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which values are finite, not masked, and not by convention of no data."""
    pixels, mask = np.asarray(values), mask_of(values)
    counted = ~_is_fill(pixels, values.dtype)
    if mask is not None:
        counted &= ~mask
    return counted & is_intensity(pixels) if values.dtype.kind == "f" else counted


def _sample(values: NDArray[Any]) -> NDArray[Any]:
    step = max(1, values.size // _SAMPLE_SIZE) | 1  # an even one would meet the same columns again and again
    sample, mask = np.asarray(values).flat[::step], mask_of(values)
    if mask is not None:
        sample = sample[~mask.flat[::step]]
    return np.asarray(sample[_counted(sample)])


def _filled(sample: NDArray[Any], limits: tuple[float, float]) -> list[float]:
    """Return the lowest and highest value, where areas are filled with them."""
    least, most = (part * sample.size for part in _FILLED)
    return [value for value in limits if least <= np.count_nonzero(sample == value) <= most]


def _is_highest(value: float, dtype: np.dtype[Any]) -> bool:
    return dtype.kind in "ui" and value == float(np.iinfo(dtype).max)


def _percentiles(sample: NDArray[Any]) -> tuple[float, ...]:
    if not sample.size:
        return np.inf, np.inf, -np.inf, -np.inf
    wanted = (_CORE[0], *_WITHOUT_HOT_PIXELS, _CORE[1])
    return tuple(np.percentile(sample.astype(np.float64), wanted).tolist())


def _shared(
    values: NDArray[Any],
    n_frame_axes: int,
    no_data: list[float],
    near: tuple[float, float],
    data: tuple[float, float],
) -> tuple[float, float]:
    """Return the limits of what neighbors share, apart from areas without data.

    What is near to most of the pixels counts in any case.
    """
    frames = np.moveaxis(values, -1, 0) if n_frame_axes == 3 else values
    if min(frames.shape[-2:]) < 3:  # also of tall frames of which these are some rows
        return data
    found = (np.inf, -np.inf)
    for index in np.ndindex(frames.shape[:-2]):
        frame, counted = np.asarray(frames[index]), _counted(frames[index])
        if no_data:
            counted &= ~np.isin(frame, no_data)
        low, high = finite_minmax(frame if counted.all() else frame[counted])
        if low < near[0]:
            low = _reached(frame, (frame < near[0]) & counted, near[0], np.minimum, np.maximum)
        if high > near[1]:
            high = _reached(frame, (frame > near[1]) & counted, near[1], np.maximum, np.minimum)
        found = _joined([found, (low, high)])
    return found


def _reached(
    frame: NDArray[Any], far: NDArray[np.bool_], near: float, farther: np.ufunc, nearer: np.ufunc
) -> float:
    """Return the farthest value that far neighbors reach together; `near` where there are none."""
    rows, columns = np.divmod(np.flatnonzero(far), far.shape[1])  # np.nonzero takes ten times as long
    reached = near
    for group in _GROUPS:
        members = [(rows + row, columns + column) for row, column in group]
        inside = (members[-1][0] < far.shape[0]) & (members[-1][1] < far.shape[1])
        members = [(row[inside], column[inside]) for row, column in members]
        is_group = np.logical_and.reduce([far[member] for member in members])
        if is_group.any():
            values = nearer.reduce([frame[member][is_group] for member in members])
            reached = farther(reached, float(farther.reduce(values)))
    return float(reached)

"""Whether pixels are labels, or a mask, rather than intensities; pure.

A label image has a number for each object. JPEG, which keeps intensities to a few percent, makes other
objects of it at every border.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from jpkl._dims import FrameIndex

#: Frames of a channel that are looked at, and verdicts that are enough: frames of one value give none.
_MOST_LOOKS, _ENOUGH = 64, 4
#: Sides of the part of a frame that is looked at.
_LEAST_SIDE, _SIDE = 32, 512
#: Frames with a smaller share of equal neighbors hold intensities, whatever else they look like.
_LEAST_EQUAL = 0.5
#: Share of the pixels of a value whose neighbors have the same value, as a median over the values: the least
#: in masks and classes, of which there are at most so many, and in numbered objects, which may be small.
_FLAT_CLASSES, _FLAT_OBJECTS = 0.8, 0.5
_MAX_CLASSES = 16
#: Least share of its bounding box that a value fills, and least number of its pixels; medians, too.
_LEAST_FILL, _LEAST_PIXELS = 0.3, 8
#: A step between neighbors is small up to this share of the range; objects have few such, smooth intensities
#: many.
_SMALL_STEP, _MOST_SMALL_STEPS = 0.02, 0.7


class LabelWatch:
    """Looks at gray frames as they are encoded, from any thread, until it knows what each channel is.

    Parameters
    ----------
    channel : int or None
        Which dim has the channels, each of which may be labels or not.
    """

    def __init__(self, channel: int | None) -> None:
        self._channel = channel
        self._n_looks = Counter[int]()
        self._verdicts: dict[int, list[bool]] = defaultdict(list)

    def look(self, index: FrameIndex, frame: NDArray[np.generic]) -> None:
        """Look at a frame, or a part of one, unless enough was seen of its channel."""
        channel = 0 if self._channel is None else index[self._channel]
        if self._is_known(channel):
            return
        self._n_looks[channel] += 1
        if (verdict := is_labels(frame)) is not None:
            self._verdicts[channel].append(verdict)

    def apart(self) -> LabelWatch:
        """Return one that looks, maybe in another process, at what this one does not know yet; see `add`."""
        other = LabelWatch(self._channel)
        other._n_looks.update({c: _MOST_LOOKS for c in self._n_looks if self._is_known(c)})
        return other

    def add(self, other: LabelWatch) -> None:
        """Learn what another one has seen."""
        for channel, verdicts in other._verdicts.items():
            self._verdicts[channel] += verdicts
        self._n_looks.update(other._n_looks)

    def _is_known(self, channel: int) -> bool:
        return self._n_looks[channel] >= _MOST_LOOKS or len(self._verdicts[channel]) >= _ENOUGH

    def note(self) -> str:
        """Return what the user should know: nothing unless most frames of a channel are labels."""
        found = sorted(c for c, verdicts in self._verdicts.items() if 2 * sum(verdicts) > len(verdicts))
        if not found:
            return ""
        which = "" if self._channel is None else f" (channel {', '.join(map(str, found))})"
        return (
            f"this looks like a label image or a mask{which}: JPEG changes such values at every border; keep "
            "them exactly by lossless=True (--lossless)"
        )


def are_labels(samples: Sequence[Sequence[NDArray[np.generic]]]) -> bool:
    """Return whether all channels of a stack are labels, or masks, by most of the frames that say so.

    Parameters
    ----------
    samples : sequence of sequence of ndarray, shape (height, width)
        Some frames of each channel, before they are mapped to 8 bits.
    """
    for frames in samples:
        verdicts = [verdict for frame in frames if (verdict := is_labels(frame)) is not None]
        if 2 * sum(verdicts) <= len(verdicts):
            return False
    return bool(samples)


def is_labels(frame: NDArray[np.generic]) -> bool | None:
    """Return whether a gray frame is of labels, or a mask; None if it does not say.

    It does not where it is tiny, or has a single value.

    Parameters
    ----------
    frame : ndarray, shape (height, width)
        Pixels before they are mapped to 8 bits.
    """
    if min(frame.shape) < _LEAST_SIDE:
        return None
    part = _whole_numbers(_middle(frame))
    if part is None:
        return False
    right, below = part[:, 1:] == part[:, :-1], part[1:] == part[:-1]
    if right.all() and below.all():
        return None
    if min(right.mean(), below.mean()) < _LEAST_EQUAL or _is_rough(part, right, below):
        return False
    values, numbers = np.unique(part, return_inverse=True)
    numbers = numbers.reshape(part.shape)
    n_pixels = np.bincount(numbers.ravel())
    objects = np.delete(np.arange(len(values)), np.argmax(n_pixels))  # the most frequent is the background
    flat = np.minimum(_n_equal(numbers, right, 1), _n_equal(numbers, below, 0))[objects] / n_pixels[objects]
    if len(values) <= _MAX_CLASSES:
        return bool(np.median(flat) >= _FLAT_CLASSES)
    fill = n_pixels[objects] / _box_areas(numbers, len(values))[objects]
    return bool(
        np.median(flat) >= _FLAT_OBJECTS
        and np.median(fill) >= _LEAST_FILL
        and np.median(n_pixels[objects]) >= _LEAST_PIXELS
        and _part_of_small_steps(part) < _MOST_SMALL_STEPS
    )


def _middle(frame: NDArray[np.generic]) -> NDArray[np.generic]:
    top, left = (max(0, (size - _SIDE) // 2) for size in frame.shape)
    return np.asarray(frame)[top : top + _SIDE, left : left + _SIDE]


def _whole_numbers(part: NDArray[np.generic]) -> NDArray[np.int64] | None:
    """Return pixels as integers, if that is what they are."""
    if part.dtype.kind in "biu":
        return part.astype(np.int64)
    real = part.astype(np.float64)
    if not (np.isfinite(real).all() and np.abs(real).max(initial=0) < 2**53):
        return None
    whole = real.astype(np.int64)
    return whole if np.array_equal(whole, real) else None


def _is_rough(part: NDArray[np.int64], right: NDArray[np.bool_], below: NDArray[np.bool_]) -> bool:
    """Return whether most pixels differ from their neighbors, apart from the background: a quick look."""
    values, n_pixels = np.unique(part.flat[::61], return_counts=True)
    is_object = part != values[np.argmax(n_pixels)]
    return any(
        beside[objects].mean() < _FLAT_OBJECTS if objects.any() else False
        for beside, objects in ((right, is_object[:, :-1]), (below, is_object[:-1]))
    )


def _n_equal(numbers: NDArray[np.intp], is_equal: NDArray[np.bool_], axis: int) -> NDArray[np.intp]:
    """Return, for each value, how many pixels have the same value next to them along an axis."""
    firsts = numbers[:, :-1] if axis else numbers[:-1]
    return np.bincount(firsts[is_equal], minlength=int(numbers.max()) + 1)


def _box_areas(numbers: NDArray[np.intp], n_values: int) -> NDArray[np.int64]:
    """Return the area of the bounding box of each value."""
    area = np.ones(n_values, np.int64)
    order = np.argsort(numbers, axis=None, kind="stable")
    starts = np.searchsorted(numbers.ravel()[order], np.arange(n_values))
    for positions in np.unravel_index(order, numbers.shape):
        extent = np.maximum.reduceat(positions, starts) - np.minimum.reduceat(positions, starts)
        area *= extent + 1
    return area


def _part_of_small_steps(part: NDArray[np.int64]) -> float:
    steps = np.concatenate([np.abs(np.diff(part, axis=axis)).ravel() for axis in (0, 1)])
    steps = steps[steps > 0]
    return float(np.mean(steps <= max(1.0, _SMALL_STEP * float(np.ptp(part)))))

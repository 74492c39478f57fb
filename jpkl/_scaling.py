"""Frames at 1/2, 1/4 and 1/8 of their size; pure.

Those are the scales at which JPEG decodes without decoding everything; other codecs average.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

#: Frames are decoded at 1 over one of these.
SCALES = (1, 2, 4, 8)


def check_scale(scale: Any) -> None:
    """Raise unless frames can be decoded at ``1 / scale`` of their size.

    Raises
    ------
    ValueError
        If the scale is not one of `SCALES`.
    """
    if scale not in SCALES:
        raise ValueError(f"scale must be 1, 2, 4 or 8, not {scale!r}")


def scaled_shape(shape: tuple[int, ...], scale: int) -> tuple[int, ...]:
    """Return the shape of a frame at ``1 / scale`` of its size.

    Examples
    --------
    >>> scaled_shape((33, 17, 3), 4)
    (9, 5, 3)
    """
    return (-(-shape[0] // scale), -(-shape[1] // scale), *shape[2:])


def fitting_scale(longest: int, most: int) -> int:
    """Return the least scale at which a side of ``longest`` pixels has at most ``most``, or else 8.

    Parameters
    ----------
    longest, most : int
        Pixels of a side, and how many it may have.

    Returns
    -------
    {1, 2, 4, 8}
        For `JPkl.decode`.

    Examples
    --------
    >>> fitting_scale(512, 512), fitting_scale(513, 512), fitting_scale(100_000, 10)
    (1, 2, 8)
    """
    return next((scale for scale in SCALES if -(-longest // scale) <= most), SCALES[-1])


def sufficient_scale(reduction: float) -> int:
    """Return the greatest scale that does not go beyond a reduction, so that no detail is lost by it.

    Parameters
    ----------
    reduction : float
        By how much a frame is to become smaller.

    Returns
    -------
    {1, 2, 4, 8}
        For `JPkl.decode`.

    Examples
    --------
    >>> sufficient_scale(7.9), sufficient_scale(0.5)
    (4, 1)
    """
    return max((scale for scale in SCALES if scale <= reduction), default=1)


def block_mean(image: NDArray[Any], scale: int) -> NDArray[Any]:
    """Return the mean of each ``scale x scale`` block; blocks at the right and lower edge may be smaller.

    Rounded to the dtype of the image: uint8, bool or any integer dtype.
    """
    if scale == 1:
        return image
    if image.dtype.itemsize == 8:
        return _mean_of_long(image, scale)
    sums, counts = _block_sums(image, scale)
    return np.asarray((sums + counts // 2) // counts, dtype=image.dtype)


def _mean_of_long(image: NDArray[Any], scale: int) -> NDArray[Any]:
    """Return the same for 64-bit integers, whose sums no dtype holds: of their upper and lower halves."""
    upper, counts = _block_sums((image >> 32).astype(np.int64), scale)
    lower, _ = _block_sums((image & 0xFFFFFFFF).astype(np.int64), scale)
    quotient, rest = np.divmod(upper, counts)
    rest = ((rest << 32) + lower + counts // 2) // counts
    return np.asarray((quotient.astype(image.dtype) << 32) + rest.astype(image.dtype))


def _block_sums(image: NDArray[Any], scale: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the sum of each block, and of how many pixels it is."""
    height, width = image.shape[:2]
    working = _sum_dtype(image.dtype)
    rows = np.add.reduceat(image, np.arange(0, height, scale), axis=0, dtype=working)
    sums = np.add.reduceat(rows, np.arange(0, width, scale), axis=1)
    n_rows = np.minimum(scale, height - np.arange(0, height, scale))
    n_columns = np.minimum(scale, width - np.arange(0, width, scale))
    counts = np.multiply.outer(n_rows, n_columns).astype(working)
    return sums, counts.reshape(sums.shape[:2] + (1,) * (image.ndim - 2))


def _sum_dtype(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return a dtype that holds the sum of a block."""
    if dtype.itemsize >= 4 or dtype.kind == "i":
        return np.dtype(np.int64)
    return np.dtype(np.uint32)

"""The display range: which original intensities map to 0 and 255; pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from jpkl._source.masks import compressed, mask_of

DisplayRange: TypeAlias = "str | tuple[float, float] | tuple[str, float, float] | NDArray[Any]"

#: Percentiles of ``display_range="percentile"``: a few hot or dead pixels do not set the range.
DEFAULT_PERCENTILES = (0.1, 99.9)

#: Greatest intensity, that of float32: numbers beyond stand for no data and have no gray value.
MOST = float(np.finfo(np.float32).max)

_FULL = (0.0, 255.0)
#: Integers from which on float64 does not have each.
_NOT_EACH = 2**53


@dataclass(frozen=True)
class RangeRule:
    """How the display range is found: as numbers given by the caller, or measured from the data.

    Attributes
    ----------
    kind : {"fixed", "auto", "minmax", "percentile"}
        ``"fixed"`` needs no look at the data; ``"auto"`` is lowest and highest of what is signal.
    values : ndarray of float64
        For ``"fixed"``: shape ``(*s, 2)``, where ``s`` broadcasts with the dims.
    percentiles : tuple of float
        For ``"percentile"``: low and high, 0 to 100.
    """

    kind: Literal["fixed", "auto", "minmax", "percentile"]
    values: NDArray[np.float64] | None = None
    percentiles: tuple[float, float] = DEFAULT_PERCENTILES


def check_real(dtype: np.dtype[Any]) -> None:
    """Raise unless values of a dtype have an order.

    Raises
    ------
    TypeError
        If they cannot be mapped to gray values.
    """
    if dtype.kind not in ("b", "u", "i", "f"):
        raise TypeError(
            f"images of dtype {dtype} cannot be mapped to gray values; convert them to real numbers"
        )


def parse_display_range(spec: Any, dtype: np.dtype[Any], dim_sizes: tuple[int, ...]) -> RangeRule:
    """Return what a ``display_range`` argument asks for.

    Raises
    ------
    ValueError
        If it is none of the forms of `jpkl.JPkl`.
    TypeError
        If ``dtype`` has no order that could be mapped to gray values.
    """
    check_real(dtype)
    if isinstance(spec, str):
        return _parse_name(spec, dtype, len(dim_sizes))
    if isinstance(spec, Sequence) and len(spec) == 3 and spec[0] == "percentile":
        return RangeRule("percentile", percentiles=_checked_percentiles(spec[1], spec[2]))
    return RangeRule("fixed", _checked_array(spec, dim_sizes))


def _parse_name(name: str, dtype: np.dtype[Any], n_dims: int) -> RangeRule:
    if name == "auto":
        return RangeRule("fixed", full_range(n_dims)) if dtype == np.uint8 else RangeRule("auto")
    if name == "minmax":
        return RangeRule("minmax")
    if name == "dtype":
        return RangeRule("fixed", _same_for_all(dtype_limits(dtype), n_dims))
    if name == "percentile":
        return RangeRule("percentile")
    raise ValueError(
        f"display_range {name!r} is not known; give 'auto', 'minmax', 'dtype', 'percentile', "
        "('percentile', low, high), (low, high), or an array of shape (*dims, 2)"
    )


def _checked_percentiles(low: float, high: float) -> tuple[float, float]:
    if not 0 <= low < high <= 100:
        raise ValueError(f"percentiles must satisfy 0 <= low < high <= 100, not {low}, {high}")
    return float(low), float(high)


def _checked_array(spec: Any, dim_sizes: tuple[int, ...]) -> NDArray[np.float64]:
    n_dims = len(dim_sizes)
    try:
        values = np.array(spec, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"display_range {spec!r} is not (low, high) or an array of shape (*dims, 2)"
        ) from error
    if values.ndim == 0 or values.shape[-1] != 2 or values.ndim - 1 > n_dims:
        raise ValueError(f"display_range of shape {values.shape} is not (low, high) or (*dims, 2)")
    values = values.reshape((1,) * (n_dims - values.ndim + 1) + values.shape)
    if any(have not in (1, size) for have, size in zip(values.shape, dim_sizes, strict=False)):
        raise ValueError(f"display_range of shape {values.shape} does not broadcast over dims {dim_sizes}")
    if not (np.isfinite(values).all() and (values[..., 0] < values[..., 1]).all()):
        raise ValueError("display_range must be finite, with low < high")
    if np.abs(values).max(initial=0) > MOST:
        raise ValueError(f"display_range goes beyond intensities that there can be, which end at {MOST:.3g}")
    return values


def _same_for_all(limits: tuple[float, float], n_dims: int) -> NDArray[np.float64]:
    return np.array(limits, dtype=np.float64).reshape((1,) * n_dims + (2,))


def full_range(n_dims: int) -> NDArray[np.float64]:
    """Return the display range of 8-bit data stored as they are, shape ``(1, ..., 1, 2)``."""
    return _same_for_all(_FULL, n_dims)


def dtype_limits(dtype: np.dtype[Any]) -> tuple[float, float]:
    """Return the lowest and highest value of an integer dtype; 0 and 1 for bool and floats."""
    if dtype.kind in "ui":
        info = np.iinfo(dtype)
        return float(info.min), float(info.max)
    return 0.0, 1.0


def finite_minmax(values: NDArray[Any]) -> tuple[float, float]:
    """Return the lowest and highest value that is finite, up to `MOST`, and not masked.

    Returns
    -------
    (float, float)
        ``(inf, -inf)`` where there is none. Of integers that float64 does not have, the next beyond.
    """
    values = compressed(values)
    if values.size == 0:
        return np.inf, -np.inf
    low, high = values.min(), values.max()
    if values.dtype.kind != "f":
        return _float_beyond(int(low), -1), _float_beyond(int(high), 1)
    if not (abs(float(low)) <= MOST and abs(float(high)) <= MOST):
        values = values[is_intensity(values)]
        if values.size == 0:
            return np.inf, -np.inf
        low, high = values.min(), values.max()
    return float(low), float(high)


def is_intensity(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which numbers are finite, and not beyond `MOST`."""
    found: NDArray[np.bool_] = np.isfinite(values)
    return (
        found & (np.abs(values) <= MOST) if values.dtype.itemsize > 4 and values.dtype.kind == "f" else found
    )


def _float_beyond(number: int, side: int) -> float:
    """Return an integer as float64, or where it does not have it, the next number on a side."""
    nearest = float(number)
    if (int(nearest) - number) * side < 0:
        return float(np.nextafter(nearest, side * np.inf))
    return nearest


def to_uint8(image: NDArray[Any], low: float, high: float) -> NDArray[np.uint8]:
    """Map intensities to 0...255, rounding to nearest; clips outside the range, NaN and what is masked are 0.

    Parameters
    ----------
    image : ndarray
        Any real dtype. uint8 with the full range is returned as it is.
    low, high : float
        Intensities that map to 0 and 255. If not ``low < high``, the result is 0: constant data.
    """
    if (mask := mask_of(image)) is not None:
        return np.where(mask, np.uint8(0), to_uint8(np.asarray(image), low, high))
    if image.dtype == np.uint8 and (low, high) == _FULL:
        return np.asarray(image, dtype=np.uint8)
    if not low < high:
        return np.zeros(image.shape, np.uint8)
    if image.dtype.kind in "iu" and max(abs(low), abs(high)) > _NOT_EACH:
        limits = np.iinfo(image.dtype)
        start = min(max(int(low), limits.min), limits.max)
        image, low, high = _above(image, start), low - start, high - start
    # 32 bits are exact enough for what 16-bit and float32 images hold, and twice as fast.
    small = image.dtype.itemsize <= 2 or (image.dtype == np.float32 and high - low < MOST / 2)
    working = np.dtype(np.float32 if small else np.float64)
    with np.errstate(all="ignore"):  # infinities and NaN have their place in the mapping
        scaled = np.subtract(image, working.type(low), dtype=working, casting="unsafe")
        scaled *= working.type(255.0 / (high - low))
        scaled += working.type(0.5)
        np.fmax(scaled, 0, out=scaled)  # fmax, unlike maximum, turns NaN into the 0
        np.minimum(scaled, 255, out=scaled)
        mapped: NDArray[np.uint8] = scaled.astype(np.uint8)
    return mapped


def _above(image: NDArray[Any], start: int) -> NDArray[np.uint64]:
    """Return by how much integers are above one of their dtype, exactly; 0 below."""
    # Modulo 2**64, in which differences of signed integers are right, too.
    wrapped = image.astype(np.uint64) - np.uint64(start % 2**64)
    return np.where(image > start, wrapped, np.uint64(0))


def to_stored(
    image: NDArray[Any], low: float, high: float, exact_dtype: np.dtype[Any] | None
) -> NDArray[Any]:
    """Return what is encoded of an image: display values, or its own ones where these are kept exactly.

    Parameters
    ----------
    image : ndarray
        Any real dtype.
    low, high : float
        Intensities that map to 0 and 255.
    exact_dtype : dtype or None
        `Codec.exact_dtype`. What is masked is 0 here, too.

    Raises
    ------
    ValueError
        If that dtype does not hold all values of the image's.
    """
    if exact_dtype is None:
        return to_uint8(image, low, high)
    if (mask := mask_of(image)) is not None:
        image = np.where(mask, image.dtype.type(0), np.asarray(image))
    if not np.can_cast(image.dtype, exact_dtype, "equiv"):
        raise ValueError(f"the image is {image.dtype}, but {exact_dtype} is kept exactly")
    return np.asarray(image, dtype=exact_dtype)


def intensity_dtype(display_range: NDArray[np.float64]) -> np.dtype[Any]:
    """Return float32, or float64 where that does not tell the gray levels of a display range apart."""
    low, high = display_range[..., 0], display_range[..., 1]
    largest = np.maximum(np.abs(low), np.abs(high)).astype(np.float32)
    coarse = (high > low) & ((high - low) / 255.0 < 2 * np.spacing(largest))
    return np.dtype(np.float64 if coarse.any() else np.float32)


def from_uint8(image: NDArray[np.uint8], low: Any, high: Any, dtype: np.dtype[Any]) -> NDArray[Any]:
    """Return intensities in original units: undoes `to_uint8`, up to rounding and clipping."""
    low, high = np.asarray(low, np.float64), np.asarray(high, np.float64)
    return np.asarray(image * ((high - low) / 255.0) + low, dtype=dtype)

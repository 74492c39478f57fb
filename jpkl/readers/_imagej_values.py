"""Pixels of ImageJ as the intensities that its calibration makes of them.

ImageJ has no signed pixels: it stores -1000 as 31768, and ``c0=-32768``, ``c1=1`` beside it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jpkl.readers._calibration import number
from jpkl.readers._lazy import LazyArray

if TYPE_CHECKING:
    from jpkl.readers._image_file import ArrayLike

#: Numbers of ImageJ's calibration functions: a straight line, and none.
_LINE, _NONE = 0, 20


@dataclass(frozen=True)
class Line:
    """Intensities as a straight line over the stored values: ``offset + factor * stored``."""

    offset: float = 0.0
    factor: float = 1.0

    def __call__(self, stored: float) -> float:
        return self.offset + self.factor * stored


def line_of(metadata: Mapping[str, Any], dtype: np.dtype[Any]) -> Line:
    """Return what makes intensities of stored values: nothing but for 16-bit pixels on a rising line."""
    offset, factor = number(metadata.get("c0")), number(metadata.get("c1"))
    if (
        dtype.newbyteorder("=") != np.uint16
        or _function(metadata) != _LINE
        or offset is None
        or factor is None
        or not (math.isfinite(offset) and math.isfinite(factor) and factor > 0)
        or number(metadata.get("c2"))
    ):
        return Line()
    return Line(offset, factor)


def values_note(metadata: Mapping[str, Any], dtype: np.dtype[Any]) -> tuple[str, ...]:
    """Say so where pixels have a calibration that is not applied."""
    is_calibrated = (
        dtype.kind == "u" and _function(metadata) != _NONE and number(metadata.get("c0")) is not None
    )
    stored_as_meant = (number(metadata.get("c0")), number(metadata.get("c1"))) == (0, 1)
    if not is_calibrated or stored_as_meant or line_of(metadata, dtype) != Line():
        return ()
    unit = metadata.get("vunit") or "other units"
    return (
        f"ImageJ's calibration of its values ({unit}) is left out: intensities are those that are stored",
    )


def _function(metadata: Mapping[str, Any]) -> int:
    return int(number(metadata.get("cf", _LINE), int) or _LINE)


class CalibratedArray(LazyArray):
    """An array of stored values that gives intensities for what is read of it.

    Parameters
    ----------
    base : array-like of uint16
        The stored values.
    line : Line
        What makes intensities of them.

    Attributes
    ----------
    base : array-like
        The same, under the name that views of NumPy have for it.
    """

    def __init__(self, base: ArrayLike, line: Line) -> None:
        self.base = base
        self._line = line
        self.shape = base.shape
        self.dtype = _dtype_for(line)

    def __getitem__(self, key: Any) -> NDArray[Any]:
        stored = self.base[key]  # masked where planes are missing, and so is the result
        if self.dtype.kind == "i":
            shifted: NDArray[Any] = np.add(stored, int(self._line.offset), dtype=np.int32).astype(self.dtype)
            return shifted
        scaled: NDArray[Any] = np.multiply(stored, np.float32(self._line.factor), dtype=np.float32)
        return scaled + np.float32(self._line.offset)


def _dtype_for(line: Line) -> np.dtype[Any]:
    """Return the smallest dtype that holds every intensity as it is; float32 where they have fractions."""
    highest = line(np.iinfo(np.uint16).max)
    if line.factor != 1 or not line.offset.is_integer():
        return np.dtype(np.float32)
    for dtype in (np.int16, np.int32):
        if np.iinfo(dtype).min <= line.offset and highest <= np.iinfo(dtype).max:
            return np.dtype(dtype)
    return np.dtype(np.float32)

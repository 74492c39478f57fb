"""From stored values of DICOM to those that are meant: Hounsfield units, or gray of which 0 is black."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl.readers._calibration import number
from jpkl.readers._dicom_series import DicomFrame, Series

_TABLE = "ModalityLUTSequence"
_IS_INVERTED = "inverted, so that 0 is black (MONOCHROME1)"


class Values:
    """The values of the frames of a series.

    Parameters
    ----------
    series : Series
        The series.
    stored : numpy.dtype
        Of its pixels as they are decoded.

    Attributes
    ----------
    dtype : numpy.dtype
        Of the values.
    notes : tuple of str
        What the user should know.
    """

    def __init__(self, series: Series, stored: np.dtype[Any]) -> None:
        self._frames = series.frames
        first = series.frames[0].header
        is_gray = str(first.PhotometricInterpretation).startswith("MONOCHROME")
        self._has_table = is_gray and bool(first.get(_TABLE))
        # What the lowest and the highest value of a frame add up to, if they change places.
        of_file = {path: _ends(header, self._has_table, stored) for path, header in series.headers.items()}
        self._ends = [of_file[frame.path] for frame in series.frames]
        self._lines = [_line(frame) if is_gray else (1.0, 0.0) for frame in series.frames]
        self.dtype = _dtype_of(_common_dtype(series, stored), self._lines)
        if self._has_table:
            self.dtype = np.dtype(np.uint8 if _bits_of_table(first) <= 8 else np.uint16)
        self.notes: tuple[str, ...] = () if set(self._ends) == {None} else (_IS_INVERTED,)

    def are_stored(self, number: int) -> bool:
        """Return whether the values of a frame are those that are stored."""
        return self._ends[number] is None and not self._has_table and self._lines[number] == (1.0, 0.0)

    def apply(self, pixels: NDArray[Any], number: int) -> NDArray[Any]:
        """Return the values of a frame."""
        ends = self._ends[number]
        if self._has_table:
            from pydicom.pixels.processing import apply_modality_lut

            values = np.asarray(apply_modality_lut(pixels, self._frames[number].header))
            return (values if ends is None else ends - values).astype(self.dtype)
        if ends is not None:
            pixels = ends - pixels.astype(np.int64)
        slope, intercept = self._lines[number]
        if (slope, intercept) == (1.0, 0.0):
            return pixels.astype(self.dtype, copy=False)
        return (pixels * slope + intercept).astype(self.dtype)

    def limits(self) -> tuple[float, float] | None:
        """Return the window in which the first frame is to be shown, as its lowest and highest value."""
        window = []
        for keyword in ("WindowCenter", "WindowWidth"):
            value = self._frames[0].get("FrameVOILUTSequence", keyword)
            is_many = (
                value is not None and not isinstance(value, (str, float, int)) and hasattr(value, "__len__")
            )
            window.append(number(value[0] if is_many and len(value) else value))
        center, width = window
        # By the standard, a window counts values that are whole: one that is 2 wide goes from 0 to 1.
        function = self._frames[0].get("FrameVOILUTSequence", "VOILUTFunction") or "LINEAR"
        step = 1 if function == "LINEAR" else 0
        if center is None or width is None or width <= step:
            return None
        low = center - width / 2
        high = low + width - step
        if self._ends[0] is None:
            return low, high
        slope, intercept = (1.0, 0.0) if self._has_table else self._lines[0]
        ends = slope * self._ends[0] + 2 * intercept
        return ends - high, ends - low


def _ends(header: Any, has_table: bool, stored: np.dtype[Any]) -> int | None:
    """Return what the lowest and the highest value add up to where the lowest is white; else None."""
    if header.PhotometricInterpretation != "MONOCHROME1" or stored.kind not in "iu":
        return None
    if has_table:
        return (1 << _bits_of_table(header)) - 1
    is_signed = header.get("PixelRepresentation", 0) == 1
    return -1 if is_signed else (1 << int(header.get("BitsStored", 8))) - 1


def _bits_of_table(header: Any) -> int:
    return int(header[_TABLE][0].LUTDescriptor[2])


def _common_dtype(series: Series, stored: np.dtype[Any]) -> np.dtype[Any]:
    """Return a dtype that holds the stored values of all frames, whose files may have several."""
    kinds = {
        (int(header.get("BitsAllocated", 8)), int(header.get("PixelRepresentation", 0)))
        for header in series.headers.values()
    }
    if len(kinds) == 1 or stored.kind not in "iu":
        return stored
    of_each = [np.dtype(f"{'i' if is_signed else 'u'}{max(8, bits) // 8}") for bits, is_signed in kinds]
    return np.result_type(stored, *of_each)


def _line(frame: DicomFrame) -> tuple[float, float]:
    group = "PixelValueTransformationSequence"
    slope, intercept = (frame.numbers(group, f"Rescale{name}", 1) for name in ("Slope", "Intercept"))
    return (slope[0] if slope and slope[0] else 1.0), (intercept[0] if intercept else 0.0)


def _dtype_of(stored: np.dtype[Any], lines: list[tuple[float, float]]) -> np.dtype[Any]:
    """Return the smallest dtype that holds all values."""
    if set(lines) == {(1.0, 0.0)} or stored.kind == "f":
        return stored
    if not all(value.is_integer() for line in lines for value in line):
        return np.dtype(np.float32)
    limits = np.iinfo(stored)
    ends = [slope * end + intercept for slope, intercept in lines for end in (limits.min, limits.max)]
    fits = stored.itemsize == 2 and min(ends) >= -(1 << 31) and max(ends) < 1 << 31
    return np.dtype(np.int32 if fits or stored.itemsize == 1 else np.float64)

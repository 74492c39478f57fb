"""DICOM: a file of one or many frames, or a folder of files, the series of which are scenes."""

from __future__ import annotations

from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl.readers._calibration import Calibration, number
from jpkl.readers._damage import library, reading
from jpkl.readers._dicom_pixels import decode_frame, jpeg_of_frame
from jpkl.readers._dicom_series import DicomFrame, Series, series_in
from jpkl.readers._image_file import ImageFile
from jpkl.readers._plane_array import PlaneArray
from jpkl.readers._planes import ReadPlanes
from jpkl.readers._scenes import choose_scene, distinct_names, scene_notes

_AXES = {"I": "frame"}
#: A step between slices that is so much longer than the others says that slices are missing.
_GAP = 1.5


def read(path: Path, scene: str | None) -> ImageFile:
    """Open a series; frames are decoded as they are indexed, gray ones in the units of the modality."""
    library("pydicom", "DICOM")
    with reading(path, "DICOM"):
        series = series_in(path)
        if not series:
            raise ValueError(f"{path}: not a readable DICOM file: holds no images")
        names = distinct_names([each.name for each in series])
        # A folder of slices often has a scout or a report among them.
        largest = max(range(len(series)), key=lambda i: (len(series[i].frames), -i))
        n = choose_scene(path, names, scene, default=largest)
        array, axes, values = _array(path, series[n])
        calibration = Calibration(axes, array.shape)
        _read_sizes(calibration, series[n])
        _read_window(calibration, series[n].frames[0], values)
    calibration.add(source=path.name)
    notes = (*scene_notes(names, n, scene), *values.notes, *_gaps(series[n]))
    return ImageFile(array, axes, calibration.found.as_dict(), notes, scenes=names, scene=names[n])


class _Values:
    """From stored values to those that are meant: Hounsfield units, or gray of which 0 is black."""

    def __init__(self, series: Series, stored: np.dtype[Any]) -> None:
        first = series.frames[0].header
        self.top: int | None = None
        self.notes: tuple[str, ...] = ()
        if first.PhotometricInterpretation == "MONOCHROME1" and stored.kind in "iu":
            is_signed = first.get("PixelRepresentation", 0) == 1
            # What the highest and the lowest value add up to.
            self.top = -1 if is_signed else (1 << int(first.get("BitsStored", 8))) - 1
            self.notes = ("inverted, so that 0 is black (MONOCHROME1)",)
        is_gray = str(first.PhotometricInterpretation).startswith("MONOCHROME") and self.top is None
        self._lines = [_line(frame) if is_gray else (1.0, 0.0) for frame in series.frames]
        self.dtype = _dtype_of(stored, self._lines)

    def are_stored(self, number: int) -> bool:
        """Return whether the values of a frame are those that are stored."""
        return self.top is None and self._lines[number] == (1.0, 0.0)

    def apply(self, pixels: NDArray[Any], number: int) -> NDArray[Any]:
        """Return the values of a frame."""
        slope, intercept = self._lines[number]
        if self.top is not None:
            return (self.top - pixels.astype(np.int64)).astype(self.dtype)
        if (slope, intercept) == (1.0, 0.0):
            return pixels.astype(self.dtype, copy=False)
        return (pixels * slope + intercept).astype(self.dtype)


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


def _array(path: Path, series: Series) -> tuple[PlaneArray, list[str], _Values]:
    frame = series.frames[0]
    first = decode_frame(frame.path, frame.header, frame.index)
    values = _Values(series, first.dtype)

    def read_plane(number: int) -> NDArray[Any]:
        frame = series.frames[number]
        return values.apply(decode_frame(frame.path, frame.header, frame.index), number)

    def encoded_plane(number: int) -> bytes | None:
        frame = series.frames[number]
        return jpeg_of_frame(frame.path, frame.header, frame.index) if values.are_stored(number) else None

    planes = ReadPlanes(
        path, series.shape, first.shape, values.dtype, read_plane, encoded_plane=encoded_plane
    )
    numbers = np.arange(len(series.frames)).reshape(series.shape)
    array = PlaneArray(planes, numbers, (slice(None),) * first.ndim)
    axes = [*(_AXES.get(axis, axis) for axis in series.axes), "Y", "X", *(("S",) if first.ndim == 3 else ())]
    return array, axes, values


# -- what is said --------------------------------------------------------------------------------------


def _read_sizes(calibration: Calibration, series: Series) -> None:
    first = series.frames[0]
    for keyword in ("PixelSpacing", "ImagerPixelSpacing"):
        if spacing := first.numbers("PixelMeasuresSequence", keyword, 2):
            calibration.set_pixel_size(spacing[0], spacing[1], "mm", "mm")
            break
    else:
        _read_ultrasound(calibration, first)
    if "z" in calibration.sizes:
        depths = [frame.depth or 0.0 for frame in series.frames[: calibration.sizes["z"]]]
        calibration.set_coords("z", [round(depth - depths[0], 4) for depth in depths], "mm")
    _read_times(calibration, series)
    date, time = (str(first.header.get(f"Acquisition{what}") or "") for what in ("Date", "Time"))
    if len(date) == 8 and len(time) >= 6 and (date + time[:6]).isdecimal():
        calibration.add(acquired=f"{date[:4]}-{date[4:6]}-{date[6:]}T{time[:2]}:{time[2:4]}:{time[4:6]}")


def _read_ultrasound(calibration: Calibration, frame: DicomFrame) -> None:
    """Take the size of a pixel of an ultrasound region, if it is in centimeters."""
    regions = frame.header.get("SequenceOfUltrasoundRegions") or ()
    for region in regions:
        if region.get("PhysicalUnitsXDirection") == region.get("PhysicalUnitsYDirection") == 3:
            y, x = (number(region.get(f"PhysicalDelta{axis}")) for axis in "YX")
            if x and y:
                calibration.set_pixel_size(10 * abs(y), 10 * abs(x), "mm", "mm")
            return


def _read_times(calibration: Calibration, series: Series) -> None:
    header = series.frames[0].header
    n = calibration.sizes.get("time", 0)
    steps = [number(step) for step in header.get("FrameTimeVector") or ()]
    known = [step for step in steps if step is not None]
    if len(known) == n > 0:
        calibration.set_coords("time", [total / 1000 for total in accumulate(known)], "s")
    elif step := number(header.get("FrameTime")):
        calibration.set_step("time", step / 1000, "s")
        if n:
            calibration.add(fps=1000 / step)


def _read_window(calibration: Calibration, frame: DicomFrame, values: _Values) -> None:
    """Take the window in which it is to be shown as contrast limits."""
    window = []
    for keyword in ("WindowCenter", "WindowWidth"):
        value = frame.get("FrameVOILUTSequence", keyword)
        is_many = value is not None and not isinstance(value, (str, float, int)) and hasattr(value, "__len__")
        window.append(number(value[0] if is_many and len(value) else value))
    center, width = window
    if center is None or width is None or width <= 1 or calibration.n_channels != 1:
        return
    if values.top is not None:
        center = values.top - center
    low = center - 0.5 - (width - 1) / 2
    calibration.add(channel_limits=((low, low + width - 1),))


def _gaps(series: Series) -> tuple[str, ...]:
    n = series.shape[-1] if series.axes.endswith("Z") else 0
    steps = np.diff([frame.depth or 0.0 for frame in series.frames[:n]])
    if steps.size < 2 or steps.max() <= _GAP * np.median(steps):
        return ()
    at = int(np.argmax(steps))
    apart = f"slices are {np.median(steps):.4g} mm apart, but {steps[at]:.4g} mm after slice {at}"
    return (f"{apart}: some may be missing",)

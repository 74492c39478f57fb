"""DICOM: a file of one or many frames, or a folder of files, the series of which are scenes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl.readers._calibration import Calibration, number
from jpkl.readers._damage import library, reading
from jpkl.readers._dicom_pixels import decode_frame, jpeg_of_frame
from jpkl.readers._dicom_series import DicomFrame, Series, series_in
from jpkl.readers._dicom_tiles import slide_of
from jpkl.readers._dicom_times import moment_of, read_times
from jpkl.readers._dicom_values import Values
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
        if calibration.n_channels == 1 and (limits := values.limits()):
            calibration.add(channel_limits=(limits,))
        calibration.set_names(series[n].segments)
    calibration.add(source=path.name)
    about = (*_directions(series[n]), *_gaps(series[n]), *_tiles(series[n]))
    notes = (*scene_notes(names, n, scene), *values.notes, *about)
    return ImageFile(array, axes, calibration.found.as_dict(), notes, scenes=names, scene=names[n])


def _array(path: Path, series: Series) -> tuple[PlaneArray, list[str], Values]:
    frame = series.frames[0]
    first = decode_frame(frame.path, frame.header, frame.index)
    values = Values(series, first.dtype)

    def read_plane(number: int) -> NDArray[Any]:
        frame = series.frames[number]
        return values.apply(decode_frame(frame.path, frame.header, frame.index), number)

    if (slide := slide_of(series)) is not None:
        shape = (*slide.shape, *first.shape[2:])
        planes = ReadPlanes(path, (), shape, values.dtype, lambda _: slide.put_together(read_plane))
        array = PlaneArray(planes, np.array(0), (slice(None),) * first.ndim)
        return array, [*"YXS"[: first.ndim]], values

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
    read_times(calibration, series)
    if moment := moment_of(first):
        calibration.add(acquired=moment.isoformat(timespec="seconds"))


def _read_ultrasound(calibration: Calibration, frame: DicomFrame) -> None:
    """Take the size of a pixel of an ultrasound region, if it is in centimeters."""
    regions = frame.header.get("SequenceOfUltrasoundRegions") or ()
    for region in regions:
        if region.get("PhysicalUnitsXDirection") == region.get("PhysicalUnitsYDirection") == 3:
            y, x = (number(region.get(f"PhysicalDelta{axis}")) for axis in "YX")
            if x and y:
                calibration.set_pixel_size(10 * abs(y), 10 * abs(x), "mm", "mm")
            return


def _tiles(series: Series) -> tuple[str, ...]:
    header = series.frames[0].header
    rows, columns = (number(header.get(f"TotalPixelMatrix{what}")) for what in ("Rows", "Columns"))
    if not rows or not columns or len(series.frames) == 1 or slide_of(series) is not None:
        return ()
    return (f"tiles of a slide of {rows:.0f} x {columns:.0f} pixels, which are read as frames",)


def _directions(series: Series) -> tuple[str, ...]:
    if series.are_parallel:
        return ()
    return ("frames lie in several directions, and follow each other as they are numbered",)


def _gaps(series: Series) -> tuple[str, ...]:
    n = series.shape[-1] if series.axes.endswith("Z") else 0
    steps = np.diff([frame.depth or 0.0 for frame in series.frames[:n]])
    if steps.size < 2 or steps.max() <= _GAP * np.median(steps):
        return ()
    at = int(np.argmax(steps))
    apart = f"slices are {np.median(steps):.4g} mm apart, but {steps[at]:.4g} mm after slice {at}"
    return (f"{apart}: some may be missing",)

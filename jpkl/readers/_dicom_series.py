"""Series of DICOM: which frames belong together, in what order, and what is said of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl.readers._calibration import number

#: Where DICOM's mark is, and what it is.
_MARK_AT, _MARK = 128, b"DICM"
_SUFFIXES = (".dcm", ".dicom", ".ima")
#: By how much directions of length 1 may differ that are the same.
_SAME_DIRECTION = 0.01


@dataclass(frozen=True)
class DicomFrame:
    """One frame: its file, its number in the file, and the file's header."""

    path: Path
    index: int
    header: Any

    def get(self, group: str, keyword: str) -> Any:
        """Return an element of the header, or of a functional group, for this frame or shared; else None."""
        if keyword in self.header:
            return self.header.get(keyword)
        for sequence, at in (
            ("PerFrameFunctionalGroupsSequence", self.index),
            ("SharedFunctionalGroupsSequence", 0),
        ):
            items = self.header.get(sequence)
            if items and at < len(items) and (found := items[at].get(group)):
                return found[0].get(keyword)
        return None

    def numbers(self, group: str, keyword: str, n: int) -> tuple[float, ...]:
        """Return an element of so many numbers; ``()`` if it is none."""
        value = self.get(group, keyword)
        values = [value] if n == 1 else list(value or ())
        found = tuple(each for each in map(number, values) if each is not None)
        return found if len(found) == n else ()

    @property
    def segment(self) -> float:
        """Number of the segment that it shows; 0 where it shows none."""
        return number(self.get("SegmentIdentificationSequence", "ReferencedSegmentNumber")) or 0.0

    @property
    def depth(self) -> float | None:
        """Where it is across the plane of the frame, in mm."""
        position = self.numbers("PlanePositionSequence", "ImagePositionPatient", 3)
        if not position or (across := self.across) is None:
            return None
        # Doses have the places of their frames in a list instead.
        offsets = self.header.get("GridFrameOffsetVector") or ()
        offset = number(offsets[self.index]) if self.index < len(offsets) else None
        return float(np.dot(across, position)) + (offset or 0.0)

    @property
    def across(self) -> NDArray[np.float64] | None:
        """The direction across the plane of the frame, of length 1."""
        orientation = self.numbers("PlaneOrientationSequence", "ImageOrientationPatient", 6)
        return np.cross(orientation[:3], orientation[3:]) if orientation else None


@dataclass(frozen=True)
class Series:
    """Frames in the shape of the axes that count them.

    Attributes
    ----------
    name : str
        What it is called.
    frames : tuple of DicomFrame
        The frames, in C order of the axes.
    axes : str
        ``""``, ``"Z"``, ``"T"``, ``"TZ"``, ``"CZ"`` of segments, or ``"I"`` where nobody knows what differs.
    shape : tuple of int
        Lengths of the axes.
    segments : tuple of str
        What the segments are called.
    are_parallel : bool
        Whether all frames lie in the same direction. Those of scouts do not: nothing orders them by place.
    """

    name: str
    frames: tuple[DicomFrame, ...]
    axes: str
    shape: tuple[int, ...]
    segments: tuple[str, ...] = ()
    are_parallel: bool = True

    @property
    def headers(self) -> dict[Path, Any]:
        """The header of each file."""
        return {frame.path: frame.header for frame in self.frames}


def is_dicom(path: Path) -> bool:
    """Return whether a file has the mark of DICOM."""
    with path.open("rb") as file:
        file.seek(_MARK_AT)
        return file.read(len(_MARK)) == _MARK


def series_in(path: Path) -> list[Series]:
    """Return the series of a file, or of all files in a folder and those in it."""
    grouped: dict[tuple[Any, ...], list[DicomFrame]] = {}
    for file, header in _headers(path):
        n = int(header.get("NumberOfFrames") or 1)
        alone = str(file) if n > 1 else ""
        is_palette = header.get("PhotometricInterpretation") == "PALETTE COLOR"
        kind = (header.Rows, header.Columns, header.get("SamplesPerPixel", 1), is_palette)
        frames = grouped.setdefault((str(header.get("SeriesInstanceUID", "")), alone, *kind), [])
        frames += [DicomFrame(file, index, header) for index in range(n)]
    found = [(_order_of(frames[0].header), _series_of(frames)) for frames in grouped.values()]
    return [series for _, series in sorted(found, key=lambda item: item[0])]


def _headers(path: Path) -> Iterator[tuple[Path, Any]]:
    """Yield files that hold pixels, with their headers."""
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    files = [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.is_file())
    for file in files:
        if path.is_file() or file.suffix.lower() in _SUFFIXES or is_dicom(file):
            try:
                header = dcmread(file, stop_before_pixels=True)
            except InvalidDicomError as error:
                if file == path:
                    raise ValueError(str(error)) from error
                continue
            if "Rows" in header and "Columns" in header:
                yield file, header


def _order_of(header: Any) -> tuple[float, str]:
    return number(header.get("SeriesNumber")) or 0, str(header.get("SeriesInstanceUID", ""))


def _series_of(frames: list[DicomFrame]) -> Series:
    header = frames[0].header
    name = str(header.get("SeriesDescription") or header.get("SeriesNumber") or "")
    if len(frames) == 1:
        return Series(name, tuple(frames), "", ())
    are_parallel = _are_parallel(frames)
    depths = [frame.depth if are_parallel else None for frame in frames]
    known = [round(depth, 3) for depth in depths if depth is not None]
    counts = np.unique(known, return_counts=True)[1] if len(known) == len(frames) else np.zeros(0, int)
    if counts.size > 1 and (counts == counts[0]).all():
        by_place = sorted(zip(known, map(_when, frames), range(len(frames)), strict=True))
        at = np.array([number for _, _, number in by_place]).reshape(len(counts), -1)
        if at.shape[1] == 1:
            return _arranged(name, frames, at[:, 0], "Z")
        segments = _segments([frames[i] for i in at[0]])
        arranged = _arranged(name, frames, at.T, "CZ" if segments else "TZ")
        return replace(arranged, segments=segments)
    order = np.array(sorted(range(len(frames)), key=lambda i: _when(frames[i])))
    # Frames of one file share the place that its header has, if they have none each.
    is_in_place = counts.size == 1 and len({frame.path for frame in frames}) > 1
    is_time = "FrameTime" in header or "FrameTimeVector" in header or is_in_place
    return replace(_arranged(name, frames, order, "T" if is_time else "I"), are_parallel=are_parallel)


def _are_parallel(frames: Sequence[DicomFrame]) -> bool:
    """Return whether frames lie in the same direction, as far as they say so."""
    known = [across for frame in frames if (across := frame.across) is not None]
    return not known or bool(np.allclose(known, known[0], rtol=0, atol=_SAME_DIRECTION))


def _segments(frames: Sequence[DicomFrame]) -> tuple[str, ...]:
    """Return what each of the frames at a place is a segment of; nothing where they are none."""
    numbers = [frame.segment for frame in frames]
    if len(frames) != len({*numbers} - {0.0}):
        return ()
    described = frames[0].header.get("SegmentSequence") or ()
    labels = {number(item.get("SegmentNumber")): str(item.get("SegmentLabel") or "") for item in described}
    return tuple(labels.get(segment) or f"segment {segment:.0f}" for segment in numbers)


def _arranged(name: str, frames: Sequence[DicomFrame], order: NDArray[np.intp], axes: str) -> Series:
    return Series(name, tuple(frames[i] for i in order.ravel().tolist()), axes, order.shape)


def _when(frame: DicomFrame) -> tuple[float, ...]:
    """Return what to sort frames at the same place by."""
    keywords = ("TemporalPositionIdentifier", "TriggerTime", "AcquisitionNumber", "InstanceNumber")
    of_file = (number(frame.header.get(keyword)) or 0.0 for keyword in keywords)
    content = "FrameContentSequence"
    time = number(frame.get(content, "TemporalPositionIndex")) or 0.0
    # Whatever else differs has an index there, too.
    indices = np.atleast_1d(np.asarray(frame.get(content, "DimensionIndexValues") or (), float))
    return frame.segment, time, *of_file, *indices.tolist(), float(frame.index)

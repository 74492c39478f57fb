"""When frames of DICOM were taken, wherever a file says so."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from typing import Any

from jpkl.readers._calibration import Calibration, number
from jpkl.readers._dicom_series import DicomFrame, Series

#: What has times from a beginning, for each frame or each file, and how many of them a second has.
_OFFSETS = (
    ("TemporalPositionSequence", "TemporalPositionTimeOffset", 1),
    ("CardiacSynchronizationSequence", "NominalCardiacTriggerDelayTime", 1000),
    ("CardiacSynchronizationSequence", "TriggerTime", 1000),
)
#: A date with a time, to fractions of a second.
_MOMENT = re.compile(r"(\d{8})(\d{6})(\.\d{1,6})?")


def read_times(calibration: Calibration, series: Series) -> None:
    """Take times and frames per second, where there are some."""
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
    elif n > 1:
        # Of each time point the first frame: its sections may come one after the other.
        calibration.set_times(_seconds(series.frames[:: len(series.frames) // n]))


def _seconds(frames: Sequence[DicomFrame]) -> Sequence[float | None]:
    """Return when frames were taken after the first of them; nothing where that is not known of all."""
    for group, keyword, n_in_a_second in _OFFSETS:
        offsets = [frame.numbers(group, keyword, 1) for frame in frames]
        seconds = [offset[0] / n_in_a_second for offset in offsets if offset]
        if _are_times(seconds, len(frames)):
            return [round(second - seconds[0], 6) for second in seconds]
    moments = [moment for frame in frames if (moment := moment_of(frame)) is not None]
    if _are_times(moments, len(frames)):
        return [(moment - moments[0]).total_seconds() for moment in moments]
    return ()


def _are_times(values: Sequence[Any], n: int) -> bool:
    return len(values) == n and all(first < second for first, second in pairwise(values))


def moment_of(frame: DicomFrame) -> datetime | None:
    """Return when a frame was taken, if that is said."""
    header = frame.header
    said = frame.get("FrameContentSequence", "FrameAcquisitionDateTime") or header.get("AcquisitionDateTime")
    apart = (str(header.get(f"Acquisition{what}") or "") for what in ("Date", "Time"))
    if (match := _MOMENT.match(str(said or "".join(apart)))) is None:
        return None
    try:
        moment = datetime.strptime(match[1] + match[2], "%Y%m%d%H%M%S")
    except ValueError:
        return None
    return moment + timedelta(seconds=float(match[3] or 0))

"""What Micro-Manager says of an acquisition in NDTiff: TIFF files with an index beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jpkl.readers._calibration import Calibration, number, seconds_of
from jpkl.readers._micro_manager import set_summary

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPageSeries

_INDEX = "NDTiff.index"


class _Plane(NamedTuple):
    """Where a plane is along each axis, and where in which file it is described."""

    axes: Mapping[str, int | str]
    name: str
    offset: int
    nbytes: int

    def said(self, folder: Path) -> Mapping[str, Any]:
        """Return what is said of it; nothing of one in another folder."""
        if Path(self.name).name != self.name:
            return {}
        with (folder / self.name).open("rb") as file:
            file.seek(self.offset)
            said = json.loads(file.read(self.nbytes))
        return said if isinstance(said, dict) else {}


def read_ndtiff(calibration: Calibration, tiff: TiffFile, series: TiffPageSeries) -> None:
    """Add sizes, channels, and the time of each time point."""
    folder = Path(tiff.filehandle.dirname)
    planes = _planes(folder)
    summary: dict[str, Any] = dict((tiff.micromanager_metadata or {}).get("Summary") or {})
    _set_times(calibration, planes, folder)
    # Channels are in the order in which they come in the index, which is not that of the summary.
    names = list(dict.fromkeys(plane.axes.get("channel") for plane in planes))
    if all(isinstance(name, str) for name in names):
        known = dict(zip(summary.get("ChNames") or (), summary.get("ChColors") or (), strict=False))
        colors = [known[name] for name in names if name in known]
        summary |= {"ChNames": names, "ChColors": colors if len(colors) == len(names) else ()}
    size = planes[0].said(folder).get("PixelSizeUm")
    set_summary(calibration, {**summary, "PixelSize_um": number(size) or summary.get("PixelSize_um")})


def _planes(folder: Path) -> list[_Plane]:
    from tifffile import read_ndtiff_index

    return [
        _Plane(axes, name, offset, nbytes)
        for axes, name, *_, offset, nbytes, is_packed in read_ndtiff_index(folder / _INDEX)
        if not is_packed
    ]


def _set_times(calibration: Calibration, planes: list[_Plane], folder: Path) -> None:
    """Take when the first plane of each time point was taken."""
    first: dict[int | str, _Plane] = {}
    for plane in planes:
        first.setdefault(plane.axes.get("time", 0), plane)
    times = sorted(time for time in first if isinstance(time, int))
    if len(times) != calibration.sizes.get("time"):
        return
    elapsed = [number(first[time].said(folder).get("ElapsedTime-ms")) for time in times]
    calibration.set_times([seconds_of(each, "ms") for each in elapsed])

"""ScanImage, which runs two-photon microscopes: the order of the pages of its TIFF files, and what they are.

Pages follow each other as they are scanned: channels change fastest, then repeats of a slice, then slices. A
volume may end with frames of the scanner's way back. tifffile knows of channels and repeats alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from jpkl._text import count
from jpkl.readers._calibration import Calibration, number

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPage, TiffPageSeries

_UM = "\u00b5m"
#: What the colors of channels are called.
_COLORS = {"green": "#00ff00", "red": "#ff0000", "blue": "#0000ff", "gray": "#ffffff"}
#: Names of settings in version 3, and in 4 and the first 5, of those that are called otherwise now.
_NAMES_OF_3 = {
    "state.acq.numberOfZSlices": "SI.hStackManager.numSlices",
    "state.acq.zStepSize": "SI.hStackManager.stackZStepSize",
    "state.acq.frameRate": "SI.hRoiManager.scanFrameRate",
}
_NAMES_OF_4 = {
    "channelsSave": "SI.hChannels.channelSave",
    "stackNumSlices": "SI.hStackManager.numSlices",
    "stackZStepSize": "SI.hStackManager.stackZStepSize",
    "acqNumFrames": "SI.hStackManager.framesPerSlice",
    "acqNumAveragedFrames": "SI.hScan2D.logAverageFactor",
    "fastZEnable": "SI.hFastZ.enable",
    "fastZNumDiscardFrames": "SI.hFastZ.numDiscardFlybackFrames",
    "scanFrameRate": "SI.hRoiManager.scanFrameRate",
}
_TIME = re.compile(r"(?:frameTimestamps_sec|Frame Timestamp\(s\))\s*=\s*(\S+)")
#: Counted within an acquisition: "frameNumbers" goes on through all of a loop, of which some may end early.
_FRAME = re.compile(r"frameNumberAcquisition\s*=\s*(\d+)")
_EPOCH = re.compile(r"epoch\s*=\s*\[([^\]]*)\]")


class _Volume(NamedTuple):
    """What a volume is made of: a movie of one plane has volumes of one."""

    n_slices: int
    n_repeats: int
    n_channels: int
    n_flyback: int

    @property
    def n_pages(self) -> int:
        return self.n_pages_shown + self.n_flyback * self.n_channels

    @property
    def n_frames(self) -> int:
        return self.n_pages // self.n_channels

    @property
    def n_pages_shown(self) -> int:
        return self.n_slices * self.n_repeats * self.n_channels


def is_scanimage(tiff: TiffFile) -> bool:
    """Return whether ScanImage wrote a file, and no other program has arranged its pages."""
    return bool(len(tiff.pages)) and tiff.pages.first.is_scanimage and not (tiff.is_ome or tiff.is_imagej)


def scanimage_series(tiff: TiffFile) -> TiffPageSeries:
    """Return the pages of a file as volumes, slices, repeats and channels.

    A volume that was not finished is left out. If it is the first, it is there with fewer slices or repeats.
    """
    from tifffile import TiffPageSeries

    found, n_pages, first = tiff.series[0], len(tiff.pages), tiff.pages.first
    settings = _settings(first)
    planned = _volume(settings)
    n_before = _n_before(first, settings, n_pages)
    volume = _complete(planned, n_pages - n_before)
    n_volumes = (n_pages - n_before) // volume.n_pages
    # The repeats of the slices of a single volume are what follows in time.
    names = "TZIC" if n_volumes > 1 else "-ZTC"
    sizes = {name: n for name, n in zip(names, (n_volumes, *volume[:3]), strict=True) if n > 1}
    numbers = n_before + np.arange(n_volumes * volume.n_pages).reshape(n_volumes, -1)
    pages = [found[int(number)] for number in numbers[:, : volume.n_pages_shown].ravel()]
    shape, axes = (*sizes.values(), *first.shape), "".join(sizes) + first.axes
    return TiffPageSeries(pages, shape, first.dtype, axes, kind="scanimage")


def scanimage_notes(tiff: TiffFile) -> tuple[str, ...]:
    """Return what the user should know of pages that are left out, or show several regions."""
    first, n_pages = tiff.pages.first, len(tiff.pages)
    settings = _settings(first)
    planned = _volume(settings)
    n_before = _n_before(first, settings, n_pages)
    volume = _complete(planned, n_pages - n_before)
    notes = []
    if n_before:
        notes.append(f"left out the first {count(n_before, 'page')}, of a volume that begins in another file")
    if volume.n_flyback:
        notes.append(
            f"left out {count(volume.n_flyback, 'frame')} of the scanner's flyback after each volume"
        )
    if volume != planned:
        notes.append(f"the volume of {count(planned.n_slices, 'slice')} was not finished")
    if n_rest := (n_pages - n_before) % volume.n_pages:
        notes.append(f"left out the last {count(n_rest, 'page')}, which were not finished")
    if _has_regions(settings):
        notes.append("each frame holds the regions of the scan (mROI), one below the other")
    return tuple(notes)


def read_scanimage(calibration: Calibration, tiff: TiffFile, series: TiffPageSeries) -> None:
    """Add pixel size, distances, times, and the channels."""
    first = tiff.pages.first
    settings = _settings(first)
    if (size := _pixel_size(settings, first)) is not None:
        calibration.set_pixel_size(*size, _UM, _UM)
    _set_z(calibration, settings)
    _set_channels(calibration, settings)
    _set_times(calibration, settings, series)
    if found := _EPOCH.search(first.description):
        year, month, day, hour, minute, seconds = map(float, found[1].replace(",", " ").split())
        start = datetime(int(year), int(month), int(day), int(hour), int(minute)) + timedelta(seconds=seconds)
        if start.year > 1601:  # where the clock of the scanner was never set
            calibration.add(acquired=start.isoformat(timespec="milliseconds"))


# -- settings ------------------------------------------------------------------------------------------


def _settings(page: TiffPage) -> Mapping[str, Any]:
    """Return what ScanImage says of a file, under the names of today."""
    from tifffile import matlabstr2py

    text = page.software if page.software.startswith("SI.") else page.description
    found = matlabstr2py(f"{text}\n")  # one line alone would be a value
    said = {key.removeprefix("scanimage."): value for key, value in found.items()}
    for key, value in list(said.items()):
        name = _NAMES_OF_3.get(key) or _NAMES_OF_4.get(key.removeprefix("SI4.").removeprefix("SI5."))
        said[name or key] = value
    if n_channels := _whole(said.get("state.acq.numberOfChannelsSave")):
        said["SI.hChannels.channelSave"] = list(range(1, n_channels + 1))
        is_averaged = said.get("state.acq.averaging") == 1
        said["SI.hStackManager.framesPerSlice"] = 1 if is_averaged else said.get("state.acq.numberOfFrames")
    return said


def _whole(value: Any) -> int:
    """Return a number that counts something; 0 for what is none, such as ``Inf``."""
    found = number(value)
    return int(found) if found and 1 <= found < 2**31 else 0


def _n_averaged(settings: Mapping[str, Any]) -> int:
    """Return of how many frames each is the mean."""
    return _whole(settings.get("SI.hScan2D.logAverageFactor")) or 1


def _volume(settings: Mapping[str, Any]) -> _Volume:
    """Return how pages are arranged.

    Whether there are volumes is asked first: the number of slices may be left over from another recording.
    """
    n_channels = max(1, np.size(settings.get("SI.hChannels.channelSave", 1)))
    stack = {key.rpartition(".")[2]: value for key, value in settings.items() if ".hStackManager." in key}
    is_fast = settings.get("SI.hFastZ.enable") in (True, 1)
    n_slices = _whole(stack.get("actualNumSlices", stack.get("numSlices")))
    if n_slices < 2 or not (is_fast or stack.get("enable", True) in (True, 1)):
        return _Volume(1, 1, n_channels, 0)
    n_averaged = _n_averaged(settings)
    n_frames, n_with_flyback = (
        _whole(stack.get(f"numFramesPerVolume{suffix}")) for suffix in ("", "WithFlyback")
    )
    if n_with_flyback:
        n_repeats, n_flyback = n_frames // n_slices, n_with_flyback - n_frames
    else:  # before version 2019
        n_repeats = 1 if is_fast else _whole(stack.get("framesPerSlice"))
        n_flyback = _whole(settings.get("SI.hFastZ.numDiscardFlybackFrames")) if is_fast else 0
    n_flyback = max(0, -(-n_flyback // n_averaged))
    return _Volume(n_slices, max(1, n_repeats // n_averaged), n_channels, n_flyback)


def _n_before(first: TiffPage, settings: Mapping[str, Any], n_pages: int) -> int:
    """Return the pages before the first volume that begins in the file, if a whole one does.

    A recording of several files may be cut anywhere, and its frames are counted from the first file on.
    """
    volume, frame = _volume(settings), _FRAME.search(first.description)
    if _n_averaged(settings) > 1:  # of which nobody says how they are counted
        return 0
    n = -(int(frame[1]) - 1) % volume.n_frames * volume.n_channels if frame else 0
    return n if n_pages >= n + volume.n_pages else 0


def _complete(volume: _Volume, n_pages: int) -> _Volume:
    """Return the volume, or, where it was never finished, the part of it that was."""
    n_slices, n_repeats, n_channels, _ = volume
    if n_pages >= volume.n_pages:
        return volume
    if n_slices := n_pages // (n_repeats * n_channels):
        return _Volume(n_slices, n_repeats, n_channels, 0)
    return _Volume(1, max(1, n_pages // n_channels), min(n_channels, n_pages), 0)


# -- what is said of pixels, slices, channels and frames --------------------------------------------------


def _pixel_size(settings: Mapping[str, Any], page: TiffPage) -> tuple[float, float] | None:
    """Return height and width of a pixel in micrometers, if they are known, and the same in all regions."""
    corners = np.asarray(settings.get("SI.hRoiManager.imagingFovUm", ()), np.float64)
    if corners.shape == (4, 2) and not _has_regions(settings):
        width, height = (float(np.linalg.norm(corners[i + 1] - corners[i])) for i in (0, 1))
        return height / page.imagelength, width / page.imagewidth
    per_degree = number(settings.get("SI.objectiveResolution")) or 0.0
    sizes = [
        per_degree * np.divide(field["sizeXY"], field["pixelResolutionXY"])
        for region in _listed(_said_of_regions(page), "rois")
        for field in _listed(region, "scanfields")
    ]
    if not sizes or not np.allclose(sizes, sizes[0]):
        return None
    return float(sizes[0][1]), float(sizes[0][0])


def _has_regions(settings: Mapping[str, Any]) -> bool:
    return settings.get("SI.hRoiManager.mroiEnable") in (True, 1)


def _said_of_regions(page: TiffPage) -> Mapping[str, Any]:
    text = page.tags.valueof("Artist", default="")
    groups = json.loads(text).get("RoiGroups", {}) if text.lstrip().startswith("{") else {}
    found: Mapping[str, Any] = groups.get("imagingRoiGroup", {})
    return found


def _listed(holder: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Return what MATLAB writes as a list of several, but not of one."""
    found = holder.get(name, [])
    return [found] if isinstance(found, dict) else list(found)


def _set_z(calibration: Calibration, settings: Mapping[str, Any]) -> None:
    """Take where slices are, from the first on; in their order, which may be up or down."""
    zs = np.ravel(settings.get("SI.hStackManager.zs", ())).astype(np.float64)
    steps = np.diff(zs)
    if len(zs) != calibration.sizes.get("z"):
        names = ("actualStackZStepSize", "stackZStepSize")
        found = [number(settings.get(f"SI.hStackManager.{name}")) for name in names]
        calibration.set_z(next((abs(step) for step in found if step), None), _UM)
    elif np.allclose(steps, steps[0]):
        calibration.set_z(abs(float(steps[0])), _UM)
    else:
        calibration.set_coords("z", zs.tolist(), _UM)


def _set_channels(calibration: Calibration, settings: Mapping[str, Any]) -> None:
    """Take names, colors, and the contrast that was set, of the channels that were saved."""
    saved = np.ravel(settings.get("SI.hChannels.channelSave", 1)).astype(int)
    names, colors, limits = (
        [value for i, value in enumerate(settings.get(f"SI.hChannels.{key}") or (), 1) if i in saved]
        for key in ("channelName", "channelMergeColor", "channelLUT")
    )
    if calibration.n_channels > 1:
        calibration.set_names(names)
        calibration.set_colors([_COLORS.get(str(color).lower()) for color in colors])
    if len(limits) == calibration.n_channels and all(low < high for low, high in limits):
        calibration.add(channel_limits=tuple((float(low), float(high)) for low, high in limits))


def _set_times(calibration: Calibration, settings: Mapping[str, Any], series: TiffPageSeries) -> None:
    """Take when the first page of each time point was taken; where pages do not say, the rate of the scan."""
    if not (n := calibration.sizes.get("time", 0)):
        return
    at = series.axes.index("T")
    numbers = np.moveaxis(np.arange(len(series)).reshape(series.shape[: -len(series.keyframe.shape)]), at, 0)
    pages = [series[int(first)] for first in numbers.reshape(n, -1)[:, 0]]
    found = [_TIME.search(page.aspage().description) if page is not None else None for page in pages]
    calibration.set_times([number(match[1]) if match else None for match in found])
    if "time" not in calibration.found.coords:
        volume = _volume(settings)
        # Where not even one was finished, the repeats of its first slice are first, too.
        is_of_volumes = at == 0 and len(series) >= volume.n_pages_shown
        calibration.set_step("time", _time_step(settings, volume, is_of_volumes=is_of_volumes), "s")


def _time_step(settings: Mapping[str, Any], volume: _Volume, *, is_of_volumes: bool) -> float | None:
    """Return the seconds from one volume or repeat to the next; None for slices that a motor goes to."""
    n_frames = volume.n_frames if is_of_volumes else 1
    if volume.n_slices > 1 and is_of_volumes and settings.get("SI.hFastZ.enable") not in (True, 1):
        return None
    rate = number(settings.get("SI.hRoiManager.scanFrameRate"))
    return n_frames * _n_averaged(settings) / rate if rate else None

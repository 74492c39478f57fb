"""Imaris 5.5 (.ims): time, channel, z; reduced resolutions are scenes."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl.readers._calibration import Calibration, number, unit_of
from jpkl.readers._damage import reading
from jpkl.readers._hdf5_file import open_hdf5, text_of
from jpkl.readers._hdf5_parts import check_parts
from jpkl.readers._image_file import ImageFile
from jpkl.readers._library_array import naming
from jpkl.readers._pieces import PiecedArray
from jpkl.readers._scenes import choose_scene

_AXES = "TCZYX"


def read(path: Path, scene: str | None) -> ImageFile:
    """Open one resolution, by default the highest."""
    file = open_hdf5(path, "Imaris")
    try:
        with reading(path, "Imaris"):
            levels = _sorted_names(file["DataSet"], "ResolutionLevel")
            n = choose_scene(path, levels, scene)
            array = _ImarisArray(path, file["DataSet"][levels[n]])
            calibration = Calibration(_AXES, array.shape)
            _read_info(calibration, array.shape, file["DataSetInfo"])
    except BaseException:
        file.close()
        raise
    calibration.add(source=path.name)
    return ImageFile(
        array,
        _AXES,
        calibration.found.as_dict(),
        close=file.close,
        scenes=levels,
        scene=levels[n],
        reduced=tuple(levels[1:]),
    )


class _ImarisArray(PiecedArray):
    """The volumes of one resolution, which are stored with a margin that is no part of them."""

    def __init__(self, path: Path, level: Any) -> None:
        times = _sorted_names(level, "TimePoint")
        channels = _sorted_names(level[times[0]], "Channel")
        groups = [level[time][channel] for time in times for channel in channels]
        self._path, self._volumes = path, [group["Data"] for group in groups]
        for volume in self._volumes:
            check_parts(path, volume)
        size = [int(_attribute(groups[0], f"ImageSize{axis}") or 0) for axis in "ZYX"]
        stored = self._volumes[0].shape
        inner = tuple(min(a, b) if a else b for a, b in zip(size, stored, strict=True))
        numbers = np.arange(len(groups)).reshape(len(times), len(channels))
        super().__init__(numbers, inner, np.dtype(self._volumes[0].dtype))

    @property
    def chunks(self) -> tuple[int, ...]:
        """What is best read together."""
        return (1, 1, *(self._volumes[0].chunks or self._inner))

    def _piece(self, number: int, key: tuple[Any, ...]) -> NDArray[Any]:
        bounded = tuple(
            slice(*entry.indices(size)) if isinstance(entry, slice) and (entry.step or 1) > 0 else entry
            for entry, size in zip(key, self._inner, strict=True)
        )
        with naming(self._path):
            return np.asarray(self._volumes[number][bounded])


def _read_info(calibration: Calibration, shape: tuple[int, ...], info: Any) -> None:
    image = info["Image"]
    unit = unit_of(_attribute(image, "Unit") or "um")
    x, y, z = (_step(image, at, n) for at, n in enumerate(shape[:1:-1]))
    calibration.set_pixel_size(y, x, unit, unit)
    calibration.set_z(z, unit)
    _read_channels(calibration, info)
    _read_times(calibration, info)


def _step(image: Any, at: int, n: int) -> float | None:
    """Return the size of a voxel along x (0), y (1) or z (2), of which there are n."""
    low, high = (number(_attribute(image, f"Ext{end}{at}")) for end in ("Min", "Max"))
    return None if low is None or high is None else (high - low) / n


def _read_channels(calibration: Calibration, info: Any) -> None:
    channels = [info[name] for name in _sorted_names(info, "Channel")]
    if len(channels) != calibration.n_channels:
        return
    calibration.set_names([_attribute(channel, "Name") for channel in channels])
    colors = [_color(_attribute(channel, "Color") or "") for channel in channels]
    calibration.set_colors(colors)
    limits = [_numbers(_attribute(channel, "ColorRange") or "") for channel in channels]
    if all(len(pair) == 2 and pair[0] < pair[1] for pair in limits):
        calibration.add(channel_limits=tuple((pair[0], pair[1]) for pair in limits))


def _read_times(calibration: Calibration, info: Any) -> None:
    if "TimeInfo" not in info:
        return
    texts = [
        _attribute(info["TimeInfo"], f"TimePoint{i + 1}") or "" for i in range(calibration.sizes["time"])
    ]
    try:
        times = [datetime.fromisoformat(text.strip()) for text in texts]
    except ValueError:
        return
    calibration.set_times([(time - times[0]).total_seconds() for time in times])
    calibration.add(acquired=times[0].isoformat())


def _color(text: str) -> str | None:
    levels = _numbers(text)
    if len(levels) != 3:
        return None
    return "#" + "".join(f"{round(255 * min(1.0, max(0.0, level))):02x}" for level in levels)


def _numbers(text: str) -> list[float]:
    found = [number(part) for part in text.split()]
    return [value for value in found if value is not None]


def _attribute(node: Any, name: str) -> str | None:
    return text_of(node.attrs[name]).strip() if name in node.attrs else None


def _sorted_names(group: Any, kind: str) -> tuple[str, ...]:
    """Return the members that are of a kind, by their numbers."""
    names = [name for name in group if re.fullmatch(rf"{kind} \d+", name)]
    return tuple(sorted(names, key=lambda name: int(name.rpartition(" ")[2])))

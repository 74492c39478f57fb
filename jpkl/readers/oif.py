"""Olympus OIB and OIF, through oiffile: a TIFF file for each plane, and texts about them."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jpkl.readers._calibration import Calibration, number, seconds_of, unit_of
from jpkl.readers._damage import DAMAGE, library, reading
from jpkl.readers._image_file import ImageFile, ReadOptions
from jpkl.readers._plane_image import choose, plane_image
from jpkl.readers._planes import ReadPlanes
from jpkl.readers._scenes import distinct_names

if TYPE_CHECKING:
    from oiffile import OifFile
    from tifffile import TiffSequence

#: Names of the axes that have no letter in OME.
_NAMES = {"L": "emission", "A": "angle", "P": "point", "X": "x_position", "Y": "y_position"}


def read(path: Path, scene: str | None, options: ReadOptions) -> ImageFile:
    """Open one series of an Olympus file; planes are read as the array is indexed."""
    library("oiffile", "Olympus")
    from oiffile import OifFile

    with reading(path, "Olympus"):
        file = OifFile(path)
        try:
            return replace(_open(path, file, scene, options), parts=_parts(path))
        except BaseException:
            file.close()
            raise


def _parts(path: Path) -> tuple[Path, ...]:
    """Return the files that an OIF has in a folder; an OIB holds them."""
    folder = path.with_name(f"{path.name}.files")
    return tuple(sorted(folder.iterdir())) if path.suffix.lower() == ".oif" and folder.is_dir() else ()


def _open(path: Path, file: OifFile, scene: str | None, options: ReadOptions) -> ImageFile:
    if not file.series:
        raise ValueError("it holds no TIFF files of planes")
    choice = choose(path, distinct_names([None] * len(file.series)), scene)
    lock = threading.RLock()
    layout = _Layout(file, file.series[choice.number])
    first = file.asarray(next(iter(layout.names.values())))
    planes = ReadPlanes(
        path,
        layout.shape,
        first.shape,
        first.dtype,
        lambda at: file.asarray(layout.names[at]),
        is_there=np.array([at in layout.names for at in range(math.prod(layout.shape))], bool),
        lock=lock,
    )
    return plane_image(
        path,
        planes,
        layout.axes_of(first),
        options=options,
        choice=choice,
        describe=lambda found: _describe(found, file, layout),
        close=file.close,
        notes=layout.notes,
    )


@dataclass(frozen=True)
class _Layout:
    """Which axes count the planes of a series, and which are those of a plane."""

    file: OifFile
    series: TiffSequence

    @property
    def loops(self) -> str:
        """Letters of the axes that count the planes."""
        return str(self.series.axes)

    @property
    def shape(self) -> tuple[int, ...]:
        """Their lengths."""
        return tuple(int(n) for n in self.series.shape)

    @cached_property
    def names(self) -> dict[int, str]:
        """Name of the file of each plane that is there."""
        indices = self.series.indices
        numbers = [int(np.ravel_multi_index(index, self.shape)) for index in indices]
        return dict(sorted(zip(numbers, self.series, strict=True)))

    @property
    def frame(self) -> str:
        """Letters of the rows and columns of a plane."""
        letters = [axis for axis in self.file.axes if axis not in self.loops]
        return "".join(letters[-2:]) if len(letters) >= 2 else "YX"

    def axes_of(self, plane: NDArray[Any]) -> list[str]:
        """Return a letter or name for each axis of the series, whose planes are like this one."""
        frame = {2: ["Y", "X"], 3: ["Y", "X", "S"]}.get(plane.ndim)
        if frame is None:
            raise ValueError(f"a plane has shape {plane.shape}, which is that of no picture")
        loops = [
            f"{axis.lower()}_position" if axis in "XY" else _NAMES.get(axis, axis) for axis in self.loops
        ]
        return [*loops, *frame]

    @property
    def notes(self) -> list[str]:
        """What is unusual about the axes."""
        if self.frame == "YX":
            return []
        return ["frames are sections along {} (rows) and {} (columns)".format(*self.frame)]


# -- metadata ------------------------------------------------------------------------------------------


def _describe(found: Calibration, file: OifFile, layout: _Layout) -> None:
    settings = file.mainfile
    axes = {axis.get("AxisCode"): axis for axis in (_axis(settings, i) for i in range(9))}
    reference = settings.get("Reference Image Parameter", {})
    if "T" not in layout.frame:
        found.set_pixel_size(
            number(reference.get("HeightConvertValue")),
            number(reference.get("WidthConvertValue")),
            unit_of(reference.get("HeightUnit")),
            unit_of(reference.get("WidthUnit")),
        )
    if "Z" in layout.loops:
        z = axes.get("Z", {})
        found.set_z(_step(z, found.sizes["z"]), unit_of(z.get("PixUnit")))
    if "T" in layout.loops:
        _set_times(found, file, layout, axes.get("T", {}))
    channels = [settings.get(f"Channel {c} Parameters", {}) for c in range(1, found.n_channels + 1)]
    found.set_names([_channel_name(channel) for channel in channels])
    colors = [_color(file, c) for c in range(1, found.n_channels + 1)]
    found.set_colors(colors)
    acquired = settings.get("Acquisition Parameters Common", {}).get("ImageCaputreDate")  # as they spell it
    if isinstance(acquired, str):
        found.add(acquired=acquired.strip("' ").replace(" ", "T", 1))


def _axis(settings: Any, i: int) -> Any:
    return settings.get(f"Axis {i} Parameters Common", {})


def _step(axis: Any, n: int) -> float | None:
    """Return the distance between neighbors along an axis."""
    if step := number(axis.get("Interval")):
        return abs(step)
    first, last = number(axis.get("StartPosition")), number(axis.get("EndPosition"))
    return None if first is None or last is None or n < 2 else abs(last - first) / (n - 1)


def _set_times(found: Calibration, file: OifFile, layout: _Layout, axis: Any) -> None:
    """Take when each time point's first plane was taken, or else the even distances that were planned."""
    unit = str(axis.get("PixUnit"))
    at = layout.loops.index("T")
    firsts = np.moveaxis(np.arange(math.prod(layout.shape)).reshape(layout.shape), at, 0)
    names = [layout.names.get(int(each.flat[0])) for each in firsts[: found.sizes["time"]]]
    found.set_times([seconds_of(_time_of(file, name), unit) for name in names])
    if "time" not in found.found.coords:
        found.set_step("time", seconds_of(_step(axis, len(firsts)), unit), "s")


def _time_of(file: OifFile, name: str | None) -> float | None:
    """Return when a plane was taken, by the text beside it."""
    if name is None:
        return None
    try:
        settings = _settings(file, name.rpartition(".")[0] + ".pty")
    except (OSError, *DAMAGE):
        return None
    return number(settings.get("Axis 4 Parameters", {}).get("AbsPositionValue"))


def _channel_name(channel: Any) -> str | None:
    dye, name = (str(channel.get(key) or "").strip("' ") for key in ("DyeName", "CH Name"))
    return dye if dye not in ("", "None") else name or None


def _color(file: OifFile, c: int) -> str | None:
    """Return the color that a channel's lookup table gives the brightest pixel."""
    for name in (name for name in file.filesystem.files() if name.endswith(f"_LUT{c}.lut")):
        try:
            table = _settings(file, name).get("ColorLUTData")
        except (OSError, *DAMAGE):
            continue
        if table is not None and len(table):
            blue, green, red = (int(part) for part in table[-1][:3])
            return f"#{red:02x}{green:02x}{blue:02x}"
    return None


def _settings(file: OifFile, name: str) -> Any:
    from oiffile import SettingsFile

    return SettingsFile(file.open_file(name), name)

"""Leica LIF, LOF, XLIF and XLEF, through liffile: images are scenes."""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jpkl._bytes import for_library
from jpkl._colors import NAMED_COLORS
from jpkl.readers._calibration import Calibration
from jpkl.readers._damage import library, reading
from jpkl.readers._image_file import ImageFile, ReadOptions
from jpkl.readers._plane_image import choose, plane_image
from jpkl.readers._planes import ReadPlanes
from jpkl.readers._scenes import distinct_names

if TYPE_CHECKING:
    from collections.abc import Callable

    from liffile import LifFile

_UM = "\u00b5m"
#: Names of the axes that have no letter in OME.
_NAMES = {
    "\u03bb": "emission",
    "\u039b": "excitation",
    "A": "rotation",
    "M": "tile",
    "L": "loop",
    "N": "slice",
    "Q": "cycle",
}
_CHANNELS = "./Data/Image/ImageDescription/Channels/ChannelDescription"
_BANDS = './Data/Image/Attachment[@Name="HardwareSetting"]//MultiBand'


def read(path: Path, scene: str | None, options: ReadOptions) -> ImageFile:
    """Open one image of a Leica file; frames are read as the array is indexed."""
    library("liffile", "Leica")
    from liffile import LifFile

    with reading(path, "Leica"):
        file = LifFile(for_library(path))
        try:
            return _open(path, file, scene, options)
        except BaseException:
            file.close()
            raise


def _open(path: Path, file: LifFile, scene: str | None, options: ReadOptions) -> ImageFile:
    every = list(file.images)
    images = [image for image in every if not image.is_flim]
    names = [image.name for image in images]
    if len(set(names)) < len(names):
        names = [image.path for image in images]
    choice = choose(path, distinct_names(names), scene)
    layout = _Layout(images[choice.number])
    notes = list(layout.notes)
    if len(images) < len(every):
        notes.append(
            f"histograms of photon arrival times (FLIM) are not images: {len(every) - len(images)} left out"
        )
    planes = ReadPlanes(
        path,
        layout.shape,
        layout.plane_shape,
        np.dtype(layout.image.dtype),
        layout.reader(),
        is_there=_are_there(path, layout),
        lock=threading.RLock(),
    )
    return plane_image(
        path,
        planes,
        layout.axes,
        options=options,
        choice=choice,
        describe=lambda found: _describe(found, layout),
        close=file.close,
        notes=notes,
    )


# -- pixels --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Layout:
    """Which axes of an image count its frames, and which are those of a frame."""

    image: Any

    @cached_property
    def frame_dims(self) -> tuple[str, ...]:
        """Axes of a frame, that of RGB samples included."""
        dims = tuple(self.image.frames.frame_dims)
        return dims if self._are_apart(dims) else self._last_dims

    @cached_property
    def loops(self) -> tuple[str, ...]:
        """The other axes."""
        return tuple(dim for dim in self.image.dims if dim not in self.frame_dims)

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis that counts frames."""
        return tuple(int(self.image.sizes[dim]) for dim in self.loops)

    @property
    def plane_shape(self) -> tuple[int, ...]:
        """Length of each axis of a frame."""
        return tuple(int(self.image.sizes[dim]) for dim in self.frame_dims)

    @property
    def frame(self) -> tuple[str, str]:
        """The axes of a frame that are its rows and columns."""
        row, column = (dim for dim in self.frame_dims if dim != "S")
        return row, column

    @cached_property
    def axes(self) -> list[str]:
        """A letter or name for each axis."""
        has_rgb = self.image.sizes.get("S") == 3
        names = {**dict(zip(self.frame, "YX", strict=True)), "S": "S" if has_rgb else "sample"}
        for dim in self.loops:
            names[dim] = f"{dim.lower()}_position" if dim in ("Y", "X") else _NAMES.get(dim, dim)
        return [names[dim] for dim in (*self.loops, *self.frame_dims)]

    @property
    def notes(self) -> list[str]:
        """What is unusual about the axes."""
        said = []
        if self.frame != ("Y", "X"):
            said.append("frames are sections along {} (rows) and {} (columns)".format(*self.frame))
        if "M" in self.loops:
            said.append("a tile scan: the dim 'tile' counts its tiles, which are not stitched")
        if not self._are_apart(self.image.frames.frame_dims):
            said.append("frames are not apart in this file: all are read into memory")
        return said

    def reader(self) -> Callable[[int], NDArray[Any]]:
        """Return a function that reads a frame by its number."""
        if not self._are_apart(self.image.frames.frame_dims):
            return lambda at: self._in_memory[np.unravel_index(at, self.shape)]
        return lambda at: self.image.frames[at]

    @cached_property
    def _in_memory(self) -> NDArray[Any]:
        pixels: NDArray[Any] = self.image.asarray()
        return pixels

    @property
    def _last_dims(self) -> tuple[str, ...]:
        dims = tuple(self.image.dims)
        return dims[-3:] if dims[-1] == "S" else dims[-2:]

    def _are_apart(self, dims: tuple[str, ...]) -> bool:
        return len([dim for dim in dims if dim != "S"]) == 2


def _are_there(path: Path, layout: _Layout) -> NDArray[np.bool_] | None:
    """Return which frames are in the file; None where other files hold them."""
    block = layout.image.memory_block
    n = math.prod(layout.shape)
    if block.frames or block.offset < 0 or n == 0:
        return None
    ends = block.offset + block.size // n * np.arange(1, n + 1)
    return np.asarray(ends <= path.stat().st_size)


# -- metadata ------------------------------------------------------------------------------------------


def _describe(found: Calibration, layout: _Layout) -> None:
    image = layout.image
    row, column = (_step(image, dim) for dim in layout.frame)
    if "T" not in layout.frame:
        found.set_pixel_size(row, column, _UM, _UM)
    for dim in "ZYX":
        if dim in layout.loops:
            name = "z" if dim == "Z" else f"{dim.lower()}_position"
            found.set_step(name, _step(image, dim), _UM)
    _set_times(found, layout)
    found.set_names(_channel_names(image, found.n_channels))
    tables = [NAMED_COLORS.get(each.get("LUTName", "").lower()) for each in _in_order(image)]
    found.set_colors(tables)
    stamps = image.timestamps
    if stamps is not None and len(stamps):
        found.add(acquired=f"{stamps[0]}Z")


def _step(image: Any, dim: str) -> float | None:
    """Return the distance between neighbors, in micrometers, of which the file has meters."""
    values = image.coords.get(dim)
    if values is None or len(values) < 2:
        return None
    return abs(float(values[-1] - values[0])) / (len(values) - 1) * 1e6


def _set_times(found: Calibration, layout: _Layout) -> None:
    """Take when each time point began, or else the even distances that were planned."""
    if "T" not in layout.loops:
        return
    stamps, n = layout.image.timestamps, int(layout.image.sizes["T"])
    if layout.loops[0] == "T" and stamps is not None and len(stamps) and len(stamps) % n == 0:
        firsts = stamps.reshape(n, -1)[:, 0]
        seconds = ((firsts - firsts[0]) / np.timedelta64(1, "s")).tolist()
        found.set_times(seconds[: found.sizes["time"]])
    values = layout.image.coords.get("T")
    if "time" not in found.found.coords and values is not None:
        found.set_times([float(value) for value in values[: found.sizes["time"]]])


def _in_order(image: Any) -> list[Any]:
    """Return the descriptions of the channels in the order in which they are stored."""
    return sorted(image.xml_element.findall(_CHANNELS), key=lambda each: int(each.get("BytesInc", 0)))


def _channel_names(image: Any, n_channels: int) -> list[str | None]:
    """Return the names of the dyes: of the channels, or of the detectors' bands if there is one for each."""
    names = [_dye(each) for each in _in_order(image)]
    if not any(names):
        bands = [each.get("DyeName") for each in image.xml_element.findall(_BANDS)]
        names = [_plain(dye) for dye in bands if dye]
    return names if len(names) == n_channels else []


def _dye(channel: Any) -> str | None:
    for each in channel.findall("ChannelProperty"):
        if each.findtext("Key") == "DyeName":
            return _plain(each.findtext("Value") or "")
    return None


def _plain(dye: str) -> str | None:
    return dye.removeprefix("Leica/") or None

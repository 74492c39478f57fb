"""Nikon ND2, through nd2: positions are scenes."""

from __future__ import annotations

import math
import mmap
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jpkl._bytes import for_library
from jpkl.readers._calibration import Calibration, number, seconds_of
from jpkl.readers._damage import DAMAGE, library, reading
from jpkl.readers._image_file import ImageFile, ReadOptions
from jpkl.readers._plane_image import choose, plane_image
from jpkl.readers._planes import ReadPlanes
from jpkl.readers._scenes import distinct_names

if TYPE_CHECKING:
    from nd2 import ND2File

_POSITION = "P"
_IN_FRAME = "CYXS"
#: The first bytes of files since 2007; and the end: a signature, and where the index is.
_MAGIC, _END, _END_NBYTES = b"\xda\xce\xbe\x0a", b"ND2 CHUNK MAP SIGNATURE 0000001!", 40
#: The Julian day of 1970-01-01, 0 h UTC.
_JULIAN_EPOCH = 2440587.5


def read(path: Path, scene: str | None, options: ReadOptions) -> ImageFile:
    """Open one position of an ND2 file; frames, which hold all channels, are read as the array is indexed."""
    library("nd2", "ND2")
    from nd2 import ND2File

    with reading(path, "ND2"):
        _check_end(path)
        file = ND2File(for_library(path))
        try:
            return _open(path, file, scene, options)
        except BaseException:
            file.close()
            raise


def reads_ranges(path: Path, axes: Any = ...) -> bool:
    """Return whether a remote file can be read by ranges: not if it is of before 2007."""
    with path.open("rb") as stream:
        return stream.read(len(_MAGIC)) == _MAGIC


def _check_end(path: Path) -> None:
    """Refuse a file without the index of its chunks, which is written last, in words that say why."""
    n = path.stat().st_size
    with path.open("rb") as stream:
        is_modern = stream.read(len(_MAGIC)) == _MAGIC
        stream.seek(max(0, n - _END_NBYTES))
        if is_modern and not stream.read(_END_NBYTES).startswith(_END):
            raise ValueError("it lacks the index at its end: it was cut off, or its recording stopped")


def _open(path: Path, file: ND2File, scene: str | None, options: ReadOptions) -> ImageFile:
    sizes = {axis: int(n) for axis, n in file.sizes.items()}
    choice = choose(path, _positions(file, sizes.get(_POSITION, 1)), scene)
    loops = [axis for axis in sizes if axis not in _IN_FRAME]
    frame = [axis for axis in _IN_FRAME if axis in sizes]
    shape = tuple(sizes[axis] for axis in loops)
    numbers: NDArray[Any] = np.arange(math.prod(shape)).reshape(shape)
    if _POSITION in loops:
        numbers = np.moveaxis(numbers, loops.index(_POSITION), 0)[choice.number]
        loops.remove(_POSITION)
    in_file = numbers.ravel().tolist()
    planes = ReadPlanes(
        path,
        numbers.shape,
        tuple(sizes[axis] for axis in frame),
        np.dtype(file.dtype),
        lambda at: _frame(file, in_file[at]),
        is_there=_are_there(path, file, in_file),
        lock=threading.RLock(),  # compressed frames and old files are read by seeking
    )
    axes = "".join([*loops, *frame])
    if "S" in axes and sizes["S"] != 3:
        axes = axes.replace("S", "Q" if "C" in axes else "C")
    return plane_image(
        path,
        planes,
        axes,
        options=options,
        choice=choice,
        describe=lambda found: _describe(found, file, numbers, loops),
        close=file.close,
        notes=_notes(file, math.prod(shape)),
    )


def _positions(file: ND2File, n: int) -> tuple[str, ...]:
    points = [
        point
        for loop in file.experiment
        if loop.type == "XYPosLoop"
        for point in loop.parameters.points
    ]  # fmt: skip
    names = [getattr(point, "name", None) for point in points[:n]]
    return distinct_names([*names, *[None] * (n - len(names))])


def _notes(file: ND2File, n: int) -> list[str]:
    n_frames = int(getattr(file.attributes, "sequenceCount", None) or n)
    if n_frames <= n:
        return []
    return [f"the file has {n_frames:,} frames, of which what it says of its loops is {n:,}: those are read"]


# -- pixels --------------------------------------------------------------------------------------------


def _frame(file: ND2File, number: int) -> NDArray[Any]:
    """Return a copy of a frame, and let go of the mapped pages from which it comes."""
    mapped = file.read_frame(number)
    frame = np.array(mapped)
    base: Any = mapped
    while base is not None and not isinstance(base, mmap.mmap):
        base = base.obj if isinstance(base, memoryview) else getattr(base, "base", None)
    if base is not None and hasattr(mmap, "MADV_DONTNEED"):
        base.madvise(mmap.MADV_DONTNEED)
    return frame


def _are_there(path: Path, file: ND2File, numbers: list[int]) -> NDArray[np.bool_] | None:
    """Return which frames are in the file; None where that is not known. nd2 has zeros for the others."""
    offsets = getattr(file._rdr, "_frame_offsets", None)  # which no public name has
    if not isinstance(offsets, dict):
        return None
    attributes = file.attributes
    is_packed = attributes.compressionType == "lossless"
    nbytes = 1 if is_packed else attributes.heightPx * (attributes.widthBytes or 1)
    last = path.stat().st_size - nbytes
    return np.array([offsets.get(number, last + 1) <= last for number in numbers], bool)


# -- metadata ------------------------------------------------------------------------------------------


def _describe(found: Calibration, file: ND2File, numbers: NDArray[np.intp], loops: list[str]) -> None:
    dx, dy, dz = file.voxel_size()
    channels = [each.channel for each in getattr(file.metadata, "channels", None) or ()]
    volumes = [each.volume for each in getattr(file.metadata, "channels", None) or ()]
    # Files without a calibration have pixels of 1 um.
    if volumes and all(volumes[0].axesCalibrated[:2]):
        found.set_pixel_size(dy, dx, "\u00b5m", "\u00b5m")
    if volumes and volumes[0].axesCalibrated[2]:
        found.set_z(dz, "\u00b5m")
    found.set_names([channel.name for channel in channels])
    found.set_colors([_color(channel.color) for channel in channels])
    _set_times(found, file, numbers, loops)
    if (acquired := _acquired(file, int(numbers.flat[0]))) is not None:
        found.add(acquired=acquired.isoformat(timespec="milliseconds"))


def _color(color: Any) -> str | None:
    parts = [getattr(color, name, None) for name in "rgb"]
    known = [part for part in parts if isinstance(part, int)]
    return "#{:02x}{:02x}{:02x}".format(*known) if len(known) == 3 else None


def _set_times(found: Calibration, file: ND2File, numbers: NDArray[np.intp], loops: list[str]) -> None:
    """Take when each time point's first frame was exposed, or else the period that was planned."""
    n = found.sizes.get("time", 0)
    if "T" in loops and n:
        firsts = np.moveaxis(numbers, loops.index("T"), 0).reshape(numbers.shape[loops.index("T")], -1)[:n, 0]
        found.set_times([_seconds(file, int(first)) for first in firsts])
        for loop in file.experiment:
            if loop.type == "TimeLoop" and "time" not in found.found.coords:
                found.set_step("time", seconds_of(number(loop.parameters.periodMs), "ms"), "s")


def _seconds(file: ND2File, frame: int) -> float | None:
    stamp = _stamp(file, frame)
    return None if stamp is None else seconds_of(number(stamp.relativeTimeMs), "ms")


def _acquired(file: ND2File, frame: int) -> datetime | None:
    stamp = _stamp(file, frame)
    day = None if stamp is None else number(stamp.absoluteJulianDayNumber)
    if not day or day <= _JULIAN_EPOCH:
        return None
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=day - _JULIAN_EPOCH)


def _stamp(file: ND2File, frame: int) -> Any:
    try:
        channels = getattr(file.frame_metadata(frame), "channels", None)
        return channels[0].time if channels else None
    except DAMAGE:  # of metadata alone: the pixels are worth having without them
        return None

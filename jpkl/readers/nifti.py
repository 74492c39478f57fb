"""NIfTI, Analyze, PAR/REC, MINC and MGH, through nibabel."""

from __future__ import annotations

import gzip
import math
import os
import shutil
import tempfile
import threading
import zlib
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._bytes import UrlPath
from jpkl._source.unreadable import is_of_system
from jpkl.readers._calibration import Calibration, number, unit_of
from jpkl.readers._damage import DAMAGE, library, reading
from jpkl.readers._image_file import ImageFile
from jpkl.readers._library_array import naming
from jpkl.readers._oriented import ReversedArray, View, view_of
from jpkl.readers._scenes import choose_scene

_GZIP = b"\x1f\x8b"
_UNITS = {
    "sec": "s",
    "msec": "ms",
    "usec": "\u00b5s",
    "micron": "\u00b5m",
    "meter": "m",
    "unknown": "",
    "": "",
}
#: Names of the axes beyond the first three, and those of the samples of a pixel.
_FURTHER = ("T", "component", "dim6", "dim7")
_TIMES = ("s", "ms", "\u00b5s")


def read(path: Path, scene: str | None) -> ImageFile:
    """Open a volume, or volumes along time, in the scanner's orientation and with its values scaled."""
    if scene is not None:
        choose_scene(path, ("0",), scene)
    nibabel = library("nibabel", "NIfTI")
    unpacked, close = _unpacked(path)
    try:
        # What nibabel logs on stderr is raised as well, or does not matter.
        with reading(path, "NIfTI"), nibabel.imageglobals.LoggingOutputSuppressor():
            try:
                image = _remote(nibabel, path) if isinstance(path, UrlPath) else nibabel.load(unpacked)
            except (
                nibabel.filebasedimages.ImageFileError,
                nibabel.spatialimages.HeaderDataError,
                nibabel.parrec.PARRECError,
            ) as error:
                raise ValueError(str(error).replace(str(unpacked), path.name)) from error
            opened = _image(path, nibabel, image, close)
            parts = _parts(path, image) if unpacked == path else ()
            return replace(opened, close=partial(_close, image.dataobj, close), parts=parts)
    except BaseException:
        close()
        raise


def _parts(path: Path, image: Any) -> tuple[Path, ...]:
    """Return the other files of a pair of header and pixels."""
    names = [holder.filename for holder in image.file_map.values()]
    files = [Path(name) for name in names if isinstance(name, str | os.PathLike)]
    return tuple(file for file in files if file != path and file.is_file())


def _close(proxy: Any, close: Callable[[], None]) -> None:
    # Of PAR/REC alone, nibabel keeps the file open.
    file: Any = getattr(proxy, "file_like", None)
    if hasattr(file, "close"):
        file.close()
    close()


def reads_ranges(path: Path, axes: Any = ...) -> bool:
    """Return whether a remote file can be read by ranges: an uncompressed ``.nii`` of frames in one piece."""
    if not isinstance(path, UrlPath) or path.suffix.lower() != ".nii":
        return False
    try:
        nibabel = library("nibabel", "NIfTI")
        image = _remote(nibabel, path)
        orientation = nibabel.orientations.io_orientation(image.affine)
        view = _view(orientation, image.shape, list(image.header.get_zooms()))
    except Exception:  # `read` of the copy will say what is wrong
        return False
    return "Z" not in view.axes[:2]


def _remote(nibabel: Any, path: UrlPath) -> Any:
    """Open a NIfTI file of one or the other version, of which nibabel reads parts as they are needed."""
    file = path.open("rb")
    start = file.read(4)
    is_second = 540 in (int.from_bytes(start, "little"), int.from_bytes(start, "big"))  # size of its header
    file.seek(0)
    return (nibabel.Nifti2Image if is_second else nibabel.Nifti1Image).from_stream(file)


def _unpacked(path: Path) -> tuple[Path, Callable[[], None]]:
    """Return an uncompressed file, and what removes it if it is a temporary one.

    A compressed file allows no random access: each frame would be decompressed from the beginning.
    """
    with path.open("rb") as file:
        if file.read(2) != _GZIP:
            return path, lambda: None
    folder = tempfile.TemporaryDirectory(prefix="jpkl-", ignore_cleanup_errors=True)
    # nibabel goes by the suffix. What is compressed under the name of a file that is not keeps its own.
    suffix = {".gz": "", ".mgz": ".mgh"}.get(path.suffix.lower(), path.suffix)
    unpacked = Path(folder.name) / f"{path.stem}{suffix}"
    try:
        with gzip.open(path) as source, unpacked.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        folder.cleanup()
        raise ValueError(f"{path}: not a readable NIfTI file: it is cut off or damaged: {error}") from error
    except BaseException:
        folder.cleanup()
        raise
    return unpacked, folder.cleanup


def _image(path: Path, nibabel: Any, image: Any, close: Callable[[], None]) -> ImageFile:
    proxy, orientation = image.dataobj, nibabel.orientations.io_orientation(image.affine)
    # No further than single precision goes: 2.2 is written as 2.19999909.
    sizes = [float(f"{abs(float(size)):.6g}") for size in image.header.get_zooms()]
    if isinstance(image, nibabel.minc1.Minc1Image):
        # These alone have their axes the other way around, with time first.
        proxy, orientation, sizes = _Transposed(proxy), orientation[2::-1], sizes[::-1]
    if isinstance(image, nibabel.parrec.PARRECImage):
        proxy = _ReadInTurn(proxy)
    shape = tuple(int(size) for size in proxy.shape)
    if not 2 <= len(shape) <= 7 or 0 in shape:
        raise ValueError(f"{path}: holds no volume, but an array of shape {shape}")
    if math.prod(shape[2:]) > max(1, _sizes(path, proxy)[0] or math.inf):
        # Of a file that was cut off, the first frames are worth a look; of a number as wrong as this, none.
        raise ValueError(f"{path}: {_what_is_missing(path, proxy)}")
    first = _read_box(path, proxy, tuple(slice(0, 1) for _ in shape))
    samples = len(first.dtype.names or ())
    if first.dtype.kind == "c" or (samples and samples not in (3, 4)):
        raise ValueError(f"{path}: pixels of {first.dtype} are not supported; save their real part")
    view = _view(orientation, shape, sizes)
    axes = (*view.axes, *_FURTHER)[: len(shape)]
    array = _array(path, proxy, view, first.dtype)
    names = [*reversed(axes), *(("S",) if samples else ())]
    calibration = Calibration(names, array.shape)
    _read_sizes(calibration, image.header, axes, sizes)
    _read_window(calibration, image.header)
    calibration.add(source=path.name)
    notes = (f"{view.name} frames, with the patient's right at the left of the picture, as in radiology",)
    if view.name == "sagittal":
        notes = ("sagittal frames, with anterior at the left of the picture",)
    return ImageFile(array, names, calibration.found.as_dict(), notes if len(shape) > 2 else (), close)


class _Transposed:
    """An array with its axes in reverse order, as it is indexed."""

    def __init__(self, array: Any) -> None:
        self._array, self.shape = array, array.shape[::-1]

    def __getitem__(self, key: tuple[slice, ...]) -> NDArray[Any]:
        return np.asarray(self._array[key[::-1]]).transpose()


class _ReadInTurn:
    """An array of which one thread reads at a time: nibabel has no lock for the open file of PAR/REC."""

    def __init__(self, array: Any) -> None:
        self._array, self.shape, self._turn = array, array.shape, threading.Lock()

    def __getitem__(self, key: tuple[slice, ...]) -> NDArray[Any]:
        with self._turn:
            return np.asarray(self._array[key])


def _view(orientation: NDArray[Any], shape: tuple[int, ...], sizes: list[float]) -> View:
    if len(shape) == 2 or np.isnan(orientation).any():
        return View("stored", ("X", "Y", "Z")[: len(shape)], (False,) * min(3, len(shape)))
    return view_of(orientation, sizes[:3])


def _array(path: Path, proxy: Any, view: View, dtype: np.dtype[Any]) -> Any:
    shape = tuple(int(size) for size in proxy.shape)
    flips = (*view.flips, *(False,) * len(shape))[: len(shape)]

    def read_box(key: tuple[slice, ...]) -> NDArray[Any]:
        return _read_box(path, proxy, key)

    if dtype.names is None:
        return ReversedArray(shape, dtype, flips, read_box)
    # Samples come last in the result, and first in the stored order of axes.
    names = list(dtype.names[:3])

    def read_colors(key: tuple[slice, ...]) -> NDArray[Any]:
        box = read_box(key[1:])
        return np.stack([box[name] for name in names[key[0]]])

    return ReversedArray((3, *shape), np.dtype(np.uint8), (False, *flips), read_colors)


def _read_box(path: Path, proxy: Any, key: tuple[slice, ...]) -> NDArray[Any]:
    with naming(path):
        try:
            return np.asarray(proxy[key])
        except (OSError, *DAMAGE) as error:
            if is_of_system(error) or not (reason := _what_is_missing(path, proxy)):
                raise
            raise ValueError(f"{path}: {reason}") from error


def _what_is_missing(path: Path, proxy: Any) -> str:
    """Say what the header promises, and the file has not; nothing where it has all, or that is not known."""
    size, promised = _sizes(path, proxy)
    if size >= promised:
        return ""
    return (
        f"its header promises {promised:,} bytes, of which there are {size:,}: it was cut off, or the header "
        "is damaged; copy it once more from where it came from"
    )


def _sizes(path: Path, proxy: Any) -> tuple[int, int]:
    """Return how many bytes a file has, and how many its header promises; none where that is not known."""
    if not hasattr(proxy, "file_like") or not hasattr(proxy, "offset"):
        return 0, 0
    file = Path(proxy.file_like) if isinstance(proxy.file_like, str) else path
    return file.stat().st_size, proxy.offset + math.prod(map(int, proxy.shape)) * proxy.dtype.itemsize


def _read_sizes(calibration: Calibration, header: Any, axes: tuple[str, ...], sizes: list[float]) -> None:
    space, time = _units(header)
    by_axis = dict(zip(axes, sizes, strict=False))
    calibration.set_pixel_size(by_axis["Y"], by_axis["X"], space, space)
    if "Z" in by_axis:
        calibration.set_z(by_axis["Z"], space)
    if by_axis.get("T") and time in _TIMES:
        calibration.set_step("time", by_axis["T"], time)


def _read_window(calibration: Calibration, header: Any) -> None:
    """Take the values that are to be black and white, where NIfTI and Analyze say so."""
    known = header.keys() if hasattr(header, "keys") else ()  # of other formats, headers are no mappings
    low, high = (number(header[key]) if key in known else None for key in ("cal_min", "cal_max"))
    if low is not None and high is not None and low < high:
        # No further than single precision goes.
        calibration.add(channel_limits=((float(f"{low:.7g}"), float(f"{high:.7g}")),))


def _units(header: Any) -> tuple[str | None, str | None]:
    """Return the units of space and time: millimeters and seconds unless the file says otherwise."""
    space, time = header.get_xyzt_units() if hasattr(header, "get_xyzt_units") else ("mm", "sec")
    if type(header).__name__ == "MGHHeader":
        time = "msec"
    return unit_of(_UNITS.get(space, space) or "mm"), unit_of(_UNITS.get(time, time) or "s")

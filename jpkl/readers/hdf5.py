"""HDF5: one array, chosen by its path in the file."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._dims import CHANNEL_NAMES
from jpkl.readers._calibration import Calibration
from jpkl.readers._damage import reading
from jpkl.readers._hdf5_file import images_in, open_hdf5, text_of
from jpkl.readers._hdf5_parts import parts_of
from jpkl.readers._image_file import ImageFile
from jpkl.readers._library_array import LibraryArray, largest, plain_axes
from jpkl.readers._scales import packing_notes, read_scales
from jpkl.readers._scenes import choose_scene, scene_notes

#: Where the samples of a color image are, by the specification of images in HDF5.
_INTERLACED = {"INTERLACE_PLANE": "SYX", "INTERLACE_LINE": "YSX"}
#: Paths of volumes of BigDataViewer: time point, setup and resolution.
_BIG_DATA_VIEWER = re.compile(r"t\d{5}/s\d{2}/\d+/cells")
_LETTERS = {"t": "T", "z": "Z", "c": "C", "y": "Y", "x": "X"}


def read(path: Path, scene: str | None) -> ImageFile:
    """Open an array, by default the largest."""
    file = open_hdf5(path, "HDF5")
    try:
        with reading(path, "HDF5"):
            datasets = images_in(file)
            names = tuple(datasets)
            if not names:
                raise ValueError(f"{path}: holds no array of numbers with two axes or more")
            number = choose_scene(path, names, scene, default=largest(list(datasets.values())))
            dataset = datasets[names[number]]
            parts = parts_of(path, dataset)
            axes, said = _axes_of(dataset)
            calibration = Calibration(axes, dataset.shape)
            scales = {axis: dim[0] for axis, dim in zip(axes, dataset.dims, strict=True) if len(dim)}
            read_scales(calibration, scales)
            _read_element_size(calibration, dataset)
    except BaseException:
        file.close()
        raise
    calibration.add(source=path.name)
    pixels, about = _as_meant(names[number], dataset)
    notes = (*scene_notes(names, number, scene), *said, *about, *packing_notes(dataset.attrs))
    array = LibraryArray(path, pixels)
    metadata = calibration.found.as_dict()
    return ImageFile(array, axes, metadata, notes, file.close, names, names[number], parts=parts)


def _axes_of(dataset: Any) -> tuple[list[str], tuple[str, ...]]:
    """Return the names of the axes, from ilastik's tags or the labels of HDF5, if they have a frame."""
    if axes := _axes_of_picture(dataset):
        return axes, ()
    for names in (
        _tags(dataset),
        [str(dim.label) for dim in dataset.dims],
        list(map(_scale_of, dataset.dims)),
    ):
        axes = [_LETTERS.get(name.lower(), name) for name in names]
        if len(axes) == len(dataset.shape) and len(set(axes)) == len(axes) and {"Y", "X"} <= set(axes):
            return _with_samples(axes, dataset), ()
    return plain_axes(dataset.shape, dataset.dtype)


def _axes_of_picture(dataset: Any) -> list[str]:
    """Return the axes of a color image by the specification of images in HDF5."""
    said = {key: text_of(dataset.attrs.get(key, "")) for key in ("CLASS", "IMAGE_SUBCLASS", "INTERLACE_MODE")}
    if said["CLASS"] != "IMAGE" or said["IMAGE_SUBCLASS"] != "IMAGE_TRUECOLOR" or len(dataset.shape) != 3:
        return []
    axes = _INTERLACED.get(said["INTERLACE_MODE"], "YXS")
    return list(axes) if dataset.shape[axes.index("S")] == 3 else []


def _scale_of(dim: Any) -> str:
    """Return the name of the first scale of a dim, as netCDF names its dims."""
    return str(dim[0].name).rpartition("/")[2] if len(dim) else ""


def _as_meant(name: str, dataset: Any) -> tuple[Any, tuple[str, ...]]:
    """Return an array as is meant: BigDataViewer keeps 16 bits without a sign as if they had one."""
    if _BIG_DATA_VIEWER.fullmatch(name) and dataset.dtype == np.int16:
        return _Unsigned(dataset), ("values are without a sign, as those of BigDataViewer are",)
    return dataset, ()


class _Unsigned:
    """A 16-bit array that is declared as signed, but holds unsigned values."""

    def __init__(self, dataset: Any) -> None:
        self._dataset, self.shape, self.chunks = dataset, dataset.shape, dataset.chunks
        self.dtype = np.dtype(np.uint16)

    def __getitem__(self, key: Any) -> NDArray[Any]:
        return np.asarray(self._dataset[key]).astype(np.uint16)


def _with_samples(axes: Sequence[str], dataset: Any) -> list[str]:
    """Return axes of which the last is of RGB samples, if it is one of three channels of bytes."""
    is_rgb = axes[-1].lower() in CHANNEL_NAMES and dataset.shape[-1] == 3 and dataset.dtype == np.uint8
    return [*axes[:-1], "S"] if is_rgb else list(axes)


def _tags(dataset: Any) -> list[str]:
    try:
        tags = json.loads(text_of(dataset.attrs["axistags"]))
        return [str(axis["key"]) for axis in tags["axes"]]
    except (KeyError, TypeError, ValueError, OSError, RecursionError):
        return []


def _read_element_size(calibration: Calibration, dataset: Any) -> None:
    """Take the size of a voxel in micrometers, z, y, x, as plugins of Fiji write it."""
    try:
        sizes = [float(size) for size in np.ravel(dataset.attrs["element_size_um"])]
    except (KeyError, TypeError, ValueError, OSError):
        return
    if len(sizes) == 3:
        calibration.set_pixel_size(sizes[1], sizes[2], "\u00b5m", "\u00b5m")
        calibration.set_z(sizes[0], "\u00b5m")

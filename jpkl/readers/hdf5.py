"""HDF5: one array, chosen by its path in the file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from jpkl._dims import CHANNEL_NAMES
from jpkl.readers._calibration import Calibration
from jpkl.readers._damage import reading
from jpkl.readers._hdf5_file import images_in, open_hdf5, text_of
from jpkl.readers._hdf5_parts import check_parts
from jpkl.readers._image_file import ImageFile
from jpkl.readers._library_array import LibraryArray, largest, plain_axes
from jpkl.readers._scenes import choose_scene, scene_notes

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
            check_parts(path, dataset)
            axes, said = _axes_of(dataset)
            calibration = Calibration(axes, dataset.shape)
            _read_element_size(calibration, dataset)
    except BaseException:
        file.close()
        raise
    calibration.add(source=path.name)
    notes = (*scene_notes(names, number, scene), *said)
    array = LibraryArray(path, dataset)
    return ImageFile(array, axes, calibration.found.as_dict(), notes, file.close, names, names[number])


def _axes_of(dataset: Any) -> tuple[list[str], tuple[str, ...]]:
    """Return the names of the axes, from ilastik's tags or the labels of HDF5, if they have a frame."""
    for names in (_tags(dataset), [str(dim.label) for dim in dataset.dims]):
        axes = [_LETTERS.get(name.lower(), name) for name in names]
        if len(axes) == len(dataset.shape) and len(set(axes)) == len(axes) and {"Y", "X"} <= set(axes):
            return _with_samples(axes, dataset), ()
    return plain_axes(dataset.shape, dataset.dtype)


def _with_samples(axes: Sequence[str], dataset: Any) -> list[str]:
    """Return axes of which the last is of RGB samples, if it is one of three channels of bytes."""
    is_rgb = axes[-1].lower() in CHANNEL_NAMES and dataset.shape[-1] == 3 and dataset.dtype == np.uint8
    return [*axes[:-1], "S"] if is_rgb else list(axes)


def _tags(dataset: Any) -> list[str]:
    try:
        tags = json.loads(text_of(dataset.attrs["axistags"]))
        return [str(axis["key"]) for axis in tags["axes"]]
    except (KeyError, TypeError, ValueError, OSError):
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

"""MATLAB's .mat: one variable; version 7.3 is HDF5, older ones are read whole.

MATLAB's arrays have rows and columns first, ``(height, width, dims)``; so do those of version 7.3, though
HDF5 sees their axes in reverse.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from jpkl._metadata import StackMetadata
from jpkl.readers._damage import library, reading
from jpkl.readers._hdf5_file import images_in, open_hdf5
from jpkl.readers._hdf5_parts import check_parts
from jpkl.readers._image_file import ImageFile
from jpkl.readers._library_array import LibraryArray, is_image, largest
from jpkl.readers._scenes import choose_scene, scene_notes

#: Where the signature of HDF5 is, after MATLAB's own header.
_HDF5_AT, _HDF5 = 512, b"\x89HDF\r\n\x1a\n"
#: MATLAB's classes of arrays that can be images.
_NUMERIC = (
    "double",
    "single",
    "logical",
    "sparse",
    *(f"{u}int{bits}" for u in ("", "u") for bits in (8, 16, 32, 64)),
)
_NOT_IMAGES = "holds no array of numbers with two axes or more"


def read(path: Path, scene: str | None) -> ImageFile:
    """Open a variable, by default the largest."""
    with path.open("rb") as file:
        file.seek(_HDF5_AT)
        is_hdf5 = file.read(len(_HDF5)) == _HDF5
    return _read_hdf5(path, scene) if is_hdf5 else _read_older(path, scene)


def _read_hdf5(path: Path, scene: str | None) -> ImageFile:
    file = open_hdf5(path, "MATLAB")
    try:
        with reading(path, "MATLAB"):
            # Cells and structures keep their parts under names of their own.
            datasets = {name: each for name, each in images_in(file).items() if not name.startswith("#")}
            names = tuple(datasets)
            number = _choose(path, names, scene, list(datasets.values()))
            dataset = datasets[names[number]]
            check_parts(path, dataset)
            axes = _axes_of(dataset.shape[::-1], dataset.dtype)[::-1]
    except BaseException:
        file.close()
        raise
    return _image(path, LibraryArray(path, dataset), axes, (names, number, scene), file.close)


def _read_older(path: Path, scene: str | None) -> ImageFile:
    matlab = library("scipy.io", "MATLAB")
    with reading(path, "MATLAB", also=(matlab.matlab.MatReadError,)):
        listed = [(name, shape) for name, shape, kind in matlab.whosmat(path) if kind in _NUMERIC]
        # The workspace of functions is stored as numbers, under a name of its own.
        found = [_Variable(name, shape) for name, shape in listed if not name.startswith("__")]
        images = [variable for variable in found if is_image(variable)]
        names = tuple(variable.name for variable in images)
        number = _choose(path, names, scene, images)
        array = matlab.loadmat(path, variable_names=[names[number]])[names[number]]
        array = array.toarray() if hasattr(array, "toarray") else array  # of a sparse matrix
        if array.dtype.kind not in "biuf":
            raise ValueError(f"{path}: {names[number]!r} is of {array.dtype}, which is not an image")
    return _image(path, array, _axes_of(array.shape, array.dtype), (names, number, scene))


class _Variable:
    """What is known of a variable before it is read."""

    dtype = np.dtype(np.float64)

    def __init__(self, name: str, shape: tuple[int, ...]) -> None:
        self.name, self.shape = name, shape


def _choose(path: Path, names: tuple[str, ...], scene: str | None, arrays: Sequence[Any]) -> int:
    if not names:
        raise ValueError(f"{path}: {_NOT_IMAGES}")
    return choose_scene(path, names, scene, default=largest(arrays))


def _axes_of(shape: Sequence[int], dtype: np.dtype[Any]) -> list[str]:
    """Return the axes in MATLAB's order: a third one of three bytes is of red, green and blue."""
    is_rgb = len(shape) > 2 and shape[2] == 3 and dtype == np.uint8
    frame = ["y", "x", "rgb"] if is_rgb else ["y", "x"]
    return [*frame, *(f"dim{number}" for number in range(len(frame) + 1, len(shape) + 1))]


def _image(
    path: Path,
    array: Any,
    axes: list[str],
    scenes: tuple[tuple[str, ...], int, str | None],
    close: Any = None,
) -> ImageFile:
    names, number, scene = scenes
    notes = scene_notes(names, number, scene)
    if len(axes) > 2:
        notes = (*notes, "read in MATLAB's order: rows, columns, dims; --axes says otherwise")
    metadata = StackMetadata(source=path.name).as_dict()
    return ImageFile(array, axes, metadata, notes, close or (lambda: None), names, names[number])

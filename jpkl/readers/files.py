"""Many files as one image: a folder, a pattern with wildcards, or one with names in braces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from jpkl._dims import CHANNEL_NAMES
from jpkl._metadata import are_even, rename_dims, rounded
from jpkl._source.axes import OME_DIM_NAMES
from jpkl._text import count
from jpkl.readers._file_array import FileArray, OpenFiles
from jpkl.readers._file_grid import FileGrid
from jpkl.readers._file_names import infer_grid
from jpkl.readers._file_patterns import files_of_pattern, names_dims
from jpkl.readers._file_sequence import FileSequence, continued_axis
from jpkl.readers._formats import suffix_of, supported_suffixes
from jpkl.readers._image_file import ImageFile, ReadOptions, open_image
from jpkl.readers._micro_manager import read_beside
from jpkl.readers._missing import kept_of

#: Files whose headers are compared when all are opened; others are when they are read.
_MOST_TO_COMPARE = 256
#: Folders to name of those that are left out.
_MOST_NAMED = 3
_SPELLINGS = {".tiff": ".tif", ".jpeg": ".jpg"}


def read(path: Path, scene: str | None, options: ReadOptions) -> ImageFile:
    """Open many files as one image; each is read as the array is indexed."""
    if path.is_dir():
        grid, notes = files_of_folder(path)
    else:
        grid, notes = files_of_pattern(path), ()
    files = OpenFiles(lambda file: open_image(file, scene, missing=options.missing, axes=options.axes))
    try:
        first = next(file for file in grid.paths if file is not None)
        with files.use(first) as like:
            axis = None if _wants_grid(path, like, options) else continued_axis(grid, like)
            opened = (
                _open_grid(path, grid, files, like, options)
                if axis is None
                else _open_sequence(grid, files, like, axis)
            )
        metadata = {**opened.metadata, "source": path.name}
        return replace(opened, metadata=metadata, notes=(*notes, *like.notes, *opened.notes))
    except BaseException:
        files.close()
        raise


def files_of_folder(folder: Path) -> tuple[FileGrid, tuple[str, ...]]:
    """Return the images in a folder by their places, and notes on what is not among them.

    Raises
    ------
    ValueError
        If there are none.
    """
    files, left_out = _files_in(folder)
    known = supported_suffixes()
    suffixes = Counter(_kind(file) for file in files if suffix_of(file) in known)
    if not suffixes:
        raise ValueError(f"{folder}: the folder holds no images that JPkl reads")
    suffix, n = suffixes.most_common(1)[0]
    others = len(files) - n
    notes = [f"read {count(n, f'{suffix} file')}, not {count(others, 'other')}"] if others else []
    if left_out:
        named = ", ".join(left_out[:_MOST_NAMED]) + (", ..." if len(left_out) > _MOST_NAMED else "")
        each = f'jpkl encode "{folder}/**/*" -o FOLDER takes each file on its own'
        notes.append(f"left out the images in its folders: {named}; {each}")
    return infer_grid([file for file in files if _kind(file) == suffix]), tuple(notes)


def _files_in(folder: Path) -> tuple[list[Path], list[str]]:
    """Return the files of a folder; where there is no image, those of the folders in it, such as ``Pos0``.

    And the names of folders that are left out although they have images, too.
    """
    files = _shown(folder)
    within = {child.name: _shown(child) for child in files if child.is_dir()}
    images = [file for file in files if suffix_of(file) in supported_suffixes()]
    if not images:
        return [file for child in within.values() for file in child if file.is_file()], []
    left_out = [
        name
        for name, inside in within.items()
        if any(file.is_file() and suffix_of(file) in supported_suffixes() for file in inside)
    ]
    return [file for file in files if file.is_file()], sorted(left_out)


def _shown(folder: Path) -> list[Path]:
    """Return what is in a folder; nothing of one that may not be looked into."""
    try:
        return [file for file in folder.iterdir() if not file.name.startswith(".")]
    except PermissionError:
        return []


def _kind(file: Path) -> str:
    """Return the suffix, in one of its spellings."""
    suffix = suffix_of(file)
    return _SPELLINGS.get(suffix, suffix)


def _wants_grid(path: Path, file: ImageFile, options: ReadOptions) -> bool:
    """Return whether the user has said that files are a dim: by a name for it, or by as many axes."""
    return names_dims(path) or (options.axes is not None and len(options.axes) > len(file.array.shape))


def _open_grid(
    path: Path, grid: FileGrid, files: OpenFiles, like: ImageFile, options: ReadOptions
) -> ImageFile:
    """Return files as an array that has a dim for each that they differ in."""
    kept = kept_of(path, _Grid(grid), grid.names, options.missing)
    array = FileArray(grid.paths, kept.numbers, files, like)
    for file in [file for file in grid.paths if file is not None][1:_MOST_TO_COMPARE]:
        array.check(file)
    inner = _inner_axes(like, grid.names)
    sizes = dict(zip(grid.names, kept.numbers.shape, strict=True))
    axes = [*grid.names, *inner]
    metadata = _merged(_metadata(grid, sizes, like, inner), read_beside(grid, axes, array.shape))
    return ImageFile(array, axes, metadata, kept.notes, files.close, like.scenes, like.scene)


def _merged(of_files: dict[str, Any], beside: dict[str, Any]) -> dict[str, Any]:
    """Return what files and their names say, with what is said beside them, which knows coords better."""
    by_dim: dict[str, Any] = {
        key: {**of_files.get(key, {}), **beside.get(key, {})}
        for key in ("coords", "units")
        if key in of_files or key in beside
    }
    return {**beside, **of_files, **by_dim}


def _open_sequence(grid: FileGrid, files: OpenFiles, like: ImageFile, axis: str) -> ImageFile:
    """Return files of some frames each as one sequence."""
    paths = [file for file in grid.paths if file is not None]
    array = FileSequence(paths, files, like)
    note = (
        f"{count(len(paths), 'file')} follow each other as one sequence; a pattern with a name in braces, "
        "such as part{part}.tif, or --axes for one more axis makes a dim of them"
    )
    metadata = _continued(like, axis, array.shape[0])
    axes = [axis, *(like.axes or ())[1:]]
    return ImageFile(array, axes, metadata, (note,), files.close, like.scenes, like.scene)


def _continued(file: ImageFile, axis: str, n: int) -> dict[str, Any]:
    """Return what the first file says, with coords that go on in steps as there."""
    own = (file.axes or axis)[0]
    metadata = rename_dims(file.metadata, {OME_DIM_NAMES.get(own, own): axis})
    coords = dict(metadata.get("coords", {}))
    values = np.asarray(coords.pop(axis, ()))
    if values.dtype.kind in "iuf" and are_even(values):
        step = (values[-1] - values[0]) / (len(values) - 1)
        coords[axis] = [rounded(float(values[0] + i * step)) for i in range(n)]
    units = {dim: unit for dim, unit in metadata.get("units", {}).items() if dim in coords}
    return {**metadata, "coords": coords, **({"units": units} if units else {})}


class _Grid:
    """The files as planes, of which some may be missing."""

    plane_shape: tuple[int, ...] = ()

    def __init__(self, grid: FileGrid) -> None:
        self.shape, self.is_there, self.place = grid.shape, grid.is_there, grid.place


def _inner_axes(file: ImageFile, outer: Sequence[str]) -> list[str]:
    """Return names for the axes of a file that are not those of the dims that count files."""
    ndim = len(file.array.shape)
    axes = ["y", "x", *(f"dim{i}" for i in range(ndim - 2))] if file.axes is None else list(file.axes)
    names = [OME_DIM_NAMES.get(axis, axis) for axis in axes]
    return [f"{name} in file" if name in outer else name for name in names]


def _metadata(grid: FileGrid, sizes: dict[str, int], file: ImageFile, inner: Sequence[str]) -> dict[str, Any]:
    """Return what one file says of its own axes, and the names of files of the others."""
    metadata = dict(file.metadata)
    coords = {name: values for name, values in metadata.get("coords", {}).items() if name in inner}
    for name, values in zip(grid.names, grid.coords, strict=True):
        kept = list(values[: sizes[name]])
        coords[name] = kept
        if name.lower() in CHANNEL_NAMES:
            # What a file says of its channel holds for this file alone.
            metadata = {key: value for key, value in metadata.items() if not key.startswith("channel_")}
            if all(isinstance(value, str) for value in kept):
                metadata["channel_names"] = kept
    units = {name: unit for name, unit in metadata.get("units", {}).items() if name in inner}
    return {**metadata, "coords": coords, **({"units": units} if units else {})}

"""Many files as one image: a folder, a pattern with wildcards, or one with names in braces."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jpkl._axes import OME_DIM_NAMES
from jpkl._dims import CHANNEL_NAMES
from jpkl._text import count
from jpkl.readers._file_array import FileArray, OpenFiles
from jpkl.readers._file_grid import FileGrid
from jpkl.readers._file_names import infer_grid
from jpkl.readers._file_patterns import files_of_pattern
from jpkl.readers._formats import suffix_of, supported_suffixes
from jpkl.readers._image_file import ImageFile, ReadOptions, open_image
from jpkl.readers._missing import kept_of

#: Files whose headers are compared when all are opened; others are when they are read.
_MOST_TO_COMPARE = 256


def read(path: Path, scene: str | None, options: ReadOptions) -> ImageFile:
    """Open many files as one image; each is read as the array is indexed."""
    if path.is_dir():
        grid, notes = files_of_folder(path)
    else:
        grid, notes = files_of_pattern(path), ()
    return _open_grid(path, grid, scene, options, notes)


def files_of_folder(folder: Path) -> tuple[FileGrid, tuple[str, ...]]:
    """Return the images in a folder by their places, and notes on what is not among them.

    Raises
    ------
    ValueError
        If there are none.
    """
    files = [file for file in folder.iterdir() if file.is_file() and not file.name.startswith(".")]
    suffixes = Counter(suffix_of(file) for file in files if suffix_of(file) in supported_suffixes())
    if not suffixes:
        raise ValueError(f"{folder}: the folder holds no images that JPkl reads")
    suffix, n = suffixes.most_common(1)[0]
    others = len(files) - n
    notes = (f"read {count(n, f'{suffix} file')}, not {count(others, 'other')}",) if others else ()
    return infer_grid([file for file in files if suffix_of(file) == suffix]), notes


def _open_grid(
    path: Path, grid: FileGrid, scene: str | None, options: ReadOptions, notes: tuple[str, ...]
) -> ImageFile:
    files = OpenFiles(lambda file: open_image(file, scene, missing=options.missing, axes=options.axes))
    try:
        kept = kept_of(path, _Grid(grid), grid.names, options.missing)
        there = [file for file in grid.paths if file is not None]
        with files.use(there[0]) as like:
            array = FileArray(grid.paths, kept.numbers, files, like)
        for file in there[1:_MOST_TO_COMPARE]:
            array.check(file)
    except BaseException:
        files.close()
        raise
    inner = _inner_axes(like, grid.names)
    sizes = dict(zip(grid.names, kept.numbers.shape, strict=True))
    metadata = {**_metadata(grid, sizes, like, inner), "source": path.name}
    notes = (*notes, *like.notes, *kept.notes)
    return ImageFile(array, [*grid.names, *inner], metadata, notes, files.close, like.scenes, like.scene)


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

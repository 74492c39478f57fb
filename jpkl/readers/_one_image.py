"""Tell folders that are one image from those that hold many, which are listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from jpkl.readers._file_grid import FileGrid
from jpkl.readers._file_names import FRAME, infer_grid
from jpkl.readers._formats import (
    MANY_FILES,
    MOST_TO_LIST,
    READERS,
    is_many,
    module_of_many,
    suffix_of,
    supported_suffixes,
)
from jpkl.readers._image_file import open_image

#: Fewer single frames than these with numbers are images of their own.
_FEWEST_FRAMES = 3
#: Dims that are of one image. Positions and wells are of several.
_OF_ONE = {"time", "z", "channel", FRAME}


def is_one_image(folder: Path) -> bool:
    """Return whether a folder is one image: of Zarr or DICOM, or pictures, or a sequence of TIFF files.

    A folder that holds something else that is read is none.

    Parameters
    ----------
    folder : pathlib.Path
        The folder.

    Returns
    -------
    bool
        Whether `open_image` opens it as a whole.
    """
    if not is_many(folder) or not folder.is_dir():
        return folder.is_dir()
    if module_of_many(folder) != MANY_FILES:
        return True
    found = islice((file for file in folder.rglob("*") if file.is_file()), MOST_TO_LIST)
    files = [file for file in found if not file.name.startswith(".")]
    counted = Counter(suffix_of(file) for file in files)
    suffixes = [suffix for suffix in counted if suffix in (".jpkl", *supported_suffixes())]
    read = [file for file in files if suffix_of(file) in suffixes]
    readers = {READERS.get(suffix) for suffix in suffixes}
    return len(read) > 1 and (readers == {"picture"} or (readers == {"tiff"} and _is_sequence(read)))


def _is_sequence(files: Sequence[Path]) -> bool:
    """Return whether TIFF files are one image by their names, and the first and the last are alike."""
    if len({file.parent for file in files}) > 1:
        return False
    try:
        grid = infer_grid(files)
        if not _is_of_one(grid):
            return False
        with open_image(files[0]) as first, open_image(files[-1]) as last:
            shapes = {tuple(file.array.shape) for file in (first, last)}
            is_single = len(shapes) == 1 and set("".join(first.axes or ()).lower()) <= set("yxs")
            return is_single or (len(shapes) == 1 and grid.names != (FRAME,))
    except (OSError, ValueError, ImportError):  # which whoever opens one will say
        return False


def _is_of_one(grid: FileGrid) -> bool:
    """Return whether names have numbers that count, as those of single frames do or those of times."""
    are_numbers = [not any(isinstance(value, str) for value in values) for values in grid.coords]
    if not set(grid.names) <= _OF_ONE or not bool(grid.is_there.all()) or not any(are_numbers):
        return False
    return grid.names != (FRAME,) or len(grid.files) >= _FEWEST_FRAMES

"""Files that continue each other: what cameras write in parts, of some frames each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._text import by
from jpkl.readers._file_array import OpenFiles
from jpkl.readers._file_grid import FileGrid
from jpkl.readers._file_names import FRAME
from jpkl.readers._image_file import ImageFile
from jpkl.readers._pieces import PiecedArray

#: Axes that count frames without saying of what: those of plain TIFF files and of series, in lower case.
_UNKNOWN = ("q", "i", FRAME)
_OF_FRAMES = ("y", "x", "s")


def continued_axis(grid: FileGrid, file: ImageFile) -> str | None:
    """Return the name of the axis along which files follow each other; None where they make one of their own.

    They do if all that tells them apart is a number that nothing is known of, and each holds some frames of
    which no more is known either; or if it is a number or a time, and their first axis is time.
    """
    axes = [axis.lower() for axis in file.axes or ()]
    if any(isinstance(value, str) for values in grid.coords for value in values):
        return None  # names, which are of images of their own
    if len(grid.names) != 1 or not axes:
        return None
    if grid.names[0] in (FRAME, "time") and axes[0] in ("t", "time"):
        return "time"
    if sorted(axes[1:]) not in (["x", "y"], ["s", "x", "y"]):
        return None
    return FRAME if grid.names[0] == FRAME and axes[0] in _UNKNOWN else None


class FileSequence(PiecedArray):
    """The frames of all files, one after the other. The last one may hold fewer, or a single one.

    Parameters
    ----------
    paths : sequence of Path
        The files.
    files : OpenFiles
        Opens them.
    like : ImageFile
        The first of them. Frames of all others must have the same shape and dtype.

    Raises
    ------
    ValueError
        If they have not.
    """

    def __init__(self, paths: Sequence[Path], files: OpenFiles, like: ImageFile) -> None:
        self._paths, self._files, self._n_axes = paths, files, len(like.array.shape)
        self._frame = tuple(like.array.shape)[1:], np.dtype(like.array.dtype)
        lengths = []
        for path in paths:
            with files.use(path) as file:
                self._check(path, file)
                lengths.append(self._length(file))
        self._ends = np.cumsum(lengths)
        super().__init__(np.arange(self._ends[-1]), *self._frame)

    @property
    def chunks(self) -> tuple[int, ...]:
        """What is best read together: a frame."""
        return 1, *self._inner

    def encoded_frame(self, key: tuple[Any, ...]) -> bytes | None:
        """Return a frame as its file has it encoded, if it has."""
        path, at = self._place(int(key[0]))
        with self._files.use(path) as file:
            hook: Callable[..., bytes | None] | None = getattr(file.array, "encoded_frame", None)
            return None if hook is None else hook(self._within(file, at))

    def _piece(self, number: int, key: tuple[Any, ...]) -> NDArray[Any]:
        path, at = self._place(number)
        with self._files.use(path) as file:
            self._check(path, file)
            return np.asarray(file.array[(*self._within(file, at), *key)])

    def _place(self, number: int) -> tuple[Path, int]:
        """Return the file of a frame, and which of its frames it is."""
        file = int(np.searchsorted(self._ends, number, "right"))
        return self._paths[file], number - (int(self._ends[file - 1]) if file else 0)

    def _within(self, file: ImageFile, at: int) -> tuple[int, ...]:
        return (at,) if len(file.array.shape) == self._n_axes else ()

    def _length(self, file: ImageFile) -> int:
        return int(file.array.shape[0]) if len(file.array.shape) == self._n_axes else 1

    def _check(self, path: Path, file: ImageFile) -> None:
        shape = tuple(file.array.shape)
        frame = (shape if len(shape) < self._n_axes else shape[1:]), np.dtype(file.array.dtype)
        if frame != self._frame:
            found, wanted = (f"{by(shape)} {dtype}" for shape, dtype in (frame, self._frame))
            raise ValueError(f"{path}: has frames of {found}, but those of the files before it are {wanted}")

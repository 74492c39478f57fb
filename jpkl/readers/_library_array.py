"""Arrays of h5py, zarr and other libraries, whose errors get the name of the file; and axes without names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._source.unreadable import is_of_system
from jpkl._text import one_line
from jpkl.readers._damage import DAMAGE
from jpkl.readers._lazy import LazyArray


class LibraryArray(LazyArray):
    """An array of a library, as it is.

    Parameters
    ----------
    path : Path
        The file, for messages.
    array : array-like
        What the library reads from as it is indexed; threads may do so at once.
    """

    def __init__(self, path: Path, array: Any) -> None:
        self._path, self._array = path, array
        self.shape = tuple(int(size) for size in array.shape)
        self.dtype = np.dtype(array.dtype)

    @property
    def chunks(self) -> tuple[int, ...] | None:
        """What the library reads together; None where it does not matter."""
        chunks = getattr(self._array, "chunks", None)
        return tuple(chunks) if chunks else None

    def __getitem__(self, key: Any) -> NDArray[Any]:
        with naming(self._path):
            return np.asarray(self._array[key])


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Give an error of damaged pixels the name of the file."""
    try:
        yield
    except IndexError:  # the key's fault
        raise
    except (OSError, *DAMAGE) as error:
        is_ours = isinstance(error, ValueError | OSError) and str(path) in str(error)
        if is_ours or is_of_system(error):
            raise
        raise ValueError(f"{path}: damaged: {one_line(str(error) or type(error).__name__)}") from error


def plain_axes(shape: Sequence[int], dtype: np.dtype[Any]) -> tuple[list[str], tuple[str, ...]]:
    """Return axes of an array that does not name them, in C order, and a note that says which.

    Rows and columns are the last two axes, or those before three bytes of red, green and blue.

    Examples
    --------
    >>> plain_axes((5, 64, 80), np.dtype("uint16"))[0]
    ['dim0', 'y', 'x']
    """
    is_rgb = len(shape) > 2 and shape[-1] == 3 and dtype == np.uint8 and min(shape[-3:-1]) > 3
    frame = ["y", "x", "rgb"] if is_rgb else ["y", "x"]
    axes = [*(f"dim{i}" for i in range(len(shape) - len(frame))), *frame]
    if len(axes) == 2:
        return axes, ()
    return axes, (f"the file does not name its axes, read as {','.join(axes)}; --axes says otherwise",)


def is_image(array: Any) -> bool:
    """Return whether an array can be an image: numbers along two axes at least, and some pixels."""
    return len(array.shape) >= 2 and np.dtype(array.dtype).kind in "biuf" and 0 not in array.shape


def largest(arrays: Sequence[Any]) -> int:
    """Return the number of the array with most values: what a file of several is about."""
    return max(
        range(len(arrays)), key=lambda i: (int(np.prod(arrays[i].shape, dtype=np.int64)), -i), default=0
    )

"""Many files of one shape as an array that reads those which an index touches."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._text import by
from jpkl.readers._image_file import ImageFile
from jpkl.readers._pieces import PiecedArray

#: Files that stay open while none of their pixels is being read.
_MOST_OPEN = 8


class OpenFiles:
    """Files that are opened as they are needed, of which a few stay open.

    Parameters
    ----------
    open_file : callable
        Opens one. It is used by one thread at a time.
    """

    def __init__(self, open_file: Callable[[Path], ImageFile]) -> None:
        self._open = open_file
        self._lock = threading.Lock()
        self._idle: OrderedDict[Path, ImageFile] = OrderedDict()
        self._is_closed = False

    @contextmanager
    def use(self, path: Path) -> Iterator[ImageFile]:
        """Open a file, or take it from those that are open, for a ``with`` block."""
        with self._lock:
            file = self._idle.pop(path, None)
        file = self._open(path) if file is None else file
        try:
            yield file
        except BaseException:
            file.close()
            raise
        self._put_back(path, file)

    def close(self) -> None:
        """Close all; those in use are closed after it."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, OrderedDict()
        for file in idle.values():
            file.close()

    def _put_back(self, path: Path, file: ImageFile) -> None:
        with self._lock:
            if not self._is_closed and path not in self._idle:
                self._idle[path] = file
                file = self._idle.popitem(last=False)[1] if len(self._idle) > _MOST_OPEN else _NO_FILE
        file.close()


_NO_FILE = ImageFile(np.empty(0))


class FileArray(PiecedArray):
    """Files that are read when an index touches them, in the shape of the axes that count them.

    Parameters
    ----------
    paths : sequence of (Path or None)
        The files. The pixels of one that is missing are zero, and masked.
    numbers : ndarray of int
        Their numbers, in the shape of the axes that count them.
    files : OpenFiles
        Opens them.
    like : ImageFile
        One of them. All others must have its axes, shape and dtype.
    """

    def __init__(
        self, paths: Sequence[Path | None], numbers: NDArray[np.intp], files: OpenFiles, like: ImageFile
    ) -> None:
        super().__init__(numbers, tuple(like.array.shape), np.dtype(like.array.dtype))
        self._paths, self._files, self._axes = paths, files, like.axes

    @property
    def chunks(self) -> tuple[int, ...]:
        """What is best read together: what is in a file."""
        return (1,) * self._numbers.ndim + self._inner

    def check(self, path: Path) -> None:
        """Open a file, and raise `ValueError` unless it is like the others."""
        with self._files.use(path) as file:
            self._check(path, file)

    def encoded_frame(self, key: tuple[Any, ...]) -> bytes | None:
        """Return a frame as its file has it encoded, if it has: ``key`` has a number for each outer axis."""
        outer, inner = key[: self._numbers.ndim], key[self._numbers.ndim :]
        path = self._paths[int(self._numbers[outer])] if all(isinstance(i, int) for i in outer) else None
        if path is None:
            return None
        with self._files.use(path) as file:
            self._check(path, file)
            hook: Callable[..., bytes | None] | None = getattr(file.array, "encoded_frame", None)
            return None if hook is None else hook(inner)

    def _piece(self, number: int, key: tuple[Any, ...]) -> NDArray[Any] | None:
        path = self._paths[number]
        if path is None:
            return None
        with self._files.use(path) as file:
            self._check(path, file)
            return np.asarray(file.array[key])

    def _check(self, path: Path, file: ImageFile) -> None:
        shape, dtype = tuple(file.array.shape), np.dtype(file.array.dtype)
        if (shape, dtype, file.axes) == (self._inner, self.dtype, self._axes):
            return
        found, wanted = (
            f"{by(shape)} {dtype}, axes {axes}"
            for shape, dtype, axes in (
                (shape, dtype, file.axes),
                (self._inner, self.dtype, self._axes),
            )
        )
        raise ValueError(
            f"{path}: is {found}, but the files before it are {wanted}: all must be alike; "
            "a pattern such as img_*.tif takes some of a folder"
        )

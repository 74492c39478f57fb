"""Projections: many frames along a dim become one picture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jpkl_viewer.frames.reading import has_room, read_blocks, read_kept
from jpkl_viewer.frames.task import UNWATCHED, Task
from jpkl_viewer.model.projection import STD_SCALE, Projection

if TYPE_CHECKING:
    from jpkl import JPkl

Frame = NDArray[np.uint8]

#: So many values of 255 fit into 16 bits, which NumPy adds up twice as fast as 32.
_FITS_UINT16 = 257


def project(
    jp: JPkl, position: Sequence[int], projection: Projection, task: Task = UNWATCHED
) -> NDArray[np.uint8]:
    """Combine frames into one; memory is bounded however many they are.

    It is made of 8-bit values. Where the frames differ in display range, so do their units.

    Parameters
    ----------
    jp : JPkl
        The stack.
    position : sequence of int
        Frame index; its entry along the projected dim does not matter.
    projection : Projection
        Which frames, and how.
    task : Task
        For progress, and to end early.

    Returns
    -------
    ndarray of uint8, shape (height, width) or (height, width, 3)

    Raises
    ------
    IndexError, ValueError
        If the stack has no such frames.
    FrameError
        If one of them is damaged; names it.
    CancelledError
        If the result is no longer wanted.
    """
    accumulator = METHODS[projection.method](jp.frame_shape)
    run = projection.run(jp.dim_sizes, position)
    # After a part of a dim likely comes one that overlaps: a band goes with the position, or is dragged.
    if len(run) < jp.dim_sizes[run.dim] and has_room(jp, run):
        for frame in read_kept(jp, run, task):
            accumulator.add(frame[None])
    else:
        for _, frames in read_blocks(jp, run, task):
            accumulator.add(frames)
    return accumulator.result()


class _Accumulator(ABC):
    """Takes in frames block by block, for one method."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._n = 0

    @abstractmethod
    def add(self, frames: NDArray[np.uint8]) -> None:
        """Take in frames, shape (n, *shape)."""

    @abstractmethod
    def result(self) -> Frame:
        """Return the picture."""


class _Max(_Accumulator):
    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__(shape)
        self._extreme = np.zeros(shape, np.uint8)

    def add(self, frames: NDArray[np.uint8]) -> None:
        np.maximum(self._extreme, frames.max(axis=0), out=self._extreme)

    def result(self) -> Frame:
        return self._extreme


class _Min(_Accumulator):
    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__(shape)
        self._extreme = np.full(shape, 255, np.uint8)

    def add(self, frames: NDArray[np.uint8]) -> None:
        np.minimum(self._extreme, frames.min(axis=0), out=self._extreme)

    def result(self) -> Frame:
        return self._extreme


class _Mean(_Accumulator):
    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__(shape)
        self._sum = np.zeros(shape, np.uint32)

    def add(self, frames: NDArray[np.uint8]) -> None:
        self._n += len(frames)
        self._sum += frames.sum(axis=0, dtype=np.uint16 if len(frames) <= _FITS_UINT16 else np.uint32)

    def result(self) -> Frame:
        return np.asarray((self._sum + self._n // 2) // self._n, dtype=np.uint8)


class _Sum(_Mean):
    """The pixels of the mean: what they stand for is in the scale, see `ends_of`."""


class _Std(_Mean):
    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__(shape)
        self._squares = np.zeros(shape, np.uint64)
        self._square = np.empty(shape, np.uint16)

    def add(self, frames: NDArray[np.uint8]) -> None:
        super().add(frames)
        for frame in frames:
            np.multiply(frame, frame, out=self._square, dtype=np.uint16)
            self._squares += self._square

    def result(self) -> Frame:
        # Whole numbers up to the root: the difference of two means of squares would lose digits.
        spread = np.sqrt(self._n * self._squares - self._sum.astype(np.uint64) ** 2) / self._n
        return np.asarray(np.rint(STD_SCALE * spread), dtype=np.uint8)


#: The methods by name: those of `PROJECTION_METHODS`.
METHODS: dict[str, type[_Accumulator]] = {
    "max": _Max,
    "mean": _Mean,
    "sum": _Sum,
    "min": _Min,
    "std": _Std,
}

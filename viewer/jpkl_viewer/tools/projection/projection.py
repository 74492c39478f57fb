"""Projections: many frames along a dim become one picture."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jpkl_viewer.frames.runs import UNWATCHED, Kept, Stretch, Task, make_stretch

if TYPE_CHECKING:
    from jpkl import JPkl

Frame = NDArray[np.uint8]

#: A standard deviation of 8-bit values is at most 127.5: twice that fills a byte.
STD_SCALE = 2

#: So many values of 255 fit into 16 bits, which NumPy adds up twice as fast as 32.
_FITS_UINT16 = 257


@dataclass(frozen=True)
class Projection:
    """Which frames are projected, and how.

    Attributes
    ----------
    dim : int
        The dim along which frames are put together.
    method : {"max", "mean", "min", "std"}
        What becomes of the values of a pixel. ``"mean"`` is rounded to nearest; ``"std"`` is the standard
        deviation of the population (NumPy's ``ddof=0``) times 2, rounded, so that 0...255 stand for
        0...127.5, the greatest that 8-bit values can have.
    start, stop, step : int or None
        Part of the dim, as a slice; all of it by default.

    Raises
    ------
    ValueError
        If the method is none of these.
    """

    dim: int
    method: str = "max"
    start: int | None = None
    stop: int | None = None
    step: int | None = None

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise ValueError(f"method must be one of {', '.join(METHODS)}, not {self.method!r}")

    def stretch(self, sizes: tuple[int, ...], position: Sequence[int]) -> Stretch:
        """The frames that it takes at a position; see `make_stretch` for what is raised."""
        return make_stretch(sizes, position, self.dim, slice(self.start, self.stop, self.step))


def project(
    jp: JPkl, position: Sequence[int], projection: Projection, task: Task = UNWATCHED
) -> NDArray[np.uint8]:
    """Project frames; memory is bounded however many they are.

    It is made of 8-bit values. Where the frames differ in display range, so do their units.

    Parameters
    ----------
    jp : JPkl
        The stack.
    position : sequence of int
        Frame index; what it says of the projected dim does not matter.
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
    gathered = METHODS[projection.method](jp.frame_shape)
    for _, frames in projection.stretch(jp.dim_sizes, position).blocks(jp, task):
        gathered.add(frames)
    return gathered.result()


class Projections(Kept):
    """Projections of a stack."""

    def get(self, position: Sequence[int], projection: Projection, task: Task = UNWATCHED) -> Frame:
        """As `project`, but computed only if it is not kept; read-only."""
        key = self._key(position, projection)
        return self._cache.get(key, lambda: project(self._jp, position, projection, task))

    def has(self, position: Sequence[int], projection: Projection) -> bool:
        """Whether it is there at once."""
        return self._key(position, projection) in self._cache

    def _key(self, position: Sequence[int], projection: Projection) -> tuple[str, str, Stretch]:
        return "projection", projection.method, projection.stretch(self._jp.dim_sizes, position)


class _Gathered(ABC):
    """What is known of the frames so far, for one method."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._n = 0

    @abstractmethod
    def add(self, frames: NDArray[np.uint8]) -> None:
        """Take in frames, shape (n, *shape)."""

    @abstractmethod
    def result(self) -> Frame:
        """The picture."""


class _Max(_Gathered):
    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__(shape)
        self._extreme = np.zeros(shape, np.uint8)

    def add(self, frames: NDArray[np.uint8]) -> None:
        np.maximum(self._extreme, frames.max(axis=0), out=self._extreme)

    def result(self) -> Frame:
        return self._extreme


class _Min(_Gathered):
    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__(shape)
        self._extreme = np.full(shape, 255, np.uint8)

    def add(self, frames: NDArray[np.uint8]) -> None:
        np.minimum(self._extreme, frames.min(axis=0), out=self._extreme)

    def result(self) -> Frame:
        return self._extreme


class _Mean(_Gathered):
    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__(shape)
        self._sum = np.zeros(shape, np.uint32)

    def add(self, frames: NDArray[np.uint8]) -> None:
        self._n += len(frames)
        self._sum += frames.sum(axis=0, dtype=np.uint16 if len(frames) <= _FITS_UINT16 else np.uint32)

    def result(self) -> Frame:
        return np.asarray((self._sum + self._n // 2) // self._n, dtype=np.uint8)


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


#: The methods by name, in the order in which they are offered.
METHODS: dict[str, type[_Gathered]] = {"max": _Max, "mean": _Mean, "min": _Min, "std": _Std}

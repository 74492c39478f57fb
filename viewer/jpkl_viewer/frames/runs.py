"""Frames along one dim: which they are, and how long work over them is read, reported and ended."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from jpkl import FrameError

if TYPE_CHECKING:
    from jpkl import JPkl
    from jpkl.toolkit import DecodedFrameCache

#: Called with how many frames are done and how many there are.
Progress: TypeAlias = Callable[[int, int], object]

#: Pixels decoded at once, in bytes: enough to keep all threads busy, and some 40 ms of work.
BLOCK_NBYTES = 16 * 2**20


@dataclass(frozen=True)
class Task:
    """How long work tells of itself, and learns that nobody waits for it any more.

    Parameters
    ----------
    progress : callable, optional
        Called as ``progress(done, total)``, in frames: once with 0, then after each block.
    is_stale : callable, optional
        Asked before each block; if it returns true, the work ends with
        `concurrent.futures.CancelledError` and leaves nothing behind.
    """

    progress: Progress | None = None
    is_stale: Callable[[], bool] | None = None

    def report(self, done: int, total: int) -> None:
        """Tell how far the work is.

        Raises
        ------
        CancelledError
            If the result is no longer wanted.
        """
        if self.is_stale is not None and self.is_stale():
            raise CancelledError
        if self.progress is not None:
            self.progress(done, total)


#: Work that nobody watches.
UNWATCHED = Task()


class Kept:
    """Pictures made of many frames, kept in the same cache, and so in the same budget, as the frames.

    Parameters
    ----------
    jp : JPkl
        The stack.
    cache : DecodedFrameCache
        Usually ``jp.cache`` of a stack with one.
    """

    def __init__(self, jp: JPkl, cache: DecodedFrameCache) -> None:
        self._jp = jp
        self._cache = cache


@dataclass(frozen=True)
class Stretch:
    """Frames along one dim, at one position of the other dims.

    Attributes
    ----------
    position : tuple of int
        Frame index; its entry along ``dim`` is always 0, so that equal stretches compare equal.
    dim : int
        The dim that they lie along.
    indices : range
        Which indices of it, not empty.
    """

    position: tuple[int, ...]
    dim: int
    indices: range

    def __len__(self) -> int:
        return len(self.indices)

    def index(self, number: int) -> tuple[int, ...]:
        """Frame index of the ``number``-th frame."""
        return (*self.position[: self.dim], self.indices[number], *self.position[self.dim + 1 :])

    def shape(self, jp: JPkl, scale: int = 1) -> tuple[int, ...]:
        """Shape of all its frames decoded at ``1 / scale`` of the size: (n, height, width[, 3])."""
        height, width, *samples = jp.frame_shape
        return (len(self), -(-height // scale), -(-width // scale), *samples)

    def read(
        self,
        jp: JPkl,
        numbers: Sequence[int] | None = None,
        rows: slice = slice(None),
        columns: slice = slice(None),
        *,
        scale: int = 1,
    ) -> NDArray[np.uint8]:
        """Decode frames of the stretch, or a rectangle of each.

        Parameters
        ----------
        jp : JPkl
            The stack.
        numbers : sequence of int, optional
            Which frames, 0 to ``len(self) - 1``; all by default.
        rows, columns : slice
            The rectangle, in pixels at that scale.
        scale : {1, 2, 4, 8}
            Decode at ``1 / scale`` of the size.

        Returns
        -------
        ndarray of uint8, shape (n, height, width) or (n, height, width, 3)

        Raises
        ------
        FrameError
            If a frame is damaged; names it.
        """
        numbers = range(len(self)) if numbers is None else numbers
        along = [self.indices[number] for number in numbers]
        where = (*self.position[: self.dim], along, *self.position[self.dim + 1 :])
        pixels: NDArray[np.uint8] = jp.decode((rows, columns, ..., *where), scale=scale)
        return np.moveaxis(pixels, -1, 0)

    def blocks(
        self,
        jp: JPkl,
        task: Task = UNWATCHED,
        *,
        scale: int = 1,
        damaged: dict[int, FrameError] | None = None,
    ) -> Iterator[tuple[slice, NDArray[np.uint8]]]:
        """Decode the stretch in blocks of bounded size: which frames, and their pixels, in order.

        Parameters
        ----------
        jp : JPkl
            The stack.
        task : Task
            For progress, and to end early.
        scale : {1, 2, 4, 8}
            Decode at ``1 / scale`` of the size.
        damaged : dict of int to FrameError, optional
            Takes the frames that cannot be decoded, by their number, and their pixels are 0.

        Raises
        ------
        CancelledError
            If the result is no longer wanted.
        FrameError
            If a frame is damaged and ``damaged`` is not given; names it.
        """
        total = len(self)
        for part in _parts(total, max(1, BLOCK_NBYTES * scale**2 // max(1, prod(jp.frame_shape)))):
            task.report(part.start, total)
            yield slice(part.start, part.stop), self._read_block(jp, part, scale, damaged)
        task.report(total, total)

    def _read_block(
        self, jp: JPkl, part: range, scale: int, damaged: dict[int, FrameError] | None
    ) -> NDArray[np.uint8]:
        try:
            return self.read(jp, part, scale=scale)
        except FrameError:
            if damaged is None:
                raise
        frames = np.zeros((len(part), *self.shape(jp, scale)[1:]), np.uint8)
        for i, number in enumerate(part):
            try:
                frames[i] = self.read(jp, [number], scale=scale)[0]
            except FrameError as error:
                damaged[number] = error
        return frames


def make_stretch(
    sizes: tuple[int, ...], position: Sequence[int], dim: int, part: slice = slice(None)
) -> Stretch:
    """The frames along ``dim`` at a position.

    Parameters
    ----------
    sizes : tuple of int
        Lengths of the stack's dims.
    position : sequence of int
        Frame index; what it says of ``dim`` does not matter.
    dim : int
        Which dim.
    part : slice
        Which part of it, by Python's rules.

    Raises
    ------
    IndexError
        If there is no such dim or position.
    ValueError
        If the part is empty.

    Examples
    --------
    >>> make_stretch((10, 3), (4, 2), dim=0, part=slice(0, 6, 2))
    Stretch(position=(0, 2), dim=0, indices=range(0, 6, 2))
    """
    if not 0 <= dim < len(sizes):
        raise IndexError(f"there is no dim {dim}: the stack has {len(sizes)}")
    if len(position) != len(sizes):
        raise IndexError(f"position {tuple(position)} has {len(position)} entries for {len(sizes)} dims")
    fixed = tuple(0 if d == dim else int(i) for d, i in enumerate(position))
    if not all(0 <= i < size for d, (i, size) in enumerate(zip(fixed, sizes, strict=True)) if d != dim):
        raise IndexError(f"position {tuple(position)} is outside of dims {sizes}")
    indices = range(*part.indices(sizes[dim]))
    if not indices:
        raise ValueError(f"part {part} of dim {dim} with {sizes[dim]} indices is empty")
    return Stretch(fixed, dim, indices)


def dim_number(names: Sequence[str], dim: str | int) -> int:
    """The number of a dim that is given by name or number.

    Raises
    ------
    ValueError
        If there is no such dim; tells which there are.
    """
    if isinstance(dim, str) and dim in names:
        return list(names).index(dim)
    if isinstance(dim, int) and -len(names) <= dim < len(names):
        return dim % len(names)
    raise ValueError(f"there is no dim {dim!r}; the stack has {', '.join(names) or 'none'}")


def _parts(total: int, size: int) -> Iterator[range]:
    return (range(start, min(start + size, total)) for start in range(0, total, size))

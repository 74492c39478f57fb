"""Decode the frames of a run: all at once, a rectangle of each, or in blocks of bounded size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jpkl import FrameError
from jpkl.toolkit import frame_number
from jpkl_viewer.frames.task import UNWATCHED, Task
from jpkl_viewer.model.runs import FrameRun

if TYPE_CHECKING:
    from jpkl import JPkl

#: Pixels decoded at once, in bytes: enough to keep all threads busy, and some 40 ms of work.
BLOCK_NBYTES = 16 * 2**20

#: Share of the cache that frames of one run may take that are kept one by one.
_KEPT_SHARE = 0.125


def read_frames(
    jp: JPkl,
    run: FrameRun,
    numbers: Sequence[int] | None = None,
    rows: slice = slice(None),
    columns: slice = slice(None),
    *,
    scale: int = 1,
) -> NDArray[Any]:
    """Decode frames of a run, or a rectangle of each.

    Parameters
    ----------
    jp : JPkl
        The stack.
    run : FrameRun
        The run.
    numbers : sequence of int, optional
        Which of its frames, 0 to ``len(run) - 1``; all by default.
    rows, columns : slice
        The rectangle, in pixels at that scale.
    scale : {1, 2, 4, 8}
        Decode at ``1 / scale`` of the size.

    Returns
    -------
    ndarray of the stack's dtype, shape (n, height, width) or (n, height, width, 3)

    Raises
    ------
    FrameError
        If a frame is damaged; names it.
    """
    numbers = range(len(run)) if numbers is None else numbers
    along = [run.indices[number] for number in numbers]
    where = (*run.position[: run.dim], along, *run.position[run.dim + 1 :])
    pixels: NDArray[Any] = jp.decode((rows, columns, ..., *where), scale=scale)
    return np.moveaxis(pixels, -1, 0)


def read_blocks(
    jp: JPkl,
    run: FrameRun,
    task: Task = UNWATCHED,
    *,
    scale: int = 1,
    damaged: dict[int, FrameError] | None = None,
) -> Iterator[tuple[slice, NDArray[np.uint8]]]:
    """Decode a run in blocks of bounded size: which frames, and their pixels, in order.

    Parameters
    ----------
    jp : JPkl
        The stack.
    run : FrameRun
        The run.
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
    total = len(run)
    size = max(1, BLOCK_NBYTES * scale**2 // max(1, prod(jp.frame_shape)))
    for start in range(0, total, size):
        part = range(start, min(start + size, total))
        task.report(part.start, total)
        yield slice(part.start, part.stop), _read_block(jp, run, part, scale, damaged)
    task.report(total, total)


def read_kept(jp: JPkl, run: FrameRun, task: Task = UNWATCHED) -> Iterator[NDArray[np.uint8]]:
    """Yield the frames of a run: the cache of the stack gets those that it does not hold, decoded.

    For runs that overlap: of a band that goes with the position, each step decodes one frame.

    Raises
    ------
    CancelledError
        If the result is no longer wanted.
    FrameError
        If a frame is damaged; names it.
    """
    task.check()
    cache, numbers = jp.cache, [frame_number(run.index(i), jp.dim_sizes) for i in range(len(run))]
    missing = [i for i, number in enumerate(numbers) if cache is None or number not in cache]
    if missing and cache is not None:
        for i, frame in zip(missing, read_frames(jp, run, missing), strict=True):
            cache.get(numbers[i], frame.copy)
    for i in range(len(run)):
        yield jp[(..., *run.index(i))]


def has_room(jp: JPkl, run: FrameRun) -> bool:
    """Return whether the cache of a stack has room for the frames of a run beside all else."""
    return jp.cache is not None and prod(run.shape(jp.frame_shape)) <= _KEPT_SHARE * jp.cache.max_nbytes


def _read_block(
    jp: JPkl, run: FrameRun, part: range, scale: int, damaged: dict[int, FrameError] | None
) -> NDArray[np.uint8]:
    try:
        return read_frames(jp, run, part, scale=scale)
    except FrameError:
        if damaged is None:
            raise
    frames = np.zeros((len(part), *run.shape(jp.frame_shape, scale)[1:]), np.uint8)
    for i, number in enumerate(part):
        try:
            frames[i] = read_frames(jp, run, [number], scale=scale)[0]
        except FrameError as error:
            damaged[number] = error
    return frames

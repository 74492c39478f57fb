"""Reslices: a dim against x or y. Orthogonal views of a z-stack, a kymograph of a time series.

The frames along the dim are decoded once into a volume that is kept, so that a crosshair moves without
decoding anything. A volume that is too large for its budget is kept at 1/2, 1/4 or 1/8 of the size:
`Reslice.scale` says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from jpkl.toolkit import SCALES
from jpkl_viewer.frames.frames import Frames
from jpkl_viewer.frames.task import UNWATCHED, Task
from jpkl_viewer.frames.volumes import kept_volume
from jpkl_viewer.model.runs import FrameRun, make_run

if TYPE_CHECKING:
    from jpkl import JPkl

Axis: TypeAlias = Literal["x", "y"]

#: How the pixels of a slab are combined.
SLAB_METHODS = ("max", "mean", "min")

#: Share of the cache that one volume may take: frames of the scrub have to stay as well.
_SHARE = 0.5


@dataclass(frozen=True, eq=False)
class Reslice:
    """A dim against x or y, as a picture.

    Attributes
    ----------
    pixels : ndarray of uint8
        Against x: shape (n, width[, 3]), the dim runs down. Against y: (height, n[, 3]), it runs to the
        right, so that rows are beside those of the frame.
    scale : int
        Width or height, and the position of the cut, are in steps of so many pixels of the frame: 1, 2, 4
        or 8. Values are means over such squares, unless it is 1.
    """

    pixels: NDArray[np.uint8]
    scale: int


@dataclass(frozen=True, eq=False)
class Volume:
    """The decoded frames of a run.

    Attributes
    ----------
    pixels : ndarray of uint8, shape (n, height, width[, 3])
        Height and width are those of the frame divided by ``scale``, rounded up.
    scale : int
        1, 2, 4 or 8.
    frame_shape : tuple of int
        Shape of a frame at full size.
    """

    pixels: NDArray[np.uint8]
    scale: int
    frame_shape: tuple[int, ...]

    def against(self, axis: Axis, at: int, half: int = 0, method: str = "max") -> Reslice:
        """Cut the dim against x at row ``at``, or against y at column ``at``, in pixels of the frame.

        Parameters
        ----------
        axis : {"x", "y"}
            The axis.
        at : int
            Row or column.
        half : int
            So many rows or columns on each side are combined with it.
        method : {"max", "mean", "min"}
            How they are.

        Raises
        ------
        IndexError
            If the frame has no such row or column.
        ValueError
            If there is no such method, or ``half`` is negative.
        """
        check_cut(self.frame_shape, axis, at)
        if method not in SLAB_METHODS or half < 0:
            raise ValueError(f"a slab of {half} on each side has no {method!r}: {', '.join(SLAB_METHODS)}")
        part = slice(max(0, at - half) // self.scale, (at + half) // self.scale + 1)
        return Reslice(_cut(self.pixels, axis, part, method), self.scale)


def read_volume(
    frames: Frames, position: Sequence[int], dim: int, part: slice = slice(None), task: Task = UNWATCHED
) -> Volume:
    """Return the frames along a dim, decoded if they are not kept.

    Parameters
    ----------
    frames : Frames
        The stack's frames.
    position : sequence of int
        Frame index; its entry along ``dim`` does not matter.
    dim : int
        The dim.
    part : slice
        Part of it; all by default.
    task : Task
        For progress of the decoding, and to end it early.

    Raises
    ------
    IndexError, ValueError
        If the stack has no such frames, or they do not fit into half of the cache even at 1/8.
    FrameError
        If one of them is damaged; names it.
    CancelledError
        If the result is no longer wanted.
    """
    jp = frames.jp
    run = make_run(jp.dim_sizes, position, dim, part)
    scale = _fitting_scale(jp, run, frames.products.max_nbytes * _SHARE)
    pixels = kept_volume(frames, run, scale=scale, task=task)
    return Volume(pixels, scale, jp.frame_shape)


def _fitting_scale(jp: JPkl, run: FrameRun, budget: float) -> int:
    scale = next((scale for scale in SCALES if prod(run.shape(jp.frame_shape, scale)) <= budget), None)
    if scale is None:
        raise ValueError(
            f"{len(run)} frames of {jp.frame_shape[:2]} pixels do not fit into {budget / 1e6:.0f} MB even at "
            f"1/8; take a part of {jp.dim_names[run.dim]}, or a larger cache_nbytes"
        )
    return scale


def check_cut(frame_shape: tuple[int, ...], axis: Axis, at: int) -> None:
    """Raise IndexError if a frame has no row (against x) or column (against y) ``at``."""
    what, size = ("row", frame_shape[0]) if axis == "x" else ("column", frame_shape[1])
    if not 0 <= at < size:
        raise IndexError(f"there is no {what} {at}: frames have {size}")


def _cut(pixels: NDArray[np.uint8], axis: Axis, part: slice, method: str) -> NDArray[np.uint8]:
    slab = pixels[:, part] if axis == "x" else np.moveaxis(pixels[:, :, part], 1, 0)
    return np.ascontiguousarray(_combined(slab, 1 if axis == "x" else 2, method))


def _combined(slab: NDArray[np.uint8], axis: int, method: str) -> NDArray[np.uint8]:
    """Combine rows or columns; means are rounded to nearest, half up, as those of projections."""
    n = slab.shape[axis]
    if n == 1:
        return slab[:, 0] if axis == 1 else slab[:, :, 0]
    if method == "mean":
        return np.asarray((slab.sum(axis, dtype=np.uint32) + n // 2) // n, dtype=np.uint8)
    return np.asarray(slab.max(axis) if method == "max" else slab.min(axis))

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

from jpkl_viewer.frames.runs import UNWATCHED, Kept, Stretch, Task, make_stretch
from jpkl_viewer.model.stack import StackDescription

if TYPE_CHECKING:
    from jpkl import JPkl

Axis: TypeAlias = Literal["x", "y"]

#: Share of the cache that one volume may take: frames of the scrub have to stay as well.
_SHARE = 0.5

_SCALES = (1, 2, 4, 8)


@dataclass(frozen=True, eq=False)
class Reslice:
    """A dim against x or y, as a picture.

    Attributes
    ----------
    pixels : ndarray of uint8
        Against x: shape (n, width[, 3]), the dim runs down. Against y: (height, n[, 3]), it runs to the
        right, so that rows stand beside those of the frame.
    scale : int
        Width or height, and the position of the cut, are in steps of so many pixels of the frame: 1, 2, 4
        or 8. Values are means over such squares, unless it is 1.
    """

    pixels: NDArray[np.uint8]
    scale: int


@dataclass(frozen=True, eq=False)
class Volume:
    """The decoded frames of a stretch.

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

    def against(self, axis: Axis, at: int) -> Reslice:
        """The dim against x at row ``at``, or against y at column ``at``, in pixels of the frame.

        Raises
        ------
        IndexError
            If the frame has no such row or column.
        """
        check_cut(self.frame_shape, axis, at)
        return Reslice(_cut(self.pixels, axis, at // self.scale), self.scale)


class Volumes(Kept):
    """Volumes of a stack."""

    def get(
        self, position: Sequence[int], dim: int, part: slice = slice(None), task: Task = UNWATCHED
    ) -> Volume:
        """The frames along a dim, decoded if they are not kept.

        Parameters
        ----------
        position : sequence of int
            Frame index; what it says of ``dim`` does not matter.
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
        stretch = make_stretch(self._jp.dim_sizes, position, dim, part)
        scale = self._scale(stretch)
        pixels = self._cache.get(
            _key(stretch, scale), lambda: decode_volume(self._jp, stretch, scale=scale, task=task)
        )
        return Volume(pixels, scale, self._jp.frame_shape)

    def has(self, position: Sequence[int], dim: int, part: slice = slice(None)) -> bool:
        """Whether the volume is there at once."""
        stretch = make_stretch(self._jp.dim_sizes, position, dim, part)
        return _key(stretch, self._scale(stretch)) in self._cache

    def _scale(self, stretch: Stretch) -> int:
        budget = self._cache.max_nbytes * _SHARE
        fitting = (s for s in _SCALES if prod(stretch.shape(self._jp, s)) <= budget)
        scale = next(fitting, None)
        if scale is None:
            raise ValueError(
                f"{len(stretch)} frames of {self._jp.frame_shape[:2]} pixels do not fit into "
                f"{budget / 1e6:.0f} MB even at 1/8; take a part of {self._jp.dim_names[stretch.dim]}, "
                "or a larger cache_nbytes"
            )
        return scale


def decode_volume(jp: JPkl, stretch: Stretch, *, scale: int = 1, task: Task = UNWATCHED) -> NDArray[np.uint8]:
    """All frames of a stretch at ``1 / scale`` of the size, shape (n, height, width[, 3])."""
    pixels = np.empty(stretch.shape(jp, scale), np.uint8)
    for part, frames in stretch.blocks(jp, task, scale=scale):
        pixels[part] = frames
    return pixels


def check_cut(frame_shape: tuple[int, ...], axis: Axis, at: int) -> None:
    """Raise IndexError if a frame has no row (against x) or column (against y) ``at``."""
    what, size = ("row", frame_shape[0]) if axis == "x" else ("column", frame_shape[1])
    if not 0 <= at < size:
        raise IndexError(f"there is no {what} {at}: frames have {size}")


def spacing_in_pixels(stack: StackDescription, dim: int) -> tuple[float, float] | None:
    """How far apart two frames are, in heights and widths of a pixel; None where it is not known.

    It gives orthogonal views their true proportions. Known is it where ``coords`` rise evenly (to 1 %) in
    the unit of ``pixel_size``.
    """
    coords = stack.dims[dim].coords
    unit = stack.dims[dim].unit
    if coords is None or len(coords) < 2 or stack.pixel_size is None or unit != stack.pixel_unit or not unit:
        return None
    steps = np.abs(np.diff(coords))
    step = float(steps.mean())
    if step == 0 or np.abs(steps - step).max() > 0.01 * step:
        return None
    return step / stack.pixel_size[0], step / stack.pixel_size[1]


def _cut(pixels: NDArray[np.uint8], axis: Axis, at: int) -> NDArray[np.uint8]:
    cut = pixels[:, at] if axis == "x" else np.swapaxes(pixels[:, :, at], 0, 1)
    return np.ascontiguousarray(cut)


def _key(stretch: Stretch, scale: int) -> tuple[str, int, Stretch]:
    return "volume", scale, stretch

"""Measurements in regions of interest: mean, min and max along a dim, and profiles along a line.

Values are those of 8-bit JPEG frames. Where the stack knows its display range they come in original units,
mapped back linearly; that does not bring back what the encoding lost: see `caveat`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jpkl_viewer.frames.reading import BLOCK_NBYTES, read_frames
from jpkl_viewer.frames.task import UNWATCHED, Task
from jpkl_viewer.model.runs import FrameRun, make_run
from jpkl_viewer.model.stack import StackDescription
from jpkl_viewer.tools.regions.geometry import length_unit
from jpkl_viewer.tools.regions.roi import Line, Roi, RoiError, RoiPixels, find_pixels

if TYPE_CHECKING:
    from jpkl import JPkl

#: Frames of the first batch, small so that it comes soon; each further one is twice as large.
_FIRST_BATCH = 4

#: Pixels decoded in the first batch at most, as the frames may be large.
_FIRST_BATCH_NBYTES = 2 * 2**20

RGB_NAMES = ("red", "green", "blue")


@dataclass(frozen=True, eq=False)
class Statistics:
    """Mean, lowest and highest value of a region, for each frame along a dim.

    Attributes
    ----------
    roi : Roi
        The region.
    run : FrameRun
        The frames.
    n_pixels : int
        Pixels of the region within the frame.
    is_clipped : bool
        Whether part of the region lies outside of the frame, where nothing counts.
    in_original_units : bool
        Whether values are original intensities; otherwise 0...255.
    mean, min, max : ndarray of float64, shape (n,) or (n, 3) for RGB
        NaN for frames that have not been measured.
    done : int
        Number of frames that have been measured.
    """

    roi: Roi
    run: FrameRun
    n_pixels: int
    is_clipped: bool
    in_original_units: bool
    mean: NDArray[np.float64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]
    done: int

    @property
    def is_complete(self) -> bool:
        """Whether all frames have been measured."""
        return self.done == len(self.run)


@dataclass(frozen=True, eq=False)
class FrameStatistics:
    """The same of one frame: its mean, lowest and highest value, one or (for RGB) three each."""

    roi: Roi
    index: tuple[int, ...]
    pixels: RoiPixels
    in_original_units: bool
    mean: NDArray[np.float64]
    min: NDArray[np.float64]
    max: NDArray[np.float64]


def measure_frame(
    pixels: NDArray[Any], stack: StackDescription, roi: Roi, index: tuple[int, ...]
) -> FrameStatistics:
    """Measure mean, min and max of a region in one frame.

    Parameters
    ----------
    pixels : ndarray, shape (height, width) or (height, width, 3)
        The frame, usually ``frames.measured_pixels(index)``.
    stack : StackDescription
        What `describe` says of its stack.
    roi : Roi
        The region.
    index : tuple of int
        The frame index, for its display range.

    Raises
    ------
    RoiError
        If the region has no pixel in the frame.
    """
    found = find_pixels(roi, stack.height, stack.width)
    values = _summarize(pixels[found.rows, found.columns][None], found)[:, 0]
    mean, low, high = stack.intensities(index, values)
    return FrameStatistics(roi, index, found, stack.knows_intensities(index), mean, low, high)


def measure_along(
    jp: JPkl,
    stack: StackDescription,
    roi: Roi,
    position: Sequence[int],
    dim: int,
    *,
    part: slice = slice(None),
    task: Task = UNWATCHED,
) -> Iterator[Statistics]:
    """Measure mean, min and max of a region along a dim, as they become known: nearest to the position first.

    Parameters
    ----------
    jp : JPkl
        The stack.
    stack : StackDescription
        What `describe` says of it.
    roi : Roi
        The region.
    position : sequence of int
        Frame index. Frames near it along ``dim`` come first.
    dim : int
        The dim.
    part : slice
        Part of it; all by default.
    task : Task
        For progress, and to end early.

    Yields
    ------
    Statistics
        After each batch, each with its own arrays; the last one is complete.

    Raises
    ------
    RoiError
        If the region has no pixel in the frame.
    IndexError, ValueError
        If the stack has no such frames.
    FrameError
        If one of them is damaged; names it.
    CancelledError
        If the result is no longer wanted.
    """
    run = make_run(jp.dim_sizes, position, dim, part)
    pixels = find_pixels(roi, stack.height, stack.width)
    known = stack.knows_intensities(run.index(0))
    values = np.full((3, len(run), *jp.frame_shape[2:]), np.nan)
    done = 0
    for batch in _nearest_first(run, position[dim], math.prod(jp.frame_shape)):
        task.report(done, len(run))
        frames = read_frames(jp, run, batch, pixels.rows, pixels.columns)
        for number, of_frame in zip(batch, _summarize(frames, pixels).swapaxes(0, 1), strict=True):
            values[:, number] = stack.intensities(run.index(number), of_frame)
        done += len(batch)
        mean, low, high = values.copy()
        yield Statistics(roi, run, pixels.n_pixels, pixels.is_clipped, known, mean, low, high, done)
    task.report(done, len(run))


def _nearest_first(run: FrameRun, center: int, frame_nbytes: int) -> Iterator[list[int]]:
    """Yield numbers of frames in batches that grow, from the center outward."""
    order = sorted(range(len(run)), key=lambda number: abs(run.indices[number] - center))
    most = max(1, BLOCK_NBYTES // max(1, frame_nbytes))
    size = max(1, min(_FIRST_BATCH, _FIRST_BATCH_NBYTES // max(1, frame_nbytes)))
    start = 0
    while start < len(order):
        yield sorted(order[start : start + size])
        start += size
        size = min(2 * size, most)


def _summarize(frames: NDArray[Any], pixels: RoiPixels) -> NDArray[np.float64]:
    """Compute mean, min and max of a region, shape (3, n[, 3])."""
    values = np.take(frames.reshape(len(frames), -1, *frames.shape[3:]), np.flatnonzero(pixels.mask), axis=1)
    return np.stack([values.mean(axis=1), values.min(axis=1), values.max(axis=1)])


@dataclass(frozen=True, eq=False)
class Profile:
    """Values along a line.

    Attributes
    ----------
    line : Line
        The line.
    index : tuple of int
        The frame.
    x, y : ndarray of float64, shape (n,)
        Where the values were taken, in pixels: at most one pixel apart, from one end to the other.
    distance : ndarray of float64, shape (n,)
        From the line's start, in ``unit``.
    unit : str
        ``"px"``, or the unit of the pixel size.
    values : ndarray of float64, shape (n,) or (n, 3) for RGB
        Interpolated between the four nearest pixels.
    in_original_units : bool
        Whether values are original intensities; otherwise 0...255.
    """

    line: Line
    index: tuple[int, ...]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    distance: NDArray[np.float64]
    unit: str
    values: NDArray[np.float64]
    in_original_units: bool


def line_profile(
    pixels: NDArray[Any], stack: StackDescription, line: Line, index: tuple[int, ...]
) -> Profile:
    """Take values along a line, interpolated bilinearly; parts outside of the frame are left out.

    Parameters
    ----------
    pixels : ndarray, shape (height, width) or (height, width, 3)
        The frame, usually ``frames.measured_pixels(index)``.
    stack : StackDescription
        What `describe` says of its stack.
    line : Line
        The line.
    index : tuple of int
        The frame index, for its display range.

    Raises
    ------
    RoiError
        If the whole line lies outside of the frame.
    """
    height, width = pixels.shape[:2]
    n = math.ceil(line.length) + 1
    x, y = np.linspace(line.x0, line.x1, n), np.linspace(line.y0, line.y1, n)
    within = (x >= -0.5) & (x <= width - 0.5) & (y >= -0.5) & (y <= height - 0.5)
    if not within.any():
        raise RoiError(f"{line} lies outside of a frame of {height} x {width} pixels")
    x, y = x[within], y[within]
    dy, dx = stack.pixel_size or (1.0, 1.0)
    distance = np.hypot((x - line.x0) * dx, (y - line.y0) * dy)
    values = stack.intensities(index, _interpolate(pixels, x, y))
    return Profile(line, index, x, y, distance, length_unit(stack), values, stack.knows_intensities(index))


def _interpolate(pixels: NDArray[Any], x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Interpolate bilinearly; in the outer half of the border pixels, their value."""
    height, width = pixels.shape[:2]
    x, y = np.clip(x, 0, width - 1), np.clip(y, 0, height - 1)
    left, top = np.floor(x).astype(np.intp), np.floor(y).astype(np.intp)
    right, bottom = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    shape = (-1,) + (1,) * (pixels.ndim - 2)
    fx, fy = (x - left).reshape(shape), (y - top).reshape(shape)
    upper = pixels[top, left] * (1 - fx) + pixels[top, right] * fx
    lower = pixels[bottom, left] * (1 - fx) + pixels[bottom, right] * fx
    return np.asarray(upper * (1 - fy) + lower * fy, dtype=np.float64)


def caveat(stack: StackDescription, *, in_original_units: bool) -> str:
    """Say what has to be known wherever values are shown.

    Examples
    --------
    >>> from jpkl import JPkl
    >>> from jpkl_viewer.model.stack import describe
    >>> caveat(describe(JPkl(np.zeros((8, 8), np.uint8))), in_original_units=False)
    '8-bit JPEG, q=90: values 0...255 as encoded; measure on the originals'
    """
    if stack.is_exact:
        return f"{stack.encoding}: original values"
    what = (
        "original intensities to the nearest of 256 levels"
        if in_original_units
        else "values 0...255 as encoded"
    )
    is_jpeg = not stack.encoding or "JPEG, quality" in stack.encoding
    stored = f"8-bit JPEG, q={stack.jpeg_quality}" if is_jpeg else stack.encoding
    return f"{stored}: {what}; measure on the originals"

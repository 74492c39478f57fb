"""How large a stack will be, from a few frames of it."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._array import JPkl
from jpkl._axes import AxesLayout, resolve_axes
from jpkl._dims import channel_dim, index_of
from jpkl._text import count, human_bytes, human_ratio

#: Frames to encode; they are spread evenly, since stacks drift (bleaching) and fade (depth). Fewer would
#: give the mean size as well, but miss the bright pixels that set the display range.
SAMPLE_FRAMES = 64
#: Source bytes that they may take together, however large one is.
SAMPLE_NBYTES = 64 << 20

#: What the file holds per frame besides its JPEG: its index in the pickle, its entry in the trailer.
_BYTES_PER_FRAME = 40


def forecast(array: Any, axes: Any, jpeg_quality: int, display_range: Any) -> str:
    """Say how large the JPkl file will be, after encoding a few frames.

    Parameters
    ----------
    array : array-like
        The source; only the sampled frames are read.
    axes, jpeg_quality, display_range
        As in `jpkl.JPkl`. A range that is measured from the data is measured on the sample.
    """
    layout = resolve_axes(tuple(array.shape), axes, color=False)
    n_frames = prod(array.shape[axis] for axis in layout.order[layout.n_frame_axes :])
    original = prod(array.shape) * array.dtype.itemsize
    sizes = _sample_sizes(array, layout, jpeg_quality, display_range)
    if sizes.size == 0:
        return "no frames to encode"
    expected = n_frames * (sizes.mean() + _BYTES_PER_FRAME)
    # Two standard errors of the mean.
    margin = 2 * n_frames * sizes.std() / np.sqrt(sizes.size)
    return (
        f"forecast: {human_bytes(expected)} +- {human_bytes(margin)} at quality {jpeg_quality}, "
        f"{human_ratio(original, expected)} smaller, from {count(sizes.size, 'frame')} of {n_frames:,}"
    )


def _sample_sizes(array: Any, layout: AxesLayout, jpeg_quality: int, display_range: Any) -> NDArray[np.int64]:
    """Return the encoded sizes of frames spread evenly over the stack, all channels of each position."""
    frames = [_read(array, layout, position) for position in _positions(array, layout)]
    if not frames:
        return np.empty(0, np.int64)
    frame_axes = ("height", "width", "rgb")[: layout.n_frame_axes]
    sample = JPkl(
        np.stack(frames),
        axes=("sample", *frame_axes, "channel"),
        jpeg_quality=jpeg_quality,
        display_range=display_range,
    )
    return np.array([len(data) for data in sample.images.values()], np.int64)


def _positions(array: Any, layout: AxesLayout) -> list[dict[int, int]]:
    """Return where to sample: an index for the axis of every dim but the channel's, whose ranges differ."""
    dim_axes = layout.order[layout.n_frame_axes :]
    channel = channel_dim(layout.dim_names or ())
    axes = [axis for dim, axis in enumerate(dim_axes) if dim != channel]
    sizes = tuple(array.shape[axis] for axis in axes)
    n_channels = 1 if channel is None else array.shape[dim_axes[channel]]
    nbytes = prod(array.shape) * array.dtype.itemsize // max(1, prod(sizes))
    n = min(SAMPLE_FRAMES // max(1, n_channels), SAMPLE_NBYTES // max(1, nbytes))
    return [dict(zip(axes, index, strict=True)) for index in _spread(sizes, max(2, n))]


def _spread(sizes: tuple[int, ...], n: int) -> list[tuple[int, ...]]:
    """Return up to `n` indices into an array of these sizes, evenly spread in C order."""
    total = prod(sizes)
    # Middles of equal parts: neither the first nor the last frame is typical.
    numbers = sorted({int((i + 0.5) * total / n) for i in range(n)}) if total else []
    return [index_of(number, sizes) for number in numbers]


def _read(array: Any, layout: AxesLayout, at: dict[int, int]) -> NDArray[Any]:
    """Return one position, shape ``(*frame, n_channels)``."""
    key = tuple(
        slice(at[axis], at[axis] + 1) if axis in at else slice(None) for axis in range(len(array.shape))
    )
    frames = np.asarray(array[key]).transpose(layout.order)
    return frames.reshape(*frames.shape[: layout.n_frame_axes], -1)

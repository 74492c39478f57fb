"""Some frames of each channel of a source, as they are encoded: what a codec is fitted to."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._dims import FrameIndex, index_of
from jpkl._display_range import to_stored
from jpkl._source.blocks import Block, ImageArray

#: Pixels of a channel to sample, and the fewest and most frames that these may come from.
_PIXELS = 1 << 17
_LEAST_FRAMES, _MOST_FRAMES = 12, 48
#: Source bytes to read for all channels together; a frame of each channel is read in any case.
_NBYTES = 64 << 20


def sample_frames(
    source: ImageArray,
    limits: NDArray[np.float64],
    channel: int | None,
    exact_dtype: np.dtype[Any] | None = None,
) -> list[list[NDArray[Any]]]:
    """Read frames that are spread evenly over a stack, the same ones however many threads encode it.

    Parameters
    ----------
    source : ImageArray
        The stack.
    limits : ndarray of float64
        Display range of each frame: shape ``(*dim_sizes, 2)``.
    channel : int, optional
        The dim whose indices are channels.
    exact_dtype : dtype, optional
        `Codec.exact_dtype` of the codec that the sample is for.

    Returns
    -------
    list of list of ndarray
        The frames of each channel; of the only one, where there is no such dim.
    """
    sample = list[list[NDArray[Any]]]()
    for of_channel in sample_originals(source, channel):
        ranges = [limits[index].tolist() for index, _ in of_channel]
        pairs = zip(of_channel, ranges, strict=True)
        sample.append([to_stored(frame, low, high, exact_dtype) for (_, frame), (low, high) in pairs])
    return sample


def sample_originals(
    source: ImageArray, channel: int | None, pixels: int = _PIXELS, least: int = _LEAST_FRAMES
) -> list[list[tuple[FrameIndex, NDArray[Any]]]]:
    """Read the same frames as they are in the source, with their indices.

    Parameters
    ----------
    source, channel
        As of `sample_frames`.
    pixels : int
        As many frames of a channel are read as have these together, within limits.
    least : int
        Frames of a channel to read in any case; of a stack of no more, all.
    """
    sizes = tuple(1 if dim == channel else size for dim, size in enumerate(source.dim_sizes))
    n_channels = 1 if channel is None else source.dim_sizes[channel]
    sample: list[list[tuple[FrameIndex, NDArray[Any]]]] = [[] for _ in range(n_channels)]
    for position in _positions(source, sizes, n_channels, (pixels, least)):
        for c in range(n_channels):
            index = tuple(c if dim == channel else i for dim, i in enumerate(position))
            sample[c].append((index, _frame(source, index)))
    source.release()
    return sample


def _positions(
    source: ImageArray, sizes: tuple[int, ...], n_channels: int, wanted: tuple[int, int]
) -> list[FrameIndex]:
    """Return the middles of equal parts of the stack: neither the first nor the last frame is typical."""
    total = prod(sizes) if n_channels else 0
    pixels, least = wanted
    most = min(_MOST_FRAMES, max(least, pixels // max(1, prod(source.frame_shape[:2]))))
    n = max(1, min(most, total, _NBYTES // max(1, n_channels * source.read_nbytes)))
    return [index_of(int((i + 0.5) * total / n), sizes) for i in range(n if total else 0)]


def _frame(source: ImageArray, index: FrameIndex) -> NDArray[Any]:
    block = Block(tuple(slice(i, i + 1) for i in index), slice(0, source.frame_shape[0]))
    frame: NDArray[Any] = source.read(block)[(0,) * len(index)]
    return frame

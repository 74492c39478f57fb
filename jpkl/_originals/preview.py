"""The display range of an original that has not been read: estimated from some of its frames."""

from __future__ import annotations

from dataclasses import replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from jpkl._dims import channel_dim, index_of
from jpkl._encoding.measured_range import measure_display_range
from jpkl._encoding.options import EncodeOptions
from jpkl._source.axes import AxesLayout
from jpkl._source.blocks import Block, ImageArray

#: Bytes that are read to estimate the display range, of a local and of a remote original: some tenths of a
#: second.
_SAMPLE_NBYTES, _REMOTE_SAMPLE_NBYTES = 32 << 20, 2 << 20


def first_range(
    options: EncodeOptions, exact_nbytes: int | None = None, *, is_remote: bool = False
) -> tuple[NDArray[np.float64], bool]:
    """Return a display range to begin with, and whether it is the one that encoding all would give.

    Of a small original, or where the range needs no measuring, it is. Of others it is what the same rule
    makes of frames from all over the stack.

    Parameters
    ----------
    options : EncodeOptions
        What to encode.
    exact_nbytes : int, optional
        Bytes up to which an original is small: all of it is read.
    is_remote : bool
        Whether reading takes its time, so that less is read.

    Returns
    -------
    ndarray of float64
        As `jpkl._encoding.measured_range.measure_display_range` returns it.
    bool
        Whether it is exact.
    """
    source = options.source
    nbytes = _REMOTE_SAMPLE_NBYTES if is_remote else _SAMPLE_NBYTES
    if options.range_rule.values is not None or source.nbytes <= (exact_nbytes or nbytes):
        return measure_display_range(options), True
    channel = channel_dim(options.dim_names)
    n_channels = 1 if channel is None else source.dim_sizes[channel]
    # One by one: all channels of one place may be more than fits into memory.
    sampled = [measure_display_range(_sampled(options, channel, c, nbytes)) for c in range(n_channels)]
    shape = tuple(size if dim == channel else 1 for dim, size in enumerate(source.dim_sizes))
    return np.concatenate(sampled).reshape(*shape, 2), False


def _sampled(options: EncodeOptions, channel: int | None, c: int, nbytes: int) -> EncodeOptions:
    """Return the same options for a few frames of a channel, which are read now."""
    source = options.source
    sizes = tuple(1 if dim == channel else size for dim, size in enumerate(source.dim_sizes))
    n_channels = prod(source.dim_sizes) // prod(sizes)
    n = max(1, min(prod(sizes), nbytes // (source.frame_nbytes * n_channels)))
    numbers = [(2 * i + 1) * prod(sizes) // (2 * n) for i in range(n)]
    places = [index_of(number, sizes) for number in numbers]
    if channel is not None:
        places = [(*place[:channel], c, *place[channel + 1 :]) for place in places]
    read = [_read(source, place) for place in places]
    frames = np.ma.stack(read) if any(map(np.ma.isMaskedArray, read)) else np.stack(read)
    axes = tuple(range(1, frames.ndim))
    sample = ImageArray(frames, AxesLayout((*axes, 0), options.color, None))
    # Quiet: what is to be said of all frames is said when all are encoded.
    return replace(options, source=sample, dim_names=("sample",), progress=False, is_quiet=True)


def _read(source: ImageArray, place: tuple[int, ...]) -> NDArray[np.generic]:
    frames = source.read(Block(tuple(slice(i, i + 1) for i in place), slice(0, source.frame_shape[0])))
    return frames.reshape(source.frame_shape)

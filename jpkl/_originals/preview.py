"""The display range of an original that has not been read: estimated from some of its frames."""

from __future__ import annotations

import warnings
from dataclasses import replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from jpkl._axes import AxesLayout
from jpkl._blocks import Block, ImageArray
from jpkl._dims import channel_dim, index_of
from jpkl._encode import EncodeOptions, measure_display_range
from jpkl._errors import JPklWarning

#: Bytes of the original that are read to estimate its display range: some tenths of a second.
_SAMPLE_NBYTES = 32 << 20


def first_range(options: EncodeOptions, exact_nbytes: int | None = None) -> tuple[NDArray[np.float64], bool]:
    """Return a display range to begin with, and whether it is the one that encoding all would give.

    Of a small original, or where the range needs no measuring, it is. Of others it is what the same rule
    makes of frames from all over the stack.

    Parameters
    ----------
    options : EncodeOptions
        What to encode.
    exact_nbytes : int, optional
        Bytes up to which an original is small: all of it is read.

    Returns
    -------
    ndarray of float64
        As `jpkl._encode.measure_display_range` returns it.
    bool
        Whether it is exact.
    """
    source = options.source
    if options.range_rule.values is not None or source.nbytes <= (exact_nbytes or _SAMPLE_NBYTES):
        return measure_display_range(options), True
    with warnings.catch_warnings():  # whoever encodes all of it will say what is true of all
        warnings.simplefilter("ignore", JPklWarning)
        sampled = measure_display_range(_sampled(options))
    channel = channel_dim(options.dim_names)
    shape = tuple(size if dim == channel else 1 for dim, size in enumerate(source.dim_sizes))
    return sampled.reshape(*shape, 2), False


def _sampled(options: EncodeOptions) -> EncodeOptions:
    """Return the same options for a few frames of each channel, which are read now."""
    source, channel = options.source, channel_dim(options.dim_names)
    others = tuple(size for dim, size in enumerate(source.dim_sizes) if dim != channel)
    n_channels = 1 if channel is None else source.dim_sizes[channel]
    n = max(1, min(prod(others), _SAMPLE_NBYTES // (source.frame_nbytes * n_channels)))
    numbers = [(2 * i + 1) * prod(others) // (2 * n) for i in range(n)]
    read = [_read(source, channel, index_of(number, others)) for number in numbers]
    frames = np.ma.stack(read) if any(map(np.ma.isMaskedArray, read)) else np.stack(read)
    n_dims = frames.ndim - len(source.frame_shape)
    axes = tuple(range(frames.ndim))
    layout = AxesLayout((*axes[n_dims:], *axes[:n_dims]), options.color, None)
    names = ("sample",) if channel is None else ("sample", "channel")
    return replace(options, source=ImageArray(frames, layout), dim_names=names, progress=False)


def _read(source: ImageArray, channel: int | None, others: tuple[int, ...]) -> NDArray[np.generic]:
    """Read all channels of one place: shape (channel, height, width[, 3]), without a channel dim less."""
    chosen = [slice(i, i + 1) for i in others]
    if channel is not None:
        chosen.insert(channel, slice(0, source.dim_sizes[channel]))
    pixels = source.read(Block(tuple(chosen), slice(0, source.frame_shape[0])))
    n_channels = () if channel is None else (source.dim_sizes[channel],)
    return pixels.reshape(*n_channels, *source.frame_shape)

"""The contrast limits of a stack in values of its pixels, as other programs have them."""

from __future__ import annotations

from math import prod

import numpy as np
from numpy.typing import NDArray

from jpkl._array import JPkl
from jpkl._dims import channel_dim
from jpkl._display_range import dtype_limits
from jpkl._metadata import StackMetadata, rounded


def pixel_limits(jp: JPkl, known: StackMetadata) -> list[tuple[float, float]]:
    """Return the contrast limits in values of the pixels; none where their display range varies."""
    limits, ranges, channel = known.channel_limits, jp.display_range, channel_dim(jp.dim_names)
    if jp.is_exact and limits:
        return list(limits)
    if ranges is None or jp.color or not (limits or jp.is_exact):
        return []
    if jp.is_exact:
        found = _ranges_of_channels(ranges, channel)
        n_channels = 1 if channel is None else jp.dim_sizes[channel]
        return found * n_channels if len(found) == 1 else found  # one range may be for all
    of_channels = np.moveaxis(ranges, channel, 0) if channel is not None else ranges[None]
    of_channels = np.broadcast_to(of_channels.reshape(of_channels.shape[0], -1, 2)[:, 0], (len(limits), 2))
    varies = any(size > 1 for dim, size in enumerate(ranges.shape[:-1]) if dim != channel)
    if varies or not (of_channels[:, 0] < of_channels[:, 1]).all():
        return []
    return [
        (rounded(255 * (low - black) / (white - black)), rounded(255 * (high - black) / (white - black)))
        for (low, high), (black, white) in zip(limits, of_channels.tolist(), strict=True)
    ]


def full_limits(jp: JPkl) -> tuple[float, float]:
    """Return the lowest and highest value that pixels may have."""
    return dtype_limits(jp.dtype)


def _ranges_of_channels(ranges: NDArray[np.float64], channel: int | None) -> list[tuple[float, float]]:
    """Return the display range of each channel; none where it varies along other dims, or shows nothing."""
    of_channels = np.moveaxis(ranges, channel, 0) if channel is not None else ranges[None]
    if prod(of_channels.shape[1:-1]) != 1 or not (ranges[..., 0] < ranges[..., 1]).all():
        return []
    return [(low, high) for low, high in of_channels.reshape(-1, 2).tolist()]

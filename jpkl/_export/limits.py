"""The contrast limits of a stack in values of its pixels, as other programs have them."""

from __future__ import annotations

import numpy as np

from jpkl._array import JPkl
from jpkl._dims import channel_dim
from jpkl._metadata import StackMetadata, rounded


def pixel_limits(jp: JPkl, known: StackMetadata) -> list[tuple[float, float]]:
    """Return the contrast limits in values of the 8-bit pixels; none where their display range varies."""
    limits, ranges, channel = known.channel_limits, jp.display_range, channel_dim(jp.dim_names)
    if not limits or ranges is None or jp.color:
        return []
    of_channels = np.moveaxis(ranges, channel, 0) if channel is not None else ranges[None]
    of_channels = np.broadcast_to(of_channels.reshape(of_channels.shape[0], -1, 2)[:, 0], (len(limits), 2))
    varies = any(size > 1 for dim, size in enumerate(ranges.shape[:-1]) if dim != channel)
    if varies or not (of_channels[:, 0] < of_channels[:, 1]).all():
        return []
    return [
        (rounded(255 * (low - black) / (white - black)), rounded(255 * (high - black) / (white - black)))
        for (low, high), (black, white) in zip(limits, of_channels.tolist(), strict=True)
    ]

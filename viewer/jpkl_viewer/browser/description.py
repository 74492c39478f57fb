"""What the browser is given of a stack before any frame: plain data, whatever carries it."""

from __future__ import annotations

import base64
from typing import Any

from jpkl_viewer.model.colormaps import COLORMAPS
from jpkl_viewer.model.stack import StackDescription


def describe_for_browser(stack: StackDescription, title: str) -> dict[str, Any]:
    """Describe a stack as plain data."""
    return {
        "title": title,
        "height": stack.height,
        "width": stack.width,
        "color": stack.color,
        "dims": [dim.plain() for dim in stack.dims],
        "channelDim": stack.channel_dim,
        "channels": [{"name": channel.name, "color": channel.color} for channel in stack.channels],
        "pixelSize": stack.pixel_size and list(stack.pixel_size),
        "pixelUnit": stack.pixel_unit,
        "aspect": stack.pixel_aspect,
        "quality": stack.jpeg_quality,
        "fidelity": stack.fidelity,
        **({} if stack.fidelity_profiles is None else {"profiles": stack.fidelity_profiles}),
        "encoding": stack.encoding,
        "ranges": _ranges(stack),
        "isInteger": stack.is_integer,
        "isLossy": stack.is_lossy,
        "isExact": stack.is_exact,
        "sendsStored": stack.sends_stored,
        "isOriginal": stack.is_original,
        "isLive": stack.is_live,
        "isRangeExact": stack.is_range_exact,
        "reduction": list(stack.reduction),
        **({"labels": [each.plain() for each in stack.labels]} if stack.labels else {}),
    }


def _ranges(stack: StackDescription) -> dict[str, Any] | None:
    ranges = stack.display_range
    if ranges is None:
        return None
    # Dims along which the range is the same throughout were broadcast: one of their indices says all.
    once = [slice(0, 1) if stride == 0 else slice(None) for stride in ranges.strides[:-1]]
    ranges = ranges[tuple(once)]
    return {"shape": list(ranges.shape[:-1]), "values": ranges.ravel().tolist()}


def encode_colormaps() -> dict[str, str]:
    """256 colors of each colormap, base64."""
    return {name: base64.b64encode(colors.tobytes()).decode("ascii") for name, colors in COLORMAPS.items()}

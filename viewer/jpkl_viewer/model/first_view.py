"""What is seen of a stack before anybody has chosen anything: a good first picture; pure.

The middle of z, the first index of all other dims, channels together in their colors, and contrast limits
from a sample of the stack. What the file keeps of how it was displayed before goes ahead of that: the
settings of ImageJ, for one. A viewer, a thumbnail and a report start with the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jpkl.toolkit import StackMetadata
from jpkl_viewer.limits import PIXEL_VALUES
from jpkl_viewer.model.channel_colors import GRAY, MOST_TOGETHER, color_of, is_label, is_transmitted
from jpkl_viewer.model.colormaps import COLORMAPS, color_ramp
from jpkl_viewer.model.contrast import Limits, auto_limits, rise
from jpkl_viewer.model.resolve import is_composable
from jpkl_viewer.model.setting_types import ChannelSettings, ViewSettings
from jpkl_viewer.model.stack import StackDescription, own_colors

#: Names, in lower case, of a dim along which a specimen is cut: its first and last picture tend to be empty.
_DEPTH_NAMES = frozenset({"z", "depth", "slice", "slices", "plane", "planes", "section", "sections"})

#: Names of axes that a TIFF says nothing of: many are z, and of others the middle is as good as the start.
_UNKNOWN_NAME = re.compile("[qi][0-9]*")

#: The brightest part of the first picture is at least so bright, where other pictures are much brighter.
_LEAST_BRIGHTNESS = 1 / 4

#: A channel whose signal the file's own limits show darker than this would look black.
_BLACK = 1 / 32

#: It is no transmitted light if values reach farther above the background than this, and it is noise if means
#: of neighbors keep less structure than that.
_MOST_RISE = 2.5
_LEAST_STRUCTURE = 0.5

#: Settings that are of one channel: where one is given, channels are not shown together by themselves.
_OF_ONE_CHANNEL = ("position", "colormap", "invert")


@dataclass(frozen=True)
class ChannelSample:
    """Pixels of a channel, as a sample.

    Attributes
    ----------
    counts : ndarray of int, shape (256,)
        How often each pixel value occurs in frames from all over the stack.
    first : ndarray of int, shape (256,)
        The same of the first picture alone; all 0 where it is damaged.
    structure : float
        How much of the variation in the first picture is left in means of 4 x 4 pixels: 1/4 of noise, nearly
        all of a specimen.
    """

    counts: NDArray[np.int64]
    first: NDArray[np.int64]
    structure: float = 0.0


def first_position(stack: StackDescription) -> tuple[int, ...]:
    """Return the frame index of the first picture: the middle of z, the first index of other known dims."""
    return tuple(dim.size // 2 if _may_be_depth(dim.name.lower()) else 0 for dim in stack.dims)


def _may_be_depth(name: str) -> bool:
    return name in _DEPTH_NAMES or _UNKNOWN_NAME.fullmatch(name) is not None


def first_view(
    stack: StackDescription, metadata: StackMetadata, samples: Mapping[int, ChannelSample]
) -> ViewSettings:
    """Choose what is seen of a stack first.

    Parameters
    ----------
    stack : StackDescription
        The stack.
    metadata : StackMetadata
        How it was displayed before, where the file says so.
    samples : mapping from int to ChannelSample
        Pixels of the channels, by number; those without have their full range.
    """
    position = list(first_position(stack))
    if stack.color:
        return {"position": position}
    is_together = is_composable(stack) and metadata.display_mode != "single"
    visible = _visible(stack, metadata, samples)
    channels: list[ChannelSettings] = []
    for number, channel in enumerate(stack.channels):
        is_colored = bool(own_colors(metadata)) or not _looks_transmitted(number, stack, samples)
        channels.append(
            {
                "limits": _limits(number, position, stack, metadata, samples.get(number)),
                "color": channel.color if is_colored else GRAY,
                "visible": visible[number],
            }
        )
    if stack.channel_dim is not None and any(visible):
        position[stack.channel_dim] = visible.index(True)
    colormap = "gray" if len(channels) > 1 else _colormap(stack.channels[0].color)
    return {"position": position, "composite": is_together, "colormap": colormap, "channels": channels}


def _limits(
    number: int,
    position: Sequence[int],
    stack: StackDescription,
    metadata: StackMetadata,
    sample: ChannelSample | None,
) -> Limits:
    automatic = PIXEL_VALUES if sample is None else _sampled_limits(sample)
    if not metadata.channel_limits:
        return automatic
    at = tuple(number if d == stack.channel_dim else index for d, index in enumerate(position))
    own = _in_pixel_values(metadata.channel_limits[number], stack.range_at(at) or PIXEL_VALUES)
    if own is None or (sample is not None and _is_black(own, sample)):
        return automatic
    return own


def _sampled_limits(sample: ChannelSample) -> Limits:
    """Find limits that suit the whole stack, and leave something to be seen of the first picture."""
    low, high = auto_limits(sample.counts)
    if np.count_nonzero(sample.first) > 1:
        brightest = auto_limits(sample.first)[1]
        high = min(high, low + max(1.0, (brightest - low) / _LEAST_BRIGHTNESS))
    return low, high


def _in_pixel_values(limits: Limits, display_range: Limits) -> Limits | None:
    """Convert limits in the units of the file; None where nothing lies between them."""
    black, white = display_range
    low, high = (
        min(255.0, max(0.0, 255 * (value - black) / (white - black))) if white > black else 0.0
        for value in limits
    )
    return (low, high) if low < high else None


def _is_black(limits: Limits, sample: ChannelSample) -> bool:
    """Return whether all but a few pixels of the first picture would be as good as black."""
    low, high = limits
    brightest = auto_limits(sample.first if sample.first.any() else sample.counts)[1]
    return (brightest - low) / (high - low) < _BLACK


def _visible(
    stack: StackDescription, metadata: StackMetadata, samples: Mapping[int, ChannelSample]
) -> list[bool]:
    """Find which channels are on: those of fluorescence, unless there are none or the file says otherwise."""
    n = len(stack.channels)
    if any(metadata.channel_visible):
        return list(metadata.channel_visible)
    chosen = [
        not is_label(channel.name)
        and not is_transmitted(channel.name)
        and not _looks_transmitted(number, stack, samples)
        for number, channel in enumerate(stack.channels)
    ]
    if not any(chosen):
        chosen = [not is_label(channel.name) for channel in stack.channels]
    if not any(chosen):
        chosen = [True] * n
    return [is_on and sum(chosen[:number]) < MOST_TOGETHER for number, is_on in enumerate(chosen)]


def _looks_transmitted(number: int, stack: StackDescription, samples: Mapping[int, ChannelSample]) -> bool:
    """Return whether a channel looks like transmitted light beside fluorescence, whatever it is called.

    Its values reach about as far below the background as above it; so do those of noise, without structure.
    """
    sample = samples.get(number)
    if sample is None or color_of(stack.channels[number].name) is not None:
        return False
    has_fluorescence = any(rise(other.counts) > 2 * _MOST_RISE for other in samples.values())
    return has_fluorescence and sample.structure >= _LEAST_STRUCTURE and 0 < rise(sample.counts) <= _MOST_RISE


def _colormap(color: str) -> str:
    """Return the colormap from black to a color, where there is one."""
    ramp = color_ramp(color)
    return next((name for name, colors in COLORMAPS.items() if np.array_equal(colors, ramp)), "gray")


def is_of_one_channel(given: Mapping[str, object]) -> bool:
    """Return whether settings are of one channel: it is then shown alone, unless they say otherwise."""
    return any(name in given for name in _OF_ONE_CHANNEL) and "composite" not in given

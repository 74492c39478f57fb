"""A small sample of a stack, for its first view: taken in some 50 ms, however large the stack is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import prod
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jpkl.toolkit import StackMetadata, index_of, sufficient_scale
from jpkl_viewer.limits import WHOLE_FRAME_PIXELS
from jpkl_viewer.model.first_view import ChannelSample, first_position, first_view
from jpkl_viewer.model.setting_types import ViewSettings
from jpkl_viewer.model.stack import StackDescription

if TYPE_CHECKING:
    from jpkl import JPkl

#: Pixels that are decoded of all channels together, where one frame of each has less.
_PIXELS = 8 * 2**20

#: Most frames of a channel: of tiny ones, each costs more than its pixels.
_MOST_FRAMES = 12

#: Beyond so many pixels in all, further channels get no sample. A frame of 10k x 10k has 100 million.
_MOST_PIXELS = 2**28

#: Frames are decoded at about the size at which a screen shows them.
_SIDE = 1024

#: Width of the blocks whose means tell a specimen from noise.
_BLOCK = 4

#: Decodes a frame at 1 over a scale of its size.
Read: TypeAlias = Callable[[tuple[int, ...], int], NDArray[np.uint8]]


def first_settings(jp: JPkl, stack: StackDescription, read: Read | None = None) -> ViewSettings:
    """Return what is seen of a stack first, see `first_view`; damaged frames are left out of the sample.

    Parameters
    ----------
    jp : JPkl
        The stack.
    stack : StackDescription
        What is known of it.
    read : callable, optional
        Decodes large frames, and keeps them for when they are shown.
    """
    samples = {} if stack.color else dict(_samples(jp, stack, read or _reader(jp)))
    return first_view(stack, StackMetadata.of(jp), samples)


def _reader(jp: JPkl) -> Read:
    return lambda index, scale: np.asarray(jp.decode((..., *index), scale=scale))


def _samples(jp: JPkl, stack: StackDescription, read_large: Read) -> Iterator[tuple[int, ChannelSample]]:
    frame_pixels = stack.height * stack.width
    read = read_large if frame_pixels > WHOLE_FRAME_PIXELS else _reader(jp)
    scale = sufficient_scale(max(stack.height, stack.width) / _SIDE)
    n_channels = len(stack.channels)
    n_frames = 1 if _is_remote(jp) else max(1, min(_MOST_FRAMES, _PIXELS // (frame_pixels * n_channels)))
    for channel in range(min(n_channels, max(1, _MOST_PIXELS // frame_pixels))):
        first, *others = _indices(stack, channel, n_frames)
        frame = _read(read, first, scale)
        counts = np.zeros(256, np.int64) if frame is None else _count(frame)
        total = counts + sum(_count(each) for each in _read_all(read, others, scale))
        yield channel, ChannelSample(total, counts, 0.0 if frame is None else _structure(frame))


def _is_remote(jp: JPkl) -> bool:
    """Return whether each frame takes the way to a server and back."""
    return "://" in (jp.path or "")


def _indices(stack: StackDescription, channel: int, n: int) -> list[tuple[int, ...]]:
    """Return frames of a channel: the first picture, then others from all over the stack."""
    total = prod(stack.dim_sizes)
    spread = (index_of((2 * i + 1) * total // (2 * n), stack.dim_sizes) for i in range(n))
    indices = (
        tuple(channel if d == stack.channel_dim else i for d, i in enumerate(index))
        for index in (first_position(stack), *spread)
    )
    return list(dict.fromkeys(indices))[:n]


def _read_all(read: Read, indices: Sequence[tuple[int, ...]], scale: int) -> Iterator[NDArray[np.uint8]]:
    for index in indices:
        frame = _read(read, index, scale)
        if frame is not None:
            yield frame


def _read(read: Read, index: tuple[int, ...], scale: int) -> NDArray[np.uint8] | None:
    try:
        return read(index, scale)
    # Also what the decoder of a subclass raises: the frame says what is wrong when it is shown.
    except Exception:
        return None


def _count(frame: NDArray[np.uint8]) -> NDArray[np.int64]:
    return np.array(Image.fromarray(frame).histogram(), np.int64)


def _structure(frame: NDArray[np.uint8]) -> float:
    width = float(frame.std())
    if min(frame.shape) < _BLOCK or not width:
        return 0.0
    return float(np.asarray(Image.fromarray(frame).reduce(_BLOCK)).std()) / width

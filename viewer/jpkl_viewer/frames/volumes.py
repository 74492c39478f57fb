"""Decoded frames along a dim, kept as one: what reslices and montages are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jpkl_viewer.frames.products import ProductKey
from jpkl_viewer.frames.reading import read_blocks
from jpkl_viewer.frames.task import UNWATCHED, Task
from jpkl_viewer.model.runs import FrameRun

if TYPE_CHECKING:
    from jpkl import JPkl
    from jpkl_viewer.frames.frames import Frames


@dataclass(frozen=True)
class VolumeKey(ProductKey):
    """What a volume is kept under."""

    scale: int
    run: FrameRun


def decode_volume(jp: JPkl, run: FrameRun, *, scale: int = 1, task: Task = UNWATCHED) -> NDArray[np.uint8]:
    """Decode all frames of a run at ``1 / scale`` of the size, shape (n, height, width[, 3])."""
    pixels = np.empty(run.shape(jp.frame_shape, scale), np.uint8)
    for part, frames in read_blocks(jp, run, task, scale=scale):
        pixels[part] = frames
    return pixels


def kept_volume(
    frames: Frames, run: FrameRun, *, scale: int = 1, task: Task = UNWATCHED
) -> NDArray[np.uint8]:
    """Return the same, decoded if it is not kept; read-only."""
    return frames.products.get(
        VolumeKey(scale, run), lambda: decode_volume(frames.jp, run, scale=scale, task=task)
    )

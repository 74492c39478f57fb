"""Stacks to measure on: real pixels, enlarged to the size that is asked for."""

from __future__ import annotations

import os
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jpkl._display_range import finite_minmax, to_uint8
from jpkl.readers import open_image

#: Axes of files that do not say them.
AXES = {
    "cells3d_nuclei_zyx": "ZYX",
    "cryoet_tomo_zyx_f32": "ZYX",
    "cell_tzcyx": "TZCYX",
    "cardiac_mps_yxt_u16": "YXT",
    "mitosis": "TCYX",
}

_SHARED = Path(os.environ.get("JPKL_SHARED_DATA", Path(__file__).parents[2] / "shared" / "data")) / "images"


def source_name() -> str:
    """Name the file that the pixels come from."""
    return _source_path().name


def _source_path() -> Path:
    shared = _SHARED / "cells3d_nuclei_zyx.tif"
    return shared if shared.exists() else Path(str(files("jpkl_viewer") / "data" / "mitosis.npz"))


@lru_cache
def _real_frames() -> NDArray[np.uint8]:
    with open_image(_source_path()) as source:
        images = np.asarray(source.array)
    frames = images.reshape(-1, *images.shape[-2:])
    return np.stack([to_uint8(frame, *finite_minmax(frame)) for frame in frames])


def gray_frames(side: int, n: int) -> NDArray[np.uint8]:
    """Frames of ``side x side`` pixels, frames first: real ones in turn, enlarged."""
    real = _real_frames()
    enlarged = [
        np.asarray(Image.fromarray(frame).resize((side, side), Image.Resampling.BICUBIC))
        for frame in real[: min(n, len(real))]
    ]
    return np.stack([enlarged[i % len(enlarged)] for i in range(n)])


def shared_images() -> list[Path]:
    """Real stacks: those of the folder of shared data, or the one that ships with the viewer."""
    suffixes = (".tif", ".tiff", ".npy")
    found = sorted(path for path in _SHARED.glob("*") if path.suffix in suffixes)
    return found or [_source_path()]

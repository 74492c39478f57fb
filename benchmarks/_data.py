"""Stacks to measure on: real pixels, enlarged to the size that is asked for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jpkl import JPkl
from jpkl._display_range import finite_minmax, to_uint8
from jpkl._source.axes import resolve_axes
from jpkl._source.blocks import ImageArray
from jpkl.readers import open_image

#: Axes of files that do not say them.
_AXES = {
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


@dataclass(frozen=True)
class Channel:
    """Some frames of a channel of a real stack: as they are, and mapped to 8 bits as the default does."""

    name: str
    values: NDArray[Any]
    shown: NDArray[np.uint8]
    limits: NDArray[np.float64]

    @property
    def axes(self) -> str:
        return "TYX" if self.values.ndim == 3 else "TYXS"


def channels(most_of: Callable[[str], int]) -> Iterator[Channel]:
    """Yield each channel of each of the `shared_images`, with so many frames at most as its name asks for."""
    for path in shared_images():
        stem = path.name.split(".")[0]
        with open_image(path) as source:
            array, axes = np.asarray(source.array), _AXES.get(stem, source.axes)
        yield from _channels_of(stem, array, axes, most_of(stem))


def _channels_of(stem: str, array: NDArray[Any], axes: Any, most: int) -> Iterator[Channel]:
    source = ImageArray(array, resolve_axes(array.shape, axes, False))
    images = source.read(next(iter(source.blocks(array.nbytes))))
    limits = JPkl(array, axes=axes, jpeg_tables="standard").display_range
    assert limits is not None
    limits = np.broadcast_to(limits, (*source.dim_sizes, 2))
    letters = [letter for letter in str(axes) if letter not in "YXS"]
    channel = letters.index("C") if "C" in letters else None
    for c in range(1 if channel is None else source.dim_sizes[channel]):
        indices = [i for i in np.ndindex(source.dim_sizes) if channel is None or i[channel] == c]
        indices = indices[:: -(-len(indices) // most)]
        values = np.stack([images[i] for i in indices])
        shown = np.stack([to_uint8(images[i], *limits[i].tolist()) for i in indices])
        name = stem if channel is None else f"{stem}, channel {c}"
        yield Channel(name, values, shown, limits[indices[0]])

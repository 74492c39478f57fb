"""Stacks for the tests of what the viewer computes: the shipped one, and real ones where they are."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from jpkl import JPkl
from jpkl.readers import open_image
from tests.conftest import shared_data

pytest.importorskip("holoviews")

from jpkl_viewer import demo_stack_options, demo_stack_path
from jpkl_viewer.frames.frames import Frames
from jpkl_viewer.frames.viewed_stack import ViewedStack
from jpkl_viewer.limits import PIXEL_VALUES
from jpkl_viewer.model.setting_types import ChannelSettings, ViewSettings
from jpkl_viewer.model.stack import describe
from jpkl_viewer.tools.projection.projection import project
from jpkl_viewer.tools.regions.roi import Roi, find_pixels

#: Files of real data and what the file does not say; gray and RGB, one to three dims.
REAL = {
    "yeast_mito_tzyx.ome.tif": {},
    "cell_tzcyx.tif": {"axes": "TZCYX"},
    "us_cine_tyxs.tif": {"axes": "TYXS", "color": True},
    "cardiac_mps_yxt_u16.npy": {"dim_names": ["time"]},
}

NAMES = ["shipped", *REAL]


@lru_cache
def stack(name: str) -> JPkl:
    """A stack by name, encoded; skips the test where its file is absent."""
    if name == "shipped":
        return _encode(demo_stack_path(), demo_stack_options())
    return _encode(shared_data("images") / name, REAL[name])


def _encode(path: Any, options: dict[str, Any]) -> JPkl:
    with open_image(path) as source:
        arguments = {"axes": source.axes, "metadata": source.metadata, **options}
        if "dim_names" in options:
            arguments.pop("axes")
        return JPkl(np.asarray(source.array), **arguments)


def frames(jp: JPkl) -> np.ndarray[Any, Any]:
    """Every decoded pixel, dims first: shape (*dims, height, width[, 3])."""
    decoded = np.asarray(jp)
    n = len(jp.frame_shape)
    return np.moveaxis(decoded, range(n), range(-n, 0))


def ramp(sizes: tuple[int, ...], height: int = 24, width: int = 40, **arguments: Any) -> JPkl:
    """A small stack whose frames all differ."""
    values = np.random.default_rng(7).integers(0, 256, (height, width, *sizes), np.uint8)
    names = ["time", "z", "channel"][: len(sizes)]
    return JPkl(values, **{"dim_names": names, **arguments})


def frames_of(jp: JPkl, cache_nbytes: int = 10**9) -> Frames:
    """The frames of a stack as the viewer makes them."""
    return Frames(jp, project, cache_nbytes)


def viewed(jp: JPkl) -> ViewedStack:
    """A stack as a viewer hands it to the tools."""
    return ViewedStack(describe(jp), frames_of(jp), "cells.jpkl")


def as_stored(jp: JPkl) -> ViewSettings:
    """Settings that show the first frame as it is stored, with no contrast of its own."""
    description = describe(jp)
    limits: ChannelSettings = {"limits": PIXEL_VALUES}
    return {
        "position": (0,) * len(description.dims),
        "composite": False,
        "channels": [limits] * len(description.channels),
    }


def mask_of(roi: Roi, height: int, width: int) -> np.ndarray[Any, Any]:
    """The pixels of a region as a mask of the whole frame."""
    found = find_pixels(roi, height, width)
    mask = np.zeros((height, width), dtype=np.bool_)
    mask[found.rows, found.columns] = found.mask
    return mask

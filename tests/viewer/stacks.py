"""Stacks for the tests of what the viewer computes: the shipped one, and real ones where they are."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pytest

from jpkl import JPkl
from jpkl.readers import open_source
from tests.conftest import shared_data

pytest.importorskip("holoviews")

from jpkl_viewer import demo_stack_options, demo_stack_path

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
    with open_source(path) as source:
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

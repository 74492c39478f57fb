"""Colormaps have the colors of those of their names elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from jpkl_viewer.model.colormaps import COLORMAPS, to_hex

palettes = pytest.importorskip("bokeh.palettes")


@pytest.mark.parametrize("name", ["viridis", "magma", "inferno", "plasma", "cividis", "turbo"])
def test_the_colors_are_those_of_bokeh(name: str) -> None:
    assert to_hex(COLORMAPS[name]) == [color.lower() for color in getattr(palettes, f"{name.title()}256")]
    assert COLORMAPS[name].dtype == np.uint8

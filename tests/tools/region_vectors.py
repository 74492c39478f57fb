"""Golden vectors of regions of interest: see `tests.tools.vectors`."""

from __future__ import annotations

from typing import Any

import numpy as np
from jpkl_viewer.model.stack import describe
from jpkl_viewer.tools.regions.formulas import as_cell, as_comment
from jpkl_viewer.tools.regions.geometry import area, line_angle, line_length, line_text
from jpkl_viewer.tools.regions.roi import Line
from jpkl_viewer.tools.regions.scaling import CurveScale

from jpkl import JPkl

#: Pixel sizes (height, width) and units; the first is unknown.
PIXELS: list[tuple[tuple[float, float] | None, str]] = [
    (None, ""),
    ((0.0887, 0.0887), "µm"),
    ((100.0, 25.0), "µm"),
    ((0.5, 0.25), ""),
]

LINES = [
    (0, 0, 3, 4),
    (0, 0, 3, -4),
    (9, 5, 2, 5),
    (7, 2, 7, 90),
    (1.5, 2.5, 1.5, 2.5),
    (60, 40, 90.1, 150.3),
]

#: Curves; None is unknown.
CURVES: list[list[float | None]] = [
    [3.0, 1.0, 4.0, 1.0, 5.0, 9.0, 2.0, 6.0, 5.0, 3.0, 5.0],
    [100.0, None, 105.5, 230.25, None, 101.0],
    [None, None, 7.0],
    [None, None],
    [8.0],
    [4.0, 4.0, 4.0],
    [0.0, 0.0, 12.0],
    [-5.0, -3.0, 2.0],
]

SCALES: list[dict[str, Any]] = [
    {},
    {"scale": "dff"},
    {"scale": "dff", "baseline": 2},
    {"scale": "dff", "baseline": 1000},
    {"scale": "unit"},
    {"scale": "log", "baseline": "x"},
]


#: Names, of which some would be run by a spreadsheet.
TEXTS = [
    *("", "GFP", "a=1", "a-b", "1-2", "x@y", "-", "=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "＝1+1"),
    *(" =1", "\t=1", "\r=1", "\n@x", "\xa0=1", "\x00=1", "\ufeff+1", "'=1", "a,=1", "a;=1", "a;b", "a, b"),
    *("a\n=1", "a\r\n  -x", "a\t+x", "a,,=1", "a;;-1+x", "a;-1", "a, -1.5e-3", "(3, -4)", "[-1, -2]"),
    *("a;-1 +x", "a;+1)", "a;-1\n", "a;-１", "a;＋x", "x;@y;=z", 'a","=1', "a|=1", "µ;−1"),
]


def make_regions() -> dict[str, Any]:
    """Lengths, angles and areas of regions, what curves are shown as, and names in tables."""
    return {
        "texts": [{"text": text, "cell": as_cell(text), "comment": as_comment(text)} for text in TEXTS],
        "lines": [line_case(line, size, unit) for size, unit in PIXELS for line in LINES],
        "curves": [
            {
                "settings": settings,
                "values": values,
                "shown": [
                    None if np.isnan(value) else float(f"{value:.12g}")
                    for value in CurveScale.of(settings).apply(np.array(values, dtype=np.float64))
                ],
            }
            for settings in SCALES
            for values in CURVES
        ],
    }


def line_case(points: tuple[float, ...], size: tuple[float, float] | None, unit: str) -> dict[str, Any]:
    """A line in a stack of a pixel size; and the area of 371 pixels of it."""
    metadata = {} if size is None else {"pixel_size": size, "pixel_unit": unit}
    description, line = describe(JPkl(np.zeros((8, 8)), metadata=metadata, fidelity=None)), Line(*points)
    return {
        "pixelSize": size,
        "pixelUnit": unit,
        "points": [points[:2], points[2:]],
        "length": float(f"{line_length(line, description):.12g}"),
        "angle": float(f"{line_angle(line, description):.12g}"),
        "text": line_text(line, description),
        "area": area(371, description),
    }

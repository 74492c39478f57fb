"""Numbers and names that Python and the browser share, written once in ``limits.json``.

The browser's side reads the same file in ``browser/limits.js``.
"""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

_SHARED: dict[str, Any] = json.loads(files(__package__).joinpath("limits.json").read_text("utf-8"))

#: Least and greatest pixel value.
PIXEL_VALUES: tuple[float, float] = (float(_SHARED["pixelValues"][0]), float(_SHARED["pixelValues"][1]))

#: Least and greatest exponent between the contrast limits.
GAMMA: tuple[float, float] = (float(_SHARED["gamma"][0]), float(_SHARED["gamma"][1]))

#: Percentiles of automatic contrast limits.
AUTO_PERCENTILES: tuple[float, float] = (_SHARED["autoPercentiles"][0], _SHARED["autoPercentiles"][1])

#: Fewest and most frames per second.
FPS: tuple[float, float] = (float(_SHARED["fps"][0]), float(_SHARED["fps"][1]))

#: What happens at the end of a dim that is played.
PLAY_MODES: tuple[str, ...] = tuple(_SHARED["playModes"])

#: Methods of projections, and what people call them.
PROJECTION_METHODS: dict[str, str] = dict(_SHARED["projectionMethods"])

#: Larger frames are not sent to a browser whole, but the part on the screen, at the screen's resolution.
WHOLE_FRAME_PIXELS: int = _SHARED["wholeFramePixels"]

#: Most regions of interest that are measured at once.
MAX_ROIS: int = _SHARED["rois"]["count"]

#: Most points of one of them.
MAX_ROI_POINTS: int = _SHARED["rois"]["points"]

#: Coordinates of their points reach this far: far outside of any frame, and still exact in the arithmetic.
MAX_ROI_COORDINATE: float = float(_SHARED["rois"]["coordinate"])

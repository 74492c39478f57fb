"""Numbers and names that Python and the browser share, written once in ``limits.json``.

The browser's side reads the same file in ``browser/base/limits.js``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

_SHARED: dict[str, Any] = json.loads(files(__package__).joinpath("limits.json").read_text("utf-8"))

#: Least and greatest pixel value.
PIXEL_VALUES: tuple[float, float] = (float(_SHARED["pixelValues"][0]), float(_SHARED["pixelValues"][1]))

#: Least and greatest exponent between the contrast limits.
GAMMA: tuple[float, float] = (float(_SHARED["gamma"][0]), float(_SHARED["gamma"][1]))


@dataclass(frozen=True)
class AutoLimits:
    """The numbers of automatic contrast limits, see `model.contrast`.

    Attributes
    ----------
    percentiles : sequence of float
        Of the pixels: that of the lower limit at least, that of the upper one, and that of the brightest
        pixels that are no single hot ones.
    smooth : int
        Over so many neighbors on each side a histogram is smoothed.
    peak : float
        Height of a peak, as a part of the highest, that can be the background.
    valley : float
        Height, as a part of the peak, below which it ends.
    rise : sequence of float
        How many times as far values reach above the background as below where that begins to count as dark,
        and where it is.
    far : float
        How many times the range between the limits values reach where the upper limit follows them.
    """

    percentiles: Sequence[float]
    smooth: int
    peak: float
    valley: float
    rise: Sequence[float]
    far: float


#: How automatic contrast limits are found.
AUTO_LIMITS = AutoLimits(**_SHARED["autoLimits"])

#: Meters in each unit of length, also as people spell it.
METERS: dict[str, float] = _SHARED["meters"]

#: Fewest and most frames per second.
FPS: tuple[float, float] = (float(_SHARED["fps"][0]), float(_SHARED["fps"][1]))

#: What happens at the end of a dim that is played.
PLAY_MODES: tuple[str, ...] = tuple(_SHARED["playModes"])

#: Methods of projections, and what people call them.
PROJECTION_METHODS: dict[str, str] = dict(_SHARED["projectionMethods"])

#: Larger frames are not sent to a browser whole, but the part on the screen, at the screen's resolution.
WHOLE_FRAME_PIXELS: int = _SHARED["wholeFramePixels"]

#: A scale bar takes at most so many pixels of the screen, and so many of them fit into a picture's width.
LONGEST_BAR: int = _SHARED["scaleBar"]["longest"]
BARS_IN_WIDTH: int = _SHARED["scaleBar"]["widths"]

#: A length that somebody wants is used if it has between these shares of the width of a picture.
BAR_SHARES: dict[str, tuple[float, float]] = {
    kind: (least, most) for kind, (least, most) in _SHARED["scaleBar"]["shares"].items()
}

#: Most regions of interest at once.
MAX_REGIONS: int = _SHARED["regions"]["most"]

#: Most points of a region.
MAX_REGION_POINTS: int = _SHARED["regions"]["mostPoints"]

#: Farthest coordinate of a point: far outside of any frame, and still exact in the arithmetic.
MAX_REGION_COORDINATE: float = float(_SHARED["regions"]["farthest"])

#: Colors of regions, one after the other by their numbers.
REGION_COLORS: tuple[str, ...] = tuple(_SHARED["regions"]["colors"])

#: How opaque labels are over the picture at first, and the one that is selected at the least.
LABEL_OPACITY: float = _SHARED["labels"]["opacity"]
SELECTED_OPACITY: float = _SHARED["labels"]["selectedOpacity"]

#: Colors of labels, by their values from 1 on, one after the other, as six hexadecimal digits each.
LABEL_COLORS: str = _SHARED["labels"]["colors"]

#: Names of the tools that keep settings in a view.
TOOLS: tuple[str, ...] = tuple(_SHARED["tools"])

#: Most bookmarks of a stack.
MAX_BOOKMARKS: int = _SHARED["bookmarks"]["most"]

#: Most characters of a bookmark's name.
MAX_BOOKMARK_NAME: int = _SHARED["bookmarks"]["longestName"]

#: Most characters of its caption.
MAX_BOOKMARK_CAPTION: int = _SHARED["bookmarks"]["longestCaption"]

#: Tools whose settings are part of a bookmark; those of the others are of the stack, whatever is seen of it.
BOOKMARKED_TOOLS: tuple[str, ...] = tuple(_SHARED["bookmarks"]["tools"])

#: Sizes in bytes for files that are dropped: the head by which readers know one, and a part as it is sent.
DROPPED: dict[str, int] = dict(_SHARED["dropped"])

#: HTTP header of a page that says why there is nothing to show. One that has lost its connection is loaded
#: again where it finds this, unlike where a proxy has no page.
REASON_HEADER: str = _SHARED["reasonHeader"]


@dataclass(frozen=True)
class Setting:
    """One thing that can be set of a view, in Python and in the browser.

    Attributes
    ----------
    name : str
        Its name.
    kind : str
        Which values it can have, as in `model.settings`.
    default : object
        Its value at the start.
    doc : str
        What it is, for people.
    bounds : tuple of float, or None
        Least and greatest value of a number.
    choices : tuple of str
        The values that a choice can have.
    colors : bool
        Whether it changes the colors of pixels.
    """

    name: str
    kind: str
    default: Any
    doc: str
    bounds: tuple[float, float] | None = None
    choices: tuple[str, ...] = ()
    colors: bool = False


def _settings(table: str) -> dict[str, Setting]:
    return {name: _setting(name, row) for name, row in _SHARED[table].items()}


def _setting(name: str, row: dict[str, Any]) -> Setting:
    bounds = _SHARED[row["range"]] if "range" in row else None
    return Setting(
        name,
        row["kind"],
        row["default"],
        row["doc"],
        bounds=None if bounds is None else (float(bounds[0]), float(bounds[1])),
        choices=tuple(_SHARED[row["choices"]]) if "choices" in row else (),
        colors=row.get("colors", False),
    )


#: The settings of a view by name: what `ViewState.settings`, links and reports carry.
VIEW_SETTINGS = _settings("settings")

#: The settings of each channel.
CHANNEL_SETTINGS = _settings("channelSettings")

#: How a stack is played.
PLAYBACK_SETTINGS = _settings("playbackSettings")

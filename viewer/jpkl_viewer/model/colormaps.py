"""Colormaps: 256 colors for the 256 values of an 8-bit pixel; pure.

`lookup_table` is the definition of how a pixel value becomes a color. The browser's code and Bokeh's
color mapper compute the same, and the tests hold them to it.

``palettes.json`` has the colors of those that follow no formula, as base64 of RGB. Viridis, magma, inferno
and plasma are by Stéfan van der Walt, Nathaniel Smith and Eric Firing (CC0), cividis is by Jamie Nuñez,
Christopher Anderton and Ryan Renslow (CC0), turbo by Anton Mikhailov (Apache-2.0).
"""

from __future__ import annotations

import base64
import json
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

#: 256 colors, shape (256, 3): a colormap, or the color of each pixel value.
LookupTable = NDArray[np.uint8]

#: Colors of the usual fluorescence lookup tables: black at 0, the color at 255.
_PRIMARIES = {
    "green": "#00ff00",
    "magenta": "#ff00ff",
    "cyan": "#00ffff",
    "yellow": "#ffff00",
    "red": "#ff0000",
    "blue": "#0000ff",
    "orange": "#ff8000",
}

_PALETTES: dict[str, str] = json.loads(files(__package__).joinpath("palettes.json").read_text("utf-8"))

_RAMP = np.arange(256)


def hex_to_rgb(color: str) -> tuple[int, int, int]:
    """Return red, green and blue of ``#rrggbb``.

    Examples
    --------
    >>> hex_to_rgb("#ff8000")
    (255, 128, 0)
    """
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def color_ramp(color: str) -> LookupTable:
    """Make the colors from black to ``#rrggbb``, shape (256, 3)."""
    return np.asarray((_RAMP[:, None] * np.array(hex_to_rgb(color)) + 127) // 255, dtype=np.uint8)


def _palette(name: str) -> LookupTable:
    return np.frombuffer(base64.b64decode(_PALETTES[name]), np.uint8).reshape(-1, 3)


#: All colormaps by name, in the order in which they are offered; each of shape (256, 3).
COLORMAPS: dict[str, LookupTable] = {
    "gray": color_ramp("#ffffff"),
    **{name: _palette(name) for name in ("viridis", "magma", "inferno", "plasma", "cividis")},
    **{name: color_ramp(color) for name, color in _PRIMARIES.items()},
    "turbo": _palette("turbo"),
}

#: In place of the name of a colormap: from black to the color of the channel.
CHANNEL_COLOR = "color"

#: What can be chosen as a colormap.
COLORMAP_CHOICES = (*COLORMAPS, CHANNEL_COLOR)


def to_hex(lut: LookupTable) -> list[str]:
    """Write colors as ``#rrggbb``, as Bokeh takes them."""
    return [f"#{red:02x}{green:02x}{blue:02x}" for red, green, blue in lut.tolist()]


def lookup_table(
    colors: LookupTable, limits: tuple[float, float] = (0, 255), gamma: float = 1.0
) -> LookupTable:
    """Return the color of each pixel value 0...255.

    Parameters
    ----------
    colors : ndarray of uint8, shape (256, 3)
        The colormap.
    limits : tuple of float
        Contrast limits: pixel values shown with the first and the last color.
    gamma : float
        Exponent of the curve between the limits; below 1 brightens.
    """
    low, high = limits
    fraction = np.clip((_RAMP - low) / max(high - low, 1e-9), 0.0, 1.0) ** gamma
    position = np.minimum(np.floor(fraction * 256), 255).astype(np.intp)
    return np.asarray(colors[position])

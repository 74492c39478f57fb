"""Colors by their names, as lookup tables of microscopes have them: at full brightness."""

from __future__ import annotations

#: ``#rrggbb`` of each name, in lower case.
NAMED_COLORS = {
    "red": "#ff0000",
    "green": "#00ff00",
    "blue": "#0000ff",
    "cyan": "#00ffff",
    "magenta": "#ff00ff",
    "yellow": "#ffff00",
    "orange": "#ff8000",
    "gray": "#ffffff",
    "grey": "#ffffff",
    "white": "#ffffff",
}

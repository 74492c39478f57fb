"""Labels as colors, as ``painting.js`` paints them; both are held to the same golden vectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl_viewer.limits import LABEL_COLORS, LABEL_OPACITY, SELECTED_OPACITY

_COLORS = np.frombuffer(bytes.fromhex(LABEL_COLORS), np.uint8).reshape(-1, 3)


@dataclass(frozen=True)
class LabelLook:
    """How label images are painted.

    Attributes
    ----------
    opacity : float
        Of the inside of objects, 0 to 1.
    outline : bool
        Whether their borders are drawn.
    hidden : tuple of str
        Label images that are not.
    selected : (str, int), optional
        An object: its label image and its value.
    """

    opacity: float = LABEL_OPACITY
    outline: bool = True
    hidden: tuple[str, ...] = ()
    selected: tuple[str, int] | None = None

    @classmethod
    def of(cls, settings: Any) -> LabelLook:
        """Read the settings of the tool; what cannot be is as without them, as in the browser."""
        given = settings if isinstance(settings, Mapping) else {}
        return cls(
            _opacity(given.get("opacity")),
            given.get("outline") is not False,
            _names(given.get("hidden")),
            _selected(given.get("selected")),
        )


def _opacity(given: Any) -> float:
    is_number = isinstance(given, int | float) and not isinstance(given, bool)
    return float(given) if is_number and 0 <= given <= 1 else LABEL_OPACITY


def _names(given: Any) -> tuple[str, ...]:
    return tuple(name for name in given if isinstance(name, str)) if isinstance(given, list | tuple) else ()


def _selected(given: Any) -> tuple[str, int] | None:
    if not isinstance(given, Mapping) or not isinstance(given.get("name"), str):
        return None
    try:
        return given["name"], int(str(given.get("value")))
    except ValueError:
        return None


def painted_labels(labels: NDArray[Any], look: LabelLook, name: str = "") -> NDArray[np.uint8]:
    """Return RGBA of a frame of labels, shape (height, width, 4): nothing where there is no object."""
    values, numbers = np.unique(labels, return_inverse=True)
    numbers = numbers.reshape(labels.shape)
    plain = [int(value) for value in values]
    selected = look.selected[1] if look.selected is not None and look.selected[0] == name else None
    fills = np.array(
        [_rgba(v, max(look.opacity, SELECTED_OPACITY) if v == selected else look.opacity) for v in plain]
    )
    borders = np.array([(255, 255, 255, 255) if v == selected else _rgba(v, 1.0) for v in plain])
    is_object = np.array([v != 0 for v in plain])
    has_border = np.array([look.outline or v == selected for v in plain]) & is_object
    fills[~is_object | (fills[:, 3] == 0)] = 0
    out = fills[numbers]
    is_border = _differs(numbers) & has_border[numbers]
    out[is_border] = borders[numbers[is_border]]
    return out.astype(np.uint8)


def _rgba(value: int, opacity: float) -> tuple[int, int, int, int]:
    red, green, blue = _COLORS[(value - 1) % len(_COLORS)].tolist()
    return red, green, blue, int(np.floor(255 * opacity + 0.5))


def _differs(numbers: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Return which pixels have a neighbor with another value."""
    differs = np.zeros(numbers.shape, bool)
    right, below = numbers[:, 1:] != numbers[:, :-1], numbers[1:] != numbers[:-1]
    differs[:, 1:] |= right
    differs[:, :-1] |= right
    differs[1:] |= below
    differs[:-1] |= below
    return differs

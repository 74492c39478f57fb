"""What the viewer knows about a stack before it shows a frame: its dims, channels and scales; pure.

Metadata belong to the user, so everything read from them is checked, and ignored where it does not fit.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from jpkl import JPkl

#: Names, in lower case, of a dim whose indices are channels.
_CHANNEL_NAMES = frozenset({"c", "ch", "channel", "channels"})

#: Colors of channels that bring none: with two, green and magenta can be told apart by nearly everybody.
_DEFAULT_COLORS = ("#00ff00", "#ff00ff", "#00ffff", "#ffff00", "#ff0000", "#0000ff", "#ffffff")

_HEX_COLOR = re.compile(r"#[0-9a-fA-F]{6}")

#: More digits than this tell nothing about where a stage or a clock stood.
_COORD_DIGITS = 6


@dataclass(frozen=True)
class Dim:
    """One dim of a stack.

    Attributes
    ----------
    name : str
        Its name, unique within the stack.
    size : int
        Number of indices.
    coords : tuple of float, or None
        Physical value of each index, where the metadata give them.
    unit : str
        Unit of ``coords``, ``""`` where unknown.
    """

    name: str
    size: int
    coords: tuple[float, ...] | None = None
    unit: str = ""

    def label(self, index: int) -> str:
        """Physical value of an index with its unit, ``""`` where it has none.

        Examples
        --------
        >>> Dim("time", 3, (0.0, 2.5, 5.0), "s").label(1)
        '2.5 s'
        """
        if self.coords is None:
            return ""
        return f"{self.coords[index]:.{_COORD_DIGITS}g} {self.unit}".rstrip()


def frame_index(number: int, sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Frame index of a frame by its number in C order of the dims.

    Examples
    --------
    >>> frame_index(4, (10, 3))
    (1, 1)

    Raises
    ------
    ValueError
        If there is no such frame.
    """
    return tuple(int(i) for i in np.unravel_index(number, sizes)) if sizes else ()


def frame_number(index: tuple[int, ...], sizes: tuple[int, ...]) -> int:
    """Number in C order of the dims of a frame by its index: the way back from `frame_index`."""
    return int(np.ravel_multi_index(index, sizes)) if sizes else 0


@dataclass(frozen=True)
class Channel:
    """Name and color (``#rrggbb``) of a channel."""

    name: str
    color: str


@dataclass(frozen=True)
class StackDescription:
    """Everything about a stack that the viewer shows besides its pixels.

    Attributes
    ----------
    height, width : int
        Size of a frame in pixels.
    color : bool
        Whether frames are RGB.
    dims : tuple of Dim
        The dims, in the order of the frame index.
    channel_dim : int or None
        Which of them is the channel dim, if there is exactly one.
    channels : tuple of Channel
        One per index of the channel dim; a single unnamed one without such a dim.
    pixel_size : tuple of float, or None
        Height and width of a pixel in ``pixel_unit``.
    pixel_unit : str
        ``""`` where unknown.
    jpeg_quality : int
        0 to 100.
    display_range : ndarray of float64, shape (*dims, 2), or None
        Original intensities shown as 0 and 255 for each frame; None where the stack does not tell.
    """

    height: int
    width: int
    color: bool
    dims: tuple[Dim, ...]
    channel_dim: int | None
    channels: tuple[Channel, ...]
    pixel_size: tuple[float, float] | None
    pixel_unit: str
    jpeg_quality: int
    display_range: NDArray[np.float64] | None

    @property
    def dim_sizes(self) -> tuple[int, ...]:
        """Sizes of the dims."""
        return tuple(dim.size for dim in self.dims)

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return math.prod(self.dim_sizes)

    def channel_of(self, index: tuple[int, ...]) -> int:
        """Number of the channel that a frame belongs to."""
        return 0 if self.channel_dim is None else index[self.channel_dim]

    def range_at(self, index: tuple[int, ...]) -> tuple[float, float] | None:
        """Original intensities that 0 and 255 stand for in a frame, where known."""
        if self.display_range is None:
            return None
        low, high = self.display_range[index]
        return float(low), float(high)


def describe(jp: JPkl) -> StackDescription:
    """Collect what a stack says about itself."""
    metadata = jp.metadata
    channel_dim = _channel_dim(jp.dim_names)
    dims = tuple(_dim(name, size, metadata) for name, size in zip(jp.dim_names, jp.dim_sizes, strict=True))
    return StackDescription(
        height=jp.shape[0],
        width=jp.shape[1],
        color=jp.color,
        dims=dims,
        channel_dim=channel_dim,
        channels=_channels(1 if channel_dim is None else dims[channel_dim].size, metadata),
        pixel_size=_pixel_size(metadata),
        pixel_unit=_text(metadata.get("pixel_unit")),
        jpeg_quality=jp.jpeg_quality,
        display_range=_display_range(jp),
    )


def _channel_dim(names: Sequence[str]) -> int | None:
    found = [i for i, name in enumerate(names) if name.lower() in _CHANNEL_NAMES]
    return found[0] if len(found) == 1 else None


def _dim(name: str, size: int, metadata: Mapping[str, Any]) -> Dim:
    coords = _finite_numbers(_mapping(metadata, "coords").get(name), size)
    unit = _text(_mapping(metadata, "units").get(name)) if coords else ""
    return Dim(name, size, coords, unit)


def _channels(n: int, metadata: Mapping[str, Any]) -> tuple[Channel, ...]:
    names = _strings(metadata.get("channel_names"), n) or tuple(f"channel {i}" for i in range(n))
    colors = _strings(metadata.get("channel_colors"), n)
    if colors is None or not all(_HEX_COLOR.fullmatch(color) for color in colors):
        colors = (
            ("#ffffff",) if n == 1 else tuple(_DEFAULT_COLORS[i % len(_DEFAULT_COLORS)] for i in range(n))
        )
    return tuple(Channel(name, color) for name, color in zip(names, colors, strict=True))


def _pixel_size(metadata: Mapping[str, Any]) -> tuple[float, float] | None:
    size = _finite_numbers(metadata.get("pixel_size"), 2)
    return (size[0], size[1]) if size and min(size) > 0 else None


def _display_range(jp: JPkl) -> NDArray[np.float64] | None:
    # 0...255 of uint8 data says nothing that the pixel values do not say themselves.
    known = jp.display_range
    if known is None or np.array_equal(np.unique(known), (0.0, 255.0)):
        return None
    return np.broadcast_to(known, (*jp.dim_sizes, 2))


def _mapping(metadata: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = metadata.get(key)
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _strings(value: Any, n: int) -> tuple[str, ...] | None:
    items = tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else ()
    return items if len(items) == n and all(isinstance(item, str) for item in items) else None


def _finite_numbers(value: Any, n: int) -> tuple[float, ...] | None:
    if not isinstance(value, Sequence | np.ndarray) or isinstance(value, str) or len(value) != n:
        return None
    try:
        numbers = tuple(float(item) for item in value)
    except (TypeError, ValueError):
        return None
    return numbers if all(map(math.isfinite, numbers)) else None

"""What the viewer knows about a stack before it shows a frame: its dims, channels and scales; pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jpkl.toolkit import StackMetadata, channel_dim
from jpkl_viewer.model.labels import format_number

if TYPE_CHECKING:
    from jpkl import JPkl

#: Colors of channels that bring none: with two, green and magenta nearly everybody can tell apart.
_DEFAULT_COLORS = ("#00ff00", "#ff00ff", "#00ffff", "#ffff00", "#ff0000", "#0000ff", "#ffffff")

#: More digits than this mean nothing for a stage or a clock.
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
        return f"{format_number(self.coords[index], _COORD_DIGITS)} {self.unit}".rstrip()


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
    pixel_aspect : float
        Height of a pixel by its width, on the screen as in the specimen; 1.0 where unknown.
    jpeg_quality : int
        0 to 100.
    display_range : ndarray of float64, shape (*dims, 2), or None
        Original intensities shown as 0 and 255 for each frame; None where unknown.
    """

    height: int
    width: int
    color: bool
    dims: tuple[Dim, ...]
    channel_dim: int | None
    channels: tuple[Channel, ...]
    pixel_size: tuple[float, float] | None
    pixel_unit: str
    pixel_aspect: float
    jpeg_quality: int
    display_range: NDArray[np.float64] | None

    @property
    def dim_sizes(self) -> tuple[int, ...]:
        """Sizes of the dims."""
        return tuple(dim.size for dim in self.dims)

    def true_shape(self, height: float, width: float) -> tuple[int, int]:
        """Height and width of part of a frame whose pixels have the shape that they have in the specimen.

        One side stays as it is, the other grows: no pixel is lost.

        Examples
        --------
        >>> from jpkl import JPkl
        >>> describe(JPkl(np.zeros((64, 64)), metadata={"pixel_size": (0.5, 0.25)})).true_shape(64, 32)
        (128, 32)
        """
        aspect = self.pixel_aspect
        return max(1, round(height * max(1.0, aspect))), max(1, round(width * max(1.0, 1 / aspect)))

    @property
    def n_frames(self) -> int:
        """Number of frames."""
        return math.prod(self.dim_sizes)

    def range_at(self, index: tuple[int, ...]) -> tuple[float, float] | None:
        """Original intensities that 0 and 255 stand for in a frame, where known."""
        if self.display_range is None:
            return None
        low, high = self.display_range[index]
        return float(low), float(high)


def describe(jp: JPkl) -> StackDescription:
    """Collect what a stack says about itself."""
    metadata = StackMetadata.of(jp)
    channel = channel_dim(jp.dim_names)
    dims = tuple(_dim(name, size, metadata) for name, size in zip(jp.dim_names, jp.dim_sizes, strict=True))
    return StackDescription(
        height=jp.shape[0],
        width=jp.shape[1],
        color=jp.color,
        dims=dims,
        channel_dim=channel,
        channels=_channels(1 if channel is None else dims[channel].size, metadata),
        pixel_size=metadata.pixel_size,
        pixel_unit=metadata.pixel_unit,
        pixel_aspect=metadata.pixel_aspect,
        jpeg_quality=jp.jpeg_quality,
        display_range=_display_range(jp),
    )


def describe_viewable(jp: JPkl) -> StackDescription:
    """Collect the same of a stack that is to be shown.

    Raises
    ------
    ValueError
        If it holds no frames.
    """
    stack = describe(jp)
    if stack.n_frames == 0:
        raise ValueError(f"a stack of dims {stack.dim_sizes} holds no frames to view")
    return stack


def _dim(name: str, size: int, metadata: StackMetadata) -> Dim:
    numbers = metadata.numbers(name)
    if numbers is None:
        return Dim(name, size)
    return Dim(name, size, tuple(map(float, numbers)), metadata.units.get(name, ""))


def _channels(n: int, metadata: StackMetadata) -> tuple[Channel, ...]:
    names = metadata.channel_names or tuple(f"channel {i}" for i in range(n))
    default = ("#ffffff",) if n == 1 else tuple(_DEFAULT_COLORS[i % len(_DEFAULT_COLORS)] for i in range(n))
    colors = metadata.channel_colors or default
    return tuple(Channel(name, color) for name, color in zip(names, colors, strict=True))


def _display_range(jp: JPkl) -> NDArray[np.float64] | None:
    # 0...255 of uint8 data says nothing that the pixel values do not say themselves.
    known = jp.display_range
    if known is None or np.array_equal(np.unique(known), (0.0, 255.0)):
        return None
    return np.broadcast_to(known, (*jp.dim_sizes, 2))

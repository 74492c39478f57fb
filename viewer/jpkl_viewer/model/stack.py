"""What the viewer knows about a stack before it shows a frame: its dims, channels and scales; pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jpkl import JPkl
from jpkl.toolkit import (
    NumberStyle,
    StackMetadata,
    channel_dim,
    displayed,
    encoding_text,
    is_exact_everywhere,
    is_original_stack,
)
from jpkl_viewer.model.channel_colors import colors_of
from jpkl_viewer.model.fidelity import fidelity_profiles

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Integers beyond this are no longer exact as floats, which is what the browser has.
_EXACT_INTEGERS = 2**53

#: Codecs that lose something unless they keep values exactly.
_LOSSY = frozenset({"jpeg", "webp", "jpeg2000", "avif", "jpegxl"})


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
    texts : tuple of str, or None
        What each index stands for where numbers do not say it: texts, dates and times.
    """

    name: str
    size: int
    coords: tuple[float, ...] | None = None
    unit: str = ""
    texts: tuple[str, ...] | None = None

    def plain(self) -> dict[str, Any]:
        """Return it as plain data for the browser."""
        coords, texts = (values and list(values) for values in (self.coords, self.texts))
        return {"name": self.name, "size": self.size, "coords": coords, "unit": self.unit, "texts": texts}

    def label(self, index: int) -> str:
        """Return what an index stands for, a number with its unit; ``""`` where that is not known.

        Examples
        --------
        >>> Dim("time", 3, (0.0, 2.5, 5.0), "s").label(1)
        '2.5 s'
        """
        if self.texts is not None:
            return self.texts[index]
        if self.coords is None:
            return ""
        return f"{self._style.write(self.coords[index])} {self.unit}".rstrip()

    def part(self, indices: Sequence[int]) -> Dim:
        """Return the dim with some of its indices."""
        coords = self.coords and tuple(self.coords[i] for i in indices)
        return Dim(self.name, len(indices), coords, self.unit, self.texts and tuple(map(self.label, indices)))

    @cached_property
    def _style(self) -> NumberStyle:
        return NumberStyle.of(self.coords or ())


@dataclass(frozen=True)
class Channel:
    """Name and color (``#rrggbb``) of a channel."""

    name: str
    color: str


@dataclass(frozen=True)
class LabelDescription:
    """A label image over the frames.

    Attributes
    ----------
    name : str
        What it is called.
    dtype : str
        Of its values.
    sizes : tuple of int
        Its frames along each dim: 1 where one is for all indices.
    """

    name: str
    dtype: str
    sizes: tuple[int, ...]

    def plain(self) -> dict[str, Any]:
        """Return it as plain data for the browser."""
        return {"name": self.name, "dtype": self.dtype, "sizes": list(self.sizes)}


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
    encoding : str
        How frames are stored, for people.
    display_range : ndarray of float64, shape (*dims, 2), or None
        Original intensities shown as 0 and 255 for each frame; None where unknown.
    fidelity : str
        What is on record of PSNR and SSIM; empty where nothing is.
    fidelity_profiles : dict or None
        The same along each dim: see `fidelity_profiles`.
    is_integer : bool
        Whether the original intensities are known to be integers.
    is_lossy : bool
        Whether pixels may be others than those that were encoded.
    is_exact : bool
        Whether the values of the images are kept, beside the 8-bit ones that are shown.
    sends_stored : bool
        Whether frames travel as the bytes that are stored, so that a browser decodes exactly what
        ``jp[...]`` does.
    is_original : bool
        Whether frames are encoded from an image file as they are asked for.
    is_live : bool
        Whether it was opened while it was written, so that frames are missing that may come.
    is_range_exact : bool
        Whether `display_range` was measured on all of it.
    reduction : tuple of float
        Rows and columns of the original frame of which a pixel is the mean; not ``(1, 1)`` in reports alone.
    labels : tuple of LabelDescription
        Label images over the frames.
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
    fidelity: str = ""
    fidelity_profiles: dict[str, Any] | None = None
    is_integer: bool = False
    is_lossy: bool = True
    is_exact: bool = False
    encoding: str = ""
    sends_stored: bool = True
    is_original: bool = False
    is_live: bool = False
    is_range_exact: bool = True
    reduction: tuple[float, float] = (1.0, 1.0)
    labels: tuple[LabelDescription, ...] = ()

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

    def knows_intensities(self, index: tuple[int, ...]) -> bool:
        """Whether `intensities` gives original ones; otherwise 0...255."""
        return self.is_exact or self.range_at(index) is not None

    def intensities(self, index: tuple[int, ...], values: NDArray[Any]) -> NDArray[Any]:
        """Map values of a frame back to original intensities, unless they are these or it is not known."""
        known = None if self.is_exact else self.range_at(index)
        return values if known is None else known[0] + values / 255 * (known[1] - known[0])


def describe(jp: JPkl) -> StackDescription:
    """Collect what a stack says about itself."""
    metadata = StackMetadata.of(jp)
    channel = channel_dim(jp.dim_names)
    shown = displayed(jp)
    dims = tuple(_dim(name, size, metadata) for name, size in zip(jp.dim_names, jp.dim_sizes, strict=True))
    return StackDescription(
        height=jp.shape[0],
        width=jp.shape[1],
        color=jp.color,
        dims=dims,
        channel_dim=channel,
        channels=_channels(None if channel is None else dims[channel], metadata),
        pixel_size=metadata.pixel_size,
        pixel_unit=metadata.pixel_unit,
        pixel_aspect=metadata.pixel_aspect,
        jpeg_quality=jp.jpeg_quality,
        display_range=_display_range(shown),
        fidelity="" if jp.fidelity is None else jp.fidelity.summary(len(jp.images)),
        fidelity_profiles=fidelity_profiles(jp.fidelity, jp.dim_sizes),
        is_integer=jp.is_exact or (jp.source_dtype is not None and jp.source_dtype.kind in ("b", "u", "i")),
        is_lossy=not jp.is_exact and (jp.codec in _LOSSY or not decodes_itself(jp)),
        is_exact=jp.is_exact,
        encoding=encoding_text(jp),
        sends_stored=is_exact_everywhere(jp),
        is_original=is_original_stack(jp),
        is_live=jp.newest is not None,
        is_range_exact=not is_original_stack(jp) or jp.is_range_exact,
        labels=tuple(LabelDescription(name, str(own.dtype), own.sizes) for name, own in jp.labels.items()),
    )


def decodes_itself(jp: JPkl) -> bool:
    """Return whether a stack's frames are decoded by its codec: a subclass may mean other pixels."""
    return type(jp).decode_slice is JPkl.decode_slice


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
    numbers, unit = metadata.numbers(name), metadata.unit(name)
    if numbers is None or any(abs(number) > _EXACT_INTEGERS for number in numbers):
        return Dim(name, size, texts=metadata.labels(name) or None)
    return Dim(name, size, tuple(map(float, numbers)), unit)


def _channels(dim: Dim | None, metadata: StackMetadata) -> tuple[Channel, ...]:
    n = 1 if dim is None else dim.size
    labels = [dim.label(i) if dim else "" for i in range(n)]  # such as wavelengths
    names = metadata.channel_names or [label or f"channel {i}" for i, label in enumerate(labels)]
    colors = own_colors(metadata) or colors_of(names)
    return tuple(Channel(name, color) for name, color in zip(names, colors, strict=True))


def own_colors(metadata: StackMetadata) -> tuple[str, ...]:
    """Return the colors that the file gives its channels, if they say anything.

    Channels of one color cannot be told apart: OME-TIFF has white where nobody has chosen one. Black is the
    brightest color of an inverted lookup table, in which nothing would be seen of a composite.
    """
    colors = metadata.channel_colors
    is_same = len(colors) > 1 and len(set(colors)) == 1
    return () if is_same or "#000000" in colors else colors


def _display_range(jp: JPkl) -> NDArray[np.float64] | None:
    # 0...255 of uint8 data says nothing that the pixel values do not say themselves.
    known = jp.display_range
    if known is None or set(known.ravel().tolist()) == {0.0, 255.0}:
        return None
    return np.broadcast_to(known, (*jp.dim_sizes, 2))

"""Where pixels come from: requests in, pixels or stored JPEG bytes out, through bounded caches."""

from __future__ import annotations

import copy
import io
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import prod
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jpkl import JPkl
from jpkl.toolkit import (
    BROWSER_CODECS,
    DecodedFrameCache,
    LabelImage,
    displayed,
    frame_number,
    is_at_hand,
    stored_picture,
    stores_pictures,
    sufficient_scale,
)
from jpkl_viewer.frames.budget import check_picture
from jpkl_viewer.frames.lanes import Lanes
from jpkl_viewer.frames.products import ProductKey, Products
from jpkl_viewer.frames.sample import first_settings
from jpkl_viewer.frames.task import UNWATCHED, Task
from jpkl_viewer.model.paint import paint
from jpkl_viewer.model.projection import Projection
from jpkl_viewer.model.resolve import FrameRequest, Layer
from jpkl_viewer.model.runs import FrameRun
from jpkl_viewer.model.setting_types import ViewSettings
from jpkl_viewer.model.stack import describe

#: Decoded pixels kept on the server, per viewer, in bytes.
DEFAULT_CACHE_NBYTES = 256 * 2**20

#: The same for overviews of frames that are too large to be sent whole.
OVERVIEW_CACHE_NBYTES = 64 * 2**20


@dataclass(frozen=True)
class ScreenPart:
    """Part of a frame, and the size at which it is shown; all in pixels.

    Raises
    ------
    ValueError
        If the sizes are not positive, the corner is negative, or it would be shown larger than it is.
    """

    x: int
    y: int
    width: int
    height: int
    shown_width: int
    shown_height: int

    def __post_init__(self) -> None:
        if min(self.x, self.y) < 0 or not (
            0 < self.shown_width <= self.width and 0 < self.shown_height <= self.height
        ):
            raise ValueError(f"{self} is not a part of a frame")

    def check(self, height: int, width: int) -> None:
        """Check the part before anything is computed.

        Raises
        ------
        ValueError
            If it reaches out of frames of that size, or is shown larger than any screen is.
        """
        if self.x + self.width > width or self.y + self.height > height:
            raise ValueError(f"{self} reaches out of frames of {height} x {width} pixels")
        check_picture(self.shown_width, self.shown_height)

    def of(self, pixels: NDArray[np.uint8], scale: int = 1) -> NDArray[np.uint8]:
        """Cut the part out of a frame that was decoded at ``1 / scale``, and bring it to the size shown."""
        top, left = self.y // scale, self.x // scale
        bottom, right = -(-(self.y + self.height) // scale), -(-(self.x + self.width) // scale)
        part = Image.fromarray(np.ascontiguousarray(pixels[top:bottom, left:right]))
        return np.asarray(part.resize((self.shown_width, self.shown_height), Image.Resampling.BOX))

    @property
    def scale(self) -> int:
        """By how much a frame may be scaled down when it is decoded: 1, 2, 4 or 8."""
        reduction = min(self.width / self.shown_width, self.height / self.shown_height)
        return sufficient_scale(reduction)


#: Computes a projection of a stack at a position: the projection tool's `project`.
Projector: TypeAlias = Callable[[JPkl, Sequence[int], Projection, Task], NDArray[np.uint8]]


@dataclass(frozen=True)
class ProjectionKey(ProductKey):
    """What a projection is kept under."""

    method: str
    run: FrameRun


class Frames:
    """The frames of a stack, as the viewer asks for them.

    Parameters
    ----------
    jp : JPkl
        The stack.
    project : Projector
        Computes the layers that are projections.
    cache_nbytes : int
        Budget of the cache of decoded frames, in bytes; one frame is kept in any case.

    Attributes
    ----------
    products : Products
        What tools compute of many frames, in the same budget.
    lanes : Lanes
        Fetch frames that are not at hand, for all pages.
    """

    def __init__(self, jp: JPkl, project: Projector, cache_nbytes: int = DEFAULT_CACHE_NBYTES) -> None:
        self._stored = jp
        self._exact = jp if jp.is_exact else None
        jp = displayed(jp)
        # Of a frame that is shown part by part, each part would decode all of it if it were not kept.
        self._uncached = jp
        self._jp = jp.with_cache(max(cache_nbytes, prod(jp.frame_shape)))
        self._cache = _cache_of(self._jp)
        self._overviews = _cache_of(jp.with_cache(OVERVIEW_CACHE_NBYTES))
        self._project = project
        self.products = Products(self._cache)
        self.lanes = Lanes()
        # No `cached_property`: with Python 3.11, all stacks would wait for one that is slow.
        self._first_settings: ViewSettings | None = None
        self._sampling = threading.Lock()

    def of(self, jp: JPkl) -> Frames:
        """Return the same frames, caches included, with the label images that a stack has over them.

        Parameters
        ----------
        jp : JPkl
            The same stack, maybe with others.
        """
        if jp is self._stored:
            return self
        shared = copy.copy(self)
        shared._stored = jp
        return shared

    @property
    def jp(self) -> JPkl:
        """The stack, with that cache."""
        return self._jp

    @property
    def cache(self) -> DecodedFrameCache:
        """The decoded-frame cache that all reads go through."""
        return self._cache

    @property
    def first_settings(self) -> ViewSettings:
        """What is seen of the stack first, by a sample of its frames: the same for all who look at it."""
        with self._sampling:
            if self._first_settings is None:
                stack = describe(self._uncached)
                self._first_settings = first_settings(self._uncached, stack, self._scaled)
            return self._first_settings

    def encoded(self, index: tuple[int, ...], codecs: Collection[str] = BROWSER_CODECS) -> bytes:
        """Return a frame as a picture: the stored bytes unchanged wherever they are one of it, else JPEG.

        Parameters
        ----------
        index : tuple of int
            Frame index.
        codecs : collection of str
            Names of the codecs whose pictures whoever wants it can decode.

        Raises
        ------
        FrameError
            If the frame is damaged.
        """
        stored = stored_picture(self._stored, index, codecs)
        return encode_jpeg(self.pixels(index)) if stored is None else stored

    @property
    def labels(self) -> Mapping[str, LabelImage]:
        """Label images over the frames, by name."""
        return self._stored.labels

    @property
    def measured(self) -> JPkl:
        """The stack with the values that are measured: those that are kept exactly, where there are such."""
        return self._jp if self._exact is None else self._exact

    def measured_pixels(self, index: tuple[int, ...]) -> NDArray[Any]:
        """Return one frame of `measured`.

        Raises
        ------
        FrameError
            If it is damaged.
        """
        return self.pixels(index) if self._exact is None else self._exact.frame(index)

    def exact(self, index: tuple[int, ...], x: int, y: int) -> list[str] | None:
        """Return what one pixel of a frame is as it was kept, as text; None where values are not kept.

        Raises
        ------
        FrameError
            If the frame is damaged.
        """
        if self._exact is None:
            return None
        return [str(int(value)) for value in np.atleast_1d(self._exact[(y, x, ..., *index)])]

    def part(self, index: tuple[int, ...], part: ScreenPart) -> NDArray[np.uint8]:
        """Return part of a frame, scaled down to the size at which it is shown.

        Raises
        ------
        FrameError
            If the frame is damaged.
        """
        return part.of(self._scaled(index, part.scale), part.scale)

    def _scaled(self, index: tuple[int, ...], scale: int) -> NDArray[np.uint8]:
        """Decode a frame at ``1 / scale`` of its size, which takes JPEG much less time and memory."""
        if scale == 1:
            return self.pixels(index)
        decode = partial(self._jp.decode, (..., *index), scale=scale)
        return self._overviews.get((index, scale), lambda: np.asarray(decode()))

    def is_at_hand(self, index: tuple[int, ...], codecs: Collection[str] = BROWSER_CODECS) -> bool:
        """Return whether `encoded` waits for no server, and for no original.

        What is stored is read for a picture as it is, though the frame may be decoded already.
        """
        if is_at_hand(self._stored, index):
            return True
        return not stores_pictures(self._stored, codecs) and self._has_decoded(index)

    def has(self, index: tuple[int, ...], part: ScreenPart) -> bool:
        """Return whether what it takes to show a part of a frame is decoded already."""
        return self._has_decoded(index) if part.scale == 1 else (index, part.scale) in self._overviews

    def _has_decoded(self, index: tuple[int, ...]) -> bool:
        return frame_number(index, self._jp.dim_sizes) in self._cache

    def pixels(self, index: tuple[int, ...]) -> NDArray[np.uint8]:
        """Return ``jp[..., *index]``: one frame, shape (height, width) or (height, width, 3).

        Raises
        ------
        FrameError
            If the frame is damaged.
        """
        frame: NDArray[np.uint8] = self._jp[(..., *index)]
        return frame

    def layer(self, layer: Layer) -> NDArray[np.uint8]:
        """Return the pixels of a layer: of its frame, or of the projection that it is.

        Raises
        ------
        FrameError
            If a frame is damaged.
        """
        if layer.projection is None:
            return self.pixels(layer.index)
        return self.projected(layer.index, layer.projection)

    def projected(
        self, index: tuple[int, ...], projection: Projection, task: Task = UNWATCHED
    ) -> NDArray[np.uint8]:
        """Return a projection, computed if it is not kept; read-only.

        Parameters
        ----------
        index : tuple of int
            Frame index; its entry along the projected dim does not matter.
        projection : Projection
            Which frames, and how.
        task : Task
            For progress, and to end early.

        Raises
        ------
        IndexError, ValueError
            If the stack has no such frames.
        FrameError
            If one of them is damaged; names it.
        CancelledError
            If the result is no longer wanted.
        """
        return self.products.get(
            self._projection_key(index, projection), lambda: self._project(self._jp, index, projection, task)
        )

    def has_projected(self, index: tuple[int, ...], projection: Projection) -> bool:
        """Return whether a projection is kept."""
        return self._projection_key(index, projection) in self.products

    def _projection_key(self, index: tuple[int, ...], projection: Projection) -> ProjectionKey:
        return ProjectionKey(projection.method, projection.run(self._jp.dim_sizes, index))

    def picture(self, request: FrameRequest) -> NDArray[np.uint8]:
        """Return what the browser paints for a request: RGB pixels, shape (height, width, 3).

        Raises
        ------
        FrameError
            If one of its frames is damaged.
        """
        height, width = self._jp.shape[:2]
        return paint(((layer, self.layer(layer)) for layer in request.layers), (height, width))


def encode_jpeg(pixels: NDArray[np.uint8]) -> bytes:
    """Encode pixels (height, width[, 3]) as a JPEG whose loss cannot be seen."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "JPEG", quality=98, subsampling="4:4:4")
    return buffer.getvalue()


def raw_picture(pixels: NDArray[np.uint8]) -> dict[str, Any]:
    """Describe pixels (height, width[, 3]) as they are, for a message to the browser, which colors them."""
    return {"height": pixels.shape[0], "width": pixels.shape[1], "data": pixels.tobytes()}


def _cache_of(jp: JPkl) -> DecodedFrameCache:
    assert jp.cache is not None  # `with_cache` has seen to it
    return jp.cache

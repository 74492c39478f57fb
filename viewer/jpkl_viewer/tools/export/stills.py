"""What is seen, as a finished picture: painted, cropped, enlarged, with scale bar and stamp; as PNG."""

from __future__ import annotations

from dataclasses import dataclass, replace
from os import PathLike
from typing import TypedDict

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jpkl.toolkit import replacing
from jpkl_viewer.model.contrast import auto_limits
from jpkl_viewer.model.labels import describe_position
from jpkl_viewer.model.paint import paint
from jpkl_viewer.model.resolve import FrameRequest, Layer, is_composable, resolve
from jpkl_viewer.model.state import ViewState
from jpkl_viewer.model.viewed import Viewed
from jpkl_viewer.tools.export.annotate import annotate, scale_bar


@dataclass(frozen=True)
class StillOptions:
    """How a picture is exported.

    Attributes
    ----------
    region : (x0, y0, x1, y1), optional
        Part of the frame in pixels, from column x0 to before x1 and row y0 to before y1; all by default.
    zoom : float
        Pixels of the export per pixel of the frame. Above 1 they are repeated, below 1 averaged. Of pixels
        that are not square, this is the shorter side.
    scale_bar, stamp : bool
        Whether the scale bar and the position are drawn in.

    Raises
    ------
    ValueError
        If the region is empty or the zoom not positive.
    """

    region: tuple[int, int, int, int] | None = None
    zoom: float = 1.0
    scale_bar: bool = True
    stamp: bool = True

    def __post_init__(self) -> None:
        if not 0 < self.zoom <= 64:
            raise ValueError(f"zoom must be above 0 and at most 64, not {self.zoom}")
        if self.region is not None:
            x0, y0, x1, y1 = self.region
            if not (0 <= x0 < x1 and 0 <= y0 < y1):
                raise ValueError(f"region {self.region} is not (x0, y0, x1, y1) with x0 < x1 and y0 < y1")


class StillArguments(TypedDict, total=False):
    """What `StillOptions` takes."""

    region: tuple[int, int, int, int] | None
    zoom: float
    scale_bar: bool
    stamp: bool


class StillRenderer:
    """Renders the pictures of one view, as it was when the export began.

    Scrubbing on does not change it; several threads may use it.

    Parameters
    ----------
    viewed : Viewed
        Usually a `JPklViewer`.
    options : StillOptions
        How pictures are exported.

    Raises
    ------
    ValueError
        If the region reaches outside of the frame.
    """

    def __init__(self, viewed: Viewed, options: StillOptions) -> None:
        self.stack = viewed.stack
        self._frames = viewed.frames
        self._options = options
        self._state = ViewState(self.stack)
        self._state.restore(viewed.state.settings())
        height, width = self.stack.height, self.stack.width
        x0, y0, x1, y1 = options.region or (0, 0, width, height)
        if x1 > width or y1 > height:
            raise ValueError(f"region {options.region} reaches out of frames of {height} x {width} pixels")
        self._part = (slice(y0, y1), slice(x0, x1))
        height, width = self.stack.true_shape((y1 - y0) * options.zoom, (x1 - x0) * options.zoom)
        self._size = (width, height)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the pictures."""
        return self._size

    def request(self, dim: int | None = None, index: int = 0) -> FrameRequest:
        """Return the view, or the view with a dim at an index. Not for several threads at once."""
        if dim is not None:
            self._state.move(dim, index)
        return resolve(self._state, self.stack)

    def picture(self, request: FrameRequest) -> NDArray[np.uint8]:
        """Paint the finished picture, shape (height, width, 3).

        Raises
        ------
        FrameError
            If one of its frames is damaged; names it.
        """
        layers = [(layer, self._frames.layer(layer)) for layer in request.layers]
        if self._state.per_frame:
            layers = [(fit_contrast(layer, pixels), pixels) for layer, pixels in layers]
        picture = paint([(layer, pixels[self._part]) for layer, pixels in layers], self._part_shape)
        if picture.shape[1::-1] != self.size:
            is_enlarged = self.size[0] >= picture.shape[1] and self.size[1] >= picture.shape[0]
            way = Image.Resampling.NEAREST if is_enlarged else Image.Resampling.BOX
            picture = np.array(Image.fromarray(picture).resize(self.size, way))
        stamp = self._stamp(request) if self._options.stamp else ""
        zoom = self.size[0] / self._part_shape[1]  # across: pixels may be wider in the picture
        bar = scale_bar(self.stack, self.size[0], zoom) if self._options.scale_bar else None
        return annotate(picture, stamp, bar)

    @property
    def _part_shape(self) -> tuple[int, int]:
        rows, columns = self._part
        return rows.stop - rows.start, columns.stop - columns.start

    def _stamp(self, request: FrameRequest) -> str:
        is_composite = self._state.composite and is_composable(self.stack)
        projection = request.layers[0].projection if request.layers else None
        return describe_position(
            self.stack, request.index, with_channel=not is_composite, projection=projection
        )


def fit_contrast(layer: Layer, pixels: NDArray[np.uint8]) -> Layer:
    """Fit a layer's contrast limits to its own frame, automatically from all its pixels."""
    return replace(layer, limits=auto_limits(np.bincount(pixels.ravel(), minlength=256)))


def export_png(viewed: Viewed, path: str | PathLike[str], options: StillOptions | None = None) -> None:
    """Write the view as a PNG, at the resolution of the frame.

    Parameters
    ----------
    viewed : Viewed
        Usually a `JPklViewer`.
    path : path-like
        The file; it appears only when it is complete.
    options : StillOptions, optional
        Part, zoom, scale bar and stamp.

    Raises
    ------
    FrameError
        If the frame is damaged.
    ValueError
        If the options do not fit the stack.
    OSError
        If the file cannot be written.
    """
    renderer = StillRenderer(viewed, options or StillOptions())
    picture = renderer.picture(renderer.request())
    with replacing(path) as file:
        Image.fromarray(picture).save(file, "PNG")

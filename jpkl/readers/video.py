"""Video, through PyAV: frame by frame as it is shown, upright, in RGB or gray."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jpkl.readers._calibration import Calibration
from jpkl.readers._image_file import ImageFile, ReadOptions
from jpkl.readers._missing import kept_of
from jpkl.readers._plane_array import PlaneArray
from jpkl.readers._players import PlayedPlanes
from jpkl.readers._scenes import choose_scene
from jpkl.readers._video_index import VideoIndex, index_video, opened_video, reading_video

if TYPE_CHECKING:
    from collections.abc import Iterator

    from av.video.frame import VideoFrame

#: Frames that are decoded in vain rather than looked for from a place where decoding can begin.
_NEAR = 8
#: Beginnings of the names of pixel formats of more than 8 bits and no color differences.
_DEEP_COLOR = ("rgb48", "bgr48", "rgba64", "bgra64", "gbrp1", "gbrap1")


@dataclass(frozen=True)
class _Form:
    """What frames become: the format that FFmpeg converts to, quarter turns, and the shape and dtype.

    Gray values of 9 to 14 bits are made ones of 16 by FFmpeg; a shift by ``n_added`` bits gives them back.
    """

    format: str
    turns: int
    is_gray: bool
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    n_added: int = 0


def read(path: Path, scene: str | None, options: ReadOptions) -> ImageFile:
    """Open a video; its frames are decoded as they are indexed, best in order."""
    if scene is not None:
        choose_scene(path, ("0",), scene)
    with reading_video(path):
        index = index_video(path)
        form, time_base, rate = _describe(path, index)
    planes = PlayedPlanes(len(index.stamps), form.shape, form.dtype, lambda: _VideoPlayer(path, index, form))
    n_there = len(index.stamps)
    if index.n_promised > n_there:
        planes.shape = (index.n_promised,)
        planes.is_there = np.arange(index.n_promised) < n_there
    kept = kept_of(path, planes, ("T",), options.missing)
    array = PlaneArray(planes, kept.numbers, (slice(None),) * len(form.shape))
    axes = "TYX" if form.is_gray else "TYXS"
    calibration = Calibration(axes, array.shape)
    calibration.add(source=path.name, fps=float(rate) if rate else None)
    times = [float((stamp - index.stamps[0]) * time_base) for stamp in index.stamps]
    calibration.set_coords("time", times[: array.shape[0]], "s")
    return ImageFile(array, axes, calibration.found.as_dict(), kept.notes, planes.close)


def _describe(path: Path, index: VideoIndex) -> tuple[_Form, Fraction, Fraction | None]:
    """Return what frames become, the unit of time stamps in seconds, and the frames per second."""
    with opened_video(path) as (container, stream):
        frame = next(container.decode(stream))
        time_base, rate = stream.time_base, stream.average_rate
    if index.is_counted:
        time_base = 1 / rate if rate else Fraction(1)
    name = frame.format.name
    dtype: np.dtype[Any]
    n_added = 0
    if name.startswith("gray") and name != "gray":
        format_, dtype = "gray16le", np.dtype(np.uint16)
        n_added = max(0, 16 - int(frame.format.components[0].bits))
    elif name.startswith(_DEEP_COLOR):
        format_, dtype = "rgb48le", np.dtype(np.uint16)
    else:
        format_, dtype = ("gray" if name == "gray" else "rgb24"), np.dtype(np.uint8)
    is_gray = index.is_gray or name.startswith("gray")
    turns = round(frame.rotation / 90) % 4
    size = (frame.width, frame.height) if turns % 2 else (frame.height, frame.width)
    return (
        _Form(format_, turns, is_gray, size if is_gray else (*size, 3), dtype, n_added),
        Fraction(time_base or 1),
        rate,
    )


class _VideoPlayer:
    """Decodes the frames of a video in order, or from the last one before that can be decoded alone."""

    def __init__(self, path: Path, index: VideoIndex, form: _Form) -> None:
        self._path, self._index, self._form = path, index, form
        self._opened = ExitStack()
        self._start(0)

    def frame(self, number: int) -> NDArray[Any]:
        with reading_video(self._path, f"frame {number}"):
            found = self._find(number)
            self.position = number + 1
            return self._pixels(found)

    def close(self) -> None:
        self._opened.close()

    def _find(self, number: int) -> VideoFrame:
        key = self._index.key_before(number)
        if number < self.position or key > self.position + _NEAR:
            self._start(key)
        frame = self._look_for(number)
        if frame is None:
            # A place from which decoding was said to be possible was none.
            self._start(0)
            frame = self._look_for(number)
        if frame is None:
            raise EOFError("it cannot be decoded")
        return frame

    def _look_for(self, number: int) -> VideoFrame | None:
        wanted = self._index.stamps[number]
        for frame in self._frames:
            stamp = self._next if self._index.is_counted else frame.pts
            self._next += 1
            if stamp is not None and stamp >= wanted:
                return frame if stamp == wanted else None
        return None

    def _start(self, number: int) -> None:
        """Go to a frame from which decoding can begin."""
        self._opened.close()
        container, stream = self._opened.enter_context(opened_video(self._path))
        if number:
            container.seek(self._index.stamps[number], stream=stream)
        self._frames: Iterator[VideoFrame] = container.decode(stream)
        self.position = self._next = number

    def _pixels(self, frame: VideoFrame) -> NDArray[Any]:
        pixels = np.asarray(frame.to_ndarray(format=self._form.format))
        if self._form.is_gray and pixels.ndim == 3:
            pixels = pixels[..., 0]
        if self._form.n_added:
            pixels = np.right_shift(pixels, self._form.n_added)
        turned: NDArray[Any] = np.rot90(pixels, self._form.turns)
        if turned.shape != self._form.shape:
            raise ValueError(
                f"{self._path}: frames change their size, to {turned.shape[1]} x {turned.shape[0]}"
            )
        return turned

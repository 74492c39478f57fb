"""Animated GIF, PNG and WebP files: pictures along time."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from itertools import accumulate
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jpkl._metadata import rounded
from jpkl.readers._calibration import Calibration
from jpkl.readers._image_file import ImageFile
from jpkl.readers._picture_file import PictureKind, is_clear, opened_picture, pixels_of, reading_picture
from jpkl.readers._plane_array import PlaneArray
from jpkl.readers._players import PlayedPlanes

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile as PillowFile

#: Pixels of all frames up to which they are looked through when the file is opened.
_MOST_TO_LOOK_THROUGH = 64 << 20
_NO_ALPHA = "left out alpha (transparency): the colors below it are shown"
#: Programs show frames that are said to last no time for about so long.
_SECONDS_OF_NONE = 0.1


def read_animation(path: Path, kind: PictureKind) -> ImageFile:
    """Open an animation whose first frame is of that kind; its frames are RGB unless all are gray."""
    colored = replace(kind, shape=(*kind.shape[:2], 3), dtype=np.dtype(np.uint8), mode="RGB")
    n_frames, seconds, is_gray, has_alpha = _look_through(path, colored)
    kind = replace(colored, shape=kind.shape[:2]) if is_gray else colored
    planes = PlayedPlanes(n_frames, kind.shape, kind.dtype, lambda: _AnimationPlayer(path, colored, is_gray))
    array = PlaneArray(planes, np.arange(n_frames), (slice(None),) * len(kind.shape))
    axes = "TYX" if is_gray else "TYXS"
    calibration = Calibration(axes, array.shape)
    calibration.add(source=path.name)
    if seconds:
        starts = [0.0, *accumulate(seconds)][:-1]
        calibration.set_coords("time", starts, "s")
        calibration.add(fps=rounded(n_frames / sum(seconds)))
    notes = (_NO_ALPHA,) if has_alpha else ()
    return ImageFile(array, axes, calibration.found.as_dict(), notes, planes.close)


def _look_through(path: Path, kind: PictureKind) -> tuple[int, list[float], bool, bool]:
    """Return the number of frames, how long each is shown in seconds, whether all are gray, or some clear.

    The durations of a long animation are not known, and it is not known to be gray, or clear anywhere.
    """
    with reading_picture(path), opened_picture(path) as picture:
        n_frames: int = picture.n_frames  # type: ignore[attr-defined]
        if n_frames * prod(kind.shape[:2]) > _MOST_TO_LOOK_THROUGH:
            return n_frames, [], False, False
        seconds, is_gray, has_alpha = [], True, False
        for number in range(n_frames):
            picture.seek(number)
            pixels = pixels_of(path, picture, kind)
            is_gray = is_gray and bool((pixels == pixels[..., :1]).all())
            has_alpha = has_alpha or is_clear(picture)
            seconds.append(picture.info.get("duration", 0) / 1000 or _SECONDS_OF_NONE)
    return n_frames, seconds, is_gray, has_alpha


class _AnimationPlayer:
    """Decodes the frames of an animation, each of which may be painted over the one before."""

    def __init__(self, path: Path, kind: PictureKind, is_gray: bool) -> None:
        self._path, self._kind, self._is_gray = path, kind, is_gray
        self._opened = ExitStack()
        self._rewind()

    def _rewind(self) -> None:
        # By opening it again: Pillow may lose count of the frames of PNG when it goes back.
        self._opened.close()
        self._picture: PillowFile = self._opened.enter_context(opened_picture(self._path))
        self.position = 0

    def frame(self, number: int) -> NDArray[Any]:
        with reading_picture(self._path, is_opened=True):
            if number < self.position:
                self._rewind()
            self._picture.seek(number)
            pixels = pixels_of(self._path, self._picture, self._kind)
        self.position = number + 1
        return pixels[..., 0] if self._is_gray else pixels

    def close(self) -> None:
        self._opened.close()

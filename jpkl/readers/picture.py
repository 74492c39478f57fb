"""Pictures: PNG, JPEG, BMP, GIF, WebP, AVIF, PBM, PGM and PPM, through Pillow; animations have a time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._codecs.jpeg_header import JPEG_START
from jpkl._metadata import StackMetadata
from jpkl.readers._animation import read_animation
from jpkl.readers._image_file import ImageFile, ReadOptions
from jpkl.readers._picture_file import PictureKind, kind_of, opened_picture, pixels_of, reading_picture
from jpkl.readers._plane_array import PlaneArray
from jpkl.readers._scenes import choose_scene


def read(path: Path, scene: str | None, options: ReadOptions) -> ImageFile:
    """Open a picture or an animation; it is decoded as it is indexed, and turned as its EXIF data say."""
    if scene is not None:
        choose_scene(path, ("0",), scene)
    with reading_picture(path), opened_picture(path) as picture:
        kind = kind_of(picture, keeps_samples=lacks_samples(options.axes))
        if getattr(picture, "n_frames", 1) > 1 and picture.format != "MPO":
            return read_animation(path, kind)
    array = PlaneArray(_Picture(path, kind), np.zeros((), np.intp), (slice(None),) * len(kind.shape))
    metadata = StackMetadata(source=path.name).as_dict()
    return ImageFile(array, axes_of(kind.shape), metadata, alpha_notes(kind))


class _Picture:
    """The only plane of a picture."""

    shape: tuple[int, ...] = ()
    is_there = np.ones(1, bool)

    def __init__(self, path: Path, kind: PictureKind) -> None:
        self._path, self._kind = path, kind
        self.plane_shape, self.dtype = kind.shape, kind.dtype

    def read(self, numbers: list[int]) -> NDArray[Any]:
        with reading_picture(self._path, is_opened=True), opened_picture(self._path) as picture:
            plane = pixels_of(self._path, picture, self._kind)
        return np.broadcast_to(plane, (len(numbers), *plane.shape))

    def encoded(self, number: int) -> bytes | None:
        """Return the file, if it is a JPEG that is shown as it is stored."""
        if self._kind.turns != (0, False):
            return None
        with self._path.open("rb") as file:
            start = file.read(len(JPEG_START))
            return start + file.read() if start == JPEG_START else None

    def place(self, number: int) -> str:
        return "the only plane"


def lacks_samples(axes: str | Sequence[str] | None) -> bool:
    """Return whether the user has said what the axes are, and that none is of RGB samples."""
    return axes is not None and not {"s", "rgb", "samples"} & {name.lower() for name in axes}


def axes_of(shape: Sequence[int]) -> str:
    """Return the axes of a picture: three samples are red, green and blue, others channels."""
    return "YX" if len(shape) == 2 else "YXS" if shape[2] == 3 else "YXC"


def alpha_notes(kind: PictureKind) -> tuple[str, ...]:
    """Return a note where alpha was left out."""
    if not kind.has_alpha or kind.shape[2:] in ((2,), (4,)):
        return ()
    return ("left out alpha (transparency); --axes without S, e.g. YXC, keeps it",)

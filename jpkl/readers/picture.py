"""Pictures: PNG, JPEG, BMP, GIF, WebP, AVIF, PBM, PGM and PPM, through Pillow; animations have a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._codecs.jpeg_header import JPEG_START
from jpkl._metadata import StackMetadata
from jpkl.readers._animation import read_animation
from jpkl.readers._file_names import FRAME
from jpkl.readers._image_file import ImageFile, ReadOptions
from jpkl.readers._picture_file import PictureKind, kind_of, opened_picture, pixels_of, reading_picture
from jpkl.readers._picture_parts import Part, parts_of
from jpkl.readers._plane_array import PlaneArray
from jpkl.readers._scenes import choose_scene, distinct_names, scene_notes


def read(path: Path, scene: str | None, options: ReadOptions) -> ImageFile:
    """Open pictures or an animation; they are decoded as they are indexed, and turned as EXIF data say.

    Several that are alike are frames, others scenes.
    """
    keeps_samples = lacks_samples(options.axes)
    with reading_picture(path), opened_picture(path) as picture:
        kind = kind_of(picture, keeps_samples=keeps_samples)
        if getattr(picture, "n_frames", 1) > 1:
            choose_scene(path, ("0",), scene)
            return read_animation(path, kind)
        with path.open("rb") as file:
            parts = parts_of(picture, file)
    kinds = _kinds_of(path, parts, kind, keeps_samples)
    are_frames = len(set(kinds)) == 1
    names = distinct_names([None] * (1 if are_frames else len(parts)))
    number = choose_scene(path, names, scene)
    if not are_frames:
        parts, kind = parts[number : number + 1], kinds[number]
    outer: tuple[int, ...] = (len(parts),) if len(parts) > 1 else ()
    numbers = np.arange(len(parts)).reshape(outer)
    array = PlaneArray(_Pictures(path, kind, parts, outer), numbers, (slice(None),) * len(kind.shape))
    axes = axes_of(kind.shape)
    metadata = StackMetadata(source=path.name).as_dict()
    notes = (*scene_notes(names, number, scene), *alpha_notes(kind))
    opened = ImageFile(array, [FRAME, *axes] if outer else axes, metadata, notes)
    return opened if are_frames else replace(opened, scenes=names, scene=names[number])


def _kinds_of(
    path: Path, parts: Sequence[Part], first: PictureKind, keeps_samples: bool
) -> list[PictureKind]:
    """Return what the pixels of each picture become, of which the first is known."""
    kinds = [first]
    known = {part.like: first for part in parts[:1] if part.like is not None}
    for part in parts[1:]:
        if (kind := known.get(part.like)) is None:
            with reading_picture(path), opened_picture(path, part) as picture:
                kind = kind_of(picture, keeps_samples=keeps_samples)
        kinds.append(kind)
    return kinds


class _Pictures:
    """The pictures of a file that are alike, as planes."""

    def __init__(self, path: Path, kind: PictureKind, parts: Sequence[Part], shape: tuple[int, ...]) -> None:
        self._path, self._kind, self._parts = path, kind, parts
        self.shape, self.plane_shape, self.dtype = shape, kind.shape, kind.dtype
        self.is_there = np.ones(len(parts), bool)

    def read(self, numbers: list[int]) -> NDArray[Any]:
        planes = np.empty((len(numbers), *self.plane_shape), self.dtype)
        for plane, number in zip(planes, numbers, strict=True):
            part = self._parts[number]
            with reading_picture(self._path, is_opened=True), opened_picture(self._path, part) as picture:
                plane[...] = pixels_of(self._path, picture, self._kind)
        return planes

    def encoded(self, number: int) -> bytes | None:
        """Return the bytes of a picture, if they are a JPEG that is shown as it is stored."""
        if self._kind.turns != (0, False):
            return None
        with self._path.open("rb") as file:
            content = self._parts[number].read(file)
            return content if content.startswith(JPEG_START) else None

    def place(self, number: int) -> str:
        return f"picture {number}" if self.shape else "the only plane"


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

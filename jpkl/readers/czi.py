"""Zeiss CZI: scenes, mosaics that are put together, and pyramids."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._text import count, one_line
from jpkl.readers._calibration import Calibration
from jpkl.readers._czi_file import CziFile, Subblock
from jpkl.readers._czi_levels import factors_of, levels_of
from jpkl.readers._czi_metadata import CziMetadata
from jpkl.readers._damage import DAMAGE, library, reading
from jpkl.readers._image_file import ImageFile, ReadOptions
from jpkl.readers._plane_image import Choice, choose, plane_image
from jpkl.readers._planes import ReadPlanes
from jpkl.readers._scenes import choose_level, distinct_names

#: Dims that count planes, the slowest first, and the names of those that have no letter in OME.
_LOOPS = "VHIRBTCZ"
_NAMES = {"V": "view", "H": "phase", "I": "illumination", "R": "rotation", "B": "block"}


def read(path: Path, scene: str | None, options: ReadOptions) -> ImageFile:
    """Open one scene of a CZI file; tiles are read as the array is indexed."""
    library("imagecodecs", "CZI")
    with reading(path, "CZI"):
        file = CziFile(path)
        try:
            return _open(path, file, scene, options)
        except BaseException:
            file.close()
            raise


def _open(path: Path, file: CziFile, scene: str | None, options: ReadOptions) -> ImageFile:
    xml, stamps, lost = _texts(file)
    metadata = CziMetadata(xml)
    scenes = sorted({subblock.start.get("S", 0) for subblock in file.subblocks})
    names = distinct_names([metadata.scene_name(each) for each in scenes])
    choice = choose(path, names, scene, has_levels=True)
    own = [each for each in file.subblocks if each.start.get("S", 0) == scenes[choice.number]]
    levels = [_Level(file, tiles, reduction) for reduction, tiles in levels_of(own).items()]
    about_levels = choose_level(path, [each.frame_shape for each in levels], choice.level, choice.name)
    level = levels[choice.level]
    planes = ReadPlanes(
        path, level.shape, level.frame_shape, level.dtype, level.plane, is_there=level.is_there()
    )
    return plane_image(
        path,
        planes,
        level.axes,
        options=options,
        choice=choice,
        describe=lambda found: _describe(found, metadata, stamps, level),
        close=file.close,
        notes=[*lost, *about_levels, *_notes(level, metadata, choice)],
    )


def _texts(file: CziFile) -> tuple[str, list[float], list[str]]:
    """Return the metadata and the times, and a note where damage has left none of them."""
    xml: str = ""
    stamps: list[float] = []
    try:
        xml = file.xml()
        stamps = file.time_stamps()
    except DAMAGE as error:  # the pixels are worth having without them
        return xml, stamps, [f"some of its metadata are damaged: {one_line(str(error))}"]
    return xml, stamps, []


class _Level:
    """One level of the pyramid of one scene: planes, each of one tile or of several.

    Parameters
    ----------
    file : CziFile
        The file.
    tiles : sequence of Subblock
        All of the level.
    reduction : int
        By how much smaller it is than the full resolution.
    """

    def __init__(self, file: CziFile, tiles: Sequence[Subblock], reduction: int) -> None:
        self.factors = factors_of(tiles, reduction)
        self._file = file
        self._tiles = tiles
        self._box = {axis: self._extent(axis) for axis in "YX"}
        loops = {axis: self._extent(axis) for axis in _LOOPS}
        self._loops = {axis: extent for axis, extent in loops.items() if len(extent) > 1}
        if any(each.size.get(axis, 1) > 1 for each in self._tiles for axis in _LOOPS):
            raise ValueError("it has tiles of several planes (line scans, spectra), which are not supported")
        if len({each.n_samples for each in self._tiles}) > 1:
            raise ValueError("some of its channels are gray and some in color, which no array can hold")

    def _extent(self, axis: str) -> range:
        """Return the indices along an axis."""
        first = min(each.start.get(axis, 0) for each in self._tiles)
        return range(first, max(each.start.get(axis, 0) + each.size.get(axis, 1) for each in self._tiles))

    @property
    def sizes(self) -> dict[str, int]:
        """Length of each axis that counts planes."""
        return {axis: len(extent) for axis, extent in self._loops.items()}

    @property
    def shape(self) -> tuple[int, ...]:
        """The same, in order."""
        return tuple(self.sizes.values())

    @cached_property
    def frame_shape(self) -> tuple[int, ...]:
        """Rows, columns, and samples of colors."""
        if not self.is_mosaic:  # but one tile for each plane, wherever the stage has drifted
            height, width = np.max([each.stored_shape[:2] for each in self._tiles], axis=0).tolist()
        else:
            height, width = (math.ceil(len(self._box[axis]) / self.factors[axis]) for axis in "YX")
        return (height, width, *((3,) if self._tiles[0].n_samples == 3 else ()))

    @property
    def is_mosaic(self) -> bool:
        """Whether planes have several tiles."""
        return max(map(len, self.tiles_of.values())) > 1

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """One that holds the pixels of all channels."""
        return np.result_type(*{each.dtype for each in self._tiles})

    @property
    def axes(self) -> list[str]:
        """A letter or name for each axis."""
        loops = [_NAMES.get(axis, axis) for axis in self._loops]
        return [*loops, "Y", "X", *(["S"] if len(self.frame_shape) == 3 else [])]

    @cached_property
    def tiles_of(self) -> dict[int, list[Subblock]]:
        """The tiles of each plane that has any, by its number; later ones cover earlier ones."""
        found: dict[int, list[Subblock]] = {}
        for each in sorted(self._tiles, key=lambda tile: tile.start.get("M", 0)):
            number = 0
            for axis, extent in self._loops.items():
                number = number * len(extent) + each.start.get(axis, 0) - extent.start
            found.setdefault(number, []).append(each)
        return found

    def is_there(self) -> NDArray[np.bool_]:
        """Return which planes have tiles, all of which are in the file."""
        return np.array(
            [
                number in self.tiles_of and all(map(self._file.has, self.tiles_of[number]))
                for number in range(math.prod(self.shape))
            ],
            bool,
        )

    def plane(self, number: int) -> NDArray[Any]:
        """Return a plane: its tiles at their places, black where there is none."""
        plane = np.zeros(self.frame_shape, self.dtype)
        for each in self.tiles_of[number]:
            pixels = self._file.pixels(each)
            top, left = (
                int((each.start[axis] - self._box[axis].start) // self.factors[axis]) if self.is_mosaic else 0
                for axis in "YX"
            )
            place = plane[top : top + pixels.shape[0], left : left + pixels.shape[1]]
            place[...] = pixels[: place.shape[0], : place.shape[1]]
        return plane


def _notes(level: _Level, metadata: CziMetadata, choice: Choice) -> list[str]:
    notes = []
    if level.is_mosaic and choice.level == 0:
        most = max(map(len, level.tiles_of.values()))
        notes.append(f"a mosaic of {count(most, 'tile')}, put together at their positions; black in between")
    for letter, n in metadata.promised(level.sizes).items():
        name = {"T": "time point", "C": "channel", "Z": "section"}[letter]
        notes.append(f"{count(n, name)} were to be recorded, {level.sizes.get(letter, 1):,} are there")
    return notes


def _describe(found: Calibration, metadata: CziMetadata, stamps: list[float], level: _Level) -> None:
    n = found.sizes.get("time", 0)
    if n and len(stamps) >= level.sizes["T"]:
        found.set_times([stamp - stamps[0] for stamp in stamps[:n]])
    metadata.describe(found, level.factors)

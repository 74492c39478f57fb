"""TIFF, OME-TIFF and ImageJ hyperstacks, through tifffile."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from jpkl._bytes import UrlPath
from jpkl._metadata import rounded
from jpkl._tiff_note import read_note
from jpkl.readers._damage import reason_of
from jpkl.readers._image_file import ArrayLike, ImageFile, ReadOptions
from jpkl.readers._imagej_values import CalibratedArray, Line, line_of, values_note
from jpkl.readers._plane_array import PlaneArray
from jpkl.readers._plane_image import Choice, choose
from jpkl.readers._planes import StoredPlanes
from jpkl.readers._scanimage import scanimage_notes
from jpkl.readers._scenes import choose_level, distinct_names
from jpkl.readers._tiff_metadata import note_in, read_metadata
from jpkl.readers._tiff_missing import kept_planes
from jpkl.readers._tiff_opening import UNCOUNTED, open_tiff, silence
from jpkl.readers._tiff_planes import PagedPlanes, damage, planes_of
from jpkl.readers._tiff_samples import inverted_limits, lut_color, meaning_of, unnamed_notes
from jpkl.readers._tiff_structure import break_in, series_of

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPageSeries


def read(path: Path, scene: str | None, options: ReadOptions) -> ImageFile:
    """Open one series of a TIFF file; pages are read as the array is indexed."""
    with silence():
        tiff = open_tiff(path)
        try:
            return _open_series(path, tiff, scene, options)
        except BaseException:
            tiff.close()
            raise


def _open_series(path: Path, tiff: TiffFile, scene: str | None, options: ReadOptions) -> ImageFile:
    try:
        if len(tiff.pages) == 0 and (broken := break_in(tiff)):
            raise ValueError(
                f"{path}: the file is cut off: it {broken}. Nothing of it can be read; copy it again"
            )
        choice = choose(path, scene_names(tiff), scene, has_levels=True)
        return _read_series(path, tiff, choice, options)
    except damage() as error:
        if str(path) in str(error):  # a message of our own
            raise
        raise ValueError(f"{path}: damaged TIFF file: {reason_of(error)}") from error


def _read_series(path: Path, tiff: TiffFile, choice: Choice, options: ReadOptions) -> ImageFile:
    number = choice.number
    full = series_of(tiff)[number]
    levels = [_height_and_width(level) for level in full.levels]
    about_levels = choose_level(path, levels, choice.level, choice.name)
    series = full.levels[choice.level] if choice.level else full
    if series.dtype is None:
        raise ValueError(f"{path}: pixels of {series.keyframe.bitspersample} bits are not supported")
    lock = threading.RLock()
    keeps_samples = _lacks_samples(options.axes)
    meaning = meaning_of(series, lock, keeps_samples=keeps_samples)
    planes = planes_of(path, tiff, series, lock)
    is_counted = series.kind not in UNCOUNTED
    kept = kept_planes(path, tiff, planes, meaning.axes, options.missing, is_counted=is_counted)
    crops = meaning.crops[len(planes.shape) :]
    array: ArrayLike
    if isinstance(planes, StoredPlanes) and planes.can_be_mapped and meaning.conversion is None:
        array = planes.mapped()[(..., *crops)]
    else:
        array = PlaneArray(planes, kept.numbers, crops, meaning.conversion)
    found = read_metadata(tiff, number, meaning.axes, array.shape)
    if choice.level and found.pixel_size is not None:
        found = replace(found, pixel_size=_reduced(found.pixel_size, levels[0], levels[choice.level]))
    found = replace(found, source=path.name)
    found = replace(found, channel_limits=inverted_limits(found.channel_limits, meaning.conversion))
    if not found.channel_colors and (color := lut_color(series)):
        n_channels = array.shape[meaning.axes.index("C")] if "C" in meaning.axes else 1
        found = replace(found, channel_colors=(color,) * n_channels)
    array, values = (array, ()) if meaning.conversion else _intensities(tiff, array)
    about = (*_notes(tiff, number), *choice.notes, *about_levels)
    close = partial(_close, tiff, planes)
    axes, metadata = read_note(note_in(tiff, number), meaning.axes, array.shape, found.as_dict())
    is_named = keeps_samples or list(axes) != list(meaning.axes)
    unnamed = () if is_named else unnamed_notes(meaning.axes)
    notes = (*about, *kept.notes, *meaning.notes, *unnamed, *values)
    parts = () if isinstance(path, UrlPath) or planes.files == (path,) else planes.files
    return ImageFile(array, axes, metadata, notes, close, choice.names, choice.name, parts=parts)


def _close(tiff: TiffFile, planes: StoredPlanes | PagedPlanes) -> None:
    tiff.close()
    if isinstance(planes, PagedPlanes):
        planes.close()


def _height_and_width(series: TiffPageSeries) -> tuple[int, int]:
    return int(series.keyframe.imagelength), int(series.keyframe.imagewidth)


def _reduced(
    pixel_size: tuple[float, float], full: tuple[int, int], level: tuple[int, int]
) -> tuple[float, float]:
    height, width = (
        rounded(size * round(n / of_level, 3))
        for size, n, of_level in zip(pixel_size, full, level, strict=True)
    )
    return height, width


def _intensities(tiff: TiffFile, array: ArrayLike) -> tuple[ArrayLike, tuple[str, ...]]:
    """Return the pixels as ImageJ's calibration means them, and a note where that is not possible."""
    metadata = {} if tiff.is_ome else tiff.imagej_metadata or {}
    line = line_of(metadata, array.dtype)
    return array if line == Line() else CalibratedArray(array, line), values_note(metadata, array.dtype)


def _lacks_samples(axes: str | Sequence[str] | None) -> bool:
    """Return whether the user has said what the axes are, and that none is of RGB samples."""
    return axes is not None and not {"s", "rgb", "samples"} & {name.lower() for name in axes}


def scene_names(tiff: TiffFile) -> tuple[str, ...]:
    """Return the names of the series, where the file has some."""
    every = series_of(tiff)
    names = [series.name for series in every]
    if [series.kind for series in every] == ["lsm", "lsm"]:
        names = [names[0], "thumbnails"]
    return distinct_names(names)


def _notes(tiff: TiffFile, number: int) -> tuple[str, ...]:
    series = series_of(tiff)[number]
    if series.kind == "scanimage":
        return scanimage_notes(tiff)
    if series.kind in UNCOUNTED and (tiff.is_ome or tiff.is_imagej or tiff.is_shaped):
        return (
            "what the file says about its axes does not fit its pages, which are read one after the other",
        )
    return _unnamed_pages(tiff, series) if series.kind == "ome" else ()


def _unnamed_pages(tiff: TiffFile, series: TiffPageSeries) -> tuple[str, ...]:
    """Return a note where pages like those of an image are in none, as the OME-XML says."""
    every = series_of(tiff)
    n_pages, n_named = len(tiff.pages), sum(len(level) for each in every for level in each.levels)
    if n_named >= n_pages or tiff.pages.get(n_pages - 1).shape != series.keyframe.shape:
        return ()
    return (f"the file has {n_pages} pages, of which its OME-XML names {n_named}: the others are not read",)

"""A stack as an ImageJ hyperstack or an OME-TIFF, with its axes, channels and scales."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from jpkl._array import JPkl
from jpkl._dims import CHANNEL_NAMES, FrameIndex, channel_dim
from jpkl._errors import MissingDependencyError
from jpkl._export.exporting import Watch, decoded_frames
from jpkl._export.limits import pixel_limits
from jpkl._metadata import StackMetadata, rounded
from jpkl._tiff_note import NOTE, write_note
from jpkl._units import length_ratio, ome_symbol

#: Letters of the dims that every program knows, and of those that none does.
_LETTERS = {"time": "T", "t": "T", "z": "Z"} | dict.fromkeys(CHANNEL_NAMES, "C")
_OTHER_LETTERS = "QAPRHEILVM"

#: Bytes of pixels that 32-bit offsets can address, with room for the tags.
_SMALL_TIFF = 2**32 - 2**25

#: Characters that XML has not; the last are halves of others.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

#: Numbers of pixels per unit that TIFF can say, whose fractions have 32 bits above and below the line.
_LEAST_RESOLUTION, _MOST_RESOLUTION = 2.0**-31, 2.0**32 - 1

#: Dtypes that ImageJ has, of gray frames and of RGB.
_IMAGEJ_DTYPES, _IMAGEJ_RGB_DTYPES = ("|b1", "|u1", "<u2"), ("|u1",)


def write_tiff(jp: JPkl, path: Path, watch: Watch) -> None:
    """Write a TIFF file.

    A name with ``.ome.`` asks for OME-TIFF. Other names give an ImageJ hyperstack where the dims are time,
    z and channel, and its 32-bit offsets suffice; else OME-TIFF, or for further dims a plain TIFF whose
    axes tifffile knows.

    Raises
    ------
    MissingDependencyError
        If tifffile is not installed.
    ValueError
        If OME-TIFF cannot hold the dims, or there are no frames.
    """
    if not jp.size:
        raise ValueError(f"a stack of dims {jp.dim_sizes} holds no frames, and a TIFF needs one")
    try:
        import tifffile
    except ImportError as error:
        raise MissingDependencyError("Writing TIFF files", "io") from error
    letters = dim_letters(jp.dim_names)
    order = _dim_order(letters)
    kind = _kind(path, set(letters), jp)
    dtype = np.dtype(np.uint8) if jp.dtype.kind == "b" else jp.dtype
    axes = "".join(letters[dim] for dim in order) + ("YXS" if jp.color else "YX")
    try:
        with decoded_frames(jp, _indices(jp, order), watch) as frames:
            tifffile.imwrite(
                path,
                (frame.astype(dtype, copy=False) for frame in frames),
                shape=(*(jp.dim_sizes[dim] for dim in order), *jp.frame_shape),
                dtype=dtype,
                photometric="rgb" if jp.color else "minisblack",
                imagej=kind == "imagej",
                ome=kind == "ome",
                bigtiff=kind != "imagej" and jp.nbytes > _SMALL_TIFF,
                metadata=_legal({"axes": axes, **_METADATA[kind](jp), **_note(jp, kind, order, axes)}),
                **_resolution(jp, kind),
            )
    except tifffile.OmeXmlError as error:
        dims = ", ".join(jp.dim_names)
        raise ValueError(
            f"{path.name}: OME-TIFF cannot hold {jp.dtype} pixels with dims {dims}: {error}; export .tif"
        ) from error


def _note(jp: JPkl, kind: str, order: list[int], axes: str) -> dict[str, Any]:
    """Return what the format cannot say, where each kind of file has room for it."""
    shape = (*(jp.dim_sizes[dim] for dim in order), *jp.frame_shape)
    names = [jp.dim_names[dim] for dim in order]
    limits = [] if kind == "imagej" else pixel_limits(jp, _metadata_of(jp))  # which ImageJ has as Ranges
    known = StackMetadata.of(jp)
    note = write_note(
        jp.metadata, known, names, shape, axes, limits=limits, has_unit=_HAS_UNIT[kind], is_exact=jp.is_exact
    )
    if note is None:
        return {}
    if kind == "ome":
        # For people: programs that list annotations show them as they are.
        said = {f"DisplayRange #{i}": f"{low:g} {high:g}" for i, (low, high) in enumerate(limits)}
        return {"MapAnnotation": {"Namespace": NOTE, "Value": {NOTE: note, **said}}}
    return {"Info": f"{NOTE}: {note}"} if kind == "imagej" else {NOTE: note}


def _kind(path: Path, letters: set[str], jp: JPkl) -> str:
    if ".ome." in path.name.lower():
        return "ome"
    if letters <= set("TZC") and jp.dtype.itemsize <= 4:
        has_dtype = jp.dtype.str in (_IMAGEJ_RGB_DTYPES if jp.color else _IMAGEJ_DTYPES)
        # ImageJ has the size of pixels nowhere else.
        has_size = StackMetadata.of(jp).pixel_size is None or bool(_resolution(jp, "imagej"))
        fits_imagej = jp.nbytes < _SMALL_TIFF and has_dtype and has_size
        return "imagej" if fits_imagej else "ome"
    return "plain"


def dim_letters(dim_names: tuple[str, ...]) -> list[str]:
    """Return one TIFF axis letter per dim: T, Z, C where the name fits, letters without meaning for the rest.

    Examples
    --------
    >>> dim_letters(("time", "angle", "channel"))
    ['T', 'Q', 'C']
    """
    letters: list[str] = []
    for name in dim_names:
        wanted = _LETTERS.get(name.lower(), name if name in tuple(_OTHER_LETTERS) else None)
        taken = {*letters, *(_LETTERS.get(other.lower()) for other in dim_names), *dim_names}
        if wanted is None or wanted in letters:
            wanted = next(letter for letter in _OTHER_LETTERS if letter not in taken)
        letters.append(wanted)
    return letters


def _dim_order(letters: list[str]) -> list[int]:
    """Return the dims in the order in which TIFF wants them: others, then T, Z, C."""
    return sorted(range(len(letters)), key=lambda dim: ("TZC".find(letters[dim]), dim))


def _indices(jp: JPkl, order: list[int]) -> list[FrameIndex]:
    by_position = itertools.product(*(range(jp.dim_sizes[dim]) for dim in order))
    places = np.argsort(order)
    return [tuple(position[place] for place in places) for position in by_position]


# -- what TIFF can say of the metadata -----------------------------------------------------------------


def _metadata_of(jp: JPkl) -> StackMetadata:
    known = StackMetadata.of(jp)
    if "C" in dim_letters(jp.dim_names) and channel_dim(jp.dim_names) is None:
        # Of two dims that are called channel, one gets the letter, but neither has the names.
        return replace(known, channel_names=(), channel_colors=())
    return known


def _resolution(jp: JPkl, kind: str) -> dict[str, Any]:
    """Return pixels per unit: for ImageJ that of its description, for others centimeters, or none."""
    known = StackMetadata.of(jp)
    if known.pixel_size is None:
        return {}
    ratio = length_ratio(known.pixel_unit, "cm") if kind != "imagej" and known.pixel_unit else None
    height, width = (side * (ratio or 1.0) for side in known.pixel_size)
    resolution = 1 / width, 1 / height
    if not _LEAST_RESOLUTION <= min(resolution) <= max(resolution) <= _MOST_RESOLUTION:
        return {}
    return {"resolution": resolution, "resolutionunit": "NONE" if ratio is None else "CENTIMETER"}


def _dim_of(jp: JPkl, letter: str) -> str | None:
    letters = dim_letters(jp.dim_names)
    return jp.dim_names[letters.index(letter)] if letter in letters else None


def _step(jp: JPkl, metadata: StackMetadata, letter: str) -> tuple[float, str] | None:
    """Return spacing and unit along the dim of that letter, if it is the same throughout."""
    name = _dim_of(jp, letter)
    step = None if name is None else metadata.step(name)
    return None if name is None or step is None else (step, metadata.unit(name))


def _imagej_metadata(jp: JPkl) -> dict[str, Any]:
    known = _metadata_of(jp)
    metadata = {
        **({"unit": _escaped(known.pixel_unit)} if known.pixel_unit else {}),
        **_imagej_sections(jp, known),
        **_imagej_display(jp, known),
    }
    if t := _step(jp, known, "T"):
        metadata |= {"finterval": t[0], "tunit": _escaped(t[1] or "s")}
    if names := known.channel_names:
        metadata["Labels"] = list(names) * (prod(jp.dim_sizes) // len(names))
    return metadata


def _legal(value: Any) -> Any:
    """Return metadata without characters that XML has not, so that no other program refuses the file."""
    match value:
        case str():
            return _NOT_XML.sub("\ufffd", value)
        case dict():
            return {_legal(key): _legal(each) for key, each in value.items()}
        case list():
            return [_legal(each) for each in value]
        case tuple():  # of which tifffile makes one entry, where those of a list are entries each
            return tuple(_legal(each) for each in value)
        case _:
            return value


def _escaped(text: str) -> str:
    """Return text as ImageJ reads it in the description: ASCII, with Java's escapes."""
    pairs = _NOT_XML.sub("\ufffd", text).encode("utf-16-be")
    codes = [int.from_bytes(pairs[at : at + 2], "big") for at in range(0, len(pairs), 2)]
    return "".join(chr(code) if code < 128 else f"\\u{code:04X}" for code in codes)


def _imagej_sections(jp: JPkl, known: StackMetadata) -> dict[str, Any]:
    """Return where the sections are, in the unit of the pixels where both are lengths."""
    name, spacing = _dim_of(jp, "Z"), _step(jp, known, "Z")
    if name is None or spacing is None:
        return {}
    step, unit = spacing
    ratio = length_ratio(unit, known.pixel_unit) if unit and known.pixel_unit else None
    metadata: dict[str, Any] = {"spacing": rounded(step * (ratio or 1.0))}
    if unit and ratio is None:
        metadata["zunit"] = _escaped(unit)
    if numbers := known.numbers(name):
        metadata |= {"zorigin": rounded(-numbers[0] / step)} if numbers[0] else {}
    return metadata


def _imagej_display(jp: JPkl, known: StackMetadata) -> dict[str, Any]:
    """Return how it is displayed: colors, contrast limits, channels together or one at a time, how fast."""
    metadata: dict[str, Any] = {"fps": known.fps} if known.fps else {}
    if known.channel_colors:
        metadata["LUTs"] = [_lut(color) for color in known.channel_colors]
    if "C" in dim_letters(jp.dim_names) and (known.channel_colors or known.display_mode):
        metadata["mode"] = "color" if known.display_mode == "single" else "composite"
    if limits := pixel_limits(jp, known):
        metadata["Ranges"] = tuple(end for pair in limits for end in pair)
        if len(limits) == 1:  # where ImageJ has those of a single channel
            metadata |= {"min": limits[0][0], "max": limits[0][1]}
    return metadata


def _lut(color: str) -> Any:
    """Return the lookup table, shape (3, 256), from black to a color."""
    ramp = np.arange(256)[None, :] / 255
    return np.uint8(np.rint(np.array(_rgb(color))[:, None] * ramp))


def _rgb(color: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(color.removeprefix("#"))
    return red, green, blue


def _ome_metadata(jp: JPkl) -> dict[str, Any]:
    known = _metadata_of(jp)
    metadata: dict[str, Any] = {"Name": known.source} if known.source else {}
    if moment := _moment(known.acquired):
        metadata["AcquisitionDate"] = moment
    # Without a unit, a length would be in micrometers and a time in seconds; other units make no valid XML.
    if (size := known.pixel_size) and (unit := ome_symbol(known.pixel_unit)):
        metadata |= {"PhysicalSizeY": size[0], "PhysicalSizeX": size[1]}
        metadata |= {"PhysicalSizeYUnit": unit, "PhysicalSizeXUnit": unit}
    if (z := _step(jp, known, "Z")) and (unit := ome_symbol(z[1])):
        metadata |= {"PhysicalSizeZ": z[0], "PhysicalSizeZUnit": unit}
    if (t := _step(jp, known, "T")) and (unit := ome_symbol(t[1])):
        metadata |= {"TimeIncrement": t[0], "TimeIncrementUnit": unit}
    channel: dict[str, Any] = {}
    if known.channel_names:
        channel["Name"] = list(known.channel_names)
    if known.channel_colors:
        channel["Color"] = [_ome_color(_rgb(color)) for color in known.channel_colors]
    planes = _ome_planes(jp, known)
    return metadata | ({"Channel": channel} if channel else {}) | ({"Plane": planes} if planes else {})


def _moment(text: str) -> str | None:
    """Return a date with a time of day as XML has it; None where it is no such."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.isoformat() if "T" in text or " " in text else None


def _ome_planes(jp: JPkl, known: StackMetadata) -> dict[str, Any]:
    """Return the time and the z of each plane, where a step from 0 does not say them."""
    letters = dim_letters(jp.dim_names)
    indices = _indices(jp, _dim_order(letters))
    planes: dict[str, Any] = {}
    for letter, key in (("T", "DeltaT"), ("Z", "PositionZ")):
        name = _dim_of(jp, letter)
        numbers = None if name is None else known.numbers(name)
        if name is None or numbers is None or (numbers[0] == 0 and known.step(name) is not None):
            continue
        unit, dim = ome_symbol(known.unit(name)), letters.index(letter)
        if unit or letter == "Z":  # a time without a unit is in seconds, and a position in units of its own
            planes[key] = [numbers[index[dim]] for index in indices]
        if unit:
            planes[f"{key}Unit"] = [unit] * len(indices)
    return planes


def _ome_color(rgb: tuple[int, int, int]) -> int:
    """Return OME's signed 32-bit RGBA."""
    return int.from_bytes((*rgb, 255), "big", signed=True)


def _no_metadata(jp: JPkl) -> dict[str, Any]:
    return {}


_METADATA = {"imagej": _imagej_metadata, "ome": _ome_metadata, "plain": _no_metadata}
#: Whether each kind of file has a step in a unit.
_HAS_UNIT: dict[str, Callable[[str], Any]] = {"imagej": bool, "ome": ome_symbol, "plain": lambda unit: False}

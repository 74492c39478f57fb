"""A stack as an ImageJ hyperstack or an OME-TIFF, with its axes, channels and scales."""

from __future__ import annotations

import itertools
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from jpkl._array import JPkl
from jpkl._dims import CHANNEL_NAMES, FrameIndex, channel_dim
from jpkl._errors import MissingDependencyError
from jpkl._export.exporting import Watch, decoded_frames
from jpkl._metadata import StackMetadata

#: Letters of the dims that every program knows, and of those that none does.
_LETTERS = {"time": "T", "t": "T", "z": "Z"} | dict.fromkeys(CHANNEL_NAMES, "C")
_OTHER_LETTERS = "QAPRHEILVM"

#: Bytes of pixels that 32-bit offsets can address, with room for the tags.
_SMALL_TIFF = 2**32 - 2**25


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
        If OME-TIFF cannot hold the dims.
    """
    try:
        import tifffile
    except ImportError as error:
        raise MissingDependencyError("Writing TIFF files", "io") from error
    letters = dim_letters(jp.dim_names)
    order = _dim_order(letters)
    kind = _kind(path, set(letters), jp.nbytes)
    axes = "".join(letters[dim] for dim in order) + ("YXS" if jp.color else "YX")
    try:
        with decoded_frames(jp, _indices(jp, order), watch) as frames:
            tifffile.imwrite(
                path,
                frames,
                shape=(*(jp.dim_sizes[dim] for dim in order), *jp.frame_shape),
                dtype=np.uint8,
                photometric="rgb" if jp.color else "minisblack",
                imagej=kind == "imagej",
                ome=kind == "ome",
                bigtiff=kind != "imagej" and jp.nbytes > _SMALL_TIFF,
                metadata={"axes": axes, **_METADATA[kind](jp)},
                **_resolution(jp),
            )
    except tifffile.OmeXmlError as error:
        raise ValueError(
            f"{path.name}: OME-TIFF cannot hold dims {jp.dim_names}: {error}; export .tif"
        ) from error


def _kind(path: Path, letters: set[str], nbytes: int) -> str:
    if ".ome." in path.name.lower():
        return "ome"
    if letters <= set("TZC"):
        return "imagej" if nbytes < _SMALL_TIFF else "ome"
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


def _resolution(jp: JPkl) -> dict[str, Any]:
    size = StackMetadata.of(jp).pixel_size
    return {} if size is None else {"resolution": (1 / size[1], 1 / size[0])}


def _step(jp: JPkl, metadata: StackMetadata, letter: str) -> tuple[float, str] | None:
    """Return spacing and unit along the dim of that letter, if it is the same throughout."""
    letters = dim_letters(jp.dim_names)
    if letter not in letters:
        return None
    name = jp.dim_names[letters.index(letter)]
    step = metadata.step(name)
    return None if step is None else (step, metadata.unit(name))


def _imagej_metadata(jp: JPkl) -> dict[str, Any]:
    known = _metadata_of(jp)
    metadata: dict[str, Any] = {}
    if known.pixel_unit:
        # ImageJ reads the description as ASCII, with Java's escapes.
        escaped = known.pixel_unit.encode("ascii", "backslashreplace").decode()
        metadata["unit"] = escaped.replace("\\xb5", "\\u00B5")
    if z := _step(jp, known, "Z"):
        metadata["spacing"] = z[0]
    if t := _step(jp, known, "T"):
        metadata["finterval"] = t[0]
        metadata["tunit"] = t[1] or "s"
    if known.channel_colors:
        metadata |= {"mode": "composite", "LUTs": [_lut(color) for color in known.channel_colors]}
    if names := known.channel_names:
        metadata["Labels"] = list(names) * (prod(jp.dim_sizes) // len(names))
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
    metadata: dict[str, Any] = {}
    if size := known.pixel_size:
        metadata |= {"PhysicalSizeY": size[0], "PhysicalSizeX": size[1]}
        metadata |= {f"PhysicalSize{axis}Unit": known.pixel_unit for axis in "YX" if known.pixel_unit}
    if z := _step(jp, known, "Z"):
        metadata |= {"PhysicalSizeZ": z[0]} | ({"PhysicalSizeZUnit": z[1]} if z[1] else {})
    if t := _step(jp, known, "T"):
        metadata |= {"TimeIncrement": t[0]} | ({"TimeIncrementUnit": t[1]} if t[1] else {})
    channel: dict[str, Any] = {}
    if known.channel_names:
        channel["Name"] = list(known.channel_names)
    if known.channel_colors:
        channel["Color"] = [_ome_color(_rgb(color)) for color in known.channel_colors]
    return metadata | ({"Channel": channel} if channel else {})


def _ome_color(rgb: tuple[int, int, int]) -> int:
    """Return OME's signed 32-bit RGBA."""
    return int.from_bytes((*rgb, 255), "big", signed=True)


def _no_metadata(jp: JPkl) -> dict[str, Any]:
    return {}


_METADATA = {"imagej": _imagej_metadata, "ome": _ome_metadata, "plain": _no_metadata}

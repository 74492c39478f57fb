"""A stack as OME-Zarr 0.5: one chunk for each frame, with its axes, channels and scales."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from jpkl._array import JPkl
from jpkl._errors import MissingDependencyError
from jpkl._export.exporting import Watch, decoded_frames
from jpkl._export.limits import full_limits, pixel_limits
from jpkl._export.tiff import dim_letters
from jpkl._metadata import VALUE_UNIT, StackMetadata
from jpkl._pipeline import thread_pool
from jpkl._tiff_note import dates_in, plain_coords_of
from jpkl._units import ome_symbol

#: Axes in the order that the specification asks for; what is no time, channel or z is in place of channels.
_ORDER = "TCZ"
_AXES = ("t", "c", "z", "y", "x")
_TYPES = {"T": "time", "C": "channel", "Z": "space"}

#: Names in the specification of what OME-TIFF has as symbols.
_UNITS = {
    "pm": "picometer", "\u00c5": "angstrom", "nm": "nanometer", "\u00b5m": "micrometer", "mm": "millimeter",
    "cm": "centimeter", "dm": "decimeter", "m": "meter", "km": "kilometer", "in": "inch", "ft": "foot",
    "ps": "picosecond", "ns": "nanosecond", "\u00b5s": "microsecond", "ms": "millisecond", "s": "second",
    "min": "minute", "h": "hour", "d": "day",
}  # fmt: skip

#: Longest side of a chunk: larger frames are cut, as viewers in browsers want them.
_CHUNK = 2048


def write_ome_zarr(jp: JPkl, path: Path, watch: Watch) -> None:
    """Write a folder of OME-Zarr 0.5.

    What the format cannot say, such as uneven times and other names of dims, is in its attribute ``jpkl``.

    Raises
    ------
    MissingDependencyError
        If zarr is not installed.
    ValueError
        If OME-Zarr cannot hold the dims.
    """
    try:
        import zarr
    except ImportError as error:
        raise MissingDependencyError("Writing OME-Zarr", "formats") from error
    letters, order = _ordered_dims(jp)
    ome = _ome(jp, letters, order)
    attributes: dict[str, Any] = {"ome": ome, "jpkl": _ours(jp, letters, order)}
    height, width = jp.frame_shape[:2]
    lead = [jp.dim_sizes[dim] for dim in order]
    positions = list(itertools.product(*map(range, lead)))
    chunk = [1] * len(lead)
    at = sum(letters[dim] == "T" for dim in order)  # samples are channels, which come after time
    if jp.color:
        lead.insert(at, 3)
        chunk.insert(at, 3)
    shape, chunks = (*lead, height, width), (*chunk, min(height, _CHUNK), min(width, _CHUNK))
    names = [axis["name"] for axis in ome["multiscales"][0]["axes"]]

    def create() -> Any:
        group = zarr.open_group(path, mode="w", zarr_format=3, attributes=attributes)
        return group.create_array("0", shape=shape, chunks=chunks, dtype=jp.dtype, dimension_names=names)

    places = np.argsort(order)
    indices = [tuple(position[place] for place in places) for position in positions]
    # Zarr writes in a thread that Ctrl-C does not reach: before the folder is removed, it has to be done.
    with thread_pool(1) as writer, decoded_frames(jp, indices, watch) as frames:
        array = writer.submit(create).result()
        for position, frame in zip(positions, frames, strict=True):
            if jp.color:
                key, pixels = (*position[:at], slice(None), *position[at:]), np.moveaxis(frame, -1, 0)
            else:
                key, pixels = (*position, ...), frame
            writer.submit(array.__setitem__, key, pixels).result()


def _ordered_dims(jp: JPkl) -> tuple[list[str], list[int]]:
    """Return a letter for each dim, and the dims in the order of the axes."""
    letters = dim_letters(jp.dim_names)
    others = [dim for dim, letter in enumerate(letters) if letter not in _ORDER]
    has_channels = jp.color or "C" in letters
    if len(others) + has_channels > 1 or (jp.color and "C" in letters):
        raise ValueError(
            f"OME-Zarr holds time, z and channels (or RGB, or one other dim in their place), not "
            f"{', '.join(jp.dim_names)}{' and RGB' * jp.color}; choose one index of a dim with --select, "
            "or export .tif or .npy"
        )
    letters = ["C" if dim in others else letter for dim, letter in enumerate(letters)]
    return letters, sorted(range(len(letters)), key=lambda dim: _ORDER.index(letters[dim]))


def _ome(jp: JPkl, letters: Sequence[str], order: Sequence[int]) -> dict[str, Any]:
    """Return the metadata of the specification."""
    known = StackMetadata.of(jp)
    axes = [_dim_axis(jp, known, dim, letters[dim]) for dim in order]
    if jp.color:  # after time, before z
        at = sum(letters[dim] == "T" for dim in order)
        axes.insert(at, ({"name": "c", "type": "channel"}, 1.0, 0.0))
    height, width = known.pixel_size or (1.0, 1.0)
    unit = _unit(known.pixel_unit) if known.pixel_size else {}
    axes += [({"name": n, "type": "space", **unit}, size, 0.0) for n, size in (("y", height), ("x", width))]
    transformations: list[dict[str, Any]] = [{"type": "scale", "scale": [scale for _, scale, _ in axes]}]
    if any(first for *_, first in axes):
        transformations.append({"type": "translation", "translation": [first for *_, first in axes]})
    datasets = [{"path": "0", "coordinateTransformations": transformations}]
    multiscales = [
        {"name": known.source or "images", "axes": [axis for axis, *_ in axes], "datasets": datasets}
    ]
    channels = _channels(jp, known)
    return {"version": "0.5", "multiscales": multiscales, **({"omero": channels} if channels else {})}


def _dim_axis(jp: JPkl, known: StackMetadata, dim: int, letter: str) -> tuple[dict[str, str], float, float]:
    """Return an axis, its spacing, and where it begins."""
    name = jp.dim_names[dim]
    if letter == "C":
        is_channel = dim_letters(jp.dim_names)[dim] == "C"
        own = {"name": f"dim_{name}" if name.lower() in _AXES else name}
        return ({"name": "c", "type": "channel"} if is_channel else own), 1.0, 0.0
    step, numbers = known.step(name), known.numbers(name)
    axis = {"name": letter.lower(), "type": _TYPES[letter]}
    if step is None:
        return axis, 1.0, 0.0
    return {**axis, **_unit(known.unit(name))}, step, float(numbers[0]) if numbers else 0.0


def _unit(text: str) -> dict[str, str]:
    symbol = ome_symbol(text)
    return {} if symbol is None else {"unit": _UNITS[symbol]}


def _channels(jp: JPkl, known: StackMetadata) -> dict[str, Any]:
    """Return how channels are displayed, in the form of OMERO."""
    names: Sequence[str] = ("red", "green", "blue") if jp.color else known.channel_names
    colors = ("#ff0000", "#00ff00", "#0000ff") if jp.color else known.channel_colors
    limits = [] if jp.color else pixel_limits(jp, known)
    n = max(len(names), len(colors), len(limits))
    least, most = full_limits(jp)
    channels = [
        {
            **({"label": names[c]} if names else {}),
            "color": (colors[c] if colors else "#ffffff").removeprefix("#").upper(),
            "active": known.channel_visible[c] if len(known.channel_visible) == n else True,
            "window": {"min": min(least, low), "max": max(most, high), "start": low, "end": high},
        }
        for c, (low, high) in enumerate(limits or [(least, most)] * n)
    ]
    return {"channels": channels} if channels else {}


def _ours(jp: JPkl, letters: Sequence[str], order: Sequence[int]) -> dict[str, Any]:
    """Return names of dims and axes, and metadata, as far as JSON holds them: what our reader restores."""
    known = StackMetadata.of(jp)
    plain = {**jp.metadata, "coords": {name: plain_coords_of(known, name) for name in known.coords}}
    if not jp.is_exact:
        plain.pop(VALUE_UNIT, None)  # gray levels have none
    kept: dict[str, Any] = {}
    for key, value in plain.items():
        try:
            kept[str(key)] = json.loads(json.dumps(value, allow_nan=False))
        except (TypeError, ValueError):  # dates, bytes, infinities
            continue
    axes = [jp.dim_names[dim] for dim in order]
    if jp.color:
        axes.insert(sum(letters[dim] == "T" for dim in order), "S")
    noted = {"dim_names": list(jp.dim_names), "axes": [*axes, "Y", "X"], "metadata": kept}
    return {**noted, "dates": dates} if (dates := dates_in(known)) else noted

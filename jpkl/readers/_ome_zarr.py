"""What OME-Zarr 0.1 to 0.5 says of an image; pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from jpkl._tiff_note import with_dates
from jpkl.readers._calibration import Calibration, number

#: Short forms of units as OME-Zarr writes them; those of length are known by their names.
_UNITS = {"second": "s", "millisecond": "ms", "microsecond": "\u00b5s", "minute": "min", "hour": "h",
          "nanometer": "nm", "micrometer": "\u00b5m", "millimeter": "mm", "centimeter": "cm", "meter": "m",
          "angstrom": "\u00c5"}  # fmt: skip
_COLOR = re.compile(r"[0-9a-f]{6}([0-9a-f]{2})?", re.ASCII)
_LETTERS = {"t": "T", "time": "T", "channel": "C", "c": "C", "z": "Z", "y": "Y", "x": "X"}


@dataclass(frozen=True)
class Level:
    """One resolution of an image.

    Attributes
    ----------
    path : str
        Where its array is, in the group of the image.
    multiscale : mapping
        What is said of all resolutions.
    dataset : mapping
        What is said of this one.
    """

    path: str
    multiscale: Mapping[str, Any]
    dataset: Mapping[str, Any]


def ome_of(attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what OME says in the attributes of a group: 0.5 has it under a key."""
    return _mapping(attributes.get("ome")) or attributes


def levels_of(ome: Mapping[str, Any]) -> list[Level]:
    """Return the resolutions of all images of a group, the highest first."""
    return [
        Level(path, multiscale, dataset)
        for multiscale in map(_mapping, _items(ome.get("multiscales")))
        for dataset in map(_mapping, _items(multiscale.get("datasets")))
        if isinstance(path := dataset.get("path"), str)
    ]


def axes_of(level: Level, ndim: int) -> list[str]:
    """Return the names of the axes, those that everybody knows as OME's letters."""
    names = [
        str(_mapping(axis).get("name") if isinstance(axis, Mapping) else axis)
        for axis in _items(level.multiscale.get("axes"))
    ]
    if len(names) != ndim:
        names = list("tczyx"[-ndim:]) if ndim <= 5 else [*(f"dim{i}" for i in range(ndim - 2)), "y", "x"]
    return [_LETTERS.get(name.lower(), name) for name in names]


def read_ome_zarr(
    calibration: Calibration, level: Level, axes: Sequence[str], ome: Mapping[str, Any]
) -> None:
    """Add pixel sizes, steps, and what is said of channels."""
    sizes, origins = _transformed(level, len(axes))
    units = [_unit(axis) for axis in _items(level.multiscale.get("axes"))]
    units += [None] * (len(axes) - len(units))
    at = {axis: (sizes[i], units[i], origins[i]) for i, axis in enumerate(axes)}
    is_scaled = any(size != 1 for size in sizes)
    y, x = at["Y"], at["X"]
    if is_scaled or y[1]:
        calibration.set_pixel_size(y[0], x[0], y[1], x[1])
    for letter, set_step in (("Z", calibration.set_z), ("T", partial(calibration.set_step, "time"))):
        step, unit, origin = at.get(letter, (None, None, 0.0))
        if step and (unit or step != 1):
            set_step(step, unit, -origin / step)
    _read_channels(calibration, _mapping(ome.get("omero")))


#: What is not restored: limits are in the units of the pixels, which are others now, and a file has its name.
_NOT_RESTORED = frozenset({"source", "channel_limits", "encoded_from"})


def _is_made_up(key: str, value: Any) -> bool:
    """Return whether an export says something because the format asks for it."""
    return (
        (key == "channel_colors" and set(value) == {"#ffffff"})
        or (key == "channel_visible" and all(value))
        or (key == "pixel_size" and set(value) == {1.0})
    )


def restored(
    ours: Any, axes: Sequence[str], shape: Sequence[int], found: Mapping[str, Any]
) -> tuple[list[str], dict[str, Any]]:
    """Return axes and metadata with what the format cannot say, as our export notes it beside.

    Parameters
    ----------
    ours : object
        What is noted: ``{"axes": [...], "metadata": {...}}``. It is left alone if it does not fit.
    axes : sequence of str
        The axes by the format.
    shape : sequence of int
        Of the array.
    found : mapping
        The metadata by the format.
    """
    noted = [name for name in _items(_mapping(ours).get("axes")) if isinstance(name, str)]
    if len(noted) != len(axes) or noted[-2:] != ["Y", "X"] or len(set(noted)) != len(noted):
        return list(axes), dict(found)
    lengths = dict(zip(noted, shape, strict=True))
    kept = _mapping(_mapping(ours).get("metadata"))
    coords = {
        name: values
        for name, values in _mapping(kept.get("coords")).items()
        if len(_items(values)) == lengths.get(name)
    }
    with_dates(coords, _mapping(ours).get("dates"))
    others = {key: value for key, value in kept.items() if key not in (*_NOT_RESTORED, "coords")}
    found = {key: value for key, value in found.items() if key in kept or not _is_made_up(key, value)}
    if "S" in noted:  # red, green and blue are no channels to choose colors for
        found = {key: value for key, value in found.items() if not key.startswith("channel_")}
    return noted, {**found, **others, **({"coords": coords} if coords else {})}


def _read_channels(calibration: Calibration, omero: Mapping[str, Any]) -> None:
    channels = [_mapping(channel) for channel in _items(omero.get("channels"))]
    if len(channels) != calibration.n_channels:
        return
    calibration.set_names([_text(channel.get("label")) for channel in channels])
    calibration.set_colors([_color(channel.get("color")) for channel in channels])
    windows = [_mapping(channel.get("window")) for channel in channels]
    limits = [(number(window.get("start")), number(window.get("end"))) for window in windows]
    if all(low is not None and high is not None and low < high for low, high in limits):
        calibration.add(channel_limits=tuple(limits))
    active = [channel.get("active") for channel in channels]
    if all(isinstance(flag, bool) for flag in active) and any(active):
        calibration.add(channel_visible=tuple(active))
    model = _mapping(omero.get("rdefs")).get("model")
    if len(channels) > 1 and model in ("color", "greyscale"):
        calibration.add(display_mode="composite" if model == "color" else "single")


def _color(value: Any) -> str | None:
    """Return ``#rrggbb`` of what is RRGGBB by the specification; some write a ``#``, or transparency, too."""
    digits = (_text(value) or "").removeprefix("#").lower()
    return f"#{digits[:6]}" if _COLOR.fullmatch(digits) else None


def _transformed(level: Level, ndim: int) -> tuple[list[float], list[float]]:
    """Return the size of a step along each axis, and where the first index is."""
    scale, origin = [1.0] * ndim, [0.0] * ndim
    for said in (level.dataset, level.multiscale):
        for step in map(_mapping, _items(said.get("coordinateTransformations"))):
            values = [number(value) for value in _items(step.get("scale") or step.get("translation"))]
            known = [value for value in values if value is not None]
            if len(known) != ndim:
                continue
            if step.get("type") == "scale":
                scale = [a * b for a, b in zip(scale, known, strict=True)]
                origin = [a * b for a, b in zip(origin, known, strict=True)]
            elif step.get("type") == "translation":
                origin = [a + b for a, b in zip(origin, known, strict=True)]
    return scale, origin


def _unit(axis: Any) -> str | None:
    unit = _text(_mapping(axis).get("unit"))
    return _UNITS.get(unit, unit) if unit else None


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _items(value: Any) -> Sequence[Any]:
    return value if isinstance(value, (list, tuple)) else ()


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None

"""Translate between a stack's metadata and the coordinates and attributes of xarray."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from jpkl._array import JPkl
from jpkl._dims import CHANNEL_NAMES, channel_dim
from jpkl._errors import MetadataError
from jpkl._metadata import KEYS_BY_DIM, StackMetadata, are_even, plain_coords, rounded
from jpkl._pickle.writer import dump
from jpkl._source.array_likes import magnitude_of
from jpkl._source.axes import FRAME_AXES
from jpkl._units import length_ratio

#: What names of the axes of a frame begin with that dims have already.
OF_FRAME = "frame_"

#: Attribute that names those which are JSON, because netCDF holds no more than numbers and text.
_JSON = "json_attributes"

#: Where the attributes of coordinates are kept, by their names, apart from units.
_OF_COORDS = "coord_attributes"

#: Texts that stand for times that Python cannot hold: of nanoseconds, or none.
_NANOSECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}|NaT")

#: And for lengths of time of such kinds, as NumPy writes them, with its code for each unit.
_LENGTHS = re.compile(r"-?\d+ (?:nano|micro|milli)?seconds|NaT")
_UNITS_OF_LENGTHS = {"nanoseconds": "ns", "microseconds": "us", "milliseconds": "ms", "seconds": "s"}

#: Attribute that says that texts stand for values of another kind, as that of xarray in netCDF does.
_DTYPE, _BOOL = "dtype", "bool"

#: Where the units of the values are kept: ``units`` are those of the coords.
_VALUE_UNIT = "value_unit"

_SAMPLES = ("red", "green", "blue")


# -- from a stack to xarray ----------------------------------------------------------------------------


def axis_names(stack: JPkl) -> list[str]:
    """Return a name for each axis of a stack, frames first."""
    names = list(stack.dim_names)
    for name in ("y", "x", "rgb")[: len(stack.frame_shape)]:
        while name in names:  # a dim of the stack may be called "y" itself; xarray wants each name once
            name = f"{OF_FRAME}{name}"  # noqa: PLW2901
        names.append(name)
    return names


def coordinates_of(stack: JPkl, names: Sequence[str]) -> dict[str, Any]:
    """Return a coordinate for each axis, in the order of `axis_names`: its indices where nothing is known."""
    metadata = StackMetadata.of(stack)
    sizes = dict(zip(names, stack.frames_first.shape, strict=True))
    coordinates: dict[str, Any] = {name: (name, np.arange(size)) for name, size in sizes.items()}
    for name, values in metadata.coords.items():
        coordinates[name] = _coordinate(name, values, metadata.units.get(name))
    channel = channel_dim(stack.dim_names)
    if channel is not None and metadata.channel_names:
        name = stack.dim_names[channel]
        coordinates[name] = _coordinate(name, metadata.channel_names)
    y, x, *samples = names[len(stack.dim_names) :]
    if metadata.pixel_size is not None:
        for name, step in zip((y, x), metadata.pixel_size, strict=True):
            coordinates[name] = _coordinate(name, np.arange(sizes[name]) * step, metadata.pixel_unit)
    coordinates |= {name: (name, list(_SAMPLES)) for name in samples}
    coordinates |= _scalars(stack, coordinates)
    # Where a frame begins elsewhere than at 0, `from_xarray` keeps its coordinates as they are.
    of_frame = StackMetadata.read(stack.metadata, (y, x), [sizes[y], sizes[x]])
    for name, values in of_frame.coords.items():
        coordinates[name] = _coordinate(name, values, of_frame.units.get(name, metadata.pixel_unit))
    return _with_attributes(coordinates, stack.metadata.get(_OF_COORDS))


def _with_attributes(coordinates: dict[str, Any], attributes: Any) -> dict[str, Any]:
    """Return coordinates with the attributes that `from_xarray` keeps of them."""
    if isinstance(attributes, Mapping):
        for name, own in attributes.items():
            if name in coordinates and isinstance(own, Mapping):
                dims, values, known = (*coordinates[name], {})[:3]
                others = {key: value for key, value in own.items() if key != _DTYPE or value != _BOOL}
                values = values if others == own else np.asarray(values) == str(True)
                coordinates[name] = (dims, values, {**others, **known})
    return coordinates


def _scalars(stack: JPkl, taken: Collection[str]) -> dict[str, Any]:
    """Return where along other dims the stack was taken, as `from_xarray` keeps it."""
    coords, units = (stack.metadata.get(key) for key in KEYS_BY_DIM)
    if not isinstance(coords, Mapping):
        return {}
    units = units if isinstance(units, Mapping) else {}
    return {
        name: ((), value, {"units": units[name]} if isinstance(units.get(name), str) else {})
        for name, value in coords.items()
        if isinstance(name, str) and isinstance(value, (str, int, float, datetime)) and name not in taken
    }


def _coordinate(name: str, values: Any, unit: str | None = None) -> tuple[str, Any, dict[str, str]]:
    attributes = {"units": unit} if unit else {}
    if isinstance(values, tuple) and isinstance(values[0], date):
        values, attributes = _instants(values)
    elif isinstance(values, tuple) and all(isinstance(v, str) and _NANOSECONDS.fullmatch(v) for v in values):
        values = np.array(values, "datetime64[ns]")
    elif isinstance(values, tuple) and all(isinstance(v, str) and _LENGTHS.fullmatch(v) for v in values):
        values = _lengths(values)
    elif isinstance(values, tuple) and all(isinstance(v, int) for v in values) and max(values) >> 63:
        values = np.array(values, np.uint64)  # which NumPy takes for floats if others are smaller
    return name, np.asarray(values), attributes


def _lengths(texts: Sequence[str]) -> NDArray[np.timedelta64]:
    """Return lengths of time, in the one unit that their texts have; ``NaT`` has none."""
    words = [text.split() for text in texts]
    unit = next((_UNITS_OF_LENGTHS[word[1]] for word in words if len(word) == 2), "s")
    return np.array([word[0] if word == ["NaT"] else int(word[0]) for word in words], f"timedelta64[{unit}]")


def _instants(values: Sequence[date]) -> tuple[Any, dict[str, str]]:
    """Return dates and times as NumPy has them, which knows no time zones, and their time zone."""
    are_aware = all(isinstance(value, datetime) and value.tzinfo is not None for value in values)
    if are_aware:
        values = [value.astimezone(UTC).replace(tzinfo=None) for value in values]  # type: ignore[attr-defined]
    return np.array(values, "datetime64[us]").astype("datetime64[ns]"), {
        "timezone": "UTC"
    } if are_aware else {}


def attributes_of(stack: JPkl) -> dict[str, Any]:
    """Return the metadata that are no coordinates in a form that netCDF and Zarr can hold."""
    known = StackMetadata.of(stack)
    of_coordinates = {*KEYS_BY_DIM, _OF_COORDS}
    of_coordinates |= {"pixel_size", "pixel_unit"} if known.pixel_size else set()
    if known.channel_names and channel_dim(stack.dim_names) is not None:
        of_coordinates.add("channel_names")
    attributes: dict[str, Any] = {}
    as_json = []
    for key, value in stack.metadata.items():
        if key not in of_coordinates:
            simple = _simple(value)
            attributes[str(key)] = _json(value) if simple is None else simple
            as_json += [str(key)] if simple is None else []
    if as_json:
        attributes[_JSON] = json.dumps(as_json)
    return {**attributes, "jpeg_quality": stack.jpeg_quality}


def _json(value: Any) -> str:
    try:
        return json.dumps(value.tolist() if isinstance(value, np.ndarray) else value, default=str)
    except (TypeError, ValueError):  # keys of dicts that are no texts
        return json.dumps(str(value))


def _simple(value: Any) -> Any:
    """Return a value that an attribute of any netCDF can be; None for all others."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return value if value and all(map(_is_number, value)) else None
    return value if isinstance(value, str) or _is_number(value) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


# -- from xarray to a stack ----------------------------------------------------------------------------


def metadata_of(array: xr.DataArray, axes: Sequence[str]) -> tuple[dict[str, Any], list[str]]:
    """Return what a DataArray says beside its values.

    Parameters
    ----------
    array : xarray.DataArray
        The array.
    axes : sequence of str
        What each of its dims is, as `jpkl.JPkl` takes it.

    Returns
    -------
    metadata : dict
        For a stack whose dims have the names that ``axes`` give.
    left_out : list of str
        What a file cannot hold, described.
    """
    attributes, left_out = _plain_attributes(array)
    coords: dict[str, Any] = {}
    units: dict[str, str] = {}
    of_coords: dict[str, Any] = {}
    frame: dict[str, xr.DataArray] = {}
    names = dict(zip(array.dims, axes, strict=False))
    for name, coordinate in array.coords.items():
        role = FRAME_AXES.get(names.get(name, "").lower())
        key = names.get(name, str(name))
        if coordinate.ndim and name not in array.dims:
            left_out.append(f"coordinate {str(name)!r} along {', '.join(map(str, coordinate.dims))}")
            continue
        own = _own_attributes(coordinate, left_out)
        own |= {_DTYPE: _BOOL} if coordinate.dtype == bool else {}
        if own:
            of_coords["x" if role == "x" else "y" if role == "y" else key] = own
        if role in ("y", "x"):
            frame[role] = coordinate
        elif not _are_indices(coordinate) and not (role == "s" and set(coordinate.values) == set(_SAMPLES)):
            values = _plain_values(coordinate)
            if role == "s" or (coordinate.ndim and not _can_be_read(key, values)):
                left_out.append(f"coordinate {str(name)!r}, {_why_not(role)}")
                continue
            coords[key] = values
            units |= {key: unit} if (unit := _unit_of(coordinate)) else {}
    pixels = _pixels(frame, coords, units)
    known = {"coords": coords, "units": units, **pixels, "channel_names": _single_channel(coords)}
    known[_OF_COORDS] = of_coords
    return attributes | {key: value for key, value in known.items() if value}, left_out


def _own_attributes(coordinate: xr.DataArray, left_out: list[str]) -> dict[str, Any]:
    """Return the attributes of a coordinate apart from its unit; adds what a file cannot hold to the list."""
    kept, lost = _plain_attributes(coordinate)
    left_out += [f"{each} of coordinate {str(coordinate.name)!r}" for each in lost]
    return {key: value for key, value in kept.items() if key not in (_VALUE_UNIT, "timezone")}


def _can_be_read(name: str, values: Any) -> bool:
    """Return whether the coords of a dim are read as such: numbers that are finite, texts or times alone."""
    return name in StackMetadata.read({"coords": {name: values}}, (name,), [len(values)]).coords


def _why_not(role: str | None) -> str:
    if role == "s":
        return "as samples are red, green and blue"
    return "whose values are not all finite numbers, texts or times"


def _plain_attributes(array: xr.DataArray) -> tuple[dict[str, Any], list[str]]:
    """Return the attributes that a file can hold, and why it cannot hold the others."""
    kept: dict[str, Any] = {}
    left_out = []
    as_json = _read_names(array.attrs.get(_JSON, "[]"))
    for key, value in array.attrs.items():
        if key in (_JSON, "jpeg_quality"):
            continue
        try:
            plain = json.loads(value) if key in as_json else value
            dump(plain)
        except (MetadataError, ValueError, TypeError, RecursionError):
            left_out.append(f"attribute {str(key)!r} ({type(value).__name__})")
        else:
            kept[str(key)] = plain
    if isinstance(unit := kept.get("units"), str):
        kept[_VALUE_UNIT] = unit
        del kept["units"]
    return kept, left_out


def _read_names(text: Any) -> list[str]:
    try:
        names = json.loads(text)
    except (TypeError, ValueError, RecursionError):  # somebody else's
        return []
    return names if isinstance(names, list) else []


def _are_indices(coordinate: xr.DataArray) -> bool:
    """Return whether a coordinate says no more than the index does."""
    is_plain = coordinate.dtype.kind in "iu" and not _unit_of(coordinate)
    return is_plain and coordinate.ndim == 1 and np.array_equal(coordinate, np.arange(coordinate.size))


def _plain_values(coordinate: xr.DataArray) -> Any:
    """Return what a file holds of a coordinate: a list, or one value for one of no dim."""
    values = np.atleast_1d(coordinate.values)
    items = plain_coords(values)
    items = values.tolist() if items is values else items
    if values.dtype.kind in "bO" and not _are_of_one_kind(items):
        items = [str(item) for item in items]  # the calendars of climate models, and labels of many kinds
    if coordinate.attrs.get("timezone") == "UTC" and all(isinstance(item, datetime) for item in items):
        items = [item.replace(tzinfo=UTC) for item in items]
    return items if coordinate.ndim else items[0]


def _are_of_one_kind(items: Sequence[Any]) -> bool:
    kinds: tuple[Any, ...] = (str, date, (int, float))
    return not any(isinstance(item, bool) for item in items) and any(
        all(isinstance(item, kind) for item in items) for kind in kinds
    )


def _single_channel(coords: dict[str, Any]) -> list[str]:
    """Return the name of the channel that was selected of several."""
    return [
        value for name, value in coords.items() if name.lower() in CHANNEL_NAMES and isinstance(value, str)
    ]


def _unit_of(coordinate: xr.DataArray) -> str:
    unit = coordinate.attrs.get("units")
    if unit is None:  # those of pint-xarray are with the values
        unit = magnitude_of(coordinate.data)[1]
    return "" if unit is None else str(unit)


def _pixels(frame: dict[str, xr.DataArray], coords: dict[str, Any], units: dict[str, str]) -> dict[str, Any]:
    """Return the size of a pixel; adds coordinates that it does not imply to ``coords``.

    Those are coordinates that begin elsewhere than at 0, descend, are uneven, or are no numbers.
    """
    sizes = _pixel_size(frame)
    for role, coordinate in frame.items():
        implied = np.arange(coordinate.size) * sizes[role] if sizes else None
        is_implied = implied is not None and np.allclose(coordinate.values, implied, rtol=1e-9, atol=0)
        if not is_implied and not _are_indices(coordinate):
            coords[role] = _plain_values(coordinate)
            units |= {role: unit} if (unit := _unit_of(coordinate)) else {}
    if not sizes:
        return {}
    unit = _unit_of(frame["x"])
    height = sizes["y"] * (length_ratio(_unit_of(frame["y"]), unit) or 1.0)
    return {"pixel_size": (rounded(height), sizes["x"]), "pixel_unit": unit}


def _pixel_size(frame: dict[str, xr.DataArray]) -> dict[str, float]:
    """Return the spacing of rows and columns, each in its unit, if both are regular and comparable."""
    steps = {role: step for role, coordinate in frame.items() if (step := _step(coordinate)) is not None}
    are_comparable = len(steps) == 2 and length_ratio(*map(_unit_of, frame.values())) is not None
    return steps if are_comparable else {}


def _step(coordinate: xr.DataArray) -> float | None:
    """Return the spacing of a regular coordinate, whichever way it runs; None where it counts pixels."""
    if coordinate.size < 2 or coordinate.dtype.kind not in "iuf":
        return None
    values = coordinate.values.astype(float)
    steps = np.diff(values)
    if not steps[0] or not are_even(coordinate.values):
        return None
    if coordinate.dtype.kind in "iu" and not _unit_of(coordinate) and abs(steps[0]) == 1:
        return None
    return rounded(float(abs(values[-1] - values[0]) / (values.size - 1)))

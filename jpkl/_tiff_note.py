"""What TIFF cannot say about a stack, as a note in JSON that exports carry and readers understand; pure.

It holds the shape that it was written for: a program that changes the file may keep the note, which then
says nothing any more.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from jpkl._metadata import KEYS_BY_DIM, LIMITS, VALUE_UNIT, StackMetadata, rename_dims
from jpkl._source.axes import FRAME_AXES, OME_DIM_NAMES
from jpkl._units import length_ratio

#: Key, or beginning of a line, under which the note is.
NOTE = "jpkl"

#: Axes of which formats have a step.
_WITH_STEPS = "TZ"

#: By how much sizes may differ that are the same: TIFF has them as fractions.
_ROUNDING = 1e-5


def write_note(
    metadata: Mapping[Any, Any],
    known: StackMetadata,
    names: Sequence[str],
    shape: Sequence[int],
    axes: str,
    *,
    limits: Sequence[tuple[float, float]] = (),
    has_unit: Callable[[str], Any] = bool,
    is_exact: bool = False,
) -> str | None:
    """Return the note, if there is anything to say.

    Parameters
    ----------
    metadata : mapping
        The metadata of the stack.
    known : StackMetadata
        The same, read.
    names : sequence of str
        The dims, in the order of the axes.
    shape : sequence of int
        Of the exported array.
    axes : str
        A letter for each axis.
    limits : sequence of (float, float)
        The contrast limits of the channels in values of the exported pixels, where the format has no place.
    has_unit : callable
        Whether the format has a step in a unit along time and z.
    is_exact : bool
        Whether the pixels are those before encoding, in their unit.
    """
    note: dict[str, Any] = {}
    if list(names) != [OME_DIM_NAMES.get(letter, letter) for letter in axes[: len(names)]]:
        note["dim_names"] = list(names)
    left_out = (*KEYS_BY_DIM, LIMITS, *(() if is_exact else (VALUE_UNIT,)))
    kept = {str(key): value for key, value in metadata.items() if key not in left_out}
    in_format = [name for name, axis in zip(names, axes, strict=False) if axis in _WITH_STEPS]
    kept["coords"] = {
        name: plain_coords_of(known, name)
        for name in known.coords
        if name not in in_format or not _is_said(known, name, has_unit)
    }
    kept["units"] = {
        name: known.unit(name) for name in kept["coords"] if known.numbers(name) and known.unit(name)
    }
    kept["channel_limits"] = [list(pair) for pair in limits]
    note["metadata"] = {key: value for key, value in kept.items() if value and _is_json(value)}
    note["dates"] = dates_in(known)
    note = {key: value for key, value in note.items() if value}
    return json.dumps({**note, "shape": list(shape)}) if note else None


def _is_said(known: StackMetadata, dim: str, has_unit: Callable[[str], Any]) -> bool:
    """Return whether coords are no more than a step in a unit that the format has.

    Without a unit, a format has one that it takes for granted.
    """
    numbers = known.numbers(dim)
    is_step = numbers is not None and numbers[0] == 0 and known.step(dim) is not None
    return is_step and bool(has_unit(known.unit(dim)))


def dates_in(known: StackMetadata) -> list[str]:
    """Return the dims whose coords are dates or times, which JSON has as texts."""
    return [name for name, values in known.coords.items() if isinstance(values[0], date)]


def with_dates(coords: dict[str, Any], dims: Any) -> None:
    """Turn the coords of some dims from texts into times, where they are such."""
    for dim in dims if isinstance(dims, list) else []:
        with suppress(KeyError, TypeError, ValueError):
            coords[dim] = [datetime.fromisoformat(text) for text in coords[dim]]


def plain_coords_of(known: StackMetadata, dim: str) -> list[Any]:
    """Return coords as JSON has them: lengths of time in seconds, dates as texts."""
    found = known.numbers(dim) or known.coords[dim]
    return [value.isoformat() if isinstance(value, date) else value for value in found]


def _is_json(value: Any) -> bool:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError):  # dates, bytes, infinities
        return False
    return True


def read_note(
    text: Any, axes: str | Sequence[str], shape: Sequence[int], metadata: Mapping[str, Any]
) -> tuple[str | Sequence[str], dict[str, Any]]:
    """Return axes and metadata as the note has them, or as they are where it does not belong to the array.

    Parameters
    ----------
    text : object
        The note, or anything.
    axes : str or sequence of str
        What the file says of each axis.
    shape : sequence of int
        Shape of the array.
    metadata : mapping
        What the file says in the words of its format.
    """
    note = _parsed(text)
    if note.get("shape") != list(shape):
        return axes, dict(metadata)
    dims = [axis for axis in axes if axis.lower() not in FRAME_AXES]
    plain_names = [OME_DIM_NAMES.get(axis, axis) for axis in dims]
    names = _names(note.get("dim_names"), len(dims)) or plain_names
    renamed = rename_dims(metadata, dict(zip(plain_names, names, strict=True)))
    merged = _merged(renamed, _mapping(note.get("metadata")))
    with_dates(merged.get("coords", {}), note.get("dates"))
    if names == plain_names:
        return axes, merged
    by_axis = iter(names)
    return [axis if axis.lower() in FRAME_AXES else next(by_axis) for axis in axes], merged


def _merged(of_format: Mapping[str, Any], noted: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the format says, and what the note says more exactly, or the format takes for granted."""
    if _are_same_size(noted, of_format):  # which the format has in another unit, or rounded
        of_format = {**of_format, **{key: noted[key] for key in ("pixel_size", "pixel_unit")}}
    merged = {**noted, **of_format}
    if "pixel_size" in noted and "pixel_unit" not in noted:
        merged.pop("pixel_unit", None)
    coords, units = (_mapping(of_format.get(key)) for key in KEYS_BY_DIM)
    noted_coords, noted_units = (_mapping(noted.get(key)) for key in KEYS_BY_DIM)
    units = {dim: unit for dim, unit in units.items() if dim not in noted_coords}
    if isinstance(size := merged.get("pixel_size"), list):  # as JSON has it
        merged["pixel_size"] = tuple(size)
    merged |= {"coords": {**coords, **noted_coords}, "units": {**units, **noted_units}}
    return {key: value for key, value in merged.items() if value or key not in KEYS_BY_DIM}


def _are_same_size(noted: Mapping[str, Any], of_format: Mapping[str, Any]) -> bool:
    """Return whether pixels have the same size in two metadata, perhaps in two units."""
    one, other = (StackMetadata.read(metadata, (), ()) for metadata in (noted, of_format))
    ratio = length_ratio(other.pixel_unit, one.pixel_unit) if one.pixel_unit and other.pixel_unit else None
    if ratio is None or one.pixel_size is None or other.pixel_size is None:
        return False
    return all(
        math.isclose(ours, theirs * ratio, rel_tol=_ROUNDING)
        for ours, theirs in zip(one.pixel_size, other.pixel_size, strict=True)
    )


def _names(value: Any, n_dims: int) -> list[str]:
    """Return the names of the dims, if there is one for each that cannot be taken for an axis of frames."""
    names = value if isinstance(value, list) else []
    are_names = all(isinstance(name, str) and name and name.lower() not in FRAME_AXES for name in names)
    return names if are_names and len({*names}) == len(names) == n_dims else []


def _parsed(text: Any) -> dict[str, Any]:
    try:
        note = json.loads(text)
    except (TypeError, ValueError, RecursionError):
        return {}
    return note if isinstance(note, dict) else {}


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}

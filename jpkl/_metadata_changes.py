"""Changes of a stack's metadata, checked: strict where reading them is lenient; pure.

Who changes metadata by hand wants to be understood. What `StackMetadata` would pass over, e.g. two names for
three channels, is an error here.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Real
from typing import Any, TypedDict

from jpkl._dims import channel_dim, checked_dim_names
from jpkl._metadata import (
    DISPLAY_MODES,
    KEYS_BY_DIM,
    StackMetadata,
    rename_dims,
    rounded,
    settle_metadata,
)
from jpkl._text import short_repr


class MetadataChanges(TypedDict, total=False):
    """The keys that JPkl knows, and their new values; None removes what there was.

    ``coords``, ``units`` and ``spacing`` change the dims that they name. ``spacing`` is no key: it makes
    coords that begin at 0, of a step or of a step and its unit.
    """

    pixel_size: float | Sequence[float] | None
    pixel_unit: str | None
    coords: Mapping[str, Sequence[Any] | None] | None
    units: Mapping[str, str | None] | None
    spacing: Mapping[str, float | tuple[float, str] | None]
    channel_names: Sequence[str] | None
    channel_colors: Sequence[str] | None
    channel_limits: Sequence[tuple[float, float]] | None
    channel_visible: Sequence[bool] | None
    display_mode: str | None
    fps: float | None
    acquired: str | None
    source: str | None


def change_metadata(
    metadata: Mapping[str, Any],
    dim_names: Sequence[str],
    dim_sizes: Sequence[int],
    changes: Mapping[str, Any],
    *,
    new_names: Sequence[str] | None = None,
    others: Mapping[str, Any] | None = None,
) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return metadata and dim names with changes.

    Parameters
    ----------
    metadata, dim_names, dim_sizes
        What a stack says now.
    changes : MetadataChanges
        New values of the keys that JPkl knows.
    new_names : sequence of str, optional
        New names of the dims, whose coords and units stay with them. ``changes`` use the new names.
    others : mapping, optional
        Keys of the user's own, and their values.

    Raises
    ------
    TypeError
        If there is no such key; lists the known ones.
    ValueError
        If a value does not fit the stack; says which and what would.
    MetadataError
        If a value cannot be copied, and so not be kept either.

    Examples
    --------
    >>> changes = {"pixel_size": 0.2, "pixel_unit": "nm", "spacing": {"z": (0.5, "um")}}
    >>> change_metadata({"note": "mine"}, ("z",), (2,), changes)[0]["coords"]
    {'z': [0.0, 0.5]}
    """
    _check_keys(changes)
    names = tuple(dim_names)
    found = settle_metadata(_merged(metadata, others or {}), {})
    if new_names is not None:
        names = checked_dim_names(new_names, len(names))
        found = _renamed(found, dict(zip(dim_names, names, strict=True)))
    sizes = dict(zip(names, dim_sizes, strict=True))
    wanted = _without_spacing(changes, sizes)
    for key, value in wanted.items():
        is_by_dim = key in KEYS_BY_DIM and value is not None
        found = _merged(found, {key: _merged(_mapping(found.get(key)), value) if is_by_dim else value})
    known = StackMetadata.read(found, names, dim_sizes)
    for key, value in wanted.items():
        if value is not None:
            _CHECKS.get(key, _check_text)(key, value, known, sizes)
    return _in_plain_form(found, wanted, known), names


def _check_keys(changes: Iterable[str]) -> None:
    known = MetadataChanges.__annotations__
    for key in changes:
        if key not in known:
            raise TypeError(
                f"there is no key {key!r}, but {', '.join(known)}; metadata={{...}} takes keys of your own"
            )


def _mapping(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}


def _merged(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Return values with changes, of which None removes one; others that are None stay."""
    return {
        key: value for key, value in {**values, **changes}.items() if value is not None or key not in changes
    }


def _renamed(metadata: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Rename dims in the user's own metadata, in which other things may be under the keys."""
    by_dim = {key: metadata[key] for key in KEYS_BY_DIM if isinstance(metadata.get(key), Mapping)}
    # Entries that belong to no dim stay, unless a dim now has that name.
    strangers = {name for value in by_dim.values() for name in value} - names.keys() - set(names.values())
    return metadata | rename_dims(by_dim, {**{name: name for name in strangers}, **names})


def _without_spacing(changes: Mapping[str, Any], sizes: Mapping[str, int]) -> dict[str, Any]:
    """Write spacing as coords and units, and a number for both sides of a pixel as two."""
    wanted = {key: value for key, value in changes.items() if key != "spacing"}
    if isinstance(wanted.get("pixel_size"), Real):
        wanted["pixel_size"] = (wanted["pixel_size"],) * 2
    for dim, spacing in (changes.get("spacing") or {}).items():
        _check_dim("spacing", dim, sizes)
        values, unit = _coords_of(dim, spacing, sizes)
        wanted["coords"] = {**(wanted.get("coords") or {}), dim: values}
        if unit is not None or values is None:
            wanted["units"] = {**(wanted.get("units") or {}), dim: unit}
    return wanted


def _coords_of(dim: str, spacing: Any, sizes: Mapping[str, int]) -> tuple[list[float] | None, str | None]:
    if spacing is None:
        return None, None
    channel = channel_dim(tuple(sizes))
    if channel is not None and list(sizes)[channel] == dim:
        raise ValueError(f"spacing: {dim} has channels, which have names and no spacing")
    step, unit = spacing if isinstance(spacing, (tuple, list)) else (spacing, None)
    if isinstance(step, bool) or not isinstance(step, Real) or not 0 < float(step) < math.inf:
        raise ValueError(f"spacing of {dim} must be a positive number, not {short_repr(step)}")
    return [rounded(i * float(step)) for i in range(sizes[dim])], unit


# -- checks --------------------------------------------------------------------------------------------


def _check_dim(key: str, dim: str, sizes: Mapping[str, int]) -> None:
    if dim not in sizes:
        dims = f"the dims are {', '.join(sizes)}" if sizes else "the stack has no dims"
        raise ValueError(f"{key}: there is no dim {dim!r}; {dims}")


def _check_pixel_size(key: str, value: Any, known: StackMetadata, sizes: Mapping[str, int]) -> None:
    if known.pixel_size is None:
        raise ValueError(
            f"{key} must be one or two positive numbers, height and width of a pixel, not {short_repr(value)}"
        )


def _check_text(key: str, value: Any, known: StackMetadata, sizes: Mapping[str, int]) -> None:
    if not isinstance(value, str):
        raise ValueError(f"{key} must be a text, not {short_repr(value)}")


def _check_by_dim(key: str, value: Any, known: StackMetadata, sizes: Mapping[str, int]) -> None:
    what = "a unit" if key == "units" else "numbers, texts or dates, one for each of its {} indices"
    for dim, of_dim in value.items():
        _check_dim(key, dim, sizes)
        if of_dim is not None and dim not in getattr(known, key):
            raise ValueError(f"{key} of {dim} must be {what.format(sizes[dim])}, not {short_repr(of_dim)}")


def _check_display(key: str, value: Any, known: StackMetadata, sizes: Mapping[str, int]) -> None:
    if not getattr(known, key):
        expected = " or ".join(map(repr, DISPLAY_MODES)) if key == "display_mode" else "a positive number"
        raise ValueError(f"{key} must be {expected}, not {short_repr(value)}")


#: What there is one of for each channel.
_OF_CHANNELS = {
    "channel_names": "names",
    "channel_colors": "colors such as #00ff00",
    "channel_limits": "pairs (low, high) with low < high",
    "channel_visible": "bools",
}


def _check_by_channel(key: str, value: Any, known: StackMetadata, sizes: Mapping[str, int]) -> None:
    if getattr(known, key):
        return
    channel = channel_dim(tuple(sizes))
    what = _OF_CHANNELS[key]
    if channel is None:
        expected = f"a list of one, as the stack has no dim named channel ({', '.join(sizes) or 'no dims'})"
    else:
        expected = f"{list(sizes.values())[channel]} {what}, one per channel"
    raise ValueError(f"{key} must be {expected}, not {short_repr(value)}")


_CHECKS: dict[str, Callable[[str, Any, StackMetadata, Mapping[str, int]], None]] = {
    "pixel_size": _check_pixel_size,
    "coords": _check_by_dim,
    "units": _check_by_dim,
    **dict.fromkeys(_OF_CHANNELS, _check_by_channel),
    "display_mode": _check_display,
    "fps": _check_display,
}


def _in_plain_form(found: dict[str, Any], wanted: Mapping[str, Any], known: StackMetadata) -> dict[str, Any]:
    """Write what was changed as readers write it, and leave everything else as it was."""
    plain = known.as_dict()
    for key, value in wanted.items():
        if key in KEYS_BY_DIM and value is not None:
            found[key] = {
                **found[key],
                **{dim: plain[key][dim] for dim in value if dim in plain.get(key, {})},
            }
        elif value is not None and key in plain:
            found[key] = plain[key]
    return found

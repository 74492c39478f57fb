"""What dims, pixels and channels are said to be, as facts and as rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from jpkl._dims import channel_dim
from jpkl._metadata import StackMetadata
from jpkl._numbers import format_number
from jpkl._text import one_line

#: Display ranges to list one by one; of more, only the extremes are printed.
_MAX_RANGES = 8
#: Coordinates that are texts to list one by one.
_MAX_TEXTS = 6


def axes_text(axes: Sequence[str]) -> str:
    """Return axes as letters, or where some have names, as names between commas.

    Examples
    --------
    >>> axes_text(["T", "C", "Y", "X"]), axes_text(["tilt", "Y", "X"])
    ('TCYX', 'tilt,Y,X')
    """
    return ("" if all(len(axis) == 1 for axis in axes) else ",").join(axes)


def dim_facts(metadata: StackMetadata, name: str, size: int) -> dict[str, Any]:
    """Return what is known of a dim, as plain data."""
    facts: dict[str, Any] = {"name": name, "size": size}
    if unit := metadata.unit(name):
        facts["unit"] = unit
    if labels := metadata.labels(name):
        values = metadata.numbers(name)
        facts["first"], facts["last"] = (values or labels)[0], (values or labels)[-1]
        facts["coords"] = _coords_text(labels, unit, is_text=isinstance(metadata.coords[name][0], str))
    return facts


def _coords_text(labels: Sequence[str], unit: str, *, is_text: bool) -> str:
    # Texts have no order that the first and the last would stand for.
    if len(labels) == 1 or (is_text and len(labels) <= _MAX_TEXTS):
        return ", ".join(labels)
    return f"{labels[0].removesuffix(f' {unit}')} to {labels[-1]}"


def channel_facts(metadata: StackMetadata) -> list[dict[str, str]]:
    """Return what is known of each channel: its name, its color, or both."""
    known = {"name": metadata.channel_names, "color": metadata.channel_colors}
    columns = [[(key, value) for value in values] for key, values in known.items() if values]
    return [dict(pairs) for pairs in zip(*columns, strict=True)]


def channel_texts(values: Sequence[float], channels: Sequence[dict[str, str]]) -> str:
    """Return numbers, each with its channel where there are several."""
    names = [channel.get("name") or str(i) for i, channel in enumerate(channels)]
    if len(names) != len(values):
        names = [str(i) for i in range(len(values))]
    texts = [f"{value:.2g}" for value in values]
    return (
        texts[0]
        if len(texts) == 1
        else ", ".join(f"{text} (channel {name})" for text, name in zip(texts, names, strict=True))
    )


def range_text(display_range: Any, dim_names: Sequence[str]) -> str:
    """Return display ranges, each with the index that it is of where they differ.

    Parameters
    ----------
    display_range : array-like, shape (*sizes, 2)
        Broadcasts over the dims.
    dim_names : sequence of str
        Of the stack.
    """
    ranges = np.asarray(display_range, np.float64)
    pairs = ranges.reshape(-1, 2)
    texts = [f"{format_number(low, 6)} to {format_number(high, 6)}" for low, high in pairs.tolist()]
    if len(set(texts)) == 1:
        return texts[0]
    if not texts:
        return "none, as there are no frames"
    if len(texts) > _MAX_RANGES:
        lowest, highest = format_number(pairs[:, 0].min(), 6), format_number(pairs[:, 1].max(), 6)
        return f"{len(texts)} ranges within {lowest} to {highest}"
    indices = np.ndindex(ranges.shape[:-1])
    varying = [axis for axis, size in enumerate(ranges.shape[:-1]) if size > 1]
    places = (" ".join(f"{dim_names[axis]} {index[axis]}" for axis in varying) for index in indices)
    return "; ".join(f"{place}: {text}" for place, text in zip(places, texts, strict=True))


def table(path: str, rows: dict[str, str]) -> str:
    """Return rows under the name of a file, each of a name and a text."""
    width = max(map(len, rows))
    return "\n".join(
        [path, *(f"  {one_line(name):{width}}  {one_line(text)}" for name, text in rows.items())]
    )


def description_rows(facts: dict[str, Any]) -> dict[str, str]:
    """Return the rows of a table for the dims, the pixel size and the channels among some facts."""
    channels = [" ".join(channel.values()) for channel in facts["channels"]]
    rows = {f"dim {dim['name']}": _dim_text(dim) for dim in facts["dims"]}
    rows["pixel"] = _pixel_text(facts["pixel_size"], facts["pixel_unit"])
    if channels or channel_dim([dim["name"] for dim in facts["dims"]]) is not None:
        rows["channels"] = ", ".join(channels) or "not named"
    return rows


def _pixel_text(size: list[float] | None, unit: str) -> str:
    if size is None:
        return "size not recorded"
    height, width = (f"{side:.6g}" for side in size)
    if height == width:
        return f"{height} {unit}".rstrip()
    return f"{height} {unit}".rstrip() + f" high, {width} {unit}".rstrip() + " wide"


def _dim_text(dim: dict[str, Any]) -> str:
    if "coords" in dim:
        return f"{dim['size']}: {dim['coords']}"
    return f"{dim['size']} {dim['unit']}" if "unit" in dim else str(dim["size"])

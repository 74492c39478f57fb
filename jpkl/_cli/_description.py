"""What dims, pixels and channels are said to be, as facts and as rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jpkl._metadata import StackMetadata
from jpkl._text import one_line

#: Coordinates that are texts to list one by one.
_MAX_TEXTS = 6


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


def table(path: str, rows: dict[str, str]) -> str:
    """Return rows under the name of a file, each of a name and a text."""
    width = max(map(len, rows))
    return "\n".join(
        [path, *(f"  {one_line(name):{width}}  {one_line(text)}" for name, text in rows.items())]
    )


def description_rows(facts: dict[str, Any]) -> dict[str, str]:
    """Return the rows of a table for the dims, the pixel size and the channels among some facts."""
    channels = [" ".join(channel.values()) for channel in facts["channels"]]
    return {
        **{f"dim {dim['name']}": _dim_text(dim) for dim in facts["dims"]},
        "pixel": _pixel_text(facts["pixel_size"], facts["pixel_unit"]),
        "channels": ", ".join(channels) or "not named",
    }


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

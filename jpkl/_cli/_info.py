"""``jpkl info``: what a JPkl file holds, without decoding a frame."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from jpkl._array import JPkl
from jpkl._bytes import is_url
from jpkl._cli._common import Commands, add_command
from jpkl._codecs.stored import codec_text
from jpkl._metadata import StackMetadata
from jpkl._numbers import format_number
from jpkl._text import by, human_bytes, human_ratio, one_line

#: Display ranges to list one by one; of more, only the extremes are printed.
_MAX_RANGES = 8

#: Coordinates that are texts to list one by one.
_MAX_TEXTS = 6


def add_parser(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands, "info", "print what a JPkl file holds", "jpkl info cells.jpkl --json | jq .shape"
    )
    parser.add_argument("file", metavar="FILE", help="the JPkl file")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the facts of a file, for a person or as JSON."""
    with JPkl.load(args.file) as jp:
        # A remote file's size beyond its frames is not worth another request.
        file_bytes = jp.compressed_nbytes if is_url(args.file) else Path(args.file).stat().st_size
        facts = collect_facts(jp, file_bytes)
    print(json.dumps(facts, indent=2) if args.json else _as_table(args.file, facts))
    return 0


def collect_facts(jp: JPkl, file_bytes: int) -> dict[str, Any]:
    """Return the facts about a stack, as plain data."""
    original = _original_bytes(jp)
    metadata = StackMetadata.of(jp)
    return {
        "shape": list(jp.shape),
        "dims": [
            _dim_facts(metadata, name, size) for name, size in zip(jp.dim_names, jp.dim_sizes, strict=True)
        ],
        "pixel_size": None if metadata.pixel_size is None else list(metadata.pixel_size),
        "pixel_unit": metadata.pixel_unit,
        "channels": _channel_facts(metadata),
        "color": jp.color,
        "header": list(jp.header),
        "codec": jp.codec,
        "jpeg_quality": jp.jpeg_quality,
        "display_range": None if jp.display_range is None else jp.display_range.tolist(),
        "source_dtype": None if jp.source_dtype is None else str(jp.source_dtype),
        "file_bytes": file_bytes,
        "frame_bytes": _frame_bytes(jp),
        "ratio_to_source": None if original is None else original / file_bytes,
        "ratio_to_uint8": jp.nbytes / file_bytes,
        "metadata_keys": [str(key) for key in jp.metadata],
    }


def _original_bytes(jp: JPkl) -> int | None:
    return None if jp.source_dtype is None else jp.size * jp.source_dtype.itemsize


def _dim_facts(metadata: StackMetadata, name: str, size: int) -> dict[str, Any]:
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


def _channel_facts(metadata: StackMetadata) -> list[dict[str, str]]:
    """Return what is known of each channel: its name, its color, or both."""
    known = {"name": metadata.channel_names, "color": metadata.channel_colors}
    columns = [[(key, value) for value in values] for key, values in known.items() if values]
    return [dict(pairs) for pairs in zip(*columns, strict=True)]


def _frame_bytes(jp: JPkl) -> dict[str, float]:
    lengths = jp._store.lengths  # known without reading a frame
    if lengths.size == 0:
        return {}
    return {"min": int(lengths.min()), "median": float(np.median(lengths)), "max": int(lengths.max())}


def _as_table(path: str, facts: dict[str, Any]) -> str:
    rows = {
        "shape": by(facts["shape"]) + (" (RGB)" if facts["color"] else ""),
        **_description_rows(facts),
        "encoding": f"{codec_text(facts['codec'], facts['jpeg_quality'])}, format {facts['header'][1]}",
        "source dtype": facts["source_dtype"] or "not recorded",
        "display range": _range_text(facts["display_range"]),
        "size": _size_text(facts),
        "frames": _frames_text(facts["frame_bytes"]),
        "metadata": ", ".join(facts["metadata_keys"]) or "none",
    }
    return _table(path, rows)


def describe_metadata(path: str, jp: JPkl) -> str:
    """Return what a stack says of its pixels, dims and channels, as a table."""
    return _table(path, _description_rows(collect_facts(jp, jp.compressed_nbytes)))


def _table(path: str, rows: dict[str, str]) -> str:
    width = max(map(len, rows))
    return "\n".join(
        [path, *(f"  {one_line(name):{width}}  {one_line(text)}" for name, text in rows.items())]
    )


def _description_rows(facts: dict[str, Any]) -> dict[str, str]:
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


def _range_text(display_range: Any) -> str:
    if display_range is None:
        return "not recorded"
    pairs = np.reshape(display_range, (-1, 2))
    if len(pairs) > _MAX_RANGES:
        return f"{len(pairs)} ranges within " + _ends(pairs[:, 0].min(), pairs[:, 1].max())
    return "; ".join(_ends(low, high) for low, high in pairs)


def _ends(low: float, high: float) -> str:
    return f"{format_number(low, 6)} to {format_number(high, 6)}"


def _size_text(facts: dict[str, Any]) -> str:
    size = facts["file_bytes"]
    text = f"{human_bytes(size)}, {human_ratio(facts['ratio_to_uint8'], 1)} smaller than 8-bit pixels"
    if facts["ratio_to_source"] is not None:
        text += f", {human_ratio(facts['ratio_to_source'], 1)} than the source's"
    return text


def _frames_text(sizes: dict[str, float]) -> str:
    if not sizes:
        return "none"
    return "{} to {}, median {}".format(*(human_bytes(sizes[key]) for key in ("min", "max", "median")))

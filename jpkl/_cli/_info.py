"""``jpkl info``: what a JPkl file holds, without decoding a frame."""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np

from jpkl._array import JPkl
from jpkl._bytes import is_url
from jpkl._bytes.urls import shown_url
from jpkl._cli._common import EXIT_SOME_FAILED, Commands, add_command, describe
from jpkl._cli._description import (
    channel_facts,
    channel_texts,
    description_rows,
    dim_facts,
    range_text,
    table,
)
from jpkl._cli._downloads import fetched
from jpkl._cli._original_info import print_original
from jpkl._codecs.stored import codec_text
from jpkl._errors import JPklError
from jpkl._labels.image import LabelImage
from jpkl._metadata import StackMetadata
from jpkl._originals.opening import is_remote_original
from jpkl._text import by, human_bytes, human_change
from jpkl.readers import can_read


def add_parser(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "info",
        "print what is in JPkl files or image files",
        "jpkl info cells.jpkl --json | jq .shape\n  jpkl info cells.lif",
    )
    parser.add_argument(
        "files",
        metavar="FILE",
        nargs="+",
        help="a JPkl file, or an image file, all of whose scenes are listed",
    )
    parser.add_argument("--json", action="store_true", help="print JSON; for several files, one line each")
    parser.set_defaults(run=run, names="files")


def run(args: argparse.Namespace) -> int:
    """Print the facts of files, for a person or as JSON; those that cannot be read do not end it."""
    indent = 2 if args.json and len(args.files) == 1 else None
    code = 0
    for file in args.files:
        try:
            _print_facts(file, as_json=args.json, indent=indent)
        except (JPklError, OSError, ValueError, TypeError) as error:
            if len(args.files) == 1 or isinstance(error, BrokenPipeError):
                raise
            print(f"jpkl: {describe(error)}", file=sys.stderr)
            code = EXIT_SOME_FAILED
    return code


def _print_facts(file: str, *, as_json: bool, indent: int | None) -> None:
    if is_remote_original(file) if is_url(file) else can_read(file):
        with fetched(file, whole=False) as path:
            name = shown_url(file) if is_url(file) else file
            print_original(path, name, as_json=as_json, indent=indent)
        return
    with JPkl.load(file) as jp:
        # A remote file's size beyond its frames is not worth another request.
        file_bytes = jp.compressed_nbytes if is_url(file) else Path(file).stat().st_size
        facts = collect_facts(jp, file_bytes)
    print(json.dumps(facts, indent=indent) if as_json else _astable(file, facts))


def collect_facts(jp: JPkl, file_bytes: int) -> dict[str, Any]:
    """Return the facts about a stack, as plain data."""
    original = _original_bytes(jp)
    metadata = StackMetadata.of(jp)
    return {
        "shape": list(jp.shape),
        "dims": [
            dim_facts(metadata, name, size) for name, size in zip(jp.dim_names, jp.dim_sizes, strict=True)
        ],
        "pixel_size": None if metadata.pixel_size is None else list(metadata.pixel_size),
        "pixel_unit": metadata.pixel_unit,
        "channels": channel_facts(metadata),
        "color": jp.color,
        "header": list(jp.header),
        "codec": jp.codec,
        "dtype": str(jp.dtype),
        "lossless": jp.is_exact,
        "jpeg_quality": jp.jpeg_quality,
        "display_range": None if jp.display_range is None else jp.display_range.tolist(),
        "source_dtype": None if jp.source_dtype is None else str(jp.source_dtype),
        "fidelity": _fidelity_facts(jp),
        "labels": [_label_facts(image) for image in jp.labels.values()],
        "file_bytes": file_bytes,
        "frame_bytes": _frame_bytes(jp),
        "ratio_to_source": None if original is None else original / file_bytes,
        "ratio_to_uint8": jp.size / file_bytes,
        "metadata_keys": [str(key) for key in jp.metadata],
    }


def _label_facts(image: LabelImage) -> dict[str, Any]:
    return {
        "name": image.name,
        "dtype": str(image.dtype),
        "bytes": image.compressed_nbytes,
        "same_along": list(image.lacks),
    }


def _labels_text(labels: list[dict[str, Any]]) -> str:
    return ", ".join(f"{each['name']} ({each['dtype']}, {human_bytes(each['bytes'])})" for each in labels)


def _fidelity_facts(jp: JPkl) -> dict[str, Any] | None:
    found = jp.fidelity
    if found is None:
        return None
    by_channel = {"steps": found.steps, "noise": found.noise}
    return {
        "summary": found.summary(len(jp.images)),
        "target": found.target or None,
        "frames": found.numbers.tolist(),
        "psnr": [_json_number(value) for value in found.psnr.tolist()],
        "ssim": [_json_number(value) for value in found.ssim.tolist()],
        **{name: [_json_number(value) for value in values] for name, values in by_channel.items()},
    }


def _json_number(value: float) -> float | None:
    """Return a number, or null in place of what JSON does not have: a PSNR without loss, no SSIM."""
    return value if math.isfinite(value) else None


def _encoding_text(facts: dict[str, Any]) -> str:
    return codec_text(facts["codec"], facts["jpeg_quality"], facts["dtype"] if facts["lossless"] else None)


def _original_bytes(jp: JPkl) -> int | None:
    return None if jp.source_dtype is None else jp.size * jp.source_dtype.itemsize


def _frame_bytes(jp: JPkl) -> dict[str, float]:
    lengths = np.asarray(jp._store.lengths)  # known without reading a frame
    if lengths.size == 0:
        return {}
    return {"min": int(lengths.min()), "median": float(np.median(lengths)), "max": int(lengths.max())}


def _astable(path: str, facts: dict[str, Any]) -> str:
    rows = {
        "shape": by(facts["shape"]) + (" (RGB)" if facts["color"] else ""),
        **description_rows(facts),
        "encoding": f"{_encoding_text(facts)}; file format {facts['header'][1]}",
        "source dtype": facts["source_dtype"] or "not recorded",
        "display range": _range_text(facts),
        **_fidelity_rows(facts),
        "size": _size_text(facts),
        "frame sizes": _frames_text(facts["frame_bytes"]),
        **({"labels": _labels_text(facts["labels"])} if facts["labels"] else {}),
        "metadata": ", ".join(facts["metadata_keys"]) or "none",
    }
    return table(path, rows)


def _fidelity_rows(facts: dict[str, Any]) -> dict[str, str]:
    fidelity = facts["fidelity"]
    if facts["lossless"]:
        return {"fidelity": "no loss"}
    if fidelity is None:
        return {"fidelity": "not recorded; jpkl verify --against ORIGINAL measures it"}
    rows = {"fidelity": fidelity["summary"]}
    for key, name, before in (
        ("steps", "quantization", "geometric mean step in gray levels"),
        ("noise", "noise", "standard deviation in gray levels"),
    ):
        if fidelity[key] and None not in fidelity[key]:
            rows[name] = f"{before}: {channel_texts(fidelity[key], facts['channels'])}"
    return rows | ({"target": fidelity["target"]} if fidelity["target"] else {})


def describe_metadata(path: str, jp: JPkl) -> str:
    """Return what a stack says of its pixels, dims and channels, as a table."""
    return table(path, description_rows(collect_facts(jp, jp.compressed_nbytes)))


def _range_text(facts: dict[str, Any]) -> str:
    if facts["display_range"] is None:
        return "not recorded"
    return range_text(facts["display_range"], [dim["name"] for dim in facts["dims"]])


def _size_text(facts: dict[str, Any]) -> str:
    text = human_bytes(facts["file_bytes"])
    if facts["ratio_to_source"] is not None:
        text += f", {_change(facts['ratio_to_source'])} than the {facts['source_dtype']} pixels of the source"
    if facts["ratio_to_source"] != facts["ratio_to_uint8"]:
        text += f", {_change(facts['ratio_to_uint8'])} than 8-bit pixels"
    return text


def _change(ratio: float) -> str:
    return human_change(ratio, 1)


def _frames_text(sizes: dict[str, float]) -> str:
    if not sizes:
        return "none"
    return "{} to {}, median {}".format(*(human_bytes(sizes[key]) for key in ("min", "max", "median")))

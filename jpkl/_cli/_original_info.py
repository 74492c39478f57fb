"""``jpkl info`` of an image file that is none of ours: its scenes, and what encoding would find in each."""

from __future__ import annotations

import json
import sys
from math import prod
from pathlib import Path
from typing import Any

from jpkl._cli._description import axes_text, channel_facts, description_rows, dim_facts, table
from jpkl._dims import resolve_dim_names
from jpkl._errors import JPklError
from jpkl._metadata import StackMetadata
from jpkl._source.axes import resolve_axes
from jpkl._text import by, count, human_bytes, one_line
from jpkl.readers import ImageFile, open_image, scenes_of


def print_original(path: Path, name: str, *, as_json: bool, indent: int | None = 2) -> None:
    """Print the facts of every scene of an image file, of which no pixels are read.

    Parameters
    ----------
    path : Path
        The file, or a copy of it.
    name : str
        What it is called.
    as_json : bool
        Whether as JSON,
    indent : int or None
        which has one line for None.

    Raises
    ------
    ValueError, OSError
        If the file cannot be read, or some of its scenes cannot.
    """
    scenes = scenes_of(path)
    found = [_facts_of(path, scene, of_many=len(scenes) > 1) for scene in scenes or (None,)]
    if as_json:
        print(json.dumps({"file_bytes": _file_bytes(path), "scenes": found}, indent=indent))
    else:
        for facts in found:
            print(_as_table(name, facts, of_many=len(scenes) > 1))
    failed = [facts["scene"] for facts in found if "error" in facts]
    if failed:
        sys.stdout.flush()
        raise ValueError(f"{name}: {len(failed)} of {count(len(found), 'scene')} cannot be read")


def _file_bytes(path: Path) -> int | None:
    return path.stat().st_size if path.is_file() else None


def _facts_of(path: Path, scene: str | None, *, of_many: bool) -> dict[str, Any]:
    """Return the facts of a scene, or why it cannot be read where there are others."""
    try:
        with open_image(path, scene) as source:
            return _facts(source)
    except (JPklError, OSError, ValueError) as error:
        if not of_many:
            raise
        return {"scene": scene, "error": str(error)}


def _facts(source: ImageFile) -> dict[str, Any]:
    """Return the facts about an opened scene, as plain data."""
    shape = tuple(int(n) for n in source.array.shape)
    facts: dict[str, Any] = {
        "scene": source.scene,
        "shape": list(shape),
        "axes": None if source.axes is None else list(source.axes),
        "dtype": str(source.array.dtype),
        "nbytes": prod(shape) * source.array.dtype.itemsize,
        "notes": list(source.notes),
    }
    try:
        layout = resolve_axes(shape, source.axes, color=False)
    except ValueError as error:  # an array that is no image
        return {**facts, "no_image": str(error)}
    sizes = [shape[axis] for axis in layout.order[layout.n_frame_axes :]]
    names = resolve_dim_names(layout.dim_names, len(sizes))
    metadata = StackMetadata.read(source.metadata, names, sizes)
    return {
        **facts,
        "color": layout.color,
        "dims": [dim_facts(metadata, name, size) for name, size in zip(names, sizes, strict=True)],
        "pixel_size": None if metadata.pixel_size is None else list(metadata.pixel_size),
        "pixel_unit": metadata.pixel_unit,
        "channels": channel_facts(metadata),
        "acquired": metadata.acquired or None,
    }


def _as_table(path: str, facts: dict[str, Any], *, of_many: bool) -> str:
    title = f"{path}, scene {one_line(facts['scene'])!r}" if of_many else path
    if "error" in facts:
        return table(title, {"not readable": facts["error"]})
    axes = facts["axes"]
    rows = {
        "shape": by(facts["shape"]) + (" (RGB)" if facts.get("color") else ""),
        "axes": axes_text(axes) if axes else "not recorded: read as height, width, dims",
        "dtype": facts["dtype"],
        "size": f"{human_bytes(facts['nbytes'])} of pixels",
    }
    if "no_image" in facts:
        rows["no image"] = facts["no_image"]
    else:
        rows |= description_rows(facts)
    if facts.get("acquired"):
        rows["acquired"] = facts["acquired"]
    notes = {f"note {number}": note for number, note in enumerate(facts["notes"], 1)}
    return table(title, rows | notes)

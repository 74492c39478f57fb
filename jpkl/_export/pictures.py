"""A stack as a folder of pictures."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

from PIL import Image

from jpkl._array import JPkl
from jpkl._dims import FrameIndex
from jpkl._export.exporting import Watch
from jpkl._pipeline import Stop, ordered_map, resolve_workers


def write_png(jp: JPkl, path: Path, watch: Watch) -> None:
    """Write a folder of PNG pictures that are named by their frame indices, e.g. ``time007_z12.png``."""
    path.mkdir()

    def write(index: FrameIndex, stop: Stop) -> None:
        stop.check()
        Image.fromarray(jp.frame(index)).save(path / frame_name(jp, index))

    # An interrupted export removes the folder, to which nobody must be writing then.
    with closing(ordered_map(write, jp.images, workers=resolve_workers(None))) as written:
        for _ in watch(written):
            pass


def frame_name(jp: JPkl, index: FrameIndex) -> str:
    """Return the file name of a frame; names sort as the indices do."""
    parts = [
        f"{_file_safe(name)}{i:0{len(str(size - 1))}d}"
        for name, size, i in zip(jp.dim_names, jp.dim_sizes, index, strict=True)
    ]
    return "_".join(parts or ["frame"]) + ".png"


def _file_safe(name: str) -> str:
    # Dim names come from files, and must not lead out of the folder.
    return re.sub(r"[^\w-]", "-", name)

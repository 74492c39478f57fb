"""A stack as a folder of pictures."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from PIL import Image

from jpkl._array import JPkl
from jpkl._codecs.jpeg import JpegCodec
from jpkl._dims import FrameIndex
from jpkl._displayed import displayed
from jpkl._export.exporting import Watch, workers_for
from jpkl._pipeline import Stop, ordered_map

#: Bytes of the names of dims in the name of a file: file systems allow 255 for the whole.
_MOST_BYTES = 160


def write_png(jp: JPkl, path: Path, watch: Watch) -> None:
    """Write a folder of PNG pictures that are named by their frame indices, e.g. ``time007_z12.png``.

    Raises
    ------
    ValueError
        If PNG does not hold the dtype.
    """
    if jp.dtype.str != "|u1" and (jp.color or jp.dtype.str not in ("|b1", "<u2")):
        what = f"{'RGB of ' * jp.color}{jp.dtype}"
        raise ValueError(f"PNG pictures do not hold {what}: export .ome.tif or .npy")
    _write_each(jp, path, watch, lambda index: _as_png(jp, index), ".png")


def write_jpeg(jp: JPkl, path: Path, watch: Watch) -> None:
    """Write a folder of JPEG pictures: the stored bytes as they are, where they are JPEG.

    What another codec has stored is encoded with the stack's quality, of exact values what is displayed.
    """
    codec, shown = JpegCodec(quality=jp.jpeg_quality), displayed(jp)

    def as_jpeg(index: FrameIndex) -> bytes:
        data = jp.images[index]
        return data if codec.recognizes(data) else codec.encode(shown.frame(index))

    _write_each(jp, path, watch, as_jpeg, ".jpg")


def _as_png(jp: JPkl, index: FrameIndex) -> bytes:
    file = io.BytesIO()
    Image.fromarray(jp.frame(index)).save(file, "PNG")
    return file.getvalue()


def _write_each(
    jp: JPkl, path: Path, watch: Watch, encoded: Callable[[FrameIndex], bytes], suffix: str
) -> None:
    path.mkdir()

    def write(index: FrameIndex, stop: Stop) -> None:
        stop.check()
        (path / (frame_name(jp, index) + suffix)).write_bytes(encoded(index))

    # An interrupted export removes the folder, to which nobody must be writing then.
    with closing(ordered_map(write, jp.images, workers=workers_for(jp))) as written:
        for _ in watch(written):
            pass


def frame_name(jp: JPkl, index: FrameIndex) -> str:
    """Return the name of a frame's file, without suffix; names sort as the indices do."""
    most = _MOST_BYTES // max(1, len(jp.dim_names))
    parts = [
        f"{_file_safe(name, most)}{i:0{len(str(size - 1))}d}"
        for name, size, i in zip(jp.dim_names, jp.dim_sizes, index, strict=True)
    ]
    return "_".join(parts or ["frame"])


def _file_safe(name: str, most: int) -> str:
    # Dim names come from files, and must not lead out of the folder.
    return re.sub(r"[^\w-]", "-", name).encode()[:most].decode(errors="ignore")

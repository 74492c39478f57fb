"""Decoded frames as files for other programs; each file appears whole or not at all."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jpkl._array import JPkl
from jpkl._errors import FrameIndex
from jpkl._pipeline import Stop, check_workers, ordered_map

#: Wraps the frames on their way out, e.g. in a progress bar.
Watch: TypeAlias = Callable[[Iterable[Any]], Iterable[Any]]

#: Writes a stack to a path that does not exist yet, frame by frame.
Exporter: TypeAlias = Callable[[JPkl, Path, Watch], None]


def export(jp: JPkl, path: Path, exporter: Exporter, watch: Watch = iter) -> None:
    """Write a stack to `path`, which appears only when it is complete.

    Parameters
    ----------
    jp : JPkl
        The stack.
    path : Path
        A file, which is replaced, or a folder, which must be empty or missing.
    exporter : callable
        One of `write_png`, `write_npy` and `jpkl._export.tiff.write_tiff`.
    watch : callable
        Is given the frames and hands them on.

    Raises
    ------
    OSError
        If `path` cannot be written.
    FrameError
        If a frame cannot be decoded; names the frame index.
    """
    with _workplace(path) as unfinished:
        exporter(jp, unfinished, watch)
        unfinished.replace(path)


@contextmanager
def _workplace(path: Path) -> Iterator[Path]:
    """A path in a temporary folder next to `path`: on the same disk, so that moving it is atomic."""
    folder = Path(tempfile.mkdtemp(prefix=f".{path.name}.", suffix=".part", dir=path.absolute().parent))
    try:
        yield folder / path.name
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def decoded_frames(jp: JPkl, indices: Iterable[FrameIndex]) -> Iterator[NDArray[np.uint8]]:
    """Decode frames in all cores, in the order of their indices."""

    def decode(index: FrameIndex, stop: Stop) -> NDArray[np.uint8]:
        stop.check()
        return jp.frame(index)

    return ordered_map(decode, indices, workers=check_workers(None))


def write_npy(jp: JPkl, path: Path, watch: Watch) -> None:
    """Write an ``.npy`` file of shape ``jp.shape``, uint8."""
    # In Fortran order the pixels of a frame are neighbours in the file, although its axes come first.
    indices = (index[::-1] for index in np.ndindex(jp.dim_sizes[::-1]))
    with path.open("wb") as file:
        header = {"descr": "|u1", "fortran_order": True, "shape": jp.shape}
        np.lib.format.write_array_header_1_0(file, header)
        for frame in watch(decoded_frames(jp, indices)):
            file.write(frame.tobytes(order="F"))


def write_png(jp: JPkl, path: Path, watch: Watch) -> None:
    """Write a folder of PNG pictures that are named by their frame indices, e.g. ``time007_z12.png``."""
    path.mkdir()

    def write(index: FrameIndex, stop: Stop) -> None:
        stop.check()
        Image.fromarray(jp.frame(index)).save(path / frame_name(jp, index))

    for _ in watch(ordered_map(write, jp.images, workers=check_workers(None))):
        pass


def frame_name(jp: JPkl, index: FrameIndex) -> str:
    """File name of a frame; names sort as the indices do."""
    parts = [
        f"{_file_safe(name)}{i:0{len(str(size - 1))}d}"
        for name, size, i in zip(jp.dim_names, jp.dim_sizes, index, strict=True)
    ]
    return "_".join(parts or ["frame"]) + ".png"


def _file_safe(name: str) -> str:
    # Dim names come from files, and must not lead out of the folder.
    return re.sub(r"[^\w-]", "-", name)

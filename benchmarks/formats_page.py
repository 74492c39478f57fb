"""Write the table of real files into docs/how-to/formats.md: ``python -m benchmarks.formats_page``.

Each file is opened by its reader, encoded at the default quality, and opened again. The files come from
``JPKL_SHARED_DATA``, which has the folders ``formats`` and ``images``, and from the packages that read them;
one of them is written once more in formats of which there are none.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from importlib.resources import files
from math import prod
from pathlib import Path

import numpy as np

import jpkl
from jpkl import JPklError
from jpkl._metadata import StackMetadata
from jpkl._originals.original import Fingerprint
from jpkl._text import by, human_bytes
from jpkl.readers import open_image

PAGE = Path(__file__).parents[1] / "docs" / "how-to" / "formats.md"
BEGIN, END = "<!-- table of real files: begin -->", "<!-- table of real files: end -->"

#: Files that come with the packages that read them.
_IN_PACKAGES = (
    ("pydicom", "data/test_files/examples_ybr_color.dcm"),
    ("pydicom", "data/test_files/CT_small.dcm"),
    ("nibabel", "tests/data/phantom_EPI_asc_CLEAR_2_1.PAR"),
    ("nibabel", "tests/data/tiny.mnc"),
    ("nibabel", "tests/data/test.mgz"),
)
#: A real stack, of which files of formats are made that have none here; and how it is called in the table.
_SOURCE = "images/cell_tzcyx.tif"
#: What is no image file.
_OTHERS = {".md"}


def real_files() -> Iterator[Path]:
    """Iterate over the files, by their suffixes."""
    shared = Path(os.environ["JPKL_SHARED_DATA"])
    found = [file for folder in ("formats", "images") for file in (shared / folder).iterdir()]
    for package, name in _IN_PACKAGES:
        with suppress(ModuleNotFoundError):
            found.append(Path(str(files(package) / name)))
    there = (file for file in found if file.suffix not in _OTHERS and file.is_file())
    yield from sorted(there, key=lambda file: (file.suffix.lower(), file.name))


def made_files(folder: Path) -> Iterator[Path]:
    """Write a real stack in other formats, as their own libraries do."""
    import h5py
    import zarr
    from PIL import Image
    from scipy.io import savemat

    with open_image(Path(os.environ["JPKL_SHARED_DATA"]) / _SOURCE) as source:
        pixels = np.asarray(source.array)
    name = Path(_SOURCE).stem
    with h5py.File(folder / f"{name}.h5", "w") as file:
        file.create_dataset("images", data=pixels, chunks=True, compression="gzip")
    savemat(folder / f"{name}.mat", {"images": pixels.transpose(3, 4, 0, 1, 2)}, do_compression=True)
    names = ["t", "z", "c", "y", "x"]
    chunks = (1, 1, 1, *pixels.shape[3:])
    zarr.create_array(store=str(folder / f"{name}.zarr"), data=pixels, chunks=chunks, dimension_names=names)
    pictures = folder / f"{name} in PNG"
    pictures.mkdir()
    for t, z, c in np.ndindex(pixels.shape[:3]):
        Image.fromarray(pixels[t, z, c]).save(pictures / f"cell_t{t}_z{z}_c{c}.png")
    yield from sorted(path for path in folder.iterdir() if path.stem.startswith(name))


def row(path: Path, folder: Path) -> str:
    """Encode a file or a folder, and return what became of it as a line of the table."""
    began = time.perf_counter()
    with open_image(path) as source:
        axes = source.axes
        array = source.array
        n_pixels = prod(array.shape) * array.dtype.itemsize
        with jpkl.encode(array, folder / "some.jpkl", axes=axes, metadata=source.metadata) as jp:
            seconds = time.perf_counter() - began
            after = (folder / "some.jpkl").stat().st_size
            cells = [
                f"`{path.name}`",
                f"{by(jp.frame_shape[:2])}{' RGB' * jp.color} {array.dtype}",
                ", ".join(f"{name} {size}" for name, size in zip(jp.dim_names, jp.dim_sizes, strict=True)),
                _scales(jp),
                human_bytes(Fingerprint.of(path).nbytes),
                human_bytes(n_pixels),
                human_bytes(after),
                f"{seconds:.2f}",
            ]
    return f"| {' | '.join(cells)} |"


def _scales(jp: jpkl.JPkl) -> str:
    """Return the size of a pixel, and the steps along dims."""
    known = StackMetadata.of(jp)
    parts = []
    if known.pixel_size:
        height, width = (f"{size:.4g}" for size in known.pixel_size)
        parts.append(f"{height if height == width else f'{height} x {width}'} {known.pixel_unit}".strip())
    for name in jp.dim_names:
        step, unit = known.step(name), known.unit(name)
        if step is not None and unit:
            parts.append(f"{name} {step:.4g} {unit}")
        elif unit:
            parts.append(f"{name} in {unit}")
    return ", ".join(parts)


def table() -> str:
    """Return the table in Markdown."""
    lines = [
        "| file | frames | dims | pixel size and steps | before | pixels | after | s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(action="ignore"):
        made = Path(folder) / "made"
        made.mkdir()
        for path in (*real_files(), *made_files(made)):
            try:
                lines.append(row(path, Path(folder)))
            except (JPklError, OSError, ValueError) as error:
                sys.exit(f"{path}: {error}")
    return "\n".join(lines)


def main() -> None:
    """Put the table in its place on the page."""
    text = PAGE.read_text("utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    made = table()
    PAGE.write_text(f"{before}{BEGIN}\n\n{made}\n\n{END}{after}", "utf-8")
    print(made)


if __name__ == "__main__":
    main()

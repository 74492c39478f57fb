"""HDF5 files, and the arrays in them that can be images."""

from __future__ import annotations

import contextlib
from importlib import import_module
from pathlib import Path
from typing import Any

from jpkl._bytes import for_library
from jpkl.readers._damage import library, reading
from jpkl.readers._library_array import is_image


def open_hdf5(path: Path, what: str) -> Any:
    """Open a file with h5py; compressions of hdf5plugin are known where that is installed.

    Raises
    ------
    MissingDependencyError
        If h5py is not installed.
    ValueError
        If the file is none of HDF5, or damaged.
    """
    h5py = library("h5py", what)
    with contextlib.suppress(ImportError):
        import_module("hdf5plugin")
    with reading(path, what):
        return h5py.File(for_library(path), "r")


def images_in(file: Any) -> dict[str, Any]:
    """Return the arrays that can be images, by their paths; links to other files are not followed."""
    datasets: dict[str, Any] = {}

    def visit(name: str, node: Any) -> None:
        if hasattr(node, "shape") and node.shape and _is_numeric(node) and is_image(node):
            datasets[name] = node

    file.visititems(visit)
    return datasets


def _is_numeric(dataset: Any) -> bool:
    if text_of(dataset.attrs.get("MATLAB_class", "")) == "char":  # text, as numbers of 16 bits
        return False
    try:
        return bool(dataset.dtype.kind in "biuf")
    except TypeError:  # of a type that NumPy has not
        return False


def text_of(value: Any) -> str:
    """Return a text attribute, which may be an array of single characters, as Imaris writes them."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if hasattr(value, "dtype") and getattr(value, "ndim", 0) == 1 and value.dtype.kind == "S":
        return b"".join(value.tolist()).decode("utf-8", "replace")
    return str(value)

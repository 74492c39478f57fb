"""Array-likes, turned into arrays that can be sliced: tensors, quantities, sparse and device arrays; pure."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from os import PathLike, fspath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._source.masks import mask_of
from jpkl._text import with_article

#: Arrays to name of a collection that holds several.
_MOST_NAMES = 5

#: How packages for units call the unit of an array and its numbers: Pint, Astropy, unyt.
_QUANTITIES = (("units", "magnitude"), ("unit", "value"), ("units", "value"))


def is_labeled(images: Any) -> bool:
    """Return whether images are xarray's, which name their axes; does not import it."""
    xarray = sys.modules.get("xarray")
    return xarray is not None and isinstance(images, xarray.DataArray | xarray.Dataset)


def as_array(images: Any) -> Any:
    """Return images that have a shape, a dtype of NumPy and slicing: as they are if they do.

    Raises
    ------
    TypeError
        If they are no images; the message says what makes some of them.
    ValueError
        If they are a list of images of several shapes.
    """
    _refuse_no_array(images)
    if isinstance(images, list | tuple):
        return _stacked(images)
    if callable(getattr(images, "asarray", None)) and not hasattr(images, "__array__"):
        images = images.asarray()  # pages and series of tifffile, czifile, liffile
    elif not hasattr(images, "__array__") and hasattr(images, "__dlpack__"):
        images = np.from_dlpack(images)
    if hasattr(images, "tocsr"):  # of SciPy: a matrix is a single frame, and some kinds cannot be indexed
        images = images.todense()
    if not _is_sliceable(images):
        images = np.asarray(images)
    if images.dtype == object and not images.ndim:
        raise TypeError(f"images must be an array, not {type(images.item()).__name__}")
    return _of_known_dtype(images)


def magnitude_of(images: Any) -> tuple[Any, str | None]:
    """Return the numbers of an array that has a unit, and the unit; other arrays as they are."""
    for unit_name, numbers_name in _QUANTITIES:
        unit, numbers = getattr(images, unit_name, None), getattr(images, numbers_name, None)
        if unit is not None and hasattr(numbers, "shape") and hasattr(images, "to"):
            return numbers, _text_of(unit) or None
    meta = getattr(images, "_meta", None)  # what a block of dask is like
    if meta is not None and hasattr(images, "map_blocks") and (unit := magnitude_of(meta)[1]):
        empty = np.empty((0,) * images.ndim, images.dtype)
        return images.map_blocks(_numbers, dtype=images.dtype, meta=empty), unit
    return images, None


def _numbers(block: Any) -> Any:
    return magnitude_of(block)[0]


def loaded(piece: Any) -> NDArray[Any]:
    """Return the pixels of part of an array-like in memory, with their mask if they have one."""
    if hasattr(piece, "compute"):  # to NumPy, a dask array gives its pixels without the mask
        piece = piece.compute()
    if hasattr(piece, "todense"):
        piece = piece.todense()
    if hasattr(piece, "__cuda_array_interface__") and hasattr(piece, "get"):
        piece = piece.get()  # CuPy never copies to memory unless it is asked to
    return np.asarray(piece) if mask_of(piece) is None else np.asanyarray(piece)


def _refuse_no_array(images: Any) -> None:
    if isinstance(images, str | PathLike):
        raise TypeError(f"{fspath(images)!r} is a path, not an array: jpkl.open(path) opens an image file")
    if isinstance(images, bytes | bytearray):
        raise TypeError(
            f"{len(images):,} bytes have no shape: np.frombuffer(images, dtype).reshape(shape) makes an array"
        )
    if isinstance(images, Iterator):
        raise TypeError(
            f"images come one by one from {with_article(type(images).__name__)}, which has no shape: give a "
            "list of them with axes, e.g. JPkl(list(images), axes='TYX'), or write them with a JPklWriter"
        )
    holds_some = isinstance(images, Mapping) or callable(getattr(images, "keys", None))
    if holds_some and not hasattr(images, "dtype") and not hasattr(images, "iloc"):  # a table is an array
        names = [name for name in images.keys() if isinstance(name, str)]  # noqa: SIM118
        known = ", ".join(map(repr, names[:_MOST_NAMES])) + (", ..." if len(names) > _MOST_NAMES else "")
        package = type(images).__module__.partition(".")[0]
        kind = f"{package}.{type(images).__name__}".removeprefix("builtins.")
        raise TypeError(
            f"{with_article(kind)} is not an array, but may hold some: give one of {known or 'them'}"
        )


def _stacked(images: list[Any] | tuple[Any, ...]) -> Any:
    """Return a list of images as one array, with their masks."""
    if any(mask_of(image) is not None for image in images):
        return np.ma.stack(images)
    try:
        return _of_known_dtype(np.asarray(images))
    except ValueError as error:
        shapes = dict.fromkeys(np.shape(image) for image in images if hasattr(image, "__array__"))
        if len(shapes) < 2:
            raise
        found = ", ".join(str(shape) for shape in list(shapes)[:_MOST_NAMES])
        raise ValueError(f"images of a list must all have the same shape; these have {found}") from error


def _is_sliceable(images: Any) -> bool:
    """Return whether parts of an array can be read, of a dtype that NumPy knows."""
    if not (hasattr(images, "shape") and hasattr(images, "dtype") and hasattr(images, "__getitem__")):
        return False
    try:
        np.dtype(images.dtype)
    except TypeError:  # torch.float32
        return False
    return True


def _of_known_dtype(images: Any) -> Any:
    """Return numbers of formats that are strange to NumPy, such as bfloat16, in one that holds them all."""
    dtype = images.dtype
    is_strange = isinstance(images, np.ndarray) and dtype.kind == "V" and not issubclass(dtype.type, np.void)
    return images.astype(np.float32) if is_strange and np.can_cast(dtype, np.float32) else images


def _text_of(unit: Any) -> str:
    """Return a unit as it is written: in short where the package can do so."""
    try:
        return f"{unit:~P}"
    except (TypeError, ValueError):
        return str(unit)

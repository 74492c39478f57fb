"""Stacks as xarray objects, lazily: ``to_xarray``, ``from_xarray``, and ``open_dataset(engine="jpkl")``."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from datetime import date
from os import PathLike, fspath
from typing import Any, TypeVar

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from xarray.backends import BackendArray, BackendEntrypoint
from xarray.core import indexing

from jpkl._array import JPkl
from jpkl._dims import channel_dim
from jpkl._encode import EncodeArguments, check_known
from jpkl._errors import MetadataError
from jpkl._metadata import StackMetadata, plain_coords
from jpkl._pickle.writer import dump

StackType = TypeVar("StackType", bound=JPkl)

#: Name of the variable of a dataset.
_VARIABLE = "images"

#: Metadata that become coordinates; all others become attributes.
_AS_COORDINATES = ("coords", "units", "channel_names", "pixel_size", "pixel_unit")


class StackArray(BackendArray):
    """A stack in the form that xarray indexes lazily.

    Parameters
    ----------
    stack : JPkl
        Decoded when values are wanted.
    """

    def __init__(self, stack: JPkl) -> None:
        self.stack = stack
        self.shape = stack.shape
        self.dtype = stack.dtype

    def __getitem__(self, key: Any) -> Any:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.OUTER, self._select_outer
        )

    def _select_outer(self, key: tuple[Any, ...]) -> Any:
        """Select along each axis by itself: NumPy's rule for slices, here for index arrays, too."""
        n_frame_axes = len(self.stack.frame_shape)
        sizes = self.stack.dim_sizes
        ranges = [np.arange(size)[k] for size, k in zip(sizes, key[n_frame_axes:], strict=True)]
        crossed = np.ix_(*map(np.atleast_1d, ranges)) if ranges else ()
        frames: NDArray[np.uint8] = self.stack[(slice(None),) * n_frame_axes + crossed]
        for axis, k in enumerate(key[:n_frame_axes]):
            frames = frames[(slice(None),) * axis + (np.atleast_1d(np.arange(self.shape[axis])[k]),)]
        dropped = tuple(axis for axis, k in enumerate(key) if isinstance(k, (int, np.integer)))
        return frames.squeeze(dropped)


class JPklBackend(BackendEntrypoint):
    """Opens ``.jpkl`` files: ``xarray.open_dataset(path, engine="jpkl")``."""

    description = "Stacks of JPEG frames"
    url = "https://github.com/Novartis/JPkl"
    open_dataset_parameters = ("filename_or_obj", "drop_variables")

    def open_dataset(
        self, filename_or_obj: Any, *, drop_variables: str | Iterable[str] | None = None
    ) -> xr.Dataset:
        """Return a dataset with one variable, ``images``, that decodes frames when they are used.

        Parameters
        ----------
        filename_or_obj : path-like
            The file.
        drop_variables : str or iterable of str, optional
            Coordinates to leave out.
        """
        stack = JPkl.load(filename_or_obj)
        dropped = {drop_variables} if isinstance(drop_variables, str) else set(drop_variables or ())
        dataset = stack_to_dataarray(stack).to_dataset(name=_VARIABLE).drop_vars(dropped, errors="ignore")
        dataset.set_close(stack.close)
        return dataset

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """Return whether the name ends in ``.jpkl``."""
        is_path = isinstance(filename_or_obj, (str, PathLike))
        return is_path and fspath(filename_or_obj).endswith(".jpkl")


def stack_to_dataarray(stack: JPkl) -> xr.DataArray:
    """Return the stack as a lazy DataArray with axes ``y, x, [rgb,] *dims``.

    Coordinates come from the metadata keys ``coords``, ``units``, ``channel_names``, ``pixel_size`` and
    ``pixel_unit`` where these are well-formed (see `StackMetadata`).
    """
    frame_axes = ("y", "x", "rgb")[: len(stack.frame_shape)]
    # A dim of the stack may be called "y" itself; xarray wants each name once.
    axes = [f"frame_{name}" if name in stack.dim_names else name for name in frame_axes] + [*stack.dim_names]
    lazy = indexing.LazilyIndexedArray(StackArray(stack))
    array = xr.DataArray(xr.Variable(axes, lazy), name=_VARIABLE, attrs=_attributes(stack))
    return array.assign_coords(_coordinates(stack, axes))


def _attributes(stack: JPkl) -> dict[str, Any]:
    attributes = {str(key): value for key, value in stack.metadata.items() if key not in _AS_COORDINATES}
    return {**attributes, "jpeg_quality": stack.jpeg_quality}


def _coordinates(stack: JPkl, axes: list[str]) -> dict[str, Any]:
    metadata = StackMetadata.of(stack)
    coordinates = {
        name: (name, np.asarray(values), _units(metadata.units.get(name)))
        for name, values in metadata.coords.items()
    }
    channel = channel_dim(stack.dim_names)
    if channel is not None and metadata.channel_names:
        name = stack.dim_names[channel]
        coordinates[name] = (name, np.asarray(metadata.channel_names), {})
    if metadata.pixel_size is not None:
        for axis, size, step in zip(axes, stack.shape, metadata.pixel_size, strict=False):
            coordinates[axis] = (axis, np.arange(size) * step, _units(metadata.pixel_unit))
    return coordinates


def _units(unit: str | None) -> dict[str, str]:
    return {"units": unit} if unit else {}


def stack_from_dataarray(cls: type[StackType], array: xr.DataArray, arguments: EncodeArguments) -> StackType:
    """Encode a DataArray; see `JPkl.from_xarray`."""
    if cls.__init__ is JPkl.__init__:  # a subclass may take more
        check_known("from_xarray", arguments)
    metadata = {**_metadata_of(array), **(arguments.get("metadata") or {})}
    # A DataArray in memory is as good as its ndarray, and one of dask as its dask array, which keeps masks;
    # any other is sliced, so that it stays lazy.
    data = getattr(array.variable, "_data", None)
    images = data if isinstance(data, np.ndarray) or array.chunks is not None else array
    axes = arguments.get("axes") or [str(dim) for dim in array.dims]
    settled: EncodeArguments = {**arguments, "axes": axes, "metadata": metadata}
    return cls(images, **settled)


def _metadata_of(array: xr.DataArray) -> dict[str, Any]:
    frame = {str(dim).lower(): str(dim) for dim in array.dims if str(dim).lower() in ("y", "x")}
    steps = [_step(array, frame[name]) for name in ("y", "x") if name in frame]
    dy, dx = steps if len(steps) == 2 else (None, None)
    others = [str(dim) for dim in array.dims if str(dim) not in frame.values() and dim in array.coords]
    found = StackMetadata(
        pixel_size=(dy, dx) if dy and dx else None,
        pixel_unit=_unit_of(array, frame["x"]) if dy and dx else "",
        coords={dim: _values_of(array, dim) for dim in others},
        units={dim: unit for dim in others if (unit := _unit_of(array, dim))},
    )
    return {**_kept_attributes(array), **found.as_dict()}


def _values_of(array: xr.DataArray, dim: str) -> tuple[Any, ...]:
    values = array.coords[dim].values
    items = plain_coords(values)
    if items is values:
        items = values.tolist()
    if values.dtype.kind == "O" and not all(isinstance(item, (str, date, int, float)) for item in items):
        items = map(str, items)  # the calendars of climate models
    return tuple(items)


def _kept_attributes(array: xr.DataArray) -> dict[str, Any]:
    """Return the attributes that a file can hold; a warning names the others."""
    kept: dict[str, Any] = {}
    for key, value in array.attrs.items():
        try:
            dump(value, str(key))
        except MetadataError as error:
            warnings.warn(f"an attribute of the DataArray is left out: {error}", stacklevel=2)
        else:
            kept[str(key)] = value
    return kept


def _unit_of(array: xr.DataArray, dim: str) -> str:
    unit = array.coords[dim].attrs.get("units")
    return "" if unit is None else str(unit)


def _step(array: xr.DataArray, dim: str) -> float | None:
    """Return the spacing along a dim whose coordinate is regular."""
    if dim not in array.coords or array.sizes[dim] < 2 or array.coords[dim].dtype.kind not in "iuf":
        return None
    steps = np.diff(array.coords[dim].values.astype(float))
    return float(steps[0]) if steps[0] > 0 and np.allclose(steps, steps[0]) else None

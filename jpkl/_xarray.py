"""Stacks as xarray objects, lazily: ``to_xarray``, ``from_xarray``, and ``open_dataset(engine="jpkl")``."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from os import PathLike, fspath
from typing import Any, Literal, TypeAlias, TypeVar, get_args

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from xarray.backends import BackendArray, BackendEntrypoint
from xarray.core import indexing

from jpkl._array import JPkl
from jpkl._encoding.options import EncodeArguments, check_known
from jpkl._errors import warn
from jpkl._source.array_likes import magnitude_of
from jpkl._source.axes import FRAME_AXES
from jpkl._views import FramesFirst
from jpkl._xarray_metadata import OF_FRAME, attributes_of, axis_names, coordinates_of, metadata_of

StackType = TypeVar("StackType", bound=JPkl)

#: Which axes of a DataArray come first: those of the frame, as in a JPkl, or those of the dims.
AxisOrder: TypeAlias = Literal["frames_last", "frames_first"]

#: Bytes from the beginning of a file in which the header is.
_MAGIC_NBYTES = 64

#: Name of the variable of a dataset.
_VARIABLE = "images"


class StackArray(BackendArray):
    """A stack in the form that xarray indexes lazily, with its axes in any order.

    Parameters
    ----------
    frames : FramesFirst
        Decoded when values are wanted.
    axes : sequence of int
        The axis of ``frames`` for each axis of this array.
    """

    def __init__(self, frames: FramesFirst, axes: Sequence[int]) -> None:
        self.frames = frames
        self.axes = tuple(axes)
        self.shape = tuple(frames.shape[axis] for axis in axes)
        self.dtype = frames.dtype

    def transposed(self, order: Sequence[int]) -> StackArray:
        """Return the same stack with its axes in another order."""
        return StackArray(self.frames, [self.axes[axis] for axis in order])

    def __getitem__(self, key: Any) -> Any:
        return indexing.explicit_indexing_adapter(
            key, self.shape, indexing.IndexingSupport.OUTER, self._select_outer
        )

    def _select_outer(self, key: tuple[Any, ...]) -> Any:
        """Select along each axis by itself: NumPy's rule for slices, here for index arrays, too."""
        integers = tuple(axis for axis, k in enumerate(key) if isinstance(k, (int, np.integer)))
        kept = [slice(k, k + 1 or None) if axis in integers else k for axis, k in enumerate(key)]
        in_frames = [kept[axis] for axis in np.argsort(self.axes)]
        return self._select_kept(in_frames).transpose(self.axes).squeeze(integers)

    def _select_kept(self, key: list[Any]) -> NDArray[Any]:
        """Select by slices and index arrays of one axis, in the order of ``frames``."""
        arrays = [axis for axis, k in enumerate(key) if isinstance(k, np.ndarray)]
        if len(arrays) < 2:
            return self.frames[tuple(key)]  # type: ignore[no-any-return]
        # NumPy would pair several index arrays. Those of dims are crossed; those of a frame come after.
        n_dims = len(self.frames.dim_sizes)
        ranges = [np.arange(n)[k] for n, k in zip(self.frames.dim_sizes, key[:n_dims], strict=True)]
        of_frame = [k if isinstance(k, slice) else slice(None) for k in key[n_dims:]]
        selected: NDArray[Any] = self.frames[(*np.ix_(*ranges), *of_frame)]
        for axis in arrays:
            if axis >= n_dims:
                selected = selected.take(key[axis], axis)
        return selected


class LazyStack(indexing.LazilyIndexedArray):
    """A stack that stays lazy when it is transposed; xarray's own would keep an index for each value."""

    __slots__ = ()

    def transpose(self, order: Sequence[int]) -> LazyStack:
        """Return the same selection with its axes in another order."""
        key = self.key.tuple
        kept = [axis for axis, k in enumerate(key) if not isinstance(k, (int, np.integer))]
        axes = [kept[axis] for axis in order] + [axis for axis in range(len(key)) if axis not in kept]
        array = self.array.transposed(axes)
        return type(self)(array, type(self.key)(tuple(key[axis] for axis in axes)))


class JPklBackend(BackendEntrypoint):
    """Opens ``.jpkl`` files: ``xarray.open_dataset(path, engine="jpkl")``."""

    description = "Stacks of JPEG frames"
    url = "https://github.com/Novartis/JPkl"
    open_dataset_parameters = ("filename_or_obj", "drop_variables", "order", "storage_options")

    def open_dataset(
        self,
        filename_or_obj: Any,
        *,
        drop_variables: str | Iterable[str] | None = None,
        order: AxisOrder = "frames_last",
        storage_options: Mapping[str, Any] | None = None,
    ) -> xr.Dataset:
        """Return a dataset with one variable, ``images``, that decodes frames when they are used.

        Parameters
        ----------
        filename_or_obj : path-like, URL or binary file
            The file; see `JPkl.load`.
        drop_variables : str or iterable of str, optional
            Coordinates to leave out.
        order : {"frames_last", "frames_first"}
            Order of the axes, see `JPkl.to_xarray`.
        storage_options : mapping, optional
            Of a URL, what its file system of fsspec takes, see `JPkl.load`.
        """
        stack = JPkl.load(filename_or_obj, storage_options=storage_options)
        dropped = {drop_variables} if isinstance(drop_variables, str) else set(drop_variables or ())
        dataset = (
            stack_to_dataarray(stack, order).to_dataset(name=_VARIABLE).drop_vars(dropped, errors="ignore")
        )
        dataset.set_close(stack.close)
        return dataset

    def guess_can_open(self, filename_or_obj: Any) -> bool:
        """Return whether the name ends in ``.jpkl``, or a binary file begins as one of ours does."""
        if isinstance(filename_or_obj, (str, PathLike)):
            return fspath(filename_or_obj).endswith(".jpkl")
        if not isinstance(filename_or_obj, io.IOBase) or not filename_or_obj.seekable():
            return False
        filename_or_obj.seek(0)
        start = filename_or_obj.read(_MAGIC_NBYTES)
        filename_or_obj.seek(0)
        return isinstance(start, bytes) and b"header" in start and b"JPkl" in start


def stack_to_dataarray(stack: JPkl, order: AxisOrder = "frames_last") -> xr.DataArray:
    """Return the stack as a lazy DataArray; see `JPkl.to_xarray`.

    Raises
    ------
    ValueError
        If there is no such order.
    """
    if order not in get_args(AxisOrder):
        raise ValueError(f"order {order!r}: it must be one of {', '.join(get_args(AxisOrder))}")
    names = axis_names(stack)
    frames = stack.frames_first
    axes = list(range(frames.ndim))
    if order == "frames_last":
        n_dims = len(stack.dim_sizes)
        axes = axes[n_dims:] + axes[:n_dims]
    array = StackArray(frames, axes)
    variable = xr.Variable([names[axis] for axis in axes], LazyStack(array), attributes_of(stack))
    made = xr.DataArray(variable, coords=coordinates_of(stack, names), name=_VARIABLE)
    made.encoding["preferred_chunks"] = {names[axis]: frames.chunks[axis] for axis in axes}
    return made


def stack_from_dataarray(cls: type[StackType], array: xr.DataArray, arguments: EncodeArguments) -> StackType:
    """Encode a DataArray; see `JPkl.from_xarray`."""
    if cls.__init__ is JPkl.__init__:  # a subclass may take more
        check_known("from_xarray", arguments)
    pixels, settled = images_of(array, arguments)
    return cls(pixels, **settled)


def images_of(array: Any, arguments: EncodeArguments) -> tuple[Any, EncodeArguments]:
    """Return the pixels of a DataArray, and arguments of `jpkl.JPkl` with what it says of them."""
    if not isinstance(array, xr.DataArray):
        names = ", ".join(map(repr, getattr(array, "data_vars", ())))
        which = f": give one of its variables, {names}" if names else ""
        raise TypeError(f"expected a DataArray, not {type(array).__name__}{which}")
    axes = list(arguments.get("axes") or map(str, array.dims))
    if not {"y", "x"} <= {FRAME_AXES.get(name.lower()) for name in axes}:
        raise ValueError(
            f"the dims of the DataArray are {', '.join(axes)}, of which y or x is missing: rename those of "
            'the frames, e.g. array.rename({"lat": "y", "lon": "x"}), or give axes'
        )
    of_frame = [name for name in axes if name.lower() in FRAME_AXES and not arguments.get("axes")]
    both = [name for name in of_frame if f"{OF_FRAME}{name}" in axes]
    if both:
        raise ValueError(
            f"the dims of the DataArray are {', '.join(axes)}, of which {both[0]} or {OF_FRAME}{both[0]} may "
            "be that of the frames: rename the other, or give axes"
        )
    found, left_out = metadata_of(array, axes)
    if left_out:
        warn(f"left out, as a JPkl file cannot hold it: {'; '.join(left_out)}")
    pixels, unit = magnitude_of(_pixels(array))
    of_values = {} if unit is None else {"value_unit": unit}
    metadata = {**of_values, **found, **(arguments.get("metadata") or {})}
    return pixels, {**arguments, "axes": axes, "metadata": metadata}


def _pixels(array: xr.DataArray) -> Any:
    """Return the values of a DataArray in the form that is read best.

    A DataArray in memory is as good as its ndarray, and one of dask as its dask array, which keeps masks; any
    other is sliced, so that it stays lazy.
    """
    data = getattr(array.variable, "_data", None)
    is_ready = isinstance(data, np.ndarray) or array.chunks is not None or hasattr(data, "magnitude")
    return data if is_ready else _Sliced(array)


class _Sliced:
    """A lazy DataArray as an array-like that says in which pieces it is read best."""

    def __init__(self, array: xr.DataArray) -> None:
        self._array = array
        self.shape, self.dtype = array.shape, array.dtype
        preferred = array.encoding.get("preferred_chunks", {})
        if preferred:
            self.chunks = tuple(preferred.get(dim, size) for dim, size in array.sizes.items())

    def __getitem__(self, key: Any) -> NDArray[Any]:
        return self._array[key].values

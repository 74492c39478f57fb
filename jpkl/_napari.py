"""The plugin for napari: layers of channels and of labels, whose frames are decoded when they are shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from os import PathLike, fspath
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from jpkl._array import JPkl
from jpkl._decoded_array import DecodedArray
from jpkl._dims import channel_dim
from jpkl._export.label_stack import label_stack
from jpkl._export.limits import full_limits, pixel_limits
from jpkl._metadata import StackMetadata
from jpkl._units import length_ratio, normal_unit

#: What napari makes a layer of: the data, what the layer is created with, and its type.
LayerData: TypeAlias = tuple[Any, dict[str, Any], str]

#: Decoded frames of a stack that are kept, which all its layers share.
_CACHE_NBYTES = 256 << 20

#: Units of time that napari knows under these names.
_TIMES = ("s", "ms", "min", "h")

#: Colors of channels that have none.
_COLORS = ("#00ff00", "#ff00ff", "#00ffff", "#ffff00", "#ff0000", "#0000ff")


def get_reader(path: str | Sequence[str]) -> Callable[[str | Sequence[str]], list[LayerData]] | None:
    """Return what reads JPkl files, if all paths name some: napari's entry point."""
    return read_layers if all(each.endswith(".jpkl") for each in _paths(path)) else None


def read_layers(path: str | Sequence[str]) -> list[LayerData]:
    """Open JPkl files, which stay open as long as their layers are there."""
    return [layer for each in _paths(path) for layer in layers_of(JPkl.load(each))]


def _paths(path: str | PathLike[str] | Sequence[str]) -> list[str]:
    return [fspath(path)] if isinstance(path, (str, PathLike)) else [fspath(each) for each in path]


def layers_of(jp: JPkl) -> list[LayerData]:
    """Return a layer for each channel of a stack, and for its label images.

    Parameters
    ----------
    jp : JPkl
        The stack.

    Returns
    -------
    list of (array-like, dict, str)
        As napari takes them. The arrays are lazy, with axes ``(*dims, height, width[, 3])``.
    """
    jp = jp.with_cache(_CACHE_NBYTES)
    images = [(data, _layer(jp, channel), "image") for channel, data in _channels(jp)]
    labels = [
        (_as_numbers(data), _label_layer(jp, name, channel if is_by_channel else None), "labels")
        for name, is_by_channel in _labels(jp)
        for channel, data in _channels(label_stack(jp, name))
        if is_by_channel or channel == 0
    ]
    return images + labels


def _channels(jp: JPkl) -> Iterator[tuple[int, DecodedArray]]:
    """Iterate over the channels of a stack, frames first; over all of it as channel 0 where it has none."""
    dim = channel_dim(jp.dim_names)
    if dim is None:
        yield 0, jp.frames_first
        return
    for channel in range(jp.dim_sizes[dim]):
        yield channel, ChannelFrames(jp, dim, channel)


def _labels(jp: JPkl) -> Iterator[tuple[str, bool]]:
    """Iterate over the names of label images, and whether each channel has its own."""
    dim = channel_dim(jp.dim_names)
    for name, labels in jp.labels.items():
        yield name, dim is not None and labels.sizes[dim] > 1


def _as_numbers(data: DecodedArray) -> DecodedArray:
    """Return labels as napari takes them, which are numbers."""
    return Numbers(data) if data.dtype == bool else data


class Numbers(DecodedArray):
    """Masks as labels: 0 and 1."""

    def __init__(self, masks: DecodedArray) -> None:
        self._masks = masks

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        return self._masks.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """That of small numbers."""
        return np.dtype(np.uint8)

    @property
    def chunks(self) -> tuple[int, ...]:
        """Shape of what is decoded together: one frame."""
        return self._masks.chunks

    def __getitem__(self, key: Any) -> Any:
        return self._masks[key].astype(np.uint8)

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self[i] for i in range(len(self)))


class ChannelFrames(DecodedArray):
    """One channel of a stack, frames first, as napari indexes it: each index decodes what it touches."""

    def __init__(self, jp: JPkl, dim: int, channel: int) -> None:
        self._frames = jp.frames_first
        self._dim = dim
        self._channel = channel

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis, without the channel."""
        return tuple(size for axis, size in enumerate(self._frames.shape) if axis != self._dim)

    @property
    def dtype(self) -> np.dtype[Any]:
        """Dtype of decoded values: that of the stack."""
        return self._frames.dtype

    @property
    def chunks(self) -> tuple[int, ...]:
        """Shape of what is decoded together: one frame."""
        return tuple(size for axis, size in enumerate(self._frames.chunks) if axis != self._dim)

    def __getitem__(self, key: Any) -> Any:
        items = list(key) if isinstance(key, tuple) else [key]
        if any(not isinstance(item, (int, np.integer, slice)) and item is not Ellipsis for item in items):
            raise IndexError(f"{key!r}: layers are indexed by integers and slices; take np.asarray of it")
        if Ellipsis not in items:
            items.append(Ellipsis)
        at = items.index(Ellipsis)
        whole = [slice(None)] * (self.ndim - len(items) + 1)
        expanded = items[:at] + whole + items[at + 1 :]
        return self._frames[(*expanded[: self._dim], self._channel, *expanded[self._dim :])]

    def __iter__(self) -> Iterator[NDArray[Any]]:
        return (self[i] for i in range(len(self)))


def _layer(jp: JPkl, channel: int) -> dict[str, Any]:
    """Return what the layer of a channel is created with."""
    known = StackMetadata.of(jp)
    options: dict[str, Any] = {
        "name": _name(jp, _channel_name(jp, known, channel)),
        "visible": _item(known.channel_visible, channel, True),
        **_place(jp, known),
        "metadata": dict(jp.metadata),
        "rgb": jp.color,
    }
    return options if jp.color else options | _look(jp, known, channel)


def _label_layer(jp: JPkl, name: str, channel: int | None) -> dict[str, Any]:
    """Return what the layer of a label image is created with; of one channel, or the same for all."""
    known = StackMetadata.of(jp)
    of_channel = "" if channel is None else _channel_name(jp, known, channel)
    return {"name": _name(jp, of_channel, name), **_place(jp, known)}


def _place(jp: JPkl, known: StackMetadata) -> dict[str, Any]:
    """Return where a layer is, and what its axes are."""
    channel = channel_dim(jp.dim_names)
    names = tuple(name for dim, name in enumerate(jp.dim_names) if dim != channel)
    scale, translate, units = zip(*_axes(known, names), strict=True)
    return {"scale": scale, "translate": translate, "units": units, "axis_labels": (*names, "y", "x")}


def _look(jp: JPkl, known: StackMetadata, channel: int) -> dict[str, Any]:
    """Return colormap, contrast limits and blending of a gray layer."""
    dim = channel_dim(jp.dim_names)
    is_one_of_many = dim is not None and jp.dim_sizes[dim] > 1
    color = _COLORS[channel % len(_COLORS)] if is_one_of_many else "gray"
    # Channels of one color cannot be told apart: OME-TIFF has white where nobody has chosen one.
    are_told_apart = not is_one_of_many or len(set(known.channel_colors)) > 1
    return {
        "colormap": _item(known.channel_colors if are_told_apart else (), channel, color),
        "contrast_limits": _item(pixel_limits(jp, known), channel, full_limits(jp)),
        "blending": "additive" if is_one_of_many else "translucent_no_depth",
    }


def _axes(known: StackMetadata, names: Sequence[str]) -> list[tuple[float, float, str]]:
    """Return scale, translation and unit of each axis of a layer."""
    height, width = known.pixel_size or (1.0, 1.0)
    unit = _unit(known.pixel_unit) if known.pixel_size else "pixel"
    return [*(_dim(known, name) for name in names), (height, 0.0, unit), (width, 0.0, unit)]


def _dim(known: StackMetadata, name: str) -> tuple[float, float, str]:
    step, numbers = known.step(name), known.numbers(name)
    if step is None:
        return 1.0, 0.0, "pixel"
    unit = known.unit(name)
    # In one unit, sections are as far apart as they are, also in releases of napari that know no units.
    ratio = length_ratio(unit, known.pixel_unit) if known.pixel_size and known.pixel_unit else None
    first = float(numbers[0]) if numbers else 0.0
    if ratio is None:
        return step, first, _unit(unit)
    return step * ratio, first * ratio, _unit(known.pixel_unit)


def _unit(text: str) -> str:
    """Return a unit in a spelling that napari knows; it refuses the others."""
    unit = normal_unit(text)
    return unit if unit in _TIMES or length_ratio(unit, "m") is not None else "pixel"


def _name(jp: JPkl, *parts: str) -> str:
    stem = Path(jp.path).stem if jp.path else ""
    return " ".join(filter(None, (stem, *parts))) or "JPkl"


def _channel_name(jp: JPkl, known: StackMetadata, channel: int) -> str:
    dim = channel_dim(jp.dim_names)
    return str(_item(known.channel_names, channel, "" if dim is None else f"{jp.dim_names[dim]} {channel}"))


def _item(values: Sequence[Any], position: int, otherwise: Any) -> Any:
    return values[position] if values else otherwise

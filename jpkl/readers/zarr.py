"""OME-Zarr and plain Zarr, versions 2 and 3, in a folder or a zip file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jpkl._bytes import UrlPath
from jpkl._bytes.connection import Connection
from jpkl._text import natural_key
from jpkl.readers._calibration import Calibration
from jpkl.readers._damage import library, reading
from jpkl.readers._image_file import ImageFile
from jpkl.readers._library_array import LibraryArray, is_image, largest, plain_axes
from jpkl.readers._ome_zarr import Level, axes_of, levels_of, ome_of, read_ome_zarr, restored
from jpkl.readers._scales import packing_notes, read_scales
from jpkl.readers._scenes import choose_scene, scene_notes

_LABELS = "labels"


@dataclass(frozen=True)
class _Found:
    """An array in the hierarchy, and what OME says of it, if it is part of an image."""

    name: str
    array: Any
    level: Level | None = None
    ome: Mapping[str, Any] = field(default_factory=dict)
    is_reduced: bool = False
    ours: Any = None
    scales: Mapping[str, Any] = field(default_factory=dict)


def read(path: Path, scene: str | None) -> ImageFile:
    """Open one array, by default the first image at full resolution, or else the largest array."""
    library("zarr", "Zarr")
    with reading(path, "Zarr"):
        store, root = _open(path)
    try:
        with reading(path, "Zarr"):
            found = _in_order(_walk(root, ""))
            if not found:
                raise ValueError(f"{path}: not a readable Zarr file: holds no array with two axes or more")
            names = [each.name for each in found]
            default = 0 if found[0].level else largest([each.array for each in found])
            number = choose_scene(path, names, scene, default=default)
            return _image(path, found, number, scene, store.close)
    except BaseException:
        store.close()
        raise


def _open(path: Path) -> tuple[Any, Any]:
    import zarr

    store = _store_of(path)
    try:
        return store, zarr.open(store=store, mode="r")
    except BaseException:
        store.close()
        raise


def _store_of(path: Path) -> Any:
    from zarr.storage import FsspecStore, LocalStore, ZipStore

    if isinstance(path, UrlPath):
        Connection(path.url, path.options)  # says best why there is none
        return FsspecStore.from_url(path.url, storage_options=path.options, read_only=True)
    return ZipStore(path, mode="r") if path.is_file() else LocalStore(path, read_only=True)


def _image(path: Path, all_found: list[_Found], number: int, scene: str | None, close: Any) -> ImageFile:
    found, names = all_found[number], tuple(each.name for each in all_found)
    array = LibraryArray(path, found.array)
    notes = scene_notes(names, number, scene)
    axes: list[str]
    if found.level is not None:
        axes = axes_of(found.level, array.ndim)
        calibration = Calibration(axes, array.shape)
        read_ome_zarr(calibration, found.level, axes, found.ome)
    else:
        axes, said = _named_axes(found.array)
        calibration = Calibration(axes, array.shape)
        read_scales(calibration, found.scales)
        notes = (*notes, *said, *packing_notes(found.array.attrs))
    calibration.add(source=path.name)
    reduced = tuple(each.name for each in all_found if each.is_reduced)
    axes, metadata = restored(found.ours, axes, array.shape, calibration.found.as_dict())
    return ImageFile(array, axes, metadata, notes, close, names, found.name, reduced)


def _named_axes(array: Any) -> tuple[list[str], tuple[str, ...]]:
    """Return the names of the axes of a plain array, as xarray writes them too, if they have a frame."""
    names = _names_of(array)
    if names and len(names) == len(array.shape):
        lower = [name.lower() for name in names]
        if {"y", "height"} & set(lower) and {"x", "width"} & set(lower) and len(set(lower)) == len(lower):
            return list(names), ()
    return plain_axes(array.shape, array.dtype)


def _names_of(node: Any) -> list[str]:
    """Return the names that an array gives all its axes, if it does."""
    if not hasattr(node, "shape"):
        return []
    names = getattr(node.metadata, "dimension_names", None) or node.attrs.get("_ARRAY_DIMENSIONS")
    is_list = isinstance(names, list | tuple) and all(isinstance(name, str) for name in names)
    return list(names) if is_list else []


# -- the hierarchy -------------------------------------------------------------------------------------


def _in_order(found: Iterator[_Found]) -> list[_Found]:
    """Return images, then plain arrays, then reduced images, each by their paths."""
    known = {each.name: each for each in found if is_image(each.array)}

    def key(each: _Found) -> tuple[Any, ...]:
        is_label = _LABELS in each.name.split("/")
        return (each.is_reduced, is_label, each.level is None, *natural_key(each.name))

    return sorted(known.values(), key=key)


def _walk(node: Any, path: str) -> Iterator[_Found]:
    if hasattr(node, "shape"):
        yield _Found(path or node.basename or "0", node)
        return
    ome = ome_of(dict(node.attrs))
    levels = levels_of(ome)
    for level in levels:
        is_reduced = level.dataset is not level.multiscale["datasets"][0]
        ours = None if is_reduced else node.attrs.get("jpkl")
        yield _Found(_join(path, level.path), node[level.path], level, ome, is_reduced, ours)
    if levels:
        if _LABELS in node:
            yield from _walk(node[_LABELS], _join(path, _LABELS))
        return
    members = dict(node.members())
    for name, member in members.items():
        for each in _walk(member, _join(path, name)):
            beside = {axis: members.get(axis) for axis in _names_of(member) if each.array is member}
            yield replace(each, scales={axis: it for axis, it in beside.items() if hasattr(it, "shape")})


def _join(path: str, name: str) -> str:
    return f"{path}/{name}" if path else name

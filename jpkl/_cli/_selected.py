"""What ``--select`` keeps of a source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jpkl._bytes import is_url
from jpkl._cli._metadata_options import Description
from jpkl._dims import resolve_dim_names
from jpkl._labels.encode import ImageAxes, resolve_labels
from jpkl._originals.copies import LocalCopy
from jpkl._originals.remote import path_by_ranges
from jpkl._selection import Choice, Selection
from jpkl._source.axes import resolve_axes
from jpkl._source.blocks import ImageArray
from jpkl.readers import ImageFile, Missing, open_image, select_axes
from jpkl.readers._image_file import ArrayLike


def select(
    source: ImageFile, axes: Any, description: Description, chosen: Sequence[tuple[str, Choice]]
) -> tuple[ImageFile, Any, Description]:
    """Return a source, its axes and what is said of it, for the chosen indices alone.

    Nothing is read. Dims are those that the description names, where it does.

    Raises
    ------
    ValueError
        If there is no such dim or index.
    """
    if not chosen:
        return source, axes, description
    selection, choices = _choices(tuple(source.array.shape), axes, description.dim_names, chosen)
    kept = [axis for axis, choice in enumerate(choices) if isinstance(choice, slice)]
    selected = replace(source, array=select_axes(source.array, choices))
    kept_names = None if axes is None else [axes[axis] for axis in kept]
    return (
        selected,
        "".join(kept_names) if kept_names is not None and isinstance(axes, str) else kept_names,
        Description(selection.metadata(description.metadata), selection.dim_names),
    )


def select_labels(
    labels: Mapping[str, Any],
    source: ImageFile,
    axes: Any,
    dim_names: Sequence[str] | None,
    chosen: Sequence[tuple[str, Choice]],
) -> dict[str, Any]:
    """Return an argument ``labels`` for the chosen indices alone; nothing is read.

    Parameters
    ----------
    labels : mapping of str to array-like or to (axes, array-like)
        Labels of all frames.
    source, axes, dim_names
        The whole source, its axes, and the names of its dims where they are given.
    chosen : sequence of (str, int or slice)
        What is chosen.

    Raises
    ------
    TypeError, ValueError
        If the labels do not fit the source.
    """
    if not chosen:
        return dict(labels)
    selection, _ = _choices(tuple(source.array.shape), axes, dim_names, chosen)
    images = ImageArray(source.array, resolve_axes(tuple(source.array.shape), axes, color=False))
    found = {}
    for each in resolve_labels(labels, ImageAxes.of(images, selection.names)):
        given = labels[each.name]
        array = given[1] if isinstance(given, tuple) and len(given) == 2 else given
        by_name: list[tuple[str, Choice]] = [("Y", slice(None)), ("X", slice(None))]
        # Where labels have one index along a dim, they are the same for all.
        by_name += [
            (selection.names[dim], selection.choices[dim] if each.sizes[dim] > 1 else 0) for dim in each.dims
        ]
        by_axis = dict(zip(each.images.layout.order, by_name, strict=False))
        choices = [by_axis.get(axis, ("", 0)) for axis in range(len(array.shape))]
        kept = [name for name, choice in choices if isinstance(choice, slice)]
        found[each.name] = kept, select_axes(array, tuple(choice for _, choice in choices))
    return found


def _choices(
    shape: tuple[int, ...],
    axes: Any,
    dim_names: Sequence[str] | None,
    chosen: Sequence[tuple[str, Choice]],
) -> tuple[Selection, tuple[Choice, ...]]:
    """Return what is chosen of the dims, and of each axis."""
    layout = resolve_axes(shape, axes, color=False)
    dim_axes = layout.order[layout.n_frame_axes :]
    names = dim_names or layout.dim_names or resolve_dim_names(None, len(dim_axes))
    try:
        selection = Selection.of(chosen, names, [shape[axis] for axis in dim_axes])
    except ValueError as error:
        raise ValueError(f"--select: {error}") from error
    by_axis = dict(zip(dim_axes, selection.choices, strict=True))
    return selection, tuple(by_axis.get(axis, slice(None)) for axis in range(len(shape)))


@dataclass(frozen=True)
class OpenAgain:
    """Opens an image file again, in another process, with what is chosen of it.

    Attributes
    ----------
    path, scene, missing, axes
        As for `jpkl.readers.open_image`.
    effective_axes, dim_names, chosen
        What the axes are, what the dims are called, and what `select` was given.
    """

    path: str
    scene: str | int | None
    missing: Missing
    axes: Any
    effective_axes: Any
    dim_names: tuple[str, ...] | None
    chosen: tuple[tuple[str, Choice], ...]

    def _path_of_url(self, held: ExitStack) -> Path:
        """Return what reads the parts that a worker has to encode, or else a copy of its own."""
        if (remote := path_by_ranges(self.path, axes=self.axes)) is not None:
            return remote
        copy = LocalCopy(self.path)
        held.callback(copy.close)
        return copy.path

    def __call__(self) -> tuple[ArrayLike, Callable[[], None]]:
        """Return the array, and what closes its file."""
        with ExitStack() as held:
            path = Path(self.path)
            if is_url(self.path):
                path = self._path_of_url(held)
            opened = held.enter_context(open_image(path, self.scene, missing=self.missing, axes=self.axes))
            array: ArrayLike = opened.array
            if self.chosen:
                shape = tuple(array.shape)
                _, choices = _choices(shape, self.effective_axes, self.dim_names, self.chosen)
                array = select_axes(array, choices)
            return array, held.pop_all().close

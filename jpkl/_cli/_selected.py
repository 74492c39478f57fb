"""What ``--select`` keeps of a source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from jpkl._axes import resolve_axes
from jpkl._cli._metadata_options import Description
from jpkl._dims import resolve_dim_names
from jpkl._selection import Choice, Selection
from jpkl.readers import ImageFile, select_axes


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
    shape = tuple(source.array.shape)
    layout = resolve_axes(shape, axes, color=False)
    dim_axes = layout.order[layout.n_frame_axes :]
    names = description.dim_names or layout.dim_names or resolve_dim_names(None, len(dim_axes))
    try:
        selection = Selection.of(chosen, names, [shape[axis] for axis in dim_axes])
    except ValueError as error:
        raise ValueError(f"--select: {error}") from error
    by_axis = dict(zip(dim_axes, selection.choices, strict=True))
    choices = tuple(by_axis.get(axis, slice(None)) for axis in range(len(shape)))
    kept = [axis for axis, choice in enumerate(choices) if isinstance(choice, slice)]
    selected = replace(source, array=select_axes(source.array, choices))
    kept_names = None if axes is None else [axes[axis] for axis in kept]
    return (
        selected,
        "".join(kept_names) if kept_names is not None and isinstance(axes, str) else kept_names,
        Description(selection.metadata(description.metadata), selection.dim_names),
    )

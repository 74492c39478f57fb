"""The part of a broken stack that is complete, and what the file says of it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from jpkl._dims import frame_number
from jpkl._errors import FormatError, FrameError, warn
from jpkl._fidelity import SECTION, Fidelity, parse_fidelity
from jpkl._file.labels import TABLES_SECTION, LabelTableError, StoredLabels, parse_tables
from jpkl._file.origin import read_origin
from jpkl._file.schema import StackInfo
from jpkl._file.trailer import Trailer
from jpkl._labels.frames import regrouped
from jpkl._recover.salvage import Salvage
from jpkl._selection import Selection


def leading(numbers: NDArray[np.int64]) -> int:
    """Return how many of ascending numbers are 0, 1, 2, ... without a gap."""
    gaps = np.flatnonzero(numbers != np.arange(len(numbers)))
    return int(gaps[0]) if len(gaps) else len(numbers)


def complete_part(n_first: int, dim_sizes: tuple[int, ...]) -> tuple[int, ...]:
    """Return the sizes of the largest leading part that is complete, cutting the first dim if possible.

    In it, frames have the numbers that they have in the whole.

    Parameters
    ----------
    n_first : int
        Frames that are there before the first that is missing, in C order.
    dim_sizes : tuple of int
        Length of each dim of the whole.

    Examples
    --------
    >>> complete_part(3, (2, 2)), complete_part(2, (2, 3))
    ((1, 2), (1, 2))
    """
    if not n_first:
        raise FormatError("the first frame is missing or damaged, so nothing can be made of the others")
    if not dim_sizes:
        return ()
    slab = math.prod(dim_sizes[1:])
    if n_first >= slab:
        return (n_first // slab, *dim_sizes[1:])
    return (1, *complete_part(n_first, dim_sizes[1:]))


def describe_part(
    salvage: Salvage, info: StackInfo, dim_sizes: tuple[int, ...], decoded_shape: tuple[int, ...] | None
) -> StackInfo:
    """Return what to write into the file of a part.

    Parameters
    ----------
    salvage : Salvage
        What was found.
    info : StackInfo
        What the whole file was meant to be.
    dim_sizes : tuple of int
        Sizes of the part.
    decoded_shape : tuple of int or None
        Shape of the frames, if some were decoded: without a trailer, they say size and color.
    """
    kept = Selection(info.dim_names, info.dim_sizes, tuple(slice(size) for size in dim_sizes))
    new = replace(info, dim_sizes=dim_sizes, metadata=kept.metadata(info.metadata))
    if salvage.trailer is not None:
        display_range, dtype = salvage.trailer.display_range, salvage.trailer.source_dtype
        fidelity = _cut_fidelity(salvage.trailer, info.dim_sizes, dim_sizes)
        new = replace(new, frame_shape=salvage.trailer.frame_shape, fidelity=fidelity)
    else:
        display_range, dtype = read_origin(salvage.source, info.dim_sizes)
        if decoded_shape is not None:
            height, width, *samples = decoded_shape
            new = replace(new, color=bool(samples), frame_shape=(height, width))
    if display_range is not None:
        display_range = display_range[tuple(slice(0, size) for size in dim_sizes)]
    labels = _cut_labels(salvage, info.dim_sizes, new)
    return replace(new, display_range=display_range, source_dtype=dtype, labels=labels)


def _cut_fidelity(trailer: Trailer, before: tuple[int, ...], dim_sizes: tuple[int, ...]) -> Fidelity | None:
    """Return what is on record of the frames that are left."""
    fidelity = parse_fidelity(trailer.sections.get(SECTION), math.prod(before))
    if fidelity is None or dim_sizes == before:
        return fidelity
    return fidelity.of_frames([frame_number(index, before) for index in np.ndindex(dim_sizes)])


def _cut_labels(salvage: Salvage, before: tuple[int, ...], new: StackInfo) -> tuple[StoredLabels, ...]:
    """Return the label images of the frames that are left; none where one of them is damaged there."""
    found, source, shape = salvage.labels, salvage.source, new.frame_shape
    if salvage.trailer is not None and salvage.trailer.label_span is not None:
        found = salvage.trailer.sections.get(TABLES_SECTION, b""), salvage.trailer.label_span
    if found is None or shape is None:
        return ()
    tables, span = found
    try:
        stored = parse_tables(tables, before, shape, source, span)
        return tuple(regrouped(each, shape, [slice(size) for size in new.dim_sizes]) for each in stored)
    except (LabelTableError, FrameError) as error:
        warn(f"{source.label}: the label images are left out: {error}")
        return ()

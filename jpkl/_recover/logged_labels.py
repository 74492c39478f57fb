"""The labels that a `JPklWriter` has left beside its own temporary file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import numpy as np

from jpkl._bytes import ByteSource, LocalFile, MemoryBytes
from jpkl._dims import frame_number
from jpkl._errors import warn
from jpkl._file.label_log import LoggedLabels, log_path, read_label_log
from jpkl._file.labels import LabelTableError, StoredLabels
from jpkl._file.schema import StackInfo
from jpkl._labels.frames import GroupWriter
from jpkl._labels.payload import encode_payload


@dataclass(frozen=True, eq=False)
class LabelsBeside:
    """What is left of labels, and what has their bytes."""

    labels: tuple[LoggedLabels, ...]
    source: ByteSource


@contextmanager
def labels_beside(
    source: ByteSource, dim_sizes: tuple[int, ...], shape: tuple[int, ...] | None
) -> Iterator[LabelsBeside]:
    """Read the labels beside the temporary file of a writer, if there are any."""
    path = log_path(Path(source.name)) if isinstance(source, LocalFile) and source.name else None
    if path is None or shape is None or not path.is_file():
        yield LabelsBeside((), source)
        return
    with closing(LocalFile(path)) as file:
        try:
            labels = read_label_log(file, dim_sizes, (shape[0], shape[1]))
        except LabelTableError as error:
            warn(f"{file.label}: the labels are left out: {error}")
            labels = ()
        yield LabelsBeside(labels, file)


def with_labels_beside(
    source: ByteSource, new: StackInfo, before: tuple[int, ...]
) -> tuple[StackInfo, dict[str, tuple[int, int]]]:
    """Return a stack with the labels that its writer has left, and how many frames of each are there."""
    with labels_beside(source, before, new.frame_shape) as beside:
        found = [_labels_from_log(each, beside.source, new) for each in beside.labels]
    numbers = {each.name: (n_there, each.n_frames) for each, n_there in found}
    return replace(new, labels=tuple(each for each, _ in found)), numbers


def _labels_from_log(logged: LoggedLabels, source: ByteSource, new: StackInfo) -> tuple[StoredLabels, int]:
    """Return the labels of the frames of a stack that are left, and how many of these are in the log."""
    assert new.frame_shape is not None
    sizes = tuple(min(own, size) for own, size in zip(logged.sizes, new.dim_sizes, strict=True))
    file, n_there = BytesIO(), 0
    writer = GroupWriter(logged.name, logged.dtype, sizes, new.frame_shape, file)
    blank = encode_payload(np.zeros(new.frame_shape, logged.dtype))
    for number, index in enumerate(np.ndindex(sizes)):
        place = logged.places.get(frame_number(index, logged.sizes))
        writer.add(number, blank if place is None else source.read_at(*place))
        n_there += place is not None
    return writer.result(MemoryBytes(file.getvalue())), n_there

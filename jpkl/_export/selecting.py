"""A stack of some frames of another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from jpkl._array import JPkl
from jpkl._dims import FrameIndex, frame_number
from jpkl._file.stores import FrameStore
from jpkl._labels.frames import regrouped
from jpkl._selection import Choice, Selection


class _SelectedFrames(FrameStore):
    """Some frames of a store, which stays open as long as that does."""

    def __init__(self, store: FrameStore, numbers: Sequence[int], dim_sizes: tuple[int, ...]) -> None:
        self.path = store.path
        self.lengths = np.asarray(store.lengths[np.asarray(numbers, np.intp)])
        self._store = store
        self._numbers = numbers
        self._dim_sizes = dim_sizes

    @property
    def is_checked(self) -> bool:
        return self._store.is_checked

    def locate(self, number: int, dim_sizes: tuple[int, ...]) -> FrameIndex:
        return self._store.locate(self._numbers[number], self._dim_sizes)

    def read(self, number: int) -> bytes:
        return self._store.read(self._numbers[number])

    @property
    def batch_nbytes(self) -> int:
        return self._store.batch_nbytes

    def read_many(self, numbers: Sequence[int]) -> list[bytes]:
        return self._store.read_many([self._numbers[number] for number in numbers])

    def close(self) -> None:
        self._store.close()

    @property
    def closed(self) -> bool:
        return self._store.closed


def select_frames(
    jp: JPkl, chosen: Sequence[tuple[str, Choice]], labels: Collection[str] | None = None
) -> JPkl:
    """Return a stack of the frames that are chosen, which are not copied.

    Parameters
    ----------
    jp : JPkl
        The whole stack, which has to stay open.
    chosen : sequence of (str, int or slice)
        What `parse_selection` returns.
    labels : collection of str, optional
        The label images to keep, which are read; by default all.

    Raises
    ------
    ValueError
        If there is no such dim or index.
    FrameError
        If labels that are kept cannot be read.
    """
    selection = Selection.of(chosen, jp.dim_names, jp.dim_sizes)
    if selection.is_everything:
        return jp
    numbers = [frame_number(index, jp.dim_sizes) for index in selection.frame_indices()]
    info = replace(
        jp._info,
        dim_names=selection.dim_names,
        dim_sizes=selection.dim_sizes,
        metadata=selection.metadata(jp.metadata),
        display_range=_of_range(jp.display_range, selection.choices),
        fidelity=None if jp.fidelity is None else jp.fidelity.of_frames(numbers),
        labels=tuple(
            regrouped(stored, (jp.frame_shape[0], jp.frame_shape[1]), selection.choices)
            for stored in jp._info.labels
            if labels is None or stored.name in labels
        ),
    )
    return type(jp)._from_parts(info, _SelectedFrames(jp._store, numbers, jp.dim_sizes))


def _of_range(ranges: NDArray[np.float64] | None, choices: Sequence[Choice]) -> NDArray[np.float64] | None:
    """Return the display range of what is left; along some dims, one range is for all indices."""
    if ranges is None:
        return None
    everything = [slice(None) if isinstance(choice, slice) else 0 for choice in choices]
    return ranges[
        tuple(
            whole if size == 1 else choice
            for choice, whole, size in zip(choices, everything, ranges.shape, strict=False)
        )
    ]

"""NumPy's indexing rules for a stack of frames; pure, no I/O.

`plan_index` turns a key into an `IndexPlan`: which frames to decode, each once, what to keep of each, and
how to arrange the pieces. Pieces are gathered *frames first*, so that a whole frame decodes straight into
its contiguous place, and the result is a transposed view of that buffer.

The rules are those of NumPy's "Indexing on ndarrays": slices select orthogonally; index arrays (and integers
beside them) broadcast together, and their axes stay in place when they are adjacent, else in front.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

IntArray: TypeAlias = NDArray[np.intp]
#: What one axis of the stack is indexed with, once a key is normalized.
Selector: TypeAlias = "int | slice | IntArray"


@dataclass(frozen=True)
class IndexPlan:
    """How to answer ``stack[key]``.

    Attributes
    ----------
    frames : ndarray of intp
        Numbers (C order of the dims) of the frames to decode, each once.
    buffer_shape : tuple of int
        Shape of the array that gathers the pieces: lead axes first, then what is kept of a frame.
    n_lead : int
        How many of its axes are lead axes.
    n_positions : int
        Size of the broadcast index arrays, where both frame axes and dims have them; else 0.
    piece : FramePiece or None
        What to keep of each frame; ``None`` keeps it whole.
    slots : Slots or None
        Where the pieces go; ``None`` where frame ``frames[k]`` goes to position ``k`` of the flattened lead.
    order : tuple of int
        Buffer axis for each axis of the result, new axes left out.
    new_axes : tuple of int
        Where the result has axes of length 1 that the key added.
    scalar : bool
        Whether NumPy would return a scalar rather than an array.
    """

    frames: IntArray
    buffer_shape: tuple[int, ...]
    n_lead: int
    n_positions: int
    piece: FramePiece | None
    slots: Slots | None
    order: tuple[int, ...]
    new_axes: tuple[int, ...]
    scalar: bool

    def lead(self, buffer: NDArray[Any]) -> NDArray[Any]:
        """Return the buffer with its lead axes flattened into one."""
        return buffer.reshape(prod(self.buffer_shape[: self.n_lead]), *self.buffer_shape[self.n_lead :])

    def fill(self, lead: NDArray[Any], k: int, frame: NDArray[Any]) -> None:
        """Put the piece of ``frame``, the k-th of `frames`, where it belongs.

        Parameters
        ----------
        lead : ndarray
            What `lead` returns.
        """
        slots = k if self.slots is None else self.slots[k]
        if self.piece is None:
            lead[slots] = frame
        elif self.n_positions:
            slots = np.atleast_1d(slots)
            lead[slots] = self.piece.take_at(frame, slots % self.n_positions)
        else:
            lead[slots] = self.piece.take(frame)

    def finish(self, buffer: NDArray[Any]) -> Any:
        """Return the result of the key, from the filled buffer: a view of it, or a scalar."""
        if self.scalar:
            return buffer[()]
        result = buffer if self.order == tuple(range(len(self.order))) else buffer.transpose(self.order)
        return np.expand_dims(result, self.new_axes) if self.new_axes else result


@dataclass(frozen=True)
class FramePiece:
    """What a key keeps of a frame.

    Attributes
    ----------
    axes : tuple of int
        The frame's axes, those with index arrays first.
    arrays : tuple of ndarray
        Index arrays, all of one shape, for the first of those axes.
    rest : tuple of int or slice
        Selectors for the others.
    """

    axes: tuple[int, ...]
    arrays: tuple[IntArray, ...]
    rest: tuple[int | slice, ...]

    def take(self, frame: NDArray[Any]) -> NDArray[Any]:
        """Return the piece: axes of the broadcast index arrays first, then the sliced axes."""
        return frame.transpose(self.axes)[self.arrays + self.rest]

    def take_at(self, frame: NDArray[Any], positions: IntArray) -> NDArray[Any]:
        """Return the piece at some flat positions of the broadcast index arrays only."""
        arrays = tuple(array.reshape(-1)[positions] for array in self.arrays)
        return frame.transpose(self.axes)[arrays + self.rest]


@dataclass(frozen=True)
class Slots:
    """Where in the flattened lead axes each frame of a plan belongs: frame ``k`` at ``self[k]``."""

    order: IntArray
    starts: IntArray

    def __getitem__(self, k: int) -> IntArray:
        return self.order[self.starts[k] : self.starts[k + 1]]


@dataclass(frozen=True)
class _Key:
    """A normalized key: one selector per axis, and the layout of the result.

    ``layout`` lists the result's axes in order: an axis number for a slice, ``_NEW`` for a new axis,
    ``_BROADCAST`` for where the axes of the index arrays go. Index arrays are broadcast already.
    """

    selectors: tuple[Selector, ...]
    layout: tuple[int, ...]
    broadcast: tuple[int, ...]
    scalar: bool


_NEW, _BROADCAST, _GAP = -1, -2, -3


def plan_index(
    shape: tuple[int, ...], n_frame_axes: int, key: Any, *, frames_first: bool = False
) -> IndexPlan:
    """Plan ``stack[key]`` for a stack of the given shape.

    Parameters
    ----------
    shape : tuple of int
        ``(height, width, [3,] *dims)``, or with ``frames_first`` ``(*dims, height, width[, 3])``.
    n_frame_axes : int
        2, or 3 with RGB.
    key : object
        Anything that NumPy takes as an index.
    frames_first : bool
        Whether the axes of the dims come first, so that frames do.

    Raises
    ------
    IndexError
        Whatever NumPy raises for that key and shape, with NumPy's message.

    Examples
    --------
    >>> plan = plan_index((512, 512, 100, 3), 2, np.s_[128:256:2, :, 4, ...])
    >>> plan.frames
    array([12, 13, 14])
    >>> plan.buffer_shape
    (3, 64, 512)
    """
    normal = _normalize(shape, key)
    frame_at = len(shape) - n_frame_axes if frames_first else 0
    dims_at = 0 if frames_first else n_frame_axes
    in_frame = slice(frame_at, frame_at + n_frame_axes)
    in_dims = slice(dims_at, dims_at + len(shape) - n_frame_axes)
    frame_selectors, dim_selectors = normal.selectors[in_frame], normal.selectors[in_dims]
    piece = _frame_piece(frame_selectors, shape[in_frame])
    arrays_in_frame = piece is not None and bool(piece.arrays)
    arrays_in_dims = any(isinstance(s, np.ndarray) for s in dim_selectors)

    sliced_dims = [dims_at + i for i, s in enumerate(dim_selectors) if isinstance(s, slice)]
    sliced_frame = [frame_at + i for i, s in enumerate(frame_selectors) if isinstance(s, slice)]
    lengths = {
        axis: _slice_length(normal.selectors[axis], shape[axis]) for axis in sliced_dims + sliced_frame
    }

    sliced_shape = tuple(lengths[axis] for axis in sliced_dims)
    buffer_shape = (*sliced_shape, *normal.broadcast, *(lengths[axis] for axis in sliced_frame))
    numbers = _frame_numbers(dim_selectors, shape[in_dims], normal.broadcast if arrays_in_dims else ())
    if 0 in buffer_shape:
        numbers = numbers[:0]
    frames, slots = _unique_frames(numbers) if arrays_in_dims else (numbers, None)
    arrays_in_both = arrays_in_frame and arrays_in_dims
    return IndexPlan(
        frames=frames,
        buffer_shape=buffer_shape,
        n_lead=len(sliced_shape) + (0 if arrays_in_frame and not arrays_in_dims else len(normal.broadcast)),
        n_positions=prod(normal.broadcast) if arrays_in_both else 0,
        piece=piece,
        slots=slots,
        order=_result_order(normal.layout, sliced_dims, sliced_frame, len(normal.broadcast)),
        new_axes=_new_axes(normal.layout, len(normal.broadcast)),
        scalar=normal.scalar,
    )


def full_mask(shape: tuple[int, ...], key: Any) -> NDArray[np.bool_] | None:
    """Return the mask of a key that is nothing but a boolean array of the given shape.

    Examples
    --------
    >>> full_mask((2,), (..., np.array([True, False]))), full_mask((2,), 1)
    (array([ True, False]), None)
    """
    items = [item for item in (key if isinstance(key, tuple) else (key,)) if item is not Ellipsis]
    is_mask = len(items) == 1 and isinstance(items[0], np.ndarray) and items[0].dtype == bool
    return items[0] if is_mask and items[0].shape == shape else None


# -- from a key to selectors ---------------------------------------------------------------------------


def _normalize(shape: tuple[int, ...], key: Any) -> _Key:
    items = list(key) if isinstance(key, tuple) else [key]
    try:
        items, has_ellipsis = _expand_ellipsis([_as_item(item) for item in items], len(shape))
        return _place(items, shape, has_ellipsis)
    except Exception:  # an object's __index__ may raise anything
        _raise_as_numpy(shape, key)
        raise


def _raise_as_numpy(shape: tuple[int, ...], key: Any) -> None:
    # A broadcast scalar has every shape and no memory; NumPy checks a key before it allocates anything.
    np.broadcast_to(np.uint8(0), shape)[key]


def _as_item(item: Any) -> Any:
    """Return an int, a slice, None, Ellipsis, or an ndarray of bool or intp."""
    if isinstance(item, slice):
        item.indices(0)  # raises here if it cannot be one, so that of several faults NumPy finds its first
    if item is None or item is Ellipsis or isinstance(item, slice):
        return item
    if isinstance(item, int) and not isinstance(item, bool):
        return item
    if not isinstance(item, (bool, np.bool_, np.ndarray, list, tuple)) and hasattr(item, "__index__"):
        return operator.index(item)
    array = np.asarray(item)
    if array.size == 0 and not isinstance(item, np.ndarray):
        return array.astype(np.intp)  # an empty list is an empty integer index
    if array.dtype == bool:
        return array
    if array.dtype.kind not in "iu":
        raise IndexError("arrays used as indices must be of integer (or boolean) type")
    return int(array) if array.ndim == 0 else array.astype(np.intp, copy=False)


def _expand_ellipsis(items: list[Any], ndim: int) -> tuple[list[Any], bool]:
    """Replace the ellipsis, said or implied, by full slices.

    One that covers no axis stays: it still keeps the index arrays on its two sides apart.
    """
    used = sum(_axes_used(item) for item in items)
    positions = [i for i, item in enumerate(items) if item is Ellipsis]
    if len(positions) > 1 or used > ndim:
        raise IndexError("too many indices")
    at = positions[0] if positions else len(items)
    filling: list[Any] = [slice(None)] * (ndim - used) or [Ellipsis]
    return items[:at] + filling + items[at + 1 :], bool(positions)


def _axes_used(item: Any) -> int:
    if item is None or item is Ellipsis:
        return 0
    return item.ndim if isinstance(item, np.ndarray) and item.dtype == bool else 1


def _place(items: list[Any], shape: tuple[int, ...], has_ellipsis: bool) -> _Key:
    """Give each item its axis, and find where the result's axes come from."""
    selectors: list[Selector] = []
    layout: list[int] = []
    loose: list[IntArray] = []  # boolean scalars: index arrays that use up no axis
    has_arrays = any(isinstance(item, np.ndarray) for item in items)
    for item in items:
        axis = len(selectors)
        if item is None:
            layout.append(_NEW)
        elif item is Ellipsis:
            layout.append(_GAP)
        elif isinstance(item, slice):
            selectors.append(item)
            layout.append(axis)
        else:
            if has_arrays:
                layout.append(_BROADCAST)
            if not isinstance(item, np.ndarray):
                selectors.append(_checked_int(item, shape[axis]))
            elif item.dtype != bool:
                selectors.append(item)
            elif item.ndim:
                selectors.extend(_mask_to_arrays(item, shape[axis : axis + item.ndim]))
            else:
                loose.append(np.zeros(int(item), np.intp))
    broadcast: tuple[int, ...] = ()
    if has_arrays:
        selectors, broadcast = _broadcast(selectors, loose, shape)
    layout = _group_broadcast(layout)
    return _Key(tuple(selectors), tuple(layout), broadcast, scalar=not layout and not has_ellipsis)


def _checked_int(index: int, length: int) -> int:
    if not -length <= index < length:
        raise IndexError("index out of bounds")
    return index + length if index < 0 else index


def _checked_array(index: IntArray, length: int) -> IntArray:
    if index.size and not (-length <= index.min() and index.max() < length):
        raise IndexError("index out of bounds")
    return np.where(index < 0, index + length, index)


def _mask_to_arrays(mask: NDArray[np.bool_], shape: tuple[int, ...]) -> tuple[IntArray, ...]:
    # As for NumPy, a side of length 0 fits any axis.
    if len(mask.shape) != len(shape) or any(
        side not in (0, n) for side, n in zip(mask.shape, shape, strict=True)
    ):
        raise IndexError("boolean index did not match")
    return mask.nonzero()


def _broadcast(
    selectors: list[Selector], loose: list[IntArray], lengths: tuple[int, ...]
) -> tuple[list[Selector], tuple[int, ...]]:
    """Broadcast the index arrays against each other. Integers beside them fit any shape as they are."""
    arrays = [s for s in selectors if isinstance(s, np.ndarray)]
    shape = np.broadcast_shapes(*(array.shape for array in arrays + loose))
    broadcast = list(selectors)
    for axis, selector in enumerate(selectors):
        if isinstance(selector, np.ndarray):
            # Like NumPy, do not look at indices that are broadcast against none.
            checked = selector if 0 in shape else _checked_array(selector, lengths[axis])
            broadcast[axis] = np.broadcast_to(checked, shape)
    return broadcast, shape


def _group_broadcast(layout: list[int]) -> list[int]:
    """Return one entry for all index arrays: in place where they are adjacent, else in front."""
    positions = [i for i, entry in enumerate(layout) if entry == _BROADCAST]
    others = [entry for entry in layout if entry not in (_BROADCAST, _GAP)]
    if not positions:
        return others
    adjacent = positions[-1] - positions[0] == len(positions) - 1
    at = sum(entry != _GAP for entry in layout[: positions[0]]) if adjacent else 0
    return [*others[:at], _BROADCAST, *others[at:]]


# -- from selectors to a plan --------------------------------------------------------------------------


def _slice_length(selector: Selector, length: int) -> int:
    assert isinstance(selector, slice)
    return len(range(*selector.indices(length)))


def _frame_piece(selectors: Sequence[Selector], shape: tuple[int, ...]) -> FramePiece | None:
    if all(isinstance(s, slice) and s.indices(n) == (0, n, 1) for s, n in zip(selectors, shape, strict=True)):
        return None
    array_axes = [axis for axis, s in enumerate(selectors) if isinstance(s, np.ndarray)]
    other_axes = [axis for axis, s in enumerate(selectors) if not isinstance(s, np.ndarray)]
    return FramePiece(
        axes=(*array_axes, *other_axes),
        arrays=tuple(s for s in selectors if isinstance(s, np.ndarray)),
        rest=tuple(s for s in selectors if not isinstance(s, np.ndarray)),
    )


def _frame_numbers(
    selectors: Sequence[Selector], dim_sizes: tuple[int, ...], broadcast: tuple[int, ...]
) -> IntArray:
    """Return the frame number at each lead position, flat: sliced dims, then axes of index arrays."""
    n_sliced = sum(isinstance(s, slice) for s in selectors)
    ndim = n_sliced + len(broadcast)
    numbers = np.zeros((1,) * ndim, np.intp)
    stride, sliced = prod(dim_sizes), 0
    for selector, size in zip(selectors, dim_sizes, strict=True):
        stride = stride // size if size else 0
        if isinstance(selector, slice):
            steps = np.arange(*selector.indices(size)).reshape(-1, *(1,) * (ndim - sliced - 1))
            numbers = numbers + steps * stride
            sliced += 1
        else:
            numbers = numbers + selector * stride
    return numbers.reshape(-1)


def _unique_frames(numbers: IntArray) -> tuple[IntArray, Slots | None]:
    """Return each frame once, and where it goes. No slots where every frame goes to one place, in order."""
    frames, counts = np.unique(numbers, return_counts=True)
    if frames.size == numbers.size:
        return numbers, None
    return frames, Slots(np.argsort(numbers, kind="stable"), np.concatenate(([0], np.cumsum(counts))))


def _result_order(
    layout: tuple[int, ...], sliced_dims: list[int], sliced_frame: list[int], n_broadcast: int
) -> tuple[int, ...]:
    """Return the buffer axis for each axis of the result."""
    n_dims = len(sliced_dims)
    buffer_axis = {axis: i for i, axis in enumerate(sliced_dims)}
    buffer_axis |= {axis: n_dims + n_broadcast + i for i, axis in enumerate(sliced_frame)}
    order: list[int] = []
    for entry in layout:
        if entry == _BROADCAST:
            order.extend(range(n_dims, n_dims + n_broadcast))
        elif entry != _NEW:
            order.append(buffer_axis[entry])
    return tuple(order)


def _new_axes(layout: tuple[int, ...], n_broadcast: int) -> tuple[int, ...]:
    """Return the positions in the result of the axes that the key added."""
    positions: list[int] = []
    at = 0
    for entry in layout:
        if entry == _NEW:
            positions.append(at)
        at += n_broadcast if entry == _BROADCAST else 1
    return tuple(positions)

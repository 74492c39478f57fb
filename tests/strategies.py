"""Hypothesis strategies: stacks of frames, and everything that NumPy takes as an index."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray


@st.composite
def stacks(draw: st.DrawFn, max_dims: int = 6) -> tuple[NDArray[np.uint8], bool]:
    """An array in JPkl order ``(height, width, [3,] *dims)``, and whether it is RGB."""
    color = draw(st.booleans())
    n_dims = draw(st.integers(0, max_dims))
    longest = 4 if n_dims <= 3 else 2
    frame = (draw(st.integers(1, 6)), draw(st.integers(1, 6)))
    dims = tuple(draw(st.integers(1, longest)) for _ in range(n_dims))
    shape = (*frame, 3, *dims) if color else (*frame, *dims)
    # Distinct neighbors: an element in the wrong place shows.
    array = np.arange(np.prod(shape), dtype=np.uint64) * 37 % 251
    return array.astype(np.uint8).reshape(shape), color


def keys(shape: tuple[int, ...]) -> st.SearchStrategy[Any]:
    """Any index for an array of that shape: valid ones, and now and then an invalid one."""
    basic = npst.basic_indices(shape, allow_newaxis=True, allow_ellipsis=True)
    return st.one_of(basic, mixed_keys(shape), mask_keys(shape), broken_keys(shape))


def axis_selectors(length: int, array_shape: tuple[int, ...]) -> st.SearchStrategy[Any]:
    """What one axis may be indexed with; index arrays have a shape that broadcasts to ``array_shape``."""
    positions = st.integers(-length, length - 1)
    arrays = st.sampled_from(_broadcastable(array_shape)).flatmap(
        lambda shape: npst.arrays(np.intp, shape, elements=positions)
    )
    masks = npst.arrays(bool, length)
    return st.one_of(
        positions,
        st.slices(length),
        st.just(slice(None)),
        arrays,
        arrays.map(lambda a: a.tolist()),
        positions.map(np.int16),
        masks,
    )


def _broadcastable(shape: tuple[int, ...]) -> list[tuple[int, ...]]:
    return [shape, shape[1:], (1,) * len(shape), (*shape[:-1], 1)] if shape else [()]


@st.composite
def mixed_keys(draw: st.DrawFn, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """Integers, slices, index arrays, masks of one axis, newaxis and ellipsis, in any order."""
    array_shape = draw(st.sampled_from([(2,), (3,), (2, 3), (0,), ()]))
    n_axes = draw(st.integers(0, len(shape)))
    from_the_end = draw(st.booleans())
    axes = range(len(shape) - n_axes, len(shape)) if from_the_end else range(n_axes)
    items = [draw(axis_selectors(shape[axis], array_shape)) for axis in axes]
    if from_the_end or draw(st.booleans()):
        items.insert(0 if from_the_end else draw(st.integers(0, len(items))), ...)
    for _ in range(draw(st.integers(0, 2))):
        items.insert(draw(st.integers(0, len(items))), draw(st.sampled_from([None, True, np.False_])))
    return tuple(items)


@st.composite
def mask_keys(draw: st.DrawFn, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """A boolean mask over some adjacent axes, with slices and integers around it."""
    first = draw(st.integers(0, len(shape) - 1))
    stop = draw(st.integers(first + 1, len(shape)))
    mask = draw(npst.arrays(bool, shape[first:stop]))
    before = [draw(st.one_of(st.slices(n), st.integers(-n, n - 1))) for n in shape[:first]]
    after = [draw(st.one_of(st.slices(n), st.integers(-n, n - 1))) for n in shape[stop:]]
    return (*before, mask, *after)


def broken_keys(shape: tuple[int, ...]) -> st.SearchStrategy[Any]:
    """Keys that NumPy refuses, or takes in a way that is easily got wrong."""
    too_far = shape[0]
    return st.sampled_from(
        [
            (0,) * (len(shape) + 1),
            (..., ...),
            too_far,
            -too_far - 1,
            [too_far],
            (slice(None), shape[1]),
            1.0,
            "time",
            np.array([0.5]),
            np.ones((shape[0] + 1,), bool),
            ([0, 0, 0], [0, 0]),
            slice(None, None, 0),
            slice(0.5),
            [],
            [[]],
            np.array([]),
            (),
            ...,
            None,
            True,
            False,
            np.array(0),
            np.array(True),
            [[0, 0], [0]],
            {0},
            2**70,
            (..., 2**70),
            np.array([2**63], np.uint64),
        ]
    )

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from jpkl import JPkl
from jpkl._indexing import plan_index
from tests.strategies import keys, stacks


def take(array: NDArray[np.uint8], color: bool, key: Any, *, frames_first: bool = False) -> Any:
    """Answer a key from single frames, as a stack does; the array is in the order of a JPkl."""
    n_frame_axes = 2 + color
    shape = in_order(array, color, frames_first=frames_first).shape
    plan = plan_index(shape, n_frame_axes, key, frames_first=frames_first)
    frames = array.reshape(*array.shape[:n_frame_axes], -1)
    buffer = np.empty(plan.buffer_shape, np.uint8)
    lead = plan.lead(buffer)
    assert len(set(plan.frames.tolist())) == plan.frames.size, "a frame is decoded twice"
    for k, number in enumerate(plan.frames):
        plan.fill(lead, k, np.ascontiguousarray(frames[..., number]))
    return plan.finish(buffer)


def in_order(array: NDArray[np.uint8], color: bool, *, frames_first: bool) -> NDArray[np.uint8]:
    """An array in the order of a JPkl, or the same with its frames first."""
    frame_axes = tuple(range(2 + color))
    return (
        np.moveaxis(array, frame_axes, [axis - len(frame_axes) for axis in frame_axes])
        if frames_first
        else array
    )


def outcome(index: Any, *args: Any) -> Any:
    try:
        return index(*args)
    except Exception as error:
        return type(error)


@settings(max_examples=600)
@given(data=st.data())
def test_every_key_does_what_numpy_does(data: st.DataObject) -> None:
    array, color = data.draw(stacks())
    frames_first = data.draw(st.booleans())
    ordered = in_order(array, color, frames_first=frames_first)
    key = data.draw(keys(ordered.shape))
    expected = outcome(ordered.__getitem__, key)
    actual = outcome(lambda: take(array, color, key, frames_first=frames_first))
    assert type(actual) is type(expected)
    if isinstance(expected, type):
        assert actual is expected
        return
    assert actual.dtype == expected.dtype
    assert actual.shape == expected.shape
    np.testing.assert_array_equal(actual, expected)


@settings(max_examples=200)
@given(data=st.data())
def test_only_touched_frames_are_planned(data: st.DataObject) -> None:
    array, color = data.draw(stacks(max_dims=3))
    key = data.draw(keys(array.shape))
    n_frame_axes = 2 + color
    n_frames = array[(0,) * n_frame_axes].size
    numbers = np.broadcast_to(np.arange(n_frames).reshape(array.shape[n_frame_axes:]), array.shape)
    touched = outcome(numbers.__getitem__, key)
    if not isinstance(touched, type):
        plan = plan_index(array.shape, n_frame_axes, key)
        assert sorted(plan.frames.tolist()) == np.unique(touched).tolist()


def test_the_seed_example() -> None:
    plan = plan_index((512, 512, 100, 3, 2), 2, np.s_[128:256:2, :, 4, ...])
    assert plan.finish(np.empty(plan.buffer_shape, np.uint8)).shape == (64, 512, 3, 2)
    assert plan.frames.tolist() == [24, 25, 26, 27, 28, 29]


def test_whole_frames_are_gathered_contiguously() -> None:
    plan = plan_index((5, 4, 3, 2), 2, np.s_[:, :, ::-1])
    assert plan.buffer_shape == (3, 2, 5, 4)
    assert plan.piece is None
    assert plan.slots is None


@pytest.mark.parametrize("key", [(..., [0, 0, 1]), (slice(1, 3), slice(None), [1, 0, 1])])
def test_a_repeated_frame_is_decoded_once(key: Any) -> None:
    assert plan_index((5, 4, 3), 2, key).frames.tolist() == [0, 1]


def test_masks_without_entries_fit_any_axis_as_in_numpy() -> None:
    pixels = np.zeros((8, 6, 3, 2), np.uint8)
    stack = JPkl(pixels)
    for shape in ((0,), (8, 0), (8, 0, 3)):
        key = np.zeros(shape, bool)
        assert stack[key].shape == pixels[key].shape
    with pytest.raises(IndexError, match="boolean index did not match"):
        stack[np.zeros((7, 0), bool)]


class Broken:
    def __index__(self) -> int:
        raise RuntimeError("no index today")


@pytest.mark.parametrize(
    "key",
    [
        [np.zeros(0, bool)],  # a list without items holds indices, whatever their dtype
        Broken(),
        (slice(0.5, 2), slice(None), slice(0, 2, 0)),  # of two faults, the first
        (slice(0, 2, 0), slice(None), slice(0.5, 2)),
    ],
)
def test_keys_that_a_random_search_found_do_what_numpy_does(key: Any) -> None:
    pixels = np.zeros((4, 5, 3, 2), np.uint8)
    stack = JPkl(pixels)
    expected, actual = outcome(pixels.__getitem__, key), outcome(stack.__getitem__, key)
    assert getattr(actual, "shape", actual) == getattr(expected, "shape", expected)


def test_a_mask_over_pixels_does_not_multiply_the_bookkeeping() -> None:
    # One row of pixels per frame: the plan must not hold an index per pixel and frame.
    mask = np.ones((512, 512), bool)
    plan = plan_index((512, 512, 1000, 2), 2, (mask, slice(None), 1))
    assert plan.slots is None
    assert plan.frames.size == 1000

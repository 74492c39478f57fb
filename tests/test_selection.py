from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jpkl._selection import Selection, find_dim, parse_selection

NAMES, SIZES = ("time", "z", "channel"), (10, 4, 2)


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("time=0:100:2,z=5", [("time", slice(0, 100, 2)), ("z", 5)]),
        (" z = -1 , time=::-1", [("z", -1), ("time", slice(None, None, -1))]),
        ("a=b=3,x, y=:2", [("a=b", 3), ("x, y", slice(None, 2))]),
        ("µ,=:", [("µ,", slice(None))]),
    ],
)
def test_texts_of_selections(text: str, chosen: object) -> None:
    assert parse_selection(text) == chosen


@pytest.mark.parametrize("text", ["", "time", "time=", "=3", "time=1.5", "z=1;2", "z=1,,t=2", "z=1:2:3:4"])
def test_other_texts_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="is not a dim and its indices; write for example time=0:100:2,z=5"):
        parse_selection(text)


def test_a_step_of_0_is_refused() -> None:
    with pytest.raises(ValueError, match="'z=::0': the step must not be 0"):
        parse_selection("z=::0,time=1")


def test_dims_are_found_by_any_unique_beginning() -> None:
    assert [find_dim(name, NAMES) for name in ("T", "z", "CHANNEL", "chan")] == [0, 1, 2, 2]
    assert find_dim("t", ("T", "t")) == 1
    with pytest.raises(ValueError, match="'c' may be each of the dims channel, condition"):
        find_dim("c", ("channel", "condition"))
    with pytest.raises(ValueError, match="there is no dim 'x'; the dims are time, z, channel"):
        find_dim("x", NAMES)


@given(st.tuples(*(st.one_of(st.slices(n), st.integers(-n, n - 1)) for n in SIZES)))
def test_what_is_left_is_what_numpy_leaves(key: tuple[int | slice, ...]) -> None:
    numbers = np.arange(np.prod(SIZES)).reshape(SIZES)
    expected = numbers[key]
    if expected.size == 0:
        with pytest.raises(ValueError, match="nothing is left of"):
            Selection.of(zip(NAMES, key, strict=True), NAMES, SIZES)
        return
    selection = Selection.of(zip(NAMES, key, strict=True), NAMES, SIZES)
    assert selection.dim_sizes == expected.shape
    assert [numbers[index] for index in selection.frame_indices()] == expected.ravel().tolist()
    names = [name for name, choice in zip(NAMES, key, strict=True) if isinstance(choice, slice)]
    assert list(selection.dim_names) == names


def test_metadata_follow_their_dims() -> None:
    metadata = {
        "coords": {"time": [*range(10)], "z": (0.0, 0.5, 1.0, 1.5), "odd": [1]},
        "units": {"time": "s", "z": "µm"},
        "channel_names": ["DNA", "actin"],
        "channel_colors": "none",
        "mine": [1, 2],
    }
    selection = Selection.of(parse_selection("t=1:8:3,z=2,c=-1"), NAMES, SIZES)
    assert selection.metadata(metadata) == {
        "coords": {"time": [1, 4, 7], "odd": [1]},
        "units": {"time": "s"},
        "channel_names": ["actin"],
        "channel_colors": "none",
        "mine": [1, 2],
    }
    assert metadata["channel_names"] == ["DNA", "actin"]
    assert not selection.is_everything


def test_a_single_channel_keeps_a_name_that_is_a_coord() -> None:
    metadata = {"coords": {"channel": ["DNA", "actin"]}}
    one = Selection.of(parse_selection("channel=1"), NAMES, SIZES).metadata(metadata)
    assert one == {"channel_names": ["actin"]}
    both = Selection.of(parse_selection("channel=::-1"), NAMES, SIZES).metadata(metadata)
    assert both == {"coords": {"channel": ["actin", "DNA"]}}
    numbered = Selection.of([("channel", 0)], NAMES, SIZES).metadata({"coords": {"channel": [405, 488]}})
    assert numbered == {}


def test_no_dim_twice_and_no_index_outside() -> None:
    with pytest.raises(ValueError, match="time is selected from twice"):
        Selection.of([("time", 1), ("T", 2)], NAMES, SIZES)
    with pytest.raises(ValueError, match="z has no index 4, but 0 to 3"):
        Selection.of([("z", 4)], NAMES, SIZES)

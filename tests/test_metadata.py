"""Odd metadata: the stack stays usable through every door, and all doors judge alike."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jpkl_viewer.model.stack import describe

from jpkl import JPkl
from jpkl._cli import main
from jpkl._metadata import StackMetadata, rename_dims

DIMS = {"time": 3, "channel": 2}

GOOD = {
    "pixel_size": (0.5, 0.25),
    "pixel_unit": "um",
    "coords": {"time": [0, 1.5, 3]},
    "units": {"time": "s"},
    "channel_names": ["DNA", "actin"],
    "channel_colors": ["#00FF00", "#ff00ff"],
    "acquired": "2024-05-06T07:08:09",
    "source": "cells.tif",
}

ODD: list[dict[str, Any]] = [
    {"pixel_size": [None, None]},
    {"pixel_size": (-1, 0)},
    {"pixel_size": (float("nan"), 1)},
    {"pixel_size": (True, True)},
    {"pixel_size": ("0.1", "0.1")},
    {"pixel_size": (10**400, 1)},
    {"pixel_size": 5, "pixel_unit": 7},
    {"pixel_size": np.float64(1)},
    {"pixel_size": [[1, 2], [3, 4]]},
    {"coords": {"time": [0, float("nan"), 1]}},
    {"coords": {"time": [0, 1]}},
    {"coords": {"time": [0, "1", 2]}},
    {"coords": {"time": "abc"}},
    {"coords": {"time": {0, 1, 2}}},
    {"coords": {"time": [None] * 3}},
    {"coords": [0, 1, 2], "units": "s"},
    {"units": {"time": 3}},
    {"channel_names": [1, 2]},
    {"channel_names": ["DNA"]},
    {"channel_names": "no"},
    {"channel_colors": ["red", "green"]},
    {"channel_colors": [0xFF00FF, 0]},
    {"acquired": 2024, "source": None},
]


def read(metadata: dict[Any, Any]) -> StackMetadata:
    return StackMetadata.read(metadata, tuple(DIMS), tuple(DIMS.values()))


def stack(metadata: dict[str, Any]) -> JPkl:
    return JPkl(np.zeros((8, 6, 3, 2), np.uint8), dim_names=tuple(DIMS), metadata=metadata)


def test_what_is_well_formed_is_read_and_written_again() -> None:
    found = read(GOOD)
    assert found.pixel_size == (0.5, 0.25)
    assert found.numbers("time") == (0, 1.5, 3)
    assert found.step("time") == 1.5
    assert found.as_dict() == GOOD


def test_arrays_are_as_good_as_lists() -> None:
    arrays = {"pixel_size": np.array([0.5, 0.25]), "coords": {"time": np.arange(3)}}
    found = read(arrays)
    assert (found.pixel_size, found.numbers("time")) == ((0.5, 0.25), (0, 1, 2))


def test_colors_may_lack_their_hash() -> None:
    assert read({"channel_colors": ["00ff00", "#FF00FF"]}).channel_colors == ("#00ff00", "#FF00FF")


def test_coords_may_be_texts_or_dates() -> None:
    days = [datetime.date(2024, 1, day) for day in (1, 2, 4)]
    found = read({"coords": {"time": days, "channel": ["DNA", "actin"]}})
    assert found.coords == {"time": tuple(days), "channel": ("DNA", "actin")}
    assert found.numbers("time") is None
    assert found.step("time") is None
    assert found.channel_names == ("DNA", "actin")


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_what_is_odd_is_left_out_by_every_door(odd: dict[str, Any], tmp_path: Path) -> None:
    xr = pytest.importorskip("xarray")
    assert read(odd) == StackMetadata()
    file = tmp_path / "odd.jpkl"
    jp = stack(odd)
    assert not jp.to_xarray().coords
    description = describe(jp)
    assert (description.pixel_size, description.dims[0].coords) == (None, None)
    try:
        jp.save(file)
    except TypeError:
        return  # what no file can hold, no file need be opened with
    with xr.open_dataset(file, engine="jpkl") as dataset:
        assert not dataset.coords
    for command in (["info", str(file)], ["info", str(file), "--json"]):
        assert main(command) == 0
    for name in ("x.tif", "x.ome.tif"):
        assert main(["export", str(file), str(tmp_path / name)]) == 0


@given(
    st.dictionaries(
        st.sampled_from(list(GOOD)),
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text() | st.binary(),
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["time", "channel"]), inner)
            ),
        ),
    )
)
def test_nothing_makes_reading_raise(metadata: dict[str, Any]) -> None:
    found = read(metadata)
    assert read(found.as_dict()) == found


def test_what_belongs_to_a_dim_follows_its_name() -> None:
    renamed = rename_dims({**GOOD, "note": 1}, {"time": "t"})
    assert renamed == {**GOOD, "note": 1, "coords": {"t": [0, 1.5, 3]}, "units": {"t": "s"}}

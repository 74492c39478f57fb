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

from jpkl import JPkl, MetadataError
from jpkl._cli import main
from jpkl._metadata import StackMetadata, plain_coords, rename_dims

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


def moments(*texts: str, unit: str = "ns") -> np.ndarray[Any, Any]:
    return np.array(texts, f"datetime64[{unit}]")


HOURS = [datetime.datetime(2024, 1, 1, hour) for hour in (0, 1, 2)]

#: Coords of a dim, and what is said of each index.
LABELS: list[tuple[Any, list[str]]] = [
    ([0, 2.5, 5], ["0.0 s", "2.5 s", "5.0 s"]),
    ([1.7e9, 1.7e9 + 1, 1.7e9 + 2], ["1700000000 s", "1700000001 s", "1700000002 s"]),
    ([12345600, 12345700, 12345800], ["12345600 s", "12345700 s", "12345800 s"]),
    ([2**63, 2**63 + 1, 2**63 + 2], [f"{2**63 + i} s" for i in range(3)]),
    (np.array([488.5, 561.2, 640]), ["488.5 s", "561.2 s", "640.0 s"]),
    (HOURS, ["2024-01-01 00:00", "2024-01-01 01:00", "2024-01-01 02:00"]),
    (moments("2024-01-01", "2024-01-02", "2024-01-04"), ["2024-01-01", "2024-01-02", "2024-01-04"]),
    (list(moments("2024-01-01", "2024-01-02", "2024-01-04")), ["2024-01-01", "2024-01-02", "2024-01-04"]),
    (
        moments("2024-01-01T00:00", "2024-01-01T00:00:01.5", "2024-01-01T00:00:03"),
        ["2024-01-01 00:00:00.000", "2024-01-01 00:00:01.500", "2024-01-01 00:00:03.000"],
    ),
    (
        moments("2024-01-01T00:00:00.000000001", "2024-01-01", "NaT"),
        ["2024-01-01T00:00:00.000000001 s", "2024-01-01T00:00:00.000000000 s", "NaT s"],
    ),
    (
        ["2024-01-01T00:00:00Z", "2024-01-01T01:00:00Z", "2024-01-01T01:00:00Z"],
        ["2024-01-01 00:00+00:00", "2024-01-01 01:00+00:00", "2024-01-01 01:00+00:00"],
    ),
    (["2024-02-30T00:00", "2024-01-01T00:00", "x"], ["2024-02-30T00:00 s", "2024-01-01T00:00 s", "x s"]),
    (["control", "drug", "wash"], ["control s", "drug s", "wash s"]),
    (np.array([0, 1500, 3000], "timedelta64[ms]"), ["0.0 s", "1.5 s", "3.0 s"]),
]


@pytest.mark.parametrize(("coords", "labels"), LABELS, ids=repr)
def test_coords_are_kept_with_the_stack_and_no_neighbors_read_alike(
    coords: Any, labels: list[str], tmp_path: Path
) -> None:
    stack({"coords": {"time": coords}, "units": {"time": "s"}}).save(tmp_path / "x.jpkl")
    with JPkl.load(tmp_path / "x.jpkl") as jp:
        assert list(StackMetadata.of(jp).labels("time")) == labels
        assert [describe(jp).dims[0].label(i) for i in range(3)] == labels


def test_times_of_pandas_are_kept() -> None:
    pd = pytest.importorskip("pandas")
    for times in (pd.DatetimeIndex(HOURS), list(pd.DatetimeIndex(HOURS)), pd.Series(HOURS)):
        assert stack({"coords": {"time": times}}).metadata["coords"]["time"] == HOURS
    (zoned,) = plain_coords(pd.DatetimeIndex(["2024-01-01"], tz="UTC"))
    assert zoned == datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)
    assert plain_coords([pd.Timestamp("2024-01-01 00:00:00.000000001")]) == ["2024-01-01 00:00:00.000000001"]


def test_steps_of_times_are_in_seconds() -> None:
    found = read({"coords": {"time": HOURS}})
    assert (found.step("time"), found.unit("time"), found.numbers("time")) == (3600, "s", None)
    found = read({"coords": {"time": [datetime.timedelta(minutes=i) for i in range(3)]}})
    assert (found.step("time"), found.unit("time"), found.numbers("time")) == (60, "s", (0, 60, 120))


@pytest.mark.parametrize(
    ("axes", "names", "given", "kept"),
    [
        ("TYX", None, {"T": [0, 5, 10]}, {"time": [0, 5, 10]}),
        ("TYX", ["shot"], {"T": [0, 5, 10]}, {"shot": [0, 5, 10]}),
        ("TYX", None, {"T": [0, 5, 10], "time": [1, 2, 3]}, {"time": [1, 2, 3]}),
        ("QYX", None, {"Q": [0, 5, 10], "other": 1}, {"Q": [0, 5, 10], "other": 1}),
        (None, ["T"], {"T": [0, 5, 10]}, {"T": [0, 5, 10]}),
    ],
)
def test_what_is_given_under_the_letter_of_an_axis_belongs_to_its_dim(
    axes: str | None, names: list[str] | None, given: dict[str, Any], kept: dict[str, Any]
) -> None:
    metadata = {"coords": given, "units": {dim: f"unit of {values}" for dim, values in given.items()}}
    images = np.zeros((8, 8, 3) if axes is None else (3, 8, 8), np.uint8)
    jp = JPkl(images, axes=axes, dim_names=names, metadata=metadata)
    assert jp.metadata["coords"] == kept
    assert jp.metadata["units"] == {dim: f"unit of {values}" for dim, values in kept.items()}
    assert metadata["coords"] is given, "the caller's own are left alone"


def assert_no_coordinates(array: Any) -> None:
    """Check that indices alone say where values are."""
    for values in array.coords.values():
        np.testing.assert_array_equal(values, np.arange(values.size))
        assert not values.attrs


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_what_is_odd_is_left_out_by_every_door(odd: dict[str, Any], tmp_path: Path) -> None:
    xr = pytest.importorskip("xarray")
    assert read(odd) == StackMetadata()
    file = tmp_path / "odd.jpkl"
    jp = stack(odd)
    assert_no_coordinates(jp.to_xarray())
    description = describe(jp)
    assert (description.pixel_size, description.dims[0].coords) == (None, None)
    try:
        jp.save(file)
    except TypeError:
        return  # what no file can hold, no file need be opened with
    with xr.open_dataset(file, engine="jpkl") as dataset:
        assert_no_coordinates(dataset)
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


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = (value,)
    return value


@pytest.mark.parametrize(
    "value", [(i for i in ()), memoryview(b"x"), nested(5000)], ids=["it", "view", "deep"]
)
def test_what_cannot_be_copied_is_named(value: Any) -> None:
    with pytest.raises(MetadataError, match=r"^metadata\['odd'\] cannot be copied, nor kept in a file: ."):
        JPkl(np.zeros((8, 8), np.uint8), metadata={"good": 1, "odd": value})


@pytest.mark.parametrize(
    ("values", "step"),
    [
        ([0.0, 5e-9, 14e-9, 20e-9], None),  # nanometers in meters are not alike for being small
        ([0.0, 5e-9, 10e-9], 5e-9),
        ([1e6 + 0.1 * i for i in range(5)], 0.1),
        ([2**70, 2**70 + 2, 2**70 + 4], 2),
        ([2**70, 2**70 + 2, 2**70 + 3], None),
        ([0, 0, 0], None),
        ([datetime.datetime(2024, 1, 1), datetime.datetime(2024, 1, 1, 0, 0, 2)], 2.0),
        ([datetime.datetime(2024, 1, 1), datetime.datetime(2024, 1, 1, tzinfo=datetime.UTC)], None),
        ([datetime.date(2024, 1, 1), datetime.datetime(2024, 1, 2)], None),
    ],
)
def test_steps_are_even_in_any_unit(values: list[Any], step: float | None) -> None:
    known = StackMetadata.read({"coords": {"z": values}}, ("z",), (len(values),))
    assert known.step("z") == (step if step is None else pytest.approx(step))
    assert known.labels("z") == () or len(known.labels("z")) == len(values)

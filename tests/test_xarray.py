from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jpkl import JPkl
from jpkl._encode import encode_file
from tests.codecs.zlib_codec import ZlibCodec
from tests.conftest import shared_data

xr = pytest.importorskip("xarray")

METADATA = {
    "pixel_size": (0.5, 0.25),
    "pixel_unit": "um",
    "coords": {"time": [0.0, 1.5, 3.0]},
    "units": {"time": "s"},
    "channel_names": ["DNA", "actin"],
    "source": "scope",
}


def make_stack() -> JPkl:
    images = np.arange(8 * 6 * 3 * 2, dtype=np.uint8).reshape(8, 6, 3, 2)
    return JPkl(images, dim_names=["time", "channel"], metadata=METADATA, codec=ZlibCodec())


def test_dims_coordinates_and_units() -> None:
    array = make_stack().to_xarray()
    assert array.dims == ("y", "x", "time", "channel")
    assert array.coords["time"].values.tolist() == [0, 1.5, 3]
    assert array.coords["time"].attrs["units"] == "s"
    assert array.coords["channel"].values.tolist() == ["DNA", "actin"]
    assert array.coords["x"].values[1] == 0.25
    assert array.attrs["source"] == "scope"


def test_selecting_decodes_only_what_is_selected() -> None:
    stack = make_stack()
    selected = stack.to_xarray().sel(time=1.5, channel="actin").isel(y=slice(2, 6, 2))
    np.testing.assert_array_equal(selected.values, np.asarray(stack)[2:6:2, :, 1, 1])


@settings(max_examples=60)
@given(data=st.data())
def test_outer_indexing_equals_that_of_an_array_in_memory(data: st.DataObject) -> None:
    lazy = make_stack().to_xarray()
    loaded = lazy.copy(data=np.asarray(make_stack()))
    key: dict[str, Any] = {}
    for dim, size in lazy.sizes.items():
        position = st.integers(-size, size - 1)
        # xarray itself fails on empty slices with a negative step.
        slices = st.slices(size).filter(lambda s, n=size: range(n)[s] or (s.step or 1) > 0)
        key[dim] = data.draw(st.one_of(position, slices, st.lists(position, max_size=3)))
    xr.testing.assert_identical(lazy.isel(key).load(), loaded.isel(key))


def test_engine(tmp_path: Path) -> None:
    images = np.arange(8 * 6 * 3, dtype=np.uint8).reshape(8, 6, 3)
    JPkl(images, dim_names=["time"]).save(tmp_path / "x.jpkl")
    for engine in ("jpkl", None):
        with xr.open_dataset(tmp_path / "x.jpkl", engine=engine) as dataset:
            assert dataset["images"].dims == ("y", "x", "time")
            with JPkl.load(tmp_path / "x.jpkl") as stack:
                np.testing.assert_array_equal(dataset["images"].values, np.asarray(stack))


def test_chunks_go_through_dask(tmp_path: Path) -> None:
    pytest.importorskip("dask")
    images = np.zeros((8, 6, 30), np.uint8) + np.arange(30, dtype=np.uint8)
    JPkl(images, dim_names=["time"]).save(tmp_path / "x.jpkl")
    with xr.open_dataset(tmp_path / "x.jpkl", engine="jpkl", chunks={"time": 5}) as dataset:
        means = dataset["images"].mean(("y", "x")).compute()
    np.testing.assert_allclose(means, np.arange(30), atol=1)


def test_round_trip() -> None:
    array = make_stack().to_xarray()
    twin = JPkl.from_xarray(array, codec=ZlibCodec())
    assert twin.dim_names == ("time", "channel")
    assert twin.metadata["pixel_size"] == (0.5, 0.25)
    assert twin.metadata["coords"] == {"time": [0, 1.5, 3], "channel": ["DNA", "actin"]}
    np.testing.assert_array_equal(np.asarray(twin), np.asarray(make_stack()))


def test_coordinates_follow_dims_whose_letters_become_names() -> None:
    coords: dict[str, Any] = {"T": [0.0, 5.0], "C": ["DAPI", "GFP", "RFP"], "Z": [0, 0.5, 1, 1.5]}
    array = xr.DataArray(np.zeros((2, 3, 4, 8, 8), "u1"), dims=tuple("TCZYX"), coords=coords)
    array.coords["T"].attrs["units"] = "s"
    back = JPkl.from_xarray(array).to_xarray()
    for letter, name in (("T", "time"), ("C", "channel"), ("Z", "z")):
        assert back.coords[name].values.tolist() == coords[letter]
    assert back.coords["time"].attrs == {"units": "s"}


def test_times_and_texts_survive_the_round_trip(tmp_path: Path) -> None:
    times = np.array(["2024-01-01T00:00", "2024-01-01T01:00"], "datetime64[ns]")
    lags = np.array([0, 1500], "timedelta64[ms]")
    array = xr.DataArray(
        np.zeros((2, 2, 2, 8, 8), "u1"),
        dims=("time", "lag", "condition", "y", "x"),
        coords={"time": times, "lag": lags, "condition": ["control", "drug"]},
    )
    JPkl.from_xarray(array).save(tmp_path / "x.jpkl")
    with JPkl.load(tmp_path / "x.jpkl") as jp:
        back = jp.to_xarray()
        for dim in ("time", "lag", "condition"):
            np.testing.assert_array_equal(back.coords[dim].values, array.coords[dim].values)
            assert back.coords[dim].dtype.kind == array.coords[dim].dtype.kind


def test_attributes_that_no_file_can_hold_are_left_out_with_a_warning(tmp_path: Path) -> None:
    attributes = {"unprocessed": "<OME/>", "processed": object(), "gain": np.float32(2)}
    array = xr.DataArray(np.zeros((3, 8, 8), "u1"), dims=("T", "Y", "X"), attrs=attributes)
    with pytest.warns(UserWarning, match="left out: processed is a object"):
        stack = JPkl.from_xarray(array)
    assert stack.metadata == {"unprocessed": "<OME/>", "gain": 2}
    stack.save(tmp_path / "x.jpkl")


@pytest.mark.parametrize("chunked", [False, True])
def test_frames_are_found_by_name(chunked: bool) -> None:
    images = np.arange(3 * 8 * 6, dtype=np.uint8).reshape(3, 8, 6)
    array = xr.DataArray(images, dims=("shot", "Y", "X"))
    stack = JPkl.from_xarray(array.chunk(shot=1) if chunked else array, codec=ZlibCodec())
    np.testing.assert_array_equal(np.asarray(stack), images.transpose(1, 2, 0))


def test_rgb_and_clashing_names() -> None:
    stack = JPkl(np.zeros((8, 6, 3, 2, 4), np.uint8), color=True, dim_names=["x", "time"])
    assert stack.to_xarray().dims == ("y", "frame_x", "rgb", "x", "time")


def test_malformed_metadata_are_left_out() -> None:
    metadata = {"coords": {"time": [1, 2]}, "units": 3, "channel_names": "no", "pixel_size": 5}
    array = JPkl(np.zeros((8, 6, 3)), dim_names=["time"], metadata=metadata).to_xarray()
    assert not array.coords


def test_a_real_stack_through_xarray() -> None:
    path = shared_data("images/cardiac_mps_yxt_u16.npy")
    images = xr.DataArray(np.load(path, mmap_mode="r"), dims=("y", "x", "time"))
    stack = JPkl.from_xarray(images)
    values = stack.intensity[..., 7]
    assert np.abs(values - images.values[..., 7]).mean() < 0.01 * np.ptp(images.values)


def test_an_unknown_argument_names_the_known_ones(tmp_path: Path) -> None:
    array = xr.DataArray(np.zeros((8, 6), np.uint8), dims=("y", "x"))
    with pytest.raises(TypeError, match="no argument 'qualty', but color, jpeg_quality, "):
        JPkl.from_xarray(array, qualty=80)
    with pytest.raises(TypeError, match=r"encode_file\(\) takes no argument 'qualty'"):
        encode_file(np.zeros((8, 6), np.uint8), tmp_path / "x.jpkl", qualty=80)
    assert list(tmp_path.iterdir()) == []

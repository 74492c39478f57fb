from __future__ import annotations

import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import jpkl
from jpkl import JPkl, JPklWarning
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


class Counting(JPkl):
    """Counts the frames that are decoded."""

    decoded: ClassVar[list[bytes]] = []

    def decode_slice(self, encoded: bytes) -> NDArray[np.uint8]:
        self.decoded.append(encoded)
        return super().decode_slice(encoded)


@pytest.fixture
def counting() -> Counting:
    """A stack of 3 x 2 frames, none of which was decoded yet."""
    stack = Counting(
        np.arange(8 * 6 * 3 * 2, dtype=np.uint8).reshape(8, 6, 3, 2), dim_names=["time", "channel"]
    )
    Counting.decoded = []
    return stack


def test_frames_first_or_last(counting: Counting) -> None:
    array = counting.to_xarray(order="frames_first")
    assert array.dims == ("time", "channel", "y", "x")
    np.testing.assert_array_equal(array.values, counting.frames_first)
    with pytest.raises(ValueError, match="order 'first': it must be one of frames_last, frames_first"):
        counting.to_xarray(order="first")  # type: ignore[arg-type]


@pytest.mark.parametrize("order", ["frames_last", "frames_first"])
def test_transposed_stacks_stay_lazy_and_decode_each_frame_once(counting: Counting, order: Any) -> None:
    array = counting.to_xarray(order).transpose("channel", "x", "time", "y").isel(time=[2, 0], y=slice(1, 5))
    assert not Counting.decoded
    found = array.values
    assert len(Counting.decoded) == 4
    np.testing.assert_array_equal(found, counting.frames_first[[2, 0]].transpose(1, 3, 0, 2)[..., 1:5])
    Counting.decoded = []
    selected = array.isel(channel=1, x=2)
    np.testing.assert_array_equal(selected.T.values, found[1, 2].T)
    assert len(Counting.decoded) == 2


def test_encoding_a_lazy_stack_again_decodes_each_frame_once(monkeypatch: pytest.MonkeyPatch) -> None:
    # Rows of all frames at a time would not fit.
    monkeypatch.setattr("jpkl._source.blocks.MAX_BLOCK_NBYTES", 1000)
    images = np.random.default_rng(0).integers(0, 256, (40, 50, 12), np.uint8)
    lazy = Counting(images, dim_names=["time"]).to_xarray()
    Counting.decoded = []
    JPkl.from_xarray(lazy)
    JPkl.from_xarray(lazy.transpose("time", "y", "x"))
    assert len(Counting.decoded) == 24


def test_chunks_are_frames(tmp_path: Path, counting: Counting) -> None:
    dask = pytest.importorskip("dask.array")
    config = pytest.importorskip("dask.config")
    counting.save(tmp_path / "x.jpkl")
    with xr.open_dataset(tmp_path / "x.jpkl", chunks={}, order="frames_first") as dataset:
        assert dataset["images"].data.chunksize == (1, 1, 8, 6)
    with config.set({"array.chunk-size": "100 B"}):
        for array in (counting, counting.frames_first):
            for chunked in (dask.from_array(array), dask.from_array(array, chunks="auto")):
                Counting.decoded = []
                np.testing.assert_array_equal(chunked.compute(), array)
                assert len(Counting.decoded) == 12


def test_zarr_reads_each_frame_once(counting: Counting) -> None:
    zarr = pytest.importorskip("zarr")
    for array in (counting, counting.frames_first):
        Counting.decoded = []
        np.testing.assert_array_equal(zarr.array(array)[...], array)
        assert len(Counting.decoded) == 12


def test_netcdf_keeps_what_the_metadata_say(tmp_path: Path) -> None:
    pytest.importorskip("scipy")
    mine = {"laser": {"power": 3, "on": True}, "wells": ["A1", "B2"], "none": None, "odd": {(1, 2): "x"}}
    stack = JPkl(np.zeros((8, 6, 3)), dim_names=["time"], metadata={**METADATA, **mine})
    stack.to_xarray().to_netcdf(tmp_path / "x.nc", engine="scipy")
    with xr.open_dataarray(tmp_path / "x.nc", engine="scipy") as array:
        back = JPkl.from_xarray(array).metadata
    assert back == {**METADATA, **mine, "odd": "{(1, 2): 'x'}"}


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


@pytest.mark.parametrize("suffix", ["", "T"])
def test_where_frames_are_survives_the_round_trip(suffix: str, tmp_path: Path) -> None:
    """Origins, descending and uneven coordinates, times with a zone, and what was selected."""
    times = [datetime(2024, 1, 1, 12, minute, tzinfo=UTC) for minute in (0, 1, 5)]
    given = JPkl(
        np.zeros((8, 6, 3, 4, 2)), dim_names=["time", "z", "channel"], metadata={"coords": {"time": times}}
    )
    array = given.to_xarray("frames_first").assign_coords(
        z=("z", [3.0, 2.0, 1.0, -7.5], {"units": "mm"}),
        y=("y", 100 - 0.5 * np.arange(8), {"units": "um"}),
        x=("x", 7 + 250.0 * np.arange(6), {"units": "nm"}),
        channel=["DNA", "actin"],
    )
    array = array.sel(channel="actin").isel(z=slice(1, None))
    if suffix:
        array = array.rename(time="T", y="Y", x="X", z="Z")
    JPkl.from_xarray(array).save(tmp_path / "x.jpkl")
    with JPkl.load(tmp_path / "x.jpkl") as stack:
        assert stack.metadata["pixel_size"] == (500, 250)
        assert stack.metadata["pixel_unit"] == "nm"
        assert stack.metadata["coords"]["time"] == times
        assert stack.metadata["channel_names"] == ["actin"]
        back = stack.to_xarray("frames_first")
    if suffix:
        back = back.rename(time="T", y="Y", x="X", z="Z")
    xr.testing.assert_identical(back.coords.to_dataset(), array.coords.to_dataset())


def test_indices_and_units_of_values_are_no_coordinates() -> None:
    array = xr.DataArray(np.zeros((3, 8, 6), "u1"), dims=("time", "y", "x"), attrs={"units": "K"})
    stack = JPkl.from_xarray(JPkl.from_xarray(array).to_xarray())
    assert stack.metadata == {"value_unit": "K"}
    cropped = JPkl.from_xarray(stack.to_xarray().isel(y=slice(2, 5), time=1))
    assert cropped.metadata == {"value_unit": "K", "coords": {"y": [2, 3, 4], "time": 1}}


def test_axes_say_what_dims_of_other_names_are() -> None:
    coords = {"lat": [50.0, 49.5, 49.0], "lon": [7.0, 7.5], "when": [0.0, 2.0]}
    array = xr.DataArray(np.zeros((2, 3, 2), "u1"), dims=("when", "lat", "lon"), coords=coords)
    stack = JPkl.from_xarray(array, axes="TYX")
    assert stack.metadata["pixel_size"] == (0.5, 0.5)
    assert stack.metadata["coords"] == {"time": [0, 2], "y": coords["lat"], "x": coords["lon"]}


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


@pytest.mark.parametrize(
    ("values", "back"),
    [
        (np.array(["2024-01-01T00:00:00.123456789", "2024-01-02", "NaT"], "M8[ns]"), None),
        (np.array([1500, "NaT", -3], "m8[ms]"), None),
        (np.array([3.5, 2.0, -1.0]), None),
        (np.array([True, False, True]), None),
        (np.array([1, 2**63 + 5, 2**64 - 1], np.uint64), None),
        (np.array([1, "a", None], object), ["1", "a", "None"]),
    ],
    ids=str,
)
def test_coordinates_of_any_kind_come_back(
    values: NDArray[Any], back: list[str] | None, tmp_path: Path
) -> None:
    attributes = {"long_name": "depth below surface", "units": "m"}
    level = ("level", values, attributes)
    array = xr.DataArray(np.zeros((3, 8, 8), "u1"), dims=("level", "y", "x"), coords={"level": level})
    with warnings.catch_warnings(action="error"):
        JPkl.from_xarray(array).save(tmp_path / "a.jpkl")
    with JPkl.load(tmp_path / "a.jpkl") as jp:
        found = jp.to_xarray().coords["level"]
    np.testing.assert_array_equal(found, array.coords["level"] if back is None else back)
    assert back or found.dtype == array.coords["level"].dtype
    assert found.attrs == attributes


@pytest.mark.parametrize("values", [[1.0, np.nan], [1j, 2]], ids=str)
def test_coordinates_that_say_no_place_are_left_out_with_a_warning(values: list[Any]) -> None:
    array = xr.DataArray(np.zeros((2, 8, 8), "u1"), dims=("t", "y", "x"), coords={"t": values})
    with pytest.warns(JPklWarning, match="coordinate 't', whose values are not all finite numbers"):
        JPkl.from_xarray(array)


def test_frames_of_other_names_are_refused_with_advice() -> None:
    with pytest.raises(ValueError, match=r'array\.rename\(\{"lat": "y", "lon": "x"\}\)'):
        JPkl.from_xarray(xr.DataArray(np.zeros((2, 8, 8), "u1"), dims=("time", "lat", "lon")))


def test_attributes_that_no_file_can_hold_are_left_out_with_a_warning(tmp_path: Path) -> None:
    attributes = {"unprocessed": "<OME/>", "processed": object(), "gain": np.float32(2)}
    array = xr.DataArray(np.zeros((3, 8, 8), "u1"), dims=("T", "Y", "X"), attrs=attributes)
    array = array.assign_coords(lag=("T", [1, 2, 3]))
    with pytest.warns(
        JPklWarning, match=r"left out, as .*: attribute 'processed' \(object\); coordinate 'lag' along T$"
    ):
        stack = JPkl.from_xarray(array)
    assert stack.metadata == {"unprocessed": "<OME/>", "gain": 2}
    stack.save(tmp_path / "x.jpkl")


def test_attributes_that_are_nested_too_deeply_are_left_out() -> None:
    deep = "[" * 100_000
    array = xr.DataArray(np.zeros((3, 8, 8), "u1"), dims=("T", "Y", "X"), attrs={"json_attributes": deep})
    assert JPkl.from_xarray(array).metadata == {}
    attributes = {"json_attributes": '["a"]', "a": deep, "b": 1}
    with pytest.warns(JPklWarning, match="attribute 'a'"):
        assert JPkl.from_xarray(array.assign_attrs(attributes)).metadata == {"b": 1}


@pytest.mark.parametrize("chunked", [False, True])
def test_frames_are_found_by_name(chunked: bool) -> None:
    images = np.arange(3 * 8 * 6, dtype=np.uint8).reshape(3, 8, 6)
    array = xr.DataArray(images, dims=("shot", "Y", "X"))
    stack = JPkl.from_xarray(array.chunk(shot=1) if chunked else array, codec=ZlibCodec())
    np.testing.assert_array_equal(np.asarray(stack), images.transpose(1, 2, 0))


def test_rgb_and_clashing_names() -> None:
    stack = JPkl(np.zeros((8, 6, 3, 2, 4), np.uint8), color=True, dim_names=["x", "time"])
    array = stack.to_xarray()
    assert array.dims == ("y", "frame_x", "rgb", "x", "time")
    with pytest.raises(ValueError, match="of which x or frame_x may be that of the frames"):
        JPkl(array)
    again = JPkl.from_xarray(array, axes=("y", "x", "rgb", "position", "time"), lossless=True)
    np.testing.assert_array_equal(again, stack)
    others = array.isel(rgb=0, drop=True).rename(x="shot", frame_x="x", time="frame_shot")
    assert JPkl(others).dim_names == ("shot", "frame_shot")  # whose names begin so by chance


def test_malformed_metadata_are_left_out() -> None:
    metadata = {"coords": {"time": [1, 2]}, "units": 3, "channel_names": "no", "pixel_size": 5}
    array = JPkl(np.zeros((8, 6, 3)), dim_names=["time"], metadata=metadata).to_xarray()
    for name, size in {"y": 8, "x": 6, "time": 3}.items():
        assert array.coords[name].values.tolist() == list(range(size))
    assert not array.coords["x"].attrs


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
    with pytest.raises(TypeError, match=r"encode\(\) takes no argument 'qualty'"):
        jpkl.encode(np.zeros((8, 6), np.uint8), tmp_path / "x.jpkl", qualty=80)
    assert list(tmp_path.iterdir()) == []


def test_hvplot_has_a_slider_for_each_dim_and_shows_the_frame() -> None:
    pytest.importorskip("hvplot.xarray")
    pn = pytest.importorskip("panel")
    from bokeh.models import GlyphRenderer

    pixels = np.random.default_rng(5).integers(0, 255, (4, 20, 30), np.uint8)
    jp = JPkl(pixels, axes="TYX", metadata={"coords": {"time": [0, 0.5, 1, 1.5]}})
    plot = jp.to_xarray().hvplot.image(x="x", y="y")
    assert [dim.name for dim in plot.kdims] == ["time"]
    (renderer,) = pn.pane.HoloViews(plot[0.5]).get_root().select({"type": GlyphRenderer})
    np.testing.assert_array_equal(renderer.data_source.data["image"][0], jp[..., 1])

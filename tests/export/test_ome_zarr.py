"""OME-Zarr: what other programs find in it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jpkl import JPkl
from jpkl._export.exporting import export
from jpkl._export.ome_zarr import write_ome_zarr
from jpkl._export.tiff import write_tiff
from jpkl.readers import open_image

zarr = pytest.importorskip("zarr")


def written(jp: JPkl, path: Path) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """The array, what the specification says of it, and what only we do."""
    export(jp, path, write_ome_zarr)
    group = zarr.open_group(path, mode="r")
    assert group.metadata.zarr_format == 3
    assert group.attrs["ome"]["version"] == "0.5"
    return group["0"], group.attrs["ome"], group.attrs["jpkl"]


def test_axes_scales_and_channels(tmp_path: Path) -> None:
    metadata = {
        "pixel_size": [0.5, 0.25],
        "pixel_unit": "\u00b5m",
        "coords": {"time": [0.0, 2.0, 7.0], "z": [-1.0, 0.0, 1.0, 2.0]},
        "units": {"time": "min", "z": "\u00c5"},
        "channel_names": ["DNA", "actin"],
        "channel_colors": ["#0000ff", "#00ff00"],
        "channel_limits": [[0, 100], [20, 200]],
    }
    images = np.random.default_rng(0).integers(0, 256, (8, 6, 4, 3, 2), np.uint8)
    jp = JPkl(images, dim_names=["z", "time", "channel"], metadata=metadata)
    array, ome, ours = written(jp, tmp_path / "x.zarr")
    np.testing.assert_array_equal(array[...], jp[...].transpose(3, 4, 2, 0, 1))
    assert array.chunks == (1, 1, 1, 8, 6)
    (multiscale,) = ome["multiscales"]
    assert multiscale["axes"] == [
        {"name": "t", "type": "time"},
        {"name": "c", "type": "channel"},
        {"name": "z", "type": "space", "unit": "angstrom"},
        {"name": "y", "type": "space", "unit": "micrometer"},
        {"name": "x", "type": "space", "unit": "micrometer"},
    ]
    assert array.metadata.dimension_names == ("t", "c", "z", "y", "x")
    assert multiscale["datasets"][0]["coordinateTransformations"] == [
        {"type": "scale", "scale": [1, 1, 1, 0.5, 0.25]},
        {"type": "translation", "translation": [0, 0, -1, 0, 0]},
    ]
    dna, actin = ome["omero"]["channels"]
    assert dna["window"] == {"min": 0, "max": 255, "start": 0, "end": 100}
    assert (actin["label"], actin["color"], actin["active"]) == ("actin", "00FF00", True)
    axes = ["time", "channel", "z", "Y", "X"]
    assert ours == {"dim_names": ["z", "time", "channel"], "axes": axes, "metadata": metadata}


def test_samples_are_channels_after_time(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (8, 6, 3, 2, 4), np.uint8)
    jp = JPkl(images, color=True, dim_names=["z", "t"])
    array, ome, _ = written(jp, tmp_path / "x.zarr")
    assert [axis["name"] for axis in ome["multiscales"][0]["axes"]] == ["t", "c", "z", "y", "x"]
    np.testing.assert_array_equal(array[...], jp[...].transpose(4, 2, 3, 0, 1))
    assert [channel["label"] for channel in ome["omero"]["channels"]] == ["red", "green", "blue"]


def test_one_other_dim_is_kept_and_more_are_refused(tmp_path: Path) -> None:
    jp = JPkl(np.zeros((8, 6, 2, 3), np.uint8), dim_names=["angle", "time"])
    array, ome, _ = written(jp, tmp_path / "x.zarr")
    assert array.shape == (3, 2, 8, 6)
    assert ome["multiscales"][0]["axes"][1] == {"name": "angle"}
    assert "omero" not in ome
    with pytest.raises(ValueError, match="not well, angle; choose one index of a dim with --select"):
        export(JPkl(np.zeros((8, 6, 2, 3)), dim_names=["well", "angle"]), tmp_path / "y.zarr", write_ome_zarr)
    assert [path.name for path in tmp_path.iterdir()] == ["x.zarr"]


def test_a_dim_that_is_called_as_an_axis_is_another_axis(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (8, 6, 3), np.uint8)
    jp = JPkl(images, dim_names=["X"])
    array, ome, _ = written(jp, tmp_path / "a.zarr")
    names = [axis["name"] for axis in ome["multiscales"][0]["axes"]]
    assert names == list(array.metadata.dimension_names) == ["dim_X", "y", "x"]
    with open_image(tmp_path / "a.zarr") as source:
        assert list(source.axes) == ["dim_X", "Y", "X"]
        np.testing.assert_array_equal(np.asarray(source.array), jp.frames_first)


@pytest.mark.parametrize("color", [False, True], ids=["gray", "RGB"])
def test_what_only_we_can_say_comes_back(tmp_path: Path, color: bool) -> None:
    metadata = {
        "coords": {"delay": [0.0, 1.0, 7.5], "z": [4.0, 4.5]},
        "units": {"delay": "ms", "z": "µm"},
        "operator": "Ada",
    }
    shape = (8, 6, 3, 3, 2) if color else (8, 6, 3, 2)
    pixels = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    names = ["time", "z"] if color else ["delay", "z"]
    if color:
        metadata = {**metadata, "coords": {"time": [0.0, 1.0, 7.5], "z": [4.0, 4.5]}, "units": {"z": "µm"}}
    jp = JPkl(pixels, color=color, dim_names=names, metadata=metadata)
    export(jp, tmp_path / "x.zarr", write_ome_zarr)
    with open_image(tmp_path / "x.zarr") as source:
        again = JPkl(source.array, axes=source.axes, metadata=source.metadata, jpeg_quality=100)
    assert (again.dim_names, again.color) == (jp.dim_names, color)
    assert np.abs(again[...].astype(int) - jp[...]).mean() < 4
    for key in ("coords", "units", "operator"):
        assert again.metadata[key] == metadata[key]
    assert "channel_names" not in again.metadata
    # A group that was changed since is read as the format has it.
    zarr.open_group(tmp_path / "x.zarr", mode="a").attrs["jpkl"] = {"axes": ["a", "Y", "X"], "metadata": 1}
    with open_image(tmp_path / "x.zarr") as source:
        assert "operator" not in source.metadata


def test_pixels_whose_size_is_not_known_get_none_from_the_steps_of_others(tmp_path: Path) -> None:
    coords = {"coords": {"time": [0.0, 2.5, 5.0]}}
    written(JPkl(np.zeros((8, 6, 3), np.uint8), dim_names=["time"], metadata=coords), tmp_path / "a.zarr")
    with open_image(tmp_path / "a.zarr") as source:
        assert {**source.metadata, "source": ""} == {**coords, "source": ""}


@pytest.mark.parametrize("is_exact", [True, False], ids=["exact", "gray levels"])
@pytest.mark.parametrize("name", ["x.zarr", "x.tif", "x.ome.tif"])
def test_the_unit_of_the_values_is_that_of_exact_values_alone(
    name: str, is_exact: bool, tmp_path: Path
) -> None:
    images = np.random.default_rng(0).integers(-1000, 2000, (8, 6, 3), np.int16)
    jp = JPkl(images, dim_names=["z"], lossless=is_exact, metadata={"value_unit": "HU"})
    export(jp, tmp_path / name, write_ome_zarr if name == "x.zarr" else write_tiff)
    with open_image(tmp_path / name) as source:
        assert source.metadata.get("value_unit") == ("HU" if is_exact else None)


def test_windows_of_exact_values_are_in_their_range_and_one_for_each_channel(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(100, 4000, (8, 6, 3), np.uint16)
    names = {"channel_names": ["a", "b", "c"]}
    jp = JPkl(
        images, dim_names=["channel"], lossless=True, display_range=(50, 4000), metadata=names, fidelity=None
    )
    window = {"min": 0, "max": 65535, "start": 50, "end": 4000}
    _, ome, _ = written(jp, tmp_path / "x.zarr")
    assert [(each["label"], each["window"]) for each in ome["omero"]["channels"]] == [
        (name, window) for name in "abc"
    ]
    with open_image(tmp_path / "x.zarr") as source:
        assert source.metadata["channel_limits"] == [(50, 4000)] * 3
    other = JPkl(images[..., 0], lossless=True, display_range=(50, 4000))
    _, ome, _ = written(other, tmp_path / "y.zarr")
    assert ome["omero"]["channels"] == [{"color": "FFFFFF", "active": True, "window": window}]
    with open_image(tmp_path / "y.zarr") as source:
        assert "channel_names" not in source.metadata

"""HDF5 and the formats that are HDF5 inside: MATLAB 7.3 and Imaris; and older files of MATLAB."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from jpkl import JPkl
from jpkl._cli import main
from jpkl.readers import open_image

h5py = pytest.importorskip("h5py")

TCZYX = np.random.default_rng(6).integers(0, 4000, (2, 2, 3, 16, 20), np.uint16)


def test_arrays_are_chosen_by_their_path(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["times"] = np.arange(5.0)
        file["names"] = np.array([[b"a", b"b"]])
        file["raw/small"] = TCZYX[0, 0]
        file.create_dataset("raw/large", data=TCZYX, chunks=(1, 1, 3, 8, 8), compression="gzip")
    with open_image(path) as source:
        assert (source.scenes, source.scene) == (("raw/large", "raw/small"), "raw/large")
        assert source.axes == ["dim0", "dim1", "dim2", "y", "x"]
        np.testing.assert_array_equal(source.array[1, :, 2, 4:9], TCZYX[1, :, 2, 4:9])
    assert main(["encode", str(path), "--scene", "raw/small"]) == 0
    with JPkl.load(path.with_suffix(".jpkl")) as stack:
        assert stack.shape == (16, 20, 3)


@pytest.mark.parametrize("by_tags", [True, False])
def test_names_of_axes_and_sizes_are_taken(tmp_path: Path, by_tags: bool) -> None:
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        file["data"] = TCZYX[0, 0]
        file["data"].attrs["element_size_um"] = [2.0, 0.25, 0.5]
        if by_tags:
            file["data"].attrs["axistags"] = json.dumps({"axes": [{"key": key} for key in "zyx"]})
        else:
            for dim, label in zip(file["data"].dims, "zyx", strict=True):
                dim.label = label
    with open_image(tmp_path / "a.hdf5") as source:
        assert (source.axes, source.notes) == (["Z", "Y", "X"], ())
        assert source.metadata["pixel_size"] == (0.25, 0.5)
        assert source.metadata["coords"] == {"z": [0.0, 2.0, 4.0]}


@pytest.mark.parametrize("tags", ["[" * 60_000, "nonsense", '{"axes": 5}', '{"axes": [{"key": "z"}]}'])
def test_tags_of_axes_that_make_no_sense_are_passed_over(tmp_path: Path, tags: str) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["data"] = TCZYX[0, 0]
        file["data"].attrs["axistags"] = tags
    with open_image(tmp_path / "a.h5") as source:
        assert source.axes == ["dim0", "y", "x"]


def test_files_that_are_cut_off_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["data"] = TCZYX
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(ValueError, match=r"a\.h5: not a readable HDF5 file.*truncated"):
        open_image(path)


# -- MATLAB --------------------------------------------------------------------------------------------

#: Rows, columns, and two more axes, as MATLAB has them.
MATLAB = np.ascontiguousarray(TCZYX[0].transpose(2, 3, 0, 1))


def write_matlab(path: Path, version: str, **variables: NDArray[Any]) -> Path:
    if version == "5":
        pytest.importorskip("scipy.io").savemat(path, variables)
        return path
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, values in variables.items():
            file[name] = values.T
    return path


@pytest.mark.parametrize("version", ["5", "7.3"])
def test_rows_and_columns_of_matlab_come_first(tmp_path: Path, version: str) -> None:
    path = write_matlab(tmp_path / "a.mat", version, stack=MATLAB, t=np.arange(4.0)[None])
    with open_image(path) as source:
        assert source.scene == "stack"
        stack = JPkl(source.array, axes=source.axes, display_range=(0, 4000))
    np.testing.assert_allclose(
        stack.intensity[...].mean(axis=(0, 1)).squeeze().T.ravel().sum(),
        MATLAB.mean(axis=(0, 1)).sum(),
        rtol=0.02,
    )
    assert dict(zip(stack.dim_names, stack.dim_sizes, strict=True)) == {"dim3": 2, "dim4": 3}
    assert stack.shape[:2] == (16, 20)


def test_both_versions_of_matlab_give_the_same(tmp_path: Path) -> None:
    pixels = []
    for version in ("5", "7.3"):
        with open_image(write_matlab(tmp_path / f"{version}.mat", version, stack=MATLAB)) as source:
            order = [source.axes.index(name) for name in ("y", "x", "dim3", "dim4")]
            pixels.append(np.asarray(source.array).transpose(order))
    for each in pixels:
        np.testing.assert_array_equal(each, MATLAB)


@pytest.mark.parametrize("version", ["5", "7.3"])
def test_color_of_matlab(tmp_path: Path, version: str) -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (16, 20, 3), np.uint8)
    with open_image(write_matlab(tmp_path / "a.mat", version, photo=rgb)) as source:
        assert JPkl(source.array, axes=source.axes).shape == (16, 20, 3)
        order = [source.axes.index(name) for name in ("y", "x", "rgb")]
        np.testing.assert_array_equal(np.asarray(source.array).transpose(order), rgb)


# -- Imaris --------------------------------------------------------------------------------------------


def characters(text: str) -> NDArray[np.bytes_]:
    return np.array([c.encode() for c in text], "S1")


def write_imaris(path: Path) -> Path:
    with h5py.File(path, "w") as file:
        for t, c in np.ndindex(2, 2):
            group = file.create_group(f"DataSet/ResolutionLevel 0/TimePoint {t}/Channel {c}")
            padded = np.zeros((4, 32, 32), np.uint16)
            padded[:3, :16, :20] = TCZYX[t, c]
            group.create_dataset("Data", data=padded, chunks=(2, 16, 16), compression="gzip")
            for axis, n in zip("ZYX", (3, 16, 20), strict=True):
                group.attrs[f"ImageSize{axis}"] = characters(str(n))
        image = file.create_group("DataSetInfo/Image")
        image.attrs["Unit"] = characters("um")
        for at, (low, high) in enumerate(((100, 110), (-4, 0), (0, 6))):
            image.attrs[f"ExtMin{at}"] = characters(str(low))
            image.attrs[f"ExtMax{at}"] = characters(str(high))
        for c, name in enumerate(("DNA", "actin")):
            channel = file.create_group(f"DataSetInfo/Channel {c}")
            channel.attrs["Name"] = characters(name)
            channel.attrs["Color"] = characters(("0.000 0.000 1.000", "0.000 1.000 0.502")[c])
            channel.attrs["ColorRange"] = characters("5.000 900.000")
        times = file.create_group("DataSetInfo/TimeInfo")
        times.attrs["TimePoint1"] = characters("2024-05-01 10:00:00.000")
        times.attrs["TimePoint2"] = characters("2024-05-01 10:00:02.500")
    return path


def test_imaris_without_its_margins(tmp_path: Path) -> None:
    with open_image(write_imaris(tmp_path / "a.ims")) as source:
        assert source.axes == "TCZYX"
        np.testing.assert_array_equal(source.array, TCZYX)
        np.testing.assert_array_equal(source.array[1, :, 2, 4:99, ::3], TCZYX[1, :, 2, 4:99, ::3])
        metadata = source.metadata
    assert (metadata["pixel_size"], metadata["pixel_unit"]) == ((0.25, 0.5), "µm")
    assert metadata["coords"] == {"time": [0.0, 2.5], "z": [0.0, 2.0, 4.0]}
    assert metadata["channel_names"] == ["DNA", "actin"]
    assert metadata["channel_colors"] == ["#0000ff", "#00ff80"]
    assert metadata["channel_limits"] == [(5.0, 900.0), (5.0, 900.0)]
    assert metadata["acquired"] == "2024-05-01T10:00:00"


def test_links_of_imaris_lead_to_files_beside_alone(tmp_path: Path) -> None:
    (inside := tmp_path / "inside").mkdir()
    write_imaris(tmp_path / "other.ims")
    group = "DataSet/ResolutionLevel 0/TimePoint 0/Channel 0"
    with h5py.File(write_imaris(inside / "a.ims"), "r+") as file:
        del file[group]
        file[group] = h5py.ExternalLink("../other.ims", group)
    with pytest.raises(ValueError, match="which is not in its folder"):
        open_image(inside / "a.ims")

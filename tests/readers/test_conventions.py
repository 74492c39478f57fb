"""What arrays of HDF5, MATLAB, Zarr and NIfTI mean by the conventions of those who write them."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import h5py
import nibabel
import numpy as np
import pytest
import scipy.io
import scipy.sparse
import xarray as xr
import zarr

from jpkl.readers import open_image

PIXELS = np.random.default_rng(0).integers(0, 65536, (3, 6, 8)).astype(np.uint16)


def test_volumes_of_bigdataviewer_have_no_sign(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["t00000/s00/0/cells"] = PIXELS.view(np.int16)
        file["s00/resolutions"] = np.ones((1, 3))
    with open_image(tmp_path / "a.h5") as found:
        np.testing.assert_array_equal(found.array[...], PIXELS)
        assert found.array[1, 2:4].dtype == found.array.dtype == np.uint16
        assert any("without a sign" in note for note in found.notes)


@pytest.mark.parametrize(("mode", "axes"), [("INTERLACE_PLANE", "SYX"), ("INTERLACE_PIXEL", "YXS")])
def test_color_images_of_hdf5(mode: str, axes: str, tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["image"] = np.moveaxis(PIXELS, 0, axes.index("S")).astype(np.uint8)
        said = {"CLASS": b"IMAGE", "IMAGE_SUBCLASS": b"IMAGE_TRUECOLOR", "INTERLACE_MODE": mode.encode()}
        file["image"].attrs.update({key: np.bytes_(value) for key, value in said.items()})
    with open_image(tmp_path / "a.h5") as found:
        assert "".join(found.axes or ()) == axes


def test_dims_and_coordinates_of_netcdf(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["signal"] = PIXELS
        file["signal"].attrs["scale_factor"] = 0.5
        for axis, (name, step, unit) in enumerate(
            (("t", 2.5, "s since 2024-01-31"), ("y", 0.2, "um"), ("x", 0.1, "um"))
        ):
            file[name] = np.arange(PIXELS.shape[axis]) * step
            file[name].attrs["units"] = unit
            file[name].make_scale(name)
            file["signal"].dims[axis].attach_scale(file[name])
    with open_image(tmp_path / "a.h5") as found:
        assert found.axes == ["T", "Y", "X"]
        assert found.metadata["coords"] == {"time": [0.0, 2.5, 5.0]}
        assert found.metadata["units"] == {"time": "s"}
        assert (found.metadata["pixel_size"], found.metadata["pixel_unit"]) == ((0.2, 0.1), "µm")
        assert found.notes == ("values are read as they are stored, without scale_factor 0.5",)


def test_depths_of_netcdf_have_the_unit_of_the_pixels(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["signal"] = PIXELS
        for axis, (name, step, unit) in enumerate(
            (("z", 500, "nanometers"), ("y", 0.2, "um"), ("x", 0.1, "um"))
        ):
            file[name] = np.arange(PIXELS.shape[axis]) * step
            file[name].attrs["units"] = unit
            file[name].make_scale(name)
            file["signal"].dims[axis].attach_scale(file[name])
    with open_image(tmp_path / "a.h5") as found:
        assert found.metadata["coords"] == {"z": [0.0, 0.5, 1.0]}
        assert found.metadata["units"] == {"z": "µm"}


@pytest.mark.parametrize("version", [2, 3])
def test_coordinates_that_xarray_writes_to_zarr(version: Any, tmp_path: Path) -> None:
    coords = {"t": [0.0, 2.0, 5.0], "y": np.arange(6) * 0.5, "x": np.arange(8) * 0.5}
    array = xr.DataArray(PIXELS, dims=("t", "y", "x"), coords=coords, name="signal")
    array.y.attrs["units"] = array.x.attrs["units"] = "um"
    dataset = array.to_dataset()
    if "zarr_format" not in inspect.signature(dataset.to_zarr).parameters:
        pytest.skip("this xarray does not write by the Zarr that is installed")
    dataset.to_zarr(tmp_path / "a.zarr", zarr_format=version, consolidated=False)
    with open_image(tmp_path / "a.zarr") as found:
        assert found.metadata["coords"] == {"t": [0.0, 2.0, 5.0]}
        assert (found.metadata["pixel_size"], found.metadata["pixel_unit"]) == ((0.5, 0.5), "µm")


def test_an_axis_of_ome_zarr_that_is_called_time(tmp_path: Path) -> None:
    group = zarr.open_group(tmp_path / "a.zarr", mode="w", zarr_format=2)
    group.create_array("0", data=PIXELS)
    axes = [
        {"name": "time", "type": "time", "unit": "millisecond"},
        *({"name": n, "type": "space"} for n in "yx"),
    ]
    scale = {"coordinateTransformations": [{"type": "scale", "scale": [500, 1, 1]}], "path": "0"}
    channels = [{"label": "a", "color": "#FF000080"}]
    group.attrs.update(
        {"multiscales": [{"axes": axes, "datasets": [scale]}], "omero": {"channels": channels}}
    )
    with open_image(tmp_path / "a.zarr") as found:
        assert found.metadata["coords"] == {"time": [0.0, 500.0, 1000.0]}
        assert found.metadata["channel_colors"] == ["#ff0000"]


def test_sparse_masks_of_matlab_are_images_and_workspaces_of_functions_are_none(tmp_path: Path) -> None:
    mask = np.random.default_rng(0).random((12, 16)) > 0.7
    variables = {"mask": scipy.sparse.csc_array(mask), "xx_function_workspace__": np.zeros((99, 99), "u1")}
    scipy.io.savemat(tmp_path / "a.mat", variables)
    content = (tmp_path / "a.mat").read_bytes()
    (tmp_path / "a.mat").write_bytes(content.replace(b"xx_function", b"__function"))
    with open_image(tmp_path / "a.mat") as found:
        assert found.scenes == ("mask",)
        np.testing.assert_array_equal(found.array[...], mask)


def test_text_in_matlab_files_is_no_image(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.mat", "w", userblock_size=512) as file:
        file["text"], file["image"] = np.full((500, 10), 65, np.uint16), PIXELS
        file["text"].attrs["MATLAB_class"], file["image"].attrs["MATLAB_class"] = b"char", b"uint16"
    with open_image(tmp_path / "a.mat") as found:
        assert found.scenes == ("image",)


def test_the_window_of_nifti(tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(PIXELS.astype(np.int16), np.eye(4))
    image.header["cal_min"], image.header["cal_max"] = 10.1, 900
    nibabel.save(image, tmp_path / "a.nii")
    with open_image(tmp_path / "a.nii") as found:
        assert found.metadata["channel_limits"] == [(10.1, 900.0)]

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import tifffile
import xarray as xr
from numpy.typing import NDArray
from scipy import sparse

import jpkl
from jpkl import FrameReadError, JPkl
from tests.codecs.zlib_codec import ZlibCodec

IMAGES = np.arange(3 * 8 * 6, dtype=np.uint8).reshape(3, 8, 6)


class Tensor:
    """Pixels with a dtype that is not NumPy's, as those of PyTorch and TensorFlow have."""

    dtype: Any = "torch.uint8"

    def __init__(self, pixels: NDArray[Any]) -> None:
        self.pixels, self.shape = pixels, pixels.shape

    def __getitem__(self, key: Any) -> Any:
        return type(self)(self.pixels[key])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.asarray(self.pixels, dtype)


class OnDevice(Tensor):
    """Pixels that are handed out when they are asked for alone, as those of CuPy."""

    dtype = np.dtype(np.uint8)
    __cuda_array_interface__: dict[str, Any] = {}

    def get(self) -> NDArray[Any]:
        return self.pixels

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        raise TypeError("Implicit conversion to a NumPy array is not allowed")


class Exchanged:
    """Pixels that travel by DLPack alone."""

    def __dlpack__(self, **options: Any) -> Any:
        return IMAGES.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return IMAGES.__dlpack_device__()


class Quantity(Tensor):
    """Pixels with a unit, as those of Pint have."""

    dtype = np.dtype(np.uint8)
    units = "mV"

    def to(self, unit: str) -> Quantity:
        raise NotImplementedError

    @property
    def magnitude(self) -> NDArray[Any]:
        return self.pixels


@pytest.mark.parametrize("images", [Tensor(IMAGES), OnDevice(IMAGES), Exchanged(), list(map(Tensor, IMAGES))])
def test_what_is_nearly_an_array_is_encoded(images: Any) -> None:
    np.testing.assert_array_equal(JPkl(images, axes="TYX", codec=ZlibCodec()).frames_first, IMAGES)


@pytest.mark.parametrize("kind", [sparse.csr_array, sparse.coo_matrix, sparse.dok_array])
def test_sparse_images_are_encoded(kind: Any) -> None:
    pixels = np.where(IMAGES[0] % 3 == 0, IMAGES[0], 0)
    np.testing.assert_array_equal(JPkl(kind(pixels), codec=ZlibCodec()), pixels)


def test_units_of_values_are_kept() -> None:
    assert JPkl(Quantity(IMAGES), axes="TYX").metadata == {"value_unit": "mV"}
    assert JPkl(Quantity(IMAGES), axes="TYX", metadata={"value_unit": "V"}).metadata == {"value_unit": "V"}


class Volts(np.ndarray):
    """Pixels with a unit in a kind of array of its own, as those of Astropy are."""

    unit = "V"

    def to(self, unit: str) -> Volts:
        raise NotImplementedError

    @property
    def value(self) -> NDArray[Any]:
        return self.view(np.ndarray)

    def __array__(self, *args: Any, **kwargs: Any) -> NDArray[Any]:
        raise AssertionError("the unit would be lost, and Pint warns of it")


def test_units_of_chunks_are_kept() -> None:
    array = pytest.importorskip("dask.array").from_array(
        IMAGES.view(Volts), chunks=(1, -1, -1), asarray=False
    )
    stack = JPkl(array, axes="TYX", codec=ZlibCodec())
    assert stack.metadata == {"value_unit": "V"}
    np.testing.assert_array_equal(stack.frames_first, IMAGES)


def test_a_list_of_masked_images_keeps_the_masks() -> None:
    images = [np.ma.masked_greater(image, 100) for image in IMAGES]
    np.testing.assert_array_equal(
        JPkl(images, axes="TYX", codec=ZlibCodec()).frames_first, np.where(IMAGES > 100, 0, IMAGES)
    )


def test_images_of_a_list_must_be_of_one_shape() -> None:
    with pytest.raises(ValueError, match=re.escape("these have (8, 6), (4, 6)")):
        JPkl([IMAGES[0], IMAGES[1, :4]], axes="TYX")


def test_pages_and_series_of_tifffile_are_read(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", IMAGES, photometric="minisblack")
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        for images in (file, file.series[0]):
            np.testing.assert_array_equal(JPkl(images, axes="TYX", codec=ZlibCodec()).frames_first, IMAGES)
        np.testing.assert_array_equal(JPkl(file.pages[0], codec=ZlibCodec()), IMAGES[0])


def test_a_collection_is_refused_with_the_names_in_it(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["raw"], file["mask"] = IMAGES, IMAGES
        with pytest.raises(TypeError, match=r"a h5py\.File is not an array.*give one of 'mask', 'raw'"):
            JPkl(file)
    with pytest.raises(TypeError, match=r"a dict is not an array.*'a'"):
        JPkl({"a": IMAGES})


def test_bytes_are_not_taken_for_a_path() -> None:
    with pytest.raises(TypeError, match=r"144 bytes have no shape.*frombuffer"):
        JPkl(IMAGES.tobytes())


def test_a_data_array_names_its_axes(tmp_path: Path) -> None:
    array = xr.DataArray(IMAGES, dims=("t", "y", "x"), coords={"t": [0.0, 2.5, 5.0]}, attrs={"units": "mV"})
    for stack in (JPkl(array), jpkl.encode(array, tmp_path / "a.jpkl")):
        assert (stack.shape, stack.dim_names) == ((8, 6, 3), ("t",))
        assert stack.metadata["coords"] == {"t": [0.0, 2.5, 5.0]}
    assert JPkl(array, axes="ZYX").dim_names == ("z",)
    assert JPkl(array, dim_names=["x"]).shape == IMAGES.shape
    with pytest.raises(TypeError, match="give one of its variables, 'a'"):
        JPkl(array.to_dataset(name="a"))
    with pytest.raises(ValueError, match="y or x is missing"):
        JPkl(array.rename(y="lat"))


@pytest.mark.parametrize(
    ("told", "promised"),
    [
        ({"shape": (12, 8, 1), "dtype": "u2"}, "uint16 of (12, 8, 1)"),
        ({"shape": (8, 12, 1), "dtype": "u1"}, "uint8 of (8, 12, 1)"),
    ],
    ids=["shape", "dtype"],
)
def test_a_dask_array_that_was_told_a_wrong_shape_or_dtype_is_refused(
    told: dict[str, Any], promised: str, tmp_path: Path
) -> None:
    """Its frames would be of a size that nobody expects, or clipped at 255."""
    dask = pytest.importorskip("dask")
    images = np.full((8, 12, 1), 300, np.uint16)
    lazy = pytest.importorskip("dask.array").from_delayed(dask.delayed(images), **told)
    where = f"the array gives uint16 of shape (8, 12, 1), where its own shape and dtype promise {promised}: "
    with pytest.raises(FrameReadError, match=re.escape(f"{where}correct what map_blocks")):
        jpkl.encode(lazy, tmp_path / "x.jpkl", display_range=(0, 255))
    assert not list(tmp_path.iterdir())

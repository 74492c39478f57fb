from __future__ import annotations

import inspect
import io
import itertools
import os
import re
import signal
import subprocess
import sys
import tempfile
import textwrap
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from jpkl import FrameEncodeError, JPkl, JPklWarning
from jpkl._encoding.encode import encode_file
from jpkl._encoding.options import EncodeArguments, resolve_options
from jpkl._source import blocks
from jpkl._source.axes import resolve_axes
from jpkl._source.blocks import Block, ImageArray, contiguous_frames
from tests.codecs.zlib_codec import ZlibCodec


def numbered(shape: tuple[int, ...], dtype: Any = np.uint8) -> NDArray[Any]:
    return (np.arange(np.prod(shape), dtype=np.int64) * 7 % 251).astype(dtype).reshape(shape)


class Recorder:
    """An array-like that knows nothing but slicing, and records what was read."""

    def __init__(self, array: NDArray[Any], chunks: tuple[int, ...] | None = None) -> None:
        self._array = array
        self.shape, self.dtype, self.chunks = array.shape, array.dtype, chunks
        self.n_read = 0
        self.largest = 0

    def __getitem__(self, key: tuple[slice, ...]) -> NDArray[Any]:
        read = self._array[key]
        self.n_read += read.size
        self.largest = max(self.largest, read.nbytes)
        return read.copy()


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits so low that test data count as too large for memory."""
    monkeypatch.setattr(blocks, "MAX_BLOCK_NBYTES", 20_000)
    monkeypatch.setattr("jpkl._encoding.spool._SLAB_NBYTES", 5_000)


# -- sources -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("axes", ["YXTC", "TCYX", "TYXC", "YTXC", "CTXY", "XYCT"])
@pytest.mark.parametrize("nbytes", [1, 500, 10_000, 10**9])
def test_blocks_cover_each_frame_once_and_slabs_each_pixel(axes: str, nbytes: int) -> None:
    sizes = {"Y": 6, "X": 5, "T": 7, "C": 3}
    images = numbered(tuple(sizes[a] for a in axes))
    source = ImageArray(images, resolve_axes(images.shape, axes, False))
    covered = np.zeros((*source.dim_sizes, *source.frame_shape), int)
    for block in source.blocks(nbytes):
        covered[block.dims] += 1
        assert block.rows == slice(0, 6)
    assert (covered == 1).all()
    for slab in source.slabs(nbytes):
        covered[(*slab.dims, slab.rows)] += 1
    assert (covered == 2).all()


def test_blocks_follow_storage() -> None:
    images = np.zeros((4, 6, 8, 3, 5), np.uint8)  # T Z Y X C: T is outermost
    source = ImageArray(images, resolve_axes(images.shape, "TZYXC", False))
    starts = [tuple(s.start for s in block.dims) for block in source.blocks(200)]
    assert starts == sorted(starts)
    assert all(block.shape[2] == 5 for block in source.blocks(200))


def test_contiguous_frames() -> None:
    images = numbered((50, 40, 3, 6, 2))
    frames = images.transpose(3, 4, 0, 1, 2)
    copied = contiguous_frames(frames, 3)
    assert copied.flags.c_contiguous
    np.testing.assert_array_equal(copied, frames)
    assert contiguous_frames(copied, 3) is copied


def as_memmap(images: NDArray[Any], folder: Path) -> Any:
    np.save(folder / "images.npy", images)
    return np.load(folder / "images.npy", mmap_mode="r")


def as_hdf5(images: NDArray[Any], folder: Path) -> Any:
    h5py = pytest.importorskip("h5py")
    file = h5py.File(folder / "images.h5", "w")
    return file.create_dataset("images", data=images, chunks=(10, 8, 5, 2))


def as_contiguous_hdf5(images: NDArray[Any], folder: Path) -> Any:
    h5py = pytest.importorskip("h5py")
    return h5py.File(folder / "images.h5", "w").create_dataset("images", data=images)


def as_zarr(images: NDArray[Any], folder: Path) -> Any:
    zarr = pytest.importorskip("zarr")
    array = zarr.create_array(folder / "z", shape=images.shape, dtype=images.dtype, chunks=(10, 8, 5, 2))
    array[...] = images
    return array


def as_dask(images: NDArray[Any], folder: Path) -> Any:
    return pytest.importorskip("dask.array").from_array(images, chunks=(10, 8, 5, 2))


@pytest.mark.parametrize(
    "make", [as_memmap, as_hdf5, as_contiguous_hdf5, as_zarr, as_dask, lambda a, _: Recorder(a)]
)
@pytest.mark.parametrize("axes", ["YXZC", "ZCYX"])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("limit", ["plenty of memory", "little memory"])
def test_every_kind_of_source_gives_the_same_stack(
    make: Callable[[NDArray[Any], Path], Any],
    axes: str,
    dtype: Any,
    limit: str,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    if limit == "little memory":
        request.getfixturevalue("small_blocks")
    images = numbered((20, 16, 10, 4), dtype) * dtype(1 if dtype is np.uint8 else 3)
    stack = JPkl(make(images, tmp_path), axes=axes, codec=ZlibCodec(), display_range=(0, 255))
    in_order = images if axes == "YXZC" else images.transpose(2, 3, 0, 1)
    np.testing.assert_array_equal(np.asarray(stack), np.minimum(in_order, 255))


@pytest.mark.usefixtures("small_blocks")
def test_an_interleaved_file_is_read_once_and_in_bounded_pieces() -> None:
    images = numbered((64, 32, 100, 2), np.uint16)
    recorder = Recorder(images)
    stack = JPkl(recorder, codec=ZlibCodec(), display_range=(0, 255), workers=2)
    np.testing.assert_array_equal(np.asarray(stack), images)
    assert recorder.n_read == images.size
    assert recorder.largest <= 2 * 32 * 100 * 2 * 2  # a row of all frames is the least that can be read


def test_measuring_reads_each_pixel_once() -> None:
    recorder = Recorder(numbered((64, 32, 100, 2), np.uint16))
    JPkl(recorder, codec=ZlibCodec())
    assert recorder.n_read == 2 * 64 * 32 * 100 * 2


def test_chunks_are_read_whole() -> None:
    images = numbered((40, 30, 20, 4))
    recorder = Recorder(images, chunks=(20, 30, 5, 4))
    source = ImageArray(recorder, resolve_axes(images.shape, None, False))
    for block in source.blocks(1):
        assert block.shape == (5, 4)
    stack = JPkl(recorder, codec=ZlibCodec())
    np.testing.assert_array_equal(np.asarray(stack), images)


# -- display range -------------------------------------------------------------------------------------


def test_auto_range_is_per_channel() -> None:
    images = np.zeros((8, 6, 5, 2))
    images[..., 0] += np.linspace(-3, 7, 5)
    images[..., 1] += np.linspace(100, 900, 5)
    for name, expected in (
        ("channel", [[[-3, 7], [100, 900]]]),
        ("C", [[[-3, 7], [100, 900]]]),
        ("z", [[[-3, 900]]]),
    ):
        stack = JPkl(images, dim_names=["time", name])
        np.testing.assert_allclose(stack.display_range, expected)


def test_auto_range_ignores_what_is_not_finite() -> None:
    images = np.zeros((8, 6, 3))
    images[0, 0] = np.nan, np.inf, -np.inf
    images[1, 1] = 1, 2, 3
    stack = JPkl(images, codec=ZlibCodec())
    np.testing.assert_array_equal(stack.display_range, [[0, 3]])
    np.testing.assert_array_equal(stack[0, 0], [0, 255, 0])
    np.testing.assert_array_equal(stack[1, 1], [85, 170, 255])


def test_numbers_beyond_intensities_are_no_data() -> None:
    images = np.linspace(0, 100, 8 * 6 * 2).reshape(8, 6, 2)
    images[0, 0], images[7, 5] = np.finfo(np.float64).max, -1e308
    stack = JPkl(images, codec=ZlibCodec())
    assert stack.display_range is not None
    assert 90 < np.ptp(stack.display_range) <= 100
    assert stack[0, 0].tolist() == [255, 255]
    assert stack[7, 5].tolist() == [0, 0]
    with pytest.warns(JPklWarning, match="no pixel has a number up to"):
        JPkl(np.full((8, 6, 2), 1e300))
    with pytest.raises(ValueError, match="beyond intensities"):
        JPkl(images, display_range=(0, 1e300))


@pytest.mark.parametrize("first", [2**63 + 7, 2**60 - 100, -(2**62)])
def test_integers_that_float64_does_not_have_keep_their_differences(first: int) -> None:
    dtype = np.uint64 if first >= 2**63 else np.int64
    images = np.array([first + i for i in range(200)], dtype).reshape(20, 10)
    stack = JPkl(images, codec=ZlibCodec())
    levels = stack[...].ravel().astype(int)
    assert (np.diff(levels) >= 0).all()
    width = float(np.ptp(stack.display_range))
    np.testing.assert_allclose(np.diff(levels[[0, -1]]), 199 * 255 / width, atol=1)


def test_a_display_range_may_begin_far_below_what_integers_hold() -> None:
    images = np.array([[-(2**15), -1, 0, 1, 2**15 - 1]], np.int16)
    jp = JPkl(images, display_range=(-3e38, 3e38), codec=ZlibCodec())
    np.testing.assert_allclose(jp[...].astype(int), 127.5, atol=0.5)


def background(dtype: Any = np.uint16) -> NDArray[Any]:
    """Frames first: noise of which a 16-bit range would leave two or three levels."""
    return np.random.default_rng(0).normal(100, 10, (20, 64, 64)).astype(dtype)


def auto_range(images: NDArray[Any], **options: Any) -> tuple[list[float], str]:
    """The range of a stack, and what was said of it."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        jp = JPkl(images, **{"axes": "TYX", **options})
    assert all(warning.category is JPklWarning for warning in caught)
    assert jp.display_range is not None
    return jp.display_range.ravel().tolist(), "".join(str(warning.message) for warning in caught)


@pytest.mark.parametrize(
    "dtype", [np.uint16, np.int32, np.uint64, np.int64, np.float16, np.float32, np.float64]
)
@pytest.mark.parametrize("axes", ["TYX", "YXT"])
def test_hot_and_dead_pixels_do_not_take_the_levels(dtype: Any, axes: str) -> None:
    images = background(dtype) + dtype(3000)
    images[:, 5, 6] = 60000
    images[3, 7, 8:10] = 65000 if dtype != np.float16 else 61000
    images[4, 9, 9] = 0
    ordered = np.ascontiguousarray(images.transpose(*("TYX".index(axis) for axis in axes)))
    (low, high), says = auto_range(ordered, axes=axes)
    assert 2900 < low <= 3070
    assert 3130 <= high < 3200
    assert f"below {low:.6g} (to 0) and above {high:.6g} (to 6" in says
    assert re.search(
        r"would have [12] of 256 gray levels; .*'minmax' \(--display-range minmax\) keeps them", says
    )
    assert auto_range(images, display_range="minmax") == ([float(images.min()), float(images.max())], "")


@pytest.mark.parametrize("density", [0.0005, 0.005])
def test_many_hot_pixels_do_not_take_the_levels(density: float) -> None:
    images = background()
    is_hot = np.random.default_rng(1).random(images.shape) < density
    images[is_hot] = np.random.default_rng(2).integers(20_000, 65_535, is_hot.sum())
    assert auto_range(images)[0][1] < 300


def test_hot_pixels_of_one_channel_and_of_colors() -> None:
    images = np.stack([background(), background() * 200], 1)
    images[3, 0, 4, 5] = 65535
    (low, high, *others), says = auto_range(images, axes="TCYX")
    assert high < 300
    assert others == [images[:, 1].min(), images[:, 1].max()]
    assert says.startswith("channel 0: intensities above")
    assert "channel 1" not in says
    assert low == images[:, 0].min()
    colors = np.stack([background()] * 3, -1)
    colors[3, 4, 5] = 65535
    assert auto_range(colors, axes="TYXS")[0][1] < 300


@pytest.mark.parametrize("size", [(2, 2), (3, 1), (1, 3), (5, 5)])
def test_beads_are_signal(size: tuple[int, int]) -> None:
    images = background()
    images[:, 40, 40] = 65000  # a hot pixel beside them
    images[7, 10 : 10 + size[0], 50 : 50 + size[1]] = 60000
    (low, high), says = auto_range(images)
    assert (low, high) == (images.min(), 65000)
    assert "nearly all pixels have 1 of 256 gray levels" in says
    assert "--display-range percentile" in says


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_spots_on_nothing_keep_their_range(size: int, dtype: Any) -> None:
    images = np.zeros((20, 64, 64), dtype)
    images[::2, 10 : 10 + size, 50 : 50 + size] = 1000
    images[3, 30 : 30 + size, 20 : 20 + size] = 950
    assert auto_range(images) == ([0, 1000], "")


def test_integers_that_have_a_level_each_keep_their_range() -> None:
    images = background() // 20
    images[3, 4, 5] = 255
    assert auto_range(images) == ([images.min(), 255], "")


@pytest.mark.parametrize(
    ("fill", "dtype"),
    [
        (-9999, np.float32),
        (-9999, np.int16),
        (1e20, np.float32),
        (9.96921e36, np.float64),
        (-32768, np.int16),
        (65535, np.uint16),
        (4294967295, np.uint32),
    ],
)
@pytest.mark.parametrize("whole_frames", [False, True])
def test_fill_values_do_not_take_the_levels(fill: float, dtype: Any, whole_frames: bool) -> None:
    images = background(dtype)
    data = [float(images[:, 20:].min()), float(images[:, 20:].max())]
    images[:, :20] = fill
    if whole_frames:
        images[5] = fill
    (low, high), says = auto_range(images)
    assert data[0] - 1 <= low <= data[0]
    assert data[1] <= high < data[1] + 100
    assert f"(to {np.asarray(fill, dtype):.6g})" in says


def test_areas_of_zeros_far_below_do_not_take_the_levels() -> None:
    images = background(np.float32) / 100 + 300
    data = images[:, 20:].min(), images[:, 20:].max()
    images[:, :20] = 0
    (low, high), says = auto_range(images)
    assert (low, high) == pytest.approx(data, abs=0.1)
    assert "(to 0)" in says


def test_numbers_that_are_fill_elsewhere_are_data_among_data() -> None:
    images = np.linspace(-20_000, 20_000, 20 * 64 * 64).reshape(20, 64, 64).astype(np.int16)
    images[3, 10:20] = -9999
    assert auto_range(images) == ([-20_000, 20_000], "")


def test_measuring_hot_pixels_reads_each_pixel_once() -> None:
    images = background()
    images[3, 4, 5] = 65535
    recorder = Recorder(images)
    assert auto_range(recorder, axes="TYX", jpeg_tables="standard")[0][1] < 300  # type: ignore[arg-type]
    assert recorder.n_read == 2 * images.size  # to measure, and to encode


# -- masks ---------------------------------------------------------------------------------------------


def masked_images(dtype: Any = np.float32) -> Any:
    images = np.ma.masked_greater(background(dtype), 115)
    images.data[images.mask] = 250 if dtype == np.uint8 else 30_000
    return images


@pytest.mark.parametrize("display_range", ["auto", "minmax", ("percentile", 0, 100)])
@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
@pytest.mark.parametrize("axes", ["TYX", "YXT"])
def test_masked_pixels_do_not_count_and_are_black(display_range: Any, dtype: Any, axes: str) -> None:
    images = masked_images(dtype)
    limits = [images.min(), images.max()]
    ordered = images.transpose(*("TYX".index(axis) for axis in axes))
    jp = JPkl(ordered, axes=axes, display_range=display_range, codec=ZlibCodec())
    assert jp.display_range is not None
    np.testing.assert_allclose(jp.display_range, [limits])
    mask = np.moveaxis(images.mask, 0, -1)
    assert not jp[...][mask].any()
    assert jp[...][~mask].max() == 255


def test_masked_pixels_of_8_bits_are_black() -> None:
    images = masked_images(np.uint8)
    jp = JPkl(images, axes="TYX", codec=ZlibCodec())
    np.testing.assert_array_equal(jp[...], np.moveaxis(images.filled(0), 0, -1))


def test_nothing_but_masked_pixels_is_black() -> None:
    images = np.ma.masked_all((8, 6, 3), np.uint16)
    assert not JPkl(images)[...].any()
    assert not JPkl(images, display_range="percentile")[...].any()


def test_an_interleaved_masked_source_goes_through_a_spool(small_blocks: None) -> None:
    images = masked_images(np.uint16).transpose(1, 2, 0)
    source = Recorder(images)
    jp = JPkl(source, axes="YXT", display_range="minmax", codec=ZlibCodec())
    expected = JPkl(images, axes="YXT", display_range="minmax", codec=ZlibCodec())
    np.testing.assert_array_equal(jp[...], expected[...])
    np.testing.assert_array_equal(jp.display_range, [[images.min(), images.max()]])


class ScarceFile(io.FileIO):
    """Takes a few bytes at a time, as a disk may that gets full."""

    def write(self, data: Any) -> int:
        return super().write(memoryview(data).cast("B")[:10])


def test_what_a_disk_takes_in_parts_is_whole_in_the_spool(
    small_blocks: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = numbered((64, 48, 40))
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda **_: ScarceFile(tmp_path / "spool", "w+b"))
    jp = JPkl(Recorder(images), axes="YXT", codec=ZlibCodec())
    assert (tmp_path / "spool").stat().st_size == images.size
    np.testing.assert_array_equal(jp[...], images)


def test_what_dask_makes_of_a_stack_is_encoded(monkeypatch: pytest.MonkeyPatch) -> None:
    da = pytest.importorskip("dask.array")
    monkeypatch.setattr("jpkl._pipeline.default_workers", lambda: 2)
    images = np.random.default_rng(0).integers(0, 255, (80, 128, 128), np.uint8)
    stack = JPkl(images, axes="TYX", lossless=True)
    inverted = 255 - da.from_array(stack.frames_first, chunks=(20, -1, -1))
    made: list[JPkl] = []
    # In a thread, as it might wait for ever: the threads that decode are those that wait for dask to encode.
    work = threading.Thread(
        target=lambda: made.append(JPkl(inverted, axes="TYX", lossless=True)), daemon=True
    )
    work.start()
    work.join(60)
    np.testing.assert_array_equal(made[0].frames_first, 255 - images)


def test_masks_of_dask_and_xarray() -> None:
    da = pytest.importorskip("dask.array")
    xr = pytest.importorskip("xarray")
    images = masked_images(np.uint16)
    expected = JPkl(images, axes="TYX", codec=ZlibCodec())
    chunked = da.from_array(images, chunks=(5, 64, 64))
    array = xr.DataArray(chunked, dims=("time", "y", "x"))
    for jp in (JPkl(chunked, axes="TYX", codec=ZlibCodec()), JPkl.from_xarray(array, codec=ZlibCodec())):
        np.testing.assert_array_equal(jp.display_range, expected.display_range)
        np.testing.assert_array_equal(jp[...], expected[...])


def test_axes_of_unknown_length_name_the_cure() -> None:
    da = pytest.importorskip("dask.array")
    frames = da.zeros((4, 8, 8), chunks=(1, 8, 8))
    unknown = frames[frames[:, 0, 0] >= 0]
    with pytest.raises(ValueError, match=r"\(nan, 8, 8\).*unknown length.*compute_chunk_sizes\(\)"):
        JPkl(unknown, axes="TYX")
    assert JPkl(unknown.compute_chunk_sizes(), axes="TYX").shape == (8, 8, 4)


@pytest.mark.parametrize("fill", [0.0, 5.0, np.nan, np.inf])
def test_constant_data_become_zero(fill: float) -> None:
    assert not np.asarray(JPkl(np.full((8, 6, 3), fill))).any()


def test_percentiles_of_sparse_data_are_not_black() -> None:
    images = np.zeros((64, 64, 4, 2), np.uint16)
    images[10, 50, :, 0] = 1000
    images[..., 1] = np.arange(64)[:, None, None]
    jp = JPkl(images, dim_names=["time", "channel"], display_range="percentile")
    assert jp.display_range is not None
    assert jp.display_range[0, 0].tolist() == [0, 1000]
    assert jp.display_range[0, 1].tolist() == [0, 63]
    assert jp[10, 50, 0, 0] > 200


def test_numbers_beyond_any_intensity_are_not_among_the_percentiles() -> None:
    images = np.random.default_rng(0).random((32, 32, 4))
    images[:8, :, 0] = 1e300
    low, high = JPkl(images, display_range="percentile", codec=ZlibCodec()).display_range[0]
    assert 0 < low < high < 1


def test_percentiles() -> None:
    images = np.arange(10_000.0).reshape(100, 100)
    for spec, expected in (
        ("percentile", (9.999, 9989.001)),
        (("percentile", 10, 90), (999.9, 8999.1)),
    ):
        stack = JPkl(images, display_range=spec)
        np.testing.assert_allclose(stack.display_range, expected, rtol=1e-3)


@pytest.mark.parametrize(
    ("dtype", "limits"),
    [(np.uint16, (0, 65535)), (np.int8, (-128, 127)), (np.float32, (0, 1)), (bool, (0, 1))],
)
def test_dtype_range(dtype: Any, limits: tuple[float, float]) -> None:
    stack = JPkl(np.zeros((8, 6, 3), dtype), display_range="dtype")
    np.testing.assert_array_equal(stack.display_range, [limits])


def test_range_per_frame_from_an_array() -> None:
    images = np.ones((8, 6, 2, 3)) * 10
    limits = np.array([[0.0, 10], [0, 20], [10, 20]])
    stack = JPkl(images, display_range=limits, codec=ZlibCodec())
    np.testing.assert_array_equal(stack[0, 0], [[255, 128, 0]] * 2)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float32, np.float64, bool])
def test_mapping_rounds_to_nearest_and_clips(dtype: Any) -> None:
    images = np.array([[0, 1, 50, 100, 120]]).astype(dtype)
    stack = JPkl(images, display_range=(1, 100), codec=ZlibCodec())
    expected = np.clip(np.floor((images.astype(float) - 1) * 255 / 99 + 0.5), 0, 255)
    np.testing.assert_array_equal(np.asarray(stack), expected)


@pytest.mark.parametrize(
    "spec", ["full", (1,), (5, 5), (9, 2), (np.nan, 1), ("percentile", 9, 1), np.zeros((4, 2)), object()]
)
def test_senseless_ranges_are_refused(spec: Any) -> None:
    with pytest.raises(ValueError, match=r"display_range|percentiles"):
        JPkl(np.zeros((8, 6, 3)), display_range=spec)


def test_complex_images_are_refused() -> None:
    with pytest.raises(TypeError, match="complex"):
        JPkl(np.zeros((8, 6, 3), complex))


# -- arguments -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shape", "arguments", "message"),
    [
        ((8,), {}, "at least 2 axes"),
        ((8, 6), {"color": True}, "at least 3 axes"),
        ((8, 6, 4), {"color": True}, "length 3"),
        ((0, 6, 4), {}, "0 x 6"),
        ((8, 6, 4), {"axes": "TYX C"}, "name 5 axes"),
        ((8, 6, 4), {"axes": "TZX"}, "lack Y"),
        ((8, 6, 4), {"axes": "YYX"}, "more than once"),
        ((8, 6, 4), {"axes": "YXS"}, "length 3"),
        ((8, 6, 3), {"axes": "YXC", "color": True}, "needs an axis 'S'"),
        ((8, 6, 3, 2), {"dim_names": ["a"]}, "name 1 dims"),
        ((8, 6, 3, 2), {"dim_names": ["a", "a"]}, "unique"),
        ((8, 6, 3), {"workers": 0}, "workers"),
        ((8, 6, 3), {"jpeg_quality": 101}, "jpeg_quality"),
    ],
)
def test_arguments_that_do_not_fit(shape: tuple[int, ...], arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        JPkl(np.zeros(shape, np.uint8), **arguments)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ("cells.tif", "opens an image file"),
        (None, "not NoneType"),
        ((np.zeros((4, 4)) for _ in range(3)), "a generator, which has no shape"),
    ],
)
def test_what_is_no_array_is_refused(images: Any, message: str) -> None:
    with pytest.raises(TypeError, match=message):
        JPkl(images)


def test_axes_find_the_frames() -> None:
    images = numbered((2, 3, 4, 6, 8, 3))
    stack = JPkl(images, axes="TZCYXS", codec=ZlibCodec())
    assert stack.shape == (6, 8, 3, 2, 3, 4)
    assert stack.dim_names == ("time", "z", "channel")
    np.testing.assert_array_equal(np.asarray(stack), images.transpose(3, 4, 5, 0, 1, 2))
    named = JPkl(images[..., 0], axes=["shot", "z", "Q", "y", "x"], codec=ZlibCodec())
    assert named.dim_names == ("shot", "z", "Q")


def test_lists_are_images_too() -> None:
    assert JPkl([[0, 1], [2, 3]]).shape == (2, 2)


# -- progress, errors, interruption --------------------------------------------------------------------


def test_progress_bar(capsys: pytest.CaptureFixture[str]) -> None:
    JPkl(np.zeros((8, 6, 3)), progress=True)
    shown = capsys.readouterr().err
    assert "Encoding" in shown
    assert "B/s" in shown
    JPkl(np.zeros((8, 6, 3)))
    assert capsys.readouterr().err == ""


def test_a_failing_frame_leaves_no_file(tmp_path: Path) -> None:
    class Fragile(ZlibCodec):
        name = "test-fragile"

        def encode(self, image: NDArray[np.uint8]) -> bytes:
            if image[0, 0] == 1:
                raise RuntimeError("sensor on fire")
            return super().encode(image)

    images = np.zeros((8, 6, 9, 5), np.uint8)
    images[..., 7, 3] = 1
    with pytest.raises(FrameEncodeError, match=r"frame \(7, 3\): RuntimeError: sensor on fire"):
        encode_file(images, tmp_path / "x.jpkl", codec=Fragile(), workers=2)
    assert list(tmp_path.iterdir()) == []


def test_a_file_encoded_straight_to_disk_equals_one_from_memory(tmp_path: Path) -> None:
    images = numbered((20, 16, 10, 4), np.uint16)
    encode_file(images, tmp_path / "x.jpkl", dim_names=["time", "channel"], metadata={"a": 1})
    with JPkl.load(tmp_path / "x.jpkl") as stack:
        expected = JPkl(images, dim_names=["time", "channel"], metadata={"a": 1})
        assert stack.images == expected.images
        assert stack.dim_names == expected.dim_names
        np.testing.assert_array_equal(stack.display_range, expected.display_range)


def test_constant_images_encode_to_disk(tmp_path: Path) -> None:
    encode_file(np.full((8, 6, 3), 5.0), tmp_path / "x.jpkl")
    with JPkl.load(tmp_path / "x.jpkl") as stack:
        np.testing.assert_array_equal(stack.display_range, [[5, 5]])


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_ctrl_c_stops_at_once_and_leaves_no_file(tmp_path: Path) -> None:
    code = """
        import sys
        import numpy as np
        from jpkl._encoding.encode import encode_file

        class Endless:
            shape, dtype = (512, 512, 10**6), np.dtype(np.uint8)
            def __getitem__(self, key):
                print("reading", flush=True)
                return np.zeros([len(range(*k.indices(n))) for k, n in zip(key, self.shape)], np.uint8)

        encode_file(Endless(), sys.argv[1], axes="YXZ")
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "x.jpkl")]
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        stderr = process.communicate(timeout=20)[1]
    assert "KeyboardInterrupt" in stderr
    assert process.returncode != 0
    assert list(tmp_path.iterdir()) == []


def test_memory_maps_are_released(tmp_path: Path) -> None:
    source = ImageArray(as_memmap(numbered((8, 6, 3)), tmp_path), resolve_axes((8, 6, 3), None, False))
    before = source.read(next(source.blocks())).copy()
    source.release()
    np.testing.assert_array_equal(source.read(next(source.blocks())), before)


def test_private_changes_to_a_memory_map_survive(tmp_path: Path) -> None:
    as_memmap(numbered((64, 64, 3)), tmp_path)
    images = np.load(tmp_path / "images.npy", mmap_mode="c")
    images[...] = 9
    assert (np.asarray(JPkl(images, codec=ZlibCodec())) == 9).all()
    assert (images == 9).all()


def test_frames_of_a_block_are_in_c_order() -> None:
    block = Block((slice(1, 3), slice(0, 2)), slice(0, 4))
    assert list(block.frame_indices()) == list(itertools.product((1, 2), (0, 1)))


def test_frames_that_would_not_load_are_refused_before_a_pixel_is_read() -> None:
    frame = np.broadcast_to(np.uint8(0), (40_000, 40_000))
    with pytest.raises(ValueError, match=r"40000 x 40000 pixels.*cut them into tiles"):
        JPkl(frame)


def test_arguments_are_the_same_wherever_they_are_listed() -> None:
    """In the signature of JPkl, where they are checked, and as types for those who pass them on."""

    def listed(function: Callable[..., Any]) -> dict[str, tuple[str, Any]]:
        found = inspect.signature(function).parameters.values()
        return {
            each.name: (each.annotation, each.default) for each in found if each.kind is each.KEYWORD_ONLY
        }

    arguments = listed(JPkl.__init__)
    assert arguments == listed(resolve_options)
    types = {name: each.__forward_arg__ for name, each in EncodeArguments.__annotations__.items()}
    assert types == {name: annotation for name, (annotation, _) in arguments.items()}

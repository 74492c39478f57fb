from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from jpkl import FrameEncodeError, JPkl
from jpkl import _blocks as blocks
from jpkl._axes import resolve_axes
from jpkl._blocks import Block, ImageArray, contiguous_frames
from jpkl._encode import encode_file
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
    monkeypatch.setattr("jpkl._spool._SLAB_NBYTES", 5_000)


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
        from jpkl._encode import encode_file

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

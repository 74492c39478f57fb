from __future__ import annotations

import copy
import itertools
import os
import pickle
import re
import signal
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from jpkl import (
    ClosedStackError,
    FrameDecodeError,
    FrameEncodeError,
    FrameError,
    IncompleteStackError,
    JPkl,
    JPklWriter,
    MetadataError,
)
from jpkl._recover import recover
from tests.conftest import stack_of
from tests.data.make_golden import (
    FOLDER,
    METADATA,
    NAMES,
    SHAPE,
    SIZES,
    indices,
    jpeg,
    picture,
)

ALL = np.stack([picture(index) for index in indices()], axis=-1).reshape(*SHAPE, *SIZES)


@pytest.fixture
def expected(tmp_path: Path) -> NDArray[np.uint8]:
    """What comes out of a stack of the golden pictures."""
    return np.asarray(JPkl(ALL)[...])


class TestJPklWriter:
    def test_any_order(self, tmp_path: Path, expected: NDArray[np.uint8]) -> None:
        path = tmp_path / "x.jpkl"
        with JPklWriter(path, SHAPE, SIZES, dim_names=NAMES, metadata=METADATA) as writer:
            for index in np.random.default_rng(0).permutation(indices()).tolist():
                writer[tuple(index)] = picture(tuple(index))
                assert not path.exists()
        assert list(tmp_path.iterdir()) == [path]
        with JPkl.load(path) as stack:
            np.testing.assert_array_equal(stack[...], expected)
            assert stack.dim_names == tuple(NAMES)
            assert stack.metadata == METADATA
        assert sorted(pickle.loads(path.read_bytes())["images"]) == indices()

    def test_many_threads(self, tmp_path: Path) -> None:
        path = tmp_path / "x.jpkl"
        images = np.random.default_rng(1).integers(0, 255, (16, 24, 20, 5), np.uint8)
        with (
            JPklWriter(path, SHAPE, (20, 5), jpeg_tables="standard") as writer,
            ThreadPoolExecutor(8) as pool,
        ):

            def write(index: tuple[int, int]) -> None:
                writer[index] = images[:, :, index[0], index[1]]

            list(pool.map(write, itertools.product(range(20), range(5))))
        np.testing.assert_array_equal(stack_of(path), JPkl(images, jpeg_tables="standard")[...])

    @pytest.mark.parametrize("sizes", [(), (1,), (3,), (2, 1, 2, 1)])
    def test_any_dims(self, sizes: tuple[int, ...], tmp_path: Path) -> None:
        path = tmp_path / "x.jpkl"
        with JPklWriter(path, SHAPE, sizes) as writer:
            for index in np.ndindex(*sizes):
                writer[index] = picture((1, 2))
        assert stack_of(path).shape == (*SHAPE, *sizes)

    def test_indices_as_numpy_has_them(self, tmp_path: Path) -> None:
        path = tmp_path / "x.jpkl"
        with JPklWriter(path, SHAPE, (3,)) as writer:
            writer[-1] = picture((1, 2))
            writer[np.int64(0),] = picture((0, 0))
            writer[1,] = picture((0, 1))
            for bad in (3, -4, (0, 0), (), 1.0, "0", None):
                with pytest.raises(IndexError):
                    writer[bad] = picture((0, 0))
        np.testing.assert_array_equal(stack_of(path)[..., 2], JPkl(picture((1, 2)))[...])

    def test_color(self, tmp_path: Path) -> None:
        path = tmp_path / "x.jpkl"
        with JPklWriter(path, SHAPE, (1,), color=True) as writer:
            with pytest.raises(FrameEncodeError, match=r"\(16, 24\), where the stack has \(16, 24, 3\)"):
                writer[0] = picture((0, 0))
            writer[0] = picture((0, 0), color=True)
        assert stack_of(path).shape == (*SHAPE, 3, 1)

    @pytest.mark.parametrize("display_range", [(1000, 3000), np.array([[1000, 3000], [1000, 3000]]), "dtype"])
    def test_display_range(self, display_range: Any, tmp_path: Path) -> None:
        path = tmp_path / "x.jpkl"
        images = np.random.default_rng(2).integers(900, 3100, (*SHAPE, 2), np.uint16)
        arguments = {"display_range": display_range, "jpeg_tables": "standard"}
        with JPklWriter(path, SHAPE, (2,), dtype=np.uint16, **arguments) as writer:
            for t in range(2):
                writer[t] = images[..., t]
        whole = JPkl(images, **arguments)
        with JPkl.load(path) as stack:
            np.testing.assert_array_equal(stack[...], whole[...])
            np.testing.assert_array_equal(stack.intensity[...], whole.intensity[...])
            assert stack.source_dtype == np.uint16

    def test_range_that_must_be_known(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="need a display_range"):
            JPklWriter(tmp_path / "x.jpkl", SHAPE, (1,), dtype=np.uint16)
        with pytest.raises(ValueError, match="measured before"):
            JPklWriter(tmp_path / "x.jpkl", SHAPE, (1,), dtype=np.uint16, display_range="auto")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize(
        ("image", "message"),
        [
            (np.zeros((16, 23), np.uint8), "shape"),
            (np.zeros(SHAPE, np.uint16), "uint16.*display_range"),
            (np.zeros(SHAPE), "float64.*display_range"),
        ],
    )
    def test_wrong_images(self, image: NDArray[Any], message: str, tmp_path: Path) -> None:
        writer = JPklWriter(tmp_path / "x.jpkl", SHAPE, SIZES)
        with pytest.raises(FrameEncodeError, match=message) as caught:
            writer[1, 2] = image
        assert caught.value.frame_index == (1, 2)
        assert writer.n_written == 0
        writer.abort()

    def test_encoded_frames(self, tmp_path: Path, expected: NDArray[np.uint8]) -> None:
        path = tmp_path / "x.jpkl"
        with JPklWriter(path, SHAPE, SIZES) as writer:
            with pytest.raises(FrameDecodeError) as caught:
                writer.write_encoded((0, 1), b"no JPEG")
            assert caught.value.frame_index == (0, 1)
            with pytest.raises(FrameEncodeError, match="shape"):
                writer.write_encoded((0, 1), jpeg((0, 0), color=True))
            for index in indices():
                writer.write_encoded(index, jpeg(index))
        with JPkl.load(path) as stack:
            assert list(stack.images.values()) == [jpeg(index) for index in indices()]

    def test_a_frame_is_written_once(self, tmp_path: Path) -> None:
        writer = JPklWriter(tmp_path / "x.jpkl", SHAPE, SIZES)
        writer[0, 1] = picture((0, 1))
        with pytest.raises(FrameError, match="written before") as caught:
            writer[0, -2] = picture((0, 1))
        assert caught.value.frame_index == (0, 1)
        writer.abort()

    def test_one_thread_wins(self, tmp_path: Path) -> None:
        writer = JPklWriter(tmp_path / "x.jpkl", SHAPE, (1,))
        barrier, errors = threading.Barrier(4), []

        def write() -> None:
            barrier.wait()
            try:
                writer[0] = picture((0, 0))
            except FrameError as error:
                errors.append(error)

        threads = [threading.Thread(target=write) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(errors) == 3
        writer.close()

    @pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickle.dumps])
    def test_two_of_one_file_would_write_over_each_other(self, copied: Any, tmp_path: Path) -> None:
        writer = JPklWriter(tmp_path / "x.jpkl", SHAPE, (1,))
        with pytest.raises(TypeError, match="cannot be copied"):
            copied(writer)
        writer.abort()

    def test_missing_frames_and_recover(self, tmp_path: Path) -> None:
        path = tmp_path / "x.jpkl"
        path.write_bytes(b"old")
        writer = JPklWriter(path, SHAPE, (4, 3), dim_names=NAMES, metadata=METADATA)
        for index in itertools.product(range(3), range(3)):
            if index != (2, 1):
                writer[index] = picture(index)
        with pytest.raises(
            IncompleteStackError, match=r"4 of 12 .*\(2, 1\), \(3, 0\).*jpkl recover"
        ) as caught:
            writer.close()
        assert path.read_bytes() == b"old"
        (part,) = tmp_path.glob("*.part")
        assert str(part) in str(caught.value)
        writer.close()
        report = recover(part, path)
        assert (report.dim_sizes, report.old_dim_sizes) == ((2, 3), (4, 3))
        assert (report.n_recovered, report.n_missing, report.n_unused) == (6, 4, 2)
        assert report.first_missing == (2, 1)
        with JPkl.load(path) as stack:
            assert stack.metadata == METADATA
            assert stack.shape == (*SHAPE, 2, 3)

    def test_an_exception_removes_the_temporary_file(self, tmp_path: Path) -> None:
        path = tmp_path / "x.jpkl"
        path.write_bytes(b"old")
        writer = JPklWriter(path, SHAPE, SIZES)
        with pytest.raises(KeyboardInterrupt), writer:
            interrupt_after(writer)
        assert list(tmp_path.iterdir()) == [path]
        assert path.read_bytes() == b"old"
        with pytest.raises(ClosedStackError):
            writer[0, 1] = picture((0, 1))

    def test_bad_arguments_leave_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "x.jpkl"
        makers: list[tuple[type[Exception], Callable[[], JPklWriter]]] = [
            (MetadataError, lambda: JPklWriter(path, SHAPE, SIZES, metadata={"x": object()})),
            (ValueError, lambda: JPklWriter(path, SHAPE, (0, 3))),
            (TypeError, lambda: JPklWriter(path, SHAPE, (2.5, 3))),  # type: ignore[arg-type]
            (ValueError, lambda: JPklWriter(path, (0, 5), SIZES)),
            (ValueError, lambda: JPklWriter(path, (5, 5, 3), SIZES)),  # type: ignore[arg-type]
            (ValueError, lambda: JPklWriter(path, SHAPE, SIZES, dim_names=["a"])),
            (ValueError, lambda: JPklWriter(path, SHAPE, SIZES, jpeg_quality=101)),
            (LookupError, lambda: JPklWriter(path, SHAPE, SIZES, codec="no such codec")),
            (ValueError, lambda: JPklWriter("https://example.org/x.jpkl", SHAPE, SIZES)),
            (IsADirectoryError, lambda: JPklWriter(tmp_path, SHAPE, SIZES)),
        ]
        for error, make in makers:
            with pytest.raises(error):
                make()
            assert list(tmp_path.iterdir()) == []

    @pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
    @pytest.mark.parametrize("n_written", [1, 4, 5])
    def test_what_was_written_survives_a_crash(
        self, n_written: int, tmp_path: Path, expected: NDArray[np.uint8]
    ) -> None:
        script = """
            import os, signal, sys
            from jpkl import JPklWriter
            from tests.data.make_golden import SHAPE, indices, picture
            writer = JPklWriter(sys.argv[1], SHAPE, (6,))
            for number, index in enumerate(indices()[:int(sys.argv[2])]):
                writer[number] = picture(index)
            os.kill(os.getpid(), signal.SIGKILL)
        """
        command = [sys.executable, "-c", textwrap.dedent(script), str(tmp_path / "x.jpkl"), str(n_written)]
        subprocess.run(command, cwd=FOLDER.parent.parent, check=False, env={**os.environ, "PYTHONPATH": "."})
        (part,) = tmp_path.iterdir()
        assert recover(part, tmp_path / "x.jpkl").n_recovered == n_written
        np.testing.assert_array_equal(
            stack_of(tmp_path / "x.jpkl"), expected.reshape(*SHAPE, 6)[..., :n_written]
        )


def interrupt_after(writer: JPklWriter) -> None:
    writer[0, 0] = picture((0, 0))
    raise KeyboardInterrupt


def test_masked_pixels_are_black(tmp_path: Path) -> None:
    image = np.ma.masked_array(np.full((16, 16), 9999, np.uint16))
    image[:8] = np.ma.masked
    options: dict[str, Any] = {"dtype": np.uint16, "display_range": (0, 9999)}
    with JPklWriter(tmp_path / "a.jpkl", (16, 16), (1,), **options) as writer:
        writer[0] = image
    assert JPkl.load(tmp_path / "a.jpkl")[::8, 0, 0].tolist() == [0, 255]


# -- blocks of frames ----------------------------------------------------------------------------------


def test_slices_write_blocks_of_whole_frames(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 3, 16, 20), np.uint8)
    with JPklWriter(tmp_path / "x.jpkl", (16, 20), (5, 3), jpeg_tables="standard") as writer:
        assert writer.shape == images.shape
        writer[1:3] = images[1:3]
        writer[:2:-1, 0, :, :] = images[:2:-1, 0]
        writer[0, ...] = images[0]
        with pytest.raises(FrameError, match=r"frame \(3, 0\): it was written before"):
            writer[3:] = images[3:]
        assert writer.n_written == 11
        assert np.argwhere(~writer.written).tolist() == [[3, 1], [3, 2], [4, 1], [4, 2]]
        writer[3:, 1:] = images[3:, 1:]
    with JPkl.load(tmp_path / "x.jpkl") as jp:
        np.testing.assert_array_equal(jp, JPkl(np.moveaxis(images, (0, 1), (2, 3)), jpeg_tables="standard"))


def test_dask_stores_into_a_writer(tmp_path: Path) -> None:
    dask = pytest.importorskip("dask.array")
    images = np.random.default_rng(0).integers(0, 4000, (7, 16, 20, 3), np.uint16)
    options: Any = {"color": True, "jpeg_tables": "standard", "dtype": np.uint16, "display_range": (0, 4000)}
    with JPklWriter(tmp_path / "x.jpkl", (16, 20), (7,), **options) as writer:
        dask.store(dask.from_array(images, chunks=(2, -1, -1, -1)), writer)
    with JPkl.load(tmp_path / "x.jpkl") as jp:
        expected = JPkl(
            np.moveaxis(images, 0, -1), color=True, display_range=(0, 4000), jpeg_tables="standard"
        )
        np.testing.assert_array_equal(jp, expected)


@pytest.mark.parametrize(
    ("key", "shape", "error"),
    [
        (
            np.s_[0:2, :, :8],
            (2, 3, 8, 20),
            "slice(None, 8, None) takes part of axis 2, which has length 16",
        ),
        (np.s_[0:2, :, 0], (2, 3, 20), "0 takes part of axis 2"),
        (np.s_[:, ..., ...], (5, 3, 16, 20), "does not fit an array with 4 axes"),
        (np.s_[:, 0, :, :, :], (5, 16, 20), "does not fit an array with 4 axes"),
        (np.s_[:2, 3], (2, 16, 20), "out of bounds"),
        ((np.array([0, 1]), ...), (2, 3, 16, 20), "must be made of ints, not array([0, 1])"),
        (np.s_[:2], (3, 3, 16, 20), "images of shape (3, 3, 16, 20), where the key takes (2, 3, 16, 20)"),
    ],
)
def test_keys_that_take_no_whole_frames_are_refused(
    key: Any, shape: tuple[int, ...], error: str, tmp_path: Path
) -> None:
    writer = JPklWriter(tmp_path / "x.jpkl", (16, 20), (5, 3))
    try:
        with pytest.raises((IndexError, FrameEncodeError), match=re.escape(error)):
            writer[key] = np.zeros(shape, np.uint8)
        assert writer.n_written == 0
    finally:
        writer.abort()

"""Stacks in open files of the caller's."""

from __future__ import annotations

import gzip
import io
import pickle
import threading
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jpkl import ClosedStackError, FormatError, JPkl

IMAGES = np.arange(20 * 30 * 40, dtype=np.uint32).reshape(20, 30, 40) // 100


@pytest.fixture
def stack() -> JPkl:
    return JPkl(IMAGES, dim_names=["time"])


class Dribbling(io.RawIOBase):
    """A file without a buffer, which reads and writes less than it is asked to."""

    def __init__(self) -> None:
        self.inner = io.BytesIO()

    def readable(self) -> bool:
        return True

    writable = seekable = readable

    def seek(self, offset: int, whence: int = 0) -> int:
        return self.inner.seek(offset, whence)

    def tell(self) -> int:
        return self.inner.tell()

    def readinto(self, buffer: Any) -> int:
        data = self.inner.read(min(len(buffer), 100))
        buffer[: len(data)] = data
        return len(data)

    def write(self, data: Any) -> int:
        return self.inner.write(bytes(data[:100]))


@pytest.mark.parametrize("make", [io.BytesIO, Dribbling])
def test_a_stack_goes_through_a_file_object(stack: JPkl, make: Any) -> None:
    file = make()
    stack.save(file)
    loaded = JPkl.load(file)
    assert (loaded.shape, loaded.dim_names, loaded.path) == (stack.shape, ("time",), None)
    np.testing.assert_array_equal(loaded, stack)
    loaded.close()
    assert not file.closed


def test_frames_are_read_when_they_are_wanted_from_any_thread(stack: JPkl, tmp_path: Path) -> None:
    with gzip.open(tmp_path / "x.gz", "wb") as file:  # whose descriptor is that of the compressed bytes
        stack.save(file)
    with gzip.open(tmp_path / "x.gz") as file, JPkl.load(file) as loaded, ThreadPoolExecutor(4) as pool:
        numbers = [*range(40)] * 3
        for i, frame in zip(numbers, pool.map(lambda i: loaded.frame((i,)), numbers), strict=True):
            np.testing.assert_array_equal(frame, stack[..., i])


def test_a_member_of_a_zip_file(stack: JPkl, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive, archive.open("a.jpkl", "w") as file:
        stack.save(file)
    with zipfile.ZipFile(tmp_path / "x.zip") as archive, archive.open("a.jpkl") as file:
        np.testing.assert_array_equal(JPkl.load(file, lazy=False), stack)


def test_a_file_object_that_is_gone_is_an_error_of_ours(stack: JPkl) -> None:
    file = io.BytesIO()
    stack.save(file)
    loaded = JPkl.load(file)
    with pytest.raises(TypeError, match="load it by its path"):
        pickle.dumps(loaded)
    file.close()
    assert loaded.closed
    with pytest.raises(ClosedStackError, match="the file object was closed"):
        loaded[..., 0]


def test_who_is_reading_gets_the_frame_though_another_thread_closes(stack: JPkl, tmp_path: Path) -> None:
    pytest.importorskip("fsspec")
    stack.save(tmp_path / "x.jpkl")
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.write(tmp_path / "x.jpkl", "x.jpkl")
    for target in (io.BytesIO((tmp_path / "x.jpkl").read_bytes()), f"zip://x.jpkl::{tmp_path / 'x.zip'}"):
        loaded = JPkl.load(target)
        source: Any = loaded._store._source  # type: ignore[attr-defined]
        closing = threading.Thread(target=loaded.close)
        source._file = Slow(source._file, closing)
        np.testing.assert_array_equal(loaded[..., 3], stack[..., 3])
        closing.join()
        with pytest.raises(ClosedStackError):
            loaded[..., 3]


class Slow:
    """A file that somebody begins to close while it is read."""

    def __init__(self, file: Any, closing: threading.Thread) -> None:
        self.file, self.closing = file, closing

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)

    def seek(self, offset: int) -> None:
        self.closing.start()
        self.closing.join(0.2)
        self.file.seek(offset)


def test_a_stack_is_not_saved_over_the_open_file_that_it_is_read_from(stack: JPkl) -> None:
    file = io.BytesIO()
    stack.save(file)
    before = file.getvalue()
    with pytest.raises(ValueError, match="is read from that open file"):
        JPkl.load(file).with_metadata(pixel_size=1.0).save(file)
    assert file.getvalue() == before
    whole = JPkl.load(file, lazy=False)
    file.seek(0)
    whole.save(file)
    assert file.getvalue() == before


def test_what_is_no_binary_file_is_refused(stack: JPkl, tmp_path: Path) -> None:
    with pytest.raises(TypeError, match="gives text, not bytes; open it in mode 'rb'"):
        JPkl.load(io.StringIO("x"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected a path, a URL or a binary file, not int"):
        JPkl.load(3)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="expected a path or a binary file, not int"):
        stack.save(3)  # type: ignore[arg-type]
    (tmp_path / "x.txt").write_text("something else")
    with (
        (tmp_path / "x.txt").open("rb") as file,
        pytest.raises(FormatError, match=r"x\.txt.*not a JPkl file"),
    ):
        JPkl.load(file)


def test_xarray_opens_file_objects() -> None:
    xr = pytest.importorskip("xarray")
    file = io.BytesIO()
    JPkl(IMAGES, dim_names=["time"]).save(file)
    for engine in ("jpkl", None):
        with xr.open_dataset(file, engine=engine) as dataset:
            assert dataset["images"].sizes == {"y": 20, "x": 30, "time": 40}
            assert dataset["images"].isel(time=3).values.shape == (20, 30)

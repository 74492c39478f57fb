"""Files that are written as a whole or not at all, whenever Ctrl-C comes."""

from __future__ import annotations

import errno
import os
import stat
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest

from jpkl import JPkl, JPklWriter
from jpkl._cli import main
from jpkl._file import atomic
from jpkl._file.atomic import ReplacementFile, replacing
from jpkl._recover import recover


@contextmanager
def interrupted_at(step: int) -> Iterator[list[int]]:
    """Raise KeyboardInterrupt before the given bytecode instruction of `atomic`, as Ctrl-C may."""
    left = [step]

    def trace(frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        if frame.f_code.co_filename != atomic.__file__:
            return None
        frame.f_trace_opcodes = True
        if event == "opcode":
            left[0] -= 1
            if left[0] < 0:
                sys.settrace(None)
                raise KeyboardInterrupt
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield left
    finally:
        sys.settrace(before)


# A file that was opened, but nothing knows of yet, is closed by the interpreter, which says so.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


def in_a_thread(work: Callable[[], None]) -> None:
    """Do work that is interrupted where no signal comes, too: what is left of exceptions ends with it."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()


def test_nothing_stays_wherever_the_making_is_interrupted(tmp_path: Path) -> None:
    in_a_thread(partial(interrupt_everywhere, tmp_path))


def interrupt_everywhere(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"before")
    for step in count():
        entered = False
        try:
            with interrupted_at(step), replacing(tmp_path / "x") as file:
                sys.settrace(None)
                entered = True
                file.write(b"half")
                raise KeyboardInterrupt
        except KeyboardInterrupt:
            assert [path.name for path in tmp_path.iterdir()] == ["x"]
        if entered:
            break
    assert step > 100  # so many places there are
    assert (tmp_path / "x").read_bytes() == b"before"


def test_a_writer_whose_making_is_interrupted_leaves_nothing(tmp_path: Path) -> None:
    in_a_thread(partial(interrupt_a_writer, tmp_path))


def interrupt_a_writer(tmp_path: Path) -> None:
    for step in count():
        with interrupted_at(step) as left:
            try:
                writer = JPklWriter(tmp_path / "x.jpkl", (8, 8), (1,))
            except KeyboardInterrupt:
                assert list(tmp_path.iterdir()) == []
                continue
        writer.abort()
        break
    assert left[0] >= 0
    assert step > 100
    assert list(tmp_path.iterdir()) == []


def test_the_part_of_somebody_else_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = iter(["aa", "aa", "bb"])
    monkeypatch.setattr("secrets.token_hex", lambda _: next(names))
    with replacing(tmp_path / "x") as file:
        assert Path(file.name).name.endswith("aa.part")
        second = ReplacementFile(tmp_path / "x")
        second.open()
        assert second.part.name.endswith("bb.part")
        second.discard()
        assert Path(file.name).exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_what_is_no_file_is_not_replaced(tmp_path: Path) -> None:
    """A device, to root; here a pipe stands for it."""
    for name in ("pipe", "pipe.npy"):
        os.mkfifo(tmp_path / name)
    (tmp_path / "link").symlink_to(tmp_path / "pipe")
    jp = JPkl(np.zeros((8, 8, 2), np.uint8))
    for name in ("pipe", "link"):
        with pytest.raises(OSError, match="a device, a pipe or a socket"):
            jp.save(tmp_path / name)
    jp.save(tmp_path / "x.jpkl")
    assert main(["export", str(tmp_path / "x.jpkl"), str(tmp_path / "pipe.npy"), "--force"]) == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "pipe", "pipe.npy", "x.jpkl"]
    assert all((tmp_path / name).is_fifo() for name in ("pipe", "pipe.npy"))


@pytest.mark.skipif(os.name != "posix", reason="elsewhere folders are not synced")
def test_a_folder_that_cannot_be_synced_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fsync = os.fsync

    def of_files(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", of_files)
    with replacing(tmp_path / "x") as file:
        file.write(b"new")
    with JPklWriter(tmp_path / "x.jpkl", (8, 8), (1,)) as writer:
        writer[0] = np.zeros((8, 8), np.uint8)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x", "x.jpkl"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_frames_stay_where_the_end_of_a_writer_is_interrupted(
    error: type[BaseException], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(descriptor: int) -> None:
        raise error

    image = np.arange(64, dtype=np.uint8).reshape(8, 8)
    writer = JPklWriter(tmp_path / "x.jpkl", (8, 8), (1,), labels={"all": np.uint8})
    writer[0] = writer.labels["all"][0] = image
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", interrupted)
        with pytest.raises(error) as caught:
            writer.close()
    part, _ = sorted(tmp_path.iterdir())
    assert f"jpkl recover {part.name}" in caught.value.__notes__[0]
    assert recover(part, tmp_path / "x.jpkl").labels == {"all": (1, 1)}
    with JPkl.load(tmp_path / "x.jpkl") as jp:
        np.testing.assert_array_equal(jp.labels["all"][..., 0], image)


def test_a_name_that_is_too_long_for_a_temporary_file_is_said(tmp_path: Path) -> None:
    stack = JPkl(np.zeros((8, 8), np.uint8))
    path = tmp_path / f"{'n' * 250}.jpkl"
    with pytest.raises(OSError, match=r"n\.jpkl|temporary files beside it have 22 bytes more") as caught:
        stack.save(path)
    assert caught.value.filename == str(path)
    assert list(tmp_path.iterdir()) == []

"""Files that are read while they are written."""

from __future__ import annotations

import pickle
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jpkl import (
    ClosedStackError,
    FormatError,
    FrameChecksumError,
    FrameNotWrittenError,
    IncompleteStackError,
    JPkl,
    JPklWriter,
)
from jpkl._file.parts import MOVES_OPEN_FILES

pytestmark = pytest.mark.skipif(not MOVES_OPEN_FILES, reason="open files cannot be moved here")

IMAGES = np.random.default_rng(0).integers(0, 256, (6, 3, 24, 20), np.uint8)


@pytest.mark.parametrize("sizes", [(18,), (6, 3), (3, 1, 2, 3), (300, 2)])
def test_frames_can_be_read_as_they_come(sizes: tuple[int, ...], tmp_path: Path) -> None:
    path = tmp_path / "run.jpkl"
    with pytest.raises(FileNotFoundError):
        JPkl.load(path, partial=True)
    order = list(np.ndindex(*sizes))[-18:][::-1]
    images = dict(zip(order, IMAGES.reshape(-1, 24, 20), strict=True))
    with JPklWriter(path, (24, 20), sizes, metadata={"images": {"s": 1}}) as writer:
        with pytest.raises(IncompleteStackError, match="no frame has been written yet"):
            JPkl.load(path, partial=True)
        writer[order[0]] = images[order[0]]
        with JPkl.load(path, partial=True) as jp:
            assert (jp.frame_shape, jp.dim_sizes, jp.metadata) == ((24, 20), sizes, {"images": {"s": 1}})
            assert jp.path == str(path)
            assert np.argwhere(jp.written).tolist() == [list(order[0])]
            assert (jp.is_growing, jp.newest) == (True, order[0])
            with pytest.raises(
                FrameNotWrittenError, match=r"run\.jpkl, frame .*not been written yet"
            ) as caught:
                jp[(..., *order[5])]
            assert caught.value.frame_index == order[5]
            for index in order[1:6]:
                writer[index] = images[index]
            assert (jp.refresh(), jp.refresh(), jp.newest, jp.written.sum()) == (5, 0, order[5], 6)
            writer[order[6]] = images[order[6]]
            assert order[6] not in jp.images
            seen = jp[(..., *order[6])]  # without a look before
            assert order[6] in jp.images
            assert (jp.refresh(), jp.refresh()) == (1, 0)
            for index in np.ndindex(*sizes):
                if index not in order[:7]:
                    writer[index] = images.get(index, IMAGES[0, 0])
            writer.close()
            jp.refresh()
            assert jp.written.all()
            assert not jp.is_growing
            with JPkl.load(path) as whole, JPkl.load(path, partial=True) as again:
                np.testing.assert_array_equal(np.asarray(jp), np.asarray(whole))
                np.testing.assert_array_equal(seen, whole[(..., *order[6])])
                assert again.written.all()
                assert again.display_range is not None
        with pytest.raises(ClosedStackError):
            jp[(..., *order[0])]


def test_what_a_writer_left(tmp_path: Path) -> None:
    path = tmp_path / "run.jpkl"
    writer = JPklWriter(path, (24, 20), (6,))
    for t in range(4):
        writer[t] = IMAGES[t, 0]
    with JPkl.load(path, partial=True) as jp:
        with pytest.raises(TypeError, match="another process"):
            pickle.dumps(jp)
        with pytest.raises(IncompleteStackError):
            writer.close()
        assert not jp.is_growing
        with pytest.raises(FrameNotWrittenError, match="was not written"):
            np.asarray(jp)
        with pytest.raises(FrameNotWrittenError):
            jp.save(tmp_path / "copy.jpkl")
    assert not (tmp_path / "copy.jpkl").exists()
    (part,) = tmp_path.glob("*.part")
    with part.open("r+b") as file:  # a killed writer's last frame may be half there
        file.truncate(part.stat().st_size - 10)
    for name in (path, part):
        with JPkl.load(name, partial=True) as jp:
            assert jp.written.tolist() == [True, True, True, False, False, False]


def test_what_was_left_and_did_not_survive_stays_an_error_in_a_copy(tmp_path: Path) -> None:
    path, copy = tmp_path / "run.jpkl", tmp_path / "copy.jpkl"
    writer = JPklWriter(path, (24, 20), (2,), jpeg_quality=100)
    writer[0], writer[1] = IMAGES[:2, 0]
    encoded = writer._replacement.part.read_bytes()
    writer.abort()
    (tmp_path / f"{path.name}.{writer._replacement.part.name.split('.')[-2]}.part").write_bytes(
        encoded[:-120] + bytes(100) + encoded[-20:]  # as power cuts leave blocks
    )
    with JPkl.load(path, partial=True) as jp:
        assert jp.written.all()
        jp.save(copy)
    with JPkl.load(copy) as jp:
        assert jp[..., 0].any()
        with pytest.raises(FrameChecksumError, match=r"frame \(1,\)"):
            jp[..., 1]


def test_a_writer_goes_before_the_file_of_the_last_run(tmp_path: Path) -> None:
    path = tmp_path / "run.jpkl"
    JPkl(IMAGES[0].transpose(1, 2, 0)).save(path)
    with JPklWriter(path, (24, 20), (6,)) as writer:
        writer[2] = IMAGES[0, 0]
        with JPkl.load(path, partial=True) as jp:
            assert jp.dim_sizes == (6,)
        writer.abort()
    with JPkl.load(path, partial=True) as jp:
        assert jp.dim_sizes == (3,)


def test_a_reader_beside_writers_sees_whole_frames(tmp_path: Path) -> None:
    path, n = tmp_path / "run.jpkl", 200
    constant = np.full((64, 64), 7, np.uint8)
    with JPklWriter(path, (64, 64), (n,)) as writer:
        writer[0] = constant

        def write(start: int) -> None:
            for t in range(start, n, 2):
                writer[t] = constant

        with JPkl.load(path, partial=True) as jp:
            threads = [threading.Thread(target=write, args=(start,)) for start in (1, 2)]
            for thread in threads:
                thread.start()
            while jp.written.sum() < n:
                jp.refresh()
                assert jp.newest is not None
                assert (jp[(..., *jp.newest)] == 7).all()
            for thread in threads:
                thread.join()


def test_once_it_is_whole_it_has_what_the_end_of_the_file_says(tmp_path: Path) -> None:
    path, copy = tmp_path / "stack.jpkl", tmp_path / "copy.jpkl"
    frames = np.random.default_rng(0).integers(1000, 3000, (3, 20, 24)).astype(np.uint16)
    options: Any = {"dtype": "u2", "display_range": (1000, 3000), "labels": {"high": bool}}
    with JPklWriter(path, (20, 24), (3,), **options) as writer:
        writer[0], writer.labels["high"][0] = frames[0], frames[0] > 2000
        stack = JPkl.load(path, partial=True)
        writer[1], writer[2] = frames[1:]
        assert stack.refresh() == 2
        assert stack.display_range is not None  # what is written first has it, too
        assert abs(float(stack.intensity[0, 0, 0]) - float(frames[0, 0, 0])) < 100
        assert not stack.labels
    stack.refresh()
    stack.refresh()
    stack.save(copy)
    with stack, JPkl.load(copy) as copied:
        for each in (stack, copied):
            assert each.display_range is not None
            assert each.display_range[0].tolist() == [1000, 3000]
            assert each.source_dtype == np.uint16
            assert each.fidelity is not None
            np.testing.assert_array_equal(each.labels["high"][..., 0], frames[0] > 2000)
            assert not each.labels["high"][..., 1:].any()
    with pytest.raises(ClosedStackError):
        stack.labels["high"][..., 0]


def test_frames_beyond_the_dims_are_refused(tmp_path: Path) -> None:
    part = tmp_path / "x.jpkl.1a2b3c4d.part"
    with pytest.raises(IncompleteStackError), JPklWriter(tmp_path / "y.jpkl", (20, 24), (3,)) as writer:
        writer[2] = np.zeros((20, 24), np.uint8)
    (left,) = tmp_path.glob("y.jpkl.*.part")
    part.write_bytes(left.read_bytes().replace(b"(K\x03ts", b"(K\x01ts"))
    with pytest.raises(FormatError, match="none that dim_sizes"):
        JPkl.load(tmp_path / "x.jpkl", partial=True)

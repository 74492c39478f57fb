"""Stacks of so many frames that where they are stays in the file, tried with small ones."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
import pytest

from jpkl import ClosedStackError, FormatError, JPkl, JPklWriter
from jpkl._annotate import annotate_file
from jpkl._cli import main
from jpkl._file import columns, trailer
from jpkl._file.columns import Column
from jpkl._recover import recover

_SHAPE = (3, 5)


@pytest.fixture(autouse=True)
def _pages_of_four(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trailer, "_MANY", 1)
    monkeypatch.setattr(columns, "PAGE", 4)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file whose frames are in no order."""
    frames = np.random.default_rng(0).integers(0, 256, (*_SHAPE, 8, 8), np.uint8)
    with JPklWriter(tmp_path / "x.jpkl", (8, 8), _SHAPE) as writer:
        for number in (7, 3, 14, 0, *sorted({*range(15)} - {7, 3, 14, 0})):
            writer[divmod(number, 5)] = frames[divmod(number, 5)]
    return tmp_path / "x.jpkl"


def test_frames_are_those_of_a_stack_whose_index_is_in_memory(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with JPkl.load(path) as jp, pickle.loads(pickle.dumps(jp)) as copy:
        assert isinstance(jp._store.lengths, Column)
        with monkeypatch.context() as patch:
            patch.setattr(trailer, "_MANY", 1 << 16)
            expected = JPkl.load(path)
        assert isinstance(expected._store.lengths, np.ndarray)
        assert np.array_equal(jp[...], expected[...])
        assert np.array_equal(copy[..., 2, 4], expected[..., 2, 4])
        assert jp.images == expected.images
        assert jp.compressed_nbytes == expected.compressed_nbytes
        lengths = expected._store.lengths
        assert np.array_equal(jp._store.lengths, lengths)
        for key in (-1, slice(2, 11, 3), np.array([[14, 0], [5, 5]])):
            assert np.array_equal(jp._store.lengths[key], lengths[key])
        with pytest.raises(IndexError):
            _ = jp._store.lengths[15]
        expected.close()


def test_it_is_verified_annotated_and_recovered(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    expected = JPkl.load(path)[...]
    assert main(["verify", str(path)]) == 0
    assert "15 frames, all good" in capsys.readouterr().out
    annotate_file(path, metadata={"seen": True})
    assert str(recover(path, path.with_name("y.jpkl"))).startswith("15 of 15 frames")
    for name in ("x.jpkl", "y.jpkl"):
        with JPkl.load(path.with_name(name)) as jp:
            assert jp.metadata["seen"] is True
            assert np.array_equal(jp[...], expected)


def test_a_changed_opcode_between_frames_is_found(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with JPkl.load(path) as jp:
        end = int(jp._store.places.offsets[9] + jp._store.lengths[9])  # type: ignore[attr-defined]
    data = bytearray(path.read_bytes())
    data[end : end + 1] = b"u"
    path.write_bytes(data)
    assert main(["verify", str(path)]) == 1
    assert "the pickle is broken" in capsys.readouterr().out


def test_an_index_that_is_overwritten_later_is_noticed(path: Path) -> None:
    size = path.stat().st_size
    with JPkl.load(path) as jp:
        expected = JPkl.load(path, lazy=False)[..., 0, 1]
        _ = jp[..., 0, 0]  # reads the first page of each column
        with path.open("r+b") as file:
            file.seek(int(jp._store.places.offsets._start))  # type: ignore[attr-defined]
            file.write(bytes(size - file.tell()))
        assert np.array_equal(jp[..., 0, 1], expected)
        with pytest.raises(FormatError, match="overwritten since it was opened"):
            _ = jp[..., 2, 4]


def test_a_closed_stack_says_so(path: Path) -> None:
    jp = JPkl.load(path)
    nbytes = jp.compressed_nbytes
    jp.close()
    assert jp.compressed_nbytes == nbytes
    with pytest.raises(ClosedStackError):
        _ = jp[..., 2, 4]


@pytest.mark.parametrize("at", [0, 8 * 15, 12 * 15], ids=["offsets", "lengths", "checksums"])
def test_bits_that_change_in_the_index_are_noticed(path: Path, at: int) -> None:
    with JPkl.load(path) as jp:
        start, expected = int(jp._store.places.offsets._start), jp[...]  # type: ignore[attr-defined]
    data = bytearray(path.read_bytes())
    data[start + at + 5] ^= 1
    path.write_bytes(data)
    with pytest.warns(UserWarning, match="its checksum is wrong"), JPkl.load(path) as jp:
        assert np.array_equal(jp[...], expected)

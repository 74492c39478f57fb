"""Recovery of files that were cut off or damaged."""

from __future__ import annotations

import math
import pickle
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jpkl import FormatError, IncompleteStackError, JPkl, JPklWarning, JPklWriter
from jpkl._bytes import LocalFile
from jpkl._file.trailer import read_trailer
from jpkl._recover import recover, remains
from jpkl._recover.cut import complete_part
from tests.conftest import stack_of
from tests.data.make_golden import FOLDER, METADATA, SIZES, indices, jpeg, numpy_dict, v1_dict


@pytest.mark.parametrize("name", ["saved_gray.jpkl", *(f"dump_p{protocol}.jpkl" for protocol in range(6))])
def test_cut_off_anywhere(name: str, tmp_path: Path) -> None:
    data, expected = (FOLDER / name).read_bytes(), stack_of(FOLDER / name)
    broken, out = tmp_path / "broken.jpkl", tmp_path / "out.jpkl"
    most = 0
    for length in [*range(0, len(data), 41), len(data) - 1, len(data)]:
        broken.write_bytes(data[:length])
        try:
            report = recover(broken, out)
        except FormatError as error:
            assert error.path == str(broken)  # noqa: PT017 - whether it raises depends on the length
            assert most == 0, "a longer file has at least as many frames"
            assert not out.exists()
            continue
        assert report.n_recovered + report.n_unused >= most
        most = report.n_recovered + report.n_unused
        times, channels = report.dim_sizes
        np.testing.assert_array_equal(stack_of(out), expected[..., :times, :channels])
    assert report.dim_sizes == SIZES
    assert not report.guessed
    assert list(tmp_path.glob("*.part")) == []


def test_every_whole_frame_counts(tmp_path: Path) -> None:
    """Files cut right behind a frame keep it, in all protocols and in files of ours."""
    for name in ["saved_gray.jpkl", *(f"dump_p{protocol}.jpkl" for protocol in range(3, 6))]:
        data = (FOLDER / name).read_bytes()
        with JPkl.load(FOLDER / name) as stack:
            frame = stack.images[1, 0]
        end = data.index(frame) + len(frame)
        (tmp_path / "broken.jpkl").write_bytes(data[:end])
        report = recover(tmp_path / "broken.jpkl", tmp_path / "out.jpkl")
        assert report.n_recovered + report.n_unused == 4, name
        assert report.dim_sizes == (1, 3)
        assert "dim_sizes (1, 3), was (2, 3)" in str(report)


def test_fields_that_are_lost(tmp_path: Path) -> None:
    data = (FOLDER / "dump_p4.jpkl").read_bytes()
    (tmp_path / "broken.jpkl").write_bytes(data[: data.index(b"dim_names")])
    report = recover(tmp_path / "broken.jpkl", tmp_path / "out.jpkl")
    assert report.guessed == ("dim_names", "dim_sizes", "metadata")
    assert "dim_names, dim_sizes, metadata" in str(report)
    with JPkl.load(tmp_path / "out.jpkl") as stack:
        assert (stack.dim_sizes, stack.dim_names, stack.metadata) == (SIZES, ("dim0", "dim1"), {})


def test_fields_that_are_refused(tmp_path: Path) -> None:
    """The frames before a metadata dict that could not be loaded are worth having."""
    (tmp_path / "x.jpkl").write_bytes(pickle.dumps(v1_dict(metadata={"where": Path("x")}), 4))
    report = recover(tmp_path / "x.jpkl", tmp_path / "out.jpkl")
    assert (report.n_recovered, report.guessed) == (6, ("metadata",))
    assert str(report).startswith("6 of 6 frames recovered: dim_sizes (2, 3)\n")


@pytest.mark.parametrize("protocol", range(6))
def test_numpy_fields(protocol: int, tmp_path: Path) -> None:
    (tmp_path / "x.jpkl").write_bytes(pickle.dumps(numpy_dict(), protocol))
    recover(tmp_path / "x.jpkl", tmp_path / "out.jpkl")
    fields = pickle.loads((tmp_path / "out.jpkl").read_bytes())
    assert fields["metadata"]["pos"] == [[0, 1, 2], [3, 4, 5]]


def test_damaged_frames_behind_a_trailer(tmp_path: Path) -> None:
    data = bytearray((FOLDER / "saved_gray.jpkl").read_bytes())
    middle = [i for i in range(len(data)) if data.startswith(b"\xff\xd8\xff", i)][4] + 200
    data[middle - 190 : middle] = bytes(190)  # takes no notice of opcodes
    (tmp_path / "broken.jpkl").write_bytes(data)
    report = recover(tmp_path / "broken.jpkl", tmp_path / "out.jpkl")
    assert (report.dim_sizes, report.n_unreadable, report.first_missing) == ((1, 3), 1, (1, 1))
    np.testing.assert_array_equal(
        stack_of(tmp_path / "out.jpkl"), stack_of(FOLDER / "saved_gray.jpkl")[..., :1, :]
    )
    with JPkl.load(tmp_path / "out.jpkl") as stack:
        assert stack.display_range is not None
        assert stack.metadata == METADATA


def relabeled(head: bytes, **changes: Any) -> bytes:
    """Return the golden stack with another head and other values in its trailer, under right checksums."""
    path = FOLDER / "saved_gray.jpkl"
    source = LocalFile(path)
    trailer = read_trailer(source)
    source.close()
    assert trailer is not None
    old = path.read_bytes()
    changes |= {"head_checksum": crc32(head)}
    return head + old[len(head) : trailer.offset] + replace(trailer, **changes).pack()


def test_what_is_said_of_each_index_follows_the_frames_that_are_left(tmp_path: Path) -> None:
    metadata = {
        "coords": {"time": [0.0, 1.5, 4.0], "other": [1, 2, 3]},
        "units": {"time": "s"},
        "channel_names": ["DNA", "actin"],
    }
    whole = JPkl(np.zeros((8, 8, 3, 2), np.uint8), dim_names=("time", "channel"), metadata=metadata)
    whole.save(tmp_path / "whole.jpkl")
    data = (tmp_path / "whole.jpkl").read_bytes()
    left = {5: ([0.0, 1.5], ["DNA", "actin"]), 1: ([0.0], ["DNA"])}
    with JPkl.load(tmp_path / "whole.jpkl") as jp:
        offsets = np.asarray(jp._store.places.offsets)  # type: ignore[attr-defined]
    for n_whole, (times, channels) in left.items():
        (tmp_path / "cut.jpkl").write_bytes(data[: offsets[n_whole]])
        recover(tmp_path / "cut.jpkl", tmp_path / "left.jpkl")
        with JPkl.load(tmp_path / "left.jpkl") as jp:
            assert jp.metadata["coords"] == {"time": times, "other": [1, 2, 3]}
            assert (jp.metadata["units"], jp.metadata["channel_names"]) == ({"time": "s"}, channels)


def test_trailers_that_lie_with_the_right_checksum(tmp_path: Path) -> None:
    path = FOLDER / "saved_gray.jpkl"
    data = path.read_bytes()
    source = LocalFile(path)
    trailer = read_trailer(source)
    source.close()
    assert trailer is not None
    head = data[: trailer.head_length]
    sizes = b"(K\x02K\x03t"  # (2, 3)
    assert head.count(sizes) == 1
    lies = {
        "sizes": relabeled(head.replace(sizes, b"\x8c\x04text")),
        "lengths": relabeled(head, lengths=np.full(6, 2**32 - 1)),
    }
    for name, lie in lies.items():
        (tmp_path / name).write_bytes(lie)
        assert recover(tmp_path / name, tmp_path / "out.jpkl").n_recovered == 6
        np.testing.assert_array_equal(stack_of(tmp_path / "out.jpkl"), stack_of(path))


def test_missing_and_foreign_frames(tmp_path: Path) -> None:
    images: dict[Any, Any] = {index: jpeg(index) for index in indices() if index != (0, 2)}
    images |= {(5, 5): b"x", "note": "y", (1, 1): jpeg((1, 1))[:100]}
    (tmp_path / "x.jpkl").write_bytes(pickle.dumps(v1_dict(images=images), 4))
    report = recover(tmp_path / "x.jpkl", tmp_path / "out.jpkl")
    assert report.dim_sizes == (1, 2)
    assert (report.n_missing, report.n_unreadable, report.n_unused) == (2, 1, 2)


@pytest.mark.parametrize(
    "data", [b"", b"hello", b"\x80\x04}.", pickle.dumps([1]), pickle.dumps(v1_dict(images={}))]
)
def test_nothing_to_recover(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.jpkl").write_bytes(data)
    with pytest.raises(FormatError):
        recover(tmp_path / "x.jpkl", tmp_path / "out.jpkl")
    assert not (tmp_path / "out.jpkl").exists()


@given(st.data())
def test_thecomplete_part(data: st.DataObject) -> None:
    sizes = tuple(data.draw(st.lists(st.integers(1, 3), max_size=3)))
    everything = list(np.ndindex(*sizes))
    n_first = data.draw(st.integers(0, len(everything)))
    if not n_first:
        with pytest.raises(FormatError, match="first frame"):
            complete_part(n_first, sizes)
        return
    part = complete_part(n_first, sizes)
    assert list(np.ndindex(*part)) == everything[: math.prod(part)]
    assert math.prod(part) <= n_first
    if part and part[0] < sizes[0] and part[1:] == sizes[1:]:
        assert math.prod((part[0] + 1, *part[1:])) > n_first


def test_sizes_that_no_file_has(tmp_path: Path) -> None:
    """They are those that the frames reach; of two frames of one key, the last counts."""
    (tmp_path / "x.jpkl").write_bytes(pickle.dumps(v1_dict(dim_sizes=(2**62, 2**62)), 4))
    report = recover(tmp_path / "x.jpkl", tmp_path / "out.jpkl")
    assert (report.dim_sizes, report.guessed) == (SIZES, ("dim_sizes",))
    images = {(2**62, 2**62): jpeg((0, 0)), (0, 0): jpeg((0, 0))}
    (tmp_path / "x.jpkl").write_bytes(pickle.dumps(v1_dict(images=images), 4))
    report = recover(tmp_path / "x.jpkl", tmp_path / "out.jpkl")
    assert report.dim_sizes == (1, 1)
    for sizes in ((0, 2**70), (2**62, 2**62), "text"):
        (tmp_path / "x.jpkl").write_bytes(pickle.dumps(v1_dict(images=images, dim_sizes=sizes), 4))
        with pytest.raises(FormatError, match=r"cannot be|dim_sizes"):
            recover(tmp_path / "x.jpkl", tmp_path / "out.jpkl")


def test_metadata_may_have_a_key_like_that_of_the_frames(tmp_path: Path) -> None:
    writer = JPklWriter(tmp_path / "x.jpkl", (24, 20), (3,), metadata={"images": {"n": 3}})
    writer[0] = np.zeros((24, 20), np.uint8)
    with pytest.raises(IncompleteStackError):
        writer.close()
    (part,) = tmp_path.glob("*.part")
    assert recover(part, tmp_path / "y.jpkl").n_recovered == 1
    with JPkl.load(tmp_path / "y.jpkl") as jp:
        assert jp.metadata == {"images": {"n": 3}}


def test_a_writer_that_is_killed_leaves_labels_and_intensities(tmp_path: Path) -> None:
    script = """
import os, numpy as np
from jpkl import JPklWriter
writer = JPklWriter("x.jpkl", (32, 40), (40, 2), dim_names=["time", "channel"], dtype="u2",
                    display_range=(100, 4180), labels={"nuclei": "uint16", "mask": bool})
for t in range(30):
    writer[t, 0] = writer[t, 1] = np.full((32, 40), 100 + 16 * t, np.uint16)
    if t != 7:
        writer.labels["nuclei"][t] = np.eye(32, 40, dtype=np.uint16) * (500 + t)
os._exit(9)
"""
    subprocess.run([sys.executable, "-c", script], cwd=tmp_path, check=False)
    (part,) = tmp_path.glob("*.part")
    log = part.with_name(f"{part.name}.labels")
    whole = log.read_bytes()
    assert remains(part).labels == {"nuclei": (29, 40), "mask": (0, 40)}
    report = recover(part, tmp_path / "all.jpkl")
    assert "labels 'nuclei': 29 of 30 frames recovered; the others have no object" in str(report)
    with JPkl.load(tmp_path / "all.jpkl") as jp:
        assert jp.source_dtype == np.uint16
        assert jp.intensity[0, 0, 29, 1] == pytest.approx(564, abs=0.01)
        nuclei = jp.labels["nuclei"]
        assert (nuclei.dtype, nuclei.shape) == (np.uint16, (32, 40, 30, 2))
        assert nuclei[...].max(axis=(0, 1))[:, 1].tolist() == [500 + t if t != 7 else 0 for t in range(30)]
        assert not jp.labels["mask"][...].any()

    for damaged, n_there in ((whole[:-3], 28), (whole[:40] + b"?" + whole[41:], None), (b"", None)):
        log.write_bytes(damaged)
        with nullcontext() if n_there else pytest.warns(JPklWarning, match="labels are left out"):
            report = recover(part, tmp_path / "less.jpkl")
        assert report.n_recovered == 60
        assert report.labels.get("nuclei") == (n_there and (n_there, 30))
    log.unlink()
    assert recover(part, tmp_path / "none.jpkl").labels == {}


def test_what_is_taken_off_the_stack_is_not_seen_and_not_trusted(tmp_path: Path) -> None:
    jp = JPkl(np.arange(64 * 3, dtype=np.uint16).reshape(8, 8, 3))
    jp.save(tmp_path / "x.jpkl")
    whole = (tmp_path / "x.jpkl").read_bytes()
    content = pickle.loads(whole)
    assert list(content)[:3] == ["header", "color", "jpeg_quality"]
    cut = whole[: whole.index(b"JPix")]
    (tmp_path / "cut.jpkl").write_bytes(cut)
    with JPkl.load(tmp_path / "cut.jpkl") as opened:
        assert opened.display_range is not None
        np.testing.assert_array_equal(opened.intensity[...], jp.intensity[...])
    at = cut.index(b"JPkO") + 30
    (tmp_path / "cut.jpkl").write_bytes(cut[:at] + bytes([cut[at] ^ 1]) + cut[at + 1 :])
    with JPkl.load(tmp_path / "cut.jpkl") as opened:
        assert opened.display_range is None

"""What hot operations cost, in counts that are the same on any machine: reads, bytes, decoded frames."""

from __future__ import annotations

import os
import subprocess
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jpkl import JPkl
from jpkl import _decode as decoding
from jpkl._bytes import LocalFile
from jpkl._codecs.jpeg import JpegCodec
from jpkl._encoding.encode import encode_file

PIXELS = np.random.default_rng(0).integers(0, 256, (32, 40, 30, 4)).astype(np.uint8)


class Costs:
    """What has been read of files, and decoded."""

    def __init__(self) -> None:
        self.reads: list[tuple[int, int]] = []
        self.decoded: Counter[bytes] = Counter()

    @property
    def n_bytes(self) -> int:
        return sum(count for _, count in self.reads)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    JPkl(PIXELS).save(tmp_path / "x.jpkl")
    return tmp_path / "x.jpkl"


@pytest.fixture
def costs(monkeypatch: pytest.MonkeyPatch) -> Costs:
    found = Costs()
    read_at, decode = LocalFile.read_at, JpegCodec.decode

    def counting_read(self: LocalFile, offset: int, count: int) -> bytes:
        data = read_at(self, offset, count)
        found.reads.append((offset, len(data)))
        return data

    def counting_decode(self: JpegCodec, data: bytes, *args: Any) -> Any:
        found.decoded[data] += 1
        return decode(self, data, *args)

    monkeypatch.setattr(LocalFile, "read_at", counting_read)
    monkeypatch.setattr(JpegCodec, "decode", counting_decode)
    return found


def test_opening_reads_the_beginning_and_the_index(saved: Path, costs: Costs) -> None:
    with JPkl.load(saved) as stack:
        repr(stack)
        assert len(costs.reads) < 12
        assert costs.n_bytes < 120 * 20 + 8000
        assert not costs.decoded


@pytest.mark.parametrize(
    ("key", "n_frames"),
    [(np.s_[..., 7, 2], 1), (np.s_[3, 4], 120), (np.s_[..., ::3, 1], 10), (np.s_[8:16, :, [2, 2, 5], :2], 4)],
    ids=str,
)
def test_an_index_reads_and_decodes_each_frame_once(
    saved: Path, costs: Costs, key: Any, n_frames: int
) -> None:
    with JPkl.load(saved) as stack:
        costs.reads.clear()
        stack[key]
        assert len(costs.reads) == n_frames
        assert len(set(costs.reads)) == n_frames
        assert costs.n_bytes == sum(map(len, costs.decoded))
    assert set(costs.decoded.values()) == {1}
    assert len(costs.decoded) == n_frames


def peak(action: Callable[[], object]) -> int:
    """Most memory that Python and NumPy have had at a time for something, in bytes."""
    action()  # what is made once and kept is not counted
    tracemalloc.start()
    try:
        action()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_is_for_the_result_and_little_else(saved: Path, tmp_path: Path) -> None:
    frame = PIXELS[..., 0, 0].nbytes

    def open_and_look() -> None:
        JPkl.load(saved).close()

    # Frames are decoded into the result: beside it, there are those that threads are at, and their bytes.
    with JPkl.load(saved) as stack:
        assert peak(lambda: stack[...]) < PIXELS.nbytes + (40 + 8 * (os.cpu_count() or 1)) * frame
        assert peak(lambda: stack[..., 7, 2]) < 12 * frame
        assert peak(lambda: stack[3, 4]) < (40 + 8 * (os.cpu_count() or 1)) * frame
        assert peak(lambda: stack.save(tmp_path / "copy.jpkl")) < PIXELS.nbytes
    assert peak(open_and_look) < 120 * 200 + 100_000


def test_a_copy_decodes_nothing(saved: Path, costs: Costs, tmp_path: Path) -> None:
    with JPkl.load(saved) as stack:
        stack.save(tmp_path / "copy.jpkl")
    assert not costs.decoded
    assert costs.n_bytes < 1.2 * saved.stat().st_size


def test_encoding_reads_each_pixel_once_where_the_range_is_known(tmp_path: Path) -> None:
    read: list[int] = []

    class Source:
        shape, dtype, ndim = PIXELS.shape, PIXELS.dtype, PIXELS.ndim

        def __getitem__(self, key: Any) -> Any:
            part = PIXELS[key]
            read.append(part.size)
            return part

    encode_file(Source(), tmp_path / "x.jpkl", jpeg_tables="standard")
    assert sum(read) == PIXELS.size
    read.clear()
    encode_file(Source(), tmp_path / "y.jpkl")
    assert sum(read) == PIXELS.size + 12 * 4 * PIXELS[..., 0, 0].size, "and a sample for fitted tables"


def test_a_scrub_sends_what_is_stored(saved: Path, costs: Costs) -> None:
    """The server decodes nothing; the browser does."""
    pytest.importorskip("holoviews")
    from jpkl_viewer.frames.frames import Frames
    from jpkl_viewer.tools.projection.projection import project

    with JPkl.load(saved) as stack:
        frames = Frames(stack, project)
        costs.reads.clear()
        sent = [frames.encoded((time, 1)) for time in range(30)]
        assert [bytes(data) for data in sent] == [stack.images[time, 1] for time in range(30)]
    assert len(costs.reads) == 60  # for the scrub, and for what it is compared with
    assert not costs.decoded


@pytest.mark.parametrize("form", ["frames_first", "xarray"])
def test_ndv_takes_a_stack_and_decodes_what_its_sliders_show(saved: Path, costs: Costs, form: str) -> None:
    ndv = pytest.importorskip("ndv")
    with JPkl.load(saved) as jp:
        if form == "xarray":
            pytest.importorskip("xarray")
        data = jp.to_xarray(order="frames_first") if form == "xarray" else jp.frames_first
        shown = ndv.DataWrapper.create(data)
        names = ("dim0", "dim1", "y", "x") if form == "xarray" else (0, 1, 2, 3)
        assert (shown.dims, shown.dtype) == (names, np.uint8)
        assert [len(shown.coords[name]) for name in names] == [30, 4, 32, 40]
        assert not costs.decoded
        # As its viewer asks for a plane, and for one of each channel of a composite.
        np.testing.assert_array_equal(shown.isel({0: 7, 1: slice(2, 3)})[0], jp[..., 7, 2])
        assert sum(costs.decoded.values()) == 2
        np.testing.assert_array_equal(shown.isel({0: 3})[:, 4:9], jp.frames_first[3, :, 4:9])
        assert sum(costs.decoded.values()) == 2 + 4 + 4


def test_a_scrub_sends_little_beside_the_frames(saved: Path) -> None:
    pytest.importorskip("panel")
    from jpkl_viewer.pages.direct import pack
    from jpkl_viewer.viewer import JPklViewer

    sent: list[bytes] = []
    with JPkl.load(saved) as stack:
        answers = JPklViewer(stack)._answers(True)
        for time in range(30):
            message = {"type": "want", "keys": [4 * time + 1], "source": 0, "form": "stored"}
            answers.handle(message, lambda answer: sent.append(pack(answer)))
        answers.close()
        stored = sum(len(stack.images[time, 1]) for time in range(30))
    assert len(sent) == 30
    assert stored < sum(map(len, sent)) < stored + 30 * 100


def test_a_frame_by_plain_ints_takes_no_plan(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with JPkl.load(saved) as stack:
        expected = [stack[..., np.int64(i), 1] for i in (0, 7, -1)]
        monkeypatch.setattr(decoding, "plan_index", None)
        for i, frame in zip((0, 7, -1), expected, strict=True):
            assert np.array_equal(stack[..., i, 1], frame)
            assert np.array_equal(stack.frames_first[i, 1], frame)


@pytest.mark.parametrize("arguments", [["--help"], ["info", "x.jpkl"]])
def test_commands_import_what_they_use(saved: Path, arguments: list[str]) -> None:
    script = (
        "import contextlib, sys\nfrom jpkl._cli import main\n"
        "with contextlib.suppress(SystemExit):\n    main(sys.argv[1:])\n"
        "print(*{'tqdm', 'asyncio', 'fsspec', 'tifffile', 'panel'} & set(sys.modules), file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", script, *arguments]
    done = subprocess.run(command, cwd=saved.parent, capture_output=True, text=True, check=True)
    assert "jpkl" in done.stdout
    assert done.stderr.strip() == ""

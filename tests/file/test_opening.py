from __future__ import annotations

import datetime
import gc
import http.server
import io
import os
import pickle
import signal
import stat
import struct
import subprocess
import sys
import textwrap
import threading
import time
import warnings
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from PIL import Image

from jpkl import (
    ClosedStackError,
    FormatError,
    FrameChecksumError,
    FrameError,
    IncompleteStackError,
    JPkl,
    JPklWriter,
    MetadataError,
    TruncatedFileError,
    UnsafePickleError,
    UnsupportedVersionError,
)
from jpkl._bytes import LocalFile
from jpkl._cli._main import main
from jpkl._errors import JPklWarning
from jpkl._file.opening import open_stack
from jpkl._file.schema import StackInfo
from jpkl._file.stores import FileFrames, FrameStore, MemoryFrames
from jpkl._file.trailer import FOOTER, MAGIC, SECTION_HEAD, read_trailer
from jpkl._file.writing import write_stack
from tests.data.make_golden import FOLDER, METADATA, NAMES, SHAPE, SIZES, indices, jpeg, picture, v1_dict

GOLDEN = sorted(path.name for path in FOLDER.glob("*.jpkl"))
PROTOCOLS = range(6)


def a_stack(**changes: Any) -> StackInfo:
    info = StackInfo(False, 90, SIZES, tuple(NAMES), METADATA, SHAPE)
    return replace(info, **changes)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A file as JPkl writes it, of (2, 3) frames."""
    path = tmp_path / "saved.jpkl"
    write_stack(path, a_stack(), map(jpeg, indices()))
    return path


def dumped(tmp_path: Path, fields: Any, protocol: int = 4) -> Path:
    path = tmp_path / "dumped.jpkl"
    path.write_bytes(pickle.dumps(fields, protocol))
    return path


def read_all(path: Path | str, **options: Any) -> tuple[StackInfo, list[bytes]]:
    info, store = open_stack(path, **options)
    with closing(store):
        return info, [store.read(number) for number in range(len(store))]


def without_trailer(path: Path) -> bytes:
    data = path.read_bytes()
    offset = FOOTER.unpack(data[-FOOTER.size :])[0]
    return data[:offset]


class TestGoldenFiles:
    @pytest.mark.parametrize("name", GOLDEN)
    @pytest.mark.parametrize("lazy", [True, False])
    def test_pixels(self, name: str, lazy: bool) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            info, frames = read_all(FOLDER / name, lazy=lazy)
        assert info.dim_sizes == SIZES
        assert info.dim_names == tuple(NAMES)
        assert info.color == ("rgb" in name)
        for index, frame in zip(indices(), frames, strict=True):
            expected = picture(index, info.color)
            if info.codec == "jpeg":
                pixels = np.asarray(Image.open(io.BytesIO(frame), formats=["JPEG"]))
            else:
                pixels = np.frombuffer(zlib.decompress(frame), np.uint8).reshape(SHAPE)
            assert pixels.shape == expected.shape
            tolerance = {"jpeg": 40 if info.color else 6}.get(info.codec, 0)
            assert np.abs(pixels.astype(int) - expected).max() <= tolerance

    @pytest.mark.parametrize("name", [name for name in GOLDEN if not name.startswith("numpy")])
    def test_metadata(self, name: str) -> None:
        info, _ = read_all(FOLDER / name)
        assert info.metadata == METADATA

    @pytest.mark.parametrize("protocol", PROTOCOLS)
    def test_numpy_metadata(self, protocol: int) -> None:
        info, _ = read_all(FOLDER / f"numpy_p{protocol}.jpkl")
        assert info.jpeg_quality == 90
        assert type(info.jpeg_quality) is int
        assert info.metadata["px"] == 0.1
        np.testing.assert_array_equal(info.metadata["pos"], np.arange(6.0).reshape(2, 3))

    def test_v2(self) -> None:
        info, _ = read_all(FOLDER / "saved_v2.jpkl")
        assert info.header == ("JPkl", "2")
        assert (info.codec, info.codec_options) == ("zlib-test", {"level": 6})

    @pytest.mark.parametrize("name", ["saved_gray.jpkl", "saved_rgb.jpkl"])
    def test_trailer(self, name: str) -> None:
        info, _ = read_all(FOLDER / name)
        assert info.frame_shape == SHAPE
        assert info.source_dtype == "|u1"
        np.testing.assert_array_equal(info.display_range, [[[0.0, 255.0]]])

    @pytest.mark.parametrize("name", ["saved_gray.jpkl", "saved_rgb.jpkl"])
    def test_bare_pickle_reads_what_we_save(self, name: str) -> None:
        """In a Python that cannot see jpkl or NumPy, as far as unpickling goes."""
        script = """
            import sys, io, pickle
            with open(sys.argv[1], "rb") as file:
                stack = pickle.load(file)
            assert not {"numpy", "jpkl"} & set(sys.modules), "unpickling imported something"
            keys = ["color", "dim_names", "dim_sizes", "header", "images", "jpeg_quality", "metadata"]
            assert sorted(stack) == keys, sorted(stack)
            assert stack["header"] == ("JPkl", "1")
            assert list(stack["images"]) == [(t, c) for t in range(2) for c in range(3)]
            assert [type(x) for x in (stack["dim_names"], stack["dim_sizes"])] == [list, tuple]
            from PIL import Image
            print(Image.open(io.BytesIO(stack["images"][1, 2])).size)
        """
        command = [sys.executable, "-I", "-c", textwrap.dedent(script), str(FOLDER / name)]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stderr
        assert run.stdout.strip() == "(24, 16)"


class TestRoundTrip:
    def test_everything(self, tmp_path: Path) -> None:
        path = tmp_path / "x.jpkl"
        display_range = np.array([[[0.0, 1.0], [5.0, 1e9], [-3.0, np.pi]]])
        info = a_stack(
            color=True,
            jpeg_quality=1,
            display_range=display_range,
            source_dtype="<f4",
            frame_shape=(70000, 1),
        )
        write_stack(path, info, (bytes([i]) * i for i in range(6)))
        read, frames = read_all(path)
        assert frames == [bytes([i]) * i for i in range(6)]
        np.testing.assert_array_equal(read.display_range, display_range)
        assert replace(read, display_range=None) == replace(info, display_range=None)

    @pytest.mark.parametrize(
        "sizes", [(), (1,), (300,), (2, 0), (3, 1, 2), (1, 2, 1, 300), (2, 1, 2, 1, 2, 1)]
    )
    @pytest.mark.parametrize("trailer", [True, False])
    def test_any_dims(self, sizes: tuple[int, ...], trailer: bool, tmp_path: Path) -> None:
        path = tmp_path / "x.jpkl"
        info = a_stack(dim_sizes=sizes, dim_names=tuple(f"d{i}" for i in range(len(sizes))))
        expected = [b"frame %d" % i * 20 for i in range(info.n_frames)]
        write_stack(path, info, expected)
        if not trailer:
            path.write_bytes(without_trailer(path))
        read, frames = read_all(path)
        assert (read.dim_sizes, frames) == (sizes, expected)
        assert list(pickle.loads(path.read_bytes())["images"].values()) == expected

    def test_numpy_metadata_are_written_plain(self, tmp_path: Path) -> None:
        path = tmp_path / "x.jpkl"
        write_stack(path, a_stack(metadata={"a": np.float32(0.5), "b": np.arange(3)}), map(jpeg, indices()))
        assert pickle.loads(path.read_bytes())["metadata"] == {"a": 0.5, "b": [0, 1, 2]}

    def test_refuses_metadata_that_could_not_be_loaded(self, tmp_path: Path) -> None:
        info = a_stack(metadata={"lens": [1, Fraction(1, 2)]})
        with pytest.raises(MetadataError, match=r"metadata\['lens'\]\[1\].*Fraction"):
            write_stack(tmp_path / "x.jpkl", info, map(jpeg, indices()))
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("count", [0, 5, 7])
    def test_wrong_number_of_frames(self, count: int, tmp_path: Path) -> None:
        with pytest.raises(IncompleteStackError, match="6 frames"):
            write_stack(tmp_path / "x.jpkl", a_stack(), [b"x"] * count)
        assert list(tmp_path.iterdir()) == []


class TestSchema:
    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"header": ("jpkl", "1")}, "header: .*'jpkl'"),
            ({"header": (b"JPkl", b"1")}, "header"),
            ({"header": ("JPkl", "1", "x")}, "header"),
            ({"header": None}, "header"),
            ({"color": None}, "color: .*None"),
            ({"color": 1}, "color"),
            ({"jpeg_quality": 101}, "jpeg_quality: .*101"),
            ({"jpeg_quality": True}, "jpeg_quality"),
            ({"jpeg_quality": 90.0}, "jpeg_quality"),
            ({"dim_sizes": (2.0, 3.0)}, "dim_sizes"),
            ({"dim_sizes": ("2", "3")}, "dim_sizes"),
            ({"dim_sizes": (True, 3)}, "dim_sizes"),
            ({"dim_sizes": (-2, 3)}, "dim_sizes"),
            ({"dim_sizes": 6}, "dim_sizes"),
            ({"dim_sizes": (1,) * 70}, "dim_sizes"),
            ({"dim_sizes": (0, 3)}, "frame .* outside of dim_sizes"),
            ({"dim_sizes": (1, 3)}, r"frame \(1, 0\) is outside of dim_sizes"),
            ({"dim_sizes": (2, 4)}, r"2 of 8 frames are missing, the first at \(0, 3\)"),
            ({"dim_sizes": (2, 3, 1)}, "does not have one index for each"),
            ({"dim_sizes": (10**30, 10**30)}, "frames where dim_sizes"),
            ({"dim_sizes": (2**31, 3)}, "are missing"),
            ({"dim_names": "ab"}, "dim_names"),
            ({"dim_names": [0, 1]}, "dim_names: .* int"),
            ({"dim_names": ["a", None]}, "dim_names"),
            ({"metadata": []}, "metadata"),
            ({"images": []}, "images: must be a dict"),
            ({"images": {}}, "images: 6 of 6 frames are missing"),
        ],
    )
    @pytest.mark.parametrize("protocol", [0, 2, 4])
    def test_errors_name_the_field(
        self, changes: dict[str, Any], message: str, protocol: int, tmp_path: Path
    ) -> None:
        path = dumped(tmp_path, v1_dict(**changes), protocol)
        with pytest.raises(FormatError, match=message) as caught:
            open_stack(path)
        assert str(path) in str(caught.value)

    @pytest.mark.parametrize(
        ("frames", "message"),
        [
            ({(0, 0): None}, r"frame \(0, 0\) is None, not bytes"),
            ({(0, 0): "text"}, r"frame \(0, 0\) is 'text', not bytes"),
            ({(True, 0): b"x"}, "tuple of ints"),
            ({(0.0, 1): b"x"}, "tuple of ints"),
            ({5: b"x"}, "tuple of ints, not 5"),
            ({"k": b"x"}, "tuple of ints"),
            ({(0, 7): b"x"}, r"frame \(0, 7\) is outside"),
            ({(0, -1): b"x"}, r"frame \(0, -1\) is outside"),
            ({(0, 2**70): b"x"}, "tuple of ints"),
            ({(0,): b"x"}, "does not have one index"),
        ],
    )
    @pytest.mark.parametrize("protocol", [0, 4])
    def test_frames(self, frames: dict[Any, Any], message: str, protocol: int, tmp_path: Path) -> None:
        images = {index: jpeg(index) for index in indices()}
        for index in list(frames):
            images.pop(index, None)
        with pytest.raises(FormatError, match=message):
            open_stack(dumped(tmp_path, v1_dict(images=images | frames), protocol))

    def test_a_frame_that_is_there_twice(self, tmp_path: Path) -> None:
        data = pickle.dumps(v1_dict(), 4)
        path = tmp_path / "x.jpkl"
        path.write_bytes(data.replace(b"K\x01K\x02\x86", b"K\x01K\x01\x86"))
        with pytest.raises(FormatError, match=r"frame \(1, 1\) appears twice"):
            open_stack(path)

    @pytest.mark.parametrize("name", ["header", "color", "jpeg_quality", "images", "dim_sizes", "metadata"])
    def test_missing_fields(self, name: str, tmp_path: Path) -> None:
        fields = v1_dict()
        del fields[name]
        with pytest.raises(FormatError, match=name):
            open_stack(dumped(tmp_path, fields))

    @pytest.mark.parametrize(
        ("changes", "names"),
        [
            ({"dim_names": None}, ("dim0", "dim1")),
            ({"dim_names": ["time"]}, ("time", "dim1")),
            ({"dim_names": ["time", "time"]}, ("time", "dim1")),
            ({"dim_names": ("a", "b", "c")}, ("a", "b")),
            ({"dim_sizes": list(SIZES)}, tuple(NAMES)),
            ({"dim_sizes": tuple(np.array(SIZES, np.uint8))}, tuple(NAMES)),
        ],
    )
    def test_leniency(self, changes: dict[str, Any], names: tuple[str, ...], tmp_path: Path) -> None:
        info, frames = read_all(dumped(tmp_path, v1_dict(**changes)))
        assert (info.dim_names, info.dim_sizes) == (names, SIZES)
        assert all(type(size) is int for size in info.dim_sizes)
        assert frames == [jpeg(index) for index in indices()]

    def test_names_may_be_missing(self, tmp_path: Path) -> None:
        fields = v1_dict()
        del fields["dim_names"]
        info, _ = read_all(dumped(tmp_path, fields))
        assert info.dim_names == ("dim0", "dim1")

    def test_unknown_fields_are_ignored_with_a_warning(self, tmp_path: Path) -> None:
        with pytest.warns(JPklWarning, match="'lab'"):
            read_all(dumped(tmp_path, v1_dict(lab="x")))

    @pytest.mark.parametrize("version", ["0", "3", "1.1"])
    def test_versions(self, version: str, tmp_path: Path) -> None:
        with pytest.raises(UnsupportedVersionError, match=version):
            open_stack(dumped(tmp_path, v1_dict(header=("JPkl", version))))

    @pytest.mark.parametrize("wrap", [io.BytesIO, bytearray])
    @pytest.mark.parametrize("protocol", [2, 3, 4, 5])
    def test_frames_in_other_wrappings(self, wrap: Any, protocol: int, tmp_path: Path) -> None:
        images = {index: wrap(jpeg(index)) for index in indices()}
        _, frames = read_all(dumped(tmp_path, v1_dict(images=images), protocol))
        assert frames == [jpeg(index) for index in indices()]
        assert all(type(frame) is bytes for frame in frames)

    def test_numpy_keys(self, tmp_path: Path) -> None:
        images = {tuple(np.array(index)): jpeg(index) for index in indices()}
        _, frames = read_all(dumped(tmp_path, v1_dict(images=images)))
        assert frames == [jpeg(index) for index in indices()]

    def test_frames_in_any_order_and_shared(self, tmp_path: Path) -> None:
        blank = jpeg((0, 0))
        images = dict.fromkeys(reversed(indices()), blank)
        path = dumped(tmp_path, v1_dict(images=images))
        assert path.stat().st_size < 3 * len(blank)
        assert read_all(path)[1] == [blank] * 6

    @pytest.mark.parametrize("top", [[], 5, "text", {}, None, {b"header": ("JPkl", "1")}])
    def test_other_pickles(self, top: Any, tmp_path: Path) -> None:
        with pytest.raises(FormatError, match="not a JPkl file"):
            open_stack(dumped(tmp_path, top))

    @pytest.mark.parametrize(
        ("start", "message"),
        [
            (b"\x1f\x8b\x08\x00", "gzip"),
            (b"BZh91AY&SY", "bzip2"),
            (b"PK\x03\x04\x14", "zip"),
            (b"\x93NUMPY\x01\x00", "NumPy.*jpkl encode"),
            (b"II*\x00\x08\x00", "TIFF"),
            (b"hello, this is text", "starts with b'hello"),
            (b"<!DOCTYPE html>", "web page"),
            (b"\x00" * 30, "starts with"),
        ],
    )
    def test_other_files(self, start: bytes, message: str, tmp_path: Path) -> None:
        path = tmp_path / "x.jpkl"
        path.write_bytes(start + bytes(range(256)))
        with pytest.raises(FormatError, match=message):
            open_stack(path)

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            open_stack(tmp_path / "absent.jpkl")
        with pytest.raises(IsADirectoryError):
            open_stack(tmp_path)
        with pytest.raises(IsADirectoryError):
            write_stack(tmp_path, a_stack(), map(jpeg, indices()))
        with pytest.raises(FileNotFoundError):
            write_stack(tmp_path / "absent" / "x.jpkl", a_stack(), map(jpeg, indices()))
        empty = tmp_path / "empty.jpkl"
        empty.touch()
        with pytest.raises(TruncatedFileError, match="empty"):
            open_stack(empty)


class TestAllowPickle:
    def test_more_than_plain_data(self, tmp_path: Path) -> None:
        path = dumped(tmp_path, v1_dict(metadata={"where": Path("x")}))
        with pytest.raises(UnsafePickleError, match=r"pathlib.*allow_pickle=True"):
            open_stack(path)
        info, frames = read_all(path, allow_pickle=True)
        assert info.metadata == {"where": Path("x")}
        assert frames == [jpeg(index) for index in indices()]

    def test_plain_data_need_no_trust(self, saved: Path) -> None:
        _, store = open_stack(saved, allow_pickle=True)
        assert isinstance(store, FileFrames)
        store.close()

    def test_is_checked_all_the_same(self, tmp_path: Path) -> None:
        path = dumped(tmp_path, v1_dict(metadata={"where": Path("x")}, dim_sizes=(2, 4)))
        with pytest.raises(FormatError, match="2 of 8 frames are missing"):
            open_stack(path, allow_pickle=True)


class TestTrailer:
    def test_opening_does_not_walk(self, saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        reads: list[int] = []
        read_at = LocalFile.read_at

        def counting(self: LocalFile, offset: int, count: int) -> bytes:
            reads.append(count)
            return read_at(self, offset, count)

        info = a_stack(dim_sizes=(1000, 3))
        write_stack(saved, info, [b"x" * 5000] * 3000)
        monkeypatch.setattr(LocalFile, "read_at", counting)
        _, store = open_stack(saved)
        store.close()
        assert len(reads) < 10
        assert sum(reads) < 60_000

    def test_damage_is_noticed(self, saved: Path) -> None:
        data = saved.read_bytes()
        for place in range(len(without_trailer(saved)), len(data)):
            saved.write_bytes(data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1 :])
            with pytest.warns(JPklWarning, match="index|after the end"):
                info, frames = read_all(saved)
            assert frames == [jpeg(index) for index in indices()]
            assert info.frame_shape is None

    def test_sections_that_nobody_knows_are_skipped(self, saved: Path) -> None:
        data, pickled = saved.read_bytes(), without_trailer(saved)
        block = data[len(pickled) : -FOOTER.size]
        head = SECTION_HEAD.pack(b"HEAD", block.rindex(b"}") + 1 - block.index(b"\x80\x04"))
        assert head in block
        later = SECTION_HEAD.pack(b"NEWS", 3) + b"new"
        for sections, is_whole in (
            (later, True),
            (later[:-1], False),
            (later + b"x", False),
            (b"NEWS", False),
        ):
            new = block + sections
            saved.write_bytes(pickled + new + FOOTER.pack(len(pickled), len(new), crc32(new), 1, MAGIC))
            with nullcontext() if is_whole else pytest.warns(JPklWarning, match="sections is cut off"):
                info, frames = read_all(saved)
            assert (info.frame_shape == SHAPE) == is_whole
            assert frames == [jpeg(index) for index in indices()]

    def test_of_another_pickle(self, saved: Path, tmp_path: Path) -> None:
        """Another program rewrites the pickle and leaves the trailer behind it."""
        trailer = saved.read_bytes()[len(without_trailer(saved)) :]
        images = {index: jpeg((1 - index[0], 2 - index[1])) for index in indices()}
        other = tmp_path / "other.jpkl"
        write_stack(other, a_stack(), images.values())  # as long as the first, and with the same head
        for new in (pickle.dumps(v1_dict(images=images), 4), without_trailer(other)):
            moved = trailer[: -FOOTER.size] + struct.pack("<Q", len(new)) + trailer[-FOOTER.size + 8 :]
            for stale in (trailer, moved):
                saved.write_bytes(new + stale)
                with pytest.warns(JPklWarning):
                    assert read_all(saved)[1] == list(images.values())

    def test_frames_exchanged_under_it(self, saved: Path) -> None:
        """Frames of the same length, so that only checksums notice: nothing wrong is shown."""
        write_stack(saved, a_stack(), [b"frame %d" % i for i in range(6)])
        data = saved.read_bytes()
        saved.write_bytes(data.replace(b"frame 2", b"frame X").replace(b"frame 3", b"frame 2"))
        with pytest.raises(FrameChecksumError):
            read_all(saved)

    def test_bytes_after_it(self, saved: Path) -> None:
        saved.write_bytes(saved.read_bytes() + b"garbage")
        with pytest.warns(JPklWarning):
            assert read_all(saved)[1] == [jpeg(index) for index in indices()]

    def test_bytes_after_the_pickle(self, tmp_path: Path) -> None:
        path = dumped(tmp_path, v1_dict())
        path.write_bytes(path.read_bytes() + b"garbage")
        with pytest.warns(JPklWarning, match="7 bytes after the end"):
            assert read_all(path)[1] == [jpeg(index) for index in indices()]

    def test_second_pickle(self, tmp_path: Path) -> None:
        path = dumped(tmp_path, v1_dict())
        path.write_bytes(path.read_bytes() * 2)
        with pytest.raises(FormatError, match="second pickle"):
            open_stack(path)

    def test_changed_frames_are_never_shown(self, saved: Path) -> None:
        data = bytearray(saved.read_bytes())
        data[data.rindex(b"\xff\xd9") - 20] ^= 1
        saved.write_bytes(data)
        _, store = open_stack(saved)
        assert store.read(4) == jpeg((1, 1))
        with pytest.raises(FrameChecksumError, match="CRC-32") as caught:
            store.read(5)
        assert caught.value.frame_index == (1, 2)
        assert caught.value.path == str(saved)
        store.close()
        with pytest.raises(FrameChecksumError):
            open_stack(saved, lazy=False)

    @pytest.mark.parametrize(
        "change",
        [
            {"offsets": [0, 0, 0, 0, 0, 0]},
            {"offsets": [2**61] * 6},
            {"lengths": [2**32 - 1] * 6},
            {"head_length": 10},
            {"head_length": 2**60},
            {"offset": 1},
            {"display_range": np.zeros((5, 2))},
            {"display_range": np.zeros((1, 1, 3))},
            {"frame_shape": (2**32 - 1, 2**32 - 1)},
            {"frame_shape": (60_000, 60_000)},
            {"frame_shape": (0, 5)},
            *(
                {"source_dtype": text}
                for text in ("???", "\0\0\0", "(9)", "O4O", "f8,", "V-1", "|O", "<M8[s]", "01,u1")
            ),
        ],
        ids=str,
    )
    def test_lies_with_the_right_checksum(self, change: dict[str, Any], saved: Path) -> None:
        source = LocalFile(saved)
        trailer = read_trailer(source)
        source.close()
        assert trailer is not None
        arrays: Any = {
            name: np.array(value) if isinstance(value, list) else value for name, value in change.items()
        }
        saved.write_bytes(without_trailer(saved) + replace(trailer, **arrays).pack())
        with pytest.warns(JPklWarning, match="ignored"):
            assert read_all(saved)[1] == [jpeg(index) for index in indices()]


class TestImpossibleStacks:
    """What cannot be, or takes too much memory, is refused by name before any of it is taken."""

    @pytest.mark.parametrize("size", [(0, 64), (64, 0), (60_000, 60_000)])
    def test_frames(self, size: tuple[int, int], tmp_path: Path) -> None:
        frame = bytearray(jpeg((0, 0)))
        at = frame.index(b"\xff\xc0") + 5
        frame[at : at + 4] = struct.pack(">HH", *size)
        frame += bytes(30_000_000 if min(size) else 0)  # as many as so many pixels take at least
        images = {index: bytes(frame) for index in indices()[:1]}
        path = tmp_path / "x.jpkl"
        path.write_bytes(pickle.dumps(v1_dict(dim_sizes=(1, 1), images=images), 4))
        with pytest.raises(FormatError, match=rf"{size[0]} x {size[1]} pixels"):
            JPkl.load(path)

    def test_frames_of_a_writer(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="frame_shape: 60000 x 60000 pixels"):
            JPklWriter(tmp_path / "x.jpkl", (60_000, 60_000), (2,))
        assert list(tmp_path.iterdir()) == []

    def test_dims(self, tmp_path: Path) -> None:
        stack = JPkl(np.zeros((8, 8, *(1,) * 61), np.uint8))
        with pytest.raises(ValueError, match="61 dims; a file holds up to 60"):
            stack.save(tmp_path / "x.jpkl")
        with pytest.raises(ValueError, match="61 dims"):
            JPklWriter(tmp_path / "x.jpkl", (8, 8), (1,) * 61)
        assert list(tmp_path.iterdir()) == []


class TestBrokenFiles:
    @pytest.mark.parametrize("name", ["saved_gray.jpkl", "dump_p0.jpkl", "dump_p2.jpkl", "dump_p4.jpkl"])
    def test_cut_off_anywhere(self, name: str, tmp_path: Path) -> None:
        data, path = (FOLDER / name).read_bytes(), tmp_path / "cut.jpkl"
        end = len(without_trailer(FOLDER / name)) if name.startswith("saved") else len(data)
        for length in range(0, end, 1 if name.startswith("saved") else 5):
            path.write_bytes(data[:length])
            with pytest.raises(TruncatedFileError):
                open_stack(path)
        for length in range(end + 1, len(data)):  # the pickle is whole, the trailer is not
            path.write_bytes(data[:length])
            with pytest.warns(JPklWarning):
                open_stack(path)[1].close()

    @pytest.mark.parametrize("name", ["saved_gray.jpkl", "dump_p0.jpkl", "numpy_p2.jpkl", "dump_p5.jpkl"])
    def test_flipped_bits(self, name: str, tmp_path: Path) -> None:
        data, path = (FOLDER / name).read_bytes(), tmp_path / "flipped.jpkl"
        for place in range(0, len(data), 3):
            path.write_bytes(data[:place] + bytes([data[place] ^ 1 << place % 8]) + data[place + 1 :])
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", JPklWarning)
                try:
                    read_all(path)
                except (FormatError, FrameError) as error:
                    assert error.path == str(path)  # noqa: PT017 - most flips of a frame raise nothing

    @pytest.mark.parametrize("lazy_first", [False, True])
    def test_overwritten_in_place_without_checksums(self, lazy_first: bool, tmp_path: Path) -> None:
        """Frames of the other stack, at the same places, would pass for those of this one."""
        path = tmp_path / "x.jpkl"
        data = pickle.dumps(v1_dict(), 4)
        path.write_bytes(data)
        _, store = open_stack(path)
        if lazy_first:
            assert store.read(0) == jpeg((0, 0))
        other = data.replace(jpeg((0, 0)), jpeg((0, 0))[:-2] + b"\0\0")
        with path.open("r+b") as file:
            file.write(other)
        os.utime(path, ns=(0, 10**18))  # the clock of files may be too coarse for this test
        assert path.stat().st_size == len(data)
        with pytest.raises(FormatError, match="overwritten since it was opened; load it again"):
            store.read(0)
        store.close()
        assert read_all(path)[1][0] == jpeg((0, 0))[:-2] + b"\0\0"

    def test_replaced_while_open_without_checksums(self, tmp_path: Path) -> None:
        """What was opened is still there, whatever has its name now."""
        path, other = tmp_path / "x.jpkl", tmp_path / "y.jpkl"
        path.write_bytes(pickle.dumps(v1_dict(), 4))
        _, store = open_stack(path)
        other.write_bytes(b"other")
        other.replace(path)
        assert store.read(0) == jpeg((0, 0))
        store.close()

    def test_becomes_shorter_while_open(self, saved: Path) -> None:
        _, store = open_stack(saved)
        os.truncate(saved, 500)
        with pytest.raises(FrameChecksumError, match="shorter"):
            store.read(5)
        store.close()


class TestStores:
    def test_memory(self) -> None:
        store = MemoryFrames([b"a", b"bc"])
        assert (len(store), store.nbytes, store.path, store.closed) == (2, 3, None, False)
        assert store.lengths.tolist() == [1, 2]
        assert store.read(1) == b"bc"
        for number in (-1, 2):
            with pytest.raises(IndexError):
                store.read(number)

    def test_file(self, saved: Path) -> None:
        info, store = open_stack(saved)
        frames = [jpeg(index) for index in indices()]
        assert len(store) == info.n_frames == 6
        assert store.path == str(saved)
        assert store.lengths.tolist() == [len(frame) for frame in frames]
        assert store.nbytes == sum(map(len, frames))
        for number in (-1, 6):
            with pytest.raises(IndexError):
                store.read(number)
        assert store.read(3) == frames[3]
        store.close()
        store.close()
        assert store.closed
        with pytest.raises(ClosedStackError, match=r"saved\.jpkl"):
            store.read(0)

    def test_not_lazy(self, saved: Path) -> None:
        _, store = open_stack(saved, lazy=False)
        saved.unlink()
        assert isinstance(store, MemoryFrames)
        assert store.path == str(saved)
        assert store.read(5) == jpeg((1, 2))

    @pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc")
    def test_garbage_collection_closes_the_file(self, saved: Path) -> None:
        _, store = open_stack(saved)
        opened = [link for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
        assert any(link.resolve() == saved for link in opened)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            del store
            gc.collect()
        assert not any(link.resolve() == saved for link in Path("/proc/self/fd").iterdir())

    def test_many_threads_and_a_close(self, saved: Path) -> None:
        info = a_stack(dim_sizes=(50, 3))
        write_stack(saved, info, (b"%3d" % i * 3000 for i in range(150)))
        _, store = open_stack(saved)

        def read(number: int) -> bool:
            try:
                return store.read(number) == b"%3d" % number * 3000
            except ClosedStackError:
                return True

        with ThreadPoolExecutor(8) as pool:
            results = pool.map(read, list(range(150)) * 20)
            closer = threading.Timer(0.05, store.close)
            closer.start()
            assert all(results)
            closer.join()

    def test_pickled_store_opens_its_file_again(self, saved: Path) -> None:
        _, store = open_stack(saved)
        data = pickle.dumps(store)
        copy: FrameStore = pickle.loads(data)
        store.close()
        assert copy.read(4) == jpeg((1, 1))
        copy.close()
        with pytest.raises(ClosedStackError):
            pickle.dumps(store)
        time.sleep(0.01)
        write_stack(saved, a_stack(metadata={"new": 1}), map(jpeg, indices()))
        with pytest.raises(FormatError, match="changed since"):
            pickle.loads(data)
        saved.unlink()
        with pytest.raises(FileNotFoundError):
            pickle.loads(data)

    @pytest.mark.parametrize("protocol", [0, 2])
    def test_frames_stored_as_text(self, protocol: int, tmp_path: Path) -> None:
        _, store = open_stack(dumped(tmp_path, v1_dict(), protocol))
        assert store.read(5) == jpeg((1, 2))
        copy = pickle.loads(pickle.dumps(store))
        assert copy.read(2) == jpeg((0, 2))
        copy.close()
        store.close()


class TestAtomicWrites:
    def test_errors_leave_the_old_file(self, saved: Path) -> None:
        before = saved.read_bytes()

        def broken(error: BaseException) -> Iterator[bytes]:
            yield b"first"
            raise error

        for error in (RuntimeError(), KeyboardInterrupt(), MemoryError()):
            with pytest.raises(type(error)):
                write_stack(saved, a_stack(), broken(error))
            assert list(saved.parent.iterdir()) == [saved]
            assert saved.read_bytes() == before

    @pytest.mark.skipif(os.name != "posix", reason="permissions are a POSIX matter")
    def test_permissions(self, saved: Path) -> None:
        old_mask = os.umask(0o027)
        try:
            saved.chmod(0o604)
            write_stack(saved, a_stack(), map(jpeg, indices()))
            fresh = saved.with_name("fresh.jpkl")
            write_stack(fresh, a_stack(), map(jpeg, indices()))
        finally:
            os.umask(old_mask)
        assert stat.S_IMODE(saved.stat().st_mode) == 0o604
        assert stat.S_IMODE(fresh.stat().st_mode) == 0o640

    def test_symbolic_links_stay(self, saved: Path, tmp_path: Path) -> None:
        folder = tmp_path / "elsewhere"
        folder.mkdir()
        link = folder / "link.jpkl"
        link.symlink_to(saved)
        write_stack(link, a_stack(metadata={"new": 1}), map(jpeg, indices()))
        assert link.is_symlink()
        assert read_all(saved)[0].metadata == {"new": 1}
        assert list(folder.iterdir()) == [link]

    def test_over_the_file_that_the_frames_come_from(self, saved: Path) -> None:
        info, store = open_stack(saved)
        write_stack(saved, replace(info, metadata={"n": 2}), (store.read(i) for i in range(len(store))))
        assert store.read(0) == jpeg((0, 0))
        store.close()
        assert read_all(saved)[0].metadata == {"n": 2}

    @pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
    def test_killed_at_any_moment(self, saved: Path) -> None:
        """There is the whole old or the whole new file, whenever the writer is killed."""
        script = """
            import sys
            from jpkl._file.opening import StackInfo, write_stack
            print("ready", flush=True)
            n = 0
            while True:
                n += 1
                info = StackInfo(False, 90, (40,), ("t",), {"n": n}, (8, 8))
                write_stack(sys.argv[1], info, (b"%d" % n * 20_000 for _ in range(40)))
        """
        rng = np.random.default_rng(0)
        for _ in range(6):
            command = [sys.executable, "-c", textwrap.dedent(script), str(saved)]
            with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
                assert process.stdout is not None
                process.stdout.readline()
                time.sleep(rng.uniform(0, 0.1))
                process.kill()
            info, frames = read_all(saved)
            if "n" in info.metadata:
                assert frames == [b"%d" % info.metadata["n"] * 20_000] * 40
            else:
                assert info.metadata == METADATA


class RangeHandler(http.server.BaseHTTPRequestHandler):
    """Serves one file, in parts if it is asked to."""

    path_served: Path
    served_bytes = 0

    def do_HEAD(self) -> None:
        self.answer(body=False)

    def do_GET(self) -> None:
        self.answer(body=True)

    def answer(self, *, body: bool) -> None:
        if self.path != "/stack.jpkl":
            self.send_error(404)
            return
        data = self.path_served.read_bytes()
        start, end = 0, len(data) - 1
        requested = self.headers.get("Range")
        if requested:
            first, _, last = requested.removeprefix("bytes=").partition("-")
            start, end = int(first), min(int(last or end), end)
        self.send_response(206 if requested else 200)
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(end - start + 1))
        if requested:
            self.send_header("Content-Range", f"bytes {start}-{end}/{len(data)}")
        self.end_headers()
        if body:
            self.wfile.write(data[start : end + 1])
            type(self).served_bytes += end - start + 1

    def log_message(self, *args: Any) -> None:
        """Stay silent."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    pytest.importorskip("fsspec")
    pytest.importorskip("aiohttp")
    RangeHandler.path_served = tmp_path / "served.jpkl"
    RangeHandler.served_bytes = 0
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), RangeHandler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


class TestRemote:
    def test_reads_only_what_it_needs(self, server: str) -> None:
        info = a_stack(dim_sizes=(100,), dim_names=("t",))
        write_stack(RangeHandler.path_served, info, (os.urandom(100_000) for _ in range(100)))
        read, store = open_stack(f"{server}/stack.jpkl")
        expected, local = open_stack(RangeHandler.path_served)
        assert read.dim_sizes == expected.dim_sizes
        assert store.path == f"{server}/stack.jpkl"
        assert store.read(50) == local.read(50)
        assert RangeHandler.served_bytes < 3_000_000
        local.close()
        store.close()
        with pytest.raises(ClosedStackError):
            store.read(0)

    def test_without_trailer(self, server: str) -> None:
        RangeHandler.path_served.write_bytes(pickle.dumps(v1_dict(), 4))
        assert read_all(f"{server}/stack.jpkl")[1] == [jpeg(index) for index in indices()]

    def test_absent(self, server: str, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(FileNotFoundError, match="no such file on the server"):
            open_stack(f"{server}/other.jpkl")
        assert main(["info", f"{server}/other.jpkl"]) == 2
        assert capsys.readouterr().err == (
            f"jpkl: {server}/other.jpkl: There is no such file on the server\n"
        )

    @pytest.mark.parametrize("status", [403, 500])
    def test_other_answers(self, status: int, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(RangeHandler, "answer", lambda self, body: self.send_error(status))
        with pytest.raises(OSError, match=f"{server}/stack.jpkl: .*{status}"):
            open_stack(f"{server}/stack.jpkl")

    def test_writing_is_local(self) -> None:
        with pytest.raises(ValueError, match="local paths"):
            write_stack("https://example.org/x.jpkl", a_stack(), [])


def test_datetime_metadata_survive(tmp_path: Path) -> None:
    when = datetime.datetime(
        2018, 9, 18, 1, 2, 3, 4, tzinfo=datetime.timezone(datetime.timedelta(hours=-5)), fold=1
    )
    path = tmp_path / "x.jpkl"
    write_stack(path, a_stack(metadata={"when": when}), map(jpeg, indices()))
    read = read_all(path)[0].metadata["when"]
    assert (read, read.fold, read.utcoffset()) == (when, 1, when.utcoffset())
    assert pickle.loads(path.read_bytes())["metadata"]["when"] == when


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders here")
@pytest.mark.parametrize("name", ["a.jpkl", "a.tif", "a"])
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path, name: str) -> None:
    os.mkfifo(path := tmp_path / name)
    said = subprocess.run(
        [sys.executable, "-m", "jpkl", "info", path], capture_output=True, text=True, check=False, timeout=60
    )
    assert (said.returncode, "It is a pipe" in said.stderr) == (2, True), said.stderr

"""Label images over frames: exact in every dtype, small, in files that old readers read, and not trusted."""

from __future__ import annotations

import contextlib
import json
import pickle
import tracemalloc
import warnings
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import jpkl
from jpkl import (
    ClosedStackError,
    FrameChecksumError,
    FrameDecodeError,
    FrameError,
    JPkl,
    JPklWarning,
    JPklWriter,
)
from jpkl._bytes import MemoryBytes
from jpkl._cli import main
from jpkl._export.label_stack import label_stack
from jpkl._file.labels import LabelTableError, parse_tables
from jpkl._file.trailer import FOOTER, MAGIC, SECTION_HEAD, VERSION, read_trailer
from jpkl._labels.payload import decode_payload, encode_payload, most_payload_nbytes
from jpkl._recover import recover
from jpkl.toolkit import annotate_file
from tests.conftest import shared_data

DTYPES = (bool, np.uint8, np.int8, np.uint16, np.int16, np.uint32, np.int32, np.uint64, np.int64)
NAMES = ("time", "z", "channel")


def images(*dim_sizes: int) -> NDArray[np.uint8]:
    """Frames of 40 x 48 pixels, each another."""
    rng = np.random.default_rng(1)
    return rng.integers(0, 255, (40, 48, *dim_sizes), np.uint8)


def disks(*dim_sizes: int, dtype: Any = np.uint16) -> NDArray[Any]:
    """Numbered disks that move from frame to frame, as labels of the same axes."""
    rows, columns = np.mgrid[:40, :48]
    labels = np.zeros((*dim_sizes, 40, 48), dtype)
    for number, index in enumerate(np.ndindex(dim_sizes)):
        for k in range(1, 7):
            center = (9 * k + number) % 40, (13 * k + 2 * number) % 48
            labels[index][(rows - center[0]) ** 2 + (columns - center[1]) ** 2 < 5 * k] = k * 41
    return np.moveaxis(labels, (-2, -1), (0, 1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of 3 times, 2 slices and 2 channels, whose labels are the same in both channels."""
    path = tmp_path / "stack.jpkl"
    given = {"nuclei": disks(3, 2), "Zellen": disks(3, 2, 2, dtype=np.int64) - 7}
    JPkl(images(3, 2, 2), dim_names=NAMES, labels=given).save(path)
    return path


# -- bytes of a frame ----------------------------------------------------------------------------------


@given(st.data())
def test_any_frame_of_any_dtype_comes_back_bit_by_bit(data: st.DataObject) -> None:
    dtype = np.dtype(data.draw(st.sampled_from(DTYPES)))
    shape = data.draw(st.tuples(st.integers(1, 12), st.integers(1, 12)))
    limits = (0, 1) if dtype.kind == "b" else (int(np.iinfo(dtype).min), int(np.iinfo(dtype).max))
    values = data.draw(st.lists(st.integers(*limits), min_size=1, max_size=6))
    numbers = data.draw(st.lists(st.integers(0, len(values) - 1), min_size=1, max_size=6))
    rng = np.random.default_rng(data.draw(st.integers(0, 99)))
    frame = np.array(values, dtype)[np.repeat(rng.choice(numbers, shape[0] * 12), 3)[: shape[0] * shape[1]]]
    frame = frame.reshape(shape)
    found = decode_payload(encode_payload(frame), shape, dtype)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, frame)


@given(st.binary(max_size=60), st.integers(1, 6), st.integers(1, 6))
def test_bytes_that_are_no_labels_raise_or_give_a_frame(data: bytes, height: int, width: int) -> None:
    for dtype in (np.dtype(bool), np.dtype(np.uint8), np.dtype(np.int64)):
        try:
            assert decode_payload(data, (height, width), dtype).shape == (height, width)
        except FrameDecodeError:
            continue


@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_changed_byte_raises_or_gives_a_frame(place: int, value: int) -> None:
    frame = disks()
    data = bytearray(encode_payload(frame))
    data[place % len(data)] = value
    with contextlib.suppress(FrameDecodeError):
        assert decode_payload(bytes(data), frame.shape, frame.dtype).shape == frame.shape


# -- the stack -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key", [..., (3, 4), np.s_[5:30:3, ::-1, 1], np.s_[..., [2, 0], :, 1], np.s_[-1, ..., 0]]
)
def test_labels_are_indexed_as_an_array_and_stay_so_in_a_file(path: Path, key: Any) -> None:
    expected = np.broadcast_to(disks(3, 2)[..., None], (40, 48, 3, 2, 2))
    with JPkl.load(path) as jp:
        nuclei = jp.labels["nuclei"]
        assert (nuclei.shape, nuclei.dtype, nuclei.lacks) == (expected.shape, np.uint16, ("channel",))
        np.testing.assert_array_equal(nuclei[key], expected[key])
        assert list(jp.labels) == ["nuclei", "Zellen"]
        np.testing.assert_array_equal(jp.labels["Zellen"], disks(3, 2, 2, dtype=np.int64) - 7)
        with pytest.raises(TypeError):
            jp.labels["nuclei"] = expected  # type: ignore[index]


def test_labels_of_a_closed_stack_raise_even_if_they_are_kept(path: Path) -> None:
    with JPkl.load(path) as jp:
        image = jp.labels["nuclei"]
        np.testing.assert_array_equal(image[..., 0, 0, 0], disks(3, 2)[..., 0, 0])
    with pytest.raises(ClosedStackError):
        image[..., 0, 0, 0]


def test_labels_of_rgb_and_by_axes_and_of_a_single_frame(tmp_path: Path) -> None:
    rgb = np.zeros((3, 40, 48, 3), np.uint8)
    jp = jpkl.encode(rgb, tmp_path / "rgb.jpkl", axes="TYXS", labels={"a": np.moveaxis(disks(3), 2, 0)})
    with jp:
        np.testing.assert_array_equal(jp.labels["a"], disks(3))
    square = images(3, 3)
    turned = JPkl(square, dim_names=("t", "z"), labels={"a": ("zyx", np.moveaxis(disks(3), 2, 0))})
    np.testing.assert_array_equal(turned.labels["a"], np.broadcast_to(disks(3)[:, :, None], square.shape))
    single = JPkl(images(), labels={"mask": disks() > 0})
    np.testing.assert_array_equal(single.labels["mask"], disks() > 0)


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        ({"a": disks(4, 2)}, "'a': shape 40 x 48 x 4 x 2 does not fit the images, y 40, x 48, time 3, z 3"),
        ({"a": disks(3)}, "in 2 ways"),
        ({"a": disks(3, 3) / 2}, "float64 values; labels are integers or bool"),
        ({"": disks(3, 3)}, "a name is a text"),
        ({"\ud800": disks(3, 3)}, "a name is a text"),
        ({"a": (disks(), disks())}, r"'a': of two things.* not ndarray; several arrays"),
        ({"a": ("tyx", disks(3, 3))}, "name 3 axes, but it has 4"),
        ({"a": ("qyx", disks(3))}, "'q' is not an axis of the images: time, z, channel"),
    ],
)
def test_labels_that_do_not_fit_are_refused_before_anything_is_encoded(labels: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        JPkl(images(3, 3, 2), dim_names=NAMES, labels=labels)


def test_saving_loading_annotating_and_pickling_keep_labels(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.jpkl"
    annotate_file(path, copy, pixel_size=0.2, labels={"more": disks(3, 2) > 41, "Zellen": None})
    with JPkl.load(copy) as jp, warnings.catch_warnings():
        warnings.simplefilter("error")
        assert list(jp.labels) == ["nuclei", "more"]
        np.testing.assert_array_equal(pickle.loads(pickle.dumps(jp)).labels["more"][..., 0], disks(3, 2) > 41)
        jp.with_labels({"more": disks(3, 2, 2)}).save(tmp_path / "again.jpkl")
    again = JPkl.load(tmp_path / "again.jpkl", lazy=False)
    np.testing.assert_array_equal(again.labels["more"], disks(3, 2, 2))
    np.testing.assert_array_equal(again.labels["nuclei"][..., 1], disks(3, 2))
    with pytest.raises(ValueError, match="none called 'x'; there are: nuclei, more"):
        again.with_labels({"x": None})


def test_labels_go_to_other_processes_by_themselves(path: Path) -> None:
    for jp in (JPkl.load(path), JPkl.load(path, lazy=False)):
        labels = jp.labels["nuclei"]
        sent = pickle.loads(pickle.dumps(labels))
        assert (sent.name, sent.lacks, sent.dtype) == (labels.name, labels.lacks, labels.dtype)
        np.testing.assert_array_equal(sent[..., 1], disks(3, 2))
        np.testing.assert_array_equal(
            pickle.loads(pickle.dumps(label_stack(jp, "nuclei")))[..., 1], sent[..., 1]
        )
    with JPkl.load(path) as jp:
        labels = jp.labels["nuclei"]
    with pytest.raises(ClosedStackError, match="cannot be sent to another process"):
        pickle.dumps(labels)


def test_labels_that_come_later_are_no_more_than_are_read(path: Path) -> None:
    annotate_file(path, labels={f"a{i}": disks() for i in range(62)})
    before = path.read_bytes()
    with pytest.raises(ValueError, match="65 label images; up to 64"):
        annotate_file(path, labels={"one more": disks()})
    assert path.read_bytes() == before
    with JPkl.load(path) as jp:
        assert len(jp.labels) == 64
        with pytest.raises(ValueError, match="65 label images; up to 64"):
            jp.with_labels({"one more": disks()})
        assert len(jp.with_labels({"one more": disks(), "a0": None}).labels) == 64


def test_labels_of_xarray_have_the_axes_that_they_name() -> None:
    xr = pytest.importorskip("xarray")
    square = disks(3, 2)[:, :40]
    stack = xr.DataArray(images(3, 2)[:, :40], dims=("y", "x", "time", "z"))
    turned = xr.DataArray(square, dims=("y", "x", "t", "z")).transpose("x", "z", "t", "y")
    jp = JPkl(stack, labels={"all": turned, "same": turned[:, 1], "frame": turned[:, 0, 0]})
    np.testing.assert_array_equal(jp.labels["all"], square)
    np.testing.assert_array_equal(jp.labels["same"][..., 0], square[..., 1])
    np.testing.assert_array_equal(jp.labels["frame"][..., 2, 1], square[..., 0, 0])
    unnamed = jp.with_labels({"all": xr.DataArray(square)})
    np.testing.assert_array_equal(unnamed.labels["all"], square)


def test_labels_may_be_nearly_an_array() -> None:
    class Tensor:
        shape, dtype = (40, 48), "torch.int64"

        def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
            return disks()

        def __getitem__(self, key: Any) -> Any:
            raise AssertionError("its pieces would be tensors")

    jp = JPkl(images(), labels={"tensor": Tensor(), "list": disks().tolist()})
    np.testing.assert_array_equal(jp.labels["tensor"], disks())
    np.testing.assert_array_equal(jp.labels["list"], disks())
    with pytest.raises(TypeError, match=r"labels 'a': 'a.tif' is a path"):
        JPkl(images(), labels={"a": "a.tif"})


def test_real_labels_take_at_most_five_percent() -> None:
    scipy = pytest.importorskip("scipy.ndimage")
    tifffile = pytest.importorskip("tifffile")
    stack = tifffile.imread(shared_data("images/cells3d_nuclei_zyx.tif"))
    smooth = scipy.gaussian_filter(stack.astype(float), (1, 1.5, 1.5))
    labels, n = scipy.label(smooth > smooth.mean() + smooth.std())
    jp = JPkl(stack, axes="ZYX", labels={"nuclei": labels})
    assert n > 5
    np.testing.assert_array_equal(jp.labels["nuclei"], np.moveaxis(labels, 0, 2))
    assert jp.labels["nuclei"].compressed_nbytes < 0.05 * jp.compressed_nbytes


# -- the file ------------------------------------------------------------------------------------------


def test_format_v1_stays_and_other_readers_find_a_whole_trailer(path: Path) -> None:
    top = pickle.loads(path.read_bytes())  # our own
    assert list(top) == ["header", "color", "jpeg_quality", "dim_names", "dim_sizes", "metadata", "images"]
    assert top["header"] == ("JPkl", "1")
    data = path.read_bytes()
    offset, length, checksum, version, magic = FOOTER.unpack(data[-FOOTER.size :])
    block = data[offset : offset + length]
    assert (crc32(block), version, magic, offset + length) == (
        checksum,
        VERSION,
        MAGIC,
        len(data) - FOOTER.size,
    )


def test_opening_reads_no_bytes_of_labels(path: Path) -> None:
    class Watched(MemoryBytes):
        def read_at(self, offset: int, count: int) -> bytes:
            self.spans.append((offset, offset + count))
            return super().read_at(offset, count)

    source = Watched(path.read_bytes())
    source.spans = []
    trailer = read_trailer(source)
    assert trailer is not None
    assert trailer.label_span is not None
    start, end = trailer.label_span[0], sum(trailer.label_span)
    assert end > start
    assert all(b <= start or a >= end for a, b in source.spans)


def test_a_writer_that_does_not_know_labels_carries_them_along(path: Path) -> None:
    """It copies sections in their order, and moves them: the short way to the index is then a wrong one."""
    data = path.read_bytes()
    offset, length, *_ = FOOTER.unpack(data[-FOOTER.size :])
    block = data[offset : offset + length] + SECTION_HEAD.pack(b"LATE", 3) + b"abc"
    path.write_bytes(data[:offset] + block + FOOTER.pack(offset, len(block), crc32(block), VERSION, MAGIC))
    with JPkl.load(path) as jp:
        np.testing.assert_array_equal(jp.labels["nuclei"][..., 0], disks(3, 2))


def test_damaged_labels_are_said_and_frames_are_not_touched(path: Path, capsys: Any) -> None:
    data = bytearray(path.read_bytes())
    trailer = read_trailer(MemoryBytes(bytes(data)))
    assert trailer is not None
    assert trailer.label_span is not None
    data[trailer.label_span[0] + 30] ^= 4
    path.write_bytes(data)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with JPkl.load(path) as jp:
            assert np.asarray(jp).shape == (40, 48, 3, 2, 2)
            with pytest.raises(FrameChecksumError, match="labels 'nuclei'"):
                jp.labels["nuclei"][...]
            np.testing.assert_array_equal(jp.labels["Zellen"], disks(3, 2, 2, dtype=np.int64) - 7)
    assert main(["verify", str(path)]) == 1
    assert "labels nuclei: 6 frames, 6 bad" in capsys.readouterr().out


def hostile(change: Any) -> bytes:
    """Tables of a label image of 3 frames, of which something is changed."""
    each = {"name": "a", "dtype": "<u2", "sizes": [3, 1], "group": 2} | change
    text = json.dumps({"labels": [each]}).encode()
    places = np.array([0, 10], "<u8").tobytes() + np.array([10, 10], "<u4").tobytes() + bytes(8)
    return len(text).to_bytes(4, "little") + text + places


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""}, {"name": 5}, {"name": "n" * 101}, {"name": "\ud800"},
        {"dtype": "|O8"}, {"dtype": "<f4"}, {"dtype": [1]},
        {"sizes": [3]}, {"sizes": [3, 2.0]}, {"sizes": [2, 1]}, {"sizes": [-3, 1]}, {"sizes": None},
        {"group": 0}, {"group": 17}, {"group": True}, {"group": 1},
    ],
)  # fmt: skip
def test_tables_that_cannot_be_are_refused(change: dict[str, Any]) -> None:
    source = MemoryBytes(bytes(20))
    assert len(parse_tables(hostile({}), (3, 4), (8, 8), source, (0, 20))) == 1
    with pytest.raises(LabelTableError):
        parse_tables(hostile(change), (3, 4), (8, 8), source, (0, 20))
    with pytest.raises(LabelTableError, match="not in the file"):
        parse_tables(hostile({}), (3, 4), (8, 8), source, (0, 19))


def test_tables_that_cannot_be_are_ignored_with_a_warning(path: Path) -> None:
    data = path.read_bytes().replace(b'"sizes":[3,2,1]', b'"sizes":[3,4,1]')
    offset, length, *_ = FOOTER.unpack(data[-FOOTER.size :])
    block = data[offset : offset + length]
    path.write_bytes(data[:offset] + block + FOOTER.pack(offset, length, crc32(block), VERSION, MAGIC))
    with pytest.warns(
        JPklWarning, match=r"label images in the file are ignored.*sizes \(3, 4, 1\) do not fit"
    ):
        jp = JPkl.load(path)
    with jp:
        assert not jp.labels
        assert jp.shape == (40, 48, 3, 2, 2)
        assert jp.display_range is not None


def test_a_bomb_ends_at_its_bound() -> None:
    stored = JPkl(images(), labels={"a": disks()})._info.labels[0]
    bomb = zlib.compress(bytes(50_000_000), 9)
    stored = jpkl._file.labels.replace(
        stored,
        source=MemoryBytes(bomb),
        lengths=np.array([len(bomb)]),
        checksums=np.array([crc32(bomb)], np.uint32),
    )
    with pytest.raises(FrameDecodeError, match="not the frames"):
        stored.frames(0, 30_000)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("limit", ["distinct", "extreme"])
def test_the_largest_frames_are_within_the_bound(dtype: Any, limit: str) -> None:
    dtype, rng = np.dtype(dtype), np.random.default_rng(0)
    frame = np.frombuffer(rng.bytes(90 * 100 * dtype.itemsize), dtype if dtype.kind != "b" else np.uint8)
    frame = (frame % 2 if dtype.kind == "b" else frame).astype(dtype).reshape(90, 100)
    if limit == "extreme" and dtype.kind != "b":
        info = np.iinfo(dtype)
        frame = np.where(np.arange(9000).reshape(90, 100) % 2, dtype.type(info.max), dtype.type(info.min))
    data = encode_payload(frame)
    assert len(data) <= most_payload_nbytes(frame.shape, dtype)
    np.testing.assert_array_equal(decode_payload(data, frame.shape, dtype), frame)


@pytest.mark.parametrize(("form", "dtype"), [(0, np.uint8), (1, np.uint8), (0, np.int64), (1, np.int64)])
def test_numbers_of_a_bomb_are_not_widened(form: int, dtype: Any) -> None:
    shape = (1000, 1000)
    most = most_payload_nbytes(shape, np.dtype(dtype))
    tracks = b"\x80\x80\x08" + bytes(3 * 131072) + bytes(400_000)
    tracemalloc.start()
    try:
        for data in (bytes([form, 1]) + bytes(most - 2), bytes([form, 1, 0]) + tracks):
            with pytest.raises(FrameDecodeError):
                decode_payload(data, shape, np.dtype(dtype))
        assert tracemalloc.get_traced_memory()[1] < 40e6
    finally:
        tracemalloc.stop()


def test_recover_keeps_the_labels_of_the_frames_that_are_left(path: Path, tmp_path: Path) -> None:
    data = bytearray(path.read_bytes())
    with JPkl.load(path) as jp:
        place = int(jp._store.places.offsets[9])  # type: ignore[attr-defined]
    data[place + 20] ^= 1  # the third time has a damaged frame
    path.write_bytes(data)
    with JPkl.load(path) as jp, pytest.raises(FrameError):
        np.asarray(jp)
    assert recover(path, tmp_path / "out.jpkl").dim_sizes == (2, 2, 2)
    with JPkl.load(tmp_path / "out.jpkl") as jp:
        np.testing.assert_array_equal(jp.labels["nuclei"][..., 1], disks(3, 2)[:, :, :2])


@pytest.mark.parametrize("lost", ["footer", "bytes", "tables"])
def test_recover_keeps_labels_of_a_trailer_that_is_cut_or_says_that_it_does_not(
    path: Path, tmp_path: Path, lost: str
) -> None:
    data = path.read_bytes()
    end = {"footer": len(data) - 1, "bytes": data.index(b"LBYT") + 40, "tables": data.index(b"LABL") + 30}
    path.write_bytes(data[: end[lost]])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert recover(path, tmp_path / "out.jpkl").dim_sizes == (3, 2, 2)
    assert any("the label images are left out" in str(each.message) for each in caught) == (lost != "footer")
    with JPkl.load(tmp_path / "out.jpkl") as jp:
        assert list(jp.labels) == (["nuclei", "Zellen"] if lost == "footer" else [])
        if jp.labels:
            np.testing.assert_array_equal(jp.labels["nuclei"][..., 1], disks(3, 2))


# -- the command line ----------------------------------------------------------------------------------


def test_encode_annotate_and_export_take_labels_from_files_and_give_them_back(
    tmp_path: Path, capsys: Any
) -> None:
    tifffile = pytest.importorskip("tifffile")
    stack, masks = (str(tmp_path / name) for name in ("stack.tif", "masks.tif"))
    first = np.moveaxis(images(3, 2, 2), (0, 1), (3, 4))  # TZCYX
    tifffile.imwrite(stack, first, imagej=True, metadata={"axes": "TZCYX"})
    tifffile.imwrite(masks, np.moveaxis(disks(3, 2), (0, 1), (2, 3)), imagej=True, metadata={"axes": "TZYX"})
    out = str(tmp_path / "out.jpkl")
    assert main(["encode", stack, out, "--labels", f"nuclei={masks}"]) == 0
    assert main(["info", out]) == 0
    assert "labels         nuclei (uint16, " in capsys.readouterr().out
    assert main(["annotate", out, "--labels", masks, "--remove-labels", "nuclei"]) == 0
    assert "labels 'masks': 40 x 48 x 3 x 2 x 2 uint16" in capsys.readouterr().out
    part = str(tmp_path / "part.jpkl")
    chosen = ["--select", "time=1:3,z=-1,channel=1"]
    assert main(["encode", stack, part, "--labels", f"nuclei={masks}", *chosen]) == 0
    with JPkl.load(part) as jp:
        np.testing.assert_array_equal(jp.labels["nuclei"], disks(3, 2)[..., 1:, 1])
    exported = tmp_path / "labels.ome.tif"
    assert main(["export", out, str(exported), "--labels", "masks", "--select", "time=1:3,channel=0"]) == 0
    found = tifffile.imread(exported)
    assert found.dtype == np.uint16
    np.testing.assert_array_equal(found, np.moveaxis(disks(3, 2)[:, :, 1:], (0, 1), (2, 3)))
    assert main(["export", out, str(tmp_path / "a.npy"), "--labels", "masks"]) == 0
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy")[..., 1], disks(3, 2))
    assert main(["export", out, str(tmp_path / "b.npy"), "--labels", "x"]) != 0
    assert "there are no labels 'x'; there are: masks" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("sizes", "shape", "option", "says"),
    [
        ((5,), (5, 40, 48), "a", ""),
        ((3, 2), (3, 40, 48), "a", ""),
        ((5,), (40, 48, 5), "a", ""),
        ((48,), (48, 48, 48), "a", "read as time, y, x"),
        ((48,), (48, 48, 48), "a@YXT", ""),
        ((3, 3), (3, 40, 48), "a", "in 2 ways"),
        ((3, 3), (3, 40, 48), "a@ZYX", ""),
        ((5,), (4, 40, 48), "a", "does not fit the images, time 5, y 40, x 48"),
    ],
)
def test_annotate_reads_files_without_axes_frames_first(
    tmp_path: Path, capsys: Any, sizes: tuple[int, ...], shape: tuple[int, ...], option: str, says: str
) -> None:
    height = 48 if sizes == (48,) else 40
    file, mask = tmp_path / "a.jpkl", tmp_path / "m.npy"
    JPkl(np.zeros((height, 48, *sizes), np.uint8), dim_names=NAMES[: len(sizes)]).save(file)
    given = np.arange(np.prod(shape)).reshape(shape) % 251
    np.save(mask, given)
    refused = main(["annotate", str(file), "--labels", f"{option}={mask}"]) != 0
    assert refused == ("ways" in says or "does not fit" in says)
    printed = "".join(capsys.readouterr())
    assert says in printed
    if not refused:
        assert ("names no axes" in printed) == bool(says)
        is_stack = option.endswith("@YXT") or shape == (40, 48, 5)
        first = given if is_stack else np.moveaxis(given, (-2, -1), (0, 1))
        with JPkl.load(file) as jp:
            found = np.asarray(jp.labels["a"])
            index = (..., 0, slice(None)) if option.endswith("@ZYX") else (..., 0) if len(sizes) > 1 else ...
            np.testing.assert_array_equal(found[index], first)


def test_verify_prints_names_of_labels_without_control_characters(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "a.jpkl"
    JPkl(images(), labels={"a\x1b[2J\nb": disks()}).save(path)
    assert main(["verify", str(path)]) == 0
    assert "labels a\\x1b[2J b: 1 frame, all good\n" in capsys.readouterr().out


# -- JPklWriter ----------------------------------------------------------------------------------------


def test_a_writer_takes_labels_in_any_order_and_leaves_blank_what_does_not_come(tmp_path: Path) -> None:
    expected, path = np.array(disks(3, 2)), tmp_path / "a.jpkl"
    expected[..., 1, 0] = 0
    names, sizes = ("time", "z", "channel"), (3, 2, 2)
    with JPklWriter(path, (40, 48), sizes, dim_names=names, labels={"nuclei": "u2", "mask": bool}) as writer:
        labels = writer.labels["nuclei"]
        labels[2] = np.moveaxis(expected[..., 2, :], -1, 0).astype(int)
        with ThreadPoolExecutor(3) as pool:
            list(
                pool.map(
                    lambda index: labels.__setitem__(index, expected[:, :, *index]), [(0, 1), (1, 1), (0, 0)]
                )
            )
        writer[...] = np.moveaxis(images(*sizes), (0, 1), (-2, -1))
        for index, wrong, says in (
            ((2, 0), expected[..., 2, 0], r"written before"),
            ((1, 0), expected[:5, :, 1, 0], r"shape \(5, 48\), where the index takes \(40, 48\)"),
            ((1, 0), expected[..., 1, 1] - np.int64(1), "from -1 to 245, which uint16 does not hold"),
            ((1, 0), expected[..., 1, 1] / 2, "labels are integers or bool"),
        ):
            with pytest.raises(FrameError, match=says):
                labels[index] = wrong
    with pytest.raises(ClosedStackError):
        labels[1, 0] = expected[..., 1, 1]
    with JPkl.load(path) as jp:
        assert set(jp.labels) == {"nuclei", "mask"}
        np.testing.assert_array_equal(jp.labels["nuclei"][..., 1], expected)
        assert jp.labels["mask"].dtype == bool
        assert not np.any(jp.labels["mask"])
    with pytest.raises(ValueError, match="float64 values"):
        JPklWriter(tmp_path / "b.jpkl", (40, 48), (3,), labels={"nuclei": float})

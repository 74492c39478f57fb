"""Stacks of exact values: dtype, indices, files and all doors to other tools."""

from __future__ import annotations

import json
import pickle
import struct
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import jpkl
from jpkl import FrameDecodeError, JPkl, JPklWriter, MissingDependencyError
from jpkl._bytes import open_bytes
from jpkl._cli._main import main
from jpkl._codecs.imagecodecs import library
from jpkl._codecs.packing import Packing
from jpkl._codecs.registry import get_codec
from jpkl._file.opening import open_by_walking
from jpkl._napari import read_layers
from jpkl.testing import picture
from jpkl.toolkit import displayed

DTYPES = ["?", "u1", "i1", "u2", ">u2", "i2", "u4", "i4", "i8", "u8"]


def values(dtype: str, dims: tuple[int, ...] = (3, 2)) -> NDArray[Any]:
    """A stack that has the lowest and the highest value of a dtype, shape (24, 17, *dims)."""
    rng = np.random.default_rng(0)
    if dtype == "?":
        return rng.integers(0, 2, (24, 17, *dims)).astype(bool)
    limits = np.iinfo(dtype)
    made = rng.integers(
        limits.min, limits.max, (24, 17, *dims), np.dtype(dtype).newbyteorder("="), endpoint=True
    )
    made.flat[:2] = limits.min, limits.max
    return made.astype(dtype)


@pytest.fixture
def deep() -> NDArray[np.uint16]:
    """Two channels of 12 bits, whose ranges differ."""
    rng = np.random.default_rng(1)
    return (rng.integers(200, 4000, (24, 17, 3, 2)) * (1, 3)).astype(np.uint16)


@pytest.fixture
def saved(deep: NDArray[np.uint16], tmp_path: Path) -> Path:
    path = tmp_path / "deep.jpkl"
    JPkl(deep, dim_names=("time", "channel"), lossless=True).save(path)
    return path


@pytest.mark.parametrize("dtype", DTYPES)
def test_values_are_kept_bit_by_bit(dtype: str, tmp_path: Path) -> None:
    array = values(dtype)
    JPkl(array, lossless=True).save(tmp_path / "exact.jpkl")
    with JPkl.load(tmp_path / "exact.jpkl") as jp:
        assert jp.dtype == np.dtype(dtype).newbyteorder("=")
        assert jp.nbytes == array.nbytes
        assert jp.is_exact
        np.testing.assert_array_equal(np.asarray(jp), array)
        np.testing.assert_array_equal(jp[3:9, ::-2, [2, 0], 1], array[3:9, ::-2, [2, 0], 1])
        np.testing.assert_array_equal(jp.frames_first[1], np.moveaxis(array, (0, 1), (2, 3))[1])
        assert jp[4, 5, 1, 1] == array[4, 5, 1, 1]
        assert jp.decode(scale=4).dtype == jp.dtype


@pytest.mark.parametrize("dtype", DTYPES)
def test_packing_is_undone(dtype: str) -> None:
    image = np.ascontiguousarray(values(dtype)[..., 0, 0])
    packed = Packing(dtype).pack(image)
    assert packed.dtype in (np.uint8, np.uint16)
    np.testing.assert_array_equal(Packing(dtype).unpack(packed), image)


def test_intensities_are_the_values(saved: Path, deep: NDArray[np.uint16]) -> None:
    with JPkl.load(saved) as jp:
        assert jp.intensity[...].dtype == np.float32
        np.testing.assert_array_equal(jp.intensity[...], deep)
        assert jp.display_range is not None
        assert jp.header == ("JPkl", "2")
    wide = values("i4")
    assert np.array_equal(JPkl(wide, lossless=True).intensity[2:], wide[2:])


def test_uint8_is_kept_whatever_the_display_range(tmp_path: Path) -> None:
    array = np.stack([picture((24, 17))] * 3, axis=-1)
    jp = JPkl(array, lossless=True, display_range=(50, 100))
    np.testing.assert_array_equal(np.asarray(jp), array)
    np.testing.assert_array_equal(jp.intensity[...], array)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"images": np.zeros((8, 8, 2))}, "lossless frames hold bool or integers, not float64"),
        ({"images": np.zeros((8, 8, 2), np.uint16), "codec": "webp"}, "holds 8 bits, too few for uint16"),
        ({"images": np.zeros((8, 8, 2), np.uint8), "codec": "avif"}, "'avif' is not lossless"),
        ({"images": np.zeros((8, 8, 3, 2), np.uint16), "color": True}, "jpkl\\[codecs\\]"),
        ({"images": np.zeros((8, 8, 2), np.uint16), "codec": get_codec("png")}, "name the codec"),
    ],
)
def test_refuses_what_it_cannot_keep(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        JPkl(arguments.pop("images"), lossless=True, **arguments)


def test_masked_pixels_are_zero(deep: NDArray[np.uint16]) -> None:
    masked = np.ma.masked_greater(deep, 5000)
    np.testing.assert_array_equal(np.asarray(JPkl(masked, lossless=True)), masked.filled(0))


def test_interleaved_files_are_spooled_with_their_values(deep: NDArray[np.uint16], tmp_path: Path) -> None:
    np.save(tmp_path / "deep.npy", np.ascontiguousarray(deep))
    jp = JPkl(np.load(tmp_path / "deep.npy", mmap_mode="r"), lossless=True)
    np.testing.assert_array_equal(np.asarray(jp), deep)


def test_writer_keeps_what_it_gets(deep: NDArray[np.uint16], tmp_path: Path) -> None:
    path = tmp_path / "written.jpkl"
    with JPklWriter(
        path, (24, 17), (3, 2), dtype=np.uint16, lossless=True, display_range=(0, 9000)
    ) as writer:
        with pytest.raises(ValueError, match="float64"):
            writer[0, 0] = deep[..., 0, 0] / 2
        for index in np.ndindex(3, 2):
            writer[index] = deep[(..., *index)]
    with JPkl.load(path) as jp:
        np.testing.assert_array_equal(np.asarray(jp), deep)


def test_what_is_displayed_goes_through_the_display_range(saved: Path, deep: NDArray[np.uint16]) -> None:
    with JPkl.load(saved) as jp:
        shown = displayed(jp)
        assert (shown.dtype, shown.nbytes) == (np.uint8, deep.size)
        for c in range(2):
            low, high = (float(end) for end in (deep[..., c].min(), deep[..., c].max()))
            expected = np.rint((deep[..., c] - low) * 255 / (high - low))
            assert np.abs(shown[..., c] - expected).max() <= 1
        assert np.abs(shown.intensity[...] - deep).max() <= 12000 / 255
        cached = shown.with_cache(10**6)
        np.testing.assert_array_equal(cached[..., 1, 1], shown[..., 1, 1])
        assert cached.frame((1, 1)).dtype == np.uint8


def test_what_is_displayed_is_what_a_decode_slice_of_its_own_gives(saved: Path) -> None:
    class Dark(JPkl):
        def decode_slice(self, data: bytes) -> NDArray[np.uint16]:
            return np.zeros(self.frame_shape, np.uint16)

    with Dark.load(saved) as jp:
        for shown in (displayed(jp), displayed(jp).with_cache(10**6)):
            assert shown[...].max() == shown.frame((0, 0)).max() == shown.decode(scale=2).max() == 0


def test_without_a_trailer_the_range_is_sampled(
    saved: Path, deep: NDArray[np.uint16], tmp_path: Path
) -> None:
    data = saved.read_bytes()
    bare = tmp_path / "bare.jpkl"
    bare.write_bytes(data[: data.rindex(b"s.JPix") + 2])
    with JPkl.load(bare) as jp:
        np.testing.assert_array_equal(np.asarray(jp), deep)
        shown = displayed(jp)
        assert [int(shown[..., c].max()) for c in range(2)] == [255, 255]


def test_original_reader_refuses_it(saved: Path) -> None:
    """The header of version 2 is what readers of version 1 look at first."""
    content = pickle.loads(saved.read_bytes())
    assert content["header"] == ("JPkl", "2")
    assert (content["codec"], content["codec_options"]) == ("png", {"dtype": "<u2"})


def test_other_tools_get_the_values(saved: Path, deep: NDArray[np.uint16]) -> None:
    with JPkl.load(saved) as jp:
        lazy = jp.to_xarray()
        assert lazy.dtype == np.uint16
        np.testing.assert_array_equal(lazy.transpose("time", "channel", "y", "x")[1, 0], deep[..., 1, 0])
        chunked = lazy.chunk()
        assert chunked.data.dtype == np.uint16
        np.testing.assert_array_equal(chunked.isel(time=2).values, deep[:, :, 2])
        np.testing.assert_array_equal(np.asarray(JPkl.from_xarray(lazy, lossless=True)), deep)
    layers = read_layers(str(saved))
    assert [layer[0].dtype for layer in layers] == [np.uint16, np.uint16]
    limits = [layer[1]["contrast_limits"] for layer in layers]
    assert limits[0][1] == deep[..., 0].max()


def test_commands_know_it(saved: Path, deep: NDArray[np.uint16], tmp_path: Path, capsys: Any) -> None:
    tiff, npy = tmp_path / "deep.tif", tmp_path / "deep.npy"
    assert main(["info", str(saved), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["codec"], facts["dtype"]) == ("png", "uint16")
    assert main(["verify", str(saved)]) == 0
    assert main(["export", str(saved), str(npy)]) == 0
    np.testing.assert_array_equal(np.load(npy), deep)
    assert "6 frames, uint16" in capsys.readouterr().out
    assert main(["export", str(saved), str(tiff)]) == 0
    encoded = tmp_path / "again.jpkl"
    assert main(["encode", str(tiff), str(encoded), "--codec", "jpeg2000", "--lossless"]) == 0
    with jpkl.open(encoded) as jp:
        assert jp.codec == "jpeg2000"
        np.testing.assert_array_equal(np.asarray(jp), deep)
    capsys.readouterr()
    assert main(["verify", str(encoded), "--against", str(tiff)]) == 0
    assert "PSNR: lowest no loss, " in capsys.readouterr().out
    with jpkl.open(tiff, lossless=True) as jp:
        np.testing.assert_array_equal(np.asarray(jp), deep)


def test_a_cut_off_file_is_recovered(saved: Path, deep: NDArray[np.uint16], tmp_path: Path) -> None:
    with closing(open_bytes(saved)) as source:
        end = int(open_by_walking(source)[1].places.offsets[3])
    cut = tmp_path / "cut.jpkl"
    cut.write_bytes(saved.read_bytes()[: end + 20])
    assert main(["recover", str(cut), str(tmp_path / "good.jpkl")]) == 0
    with JPkl.load(tmp_path / "good.jpkl") as jp:
        assert jp.dtype == np.uint16
        np.testing.assert_array_equal(np.asarray(jp), deep[:, :, : jp.dim_sizes[0]])


@pytest.mark.parametrize("missing", ["jpegxl", "jpegls", "htj2k"])
def test_the_extra_is_named(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    library.cache_clear()
    monkeypatch.setitem(sys.modules, "imagecodecs", None)
    with pytest.raises(MissingDependencyError, match="jpkl\\[codecs\\]"):
        JPkl(np.zeros((8, 8, 2), np.uint16), codec=missing, lossless=True)
    library.cache_clear()


def test_bombs_are_refused_before_they_are_decoded() -> None:
    """Sizes that the header declares are compared before there is room for a pixel."""
    image = picture((16, 24))
    for name, at, form in (("png", 16, ">II"), ("webp", 26, "<HH"), ("jpeg2000", 8, ">II")):
        codec = get_codec(name)
        data = bytearray(codec.encode(image))
        struct.pack_into(form, data, at, 16000, 16000)
        with pytest.raises(FrameDecodeError, match=r"where the stack has|broken"):
            codec.decode(bytes(data), (16, 24))


def test_avif_whose_parts_disagree_is_refused() -> None:
    codec = get_codec("avif")
    data = bytearray(codec.encode(picture((16, 24))))
    at = data.index(b"ispe") + 8
    assert struct.unpack_from(">II", data, at) == (24, 16)
    struct.pack_into(">II", data, at, 48, 32)
    with pytest.raises(FrameDecodeError, match="another size"):
        codec.decode(bytes(data), (32, 48))


@pytest.mark.parametrize("value", [2**64 - 1, 2**63 - 1, -(2**63), 0])
def test_means_of_long_integers_are_exact(value: int) -> None:
    dtype = np.uint64 if value >= 2**63 else np.int64
    stack = JPkl(np.full((9, 11), value, dtype), lossless=True)
    for scale in (2, 4, 8):
        assert np.unique(stack.decode(..., scale=scale)).tolist() == [value]


def test_means_of_long_integers_are_those_of_whole_numbers() -> None:
    image = values("i8", ())
    found = JPkl(image, lossless=True).decode(..., scale=4)
    blocks = [
        [image[y : y + 4, x : x + 4].ravel().tolist() for x in range(0, 17, 4)] for y in range(0, 24, 4)
    ]
    assert found.tolist() == [[(sum(b) + len(b) // 2) // len(b) for b in row] for row in blocks]

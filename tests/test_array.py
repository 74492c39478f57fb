from __future__ import annotations

import copy
import io
import pickle
import subprocess
import sys
import threading
import tracemalloc
import zlib
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

import jpkl
from jpkl import ClosedStackError, FormatError, FrameDecodeError, FrameEncodeError, JPkl, JPklWarning
from jpkl._codecs.jpeg import JpegCodec
from jpkl._recover import recover
from jpkl.testing import picture
from tests.codecs.zlib_codec import ZlibCodec
from tests.conftest import replace_frame
from tests.data.make_golden import v1_dict
from tests.strategies import keys, stacks


class CountingCodec(ZlibCodec):
    """Counts how often each frame is decoded."""

    name = "test-counting"

    def __init__(self) -> None:
        self.decoded: Counter[bytes] = Counter()
        self._lock = threading.Lock()

    def decode(
        self, data: bytes, shape: tuple[int, ...], out: NDArray[np.uint8] | None = None
    ) -> NDArray[np.uint8]:
        with self._lock:
            self.decoded[data] += 1
        return super().decode(data, shape, out)


def numbered_stack(dims: tuple[int, ...], codec: Any = None) -> JPkl:
    """A lossless stack whose frames all differ."""
    n = int(np.prod(dims))
    images = np.arange(n, dtype=np.uint8) + np.zeros((6, 5, 1), np.uint8)
    images[0, 0, :] = 255
    # Measuring fidelity decodes frames, and decoding is counted.
    return JPkl(images.reshape(6, 5, *dims), codec=codec or ZlibCodec(), fidelity=None)


# -- indexing ------------------------------------------------------------------------------------------


@settings(max_examples=150)
@given(data=st.data())
def test_indexing_equals_numpy(data: st.DataObject) -> None:
    array, color = data.draw(stacks())
    stack: Any = JPkl(array, color=color)
    decoded = np.asarray(stack)
    if data.draw(st.booleans()):
        n_frame_axes = 2 + color
        decoded = np.moveaxis(decoded, range(n_frame_axes), range(-n_frame_axes, 0))
        stack = stack.frames_first
    key = data.draw(keys(decoded.shape))
    try:
        expected = decoded[key]
    except Exception as error:
        with pytest.raises(type(error)):
            stack[key]
        return
    actual = stack[key]
    assert type(actual) is type(expected)
    assert (actual.shape, actual.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_array_equal(actual, expected)
    if isinstance(actual, np.ndarray):
        actual[...] = 1  # writable, and not a view of anything that the next line sees
        np.testing.assert_array_equal(stack[key], expected)


@pytest.mark.parametrize(
    ("key", "touched"),
    [
        (np.s_[...], range(12)),
        (np.s_[..., 1, 2], [6]),
        (np.s_[0, 0, 1], [4, 5, 6, 7]),
        (np.s_[:, :, ::-2, 3], [3, 11]),
        (np.s_[2:4, [0, 1], [2, 0]], [8, 9, 10, 11, 0, 1, 2, 3]),
        (np.s_[:, :, [0, 2, 0], [1, 1, 1]], [1, 9]),
        (np.s_[:, :, np.eye(3, 4, dtype=bool)], [0, 5, 10]),
        (np.s_[np.ones((6, 5), bool), 2, 0], [8]),
        (np.s_[3:3], []),
        (np.s_[:, :, :0], []),
        (np.s_[..., None, 0], [0, 4, 8]),
    ],
)
def test_only_touched_frames_are_decoded_each_once(key: Any, touched: Any) -> None:
    codec = CountingCodec()
    stack = numbered_stack((3, 4), codec)
    stack[key]
    frames = list(stack.images.values())
    assert codec.decoded == Counter(frames[number] for number in touched)


@pytest.mark.parametrize(
    ("key", "touched"),
    [
        (np.s_[...], range(12)),
        (np.s_[1, 2], [6]),
        (np.s_[..., 0, 0], range(12)),
        (np.s_[::-2, 3, 2:4], [3, 11]),
        (np.s_[[2, 0, 2], :, [0, 1, 0]], [0, 1, 2, 3, 8, 9, 10, 11]),
    ],
)
def test_frames_first_decodes_only_what_is_touched_each_once(key: Any, touched: Any) -> None:
    codec = CountingCodec()
    stack = numbered_stack((3, 4), codec)
    stack.frames_first[key]
    frames = list(stack.images.values())
    assert codec.decoded == Counter(frames[number] for number in touched)


def test_frames_first_is_an_array_like() -> None:
    images = np.arange(4 * 5 * 3 * 2 * 3, dtype=np.uint8).reshape(4, 5, 3, 2, 3)
    stack = JPkl(images, color=True, codec=ZlibCodec())
    first = stack.frames_first
    expected = images.transpose(3, 4, 0, 1, 2)
    assert (first.shape, first.ndim, first.size, first.nbytes) == (expected.shape, 5, 360, 360)
    assert (first.dtype, len(first), first.chunks) == (np.uint8, 2, (1, 1, 4, 5, 3))
    assert stack.chunks == (4, 5, 3, 1, 1)
    np.testing.assert_array_equal(np.asarray(first, np.float32), expected)
    np.testing.assert_array_equal(np.stack(list(first)), expected)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(first))[1], expected[1])
    assert repr(first).startswith("<frames first (2, 3, 4, 5, 3) of <JPkl")
    with pytest.raises(TypeError, match="immutable"):
        first[0] = 1
    with pytest.raises(ValueError, match="without a copy"):
        np.asarray(first, copy=False)


@pytest.mark.parametrize("form", [lambda stack: stack, lambda stack: stack.frames_first])
def test_a_value_is_looked_for_frame_by_frame_until_it_is_found(form: Any) -> None:
    codec = CountingCodec()
    stack = numbered_stack((3, 4), codec)  # whose frames hold their numbers
    assert 2 in form(stack)
    assert codec.decoded.total() == 3
    assert 12 not in form(stack)
    assert codec.decoded.total() == 3 + 12


def test_what_is_in_a_stack_is_what_is_in_its_array() -> None:
    images = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)
    stack = JPkl(images, codec=ZlibCodec(), labels={"a": images.astype(np.uint16)})
    forms = (stack, stack.frames_first, stack.intensity, stack.labels["a"])
    # Not -1: NumPy 2.0.0 crashes where it compares unsigned numbers with an int beyond their range.
    for form in forms:
        pixels = np.asarray(form)
        for value in (0, 59, 60, -1.0, 3.0, np.uint8(7), np.nan, "a", None, pixels[1], pixels[:, 1:2] + 60):
            assert (value in form) == (value in pixels), value
    with pytest.raises(ValueError, match="broadcast"):
        np.zeros(7) in stack  # noqa: B015


def test_iterating_over_frames_first_decodes_each_frame_once_when_its_turn_comes() -> None:
    codec = CountingCodec()
    rows = iter(numbered_stack((3, 4), codec).frames_first)
    next(rows)
    assert codec.decoded.total() == 4
    assert len(list(rows)) == 2
    assert set(codec.decoded.values()) == {1}
    assert [row.shape for row in JPkl(np.zeros((2, 3), np.uint8)).frames_first] == [(3,), (3,)]


@pytest.mark.parametrize("frames_first", [False, True])
def test_a_mask_of_all_values_decodes_what_it_touches_within_bounded_memory(frames_first: bool) -> None:
    codec = CountingCodec()
    images = np.random.default_rng(4).integers(0, 256, (400, 500, 3, 4), np.uint8)
    stack = JPkl(images, codec=codec)
    array, pixels = (
        (stack.frames_first, np.moveaxis(images, (0, 1), (2, 3))) if frames_first else (stack, images)
    )
    mask = np.moveaxis(images, (0, 1), (2, 3)) > 10 if frames_first else images > 10
    mask[(slice(None), 1) if frames_first else (..., 1)] = False
    expected = pixels[mask]
    codec.decoded.clear()
    tracemalloc.start()
    try:
        found = array[mask]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    np.testing.assert_array_equal(found, expected)
    assert sorted(codec.decoded.values()) == [1] * 9
    assert peak < 4 * images.size  # an index for each value takes 8 bytes and more
    np.testing.assert_array_equal(array[..., np.zeros_like(mask)], [])


def test_the_readme_example_of_2018_runs() -> None:
    stack = JPkl(np.zeros((64, 64, 20, 3, 2)))
    assert stack[16:32:2, :, 4, ...].shape == (8, 64, 3, 2)
    assert (stack.shape, stack.ndim, stack.size) == ((64, 64, 20, 3, 2), 5, 64 * 64 * 120)
    assert not np.asarray(stack).any()


def test_parallel_reads_give_the_same_pixels() -> None:
    images = np.random.default_rng(1).integers(0, 255, (100, 80, 130), np.uint8)
    stack = JPkl(images, codec=ZlibCodec(), workers=3)
    np.testing.assert_array_equal(np.asarray(stack), images)
    np.testing.assert_array_equal(stack[10:90, ::-1, ::2], images[10:90, ::-1, ::2])
    again = np.r_[5, 5, 129, 0:40]
    np.testing.assert_array_equal(stack[..., again], images[..., again])


def test_zero_dims_and_single_pixels() -> None:
    stack = JPkl(np.full((1, 1), 7, np.uint8))
    assert stack.shape == (1, 1)
    assert list(stack.images) == [()]
    assert stack[0, 0] == 7
    assert stack.frame(()).tolist() == [[7]]


def test_dims_of_length_zero() -> None:
    stack = JPkl(np.zeros((4, 5, 0, 3), np.uint8))
    assert stack[...].shape == (4, 5, 0, 3)
    assert stack[np.ones(stack.shape, bool)].shape == (0,)
    assert stack.frames_first[..., :1].shape == (0, 3, 4, 1)
    assert len(stack.images) == 0
    assert "no frames" in repr(stack)


# -- like an array -------------------------------------------------------------------------------------


def test_array_protocol() -> None:
    stack = numbered_stack((3,))
    assert np.asarray(stack).dtype == np.uint8
    assert np.asarray(stack, dtype=float).dtype == float
    assert np.mean(stack) == np.asarray(stack).mean()
    assert len(stack) == 6
    assert [row.shape for row in stack] == [(5, 3)] * 6
    with pytest.raises(ValueError, match="copy"):
        np.array(stack, copy=False)


def test_immutable() -> None:
    stack = numbered_stack((3,))
    with pytest.raises(TypeError, match="immutable"):
        stack[0] = 1  # type: ignore[index]
    with pytest.raises(TypeError):
        stack.images[0,] = b""  # type: ignore[index]
    with pytest.raises(AttributeError):
        stack.shape = (1,)  # type: ignore[misc]


def test_images_is_a_mapping_of_pillow_readable_bytes() -> None:
    images = np.stack([picture((16, 24)), picture((16, 24)) // 2], axis=-1)
    stack = JPkl(images)
    assert list(stack.images) == [(0,), (1,)]
    assert (1,) in stack.images
    for missing in [(2,), (-1,), (0, 0), 0, "a"]:
        assert missing not in stack.images
    decoded = np.asarray(Image.open(io.BytesIO(stack.images[1,])))
    np.testing.assert_array_equal(decoded, stack[..., 1])


def test_attributes() -> None:
    stack = JPkl(
        np.zeros((8, 6, 3, 4, 2), np.uint16),
        color=True,
        jpeg_quality=75,
        dim_names=["time", "z"],
        metadata={"note": "x"},
    )
    assert stack.shape == (8, 6, 3, 4, 2)
    assert stack.frame_shape == (8, 6, 3)
    assert (stack.ndim, stack.size, stack.nbytes) == (5, 1152, 1152)
    assert stack.dtype == np.uint8
    assert stack.source_dtype == np.uint16
    assert stack.header == ("JPkl", "1")
    assert (stack.color, stack.jpeg_quality, stack.codec) == (True, 75, "jpeg")
    assert (stack.dim_names, stack.dim_sizes) == (("time", "z"), (4, 2))
    assert stack.metadata == {"note": "x"}
    assert stack.compressed_nbytes == sum(map(len, stack.images.values()))
    assert stack.path is None


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"metadata": 5}, "metadata must be a dict"),
        ({"metadata": ["a"]}, "metadata must be a dict"),
        ({"axes": 5}, "axes must be letters"),
        ({"axes": ("y", "x", 5)}, "axes must be letters"),
        ({"workers": "2"}, "workers must be an int"),
    ],
)
def test_arguments_of_another_type_are_named(options: dict[str, Any], says: str) -> None:
    with pytest.raises(TypeError, match=says):
        JPkl(np.zeros((8, 8, 2), np.uint8), **options)


def test_the_users_metadata_are_copied() -> None:
    metadata = {"list": [1]}
    stack = JPkl(np.zeros((4, 4)), metadata=metadata)
    metadata["list"].append(2)
    assert stack.metadata == {"list": [1]}


def test_repr_names_shape_dims_size_and_ratio() -> None:
    stack = JPkl(np.zeros((64, 48, 10), np.uint16), dim_names=["time"])
    assert repr(stack).startswith("<JPkl 64 x 48 gray, time 10, ")
    assert "times smaller" in repr(stack)


def test_repr_html_shows_thumbnails_and_escapes_names() -> None:
    stack = JPkl(np.zeros((64, 48, 10), np.uint16), dim_names=["<script>"])
    html = stack._repr_html_()
    assert html.count("<img") == 6
    assert "<script>" not in html
    assert "64 x 48" in html


def test_thumbnails_have_pixels_of_the_shape_in_the_specimen() -> None:
    stack = JPkl(np.zeros((30, 60, 2), np.uint8), metadata={"pixel_size": (4, 1)})
    assert "width:60px;aspect-ratio:0.5;" in stack._repr_html_()
    stack = JPkl(np.zeros((300, 60, 2), np.uint8))
    assert "width:26px;aspect-ratio:0.2;" in stack._repr_html_()


def test_repr_html_survives_a_broken_frame() -> None:
    stack = replace_frame(numbered_stack((3,), JpegCodec()), (2,), b"broken")
    html = stack._repr_html_()
    assert html.count("<img") == 2
    assert "(2,)" in html


# -- decoding at another scale, and in original units --------------------------------------------------


def test_decode_scaled_and_overview() -> None:
    images = np.stack([picture((100, 60))] * 3, axis=-1)
    stack = JPkl(images)
    half = stack.decode(scale=2)
    assert half.shape == (50, 30, 3)
    means = images.reshape(50, 2, 30, 2, 3).mean(axis=(1, 3))
    assert np.abs(half - means).mean() < 2
    assert stack.decode((..., 1), scale=4).shape == (25, 15)
    assert stack.decode().shape == stack.shape
    assert stack.overview(25).shape == (25, 15, 3)
    assert max(stack.overview(5).shape[:2]) <= 5
    assert stack.overview(1000).shape == stack.shape
    with pytest.raises(ValueError, match="scale"):
        stack.decode(scale=3)


def test_intensity_is_an_array_of_other_numbers() -> None:
    intensity = JPkl(picture((32, 24)) * 10.0, jpeg_quality=100).intensity
    assert (intensity.shape, intensity.ndim, len(intensity), intensity.dtype) == ((32, 24), 2, 32, np.float32)
    np.testing.assert_array_equal(np.asarray(intensity), intensity[...])
    assert np.mean(intensity, axis=0).shape == (24,)
    large = JPkl(
        picture((32, 24)) + 2.0**40, codec=ZlibCodec()
    ).intensity  # which float32 has in steps of 2^17
    assert large.dtype == large[...].dtype == np.float64
    assert len(np.unique(large)) > 20


def test_intensity_is_in_original_units() -> None:
    channels = np.stack([picture((32, 24)) * 10.0, picture((32, 24)) - 100.0], axis=-1)
    images = np.stack([channels, channels], axis=-2)
    stack = JPkl(images, dim_names=["time", "channel"], jpeg_quality=100)
    assert stack.display_range is not None
    assert stack.display_range.shape == (1, 2, 2)
    assert stack.intensity[...].dtype == np.float32
    steps = (stack.display_range[..., 1] - stack.display_range[..., 0]) / 255
    for key in [..., np.s_[3:9, ::-1, 1], np.s_[:, :, 0, [1, 0]], np.s_[2, 3, 1, 1], np.s_[..., 1]]:
        expected = images[key]
        error = np.abs(stack.intensity[key] - expected)
        assert error.shape == np.shape(expected)
        assert np.all(error <= 3 * np.broadcast_to(steps, images.shape)[key])


# -- hooks ---------------------------------------------------------------------------------------------


class PngStack(JPkl):
    """Another encoding by overriding the two hooks."""

    def encode_slice(self, image: NDArray[np.uint8]) -> bytes:
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "PNG")
        return buffer.getvalue()

    def decode_slice(self, data: bytes) -> NDArray[np.uint8]:
        return np.asarray(Image.open(io.BytesIO(data), formats=("PNG",)))


def test_overridden_hooks_change_the_encoding_everywhere(tmp_path: Any) -> None:
    images = np.random.default_rng(0).integers(0, 255, (20, 30, 40), np.uint8)
    stack = PngStack(images)
    np.testing.assert_array_equal(np.asarray(stack), images)
    np.testing.assert_array_equal(stack[3:9, 5, ::-1], images[3:9, 5, ::-1])
    assert stack.images[0,].startswith(b"\x89PNG")
    stack.save(tmp_path / "x.jpkl")
    with PngStack.load(tmp_path / "x.jpkl") as loaded:
        assert loaded.header == ("JPkl", "2")
        np.testing.assert_array_equal(np.asarray(loaded), images)
        np.testing.assert_array_equal(loaded.decode((..., 3), scale=2), images[::2, ::2, 3])
    with pytest.raises(FormatError, match=r"PngStack\.load"):
        JPkl.load(tmp_path / "x.jpkl")


class LosslessStack(JPkl):
    """A hook that has to be told how large the frames are."""

    def encode_slice(self, image: NDArray[np.uint8]) -> bytes:
        return zlib.compress(image.tobytes())

    def decode_slice(self, data: bytes) -> NDArray[np.uint8]:
        return np.frombuffer(zlib.decompress(data), np.uint8).reshape(self.frame_shape)


def test_a_hook_may_return_the_same_memory_for_each_frame() -> None:
    images = np.random.default_rng(0).integers(0, 255, (20, 30, 4)).astype(np.uint8)
    memory = np.empty((20, 30), np.uint8)

    class Thrifty(LosslessStack):
        def decode_slice(self, data: bytes) -> NDArray[np.uint8]:
            memory[...] = super().decode_slice(data)
            return memory

    stack = Thrifty(images, workers=1)
    for each in (stack, stack.with_cache(1 << 20)):
        frames = [each.frame((i,)) for i in range(4)]
        np.testing.assert_array_equal(np.stack(frames, axis=-1), images)
        np.testing.assert_array_equal(each.frame((0,)), images[..., 0])
        np.testing.assert_array_equal(each[...], images)


@pytest.mark.parametrize(
    "raised", [ValueError("of a library"), KeyError("x"), RecursionError("too deep"), OSError("no file")]
)
def test_what_a_hook_raises_says_which_frame(raised: Exception, tmp_path: Path) -> None:
    class Failing(LosslessStack):
        def decode_slice(self, data: bytes) -> NDArray[np.uint8]:
            raise raised

    LosslessStack(np.zeros((8, 8, 3), np.uint8)).save(tmp_path / "x.jpkl")
    with Failing.load(tmp_path / "x.jpkl") as stack:
        for read in (lambda: stack[..., 1], lambda: stack.frame((1,)), lambda: stack[0, 0, 1:]):
            with pytest.raises(
                FrameDecodeError, match=rf"x\.jpkl, frame \(1,\): {type(raised).__name__}"
            ) as said:
                read()
            assert said.value.__cause__ is raised


@pytest.mark.parametrize("color", [False, True])
def test_broken_files_of_hooks_that_need_the_frame_shape(color: bool, tmp_path: Path) -> None:
    shape = (20, 30, 3, 40) if color else (20, 30, 40)
    images = np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)
    LosslessStack(images, color=color).save(tmp_path / "x.jpkl")
    data = bytearray((tmp_path / "x.jpkl").read_bytes())
    (tmp_path / "cut.jpkl").write_bytes(data[: int(len(data) * 0.7)])
    data[-60] ^= 1
    (tmp_path / "damaged.jpkl").write_bytes(data)
    with pytest.warns(JPklWarning, match="index"), LosslessStack.load(tmp_path / "damaged.jpkl") as stack:
        np.testing.assert_array_equal(stack[...], images)
    for name, least in {"damaged": 40, "cut": 20}.items():
        report = recover(tmp_path / f"{name}.jpkl", tmp_path / "whole.jpkl")
        assert report.n_recovered >= least
        with LosslessStack.load(tmp_path / "whole.jpkl") as stack:
            np.testing.assert_array_equal(stack[...], images[..., : report.n_recovered])


@pytest.mark.parametrize("shape", [(0, 5), (5,), (5, -1), "ab", (2**40, 5), None])
def test_files_of_hooks_that_do_not_say_how_large_frames_are(shape: Any, tmp_path: Path) -> None:
    fields = v1_dict(header=("JPkl", "2"), codec="custom:LosslessStack", codec_options={"frame_shape": shape})
    (tmp_path / "x.jpkl").write_bytes(pickle.dumps(fields))
    says = "does not record the size" if shape is None else "frame_shape must be"
    with pytest.raises((FormatError, FrameDecodeError), match=says):
        LosslessStack.load(tmp_path / "x.jpkl")


def test_a_hook_for_jpegs_may_need_the_frame_shape(tmp_path: Path) -> None:
    class Masked(JPkl):
        def decode_slice(self, data: bytes) -> NDArray[np.uint8]:
            return np.minimum(super().decode_slice(data), np.full(self.frame_shape, 9, np.uint8))

    (tmp_path / "x.jpkl").write_bytes(pickle.dumps(v1_dict()))
    with Masked.load(tmp_path / "x.jpkl") as stack:
        assert stack[...].max() == 9


def test_a_hook_may_ask_the_stack_what_it_is_also_while_that_is_made() -> None:
    class Offset(JPkl):
        def encode_slice(self, image: NDArray[np.uint8]) -> bytes:
            assert (image.shape, image.dtype) == (self.frame_shape, self.dtype)
            return super().encode_slice(image + np.uint8(self.metadata["offset"]))

        def decode_slice(self, data: bytes) -> NDArray[np.uint8]:
            return super().decode_slice(data) - np.uint8(self.metadata["offset"])

    stack = Offset(np.full((8, 8, 2), 100, np.uint8), metadata={"offset": 9}).with_cache(10**6)
    assert JPkl.decode_slice(stack, stack.images[0,])[0, 0] == 109
    assert stack.frame((0,))[0, 0] == stack[0, 0, 1] == 100
    other = stack.with_metadata({"offset": 19})  # not what the cache of the first has
    assert other.frame((0,))[0, 0] == other[0, 0, 0] == 90
    assert stack.frame((0,))[0, 0] == 100


def test_a_hook_that_still_writes_jpegs_keeps_format_v1(tmp_path: Any) -> None:
    class Inverted(JPkl):
        def encode_slice(self, image: NDArray[np.uint8]) -> bytes:
            return super().encode_slice(255 - image)

    stack = Inverted(np.zeros((16, 16, 2), np.uint8))
    assert stack.header == ("JPkl", "1")
    stack.save(tmp_path / "x.jpkl")
    with JPkl.load(tmp_path / "x.jpkl") as loaded:
        assert loaded[0, 0, 0] == 255


def test_errors_in_hooks_name_the_frame() -> None:
    class Fragile(JPkl):
        def encode_slice(self, image: NDArray[np.uint8]) -> bytes:
            if image.max() == 7:
                raise OSError("no space")
            return super().encode_slice(image)

    images = np.zeros((8, 8, 3, 5), np.uint8)
    images[..., 2, 1] = 7
    with pytest.raises(FrameEncodeError, match=r"frame \(2, 1\): OSError: no space"):
        Fragile(images)

    class Wrong(JPkl):
        def decode_slice(self, data: bytes) -> NDArray[np.uint8]:
            return np.zeros((3, 3), np.uint8)

    with pytest.raises(FrameDecodeError, match="decode_slice returned"):
        Wrong(images)[..., 0, 0]


def test_a_corrupt_frame_raises_with_its_index_and_the_others_go_on() -> None:
    stack = JPkl(np.zeros((32, 32, 4, 3), np.uint8))
    stack = replace_frame(stack, (1, 2), stack.images[1, 2][:-20])
    with pytest.raises(FrameDecodeError, match=r"frame \(1, 2\)") as caught:
        np.asarray(stack)
    assert caught.value.frame_index == (1, 2)
    assert stack[..., 1, 1].shape == (32, 32)


# -- cache ---------------------------------------------------------------------------------------------


def test_cache_serves_single_frames_and_is_not_flushed_by_bulk_reads() -> None:
    codec = CountingCodec()
    stack = numbered_stack((10,), codec).with_cache(1 << 20)
    cache = stack.cache
    assert cache is not None
    for _ in range(3):
        np.testing.assert_array_equal(stack[..., 4], stack.frame((4,)))
    assert (cache.misses, cache.hits, len(cache)) == (1, 5, 1)
    np.asarray(stack)
    assert (cache.misses, len(cache)) == (1, 1)


def test_cached_pixels_cannot_be_changed_by_anyone() -> None:
    stack = numbered_stack((10,)).with_cache(1 << 20)
    stack[..., 4][...] = 99
    stack[:, :, 4][...] = 99
    assert not stack.frame((4,)).flags.writeable
    np.testing.assert_array_equal(stack[..., 4], numbered_stack((10,))[..., 4])


def test_the_original_stack_has_no_cache() -> None:
    stack = numbered_stack((10,))
    assert stack.with_cache(100).cache is not None
    assert stack.cache is None


# -- copies and life time ------------------------------------------------------------------------------


@pytest.mark.parametrize("copier", [copy.copy, copy.deepcopy, lambda s: pickle.loads(pickle.dumps(s))])
def test_copies_show_the_same(copier: Any) -> None:
    stack = JPkl(np.stack([picture((16, 24))] * 3, axis=-1), dim_names=["z"]).with_cache(1000)
    twin = copier(stack)
    np.testing.assert_array_equal(np.asarray(twin), np.asarray(stack))
    assert twin.dim_names == ("z",)
    assert twin.cache.max_nbytes == 1000


def test_closing_releases_the_file(tmp_path: Any) -> None:
    numbered_stack((3,), JpegCodec()).save(tmp_path / "x.jpkl")
    with JPkl.load(tmp_path / "x.jpkl") as stack:
        assert not stack.closed
    assert stack.closed
    assert "closed" in repr(stack)
    assert "closed" in stack._repr_html_()
    with pytest.raises(ClosedStackError):
        stack[..., 0]


def test_a_closed_stack_hands_out_no_cached_frame(tmp_path: Path) -> None:
    JPkl(np.zeros((8, 8, 4), np.uint8)).save(tmp_path / "x.jpkl")
    with JPkl.load(tmp_path / "x.jpkl") as opened:
        stack = opened.with_cache(1 << 20)
        stack.frame((1,))
        assert stack.cache is not None
        assert len(stack.cache) == 1
    for read in (lambda: stack.frame((1,)), lambda: stack[..., 1], lambda: stack.frame((0,))):
        with pytest.raises(ClosedStackError, match="was closed"):
            read()


_AT_THE_END = {
    "atexit": "atexit.register(lambda: print(stack[...].shape))",
    "finalizer": """
class Last:
    def __del__(self):
        print(self.stack[...].shape)
builtins.last = Last()
builtins.last.stack = stack
""",
    "thread": """
def late():
    threading.main_thread().join()
    print(stack[...].shape)
threading.Thread(target=late).start()
""",
}


@pytest.mark.parametrize("when", _AT_THE_END)
def test_reading_many_frames_while_the_interpreter_ends(when: str, tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 255, (64, 64, 60)).astype(np.uint8)
    JPkl(pixels).save(tmp_path / "x.jpkl")
    script = (
        "import atexit, builtins, sys, threading\nfrom jpkl import JPkl\nstack = JPkl.load(sys.argv[1])\n"
    )
    command = [sys.executable, "-c", script + _AT_THE_END[when], str(tmp_path / "x.jpkl")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "(64, 64, 60)\n", "")


def test_a_stack_saves_and_loads(tmp_path: Any) -> None:
    images = np.stack([picture((40, 32)) * 9.5, picture((40, 32)) * 3.0], axis=-1)
    stack = JPkl(images, dim_names=["channel"], metadata={"pixel_size": (0.1, 0.1)})
    stack.save(tmp_path / "x.jpkl")
    with JPkl.load(tmp_path / "x.jpkl") as loaded:
        np.testing.assert_array_equal(np.asarray(loaded), np.asarray(stack))
        np.testing.assert_array_equal(loaded.display_range, stack.display_range)
        assert loaded.images == stack.images
        for name in ("shape", "dim_names", "metadata", "jpeg_quality", "color", "source_dtype", "header"):
            assert getattr(loaded, name) == getattr(stack, name)
        loaded.save(tmp_path / "x.jpkl")  # onto the file it reads from
        np.testing.assert_array_equal(np.asarray(loaded), np.asarray(stack))
    assert [path.name for path in tmp_path.iterdir()] == ["x.jpkl"]


def test_a_lazily_opened_stack_crosses_processes(tmp_path: Any) -> None:
    JPkl(np.zeros((16, 16, 4), np.uint8)).save(tmp_path / "x.jpkl")
    with JPkl.load(tmp_path / "x.jpkl") as stack, ProcessPoolExecutor(1, get_context("spawn")) as pool:
        remote = pool.submit(np.asarray, stack).result()
        np.testing.assert_array_equal(remote, np.asarray(stack))


# -- the package ---------------------------------------------------------------------------------------


def test_public_names_are_exact() -> None:
    public = {
        name
        for name in dir(jpkl)
        if not name.startswith("_") and not isinstance(getattr(jpkl, name), type(jpkl))
    }
    assert public | {"__version__"} == set(jpkl.__all__)
    assert jpkl.__all__ == sorted(jpkl.__all__)


def test_importing_jpkl_imports_no_viewer() -> None:
    code = (
        "import sys, jpkl; "
        "heavy = {'panel', 'holoviews', 'bokeh', 'tifffile', 'xarray', 'param', 'pandas', 'pickle'}; "
        "print(sorted(heavy & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = set(found.stdout.strip("[]\n ").replace("'", "").split(", ")) - {
        "",
        "pickle",
    }  # NumPy imports pickle
    assert not heavy


def test_what_the_viewer_lacks_is_named() -> None:
    pytest.importorskip("jpkl_viewer")
    script = (
        "import pickle, sys, numpy, jpkl; sys.modules['param'] = None\n"
        "try: jpkl.JPkl(numpy.zeros((4, 4, 2))).view()\n"
        "except jpkl.MissingDependencyError as error: print(pickle.loads(pickle.dumps(error)))"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    expected = 'The viewer needs an optional package, param: pip install "jpkl[viewer]"'
    assert result.stdout.strip() == expected

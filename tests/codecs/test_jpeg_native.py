"""The compiled encoder: it writes the bytes that Pillow does, so that lacking it costs nothing but time."""

from __future__ import annotations

import ctypes
import io
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from jpkl import JPkl
from jpkl._codecs import jpeg_coefficients, jpeg_native
from jpkl._codecs.elf import check_whole
from jpkl._codecs.jpeg import MAX_JPEG_SIDE, JpegCodec
from jpkl._codecs.jpeg_coefficients import Coefficients, PlainCoefficients
from jpkl._codecs.jpeg_encoding import encode_measured, encode_with
from jpkl._codecs.jpeg_native import NativeCoefficients, has_native
from jpkl._codecs.jpeg_pillow import pillow_encode
from jpkl._codecs.jpeg_tables import Tables, sloped_tables, standard_tables
from jpkl._errors import FrameEncodeError

needs_native = pytest.mark.skipif(not has_native(), reason="the JPEG encoder is not compiled here")

SHAPES = [(1, 1), (1, 9), (130, 1), (8, 128), (16, 136), (77, 79), (5, 3, 3), (24, 130, 3)]
TABLES = [standard_tables(0), standard_tables(90), standard_tables(100), sloped_tables(0.1, 4.3, 90)]


def frames(shape: tuple[int, ...]) -> Iterator[NDArray[np.uint8]]:
    """Frames of all sorts: black, white, edges, noise, and soft structures with noise."""
    rng = np.random.default_rng(sum(shape))
    yield np.zeros(shape, np.uint8)
    yield np.full(shape, 255, np.uint8)
    yield (rng.integers(0, 2, shape) * 255).astype(np.uint8)
    yield rng.integers(0, 256, shape, np.uint8)
    y, x = np.indices(shape[:2])
    wave = (110 + 100 * np.sin(y / 9) * np.cos(x / 14)).reshape(*shape[:2], *(1,) * (len(shape) - 2))
    yield np.clip(wave + rng.normal(0, 5, shape), 0, 255).astype(np.uint8)


@pytest.fixture
def without_native(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (jpeg_native, jpeg_coefficients):
        monkeypatch.setattr(module, "has_native", lambda: False)


def library_path() -> Path:
    return Path(jpeg_native.__file__).with_name("native") / jpeg_native.LIBRARY_NAME


@needs_native
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("tables", TABLES)
def test_the_bytes_are_those_of_pillow(shape: tuple[int, ...], tables: Tables) -> None:
    for image in frames(shape):
        for optimize in (True, False):
            data = encode_with(image, tables, optimize=optimize)
            assert data == pillow_encode(image, tables, optimize=optimize)
        # Another decoder, whose own it is to notice what is wrong.
        colorspace = "GRAY" if len(shape) == 2 else "RGB"
        decoded = simplejpeg.decode_jpeg(data, colorspace).reshape(shape)
        np.testing.assert_array_equal(decoded, np.asarray(Image.open(io.BytesIO(data))))


@needs_native
@pytest.mark.parametrize("shape", [*SHAPES, (300, 500)])
def test_what_pixels_lose_is_what_decoders_make_of_them(
    shape: tuple[int, ...], request: pytest.FixtureRequest
) -> None:
    def measured(image: NDArray[np.uint8], tables: Tables) -> list[Any]:
        whole = encode_measured(image, tables, optimize=True)
        options: Any = {"compared": standard_tables(30), "every": 3}
        return [whole, encode_measured(image, tables, optimize=False, **options)]

    cases = [(image, tables) for image in frames(shape) for tables in TABLES]
    found = [measured(*case) for case in cases]
    for (image, _), (whole, _) in zip(cases, found, strict=True):
        decoded = np.asarray(Image.open(io.BytesIO(whole.data)))
        assert whole.error == np.square(decoded.astype(int) - image).sum()
    request.getfixturevalue("without_native")
    assert [measured(*case) for case in cases] == found


@needs_native
@pytest.mark.parametrize("step", [1, 2, 3, 5, 7, 16, 100, 255])
def test_every_step_divides_exactly(step: int) -> None:
    image = np.random.default_rng(step).integers(0, 256, (128, 256), np.uint8)
    tables = ((step,) * 64,) * 2
    assert encode_with(image, tables, optimize=True) == pillow_encode(image, tables, optimize=True)


@needs_native
def test_frames_that_are_not_contiguous() -> None:
    image = np.random.default_rng(0).integers(0, 256, (200, 90, 3), np.uint8)
    for view in (
        image[::2, 10:],
        image[::-1],
        image[:, ::-1],
        image[..., 0],
        image[..., ::-1],
        image[:0:-7, :5],
    ):
        tables = TABLES[1]
        assert encode_with(view, tables, optimize=True) == pillow_encode(view, tables, optimize=True)


@needs_native
def test_many_threads_at_once() -> None:
    images = [image for shape in SHAPES for image in frames(shape)] * 4
    codec = JpegCodec(90, TABLES[3], optimize=True)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(codec.encode, images)) == [codec.encode(image) for image in images]


@needs_native
@pytest.mark.parametrize("shape", [(1, MAX_JPEG_SIDE), (MAX_JPEG_SIDE, 1), (2, MAX_JPEG_SIDE, 3)])
def test_the_longest_side(shape: tuple[int, ...]) -> None:
    image = np.resize(np.arange(251, dtype=np.uint8), shape)
    codec = JpegCodec(100, TABLES[3], optimize=True)
    assert np.abs(codec.decode(codec.encode(image), shape).astype(int) - image).max() < 25
    with pytest.raises(FrameEncodeError, match="at most 65500"):
        codec.encode(np.zeros((2, MAX_JPEG_SIDE + 1), np.uint8))


@needs_native
@pytest.mark.parametrize(("shape", "step"), [((0, 5), 1), ((5, 70000), 1), ((5, 5), 0)])
def test_the_library_refuses_what_it_cannot_encode(shape: tuple[int, int], step: int) -> None:
    with pytest.raises(ValueError, match="steps"):
        jpeg_native.native_encode(np.zeros(shape, np.uint8), ((step,) * 64,) * 2, None)


@needs_native
@pytest.mark.parametrize("shape", SHAPES)
def test_coefficients_are_those_of_numpy(shape: tuple[int, ...]) -> None:
    for image in frames(shape):
        found: list[Coefficients] = [NativeCoefficients(image), PlainCoefficients(image)]
        assert len({(each.n_components, each.n_blocks) for each in found}) == 1
        for step in (1, 3, 9, 255):
            assert len({each.n_blank((1, *[step] * 63)) for each in found}) == 1
            for component in range(found[0].n_components):
                assert len({each.error(component, (*range(1, 64), step)) for each in found}) == 1


@pytest.mark.usefixtures("without_native")
def test_errors_of_coefficients_are_those_of_pixels() -> None:
    image = list(frames((160, 240)))[-1]
    tables = ((9,) * 64,) * 2
    decoded = np.asarray(Image.open(io.BytesIO(encode_with(image, tables, optimize=False))))
    expected = np.square(decoded.astype(float) - image).mean()
    found = PlainCoefficients(image).error(0, (9,) * 64) / 64 / image.size
    assert found == pytest.approx(expected, rel=0.03)


@needs_native
def test_files_without_the_library_are_the_same(request: pytest.FixtureRequest) -> None:
    images = np.stack([list(frames((90, 70)))[-1] + np.uint8(i) for i in range(6)])
    options: dict[str, Any] = {"axes": "TYX", "jpeg_tables": "fitted"}
    expected = dict(JPkl(images, **options).images)
    request.getfixturevalue("without_native")
    assert dict(JPkl(images, **options).images) == expected


@pytest.mark.parametrize(
    "kind", ["missing", "broken", "cut off", "another version", "another library", "few functions"]
)
def test_a_library_that_does_not_fit_is_not_used(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind in ("missing", "broken", "cut off"):
        data = library_path().read_bytes() if has_native() else b"not a library"
        monkeypatch.setattr(jpeg_native, "__file__", str(tmp_path / "jpeg_native.py"))
        (tmp_path / "native").mkdir()
        if kind != "missing":
            library_path().write_bytes(data[: len(data) // 2] if kind == "cut off" else b"not a library")
    elif kind == "another version":
        monkeypatch.setattr(jpeg_native, "_INTERFACE", -1)
    else:
        few = SimpleNamespace(jpkl_jpeg_interface=lambda: jpeg_native._INTERFACE, jpkl_jpeg_new=lambda: 0)
        found = few if kind == "few functions" else ctypes.pythonapi
        monkeypatch.setattr(ctypes, "CDLL", lambda _: found)
    jpeg_native._library.cache_clear()
    try:
        assert not has_native()
        assert JpegCodec(90, "fitted", optimize=True).encode(np.zeros((9, 9), np.uint8))
    finally:
        monkeypatch.undo()
        jpeg_native._library.cache_clear()


@needs_native
@pytest.mark.skipif(sys.platform != "linux", reason="other systems check the length of a library themselves")
def test_a_library_that_was_cut_off_is_not_loaded(tmp_path: Path) -> None:
    whole = library_path()
    check_whole(whole)
    data, part = whole.read_bytes(), tmp_path / whole.name
    for nbytes in (8, 40, 63, 64, 100, 300, 4096, 8192, len(data) // 2):
        part.write_bytes(data[:nbytes])
        with pytest.raises(OSError, match="cut off"):
            check_whole(part)

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFile

import jpkl._codecs.jpeg
from jpkl import Codec, FrameDecodeError, FrameEncodeError, JPkl, UnknownCodecError, register_codec
from jpkl._codecs import registry
from jpkl._codecs.jpeg import JpegCodec
from jpkl._codecs.jpeg_header import MAX_SCANS, parse_jpeg_header
from jpkl._codecs.registry import get_codec
from jpkl.testing import CodecContract, picture
from tests.codecs.zlib_codec import ZlibCodec
from tests.conftest import replace_frame, shared_data


class TestJpegCodec(CodecContract):
    tolerance = 12

    def codec(self) -> Codec:
        return JpegCodec(95)


class TestJpegCodecWithPillow(CodecContract):
    """What runs where simplejpeg has no wheel."""

    tolerance = 12

    @pytest.fixture(autouse=True)
    def _without_simplejpeg(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(jpkl._codecs.jpeg, "simplejpeg", None)

    def codec(self) -> Codec:
        return JpegCodec(95)


class TestUserCodec(CodecContract):
    def codec(self) -> Codec:
        return ZlibCodec()


# -- the JPEG codec against files that are not what they should be -------------------------------------


def pillow_jpeg(image: NDArray[np.uint8], **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", **options)
    return buffer.getvalue()


@pytest.fixture(params=["simplejpeg", "pillow"])
def codec(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> JpegCodec:
    if request.param == "pillow":
        monkeypatch.setattr(jpkl._codecs.jpeg, "simplejpeg", None)
    return JpegCodec()


@pytest.fixture
def truncated_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)


@pytest.mark.usefixtures("truncated_allowed")
@pytest.mark.parametrize("cut", [0.05, 0.5, 0.9, 0.999])
def test_truncated_data_raise_whatever_other_libraries_set(codec: JpegCodec, cut: float) -> None:
    data = codec.encode(picture((64, 64)))
    with pytest.raises(FrameDecodeError):
        codec.decode(data[: int(len(data) * cut)], (64, 64))


@pytest.mark.parametrize(
    "options",
    [{"progressive": True}, {"subsampling": "4:2:0"}, {"subsampling": "4:2:2"}, {"restart_marker_blocks": 2}],
)
def test_foreign_jpegs_decode_as_pillow_decodes_them(codec: JpegCodec, options: dict[str, Any]) -> None:
    for shape in ((40, 56), (40, 56, 3)):
        data = pillow_jpeg(picture(shape), quality=90, **options)
        expected = np.asarray(Image.open(io.BytesIO(data)))
        assert np.abs(codec.decode(data, shape).astype(int) - expected).max() <= 1


def test_exif_orientation_is_not_applied(codec: JpegCodec) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = picture((16, 24))
    rotated, plain = pillow_jpeg(image, quality=90, exif=exif), pillow_jpeg(image, quality=90)
    np.testing.assert_array_equal(codec.decode(rotated, (16, 24)), codec.decode(plain, (16, 24)))


def test_cmyk_is_refused(codec: JpegCodec) -> None:
    buffer = io.BytesIO()
    Image.new("CMYK", (24, 16)).save(buffer, "JPEG")
    for shape in ((16, 24), (16, 24, 3)):
        with pytest.raises(FrameDecodeError, match="4-component"):
            codec.decode(buffer.getvalue(), shape)


def test_other_formats_are_not_sniffed(codec: JpegCodec) -> None:
    for format in ("PNG", "GIF", "BMP"):
        buffer = io.BytesIO()
        Image.fromarray(picture((16, 24))).save(buffer, format)
        with pytest.raises(FrameDecodeError, match="not a JPEG"):
            codec.decode(buffer.getvalue(), (16, 24))


def resized_header(data: bytes, height: int, width: int) -> bytes:
    """The same JPEG with another size in its frame header."""
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + height.to_bytes(2, "big") + width.to_bytes(2, "big") + data[at + 4 :]


def test_a_header_that_promises_too_much_is_refused_before_allocation(codec: JpegCodec) -> None:
    bomb = resized_header(codec.encode(picture((16, 24))), 65500, 65500)
    with pytest.raises(FrameDecodeError, match="cannot hold"):
        codec.shape(bomb)
    with pytest.raises(FrameDecodeError):
        codec.decode(bomb, (16, 24))
    with pytest.raises(FrameDecodeError, match="cannot hold"):
        codec.decode(bomb, (65500, 65500))


def test_many_scans_are_refused(codec: JpegCodec) -> None:
    data = pillow_jpeg(picture((16, 24)), progressive=True)
    last_scan = data[data.rindex(b"\xff\xda") : -2]
    with pytest.raises(FrameDecodeError, match="scans"):
        codec.decode(data[:-2] + last_scan * MAX_SCANS + data[-2:], (16, 24))


def test_a_checked_header_does_not_vouch_for_another_size(codec: JpegCodec) -> None:
    data = codec.encode(picture((16, 24)))
    codec.decode(data, (16, 24))
    with pytest.raises(FrameDecodeError):
        codec.decode(resized_header(data, 24, 16), (16, 24))


@pytest.mark.parametrize(
    "broken", [b"\xff\xd8\xff", b"\xff\xd8\xff\xc0\x00", b"\xff\xd8\xff\xda\x00\x02", b"\xff\xd8\xff\xd9"]
)
def test_broken_headers_raise_value_error(broken: bytes) -> None:
    with pytest.raises(ValueError, match="JPEG"):
        parse_jpeg_header(broken)


def test_header_facts() -> None:
    header = parse_jpeg_header(pillow_jpeg(picture((40, 56, 3)), progressive=True))
    assert (header.shape, header.single_scan) == ((40, 56, 3), False)
    header = parse_jpeg_header(b"\xff\xd8\xff" + pillow_jpeg(picture((7, 5)))[2:])  # with a fill byte
    assert (header.shape, header.single_scan) == ((7, 5), True)


@pytest.fixture
def hostile_jpegs() -> Iterator[tuple[str, bytes, str]]:
    folder = shared_data("hostile-jpeg")
    cases = json.loads((folder / "manifest.json").read_text())
    return iter([(case["file"], (folder / case["file"]).read_bytes(), case["expect"]) for case in cases])


def codec_accepts(codec: JpegCodec, data: bytes, shape: tuple[int, ...]) -> bool:
    try:
        return codec.shape(data) == shape
    except FrameDecodeError:
        return False


def test_shared_hostile_jpegs(hostile_jpegs: Iterator[tuple[str, bytes, str]], codec: JpegCodec) -> None:
    """As one frame of a stack: right pixels, or an error that names the frame."""
    for name, data, expect in hostile_jpegs:
        for shape in ((16, 24), (16, 24, 3), (64, 64), (1, 1)):
            stack = JPkl(np.zeros((*shape, 3), np.uint8), color=len(shape) == 3)
            stack = replace_frame(stack, (1,), data)
            right_shape = codec_accepts(codec, data, shape)
            if ("decodes" in expect and right_shape) or ("NO rotation" in expect and shape == (16, 24)):
                expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB" if len(shape) == 3 else "L"))
                assert np.abs(stack[..., 1].astype(int) - expected).max() <= 1, name
            elif not right_shape:
                with pytest.raises(FrameDecodeError, match=r"frame \(1,\)"):
                    stack[..., 1]
            assert stack[..., 0].shape == shape


# -- limits and registry -------------------------------------------------------------------------------


def test_frames_too_large_for_jpeg() -> None:
    with pytest.raises(FrameEncodeError, match="65500"):
        JpegCodec().encode(np.zeros((1, 65501), np.uint8))


@pytest.mark.parametrize(
    ("quality", "error"),
    [(101, ValueError), (-1, ValueError), (90.0, TypeError), (True, TypeError), ("9", TypeError)],
)
def test_quality_is_checked(quality: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="jpeg_quality"):
        JpegCodec(quality)


def test_registry() -> None:
    register_codec(ZlibCodec)
    assert isinstance(get_codec("test-zlib"), ZlibCodec)
    with pytest.raises(UnknownCodecError, match="jpeg"):
        get_codec("webp2")

    class Impostor(ZlibCodec):
        name = "jpeg"

    with pytest.raises(ValueError, match="taken"):
        register_codec(Impostor)


def test_a_codec_that_takes_no_heed_of_where_a_frame_belongs(monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.random.default_rng(0).integers(0, 256, (8, 6, 5)).astype(np.uint8)

    class Careless(ZlibCodec):
        name = "test-careless"
        returned: Any = staticmethod(lambda pixels: pixels)

        def decode(self, data: bytes, shape: tuple[int, ...], out: Any = None) -> Any:
            return self.returned(super().decode(data, shape))

    monkeypatch.setattr(registry, "_registry", {**registry._registry, Careless.name: Careless})
    stack = JPkl(images, codec="test-careless")
    for read in (lambda: stack[...], lambda: np.stack([stack[..., i] for i in range(5)], axis=-1)):
        np.testing.assert_array_equal(read(), images)
    others: list[Callable[[Any], Any]] = [lambda x: x.T, lambda x: x.astype(int), lambda x: None]
    for change in others:
        Careless.returned = staticmethod(change)
        with pytest.raises(FrameDecodeError, match=r"codec 'test-careless' returned \w+ of .*, not uint8"):
            stack[...]
    Careless.returned = staticmethod(lambda pixels: pixels.no_such_method)
    with pytest.raises(FrameDecodeError, match=r"frame \(3,\): AttributeError"):
        stack[..., 3]


# -- codecs by name ------------------------------------------------------------------------------------

INVERTING = """
import numpy as np
from jpkl import Codec
from tests.codecs.zlib_codec import ZlibCodec

class InvertingCodec(ZlibCodec):
    name = "inverting"

    def encode(self, image):
        return super().encode(255 - image)

    def decode(self, data, shape, out=None):
        return np.subtract(255, super().decode(data, shape), out=out)
"""


def test_a_codec_of_another_package_is_imported_when_its_name_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inverting_codec.py").write_text(INVERTING)
    info = tmp_path / "inverting_codec-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: inverting-codec\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[jpkl.codecs]\ninverting = inverting_codec:InvertingCodec\n")
    with pytest.raises(UnknownCodecError):
        get_codec("inverting")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(registry, "_registry", dict(registry._registry))
    with pytest.raises(UnknownCodecError, match="inverting, jpeg"):
        get_codec("no-such-codec")
    assert "inverting_codec" not in sys.modules
    images = np.arange(8 * 6 * 2, dtype=np.uint8).reshape(8, 6, 2)
    JPkl(images, codec="inverting").save(tmp_path / "x.jpkl")
    with JPkl.load(tmp_path / "x.jpkl") as stack:
        np.testing.assert_array_equal(np.asarray(stack), images)


def test_a_module_among_the_codecs_is_all_that_a_codec_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = (*INVERTING.replace("inverting", "toy").splitlines(), "", "register_codec(InvertingCodec)")
    (tmp_path / "toy.py").write_text("from jpkl import register_codec\n" + "\n".join(lines))
    monkeypatch.setattr(jpkl._codecs, "__path__", [*jpkl._codecs.__path__, str(tmp_path)])
    monkeypatch.setattr(registry, "_registry", dict(registry._registry))
    registry._load_built_in.cache_clear()
    assert get_codec("toy").name == "toy"
    registry._load_built_in.cache_clear()


def test_a_jpeg_of_four_components_is_no_frame_and_has_no_say_in_the_size_of_others() -> None:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("CMYK", (9, 7)).save(buffer, "JPEG")
    with pytest.raises(FrameDecodeError, match="JPEG of 4 components; frames have 1 or 3"):
        JpegCodec(90).shape(buffer.getvalue())

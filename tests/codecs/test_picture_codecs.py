"""The codecs of picture formats: each holds the contract, for 8-bit display values and for exact ones."""

from __future__ import annotations

import numpy as np
import pytest

from jpkl import Codec, FrameDecodeError, FrameEncodeError, MissingDependencyError
from jpkl._codecs.registry import get_codec
from jpkl.testing import CodecContract, picture_of

pytest.importorskip("imagecodecs")


class PictureCodec(CodecContract):
    """The contract for a codec by its name and options."""

    name: str
    options: dict[str, object] = {}

    @pytest.fixture(autouse=True)
    def there(self) -> None:
        try:
            self.codec()
        except MissingDependencyError as error:  # of older releases of imagecodecs
            pytest.skip(str(error))

    def codec(self) -> Codec:
        return get_codec(self.name, **self.options)


def contract(
    name: str, tolerance: int = 0, is_for_color: bool = True, **options: object
) -> type[PictureCodec]:
    members = {"name": name, "options": options, "tolerance": tolerance, "is_for_color": is_for_color}
    return type(f"Test{name}", (PictureCodec,), members)


TestPng = contract("png")
TestPng16 = contract("png", dtype="<u2", is_for_color=False)
TestWebp = contract("webp", tolerance=60)
TestWebpExact = contract("webp", dtype="|u1")
TestJpeg2000 = contract("jpeg2000", tolerance=30)
TestJpeg2000Exact = contract("jpeg2000", dtype="<i2", is_for_color=False)
TestAvif = contract("avif", tolerance=12)
TestJpegxl = contract("jpegxl", tolerance=30)
TestJpegxlExact = contract("jpegxl", dtype="<u2")
TestJpegls = contract("jpegls", dtype="<u2")
TestHtj2k = contract("htj2k", dtype="<i2")


def test_a_broken_codestream_of_htj2k_is_not_passed_off_as_a_frame() -> None:
    """The library prints errors of its decoder and goes on."""
    try:
        codec = get_codec("htj2k", dtype="<u2")
    except MissingDependencyError as error:
        pytest.skip(str(error))
    data = codec.encode(picture_of(codec, (64, 64)))
    start = data.index(b"\xff\x93") + 2
    with pytest.raises(FrameDecodeError, match="broken HTJ2K"):
        codec.decode(data[:start] + b"\xa5" * (len(data) - start - 2) + data[-2:], (64, 64))
    np.testing.assert_array_equal(codec.decode(data, (64, 64)), picture_of(codec, (64, 64)))


def test_an_avif_whose_size_is_cut_off_is_broken() -> None:
    try:
        codec = get_codec("avif")
    except MissingDependencyError as error:
        pytest.skip(str(error))
    boxes = {
        b"ftyp": b"avif" + bytes(8),
        b"mdat": b"\x12\0\x0a" + bytes(20),
        b"pixi": bytes(4) + b"\1\x08",
        b"ispe": bytes(6),
    }
    data = b"".join((8 + len(content)).to_bytes(4, "big") + kind + content for kind, content in boxes.items())
    with pytest.raises(FrameDecodeError, match="broken AVIF: it is cut off"):
        codec.shape(data)
    assert not codec.recognizes(data)


def test_avif_refuses_frames_that_its_decoder_would_refuse() -> None:
    """The format and its encoder go further: such frames would be lost."""
    try:
        codec = get_codec("avif")
    except MissingDependencyError as error:
        pytest.skip(str(error))
    longest = codec.encode(np.zeros((1, 32768), np.uint8))
    assert codec.decode(longest, (1, 32768)).max() < 3
    with pytest.raises(FrameEncodeError, match="1 x 32769 pixels; AVIF holds at most 32768 a side"):
        codec.encode(np.zeros((1, 32769), np.uint8))
    with pytest.raises(FrameEncodeError, match="16384 x 16385 pixels; AVIF holds at most 268,435,456 in all"):
        codec.encode(np.zeros((16384, 16385), np.uint8))

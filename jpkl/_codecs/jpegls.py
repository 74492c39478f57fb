"""JPEG-LS, lossless: small and fast, for gray values of up to 16 bits."""

from __future__ import annotations

import struct
from typing import Any

from numpy.typing import NDArray

from jpkl._codecs.checked import CheckedCodec, PictureHeader
from jpkl._codecs.imagecodecs import library
from jpkl._codecs.registry import register_codec

_START, _END = b"\xff\xd8", b"\xff\xd9"
_FRAME_HEADER, _START_OF_SCAN = 0xF7, 0xDA
_SOF = struct.Struct(">BHHB")


@register_codec
class JpeglsCodec(CheckedCodec):
    """JPEG-LS (ITU-T T.87), always lossless, through imagecodecs."""

    name = "jpegls"
    title = "JPEG-LS"
    max_side = 65535
    most_bits = (16, 16)

    def _check_library(self) -> None:
        library(self.title, "jpegls_encode")

    def header(self, data: bytes) -> PictureHeader:
        if not data.startswith(_START + b"\xff"):
            raise ValueError("it does not begin as one")
        if not data.endswith(_END):
            raise ValueError("it is cut off")
        at = len(_START)
        while data[at] == 0xFF and data[at + 1] not in (_FRAME_HEADER, _START_OF_SCAN):
            at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at : at + 2] != bytes((0xFF, _FRAME_HEADER)) or len(data) < at + 4 + _SOF.size:
            raise ValueError("it has no frame header")
        n_bits, height, width, n_components = _SOF.unpack_from(data, at + 4)
        return PictureHeader(height, width, n_components, n_bits)

    def encode_samples(self, samples: NDArray[Any]) -> bytes:
        return bytes(library(self.title, "jpegls_encode").jpegls_encode(samples))

    def decode_samples(self, data: bytes) -> NDArray[Any]:
        samples: NDArray[Any] = library(self.title, "jpegls_decode").jpegls_decode(data)
        return samples

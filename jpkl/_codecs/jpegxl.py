"""JPEG XL: lossy or lossless, the smallest of all for many pictures."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from jpkl._codecs.checked import LossyCodec, PictureHeader
from jpkl._codecs.imagecodecs import library
from jpkl._codecs.jpegxl_header import parse_jpegxl
from jpkl._codecs.registry import register_codec


@register_codec
class JpegxlCodec(LossyCodec):
    """JPEG XL, with ``dtype`` lossless, through imagecodecs.

    Quality q is libjxl's: a Butteraugli distance of 0.1 + 0.09 (100 - q), at least 0.1.
    """

    name = "jpegxl"
    title = "JPEG XL"
    max_side = 2**30
    most_bits = (16, 16)

    def _check_library(self) -> None:
        library(self.title, "jpegxl_encode")

    def header(self, data: bytes) -> PictureHeader:
        return parse_jpegxl(data)

    def encode_samples(self, samples: NDArray[Any]) -> bytes:
        distance = 0.1 + 0.09 * (100 - self.quality)
        how = {"lossless": True} if self.is_lossless else {"distance": distance}
        # Frames are encoded side by side already: one thread each.
        encode = library(self.title, "jpegxl_encode").jpegxl_encode
        return bytes(encode(samples, effort=3, numthreads=1, usecontainer=False, **how))

    def decode_samples(self, data: bytes) -> NDArray[Any]:
        samples: NDArray[Any] = library(self.title, "jpegxl_decode").jpegxl_decode(data, numthreads=1)
        return samples

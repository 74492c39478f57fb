"""AVIF: lossy, the smallest at low quality, and slow to encode."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from jpkl._codecs.avif_header import parse_avif
from jpkl._codecs.checked import LossyCodec, PictureHeader
from jpkl._codecs.pillow import check_pillow, decoded_by_pillow, encoded_by_pillow
from jpkl._codecs.registry import register_codec


@register_codec
class AvifCodec(LossyCodec):
    """AVIF of 8 bits, gray or 4:4:4, through Pillow. It is not exact, whatever the quality."""

    name = "avif"
    title = "AVIF"
    max_side, max_pixels = 32768, 16384**2  # its decoder's limits: the format itself goes further
    most_bits = (8, 8)

    def __init__(self, quality: int = 90, dtype: Any = None) -> None:
        if dtype is not None:
            raise ValueError("codec 'avif' is not lossless: lossless=True alone picks one that is")
        super().__init__(quality)

    def _check_library(self) -> None:
        check_pillow(self.title, "avif")

    def header(self, data: bytes) -> PictureHeader:
        return parse_avif(data)

    def encode_samples(self, samples: NDArray[Any]) -> bytes:
        subsampling = "4:0:0" if samples.ndim == 2 else "4:4:4"
        # Frames are encoded side by side already: one thread each.
        return encoded_by_pillow(
            samples, "AVIF", quality=self.quality, speed=8, subsampling=subsampling, max_threads=1
        )

    def decode_samples(self, data: bytes) -> NDArray[Any]:
        from PIL import AvifImagePlugin  # older ones, as in the browser, have no such plugin

        return decoded_by_pillow(data, AvifImagePlugin.AvifImageFile, 1)

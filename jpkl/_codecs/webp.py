"""WebP: lossy or lossless, 8 bits, decoded by every browser."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import WebPImagePlugin

from jpkl._codecs.checked import LossyCodec, PictureHeader
from jpkl._codecs.pillow import check_pillow, decoded_by_pillow, encoded_by_pillow
from jpkl._codecs.registry import register_codec

_RIFF = struct.Struct("<4sI4s4sI")  # "RIFF", its length, "WEBP", the chunk's name and length
#: WebP has no gray: a chunk after the picture, which every decoder skips, says that red, green and blue are
#: the same.
_GRAY = b"GRAY\0\0\0\0"
_LOSSY_START, _LOSSLESS_START = b"\x9d\x01\x2a", 0x2F


@register_codec
class WebpCodec(LossyCodec):
    """WebP: lossy with half the resolution of chroma, or with ``dtype`` lossless, for uint8 alone."""

    name = "webp"
    title = "WebP"
    max_side = 16383
    most_bits = (8, 8)

    def _check_library(self) -> None:
        check_pillow(self.title, "webp")

    def header(self, data: bytes) -> PictureHeader:
        if len(data) < 32:
            raise ValueError("it is too short")
        riff, length, webp, kind, chunk = _RIFF.unpack_from(data)
        if riff != b"RIFF" or webp != b"WEBP":
            raise ValueError("it does not begin as one")
        end = _RIFF.size + chunk + chunk % 2
        rest = data[end:]
        if len(data) != length + 8 or end > len(data) or rest not in (b"", _GRAY):
            raise ValueError("it is cut off, or holds more than a picture")
        width, height = _size(kind, data[_RIFF.size : _RIFF.size + 10])
        return PictureHeader(height, width, 1 if rest else 3)

    def encode_samples(self, samples: NDArray[Any]) -> bytes:
        if self.is_lossless:
            data = encoded_by_pillow(samples, "WEBP", lossless=True, exact=True, quality=20, method=2)
        else:
            data = encoded_by_pillow(samples, "WEBP", quality=self.quality, method=2)
        if samples.ndim == 3:
            return data
        return data[:4] + struct.pack("<I", len(data) + len(_GRAY) - 8) + data[8:] + _GRAY

    def decode_samples(self, data: bytes) -> NDArray[Any]:
        rgb = decoded_by_pillow(data, WebPImagePlugin.WebPImageFile, 1)
        return np.ascontiguousarray(rgb[:, :, 0]) if data.endswith(_GRAY) else rgb


def _size(kind: bytes, start: bytes) -> tuple[int, int]:
    """Return width and height by the first bytes of a picture's data."""
    if kind == b"VP8 " and start[3:6] == _LOSSY_START and not start[0] & 1:
        width, height = struct.unpack_from("<HH", start, 6)
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8L" and start[0] == _LOSSLESS_START:
        bits = int.from_bytes(start[1:5], "little")
        if bits >> 28:  # whether there is alpha, and the version
            raise ValueError("it has transparent pixels, or is of an unknown version")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    raise ValueError(f"{kind!r} is not a plain picture")

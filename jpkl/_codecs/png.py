"""PNG: lossless, and read by every program."""

from __future__ import annotations

import struct
import zlib
from math import prod
from typing import Any

from numpy.typing import NDArray
from PIL import PngImagePlugin

from jpkl._codecs.checked import CheckedCodec, PictureHeader
from jpkl._codecs.pillow import decoded_by_pillow, encoded_by_pillow
from jpkl._codecs.registry import register_codec

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHUNK = struct.Struct(">I4s")
_CRC_NBYTES = 4
_IHDR = struct.Struct(">IIBBBBB")
#: Color types: gray and RGB.
_N_COMPONENTS = {0: 1, 2: 3}
#: No more bytes come out of one of deflated data.
_MOST_INFLATED = 1032


@register_codec
class PngCodec(CheckedCodec):
    """PNG, always lossless: 8-bit display values, or with ``dtype`` values of any integer dtype."""

    name = "png"
    title = "PNG"
    max_side = 2**31 - 1
    most_bits = (16, 8)

    def header(self, data: bytes) -> PictureHeader:
        if not data.startswith(_SIGNATURE):
            raise ValueError("it does not begin as one")
        _check_chunks(data)
        length, kind = _CHUNK.unpack_from(data, len(_SIGNATURE))
        if kind != b"IHDR" or length != _IHDR.size:
            raise ValueError("it has no IHDR")
        width, height, n_bits, color, _, _, interlace = _IHDR.unpack_from(data, len(_SIGNATURE) + _CHUNK.size)
        if color not in _N_COMPONENTS:
            raise ValueError(f"color type {color}; frames are gray or RGB")
        if interlace:
            raise ValueError("it is interlaced")
        return PictureHeader(height, width, _N_COMPONENTS[color], n_bits)

    def encode_samples(self, samples: NDArray[Any]) -> bytes:
        # Where there is noise, long matches are rare: to look for runs alone is fast, and hardly larger.
        return encoded_by_pillow(samples, "PNG", compress_level=1, compress_type=zlib.Z_RLE)

    def decode_samples(self, data: bytes) -> NDArray[Any]:
        return decoded_by_pillow(data, PngImagePlugin.PngImageFile, self._samples.nbytes)

    def least_nbytes(self, shape: tuple[int, ...]) -> int:
        return prod(shape) * self._samples.dtype.itemsize // _MOST_INFLATED


def _check_chunks(data: bytes) -> None:
    """Raise unless chunk follows chunk to IEND: Pillow may be told by others to overlook an early end."""
    at, kind = len(_SIGNATURE), b""
    while at + _CHUNK.size <= len(data) and kind != b"IEND":
        length, kind = _CHUNK.unpack_from(data, at)
        if kind in (b"acTL", b"tRNS"):
            raise ValueError(f"it has {kind.decode()}, which no frame has")
        at += _CHUNK.size + length + _CRC_NBYTES
    if kind != b"IEND" or at != len(data):
        raise ValueError("it is cut off, or goes on after its end")

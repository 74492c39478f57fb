"""What a JPEG XL says about itself (ISO/IEC 18181-1, annex D); pure."""

from __future__ import annotations

import struct

from jpkl._codecs.bit_reader import BitReader
from jpkl._codecs.checked import PictureHeader

_CODESTREAM = b"\xff\x0a"
_CONTAINER = b"\0\0\0\x0cJXL \r\n\x87\n"
_BOX = struct.Struct(">I4s")
_HEADER_NBYTES = 64
#: Width by height, for sizes that are given by their height alone.
_RATIOS = {1: (1, 1), 2: (12, 10), 3: (4, 3), 4: (3, 2), 5: (16, 9), 6: (5, 4), 7: (2, 1)}
#: Fields of a size, of bits of a sample, and of an enum: their bits and what is added to them.
_SIDES = ((9, 1), (13, 1), (18, 1), (30, 1))
_DEPTHS = ((0, 8), (0, 10), (0, 12), (6, 1))
_ENUM = ((0, 0), (0, 1), (4, 2), (6, 18))
_GRAY, _RGB = 1, 0


def parse_jpegxl(data: bytes) -> PictureHeader:
    """Read size, depth and color of a picture.

    Raises
    ------
    ValueError
        If it is not a plain still picture, gray or RGB, of unsigned integers.
    """
    bits = BitReader(_codestream(data)[len(_CODESTREAM) :][:_HEADER_NBYTES], "little")
    height, width = _size(bits)
    if bits.take(1):  # all metadata are those of 8-bit RGB
        return PictureHeader(height, width, 3)
    if bits.take(1):
        raise ValueError("it is turned, animated or has a preview")
    if bits.take(1):
        raise ValueError("its samples are of floats")
    n_bits = _field(bits, _DEPTHS)
    bits.take(1)  # whether 16 bits suffice within
    if bits.take(2):
        raise ValueError("it has further channels")
    bits.take(1)  # whether colors are XYB within
    return PictureHeader(height, width, _n_components(bits), n_bits)


def _codestream(data: bytes) -> bytes:
    """Return the codestream, out of its box where it is in one."""
    if data.startswith(_CODESTREAM):
        return data
    if not data.startswith(_CONTAINER):
        raise ValueError("it does not begin as one")
    at = len(_CONTAINER)
    while at + _BOX.size <= len(data):
        length, kind = _BOX.unpack_from(data, at)
        end = at + length if length else len(data)
        if kind == b"jxlc" and end == len(data) and data.startswith(_CODESTREAM, at + _BOX.size):
            return data[at + _BOX.size :]
        if kind not in (b"ftyp", b"jxll") or length < _BOX.size:
            break
        at = end
    raise ValueError("it is cut off, or holds more than a picture")


def _size(bits: BitReader) -> tuple[int, int]:
    is_small = bits.take(1)
    height = _side(bits, is_small)
    ratio = bits.take(3)
    if not ratio:
        return height, _side(bits, is_small)
    width, by_height = _RATIOS[ratio]
    return height, height * width // by_height


def _side(bits: BitReader, is_small: int) -> int:
    return 8 * (bits.take(5) + 1) if is_small else _field(bits, _SIDES)


def _field(bits: BitReader, choices: tuple[tuple[int, int], ...]) -> int:
    n_bits, offset = choices[bits.take(2)]
    return bits.take(n_bits) + offset


def _n_components(bits: BitReader) -> int:
    if bits.take(1):  # sRGB
        return 3
    if bits.take(1):
        raise ValueError("it has a color profile")
    color = _field(bits, _ENUM)
    if color not in (_GRAY, _RGB):
        raise ValueError("it is neither gray nor RGB")
    return 1 if color == _GRAY else 3

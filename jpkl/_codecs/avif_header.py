"""What an AVIF says about itself before its first pixel; pure.

A file may say one size in its boxes and another in the AV1 data, which is what a decoder makes room for: both
are read.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from jpkl._codecs.bit_reader import BitReader
from jpkl._codecs.checked import PictureHeader

_BOX = struct.Struct(">I4s")
_VERSION_NBYTES = 4
_SIDES = struct.Struct(">II")
#: Boxes with other boxes in them, and how many bytes there are before these.
_NESTED = {b"meta": _VERSION_NBYTES, b"iprp": 0, b"ipco": 0}
#: Boxes of animations, of pictures made of others, and of turned ones.
_REFUSED = frozenset({b"moov", b"idat", b"iref", b"irot", b"imir", b"clap"})
_SEQUENCE_HEADER, _TEMPORAL_DELIMITER = 1, 2
_SEQUENCE_NBYTES = 64


def parse_avif(data: bytes) -> PictureHeader:
    """Read the size of a still picture that consists of one AV1 frame.

    Raises
    ------
    ValueError
        If it is cut off, or anything else.
    """
    if data[4:12] != b"ftypavif":
        raise ValueError("it does not begin as one")
    boxes: dict[bytes, tuple[int, int]] = {}
    for kind, start, end in _boxes(data, 0, len(data)):
        if kind in _REFUSED or (kind in boxes and kind != b"free"):
            raise ValueError(f"its box {kind!r} makes more of it than a plain picture")
        boxes[kind] = start, end
    missing = {b"ispe", b"pixi", b"mdat"} - boxes.keys()
    if missing:
        raise ValueError(f"its box {missing.pop()!r} is missing")
    sides = data[slice(*boxes[b"ispe"])][_VERSION_NBYTES:]
    if len(sides) < _SIDES.size:
        raise ValueError("it is cut off")
    width, height = _SIDES.unpack_from(sides)
    pixels = data[slice(*boxes[b"pixi"])][_VERSION_NBYTES:]
    if set(pixels[1:]) != {8}:
        raise ValueError("its samples have not 8 bits")
    if _coded_size(data[boxes[b"mdat"][0] :][:_SEQUENCE_NBYTES]) != (height, width):
        raise ValueError("its boxes say another size than its AV1 data")
    return PictureHeader(height, width, pixels[0])


def _boxes(data: bytes, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Yield each box, those in others included: its kind, and where its content begins and ends."""
    while at < end:
        if at + _BOX.size > end:
            raise ValueError("it is cut off")
        length, kind = _BOX.unpack_from(data, at)
        start, after = at + _BOX.size, at + length
        if length < _BOX.size or after > end:
            raise ValueError("it is cut off, or has a box of unknown length")
        yield kind, start, after
        if kind in _NESTED:
            yield from _boxes(data, start + _NESTED[kind], after)
        at = after


def _coded_size(data: bytes) -> tuple[int, int]:
    """Return the height and width that AV1 data begin with (AV1 specification, 5.5)."""
    bits = BitReader(data, "big")
    kind = _unit_kind(bits)
    if kind == _TEMPORAL_DELIMITER:
        kind = _unit_kind(bits)
    if kind != _SEQUENCE_HEADER:
        raise ValueError("its AV1 data do not begin with a sequence header")
    bits.take(3)  # profile
    if bits.take(2) != 0b11:
        raise ValueError("its AV1 data are not those of a still picture")
    bits.take(5)  # level
    n_width, n_height = bits.take(4) + 1, bits.take(4) + 1
    width = bits.take(n_width) + 1
    return bits.take(n_height) + 1, width


def _unit_kind(bits: BitReader) -> int:
    """Read the header of an open bitstream unit, and return its type."""
    bits.take(1)
    kind = bits.take(4)
    has_extension, has_size = bits.take(1), bits.take(1)
    bits.take(1 + 8 * has_extension)
    while has_size and bits.take(1):  # seven bits at a time, the first says whether more follow
        bits.take(7)
    if has_size:
        bits.take(7)
    return kind

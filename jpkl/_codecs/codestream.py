"""What a JPEG 2000 codestream says about itself (ITU-T T.800, annex A.5.1); pure."""

from __future__ import annotations

import struct

from jpkl._codecs.checked import PictureHeader

_START, _SIZE, _CAPABILITIES, _END = b"\xff\x4f", b"\xff\x51", 0x4000, b"\xff\xd9"
_SIZ = struct.Struct(">HHIIIIIIIIH")
_COMPONENT = struct.Struct("BBB")
#: Encoders make one; each costs the decoder something, however few bytes it has.
_MAX_TILES = 1024


def parse_codestream(data: bytes, *, is_high_throughput: bool) -> PictureHeader:
    """Read the size marker of a codestream without the boxes of a JP2 file.

    Raises
    ------
    ValueError
        If it is not a whole one, or has subsampled, signed or unequal components, or an offset.
    """
    if not data.startswith(_START + _SIZE):
        raise ValueError("it does not begin as a codestream")
    if not data.endswith(_END):
        raise ValueError("it is cut off")
    at = len(_START + _SIZE)
    if len(data) < at + _SIZ.size:
        raise ValueError("it is cut off")
    _, capabilities, width, height, *offset, n_components = _SIZ.unpack_from(data, at)
    left, top, tile_width, tile_height, tile_left, tile_top = offset
    if any((left, top, tile_left, tile_top)) or not (tile_width and tile_height):
        raise ValueError("its pixels or tiles have an offset, or no size")
    if -(-width // tile_width) * -(-height // tile_height) > _MAX_TILES:
        raise ValueError("it has too many tiles")
    if bool(capabilities & _CAPABILITIES) != is_high_throughput:
        raise ValueError("it is of the other part of the standard")
    if n_components not in (1, 3):
        raise ValueError(f"it has {n_components} components; frames have 1 or 3")
    at += _SIZ.size
    if len(data) < at + n_components * _COMPONENT.size:
        raise ValueError("it is cut off")
    kinds = {_COMPONENT.unpack_from(data, at + i * _COMPONENT.size) for i in range(n_components)}
    depth, *step = kinds.pop()
    if kinds or step != [1, 1] or depth & 0x80:
        raise ValueError("its components are signed, subsampled or not alike")
    return PictureHeader(height, width, n_components, depth + 1)

"""JPEG pages of a TIFF file as JPEGs that any program reads."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tifffile import TiffFrame, TiffPage

_JPEG = 7  # the value of the tag Compression
_CONTIGUOUS = 1  # PlanarConfiguration: the samples of a pixel are together
_BLACK_IS_ZERO, _RGB, _YCBCR = 1, 2, 6
#: Samples of a pixel, by the tag PhotometricInterpretation.
_N_SAMPLES = {_BLACK_IS_ZERO: 1, _RGB: 3, _YCBCR: 3}
_START, _END = b"\xff\xd8", b"\xff\xd9"
#: Adobe's marker, which says that the components are not YCbCr, but red, green and blue.
_IS_RGB = struct.pack(">HH5sHHHB", 0xFFEE, 14, b"Adobe", 100, 0, 0, 0)


def jpeg_of(page: TiffPage | TiffFrame) -> bytes | None:
    """Return the JPEG that a page is, with the tables that pages share; None if it is none, or several.

    The file must be open, and nobody else read it meanwhile. Which colors its components are, the tags say,
    not the JPEG: the caller has to try.
    """
    keyframe = page.keyframe
    if keyframe is None or (
        keyframe.compression != _JPEG
        or keyframe.bitspersample != 8
        or keyframe.planarconfig != _CONTIGUOUS
        or keyframe.samplesperpixel != _N_SAMPLES.get(int(keyframe.photometric))
        or len(page.dataoffsets) != 1
    ):
        return None
    file = page.parent.filehandle
    file.seek(page.dataoffsets[0])
    data: bytes = file.read(page.databytecounts[0])
    if not data.startswith(_START):
        return None
    marker = _IS_RGB if keyframe.photometric == _RGB and _IS_RGB[4:9] not in data[:1024] else b""
    tables = page.jpegtables or b""
    if not marker and not tables:
        return data
    return _START + marker + tables.removeprefix(_START).removesuffix(_END) + data[len(_START) :]

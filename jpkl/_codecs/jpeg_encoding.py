"""JPEG with any tables: by the compiled encoder where there is one, or by Pillow, into the same bytes."""

from __future__ import annotations

from functools import cache

import numpy as np

from jpkl._codecs import jpeg_native
from jpkl._codecs.codec import Frame
from jpkl._codecs.jpeg_pillow import pillow_encode
from jpkl._codecs.jpeg_tables import Tables

#: For optimized Huffman tables libjpeg keeps all coefficients of a frame, two bytes each: of no more.
_MAX_OPTIMIZED = 1 << 26
_HUFFMAN_MARKER = b"\xff\xc4"
_N_LENGTHS, _N_SYMBOLS = 16, 256


def encode_with(image: Frame, tables: Tables, *, optimize: bool) -> bytes:
    """Encode a frame as baseline JPEG, RGB as YCbCr 4:4:4.

    Parameters
    ----------
    image : ndarray of uint8
        Gray or RGB.
    tables : Tables
        Steps of luma and chroma; gray frames use the first alone.
    optimize : bool
        Whether to make Huffman tables for this frame: smaller, and slower. Frames of more than 2^26 samples
        have libjpeg's own in any case.
    """
    optimize = optimize and image.size <= _MAX_OPTIMIZED
    if image.size and jpeg_native.has_native():
        return jpeg_native.native_encode(image, tables, None if optimize else standard_huffman())
    return pillow_encode(image, tables, optimize=optimize)


@cache
def standard_huffman() -> bytes:
    """Return libjpeg's own Huffman tables, as it writes them.

    Returns
    -------
    bytes
        DC and AC of luma, DC and AC of chroma: of each, how many codes of 1 to 16 bits there are, and 256
        symbols.
    """
    data = pillow_encode(np.zeros((8, 8, 3), np.uint8), ((1,) * 64,) * 2, optimize=False)
    segments = data.split(_HUFFMAN_MARKER)[1:]
    return b"".join(_table(segment) for segment in segments)


def _table(segment: bytes) -> bytes:
    counts = segment[3 : 3 + _N_LENGTHS]
    symbols = segment[3 + _N_LENGTHS :][: sum(counts)]
    return counts + symbols.ljust(_N_SYMBOLS, b"\0")

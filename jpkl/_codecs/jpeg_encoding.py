"""JPEG with any tables: by the compiled encoder where there is one, or by Pillow, into the same bytes.

What decoded pixels lose is measured on the way, also the same.
"""

from __future__ import annotations

from functools import cache
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jpkl._codecs import jpeg_native
from jpkl._codecs.codec import Frame
from jpkl._codecs.jpeg_pillow import pillow_decode, pillow_encode
from jpkl._codecs.jpeg_tables import Tables

#: For optimized Huffman tables libjpeg keeps all coefficients of a frame, two bytes each: of no more.
_MAX_OPTIMIZED = 1 << 26
_HUFFMAN_MARKER = b"\xff\xc4"
_N_LENGTHS, _N_SYMBOLS = 16, 256


class Encoded(NamedTuple):
    """A frame, and the sums of squared errors of its decoded pixels.

    Attributes
    ----------
    data : bytes
        The frame.
    error : int
        Of all pixels; 0 where that was not asked for.
    part, compared : int
        Of some pixels, and of the same by the other tables.
    """

    data: bytes
    error: int
    part: int
    compared: int


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


def encode_measured(
    image: Frame,
    tables: Tables,
    *,
    optimize: bool,
    compared: Tables | None = None,
    every: int = 1,
    whole: bool = True,
) -> Encoded:
    """Encode a frame as `encode_with` does, and measure what its decoded pixels lose.

    Parameters
    ----------
    image, tables, optimize
        As of `encode_with`.
    compared : Tables, optional
        Other tables, by which a part of the frame is measured, too.
    every : int
        One of so many groups of 16 blocks is in that part.
    whole : bool
        Whether to measure the whole frame by its own tables.
    """
    if not (image.size and jpeg_native.has_native()):
        return _plainly_measured(image, tables, compared, every, optimize=optimize)
    huffman = None if optimize and image.size <= _MAX_OPTIMIZED else standard_huffman()
    data, errors = jpeg_native.native_measured(image, tables, huffman, compared, every, whole=whole)
    return Encoded(data, *errors)


def _plainly_measured(
    image: Frame, tables: Tables, compared: Tables | None, every: int, *, optimize: bool
) -> Encoded:
    data = encode_with(image, tables, optimize=optimize)
    error = _squared_errors(image, data)
    if compared is None:
        return Encoded(data, int(error.sum()), 0, 0)
    other = _squared_errors(image, encode_with(image, compared, optimize=False))
    rows, columns = (np.arange(side) // 8 for side in image.shape[:2])
    blocks = rows[:, None] * -(-image.shape[1] // 8) + columns
    is_compared = blocks // jpeg_native.N_LANES % every == 0
    return Encoded(data, int(error.sum()), int(error[is_compared].sum()), int(other[is_compared].sum()))


def _squared_errors(image: Frame, data: bytes) -> NDArray[np.int64]:
    decoded = np.empty(image.shape, np.uint8)
    pillow_decode(data, decoded)
    return np.square(np.subtract(image, decoded, dtype=np.int64))


def n_groups(image: Frame) -> int:
    """Return how many groups of 16 blocks a frame has."""
    n_blocks = prod(-(-side // 8) for side in image.shape[:2])
    return int(-(-n_blocks // jpeg_native.N_LANES))


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

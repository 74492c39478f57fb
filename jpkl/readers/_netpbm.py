"""PBM, PGM and PPM: bits, and gray and color as numbers of up to 16 bits, which Pillow would scale."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: The numbers of a header, which blanks and comments separate, up to the one blank before the pixels.
_NUMBER = rb"(?:\s|#[^\n\r]*[\n\r])+(\d+)"
_END = rb"(?:\s*#[^\n\r]*[\n\r]|\s)"
_HEADER = re.compile(rb"P([2356])" + 3 * _NUMBER + _END)
#: That of bits, which are 0 where the picture is white.
_HEADER_OF_BITS = re.compile(rb"P(4)" + 2 * _NUMBER + _END)
#: Bytes in which a header is, unless it has very long comments.
MOST_HEADER = 4096


@dataclass(frozen=True)
class NetpbmKind:
    """What a file says of its pixels: shape and dtype, where they begin, and if they are text or bits."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int
    is_text: bool = False
    is_bits: bool = False

    @property
    def nbytes(self) -> int:
        """Bytes of the pixels, unless they are text."""
        height, width = self.shape[:2]
        return height * -(-width // 8) if self.is_bits else prod(self.shape) * self.dtype.itemsize


def netpbm_kind(start: bytes) -> NetpbmKind | None:
    """Return what the beginning of a file says; None if it is none of these, or of PBM as text."""
    start = start[:MOST_HEADER]
    if (bits := _HEADER_OF_BITS.match(start)) is not None:
        shape = int(bits[3]), int(bits[2])
        return NetpbmKind(shape, np.dtype(np.uint8), bits.end(), is_bits=True)
    if (match := _HEADER.match(start)) is None:
        return None
    kind, width, height, highest = (int(group) for group in match.groups())
    size = (height, width, 3) if kind in (3, 6) else (height, width)
    dtype = np.dtype(np.uint8 if highest < 256 else np.uint16)
    return NetpbmKind(size, dtype, match.end(), is_text=kind < 4)


def decode_netpbm(content: bytes) -> NDArray[Any]:
    """Return the pixels of the first picture in a file, as they are stored.

    Raises
    ------
    ValueError
        If there are too few.
    """
    kind = netpbm_kind(content)
    if kind is None:
        raise ValueError("no PBM, PGM or PPM")
    n = prod(kind.shape)
    if kind.is_bits:
        return _decode_bits(content, kind)
    if kind.is_text:
        values = np.array(re.sub(rb"#[^\n\r]*", b"", content[kind.offset :]).split()[:n], kind.dtype)
    else:
        n_there = (len(content) - kind.offset) // kind.dtype.itemsize
        values = np.frombuffer(content, kind.dtype.newbyteorder(">"), min(n, n_there), kind.offset)
    if len(values) < n:
        raise ValueError(f"{n - len(values):,} of {n:,} values are missing")
    return values.reshape(kind.shape).astype(kind.dtype, copy=False)


def _decode_bits(content: bytes, kind: NetpbmKind) -> NDArray[Any]:
    """Return 255 where bits are 0, which is white; each row begins with a byte of its own."""
    height, width = kind.shape
    missing = kind.offset + kind.nbytes - len(content)
    if missing > 0:
        raise ValueError(f"{missing:,} of {kind.nbytes:,} bytes are missing")
    rows = np.frombuffer(content, np.uint8, kind.nbytes, kind.offset).reshape(height, -1)
    return (1 - np.unpackbits(rows, axis=1, count=width)) * np.uint8(255)

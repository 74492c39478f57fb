"""PGM and PPM: gray and color as numbers of up to 16 bits, which Pillow would scale to 8 or 16 whole bits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: The numbers of a header, which blanks and comments separate, up to the one blank before the pixels.
_HEADER = re.compile(rb"P([2356])" + 3 * rb"(?:\s|#[^\n\r]*[\n\r])+(\d+)" + rb"(?:\s*#[^\n\r]*[\n\r]|\s)")
_MOST_HEADER = 4096


@dataclass(frozen=True)
class NetpbmKind:
    """What a file says of its pixels: shape and dtype, where they begin, and whether they are text."""

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int
    is_text: bool


def netpbm_kind(start: bytes) -> NetpbmKind | None:
    """Return what the beginning of a file says; None if it is none of PGM and PPM."""
    match = _HEADER.match(start[:_MOST_HEADER])
    if match is None:
        return None
    kind, width, height, highest = (int(group) for group in match.groups())
    shape = (height, width, 3) if kind in (3, 6) else (height, width)
    dtype = np.dtype(np.uint8 if highest < 256 else np.uint16)
    return NetpbmKind(shape, dtype, match.end(), is_text=kind < 4)


def decode_netpbm(content: bytes) -> NDArray[Any]:
    """Return the pixels of the first picture in a file, as they are stored.

    Raises
    ------
    ValueError
        If there are too few.
    """
    kind = netpbm_kind(content)
    if kind is None:
        raise ValueError("no PGM or PPM")
    n = prod(kind.shape)
    if kind.is_text:
        values = np.array(re.sub(rb"#[^\n\r]*", b"", content[kind.offset :]).split()[:n], kind.dtype)
    else:
        n_there = (len(content) - kind.offset) // kind.dtype.itemsize
        values = np.frombuffer(content, kind.dtype.newbyteorder(">"), min(n, n_there), kind.offset)
    if len(values) < n:
        raise ValueError(f"{n - len(values):,} of {n:,} values are missing")
    return values.reshape(kind.shape).astype(kind.dtype, copy=False)

"""Frames that hardly lose more than by libjpeg's tables: where others lose more, finer ones take over."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from jpkl._codecs.codec import Frame
from jpkl._codecs.jpeg_encoding import Encoded, encode_measured, n_groups
from jpkl._codecs.jpeg_tables import Tables

#: How often a frame is encoded before the tables that it is compared with are taken.
_MOST_TRIES = 4
#: Steps by errors: as their square root where all coefficients are kept, and more where many are zero.
_POWER_FINER, _POWER_COARSER = 0.7, 0.5
_COARSEST = 4.0
#: What is added to steps before they are multiplied and rounded, so that a few entries change at a time.
_OFFSETS = np.arange(1, 65) * 0.618034 % 1 - 0.5


class Limits(NamedTuple):
    """What a frame may lose: its squared error, as a part of that by other tables.

    Attributes
    ----------
    tables : Tables
        The others.
    least, most : float
        Below and above, finer and coarser tables are tried.
    most_groups, spacing : int
        How many groups of blocks are looked at, about, and of how many one is at the most.
    """

    tables: Tables
    least: float
    most: float
    most_groups: int
    spacing: int


def encode_within(image: Frame, tables: Tables, limits: Limits, *, optimize: bool, whole: bool) -> Encoded:
    """Encode a frame so that its squared error, over a part of its blocks, is not above what it may be.

    Parameters
    ----------
    image : ndarray of uint8
        Gray or RGB.
    tables : Tables
        Are taken where they do, or else finer ones; or coarser ones where a frame would hardly lose anything.
    limits : Limits
        What is allowed.
    optimize : bool
        Whether to make Huffman tables for the frame.
    whole : bool
        Whether to measure the error of the whole frame.
    """
    # An odd number, as rows often have an even number of groups: all columns are to have their turn.
    every = max(limits.spacing, n_groups(image) // limits.most_groups | 1)
    compared, best = limits.tables, None
    for _ in range(_MOST_TRIES):
        if tables == compared:
            break
        found = encode_measured(image, tables, optimize=optimize, compared=compared, every=every, whole=whole)
        if found.part and not found.compared:
            break  # the other tables lose nothing here
        error = found.part / max(1, found.compared)
        if error > limits.most:
            tables = _scaled(tables, min(0.99, (limits.most / error) ** _POWER_FINER))
        elif error >= limits.least or not found.compared:
            return found
        else:
            best = found
            middle = (limits.least + limits.most) / 2
            tables = _scaled(tables, min(_COARSEST, (middle / max(error, 1e-3)) ** _POWER_COARSER))
    return best or encode_measured(image, compared, optimize=optimize, whole=whole)


def _scaled(tables: Tables, factor: float) -> Tables:
    """Return tables whose entries are so many times as large in the mean."""
    exact = [(table + _OFFSETS) * factor for table in tables]
    luma, chroma = (np.clip(np.rint(table), 1, 255).astype(int) for table in exact)
    # The mean of a block is kept as exactly as before: who looks closely sees it change from block to block.
    luma[0], chroma[0] = min(luma[0], tables[0][0]), min(chroma[0], tables[1][0])
    return tuple(luma.tolist()), tuple(chroma.tolist())

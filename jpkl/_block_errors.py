"""Squared errors of frames, by some blocks of each that are encoded and decoded again."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._codecs.jpeg import MAX_JPEG_SIDE, JpegCodec

#: Side of the blocks that JPEG encodes one by one.
_SIDE = 8
#: Part of the blocks that is measured, within limits: decoding takes longer than encoding.
_PART, _LEAST_BLOCKS = 36, 8
#: Columns of a picture at the most, and blocks that are measured together, about.
_MOST_COLUMNS, _TOGETHER = MAX_JPEG_SIDE // _SIDE * _SIDE, 4096
#: Multiples of powers of the plastic number spread points evenly over a square, however many there are.
_PLASTIC = (0.7548776662, 0.5698402910)


class BlockErrors:
    """Measures what a JPEG codec loses in some blocks of frames: the same blocks of each.

    What becomes of a block depends on nothing but the block and the tables, so blocks of many frames are put
    into one picture, which is encoded and decoded as fast as any.

    Parameters
    ----------
    codec : JpegCodec
        Encodes the frames: gray, or with full-resolution chroma.
    frame_shape : tuple of int
        ``(height, width)`` or ``(height, width, 3)``, of which `fit` holds.
    """

    def __init__(self, codec: JpegCodec, frame_shape: tuple[int, ...]) -> None:
        self._codec = JpegCodec(codec.quality, codec.tables)
        rows, columns = (side // _SIDE for side in frame_shape[:2])
        n = max(_LEAST_BLOCKS, rows * columns // _PART)
        places = (np.arange(1, n + 1)[:, None] * _PLASTIC + 0.5) % 1
        self._down, self._across = (places * (rows, columns)).astype(int).T
        self._crop = (slice(rows * _SIDE), slice(columns * _SIDE))
        self._grid = (rows, _SIDE, columns, _SIDE, *frame_shape[2:])
        #: Frames whose blocks are measured together at the most.
        self.n_together = max(1, _TOGETHER // n)

    @staticmethod
    def fit(frame_shape: tuple[int, ...]) -> bool:
        """Return whether frames have so many blocks that some of them stand for all."""
        rows, columns = (side // _SIDE for side in frame_shape[:2])
        return rows * columns >= _LEAST_BLOCKS * _LEAST_BLOCKS

    def blocks(self, frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return the blocks of a frame: shape ``(n, 8, 8[, 3])``."""
        found: NDArray[np.uint8] = frame[self._crop].reshape(self._grid)[self._down, :, self._across]
        return found

    def measure(self, frames: list[NDArray[np.uint8]]) -> NDArray[np.float64]:
        """Return the mean squared error of each frame, of which `blocks` were taken."""
        blocks = np.concatenate(frames)
        wide = np.ascontiguousarray(np.swapaxes(blocks, 0, 1)).reshape(_SIDE, -1, *blocks.shape[3:])
        parts = [wide[:, start : start + _MOST_COLUMNS] for start in range(0, wide.shape[1], _MOST_COLUMNS)]
        squares = np.concatenate([self._squares(part) for part in parts])
        return np.asarray(squares.reshape(len(frames), -1).mean(axis=1, dtype=np.float64))

    def _squares(self, picture: NDArray[np.uint8]) -> NDArray[Any]:
        """Return the mean squared error of each column."""
        decoded = self._codec.decode(self._codec.encode(picture), picture.shape)
        error = np.subtract(picture, decoded, dtype=np.float32)
        error *= error
        return np.asarray(error.mean(axis=0).reshape(picture.shape[1], -1).mean(axis=1))

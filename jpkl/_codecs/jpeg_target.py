"""Quantization tables by what frames lose or take: found by encoding a sample and measuring it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from jpkl._codecs.codec import Frame
from jpkl._codecs.jpeg import JpegCodec
from jpkl._codecs.jpeg_fit import N_STEPS, STEPS_PER_OCTAVE, fit_slope
from jpkl._codecs.jpeg_tables import sloped_tables
from jpkl._metrics import mean_psnr, psnr_of, squared_error, ssim

#: Pixels of a channel that are encoded to measure a step.
_PIXELS = 1 << 20
#: Side of the tiles that are taken of larger frames; a multiple of 8.
_TILE = 128
#: Nearly one step for all frequencies, yet so that only a few entries at a time change with the step.
FLAT = 0.1

#: The quality that limits the step of a block's mean in `sloped_tables` to half a gray level.
_BEST = 100
#: Pixels of a piece of which SSIM is measured.
_SSIM_PIXELS = 1 << 15


class TargetSample:
    """Frames of a channel, whole or in tiles, that are encoded with one step after the other.

    Parameters
    ----------
    frames : sequence of ndarray of uint8
        Of one shape; at least one.
    optimize : bool
        Whether frames of the stack have Huffman tables of their own.
    """

    def __init__(self, frames: Sequence[Frame], *, optimize: bool) -> None:
        self._frames = frames
        self._optimize = optimize
        self._shape = frames[0].shape
        share = _PIXELS // len(frames)
        self._tiles = [_tiles(frame, share, number) for number, frame in enumerate(frames)]
        self.slope = FLAT
        #: The quality at which libjpeg's tables lose as much.
        self.quality = 90

    def note_quality(self, step: int) -> None:
        """Find the quality at which libjpeg loses as much as flat tables of this step."""
        self.quality = fit_slope(self._frames, _size(step))[1]

    def use_best_slope(self, step: int) -> None:
        """Replace the flat slope by the one that suits the frames where flat tables have this step."""
        self.slope, self.quality = fit_slope(self._frames, _size(step))

    def codec(self, step: int) -> JpegCodec:
        """Return the codec of a step."""
        return self._codec(step, optimize=self._optimize)

    def _codec(self, step: int, *, optimize: bool) -> JpegCodec:
        return JpegCodec(self.quality, sloped_tables(self.slope, _size(step), _BEST), optimize)

    def rmse(self, step: int) -> float:
        """Return the root of the mean squared error of a step, in gray levels, of frames that have one.

        Blank frames, which lose nothing, do not make up for what others lose.
        """
        lost = [error for error in self._errors(step) if error]
        return float(np.sqrt(np.mean(lost))) if lost else 0.0

    def psnr(self, step: int) -> float:
        """Return the mean PSNR of a step."""
        return mean_psnr(map(psnr_of, self._errors(step)))

    def ssim(self, step: int) -> float:
        """Return the mean SSIM of a step."""
        codec = self._codec(step, optimize=False)
        return float(np.mean([_mean_ssim(tiles, _coded(codec, tiles)[1]) for tiles in self._tiles]))

    def nbytes(self, step: int) -> float:
        """Return the mean size of a frame of a step."""
        codec = self.codec(step)
        sizes = [self._frame_nbytes(codec.encode(_joined(tiles)), tiles) for tiles in self._tiles]
        return float(np.mean(sizes))

    def _errors(self, step: int) -> list[float]:
        codec = self._codec(step, optimize=False)
        return [squared_error(tiles, _coded(codec, tiles)[1]) for tiles in self._tiles]

    def _frame_nbytes(self, data: bytes, tiles: Frame) -> float:
        """Return the bytes of a frame, by those of its tiles: the header is there once."""
        header = JpegCodec._header(data).scan_offset
        return header + (len(data) - header) * np.prod(self._shape) / tiles.size


def coarsest(is_good: Callable[[int], bool], near: int | None = None) -> int:
    """Return the largest step that is good, by halving; 0 where none is.

    Parameters
    ----------
    is_good : callable
        Whether a step is.
    near : int, optional
        Look only within an octave of this step.
    """
    low, high = 0, N_STEPS - 1
    if near is not None:
        low, high = max(low, near - STEPS_PER_OCTAVE), min(high, near + STEPS_PER_OCTAVE)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if is_good(middle) else (low, middle - 1)
    return low


def _size(step: int) -> float:
    return float(2 ** (step / STEPS_PER_OCTAVE))


def _coded(codec: JpegCodec, tiles: Frame) -> tuple[bytes, Frame]:
    """Return tiles encoded, and decoded again."""
    joined = _joined(tiles)
    data = codec.encode(joined)
    return data, codec.decode(data, joined.shape).reshape(tiles.shape)


def _joined(tiles: Frame) -> Frame:
    return tiles.reshape(-1, *tiles.shape[2:])


def _mean_ssim(tiles: Frame, decoded: Frame) -> float:
    most = _SSIM_PIXELS // len(tiles)
    return float(np.mean([ssim(*pair, most) for pair in zip(tiles, decoded, strict=True)]))


def _tiles(frame: Frame, share: int, number: int) -> Frame:
    """Return a frame, or tiles from all over it with about so many pixels: shape (n, height, width[, 3])."""
    height, width = frame.shape[:2]
    if height * width <= share or min(height, width) < 2 * _TILE:
        return np.ascontiguousarray(frame)[None]
    n = max(4, share // _TILE**2)
    # Multiples of the plastic number's powers spread points evenly over a square, however many there are.
    places = (np.arange(number * n, (number + 1) * n)[:, None] * (0.7548776662, 0.5698402910) + 0.5) % 1
    corners = (places * ((height - _TILE) // 8 + 1, (width - _TILE) // 8 + 1)).astype(int) * 8
    return np.stack([frame[top : top + _TILE, left : left + _TILE] for top, left in corners])

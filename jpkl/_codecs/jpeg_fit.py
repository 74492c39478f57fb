"""Quantization tables for a channel of a stack: over a sample, libjpeg's PSNR at least, in fewer bytes.

What a table costs in error follows from the coefficients of a sample alone (Parseval); what it costs in bytes
is found by encoding the sample. Frames of a microscope are noisy and are looked at closely: that calls for
nearly the same step for all frequencies. Where that would wipe the texture out of faint blocks, which one
sees when the contrast is stretched, steps rise with frequency, up to the ratios that libjpeg has.
"""

from __future__ import annotations

import sys
from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np

from jpkl._codecs.codec import Frame
from jpkl._codecs.jpeg_coefficients import coefficients_of
from jpkl._codecs.jpeg_encoding import encode_with
from jpkl._codecs.jpeg_tables import Tables, sloped_tables, standard_tables

Decode = Callable[[bytes, tuple[int, ...]], Frame]

#: Pixels of a channel that are looked at.
SAMPLE_PIXELS = 1 << 16
#: Slopes that are tried: `sloped_tables` says what they mean.
_SLOPES = (0.1, 0.25, 0.5, 0.75, 1.0)
#: Steps that are tried are powers of the 48th root of 2, up to 255.
STEPS_PER_OCTAVE = 48
N_STEPS = 8 * STEPS_PER_OCTAVE
#: Where a slope takes so many times the bytes of a flatter one, steeper ones are not tried.
_HOPELESS = 1.01
#: Squared error by that of libjpeg's tables at the most: a little less, as a sample is not the stack.
_MOST_ERROR = 0.99
#: Blocks, of all, that may lose their texture beyond those that lose it by libjpeg's tables.
_MORE_BLANK = 0.03
#: The golden ratio spreads places evenly, however many there are.
_GOLDEN = 0.618034
#: Pixels wider than this are looked at in part.
_MAX_WIDTH = 2048

#: Squared error of RGB that squared errors of Y, Cb and Cr make.
_WEIGHTS = (1.0, (0.344136**2 + 1.772**2) / 3, (1.402**2 + 0.714136**2) / 3)


def fit_tables(sample: Sequence[Frame], quality: int, decode: Decode) -> tuple[Tables, float]:
    """Return tables for a channel, and the squared error of the sample as a part of that by libjpeg's.

    Parameters
    ----------
    sample : sequence of ndarray of uint8
        Frames of one shape.
    quality : int
        The squared error of what is looked at of the sample, all of it together, is at most that of libjpeg's
        tables of this quality, and hardly more blocks lose their texture. Single frames may lose more.
    decode : callable
        Decodes a frame.
    """
    sheet = _sheet(sample)
    standard = standard_tables(quality)
    slope, step, nbytes = _smallest(sheet, Spectrum(sheet), quality)
    most = _nbytes(sheet, standard)
    if nbytes >= most:
        return standard, 1.0
    tables, error = _checked(sheet, slope, step, quality, decode)
    # Where clipping undoes much of what libjpeg's tables lose, tables that are as good may be larger.
    return (tables, error) if _nbytes(sheet, tables) < most else (standard, 1.0)


def fit_slope(sample: Sequence[Frame], step: float) -> tuple[float, int]:
    """Return the slope that suits frames at a step, and the quality at which libjpeg loses as much.

    Parameters
    ----------
    sample : sequence of ndarray of uint8
        Frames of one shape.
    step : float
        As of `sloped_tables`; what flat tables of this step lose is what the quality is compared by.
    """
    sheet = _sheet(sample)
    spectrum = Spectrum(sheet)
    most = spectrum.error(sloped_tables(_SLOPES[0], step, 100))
    quality = bisect_left(range(100), -most, key=lambda each: -spectrum.error(standard_tables(each)))
    return _smallest(sheet, spectrum, quality)[0], quality


def _smallest(sheet: Frame, spectrum: Spectrum, quality: int) -> tuple[float, int, int]:
    """Return slope and step of the smallest tables that are as good as libjpeg's, and their bytes."""
    standard = standard_tables(quality)
    most = spectrum.error(standard), spectrum.n_blank(standard) + int(_MORE_BLANK * spectrum.n_blocks)

    def is_good(tables: Tables) -> bool:
        return spectrum.error(tables) <= _MOST_ERROR * most[0] and spectrum.n_blank(tables) <= most[1]

    best, near = (0.0, 0, sys.maxsize), _mean_step(standard)
    for slope in _SLOPES:
        near = _coarsest(slope, quality, is_good, near)
        nbytes = _nbytes(sheet, _tables(slope, near, quality))
        if nbytes > _HOPELESS * best[2]:
            break  # steeper ones are larger still
        best = min(best, (slope, near, nbytes), key=lambda each: each[2])
    return best


def _mean_step(tables: Tables) -> int:
    """Return the step whose tables have the geometric mean of these."""
    return round(STEPS_PER_OCTAVE * float(np.log2(tables[0]).mean()))


@lru_cache(maxsize=1024)  # other channels take the same ones
def _tables(slope: float, step: int, quality: int) -> Tables:
    return sloped_tables(slope, 2 ** (step / STEPS_PER_OCTAVE), quality)


def _coarsest(slope: float, quality: int, is_good: Callable[[Tables], bool], near: int) -> int:
    """Return the largest step whose tables are good, sought around one that may be near; 0 where none are."""

    def reaches(step: int) -> bool:
        return is_good(_tables(slope, step, quality))

    low, high, width = near, near, 4
    while low > 0 and not reaches(low):
        low, high, width = max(0, low - width), low - 1, 2 * width
    if high == near:
        high, width = min(N_STEPS, near + 4), 8
        while high < N_STEPS and reaches(high):
            low, high, width = high, min(N_STEPS, high + width), 2 * width
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if reaches(middle) else (low, middle - 1)
    return low


def _checked(sheet: Frame, slope: float, step: int, quality: int, decode: Decode) -> tuple[Tables, float]:
    """Return tables of that step, or a little finer, whose decoded pixels are as good as they should be.

    Decoders round pixels and clip them, of which coefficients know nothing.
    """
    standard = standard_tables(quality)
    most = _decoded_error(sheet, standard, decode)
    for finer in range(step, max(-1, step - STEPS_PER_OCTAVE), -1):
        tables = _tables(slope, finer, quality)
        error = _decoded_error(sheet, tables, decode)
        if error <= _MOST_ERROR * most:
            return tables, error / max(1, most)
    return standard, 1.0


def _nbytes(sheet: Frame, tables: Tables) -> int:
    return len(encode_with(sheet, tables, optimize=True))


def _decoded_error(sheet: Frame, tables: Tables, decode: Decode) -> int:
    """Return the sum of squared errors."""
    decoded = decode(encode_with(sheet, tables, optimize=False), sheet.shape)
    error = np.subtract(sheet, decoded, dtype=np.int16)
    return int(np.square(error, dtype=np.int32).sum(dtype=np.int64))


def _sheet(sample: Sequence[Frame]) -> Frame:
    """Return pieces of frames below each other, each of whole blocks."""
    share = SAMPLE_PIXELS // len(sample)
    pieces = np.stack([_piece(frame, share, _GOLDEN * n % 1) for n, frame in enumerate(sample, 1)])
    _, height, width, *_ = pieces.shape
    edges = ((0, 0), (0, -height % 8), (0, -width % 8), (0, 0))[: pieces.ndim]
    padded = np.pad(pieces, edges, mode="edge") if height % 8 or width % 8 else pieces
    return padded.reshape(-1, *padded.shape[2:])


def _piece(frame: Frame, n_pixels: int, start: float) -> Frame:
    """Return bands of 8 rows from all over a frame, about so many pixels; all of it where it has no more.

    ``start``, from 0 to 1, is where in its part of the frame each band is: elsewhere in each frame.
    """
    height, width = frame.shape[:2]
    shown = min(width, _MAX_WIDTH)
    # Half of them where frames are one pixel wide: all of them would be more rows than a JPEG holds.
    n_bands = max(1, n_pixels // (8 * max(2, shown)))
    if height <= 8 * n_bands and width == shown:
        return np.ascontiguousarray(frame)
    n_bands = min(n_bands, max(1, height // 8))
    tops = ((np.arange(n_bands) + start) * (height // 8) / n_bands).astype(int) * 8
    # Where frames are wide, each band is from elsewhere.
    lefts = ((start + np.arange(1, n_bands + 1) * _GOLDEN) % 1 * ((width - shown) // 8)).astype(int) * 8
    bands = [frame[top : top + 8, left : left + shown] for top, left in zip(tops, lefts, strict=True)]
    return np.ascontiguousarray(np.concatenate(bands))


class Spectrum:
    """What quantization makes of the coefficients of a sample, in integers: the same on every machine."""

    def __init__(self, sheet: Frame) -> None:
        self._coefficients = coefficients_of(sheet)

    @property
    def n_blocks(self) -> int:
        return self._coefficients.n_blocks

    @property
    def n_components(self) -> int:
        return self._coefficients.n_components

    def error(self, tables: Tables) -> float:
        """Return the sum of squared errors of pixels, times 64."""
        n, error = self._coefficients.n_components, self._coefficients.error
        return sum(_WEIGHTS[c] * error(c, tables[min(c, 1)]) for c in range(n))

    def n_blank(self, tables: Tables) -> int:
        """Return how many blocks of luma keep nothing but their mean."""
        return self._coefficients.n_blank(tables[0])

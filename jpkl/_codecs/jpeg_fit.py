"""Quantization tables for a channel of a stack: libjpeg's PSNR at least, in fewer bytes.

What a table costs in error follows from the coefficients of a sample alone (Parseval); what it costs in bytes
is found by encoding the sample. Frames of a microscope are noisy and are looked at closely: that calls for
nearly the same step for all frequencies. Where that would wipe the texture out of faint blocks, which one
sees when the contrast is stretched, steps rise with frequency, up to the ratios that libjpeg has.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from jpkl._codecs.codec import Frame
from jpkl._codecs.jpeg_pillow import pillow_encode
from jpkl._codecs.jpeg_tables import Tables, sloped_tables, standard_tables

Decode = Callable[[bytes, tuple[int, ...]], Frame]

#: Pixels of a channel that are looked at.
SAMPLE_PIXELS = 1 << 17
#: Slopes that are tried: `sloped_tables` says what they mean.
_SLOPES = (0.1, 0.25, 0.5, 0.75, 1.0)
#: Steps that are tried are powers of the 48th root of 2, up to 255.
STEPS_PER_OCTAVE = 48
N_STEPS = 8 * STEPS_PER_OCTAVE
#: Blocks, of all, that may lose their texture beyond those that lose it by libjpeg's tables.
_MORE_BLANK = 0.05
#: Pixels wider than this are looked at in part.
_MAX_WIDTH = 2048

_SIDE = np.arange(8)
#: The discrete cosine transform of 8 pixels; orthonormal.
_DCT = (
    np.cos(np.outer(_SIDE, 2 * _SIDE + 1) * np.pi / 16) * np.where(_SIDE == 0, np.sqrt(1 / 8), 0.5)[:, None]
)
_FROM_RGB = np.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
#: Squared error of RGB that squared errors of Y, Cb and Cr make.
_WEIGHTS = (1.0, (0.344136**2 + 1.772**2) / 3, (1.402**2 + 0.714136**2) / 3)


def fit_tables(sample: Sequence[Frame], quality: int, decode: Decode) -> Tables:
    """Return tables for a channel.

    Parameters
    ----------
    sample : sequence of ndarray of uint8
        Frames of one shape.
    quality : int
        The PSNR is at least that of libjpeg's tables of this quality, and hardly more blocks lose their
        texture.
    decode : callable
        Decodes a frame.
    """
    pieces = [_piece(frame, SAMPLE_PIXELS // len(sample)) for frame in sample]
    standard = standard_tables(quality)
    slope, step, nbytes = _smallest(pieces, _Spectrum(pieces), quality)
    if nbytes >= _nbytes(pieces, standard):
        return standard
    return _checked(pieces, slope, step, quality, decode)


def fit_slope(sample: Sequence[Frame], step: float) -> tuple[float, int]:
    """Return the slope that suits frames at a step, and the quality at which libjpeg loses as much.

    Parameters
    ----------
    sample : sequence of ndarray of uint8
        Frames of one shape.
    step : float
        As of `sloped_tables`; what flat tables of this step lose is what the quality is compared by.
    """
    pieces = [_piece(frame, SAMPLE_PIXELS // len(sample)) for frame in sample]
    spectrum = _Spectrum(pieces)
    most = spectrum.error(sloped_tables(_SLOPES[0], step, 100))
    quality = bisect_left(range(100), -most, key=lambda each: -spectrum.error(standard_tables(each)))
    return _smallest(pieces, spectrum, quality)[0], quality


def _smallest(pieces: list[Frame], spectrum: _Spectrum, quality: int) -> tuple[float, int, int]:
    """Return slope and step of the smallest tables that are as good as libjpeg's, and their bytes."""
    standard = standard_tables(quality)
    most = spectrum.error(standard), spectrum.n_blank(standard) + int(_MORE_BLANK * spectrum.n_blocks)

    def is_good(tables: Tables) -> bool:
        return spectrum.error(tables) <= most[0] and spectrum.n_blank(tables) <= most[1]

    candidates = [(slope, _coarsest(slope, quality, is_good)) for slope in _SLOPES]
    sizes = [_nbytes(pieces, _tables(slope, step, quality)) for slope, step in candidates]
    best = int(np.argmin(sizes))
    return *candidates[best], sizes[best]


def _tables(slope: float, step: int, quality: int) -> Tables:
    return sloped_tables(slope, 2 ** (step / STEPS_PER_OCTAVE), quality)


def _coarsest(slope: float, quality: int, is_good: Callable[[Tables], bool]) -> int:
    """Return the largest step whose tables are good, by halving; 0 where none are."""
    low, high = 0, N_STEPS
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if is_good(_tables(slope, middle, quality)) else (low, middle - 1)
    return low


def _checked(pieces: list[Frame], slope: float, step: int, quality: int, decode: Decode) -> Tables:
    """Return tables of that step, or a little finer, whose decoded pixels are as good as they should be.

    Decoders round pixels and clip them, of which coefficients know nothing.
    """
    standard = standard_tables(quality)
    most = _decoded_error(pieces, standard, decode)
    for finer in range(step, max(-1, step - STEPS_PER_OCTAVE), -1):
        tables = _tables(slope, finer, quality)
        if _decoded_error(pieces, tables, decode) <= most:
            return tables
    return standard


def _nbytes(pieces: list[Frame], tables: Tables) -> int:
    return sum(len(pillow_encode(piece, tables, optimize=True)) for piece in pieces)


def _decoded_error(pieces: list[Frame], tables: Tables, decode: Decode) -> int:
    """Return the sum of squared errors."""
    total = 0
    for piece in pieces:
        decoded = decode(pillow_encode(piece, tables, optimize=False), piece.shape)
        error = np.subtract(piece, decoded, dtype=np.int32)
        total += int(np.square(error).sum(dtype=np.int64))
    return total


def _piece(frame: Frame, n_pixels: int) -> Frame:
    """Return bands of 8 rows from all over a frame, about so many pixels; all of it where it has no more."""
    height, width = frame.shape[:2]
    shown = min(width, _MAX_WIDTH)
    n_bands = max(1, n_pixels // (8 * shown))
    if height <= 8 * n_bands and width == shown:
        return np.ascontiguousarray(frame)
    n_bands = min(n_bands, max(1, height // 8))
    tops = ((np.arange(n_bands) + 0.5) * (height // 8) / n_bands).astype(int) * 8
    # Where frames are wide, each band is from elsewhere: the golden ratio spreads them.
    lefts = (np.arange(1, n_bands + 1) * 0.618034 % 1 * ((width - shown) // 8)).astype(int) * 8
    bands = [frame[top : top + 8, left : left + shown] for top, left in zip(tops, lefts, strict=True)]
    return np.ascontiguousarray(np.concatenate(bands))


class _Spectrum:
    """The coefficients of the blocks of some frames.

    They are rounded to 1/16, so that sums of squares are exact, and the same on every machine.
    """

    def __init__(self, pieces: list[Frame]) -> None:
        planes = [_planes(piece) for piece in pieces]
        self._coefficients = [
            np.concatenate([_transformed(plane) for plane in component])
            for component in zip(*planes, strict=True)
        ]
        self._magnitudes = np.abs(self._coefficients[0][:, 1:])
        self._errors: dict[tuple[int, int], NDArray[np.float64]] = {}

    @property
    def n_blocks(self) -> int:
        return len(self._magnitudes)

    def error(self, tables: Tables) -> float:
        """Return the sum of squared errors of pixels."""
        components = enumerate(zip(self._coefficients, _WEIGHTS, strict=False))
        return sum(weight * self._component_error(c, tables[min(c, 1)]) for c, (_, weight) in components)

    def _component_error(self, component: int, table: tuple[int, ...]) -> float:
        return float(sum(self._errors_of(component, step)[k] for k, step in enumerate(table)))

    def _errors_of(self, component: int, step: int) -> NDArray[np.float64]:
        """Return the sum of squared errors of each frequency."""
        if (component, step) not in self._errors:
            coefficients = self._coefficients[component]
            kept = np.rint(coefficients * np.float32(1 / step))
            kept *= step
            kept -= coefficients
            self._errors[component, step] = np.square(kept, out=kept).sum(axis=0, dtype=np.float64)
        return self._errors[component, step]

    def n_blank(self, tables: Tables) -> int:
        """Return how many blocks of luma keep nothing but their mean."""
        half_steps = np.array(tables[0][1:], np.float32) / 2
        return int(np.count_nonzero(~(self._magnitudes >= half_steps).any(axis=1)))


def _planes(piece: Frame) -> list[NDArray[np.float32]]:
    """Return gray, or Y, Cb and Cr, around 0."""
    if piece.ndim == 2:
        return [piece.astype(np.float32) - 128]
    planes = np.rint(np.moveaxis(piece @ _FROM_RGB.T, -1, 0)).astype(np.float32)
    planes[0] -= 128
    return list(planes)


def _transformed(plane: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the coefficients of each block, shape ``(n, 64)``."""
    height, width = plane.shape
    padded = np.pad(plane, ((0, -height % 8), (0, -width % 8)), mode="edge")
    across = padded.reshape(-1, 8) @ _DCT.T.astype(np.float32)
    blocks = across.reshape(padded.shape[0] // 8, 8, -1, 8).transpose(0, 2, 3, 1)
    both = np.ascontiguousarray(blocks).reshape(-1, 8) @ _DCT.T.astype(np.float32)
    coefficients = both.reshape(-1, 8, 8).transpose(0, 2, 1).reshape(-1, 64)
    return np.asarray(np.rint(coefficients * 16) / 16, np.float32)

"""The coefficients of a frame's blocks, and what quantization makes of them, whether it is encoded or not.

All is counted in integers, by the transform that libjpeg has: the compiled encoder and NumPy find the same.
"""

from __future__ import annotations

from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from jpkl._codecs.codec import Frame
from jpkl._codecs.jpeg_native import NativeCoefficients, has_native

_Ints: TypeAlias = "NDArray[np.int32]"


class Coefficients(Protocol):
    """Coefficients of the blocks of a gray frame, or of an RGB one as Y, Cb and Cr."""

    n_components: int
    n_blocks: int

    def error(self, component: int, steps: tuple[int, ...]) -> int:
        """Return 64 times the sum of squared errors of a component's samples by a table of steps.

        Rounding to gray levels adds up to 1/12 per pixel to it, and clipping takes something away.
        """

    def n_blank(self, steps: tuple[int, ...]) -> int:
        """Return how many blocks of luma keep nothing but their mean by a table of steps."""


def coefficients_of(image: Frame) -> Coefficients:
    """Transform a frame of uint8, gray or RGB; blocks at the edges repeat its last rows and columns."""
    return NativeCoefficients(image) if has_native() else PlainCoefficients(image)


class PlainCoefficients:
    """The same in NumPy, where there is no compiled encoder."""

    def __init__(self, image: Frame) -> None:
        edges = ((0, -image.shape[0] % 8), (0, -image.shape[1] % 8), (0, 0))[: image.ndim]
        padded = np.pad(image, edges, mode="edge")
        components = padded[None] if image.ndim == 2 else _from_rgb(padded)
        self.n_components = len(components)
        #: Eight times the coefficients, row by row: ``(n_components, 64, n_blocks)``.
        self._values = np.stack([_transformed(component) for component in components])
        self.n_blocks = self._values.shape[2]

    def error(self, component: int, steps: tuple[int, ...]) -> int:
        divisors = 8 * np.array(steps, np.int32)[:, None]
        magnitudes = np.abs(self._values[component])
        changes = magnitudes - divisors * ((magnitudes + divisors // 2) // divisors)
        return int(np.square(changes).sum(dtype=np.int64))

    def n_blank(self, steps: tuple[int, ...]) -> int:
        half_steps = 4 * np.array(steps, np.int32)[1:, None]
        return int(np.count_nonzero((np.abs(self._values[0, 1:]) < half_steps).all(axis=0)))


def _from_rgb(image: Frame) -> NDArray[np.uint8]:
    """Return Y, Cb and Cr, first axis: the factors of JFIF times 2^16, as integers."""
    r, g, b = np.moveaxis(image.astype(np.int32), -1, 0)
    half, middle = 1 << 15, (128 << 16) + (1 << 15) - 1
    return np.stack(
        [
            (19595 * r + 38470 * g + 7471 * b + half) >> 16,
            (-11059 * r - 21709 * g + 32768 * b + middle) >> 16,
            (32768 * r - 27439 * g - 5329 * b + middle) >> 16,
        ]
    ).astype(np.uint8)


def _transformed(plane: NDArray[np.uint8]) -> _Ints:
    """Return eight times the coefficients of a plane of whole blocks: ``(64, n_blocks)``, row by row."""
    height, width = plane.shape
    blocks = plane.astype(np.int32).reshape(height // 8, 8, width // 8, 8) - 128
    # Axes (column, block row, row, block column), then (row, column, block row, block column).
    across = _transformed_8(np.moveaxis(blocks, 3, 0), is_second=False)
    both = _transformed_8(np.moveaxis(across, 2, 0), is_second=True)
    return np.ascontiguousarray(both.reshape(64, -1))


#: Bits of the fractions of factors, and of those that are kept between the two passes.
_FRACTION, _SPARE = 13, 2


def _transformed_8(s: _Ints, *, is_second: bool) -> _Ints:
    """Transform along the first axis: as `transform_8` of ``jpeg_encoder.c``, which says where it is from."""
    shift = _FRACTION + _SPARE if is_second else _FRACTION - _SPARE
    sums, d = s[:4] + s[:3:-1], s[:4] - s[:3:-1]
    outer, inner, outer_d, inner_d = (
        sums[0] + sums[3],
        sums[1] + sums[2],
        sums[0] - sums[3],
        sums[1] - sums[2],
    )
    both = 9633 * (d[0] + d[1] + d[2] + d[3])
    first, second = -7373 * (d[0] + d[3]), -20995 * (d[1] + d[2])
    third, fourth = both - 16069 * (d[1] + d[3]), both - 3196 * (d[0] + d[2])
    sixth = 4433 * (outer_d + inner_d)
    ends = outer + inner, outer - inner
    mean, middle = (_rounded(end, _SPARE) if is_second else end << _SPARE for end in ends)
    scaled = (
        12299 * d[0] + first + fourth,
        sixth + 6270 * outer_d,
        25172 * d[1] + second + third,
        16819 * d[2] + second + fourth,
        sixth - 15137 * inner_d,
        2446 * d[3] + first + third,
    )
    one, two, three, five, six, seven = (_rounded(value, shift) for value in scaled)
    return np.stack([mean, one, two, three, middle, five, six, seven])


def _rounded(values: _Ints, shift: int) -> _Ints:
    return (values + (1 << (shift - 1))) >> shift

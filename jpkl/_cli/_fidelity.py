"""How far decoded frames are from the 8-bit frames that were encoded."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from jpkl._array import JPkl
from jpkl._axes import resolve_axes
from jpkl._blocks import Block, ImageArray
from jpkl._dims import FrameIndex
from jpkl._display_range import dtype_limits, to_stored
from jpkl._errors import MissingDependencyError
from jpkl._pipeline import Stop, ordered_map

Frame: TypeAlias = NDArray[Any]

#: Side of the window over which SSIM is averaged, as in the paper that defined it with uniform weights.
_SSIM_WINDOW = 7


@dataclass(frozen=True)
class Fidelity:
    """One frame's distance from its original.

    Attributes
    ----------
    index : tuple of int
        Frame index.
    psnr : float
        Peak signal-to-noise ratio in dB, of a peak of 255, or of values that are kept exactly of the
        display range; infinite for equal frames.
    ssim : float
        Mean structural similarity, at most 1; NaN for frames smaller than its window of 7 x 7.
    """

    index: FrameIndex
    psnr: float
    ssim: float

    def __str__(self) -> str:
        return f"frame {self.index}: PSNR {self.psnr:.2f} dB, SSIM {self.ssim:.4f}"


def compare(jp: JPkl, array: Any, axes: Any, workers: int) -> Iterator[Fidelity]:
    """Compare each frame with the original, in the order in which the original is stored.

    Raises
    ------
    ValueError
        If the original has another shape, or the stack does not say how it was mapped to 8 bits.
    MissingDependencyError
        If scikit-image is not installed.
    """
    ssim = _structural_similarity()
    source = ImageArray(array, resolve_axes(tuple(array.shape), axes, jp.color and axes is None))
    limits = _limits(jp, source)
    exact_dtype = jp.dtype if jp.is_exact else None

    def compare_block(block: Block, stop: Stop) -> list[Fidelity]:
        originals = source.read(block)
        measured = []
        for position, index in zip(np.ndindex(block.shape), block.frame_indices(), strict=True):
            stop.check()
            low, high = limits[index].tolist()
            original = to_stored(originals[position], low, high, exact_dtype)
            decoded, peak = jp.frame(index), 255.0 if exact_dtype is None else high - low
            similarity = _mean_ssim(ssim, original, decoded, peak)
            measured.append(Fidelity(index, psnr(original, decoded, peak), similarity))
        return measured

    for measured in ordered_map(compare_block, source.blocks(), workers=workers):
        yield from measured


def _limits(jp: JPkl, source: ImageArray) -> NDArray[np.float64]:
    shape = (*source.frame_shape, *source.dim_sizes)
    if shape != jp.shape:
        raise ValueError(
            f"the original has shape {shape} as (height, width, [3,] *dims), the JPkl file {jp.shape}: "
            "say with --axes how the original is laid out"
        )
    if jp.is_exact and jp.display_range is None:
        return np.broadcast_to(dtype_limits(jp.dtype), (*jp.dim_sizes, 2))
    if jp.display_range is None and source.dtype != np.uint8:
        raise ValueError(
            "the JPkl file does not record its display range: only 8-bit originals can be compared, "
            f"not {source.dtype}"
        )
    display_range = (0.0, 255.0) if jp.display_range is None else jp.display_range
    return np.broadcast_to(display_range, (*jp.dim_sizes, 2))


def psnr(original: Frame, decoded: Frame, peak: float = 255.0) -> float:
    """Return the peak signal-to-noise ratio in dB."""
    error = np.subtract(original, decoded, dtype=np.float64)
    mse = float(np.mean(np.square(error)))
    return math.inf if mse == 0 else 10 * math.log10(peak**2 / mse)


def _structural_similarity() -> Callable[..., Any]:
    try:
        from skimage.metrics import structural_similarity
    except ImportError as error:
        raise MissingDependencyError("Measuring SSIM", "io") from error
    function: Callable[..., Any] = structural_similarity
    return function


def _mean_ssim(ssim: Callable[..., Any], original: Frame, decoded: Frame, peak: float) -> float:
    if min(original.shape[:2]) < _SSIM_WINDOW:
        return math.nan
    channel_axis = 2 if original.ndim == 3 else None
    return float(ssim(original, decoded, win_size=_SSIM_WINDOW, data_range=peak, channel_axis=channel_axis))


def summarize(measured: Sequence[Fidelity]) -> str:
    """Return the spread over all frames, in two lines."""
    return "\n".join(
        [
            _spread("PSNR", [fidelity.psnr for fidelity in measured], "{:.2f} dB"),
            _spread("SSIM", [fidelity.ssim for fidelity in measured], "{:.4f}"),
        ]
    )


def _spread(name: str, values: list[float], form: str) -> str:
    known = [value for value in values if not math.isnan(value)]
    if not known:
        return f"{name}: not defined for these frames"
    low, middle, high = min(known), float(np.median(known)), max(known)
    return f"{name}: min {form.format(low)}, median {form.format(middle)}, max {form.format(high)}"

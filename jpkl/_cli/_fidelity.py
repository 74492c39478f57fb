"""How far decoded frames are from the 8-bit frames that were encoded."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._array import JPkl
from jpkl._dims import FrameIndex, frame_number
from jpkl._display_range import check_real, dtype_limits, to_stored
from jpkl._fidelity import Fidelity
from jpkl._metrics import psnr, ssim
from jpkl._pipeline import Stop, ordered_map
from jpkl._source.axes import resolve_axes
from jpkl._source.blocks import Block, ImageArray


@dataclass(frozen=True)
class FrameFidelity:
    """One frame's distance from its original.

    Attributes
    ----------
    index : tuple of int
        Frame index.
    psnr : float
        Peak signal-to-noise ratio in dB, of a peak of 255, or of values that are kept exactly of the
        display range, at least 1; infinite for equal frames.
    ssim : float
        Mean structural similarity, at most 1; NaN for frames smaller than its window of 7 x 7.
    """

    index: FrameIndex
    psnr: float
    ssim: float

    def __str__(self) -> str:
        if math.isinf(self.psnr):
            return f"frame {self.index}: no loss"
        similarity = "" if math.isnan(self.ssim) else f", SSIM {self.ssim:.4f}"
        return f"frame {self.index}: PSNR {self.psnr:.2f} dB{similarity}"


def compare(jp: JPkl, array: Any, axes: Any, workers: int) -> Iterator[FrameFidelity]:
    """Compare each frame with the original, in the order in which the original is stored.

    Raises
    ------
    ValueError
        If the original has another shape, or the stack does not say how it was mapped to 8 bits.
    TypeError
        If its values are no real numbers.
    """
    source = ImageArray(array, resolve_axes(tuple(array.shape), axes, jp.color and axes is None))
    check_real(source.dtype)
    limits = _limits(jp, source)
    exact_dtype = jp.dtype if jp.is_exact else None

    def compare_block(block: Block, stop: Stop) -> list[FrameFidelity]:
        originals = source.read(block)
        measured = []
        for position, index in zip(np.ndindex(block.shape), block.frame_indices(), strict=True):
            stop.check()
            low, high = limits[index].tolist()
            original = to_stored(originals[position], low, high, exact_dtype)
            # Exact values are bools or integers: where all are the same, one step is what can be seen.
            decoded, peak = jp.frame(index), 255.0 if exact_dtype is None else max(high - low, 1.0)
            similarity = ssim(original, decoded, peak=peak)
            measured.append(FrameFidelity(index, psnr(original, decoded, peak), similarity))
        return measured

    for measured in ordered_map(compare_block, source.blocks(), workers=workers):
        yield from measured


def _limits(jp: JPkl, source: ImageArray) -> NDArray[np.float64]:
    shape = (*source.frame_shape, *source.dim_sizes)
    if shape != jp.shape:
        raise ValueError(
            f"the original has shape {shape} (height, width, [3,] *dims), but the JPkl file {jp.shape}: "
            "give the axes of the original with --axes, or name another file"
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


def on_record(measured: Sequence[FrameFidelity], dim_sizes: tuple[int, ...]) -> Fidelity:
    """Return what is to be put on record."""
    by_number = sorted((frame_number(each.index, dim_sizes), each.psnr, each.ssim) for each in measured)
    numbers, psnrs, ssims = (np.array(values) for values in zip(*by_number, strict=True))
    return Fidelity(numbers, psnrs, ssims)


def summarize(measured: Sequence[FrameFidelity]) -> str:
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
    shown = ["no loss" if math.isinf(value) else form.format(value) for value in (low, middle, high)]
    return "{}: lowest {}, median {}, highest {}".format(name, *shown)

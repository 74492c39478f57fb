"""Bytes and fidelity of fitted tables against libjpeg's own tables, on real stacks.

For each stack: bytes by fitted tables, as a part of those by libjpeg's tables at the same quality; then
as a part of those that libjpeg's tables would take at equal PSNR and at equal SSIM, interpolated between
qualities. A picture of faint details, with the contrast
stretched, is written where ``JPKL_FIDELITY_PICTURE`` names a file.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.metrics import structural_similarity

from benchmarks._data import channels
from jpkl import JPkl
from jpkl._display_range import to_uint8

_QUALITY = 90
#: Qualities of libjpeg's tables to interpolate between.
_LADDER = (80, 85, 90, 93, 95, 97, 98, 99, 100)
#: Frames of a stack at the most.
_MOST_FRAMES = 24
_STANDARD: dict[str, Any] = {"jpeg_tables": "standard"}
_FITTED: dict[str, Any] = {"jpeg_tables": "fitted"}


@dataclass(frozen=True)
class _Measured:
    """Bytes of a stack, and the mean fidelity of its frames."""

    nbytes: int
    psnr: float
    ssim: float


def main() -> None:
    print(f"\nFidelity: fitted tables against libjpeg's tables, q={_QUALITY}")
    print(f"  {'stack':<28} {'PSNR':>14} {'SSIM':>14} {'bytes':>7} {'at PSNR':>8} {'at SSIM':>8}")
    ratios = []
    for channel in channels(lambda _: _MOST_FRAMES):
        name, frames = channel.name, channel.shown
        new = _measured(frames, {"jpeg_quality": _QUALITY, **_FITTED})
        ladder = [_measured(frames, {"jpeg_quality": quality, **_STANDARD}) for quality in _LADDER]
        old = ladder[_LADDER.index(_QUALITY)]
        sizes = np.log([each.nbytes for each in ladder])
        at_psnr, at_ssim = (
            new.nbytes / float(np.exp(np.interp(value, values, sizes)))
            for value, values in (
                (new.psnr, [each.psnr for each in ladder]),
                (new.ssim, [each.ssim for each in ladder]),
            )
        )
        ratios.append((new.nbytes / old.nbytes, at_psnr, at_ssim))
        print(
            f"  {name:<28} {old.psnr:>5.2f} -> {new.psnr:>5.2f} {old.ssim:>5.4f} -> {new.ssim:.4f}"
            f" {ratios[-1][0]:>6.3f} {at_psnr:>8.3f} {at_ssim:>8.3f}",
            flush=True,
        )
    means = np.exp(np.log(ratios).mean(axis=0))
    print(f"  {'geometric mean':<58} {means[0]:>6.3f} {means[1]:>8.3f} {means[2]:>8.3f}")
    if picture := os.environ.get("JPKL_FIDELITY_PICTURE"):
        _write_picture(Path(picture))


def _measured(frames: NDArray[np.uint8], options: dict[str, Any]) -> _Measured:
    stack = JPkl(frames, axes="TYX" if frames.ndim == 3 else "TYXS", **options)
    decoded = np.moveaxis(np.asarray(stack), -1, 0)
    mse = np.square(decoded.astype(np.float64) - frames).mean(axis=tuple(range(1, frames.ndim)))
    ssim = [
        structural_similarity(*pair, win_size=7, data_range=255, channel_axis=2 if frames.ndim == 4 else None)
        for pair in zip(frames, decoded, strict=True)
    ]
    psnr = 10 * np.log10(255**2 / np.maximum(mse, 1e-3)).mean()
    return _Measured(stack.compressed_nbytes, float(psnr), float(np.mean(ssim)))


#: Crops with faint details: stack, frame, top and left.
_CROPS = (
    ("mitosis_max_tcyx, channel 0", 10, 40, 30),
    ("cells3d_nuclei_zyx", 8, 0, 0),
    ("yeast_mito_tzyx", 9, 40, 80),
)
_CROP_SIDE, _ENLARGED = 96, 3


def _write_picture(path: Path) -> None:
    """Write crops of originals, of libjpeg's tables and of fitted ones, side by side and stretched alike."""
    stacks = {channel.name: channel.shown for channel in channels(lambda _: _MOST_FRAMES)}
    rows = []
    for name, t, top, left in _CROPS:
        frames = stacks[name]
        decoded = [np.asarray(JPkl(frames, axes="TYX", **options)) for options in (_STANDARD, _FITTED)]
        part = (slice(top, top + _CROP_SIDE), slice(left, left + _CROP_SIDE))
        crops = [frames[t][part], *(each[..., t][part] for each in decoded)]
        limits = np.percentile(crops[0], (1, 90)).tolist()
        shown = [
            np.kron(to_uint8(crop.astype(np.float32), *limits), np.ones((_ENLARGED,) * 2)) for crop in crops
        ]
        rows.append(np.hstack([np.pad(each, 2, constant_values=255) for each in shown]))
    Image.fromarray(np.vstack(rows).astype(np.uint8)).save(path, optimize=True)


if __name__ == "__main__":
    main()

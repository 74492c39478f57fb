"""What is on record of a stack's fidelity, along each dim."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl import Fidelity

#: Decimals of PSNR and of SSIM that are shown.
_PSNR_DIGITS, _SSIM_DIGITS = 2, 4


def fidelity_profiles(fidelity: Fidelity | None, dim_sizes: tuple[int, ...]) -> dict[str, Any] | None:
    """Return the lowest PSNR and SSIM at each index of each dim, as plain data.

    Parameters
    ----------
    fidelity : Fidelity or None
        What is on record, if anything is.
    dim_sizes : tuple of int
        Of the stack.

    Returns
    -------
    dict or None
        For ``psnr`` (dB) and ``ssim``, where it was measured, ``worst``: the number of the frame that has
        the lowest, and ``dims``: for each dim ``values``, the lowest at each index, and ``frames``, the
        numbers of the frames that have them. Both are None where nothing was measured or nothing was lost.
        None for a stack of one frame, or where no frame has lost anything.
    """
    if fidelity is None or not np.isfinite(fidelity.psnr).any() or np.prod(dim_sizes, dtype=np.int64) < 2:
        return None
    profiles = {"psnr": _profile(fidelity.numbers, fidelity.psnr.round(_PSNR_DIGITS), dim_sizes)}
    if np.isfinite(fidelity.ssim).any():
        profiles["ssim"] = _profile(fidelity.numbers, fidelity.ssim.round(_SSIM_DIGITS), dim_sizes)
    return profiles


def _profile(
    numbers: NDArray[np.int64], values: NDArray[np.float64], dim_sizes: tuple[int, ...]
) -> dict[str, Any]:
    known = np.isfinite(values)
    numbers, values = numbers[known], values[known]
    falling = np.lexsort((-numbers, -values))  # of equal ones, the first frame is the last
    numbers, values = numbers[falling], values[falling]
    dims = []
    for indices, size in zip(np.unravel_index(numbers, dim_sizes), dim_sizes, strict=True):
        rows = np.full(size, -1)
        rows[indices] = np.arange(len(numbers))  # of those in one place, the last stays: the lowest
        dims.append(
            {
                "values": [None if row < 0 else float(values[row]) for row in rows],
                "frames": [None if row < 0 else int(numbers[row]) for row in rows],
            }
        )
    return {"worst": int(numbers[-1]), "dims": dims}

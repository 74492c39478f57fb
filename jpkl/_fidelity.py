"""What is on record of the fidelity of a stack: as an object, and as a section of the trailer; pure."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

#: Which frames are measured as they are encoded.
Scope: TypeAlias = Literal["sample", "all"]

_SCOPES = ("sample", "all")

#: Name of the section.
SECTION = b"FDLT"
#: Bytes that a section has at the most: for each frame, and for anything else. More are not parsed.
_FRAME_NBYTES, _FIXED_NBYTES = 64, 1 << 20


@dataclass(frozen=True, eq=False)
class Fidelity:
    """How far decoded frames are from the 8-bit frames that were encoded, as it was measured.

    Attributes
    ----------
    numbers : ndarray of int64, shape (n,)
        Numbers of the frames that were measured, in C order of the dims, ascending.
    psnr : ndarray of float64, shape (n,)
        Peak signal-to-noise ratio of each in dB, of a peak of 255; infinite where nothing was lost.
    ssim : ndarray of float64, shape (n,)
        Mean structural similarity of each, at most 1; NaN where it was not measured, or the frame is smaller
        than its window. Of large frames it is measured in part.
    noise : tuple of float
        Standard deviation of the noise of each channel, in gray levels of the frames; NaN where it is not
        known.
    steps : tuple of float
        Quantization step of each channel: the geometric mean of the 64; NaN where it is not known.
    target : str
        What was asked for, e.g. ``"noise 1"``; empty where it was a quality.
    """

    numbers: NDArray[np.int64]
    psnr: NDArray[np.float64]
    ssim: NDArray[np.float64]
    noise: tuple[float, ...] = ()
    steps: tuple[float, ...] = ()
    target: str = ""

    @property
    def worst(self) -> int:
        """Number of the frame with the lowest PSNR."""
        return int(self.numbers[np.argmin(self.psnr)])

    def summary(self, n_frames: int) -> str:
        """Return the spread over the frames as a line of text.

        Parameters
        ----------
        n_frames : int
            Of the stack.

        Returns
        -------
        str
            Median and lowest PSNR and SSIM, and of how many frames.

        Examples
        --------
        >>> import numpy as np
        >>> measured = Fidelity(np.array([0, 2]), psnr=np.array([40.0, 44.0]), ssim=np.array([0.95, 0.97]))
        >>> measured.summary(n_frames=4)
        'median PSNR 42.0 dB (lowest 40.0 dB), median SSIM 0.960 (lowest 0.950), measured on 2 of 4 frames'
        """
        if np.isinf(self.psnr).all():
            text = "no loss"
        else:
            text = f"median PSNR {_median(self.psnr):.1f} dB (lowest {self.psnr.min():.1f} dB)"
            text += self._ssim_summary()
        n = len(self.numbers)
        of = "the frame" if n == 1 else f"all {n} frames"
        return f"{text}, measured on {of if n == n_frames else f'{n} of {n_frames} frames'}"

    def _ssim_summary(self) -> str:
        known = self.ssim[~np.isnan(self.ssim)]
        if not known.size:
            return ""
        of = "" if known.size == len(self.ssim) else f", of {known.size}"
        return f", median SSIM {_median(known):.3f} (lowest {known.min():.3f}{of})"

    def of_frames(self, numbers: Sequence[int]) -> Fidelity | None:
        """Return what is on record of the frames of these numbers, in a stack of just these.

        Parameters
        ----------
        numbers : sequence of int
            Of the frames, in C order of the dims.

        Returns
        -------
        Fidelity or None
            Without noise and steps, as channels may have gone. None where none of the frames was measured.
        """
        rows = {int(number): row for row, number in enumerate(self.numbers)}
        found = [(new, rows[old]) for new, old in enumerate(numbers) if old in rows]
        if not found:
            return None
        new, chosen = (list(each) for each in zip(*found, strict=True))
        return Fidelity(np.array(new, np.int64), self.psnr[chosen], self.ssim[chosen], target=self.target)


def checked_scope(scope: Any) -> Scope | None:
    """Return an argument ``fidelity``.

    Raises
    ------
    ValueError
        If it is none of the scopes, nor None.
    """
    if scope is not None and scope not in _SCOPES:
        raise ValueError(f"fidelity must be 'sample', 'all' or None, not {scope!r}")
    found: Scope | None = scope
    return found


def pack_fidelity(fidelity: Fidelity) -> bytes:
    """Return the bytes of the section: JSON in UTF-8."""
    fields = {
        "frames": fidelity.numbers.tolist(),
        "psnr": [_number(value, 2) for value in fidelity.psnr.tolist()],
        "ssim": [_number(value, 4) for value in fidelity.ssim.tolist()],
        "noise": [_number(value, 4) for value in fidelity.noise],
        "steps": [_number(value, 3) for value in fidelity.steps],
        "target": fidelity.target,
    }
    return json.dumps(fields, separators=(",", ":")).encode()


def parse_fidelity(data: bytes | None, n_frames: int) -> Fidelity | None:
    """Return what a section says, or None where there is none or it says nothing that can be.

    Parameters
    ----------
    data : bytes or None
        The section, as `pack_fidelity` makes it; not to be trusted.
    n_frames : int
        Of the stack.
    """
    if data is None or len(data) > _FIXED_NBYTES + _FRAME_NBYTES * n_frames:
        return None
    try:
        found = _parsed(json.loads(data.decode("utf-8")))  # of bytes, other encodings would be guessed
    except (ValueError, TypeError, KeyError, ArithmeticError, RecursionError):
        return None
    numbers = found.numbers
    is_sorted = (
        len(numbers) > 0 and (np.diff(numbers) > 0).all() and numbers[0] >= 0 and numbers[-1] < n_frames
    )
    return found if is_sorted and len(numbers) == len(found.psnr) == len(found.ssim) else None


def _parsed(fields: Any) -> Fidelity:
    numbers = _floats(fields["frames"], math.nan)
    if not all(number.is_integer() for number in numbers) or not isinstance(fields["target"], str):
        raise TypeError("numbers of frames are ints, and the target is text")
    return Fidelity(
        numbers=np.array([int(number) for number in numbers], np.int64),
        psnr=np.array(_floats(fields["psnr"], math.inf)),
        ssim=np.array(_floats(fields["ssim"], math.nan)),
        noise=_floats(fields["noise"], math.nan),
        steps=_floats(fields["steps"], math.nan),
        target=fields["target"][:100],
    )


def _floats(values: Any, missing: float) -> tuple[float, ...]:
    """Return numbers, with one in place of null."""
    if not isinstance(values, list):
        raise TypeError("not a list")
    return tuple(missing if value is None else _finite(value) for value in values)


def _finite(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise TypeError("not a finite number")
    return float(value)


def _number(value: float, digits: int) -> float | None:
    return round(value, digits) if math.isfinite(value) else None


def _median(values: NDArray[np.float64]) -> float:
    """Return the same as `np.median`, which imports ``numpy.ma``: that delays the first picture."""
    ordered, n = np.sort(values), len(values)
    return float(ordered[(n - 1) // 2] + ordered[n // 2]) / 2

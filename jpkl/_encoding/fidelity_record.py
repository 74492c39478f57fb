"""Measures frames as they are encoded: what goes on record of a stack's fidelity."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from copy import copy
from math import isnan, nan, prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jpkl._codecs.codec import Codec
from jpkl._codecs.jpeg_header import luma_step
from jpkl._dims import FrameIndex, channel_dim, frame_number, index_of
from jpkl._encoding.noise import noise_sigma, typical_sigma
from jpkl._errors import FrameError
from jpkl._fidelity import Fidelity, Scope
from jpkl._metrics import psnr, psnr_of, ssim

#: Microseconds that encoding and measuring a frame take, about: for any frame, and for each pixel.
_ENCODING, _MEASURING = (20, 0.0017), (400, 0.0022)
#: Time for a sample: this share of that of encoding, but at least so many microseconds. Where all frames are
#: measured anyway, it gets less.
_PART_OF_TIME, _LEAST_TIME = 0.04, {"sample": 2500, "all": 1500}
#: Frames of a channel at the most.
_MOST_FRAMES = 48
#: Pixels of a frame of which SSIM is measured, and the noise.
_SSIM_PIXELS, _NOISE_PIXELS = 1 << 14, 1 << 13


class _Found(NamedTuple):
    channel: int
    psnr: float
    ssim: float
    noise: float
    step: float


class FidelityRecorder:
    """Measures some or all frames, from many threads at once.

    Frames of the sample are decoded, and have SSIM. The error of others is taken from who encoded them, if it
    was measured there: decoding takes longer than encoding.

    Parameters
    ----------
    codec : Codec
        Decodes the frames.
    dim_names, dim_sizes, frame_shape
        Of the stack.
    scope : {"sample", "all"}
        Which frames: some of each channel that are spread evenly, or all.
    target : str
        What to say was asked for.
    """

    def __init__(
        self,
        codec: Codec,
        dim_names: Sequence[str],
        dim_sizes: tuple[int, ...],
        frame_shape: tuple[int, ...],
        *,
        scope: Scope = "sample",
        target: str = "",
    ) -> None:
        self._codec = codec
        self._channel = channel_dim(dim_names)
        self._dim_sizes = dim_sizes
        self._target = target
        self._scope = scope
        self._sampled = set(self._sample(prod(frame_shape[:2])))
        self._found: dict[int, _Found] = {}
        self._lock = threading.Lock()

    def _sample(self, n_pixels: int) -> list[int]:
        sizes = tuple(1 if dim == self._channel else size for dim, size in enumerate(self._dim_sizes))
        total = prod(sizes)
        channels = range(1 if self._channel is None else self._dim_sizes[self._channel])
        encoding, measuring = (fixed + each * n_pixels for fixed, each in (_ENCODING, _MEASURING))
        time = max(_LEAST_TIME[self._scope], _PART_OF_TIME * total * len(channels) * encoding)
        n = min(total, _MOST_FRAMES, max(1, int(time / measuring / max(1, len(channels)))))
        positions = [index_of(int((i + 0.5) * total / n), sizes) for i in range(n)] if total else []
        return [
            frame_number(tuple(c if d == self._channel else i for d, i in enumerate(at)), self._dim_sizes)
            for at in positions
            for c in channels
        ]

    def takes_error(self, index: FrameIndex) -> bool:
        """Return whether `look` has a use for the error of a frame."""
        return self._scope == "all" and frame_number(index, self._dim_sizes) not in self._sampled

    def look(
        self,
        index: FrameIndex,
        image: NDArray[np.uint8],
        data: bytes,
        original: NDArray[Any],
        scale: float,
        *,
        error: float | None = None,
    ) -> None:
        """Measure a frame, if it is to be.

        Parameters
        ----------
        index : tuple of int
            Frame index.
        image : ndarray of uint8
            What was encoded.
        data : bytes
            What became of it.
        original : ndarray
            The intensities that ``image`` was mapped from.
        scale : float
            Gray levels per unit of intensity.
        error : float, optional
            Mean squared error of the decoded pixels, if it is known.
        """
        number = frame_number(index, self._dim_sizes)
        channel = 0 if self._channel is None else index[self._channel]
        if number in self._sampled:
            self._measure(number, channel, image, data, scale * noise_sigma(_part(original)))
        elif error is not None:
            self._keep(number, _Found(channel, psnr_of(error), nan, nan, nan))
        elif self._scope == "all":
            self._measure(number, channel, image, data)

    def _measure(
        self, number: int, channel: int, image: NDArray[np.uint8], data: bytes, noise: float | None = None
    ) -> None:
        try:
            decoded = self._codec.decode(data, image.shape)
        except FrameError:  # a subclass may encode anything
            return
        is_sampled = noise is not None
        found = _Found(
            channel=channel,
            psnr=psnr(image, decoded),
            ssim=ssim(image, decoded, _SSIM_PIXELS) if is_sampled else nan,
            noise=nan if noise is None else noise,
            step=(luma_step(data) or nan) if is_sampled else nan,
        )
        self._keep(number, found)

    def _keep(self, number: int, found: _Found) -> None:
        with self._lock:
            self._found[number] = found

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _lock=threading.Lock())

    def apart(self) -> FidelityRecorder:
        """Return one that has measured nothing, for another process."""
        other = copy(self)
        other._found = {}
        other._lock = threading.Lock()
        return other

    def add(self, other: FidelityRecorder) -> None:
        """Take over what one that was set apart has measured."""
        with self._lock:
            self._found.update(other._found)

    def result(self) -> Fidelity | None:
        """Return what was found; None where no frame was measured."""
        if not self._found:
            return None
        numbers = sorted(self._found)
        found = [self._found[number] for number in numbers]
        n_channels = 1 if self._channel is None else self._dim_sizes[self._channel]
        by_channel = [[each for each in found if each.channel == c] for c in range(n_channels)]
        return Fidelity(
            numbers=np.array(numbers, np.int64),
            psnr=np.array([each.psnr for each in found]),
            ssim=np.array([each.ssim for each in found]),
            noise=tuple(_typical([each.noise for each in of_channel]) for of_channel in by_channel),
            steps=tuple(_median([each.step for each in of_channel]) for of_channel in by_channel),
            target=self._target,
        )


def _median(values: list[float]) -> float:
    known = [value for value in values if not isnan(value)]
    return float(np.median(known)) if known else nan


def _typical(noise: list[float]) -> float:
    known = [value for value in noise if not isnan(value)]
    return typical_sigma(known) if known else nan


def _part(frame: NDArray[Any]) -> NDArray[Any]:
    """Return rows from the middle of a frame with about `_NOISE_PIXELS`."""
    n_rows = max(2, _NOISE_PIXELS // max(1, frame.shape[1]))
    top = max(0, (frame.shape[0] - n_rows) // 2)
    return frame[top : top + n_rows]

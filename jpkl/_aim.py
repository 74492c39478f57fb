"""From a target to tables: each channel is encoded as it takes to reach what was asked for."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jpkl._codecs.jpeg_fit import N_STEPS
from jpkl._codecs.jpeg_target import TargetSample, coarsest
from jpkl._dims import channel_dim
from jpkl._display_range import to_uint8
from jpkl._errors import JPklWarning
from jpkl._file.writing import stack_nbytes
from jpkl._noise import noise_sigma, typical_sigma
from jpkl._pipeline import Stop, ordered_map
from jpkl._sample import sample_originals
from jpkl._target import Target

if TYPE_CHECKING:
    from jpkl._encode import EncodeOptions

#: Pixels of a channel that are read, within the limits that `sample_originals` has.
_PIXELS = 1 << 20
#: Frames of a channel that are read in any case: sizes vary more from frame to frame than within one.
_LEAST_FRAMES = 32
#: How far from the target a stack may come out before that is an error.
_TOLERANCE = 0.05
_LAST_STEP = N_STEPS - 1


@dataclass(frozen=True)
class _Channel:
    """The sample of a channel, and the standard deviation of its noise, in gray levels."""

    name: str
    sample: TargetSample
    sigma: float


def aimed(options: EncodeOptions, limits: NDArray[np.float64]) -> EncodeOptions:
    """Return options by which a stack reaches its target, if it has one.

    Parameters
    ----------
    options : EncodeOptions
        What to encode.
    limits : ndarray of float64
        The display range of the stack.

    Raises
    ------
    ValueError
        If the target cannot be reached; the message has the range that can.

    Warns
    -----
    JPklWarning
        Where one of the 256 gray levels is wider than the noise that a target refers to.
    """
    target = options.target
    if target is None or not options.source.n_frames:
        return options
    channels = _channels(options, limits)
    steps = _SEEKERS[target.kind](target, channels, options, limits)
    codecs = tuple(channel.sample.codec(step) for channel, step in zip(channels, steps, strict=True))
    worst = min(codecs, key=lambda codec: codec.quality)
    return replace(options, codec=worst, channel_codecs=codecs)


def _channels(options: EncodeOptions, limits: NDArray[np.float64]) -> list[_Channel]:
    source, dim = options.source, channel_dim(options.dim_names)
    wide = np.broadcast_to(limits, (*source.dim_sizes, 2))
    found = []
    for number, of_channel in enumerate(sample_originals(source, dim, _PIXELS, _LEAST_FRAMES)):
        ranges = [wide[index].tolist() for index, _ in of_channel]
        frames = [to_uint8(frame, *ends) for (_, frame), ends in zip(of_channel, ranges, strict=True)]
        sigmas = [
            255 * noise_sigma(frame) / (high - low)
            for (_, frame), (low, high) in zip(of_channel, ranges, strict=True)
            if low < high
        ]
        name = "" if dim is None else f"channel {number}: "
        found.append(_Channel(name, TargetSample(frames), typical_sigma(sigmas)))
    return found


def _each(seek: Callable[[_Channel], int], channels: list[_Channel], options: EncodeOptions) -> list[int]:
    """Return what ``seek`` returns for each channel, on all cores."""

    def sought(channel: _Channel, stop: Stop) -> int:
        stop.check()
        return seek(channel)

    return list(ordered_map(sought, channels, workers=options.workers))


# -- noise ---------------------------------------------------------------------------------------------


def _seek_noise(
    target: Target, channels: list[_Channel], options: EncodeOptions, limits: NDArray[np.float64]
) -> list[int]:
    if not any(channel.sigma for channel in channels):
        raise ValueError(f"target {target}: no noise is found in the images; give ('psnr', dB), for example")
    steps = _each(partial(_noise_step, target), channels, options)
    coarse = [each for each in channels if 0 < each.sigma < 1 or _is_too_fine(target, each)]
    if coarse and not options.is_quiet:
        said = "; ".join(f"{each.name}the noise is {each.sigma:.2g} of a level" for each in coarse)
        warnings.warn(
            f"256 levels are about as coarse as the noise, or coarser: {said}. The bit depth limits the "
            "fidelity, not JPEG; a narrower display_range has finer levels",
            JPklWarning,
            stacklevel=4,
        )
    return steps


def _rms_error(target: Target, channel: _Channel) -> float:
    """Return the error that quantization in steps of the noise makes."""
    return target.value * channel.sigma / math.sqrt(12)


def _is_too_fine(target: Target, channel: _Channel) -> bool:
    goal = _rms_error(target, channel)
    return goal > 0 and channel.sample.rmse(0) > goal * (1 + _TOLERANCE)


def _noise_step(target: Target, channel: _Channel) -> int:
    sample, sigma = channel.sample, channel.sigma
    if not sigma:
        return 0
    goal = _rms_error(target, channel)
    most = sample.rmse(_LAST_STEP)
    # Where even a step of the noise is too fine, the bit depth is to blame: a warning says so.
    if most < goal * (1 - _TOLERANCE) or (target.value < 1 and _is_too_fine(target, channel)):
        ends = [end * math.sqrt(12) / sigma for end in (sample.rmse(0), most)]
        raise ValueError(_out_of_reach(target, channel.name, *ends))
    step = _closest(sample.rmse, goal)
    sample.note_quality(step)
    return step


# -- PSNR and SSIM ---------------------------------------------------------------------------------------


def _seek_fidelity(
    target: Target, channels: list[_Channel], options: EncodeOptions, limits: NDArray[np.float64]
) -> list[int]:
    steps = _each(partial(_fidelity_step, target), channels, options)
    if set(steps) == {_LAST_STEP}:  # all lose less, whatever the step
        worst = min(channels, key=lambda each: _measure(target, each)(_LAST_STEP))
        least, most = (_measure(target, worst)(step) for step in (_LAST_STEP, 0))
        loses = math.isfinite(least) and least < most
        if loses and least > target.value * (1 + _TOLERANCE):
            raise ValueError(_out_of_reach(target, worst.name, least, most))
    return steps


def _measure(target: Target, channel: _Channel) -> Callable[[int], float]:
    return channel.sample.psnr if target.kind == "psnr" else channel.sample.ssim


def _fidelity_step(target: Target, channel: _Channel) -> int:
    measure = _measure(target, channel)
    best = measure(0)
    if math.isnan(best):
        raise ValueError(f"target {target}: frames smaller than 7 x 7 pixels have no SSIM")
    if best < target.value:
        raise ValueError(_out_of_reach(target, channel.name, measure(_LAST_STEP), best))

    def reaches(step: int) -> bool:
        return measure(step) >= target.value

    step = coarsest(reaches)
    channel.sample.use_best_slope(step)
    return coarsest(reaches, step)


# -- ratio -----------------------------------------------------------------------------------------------


def _seek_ratio(
    target: Target, channels: list[_Channel], options: EncodeOptions, limits: NDArray[np.float64]
) -> list[int]:
    """Return one step for all channels: of all steps that make a file as small, equal ones lose the least."""
    info = options.describe(limits)
    n_frames = info.n_frames / len(channels)

    def ratio(step: int) -> float:
        sizes = _each_nbytes(step, channels, options)
        return options.source.nbytes / stack_nbytes(info, n_frames * sum(sizes))

    ends = ratio(0), ratio(_LAST_STEP)
    if not ends[0] * (1 - _TOLERANCE) <= target.value <= ends[1] * (1 + _TOLERANCE):
        raise ValueError(_out_of_reach(target, "", *ends))
    step = _closest(ratio, target.value)
    for channel in channels:
        channel.sample.use_best_slope(step)
    return [_closest(ratio, target.value, step)] * len(channels)


def _each_nbytes(step: int, channels: list[_Channel], options: EncodeOptions) -> list[float]:
    def measured(channel: _Channel, stop: Stop) -> float:
        stop.check()
        return channel.sample.nbytes(step)

    return list(ordered_map(measured, channels, workers=options.workers))


def _closest(measure: Callable[[int], float], goal: float, near: int | None = None) -> int:
    """Return the step at which what grows with it is closest to the goal."""
    below = coarsest(lambda step: measure(step) <= goal, near)
    return min((below, min(below + 1, _LAST_STEP)), key=lambda step: abs(measure(step) - goal))


_SEEKERS: dict[str, Callable[..., list[int]]] = {
    "noise": _seek_noise,
    "psnr": _seek_fidelity,
    "ssim": _seek_fidelity,
    "ratio": _seek_ratio,
}


def _out_of_reach(target: Target, name: str, *ends: Any) -> str:
    low, high = sorted(map(float, ends))
    return f"{name}target {target} is out of reach of JPEG: from {low:.4g} to {high:.4g} can be had"

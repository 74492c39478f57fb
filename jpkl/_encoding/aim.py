"""From a target to tables: find what each channel needs to reach what was asked for."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from jpkl._codecs.jpeg import JpegCodec
from jpkl._codecs.jpeg_fit import N_STEPS
from jpkl._codecs.jpeg_target import TargetSample, coarsest
from jpkl._dims import channel_dim
from jpkl._display_range import to_uint8
from jpkl._encoding.noise import noise_sigma, typical_sigma
from jpkl._encoding.sample import sample_originals
from jpkl._encoding.target import Target
from jpkl._errors import warn
from jpkl._file.schema import StackInfo
from jpkl._file.writing import stack_nbytes
from jpkl._pipeline import Stop, ordered_map

if TYPE_CHECKING:
    from jpkl._encoding.options import EncodeOptions

#: Pixels of a channel that are read, within the limits that `sample_originals` has.
_PIXELS = 1 << 20
#: Frames of a channel that are read in any case: sizes vary more from frame to frame than within one.
_LEAST_FRAMES = 32
#: How far from the target a stack may come out before that is an error.
_TOLERANCE = 0.05
_LAST_STEP = N_STEPS - 1

Result = TypeVar("Result")


class OutOfReachError(ValueError):
    """JPEG does not reach the target.

    Attributes
    ----------
    nearest : int or None
        The step that comes closest, where there is one.
    """

    def __init__(self, message: str, nearest: int | None = None) -> None:
        super().__init__(message)
        self.nearest = nearest


@dataclass(frozen=True)
class AimedChannel:
    """The sample of a channel, and the standard deviation of its noise, in gray levels."""

    name: str
    sample: TargetSample
    sigma: float


@dataclass(frozen=True)
class Aim:
    """A target, and the channels that are to reach it.

    Attributes
    ----------
    target : Target
        What is wanted.
    channels : sequence of AimedChannel
        Samples of the channels, or of some of them.
    info : StackInfo
        Of the stack.
    nbytes : int
        Of the original pixels.
    workers : int
        Number of threads.
    """

    target: Target
    channels: Sequence[AimedChannel]
    info: StackInfo
    nbytes: int
    workers: int

    def steps(self) -> list[int]:
        """Return the step of each channel.

        Raises
        ------
        OutOfReachError
            With the range that can be reached.
        ValueError
            If frames are smaller than the window of SSIM.
        """
        return _SEEKERS[self.target.kind](self)

    def note(self) -> str:
        """Return where a gray level is wider than the noise that the target refers to; empty for nowhere."""
        if self.target.kind != "noise":
            return ""
        coarse = [each for each in self.channels if 0 < each.sigma < 1 or _is_too_fine(self.target, each)]
        said = "; ".join(f"{each.name}a standard deviation of {each.sigma:.2g}" for each in coarse)
        return said and (
            f"the 256 gray levels are about as wide as the noise, or wider ({said} gray levels): 8 bits "
            "limit the fidelity, not JPEG; a narrower display range has finer levels"
        )

    def each(self, seek: Callable[[AimedChannel], Result]) -> list[Result]:
        """Return what ``seek`` returns for each channel, on all cores."""

        def sought(channel: AimedChannel, stop: Stop) -> Result:
            stop.check()
            return seek(channel)

        return list(ordered_map(sought, self.channels, workers=self.workers))


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
    info, nbytes = options.describe(limits), options.source.nbytes
    aim = Aim(target, channels, info, nbytes, options.workers)
    steps = aim.steps()
    if not options.is_quiet and (note := aim.note()):
        warn(note)
    codecs = tuple(channel.sample.codec(step) for channel, step in zip(channels, steps, strict=True))
    worst = min(codecs, key=lambda codec: codec.quality)
    return replace(options, codec=worst, channel_codecs=codecs)


def _channels(options: EncodeOptions, limits: NDArray[np.float64]) -> list[AimedChannel]:
    source, dim = options.source, channel_dim(options.dim_names)
    assert isinstance(options.codec, JpegCodec)  # of others, a target is refused
    wide = np.broadcast_to(limits, (*source.dim_sizes, 2))
    found = []
    for number, of_channel in enumerate(sample_originals(source, dim, _PIXELS, _LEAST_FRAMES)):
        ranges = [wide[index].tolist() for index, _ in of_channel]
        frames = [to_uint8(frame, *ends) for (_, frame), ends in zip(of_channel, ranges, strict=True)]
        sigmas = [noise_in_levels(frame, *ends) for (_, frame), ends in zip(of_channel, ranges, strict=True)]
        sample = TargetSample(frames, optimize=options.codec.optimize)
        found.append(AimedChannel(_named(dim, number), sample, typical_sigma(sigmas)))
    return found


def noise_in_levels(frame: NDArray[Any], low: float, high: float) -> float:
    """Return the standard deviation of the noise of an original, in gray levels of a display range."""
    return 255 * noise_sigma(frame) / (high - low) if low < high else 0.0


def _named(dim: int | None, number: int) -> str:
    return "" if dim is None else f"channel {number}: "


# -- noise ---------------------------------------------------------------------------------------------


def _seek_noise(aim: Aim) -> list[int]:
    target = aim.target
    if not any(channel.sigma for channel in aim.channels):
        raise OutOfReachError(
            f"target {target}: no noise is found in the images; give ('psnr', dB), for example"
        )
    return aim.each(partial(_noise_step, target))


def _rms_error(target: Target, channel: AimedChannel) -> float:
    """Return the error that quantization in steps of the noise makes."""
    return target.value * channel.sigma / math.sqrt(12)


def _is_too_fine(target: Target, channel: AimedChannel) -> bool:
    goal = _rms_error(target, channel)
    return goal > 0 and channel.sample.rmse(0) > goal * (1 + _TOLERANCE)


def _noise_step(target: Target, channel: AimedChannel) -> int:
    sample, sigma = channel.sample, channel.sigma
    if not sigma:
        return 0
    goal = _rms_error(target, channel)
    most = sample.rmse(_LAST_STEP)
    # Where even a step of the noise is too fine, the bit depth is to blame: a warning says so.
    is_too_coarse = most < goal * (1 - _TOLERANCE)
    if is_too_coarse or (target.value < 1 and _is_too_fine(target, channel)):
        ends = [end * math.sqrt(12) / sigma for end in (sample.rmse(0), most)]
        raise _out_of_reach(target, channel.name, ends, _LAST_STEP if is_too_coarse else 0)
    step = _closest(sample.rmse, goal)
    sample.note_quality(step)
    return step


# -- PSNR and SSIM ---------------------------------------------------------------------------------------


def _seek_fidelity(aim: Aim) -> list[int]:
    target = aim.target
    steps = aim.each(partial(_fidelity_step, target))
    if set(steps) == {_LAST_STEP}:  # all lose less, whatever the step
        worst = min(aim.channels, key=lambda each: _measure(target, each)(_LAST_STEP))
        least, most = (_measure(target, worst)(step) for step in (_LAST_STEP, 0))
        loses = math.isfinite(least) and least < most
        if loses and least > target.value * (1 + _TOLERANCE):
            raise _out_of_reach(target, worst.name, (least, most), _LAST_STEP)
    return steps


def _measure(target: Target, channel: AimedChannel) -> Callable[[int], float]:
    return channel.sample.psnr if target.kind == "psnr" else channel.sample.ssim


def _fidelity_step(target: Target, channel: AimedChannel) -> int:
    measure = _measure(target, channel)
    best = measure(0)
    if math.isnan(best):
        raise ValueError(f"target {target}: frames smaller than 7 x 7 pixels have no SSIM")
    if best < target.value:
        raise _out_of_reach(target, channel.name, (measure(_LAST_STEP), best), 0)

    def reaches(step: int) -> bool:
        return measure(step) >= target.value

    step = coarsest(reaches)
    channel.sample.use_best_slope(step)
    return coarsest(reaches, step)


# -- ratio -----------------------------------------------------------------------------------------------


def _seek_ratio(aim: Aim) -> list[int]:
    """Return one step for all channels: of all steps that make a file as small, equal ones lose the least."""
    target, channels, n_frames = aim.target, aim.channels, aim.info.n_frames / len(aim.channels)

    def ratio(step: int) -> float:
        sizes = aim.each(lambda channel: channel.sample.nbytes(step))
        return aim.nbytes / stack_nbytes(aim.info, n_frames * sum(sizes))

    low, high = ratio(0), ratio(_LAST_STEP)
    if not low * (1 - _TOLERANCE) <= target.value <= high * (1 + _TOLERANCE):
        raise _out_of_reach(target, "", (low, high), 0 if target.value < low else _LAST_STEP)
    step = _closest(ratio, target.value)
    for channel in channels:
        channel.sample.use_best_slope(step)
    return [_closest(ratio, target.value, step)] * len(channels)


def _closest(measure: Callable[[int], float], goal: float, near: int | None = None) -> int:
    """Return the step at which what grows with it is closest to the goal."""
    below = coarsest(lambda step: measure(step) <= goal, near)
    return min((below, min(below + 1, _LAST_STEP)), key=lambda step: abs(measure(step) - goal))


_SEEKERS: dict[str, Callable[[Aim], list[int]]] = {
    "noise": _seek_noise,
    "psnr": _seek_fidelity,
    "ssim": _seek_fidelity,
    "ratio": _seek_ratio,
}


def _out_of_reach(target: Target, name: str, ends: Sequence[float], nearest: int) -> OutOfReachError:
    low, high = sorted(map(float, ends))
    said = f"{name}target {target} is out of reach of JPEG: from {low:.4g} to {high:.4g} can be had"
    return OutOfReachError(said, nearest)

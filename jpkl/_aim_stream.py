"""A target for frames that come one by one: tables are fitted to those that have come."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jpkl._aim import Aim, AimedChannel, OutOfReachError, noise_in_levels
from jpkl._codecs.jpeg import JpegCodec
from jpkl._codecs.jpeg_target import TargetSample
from jpkl._errors import JPklWarning
from jpkl._file.schema import StackInfo
from jpkl._noise import typical_sigma
from jpkl._target import Target

#: Frames of a channel that are kept at the most, and their pixels; one frame in any case.
_MOST_FRAMES, _PIXELS = 32, 1 << 24
#: Tables are fitted after the first frame of a channel, and again after so many times as many.
_LATER, _LATER_AT_FIRST, _AT_FIRST = 2, 4, 16


class Seen(NamedTuple):
    """A frame of a channel as it is encoded, its original, and the display range."""

    shown: NDArray[np.uint8]
    original: NDArray[Any]
    low: float
    high: float


@dataclass
class _Channel:
    """What is known of a channel, and what encodes it.

    Attributes
    ----------
    frames : list of ndarray of uint8
        Frames that are spread evenly over those that have come.
    sigmas : list of float
        Standard deviation of the noise of each, in gray levels.
    n_seen, spacing : int
        How many have come, and of how many one is kept.
    next_fit : int
        After how many tables are fitted again.
    codec : JpegCodec or None
        Encodes the next frame.
    is_final : bool
        Whether tables are fitted no more.
    turn : lock
        Whose turn it is to fit tables.
    """

    frames: list[NDArray[np.uint8]] = field(default_factory=list)
    sigmas: list[float] = field(default_factory=list)
    n_seen: int = 0
    spacing: int = 1
    next_fit: int = 1
    codec: JpegCodec | None = None
    is_final: bool = False
    turn: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, frame: Seen) -> None:
        """Keep a frame, if it is its turn: a copy, as whoever made it may write into it."""
        self.n_seen += 1
        if (self.n_seen - 1) % self.spacing:
            return
        self.frames.append(frame.shown.copy())
        self.sigmas.append(noise_in_levels(frame.original, frame.low, frame.high))
        if len(self.frames) > max(1, min(_MOST_FRAMES, _PIXELS // max(1, frame.shown.size))):
            self.frames, self.sigmas = self.frames[::2], self.sigmas[::2]
            self.spacing *= 2

    def is_due(self) -> bool:
        """Return whether it is time to fit tables, and set the next time."""
        if self.n_seen < self.next_fit:
            return False
        self.next_fit *= _LATER_AT_FIRST if self.next_fit < _AT_FIRST else _LATER
        return True


class StreamAim:
    """Picks the codec of each frame, from any thread.

    Parameters
    ----------
    target : Target
        What is wanted.
    otherwise : JpegCodec
        Encodes channels of which nothing says how.
    info : StackInfo
        Of the stack.
    nbytes : int
        Of the original pixels.
    n_channels : int
        Each has tables of its own.
    workers : int
        Threads that fit tables.
    """

    def __init__(
        self,
        target: Target,
        otherwise: JpegCodec,
        info: StackInfo,
        nbytes: int,
        *,
        n_channels: int,
        workers: int,
    ) -> None:
        self._target, self._otherwise, self._info, self._nbytes = target, otherwise, info, nbytes
        self._workers = workers
        self._channels = [_Channel() for _ in range(n_channels)]
        self._said: set[str] = set()

    def fit(self, channel: int, frames: Sequence[Seen]) -> None:
        """Fit the tables of a channel to a sample, for good."""
        known = self._channels[channel]
        with known.turn:
            for frame in frames:
                known.keep(frame)
            known.codec, known.is_final = self._fitted(channel), True
            known.frames.clear()

    def codec(self, channel: int, frame: Seen) -> JpegCodec:
        """Return what encodes a frame, which may be one of those that tables are fitted to."""
        known = self._channels[channel]
        if known.is_final:
            return known.codec or self._otherwise
        with known.turn:
            if not known.is_final:
                known.keep(frame)
                if known.is_due():
                    known.codec = self._fitted(channel)
            return known.codec or self._otherwise

    def _fitted(self, number: int) -> JpegCodec:
        """Return what comes closest to the target, and say so where that is not close."""
        known = self._channels[number]
        name = f"channel {number}: " if len(self._channels) > 1 else ""
        channel = AimedChannel(name, TargetSample(known.frames), typical_sigma(known.sigmas))
        aim = Aim(self._target, [channel], self._info, self._nbytes, self._workers)
        try:
            (step,) = aim.steps()
        except OutOfReachError as error:
            self._say(f"{error}; frames are encoded as close to it as can be", name)
            return self._otherwise if error.nearest is None else channel.sample.codec(error.nearest)
        if note := aim.note():
            self._say(note, name)
        return channel.sample.codec(step)

    def _say(self, text: str, name: str) -> None:
        """Warn once a channel."""
        if name not in self._said:
            self._said.add(name)
            warnings.warn(text, JPklWarning, stacklevel=6)

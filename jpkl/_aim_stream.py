"""A target for frames that come one by one: tables are fitted to those that have come."""

from __future__ import annotations

import warnings

from jpkl._aim import Aim, AimedChannel, OutOfReachError, noise_in_levels
from jpkl._codecs.jpeg import JpegCodec
from jpkl._codecs.jpeg_target import TargetSample
from jpkl._errors import JPklWarning
from jpkl._file.schema import StackInfo
from jpkl._noise import typical_sigma
from jpkl._stream_codecs import Seen, StreamCodecs
from jpkl._target import Target


class StreamAim(StreamCodecs):
    """Picks tables that reach a target.

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
        super().__init__(otherwise, n_channels)
        self._target, self._info, self._nbytes, self._workers = target, info, nbytes, workers
        self._said: set[str] = set()

    def _note(self, frame: Seen) -> float:
        return noise_in_levels(frame.original, frame.low, frame.high)

    def _fitted(self, number: int) -> JpegCodec:
        """Return what comes closest to the target, and say so where that is not close."""
        known = self._channels[number]
        name = f"channel {number}: " if len(self._channels) > 1 else ""
        channel = AimedChannel(name, TargetSample(known.frames), typical_sigma(known.notes))
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

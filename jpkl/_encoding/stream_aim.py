"""A target for frames that come one by one: tables are fitted to those that have come."""

from __future__ import annotations

import math

from jpkl._codecs.jpeg import JpegCodec
from jpkl._codecs.jpeg_fit import N_STEPS, STEPS_PER_OCTAVE
from jpkl._codecs.jpeg_target import TargetSample
from jpkl._encoding.aim import Aim, AimedChannel, OutOfReachError, noise_in_levels
from jpkl._encoding.noise import typical_sigma
from jpkl._encoding.stream_codecs import Seen, StreamCodecs
from jpkl._encoding.target import Target
from jpkl._errors import warn
from jpkl._file.schema import StackInfo
from jpkl._file.writing import stack_nbytes

#: With a ratio: the weight of the latest frame in the typical size; over how many frames bytes that were
#: spent or saved are made up for; and the largest change of the step from one frame to the next.
_LATEST, _PATIENCE, _MOST_CHANGE = 0.3, 12, 6


class _Course:
    """Steers the step of a channel so that its frames meet a budget of bytes on average, whatever comes."""

    def __init__(self, sample: TargetSample, step: int, budget: float) -> None:
        self.sample, self.step, self._budget = sample, step, budget
        self._n, self._spent, self._typical = 0, 0.0, 0.0

    def wrote(self, nbytes: int) -> None:
        """Take note of a frame, and set the step of the next."""
        self._n += 1
        self._spent += nbytes
        self._typical += (nbytes - self._typical) * max(_LATEST, 1 / self._n)
        debt = self._spent - self._n * self._budget
        wanted = min(max(self._budget - debt / _PATIENCE, self._budget / 2), 2 * self._budget)
        change = round(STEPS_PER_OCTAVE * math.log2(self._typical / wanted))
        self.step = min(max(0, self.step + min(max(change, -_MOST_CHANGE), _MOST_CHANGE)), N_STEPS - 1)


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
    """

    def __init__(
        self,
        target: Target,
        otherwise: JpegCodec,
        info: StackInfo,
        nbytes: int,
        n_channels: int,
    ) -> None:
        super().__init__(otherwise, n_channels)
        self._target, self._info, self._nbytes = target, info, nbytes
        self._said: set[str] = set()
        self._courses: dict[int, _Course] = {}

    def _note(self, frame: Seen) -> float:
        return noise_in_levels(frame.original, frame.low, frame.high)

    def _fitted(self, number: int) -> JpegCodec:
        """Return what comes closest to the target, and say so where that is not close."""
        known = self._channels[number]
        name = f"channel {number}: " if len(self._channels) > 1 else ""
        sample = TargetSample(known.frames, optimize=self._otherwise.optimize)
        channel = AimedChannel(name, sample, typical_sigma(known.notes))
        aim = Aim(self._target, [channel], self._info, self._nbytes, workers=1)
        try:
            (step,) = aim.steps()
        except OutOfReachError as error:
            self._say(f"{error}; frames are encoded as close to it as can be", name)
            return self._otherwise if error.nearest is None else channel.sample.codec(error.nearest)
        if note := aim.note():
            self._say(note, name)
        if self._target.kind == "ratio":
            step = self._steered(number, channel.sample, step)
        return channel.sample.codec(step)

    def _steered(self, number: int, sample: TargetSample, step: int) -> int:
        """Have a channel go on with other frames to fit tables to, but with the step that it has come to."""
        known = self._courses.get(number)
        if known is not None:
            known.sample = sample
            return known.step
        n_frames = self._info.n_frames
        around = stack_nbytes(self._info, 0) / n_frames
        budget = self._nbytes / n_frames / self._target.value - around
        self._courses[number] = _Course(sample, step, max(1.0, budget))
        return step

    def wrote(self, channel: int, nbytes: int) -> None:
        known, course = self._channels[channel], self._courses.get(channel)
        if course is None or known.is_final:
            return
        with known.turn:
            course.wrote(nbytes)
            known.codec = course.sample.codec(course.step)

    def _say(self, text: str, name: str) -> None:
        """Warn once a channel."""
        if name not in self._said:
            self._said.add(name)
            warn(text)

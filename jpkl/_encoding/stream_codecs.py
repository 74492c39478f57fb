"""Codecs for frames that come one by one: tables are fitted to those that have come."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from jpkl._codecs.jpeg import JpegCodec

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
class StreamChannel:
    """What is known of a channel, and what encodes it.

    Attributes
    ----------
    frames : list of ndarray of uint8
        Frames that are spread evenly over those that have come.
    notes : list
        What is noted of each.
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
    notes: list[Any] = field(default_factory=list)
    n_seen: int = 0
    spacing: int = 1
    next_fit: int = 1
    codec: JpegCodec | None = None
    is_final: bool = False
    turn: threading.Lock = field(default_factory=threading.Lock)

    def is_kept(self) -> bool:
        """Count a frame, and return whether it is to be kept."""
        self.n_seen += 1
        return (self.n_seen - 1) % self.spacing == 0

    def keep(self, frame: NDArray[np.uint8], note: Any) -> None:
        """Keep a frame: a copy, as whoever made it may write into it."""
        self.frames.append(frame.copy())
        self.notes.append(note)
        if len(self.frames) > max(1, min(_MOST_FRAMES, _PIXELS // max(1, frame.size))):
            self.frames, self.notes = self.frames[::2], self.notes[::2]
            self.spacing *= 2

    def is_due(self) -> bool:
        """Return whether it is time to fit tables, and set the next time."""
        if self.n_seen < self.next_fit:
            return False
        self.next_fit *= _LATER_AT_FIRST if self.next_fit < _AT_FIRST else _LATER
        return True


class StreamCodecs(ABC):
    """Picks the codec of each frame, from any thread.

    Parameters
    ----------
    otherwise : JpegCodec
        Encodes channels of which nothing says how.
    n_channels : int
        Each has tables of its own.
    """

    def __init__(self, otherwise: JpegCodec, n_channels: int) -> None:
        self._otherwise = otherwise
        self._channels = [StreamChannel() for _ in range(n_channels)]

    @abstractmethod
    def _fitted(self, number: int) -> JpegCodec:
        """Return what suits the frames of a channel that are kept."""

    def _note(self, frame: Seen) -> Any:
        """Return what is to be noted of a frame that is kept; here nothing."""
        return None

    def fit(self, channel: int, frames: Sequence[Seen]) -> None:
        """Fit the tables of a channel to a sample, for good."""
        known = self._channels[channel]
        with known.turn:
            for frame in frames:
                self._look(known, frame)
            known.codec, known.is_final = self._fitted(channel), True
            known.frames.clear()

    def codec(self, channel: int, frame: Seen) -> JpegCodec:
        """Return what encodes a frame, which may be one of those that tables are fitted to."""
        known = self._channels[channel]
        if not known.is_final:
            with known.turn:
                self._look(known, frame)
                if known.is_due():
                    known.codec = self._fitted(channel)
        return known.codec or self._otherwise

    def wrote(self, channel: int, nbytes: int) -> None:
        """Take note of how many bytes a frame has become; here nothing follows from it."""
        return

    def _look(self, known: StreamChannel, frame: Seen) -> None:
        if known.is_kept():
            known.keep(frame.shown, self._note(frame))


class StreamFit(StreamCodecs):
    """Picks tables by which no frame has less PSNR than libjpeg's tables of a quality give it."""

    def _fitted(self, number: int) -> JpegCodec:
        return self._otherwise.fitted_for_others(self._channels[number].frames)

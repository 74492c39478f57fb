"""Frames that can only be decoded one after the other, such as those of a video."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


class Player(Protocol):
    """Decodes frames in order.

    Attributes
    ----------
    position : int
        The frame that comes next, which costs least.
    """

    position: int

    def frame(self, number: int) -> NDArray[Any]:
        """Decode a frame, and before it those that it depends on."""

    def close(self) -> None:
        """Release the file."""


#: Frames that a player decodes in vain rather than leaving its place to another.
_NEAR = 32
#: Places in the file that are kept: the encoding of all frames, and where somebody looks.
_MOST_PLAYERS = 2


class PlayedPlanes:
    """The frames of a recording as planes.

    Reads are one at a time, each of them in order: then threads that want one block after the other make
    the decoder go through the file once.

    Parameters
    ----------
    n_frames : int
        Number of frames.
    plane_shape : tuple of int
        Shape of a frame.
    dtype : numpy.dtype
        Of the pixels.
    open_player : callable
        Starts another decoder at the beginning.
    """

    def __init__(
        self,
        n_frames: int,
        plane_shape: tuple[int, ...],
        dtype: np.dtype[Any],
        open_player: Callable[[], Player],
    ) -> None:
        self.shape: tuple[int, ...] = (n_frames,)
        self.plane_shape, self.dtype = plane_shape, dtype
        self.is_there = np.ones(n_frames, bool)
        self._open = open_player
        self._lock = threading.Lock()
        self._players: list[Player] = []  # the one that was used last at the end

    def read(self, numbers: list[int]) -> NDArray[Any]:
        """Return frames, shape ``(n, *plane_shape)``."""
        planes = np.empty((len(numbers), *self.plane_shape), self.dtype)
        with self._lock:
            for at in np.argsort(numbers, kind="stable").tolist():
                planes[at] = self._frame(numbers[at])
        return planes

    def place(self, number: int) -> str:
        """Say which frame it is."""
        return f"frame {number}"

    def close(self) -> None:
        """Release the file."""
        with self._lock:
            for player in self._players:
                player.close()
            self._players = []

    def _frame(self, number: int) -> NDArray[Any]:
        player = self._nearest(number)
        try:
            frame = player.frame(number)
        except BaseException:  # its place in the file is not known any more
            player.close()
            raise
        self._players.append(player)
        return frame

    def _nearest(self, number: int) -> Player:
        """Take the player for a frame: one that is near, else a new one, else the one idle longest."""
        near = [player for player in self._players if 0 <= number - player.position <= _NEAR]
        if not near and len(self._players) < _MOST_PLAYERS:
            return self._open()
        player = max(near, key=lambda player: player.position) if near else self._players[0]
        self._players.remove(player)
        return player

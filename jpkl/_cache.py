"""Decoded frames kept in memory, bounded in bytes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from typing import Any

from cachetools import LRUCache
from numpy.typing import NDArray

from jpkl._text import human_bytes


class DecodedFrameCache:
    """Least recently used decoded frames, at most ``max_nbytes`` of them.

    Invariants: ``nbytes <= max_nbytes`` at all times; every array handed out is read-only, so that no
    caller can change what the next one sees; a frame larger than the whole budget is never kept.
    Threads may share one cache. Two that miss the same frame at once both decode it: that costs a
    decode, while a lock held during decoding would cost the parallelism.

    Parameters
    ----------
    max_nbytes : int
        Budget in bytes of decoded pixels.

    Attributes
    ----------
    hits, misses : int
        How often a frame was found, and had to be decoded.
    """

    def __init__(self, max_nbytes: int) -> None:
        if max_nbytes < 0:
            raise ValueError(f"max_nbytes must not be negative, got {max_nbytes}")
        self._frames: LRUCache[Hashable, NDArray[Any]] = LRUCache(max_nbytes, getsizeof=_nbytes)
        self._lock = threading.Lock()
        self.hits = 0
        self.misses = 0

    def get(self, key: Hashable, decode: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """Return a frame, which is decoded if it is not kept.

        Parameters
        ----------
        key : hashable
            Which frame it is.
        decode : callable
            Called without arguments, returns the frame.

        Returns
        -------
        ndarray
            As ``decode`` returns it, but read-only.

        Raises
        ------
        Exception
            What ``decode`` raises; nothing is kept then.
        """
        with self._lock:
            frame = self._frames.get(key)
            if frame is not None:
                self.hits += 1
                return frame
            self.misses += 1
        frame = decode()
        frame.flags.writeable = False
        self._keep(key, frame)
        return frame

    def _keep(self, key: Hashable, frame: NDArray[Any]) -> None:
        if frame.nbytes <= self.max_nbytes:
            with self._lock:
                self._frames[key] = frame

    def __contains__(self, key: Hashable) -> bool:
        with self._lock:
            return key in self._frames

    def __len__(self) -> int:
        return len(self._frames)

    @property
    def nbytes(self) -> int:
        """Bytes of decoded pixels held now."""
        return int(self._frames.currsize)

    @property
    def max_nbytes(self) -> int:
        """The budget in bytes."""
        return int(self._frames.maxsize)

    def clear(self) -> None:
        """Drop all frames and reset the counters."""
        with self._lock:
            self._frames.clear()
            self.hits = self.misses = 0

    def __repr__(self) -> str:
        return (
            f"<DecodedFrameCache {len(self)} frames, "
            f"{human_bytes(self.nbytes)} of {human_bytes(self.max_nbytes)}, "
            f"{self.hits} hits, {self.misses} misses>"
        )


def _nbytes(frame: NDArray[Any]) -> int:
    # cachetools counts an empty frame as free otherwise, and would keep any number of them.
    return max(1, frame.nbytes)

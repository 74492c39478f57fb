"""Frames that are encoded from an original when they are read."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from jpkl._codecs.stored import quick_codec
from jpkl._dims import FrameIndex, channel_dim, index_of
from jpkl._display_range import to_stored
from jpkl._encoding.aim import aimed
from jpkl._encoding.options import EncodeOptions, resolve_options
from jpkl._errors import ClosedStackError, FrameEncodeError, FrameError, JPklError
from jpkl._file.schema import StackInfo
from jpkl._file.stores import FrameStore
from jpkl._originals.copies import LocalCopy
from jpkl._originals.original import Original, Request
from jpkl._source.blocks import Block, contiguous_frames

#: Encoded frames that are kept in memory, in bytes; others are encoded again.
_CACHE_NBYTES = 256 * 2**20

#: Seconds without a request for a frame after which the background goes on, and how long it waits for that.
_QUIET, _PATIENCE = 0.05, 1.0

#: Seconds between two looks at whether an original of more files than a few, or of those that are in a folder
#: now, is still what was opened: each takes longer than a frame.
_CHECK_INTERVAL, _FEW_FILES = 1.0, 16


class RightOfWay:
    """Lets those who look at frames go before what is done in the background."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._n_waiting = 0
        self._last = -_QUIET

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Have the background wait for what is done here."""
        with self._lock:
            self._n_waiting += 1
        try:
            yield
        finally:
            with self._lock:
                self._n_waiting -= 1
                self._last = time.monotonic()

    def give(self) -> None:
        """Wait until nobody waits for a frame: but not for ever, as the background has to end some day."""
        end = time.monotonic() + _PATIENCE
        while (now := time.monotonic()) < end and (self._n_waiting or now - self._last < _QUIET):
            time.sleep(_QUIET / 5)


class OriginalFrames(FrameStore):
    """Frames of an original, each read and encoded when it is asked for first.

    Parameters
    ----------
    original : Original
        The store closes it.
    options : EncodeOptions
        How to encode it.
    info : StackInfo
        With the display range.

    Attributes
    ----------
    original : Original
        Where the frames come from.
    right_of_way : RightOfWay
        Which those have who read frames here.
    copy : LocalCopy or None
        The copy of a remote original that they are read from.
    """

    def __init__(self, original: Original, options: EncodeOptions, info: StackInfo) -> None:
        self.path = original.request.path
        self.lengths: NDArray[np.int64] = np.zeros(info.n_frames, dtype=np.int64)
        self.right_of_way = RightOfWay()
        self.original = original
        self._options = options
        # Who looks at a frame waits for it, and the bytes are in memory only: speed is worth more than size.
        self._codecs = [quick_codec(codec) for codec in options.channel_codecs or [options.codec]]
        self._channel = channel_dim(options.dim_names)
        self._info = info
        self._limits = np.broadcast_to(np.asarray(info.display_range), (*info.dim_sizes, 2))
        self._encoded: LRUCache[int, bytes] = LRUCache(_CACHE_NBYTES, getsizeof=len)
        self._under_way: dict[int, threading.Lock] = {}
        self._lock = threading.Lock()
        self._closed = False
        self._is_slow_to_check = original.request.is_listed or original.fingerprint.n_files > _FEW_FILES
        self._next_check = 0.0
        self.copy: LocalCopy | None = None
        self._copy_of_another: LocalCopy | None = None

    def shares_copy_of(self, copy: LocalCopy | None) -> None:
        """Keep the copy that another scene of the same file is read from, which closes it, for as long."""
        self._copy_of_another = copy

    @property
    def nbytes(self) -> int:
        """Bytes that all frames may take, by those that were encoded; one is, if there is none yet."""
        n = len(self)
        if n and not self.lengths.any():
            self.read(n // 2)
        known = self.lengths[self.lengths > 0]
        return round(float(known.mean()) * n) if known.size else 0

    def read(self, number: int) -> bytes:
        if not 0 <= number < len(self):
            raise IndexError(f"frame number {number} of {len(self)}")
        if self._closed:
            raise ClosedStackError(f"{self.path} was closed")
        with self._lock:
            if (found := self._encoded.get(number)) is not None:
                return found
            turn = self._under_way.setdefault(number, threading.Lock())
        with self.right_of_way.taken(), turn:  # the second to come gets what the first has encoded
            return self._read_once(number)

    def has_at_hand(self, number: int) -> bool:
        with self._lock:
            return number in self._encoded

    def _read_once(self, number: int) -> bytes:
        with self._lock:
            found = self._encoded.get(number)
        if found is None:
            found = self._encode(index_of(number, self._info.dim_sizes))
            with self._lock:
                self.lengths[number] = len(found)
                if len(found) <= self._encoded.maxsize:
                    self._encoded[number] = found
                self._under_way.pop(number, None)
        return found

    def _encode(self, index: FrameIndex) -> bytes:
        self._check_unchanged()
        low, high = self._limits[index].tolist()
        try:
            if self._options.kept and (data := self._options.kept.take(index)) is not None:
                self.original.check_unchanged()
                return data
            pixels = self._pixels(index)
            # Also after the pixels were read: they may be those of what has taken the place of the file.
            self._check_unchanged()
            codec = self._codecs[0 if len(self._codecs) == 1 else index[self._channel or 0]]
            return codec.encode(to_stored(pixels, low, high, codec.exact_dtype))
        except FrameError as error:
            error.frame_index, error.path = index, self.path
            raise
        except JPklError:
            raise
        except Exception as error:  # a reader's library may raise anything
            if self._closed:
                raise ClosedStackError(f"{self.path} was closed") from error
            message = f"it cannot be read: {type(error).__name__}: {error}"
            raise FrameEncodeError(message, frame_index=index, path=self.path) from error

    def _check_unchanged(self) -> None:
        if self._is_slow_to_check and time.monotonic() < self._next_check:
            return
        self.original.check_unchanged()
        self._next_check = time.monotonic() + _CHECK_INTERVAL

    def _pixels(self, index: FrameIndex) -> NDArray[Any]:
        source = self._options.source
        block = Block(tuple(slice(i, i + 1) for i in index), slice(0, source.frame_shape[0]))
        frames = contiguous_frames(source.read(block), len(source.frame_shape))
        frame: NDArray[Any] = frames[(0,) * len(index)]
        return frame

    def close(self) -> None:
        self._closed = True
        self.original.source.close()
        if self.copy is not None:
            self.copy.close()

    @property
    def closed(self) -> bool:
        return self._closed

    def __reduce__(self) -> tuple[Callable[..., OriginalFrames], tuple[Any, ...]]:
        if self.closed:
            raise ClosedStackError(f"{self.path} was closed, and cannot be sent to another process")
        return _reopened, (self.original.request, self.original.fingerprint, self._info)


def _reopened(request: Request, fingerprint: Any, info: StackInfo) -> OriginalFrames:
    original = Original.open(request)
    if not original.fingerprint.is_of(fingerprint):
        original.source.close()
        raise ClosedStackError(f"{request.path} has changed since it was opened; open it again")
    options = resolve_options(original.source.array, **original.encode_arguments())
    assert info.display_range is not None
    return OriginalFrames(original, aimed(options, info.display_range), info)

"""Encode an original in the background, while some of its frames are looked at already."""

from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Self
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from jpkl._array import JPkl
from jpkl._encoding.block_tasks import EncodeHook
from jpkl._encoding.encode import write_encoded
from jpkl._encoding.options import resolve_options
from jpkl._errors import FrameEncodeError, JPklError
from jpkl._originals.frames import OriginalFrames
from jpkl._originals.kept import CacheFolder
from jpkl._originals.original import Original
from jpkl._originals.stack import KeptStack, OriginalStack
from jpkl._pipeline import BackgroundThread, default_workers
from jpkl._text import human_bytes


@dataclass(frozen=True)
class Progress:
    """How far a conversion is.

    Attributes
    ----------
    what : str
        What is being done, e.g. ``"Encoding"``; ``""`` when nothing is any more.
    done, total : float
        Bytes of the original, of what is being done.
    seconds_left : float or None
        Until that is done; None while that cannot be said.
    path : Path or None
        The stack, when it is there.
    error : str
        Why there will be none.
    """

    what: str = ""
    done: float = 0.0
    total: float = 0.0
    seconds_left: float | None = None
    path: Path | None = None
    error: str = ""


class Conversion:
    """Encodes the original of a stack into a file, in a thread.

    Who looks at frames of the stack goes first. What comes of it equals what ``jpkl encode`` writes.

    Parameters
    ----------
    stack : OriginalStack
        Its original is opened once more.
    target : Path, optional
        The file, which must not be there yet. By default it goes to the cache folder, where `jpkl.open` finds
        it.
    """

    def __init__(self, stack: OriginalStack, target: Path | None = None) -> None:
        # Not the stack itself, whose files could otherwise not be closed.
        self._request, self._fingerprint = stack.original.request, stack.original.fingerprint
        self._kept_by = stack.original.kept_by
        self._right_of_way = stack.frames.right_of_way
        self._cache = None if target else CacheFolder()
        self._target = target or CacheFolder().place_of(self._request, self._kept_by)
        self._progress = Progress("Waiting")
        self._n_written = 0
        self._thread = BackgroundThread(self._run, "jpkl-conversion")

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return self._progress

    @property
    def target(self) -> Path:
        """The file."""
        return self._target

    @property
    def is_in_vain(self) -> bool:
        """Whether it has ended, and there is nothing of it."""
        path = self._progress.path
        return not self._progress.what and (path is None or not path.exists())

    def start(self) -> Self:
        """Begin.

        Returns
        -------
        Conversion
            Itself.

        Raises
        ------
        OSError
            If no thread can be started.
        """
        self._thread.start()
        return self

    def cancel(self) -> None:
        """End it, and wait for that; what has been written of the file is removed."""
        self._thread.cancel()

    def wait(self) -> Path:
        """Wait until the stack is there.

        Returns
        -------
        pathlib.Path
            The file.

        Raises
        ------
        JPklError
            If it could not be made; says why.
        """
        self._thread.join()
        if self._progress.path is None:
            raise JPklError(self._progress.error)
        return self._progress.path

    def _run(self) -> None:
        try:
            self._convert()
            self._progress = Progress(path=self._target)
        except CancelledError:
            self._progress = Progress(error=_GIVEN_UP)
        except Exception as error:  # of whatever library reads the original; the frames are still there
            self._progress = Progress(error=self._why_not(error))

    def _why_not(self, error: Exception) -> str:
        if not self._thread.is_wanted:
            return _GIVEN_UP
        # What is no fault of a frame was raised where one was encoded.
        if isinstance(error, FrameEncodeError) and isinstance(error.__cause__, JPklError):
            error = error.__cause__
        return str(error) if isinstance(error, (JPklError, OSError, ValueError)) else repr(error)

    def _convert(self) -> None:
        if self._request.is_remote:
            raise JPklError(f"it is read where it is: jpkl encode {self._request.path} encodes all of it")
        original = replace(Original.open(self._request), fingerprint=self._fingerprint)
        with original.source:
            self._check(original)
            arguments = original.encode_arguments() | {"progress": self._make_bar}
            options = resolve_options(original.source.array, **arguments)
            # One core is left to those who look at frames.
            options = replace(options, workers=max(1, min(options.workers, default_workers() - 1)))
            if self._cache is not None:
                self._cache.path.mkdir(parents=True, exist_ok=True)
            hook = partial(partial, self._encode)
            write_encoded(options, self._target, hook, check=lambda: self._check(original))
        if self._cache is not None:
            try:
                self._cache.note(self._target, self._request, self._kept_by)
            except BaseException:  # without a note, nobody would find it, or remove it
                self._target.unlink(missing_ok=True)
                raise

    def _check(self, original: Original) -> None:
        """Raise if it is not the original of the stack, or what is to be written is there already."""
        original.check_unchanged()
        if self._cache is None and self._target.exists():
            raise FileExistsError(f"{self._target} is there already")

    def _encode(self, encode: EncodeHook, image: NDArray[np.uint8]) -> bytes:
        self._right_of_way.give()
        if not self._thread.is_wanted:
            raise CancelledError
        data = encode(image)
        self._n_written += len(data)
        if self._cache is not None and self._n_written > self._cache.max_nbytes:
            raise JPklError(
                f"it takes more than the cache, {human_bytes(self._cache.max_nbytes)}: encode it beside the "
                "original, or set JPKL_CACHE_SIZE"
            )
        return data

    def _make_bar(self, total: float, desc: str, **_: Any) -> _Bar:
        return _Bar(self, total, desc)


_GIVEN_UP = "it was given up"

#: The conversions of all originals that are open, by their frames.
_of_frames: WeakKeyDictionary[OriginalFrames, Conversion] = WeakKeyDictionary()
_lock = threading.Lock()


def conversion_of(stack: OriginalStack, *, anew: bool = False) -> Conversion:
    """Return the conversion of a stack, begun now if it was not before: one for all who look at it.

    Parameters
    ----------
    stack : OriginalStack
        The stack.
    anew : bool
        Whether to begin again if it has failed, or what it had written is gone.

    Returns
    -------
    Conversion
        Under way, or at its end.
    """
    with _lock:
        found = _of_frames.get(stack.frames)
        if found is None or (anew and found.is_in_vain):
            found = _begun_elsewhere(Conversion(stack, stack.target))
            _of_frames[stack.frames] = found
        return found


def _begun_elsewhere(wanted: Conversion) -> Conversion:
    """Return what converts the same original already, for another stack of it; else begin."""
    for other in _of_frames.values():
        if other.target == wanted.target and not other.is_in_vain:
            return other
    return wanted.start()


def encoded_form(stack: OriginalStack) -> JPkl | None:
    """Open what a stack was encoded into in the background; None where that has not come to its end.

    Parameters
    ----------
    stack : OriginalStack
        The stack.

    Returns
    -------
    JPkl or None
        With the metadata and names of dims that the stack has.

    Raises
    ------
    FormatError, OSError
        If it was damaged or removed meanwhile.
    """
    with _lock:
        conversion = _of_frames.get(stack.frames)
    path = None if conversion is None else conversion.progress.path
    if path is None:
        return None
    return KeptStack.of(path, stack.original.request, stack.original.kept_by).described_as(stack)


class _Bar:
    """What `tqdm` is to those who watch a terminal."""

    def __init__(self, conversion: Conversion, total: float, what: str) -> None:
        self.total = total
        self._conversion = conversion
        self._what = what
        self._done = 0.0
        self._began = time.monotonic()
        self.update(0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        pass

    def update(self, n: float) -> None:
        if not self._conversion._thread.is_wanted:
            raise CancelledError
        self._done += n
        seconds = time.monotonic() - self._began
        left = None if seconds < 1 or not self._done else seconds * (self.total - self._done) / self._done
        self._conversion._progress = Progress(self._what, self._done, self.total, left)

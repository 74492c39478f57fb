"""Encoding of an image file on a cluster: each worker opens it, reads blocks, and gives JPEG bytes back."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Generator, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, TypeVar
from uuid import uuid4

from distributed import Client

from jpkl._codecs.codec import Codec
from jpkl._codecs.jpeg import JpegCodec
from jpkl._dask.window import windowed
from jpkl._encoding.block_tasks import BlockTask, EncodeBlock, EncodedFrame, Observers
from jpkl._encoding.kept_frames import KeptFrames
from jpkl._errors import JPklError
from jpkl._pipeline import Stop
from jpkl._source.axes import AxesLayout
from jpkl._source.blocks import ImageArray

Result = TypeVar("Result")
OpenArray: TypeAlias = Callable[[], tuple[Any, Callable[[], None]]]

#: Seconds to wait for a scheduler.
_PATIENCE = 20


def connect(address: str) -> Client:
    """Connect to the scheduler of a cluster.

    Parameters
    ----------
    address : str
        Its address, e.g. ``tcp://10.0.0.1:8786``, or the path of its scheduler file, which ends in ``.json``.

    Raises
    ------
    OSError
        If there is no scheduler.
    """
    try:
        if address.endswith(".json"):
            if not Path(address).is_file():
                raise FileNotFoundError(2, "No such scheduler file", address)
            return Client(scheduler_file=address, timeout=_PATIENCE)
        return Client(address, timeout=_PATIENCE)
    except FileNotFoundError:
        raise
    except (OSError, ValueError) as error:
        raise OSError(f"{address}: no dask scheduler answers there: {error}") from error


class FileCluster:
    """Encodes an image file that all workers see under the same path.

    Parameters
    ----------
    client : distributed.Client
        Is connected to the scheduler.
    open_array : callable
        Opens the file on a worker: returns the array, and what closes it. It is pickled.
    source : ImageArray
        The file, opened here.
    """

    def __init__(self, client: Client, open_array: OpenArray, source: ImageArray) -> None:
        self._client = client
        self._source = source
        self._file = _File(uuid4().hex, open_array, source.layout, source.frame_shape, source.dim_sizes)

    @property
    def source(self) -> ImageArray:
        """The file, opened here."""
        return self._source

    def measure(self, tasks: Iterable[BlockTask[Result]]) -> Generator[Result, None, None]:
        """Yield what tasks give."""
        return self._results(partial(_measure, self._file, task) for task in tasks)

    def encode(
        self, tasks: Iterable[EncodeBlock], observers: Observers, kept: KeptFrames | None
    ) -> Generator[list[EncodedFrame], None, None]:
        """Yield the encoded frames of each block."""
        codec = None if kept is None else kept.codec
        calls = (partial(_encode, self._file, task, observers.apart(), codec) for task in tasks)
        for encoded, seen, n_kept in self._results(calls):
            observers.add(seen)
            if kept is not None:
                kept.n_kept += n_kept
            yield encoded

    def _results(self, calls: Iterable[Callable[[], Any]]) -> Generator[Any, None, None]:
        submissions = ((self._client.submit(call, pure=False), _nothing) for call in calls)
        try:
            yield from windowed(self._client, submissions)
        finally:
            with suppress(Exception):  # a worker may be gone, and its files with it
                self._client.run(_forget, self._file.token, on_error="ignore")


def _nothing() -> None:
    """Do nothing when a result is there."""


# -- what runs on the workers --------------------------------------------------------------------------

_lock = threading.Lock()
#: What is open in this process, and what closes it.
_opened: dict[str, tuple[ImageArray, Callable[[], None]]] = {}


@dataclass(frozen=True)
class _File:
    """An image file as the client sees it."""

    token: str
    open_array: OpenArray
    layout: AxesLayout
    frame_shape: tuple[int, ...]
    dim_sizes: tuple[int, ...]

    def source(self) -> ImageArray:
        """Return the file, which is opened once in each process."""
        with _lock:
            if self.token not in _opened:
                _opened[self.token] = self._open()
            return _opened[self.token][0]

    def _open(self) -> tuple[ImageArray, Callable[[], None]]:
        try:
            array, close = self.open_array()
        except FileNotFoundError as error:
            raise JPklError(
                f"{error.filename}: not found by the worker on {socket.gethostname()}; every worker has to "
                "see the file under the same path, e.g. on a shared disk"
            ) from error
        source = ImageArray(array, self.layout)
        if (source.frame_shape, source.dim_sizes) != (self.frame_shape, self.dim_sizes):
            raise JPklError(
                f"the worker on {socket.gethostname()} sees another file under the same path: frames of "
                f"{source.frame_shape}, dims of {source.dim_sizes} instead of {self.frame_shape}, "
                f"{self.dim_sizes}"
            )
        return source, close


def _measure(file: _File, task: BlockTask[Result]) -> Result:
    source = file.source()
    found = task(source, Stop())
    source.release()
    return found


def _encode(
    file: _File, task: EncodeBlock, observers: Observers, codec: Codec | None
) -> tuple[list[EncodedFrame], Observers, int]:
    source = file.source()
    kept = KeptFrames(source, codec) if isinstance(codec, JpegCodec) else None
    encoded = task(source, Stop(), observers, kept)
    source.release()
    return encoded, observers, 0 if kept is None else kept.n_kept


def _forget(token: str) -> None:
    with _lock:
        _, close = _opened.pop(token, (None, _nothing))
    close()

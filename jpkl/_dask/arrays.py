"""Encoding of a dask array on the cluster that computes it."""

from __future__ import annotations

import itertools
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import dask
import dask.base
import numpy as np
from distributed import Client, Future
from numpy.typing import NDArray

from jpkl._dask.graph import GraphInParts, Key, Part
from jpkl._dask.window import Submission, is_in_task, result_of, windowed
from jpkl._encoding.block_tasks import BlockTask, EncodeBlock, EncodedFrame, Observers
from jpkl._encoding.kept_frames import KeptFrames
from jpkl._pipeline import Stop
from jpkl._source.array_likes import loaded
from jpkl._source.blocks import Block, ImageArray, check_promise
from jpkl._source.masks import mask_of

Result = TypeVar("Result")

#: Parts of the memory, and of the disks, of the workers that pixels may take until they are encoded.
_MEMORY, _DISK = 0.4, 0.8


def array_cluster(images: Any, source: ImageArray, blocks: Iterable[Block]) -> ArrayCluster | None:
    """Return the cluster that would compute a dask array; None if another scheduler is active.

    Parameters
    ----------
    images : dask.array.Array
        The array.
    source : ImageArray
        The same.
    blocks : iterable of Block
        In which it will be encoded.
    """
    scheduler = dask.base.get_scheduler(collections=[images])
    client = getattr(scheduler, "__self__", None)
    if not isinstance(client, Client) or is_in_task():
        return None
    return ArrayCluster(client, with_movable_masks(images), source, list(blocks))


def with_movable_masks(images: Any) -> Any:
    """Return a dask array whose chunks workers can send to each other, and put onto their disks.

    The fill value that NumPy gives masked integers, 999999, does not fit 8 or 16 bits: distributed packs it,
    but cannot unpack it.
    """
    if images.dtype.kind in "iu" and images.dtype.itemsize <= 2 and hasattr(images._meta, "mask"):
        return images.map_blocks(_with_small_fill, dtype=images.dtype, meta=images._meta)
    return images


class ArrayCluster:
    """Encodes a dask array where it is computed; each chunk is computed once.

    Parameters
    ----------
    client : distributed.Client
        Is connected to the scheduler.
    images : dask.array.Array
        The array.
    source : ImageArray
        The same.
    blocks : sequence of Block
        In which it will be encoded.
    """

    def __init__(self, client: Client, images: Any, source: ImageArray, blocks: Sequence[Block]) -> None:
        self._client = client
        self._source = source
        self._blocks = blocks
        (optimized,) = dask.optimize(images)
        self._chunks = _Chunks(images, optimized, source)
        self._lasting: _Session | None = None

    @property
    def source(self) -> ImageArray:
        """The array. What is read of it stays with the workers until it is encoded."""
        return _ReadOnCluster(self._source, self._session())

    def measure(self, tasks: Iterable[BlockTask[Result]]) -> Generator[Result, None, None]:
        """Yield what tasks give. Pixels stay with the workers until they are encoded, if there is room."""
        if self._lasting is not None or self._has_room():
            session, is_use = self._session(), False
        else:
            tasks = list(tasks)
            session, is_use = _Session(self._client, self._chunks, [task.block for task in tasks]), True
        return windowed(self._client, (session.submit(task.block, task, is_use=is_use) for task in tasks))

    def encode(
        self, tasks: Iterable[EncodeBlock], observers: Observers, kept: KeptFrames | None
    ) -> Generator[list[EncodedFrame], None, None]:
        """Yield the encoded frames of each block."""
        session, self._lasting = self._session(), None
        watched = (_Watched(task, observers.apart()) for task in tasks)
        for encoded, seen in windowed(
            self._client, (session.submit(task.block, task, is_use=True) for task in watched)
        ):
            observers.add(seen)
            yield encoded

    def _session(self) -> _Session:
        if self._lasting is None:
            self._lasting = _Session(self._client, self._chunks, self._blocks)
        return self._lasting

    def _has_room(self) -> bool:
        """Return whether the workers can keep all pixels, in memory and on their disks."""
        memory, disks = 0, dict[str, int]()
        for host, limit, free in self._client.run(_room, on_error="ignore").values():
            memory += limit
            disks[host] = free
        return self._source.nbytes <= _MEMORY * memory + _DISK * sum(disks.values())


class _ReadOnCluster(ImageArray):
    """A dask array whose pixels are read by the tasks of a session."""

    def __init__(self, source: ImageArray, session: _Session) -> None:
        vars(self).update(vars(source))
        self._session = session

    def read(self, block: Block) -> NDArray[Any]:
        future, finish = self._session.submit(block, _Read(block), is_use=False)
        pixels: NDArray[Any] = result_of(future)
        finish()
        return pixels


class _Chunks:
    """Which tasks give the chunks of a dask array, and how blocks are made of them.

    Parameters
    ----------
    given, images : dask.array.Array
        The array, and the same optimized, by which dask may lose what was computed before (``persist``).
    source : ImageArray
        The same.

    Attributes
    ----------
    graph : dict
        Tasks by key, and what was computed before.
    results : dict
        What was computed before, by key.
    source : ImageArray
        The array.
    """

    def __init__(self, given: Any, images: Any, source: ImageArray) -> None:
        self.graph: dict[Key, Any] = dict(images.__dask_graph__())
        for key, value in dict(given.__dask_graph__()).items():
            if isinstance(value, Future):
                self.graph.setdefault(key, value)
        self.results = {key: value for key, value in self.graph.items() if isinstance(value, Future)}
        self.source = source
        self._keys = np.empty(images.numblocks, object)
        flat = list(dask.core.flatten(images.__dask_keys__()))
        for position, key in zip(np.ndindex(images.numblocks), flat, strict=True):
            self._keys[position] = key
        self._bounds = [np.concatenate([[0], np.cumsum(sizes)]) for sizes in images.chunks]

    def keys_of(self, block: Block) -> Iterator[Key]:
        """Iterate over the keys of the chunks that a block has pixels of."""
        spans = self._spans(block)
        yield from self._keys[tuple(slice(s[0][0], s[-1][0] + 1) for s in spans)].flat

    def tasks_of(self, block: Block, name: str) -> tuple[list[Any], dict[Key, Any]]:
        """Return nested lists of keys that join to a block, and the tasks that cut chunks for it."""
        spans = self._spans(block)
        nested = np.empty([len(of_axis) for of_axis in spans], object)
        cuts: dict[Key, Any] = {}
        for position in np.ndindex(nested.shape):
            parts = [of_axis[i] for of_axis, i in zip(spans, position, strict=True)]
            key = self._keys[tuple(number for number, _ in parts)]
            cut = tuple(part for _, part in parts)
            if any(part != slice(None) for part in cut):
                whole, key = key, f"{name}-cut-{len(cuts)}"
                cuts[key] = (partial(_cut, cut=cut), whole)
            nested[position] = key
        return nested.tolist(), cuts

    def _spans(self, block: Block) -> list[list[tuple[int, slice]]]:
        """Return, for each axis, the numbers of the chunks, and the part that the block has of each."""
        return [
            _span(bounds, part) for bounds, part in zip(self._bounds, self.source.key(block), strict=True)
        ]


def _span(bounds: NDArray[np.int64], part: slice) -> list[tuple[int, slice]]:
    start, stop, _ = part.indices(int(bounds[-1]))
    first = int(np.searchsorted(bounds, start, "right")) - 1
    span = []
    for number in range(first, len(bounds) - 1):
        low, high = int(bounds[number]), int(bounds[number + 1])
        if low >= stop:
            break
        if low < high:
            is_whole = start <= low and high <= stop
            cut = slice(None) if is_whole else slice(max(start, low) - low, min(stop, high) - low)
            span.append((number, cut))
    return span


class _Session:
    """One pass over the array, with the results that later blocks of it need.

    Parameters
    ----------
    client : distributed.Client
        Is connected to the scheduler.
    chunks : _Chunks
        The array.
    blocks : iterable of Block
        Whose pixels will be used, each once.
    """

    def __init__(self, client: Client, chunks: _Chunks, blocks: Iterable[Block]) -> None:
        self._client = client
        self._chunks = chunks
        uses = Counter(key for block in blocks for key in chunks.keys_of(block))
        self._parts = GraphInParts(chunks.graph, uses, chunks.results)
        self._kept: dict[Key, Future] = {}
        self._lock = threading.Lock()
        self._name = f"jpkl-{uuid.uuid4().hex[:12]}"
        self._numbers = itertools.count()

    def submit(self, block: Block, task: Callable[..., Any], *, is_use: bool) -> Submission:
        """Have a task done with the pixels of a block.

        Parameters
        ----------
        block : Block
            The block.
        task : callable
            Takes a source of these pixels, and a `Stop`.
        is_use : bool
            Whether this is one of the uses that the session is for; if not, the pixels stay.
        """
        source = self._chunks.source
        with self._lock:
            key = f"{self._name}-{next(self._numbers)}"
            nested, cuts = self._chunks.tasks_of(block, key)
            part = self._parts.take(self._chunks.keys_of(block), is_use=is_use)
            work = _Work(
                task, source.frame_shape, source.frames_first_axes, source.shape_of(block), source.dtype
            )
            graph = {
                **{k: self._chunks.results.get(k) or self._kept[k] for k in part.before},
                **{k: self._parts.graph[k] for k in part.new},
                **cuts,
                key: (work, nested),
            }
            future, *kept = self._client.get(graph, [key, *part.kept], sync=False)
            self._kept.update(zip(part.kept, kept, strict=True))
        return future, partial(self._finish, part)

    def _finish(self, part: Part) -> None:
        with self._lock:
            for key in self._parts.done(part):
                if future := self._kept.pop(key, None):
                    future.release()


# -- what runs on the workers --------------------------------------------------------------------------


@dataclass(frozen=True)
class _Pixels:
    """The pixels of a block, where a task expects a source."""

    frame_shape: tuple[int, ...]
    pixels: NDArray[Any]

    def read(self, block: Block) -> NDArray[Any]:
        return self.pixels


@dataclass(frozen=True)
class _Work:
    """A task, after the chunks that its block is in have been joined."""

    task: Callable[[_Pixels, Stop], Any]
    frame_shape: tuple[int, ...]
    frames_first_axes: tuple[int, ...]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def __call__(self, chunks: Any) -> Any:
        pixels = _joined(chunks)
        check_promise(pixels, self.shape, self.dtype, is_dask=True)
        return self.task(_Pixels(self.frame_shape, pixels.transpose(self.frames_first_axes)), Stop())


def _joined(chunks: Any, axis: int = 0) -> NDArray[Any]:
    """Return nested lists of chunks as one array, masked where one of them is."""
    if not isinstance(chunks, list):
        return loaded(chunks)
    parts = [_joined(chunk, axis + 1) for chunk in chunks]
    if len(parts) == 1:
        return parts[0]
    if any(mask_of(part) is not None for part in parts):
        masked: NDArray[Any] = _with_small_fill(np.ma.concatenate(parts, axis))  # type: ignore[no-untyped-call]
        return masked
    return np.concatenate([np.asarray(part) for part in parts], axis)


def _with_small_fill(chunk: Any) -> Any:
    """Return a view of a masked array, with a fill value that any dtype has; other arrays as they are."""
    if not hasattr(chunk, "mask"):
        return chunk
    chunk = chunk.view()
    chunk.fill_value = 0
    return chunk


def _cut(chunk: Any, cut: tuple[slice, ...]) -> NDArray[Any]:
    """Return part of a chunk, and nothing that keeps the rest in memory."""
    part: NDArray[Any] = loaded(chunk)[cut].copy()
    return part


@dataclass(frozen=True)
class _Read:
    block: Block

    def __call__(self, source: _Pixels, stop: Stop) -> NDArray[Any]:
        return source.read(self.block)


@dataclass(frozen=True)
class _Watched:
    """Encodes a block, and learns of its frames."""

    task: EncodeBlock
    observers: Observers

    @property
    def block(self) -> Block:
        return self.task.block

    def __call__(self, source: _Pixels, stop: Stop) -> tuple[list[EncodedFrame], Observers]:
        return self.task(source, stop, self.observers), self.observers


def _room(dask_worker: Any) -> tuple[str, int, int]:
    """Return the host of a worker, the memory that it may use, and what is free where it puts the rest."""
    import psutil

    host = dask_worker.address.rpartition(":")[0]
    if limit := dask_worker.memory_manager.memory_limit:
        return host, int(limit), psutil.disk_usage(dask_worker.local_directory).free
    return host, psutil.virtual_memory().available // (2 * max(1, psutil.cpu_count() or 1)), 0

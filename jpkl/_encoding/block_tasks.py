"""Work on one block of a source: plain data, so that it can be done by another process, too."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from math import prod
from typing import Any, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from jpkl._codecs.codec import Frame
from jpkl._codecs.jpeg_header import JPEG_START
from jpkl._dims import FrameIndex
from jpkl._display_range import to_stored
from jpkl._encoding.fidelity_record import FidelityRecorder
from jpkl._encoding.kept_frames import KeptFrames
from jpkl._encoding.label_watch import LabelWatch
from jpkl._encoding.spool import LookHook
from jpkl._errors import FrameEncodeError, FrameError
from jpkl._pipeline import Stop
from jpkl._source.blocks import BLOCK_NBYTES, Block, ImageArray, contiguous_frames

EncodeHook: TypeAlias = Callable[[Frame], bytes]
#: Returns a frame's bytes, and the mean squared error of its pixels if that is known.
MeasuredHook: TypeAlias = Callable[[Frame], tuple[bytes, float | None]]
#: A frame's index, and its bytes.
EncodedFrame: TypeAlias = tuple[FrameIndex, bytes]

Result_co = TypeVar("Result_co", covariant=True)
Result = TypeVar("Result")


class BlockSource(Protocol):
    """Where the pixels of a block come from: an `ImageArray`, or what a worker was sent."""

    @property
    def frame_shape(self) -> tuple[int, ...]:
        """``(height, width)`` or ``(height, width, 3)``."""

    def read(self, block: Block) -> NDArray[Any]:
        """Return the block's pixels, frames first."""


class BlockTask(Protocol[Result_co]):
    """Something to do with a block."""

    @property
    def block(self) -> Block:
        """The block."""

    def __call__(self, source: BlockSource, stop: Stop) -> Result_co:
        """Read the block, and do it."""


@dataclass(frozen=True)
class Observers:
    """What learns of frames as they are encoded, in this process or in others.

    Attributes
    ----------
    watch : LabelWatch or None
        Learns what they look like.
    recorder : FidelityRecorder or None
        Measures what became of them.
    """

    watch: LabelWatch | None = None
    recorder: FidelityRecorder | None = None

    @property
    def look(self) -> LookHook | None:
        """What is shown the pixels."""
        return None if self.watch is None else self.watch.look

    def apart(self) -> Observers:
        """Return such that have learned nothing, for another process."""
        return Observers(self.watch and self.watch.apart(), self.recorder and self.recorder.apart())

    def add(self, other: Observers) -> None:
        """Take over what others, which were set apart, have learned."""
        if self.watch is not None and other.watch is not None:
            self.watch.add(other.watch)
        if self.recorder is not None and other.recorder is not None:
            self.recorder.add(other.recorder)


_NOBODY = Observers()


class Elsewhere(Protocol):
    """Other processes that work on the blocks of one source."""

    @property
    def source(self) -> ImageArray:
        """The source, which they read when it is read."""

    def measure(self, tasks: Iterable[BlockTask[Result]]) -> Generator[Result, None, None]:
        """Yield what the tasks give, in their order."""

    def encode(
        self, tasks: Iterable[EncodeBlock], observers: Observers, kept: KeptFrames | None
    ) -> Generator[list[EncodedFrame], None, None]:
        """Yield the encoded frames of each block, in the order of the tasks.

        Parameters
        ----------
        tasks : iterable of EncodeBlock
            Each block of the source, once.
        observers : Observers
            Learn of the frames.
        kept : KeptFrames, optional
            The frames that need no encoding; is told how many were taken.
        """


@dataclass(frozen=True)
class EncodeBlock:
    """Encodes the frames of a block.

    Attributes
    ----------
    block : Block
        Of whole frames.
    encoders : object
        ``encoders.encode_of(index)`` encodes the frame of that index, ``encoders.exact_dtype`` says of which
        values.
    limits : ndarray of float64
        Display range of each frame, shape ``(*block.shape, 2)``.
    """

    block: Block
    encoders: Any
    limits: NDArray[np.float64]

    def __call__(
        self,
        source: BlockSource,
        stop: Stop,
        observers: Observers = _NOBODY,
        kept: KeptFrames | None = None,
    ) -> list[EncodedFrame]:
        """Return the encoded frames; observers learn of those that were JPEG-encoded."""
        look, recorder = observers.look, observers.recorder
        taken = {} if kept is None else _taken(kept, self.block)
        if len(taken) == prod(self.block.shape):
            return list(taken.items())
        frames = contiguous_frames(source.read(self.block), len(source.frame_shape))
        encoded = []
        for position, index in zip(np.ndindex(self.block.shape), self.block.frame_indices(), strict=True):
            stop.check()
            data = taken.get(index)
            if data is None:
                low, high = self.limits[position].tolist()
                stored = to_stored(frames[position], low, high, self.encoders.exact_dtype)
                is_measured = recorder is not None and recorder.takes_error(index)
                encode = self.encoders.encode_of(index, is_measured=is_measured)
                data, error = _encode_frame(encode, stored, index)
                if recorder is not None:
                    scale = 255 / (high - low or 1.0)
                    recorder.look(index, stored, data, frames[position], scale, error=error)
            encoded.append((index, data))
            if look is not None and data.startswith(JPEG_START):  # a subclass may encode anything
                look(index, frames[position])
        return encoded


def _taken(kept: KeptFrames, block: Block) -> dict[FrameIndex, bytes]:
    found = ((index, kept.take(index)) for index in block.frame_indices())
    return {index: data for index, data in found if data is not None}


def _encode_frame(encode: MeasuredHook, image: Frame, index: FrameIndex) -> tuple[bytes, float | None]:
    try:
        data, error = encode(image)
    except FrameError as error:
        raise type(error)(error.message, frame_index=index) from error
    except Exception as error:  # a subclass's encode_slice may raise anything; say for which frame
        raise FrameEncodeError(f"{type(error).__name__}: {error}", frame_index=index) from error
    if not isinstance(data, bytes):
        raise FrameEncodeError(f"encode_slice returned {type(data).__name__}, not bytes", frame_index=index)
    return data, error


@dataclass(frozen=True)
class MeasureBlock:
    """Measures the pixels of each channel of a block.

    Attributes
    ----------
    block : Block
        Of frames, or some rows of them.
    channel : int or None
        The dim whose indices are channels.
    measure : callable
        Is given the pixels of one channel, frames first.
    """

    block: Block
    channel: int | None
    measure: Callable[[NDArray[Any]], Any]

    def __call__(self, source: BlockSource, stop: Stop) -> tuple[int, list[tuple[int, Any]]]:
        """Return the bytes of the pixels, and for each channel its number and what was measured."""
        stop.check()
        pixels = source.read(self.block)
        if self.channel is None:
            return pixels.nbytes, [(0, self.measure(pixels))]
        dim = self.block.dims[self.channel]
        by_channel = zip(range(dim.start, dim.stop), np.moveaxis(pixels, self.channel, 0), strict=True)
        return pixels.nbytes, [(c, self.measure(values)) for c, values in by_channel]


def encoded_blocks(source: ImageArray, workers: int) -> Iterator[Block]:
    """Iterate over the blocks of a source in the order in which they are encoded."""
    return source.blocks(_block_nbytes(source, workers))


def measured_slabs(source: ImageArray, workers: int) -> Iterator[Block]:
    """Iterate over the slabs of a source in the order in which their values are looked at."""
    return source.slabs(_block_nbytes(source, workers))


def _block_nbytes(source: ImageArray, workers: int) -> int:
    """Return a size of blocks at which every worker has some to do."""
    return max(1, min(BLOCK_NBYTES, source.nbytes // (4 * workers)))

"""From arrays to encoded frames: a bounded stream, whatever the size of the source."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import replace
from os import PathLike
from typing import IO, Any, TypeAlias, Unpack

import numpy as np
from numpy.typing import NDArray

from jpkl._codecs.codec import Codec
from jpkl._codecs.jpeg import JpegCodec
from jpkl._dims import FrameIndex, channel_dim, frame_number
from jpkl._display_range import full_range
from jpkl._encoding.aim import aimed
from jpkl._encoding.block_tasks import (
    Elsewhere,
    EncodeBlock,
    EncodedFrame,
    EncodeHook,
    MeasuredHook,
    Observers,
    encoded_blocks,
)
from jpkl._encoding.fidelity_record import FidelityRecorder
from jpkl._encoding.kept_frames import KeptFrames
from jpkl._encoding.label_watch import LabelWatch
from jpkl._encoding.measured_range import measure_display_range
from jpkl._encoding.options import EncodeArguments, EncodeOptions, resolve_options
from jpkl._encoding.sample import sample_frames
from jpkl._encoding.spool import spooled
from jpkl._errors import warn
from jpkl._file.parts import warn_of_left_frames
from jpkl._file.schema import V1_CODEC, StackInfo
from jpkl._file.writing import StackFileWriter, writing_to
from jpkl._labels.encode import spooled_labels
from jpkl._pipeline import Stop, ordered_map
from jpkl._source.blocks import Block, ImageArray

#: Returns what encodes frames in place of a codec's ``encode``, which it may call.
HookMaker: TypeAlias = Callable[[EncodeHook], EncodeHook]


def encode_frames(
    options: EncodeOptions,
    info: StackInfo,
    make_hook: HookMaker | None = None,
    recorder: FidelityRecorder | None = None,
) -> Generator[tuple[FrameIndex, bytes], None, None]:
    """Encode all frames, in the order in which the source is stored.

    Parameters
    ----------
    options : EncodeOptions
        The source and the number of threads.
    info : StackInfo
        The display range.
    make_hook : callable, optional
        Is given the function that encodes the frames of a channel, and returns the one to use.
    recorder : FidelityRecorder, optional
        Measures frames.

    Yields
    ------
    index : tuple of int
        Frame index.
    data : bytes
        The encoded frame.

    Raises
    ------
    FrameEncodeError
        With the frame index, if encoding fails for a frame.
    """
    source = options.source
    limits = np.broadcast_to(np.asarray(info.display_range), (*source.dim_sizes, 2))
    is_gray_jpeg = not options.color and options.codec.name == V1_CODEC
    watch = LabelWatch(channel_dim(options.dim_names)) if is_gray_jpeg else None
    observers = Observers(watch, recorder)
    with options.progress_bar("Encoding") as bar:
        if options.elsewhere is not None and make_hook is None:
            yield from _encode_elsewhere(options, options.elsewhere, limits, observers, bar)
        elif source.is_interleaved:
            exact_dtype = options.codec.exact_dtype
            with spooled(source, limits, options.workers, observers.look, exact_dtype) as frames_first:
                mapped = np.broadcast_to(full_range(0), limits.shape)
                encoders = FrameEncoders(options, frames_first, mapped, make_hook)
                # The watch has seen the frames before they were mapped.
                others = replace(observers, watch=None)
                yield from _encode_blocks(
                    frames_first, mapped, encoders, others, workers=options.workers, bar=bar
                )
        else:
            encoders = FrameEncoders(options, source, limits, make_hook)
            yield from _encode_blocks(
                source, limits, encoders, observers, workers=options.workers, bar=bar, kept=options.kept
            )
    if watch is not None and (note := watch.note()):
        warn(note)


class FrameEncoders:
    """What encodes a frame: one codec for each channel, where it adapts to them.

    Attributes
    ----------
    exact_dtype : dtype or None
        Of the values that it encodes as they are.
    """

    def __init__(
        self,
        options: EncodeOptions,
        source: ImageArray,
        limits: NDArray[np.float64],
        make_hook: HookMaker | None = None,
    ) -> None:
        self.exact_dtype = options.codec.exact_dtype
        self._channel = channel_dim(options.dim_names)
        codecs = list(options.channel_codecs) or [options.codec]
        is_open = options.codec.adapts and not options.channel_codecs
        if is_open and source.n_frames and options.kept is None:
            samples = sample_frames(source, limits, self._channel, self.exact_dtype)
            codecs = list(ordered_map(_fitted(options.codec), samples, workers=options.workers))
        self._codecs = codecs
        self._hooks = [make_hook(codec.encode) if make_hook else codec.encode for codec in codecs]

    def __getitem__(self, index: FrameIndex) -> EncodeHook:
        return self._hooks[self._channel_of(index)]

    def encode_of(self, index: FrameIndex, *, is_measured: bool) -> MeasuredHook:
        """Return what encodes a frame, and measures its error if that is wanted and takes little."""
        codec, hook = self._codecs[self._channel_of(index)], self[index]
        if is_measured and isinstance(codec, JpegCodec) and hook == codec.encode:
            return codec.encode_measured
        return lambda image: (hook(image), None)

    def _channel_of(self, index: FrameIndex) -> int:
        return 0 if len(self._codecs) == 1 or self._channel is None else index[self._channel]


def _fitted(codec: Codec) -> Callable[[list[NDArray[Any]], Stop], Codec]:
    """Return what fits a codec to a sample, for one channel after the other."""

    def fitted(sample: list[NDArray[Any]], stop: Stop) -> Codec:
        stop.check()
        return codec.fitted(sample)

    return fitted


def _encode_blocks(
    source: ImageArray,
    limits: NDArray[np.float64],
    encoders: FrameEncoders,
    observers: Observers,
    *,
    workers: int,
    bar: Any,
    kept: KeptFrames | None = None,
) -> Generator[tuple[FrameIndex, bytes], None, None]:
    def encode_block(block: Block, stop: Stop) -> list[EncodedFrame]:
        encoded = EncodeBlock(block, encoders, limits[block.dims])(source, stop, observers, kept)
        source.release()
        return encoded

    blocks = encoded_blocks(source, workers)
    with closing(ordered_map(encode_block, blocks, workers=workers)) as results:
        yield from _frames_of(results, source, bar)


def _encode_elsewhere(
    options: EncodeOptions,
    elsewhere: Elsewhere,
    limits: NDArray[np.float64],
    observers: Observers,
    bar: Any,
) -> Generator[EncodedFrame, None, None]:
    """Encode as `_encode_blocks` does, in the same order, but in other processes."""
    encoders = FrameEncoders(options, elsewhere.source, limits)
    blocks = encoded_blocks(options.source, options.workers)
    tasks = (EncodeBlock(block, encoders, limits[block.dims]) for block in blocks)
    with closing(elsewhere.encode(tasks, observers, options.kept)) as results:
        yield from _frames_of(results, options.source, bar)


def _frames_of(
    results: Iterable[list[EncodedFrame]], source: ImageArray, bar: Any
) -> Generator[EncodedFrame, None, None]:
    for encoded in results:
        yield from encoded
        bar.update(bar.total * len(encoded) / source.n_frames)


def encode_file(
    images: Any, path: str | PathLike[str] | IO[bytes], **arguments: Unpack[EncodeArguments]
) -> StackInfo:
    """Encode images straight into a file: nothing but a few blocks is ever in memory.

    Parameters
    ----------
    images : array-like
        As for `jpkl.JPkl`.
    path : path-like or binary file
        The file. It appears, or is replaced, when it is complete.
    **arguments
        The keyword arguments of `jpkl.JPkl`.

    Returns
    -------
    StackInfo
        What the file says, apart from the frames.
    """
    warn_of_left_frames(path)
    return write_encoded(resolve_options(images, **arguments), path)


def write_encoded(
    options: EncodeOptions,
    path: str | PathLike[str] | IO[bytes],
    make_hook: HookMaker | None = None,
    check: Callable[[], None] = lambda: None,
) -> StackInfo:
    """Encode into a file as `encode_file` does, with what ``make_hook`` makes of the encoding function.

    What ``check`` raises when all is written keeps the file from its place.
    """
    options, info = settled(options)
    with writing_to(path) as file:
        writer = StackFileWriter(file, info)
        recorder = recorder_of(options)
        with closing(encode_frames(options, info, make_hook, recorder)) as encoded:
            for index, data in encoded:
                writer.append(frame_number(index, info.dim_sizes), data)
        info = recorded(info, recorder)
        with spooled_labels(options.labels, options.workers) as labels:
            writer.finish(info.fidelity, labels)
        check()
    return info


def settled(options: EncodeOptions) -> tuple[EncodeOptions, StackInfo]:
    """Measure the display range and aim at the target; return what to encode, and what a file says of it."""
    limits = measure_display_range(options)
    options = aimed(options, limits)
    return options, options.describe(limits)


def recorder_of(options: EncodeOptions) -> FidelityRecorder | None:
    """Return what measures the frames of a stack, if that is wanted."""
    if options.fidelity is None or options.codec.exact_dtype is not None:
        return None  # what is kept exactly has lost nothing
    source = options.source
    target = "" if options.target is None else str(options.target)
    return FidelityRecorder(
        options.codec,
        options.dim_names,
        source.dim_sizes,
        source.frame_shape,
        scope=options.fidelity,
        target=target,
    )


def recorded(info: StackInfo, recorder: FidelityRecorder | None) -> StackInfo:
    """Return what a file says, with what was measured."""
    return info if recorder is None else replace(info, fidelity=recorder.result())

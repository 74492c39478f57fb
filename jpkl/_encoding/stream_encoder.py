"""Encode frames that come one by one, in any order and from any thread."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._codecs.codec import Codec
from jpkl._codecs.jpeg import JpegCodec
from jpkl._dims import FrameIndex, channel_dim
from jpkl._display_range import to_stored
from jpkl._encoding.fidelity_record import FidelityRecorder
from jpkl._encoding.options import checked_target
from jpkl._encoding.stream_aim import StreamAim
from jpkl._encoding.stream_codecs import Seen, StreamCodecs, StreamFit
from jpkl._encoding.target import TargetSpec, parse_target
from jpkl._errors import FrameEncodeError
from jpkl._fidelity import Fidelity, Scope
from jpkl._file.schema import StackInfo
from jpkl._metrics import SSIM_WINDOW
from jpkl._source.array_likes import loaded


class StreamEncoder:
    """What a `JPklWriter` encodes with.

    Parameters
    ----------
    codec : Codec
        How frames are encoded; its tables may be fitted to those that come.
    info : StackInfo
        Of the stack, with its display range.
    takes_uint8 : bool
        Whether images have to be uint8, as nobody said how others are to be mapped.
    scope : {"sample", "all"} or None
        Of which frames to measure the fidelity.
    target : optional
        See `jpkl.JPkl`.

    Attributes
    ----------
    codec : Codec
        As it was given.
    image_shape : tuple of int
        ``(height, width)`` or ``(height, width, 3)``.

    Raises
    ------
    ValueError, TypeError
        If the target is none, or nothing for these frames.
    """

    def __init__(
        self,
        codec: Codec,
        info: StackInfo,
        *,
        takes_uint8: bool,
        scope: Scope | None,
        target: TargetSpec | None,
    ) -> None:
        assert info.frame_shape is not None
        self.codec = codec
        self.image_shape = (*info.frame_shape, 3) if info.color else info.frame_shape
        self._info = info
        self._takes_uint8 = takes_uint8
        self._ranges = np.broadcast_to(np.asarray(info.display_range), (*info.dim_sizes, 2))
        self._channel = channel_dim(info.dim_names)
        self._recorder = self._make_recorder(scope, target)
        self._codecs = self._make_codecs(target)

    def _make_recorder(self, scope: Scope | None, target: TargetSpec | None) -> FidelityRecorder | None:
        if scope is None or self.codec.exact_dtype is not None:
            return None  # what is kept exactly has lost nothing
        said = "" if target is None else str(parse_target(target))
        info = self._info
        return FidelityRecorder(
            self.codec, info.dim_names, info.dim_sizes, self.image_shape, scope=scope, target=said
        )

    def _make_codecs(self, spec: TargetSpec | None) -> StreamCodecs | None:
        """Return what picks tables for the frames that come; None where these are given."""
        codec, info = self.codec, self._info
        if spec is None:
            if not (isinstance(codec, JpegCodec) and codec.adapts):
                return None
            return StreamFit(codec, self._n_channels)
        target = checked_target(spec, codec)
        assert isinstance(codec, JpegCodec)
        if target.kind == "ssim" and min(self.image_shape[:2]) < SSIM_WINDOW:
            raise ValueError(f"target {target}: frames smaller than 7 x 7 pixels have no SSIM")
        nbytes = info.n_frames * prod(self.image_shape) * np.dtype(info.source_dtype).itemsize
        return StreamAim(target, codec, info, nbytes, self._n_channels)

    @property
    def _n_channels(self) -> int:
        return 1 if self._channel is None else self._info.dim_sizes[self._channel]

    def _channel_of(self, index: FrameIndex) -> int:
        return 0 if self._channel is None else index[self._channel]

    def fit(self, sample: Any) -> None:
        """Fit tables to images that are not encoded.

        Parameters
        ----------
        sample : array-like
            ``(n, height, width[, 3])``, with channels ``(n, channels, height, width[, 3])``.

        Raises
        ------
        ValueError
            If they have another shape, or nothing is to be fitted.
        """
        if self._codecs is None:
            raise ValueError("sample is what tables are fitted to: jpeg_tables='fitted' or a target")
        images = loaded(sample)
        shape = self.image_shape if self._channel is None else (self._n_channels, *self.image_shape)
        if images.shape[1:] != shape or not len(images):
            raise ValueError(f"sample has shape {images.shape}, where it must be (n, {str(shape)[1:]}")
        for number in range(self._n_channels):
            index = tuple(number if dim == self._channel else 0 for dim in range(len(self._info.dim_sizes)))
            of_channel = images if self._channel is None else images[:, number]
            self._codecs.fit(number, [self._seen(image, index) for image in of_channel])

    def encode(self, image: NDArray[Any], index: FrameIndex) -> bytes:
        """Encode the image of a frame.

        Raises
        ------
        FrameEncodeError
            If it has the wrong shape or dtype, or cannot be encoded.
        """
        seen = self._seen(image, index)
        codec, channel = self.codec, self._channel_of(index)
        if self._codecs is not None:
            codec = self._codecs.codec(channel, seen)
        is_measured = self._recorder is not None and self._recorder.takes_error(index)
        lost = None
        try:
            if is_measured and isinstance(codec, JpegCodec):
                data, lost = codec.encode_measured(seen.shown)
            else:
                data = codec.encode(seen.shown)
        except FrameEncodeError as error:
            error.frame_index = index
            raise
        if self._codecs is not None:
            self._codecs.wrote(channel, len(data))
        if self._recorder is not None:
            scale = 255 / (seen.high - seen.low or 1.0)
            self._recorder.look(index, seen.shown, data, image, scale, error=lost)
        return data

    def _seen(self, image: NDArray[Any], index: FrameIndex) -> Seen:
        """Return an image, and what is encoded of it."""
        self.check_shape(image.shape, index)
        if self._takes_uint8 and image.dtype != np.uint8:
            raise FrameEncodeError(
                f"the image is {image.dtype}, but the writer was made for uint8; give it a display_range",
                frame_index=index,
            )
        if image.dtype.kind not in "buif":
            raise FrameEncodeError(
                f"an image of dtype {image.dtype} cannot be mapped to gray values", frame_index=index
            )
        low, high = self._ranges[index].tolist()
        try:
            stored = to_stored(image, low, high, self.codec.exact_dtype)
        except ValueError as error:
            raise FrameEncodeError(str(error), frame_index=index) from error
        return Seen(np.ascontiguousarray(stored), image, low, high)

    def check_shape(self, shape: tuple[int, ...], index: FrameIndex) -> None:
        """Raise `FrameEncodeError` unless it is the shape of every image."""
        if tuple(shape) != self.image_shape:
            raise FrameEncodeError(
                f"shape {tuple(shape)}, where the stack has {self.image_shape}", frame_index=index
            )

    def fidelity(self) -> Fidelity | None:
        """Return what was measured of the frames that have come; None for nothing."""
        return None if self._recorder is None else self._recorder.result()

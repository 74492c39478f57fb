"""Frames that are JPEG in the source already: kept as they are, as encoding them again would cost quality.

A source offers them by a method ``encoded_frame(key)``, where ``key`` has an integer for each axis that
counts frames, and ``slice(None)`` for each axis of a frame. It returns the bytes of a JPEG of just these
pixels, or None.
"""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from jpkl._codecs.jpeg import JpegCodec
from jpkl._codecs.jpeg_header import is_complete, parse_jpeg_header
from jpkl._dims import FrameIndex
from jpkl._errors import FrameDecodeError
from jpkl._source.blocks import Block, ImageArray

#: Gray levels by which decoders may differ: they round in other places.
_TOLERANCE = 3
#: Headers that are remembered. Files of one origin share one.
_MAX_HEADERS = 1024


class KeptFrames:
    """The frames of a source that need no encoding.

    Parameters
    ----------
    source : ImageArray
        8-bit frames that are stored as they are.
    codec : JpegCodec
        Decodes them, as whoever opens the stack does.

    Attributes
    ----------
    n_kept : int
        Number of frames that were taken so far.
    codec : JpegCodec
        As given.
    """

    def __init__(self, source: ImageArray, codec: JpegCodec) -> None:
        self._source = source
        self.codec = codec
        self._is_right: dict[bytes, bool] = {}
        self._lock = threading.Lock()
        self.n_kept = 0

    def take(self, index: FrameIndex) -> bytes | None:
        """Return a frame as the source has it, if that is a JPEG which decodes to the pixels of the source.

        A baseline JPEG, that is: others are not shown by every program, or take long to decode. Each is
        decoded, since what is damaged must not go unnoticed. The pixels are compared once for each header,
        which says what the components mean.
        """
        data = self._source.encoded_frame(index)
        if data is None or (n_header := self._header_nbytes(data)) is None:
            return None
        try:
            decoded = self.codec.decode(data, self._source.frame_shape)
        except FrameDecodeError:
            return None  # reading the source will say what is wrong
        with self._lock:
            is_right = self._is_right.get(data[:n_header])
        if is_right is None:
            is_right = self._is_right_picture(index, decoded)
        with self._lock:
            if len(self._is_right) < _MAX_HEADERS:
                self._is_right[data[:n_header]] = is_right
            self.n_kept += is_right
        return data if is_right else None

    def _header_nbytes(self, data: bytes) -> int | None:
        """Return the bytes before the pixels of a JPEG that may be a frame; None if it may not."""
        try:
            header = parse_jpeg_header(data)
        except ValueError:
            return None
        is_frame = header.single_scan and header.shape == self._source.frame_shape
        return header.scan_offset if is_frame and is_complete(data, header) else None

    def _is_right_picture(self, index: FrameIndex, decoded: NDArray[np.uint8]) -> bool:
        block = Block(tuple(slice(i, i + 1) for i in index), slice(0, decoded.shape[0]))
        pixels = np.asarray(self._source.read(block)).reshape(decoded.shape)
        return int(np.abs(np.subtract(decoded, pixels, dtype=np.int16)).max()) <= _TOLERANCE

"""A codec as a user might write one; lossless, so that other tests can compare exact pixels."""

from __future__ import annotations

import json
import zlib

import numpy as np
from numpy.typing import NDArray

from jpkl import Codec, FrameDecodeError


class ZlibCodec(Codec):
    """The shape as a line of JSON, then the pixels, deflated."""

    name = "test-zlib"

    def encode(self, image: NDArray[np.uint8]) -> bytes:
        return json.dumps(image.shape).encode() + b"\n" + zlib.compress(image.tobytes(), 1)

    def shape(self, data: bytes) -> tuple[int, ...]:
        head, separator, _ = data.partition(b"\n")
        try:
            return tuple(json.loads(head)) if separator else ()
        except (ValueError, TypeError) as error:
            raise FrameDecodeError(f"not a frame: {error}") from error

    def decode(
        self, data: bytes, shape: tuple[int, ...], out: NDArray[np.uint8] | None = None
    ) -> NDArray[np.uint8]:
        if self.shape(data) != shape:
            raise FrameDecodeError(f"frame of shape {self.shape(data)}, where the stack has {shape}")
        try:
            pixels = np.frombuffer(zlib.decompress(data.partition(b"\n")[2]), np.uint8).reshape(shape)
        except (zlib.error, ValueError) as error:
            raise FrameDecodeError(f"broken frame: {error}") from error
        if out is None:
            return pixels.copy()
        out[...] = pixels
        return out

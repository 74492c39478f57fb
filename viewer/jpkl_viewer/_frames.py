"""Where pixels come from: requests in, pixels or stored JPEG bytes out, through bounded caches."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jpkl import JPkl
from jpkl_viewer._resolve import FrameRequest

if TYPE_CHECKING:
    from jpkl._cache import DecodedFrameCache

#: Decoded pixels kept on the server, per viewer, in bytes.
DEFAULT_CACHE_NBYTES = 256 * 2**20

#: First bytes of every JPEG.
_JPEG = b"\xff\xd8\xff"
_JPEG_END = b"\xff\xd9"


class Frames:
    """The frames of a stack, as the viewer asks for them.

    Parameters
    ----------
    jp : JPkl
        The stack.
    cache_nbytes : int
        Budget of the cache of decoded frames, in bytes.
    """

    def __init__(self, jp: JPkl, cache_nbytes: int = DEFAULT_CACHE_NBYTES) -> None:
        self._jp = jp.with_cache(cache_nbytes)
        assert self._jp.cache is not None
        self._cache = self._jp.cache
        # A subclass with a decoder of its own may mean other pixels than those that a browser decodes.
        self._sends_stored_bytes = type(jp).decode_slice is JPkl.decode_slice

    @property
    def cache(self) -> DecodedFrameCache:
        """The decoded-frame cache that all reads go through."""
        return self._cache

    def encoded(self, index: tuple[int, ...]) -> bytes:
        """A frame as JPEG: the stored bytes unchanged wherever they are what `jp[...]` decodes.

        Raises
        ------
        FrameError
            If the frame is damaged.
        """
        if self._sends_stored_bytes:
            data: bytes = self._jp.images[index]
            # A browser shows what there is of a truncated JPEG; `jp[...]` says that it is broken.
            if data.startswith(_JPEG) and data.endswith(_JPEG_END):
                return data
        return encode_jpeg(self.pixels(index))

    def pixels(self, index: tuple[int, ...]) -> NDArray[np.uint8]:
        """``jp[..., *index]``: one frame, shape (height, width) or (height, width, 3).

        Raises
        ------
        FrameError
            If the frame is damaged.
        """
        frame: NDArray[np.uint8] = self._jp[(..., *index)]
        return frame

    def picture(self, request: FrameRequest) -> NDArray[np.uint8]:
        """What the browser paints for a request: RGB pixels, shape (height, width, 3).

        Raises
        ------
        FrameError
            If one of its frames is damaged.
        """
        total = np.zeros((*self._jp.shape[:2], 3), dtype=np.uint16)
        for layer in request.layers:
            pixels, table = self.pixels(layer.index), layer.lookup_table()
            if pixels.ndim == 2:
                total += table[pixels]
            else:
                total += np.stack([table[:, c][pixels[..., c]] for c in range(3)], axis=-1)
        return np.minimum(total, 255).astype(np.uint8)


def encode_jpeg(pixels: NDArray[np.uint8]) -> bytes:
    """Pixels (height, width[, 3]) as a JPEG whose loss cannot be seen."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(buffer, "JPEG", quality=95, subsampling="4:4:4")
    return buffer.getvalue()

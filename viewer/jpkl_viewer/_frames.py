"""Where pixels come from: requests in, pixels or stored JPEG bytes out, through bounded caches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from jpkl_viewer._resolve import FrameRequest

if TYPE_CHECKING:
    from jpkl import JPkl
    from jpkl._cache import DecodedFrameCache

#: Decoded pixels kept on the server, per viewer, in bytes.
DEFAULT_CACHE_NBYTES = 256 * 2**20


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

    @property
    def cache(self) -> DecodedFrameCache:
        """The decoded-frame cache that all reads go through."""
        return self._cache

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

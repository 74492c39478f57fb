"""Pictures of a report as JPEG."""

from __future__ import annotations

import io

from PIL import Image


def jpeg_of(image: Image.Image, quality: int) -> bytes:
    """Encode a picture, with its own Huffman tables where Pillow can fit them.

    It does that in memory for a byte a pixel, which noise in colors takes more than.
    """
    for optimize in (True, False):
        buffer = io.BytesIO()
        try:
            image.save(buffer, "JPEG", quality=quality, subsampling="4:4:4", optimize=optimize)
        except OSError:
            if not optimize:
                raise
        else:
            break
    return buffer.getvalue()

"""Golden vectors of the JPEG decoder of the browser: see `tests.tools.vectors`."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import Image

from jpkl import FrameDecodeError
from jpkl._codecs.jpeg import JpegCodec
from tests.tools.file_vectors import changed_files

#: How pictures are encoded: as frames are, with the tables of the standard, in intervals, and at both ends.
_WAYS: dict[str, dict[str, Any]] = {
    "usual": {"quality": 90, "optimize": True},
    "standard tables": {"quality": 60},
    "intervals": {"quality": 90, "optimize": True, "restart_marker_blocks": 3},
    "finest": {"quality": 100, "optimize": True},
    "coarse": {"quality": 5, "optimize": True},
}

#: Sides that are multiples of the block's, and others.
_SIZES = {"usual": (51, 37), "intervals": (64, 24)}

_SCALES = (1, 2, 4, 8)

#: Others, of which browsers make the pixels: as Pillow encodes colors unless it is told otherwise.
_SUBSAMPLED: dict[str, dict[str, Any]] = {
    "4:2:0": {"quality": 90, "subsampling": "4:2:0"},
    "4:2:2": {"quality": 70, "subsampling": "4:2:2", "restart_marker_blocks": 2},
    "comment": {"quality": 90, "comment": b"of a microscope", "subsampling": "4:2:0"},
}


def make_jpeg() -> list[dict[str, Any]]:
    """JPEGs, and the pixels that libjpeg makes of them, at each scale."""
    return list(_cases())


def make_damaged() -> list[dict[str, Any]]:
    """JPEGs, and of their `changed_files` those that Python refuses, as a row of characters: D for these."""
    return list(_damaged())


def _damaged() -> Iterator[dict[str, Any]]:
    codec = JpegCodec()
    for color, ways in ((False, _WAYS), (True, _WAYS | _SUBSAMPLED)):
        for name, options in ways.items():
            width, height = 51, 37
            pixels = _pixels(width, height, color)
            data = _encoded(pixels, options)

            def refused(changed: bytes, shape: tuple[int, ...] = pixels.shape) -> str:
                try:
                    codec.decode(changed, shape)
                except FrameDecodeError:
                    return "D"
                return "."

            yield {
                **_described(name, data, width, height, color),
                "refused": "".join(map(refused, changed_files(data))),
            }


def _cases() -> Iterator[dict[str, Any]]:
    for color in (False, True):
        for name, options in _WAYS.items():
            width, height = _SIZES.get(name, (33, 16))
            data = _encoded(_pixels(width, height, color), options)
            yield {
                **_described(name, data, width, height, color),
                "pixels": {str(scale): _decoded(data, color, width, height, scale) for scale in _SCALES},
            }


def _described(name: str, data: bytes, width: int, height: int, color: bool) -> dict[str, Any]:
    return {
        "name": f"{name}, {'color' if color else 'gray'}",
        "width": width,
        "height": height,
        "color": color,
        "jpeg": base64.b64encode(data).decode("ascii"),
    }


def _pixels(width: int, height: int, color: bool) -> NDArray[np.uint8]:
    """Edges, slopes and noise, up to the extremes."""
    y, x = np.mgrid[:height, :width]
    noise = np.random.default_rng(width).integers(-9, 10, (height, width))
    red = 128 + 160 * np.sin(x / 5.0) * np.cos(y / 7.0) + noise
    green = np.where((x - 20) ** 2 + (y - 9) ** 2 < 50, 255, 4 * x % 256)
    picture = np.stack([red, green, 5 * y + 2 * x], -1) if color else red
    return np.clip(picture, 0, 255).astype(np.uint8)


def _encoded(pixels: NDArray[np.uint8], options: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", **{"subsampling": "4:4:4", **options})
    return buffer.getvalue()


def _decoded(data: bytes, color: bool, width: int, height: int, scale: int) -> str:
    pixels = simplejpeg.decode_jpeg(
        data, "RGB" if color else "GRAY", min_width=-(-width // scale), min_height=-(-height // scale)
    )
    assert pixels.shape[:2] == (-(-height // scale), -(-width // scale))
    return base64.b64encode(pixels.tobytes()).decode("ascii")

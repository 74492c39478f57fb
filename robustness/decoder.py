"""Compare the page's own JPEG decoder, in Node, with libjpeg."""

from __future__ import annotations

import struct
from functools import cache
from zlib import crc32

import numpy as np
import simplejpeg
from numpy.typing import NDArray

from jpkl._codecs.jpeg_header import parse_jpeg_header
from robustness.node import Node

#: Bytes before a JPEG that choose what is asked for.
_N_CHOICES = 6

_SCALES = (1, 2, 4, 8)

#: Below, libjpeg is not asked for scaled pictures, as several of its scales have the same size.
_LEAST_SCALED = 16

_MOST_PIXELS = 1 << 20

#: How libjpeg begins to say that the codes of the pixels are damaged.
_WARNED = (
    "Corrupt JPEG data: premature end of data",
    "Corrupt JPEG data: bad Huffman",
    "Premature end of JPEG",
)


@cache
def _node() -> Node:
    return Node("browser/pixels/jpeg/answer_frames.js")


def attack_decoder(data: bytes) -> None:
    """Ask for a crop of a picture, scaled down: the page decodes it as libjpeg does, or leaves it.

    What libjpeg warns of, the page is to leave, unless that comes behind the crop. It is to call that
    damaged, unless it is progressive, or comes in several scans.
    """
    choices, jpeg = data[:_N_CHOICES].ljust(_N_CHOICES, b"\0"), data[_N_CHOICES:]
    is_usual = False
    try:
        header = parse_jpeg_header(jpeg)
        width, height, color = header.width, header.height, header.n_components == 3
        is_usual = header.single_scan and header.n_components in (1, 3)
    except ValueError:
        width, height, color = 16, 16, False
    if not 0 < width * height <= _MOST_PIXELS:
        return
    scale = _SCALES[choices[0] % 4]
    left, top = choices[1] % width, choices[2] % height
    right, bottom = left + 1 + choices[3] % (width - left), top + 1 + choices[4] % (height - top)
    if choices[5] % 2:
        left, top, right, bottom = 0, 0, width, height
    part = (slice(top // scale, -(-bottom // scale)), slice(left // scale, -(-right // scale)))
    shape = tuple(each.stop - each.start for each in part)
    to_height, to_width = shape if choices[5] % 3 else (max(1, side - side // 3) for side in shape)
    asked = (left, top, right - left, bottom - top, to_width, to_height, scale)
    answer = _node().ask(struct.pack("<10I", width, height, color, *asked) + jpeg)
    said = answer["decoded"]
    if is_usual and not answer["isDamaged"]:
        _check_no_warning(jpeg)
    if said is None:
        return
    is_whole = (left, top, right, bottom) == (0, 0, width, height)
    assert not (is_whole and answer["isDamaged"]), f"{asked}: the page shows what it calls damaged"
    assert said["nBytes"] == to_width * to_height * (4 if color else 1)
    if scale > 1 and min(width, height) < _LEAST_SCALED:
        return
    may_warn = -(-bottom // 8) < -(-height // 8)  # of what comes behind the crop
    try:
        whole = _decoded(jpeg, color, -(-width // scale), -(-height // scale))
    except ValueError as warned:
        if may_warn or "JFIF revision" in str(warned):
            return
        raise AssertionError(f"{asked}: the page shows what libjpeg warns of: {warned}") from warned
    if (to_height, to_width) == shape:
        assert said["checksum"] == crc32(whole[part].tobytes()), f"{asked}: other pixels than libjpeg's"


def _check_no_warning(jpeg: bytes) -> None:
    """Check that libjpeg does not warn of the codes of a picture."""
    try:
        simplejpeg.decode_jpeg(jpeg, "GRAY")
    except ValueError as warned:
        if str(warned).startswith(_WARNED):
            raise AssertionError(f"the page does not know what libjpeg warns of: {warned}") from warned


def _decoded(jpeg: bytes, color: bool, width: int, height: int) -> NDArray[np.uint8]:
    """Return libjpeg's pixels, as the page has them; a ValueError where it warns."""
    found = simplejpeg.decode_jpeg(jpeg, "RGBA" if color else "GRAY", min_width=width, min_height=height)
    assert found.shape[:2] == (height, width)
    return found


def decoder_seeds() -> list[bytes]:
    """Return the JPEGs of the golden vectors, whole and cropped, at all scales."""
    from base64 import b64decode

    from tests.tools.jpeg_vectors import make_jpeg

    crops = [bytes([scale, 0, 0, 0, 0, 1]) for scale in range(4)]
    crops += [bytes([scale, 5, 3, 14, 9, kind]) for scale in range(4) for kind in (0, 2)]
    jpegs = [b64decode(each["jpeg"]) for each in make_jpeg()]
    return [crop + jpeg for jpeg in jpegs for crop in crops]

"""What a JPEG says about itself before its first pixel (ITU-T T.81, annex B); pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

#: The first bytes of every JPEG: start of image, and the first byte of the next marker.
JPEG_START = b"\xff\xd8\xff"
_START_OF_SCAN, _QUANTIZATION = 0xDA, 0xDB
END_OF_IMAGE = b"\xff\xd9"
_BASELINE, _EXTENDED, _PROGRESSIVE = 0xC0, 0xC1, 0xC2
#: All start-of-frame markers: 0xC0 to 0xCF but for DHT (C4), JPG (C8) and DAC (CC).
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
#: Markers without a length: TEM and RST0 to RST7.
_BARE_MARKERS = frozenset({0x01, *range(0xD0, 0xD8)})
#: Each scan of a multi-scan JPEG makes the decoder walk the whole picture, however few bytes it has;
#: encoders write about ten.
MAX_SCANS = 32


@dataclass(frozen=True)
class JpegHeader:
    """Frame and scan header of a JPEG.

    Attributes
    ----------
    height, width : int
        Size in pixels.
    n_components : int
        1 for gray, 3 for RGB (stored as YCbCr or RGB), 4 for CMYK.
    scan_offset : int
        Byte offset of the first scan's data.
    single_scan : bool
        Whether all components come in one sequential scan, so that decoding time is bounded by size.
    """

    height: int
    width: int
    n_components: int
    scan_offset: int
    single_scan: bool

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the decoded frame: ``(h, w)`` for one component, else ``(h, w, n_components)``."""
        if self.n_components == 1:
            return (self.height, self.width)
        return (self.height, self.width, self.n_components)


def parse_jpeg_header(data: bytes) -> JpegHeader:
    """Read the markers up to the first scan.

    Raises
    ------
    ValueError
        If these are not the bytes of an 8-bit baseline, extended or progressive Huffman JPEG.
    """
    if not data.startswith(JPEG_START):
        found = data[:4].hex(" ") or "nothing"
        raise ValueError(f"not a JPEG: starts with {found} instead of ff d8 ff")
    frame: tuple[int, int, int, int] | None = None
    offset = 2
    while True:
        marker, start, end = _segment(data, offset)
        if marker == _START_OF_SCAN:
            break
        if marker in _FRAME_MARKERS:
            if frame is not None:
                raise ValueError("JPEG with more than one frame header")
            frame = _parse_frame_header(marker, data[start:end])
        offset = end
    if frame is None:
        raise ValueError("JPEG without a frame header before its first scan")
    kind, height, width, n_components = frame
    single_scan = kind != _PROGRESSIVE and data[start] == n_components
    return JpegHeader(height, width, n_components, end, single_scan)


def luma_step(data: bytes) -> float | None:
    """Return the geometric mean of the quantization steps of a JPEG's first component.

    Returns
    -------
    float or None
        None if the bytes are no JPEG, or have no 8-bit table before their first scan.
    """
    offset = 2 if data.startswith(JPEG_START) else len(data)
    try:
        while (found := _segment(data, offset))[0] != _START_OF_SCAN:
            marker, start, offset = found
            # Table 0, of 8-bit steps: the one that all encoders use for luma.
            if marker == _QUANTIZATION and data[start] == 0 and offset - start >= 65:
                steps = data[start + 1 : start + 65]
                return math.exp(sum(math.log(max(1, step)) for step in steps) / 64)
    except ValueError:
        pass
    return None


def _segment(data: bytes, offset: int) -> tuple[int, int, int]:
    """Return marker, start and end of the payload of the segment at ``offset``."""
    while data[offset : offset + 2] == b"\xff\xff":  # any number of fill bytes may precede a marker
        offset += 1
    if len(data) < offset + 2 or data[offset] != 0xFF:
        raise ValueError(f"truncated or broken JPEG: no marker at byte {offset} of {len(data)}")
    marker = data[offset + 1]
    if marker in _BARE_MARKERS:
        return marker, offset + 2, offset + 2
    start = offset + 4
    end = offset + 2 + int.from_bytes(data[offset + 2 : start], "big")
    if end < start or end >= len(data):
        raise ValueError(
            f"truncated or broken JPEG: the segment at byte {offset} ends at {end} of {len(data)}"
        )
    return marker, start, end


def _parse_frame_header(marker: int, payload: bytes) -> tuple[int, int, int, int]:
    if marker not in (_BASELINE, _EXTENDED, _PROGRESSIVE):
        raise ValueError(f"lossless, hierarchical and arithmetic JPEG (ff {marker:02x}) are not supported")
    if len(payload) < 6:
        raise ValueError("JPEG with a broken frame header")
    precision, n_components = payload[0], payload[5]
    if precision != 8:
        raise ValueError(f"JPEG of {precision} bits per sample; frames have 8")
    return marker, int.from_bytes(payload[1:3], "big"), int.from_bytes(payload[3:5], "big"), n_components


def check_scans(data: bytes, header: JpegHeader) -> None:
    """Refuse a multi-scan JPEG whose scans would keep the decoder busy out of proportion to its size.

    Raises
    ------
    ValueError
        If there are more than `MAX_SCANS` scans.
    """
    if header.single_scan:
        return
    # Inside scan data 0xFF is always followed by 0x00 or a restart marker, so this cannot count too few.
    scans = 1 + data.count(b"\xff\xda", header.scan_offset)
    if scans > MAX_SCANS:
        raise ValueError(f"JPEG with {scans} scans; at most {MAX_SCANS} are decoded")


def is_complete(data: bytes, header: JpegHeader) -> bool:
    """Return whether an end-of-image marker follows the first scan."""
    return data.find(END_OF_IMAGE, header.scan_offset) >= 0


def least_nbytes(shape: tuple[int, ...]) -> int:
    """Return the least size of a Huffman-coded JPEG of so many pixels: one bit per 8 x 8 block.

    A header of a few bytes may promise gigabytes of pixels; this is what unmasks it.
    """
    return -(-shape[0] // 8) * -(-shape[1] // 8) // 8

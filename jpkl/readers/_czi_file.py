"""What a Zeiss CZI file is made of: segments, of which a directory lists those that hold pixels."""

from __future__ import annotations

import math
import struct
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

#: What each segment begins with: its name, the bytes allotted to it, and those in use.
_SEGMENT = struct.Struct("<16sqq")
#: In the file's header: where the directory, the metadata and the list of attachments are.
_POSITIONS = struct.Struct("<52xqq4xq")
#: An entry of the directory: kind of pixels, position, compression, kind of pyramid, number of dimensions.
_ENTRY = struct.Struct("<2siq4xiB5xi")
#: A dimension of an entry: its letter, first index, length, and the length that is stored.
_DIMENSION = struct.Struct("<4sii4xi")
#: Start of a segment of pixels, before the entry that it repeats: bytes of metadata, attachments, pixels.
_SUBBLOCK = struct.Struct("<iiq")
_SUBBLOCK_NBYTES = 256
_DIRECTORY_NBYTES = 128
_METADATA_NBYTES = 256
_ATTACHMENTS_NBYTES = 256
#: An entry of the list of attachments: position and name.
_ATTACHMENT = struct.Struct("<12xq28x80s")

#: Kinds of pixels: type and samples.
_PIXEL_TYPES = {
    0: ("<u1", 1),
    1: ("<u2", 1),
    2: ("<f4", 1),
    3: ("<u1", 3),
    4: ("<u2", 3),
    8: ("<f4", 3),
    9: ("<u1", 4),
    12: ("<i4", 1),
    13: ("<f8", 1),
}
_RAW, _JPEG, _LZW, _JPEG_XR, _ZSTD, _ZSTD_WITH_HEADER = 0, 1, 2, 4, 5, 6
#: Codes from here on are raw data of cameras and systems.
_FIRST_OF_SYSTEMS = 100


@dataclass(frozen=True)
class Subblock:
    """An entry of the directory: pixels of one tile of one plane.

    Attributes
    ----------
    pixel_type, compression : int
        Codes.
    position : int
        Byte at which its segment begins.
    start, size, stored : mapping from str to int
        By the letter of a dimension: the first index, the length, and the length in stored pixels.
    is_reduced : bool or None
        Whether the file says that it is of a level of a pyramid; None where it may be.
    """

    pixel_type: int
    compression: int
    position: int
    start: dict[str, int]
    size: dict[str, int]
    stored: dict[str, int]
    is_reduced: bool | None = None

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of its pixels."""
        return np.dtype(self._pixels[0])

    @property
    def n_samples(self) -> int:
        """1, or 3 for colors; alpha is not counted, since Zeiss leaves it empty."""
        return min(3, self._pixels[1])

    @property
    def stored_shape(self) -> tuple[int, ...]:
        """Rows, columns, and samples of colors, as stored."""
        n = self._pixels[1]
        return (self.stored["Y"], self.stored["X"], *(() if n == 1 else (n,)))

    @property
    def _pixels(self) -> tuple[str, int]:
        if self.pixel_type not in _PIXEL_TYPES:
            raise ValueError(f"pixels of type {self.pixel_type} are not supported")
        return _PIXEL_TYPES[self.pixel_type]


class CziFile:
    """An opened file; reads from several threads take turns.

    Raises
    ------
    ValueError
        If the file is no CZI, or its directory is damaged or not there.
    """

    def __init__(self, path: Path) -> None:
        self.n_bytes = path.stat().st_size
        self._file = path.open("rb")
        self._lock = threading.Lock()
        try:
            header = self._segment(0, "ZISRAWFILE", _POSITIONS.size)
            directory, self._metadata, self._attachments = _POSITIONS.unpack(header)
            self.subblocks = list(self._read_directory(directory))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _read(self, position: int, n: int) -> bytes:
        with self._lock:
            self._file.seek(position)
            content = self._file.read(n)
        if len(content) != n:
            raise ValueError(f"it ends at byte {self.n_bytes:,}, but has content up to {position + n:,}")
        return content

    def _segment(self, position: int, name: str, n: int | None = None) -> bytes:
        """Return the content of a segment, or its first bytes."""
        if position < 0 or position + _SEGMENT.size > self.n_bytes:
            raise ValueError(f"it ends at byte {self.n_bytes:,}, but its {name} is at byte {position:,}")
        found, allotted, used = _SEGMENT.unpack(self._read(position, _SEGMENT.size))
        if found.rstrip(b"\0") != name.encode():
            raise ValueError(f"there is no {name} at byte {position:,}")
        return self._read(position + _SEGMENT.size, n if n is not None else (used or allotted))

    # -- pixels ----------------------------------------------------------------------------------------

    def _read_directory(self, position: int) -> Iterator[Subblock]:
        if position == 0:
            raise ValueError("its directory was never written: the recording was stopped")
        content = self._segment(position, "ZISRAWDIRECTORY")
        at = _DIRECTORY_NBYTES
        for _ in range(struct.unpack_from("<i", content)[0]):
            kind, pixel_type, where, compression, pyramid, n_dims = _ENTRY.unpack_from(content, at)
            if kind != b"DV":
                raise ValueError(f"its directory has an entry of kind {kind!r}, which is not known")
            at += _ENTRY.size
            dims = [_DIMENSION.unpack_from(content, at + i * _DIMENSION.size) for i in range(n_dims)]
            at += n_dims * _DIMENSION.size
            letters = [letter.rstrip(b"\0").decode() for letter, *_ in dims]
            start, size, stored = (
                dict(zip(letters, values, strict=True)) for values in list(zip(*dims, strict=True))[1:]
            )
            stored = {axis: n or size[axis] for axis, n in stored.items()}  # 0 where it is the length
            yield Subblock(pixel_type, compression, where, start, size, stored, bool(pyramid) or None)

    def pixels(self, subblock: Subblock) -> NDArray[Any]:
        """Return the pixels of a tile, shape ``(rows, columns)`` or, for colors, ``(rows, columns, 3)``."""
        head = self._segment(subblock.position, "ZISRAWSUBBLOCK", _SUBBLOCK.size)
        n_metadata, _, n_pixels = _SUBBLOCK.unpack(head)
        n_entry = _ENTRY.size + len(subblock.start) * _DIMENSION.size
        offset = subblock.position + _SEGMENT.size + max(_SUBBLOCK_NBYTES, _SUBBLOCK.size + n_entry)
        pixels = _decoded(self._read(offset + n_metadata, n_pixels), subblock)
        return pixels if subblock.n_samples == 1 else pixels[..., :3]

    def has(self, subblock: Subblock) -> bool:
        """Return whether the pixels of a tile are in the file, as far as that is known without reading it."""
        is_raw = subblock.compression == _RAW
        n = math.prod(subblock.stored_shape) * subblock.dtype.itemsize if is_raw else 1
        return subblock.position + _SEGMENT.size + _SUBBLOCK_NBYTES + n <= self.n_bytes

    # -- metadata --------------------------------------------------------------------------------------

    def xml(self) -> str:
        """Return the metadata; ``""`` if there are none.

        Raises
        ------
        ValueError
            If they are beyond the end of the file.
        """
        if not self._metadata:
            return ""
        content = self._segment(self._metadata, "ZISRAWMETADATA")
        n = struct.unpack_from("<i", content)[0]
        return content[_METADATA_NBYTES : _METADATA_NBYTES + n].decode("utf-8", "replace")

    def time_stamps(self) -> list[float]:
        """Return the seconds at which each time point began; none if the file does not say."""
        position = self._attachment("TimeStamps")
        if position is None:
            return []
        content = self._segment(position, "ZISRAWATTACH")[_ATTACHMENTS_NBYTES:]
        n = struct.unpack_from("<i", content, 4)[0]
        return [float(value) for value in np.frombuffer(content, "<f8", n, 8)]

    def _attachment(self, name: str) -> int | None:
        if not self._attachments:
            return None
        content = self._segment(self._attachments, "ZISRAWATTDIR")
        for i in range(struct.unpack_from("<i", content)[0]):
            where, found = _ATTACHMENT.unpack_from(content, _ATTACHMENTS_NBYTES + i * _ATTACHMENT.size)
            if found.split(b"\0")[0].decode("utf-8", "replace") == name:
                return int(where)
        return None


# -- decoding ------------------------------------------------------------------------------------------


def _decoded(content: bytes | bytearray, subblock: Subblock) -> NDArray[Any]:
    import imagecodecs

    code = subblock.compression
    if code in (_JPEG, _JPEG_XR):
        decode = imagecodecs.jpeg_decode if code == _JPEG else imagecodecs.jpegxr_decode
        pixels = np.asarray(decode(content))
        return pixels.reshape(_shape_of(pixels.size, subblock))
    if code == _LZW:
        content = imagecodecs.lzw_decode(content)
    elif code in (_ZSTD, _ZSTD_WITH_HEADER):
        content = _from_zstd(content, subblock)
    elif code != _RAW and code < _FIRST_OF_SYSTEMS:
        raise ValueError(f"its compression {code} is not supported")
    pixels = np.frombuffer(content, subblock.dtype)
    pixels = pixels.reshape(_shape_of(pixels.size, subblock))
    return pixels if pixels.ndim == 2 else pixels[..., 2::-1]  # blue, green, red, alpha


def _shape_of(n: int, subblock: Subblock) -> tuple[int, ...]:
    """Return the shape of so many values: at the edges of pyramids, a row or a column may be missing."""
    height, width, *samples = subblock.stored_shape
    shapes = [(height, width), (height - 1, width), (height, width - 1), (height - 1, width - 1)]
    is_reduced = any(subblock.size[axis] > subblock.stored[axis] for axis in "YX")
    shapes = shapes if is_reduced else shapes[:1]
    return next(((*s, *samples) for s in shapes if math.prod((*s, *samples)) == n), subblock.stored_shape)


def _from_zstd(content: bytes | bytearray, subblock: Subblock) -> bytes | bytearray:
    import imagecodecs

    is_split = False
    if subblock.compression == _ZSTD_WITH_HEADER:
        n_header = content[0]
        # A header of three bytes has one entry, whose only flag is this one.
        is_split = n_header == 3 and content[1] == 1 and bool(content[2] & 1)
        content = content[n_header:]
    unpacked = imagecodecs.zstd_decode(content)
    if not is_split:
        return unpacked
    # All low bytes come before all high ones.
    halves = np.frombuffer(unpacked, np.uint8).reshape(2, -1)
    return np.ascontiguousarray(halves.T).tobytes()

"""The trailer: where each frame is, after the end of the pickle, where `pickle.load` never looks.

Layout, little-endian, at the end of the file::

    block    BLOCK_HEAD, offsets u64[n], lengths u32[n], CRC-32s u32[n],
             RANGE_HEAD, its shape u64[ndim], values f64[...], source dtype (ASCII),
             sections: SECTION_HEAD, and its bytes
    footer   FOOTER: offset and length of the block, its CRC-32, version, magic

Where there are label images, the last two sections are their bytes, which may be large, and ``SKIP``: length
and CRC-32 of what the block has before them. Who knows it opens the file without reading them.
"""

from __future__ import annotations

import math
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from jpkl._bytes import ByteSource
from jpkl._dims import index_of
from jpkl._errors import FormatError
from jpkl._file.labels import BYTES_SECTION, TABLES_SECTION, StoredLabels
from jpkl._file.schema import MAX_DIMS, StackInfo, is_possible_frame
from jpkl._pickle.writer import frame_head

MAGIC = b"JPklTrlr"
VERSION = 1
FOOTER = struct.Struct("<QQII8s")  # block offset, block length, CRC-32 of block, version, magic
BLOCK_MAGIC = b"JPix"  # no pickle begins like this
BLOCK_HEAD = struct.Struct(
    "<4sIIQQI"
)  # magic, height, width (0: unknown), n frames, head's length, its CRC-32
RANGE_HEAD = struct.Struct("<BBH")  # has a display range, its ndim, length of the source dtype

SECTION_HEAD = struct.Struct("<4sQ")  # name, length; readers skip the names that they do not know

#: Name of the section with a copy of the pickle up to its first frame, with which the end of a file is all
#: that it takes to open it: behind a URL, one request instead of two.
HEAD_SECTION = b"HEAD"

#: Name of the section after the bytes of label images: length and CRC-32 of the block before them.
SKIP_SECTION = b"SKIP"
SKIP = struct.Struct("<QI")

#: Longest copy: beyond, a second request costs less than to read it at the end of any file.
MAX_HEAD_COPY = 1 << 16

#: Bytes that it has for each frame.
FRAME_NBYTES = 16
PICKLE_END = b"s."  # the SETITEM of images, and STOP


class TrailerError(Exception):
    """A trailer is damaged, or is not the one of this pickle."""


@dataclass(frozen=True, eq=False)
class Trailer:
    """Where each frame is, and what a v1 dict has no field for.

    Attributes
    ----------
    offset : int
        Where it begins: the end of the pickle.
    frame_shape : tuple of int or None
        (height, width).
    offsets, lengths, checksums : ndarray, shape (n,)
        By frame number: where its bytes are (int64, int64), and their CRC-32 (uint32).
    head_length, head_checksum : int
        Length and CRC-32 of the pickle up to its first frame.
    display_range, source_dtype
        See `StackInfo`.
    head : bytes
        A copy of the pickle up to its first frame; empty where the trailer has none.
    sections : mapping of bytes to bytes
        All other sections, by name.
    label_span : tuple of int or None
        Where in the file the bytes of the label images begin, and how many there are.
    """

    offset: int
    frame_shape: tuple[int, int] | None
    offsets: NDArray[np.int64]
    lengths: NDArray[np.int64]
    checksums: NDArray[np.uint32]
    head_length: int
    head_checksum: int
    display_range: NDArray[np.float64] | None
    source_dtype: str | None
    head: bytes = b""
    sections: Mapping[bytes, bytes] = field(default_factory=dict)
    label_span: tuple[int, int] | None = None

    def pack(self) -> bytes:
        """Return block and footer of a trailer without the bytes of label images."""
        return b"".join(self.parts())

    def parts(self, labels: Sequence[StoredLabels] = ()) -> Iterator[bytes]:
        """Iterate over the bytes of block and footer.

        Parameters
        ----------
        labels : sequence of StoredLabels
            Those that the section of the tables describes; their bytes are passed on as they are.
        """
        block = self._pack_block()
        length, checksum = len(block), crc32(block)
        yield block
        for part in _label_parts(labels, length, checksum) if labels else ():
            length, checksum = length + len(part), crc32(part, checksum)
            yield part
        yield FOOTER.pack(self.offset, length, checksum, VERSION, MAGIC)

    def _pack_block(self) -> bytes:
        height, width = self.frame_shape or (0, 0)
        parts = [
            BLOCK_HEAD.pack(
                BLOCK_MAGIC, height, width, len(self.offsets), self.head_length, self.head_checksum
            ),
            self.offsets.astype("<u8").tobytes(),
            self.lengths.astype("<u4").tobytes(),
            self.checksums.astype("<u4").tobytes(),
            self._pack_origin(),
            *self._pack_sections(),
        ]
        return b"".join(parts)

    def _pack_origin(self) -> bytes:
        """Return display range and source dtype."""
        dtype = (self.source_dtype or "").encode("ascii")
        if self.display_range is None:
            return RANGE_HEAD.pack(0, 0, len(dtype)) + dtype
        values = np.ascontiguousarray(self.display_range, dtype="<f8")
        shape = np.array(values.shape, dtype="<u8")
        return RANGE_HEAD.pack(1, values.ndim, len(dtype)) + shape.tobytes() + values.tobytes() + dtype

    def _pack_sections(self) -> list[bytes]:
        """Return the sections: the copy of the head first, if there is one."""
        head = {HEAD_SECTION: self.head} if self.head else {}
        return [SECTION_HEAD.pack(name, len(data)) + data for name, data in {**head, **self.sections}.items()]


def _label_parts(labels: Sequence[StoredLabels], length: int, checksum: int) -> Iterator[bytes]:
    """Iterate over the bytes of label images, as sections that end a block."""
    yield SECTION_HEAD.pack(BYTES_SECTION, sum(each.nbytes for each in labels))
    for each in labels:
        for number in range(len(each.lengths)):
            data = each.read(number)
            if len(data) != each.lengths[number]:
                raise FormatError(f"the labels {each.name!r} end too early", path=each.source.name)
            yield data
    yield SECTION_HEAD.pack(SKIP_SECTION, SKIP.size) + SKIP.pack(length, checksum)


def read_trailer(source: ByteSource) -> Trailer | None:
    """Return the trailer of a file, or None where it has none.

    Raises
    ------
    TrailerError
        If there is one, but it is damaged.
    """
    place = source.size - FOOTER.size
    footer = source.read_at(max(place, 0), FOOTER.size)
    if place < 0 or len(footer) < FOOTER.size or not footer.endswith(MAGIC):
        return None
    offset, length, checksum, version, _ = FOOTER.unpack(footer)
    if version != VERSION:
        raise TrailerError(f"it has version {version}, which is not known")
    if offset + length != place:
        raise TrailerError("it does not end where the file does")
    if (short := _block_before_labels(source, offset, length)) is not None:
        block, span = short
        return replace(_parse_block(block, offset), label_span=span)
    block = source.read_at(offset, length)
    if crc32(block) != checksum:
        raise TrailerError("its checksum is wrong")
    return _parse_block(block, offset)


def _block_before_labels(
    source: ByteSource, offset: int, length: int
) -> tuple[bytes, tuple[int, int]] | None:
    """Return what a block has before the bytes of label images, and where these are; None without them."""
    tail_size = SECTION_HEAD.size + SKIP.size
    tail = source.read_at(max(0, offset + length - tail_size), tail_size) if length >= tail_size else b""
    if not tail.startswith(SECTION_HEAD.pack(SKIP_SECTION, SKIP.size)) or len(tail) != tail_size:
        return None
    before, checksum = SKIP.unpack_from(tail, SECTION_HEAD.size)
    nbytes = length - before - SECTION_HEAD.size - tail_size
    if nbytes < 0:
        return None
    block = source.read_at(offset, before + SECTION_HEAD.size)
    head = SECTION_HEAD.pack(BYTES_SECTION, nbytes)
    if not block.endswith(head) or crc32(block[:before]) != checksum:
        return None
    return block[:before], (offset + before + SECTION_HEAD.size, nbytes)


def find_label_sections(source: ByteSource, offset: int) -> tuple[bytes, tuple[int, int]] | None:
    """Return the tables of label images, and where their bytes are, of a trailer that is damaged or cut off.

    Parameters
    ----------
    source : ByteSource
        The file.
    offset : int
        Where the trailer begins.

    Returns
    -------
    (bytes, (int, int)) or None
        Not checked, and maybe cut off; None where there are none.
    """
    head = source.read_at(offset, BLOCK_HEAD.size)
    if len(head) < BLOCK_HEAD.size or not head.startswith(BLOCK_MAGIC):
        return None
    at = offset + BLOCK_HEAD.size + BLOCK_HEAD.unpack(head)[3] * FRAME_NBYTES
    origin = source.read_at(at, RANGE_HEAD.size) if at < source.size else b""
    if len(origin) < RANGE_HEAD.size:
        return None
    has_range, n_dims, dtype_length = RANGE_HEAD.unpack(origin)
    at += RANGE_HEAD.size
    raw_shape = source.read_at(at, 8 * n_dims)
    shape = np.frombuffer(raw_shape, "<u8", len(raw_shape) // 8).tolist()
    at += 8 * n_dims + (8 * math.prod(shape) if has_range else 0) + dtype_length
    tables = None
    while at < source.size and len(head := source.read_at(at, SECTION_HEAD.size)) == SECTION_HEAD.size:
        name, length = SECTION_HEAD.unpack(head)
        at += SECTION_HEAD.size
        if name == TABLES_SECTION:
            tables = source.read_at(at, min(length, source.size - at))
        if name == BYTES_SECTION:
            return tables or b"", (at, min(length, source.size - at))
        at += length
    return None if tables is None else (tables, (source.size, 0))


def _parse_block(block: bytes, offset: int) -> Trailer:
    """Parse a block whose checksum is right, still trusting none of its numbers."""
    if len(block) < BLOCK_HEAD.size or not block.startswith(BLOCK_MAGIC):
        raise TrailerError("it does not begin as it should")
    _, height, width, count, head_length, head_checksum = BLOCK_HEAD.unpack_from(block)
    at = BLOCK_HEAD.size + count * FRAME_NBYTES
    if at > len(block):
        raise TrailerError("it is too short for its frames")
    offsets, lengths, checksums = (
        np.frombuffer(block, kind, count, BLOCK_HEAD.size + start * count)
        for kind, start in (("<u8", 0), ("<u4", 8), ("<u4", 12))
    )
    if count and int(offsets.max()) >= 2**62:
        raise TrailerError("it has offsets beyond any file")
    if (height or width) and not is_possible_frame(height, width):
        raise TrailerError(f"its frames of {height} x {width} pixels cannot be")
    display_range, source_dtype, rest = _parse_origin(block[at:])
    sections, starts = _parse_sections(rest)
    span = None
    if (label_bytes := sections.pop(BYTES_SECTION, None)) is not None:
        span = (offset + len(block) - len(rest) + starts[BYTES_SECTION], len(label_bytes))
    sections.pop(SKIP_SECTION, None)
    return Trailer(
        offset=offset,
        frame_shape=(height, width) if height and width else None,
        offsets=offsets.astype(np.int64),
        lengths=lengths.astype(np.int64),
        checksums=checksums.astype(np.uint32),
        head_length=head_length,
        head_checksum=head_checksum,
        display_range=display_range,
        source_dtype=source_dtype,
        head=sections.pop(HEAD_SECTION, b""),
        sections=sections,
        label_span=span,
    )


def _parse_origin(data: bytes) -> tuple[NDArray[np.float64] | None, str | None, bytes]:
    """Return display range and source dtype, and the bytes after them."""
    if len(data) < RANGE_HEAD.size:
        raise TrailerError("it is too short for the display range")
    has_range, n_dims, dtype_length = RANGE_HEAD.unpack_from(data)
    values_at = RANGE_HEAD.size + 8 * n_dims
    if has_range > 1 or n_dims > MAX_DIMS + 1 or values_at > len(data):
        raise TrailerError("its display range is invalid")
    shape = np.frombuffer(data, "<u8", n_dims, RANGE_HEAD.size).tolist()
    n_values = math.prod(shape) if has_range else 0
    dtype_at = values_at + 8 * n_values
    end = dtype_at + dtype_length
    if end > len(data) or max(shape, default=0) >= 2**31:
        raise TrailerError("its display range is invalid")
    dtype = data[dtype_at:end]
    if dtype and not _is_number_dtype(dtype):
        raise TrailerError("its source dtype is invalid")
    values = np.frombuffer(data, "<f8", n_values, values_at).astype(np.float64)
    return values.reshape(shape) if has_range else None, dtype.decode("ascii") or None, data[end:]


def _parse_sections(data: bytes) -> tuple[dict[bytes, bytes], dict[bytes, int]]:
    """Return the sections by name, and where the bytes of each begin."""
    sections, starts, at = {}, {}, 0
    while at < len(data):
        start = at + SECTION_HEAD.size
        name, length = SECTION_HEAD.unpack_from(data, at) if start <= len(data) else (b"", len(data))
        if start + length > len(data):
            raise TrailerError("one of its sections is cut off")
        sections[name], starts[name] = data[start : start + length], start
        at = start + length
    return sections, starts


_DTYPE = re.compile(rb"[<>|][buifc]\d{1,2}")


def _is_number_dtype(text: bytes) -> bool:
    """Return whether it is what ``dtype.str`` of bools or numbers is, and nothing else that NumPy takes."""
    if _DTYPE.fullmatch(text) is None:  # NumPy reads some texts as Python, and raises whatever that raises
        return False
    try:
        dtype = np.dtype(text.decode("ascii"))
    except TypeError:  # e.g. 3-byte integers
        return False
    return dtype.kind in "buifc" and dtype.str.encode() == text


def check_agreement(trailer: Trailer, info: StackInfo, source: ByteSource) -> None:
    """Raise unless a trailer is that of the pickle before it, at the cost of a few short reads.

    The head of the pickle has been compared by checksum before, and each frame is when it is read.
    Here: as many frames as `dim_sizes` ask for; frames that, with the opcodes that JPkl writes
    between them, fill exactly the bytes between the head and the end of the pickle; and, for the
    first, middle and last of them, those very opcodes in the file, unless each would take a request.

    Raises
    ------
    TrailerError
        If anything differs.
    """
    dim_sizes, n_frames = info.dim_sizes, info.n_frames
    if info.frame_shape is not None and trailer.frame_shape != info.frame_shape:
        raise TrailerError(f"its frames have {trailer.frame_shape} pixels, not {info.frame_shape}")
    if len(trailer.offsets) != n_frames:
        raise TrailerError(f"it has {len(trailer.offsets)} frames, dim_sizes {dim_sizes} ask for {n_frames}")
    _check_range(trailer.display_range, dim_sizes)
    order = np.argsort(trailer.offsets, kind="stable")
    starts = (trailer.offsets - _head_lengths(dim_sizes))[order]
    ends = (trailer.offsets + trailer.lengths + 1)[order]
    borders = np.concatenate([[trailer.head_length], ends])
    if (starts != borders[:-1]).any():
        raise TrailerError("its frames do not fit together")
    end = int(borders[-1])
    if end + len(PICKLE_END) != trailer.offset or source.read_at(end, len(PICKLE_END)) != PICKLE_END:
        raise TrailerError("the pickle does not end where it should")
    for number in {int(order[i]) for i in (0, n_frames // 2, n_frames - 1)} if n_frames else ():
        _check_frame(trailer, number, dim_sizes, source)


def _check_range(display_range: NDArray[np.float64] | None, dim_sizes: tuple[int, ...]) -> None:
    if display_range is None:
        return
    shape = display_range.shape
    fits = len(shape) == len(dim_sizes) + 1 and shape[-1] == 2
    if not fits or any(have not in (1, size) for have, size in zip(shape, dim_sizes, strict=False)):
        raise TrailerError(f"its display range of shape {shape} does not fit dim_sizes {dim_sizes}")


def _check_frame(trailer: Trailer, number: int, dim_sizes: tuple[int, ...], source: ByteSource) -> None:
    expected = frame_head(index_of(number, dim_sizes), int(trailer.lengths[number]))
    start = int(trailer.offsets[number]) - len(expected)
    if source.has_at_hand(start, len(expected)) and source.read_at(start, len(expected)) != expected:
        raise TrailerError(f"frame {index_of(number, dim_sizes)} is not where it says")


def _head_lengths(dim_sizes: tuple[int, ...]) -> NDArray[np.int64]:
    """Return how many bytes `frame_head` takes for each frame."""
    n_dims, n_frames = len(dim_sizes), math.prod(dim_sizes)
    total = np.full(dim_sizes, 5 + (2 if n_dims > 3 else 1), dtype=np.int64)
    for axis, size in enumerate(dim_sizes):
        numbers = np.arange(size)
        cost = np.where(numbers < 256, 2, np.where(numbers < 65536, 3, 5))
        total += cost.reshape([-1 if i == axis else 1 for i in range(n_dims)])
    return total.reshape(n_frames)

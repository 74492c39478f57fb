"""The trailer: where each frame is, after the end of the pickle, where `pickle.load` never looks.

Layout, little-endian, at the end of the file::

    block    BLOCK_HEAD, offsets u64[n], lengths u32[n], CRC-32s u32[n],
             display range and dtype of the images: see `jpkl._file.origin`,
             sections: SECTION_HEAD, and its bytes
    footer   FOOTER: offset and length of the block, its CRC-32, version, magic

Where there are label images, the last two sections are their bytes, which may be large, and ``SKIP``: length
and CRC-32 of what the block has before them. Who knows it opens the file without reading them.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from jpkl._bytes import ByteSource, LocalFile
from jpkl._dims import index_of
from jpkl._errors import FormatError
from jpkl._file.columns import Column, Numbers, pages_of
from jpkl._file.labels import BYTES_SECTION, TABLES_SECTION, StoredLabels
from jpkl._file.origin import OriginError, fits_dims, origin_nbytes, pack_origin, parse_origin
from jpkl._file.schema import StackInfo, is_possible_frame
from jpkl._pickle.writer import SETITEM, frame_head

MAGIC = b"JPklTrlr"
VERSION = 1
FOOTER = struct.Struct("<QQII8s")  # block offset, block length, CRC-32 of block, version, magic
BLOCK_MAGIC = b"JPix"  # no pickle begins like this
#: Magic, height, width (0: unknown), number of frames, length of the head, its CRC-32.
BLOCK_HEAD = struct.Struct("<4sIIQQI")
SECTION_HEAD = struct.Struct("<4sQ")  # name, length; readers skip the names that they do not know

#: Name of the section with a copy of the pickle up to its first frame, with which the end of a file is all
#: that it takes to open it: behind a URL, one request instead of two.
HEAD_SECTION = b"HEAD"

#: Name of the section after the bytes of label images: length and CRC-32 of the block before them.
SKIP_SECTION = b"SKIP"
SKIP = struct.Struct("<QI")

#: Longest copy: beyond, a second request costs less than to read it at the end of any file.
MAX_HEAD_COPY = 1 << 16

#: Bytes that it has for each frame, and how they are stored: offset, length, CRC-32.
FRAME_NBYTES = 16
_STORED = ("<u8", "<u4", "<u4")

#: From so many frames on, the columns of a local file are read page by page instead of being kept in memory.
_MANY = 1 << 16
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
    offsets, lengths, checksums : ndarray or Column, shape (n,)
        By frame number: where its bytes are, and their CRC-32.
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
    offsets: Numbers
    lengths: Numbers
    checksums: Numbers
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
        length = checksum = 0
        for part in self._block_parts():
            length, checksum = length + len(part), crc32(part, checksum)
            yield part
        for part in _label_parts(labels, length, checksum) if labels else ():
            length, checksum = length + len(part), crc32(part, checksum)
            yield part
        yield FOOTER.pack(self.offset, length, checksum, VERSION, MAGIC)

    def _block_parts(self) -> Iterator[bytes]:
        height, width = self.frame_shape or (0, 0)
        n_frames = len(self.offsets)
        yield BLOCK_HEAD.pack(BLOCK_MAGIC, height, width, n_frames, self.head_length, self.head_checksum)
        for numbers, dtype in zip((self.offsets, self.lengths, self.checksums), _STORED, strict=True):
            yield from (page.astype(dtype).tobytes() for page in pages_of(numbers))
        yield pack_origin(self.display_range, self.source_dtype)
        yield from self._pack_sections()

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
    if (found := _block_before_labels(source, offset, length)) is not None:
        block, span = found
        return replace(_parse(block, offset), label_span=span)
    block = _read_block(source, offset, length)
    if block.checksum != checksum:
        raise TrailerError("its checksum is wrong")
    return _parse(block, offset)


@dataclass(frozen=True, eq=False)
class _Block:
    """The bytes of a block, or of its beginning, and their CRC-32.

    Attributes
    ----------
    columns : tuple of Column or None
        Offsets, lengths and checksums of the frames where they are many: they are not among the bytes.
    """

    head: bytes
    columns: tuple[Column, Column, Column] | None
    rest: bytes
    checksum: int


def _read_block(source: ByteSource, offset: int, length: int, beyond: int = 0) -> _Block:
    """Read some bytes of a block; of the last ones (`beyond`), no checksum is made."""
    columns = _columns_in_file(source, offset, length)
    if columns is None:
        data = source.read_at(offset, length + beyond)
        return _Block(data[: BLOCK_HEAD.size], None, data[BLOCK_HEAD.size :], crc32(data[:length]))
    head = source.read_at(offset, BLOCK_HEAD.size)
    checksum = crc32(head)
    for column in columns:
        checksum = column.scan(checksum)
    start = BLOCK_HEAD.size + sum(column.nbytes for column in columns)
    rest = source.read_at(offset + start, length - start + beyond)
    return _Block(head, columns, rest, crc32(rest[: length - start], checksum))


def _columns_in_file(source: ByteSource, offset: int, length: int) -> tuple[Column, Column, Column] | None:
    """Return the columns of a block that are better left in the file; None where there are none."""
    if not isinstance(source, LocalFile) or length < BLOCK_HEAD.size:
        return None
    head = source.read_at(offset, BLOCK_HEAD.size)
    count = BLOCK_HEAD.unpack(head)[3] if len(head) == BLOCK_HEAD.size else 0
    if count < _MANY or BLOCK_HEAD.size + count * FRAME_NBYTES > length:
        return None
    return _columns(lambda at, dtype: Column(source, offset + BLOCK_HEAD.size + at, dtype, count), count)


N = TypeVar("N", Column, NDArray[np.int64])


def _columns(make: Callable[[int, str], N], count: int) -> tuple[N, N, N]:
    """Return offsets, lengths and checksums, made from where they begin, and how they are stored."""
    at_offsets, at_lengths, at_checksums = 0, 8 * count, 12 * count
    offsets, lengths, checksums = _STORED
    return make(at_offsets, offsets), make(at_lengths, lengths), make(at_checksums, checksums)


def _block_before_labels(
    source: ByteSource, offset: int, length: int
) -> tuple[_Block, tuple[int, int]] | None:
    """Return what a block has before the bytes of label images, and where these are; None without them."""
    tail_size = SECTION_HEAD.size + SKIP.size
    tail = source.read_at(max(0, offset + length - tail_size), tail_size) if length >= tail_size else b""
    if not tail.startswith(SECTION_HEAD.pack(SKIP_SECTION, SKIP.size)) or len(tail) != tail_size:
        return None
    before, checksum = SKIP.unpack_from(tail, SECTION_HEAD.size)
    nbytes = length - before - SECTION_HEAD.size - tail_size
    if nbytes < 0:
        return None
    block = _read_block(source, offset, before, SECTION_HEAD.size)
    head = SECTION_HEAD.pack(BYTES_SECTION, nbytes)
    if not block.rest.endswith(head) or block.checksum != checksum:
        return None
    rest = block.rest[: -SECTION_HEAD.size]
    return replace(block, rest=rest), (offset + before + SECTION_HEAD.size, nbytes)


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
    if at >= source.size or not (nbytes := origin_nbytes(source, at)):
        return None
    at += nbytes
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


def parse_block(block: bytes, offset: int) -> Trailer:
    """Parse the bytes of a block, still trusting none of its numbers."""
    return _parse(_Block(block[: BLOCK_HEAD.size], None, block[BLOCK_HEAD.size :], crc32(block)), offset)


def _parse(block: _Block, offset: int) -> Trailer:
    """Parse a block whose checksum is right, still trusting none of its numbers."""
    head, rest = block.head, block.rest
    if len(head) < BLOCK_HEAD.size or not head.startswith(BLOCK_MAGIC):
        raise TrailerError("it does not begin as it should")
    _, height, width, count, head_length, head_checksum = BLOCK_HEAD.unpack(head)
    (offsets, lengths, checksums), rest = _parse_columns(block, count)
    if (height or width) and not is_possible_frame(height, width):
        raise TrailerError(f"its frames of {height} x {width} pixels cannot be")
    end = offset + BLOCK_HEAD.size + count * FRAME_NBYTES + len(rest)
    try:
        display_range, source_dtype, rest = parse_origin(rest)
    except OriginError as error:
        raise TrailerError(str(error)) from error
    sections, starts = _parse_sections(rest)
    span = None
    if (label_bytes := sections.pop(BYTES_SECTION, None)) is not None:
        span = (end - len(rest) + starts[BYTES_SECTION], len(label_bytes))
    sections.pop(SKIP_SECTION, None)
    return Trailer(
        offset=offset,
        frame_shape=(height, width) if height and width else None,
        offsets=offsets,
        lengths=lengths,
        checksums=checksums,
        head_length=head_length,
        head_checksum=head_checksum,
        display_range=display_range,
        source_dtype=source_dtype,
        head=sections.pop(HEAD_SECTION, b""),
        sections=sections,
        label_span=span,
    )


def _parse_columns(block: _Block, count: int) -> tuple[tuple[Numbers, Numbers, Numbers], bytes]:
    """Return offsets, lengths and checksums, and the bytes after them."""
    nbytes, data = count * FRAME_NBYTES, block.rest
    if block.columns is not None:
        largest = block.columns[0].max()
    elif nbytes > len(data):
        raise TrailerError("it is too short for its frames")
    else:
        largest = np.frombuffer(data, "<u8", count).max(initial=0)
    if largest >= 2**62:
        raise TrailerError("it has offsets beyond any file")

    def array(at: int, dtype: str) -> NDArray[np.int64]:
        return np.frombuffer(data, dtype, count, at).astype(np.int64)

    return (block.columns, data) if block.columns is not None else (_columns(array, count), data[nbytes:])


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
    if not fits_dims(trailer.display_range, dim_sizes):
        raise TrailerError(f"its display range does not fit dim_sizes {dim_sizes}")
    end = _check_places(trailer, dim_sizes)
    if end + len(PICKLE_END) != trailer.offset or source.read_at(end, len(PICKLE_END)) != PICKLE_END:
        raise TrailerError("the pickle does not end where it should")
    for number in {0, n_frames // 2, n_frames - 1} if n_frames else ():
        _check_frame(trailer, number, dim_sizes, source)


def _check_places(trailer: Trailer, dim_sizes: tuple[int, ...]) -> int:
    """Raise unless frames and their opcodes follow each other without a gap; return where the last ends.

    Frames can be in any order. They are a chain if each place where one begins is one where another ends, as
    often: the head ends at the first, and the pickle goes on behind the last. Sums of hashes under a random
    key say whether the places are the same, without sorting them and in the memory that a page takes. Where
    frames follow each other in the file as they are numbered, as most writers have them, none are needed.
    """
    key, balance, first = np.frombuffer(os.urandom(8), np.uint64), 0, 0
    end = trailer.head_length
    for offsets, lengths in zip(pages_of(trailer.offsets), pages_of(trailer.lengths), strict=True):
        starts = offsets - _head_lengths(first, len(offsets), dim_sizes)
        ends = offsets + lengths + len(SETITEM)
        last, first = int(ends.max()), first + len(offsets)
        if starts[0] != end or not np.array_equal(starts[1:], ends[:-1]):
            last = max(last, end)
            balance += _hash(end, key) + _hash(ends, key) - _hash(starts, key) - _hash(last, key)
        end = last
    if balance % 2**64:
        raise TrailerError("its frames do not fit together")
    return end


def _hash(places: NDArray[np.int64] | int, key: NDArray[np.uint64]) -> int:
    """Return the sum, modulo 2**64, of a hash of each place: the finalizer of SplitMix64."""
    mixed = np.atleast_1d(places).astype(np.uint64) ^ key
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return int((mixed ^ (mixed >> np.uint64(31))).sum(dtype=np.uint64))


def _check_frame(trailer: Trailer, number: int, dim_sizes: tuple[int, ...], source: ByteSource) -> None:
    expected = frame_head(index_of(number, dim_sizes), int(trailer.lengths[number]))
    start = int(trailer.offsets[number]) - len(expected)
    if source.has_at_hand(start, len(expected)) and source.read_at(start, len(expected)) != expected:
        raise TrailerError(f"frame {index_of(number, dim_sizes)} is not where it says")


def _head_lengths(first: int, count: int, dim_sizes: tuple[int, ...]) -> NDArray[np.int64]:
    """Return how many bytes `frame_head` takes for each of some frames from `first` on."""
    total = np.full(count, 5 + (2 if len(dim_sizes) > 3 else 1) + 2 * len(dim_sizes), dtype=np.int64)
    rest = np.arange(first, first + count)
    for size in reversed(dim_sizes):
        rest, i = np.divmod(rest, size)
        if size > 256:
            total += i > 255
        if size > 65536:
            total += 2 * (i > 65535)
    return total

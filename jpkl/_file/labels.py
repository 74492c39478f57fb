"""Where the label images of a file are: in two sections of the trailer, which other readers skip.

``LABL`` has the tables::

    length of a text u32, and the text: {"labels": [{"name", "dtype", "sizes", "group"}, ...]}, JSON in UTF-8
    for each label image: offsets u64[n], lengths u32[n], CRC-32s u32[n] of its groups

``LBYT`` has the groups, where the tables say, each a zlib stream: the lengths of some frames, u32 each, and
their bytes. It can be large, and is read in parts alone: see `jpkl._file.trailer`.
"""

from __future__ import annotations

import json
import math
import struct
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._bytes import ByteSource, MemoryBytes
from jpkl._errors import ClosedStackError, FrameChecksumError, FrameDecodeError

TABLES_SECTION = b"LABL"
BYTES_SECTION = b"LBYT"

#: Frames that are compressed together, and their pixels: more help little, and all of them are read for one.
MOST_FRAMES = 16
_MOST_PIXELS = 1 << 20
#: Label images of a stack, and characters of the name of one.
MOST_LABELS, MOST_NAME = 64, 100

_TEXT_HEAD = struct.Struct("<I")
_GROUP_NBYTES = 16


class LabelTableError(Exception):
    """What a file says of its label images cannot be."""


@dataclass(frozen=True, eq=False)
class StoredLabels:
    r"""One label image as it is stored: groups of frames, each of which is read when it is wanted.

    Attributes
    ----------
    name : str
        What it is called.
    dtype : dtype
        bool or of integers.
    sizes : tuple of int
        Its frames along each dim of the stack: 1 where one is for all indices.
    group : int
        Frames in a group, in C order; the last may have fewer.
    offsets, lengths : ndarray of int64, shape (n,)
        Where each group is, counted from ``start``.
    checksums : ndarray of uint32, shape (n,)
        CRC-32 of each.
    source : ByteSource
        What has them,
    start : int
        from where.
    """

    name: str
    dtype: np.dtype[Any]
    sizes: tuple[int, ...]
    group: int
    offsets: NDArray[np.int64]
    lengths: NDArray[np.int64]
    checksums: NDArray[np.uint32]
    source: ByteSource
    start: int = 0

    @property
    def n_frames(self) -> int:
        """Number of frames that are stored."""
        return math.prod(self.sizes)

    @property
    def nbytes(self) -> int:
        """Bytes of all groups."""
        return int(self.lengths.sum())

    def read(self, number: int) -> bytes:
        """Return the bytes of a group as they are stored, whole or not."""
        return self.source.read_at(self.start + int(self.offsets[number]), int(self.lengths[number]))

    def in_memory(self) -> StoredLabels:
        """Return the same with all bytes in memory."""
        groups = [self.read(number) for number in range(len(self.lengths))]
        offsets = np.cumsum(self.lengths) - self.lengths
        return replace(self, offsets=offsets, source=MemoryBytes(b"".join(groups), self.source.name), start=0)

    def frames(self, number: int, most: int) -> list[bytes]:
        """Return the frames of a group.

        Parameters
        ----------
        number : int
            Of the group.
        most : int
            Bytes that a frame can have.

        Raises
        ------
        FrameChecksumError
            If its bytes are not those that were written.
        FrameDecodeError
            If they are not a group.
        ClosedStackError
            If the file was closed.
        """
        if self.source.closed:
            raise ClosedStackError(f"{self.source.label} was closed")
        data = self.read(number)
        if zlib.crc32(data) != self.checksums[number]:
            raise FrameChecksumError(
                f"labels {self.name!r}: their bytes are not those that were written (CRC-32 differs)",
                path=self.source.name,
            )
        n_frames = min(self.group, self.n_frames - number * self.group)
        return _frames_of(data, n_frames, n_frames * (4 + most))


def is_name(text: str) -> bool:
    """Return whether labels can be called so: what is not too long, and can be written in UTF-8."""
    return 0 < len(text) <= MOST_NAME and not any("\ud800" <= c <= "\udfff" for c in text)


def check_name(name: Any) -> None:
    """Raise `ValueError` unless labels can be called so."""
    if not isinstance(name, str) or not is_name(name):
        raise ValueError(
            f"labels: a name is a text of 1 to {MOST_NAME} characters, none of them a surrogate, not {name!r}"
        )


def check_number(n: int) -> None:
    """Raise `ValueError` unless a stack can have so many label images: of a file with more, none are read."""
    if n > MOST_LABELS:
        raise ValueError(f"labels: {n} label images; up to {MOST_LABELS} are supported")


def group_for(frame_shape: tuple[int, int]) -> int:
    """Return how many frames of a shape are compressed together."""
    return max(1, min(MOST_FRAMES, _MOST_PIXELS // math.prod(frame_shape)))


def pack_group(frames: Sequence[bytes]) -> bytes:
    """Compress some frames together."""
    lengths = np.array([len(frame) for frame in frames], "<u4")
    return zlib.compress(lengths.tobytes() + b"".join(frames), 9)


def _frames_of(data: bytes, n_frames: int, most: int) -> list[bytes]:
    stream = zlib.decompressobj()
    try:
        raw = stream.decompress(data, most)
    except zlib.error as error:
        raise FrameDecodeError(f"broken labels: {error}") from error
    head = 4 * n_frames
    lengths = (
        np.frombuffer(raw, "<u4", n_frames).astype(np.int64) if len(raw) >= head else np.zeros(0, np.int64)
    )
    ends = head + np.cumsum(lengths)
    is_whole = stream.eof and not stream.unused_data
    if not is_whole or not len(ends) or ends[-1] != len(raw) or lengths.max() > most // n_frames:
        raise FrameDecodeError("broken labels: not the frames that a group has")
    starts = (ends - lengths).tolist()
    return [raw[start:end] for start, end in zip(starts, ends.tolist(), strict=True)]


Head = tuple[str, np.dtype[Any], tuple[int, ...], int]
"""Name, dtype, sizes and group of a label image."""


def described(heads: Iterable[Head]) -> bytes:
    """Return the text that says what label images there are."""
    found = [
        {"name": name, "dtype": dtype.str, "sizes": list(sizes), "group": group}
        for name, dtype, sizes, group in heads
    ]
    return json.dumps({"labels": found}, ensure_ascii=False, separators=(",", ":")).encode()


def checked_heads(text: bytes, dim_sizes: tuple[int, ...], frame_shape: tuple[int, int]) -> list[Head]:
    """Return what a text says of label images.

    Parameters
    ----------
    text : bytes
        Of `described`; not to be trusted.
    dim_sizes, frame_shape : tuple of int
        Of the stack.

    Raises
    ------
    LabelTableError
        If that cannot be.
    """
    if not math.prod(frame_shape):
        raise LabelTableError("frames have no pixels")
    try:
        heads = [_checked_head(each, dim_sizes, frame_shape) for each in json.loads(text)["labels"]]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise LabelTableError(f"its description is invalid ({error})") from error
    if len({name for name, *_ in heads}) != len(heads) or len(heads) > MOST_LABELS:
        raise LabelTableError("its names are not unique, or too many")
    return heads


def pack_tables(labels: Sequence[StoredLabels]) -> bytes:
    """Return the section of the tables, for groups that follow each other as `raw_groups` has them."""
    text = described([(each.name, each.dtype, each.sizes, each.group) for each in labels])
    parts, at = [_TEXT_HEAD.pack(len(text)), text], 0
    for each in labels:
        offsets = at + np.cumsum(each.lengths) - each.lengths
        at += each.nbytes
        parts += [offsets.astype("<u8").tobytes(), each.lengths.astype("<u4").tobytes()]
        parts += [each.checksums.astype("<u4").tobytes()]
    return b"".join(parts)


def parse_tables(
    data: bytes,
    dim_sizes: tuple[int, ...],
    frame_shape: tuple[int, int] | None,
    source: ByteSource,
    span: tuple[int, int],
) -> tuple[StoredLabels, ...]:
    """Return the label images that a section of tables describes.

    Parameters
    ----------
    data : bytes
        The section; not to be trusted.
    dim_sizes, frame_shape : tuple of int
        Of the stack.
    source : ByteSource
        The file.
    span : tuple of int
        Where the section of the groups begins in it, and its length.

    Raises
    ------
    LabelTableError
        If that cannot be.
    """
    if frame_shape is None:
        raise LabelTableError("the size of the frames is not known")
    if len(data) < _TEXT_HEAD.size:
        raise LabelTableError("it is too short for its description")
    (length,) = _TEXT_HEAD.unpack_from(data)
    heads = checked_heads(data[_TEXT_HEAD.size : _TEXT_HEAD.size + length], dim_sizes, frame_shape)
    found, at = [], _TEXT_HEAD.size + length
    for name, dtype, sizes, group in heads:
        n_groups = -(-math.prod(sizes) // group)
        if at + n_groups * _GROUP_NBYTES > len(data):
            raise LabelTableError("it is too short for its tables")
        offsets = np.frombuffer(data, "<u8", n_groups, at)
        lengths = np.frombuffer(data, "<u4", n_groups, at + 8 * n_groups).astype(np.int64)
        checksums = np.frombuffer(data, "<u4", n_groups, at + 12 * n_groups).astype(np.uint32)
        if n_groups and (
            int(offsets.max()) > span[1] or int((offsets.astype(np.int64) + lengths).max()) > span[1]
        ):
            raise LabelTableError("its groups are not in the file")
        places = (offsets.astype(np.int64), lengths, checksums)
        found.append(StoredLabels(name, dtype, sizes, group, *places, source, span[0]))
        at += n_groups * _GROUP_NBYTES
    return tuple(found)


def _checked_head(each: Any, dim_sizes: tuple[int, ...], frame_shape: tuple[int, int]) -> Head:
    """Return name, dtype, sizes and group of a label image.

    Raises
    ------
    ValueError, TypeError, KeyError
        If they are not what they must be.
    """
    name, dtype, sizes, group = each["name"], each["dtype"], each["sizes"], each["group"]
    if type(name) is not str or not is_name(name):
        raise ValueError("a name is none")
    if dtype not in _DTYPES:
        raise ValueError("a dtype is not one of bool or integers")
    if not all(type(n) is int for n in (*sizes, group)) or len(sizes) != len(dim_sizes):
        raise ValueError("sizes are not one int for each dim")
    if any(n not in (1, size) for n, size in zip(sizes, dim_sizes, strict=True)):
        raise ValueError(f"sizes {tuple(sizes)} do not fit dim_sizes {dim_sizes}")
    if not 1 <= group <= group_for(frame_shape):
        raise ValueError("groups are too large")
    return name, np.dtype(dtype), tuple(sizes), group


_DTYPES = frozenset({"|b1", "|u1", "|i1", *(f"<{kind}{size}" for kind in "ui" for size in (2, 4, 8))})

"""What images were before they were mapped to gray values: their display range and dtype.

The version-1 dict has no place for them. They are in the trailer, and once more behind the header, as bytes
that the pickle machine takes off its stack at once: `pickle.load` never shows them, but where the
trailer is not there yet, as in the file of a writer, or not any more, they are.
"""

from __future__ import annotations

import math
import re
import struct
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from jpkl._bytes import ByteSource
from jpkl._file.schema import HEADER_V1, HEADER_V2, MAX_DIMS
from jpkl._pickle import dump
from jpkl._pickle.writer import EMPTY_DICT, POP, PROTOCOL, SETITEM

_HEAD = struct.Struct("<BBH")  # has a display range, its ndim, length of the source dtype
_MAGIC = b"JPkO"
#: More bytes than ranges of a million frames take; whatever claims more is not read.
_MOST_NBYTES = 1 << 25
_BINBYTES = b"B"
_LENGTH = _CHECKSUM = struct.Struct("<I")

Origin = tuple[NDArray[np.float64] | None, str | None]
"""Display range and source dtype."""


class OriginError(Exception):
    """The bytes are not those of a display range and a dtype."""


def pack_origin(display_range: NDArray[np.float64] | None, source_dtype: str | None) -> bytes:
    """Return the bytes of display range and source dtype."""
    dtype = (source_dtype or "").encode("ascii")
    if display_range is None:
        return _HEAD.pack(0, 0, len(dtype)) + dtype
    values = np.ascontiguousarray(display_range, dtype="<f8")
    shape = np.array(values.shape, dtype="<u8")
    return _HEAD.pack(1, values.ndim, len(dtype)) + shape.tobytes() + values.tobytes() + dtype


def parse_origin(data: bytes) -> tuple[NDArray[np.float64] | None, str | None, bytes]:
    """Return display range and source dtype, and the bytes after them.

    Raises
    ------
    OriginError
        If there is something else.
    """
    if len(data) < _HEAD.size:
        raise OriginError("it is too short for the display range")
    has_range, n_dims, dtype_length = _HEAD.unpack_from(data)
    values_at = _HEAD.size + 8 * n_dims
    if has_range > 1 or n_dims > MAX_DIMS + 1 or values_at > len(data):
        raise OriginError("its display range is invalid")
    shape = np.frombuffer(data, "<u8", n_dims, _HEAD.size).tolist()
    n_values = math.prod(shape) if has_range else 0
    dtype_at = values_at + 8 * n_values
    end = dtype_at + dtype_length
    if end > len(data) or max(shape, default=0) >= 2**31:
        raise OriginError("its display range is invalid")
    dtype = data[dtype_at:end]
    if dtype and not _is_number_dtype(dtype):
        raise OriginError("its source dtype is invalid")
    values = np.frombuffer(data, "<f8", n_values, values_at).astype(np.float64)
    return values.reshape(shape) if has_range else None, dtype.decode("ascii") or None, data[end:]


def origin_nbytes(source: ByteSource, at: int) -> int:
    """Return how many bytes an origin in a file takes that begins at an offset; 0 where the file ends."""
    head = source.read_at(at, _HEAD.size)
    if len(head) < _HEAD.size:
        return 0
    has_range, n_dims, dtype_length = _HEAD.unpack(head)
    raw_shape = source.read_at(at + _HEAD.size, 8 * n_dims)
    shape = np.frombuffer(raw_shape, "<u8", len(raw_shape) // 8).tolist()
    n_values = math.prod(shape) if has_range else 0
    return int(_HEAD.size + 8 * n_dims + 8 * n_values + dtype_length)


def header_opcodes(header: tuple[str, str]) -> bytes:
    """Return the first opcodes of a file: the dict, and the header in it."""
    return PROTOCOL + EMPTY_DICT + dump("header") + dump(header) + SETITEM


def origin_opcodes(display_range: NDArray[np.float64] | None, source_dtype: str | None) -> bytes:
    """Return opcodes that say it behind the header of a stack; none where there is nothing to say."""
    if display_range is None and source_dtype is None:
        return b""
    origin = pack_origin(display_range, source_dtype)
    data = _MAGIC + _CHECKSUM.pack(crc32(origin)) + origin
    return _BINBYTES + _LENGTH.pack(len(data)) + data + POP


def read_origin(source: ByteSource, dim_sizes: tuple[int, ...]) -> Origin:
    """Return what the opcodes behind the header say; nothing where there are none of `origin_opcodes`.

    Parameters
    ----------
    source : ByteSource
        The file.
    dim_sizes : tuple of int
        Of the stack.
    """
    before = header_opcodes(HEADER_V1) + _BINBYTES  # as long as with the other header
    start = source.read_at(0, len(before) + _LENGTH.size + len(_MAGIC))
    if start[: len(before)] not in (before, header_opcodes(HEADER_V2) + _BINBYTES) or not start.endswith(
        _MAGIC
    ):
        return None, None
    (length,) = _LENGTH.unpack_from(start, len(before))
    if length > _MOST_NBYTES:
        return None, None
    checksum = source.read_at(len(start), _CHECKSUM.size)
    data = source.read_at(len(start) + len(checksum), max(0, length - len(_MAGIC) - _CHECKSUM.size))
    if checksum != _CHECKSUM.pack(crc32(data)):
        return None, None
    try:
        display_range, source_dtype, rest = parse_origin(data)
    except OriginError:
        return None, None
    if rest or not fits_dims(display_range, dim_sizes):
        return None, None
    return display_range, source_dtype


def fits_dims(display_range: NDArray[np.float64] | None, dim_sizes: tuple[int, ...]) -> bool:
    """Return whether a display range, if there is one, broadcasts over the dims of a stack."""
    if display_range is None:
        return True
    *shape, last = display_range.shape or (0,)
    fits = len(shape) == len(dim_sizes) and last == 2
    return fits and all(have in (1, size) for have, size in zip(shape, dim_sizes, strict=True))


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

"""One frame of a label image as bytes, exactly: borders that go down from row to row.

Labels are flat, so that a frame is known by where its rows change from one value to another. Most changes are
close to one of the row above, between the same two values. A *track* follows such a change down the rows, and
takes a small step for each of them. A frame whose tracks would take more than its pixels is kept as pixels.

The bytes are unsigned varints: 7 bits each, the lowest first, with the highest bit set on all but the last::

    form          0: pixels, 1: tracks
    n values      then the values in ascending order, as differences modulo 2^64, the first to 0
    pixels        the number of the value of each pixel, in C order
    tracks        n tracks; then for all of them the first row (differences), the first column (differences,
                  signed), rows but one, and the number of the value right of it; then all steps (signed)

What is signed is doubled, and the negative made odd. Left of each row is the first of the values.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._errors import FrameDecodeError

_PIXELS, _TRACKS = 0, 1

#: A border goes on in the next row if that has one at most so many pixels away.
_MOST_STEP = 63
#: Varints of 64 and of 32 bits have up to so many bytes.
_MOST_BYTES, _MOST_SHORT_BYTES = 10, 5
#: Bytes and pixels that are widened at once.
_BLOCK = 1 << 18

_Numbers = NDArray[np.uint64]
#: Numbers other than differences of values; 32 bits wide unless a frame is enormous.
_Short = NDArray[np.uint32] | NDArray[np.uint64]


def most_payload_nbytes(shape: tuple[int, int], dtype: np.dtype[Any]) -> int:
    """Return how many bytes a frame of that shape and dtype has at the most.

    The differences of ascending values add up to the range of the dtype at most, so that most of them are
    short where there are many.
    """
    n_pixels = shape[0] * shape[1]
    n_bits = 1 if dtype.kind == "b" else 8 * dtype.itemsize
    n_values = min(n_pixels, 1 << n_bits)
    differences = n_values * (1 + (n_bits - math.log2(n_values)) / 7)
    return 3 * _MOST_BYTES + math.ceil(differences) + n_pixels * _n_bytes(n_values - 1)


def _n_bytes(number: int) -> int:
    """Return how many bytes a number takes."""
    return max(1, -(-number.bit_length() // 7))


def encode_payload(frame: NDArray[Any]) -> bytes:
    """Return a frame (height, width) of bool or integers as bytes."""
    values, numbers = np.unique(frame, return_inverse=True)
    numbers = numbers.reshape(frame.shape)
    wide = values.astype(np.int64 if frame.dtype.kind == "i" else np.uint64).view(np.uint64)
    differences = np.diff(wide, prepend=np.uint64(0))
    head = np.concatenate([np.array([0, len(values)], np.uint64), differences])
    tracks = _pack(_tracks_of(numbers))
    pixels = _pack(numbers.ravel().astype(np.uint64)) if len(tracks) >= frame.size else None
    is_pixels = pixels is not None and len(pixels) <= len(tracks)
    head[0] = _PIXELS if is_pixels else _TRACKS
    return _pack(head) + (pixels if pixels is not None and is_pixels else tracks)


def decode_payload(
    data: bytes, shape: tuple[int, int], dtype: np.dtype[Any], out: NDArray[Any] | None = None
) -> NDArray[Any]:
    """Return the frame that `encode_payload` has made bytes of.

    Parameters
    ----------
    data : bytes
        Not to be trusted.
    shape : tuple of int
        (height, width).
    dtype : dtype
        bool or of integers.
    out : ndarray, optional
        C-contiguous array to decode into.

    Raises
    ------
    FrameDecodeError
        If they are not a frame of that shape and dtype.
    """
    raw = np.frombuffer(data, np.uint8)
    if len(raw) < 3 or len(raw) > most_payload_nbytes(shape, dtype):
        raise FrameDecodeError("broken labels: not as long as a frame can be")
    form, n_values = (int(number) for number in _first_numbers(raw, 2))
    n_pixels = shape[0] * shape[1]
    if form not in (_PIXELS, _TRACKS) or not 1 <= n_values <= min(n_pixels, len(raw)):
        raise FrameDecodeError("broken labels: no such form of frame")
    head = _end_of(raw, 2 + n_values)
    values = _values(_unpack(raw[:head], np.uint64)[2:], dtype)
    rest = raw[head:]
    # Checked before it is widened: tracks that take more than the pixels would are not written.
    if len(rest) > n_pixels * _n_bytes(n_values - 1):
        raise FrameDecodeError("broken labels: more than the pixels would take")
    frame = np.empty(shape, dtype) if out is None else out
    numbers = _unpack(rest, np.uint32 if n_pixels < 1 << 30 else np.uint64)
    if form == _TRACKS:
        _fill_by_tracks(frame, values, numbers)
    else:
        _fill_by_pixels(frame, values, numbers)
    return frame


def _values(differences: _Numbers, dtype: np.dtype[Any]) -> NDArray[Any]:
    wide = np.cumsum(differences, dtype=np.uint64)
    signed = wide.view(np.int64) if dtype.kind == "i" else wide
    limits = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    if int(signed.min()) < limits[0] or int(signed.max()) > limits[1]:
        raise FrameDecodeError(f"broken labels: values that {dtype} does not hold")
    return signed.astype(dtype)


def _fill_by_pixels(frame: NDArray[Any], values: NDArray[Any], numbers: _Short) -> None:
    if len(numbers) != frame.size or int(numbers.max()) >= len(values):
        raise FrameDecodeError("broken labels: not one value for each pixel")
    flat = frame.reshape(-1)
    for start in range(0, len(numbers), _BLOCK):  # as indices they are widened to 64 bits
        flat[start : start + _BLOCK] = values[numbers[start : start + _BLOCK]]


# -- tracks --------------------------------------------------------------------------------------------


def _tracks_of(numbers: NDArray[np.intp]) -> _Numbers:
    """Return the tracks of a frame of numbers of values."""
    height, width = numbers.shape
    left = np.concatenate([np.zeros((height, 1), numbers.dtype), numbers[:, :-1]], axis=1)
    rows, columns = np.nonzero(numbers != left)
    right = numbers[rows, columns]
    if not len(rows):
        return np.zeros(1, np.uint64)
    pairs = np.unique(left[rows, columns] * (int(numbers.max()) + 1) + right, return_inverse=True)[1]
    order = np.lexsort((columns, rows, pairs))
    rows, columns, right, pairs = rows[order], columns[order], right[order], pairs[order]
    before = _before(pairs, rows, columns, height, width)
    order, lengths = _in_tracks(before, rows, columns)
    rows, columns, right = rows[order], columns[order], right[order]
    heads = np.cumsum(lengths) - lengths
    steps = np.delete(np.diff(columns, prepend=0), heads)
    parts = (
        np.array([len(heads)]),
        np.diff(rows[heads], prepend=0),
        _folded(np.diff(columns[heads], prepend=0)),
        lengths - 1,
        right[heads],
        _folded(steps),
    )
    return np.concatenate(parts).astype(np.uint64)


def _before(
    pairs: NDArray[np.intp], rows: NDArray[np.intp], columns: NDArray[np.intp], height: int, width: int
) -> NDArray[np.intp]:
    """Return, for each change, that of the row above which it continues, or -1.

    Changes are sorted by pair, row and column. Two belong together if each is the nearest of the other.
    """
    room = width + 2 * _MOST_STEP
    keys = (pairs * (height + 2) + rows + 1) * room + columns + _MOST_STEP
    above, below = _nearest(keys, keys - room), _nearest(keys, keys + room)
    is_mutual = (above >= 0) & (below[above] == np.arange(len(keys)))
    return np.where(is_mutual, above, -1)


def _nearest(keys: NDArray[np.intp], wanted: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the place of the nearest key of each wanted one, or -1 where none is near."""
    after = np.searchsorted(keys, wanted)
    low, high = np.maximum(after - 1, 0), np.minimum(after, len(keys) - 1)
    to_low, to_high = np.abs(wanted - keys[low]), np.abs(keys[high] - wanted)
    return np.where(np.minimum(to_low, to_high) > _MOST_STEP, -1, np.where(to_low <= to_high, low, high))


def _in_tracks(
    before: NDArray[np.intp], rows: NDArray[np.intp], columns: NDArray[np.intp]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the order of the changes track by track, the upper left first, and the length of each track."""
    head = np.where(before < 0, np.arange(len(before)), before)
    while not np.array_equal(further := head[head], head):
        head = further
    order = np.lexsort((rows, columns[head], rows[head]))
    lengths = np.unique(
        rows[head][order] * (int(columns.max()) + 1) + columns[head][order], return_counts=True
    )[1]
    return order, lengths


def _fill_by_tracks(frame: NDArray[Any], values: NDArray[Any], numbers: _Short) -> None:
    """Paint a frame by its tracks.

    Sums of hostile numbers wrap around; what they give is checked, and not the sums.

    Raises
    ------
    FrameDecodeError
        If they are not tracks of such a frame.
    """
    height, width = frame.shape
    n_tracks = int(numbers[0]) if len(numbers) else len(numbers)
    if not len(numbers) or 4 * n_tracks > len(numbers) - 1 or int(numbers.max()) > 2 * frame.size:
        raise FrameDecodeError("broken labels: fewer numbers than its borders take")
    signed = numbers.view(np.int32 if numbers.itemsize == 4 else np.int64)
    heads, steps = signed[1 : 1 + 4 * n_tracks].reshape(4, n_tracks), signed[1 + 4 * n_tracks :]
    lengths = heads[2] + 1
    n_borders = len(steps) + n_tracks
    if n_borders != int(lengths.sum(dtype=np.int64)) or n_borders > frame.size:
        raise FrameDecodeError("broken labels: not one step for each row of its borders")
    columns, rows = _along_tracks(heads, steps, lengths)
    right = np.repeat(heads[3], lengths)
    if n_borders and not (
        min(int(rows.min()), int(columns.min())) >= 0
        and rows.max() < height
        and columns.max() < width
        and right.max() < len(values)
    ):
        raise FrameDecodeError("broken labels: borders outside of the frame")
    rows *= width
    rows += columns
    del columns
    _paint_rows(frame, values, rows, right)


def _along_tracks(
    heads: NDArray[Any], steps: NDArray[Any], lengths: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return column and row of each border, track by track."""
    kind = steps.dtype
    n_borders = len(steps) + len(lengths)
    starts = np.cumsum(lengths, dtype=np.int64) - lengths
    is_step = np.ones(n_borders, np.bool_)
    is_step[starts] = False
    columns = np.zeros(n_borders, kind)
    columns[is_step] = _unfolded(steps)
    np.cumsum(columns, out=columns)
    first = np.cumsum(_unfolded(heads[1]), dtype=kind)
    columns += np.repeat(first - columns[starts], lengths)
    rows = np.arange(n_borders, dtype=kind)
    rows += np.repeat(np.cumsum(heads[0], dtype=kind) - starts.astype(kind), lengths)
    return columns, rows


def _paint_rows(frame: NDArray[Any], values: NDArray[Any], places: NDArray[Any], right: NDArray[Any]) -> None:
    """Paint from each place to the next, and from the beginning of each row with the first of the values."""
    height, width = frame.shape
    kind = places.dtype
    places = np.concatenate([np.arange(height, dtype=kind) * kind.type(width), places])
    right = np.concatenate([np.zeros(height, kind), right])
    order = np.argsort(places, kind="stable")
    right, runs = right[order], np.diff(places[order], append=kind.type(frame.size))
    del order, places
    frame[...] = np.repeat(values[right], runs).reshape(frame.shape)


# -- varints -------------------------------------------------------------------------------------------


def _folded(values: NDArray[Any]) -> NDArray[Any]:
    return np.where(values >= 0, 2 * values, -2 * values - 1)


def _unfolded(values: NDArray[Any]) -> NDArray[Any]:
    return (values >> 1) ^ -(values & 1)


def _pack(values: _Numbers) -> bytes:
    if not len(values) or values.max() < 128:
        return values.astype(np.uint8).tobytes()
    n_bytes = np.ones(len(values), np.intp)
    for i in range(1, _MOST_BYTES):
        n_bytes += values >= np.uint64(1 << (7 * i))
    starts = np.cumsum(n_bytes) - n_bytes
    packed = np.empty(int(n_bytes.sum()), np.uint8)
    for i in range(int(n_bytes.max())):
        has = n_bytes > i
        bits = (values[has] >> np.uint64(7 * i)) & np.uint64(127)
        packed[starts[has] + i] = bits.astype(np.uint8) | np.where(n_bytes[has] > i + 1, 128, 0).astype(
            np.uint8
        )
    return packed.tobytes()


def _first_numbers(raw: NDArray[np.uint8], n: int) -> _Numbers:
    numbers: _Numbers = _unpack(raw[: _end_of(raw[: n * _MOST_BYTES], n)], np.uint64)
    return numbers


def _end_of(raw: NDArray[np.uint8], n: int) -> int:
    """Return where the first n numbers end."""
    n_left = n
    for start in range(0, len(raw), _BLOCK):
        ends = np.flatnonzero(raw[start : start + _BLOCK] < 128)
        if n_left <= len(ends):
            return start + int(ends[n_left - 1]) + 1
        n_left -= len(ends)
    raise FrameDecodeError("broken labels: too short for a frame")


def _unpack(raw: NDArray[np.uint8], dtype: type[np.uint32] | type[np.uint64]) -> Any:
    """Return the numbers of some bytes, in a dtype that has to hold them; widened block by block."""
    if len(raw) and raw[-1] >= 128:
        raise FrameDecodeError("broken labels: they end within a number")
    numbers = np.empty(np.count_nonzero(raw < 128), dtype)
    start = n = 0
    while start < len(raw):
        block = raw[start : start + _BLOCK]
        ends = np.flatnonzero(block < 128)
        if not len(ends):
            raise FrameDecodeError("broken labels: a number of more than 64 bits")
        numbers[n : n + len(ends)] = _unpack_block(block, ends, dtype)
        start, n = start + int(ends[-1]) + 1, n + len(ends)
    return numbers


def _unpack_block(block: NDArray[np.uint8], ends: NDArray[np.intp], dtype: Any) -> Any:
    n_bytes = np.diff(ends, prepend=-1)
    most = int(n_bytes.max())
    if most == 1:
        return block[: len(ends)]
    if most > (_MOST_BYTES if dtype is np.uint64 else _MOST_SHORT_BYTES):
        raise FrameDecodeError("broken labels: a number of too many bits")
    starts = ends - n_bytes + 1
    values = np.zeros(len(ends), np.uint64)
    for i in range(most):
        has = n_bytes > i
        values[has] |= (block[starts[has] + i].astype(np.uint64) & np.uint64(127)) << np.uint64(7 * i)
    if dtype is np.uint32 and int(values.max()) > 0xFFFFFFFF:
        raise FrameDecodeError("broken labels: a number of too many bits")
    return values

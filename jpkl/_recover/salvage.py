"""Find the frames and the fields of a broken file, and what the whole one was meant to be."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from jpkl._bytes import ByteSource, MemoryBytes
from jpkl._dims import frame_numbers
from jpkl._errors import FormatError
from jpkl._file.schema import FIELDS, HEADER_V1, HEADER_V2, StackInfo, parse_dim_sizes, parse_info
from jpkl._file.trailer import Trailer, TrailerError, find_label_sections, read_trailer
from jpkl._pickle import PickleReader, resolve
from jpkl._pickle.values import FrameTable, Span

#: Values of fields that a broken file lacks.
_DEFAULTS: dict[str, Any] = {
    "header": HEADER_V1,
    "color": False,
    "jpeg_quality": 90,
    "images": {},
    "dim_names": None,
    "metadata": {},
}

_V2_FIELDS = ("header", "codec", "codec_options")

#: More frames than any file has; beyond, 64 bits could not number them.
_MOST_FRAMES = 1 << 62


@dataclass(eq=False)
class Salvage:
    """What was found in a broken file.

    A file may have millions of frames: none of them is an object before it is looked at.

    Attributes
    ----------
    source : ByteSource
        The file.
    fields : dict
        Those that could be read, as plain data.
    keys : ndarray of int64, shape (n, n_dims)
        Indices of the frames, one row each.
    place : callable
        From a row to where that frame is, or to its bytes.
    trailer : Trailer or None
        If it is whole.
    labels : (bytes, (int, int)) or None
        Tables and place of the label images, of a file whose trailer is not whole.
    """

    source: ByteSource
    fields: dict[str, Any]
    keys: NDArray[np.int64]
    place: Callable[[int], Span | bytes]
    trailer: Trailer | None = None
    labels: tuple[bytes, tuple[int, int]] | None = None

    def in_order(self, dim_sizes: tuple[int, ...]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the numbers of the frames within `dim_sizes`, and the row of each; of two, the last."""
        inside = np.flatnonzero(((self.keys >= 0) & (self.keys < np.array(dim_sizes, np.int64))).all(axis=1))
        numbers = frame_numbers(self.keys[inside], dim_sizes)
        if (numbers[1:] > numbers[:-1]).all():
            return numbers, inside
        order = np.argsort(numbers, kind="stable")
        numbers, rows = numbers[order], inside[order]
        is_last = np.append(numbers[1:] != numbers[:-1], True)[: len(numbers)]
        return numbers[is_last], rows[is_last]

    def read(self, row: int) -> bytes:
        """Return the bytes of a frame."""
        place = self.place(row)
        return place if isinstance(place, bytes) else bytes(place.read(self.source))  # type: ignore[arg-type]


def find(source: ByteSource) -> tuple[Salvage, StackInfo, tuple[str, ...]]:
    """Return what is in a broken file, what it is meant to be, and the fields that are guessed.

    Raises
    ------
    FormatError
        If it is not a JPkl file, or has no whole frame.
    """
    salvage = _salvage_by_trailer(source) or _salvage_by_walking(source)
    if not len(salvage.keys):
        raise FormatError("no whole frame is in this file, so there is nothing to recover")
    return salvage, *_describe(salvage)


# -- by the trailer ------------------------------------------------------------------------------------


def _salvage_by_trailer(source: ByteSource) -> Salvage | None:
    """Find frames by a whole trailer, which holds even where the pickle before it is damaged."""
    try:
        trailer = read_trailer(source)
    except TrailerError:
        return None
    if trailer is None or trailer.head_length > trailer.offset:
        return None
    head = source.read_at(0, trailer.head_length)
    if crc32(head) != trailer.head_checksum:
        return None
    fields = _salvage_by_walking(MemoryBytes(head)).fields
    try:
        sizes = parse_dim_sizes(fields.get("dim_sizes"))
    except FormatError:
        return None
    reach = np.asarray(trailer.offsets) + np.asarray(trailer.lengths)
    if math.prod(sizes) != len(reach) or (reach > trailer.offset).any():
        return None
    axes = np.unravel_index(np.arange(len(reach)), sizes) if sizes else ()
    keys = np.stack(axes, axis=1) if axes else np.zeros((len(reach), 0), np.int64)

    def place(row: int) -> Span:
        return Span(int(trailer.offsets[row]), int(trailer.lengths[row]))

    return Salvage(source, fields, keys.astype(np.int64, copy=False), place, trailer)


# -- by the opcodes ------------------------------------------------------------------------------------


def _salvage_by_walking(source: ByteSource) -> Salvage:
    """Read opcodes for as long as they make sense."""
    reader = PickleReader(source, salvaging=True)
    objects = reader.salvage()
    if not objects or type(objects[0]) is not dict:
        raise FormatError("not a JPkl file: it does not begin with a dict")
    fields = _pending_fields(objects[1:]) | objects[0]
    table = fields.pop("images", None)
    frames = FrameTable()
    if isinstance(table, FrameTable):
        frames = table
        for key, frame in _pairs(_after(table, objects)):
            frames.set(key, frame)
    keys = frames.keys()
    labels = find_label_sections(source, reader.position)  # nothing, if the pickle is cut off
    return Salvage(source, _plain_fields(fields, source), keys, frames.frame, labels=labels)


def _pending_fields(objects: list[Any]) -> dict[str, Any]:
    """Return the fields that were read but not yet put into the dict.

    What follows the last of them are its own items, so that it is not whole.
    """
    fields: dict[str, Any] = {}
    last = None
    for name, value in _pairs(objects):
        if type(name) is not str or name not in (*FIELDS, "images") or name in fields:
            break
        last, fields[name] = name, value
    if last is not None and isinstance(fields[last], (dict, list)):
        del fields[last]
    return fields


def _pairs(objects: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Return what would have become a dict's items; the last key may have no value yet."""
    return zip(objects[::2], objects[1::2], strict=False)


def _after(table: FrameTable, objects: list[Any]) -> list[Any]:
    """Return the objects above the table on the stack: frames that were not put into it yet."""
    places = [i for i, item in enumerate(objects) if item is table]
    return objects[places[0] + 1 :] if places else []


def _plain_fields(fields: dict[str, Any], source: ByteSource) -> dict[str, Any]:
    """Return those fields that can be read to their end."""
    plain = {}
    for name in FIELDS:
        if name in fields:
            try:
                plain[name] = resolve(fields[name], source)
            except FormatError:
                continue
    return plain


# -- what it is meant to be ----------------------------------------------------------------------------


def _describe(salvage: Salvage) -> tuple[StackInfo, tuple[str, ...]]:
    """Return what the file says, and the names of the fields that have defaults."""
    reached = _reached_sizes(salvage)
    usable = {**_DEFAULTS, "dim_sizes": reached}
    if salvage.fields.get("header") == HEADER_V2:
        usable |= {name: value for name, value in salvage.fields.items() if name in _V2_FIELDS}
    guessed = []
    for name in FIELDS[:6]:
        trial = usable | {name: salvage.fields.get(name)}
        try:
            fits = name in salvage.fields and _can_be_sizes(parse_info(trial).dim_sizes, len(reached))
        except FormatError:
            fits = False
        if fits:
            usable = trial
        else:
            guessed.append(name)
    return parse_info(usable), tuple(guessed)


def _reached_sizes(salvage: Salvage) -> tuple[int, ...]:
    """Return the sizes that the frames reach; if these cannot be, those that the file says."""
    reached = tuple(size + 1 for size in salvage.keys.max(axis=0).tolist())
    if _can_be_sizes(reached, len(reached)):
        return reached
    own = parse_dim_sizes(salvage.fields.get("dim_sizes"))
    if not _can_be_sizes(own, len(reached)):
        raise FormatError(f"frames have indices up to {tuple(size - 1 for size in reached)}, which cannot be")
    return own


def _can_be_sizes(dim_sizes: tuple[int, ...], n_dims: int) -> bool:
    return len(dim_sizes) == n_dims and max((*dim_sizes, math.prod(dim_sizes))) <= _MOST_FRAMES

"""Compare what a file says twice: its pickle, opcode by opcode, with the trailer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np

from jpkl._bytes import ByteSource, open_bytes
from jpkl._dims import index_of
from jpkl._errors import FormatError, JPklWarning, collected_warnings
from jpkl._file.columns import pages_of
from jpkl._file.opening import EndWarning, open_by_walking, read_with_trailer
from jpkl._file.schema import StackInfo
from jpkl._file.trailer import Trailer
from jpkl._file.writing import pickle_head
from jpkl._pickle.writer import SETITEM, frame_head


@dataclass(frozen=True)
class FileCheck:
    """What is wrong with a file apart from its frames.

    Attributes
    ----------
    problems : tuple of str
        Where the pickle is broken, or is not what the trailer says; where the trailer is damaged.
    has_checksums : bool
        Whether changed bytes of a frame can be noticed.
    """

    problems: tuple[str, ...]
    has_checksums: bool


def check_file(path: str | PathLike[str], storage_options: Mapping[str, Any] | None = None) -> FileCheck:
    """Walk the whole pickle of a file, which opening it by its trailer does not, and compare the two.

    Reads all but the frames' bytes.

    Raises
    ------
    FormatError
        If the file has no trailer, and its pickle is broken.
    """
    source = open_bytes(path, storage_options)
    try:
        with collected_warnings() as said:
            found = read_with_trailer(source)
            if found is None:
                open_by_walking(source)
                return FileCheck(_about_the_end(said), has_checksums=False)
        return FileCheck(tuple(_disagreements(source, *found)), has_checksums=True)
    finally:
        source.close()


def _about_the_end(said: list[JPklWarning]) -> tuple[str, ...]:
    """Return what is wrong with the index, or what is in its place: one may have been there."""
    found = [str(warning) for warning in said if isinstance(warning, EndWarning)]
    return tuple(f"{text}; `jpkl recover` writes a file that has an index" for text in found)


def _disagreements(source: ByteSource, info: StackInfo, trailer: Trailer) -> list[str]:
    if _is_as_written(source, info, trailer):
        return []
    try:
        walked, store = open_by_walking(source)
    except FormatError as error:
        return [
            f"the pickle is broken, so that pickle.load fails ({error}); `jpkl recover` writes a whole one"
        ]
    if walked.dim_sizes != info.dim_sizes:
        return [f"the pickle has dim_sizes {walked.dim_sizes}, where its beginning says {info.dim_sizes}"]
    places = store.places
    offsets, lengths = np.asarray(trailer.offsets), np.asarray(trailer.lengths)
    differ = np.flatnonzero((places.offsets != offsets) | (places.lengths != lengths))
    if not len(differ):
        return []
    first = index_of(int(differ[0]), info.dim_sizes)
    return [
        f"{len(differ)} frames are elsewhere in the pickle than the index at the end says, the first of them "
        f"{first}: pickle.load and JPkl show different stacks"
    ]


def _is_as_written(source: ByteSource, info: StackInfo, trailer: Trailer) -> bool:
    """Return whether the pickle has the very bytes that JPkl writes, around frames where the trailer says.

    Then both say the same; and that takes no memory for the frames, which a walk over the opcodes does. The
    frames fill the bytes between head and end: that was checked when the trailer was read.
    """
    if source.batch_nbytes:  # each frame would take a request
        return False
    head = pickle_head(info)
    if len(head) != trailer.head_length or source.read_at(0, len(head)) != head:
        return False
    number = 0
    for offsets, lengths in zip(pages_of(trailer.offsets), pages_of(trailer.lengths), strict=True):
        for offset, length in zip(offsets.tolist(), lengths.tolist(), strict=True):
            before = frame_head(index_of(number, info.dim_sizes), length)
            around = source.read_at(offset - len(before), len(before)), source.read_at(offset + length, 1)
            if around != (before, SETITEM):
                return False
            number += 1
    return True

"""Write a file again with other metadata: its frames are copied as bytes, and never decoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from os import PathLike, fspath
from pathlib import Path
from typing import BinaryIO, TypeAlias
from zlib import crc32

import numpy as np

from jpkl._bytes import ByteSource, LocalFile, open_bytes
from jpkl._errors import FormatError, collected_warnings
from jpkl._file.atomic import replacing
from jpkl._file.labels import TABLES_SECTION
from jpkl._file.opening import open_by_walking, read_with_trailer
from jpkl._file.schema import StackInfo
from jpkl._file.stores import FileFrames
from jpkl._file.trailer import Trailer
from jpkl._file.writing import IsDamaged, StackFileWriter, head_copy, pickle_head, sections_of

#: Returns what a file is to say, of what it says; raises where that cannot be.
Change: TypeAlias = Callable[[StackInfo], StackInfo]

#: Called with the number of bytes written since the last call, and of those to write in all.
Watch: TypeAlias = Callable[[int, int], None]

#: Bytes copied at a time.
_CHUNK = 4 << 20


def rewrite(
    path: str | PathLike[str],
    output: str | PathLike[str],
    change: Change,
    watch: Watch,
    damage_test: Callable[[StackInfo], IsDamaged],
) -> None:
    """Write a file again with what `change` makes of its fields, completely or not at all.

    Frames stay as they are, damaged ones included, and so do their checksums; a file without a trailer
    gets one, in which frames that do not pass a test have wrong checksums. The output may be the file itself,
    also while others have it open: it is written beside it, and takes its place at the end.

    Raises
    ------
    FormatError
        If it is not a well-formed JPkl file, or changes meanwhile.
    FrameError
        If a frame of a file without trailer cannot be read.
    ValueError
        If it is to be replaced and would lose something that JPkl does not know.
    """
    source = open_bytes(path)
    try:
        in_place = _is_same(path, output)
        with replacing(output) as file:
            with _refusing_losses(fspath(path)) if in_place else nullcontext():
                found = read_with_trailer(source)
                walked = open_by_walking(source) if found is None else None
            if walked is not None:
                is_damaged = damage_test(walked[0])
                _write_by_frames(walked, file, change, watch, is_damaged=is_damaged, total=source.size)
            elif found is not None:
                info, trailer = found
                changed = change(info)
                # Sections that are not known stay as they are.
                others = {name: data for name, data in trailer.sections.items() if name != TABLES_SECTION}
                trailer = replace(trailer, sections=others | sections_of(changed))
                _write_by_bytes(source, file, trailer, changed, watch)
            if in_place:
                _check_unchanged(source)
            source.close()  # where an open file cannot be replaced
    except FormatError as error:
        error.path = error.path or fspath(path)
        raise
    finally:
        source.close()


def _is_same(path: str | PathLike[str], output: str | PathLike[str]) -> bool:
    try:
        return Path(output).samefile(path)
    except OSError:  # a URL, or not there yet
        return False


@contextmanager
def _refusing_losses(path: str) -> Iterator[None]:
    """Make an error of what opening a file only warns of: it ignores what a rewrite would lose."""
    with collected_warnings() as said:
        yield
    if said:
        raise ValueError(
            f"{path}: nothing was changed, as part of the file would be lost ({said[0]}); "
            "write a copy to another file"
        )


def _write_by_bytes(
    source: ByteSource, file: BinaryIO, trailer: Trailer, changed: StackInfo, watch: Watch
) -> None:
    """Write a new head, then the frames as they are, then the trailer: the same, but for the offsets."""
    head = pickle_head(changed)
    shift = len(head) - trailer.head_length
    file.write(head)
    watch(len(head), source.size)
    at = trailer.head_length
    while at < trailer.offset:
        chunk = source.read_at(at, min(_CHUNK, trailer.offset - at))
        if not chunk:
            raise FormatError("the file became shorter while it was copied")
        file.write(chunk)
        watch(len(chunk), source.size)
        at += len(chunk)
    moved = replace(
        trailer,
        offset=trailer.offset + shift,
        offsets=np.asarray(trailer.offsets) + shift,
        head_length=len(head),
        head_checksum=crc32(head),
        head=head_copy(head),
    )
    for part in moved.parts(changed.labels):
        file.write(part)


def _write_by_frames(
    walked: tuple[StackInfo, FileFrames],
    file: BinaryIO,
    change: Change,
    watch: Watch,
    *,
    is_damaged: IsDamaged,
    total: int,
) -> None:
    """Write the frames of a file by another writer, which may store them in another way."""
    info, store = walked
    writer = StackFileWriter(file, change(info))
    for number in range(len(store)):
        data = store.read(number)
        writer.append(number, data, is_damaged=is_damaged(data))
        watch(len(data), total)
    writer.finish()


def _check_unchanged(source: ByteSource) -> None:
    if isinstance(source, LocalFile) and not source.is_current:
        raise FormatError("the file was changed by another program meanwhile; nothing was written, try again")

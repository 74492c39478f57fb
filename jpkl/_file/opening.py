"""Open JPkl files: the dict of format v1 or v2, read as data only, and its trailer."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from os import PathLike
from typing import IO, Any
from zlib import crc32

from jpkl._bytes import ByteSource, FileObject, LocalFile, MemoryBytes, open_bytes
from jpkl._errors import FormatError, JPklWarning, UnsafePickleError, warn
from jpkl._fidelity import SECTION, parse_fidelity
from jpkl._file.labels import TABLES_SECTION, LabelTableError, StoredLabels, parse_tables
from jpkl._file.origin import read_origin
from jpkl._file.schema import (
    FIELDS,
    StackInfo,
    checked_top,
    order_of,
    parse_images,
    parse_info,
)
from jpkl._file.signatures import check_signature
from jpkl._file.stores import FileFrames, FrameMap, FrameStore, MemoryFrames
from jpkl._file.trailer import (
    BLOCK_MAGIC,
    MAGIC,
    PICKLE_END,
    Trailer,
    TrailerError,
    check_agreement,
    read_trailer,
)
from jpkl._pickle import PickleReader, resolve
from jpkl._pickle.values import Encoding, FrameTable

_PROTO = b"\x80"
_PICKLE_STARTS = (_PROTO, b"(", b"}")  # the latter two: a dict of protocols 0 and 1


def open_stack(
    path: str | PathLike[str] | IO[bytes],
    *,
    lazy: bool = True,
    allow_pickle: bool = False,
    storage_options: Mapping[str, Any] | None = None,
) -> tuple[StackInfo, FrameStore]:
    """Open a JPkl file.

    Parameters
    ----------
    path : path-like, URL or binary file
        URLs such as ``https://...`` and ``s3://...`` are opened through fsspec. A file is the caller's: it
        must stay open, and its position moves.
    lazy : bool
        Read each frame when it is wanted, rather than all of them now.
    allow_pickle : bool
        If the file holds more than plain data, load it with `pickle.load`, which runs whatever
        the file says. Only for files that you would run as programs.
    storage_options : mapping, optional
        Options of the file system of a URL.

    Raises
    ------
    FormatError
        If it is not a JPkl file, or a malformed one. `UnsafePickleError` if it holds more than
        plain data, `TruncatedFileError` if it was cut off.
    """
    source = open_bytes(path, storage_options)
    with contextlib.ExitStack() as on_error:
        on_error.callback(source.close)
        with _naming(source.label):
            info, store = _open_source(source, allow_pickle=allow_pickle)
            if not lazy and isinstance(store, FileFrames):
                store = MemoryFrames(list(store.read_all()), store.path, is_checked=store.is_checked)
                info = replace(info, labels=tuple(each.in_memory() for each in info.labels))
        if isinstance(store, FileFrames):
            on_error.pop_all()  # the store closes its source
        return info, store


@contextlib.contextmanager
def _naming(path: str) -> Iterator[None]:
    """Put the file's name into the errors of the layers that do not know it."""
    try:
        yield
    except FormatError as error:
        if error.path is None:
            error.path = path
        raise


def _open_source(source: ByteSource, *, allow_pickle: bool) -> tuple[StackInfo, FrameStore]:
    try:
        return _open_with_trailer(source) or open_by_walking(source)
    except UnsafePickleError:
        if not allow_pickle or not isinstance(source, (LocalFile, FileObject)):
            raise
    return _open_trusted(source)


# -- with the trailer: a few short reads ---------------------------------------------------------------


class EndWarning(JPklWarning):
    """What follows the pickle in a file is damaged, or was not written by JPkl."""


def read_with_trailer(source: ByteSource) -> tuple[StackInfo, Trailer] | None:
    """Return what a file and its trailer say, or None where it has none that can be used."""
    try:
        trailer = read_trailer(source)
        if trailer is None:
            return None
        info = _read_head(source, trailer)
        check_agreement(trailer, info, source)
    except TrailerError as error:
        _warn(source, f"the index at the end of the file is ignored: {error}")
        return None
    info = replace(
        info,
        frame_shape=trailer.frame_shape or info.frame_shape,
        display_range=trailer.display_range,
        source_dtype=trailer.source_dtype,
        fidelity=parse_fidelity(trailer.sections.get(SECTION), info.n_frames),
    )
    return replace(info, labels=_labels_of(source, trailer, info)), trailer


def _labels_of(source: ByteSource, trailer: Trailer, info: StackInfo) -> tuple[StoredLabels, ...]:
    """Return the label images of a file; none where what it says of them cannot be."""
    tables = trailer.sections.get(TABLES_SECTION)
    if tables is None:
        return ()
    try:
        if trailer.label_span is None:
            raise LabelTableError("their bytes are missing")
        return parse_tables(tables, info.dim_sizes, info.frame_shape, source, trailer.label_span)
    except LabelTableError as error:
        _warn(source, f"the label images in the file are ignored: {error}")
        return ()


def _open_with_trailer(source: ByteSource) -> tuple[StackInfo, FrameStore] | None:
    found = read_with_trailer(source)
    if found is None:
        return None
    info, trailer = found
    places = FrameMap(info.dim_sizes, trailer.offsets, trailer.lengths, trailer.checksums)
    return info, FileFrames(source, places)


def _read_head(source: ByteSource, trailer: Trailer) -> StackInfo:
    """Read the fields before the frames: with the end of the pickle, they make a whole one."""
    if trailer.head_length > trailer.offset:
        raise TrailerError("its frames begin after their end")
    head = source.read_at(0, trailer.head_length)
    if crc32(head) != trailer.head_checksum:
        raise TrailerError("it belongs to another pickle")
    fields = MemoryBytes(head + PICKLE_END)
    return info_of(checked_top(PickleReader(fields).run()), fields)


# -- without: one walk over the opcodes ----------------------------------------------------------------


def open_by_walking(source: ByteSource) -> tuple[StackInfo, FileFrames]:
    """Find the frames of a file by its opcodes, whatever its trailer says.

    Raises
    ------
    FormatError
        As `open_stack` raises it.
    """
    check_signature(source)
    reader = PickleReader(source)
    try:
        top = checked_top(reader.run())
    except UnsafePickleError:
        raise
    except FormatError as error:
        if source.read_at(0, 1) in _PICKLE_STARTS:
            raise
        raise FormatError(f"not a JPkl file; {_first_bytes(source)}") from error
    info = with_origin(info_of(top, source), source)
    table = parse_images(top["images"], info.dim_sizes)
    _check_rest(source, reader.position)
    return info, FileFrames(source, _frame_map(table, info.dim_sizes))


def info_of(top: dict[str, Any], source: ByteSource) -> StackInfo:
    """Return what the fields beside `images` say; what is unknown stays in the file."""
    known = {name: resolve(top[name], source) for name in FIELDS if name in top}
    return parse_info(top | known)


def with_origin(info: StackInfo, source: ByteSource) -> StackInfo:
    """Return it with the display range and the dtype that the file has before the dict."""
    display_range, source_dtype = read_origin(source, info.dim_sizes)
    return replace(info, display_range=display_range, source_dtype=source_dtype)


def _frame_map(table: FrameTable, dim_sizes: tuple[int, ...]) -> FrameMap:
    columns = table.columns(len(dim_sizes))
    order = order_of(columns, dim_sizes)
    encodings = columns.encodings[order]
    return FrameMap(
        dim_sizes,
        columns.offsets[order],
        columns.lengths[order],
        encodings=encodings if (encodings != Encoding.RAW).any() else None,
        inline=table.inline,
    )


def _check_rest(source: ByteSource, end: int) -> None:
    """Look at what follows the pickle; the trailer is known to be missing or damaged."""
    rest = source.read_at(end, len(BLOCK_MAGIC))
    if rest[:1] == _PROTO:
        raise FormatError("a second pickle follows the first; a JPkl file holds one", offset=end)
    if rest and rest != BLOCK_MAGIC:
        _warn(source, f"{source.size - end} bytes after the end of the pickle are ignored")
    elif rest and source.read_at(source.size - len(MAGIC), len(MAGIC)) != MAGIC:
        _warn(source, "the index at the end of the file is cut off; opening it takes longer than it should")


def _first_bytes(source: ByteSource) -> str:
    return f"it starts with {source.read_at(0, 16)!r}, which no dict in a pickle does"


# -- trusted -------------------------------------------------------------------------------------------


def _open_trusted(source: ByteSource) -> tuple[StackInfo, FrameStore]:
    import pickle

    top = dict(checked_top(pickle.loads(source.read_at(0, source.size))))
    info = parse_info(top)
    table = parse_images(top["images"], info.dim_sizes)
    order = order_of(table.columns(len(info.dim_sizes)), info.dim_sizes)
    return info, MemoryFrames([table.inline[row] for row in order.tolist()], source.name, is_checked=False)


def _warn(source: ByteSource, message: str) -> None:
    warn(f"{source.label}: {message}", EndWarning)

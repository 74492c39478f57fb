"""Write JPkl files: their bytes from first to last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from os import PathLike, fspath
from typing import IO, Any, BinaryIO, TypeAlias, cast
from zlib import crc32

import numpy as np

from jpkl._bytes import is_url
from jpkl._dims import index_of
from jpkl._errors import FrameEncodeError, IncompleteStackError
from jpkl._fidelity import SECTION, Fidelity, pack_fidelity
from jpkl._file.atomic import replacing
from jpkl._file.labels import TABLES_SECTION, StoredLabels, pack_tables
from jpkl._file.origin import header_opcodes, origin_opcodes
from jpkl._file.schema import HEADER_V2, MAX_DIMS, StackInfo
from jpkl._file.trailer import FRAME_NBYTES, MAX_HEAD_COPY, PICKLE_END, Trailer
from jpkl._pickle import dump
from jpkl._pickle.writer import EMPTY_DICT, SETITEM, frame_head

#: Returns whether the bytes of a frame cannot be decoded.
IsDamaged: TypeAlias = Callable[[bytes], bool]

_ALL_BITS = 2**32 - 1


def pickle_head(info: StackInfo) -> bytes:
    """Return the pickle of a stack up to its first frame: all fields but `images`, which is begun.

    Raises
    ------
    MetadataError
        If the metadata hold something that a JPkl file cannot.
    ValueError
        If there are more dims than can be loaded.
    """
    if len(info.dim_sizes) > MAX_DIMS:
        raise ValueError(f"{len(info.dim_sizes)} dims; a file holds up to {MAX_DIMS}")
    fields: dict[str, Any] = {
        "color": info.color,
        "jpeg_quality": info.jpeg_quality,
        "dim_names": list(info.dim_names),
        "dim_sizes": info.dim_sizes,
    }
    if info.header == HEADER_V2:
        fields |= {"codec": info.codec, "codec_options": info.codec_options}
    fields["metadata"] = info.metadata
    items = [dump(name) + dump(value, name) + SETITEM for name, value in fields.items()]
    start = header_opcodes(info.header) + origin_opcodes(info.display_range, info.source_dtype)
    return start + b"".join(items) + dump("images") + EMPTY_DICT


def head_copy(head: bytes) -> bytes:
    """Return what a trailer repeats of the pickle up to its first frame: all, or nothing of a long one."""
    return head if len(head) <= MAX_HEAD_COPY else b""


def sections_of(info: StackInfo) -> dict[bytes, bytes]:
    """Return the sections of the trailer of a stack, but for the copy of its head."""
    fidelity = {} if info.fidelity is None else {SECTION: pack_fidelity(info.fidelity)}
    return fidelity | ({TABLES_SECTION: pack_tables(info.labels)} if info.labels else {})


def stack_nbytes(info: StackInfo, frames_nbytes: float) -> float:
    """Return the bytes of a file, but for a few of each frame.

    Parameters
    ----------
    info : StackInfo
        What the file says beside the frames.
    frames_nbytes : float
        Bytes of all encoded frames.
    """
    none = np.zeros(0, np.int64)
    head = pickle_head(info)
    described = (info.display_range, info.source_dtype, head_copy(head), sections_of(info))
    trailer = Trailer(0, info.frame_shape, none, none, none, 0, 0, *described).pack()
    last = index_of(info.n_frames - 1, info.dim_sizes) if info.n_frames else ()
    around_frame = len(frame_head(last, 0)) + len(SETITEM) + FRAME_NBYTES
    fixed = len(head) + len(PICKLE_END) + len(trailer)
    return fixed + info.n_frames * around_frame + frames_nbytes


class StackFileWriter:
    """Writes head, frames in any order, and trailer to a file.

    Parameters
    ----------
    file : BinaryIO
        Open at its beginning.
    info : StackInfo
        What to write beside the frames.

    Raises
    ------
    MetadataError
        If the metadata hold something that a JPkl file cannot.
    """

    def __init__(self, file: BinaryIO, info: StackInfo) -> None:
        self._file = file
        self._info = info
        self._head = pickle_head(info)
        self._position = len(self._head)
        self._offsets = np.zeros(info.n_frames, dtype=np.int64)
        self._lengths = np.zeros(info.n_frames, dtype=np.int64)
        self._checksums = np.zeros(info.n_frames, dtype=np.uint32)
        file.write(self._head)

    def append(self, number: int, data: bytes, *, is_damaged: bool = False) -> None:
        """Write one frame. Where that fails, the file has to be discarded, or `drop_unfinished` called.

        One that is damaged already gets a checksum that is not its own: it stays an error for all readers.
        """
        index = index_of(number, self._info.dim_sizes)
        if len(data) >= 2**32:
            raise FrameEncodeError("an encoded frame of 4 GiB or more cannot be stored", frame_index=index)
        before = frame_head(index, len(data))
        self._file.writelines((before, data, SETITEM))
        self._offsets[number] = self._position + len(before)
        self._lengths[number] = len(data)
        self._checksums[number] = crc32(data) ^ (_ALL_BITS if is_damaged else 0)
        self._position += len(before) + len(data) + len(SETITEM)

    def drop_unfinished(self) -> None:
        """Cut the file off after the last whole frame; it must have no buffer."""
        self._file.seek(self._position)
        self._file.truncate()

    def finish(self, fidelity: Fidelity | None = None, labels: Sequence[StoredLabels] | None = None) -> None:
        """End the pickle, once every frame is there, and write the trailer.

        Parameters
        ----------
        fidelity : Fidelity, optional
            What was measured meanwhile.
        labels : sequence of StoredLabels, optional
            What was encoded meanwhile.
        """
        info = self._info if fidelity is None else replace(self._info, fidelity=fidelity)
        info = info if labels is None else replace(info, labels=tuple(labels))
        trailer = Trailer(
            offset=self._position + len(PICKLE_END),
            frame_shape=self._info.frame_shape,
            offsets=self._offsets,
            lengths=self._lengths,
            checksums=self._checksums,
            head_length=len(self._head),
            head_checksum=crc32(self._head),
            display_range=self._info.display_range,
            source_dtype=self._info.source_dtype,
            head=head_copy(self._head),
            sections=sections_of(info),
        )
        self._file.write(PICKLE_END)
        for part in trailer.parts(info.labels):
            self._file.write(part)


def write_stack(
    path: str | PathLike[str] | IO[bytes],
    info: StackInfo,
    frames: Iterable[bytes],
    is_damaged: IsDamaged | None = None,
) -> None:
    """Write a JPkl file: completely, or not at all.

    Parameters
    ----------
    path : path-like or binary file
        Replaced if it exists. To a file, where it is, which may then hold a part if an error comes.
    info : StackInfo
        What to write beside the frames.
    frames : iterable of bytes
        One encoded frame per index, in C order of the dims.
    is_damaged : callable, optional
        See `StackFileWriter.append`.

    Raises
    ------
    MetadataError
        If the metadata hold something that a JPkl file cannot.
    IncompleteStackError
        If there are not as many frames as `info` says.
    """
    with writing_to(path) as file:
        writer = StackFileWriter(file, info)
        number = -1
        for number, frame in enumerate(frames):
            if number >= info.n_frames:
                break
            writer.append(number, frame, is_damaged=is_damaged is not None and is_damaged(frame))
        if number + 1 != info.n_frames:
            raise IncompleteStackError(
                f"dim_sizes {info.dim_sizes} ask for {info.n_frames} frames, not {number + 1}"
            )
        writer.finish()


def writing_to(path: str | PathLike[str] | IO[bytes]) -> AbstractContextManager[BinaryIO]:
    """Return a context in which a file is written, which appears as a whole, or an open file is added to.

    Raises
    ------
    ValueError
        If it is a URL.
    TypeError
        If it is neither a path nor a file.
    """
    if not isinstance(path, (str, PathLike)):
        return nullcontext(cast("BinaryIO", _WholeWrites(path)))
    if is_url(path):
        raise ValueError(f"{fspath(path)}: files are written to local paths only; copy the file afterwards")
    return replacing(path)


class _WholeWrites:
    """A binary file of the caller's, of which no more than ``write`` is asked."""

    def __init__(self, file: Any) -> None:
        if not hasattr(file, "write"):
            raise TypeError(f"expected a path or a binary file, not {type(file).__name__}")
        self._file = file

    def write(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest.nbytes:  # a file without a buffer may take less at a time; others may not say how much
            written = self._file.write(rest)
            rest = rest[len(rest) if written is None else written :]

    def writelines(self, lines: Iterable[bytes]) -> None:
        for line in lines:
            self.write(line)

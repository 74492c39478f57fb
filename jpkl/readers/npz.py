"""NumPy's ``.npz``: a zip archive of named arrays."""

from __future__ import annotations

import errno
import math
import struct
import zipfile
import zlib
from pathlib import Path
from tokenize import TokenError
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from jpkl._metadata import StackMetadata
from jpkl.readers._image_file import ImageFile

#: Zip's local file header up to the name: signature, 22 bytes that the central directory repeats, and
#: the lengths of the name and of the extra field, which lie between header and data.
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_ENCRYPTED = 0x1


def read(path: Path, part: str | None) -> ImageFile:
    """Open one array of an ``.npz`` file.

    An array that is stored uncompressed (``np.savez``) is mapped into memory. A compressed one
    (``np.savez_compressed``) has to be read whole: deflate allows no random access.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            member = _choose(path, archive, part)
            array = _map(path, member) if _is_mappable(member) else _load(archive, member)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError) as error:
        raise ValueError(f"{path}: not a readable .npz file: {error}") from error
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        # A damaged directory sends `seek` to before the start of the file.
        raise ValueError(f"{path}: not a readable .npz file: its directory is damaged") from error
    return ImageFile(array, metadata=StackMetadata(source=path.name).as_dict())


def _choose(path: Path, archive: zipfile.ZipFile, part: str | None) -> zipfile.ZipInfo:
    members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
    if part is None and len(members) == 1:
        return next(iter(members.values()))
    names = ", ".join(members)
    if part is None:
        raise ValueError(f"{path}: holds {len(members)} arrays ({names}); choose one with --array NAME")
    if part not in members:
        raise ValueError(f"{path}: holds no array {part!r}; its arrays are {names}")
    return members[part]


def _is_mappable(member: zipfile.ZipInfo) -> bool:
    return member.compress_type == zipfile.ZIP_STORED and not member.flag_bits & _ENCRYPTED


def _load(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> NDArray[Any]:
    try:
        with archive.open(member) as stream:
            return np.asarray(np.lib.format.read_array(stream, allow_pickle=False))
    except (RuntimeError, ValueError, TokenError) as error:  # encrypted; objects, or no array at all
        raise ValueError(f"{archive.filename}: array {member.filename!r} is not readable: {error}") from error


def _map(path: Path, member: zipfile.ZipInfo) -> NDArray[Any]:
    with path.open("rb") as file:
        file.seek(member.header_offset)
        _, name_length, extra_length = _LOCAL_HEADER.unpack(file.read(_LOCAL_HEADER.size))
        file.seek(name_length + extra_length, 1)
        try:
            shape, fortran_order, dtype = _read_array_header(file)
            order: Literal["F", "C"] = "F" if fortran_order else "C"
            if math.prod(shape) * dtype.itemsize > member.file_size:
                raise ValueError(f"it is shorter than its shape {shape} of {dtype} says")
            return np.memmap(path, dtype, "r", file.tell(), shape, order)
        except (ValueError, TokenError) as error:
            raise ValueError(f"{path}: array {member.filename!r} is not readable: {error}") from error


def _read_array_header(file: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        header = np.lib.format.read_array_header_1_0(file)
    else:
        header = np.lib.format.read_array_header_2_0(file)
    if header[2].hasobject:
        raise ValueError("it holds Python objects, which are never unpickled")
    return header

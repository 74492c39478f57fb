"""NumPy's ``.npz``: a zip archive of named arrays."""

from __future__ import annotations

import errno
import math
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any, Literal

import numpy as np
from numpy.typing import NDArray

from jpkl._metadata import StackMetadata
from jpkl.readers._image_file import ImageFile
from jpkl.readers._scenes import choose_scene, distinct_names, scene_notes

#: Zip's local file header up to the name: signature, 22 bytes that the central directory repeats, and
#: the lengths of the name and of the extra field, which lie between header and data.
_LOCAL_HEADER = struct.Struct("<4s22xHH")
_ENCRYPTED = 0x1


def read(path: Path, scene: str | None) -> ImageFile:
    """Open one array of an ``.npz`` file, by default the first that can be an image.

    An array that is stored uncompressed (``np.savez``) is mapped into memory. A compressed one
    (``np.savez_compressed``) has to be read whole: deflate allows no random access.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = [info for info in archive.infolist() if not info.is_dir()]
            names = distinct_names([info.filename.removesuffix(".npy") for info in members])
            number = choose_scene(path, names, scene, default=_first_image(archive, members))
            member = members[number]
            _check_method(path, member)
            array = _map(path, member) if _is_mappable(member) else _load(archive, member)
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError) as error:
        raise ValueError(f"{path}: not a readable .npz file: {error}") from error
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        # A damaged directory sends `seek` to before the start of the file.
        raise ValueError(f"{path}: not a readable .npz file: its directory is damaged") from error
    notes = scene_notes(names, number, scene)
    metadata = StackMetadata(source=path.name).as_dict()
    return ImageFile(array, metadata=metadata, notes=notes, scenes=names, scene=names[number])


def _first_image(archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo]) -> int:
    """Return the number of the first array with two axes at least; 0 if there is none."""
    for number, member in enumerate(members[: len(members) if len(members) > 1 else 0]):
        try:
            _check_method(Path(str(archive.filename)), member)
            with archive.open(member) as stream:
                shape = _read_array_header(stream)[0]
        except (RuntimeError, ValueError, TokenError):  # reported when this array is asked for
            continue
        if len(shape) >= 2:
            return number
    return 0


def _check_method(path: Path, member: zipfile.ZipInfo) -> None:
    """Refuse what NumPy does not write: Python unpacks it without a limit, and 1 kB may be gigabytes."""
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(
            f"{path}: array {member.filename!r} is compressed by another method than NumPy has; save it by "
            "np.savez_compressed"
        )


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


def _read_array_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        header = np.lib.format.read_array_header_1_0(file)
    else:
        header = np.lib.format.read_array_header_2_0(file)
    if header[2].hasobject:
        raise ValueError("it holds Python objects, which are never unpickled")
    return header

"""Whether a shared library of Linux is as long as its own header says."""

from __future__ import annotations

import struct
from pathlib import Path

#: What 64-bit little-endian ELF files start with.
_START = b"\x7fELF\x02\x01"
#: Kind of the segments that are mapped into memory.
_LOADED = 1


def check_whole(path: Path) -> None:
    """Raise an error where a shared library was cut off: Linux would load it, and end the process (SIGBUS).

    Parameters
    ----------
    path : Path
        A shared library. Files of other formats are left to the loader, which checks those itself.

    Raises
    ------
    OSError
        If the file cannot be read, or lacks a part of what is mapped into memory.
    """
    data = path.read_bytes()
    if not data.startswith(_START):
        return
    try:
        (offset,) = struct.unpack_from("<Q", data, 32)
        nbytes, n_segments = struct.unpack_from("<HH", data, 54)
        starts = range(offset, offset + nbytes * n_segments, nbytes)
        segments = [struct.unpack_from("<IIQQQQ", data, start) for start in starts]
    except (struct.error, ValueError) as error:
        raise OSError(f"{path} is cut off") from error
    if any(kind == _LOADED and start + size > len(data) for kind, _, start, _, _, size in segments):
        raise OSError(f"{path} is cut off")

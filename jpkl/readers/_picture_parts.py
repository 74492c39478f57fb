"""Where the pictures of a file are that holds several: photographs (MPO), or PBM, PGM and PPM in a row."""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from jpkl._codecs.jpeg_header import JPEG_START
from jpkl.readers._netpbm import MOST_HEADER, netpbm_kind

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile as PillowFile

#: What photographs have that keep how bright a screen may show them as a second picture (Ultra HDR).
_IS_GAIN_MAP = b' hdrgm:Version="'


@dataclass(frozen=True)
class Part:
    """The bytes of a picture in a file.

    Attributes
    ----------
    start, nbytes : int
        Where they are; ``-1`` are all up to the end of the file.
    like : hashable, optional
        What is the same for pictures that are alike, where that is known without opening each.
    """

    start: int = 0
    nbytes: int = -1
    like: Hashable = None

    def read(self, file: IO[bytes]) -> bytes:
        """Return them from a file."""
        file.seek(self.start)
        return file.read(self.nbytes)


WHOLE = Part()


def parts_of(picture: PillowFile, file: IO[bytes]) -> tuple[Part, ...]:
    """Return where the pictures of a file are, which Pillow has opened for the first of them."""
    if picture.format == "PPM":
        return _netpbm_parts(file)
    return _photographs(picture, file) if "mp" in picture.info else (WHOLE,)


def _netpbm_parts(file: IO[bytes]) -> tuple[Part, ...]:
    """Return the parts of one picture after the other; those that are text are alone."""
    parts: list[Part] = []
    at = 0
    while True:
        kind = netpbm_kind(Part(at, MOST_HEADER).read(file))
        if kind is None or kind.is_text:
            return tuple(parts) or (WHOLE,)
        nbytes = kind.offset + kind.nbytes
        parts.append(Part(at, nbytes, (kind.shape, kind.dtype)))
        at += nbytes


def _photographs(picture: PillowFile, file: IO[bytes]) -> tuple[Part, ...]:
    """Return the parts of a file that says where its photographs are (MPO), as far as they are there."""
    from PIL.MpoImagePlugin import MpoImageFile

    if any(_IS_GAIN_MAP in content for _, content in getattr(picture, "applist", ())):
        return (WHOLE,)
    starts = list[int]()
    # Whatever is wrong with the others, be it their size, is no reason to refuse the first.
    with suppress(Exception):
        file.seek(0)
        with MpoImageFile(file) as photographs:
            for number in range(photographs.n_frames):
                photographs.seek(number)
                starts.append(int(photographs.offset))
    starts = [start for start in starts if Part(start, len(JPEG_START)).read(file) == JPEG_START]
    if not starts or starts != sorted(set(starts)):
        return (WHOLE,)
    ends = [*starts[1:], None]
    return tuple(
        Part(start, -1 if end is None else end - start) for start, end in zip(starts, ends, strict=True)
    )

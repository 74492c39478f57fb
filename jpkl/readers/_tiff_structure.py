"""What a TIFF file is made of: its series, and whether it is as long as its directories say."""

from __future__ import annotations

import os
import struct
from typing import TYPE_CHECKING, Literal
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffPageSeries

#: Bytes of one value of each TIFF data type.
_TYPE_NBYTES = {3: 2, 4: 4, 5: 8, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}

#: Tags without which pixels are not found or not understood; others may point anywhere in whole files.
_NEEDED_TAGS = {
    258: "BitsPerSample",
    262: "PhotometricInterpretation",
    270: "ImageDescription",
    273: "StripOffsets",
    277: "SamplesPerPixel",
    279: "StripByteCounts",
    320: "ColorMap",
    324: "TileOffsets",
    325: "TileByteCounts",
    339: "SampleFormat",
    50839: "IJMetadata",
}


#: Last series of files of which tifffile knows less than there is to know, such as which pages are missing:
#: its newer versions let nobody exchange one.
_REPLACED: WeakKeyDictionary[TiffFile, TiffPageSeries] = WeakKeyDictionary()


def replace_last_series(tiff: TiffFile, series: TiffPageSeries) -> None:
    """Have `series_of` return this in place of the last series of a file."""
    _REPLACED[tiff] = series


def series_of(tiff: TiffFile) -> list[TiffPageSeries]:
    """Return the series of a file."""
    found = list(tiff.series)
    if (last := _REPLACED.get(tiff)) is not None:
        found[-1] = last
    return found


def file_size(tiff: TiffFile) -> int:
    """Return the bytes of a file, whose handle may pretend another size."""
    file = tiff.filehandle
    at = file.tell()
    file.seek(0, os.SEEK_END)
    size = file.tell()
    file.seek(at)
    return int(size)


def break_in(tiff: TiffFile) -> str | None:
    """Return what a file describes beyond its end, as a predicate: "ends at byte ..."; None if nothing.

    tifffile reads such a file as far as it can, which may be a single page of many, without an error.
    """
    size = file_size(tiff)
    n_pages = len(tiff.pages)
    if tiff.is_ndpi:  # the upper halves of its offsets are elsewhere
        return None
    if n_pages == 0:
        return _break_before_first_page(tiff, size)
    return _break_in_tags(tiff, size) or _break_after_page(tiff, n_pages - 1, size)


def cut_directory(tiff: TiffFile) -> int | None:
    """Return the offset of the page whose description is cut off, if there is one."""
    offset: int | None = tiff.pages.first.offset
    seen = set[int]()
    while offset and offset not in seen:
        seen.add(offset)
        following = _directory(tiff, offset)[1]
        if following is None:
            return offset
        offset = following
    return None


def _break_before_first_page(tiff: TiffFile, size: int) -> str | None:
    at, width = (8, 8) if tiff.is_bigtiff else (4, 4)
    tiff.filehandle.seek(at)
    content = tiff.filehandle.read(width)
    if len(content) < width:
        return f"ends at byte {size:,}, within its header"
    offset = int.from_bytes(content, _order(tiff))
    return f"ends at byte {size:,}, but its first page is described at byte {offset:,}" if offset else None


def _break_in_tags(tiff: TiffFile, size: int) -> str | None:
    """Return which value of the first page is not in the file."""
    entry_format = f"{tiff.byteorder}HH{'QQ' if tiff.is_bigtiff else 'LL'}"
    inline = 8 if tiff.is_bigtiff else 4
    for entry in struct.iter_unpack(entry_format, _directory(tiff, tiff.pages.first.offset)[0]):
        code, kind, count, offset = entry
        nbytes = count * _TYPE_NBYTES.get(kind, 1)
        if code in _NEEDED_TAGS and nbytes > inline and offset + nbytes > size:
            extent = f"bytes {offset:,} to {offset + nbytes:,}"
            return f"ends at byte {size:,}, but the {_NEEDED_TAGS[code]} of its first page is {extent}"
    return None


def _break_after_page(tiff: TiffFile, number: int, size: int) -> str | None:
    """Return where the chain of pages breaks off, after the last one that was found."""
    offset = tiff.pages[number].offset
    seen = set()
    while offset and offset not in seen:  # there is none if tifffile has not read the page, but assumes it
        seen.add(offset)
        if offset >= size:
            return f"ends at byte {size:,}, but page {number} is described at byte {offset:,}"
        following = _directory(tiff, offset)[1]
        if following is None:
            return f"ends at byte {size:,}, within the description of page {number}"
        offset, number = following, number + 1
    return None


def _directory(tiff: TiffFile, offset: int) -> tuple[bytes, int | None]:
    """Return the entries of a directory, and the offset of the next one; None if it is cut off."""
    width, entry_nbytes, next_nbytes = (8, 20, 8) if tiff.is_bigtiff else (2, 12, 4)
    file = tiff.filehandle
    file.seek(offset)
    n_entries = int.from_bytes(file.read(width), _order(tiff))
    if n_entries > 4096:  # damaged, or no directory at all
        return b"", None
    entries = file.read(n_entries * entry_nbytes)
    following = file.read(next_nbytes)
    entries = entries[: len(entries) // entry_nbytes * entry_nbytes]
    return entries, int.from_bytes(following, _order(tiff)) if len(following) == next_nbytes else None


def _order(tiff: TiffFile) -> Literal["big", "little"]:
    return "big" if tiff.byteorder == ">" else "little"

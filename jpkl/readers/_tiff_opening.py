"""TIFF files as tifffile opens them, also where they hold less than they promise."""

from __future__ import annotations

import inspect
import logging
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from xml.etree import ElementTree

from jpkl._bytes import UrlPath, for_library
from jpkl._errors import MissingDependencyError
from jpkl.readers._damage import reason_of
from jpkl.readers._ome_companion import companion_of, files_in, first_tiff, is_companion, most_values_in
from jpkl.readers._scanimage import is_scanimage, scanimage_series
from jpkl.readers._tiff_planes import damage
from jpkl.readers._tiff_structure import cut_directory, replace_last_series

if TYPE_CHECKING:
    from tifffile import TiffFile, TiffFrame, TiffPage

#: Kinds of series that are as many pages as are found; for others the metadata say how many there are.
UNCOUNTED = ("uniform", "generic", "scanimage")
#: Size of a classic TIFF whose offsets are all true, whatever wrote it.
_MOST_OFFSET = 1 << 31
#: So many planes may be in other files, whatever the size of one.
_FEW_PLANES = 1 << 24
#: Size larger than that of any file.
_ANY_SIZE = 1 << 62


@contextmanager
def silence() -> Iterator[None]:
    """Keep tifffile from logging its guesses about damage, which here ends in an error or a note."""
    logger = logging.getLogger("tifffile")

    def refuse(record: logging.LogRecord) -> bool:
        return False

    logger.addFilter(refuse)
    try:
        yield
    finally:
        logger.removeFilter(refuse)


def open_tiff(path: Path) -> TiffFile:
    """Open a file, whose series are as long as its metadata say.

    Raises
    ------
    MissingDependencyError
        If tifffile is not installed.
    ValueError
        If the file is no TIFF.
    """
    try:
        import tifffile
    except ImportError as error:
        raise MissingDependencyError("Reading TIFF files", "io") from error
    try:
        tiff = _open_with_its_metadata(path)
        _check_ome_sizes(tiff)
        size = _size_to_pretend(tiff)
        if size is not None:
            tiff.close()
            tiff = tifffile.TiffFile(for_library(path), size=size)
        if is_scanimage(tiff):
            tiff = _as_scanimage(path, tiff)
    except damage() as error:
        n = path.stat().st_size
        raise ValueError(f"{path}: not a readable TIFF file, of {n:,} bytes: {reason_of(error)}") from error
    if len(tiff.pages) and tiff.is_shaped:
        _complete_last_series(tiff)
    return tiff


def _as_scanimage(path: Path, tiff: TiffFile) -> TiffFile:
    """Return the file with its pages arranged as ScanImage has scanned them."""
    from tifffile import TiffFile

    if not tiff.is_bigtiff and tiff.filehandle.size < _MOST_OFFSET:
        # tifffile calculates where pages are, as offsets may be too small a number, and misses the last one.
        tiff.close()
        tiff = TiffFile(for_library(path), is_scanimage=False)
    replace_last_series(tiff, scanimage_series(tiff))
    return tiff


def _open_with_its_metadata(path: Path) -> TiffFile:
    """Open a TIFF file, of several with their metadata in a file beside them."""
    from tifffile import TiffFile

    if is_companion(path):
        xml = path.read_text("utf-8", "replace")
        first = first_tiff(path, xml)
        return TiffFile(_by_link(first) if _has_others_by_links(first, xml) else first, omexml=xml)
    tiff = TiffFile(for_library(path))
    if tiff.is_ome and _has_others_by_links(path, tiff.ome_metadata or ""):
        tiff.close()
        return TiffFile(_by_link(path))
    description = tiff.pages[0].aspage().description if len(tiff.pages) else ""
    if (companion := companion_of(path, description)) is None:
        return tiff
    tiff.close()
    return TiffFile(path, omexml=companion.read_text("utf-8", "replace"))


class _ByItsLink:
    """A link to a file as tifffile opens it without following the link, so that it looks beside that.

    Parameters
    ----------
    path : Path
        The link.
    """

    mode = "rb"

    def __init__(self, path: Path) -> None:
        self.path = os.path.abspath(path)  # noqa: PTH100 - links stay links

    def open(self) -> IO[bytes]:
        """Open the file."""
        return Path(self.path).open("rb")


def _by_link(path: Path) -> Any:
    return _ByItsLink(path)  # which tifffile takes, as it has `open` and `path`


def _has_others_by_links(path: Path, xml: str) -> bool:
    """Return whether a link to an OME-TIFF of several files has more of them beside it than the file has."""
    if isinstance(path, UrlPath) or not path.is_symlink():
        return False
    try:
        names = files_in(xml)
    except ElementTree.ParseError:
        return False
    beside_link, beside_file = (
        sum(folder.joinpath(name).is_file() for name in names)
        for folder in (path.parent, path.resolve().parent)
    )
    return beside_link > beside_file


def _check_ome_sizes(tiff: TiffFile) -> None:
    """Close the file and raise if its OME-XML names more planes than there can be.

    tifffile would make a list with an item for each.

    Raises
    ------
    ValueError
        If it does.
    """
    if not tiff.is_ome or len(tiff.pages) == 0:
        return
    try:
        n_values = most_values_in(tiff.ome_metadata or "")
    except ElementTree.ParseError:
        return
    n_planes = n_values // max(1, math.prod(tiff.pages[0].aspage().shape))
    if n_planes > max(tiff.filehandle.size, _FEW_PLANES):
        tiff.close()
        raise ValueError(f"its OME-XML names {n_planes:,} planes, more than the file has bytes")


def _size_to_pretend(tiff: TiffFile) -> int | None:
    """Return the size with which tifffile finds all that is there of a file; None for the real one."""
    if len(tiff.pages) == 0:
        return None
    try:
        kind = tiff.series[0].kind
    except damage():
        # Up to the page whose description is cut off, if that is what is wrong.
        return cut_directory(tiff)
    # The planes of ImageJ follow each other without a description each: here the last ones are not there.
    return _ANY_SIZE if tiff.is_imagej and not tiff.is_ome and kind in UNCOUNTED else None


def _complete_last_series(tiff: TiffFile) -> None:
    """Give the last series of a file that tifffile wrote the pages that it promises.

    tifffile takes it for a single page if pages are missing.
    """
    from tifffile import TiffPageSeries

    try:
        series = tiff.series[-1]
        metadata: dict[str, Any] = (tiff.shaped_metadata or ())[-1]
    except damage():  # which comes up again when the series is asked for
        return
    keyframe = series.keyframe
    shape = tuple(metadata["shape"])
    if series.kind != "shaped" or series.is_truncated or series.size >= math.prod(shape):
        return
    n_pages = math.prod(shape) // max(1, math.prod(keyframe.shape))
    pages = [_page(tiff, number) for number in range(keyframe.index, keyframe.index + n_pages)]
    axes = metadata.get("axes") or ""
    if len(axes) != len(shape):
        axes = keyframe.axes.rjust(len(shape), "Q")
    # Newer versions leave out no axes of length 1, and have no such option.
    has_squeeze = "squeeze" in inspect.signature(TiffPageSeries).parameters
    options: dict[str, Any] = {"squeeze": False} if has_squeeze else {}
    completed = TiffPageSeries(
        pages,
        shape,
        series.dtype,
        axes,
        name=series.name,
        kind="shaped",
        index=len(tiff.series) - 1,
        **options,
    )
    replace_last_series(tiff, completed)


def _page(tiff: TiffFile, number: int) -> TiffPage | TiffFrame | None:
    try:
        return tiff.pages[number]
    except damage():
        return None

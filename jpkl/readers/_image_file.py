"""What every reader returns, and which reader takes which file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import EntryPoints, entry_points
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, TypeAlias

import numpy as np

#: Module of this package for each suffix, in the order in which help texts list them.
_READERS = {
    ".npy": "npy",
    ".npz": "npz",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".btf": "tiff",
    ".tf8": "tiff",
}


class ArrayLike(Protocol):
    """The part of an array that encoding needs: a shape, a dtype and slicing."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> np.dtype[Any]: ...

    def __getitem__(self, key: Any, /) -> Any: ...


#: Entry points by which other packages offer readers.
ENTRY_POINT_GROUP = "jpkl.readers"


def _nothing() -> None:
    pass


@dataclass(frozen=True)
class ImageFile:
    """An opened image file.

    Attributes
    ----------
    array : array-like
        The pixels, read from the file as they are indexed.
    axes : str or sequence of str or None
        OME letters or names, one per axis of the array; None where the file does not say.
    metadata : dict
        What the file says, under the keys that JPkl's viewer knows (``pixel_size``, ``pixel_unit``,
        ``coords``, ``units``, ``channel_names``, ``channel_colors``, ``acquired``, ``source``).
    notes : tuple of str
        What the user should know, e.g. that the file holds further images.
    close : callable
        Releases the file; the array must not be used afterwards. Leaving a ``with`` block calls it.
    """

    array: ArrayLike
    axes: str | Sequence[str] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    close: Callable[[], None] = _nothing

    def __enter__(self) -> ImageFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


#: Opens a file, or the part of it that is named.
Reader: TypeAlias = Callable[[Path, str | None], ImageFile]


def supported_suffixes() -> tuple[str, ...]:
    """Return the suffixes of the files that can be read, e.g. ``".tif"``."""
    return (*_READERS, *sorted(f".{name}" for name in _elsewhere().names if f".{name}" not in _READERS))


def open_image(path: str | PathLike[str], part: str | None = None) -> ImageFile:
    """Open an image file for encoding.

    Parameters
    ----------
    path : path-like
        The file; its suffix names the format.
    part : str, optional
        What to read from a file that holds several arrays: the name of an array of an ``.npz``, the
        number of a series of a TIFF.

    Raises
    ------
    ValueError
        If the format is not supported, the file is damaged, or `part` does not fit.
    MissingDependencyError
        If the format needs the extra ``io``.
    OSError
        If the file cannot be read.
    """
    path = Path(path)
    read = _reader_of(path.suffix.lower())
    if read is None:
        raise ValueError(f"{path}: {_unsupported(path)}; JPkl encodes {', '.join(supported_suffixes())}")
    # Ask the file system first: what the libraries say about a missing file differs from one to the next.
    path.stat()
    return read(path, part)


def _reader_of(suffix: str) -> Reader | None:
    if module := _READERS.get(suffix):
        read: Reader = import_module(f"jpkl.readers.{module}").read
        return read
    found = next(iter(_elsewhere().select(name=suffix[1:])), None)
    return None if found is None else found.load()


def _elsewhere() -> EntryPoints:
    """Return the readers of other packages, named by their suffix without its dot."""
    return entry_points(group=ENTRY_POINT_GROUP)


def _unsupported(path: Path) -> str:
    if path.is_dir():
        return "a folder is not an image file"
    if path.suffix.lower() == ".jpkl":
        return "this is a JPkl file already"
    suffix = "".join(path.suffixes[-2:]) if path.suffix.lower() == ".gz" else path.suffix
    return f"the format {suffix!r} is not supported" if suffix else "a file without a suffix is not supported"

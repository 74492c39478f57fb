"""What every reader returns, and which reader takes which file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from importlib.metadata import EntryPoints, entry_points
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Protocol, TypeAlias, get_args

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

#: Modules whose function takes `ReadOptions`; in other formats planes are not lost, nor samples dropped.
_READERS_WITH_OPTIONS = ("tiff",)


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

#: What becomes of planes that a file promises, but lacks.
Missing: TypeAlias = Literal["error", "black", "trim"]


@dataclass(frozen=True)
class ReadOptions:
    """What `open_image` can be asked for, apart from a part of the file."""

    missing: Missing = "error"
    axes: str | Sequence[str] | None = None

    def __post_init__(self) -> None:
        if self.missing not in get_args(Missing):
            choices = ", ".join(map(repr, get_args(Missing)))
            raise ValueError(f"missing={self.missing!r} is none of {choices}")


def supported_suffixes() -> tuple[str, ...]:
    """Return the suffixes of the files that can be read, e.g. ``".tif"``."""
    return (*_READERS, *sorted(f".{name}" for name in _elsewhere().names if f".{name}" not in _READERS))


def open_image(
    path: str | PathLike[str],
    part: str | None = None,
    *,
    missing: Missing = "error",
    axes: str | Sequence[str] | None = None,
) -> ImageFile:
    """Open an image file for encoding.

    Parameters
    ----------
    path : path-like
        The file; its suffix names the format.
    part : str, optional
        What to read from a file that holds several arrays: the name of an array of an ``.npz``, the
        number of a series of a TIFF.
    missing : {"error", "black", "trim"}
        What becomes of planes that the file promises, but lacks, because it was cut off or its recording was
        stopped: an error, black planes in their place, or the largest complete part from the beginning.
    axes : str or sequence of str, optional
        What the caller takes the axes to be. Where there are none of RGB samples, samples are channels: alpha
        is kept, and indices into a palette stay what they are.

    Raises
    ------
    ValueError
        If the format is not supported, the file is damaged, planes are missing, or `part` does not fit.
    MissingDependencyError
        If the format needs the extra ``io``.
    OSError
        If the file cannot be read.
    """
    path = Path(path)
    read = _reader_of(path.suffix.lower(), ReadOptions(missing, axes))
    if read is None:
        raise ValueError(f"{path}: {_unsupported(path)}; JPkl encodes {', '.join(supported_suffixes())}")
    # Ask the file system first: what the libraries say about a missing file differs from one to the next.
    path.stat()
    return read(path, part)


def _reader_of(suffix: str, options: ReadOptions) -> Reader | None:
    if module := _READERS.get(suffix):
        read: Callable[..., ImageFile] = import_module(f"jpkl.readers.{module}").read
        return partial(read, options=options) if module in _READERS_WITH_OPTIONS else read
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

"""What every reader returns, and which reader takes which file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import partial
from importlib.metadata import EntryPoint
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Protocol, TypeAlias, get_args

import numpy as np

from jpkl._bytes import check_no_pipe
from jpkl._errors import JPklError
from jpkl._text import one_line
from jpkl.readers._formats import (
    ONLY_IN_BIO_FORMATS,
    WITH_OPTIONS,
    elsewhere,
    is_many,
    kind_by_content,
    module_of,
    suffix_of,
    supported_suffixes,
)
from jpkl.readers._lazy import LazyArray


class ArrayLike(Protocol):
    """The part of an array that encoding needs: a shape, a dtype and slicing."""

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> np.dtype[Any]: ...

    def __getitem__(self, key: Any, /) -> Any: ...


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
        What the file says, under the keys that JPkl's viewer knows: the fields of
        `jpkl.toolkit.StackMetadata`.
    notes : tuple of str
        What the user should know, e.g. that the file holds further images.
    close : callable
        Releases the file; the array must not be used afterwards. Leaving a ``with`` block calls it.
    scenes : tuple of str
        Names of all images that the file holds, one of which this is: series, positions, arrays. Empty where
        the format has one image a file.
    scene : str or None
        The one of `scenes` that was read.
    reduced : tuple of str
        Those of `scenes` that are others at a smaller scale.
    parts : tuple of Path
        Other files than the one that was opened that hold some of the pixels.
    """

    array: ArrayLike
    axes: str | Sequence[str] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    close: Callable[[], None] = _nothing
    scenes: tuple[str, ...] = ()
    scene: str | None = None
    reduced: tuple[str, ...] = ()
    parts: tuple[Path, ...] = ()

    @property
    def full_scenes(self) -> tuple[str, ...]:
        """The scenes at full scale."""
        return tuple(scene for scene in self.scenes if scene not in self.reduced)

    def __enter__(self) -> ImageFile:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


#: Opens a file, and of it the scene that is named, by its name or number.
Reader: TypeAlias = Callable[[Path, str | None], ImageFile]

#: What is said of other formats.
_WHAT_IS_READ = (
    "JPkl reads arrays (NumPy, HDF5, Zarr, MATLAB), TIFF, formats of microscopes and scanners, pictures and "
    "video: https://novartis.github.io/JPkl/how-to/formats/ has them all"
)
#: How much of a suffix has to be right for the one that was meant to be guessed.
_NEARNESS = 0.75

#: What becomes of planes that a file promises, but lacks.
Missing: TypeAlias = Literal["error", "black", "trim"]


@dataclass(frozen=True)
class ReadOptions:
    """What `open_image` can be asked for, apart from a scene."""

    missing: Missing = "error"
    axes: str | Sequence[str] | None = None

    def __post_init__(self) -> None:
        if self.missing not in get_args(Missing):
            choices = ", ".join(map(repr, get_args(Missing)))
            raise ValueError(f"missing={self.missing!r} is not one of {choices}")


def open_image(
    path: str | PathLike[str],
    scene: str | int | None = None,
    *,
    missing: Missing = "error",
    axes: str | Sequence[str] | None = None,
) -> ImageFile:
    """Open an image file for encoding.

    Parameters
    ----------
    path : path-like
        The file, whose suffix names the format; or many that make one image: a folder, or a pattern such as
        ``"img_*.tif"`` or ``"img_t{time}_c{channel}.png"``, where names in braces become dims.
    scene : str or int, optional
        What to read from a file that holds several images: the name of a scene, or its number, counted from
        0. By default the first one.
    missing : {"error", "black", "trim"}
        What becomes of planes that the file promises, but lacks, because it was cut off or its recording was
        stopped: an error, black planes in their place, or the largest complete part from the beginning.
    axes : str or sequence of str, optional
        What the caller takes the axes to be. Where there are none of RGB samples, samples are channels: alpha
        is kept, and indices into a palette stay what they are.

    Returns
    -------
    ImageFile
        Its ``array`` reads the pixels as it is indexed; close it, or use it in a ``with`` block.

    Raises
    ------
    ValueError
        If the format is not supported, the file is damaged, planes are missing, or there is no such scene.
    MissingDependencyError
        If the format needs an extra that is not installed.
    OSError
        If the file cannot be read.
    """
    path = path if isinstance(path, Path) else Path(path)
    check_no_pipe(path)
    read = _reader_of(path, ReadOptions(missing, axes))
    if read is None:
        raise ValueError(f"{path}: {_unsupported(path)}")
    # Ask the file system first: what the libraries say about a missing file differs from one to the next.
    if not is_many(path):
        path.stat()
    try:
        opened = read(path, None if scene is None else str(scene))
    except ValueError as error:
        if "not a readable" not in str(error) or (kind := kind_by_content(path)) is None:
            raise
        raise ValueError(f"{error}; by its content it is {kind}: give it that suffix") from error
    except (OSError, ImportError, JPklError):
        raise
    except Exception as error:  # of a library, which may raise anything
        raise ValueError(one_line(f"{path}: cannot be read: {type(error).__name__}: {error}")) from error
    if isinstance(opened.array, LazyArray):
        opened.array.source_path = path
    return opened


def scenes_of(
    path: str | PathLike[str],
    *,
    missing: Missing = "error",
    axes: str | Sequence[str] | None = None,
    with_reduced: bool = True,
) -> tuple[str, ...]:
    """Return the names of all scenes of a file; none where its format has a single image.

    Parameters
    ----------
    path : path-like
        As for `open_image`.
    missing, axes : str, optional
        As for `open_image`.
    with_reduced : bool
        Whether to name also those that are others at a smaller scale.

    Returns
    -------
    tuple of str
        In the order in which they are counted.

    Raises
    ------
    ValueError, MissingDependencyError, OSError
        As `open_image`.
    """
    try:
        with open_image(path, missing=missing, axes=axes) as first:
            return first.scenes if with_reduced else first.full_scenes
    except ValueError as error:
        # What is wrong with the first scene may not be wrong with the others, if there are any.
        try:
            with open_image(path, 1, missing=missing, axes=axes) as second:
                return second.scenes if with_reduced else second.full_scenes
        except ValueError:
            raise error from None


def can_read(path: str | PathLike[str]) -> bool:
    """Return whether `open_image` is what opens a path: an image file, by suffix or content, or many.

    Parameters
    ----------
    path : path-like
        A file, folder or pattern.

    Returns
    -------
    bool
        Whether `open_image` is to be tried.
    """
    path = Path(path)
    return is_many(path) or suffix_of(path) in supported_suffixes() or module_of(path) is not None


def _reader_of(path: Path, options: ReadOptions) -> Reader | None:
    if (known := module_of(path)) is not None:
        name, module = known
        read: Callable[..., ImageFile] = module.read
        return partial(read, options=options) if name in WITH_OPTIONS else read
    found = next(iter(elsewhere().select(name=suffix_of(path)[1:])), None)
    return None if found is None else _of_another_package(found)


def _of_another_package(entry_point: EntryPoint) -> Reader:
    """Return the reader of another package, whose faults are said to be its own, in one line."""
    name = f"the reader {entry_point.value} for .{entry_point.name}"
    try:
        read: Reader = entry_point.load()
    except Exception as error:
        raise ValueError(one_line(f"{name} cannot be imported: {type(error).__name__}: {error}")) from error

    def read_or_say(path: Path, scene: str | None) -> ImageFile:
        try:
            return read(path, scene)
        except (OSError, ValueError, ImportError, JPklError):
            raise
        except Exception as error:
            said = f"{path}: {name} fails: {type(error).__name__}: {error}"
            raise ValueError(one_line(said)) from error

    return read_or_say


def _unsupported(path: Path) -> str:
    if path.suffix.lower() == ".jpkl":
        return "this is a JPkl file already"
    if (maker := ONLY_IN_BIO_FORMATS.get(path.suffix.lower())) is not None:
        return (
            f"{path.suffix} of {maker} is a format that only Bio-Formats reads; convert it to OME-TIFF: "
            f"bfconvert {path.name} {path.stem}.ome.tif, or Fiji: File > Import > Bio-Formats, then "
            "File > Save As > OME-TIFF"
        )
    suffix = "".join(path.suffixes[-2:]) if path.suffix.lower() == ".gz" else path.suffix
    said = f"the format {suffix!r} is not supported" if suffix else "a file without a suffix is not supported"
    near = get_close_matches(suffix.lower(), supported_suffixes(), 1, _NEARNESS) if suffix else []
    return f"{said}{''.join(f' (is it {each}?)' for each in near)}; {_WHAT_IS_READ}"

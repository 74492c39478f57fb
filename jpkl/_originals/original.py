"""An image file that is looked at without having been encoded."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np

from jpkl._bytes import LocalFile, UrlPath
from jpkl._errors import FormatError
from jpkl._originals.unmapped import UnmappedArray
from jpkl.readers import ImageFile, Missing, open_image
from jpkl.readers._file_patterns import files_of_pattern, is_pattern

if TYPE_CHECKING:
    from jpkl._encoding.options import EncodeArguments

#: Most files of a folder whose sizes and times are looked at to notice a change.
_MAX_FILES = 10_000

#: Ends of names of files that name others, in their folder or those within it, which have the pixels.
_LISTS_OF_FILES = (".oif", ".xlef", ".xlif", ".companion.ome", ".nhdr", ".nxs", "_master.h5")
#: Suffixes of files whose pixels are in another one of the same name.
_IN_PAIRS = (".hdr", ".img", ".par")
#: Suffixes of files of which several may make one image, and of one that says how.
_IN_SERIES = (".ome.tif", ".ome.tiff", ".ome.btf", ".companion.ome")
#: What is in the names of all files that Micro-Manager makes one image of.
_OF_MICRO_MANAGER = ("ndtiff", "mmstack")


@dataclass(frozen=True)
class Request:
    """What is to be read of which original, and how it is to be encoded.

    Attributes
    ----------
    path : str
        The file or folder, or a pattern of files: absolute, with the links of its folder resolved.
    scene, axes, missing
        As for `jpkl.readers.open_image`.
    encoding : tuple of (str, object)
        Keyword arguments of `jpkl.JPkl` that differ from their defaults, sorted by name.
    """

    path: str
    scene: str | None = None
    axes: str | tuple[str, ...] | None = None
    missing: Missing = "error"
    encoding: tuple[tuple[str, Any], ...] = ()

    @classmethod
    def of(
        cls,
        path: str | PathLike[str],
        scene: str | int | None = None,
        *,
        axes: str | Sequence[str] | None = None,
        missing: Missing = "error",
        **encoding: Any,
    ) -> Request:
        """Return the request that arguments as those of `jpkl.open` make."""
        # A link keeps its name, which says the format.
        folder, name = os.path.split(os.path.abspath(fspath(path)))  # noqa: PTH100
        where = os.path.join(os.path.realpath(folder), name)  # noqa: PTH118
        of_axes = axes if axes is None or isinstance(axes, str) else tuple(axes)
        return cls(
            where, None if scene is None else str(scene), of_axes, missing, tuple(sorted(encoding.items()))
        )

    @property
    def is_remote(self) -> bool:
        """Whether it is read by ranges where it is."""
        return False

    def fingerprint(self, *, with_companions: bool = False, parts: Sequence[Path] = ()) -> Fingerprint:
        """Look at the original; raises as `Fingerprint.of` does."""
        return Fingerprint.of(self.path, with_companions=with_companions, parts=parts)

    @property
    def is_listed(self) -> bool:
        """Whether its files are those that a folder has now, or a pattern of names: it takes long to look."""
        path = Path(self.path)
        return not self.is_remote and (is_pattern(path) or path.is_dir())

    def open(self) -> ImageFile:
        """Open the original.

        Raises
        ------
        ValueError, OSError, MissingDependencyError
            As `jpkl.readers.open_image` raises them.
        """
        return _unmapped(open_image(self.path, self.scene, missing=self.missing, axes=self.axes))

    def plain(self) -> dict[str, Any]:
        """Return the request as plain data."""
        return {**asdict(self), "encoding": {name: _plain(value) for name, value in self.encoding}}


@dataclass(frozen=True)
class RemoteRequest(Request):
    """A `Request` for a remote original, which is read by ranges.

    Attributes
    ----------
    url : UrlPath
        Where it is; `path` is what messages call it.
    """

    url: UrlPath = field(default_factory=lambda: UrlPath("memory://"))

    @classmethod
    def at(cls, url: UrlPath, scene: str | int | None = None, **options: Any) -> Self:
        """Return the request that the arguments of `of` make, for an original at a URL."""
        plain = Request.of("", scene, **options)
        return cls(str(url), plain.scene, plain.axes, plain.missing, plain.encoding, url)

    @property
    def is_remote(self) -> bool:
        """Whether it is read by ranges where it is."""
        return True

    def fingerprint(self, *, with_companions: bool = False, parts: Sequence[Path] = ()) -> Fingerprint:
        """Return what was opened; each range that is read is checked against it."""
        if self.url.is_store:
            return Fingerprint(0, 0)
        return Fingerprint(self.url.source.size, 0, digest=self.url.source.version)

    def open(self) -> ImageFile:
        """Open the original."""
        return open_image(self.url, self.scene, missing=self.missing, axes=self.axes)

    def plain(self) -> dict[str, Any]:
        """Return the request as plain data, without what may be secret."""
        return {**vars(self), "url": None, "encoding": {name: _plain(value) for name, value in self.encoding}}


def _unmapped(image: ImageFile) -> ImageFile:
    """Return an image without a memory map: if the file became shorter, that would end the process."""
    if not isinstance(image.array, np.memmap) or image.array.filename is None:
        return image
    if not image.array.flags.forc or image.array.ndim == 0:
        return image
    file = LocalFile(image.array.filename)

    def close() -> None:
        file.close()
        image.close()

    return replace(image, array=UnmappedArray(image.array, file), close=close)


def _plain(value: Any) -> Any:
    """Return what tells a value from others, as plain data."""
    if isinstance(value, np.ndarray):
        return [value.dtype.str, value.shape, sha256(np.ascontiguousarray(value).tobytes()).hexdigest()]
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return f"{os.getpid()} {id(value)}"  # such as a codec: nothing that another process could know again


@dataclass(frozen=True)
class Fingerprint:
    """What changes when an original does: of the file, or of all files in the folder.

    Attributes
    ----------
    nbytes, mtime_ns : int
        Size, and time of the last change.
    n_files : int
        How many files there are.
    digest : str
        Of the names, sizes and times of each of them.
    nodes, changes : str
        Digests of what only the system sets: the numbers of the files, and when something about them changed
        last. Empty where they are not known.
    """

    nbytes: int
    mtime_ns: int
    n_files: int = 1
    digest: str = ""
    nodes: str = field(default="", compare=False)
    changes: str = field(default="", compare=False)

    def is_of(self, other: Fingerprint) -> bool:
        """Return whether both are of the same files with the same contents.

        Files that were unpacked or copied may have the size and the time of what they take the place of. They
        have other numbers then, and the system knows when they got their names. A new number alone says
        nothing, as some network drives count anew each time; neither does a new time alone, as a label that
        somebody gives to a file changes that.

        Parameters
        ----------
        other : Fingerprint
            The same, at another time.

        Returns
        -------
        bool
            False where anything says that they changed.
        """
        return self == other and (self.nodes == other.nodes or self.changes == other.changes)

    @classmethod
    def of(
        cls, path: str | Path, *, with_companions: bool = False, parts: Sequence[Path] = ()
    ) -> Fingerprint:
        """Look at an original.

        Parameters
        ----------
        path : path-like
            The file or folder, or a pattern of files.
        with_companions : bool
            Whether to look also at the files beside it that may be part of it.
        parts : sequence of Path
            Other files that are part of it.

        Returns
        -------
        Fingerprint
            As the files are now.

        Raises
        ------
        OSError
            If it is not there, or no file matches the pattern.
        ValueError
            If a name in the braces of a pattern cannot be that of a dim.
        """
        path = path if isinstance(path, Path) else Path(path)  # which may lead to a remote file
        files = _files_of(path)
        if with_companions or parts:
            beside = filter(_may_be_part, _companions(path)) if with_companions else ()
            files = sorted({*files, *parts, *beside})
        found = [(os.fspath(file), file.stat()) for file in files]
        each = [(name, status.st_size, status.st_mtime_ns) for name, status in found]
        return cls(
            sum(size for _, size, _ in each),
            max((time for *_, time in each), default=0),
            len(each),
            _digest(each),
            _digest([status.st_ino for _, status in found]),
            _digest([status.st_ctime_ns for _, status in found]),
        )


def _digest(values: object) -> str:
    return sha256(repr(values).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _files_of(path: Path) -> list[Path]:
    if is_pattern(path):
        return [file for file in files_of_pattern(path).paths if file is not None]
    return sorted(_files_in(path)) if path.is_dir() else [path]


def _companions(path: Path) -> list[Path]:
    """Return files in which an original may have some of its pixels."""
    name = path.name.lower()
    if name.endswith(_LISTS_OF_FILES):
        return _files_in(path.parent)
    if name.endswith(_IN_PAIRS):
        return [file for file in path.parent.iterdir() if file.stem == path.stem and file.is_file()]
    if name.endswith(_IN_SERIES):
        return [file for file in path.parent.iterdir() if file.name.lower().endswith(_IN_SERIES)]
    for mark in _OF_MICRO_MANAGER:
        if mark in name:
            return [file for file in path.parent.iterdir() if mark in file.name.lower() and file.is_file()]
    return []


def _may_be_part(file: Path) -> bool:
    """Return whether a file may belong to an original: not a stack, nor one that is being written."""
    return ".jpkl" not in file.name.lower()


def _files_in(folder: Path) -> list[Path]:
    found: list[Path] = []
    for where, _, names in os.walk(folder):
        found += [Path(where, name) for name in names]
        if len(found) >= _MAX_FILES:
            break
    return [file for file in found[:_MAX_FILES] if file.is_file()]


@dataclass(frozen=True)
class Original:
    """An opened original.

    Attributes
    ----------
    request : Request
        What it was opened by.
    source : ImageFile
        Its pixels and metadata.
    fingerprint : Fingerprint
        Of the file when it was opened.
    kept_by : Fingerprint
        The same with files beside it that may be part of it: what is kept of it is found by this.
    """

    request: Request
    source: ImageFile
    fingerprint: Fingerprint
    kept_by: Fingerprint

    @classmethod
    def open(cls, request: Request) -> Original:
        """Open an original; raises as `Request.open` does."""
        try:
            before = request.fingerprint()
            kept_by = request.fingerprint(with_companions=True)
        except (OSError, ValueError):
            request.open().close()  # says best what is wrong with a path
            raise
        source = request.open()
        try:
            now = request.fingerprint(parts=source.parts)  # which nobody knew before
            cls(request, replace(source, parts=()), before, kept_by).check_unchanged()
        except BaseException:
            source.close()
            raise
        return cls(request, source, now, kept_by)

    def check_unchanged(self) -> None:
        """Raise if the file is no longer what was opened: its frames would be those of another stack.

        Raises
        ------
        FormatError
            If a name, size or time has changed, or it is gone.
        """
        try:
            is_same = self.request.fingerprint(parts=self.source.parts).is_of(self.fingerprint)
        except (OSError, ValueError) as error:
            raise FormatError("it was moved or deleted while it was open", path=self.request.path) from error
        if not is_same:
            raise FormatError("it has changed since it was opened; open it again", path=self.request.path)

    def encode_arguments(self) -> EncodeArguments:
        """Return the keyword arguments by which `jpkl.JPkl` and ``jpkl encode`` encode it."""
        axes = self.source.axes if self.request.axes is None else self.request.axes
        wanted = cast("EncodeArguments", dict(self.request.encoding))
        return {"axes": axes, "metadata": self.source.metadata, **wanted}

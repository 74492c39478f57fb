"""An image file that is looked at without having been encoded."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from jpkl._errors import FormatError
from jpkl.readers import ImageFile, Missing, open_image
from jpkl.readers._file_patterns import files_of_pattern, is_pattern

#: Files of a folder whose sizes and times are looked at: those of more say no more about a change.
_MAX_FILES = 10_000


@dataclass(frozen=True)
class Request:
    """What is to be read of which original, and how it is to be encoded.

    Attributes
    ----------
    path : str
        The file or folder, absolute, links resolved; or a pattern of files.
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
        where = os.path.realpath(path) if Path(path).exists() else os.path.abspath(fspath(path))  # noqa: PTH100
        of_axes = axes if axes is None or isinstance(axes, str) else tuple(axes)
        return cls(
            where, None if scene is None else str(scene), of_axes, missing, tuple(sorted(encoding.items()))
        )

    def open(self) -> ImageFile:
        """Open the original.

        Raises
        ------
        ValueError, OSError, MissingDependencyError
            As `jpkl.readers.open_image` raises them.
        """
        return open_image(self.path, self.scene, missing=self.missing, axes=self.axes)

    def plain(self) -> dict[str, Any]:
        """Return the request as plain data."""
        return {**asdict(self), "encoding": {name: repr(value) for name, value in self.encoding}}


@dataclass(frozen=True)
class Fingerprint:
    """Numbers that change when an original does: those of the file, or of all files in the folder."""

    nbytes: int
    mtime_ns: int
    n_files: int = 1

    @classmethod
    def of(cls, path: str) -> Fingerprint:
        """Look at an original.

        Raises
        ------
        OSError
            If it is not there.
        ValueError
            If nothing has a name as a pattern asks for.
        """
        if is_pattern(Path(path)):
            found = [each.stat() for each in files_of_pattern(Path(path)).paths if each is not None]
        elif Path(path).is_dir():
            found = [each.stat() for each in _files_in(Path(path))]
        else:
            found = [Path(path).stat()]
        sizes, times = (0, *(each.st_size for each in found)), (0, *(each.st_mtime_ns for each in found))
        return cls(sum(sizes), max(times), len(found))


def _files_in(folder: Path) -> list[Path]:
    found = []
    for where, _, names in os.walk(folder):
        found += [Path(where, name) for name in names]
        if len(found) >= _MAX_FILES:
            break
    return found[:_MAX_FILES]


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
    """

    request: Request
    source: ImageFile
    fingerprint: Fingerprint

    @classmethod
    def open(cls, request: Request) -> Original:
        """Open an original; raises as `Request.open` does."""
        source = request.open()
        try:
            return cls(request, source, Fingerprint.of(request.path))
        except BaseException:
            source.close()
            raise

    def check_unchanged(self) -> None:
        """Raise if the file is no longer what was opened: its frames would be those of another stack.

        Raises
        ------
        FormatError
            If its size or time has changed, or it is gone.
        """
        # Of many files, this would take longer than the frame.
        if self.fingerprint.n_files != 1:
            return
        try:
            is_same = Fingerprint.of(self.request.path) == self.fingerprint
        except OSError as error:
            raise FormatError("it was moved or deleted while it was open", path=self.request.path) from error
        if not is_same:
            raise FormatError("it has changed since it was opened; open it again", path=self.request.path)

    def encode_arguments(self) -> dict[str, Any]:
        """Return the keyword arguments by which `jpkl.JPkl` and ``jpkl encode`` encode it."""
        axes = self.source.axes if self.request.axes is None else self.request.axes
        return {"axes": axes, "metadata": self.source.metadata, **dict(self.request.encoding)}

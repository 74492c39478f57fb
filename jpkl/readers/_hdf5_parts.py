"""Pixels that an HDF5 file has in other files: by links, as virtual arrays, or as raw bytes."""

from __future__ import annotations

import glob
import re
from collections.abc import Iterator
from itertools import count, takewhile
from pathlib import Path
from typing import Any

from jpkl.readers._other_files import check_is_beside

#: What HDF5 replaces in the names of sources: a percent sign, or a number of which there may be many.
_PATTERN = re.compile(r"%%|%\d*b")


def check_parts(path: Path, node: Any, seen: set[tuple[str, str]] | None = None) -> None:
    """Raise unless all that an array or a group is made of is in a file, or beside it.

    Parameters
    ----------
    path : Path
        The file.
    node : h5py.Dataset or h5py.Group
        What was found there, perhaps by a link.
    seen : set, optional
        What has been checked: virtual arrays can be made of each other.

    Raises
    ------
    ValueError
        If a part of it is elsewhere.
    """
    seen = set() if seen is None else seen
    holder = Path(node.file.filename)
    if (key := (str(holder), str(node.name))) in seen:
        return
    seen.add(key)
    if holder.exists() and holder.absolute() != path.absolute():  # HDF5 has no name for one at a URL
        check_is_beside(path, holder)
    for name, *_ in getattr(node, "external", None) or ():
        check_is_beside(path, name)  # if it is relative, to the folder that we are in
    if getattr(node, "is_virtual", False):
        for source in node.virtual_sources():
            for file in _files_of(source.file_name, node.file, path):
                for array in _arrays_of(source.dset_name, file):
                    check_parts(path, array, seen)


def parts_of(path: Path, node: Any) -> tuple[Path, ...]:
    """Return the other HDF5 files that an array is made of; raises as `check_parts` does."""
    seen = set[tuple[str, str]]()
    check_parts(path, node, seen)
    found = sorted({Path(file) for file, _ in seen})
    return tuple(file for file in found if file.exists() and file.absolute() != path.absolute())


def _files_of(name: str, holder: Any, path: Path) -> Iterator[Any]:
    """Iterate over the files of a source, open while they are looked at."""
    import h5py

    if name == ".":
        yield holder
        return
    escaped, is_many = _as_glob(name)
    for folder in (Path(holder.filename).absolute().parent, Path.cwd()):  # where HDF5 looks
        place = folder / escaped
        for found in sorted(glob.glob(f"{place}")) if is_many else [folder / _numbered(name, 0)]:  # noqa: PTH207
            if Path(found).exists():
                check_is_beside(path, found)
                try:
                    file = h5py.File(found, "r")
                except OSError:  # HDF5 has fill values in its place, too
                    continue
                with file:
                    yield file


def _arrays_of(name: str, file: Any) -> Iterator[Any]:
    numbers = count() if _as_glob(name)[1] else range(1)
    names = (_numbered(name, number) for number in numbers)
    yield from takewhile(lambda found: found is not None, map(file.get, names))


def _numbered(name: str, number: int) -> str:
    return _PATTERN.sub(lambda found: "%" if found[0] == "%%" else str(number), name)


def _as_glob(name: str) -> tuple[str, bool]:
    """Return a pattern for the files of a source, and whether there may be many."""
    parts = _PATTERN.split(name)
    found = _PATTERN.findall(name)
    joined = glob.escape(parts[0])
    for said, part in zip(found, parts[1:], strict=True):
        joined += ("%" if said == "%%" else "*") + glob.escape(part)
    return joined, any(said != "%%" for said in found)

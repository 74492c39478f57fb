"""Files that another file names as its parts: they are read only if they are in its folder.

Who opens a file from elsewhere, or has others look at a folder, does not expect that it shows what else its
reader may read: the name of a part can be ``../../private.tif``, or begin with a slash.
"""

from __future__ import annotations

import os
from pathlib import Path

from jpkl._bytes import UrlPath


def check_is_beside(path: Path, part: str | os.PathLike[str]) -> None:
    """Raise unless a part of a file is in the folder of that, or in a folder there.

    Links may lead elsewhere: they are made by who has the folder, not by who wrote the file. Where the file
    is one, or is in a folder that is one, its folder is also the one that it really is in.

    Parameters
    ----------
    path : Path
        The file, which has its folder to itself if it is at a URL.
    part : path-like
        A file that it names, as it would be opened.

    Raises
    ------
    ValueError
        If it is elsewhere.
    """
    found = Path(os.path.abspath(part))  # noqa: PTH100 - links stay links
    folders = _folders(path)
    if not any(found.is_relative_to(folder) or _has_link_to(found, folder) for folder in folders):
        raise ValueError(
            f"{path}: parts of it are in {found}, which is not in its folder; put them, or links to "
            "them, beside it, so that it names them there"
        )


def _folders(path: Path) -> list[Path]:
    if isinstance(path, UrlPath):
        return []
    return [Path(name).parent for name in (os.path.abspath(path), os.path.realpath(path))]  # noqa: PTH100


def _has_link_to(part: Path, folder: Path) -> bool:
    """Return whether a link in a folder leads to a file: libraries may name it by where it really is."""
    try:
        links = [entry for entry in os.scandir(folder) if entry.is_symlink()]
    except OSError:
        return False
    return any(os.path.realpath(link.path) == os.path.realpath(part) for link in links)

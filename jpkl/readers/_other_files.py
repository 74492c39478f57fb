"""Files that another names as its parts, which are read only where they are in its folder.

Who opens a file from elsewhere, or has others look at a folder, does not expect that it shows what else its
reader may read: the name of a part can be ``../../private.tif``, or begin with a slash.
"""

from __future__ import annotations

import os
from pathlib import Path

from jpkl._bytes import UrlPath


def check_is_beside(path: Path, part: str | os.PathLike[str]) -> None:
    """Raise unless a part of a file is in the folder of that, or in a folder there.

    What links lead to does not count: they are made by who has the folder, not by who wrote the file.

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
    folder = None if isinstance(path, UrlPath) else Path(os.path.abspath(path)).parent  # noqa: PTH100
    found = Path(os.path.abspath(part))  # noqa: PTH100 - links stay links
    if folder is None or not found.is_relative_to(folder):
        raise ValueError(
            f"{path}: parts of it are in {found}, which is not in its folder; put them, or links to "
            "them, beside it, so that it names them there"
        )

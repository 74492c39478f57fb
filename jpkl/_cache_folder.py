"""Where caches are kept."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

#: Names the folder.
FOLDER_VARIABLE = "JPKL_CACHE_DIR"


def cache_folder() -> Path:
    """Return where caches are: what ``JPKL_CACHE_DIR`` names, else where the system keeps those of a user.

    Returns
    -------
    pathlib.Path
        The folder, which may not be there yet.
    """
    named = os.environ.get(FOLDER_VARIABLE)
    return Path(named) if named else platformdirs.user_cache_path("jpkl", appauthor=False)

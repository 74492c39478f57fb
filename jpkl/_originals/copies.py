"""Local copies of remote originals, for readers that need a file of this machine."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jpkl._bytes.download import download
from jpkl._bytes.urls import shown_url, url_name
from jpkl._errors import FormatError, FrameError, JPklError


class LocalCopy:
    """A copy in a temporary folder, which is removed with this object, or when the process ends.

    Parameters
    ----------
    url : str
        The original.
    storage_options : mapping, optional
        Options of the file system of the URL.
    progress : bool
        Whether to show a progress bar.

    Attributes
    ----------
    url : str
        As messages have it.
    path : Path
        The copy, which has the name of the original.

    Raises
    ------
    OSError
        If it cannot be copied.
    """

    def __init__(
        self, url: str, storage_options: Mapping[str, Any] | None = None, *, progress: bool = False
    ) -> None:
        self.url = shown_url(url)
        folder = Path(tempfile.mkdtemp(prefix="jpkl-"))
        self._remove = weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)
        self.path = folder / (url_name(url) or "original")
        from tqdm import tqdm

        try:
            with tqdm(
                desc="Downloading", unit="B", unit_scale=True, disable=not progress, leave=False
            ) as bar:

                def watch(n: int, total: int) -> None:
                    bar.total = total
                    bar.update(n)

                download(url, self.path, storage_options, watch)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def naming_original(self) -> Iterator[None]:
        """Have errors name the original: the path of the copy says nothing to anybody."""
        try:
            yield
        except (JPklError, OSError, ValueError, TypeError) as error:
            if str(self.path) not in str(error):
                raise
            if isinstance(error, FormatError | FrameError):
                error.message = error.message.replace(str(self.path), self.url)
                error.path = self.url if error.path == str(self.path) else error.path
                raise
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(str(error).replace(str(self.path), self.url)) from error

    def close(self) -> None:
        """Remove it."""
        self._remove()

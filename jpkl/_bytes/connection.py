"""File systems of fsspec, one for each process."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from typing import Any, TypeVar

from jpkl._bytes.failures import saying_what
from jpkl._bytes.urls import shown_url
from jpkl._errors import MissingDependencyError

Result = TypeVar("Result")

#: Which extras have packages that file systems need.
_EXTRAS = {"aiohttp": "remote", "s3fs": "s3"}

#: What servers have been asked for, and have not answered.
_under_way: set[Future[Any]] = set()

#: What a forked process must not end: its parent uses the same connections.
_of_parents: list[Any] = []


def _forget_loop() -> None:
    """Have a forked process start an event loop of its own; older versions of fsspec do not see to that."""
    asyn = sys.modules.get("fsspec.asyn")
    if asyn is not None:
        asyn.reset_lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_loop)


class Connection:
    """The file system of a URL.

    A forked process makes one of its own, as it has the event loop of its parent, but not the thread which
    runs that.

    Parameters
    ----------
    url : str
        The URL.
    options : mapping
        Options of the file system: ``storage_options``.

    Raises
    ------
    MissingDependencyError
        If it needs a package that is not installed.
    OSError
        If there is no such file system, or it does not take such options.
    """

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        self._url = url
        self._options = dict(options)
        self._pid = os.getpid()
        self._made, self.path = self._make()

    @property
    def filesystem(self) -> Any:
        """The file system, for this process."""
        if self._pid != os.getpid():
            _of_parents.append(self._made)
            self._made, self.path = self._make()
            self._pid = os.getpid()
        return self._made

    def _make(self) -> tuple[Any, str]:
        shown = shown_url(self._url)
        try:
            from fsspec.core import url_to_fs
        except ImportError as error:
            raise MissingDependencyError(f"Opening {shown}", "remote") from error
        try:
            with saying_what(self._url):
                filesystem, path = url_to_fs(self._url, **self._options)
        except ImportError as error:  # the file system of this scheme needs a package of its own
            found = [(package, extra) for package, extra in _EXTRAS.items() if package in str(error)]
            package, extra = found[0] if found else (str(error), "")
            raise MissingDependencyError(f"Opening {shown}", extra, package) from error
        return filesystem, str(path)

    def submit(self, work: Callable[[Any], Coroutine[Any, Any, Result]]) -> Future[Result]:
        """Begin to do something with the file system, in its event loop."""
        filesystem = self.filesystem
        future = asyncio.run_coroutine_threadsafe(work(filesystem), filesystem.loop)
        _under_way.add(future)
        future.add_done_callback(_under_way.discard)
        return future


def give_up_requests() -> None:
    """Ask no server for anything any more, as the process is about to end: it would wait for all of them."""
    for future in list(_under_way):
        future.cancel()


def result_of(future: Future[Result]) -> Result:
    """Wait for what was begun; if that is interrupted, it is given up."""
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise

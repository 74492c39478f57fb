"""Catch errors that a C extension cannot raise, and that Python prints instead."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


class _Watch(threading.local):
    """Of each thread: the module whose errors are caught, and what was."""

    module = ""
    caught: BaseException | None = None


_watch = _Watch()
_before: Callable[[Any], Any] = sys.__unraisablehook__


@contextmanager
def raised_from(module: str) -> Iterator[None]:
    """Raise at the end of the block what a module was unable to raise in this thread.

    Python has one hook for all of these, which whoever comes last replaces: so it is looked at each time.
    """
    global _before
    if sys.unraisablehook is not _hook:
        _before, sys.unraisablehook = sys.unraisablehook, _hook
    _watch.module, _watch.caught = module, None
    try:
        yield
    finally:
        _watch.module = ""
    if _watch.caught is not None:
        raise RuntimeError(str(_watch.caught))


def _hook(unraisable: Any) -> None:
    if _watch.module and str(unraisable.object).startswith(_watch.module):
        _watch.caught = unraisable.exc_value
        return
    module, _watch.module = _watch.module, ""
    before = _before
    try:
        (sys.__unraisablehook__ if before is _hook else before)(unraisable)
    finally:
        _watch.module = module

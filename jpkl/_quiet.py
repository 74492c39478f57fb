"""Warnings of libraries that nobody is to see, whichever thread they come from."""

from __future__ import annotations

import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_LOCK = threading.Lock()
_silenced: list[warnings.catch_warnings[None]] = []
_n_quiet = 0


@contextmanager
def quiet() -> Iterator[None]:
    """Show no warnings in a ``with`` block.

    The filters of warnings are those of all threads: of several that restore what they have found, the last
    may restore what the first has set, and nothing is shown ever after. Here the last to leave restores what
    the first has found.
    """
    if getattr(sys.flags, "context_aware_warnings", False):  # each thread has filters of its own
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
        return
    global _n_quiet  # noqa: PLW0603
    with _LOCK:
        if _n_quiet == 0:
            _silenced.append(warnings.catch_warnings())
            _silenced[0].__enter__()
            warnings.simplefilter("ignore")
        _n_quiet += 1
    try:
        yield
    finally:
        with _LOCK:
            _n_quiet -= 1
            if _n_quiet == 0:
                _silenced.pop().__exit__(None, None, None)

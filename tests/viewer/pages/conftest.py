"""Fixtures of tests of pages."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _own_handler_of_ctrl_c() -> Iterator[None]:
    """Undo what apps under ``panel serve`` do about Ctrl-C, which other tests send."""
    before = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, before)

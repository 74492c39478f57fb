"""What signals do while the modules of a command are imported, which takes longer than some commands."""

from __future__ import annotations

import os
import signal
from types import FrameType


def end_quietly() -> None:
    """Have Ctrl-C end this process without a traceback, unless a shell has it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, end_at_once)


def end_at_once(signum: int, frame: FrameType | None) -> None:
    """End with the exit code that shells report of a signal: nothing was begun that is to be cleaned up."""
    os._exit(128 + signum)

"""What a command does before its modules are imported, which takes longer than some commands."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType


def end_quietly() -> None:
    """Have Ctrl-C end this process without a traceback, unless a shell has it ignored."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, end_at_once)


def end_at_once(signum: int, frame: FrameType | None) -> None:
    """End with the exit code that shells report of a signal: nothing was begun that is to be cleaned up."""
    os._exit(128 + signum)


def open_streams() -> None:
    """Open what was closed of stdin, stdout and stderr, as by ``>&-`` or a service manager, on nothing.

    A file that is opened later would else get the number of one, and what libraries print in its middle.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115

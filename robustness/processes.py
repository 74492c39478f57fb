"""Actions in processes of their own, which can be killed, and whose end is looked at."""

from __future__ import annotations

import os
import signal
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

from jpkl import JPklError

#: Called by an action when another frame of it is written.
Written = Callable[[], object]


class Process:
    """An action in a process of its own, which starts in a folder."""

    def __init__(self, action: Callable[[Written], object], folder: Path) -> None:
        self._says, tells = os.pipe()
        self.pid = os.fork()
        if not self.pid:
            os._exit(_act(action, folder, tells))
        os.close(tells)
        os.read(self._says, 1)  # it is about to begin

    def kill(self) -> int:
        """Kill it; return how many frames it had written."""
        os.kill(self.pid, signal.SIGKILL)
        return self.wait()[0]

    def wait(self) -> tuple[int, int, str]:
        """Wait for its end; return the frames, the exit code, and what went wrong."""
        with open(self._says, "rb") as said:
            told = said.read()
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        frames = len(told) - len(told.lstrip(b"."))
        return frames, code, told[frames:].decode(errors="replace")


def _act(action: Callable[[Written], object], folder: Path, tells: int) -> int:
    try:
        os.chdir(folder)
        os.write(tells, b"+")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            action(lambda: os.write(tells, b"."))
    except (JPklError, OSError) as error:
        os.write(tells, repr(error).encode())
        return 7
    except BaseException:
        os.write(tells, traceback.format_exc().encode())
        return 1
    return 0


def do(action: Callable[[Written], object], folder: Path) -> tuple[int, str]:
    """Do something in a process of its own; return its exit code (7 for a documented error) and the error."""
    return Process(action, folder).wait()[1:]


def must_work(action: Callable[[Written], object], folder: Path) -> None:
    """Do something in a process of its own, which has to succeed."""
    code, said = do(action, folder)
    assert code == 0, said

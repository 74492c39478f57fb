"""Locks on open files, which end with the process that holds them, however it ends."""

from __future__ import annotations

import os
import sys
from enum import Enum, auto


class Lock(Enum):
    """What came of trying to lock a file."""

    TAKEN = auto()
    HELD_BY_ANOTHER = auto()
    NOT_SUPPORTED = auto()


if sys.platform == "win32":
    import msvcrt

    #: A byte that is locked in place of the file. Others cannot read it meanwhile, so it is one that few
    #: files have; 32 bits can name it, as the system's call takes no more.
    _BYTE = 0x7FFFFFFE

    def try_lock(descriptor: int) -> Lock:
        """Lock an open file against everybody else who asks, without waiting."""
        before = os.lseek(descriptor, 0, os.SEEK_CUR)
        os.lseek(descriptor, _BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return Lock.HELD_BY_ANOTHER
        except OSError:
            return Lock.NOT_SUPPORTED
        finally:
            os.lseek(descriptor, before, os.SEEK_SET)
        return Lock.TAKEN

else:
    try:
        import fcntl
    except ImportError:  # Python in a browser, which has one process

        def try_lock(descriptor: int) -> Lock:
            """Lock an open file against everybody else who asks, without waiting."""
            return Lock.NOT_SUPPORTED

    else:

        def try_lock(descriptor: int) -> Lock:
            """Lock an open file against everybody else who asks, without waiting."""
            try:  # not lockf, whose locks end as soon as the process closes the file anywhere
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return Lock.HELD_BY_ANOTHER
            except OSError:  # file systems of a network do not all have locks
                return Lock.NOT_SUPPORTED
            return Lock.TAKEN

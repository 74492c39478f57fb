"""Work in processes whose threads run out while a pool of them starts."""

from __future__ import annotations

import contextlib
import os
import random
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import jpkl
from jpkl import JPkl
from jpkl._pipeline import shutdown_pools
from robustness.processes import Process, Written, must_work

_SHAPE = (64, 64, 90)

#: More than there are cores here, so that some start and others do not.
_WORKERS = 6


def _pixels() -> np.ndarray[Any, Any]:
    return np.random.default_rng(3).integers(0, 256, _SHAPE).astype(np.uint8)


def _read(path: Path) -> None:
    found = JPkl(_pixels(), workers=_WORKERS)[...]
    with JPkl.load(path) as stack:
        assert np.array_equal(stack[...], found), "other pixels"


def _encode(path: Path) -> None:
    JPkl(_pixels(), workers=_WORKERS).save("y.jpkl")
    _is_the_same(path)


def _encode_by_blocks(path: Path) -> None:
    jpkl.encode(_pixels(), "y.jpkl", workers=_WORKERS)
    _is_the_same(path)


def _is_the_same(path: Path) -> None:
    assert Path("y.jpkl").read_bytes() == path.read_bytes(), "another file"


_DEEDS = (_read, _encode, _encode_by_blocks)


def no_threads(rng: random.Random, folder: Path, n: int) -> int:
    """Read and encode where few more threads can be started, or none: the right frames."""
    here = folder / "threads"
    here.mkdir()
    must_work(lambda written: JPkl(_pixels(), workers=1).save("x.jpkl"), here)
    here.chmod(0o777)
    for number in range(n):
        deed, more = _DEEDS[number % len(_DEEDS)], rng.randrange(_WORKERS)
        code, said = Process(_limited(deed, more), here).wait()[1:]
        assert code == 0, f"{deed.__name__}, {more} threads: {said}"
    return n


def _limited(deed: Callable[[Path], object], more: int) -> Callable[[Written], object]:
    def act(written: Written) -> None:
        deed(Path("x.jpkl"))  # imports what it needs, which another user may not read
        shutdown_pools()
        if os.geteuid() == 0:  # whom no limit holds
            os.setuid(65534)
        limit = _threads_of(os.getuid()) + more
        resource.setrlimit(resource.RLIMIT_NPROC, (limit, limit))
        deed(Path("x.jpkl"))

    return act


def _threads_of(user: int) -> int:
    """Count the threads of a user, which are what the system limits."""
    n = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            said = dict(line.split(":", 1) for line in status.read_text().splitlines())
            n += int(said["Threads"]) if int(said["Uid"].split()[0]) == user else 0
    return n

"""Writers that are killed while their files are looked at."""

from __future__ import annotations

import contextlib
import random
import time
from pathlib import Path
from typing import Any

import numpy as np

from jpkl import IncompleteStackError, JPkl, JPklError, JPklWriter
from robustness.processes import Process, Written

_SIDE, _N = 48, 60


def followed_kills(rng: random.Random, folder: Path, n: int) -> int:
    """Kill writers whose file is open: all that they have written is seen, and is as it was."""
    for number in range(n):
        here = folder / f"followed{number}"
        here.mkdir()
        process = Process(_writes(rng.choice((0.0, 0.001, 0.003))), here)
        stack = _opened(here / "x.jpkl", time.monotonic() + rng.random() * 0.2)
        end = time.monotonic() + rng.random() ** 2 * 0.2
        while stack is not None and time.monotonic() < end:
            stack.refresh()
            _check(stack, rng)
        n_written = process.kill()
        _check_end(stack or _opened(here / "x.jpkl", time.monotonic()), n_written)
    return n


def _frame(i: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(i).integers(0, 256, (_SIDE, _SIDE)).astype(np.uint8)


def _writes(pause: float) -> Any:
    def write(written: Written) -> None:
        with JPklWriter("x.jpkl", (_SIDE, _SIDE), (_N,), jpeg_tables="standard") as writer:
            for i in range(_N):
                writer[i] = _frame(i)
                written()
                time.sleep(pause)

    return write


def _opened(path: Path, until: float) -> JPkl | None:
    """Open a file as soon as it has a frame, if that is before some moment."""
    while True:
        with contextlib.suppress(IncompleteStackError, FileNotFoundError):
            return JPkl.load(path, partial=True)
        if time.monotonic() >= until:
            return None


def _check(stack: JPkl, rng: random.Random) -> None:
    there = np.flatnonzero(stack.written)
    i = int(rng.choice(there))
    assert np.array_equal(stack[..., i], _expected(i)), f"frame {i} is not as it was written"
    missing = np.flatnonzero(~stack.written)
    if missing.size:
        with contextlib.suppress(JPklError):  # or it has come meanwhile
            last = int(missing[-1])
            assert np.array_equal(stack[..., last], _expected(last)), f"frame {last} was not written"


def _expected(i: int) -> np.ndarray[Any, Any]:
    found: np.ndarray[Any, Any] = JPkl(_frame(i), jpeg_tables="standard")[...]
    return found


def _check_end(stack: JPkl | None, n_written: int) -> None:
    if stack is None:
        assert n_written == 0, f"{n_written} frames were written, and nothing can be opened"
        return
    with stack:
        stack.refresh()
        assert not stack.is_growing, "it seems to grow, though its writer is gone"
        n_seen = int(stack.written.sum())
        assert n_seen >= n_written, f"{n_written} frames were written, and {n_seen} are seen"
        for i in np.flatnonzero(stack.written):
            assert np.array_equal(stack[..., i], _expected(int(i))), f"frame {i} is not as it was written"

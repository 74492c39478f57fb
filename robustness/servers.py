"""Servers that die, change their files, send too little, and lie about what they send."""

from __future__ import annotations

import contextlib
import io
import random
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import jpkl
from jpkl import JPkl, JPklError
from jpkl._bytes import transport
from robustness.processes import Written, must_work
from tests.tools.range_server import RangeServer, range_server

_SHAPE = (64, 64, 30)
#: Tables that are fitted depend on the stack; frames are to be the same in part of it.
_TABLES: dict[str, Any] = {"jpeg_tables": "standard"}

#: Servers that one process reads from.
_N_VISITS = 10

#: What a server does instead of answering; see `RangeServer`.
_FAULTS = (
    "drop",
    "half",
    "503",
    "404",
    "416",
    "whole",
    "elsewhere",
    "shifted",
    "longer",
    "endless",
    "wrong total",
    "many digits",
    "packed",
    "zeros",
)


def bad_servers(rng: random.Random, folder: Path, n: int) -> int:
    """Read stacks and originals from servers with faults: the right frames, or an error."""
    seeds = [rng.randrange(2**32) for _ in range(n)]
    for start in range(0, n, _N_VISITS):  # what they need is imported once for each process
        must_work(_visits(seeds[start : start + _N_VISITS]), folder)
    return n


def _visits(seeds: Sequence[int]) -> Callable[[Written], None]:
    def visit(written: Written) -> None:
        for seed in seeds:
            _visit(random.Random(seed))

    return visit


def _pixels(seed: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).integers(0, 256, _SHAPE).astype(np.uint8)


def _stack(seed: int) -> JPkl:
    return JPkl(_pixels(seed), **_TABLES)


def _files(seed: int) -> dict[str, bytes]:
    """Return a stack and an original, by their paths on the server."""
    stack, original = io.BytesIO(), io.BytesIO()
    _stack(seed).save(stack)
    np.save(original, _pixels(seed))
    return {"/x.jpkl": stack.getvalue(), "/x.npy": original.getvalue()}


def _visit(rng: random.Random) -> None:
    transport._WAITS = (0.001,) * 2
    expected = _stack(0)[...]
    with range_server() as server:
        server.files.update(_files(0))
        server.has_tags = rng.random() < 0.7
        if rng.random() < 0.3:  # from the start
            server.faults = rng.choices(_FAULTS, k=rng.randrange(1, 4))
        name = rng.choice(("/x.jpkl", "/x.jpkl", "/x.npy"))
        stack = _opened(f"{server.url}{name}")
        if stack is None:
            return
        with stack:
            for _ in range(12):
                _harm(rng, server)
                i = rng.randrange(_SHAPE[2])
                with contextlib.suppress(JPklError, OSError):
                    found = stack[..., i : i + rng.randrange(1, 5)].astype(int)
                    wanted = expected[..., i : i + found.shape[-1]].astype(int)
                    assert np.abs(found - wanted).mean() < 1, f"{name}, frame {i}: other pixels"
            _check_recovers(server, stack, name, expected)


def _opened(url: str) -> JPkl | None:
    try:
        return jpkl.open(url, **({} if url.endswith(".jpkl") else _TABLES))
    except (JPklError, OSError, ValueError):
        return None


def _harm(rng: random.Random, server: RangeServer) -> None:
    """Have something go wrong, or nothing."""
    match rng.randrange(6):
        case 0:
            server.faults = rng.choices(_FAULTS, k=rng.randrange(1, 6))
        case 1 if rng.random() < 0.3:  # a server that keeps no versions would be believed: it says no other
            server.files, server.version = _files(1), server.version + 1
        case 2 if rng.random() < 0.2:
            server.files = {}
        case _:
            server.faults = []


def _check_recovers(server: RangeServer, stack: JPkl, name: str, expected: np.ndarray[Any, Any]) -> None:
    """Check that what was there at first can be read when it is there again."""
    server.faults, server.version = [], 1
    server.files = _files(0)
    found = stack[...].astype(int)
    assert np.abs(found - expected.astype(int)).mean() < 1, f"{name}: other pixels"

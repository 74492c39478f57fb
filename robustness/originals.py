"""Originals that other programs change while their frames are looked at, encoded and saved."""

from __future__ import annotations

import contextlib
import random
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import jpkl
from jpkl import JPkl, JPklError
from robustness.changes import CHANGES
from robustness.processes import Written, must_work

_SHAPE = (12, 48, 64)

#: What the documentation says that may come of it.
_ERRORS = (JPklError, OSError, ValueError)


def _pixels(seed: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).integers(0, 60_000, _SHAPE).astype(np.uint16)


def _save_npy(path: Path, pixels: np.ndarray[Any, Any]) -> None:
    np.save(path, np.moveaxis(pixels, 0, -1))


def _save_npz(path: Path, pixels: np.ndarray[Any, Any]) -> None:
    np.savez_compressed(path, a=np.moveaxis(pixels, 0, -1))


def _save_tif(path: Path, pixels: np.ndarray[Any, Any], **options: Any) -> None:
    import tifffile

    tifffile.imwrite(path, pixels, imagej=not options, metadata={"axes": "TYX"}, **options)


def _save_compressed_tif(path: Path, pixels: np.ndarray[Any, Any]) -> None:
    _save_tif(path, pixels, compression="zlib", ome=True)


def _save_h5(path: Path, pixels: np.ndarray[Any, Any]) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        file.create_dataset("a", data=pixels, chunks=(1, *_SHAPE[1:]), compression="gzip")


#: How originals are made, by their suffixes.
KINDS: dict[str, Callable[[Path, np.ndarray[Any, Any]], None]] = {
    ".npy": _save_npy,
    ".npz": _save_npz,
    ".tif": _save_tif,
    ".ome.tif": _save_compressed_tif,
    ".h5": _save_h5,
}


def changed_originals(rng: random.Random, folder: Path, n: int) -> int:
    """Change originals at random moments: the frames from before, or an error; never a file of both."""
    cases = [(suffix, change) for suffix in KINDS for change in CHANGES]
    rng.shuffle(cases)
    made = {suffix: _made(suffix, folder) for suffix in KINDS}
    for number in range(n):
        suffix, change = cases[number % len(cases)]
        here = folder / f"original{number}"
        here.mkdir()
        for path in made[suffix]:
            shutil.copy(path, here)
        delay = rng.choice((0.0, rng.random() ** 3 * 0.1))
        must_work(_looked_at(suffix, CHANGES[change], delay, saves=rng.random() < 0.3), here)
        shutil.rmtree(here)
    return n


def _made(suffix: str, folder: Path) -> list[Path]:
    """Make an original, and what it will be overwritten with."""
    paths = [folder / f"x{suffix}", folder / f"other{suffix}"]
    for seed, path in enumerate(paths):
        KINDS[suffix](path, _pixels(seed))
    return paths


def _looked_at(
    suffix: str, change: Callable[[Path, bytes], object], delay: float, *, saves: bool
) -> Callable[[Written], None]:
    """Return what looks at an original that is changed after some seconds, at first or in between."""

    def act(written: Written) -> None:
        path, out = Path(f"x{suffix}"), Path("out.jpkl")
        options: dict[str, Any] = {"display_range": (0, 60_000), "jpeg_tables": "standard"}
        expected = JPkl(_pixels(0), axes="TYX", **options)[...]
        other = Path(f"other{suffix}").read_bytes()
        with contextlib.suppress(*_ERRORS), jpkl.open(path, **options) as stack:
            assert stack.shape == expected.shape, f"{suffix}: its axes are others"
            changer = threading.Timer(delay, change, (path, other))
            changer.start()
            if not delay:
                changer.join()
            try:
                if saves:
                    stack.save(out)
                for i in (*range(_SHAPE[0]), *range(_SHAPE[0])):
                    with contextlib.suppress(*_ERRORS):
                        assert _is_same(stack[..., i], expected[..., i]), f"{suffix}: frame {i} is of another"
            finally:
                changer.join()
        if out.exists():  # it was saved before
            with JPkl.load(out) as saved:
                assert _is_same(saved[...], expected), f"{suffix}: what was saved is of another file"
        assert not list(Path().glob("*.part")), f"{suffix}: a temporary file stays"

    return act


def _is_same(found: np.ndarray[Any, Any], expected: np.ndarray[Any, Any]) -> bool:
    """Return whether frames are the same, but for other JPEG tables where they are only looked at."""
    return bool(np.abs(found.astype(int) - expected.astype(int)).mean() < 1)

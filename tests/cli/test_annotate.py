"""``jpkl annotate``, and the same options of ``jpkl encode``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jpkl import JPkl
from tests.cli.conftest import Run, fails, smooth
from tests.conftest import stack_of

OPTIONS = (
    "--pixel-size", "0.2x0.5um", "--dim-names", "t,c", "--channel-names", 'DNA, "actin, all"',
    "--channel-colors", "blue,00FF00", "--spacing", "t=1.25s",
)  # fmt: skip

EXPECTED: dict[str, Any] = {
    "pixel_size": [0.2, 0.5],
    "pixel_unit": "µm",
    "channels": [{"name": "DNA", "color": "#0000ff"}, {"name": "actin, all", "color": "#00ff00"}],
    "dims": [
        {"name": "t", "size": 3, "unit": "s", "first": 0.0, "last": 2.5, "coords": "0.00 to 2.50 s"},
        {"name": "c", "size": 2},
    ],
}


def said_of(run: Run, path: str | Path) -> dict[str, Any]:
    facts = json.loads(run("info", path, "--json"))
    return {key: facts[key] for key in EXPECTED}


def test_annotate_changes_a_file_and_prints_what_it_says_now(run: Run, stack: Path) -> None:
    before = stack_of(stack)
    printed = run("annotate", "stack.jpkl", *OPTIONS)
    assert [line.split(maxsplit=1) for line in printed.splitlines()[1:]] == [
        ["dim", "t     3: 0.00 to 2.50 s"],
        ["dim", "c     2"],
        ["pixel", "0.2 µm high, 0.5 µm wide"],
        ["channels", "DNA #0000ff, actin, all #00ff00"],
    ]
    assert said_of(run, stack) == EXPECTED
    np.testing.assert_array_equal(stack_of(stack), before)
    assert run("verify", stack) == "6 frames, all good\n"


def test_encode_takes_the_same_options(run: Run) -> None:
    np.save("a.npy", smooth(3, 2, 40, 48))
    run("encode", "a.npy", "--axes", "TCYX", *OPTIONS)
    assert said_of(run, "a.jpkl") == EXPECTED
    run("encode", "a.npy", "b.jpkl", "--dim-names", "t,c", "--spacing", "t=3mm")
    with JPkl.load("b.jpkl") as jp:
        assert jp.shape == (3, 2, 40, 48)
        assert jp.metadata["coords"] == {"t": [3.0 * i for i in range(40)]}


def test_options_go_before_what_a_file_says(run: Run, stack: Path) -> None:
    run("export", stack, "stack.ome.tif")
    run("encode", "stack.ome.tif", "again.jpkl", "--pixel-size", "300nm", "--dim-names", "minutes,channel")
    facts = said_of(run, "again.jpkl")
    assert (facts["pixel_size"], facts["pixel_unit"]) == ([300, 300], "nm")
    assert facts["dims"][0] == {
        "name": "minutes",
        "size": 3,
        "unit": "s",
        "first": 0.0,
        "last": 5.0,
        "coords": "0.0 to 5.0 s",
    }
    assert [channel["name"] for channel in facts["channels"]] == ["DAPI", "GFP"]


def test_a_copy_and_what_is_removed(run: Run, stack: Path) -> None:
    before = stack.read_bytes()
    run("annotate", stack, "-o", "copy.jpkl", "--pixel-size", "none", "--spacing", "time=none")
    assert stack.read_bytes() == before
    with JPkl.load("copy.jpkl") as jp:
        assert jp.metadata == {
            "coords": {},
            "units": {},
            "channel_names": ["DAPI", "GFP"],
            "channel_colors": ["#0000ff", "#00ff00"],
        }
    assert "exists already; --force replaces it" in fails(
        run, "annotate", stack, "-o", "copy.jpkl", "--pixel-size", "1"
    )
    run("annotate", stack, "-o", "copy.jpkl", "--pixel-size", "1", "--force")
    with JPkl.load("copy.jpkl") as jp:
        assert (jp.metadata["pixel_size"], jp.metadata["pixel_unit"]) == ((1.0, 1.0), "µm")


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        ([], "stack.jpkl: nothing to change; give --pixel-size"),
        (["--pixel-size", "big"], "'big' is not a size, such as 0.2um or 0.2x0.5um"),
        (["--pixel-size", "0,2um"], "'0,2um' has a side of 0; decimals are written with a point"),
        (["--pixel-size", "2nm x 3um"], "has two units"),
        (["--channel-names", "DNA"], "stack.jpkl: channel_names must be 2 names, one per channel"),
        (["--channel-names", "DNA,,"], "has an empty name"),
        (["--channel-colors", "pink,red"], "'pink' is not a color, such as 00ff00, or red, green"),
        (["--dim-names", "t"], "stack.jpkl: dim_names ('t',) name 1 dims"),
        (["--dim-names", "t,t"], "stack.jpkl: dim_names must be unique"),
        (["--spacing", "z=1um"], "stack.jpkl: spacing: there is no dim 'z'; the dims are time, channel"),
        (["--spacing", "time"], "'time' is not a dim and its step, such as time=1.25s"),
        (["--spacing", "time=0"], "stack.jpkl: spacing of time must be a positive number"),
        (["--spacing", "channel=1"], "stack.jpkl: spacing: channel has channels"),
        (["--pixel-size", "1", "-o", "a.tif"], "must not end in .tif"),
        (["--pixel-size", "1", "-o", "no/a.jpkl"], "there is no folder no"),
    ],
)
def test_wrong_input_is_explained_and_changes_nothing(
    run: Run, stack: Path, argv: list[str], says: str
) -> None:
    before = stack.read_bytes()
    assert says in fails(run, "annotate", "stack.jpkl", *argv)
    assert stack.read_bytes() == before
    assert [path.name for path in stack.parent.iterdir()] == ["stack.jpkl"]


def test_wrong_input_to_encode_is_explained_before_it_encodes(run: Run, folder: Path) -> None:
    np.save("a.npy", smooth(16, 16, 3))
    assert "channel_names must be a list of one" in fails(run, "encode", "a.npy", "--channel-names", "a,b")
    assert [path.name for path in folder.iterdir()] == ["a.npy"]


def test_a_protected_file_is_not_replaced(run: Run, stack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = stack.read_bytes()
    monkeypatch.setattr(os, "access", lambda path, mode: False)  # root may write everything
    assert "stack.jpkl: is read-only; write a copy" in fails(run, "annotate", stack, "--pixel-size", "1")
    assert stack.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="a process cannot be sent Ctrl-C alone there")
def test_ctrl_c_leaves_the_file_as_it_was(stack: Path) -> None:
    """The copy waits halfway, until the signal comes."""
    before = stack.read_bytes()
    script = (
        "import signal, sys, time; import jpkl._file.rewriting as rewriting; from jpkl._cli import main\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        # A signal that comes just before a sleep does not end it.
        "def crc32(head): print('halfway', flush=True); [time.sleep(0.01) for _ in range(6000)]\n"
        "rewriting.crc32 = crc32\n"
        "sys.exit(main())"
    )
    command = [sys.executable, "-c", script, "annotate", str(stack), "--pixel-size", "1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "halfway\n"
        assert len(list(stack.parent.iterdir())) == 2
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=60)
    assert (process.returncode, said) == (130, ("", ""))
    assert stack.read_bytes() == before
    assert list(stack.parent.iterdir()) == [stack]

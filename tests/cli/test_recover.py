"""``jpkl recover``: frames of a file that was cut off, and the list of what was left behind."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest

from jpkl import JPkl, JPklWriter
from jpkl._file.atomic import ReplacementFile
from jpkl._file.parts import part_path
from tests.cli.conftest import Run, fails


def test_recover(run: Run, stack: Path) -> None:
    content = stack.read_bytes()
    with JPkl.load(stack) as jp:
        last = jp.images[2, 1]
    Path("cut.jpkl").write_bytes(content[: content.index(last) + 10])
    assert "recover" in fails(run, "info", "cut.jpkl")
    assert run("recover", "cut.jpkl", "whole.jpkl")
    with JPkl.load("whole.jpkl") as whole, JPkl.load(stack) as jp:
        assert whole.dim_sizes == (2, 2)
        np.testing.assert_array_equal(whole[...], jp[:, :, :2])


def test_recover_never_replaces_what_it_reads(run: Run, stack: Path) -> None:
    before = stack.read_bytes()
    assert "name another" in fails(run, "recover", stack, stack, "--force")
    Path("there.jpkl").touch()
    assert "--force" in fails(run, "recover", stack, "there.jpkl")
    assert stack.read_bytes() == before


def test_list(run: Run, folder: Path) -> None:
    assert run("recover", "--list") == ".: nothing was left behind\n"
    writer = JPklWriter("my run.jpkl", (32, 40), (3, 2), dim_names=["time", "channel"])
    for i in range(3):
        writer[i, 0] = np.zeros((32, 40), np.uint8)
    said = run("recover", "--list", folder).splitlines()
    part = said[0]
    assert Path(part).exists()
    assert said[1].startswith("  frames of a JPklWriter, still being written; ")
    assert said[2:] == ["  3 of 6 frames of 32 x 40 gray (time 3, channel 2)"]
    writer._replacement.keep_part()  # as if its process was killed
    said = run("recover", "--list").splitlines()
    assert "frames of a JPklWriter, left behind; " in said[1]
    quote = "'" if os.name == "posix" else '"'
    assert said[3:] == [f"  jpkl recover {quote}{part}{quote} {quote}my run.jpkl{quote}"]


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no locks there")
def test_list_of_saves_that_were_killed(run: Run, stack: Path) -> None:
    whole = stack.read_bytes()
    for name, content in (("a.gif", b"GIF89a"), ("stack.jpkl", whole[: len(whole) // 2])):
        file = ReplacementFile(name).open()
        file.write(content)
        file.close()
    export = part_path(Path("out"), keeps_frames=False)
    export.mkdir()
    gif, fate, what, folder, unfinished, part, save, frames, command = run("recover", "--list").splitlines()
    assert gif.startswith("a.gif.s")
    assert what == "  not a JPkl file: it does not begin with a dict"
    assert fate.startswith("  an unfinished save, left behind, removed when a.gif is written again; 6 B, ")
    assert folder == str(export)
    assert unfinished == "  an unfinished export, left behind, removed when out is written again"
    assert save.startswith("  an unfinished save, left behind, removed when stack.jpkl is written again; ")
    assert " of 6 frames of 40 x 48 gray" in frames
    assert command == f"  jpkl recover {part} stack.recovered.jpkl"
    run(*command.split()[1:])
    assert JPkl.load("stack.recovered.jpkl").dim_names == ("time", "channel")
    run("recover", part, stack, "--force")  # removes what is stale of that name, but not what it reads
    assert Path(part).exists()
    run("export", "stack.jpkl", "out")
    assert Path("out").is_dir()
    assert not export.exists()


def test_what_it_needs(run: Run, folder: Path) -> None:
    assert "BROKEN, OUT" in fails(run, "recover", "x.jpkl")
    assert "BROKEN, OUT" in fails(run, "recover")
    assert "no files" in fails(run, "recover", "x.jpkl", "--list")
    assert "absent: No such file" in fails(run, "recover", "--list", "absent")

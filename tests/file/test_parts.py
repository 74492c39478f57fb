"""Temporary files that killed processes have left behind."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jpkl import JPkl, JPklWarning, JPklWriter
from jpkl._cli import main
from jpkl._encoding.encode import encode_file
from jpkl._file import parts
from jpkl._file.atomic import ReplacementFile, replacing
from jpkl._file.locks import Lock
from jpkl._file.parts import State, find_parts, part_path

PIXELS = np.random.default_rng(0).integers(0, 256, (32, 32, 6)).astype(np.uint8)

WRITER = """
    writer = JPklWriter("x.jpkl", (32, 32), (6,))
    for i in range(4):
        writer[i] = np.full((32, 32), 40 * i, np.uint8)
"""

SAVE = """
    file = ReplacementFile("x.jpkl").open()
    file.write(bytes(100_000))
"""


@contextmanager
def process(code: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run code until it says that it is there, and kill it at the end."""
    script = f"""
        import numpy as np
        from jpkl import JPklWriter
        from jpkl._file.atomic import ReplacementFile
        {textwrap.indent(textwrap.dedent(code), " " * 8).strip()}
        print("there", flush=True)
        input()
    """
    running = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script)],
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with running:
        assert running.stdout is not None
        assert running.stdout.readline() == "there\n"
        yield running
        running.kill()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="a minute has to pass there")
def test_a_save_that_was_killed_is_removed_by_the_next(tmp_path: Path) -> None:
    with process(SAVE, tmp_path):
        (part,) = find_parts(tmp_path)
        assert (part.target, part.keeps_frames, part.state()) == ("x.jpkl", False, State.WRITTEN)
        JPkl(PIXELS).save(tmp_path / "x.jpkl")
        assert names(tmp_path) == ["x.jpkl", part.path.name]
    assert part.state() is State.LEFT
    JPkl(PIXELS).save(tmp_path / "x.jpk")  # another name
    assert part.path.exists()
    JPkl(PIXELS).save(tmp_path / "x.jpkl")
    assert names(tmp_path) == ["x.jpk", "x.jpkl"]


def test_frames_of_a_writer_that_was_killed_stay_and_are_named(tmp_path: Path) -> None:
    path = tmp_path / "x.jpkl"
    with process(WRITER, tmp_path), warnings.catch_warnings():
        warnings.simplefilter("error")
        (part,) = find_parts(tmp_path)
        assert (part.keeps_frames, part.state()) == (True, State.WRITTEN)
        JPkl(PIXELS).save(path)
    assert part.state() is State.LEFT
    for write in (JPkl(PIXELS).save, partial(encode_file, PIXELS)):
        with pytest.warns(JPklWarning, match=f"{part.path.name} has the frames") as said:
            write(path)
        assert said[0].filename == __file__
    with pytest.warns(JPklWarning, match="jpkl recover") as said:
        JPklWriter(path, (32, 32), (6,)).abort()
    assert said[0].filename == __file__
    assert names(tmp_path) == ["x.jpkl", part.path.name]


def test_a_part_of_another_computer_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lock may not reach this one."""
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr(parts, "_host", lambda: "fff")
        ReplacementFile(tmp_path / "x", durable=True).open().close()
        ReplacementFile(tmp_path / "x").open().close()
    monkeypatch.setattr(parts, "_host", lambda: "000")
    assert [part.state() for part in find_parts(tmp_path)] == [State.UNKNOWN] * 2
    with warnings.catch_warnings(), replacing(tmp_path / "x"):
        warnings.simplefilter("error")
        parts.warn_of_left_frames(tmp_path / "x")
    assert len(names(tmp_path)) == 3


def test_without_locks_nothing_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "try_lock", lambda descriptor: Lock.NOT_SUPPORTED)
    ReplacementFile(tmp_path / "x").open().close()
    with replacing(tmp_path / "x"):
        pass
    assert [part.state() for part in find_parts(tmp_path)] == [State.UNKNOWN]


def test_a_file_that_is_taken_for_a_stale_one_before_it_is_locked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process opens, locks and removes it between its creation and its lock."""
    locks: list[Any] = []

    def lock(descriptor: int) -> Lock:
        locks.append(descriptor)
        if len(locks) == 1:
            for part in find_parts(tmp_path):
                part.path.unlink()
        return Lock.HELD_BY_ANOTHER if len(locks) == 2 else Lock.TAKEN

    monkeypatch.setattr(parts, "try_lock", lock)
    with replacing(tmp_path / "x") as file:
        file.write(b"whole")
    assert len(locks) == 3
    assert (tmp_path / "x").read_bytes() == b"whole"
    assert names(tmp_path) == ["x"]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_what_is_named_alike_is_no_part(tmp_path: Path) -> None:
    (tmp_path / "x.jpkl.part").touch()
    (tmp_path / "x.jpkl.1234567.part").touch()
    (tmp_path / "x.jpkl.s123456x.part").touch()
    (tmp_path / "x.jpkl.12345678.part").symlink_to(tmp_path / "x.jpkl.part")
    assert find_parts(tmp_path) == []


def test_labels_whose_frames_are_gone_are_listed_and_removed_by_the_next_save(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name = part_path(tmp_path / "x.jpkl", keeps_frames=True).name
    lone, other = tmp_path / f"{name}.labels", tmp_path / f"y.{name}.labels"
    lone.write_bytes(b"labels")
    other.write_bytes(b"labels of another file")
    assert main(["recover", "--list", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert f"{lone.name}\n  labels of a JPklWriter whose frames are gone, removed when x.jpkl" in said
    JPkl(np.zeros((8, 8, 1), np.uint8)).save(tmp_path / "x.jpkl")
    assert {path.name for path in tmp_path.iterdir()} == {"x.jpkl", other.name}


def test_labels_of_frames_that_are_there_stay(tmp_path: Path) -> None:
    part = part_path(tmp_path / "x.jpkl", keeps_frames=True)
    part.write_bytes(b"frames")
    labels = part.with_name(f"{part.name}.labels")
    labels.write_bytes(b"labels")
    JPkl(np.zeros((8, 8, 1), np.uint8)).save(tmp_path / "x.jpkl")
    assert labels.exists()

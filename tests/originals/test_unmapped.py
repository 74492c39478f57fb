"""Originals that are looked at are not mapped into memory: a file that is cut short would end the process."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

from jpkl._bytes import LocalFile
from jpkl._originals.unmapped import UnmappedArray

SHAPE = (7, 5, 4, 6)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("shortest_run", [0, 100, 1 << 20])
def test_it_reads_what_a_map_has(
    order: Literal["C", "F"], shortest_run: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jpkl._originals.unmapped._SHORTEST_RUN", shortest_run)
    path = tmp_path / "x.npy"
    np.save(path, np.asarray(np.arange(840).reshape(SHAPE), ">u2", order=order))
    mapped = np.load(path, mmap_mode="r")
    array = UnmappedArray(mapped, LocalFile(path))
    s = slice
    keys: list[Any] = [
        ...,
        3,
        (..., 2),
        (s(2, 5), s(None), 1, s(0, 6, 2)),
        (s(None, None, -2), ..., -1),
        (1, 2, 3, 4),
        (s(3, 3),),
        (s(0, 7), s(4, 5), s(None), s(2, 3)),
    ]
    for key in keys:
        found = array[key]
        assert (found.shape, found.dtype) == (mapped[key].shape, mapped[key].dtype)
        np.testing.assert_array_equal(found, mapped[key])
    with pytest.raises(IndexError):
        array[7]
    array._file.close()


@pytest.mark.parametrize("kind", ["npy", "tif"])
def test_a_file_that_is_cut_short_is_an_error(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"x.{kind}"
    pixels = np.random.default_rng(0).integers(0, 255, (40, 256, 256), np.uint8)
    if kind == "npy":
        np.save(path, pixels)
    else:
        pytest.importorskip("tifffile").imwrite(path, pixels, photometric="minisblack")
    script = """
        import os, sys
        import jpkl
        from jpkl._originals.original import Original
        Original.check_unchanged = lambda self: None  # as if it were cut just after that
        with jpkl.open(sys.argv[1], axes="TYX") as jp:
            jp[..., 3]
            os.truncate(sys.argv[1], 300_000)
            try:
                jp[..., 30]
            except jpkl.FrameEncodeError as error:
                print(error)
    """
    command = [sys.executable, "-c", textwrap.dedent(script), str(path)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    assert f"{path}, frame (30,): it cannot be read" in done.stdout

"""Files with several images: listed by info, chosen by --scene, all of them by --all-scenes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from jpkl import JPkl
from tests.cli.conftest import Run, smooth


@pytest.fixture
def npz(folder: Path) -> Path:
    """Two images, whose names are the same to some file systems, between them a list of numbers."""
    arrays = {"Pos 1/Cells": smooth(40, 48), "times": np.arange(3), "pos 1:cells": smooth(20, 24, 2)}
    np.savez("a.npz", **arrays)  # type: ignore[arg-type]
    return folder / "a.npz"


def test_one_scene_is_encoded_by_name_or_number(run: Run, npz: Path) -> None:
    assert "holds 3 scenes: 0 'Pos 1/Cells', 1 'times', 2 'pos 1:cells'; read 0" in run("encode", npz)
    for scene in ("pos 1:cells", "2"):
        said = run("encode", npz, "b.jpkl", "--force", "--scene", scene)
        assert "scene 'pos 1:cells': 20 x 24 x 2 uint16" in said
        assert JPkl.load("b.jpkl").shape == (20, 24, 2)
    assert "no scene '3'" in run("encode", npz, "c.jpkl", "--scene", "3", code=2)
    assert run("verify", "b.jpkl", "--against", npz, "--array", "2")  # as it was called before


def test_all_scenes_go_to_files_of_their_own_and_one_that_fails_stops_no_other(run: Run, npz: Path) -> None:
    assert "3 stacks: 2 encoded, 1 failed" in run("encode", npz, "--all-scenes", code=1)
    written = {path.name: JPkl.load(path).shape for path in Path().glob("*.jpkl")}
    assert written == {"a_Pos_1_Cells.jpkl": (40, 48), "a_pos_1_cells-2.jpkl": (20, 24, 2)}
    assert "2 skipped (up to date), 1 failed" in run("encode", npz, "--all-scenes", code=1)
    assert "exclude" in run("encode", npz, "--all-scenes", "--scene", "1", code=2)


def test_all_scenes_of_a_file_with_a_single_image(run: Run, folder: Path) -> None:
    np.save("a.npy", smooth(40, 48))
    run("encode", "a.npy", "--all-scenes")
    assert JPkl.load("a.jpkl").shape == (40, 48)


def test_info_lists_the_scenes_of_an_original(run: Run, npz: Path) -> None:
    said = run("info", npz)
    assert f"{npz}, scene 'Pos 1/Cells'\n  shape  40 x 48\n" in said
    assert "no image" in said
    assert not list(Path().glob("*.jpkl"))
    scenes = json.loads(run("info", npz, "--json"))["scenes"]
    assert [scene["shape"] for scene in scenes] == [[40, 48], [3], [20, 24, 2]]
    assert scenes[2]["dims"] == [{"name": "dim0", "size": 2}]


def test_info_of_an_original_says_what_its_axes_and_channels_are(run: Run, folder: Path) -> None:
    tifffile = pytest.importorskip("tifffile")
    metadata = {"axes": "TCYX", "PhysicalSizeX": 0.2, "PhysicalSizeY": 0.2, "TimeIncrement": 2.5}
    options = {"ome": True, "metadata": metadata | {"Channel": {"Name": ["DNA", "actin"]}}}
    tifffile.imwrite("a.ome.tif", smooth(3, 2, 40, 48), **options)
    facts = json.loads(run("info", "a.ome.tif", "--json"))["scenes"][0]
    assert (facts["axes"], facts["dtype"], facts["nbytes"]) == (list("TCYX"), "uint16", 3 * 2 * 40 * 48 * 2)
    assert (facts["pixel_size"], facts["pixel_unit"]) == ([0.2, 0.2], "µm")
    assert facts["channels"] == [{"name": "DNA"}, {"name": "actin"}]
    said = run("info", "a.ome.tif")
    for part in ("3 x 2 x 40 x 48", "TCYX", "3: 0.0 to 5.0 s", "0.2 µm", "DNA, actin"):
        assert part in said


def test_info_of_an_original_that_cannot_be_read(run: Run, folder: Path) -> None:
    Path("a.tif").write_bytes(b"no TIFF")
    assert "a.tif: not a readable" in run("info", "a.tif", code=2)

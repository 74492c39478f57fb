"""``jpkl encode`` of many inputs: which files it means, what is kept, and what a failure leaves."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jpkl import JPkl
from jpkl._cli import _encode_one, main
from tests.cli.conftest import Run, fails, smooth


@pytest.fixture
def inputs(folder: Path) -> None:
    """Three stacks, two of which have the same name, and a file of another kind."""
    for name, n in {"raw/a.npy": 2, "raw/deep/a.npy": 3, "raw/b.npy": 4}.items():
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        np.save(name, smooth(n, 16, 24))
    Path("raw/notes.txt").write_text("not an image")


AXES = ("--axes", "TYX")


def outputs() -> list[str]:
    return sorted(path.as_posix() for path in Path().rglob("*.jpkl*"))


def change(path: str) -> None:
    """Make a file newer, as saving it does."""
    os.utime(path, ns=(2 * 10**18, 2 * 10**18))


@pytest.mark.usefixtures("inputs")
def test_other_files_among_those_that_a_shell_names_stop_no_image(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("raw/deep/notes.txt").write_text("not an image either")
    assert main(["encode", "raw/b.npy", "raw/notes.txt", "raw/deep/notes.txt", "-o", "out", *AXES]) == 1
    assert "1 encoded, 2 failed" in capsys.readouterr().out
    assert outputs() == ["out/b.jpkl"]


@pytest.mark.usefixtures("inputs")
def test_a_pattern_keeps_its_folders(run: Run) -> None:
    said = run("encode", "raw/**/*", "-o", "out", *AXES)
    assert outputs() == ["out/a.jpkl", "out/b.jpkl", "out/deep/a.jpkl"]
    assert "1 file of other kinds left out" in said
    assert "3 stacks: 3 encoded" in said
    with JPkl.load("out/deep/a.jpkl") as jp:
        assert jp.dim_sizes == (3,)


@pytest.mark.usefixtures("inputs")
def test_links_that_go_around_lead_nowhere(run: Run) -> None:
    Path("raw/deep/around").symlink_to("..")
    said = run("encode", "raw/**/*", "-o", "out", *AXES)
    assert outputs() == ["out/a.jpkl", "out/b.jpkl", "out/deep/a.jpkl"]
    assert "1 file of other kinds left out" in said


@pytest.mark.usefixtures("inputs")
def test_a_list_goes_into_a_folder_or_beside_its_inputs(run: Run) -> None:
    run("encode", "raw/a.npy", "raw/b.npy", *AXES)
    assert outputs() == ["raw/a.jpkl", "raw/b.jpkl"]
    run("encode", "raw/b.npy", "raw/deep/a.npy", "raw/deep/../b.npy", "-o", "out/", *AXES)
    assert outputs()[:2] == ["out/a.jpkl", "out/b.jpkl"]


@pytest.mark.usefixtures("inputs")
@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["raw/a.npy", "raw/deep/a.npy", "-o", "out"], "would both become out"),
        (["raw/a.npy", "raw/b.npy", "out.jpkl"], "out.jpkl: several inputs go into a folder"),
        (["raw/a.npy", "raw/b.npy", "-o", "out.jpkl"], "out.jpkl: several inputs go into a folder"),
        (["raw/*.npy", "-o", "raw/notes.txt"], "raw/notes.txt: several inputs go into a folder"),
        (["raw/*.nd2", "-o", "out"], "raw/*.nd2: nothing matches"),
        (["raw/*.txt"], "nothing matches but 1 file of other kinds"),
    ],
)
def test_what_cannot_be_is_said_before_any_work(run: Run, argv: list[str], says: str) -> None:
    assert says in fails(run, "encode", *argv, *AXES).replace("\\", "/")
    assert not outputs()
    assert not Path("out").exists()


@pytest.mark.usefixtures("inputs")
def test_what_is_up_to_date_is_skipped(run: Run) -> None:
    run("encode", "raw/**/*.npy", "-o", "out", *AXES)
    change("raw/b.npy")
    Path("out/a.jpkl").write_bytes(Path("out/a.jpkl").read_bytes()[:-100])  # a copy that was cut off
    said = run("encode", "raw/**/*.npy", "-o", "out", *AXES)
    assert "3 stacks: 2 encoded, 1 skipped (up to date)" in said
    assert "a.jpkl: not complete: made again" in said
    assert "b.jpkl: made from an earlier state" in said
    assert "3 stacks: 0 encoded, 3 skipped" in run("encode", "raw/**/*.npy", "-o", "out", *AXES)
    assert "3 stacks: 3 encoded" in run("encode", "raw/**/*.npy", "-o", "out", *AXES, "--quality", "50")
    assert "3 stacks: 3 encoded" in run(
        "encode", "raw/**/*.npy", "-o", "out", *AXES, "--quality", "50", "--force"
    )


@pytest.mark.usefixtures("inputs")
def test_what_may_be_somebodys_work_is_not_replaced(run: Run) -> None:
    run("encode", "raw/*.npy", "-o", "out", *AXES)
    run("annotate", "out/a.jpkl", "--pixel-size", "0.2um")
    change("raw/a.npy")
    Path("out/b.jpkl").write_bytes(b"a thesis")
    said = run("encode", "raw/*.npy", "-o", "out", *AXES, code=1)
    assert "2 stacks: 0 encoded, 2 failed" in said
    assert "a.jpkl: exists already, and may have been changed since" in said
    assert Path("out/b.jpkl").read_bytes() == b"a thesis"


@pytest.mark.usefixtures("inputs")
def test_one_failure_does_not_stop_the_rest(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    Path("raw/aa.npy").write_bytes(b"damaged")
    assert main(["encode", "raw/*.npy", "-o", "out", *AXES]) == 1
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("jpkl: raw")
    assert "3 stacks: 2 encoded, 1 failed" in captured.out
    assert outputs() == ["out/a.jpkl", "out/b.jpkl"]


@pytest.mark.usefixtures("inputs")
def test_ctrl_c_leaves_whole_files_only(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write_encoded = _encode_one.write_encoded

    def interrupted(options: Any, path: Path) -> Any:
        if path.name == "b.jpkl":
            raise KeyboardInterrupt
        return write_encoded(options, path)

    monkeypatch.setattr(_encode_one, "write_encoded", interrupted)
    said = run("encode", "raw/**/*.npy", "-o", "out", *AXES, code=130)
    assert "3 stacks: 1 encoded, 2 not begun or not finished" in said
    assert outputs() == ["out/a.jpkl"]


def test_only_the_selected_planes_are_read(run: Run, folder: Path) -> None:
    pixels = smooth(4, 3, 2, 16, 24)
    tifffile = pytest.importorskip("tifffile")
    metadata = {"axes": "TZCYX", "Channel": {"Name": ["DNA", "actin"]}, "PhysicalSizeZ": 2.0}
    tifffile.imwrite("a.ome.tif", pixels, metadata=metadata, photometric="minisblack", compression="zlib")
    with tifffile.TiffFile("a.ome.tif") as tiff:
        damaged = tiff.pages[1].dataoffsets[0]  # z 0, channel 1: nobody asks for it
    with Path("a.ome.tif").open("r+b") as file:
        file.seek(damaged)
        file.write(b"\xff" * 8)
    run("encode", "a.ome.tif", "a.jpkl", "--select", "time=::-2,z=1:,channel=1", "--quality", "100")
    with JPkl.load("a.jpkl") as jp:
        assert jp.dim_names == ("time", "z")
        assert jp.metadata["channel_names"] == ["actin"]
        assert jp.metadata["coords"]["z"] == [2.0, 4.0]
        expected = pixels[::-2, 1:, 1].transpose(2, 3, 0, 1)
        assert np.abs(jp.intensity[...] - expected).max() < 40
    assert "PSNR" in run("verify", "a.jpkl", "--against", "a.ome.tif", "--select", "time=::-2,z=1:,channel=1")


@pytest.mark.parametrize(
    ("select", "says"), [("z=0", "--select: there is no dim 'z'"), ("dim0=9", "dim0 has no index 9")]
)
def test_a_selection_that_is_not_there(run: Run, select: str, says: str) -> None:
    np.save("a.npy", smooth(16, 24, 3))
    assert says in fails(run, "encode", "a.npy", "--select", select)


def test_frames_two_pixels_high_are_not_made_without_a_question(run: Run) -> None:
    np.save("a.npy", np.zeros((2, 100, 100, 3), np.uint8))
    said = fails(run, "encode", "a.npy", "a.jpkl")
    assert "would be frames of 2 x 100 pixels" in said
    assert "--axes TYXS, or --axes height,width,dim0,dim1" in said
    run("encode", "a.npy", "a.jpkl", "--axes", "TYXS")
    run("encode", "a.npy", "b.jpkl", "--axes", "height,width,dim0,dim1")


def test_a_result_that_is_larger_is_said_to_be(run: Run) -> None:
    tifffile = pytest.importorskip("tifffile")
    flat = np.zeros((64, 64), np.uint8)
    flat[::8] = 200
    tifffile.imwrite("a.tif", np.stack([flat] * 40), compression="zlib", photometric="minisblack")
    assert "a.jpkl: larger than a.tif" in run("encode", "a.tif", "a.jpkl", "--axes", "TYX")

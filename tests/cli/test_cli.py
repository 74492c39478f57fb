"""The command line, run as a user runs it: what it prints, what it writes, how it fails."""

from __future__ import annotations

import errno
import json
import os
import pickle
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import jpkl
from jpkl import JPkl
from jpkl._bytes import LocalFile
from jpkl._cli import main
from jpkl._cli._encoding_options import parse_display_range
from jpkl._cli._forecast import forecast
from jpkl._codecs.jpeg import JpegCodec
from jpkl._codecs.jpeg_native import has_native
from jpkl._encoding.options import resolve_options
from jpkl._file.trailer import read_trailer
from jpkl._text import human_bytes, one_line
from jpkl._version import __version__
from jpkl.readers import open_image
from jpkl.toolkit import OriginalStack, conversion_of
from tests.cli.conftest import Run, fails, smooth
from tests.conftest import shared_data
from tests.data.make_golden import v1_dict

#: Real stacks: their axes as a user has to give them, if the file does not say, and their dims.
REAL_STACKS: dict[str, tuple[str | None, tuple[str, ...]]] = {
    "cardiac_mps_yxt_u16.npy": ("YXT", ("time",)),
    "cell_tzcyx.tif": (None, ("time", "z", "channel")),
    "cells3d_nuclei_zyx.tif": ("ZYX", ("z",)),
    "cluster_tzcyx.ome.tif": (None, ("time", "z", "channel")),
    "cryoet_tomo_zyx_f32.tif": (None, ("Q",)),
    "mitosis_max_tcyx.ome.tif": (None, ("time", "channel")),
    "us_cine_tyxs.tif": (None, ("time",)),
    "yeast_mito_tzyx.ome.tif": (None, ("time", "z")),
}


# -- the parser ----------------------------------------------------------------------------------------


def test_without_arguments_it_prints_help(run: Run) -> None:
    said = run()
    for command in ("encode", "info", "view", "compare", "verify", "recover", "export", "demo"):
        assert f"\n    {command} " in said


def test_version(run: Run) -> None:
    printed = run("--version")
    assert printed.startswith(f"jpkl {__version__}")
    assert ("without the compiled JPEG encoder" in printed) != has_native()


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["encode"], "IN"),
        (["frobnicate"], "frobnicate"),
        (
            ["encode", "a.npy", "--display-range", "wide"],
            "'wide' is not one of auto, minmax, dtype, percentile",
        ),
        (["encode", "a.npy", "--quality", "best"], "--quality"),
        (["export", "a.jpkl", "b", "--to", "gif"], "gif"),
    ],
)
def test_wrong_usage_is_explained_in_one_line(run: Run, argv: list[str], says: str) -> None:
    said = fails(run, *argv)
    assert says in said
    assert "--help" in said


def test_a_negative_display_range_needs_no_equals_sign(run: Run) -> None:
    np.save("ct.npy", np.linspace(-1000, 3000, 16 * 16 * 2).reshape(16, 16, 2))
    run("encode", "ct.npy", "ct.jpkl", "--display-range", "-1000,400")
    assert run("info", "ct.jpkl", "--json").count("-1000.0") == 1
    assert parse_display_range("-1000,400") == (-1000.0, 400.0)


# -- errors --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["info", "view", "verify"])
def test_a_missing_file(run: Run, command: str) -> None:
    assert "lost.jpkl: No such file or directory" in fails(run, command, "lost.jpkl")


@pytest.mark.parametrize("command", ["info", "view", "verify"])
def test_a_file_of_something_else(run: Run, command: str) -> None:
    Path("noise.jpkl").write_bytes(b"not a stack at all" * 9)
    assert "noise.jpkl" in fails(run, command, "noise.jpkl")


def test_names_from_a_file_cannot_move_the_cursor() -> None:
    assert one_line("a\x1b[2J\nb\u202e") == "a\\x1b[2J b\\u202e"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of a process to itself")
def test_ctrl_c_while_modules_are_imported_is_quiet(tmp_path: Path) -> None:
    script = """if True:
        import signal, sys

        class Interrupting:
            def find_spec(self, name, *where):
                if name == "numpy":
                    signal.raise_signal(signal.SIGINT)

        signal.signal(signal.SIGINT, signal.default_int_handler)
        sys.meta_path.insert(0, Interrupting())
        from jpkl._cli import main
        sys.exit(main())
    """
    command = [sys.executable, "-c", script, "view", "x.jpkl"]
    done = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


def test_a_closed_pipe_is_no_error(stack: Path) -> None:
    shell = (
        f"set -o pipefail; for i in $(seq 3); do '{sys.executable}' -m jpkl info {stack}; done | head -n 1"
    )
    done = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=False)
    assert done.stdout == f"{stack}\n"
    assert done.stderr == ""


@pytest.mark.parametrize(
    "argv",
    [
        ["report", "a.jpkl", "-o", "link", "--force"],
        ["report", "a.jpkl", "--note", "link.md", "-o", "link.md", "--force"],
        ["export", "a.jpkl", "link", "--to", "npy", "--force"],
        ["export", "a.jpkl", "a.jpkl", "--to", "html", "--force"],
        ["encode", "a.raw", "-o", "a.raw", "--axes", "YXT", "--force"],
        ["recover", "a.jpkl", "link", "--force"],
    ],
)
def test_nothing_is_written_over_what_is_read(run: Run, folder: Path, argv: list[str]) -> None:
    JPkl(np.zeros((8, 8, 3), np.uint8)).save("a.jpkl")
    np.save("a.npy", np.zeros((8, 8, 3), np.uint8))
    Path("a.npy").rename("a.raw")
    for link, target in (("link", "a.jpkl"), ("link.md", "a.jpkl")):
        Path(link).hardlink_to(target)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert " is the input; name another file for the output" in fails(run, *argv)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("argv", [["encode", "", "a.jpkl"], ["view", ""], ["info", "a.jpkl", ""]])
def test_an_empty_name_is_not_the_working_directory(run: Run, argv: list[str]) -> None:
    assert "the name of a file is empty" in fails(run, *argv)
    with pytest.raises(FileNotFoundError, match="name of the file is empty"):
        jpkl.open("")


@pytest.mark.skipif(os.name != "posix", reason="of shells")
def test_streams_that_are_closed_are_no_error(stack: Path, tmp_path: Path) -> None:
    """As where a service manager starts a command: no file gets the number of one."""
    shell = f"'{sys.executable}' -m jpkl export {stack} {tmp_path}/new.npy 0>&- 1>&- 2>&-"
    assert subprocess.run(["bash", "-c", shell], check=False).returncode == 0
    with JPkl.load(stack) as frames:
        assert np.array_equal(np.load(tmp_path / "new.npy"), frames)


@pytest.mark.skipif(os.name != "posix", reason="elsewhere it cannot be removed")
def test_a_working_directory_that_is_gone_is_named(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    shell = f"mkdir {gone} && cd {gone} && rmdir {gone} && '{sys.executable}' -m jpkl info x.jpkl"
    done = subprocess.run(["bash", "-c", shell], check=False, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "jpkl: the folder that this shell is in has been removed: change to another one\n"


@pytest.mark.parametrize("encoding", ["ascii", "cp1252", "utf-8"])
def test_what_a_terminal_cannot_show_is_printed_as_codes(tmp_path: Path, encoding: str) -> None:
    stack = JPkl(np.zeros((8, 8, 2), np.uint8), dim_names=("α",), metadata={"channel_names": ["\ud83d"]})
    stack.save(tmp_path / "x.jpkl")
    command = [sys.executable, "-m", "jpkl", "info", "x.jpkl"]
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    done = subprocess.run(command, cwd=tmp_path, env=environment, check=False, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert ("α" if encoding == "utf-8" else r"\u03b1").encode() in done.stdout


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_command_is_quiet_and_leaves_no_file(
    folder: Path, sent: signal.Signals, code: int
) -> None:
    # Large enough that encoding it takes seconds; sparse, so that making it takes none.
    big = np.lib.format.open_memmap(folder / "big.npy", "w+", np.uint16, (2000, 512, 512))
    del big
    # Whoever runs the tests in the background may have SIGINT ignored, which children inherit.
    script = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler); "
    script += "from jpkl._cli import main; sys.exit(main())"
    arguments = ["encode", "big.npy", "big.jpkl", "--axes", "TYX", "--display-range", "dtype"]
    command = [sys.executable, "-X", "faulthandler", "-c", script, *arguments]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        wait_until(lambda: any(folder.glob("big.jpkl*")))
        process.send_signal(sent)  # and as a terminal and `make` do, another time
        process.send_signal(sent)
        said = end_of(process)
    # The second ends Python by itself if it comes when that has given its handlers back.
    assert process.returncode in (code, -sent)
    assert said == ""
    assert [path.name for path in folder.iterdir()] == ["big.npy"]


def end_of(process: subprocess.Popen[str]) -> str:
    """Wait for a process to end; one that does not is made to say where it hangs. Returns its stderr."""
    try:
        return process.communicate(timeout=60)[1]
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGABRT)
        pytest.fail(f"it did not stop:\n{process.communicate()[1]}")


def wait_until(condition: Callable[[], bool]) -> None:
    for _ in range(3000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not happen within 30 s")


# -- encode --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(REAL_STACKS))
def test_real_stacks_come_back(run: Run, name: str) -> None:
    path = shared_data("images") / name
    axes, dim_names = REAL_STACKS[name]
    run("encode", path, "out.jpkl", "--quality", "95", *([] if axes is None else ["--axes", axes]))
    with open_image(path) as source, JPkl.load("out.jpkl") as jp:
        given = axes or source.axes
        assert jp.dim_names == dim_names
        assert jp.color == ("S" in given)
        original = in_jpkl_order(np.asarray(source.array), given)
        assert jp.shape == original.shape
        assert jp.source_dtype == original.dtype
        assert jp.metadata["source"] == name
        assert_shows_the_same(jp, original)


def in_jpkl_order(pixels: NDArray[Any], axes: str) -> NDArray[Any]:
    frame = "YXS" if "S" in axes else "YX"
    order = [*frame, *(letter for letter in axes if letter not in frame)]
    return pixels.transpose([axes.index(letter) for letter in order])


def assert_shows_the_same(jp: JPkl, original: NDArray[Any]) -> None:
    """Compare intensities; JPEG may be off by a few of 255 levels on average."""
    assert jp.display_range is not None
    span = (jp.display_range[..., 1] - jp.display_range[..., 0]) / 255
    levels = np.abs(jp.intensity[...] - original) / np.broadcast_to(span, jp.dim_sizes)
    per_frame = levels.reshape(-1, *jp.dim_sizes).mean(axis=0)
    assert per_frame.max() < 4


def test_it_reports_what_it_read_and_what_it_wrote(run: Run) -> None:
    np.save("a.npy", smooth(40, 48, 5))
    read, written = run("encode", "a.npy", "a.jpkl").splitlines()
    assert read == "a.npy: 40 x 48 x 5 uint16, read as height, width, dims (--axes says otherwise), 19.2 kB"
    assert written.startswith("a.jpkl: ")
    assert " times smaller than the uint16 pixels (" in written


def test_the_output_is_named_after_the_input(run: Run) -> None:
    np.save("a.b.npy", smooth(16, 16, 2))
    run("encode", "a.b.npy")
    assert Path("a.b.jpkl").exists()


def test_axes_can_be_names(run: Run) -> None:
    np.save("a.npy", smooth(4, 2, 16, 24))
    run("encode", "a.npy", "--axes", "angle,channel,height,width")
    with JPkl.load("a.jpkl") as jp:
        assert jp.dim_names == ("angle", "channel")
        assert jp.shape == (16, 24, 4, 2)


def test_metadata_follow_an_axis_that_the_user_renames(run: Run) -> None:
    tifffile = pytest.importorskip("tifffile")
    metadata = {"axes": "ZYX", "spacing": 0.5, "unit": "um"}
    tifffile.imwrite("a.tif", smooth(3, 16, 24), imagej=True, resolution=(2, 2), metadata=metadata)
    run("encode", "a.tif", "--axes", "TYX")
    with JPkl.load("a.jpkl") as jp:
        assert jp.dim_names == ("time",)
        assert jp.metadata["coords"] == {"time": [0.0, 0.5, 1.0]}
        assert jp.metadata["units"] == {"time": "\u00b5m"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--display-range", "dtype"], (0, 65535)),
        (["--display-range", "100,200.5"], (100, 200.5)),
        ([], (510, 3489)),
    ],
)
def test_display_range(run: Run, options: list[str], expected: tuple[float, float]) -> None:
    pixels = smooth(16, 24, 3)
    pixels[0, 0, 0], pixels[0, 0, 1] = 510, 3489
    np.save("a.npy", np.clip(pixels, 510, 3489))
    run("encode", "a.npy", *options)
    with JPkl.load("a.jpkl") as jp:
        assert jp.display_range is not None
        np.testing.assert_allclose(jp.display_range.reshape(2), expected)


def test_an_existing_file_is_kept_without_force(run: Run) -> None:
    np.save("a.npy", smooth(16, 16, 2))
    Path("a.jpkl").write_bytes(b"precious")
    assert "a.jpkl: exists already; --force replaces it" in fails(run, "encode", "a.npy", "a.jpkl")
    assert Path("a.jpkl").read_bytes() == b"precious"
    run("encode", "a.npy", "a.jpkl", "--force")
    JPkl.load("a.jpkl").close()


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["a.npy", "b.tif"], "did you mean b.jpkl"),
        (["a.npy", "."], "is a folder"),
        (["a.npy", "lost/b.jpkl"], "there is no folder lost"),
        (["a.npy", "--axes", "TYX"], "axes"),
        (["a.npy", "--axes", "TZ"], "axes"),
        (["a.npy", "--quality", "101"], "quality"),
        (["a.npy", "--workers", "0"], "workers"),
        (["a.npy", "--display-range", "5,5"], "low < high"),
        (["a.npy", "--array", "b"], "single array"),
        (["complex.npy"], "complex"),
        (["a.raw.gz"], "not supported"),
        (["lost.npy"], "No such file"),
        (["a.npy", "--target", "noise", "--quality", "80"], "--quality: no effect beside --target"),
        (["a.npy", "--fidelity", "all", "b.jpkl", "--foo"], "unrecognized arguments: b.jpkl --foo"),
        (["a.npy", "--lossless", "--quality", "80"], "--quality: no effect on frames that are kept exactly"),
        (["a.npy", "--lossless", "--jpeg-tables", "fitted"], "--jpeg-tables: no effect on frames"),
        (["a.npy", "--lossless", "--target", "noise"], "--target: no effect on frames that are kept exactly"),
        (["a.npy", "--codec", "png", "--quality", "80"], "--quality: no effect on the codec 'png'"),
        (["a.npy", "--codec", "webp", "--jpeg-optimize"], "--jpeg-optimize: no effect on the codec 'webp'"),
    ],
)
def test_wrong_input_to_encode(run: Run, folder: Path, argv: list[str], says: str) -> None:
    np.save("a.npy", smooth(16, 16))
    np.save("complex.npy", smooth(16, 16, 2) * 1j)
    before = sorted(folder.iterdir())
    assert says in fails(run, "encode", *argv)
    assert sorted(folder.iterdir()) == before


def test_a_source_that_breaks_midway_leaves_no_file(run: Run, folder: Path) -> None:
    tifffile = pytest.importorskip("tifffile")
    tifffile.imwrite("a.tif", smooth(40, 64, 64), compression="zlib", photometric="minisblack")
    with tifffile.TiffFile("a.tif") as tiff:
        offset = tiff.pages[30].dataoffsets[0]
    content = bytearray(Path("a.tif").read_bytes())
    content[offset : offset + 20] = bytes(20)
    Path("a.tif").write_bytes(content)
    said = fails(run, "encode", "a.tif", "--display-range", "dtype")
    assert "a.tif, frame (30,): it cannot be read: plane (30,), page 30, bytes " in said
    assert [path.name for path in folder.iterdir()] == ["a.tif"]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("cluster_tzcyx.ome.tif", []),
        ("mitosis_max_tcyx.ome.tif", ["--select", "time=5:40:3,channel=1", "--quality", "70"]),
        ("yeast_mito_tzyx.ome.tif", ["--display-range", "percentile"]),
        ("us_cine_tyxs.tif", []),
    ],
)
def test_a_dry_run_tells_what_a_real_one_gives(run: Run, name: str, options: list[str], folder: Path) -> None:
    path = shared_data("images") / name
    dry = run("encode", path, "out.jpkl", "--dry-run", *options)
    assert not list(folder.iterdir())
    run("encode", path, "out.jpkl", *options)
    found = re.search(r"forecast: (\S+) (\S+)", dry)
    assert found
    forecast_nbytes = float(found[1]) * {"B": 1, "kB": 1e3, "MB": 1e6}[found[2].rstrip(",")]
    assert forecast_nbytes == pytest.approx(Path("out.jpkl").stat().st_size, rel=0.1)
    with JPkl.load("out.jpkl") as jp:
        assert jp.display_range is not None
        for low, high in jp.display_range.reshape(-1, 2):
            assert f"{low:g} to {high:g}" in dry
        assert f"stack: {jp.shape[0]} x {jp.shape[1]} pixels" in dry
    assert "output: out.jpkl (nothing is written)" in dry
    assert "exists already" in fails(run, "encode", path, "out.jpkl", "--dry-run")


def test_a_forecast_of_a_large_stack_reads_a_few_frames_only() -> None:
    class Counted:
        shape, dtype = (5000, 512, 512), np.dtype(np.uint16)
        n_read = 0

        def __getitem__(self, key: Any) -> NDArray[np.uint16]:
            chosen = np.broadcast_to(frame, self.shape)[key]
            self.n_read += chosen.shape[0]
            return chosen

    frame, source = smooth(512, 512), Counted()
    found = forecast(resolve_options(source, axes="TYX"))
    assert not found.is_measured
    assert found.n_sampled == 64
    assert source.n_read <= 2 * 64 + 48  # for the display range, to encode them, and for the tables


# -- info ----------------------------------------------------------------------------------------------


def test_info(run: Run, stack: Path) -> None:
    said = run("info", "stack.jpkl")
    assert said.startswith("stack.jpkl\n")
    for fact in (
        "40 x 48 x 3 x 2",
        "3: 0.0 to 5.0 s",
        "JPEG, quality 90; file format 1",
        "uint16",
        "than 8-bit pixels",
        "pixel_size, pixel_unit, coords, units, channel_names, channel_colors",
    ):
        assert fact in said


def test_info_says_what_the_indices_of_a_dim_stand_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    coords: dict[str, Any] = {
        "time": np.array(["2024-01-01T00:00", "2024-01-01T01:30"], "datetime64[ns]"),
        "condition": ["control", "drug", "wash"],
        "stage": [12_345_600, 12_345_700],
        "clock": [1.7e9, 1.7e9 + 0.5],
        "z": [0.25],
    }
    metadata = {"coords": coords, "units": {"stage": "nm", "clock": "s", "z": "um"}}
    sizes = [len(values) for values in coords.values()]
    path = tmp_path / "x.jpkl"
    JPkl(np.zeros((8, 8, *sizes)), dim_names=list(coords), metadata=metadata).save(path)
    assert main(["info", str(path)]) == 0
    said = capsys.readouterr().out
    for fact in (
        "dim time       2: 2024-01-01 00:00 to 2024-01-01 01:30",
        "dim condition  3: control, drug, wash",
        "dim stage      2: 12345600 to 12345700 nm",
        "dim clock      2: 1700000000.0 to 1700000000.5 s",
        "dim z          1: 0.25 um",
    ):
        assert fact in said


def test_info_of_several_files_goes_on_behind_one_that_cannot_be_read(run: Run, stack: Path) -> None:
    assert run("info", "stack.jpkl", "missing.jpkl", "stack.jpkl", code=1).count("40 x 48 x 3 x 2") == 2


def test_info_as_json(run: Run, stack: Path) -> None:
    facts = json.loads(run("info", "stack.jpkl", "--json"))
    with JPkl.load(stack) as jp:
        lengths = [len(data) for data in jp.images.values()]
    assert facts["shape"] == [40, 48, 3, 2]
    assert facts["dims"] == [
        {"name": "time", "size": 3, "unit": "s", "first": 0.0, "last": 5.0, "coords": "0.0 to 5.0 s"},
        {"name": "channel", "size": 2},
    ]
    assert facts["color"] is False
    assert facts["jpeg_quality"] == 90
    assert facts["codec"] == "jpeg"
    assert facts["source_dtype"] == "uint16"
    assert facts["file_bytes"] == stack.stat().st_size
    assert facts["frame_bytes"] == {
        "min": min(lengths),
        "median": float(np.median(lengths)),
        "max": max(lengths),
    }
    assert facts["ratio_to_source"] == pytest.approx(2 * facts["ratio_to_uint8"])
    assert np.shape(facts["display_range"]) == (1, 2, 2)


def test_info_of_odd_metadata(run: Run) -> None:
    metadata = {"coords": {"dim0": "abc"}, "units": 3, "x\x1b[2J": 1}
    JPkl(smooth(16, 16, 3), metadata=metadata).save("odd.jpkl")
    said = run("info", "odd.jpkl")
    assert "\x1b" not in said
    assert json.loads(run("info", "odd.jpkl", "--json"))["dims"] == [{"name": "dim0", "size": 3}]


def test_info_without_dims(run: Run) -> None:
    JPkl(smooth(16, 16)).save("one.jpkl")
    assert json.loads(run("info", "one.jpkl", "--json"))["dims"] == []


# -- verify --------------------------------------------------------------------------------------------


def corrupt(path: Path, index: tuple[int, ...]) -> None:
    """Change a byte in the middle of a frame."""
    with JPkl.load(path) as jp:
        frame = jp.images[index]
    content = bytearray(path.read_bytes())
    content[content.index(frame) + len(frame) // 2] ^= 0xFF
    path.write_bytes(content)


def test_verify_good_frames(run: Run, stack: Path) -> None:
    assert run("verify", stack) == "6 frames, all good\n"


def test_verify_lists_every_bad_frame(run: Run, stack: Path) -> None:
    corrupt(stack, (0, 1))
    corrupt(stack, (2, 0))
    *bad, summary = run("verify", "stack.jpkl", code=1).splitlines()
    assert ["frame (0, 1)" in bad[0], "frame (2, 0)" in bad[1]] == [True, True]
    assert summary == "2 of 6 frames bad"


def test_verify_a_broken_pickle(run: Run, stack: Path) -> None:
    content = bytearray(stack.read_bytes())
    content[content.index(b"K\x00K\x01\x86")] ^= 1  # the key of frame (0, 1)
    stack.write_bytes(content)
    problem, summary = run("verify", stack, code=1).splitlines()
    assert "the pickle is broken, so that pickle.load fails" in problem
    assert summary == "6 frames good, but not the file that holds them"
    run("recover", stack, "whole.jpkl")
    assert run("verify", "whole.jpkl") == "6 frames, all good\n"


def test_verify_an_index_that_exchanges_frames(run: Run, folder: Path) -> None:
    path = folder / "x.jpkl"
    JPkl(smooth(9, 32, 32), axes="TYX").save(path)
    source = LocalFile(path)
    trailer = read_trailer(source)
    source.close()
    assert trailer is not None
    for column in (trailer.offsets, trailer.lengths, trailer.checksums):
        column[[1, 2]] = column[[2, 1]]
    path.write_bytes(path.read_bytes()[: trailer.offset] + trailer.pack())
    problem, summary = run("verify", path, code=1).splitlines()
    assert (
        "2 frames are elsewhere in the pickle than the index at the end says, the first of them (1,)"
        in problem
    )
    assert summary == "9 frames good, but not the file that holds them"


@pytest.mark.parametrize(
    ("place", "says"), [(-60, "its checksum is wrong"), (-3, "is cut off"), (60, "another pickle")]
)
def test_verify_an_index_that_cannot_be_used(run: Run, stack: Path, place: int, says: str) -> None:
    """Its frames are found without it, and no checksum protects them."""
    content = bytearray(stack.read_bytes())
    place = content.index(b"channel") if place > 0 else place  # the name of a dim
    content[place] ^= 4
    stack.write_bytes(content)
    problem, summary = run("verify", stack, code=1).splitlines()
    assert says in problem
    assert summary == "6 frames good, but not the file that holds them"


def test_verify_without_checksums(run: Run, folder: Path) -> None:
    (folder / "x.jpkl").write_bytes(pickle.dumps(v1_dict(), 4))
    said = run("verify", folder / "x.jpkl")
    assert (
        said == "6 frames, all can be decoded; without checksums in the file, changed pixels go unnoticed\n"
    )


def test_verify_against_the_original(run: Run, stack: Path) -> None:
    np.save("original.npy", smooth(3, 2, 40, 48))
    said = run("verify", "stack.jpkl", "--against", "original.npy", "--axes", "TCYX").splitlines()
    assert said[0] == "6 frames, all good"
    assert len([line for line in said if line.startswith("frame (")]) == 6
    psnr, ssim, recorded = said[-3:]
    assert psnr.startswith("PSNR: lowest ")
    lowest_psnr, lowest_ssim = float(psnr.split()[2]), float(ssim.split()[2].rstrip(","))
    assert lowest_psnr > 38
    assert 0.95 < lowest_ssim <= 1
    assert recorded == "stack.jpkl: PSNR and SSIM are now recorded in it; jpkl info prints them"
    assert f"(lowest {lowest_psnr:.1f} dB)" in run("info", "stack.jpkl")
    found = json.loads(run("info", "stack.jpkl", "--json"))["fidelity"]
    assert found["frames"] == [0, 1, 2, 3, 4, 5]
    assert min(found["psnr"]) == pytest.approx(lowest_psnr, abs=0.01)


def test_fidelity_is_what_scikit_image_measures(run: Run) -> None:
    metrics = pytest.importorskip("skimage.metrics")
    pixels = np.random.default_rng(1).integers(0, 256, (32, 40, 3, 2), np.uint8)
    np.save("rgb.npy", pixels)
    run("encode", "rgb.npy", "--axes", "YXST", "--quality", "60")
    said = run("verify", "rgb.jpkl", "--against", "rgb.npy", "--axes", "YXST").splitlines()
    with JPkl.load("rgb.jpkl") as jp:
        original, decoded = pixels[..., 1], jp[..., 1]
    psnr = metrics.peak_signal_noise_ratio(original, decoded, data_range=255)
    ssim = metrics.structural_similarity(original, decoded, data_range=255, channel_axis=2)
    assert said[2] == f"frame (1,): PSNR {psnr:.2f} dB, SSIM {ssim:.4f}"


@pytest.mark.parametrize(
    ("shape", "axes", "says"), [((3, 2, 40, 50), "TCYX", "shape"), ((40, 48, 3), "YXT", "shape")]
)
def test_verify_against_something_else(
    run: Run, stack: Path, shape: tuple[int, ...], axes: str, says: str
) -> None:
    np.save("other.npy", smooth(*shape))
    said = run("verify", "stack.jpkl", "--against", "other.npy", "--axes", axes, code=2)
    assert says in said
    assert "--axes" in said


def test_verify_against_constant_values_that_are_kept_exactly(run: Run) -> None:
    images = np.full((16, 16, 2), 7, np.uint16)
    np.save("same.npy", images)
    np.save("other.npy", images + 1)
    JPkl(images, lossless=True).save("a.jpkl")
    assert "no loss" in run("verify", "a.jpkl", "--against", "same.npy")
    assert "PSNR 0.00 dB" in run("verify", "a.jpkl", "--against", "other.npy")


def test_verify_against_complex_values(run: Run, stack: Path) -> None:
    np.save("complex.npy", smooth(3, 2, 40, 48) + 1j)
    before = stack.read_bytes()
    assert "real numbers" in run("verify", "stack.jpkl", "--against", "complex.npy", "--axes", "TCYX", code=2)
    assert stack.read_bytes() == before


# -- export --------------------------------------------------------------------------------------------


def test_names_may_come_after_options(run: Run, folder: Path) -> None:
    np.save("a.npy", smooth(16, 16))
    run("encode", "a.npy", "--quality", "80", "b.jpkl")
    with JPkl.load("b.jpkl") as jp:
        assert jp.jpeg_quality == 80
    assert [json.loads(line)["codec"] for line in run("info", "b.jpkl", "--json", "b.jpkl").splitlines()] == [
        "jpeg",
        "jpeg",
    ]


def test_export_takes_a_selection(run: Run, stack: Path) -> None:
    assert run("export", "stack.jpkl", "out.npy", "--select", "T=::2,chan=1") == "out.npy: 2 frames, 8-bit\n"
    run("export", "stack.jpkl", "jpegs", "--to", "jpeg", "--select", "time=1")
    with JPkl.load(stack) as jp:
        np.testing.assert_array_equal(np.load("out.npy"), jp[:, :, ::2, 1])
        assert Path("jpegs/channel0.jpg").read_bytes() == jp.images[1, 0]
    assert "there is no dim 'z'" in fails(run, "export", "stack.jpkl", "out2.npy", "--select", "z=1")


def test_labels_that_are_damaged_are_in_the_way_of_no_frames(run: Run, folder: Path) -> None:
    labels = np.arange(8 * 8 * 3, dtype=np.uint16).reshape(8, 8, 3)
    jp = JPkl(smooth(8, 8, 3), dim_names=["time"], labels={"cells": labels})
    jp.save("a.jpkl")
    data = bytearray(Path("a.jpkl").read_bytes())
    data[data.rindex(b"LBYT") + 40] ^= 1
    Path("a.jpkl").write_bytes(data)
    run("export", "a.jpkl", "out.npy", "--select", "time=1:")
    np.testing.assert_array_equal(np.load("out.npy"), jp[..., 1:])
    said = run("export", "a.jpkl", "labels.npy", "--select", "time=1:", "--labels", "cells", code=2)
    assert "labels 'cells': their bytes are not those that were written" in said
    assert "there are: cells" in run(
        "export", "a.jpkl", "x.npy", "--select", "time=1", "--labels", "x", code=2
    )


def test_export_npy(run: Run, stack: Path) -> None:
    run("export", "stack.jpkl", "out.npy")
    with JPkl.load(stack) as jp:
        np.testing.assert_array_equal(np.load("out.npy"), jp[...])


def test_export_pictures(run: Run, stack: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    run("export", "stack.jpkl", "pictures")
    names = sorted(path.name for path in Path("pictures").iterdir())
    assert names == [f"time{t}_channel{c}.png" for t in range(3) for c in range(2)]
    with JPkl.load(stack) as jp, image.open("pictures/time2_channel1.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), jp[..., 2, 1])


@pytest.mark.parametrize("name", ["out.tif", "out.ome.tif"])
def test_export_tiff_keeps_axes_and_scales(run: Run, stack: Path, name: str) -> None:
    pytest.importorskip("tifffile")
    run("export", "stack.jpkl", name)
    with JPkl.load(stack) as jp, open_image(name) as source:
        assert source.axes == "TCYX"
        np.testing.assert_array_equal(source.array, jp[...].transpose(2, 3, 0, 1))
        kept = {key: value for key, value in jp.metadata.items() if key != "channel_names"}
        assert kept.items() <= source.metadata.items()
        if name == "out.ome.tif":
            assert source.metadata["channel_names"] == ["DAPI", "GFP"]


def test_dims_that_ome_cannot_hold(run: Run, folder: Path) -> None:
    pytest.importorskip("tifffile")
    JPkl(smooth(8, 8, 2, 2, 2, 2), dim_names=["angle", "time", "z", "channel"]).save("a.jpkl")
    assert "OME-TIFF cannot hold" in fails(run, "export", "a.jpkl", "a.ome.tif")
    assert [path.name for path in folder.iterdir()] == ["a.jpkl"]


@pytest.mark.parametrize("output", ["out.npy", "out.tif", "pictures"])
def test_a_bad_frame_leaves_no_export(run: Run, stack: Path, folder: Path, output: str) -> None:
    corrupt(stack, (1, 1))
    assert "frame (1, 1)" in fails(run, "export", "stack.jpkl", output)
    assert [path.name for path in folder.iterdir()] == ["stack.jpkl"]


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["out.avi"], "'.avi' names no format"),
        (["there.npy"], "--force"),
        (["lost/out.npy"], "no folder lost"),
        (["full"], "new or an empty folder"),
        (["full", "--to", "npy"], "is a folder"),
    ],
)
def test_where_an_export_cannot_go(run: Run, stack: Path, argv: list[str], says: str) -> None:
    Path("there.npy").write_bytes(b"precious")
    Path("full").mkdir()
    Path("full/precious").touch()
    assert says in fails(run, "export", "stack.jpkl", *argv)
    assert Path("there.npy").read_bytes() == b"precious"


# -- export of movies ----------------------------------------------------------------------------------


def test_export_a_movie(run: Run, stack: Path) -> None:
    pytest.importorskip("jpkl_viewer")
    image = pytest.importorskip("PIL.Image")
    run("annotate", "stack.jpkl", "--pixel-size", "0.2um")  # other pixels are drawn in their shape
    argv = ["out.gif", "--select", "time=1:", "--select", "channel=-1", "--fps", "5", "--plain"]
    assert run("export", "stack.jpkl", *argv) == "out.gif: 2 pictures\n"
    with JPkl.load(stack) as jp, image.open("out.gif") as movie:
        assert movie.info["duration"] == 200
        for number in range(2):
            movie.seek(number)
            np.testing.assert_array_equal(np.asarray(movie.convert("L")), jp[..., 1 + number, 1])


def test_export_an_mp4(run: Run, stack: Path) -> None:
    pytest.importorskip("jpkl_viewer")
    pytest.importorskip("imageio_ffmpeg")
    run("export", "stack.jpkl", "out.mp4", "--dim", "chan", "--scale", "2")
    assert Path("out.mp4").read_bytes()[4:8] == b"ftyp"


def test_export_one_picture(run: Run, stack: Path) -> None:
    image = pytest.importorskip("PIL.Image")
    viewer = pytest.importorskip("jpkl_viewer")
    run("annotate", "stack.jpkl", "--pixel-size", "0.2um")
    argv = ["out.png", "--select", "time=2", "--crop", "4:20,8:40", "--composite", "--plain"]
    assert run("export", "stack.jpkl", *argv) == "out.png: 1 picture\n"
    with JPkl.load(stack) as jp, image.open("out.png") as picture:
        view = viewer.JPklViewer(jp, composite=True, position=[2, 0])
        np.testing.assert_array_equal(np.asarray(picture), view.frames.picture(view.request)[4:20, 8:40])


@pytest.mark.parametrize(
    ("argv", "says"),
    [
        (["a.png", "--fps", "5"], "a .png is one picture"),
        (["a.gif", "--dim", "z"], "no dim 'z'; the dims are time, channel"),
        (["a.png", "--crop", ":,99:100"], "--crop: nothing is left of frames of "),
        (["a.png", "--composite", "--colormap", "gray"], "--colormap is for a single channel"),
        (["a.gif", "--select", "z=1"], "no dim 'z'; the dims are time, channel"),
        (["a.gif", "--select", "channel=0:2"], "channel=0"),
        (["a.gif", "--select", "channel=2"], "channel has no index 2, but 0 to 1"),
        (["a.gif", "--select", "time=3:"], "nothing is left of time"),
        (
            ["a.gif", "--colormap", "grey"],
            "--colormap: there is no 'grey'; did you mean 'gray'? There are gray, ",
        ),
        (["a.gif", "--crop", "0:99,30:20"], "--crop: nothing is left"),
        (["a.gif", "--quality", "50"], "are for .html"),
        (["a.npy", "--fps", "5"], "are for .mp4, .gif and .png"),
    ],
)
def test_movies_that_cannot_be(run: Run, stack: Path, folder: Path, argv: list[str], says: str) -> None:
    pytest.importorskip("jpkl_viewer")
    assert says in fails(run, "export", "stack.jpkl", *argv)
    assert [path.name for path in folder.iterdir()] == ["stack.jpkl"]


# -- view and demo -------------------------------------------------------------------------------------


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the viewer is asked to serve, instead of serving it."""
    viewer = pytest.importorskip("jpkl_viewer")
    asked: list[dict[str, Any]] = []

    def serve(stack: Any, **options: Any) -> None:
        jp = stack if isinstance(stack, JPkl) else JPkl.load(stack)
        with jp:
            asked.append({"shape": jp.shape, "dim_names": jp.dim_names, **options})

    monkeypatch.setattr(viewer, "serve", serve)
    return asked


def test_view(run: Run, stack: Path, served: list[dict[str, Any]]) -> None:
    run("view", "stack.jpkl", "--no-show", "--port", "5123", code=130)
    assert served == [
        {
            "shape": (40, 48, 3, 2),
            "dim_names": ("time", "channel"),
            "compare": [],
            "port": 5123,
            "show": False,
            "address": "localhost",
        }
    ]


def test_view_an_original(run: Run, folder: Path, served: list[dict[str, Any]]) -> None:
    np.save("pixels.npy", smooth(3, 40, 48))
    run("view", "pixels.npy", "--axes", "TYX", code=130)
    assert served[0]["shape"] == (40, 48, 3)
    assert served[0]["dim_names"] == ("time",)
    np.savez("two.npz", a=smooth(40, 48), b=smooth(48, 40))
    assert "--scene" in run("view", "two.npz", code=130)
    run("view", "two.npz", "--scene", "b", code=130)
    assert [asked["shape"] for asked in served[1:]] == [(40, 48), (48, 40)]
    Path("pixels.jpkl").touch()
    assert "pixels.jpkl: exists already" in fails(run, "view", "pixels.npy", "--save")
    assert "No such file" in fails(run, "view", "missing.tif")
    assert "this is a JPkl file, to which only the path applies" in fails(
        run, "view", make_stack(), "--axes", "YX"
    )


def make_stack() -> str:
    JPkl(smooth(40, 48)).save("made.jpkl")
    return "made.jpkl"


def test_cache(run: Run, folder: Path) -> None:
    assert "0 stacks, 0 B of 20 GB" in run("cache")
    for name in ("a.npy", "b.npy"):
        np.save(name, smooth(40, 48, 3))
        with jpkl.open(name) as stack:
            assert isinstance(stack, OriginalStack)
            conversion_of(stack).wait()
    os.utime("b.npy", (1, 1))
    said = run("cache").splitlines()
    assert len(said) == 3
    assert any(line.endswith("a.npy") for line in said)
    assert any(line.endswith("b.npy, changed or gone since") for line in said)
    assert "c.npy: nothing is kept of it" in fails(run, "cache", "--clear", "c.npy")
    assert "--stale goes with --clear" in fails(run, "cache", "--stale")
    assert "removed 1 stack" in run("cache", "--clear", "--stale")
    assert "removed 1 stack" in run("cache", "--clear", "a.npy")
    assert "0 stacks" in run("cache")


def test_a_port_that_is_taken(run: Run, stack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = pytest.importorskip("jpkl_viewer")

    def serve(path: str, **options: Any) -> None:
        raise OSError(errno.EADDRINUSE, "Address already in use")

    monkeypatch.setattr(viewer, "serve", serve)
    assert "port 5123 is taken; choose another" in fails(run, "view", stack, "--port", "5123")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(errno.EACCES, "Permission denied"), "port 80 may not be used by you; choose one from 1024"),
        (OSError(errno.EADDRNOTAVAIL, "no"), "--address localhost: this machine has no such address"),
        (OSError(-2, "Name or service not known"), "cannot serve at localhost: Name or service not known"),
        (PermissionError(13, "Permission denied", "secret.jpkl"), "secret.jpkl: Permission denied"),
    ],
)
def test_why_it_cannot_serve(
    run: Run, stack: Path, monkeypatch: pytest.MonkeyPatch, error: OSError, says: str
) -> None:
    viewer = pytest.importorskip("jpkl_viewer")

    def serve(path: str, **options: Any) -> None:
        raise error

    monkeypatch.setattr(viewer, "serve", serve)
    assert says in fails(run, "view", stack, "--port", "80")


def test_without_a_port_the_viewer_chooses(run: Run, stack: Path, served: list[dict[str, Any]]) -> None:
    run("view", "stack.jpkl", code=130)
    run("demo", code=130)
    assert [asked["port"] for asked in served] == [None, None]
    assert "'70000' is not a port, a number from 0 to 65535" in fails(run, "view", stack, "--port", "70000")


def test_what_cannot_be_compared(run: Run, stack: Path, served: list[dict[str, Any]]) -> None:
    (stack.parent / "folder").mkdir()
    JPkl(np.zeros((4, 4, 0), np.uint8)).save("empty.jpkl")
    assert "folder: is a folder; name files to see side by side" in fails(run, "view", stack, "folder")
    assert "folder: is a folder" in fails(run, "view", "folder", stack)
    assert "missing.jpkl: No such file" in fails(run, "view", stack, "missing.jpkl")
    assert "empty.jpkl: holds no frames to view" in fails(run, "view", stack, "empty.jpkl")
    assert not served


def test_demo(run: Run, served: list[dict[str, Any]], folder: Path) -> None:
    said = run("demo", "--no-show", code=130)
    assert served[0]["dim_names"] == ("time", "channel")
    assert served[0]["show"] is False
    assert "mitosis" in said
    assert " times smaller than the uint16 pixels" in said
    assert not list(folder.iterdir())


def test_demo_can_keep_its_file(run: Run, served: list[dict[str, Any]]) -> None:
    run("demo", "--no-show", "--output", "mitosis.jpkl", code=130)
    with JPkl.load("mitosis.jpkl") as jp:
        assert jp.shape == served[0]["shape"] == (196, 171, 51, 2)


def test_without_the_viewer_the_cure_is_named(run: Run, stack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jpkl_viewer", None)
    assert 'pip install "jpkl[viewer]"' in fails(run, "view", stack)
    assert 'pip install "jpkl[viewer]"' in fails(run, "demo")


# -- texts ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "text"), [(0, "0 B"), (999, "999 B"), (1000, "1 kB"), (999_600, "1 MB"), (6_837_264, "6.84 MB")]
)
def test_bytes_have_three_digits(n: int, text: str) -> None:
    assert human_bytes(n) == text


# -- TIFF files that are not what they seem ------------------------------------------------------------


def test_a_file_that_was_cut_is_encoded_as_far_as_it_goes(run: Run) -> None:
    tifffile = pytest.importorskip("tifffile")
    tifffile.imwrite("a.tif", 1 + smooth(8, 64, 64), photometric="minisblack", metadata={"axes": "ZYX"})
    Path("a.tif").write_bytes(Path("a.tif").read_bytes()[: 5 * 64 * 64])
    assert "of 8 planes are there" in fails(run, "encode", "a.tif")
    assert "--missing" in run("encode", "--help")
    with tifffile.TiffFile("a.tif") as tiff:
        n = (Path("a.tif").stat().st_size - tiff.pages.first.dataoffsets[0]) // tiff.pages.first.nbytes
    as_it_is = ("--display-range", "dtype", "--jpeg-tables", "standard")
    said = run("encode", "a.tif", "trim.jpkl", "--missing", "trim", *as_it_is)
    assert f"a.tif: {8 - n} of 8 planes missing: read the first {n} of 8 along z\n" in said
    said = run("encode", "a.tif", "black.jpkl", "--missing", "black", *as_it_is)
    assert f"a.tif: {8 - n} of 8 planes missing: black in their place\n" in said
    with JPkl.load("trim.jpkl") as trim, JPkl.load("black.jpkl") as black:
        assert trim.shape == (64, 64, n)
        assert black.shape == (64, 64, 8)
        np.testing.assert_array_equal(black[..., :n], trim[...])
        assert not black[..., n:].any()
    assert "all good" in run("verify", "trim.jpkl", "--against", "a.tif", "--missing", "trim")


def test_samples_are_channels_where_axes_say_so(run: Run) -> None:
    tifffile = pytest.importorskip("tifffile")
    pixels = np.stack([smooth(16, 16)] * 4).astype(np.uint8)
    tifffile.imwrite("a.tif", pixels, photometric="rgb", planarconfig="separate", extrasamples=["unassalpha"])
    assert "sample 4 of 4 is marked as transparency (alpha) and left out; --axes CYX" in run(
        "encode", "a.tif"
    )
    assert "transparency" not in run("encode", "a.tif", "b.jpkl", "--axes", "CYX")
    with JPkl.load("a.jpkl") as colors, JPkl.load("b.jpkl") as channels:
        assert colors.shape == (16, 16, 3)
        assert channels.shape == (16, 16, 4)


def test_what_is_clipped_is_said_in_one_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    images = np.random.default_rng(0).normal(100, 10, (64, 64, 20)).astype(np.uint16)
    images[4, 5, 3] = 65535
    np.save("hot.npy", images)
    assert main(["encode", "hot.npy", "hot.jpkl"]) == 0
    says = capsys.readouterr().err
    assert re.fullmatch(
        r"jpkl: intensities above \d+ \(to 65535\) are clipped: .*--display-range minmax.*\n", says
    )
    assert main(["encode", "hot.npy", "all.jpkl", "--display-range", "minmax"]) == 0
    assert capsys.readouterr().err == ""
    assert np.max(JPkl.load("all.jpkl").display_range) == 65535


@pytest.mark.parametrize(
    ("shape", "dtype", "options", "says"),
    [
        ((40, 48, 2), "c8", (), "images of dtype complex64"),
        ((40, 48, 2), "u1", ("--axes", "TTYX"), "axes 'TTYX' name 4 axes"),
        ((40, 48, 2), "u1", ("--select", "t=5"), "--select: "),
        ((70_000, 2, 2), "u1", ("--dim-names", "t"), "frame (0,): "),
    ],
)
def test_errors_of_arrays_name_the_file(
    shape: tuple[int, ...], dtype: str, options: tuple[str, ...], says: str, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "cells.npy"
    np.save(path, np.zeros(shape, dtype))
    assert f"jpkl: {path}: {says}" in run("encode", path, *options, code=2)
    if options != ("--select", "t=5"):
        with pytest.raises((ValueError, TypeError), match=r"cells\.npy"):
            jpkl.open(path, axes="TTYX" if "--axes" in options else None)[...]


@pytest.mark.parametrize(
    ("said", "line"),
    [((), "not enough memory"), (("Unable to allocate 9 TiB",), "not enough memory: Unable to")],
)
def test_a_lack_of_memory_is_one_line(
    said: tuple[str, ...],
    line: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    stack = tmp_path / "x.jpkl"
    JPkl(np.zeros((8, 8, 2), np.uint8)).save(stack)

    def decode(*args: object) -> None:
        raise MemoryError(*said)

    monkeypatch.setattr(JpegCodec, "decode", decode)
    for command in (["verify", str(stack)], ["export", str(stack), str(tmp_path / "x.npy")]):
        assert main(command) == 2
        assert f"jpkl: {line}" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["x.jpkl"]

"""A disk that is full: whatever fails leaves nothing behind, and what was there before stays."""

from __future__ import annotations

import errno
import re
import subprocess
import sys
import textwrap
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from jpkl import IncompleteStackError, JPkl, JPklWriter
from jpkl._cli._common import describe
from jpkl._file import atomic, failing, label_log
from jpkl._file.atomic import DurableFile, ReplacementFile
from jpkl._recover import recover

#: Smaller than the buffer of a file when encoded, so that closing it has something left to write.
PIXELS = np.random.default_rng(0).integers(0, 256, (32, 32, 60)).astype(np.uint8)

#: What writes a stack, run where no file can be larger than 20,000 bytes: as good as a full disk.
WAYS = {
    "save": "JPkl(pixels).save(path)",
    "encode": "stack_cli(['encode', 'pixels.npy', path, '--force'])",
    "writer": """
        with JPklWriter(path, (32, 32), (60,)) as writer:
            for i in range(60):
                writer[i] = pixels[..., i]
    """,
    "annotate": "stack_cli(['annotate', path, '--pixel-size', '1'])",
    "export": "stack_cli(['export', path, 'x.npy'])",
    "tiff": "stack_cli(['export', path, 'x.tif'])",
    "page": "stack_cli(['page', '--data', path, '-o', 'page'])",
}


def full_disk(action: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run an action where files cannot become larger than 20,000 bytes."""
    script = f"""
        import resource, sys
        import numpy as np
        from jpkl import JPkl, JPklWriter
        from jpkl._cli._main import main
        def stack_cli(argv):
            if main(argv):
                raise OSError
        path, pixels = "x.jpkl", np.load("pixels.npy")
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        try:
            {textwrap.indent(textwrap.dedent(action), " " * 12).strip()}
        except OSError:
            sys.exit(7)
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)


@pytest.mark.skipif(sys.platform == "win32", reason="needs RLIMIT_FSIZE")
@pytest.mark.parametrize("way", WAYS)
def test_nothing_stays_behind(way: str, tmp_path: Path) -> None:
    np.save(tmp_path / "pixels.npy", PIXELS)
    JPkl(PIXELS).save(tmp_path / "x.jpkl")
    before = (tmp_path / "x.jpkl").read_bytes()
    done = full_disk(WAYS[way], tmp_path)
    assert done.returncode == 7, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pixels.npy", "x.jpkl"]
    assert (tmp_path / "x.jpkl").read_bytes() == before
    if "stack_cli" in WAYS[way]:
        assert re.search(r"jpkl: \S+: File too large; what was begun is removed. Make room", done.stderr)


@pytest.mark.skipif(sys.platform == "win32", reason="paths with slashes")
@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(errno.ENOSPC, "Full"), "{tmp}/x.npy: No space left on device; what was begun is removed"),
        (OSError("16384 requested and 7840 written"), "{tmp}/x.npy: No space left on device; what was begun"),
        (PermissionError(errno.EACCES, "No", "{tmp}/x.npy.s0123456.part"), "{tmp}/x.npy: you may not write"),
        (PermissionError(errno.EACCES, "No", "{tmp}/source.npy"), "{tmp}/source.npy: No"),
        (OSError("something else"), "something else"),
    ],
)
def test_errors_name_the_file_that_was_asked_for(
    error: OSError, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failing, "_has_room", lambda folder: False)
    if error.filename is not None:
        error.filename = error.filename.format(tmp=tmp_path)
    with pytest.raises(OSError) as raised, failing.naming_target(tmp_path / "x.npy"):  # noqa: PT011
        raise error
    assert describe(raised.value).startswith(says.format(tmp=tmp_path))


def test_a_full_disk_for_temporary_files_is_told_from_that_of_the_target(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="have TMPDIR name another"), failing.naming_target(tmp_path / "x"):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_discard_removes_what_cannot_be_flushed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replacement = ReplacementFile(tmp_path / "x")
    flushed = []

    class Full:
        def close(self) -> None:
            flushed.append(True)
            raise OSError(errno.ENOSPC, "No space left on device")

    replacement.open().close()
    monkeypatch.setattr(replacement, "_file", Full())
    replacement.discard()
    assert flushed
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def filling_up(monkeypatch: pytest.MonkeyPatch) -> Callable[[int | None], None]:
    """Return what sets how many bytes more fit on the disk, None for any number."""
    room: list[int | None] = [None]

    class Limited(DurableFile):
        def write(self, data: Any, /) -> int:
            if room[0] is None or len(data) <= room[0]:
                return super().write(data)
            super().write(data[: room[0]])
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic, "DurableFile", Limited)
    return lambda n_bytes: room.__setitem__(0, n_bytes)


def test_a_frame_that_did_not_fit_can_be_written_again(
    tmp_path: Path, filling_up: Callable[[int | None], None]
) -> None:
    with JPklWriter(tmp_path / "x.jpkl", (32, 32), (3,), jpeg_tables="standard") as writer:
        writer[0] = PIXELS[..., 0]
        filling_up(100)
        for _ in range(2):
            with pytest.raises(OSError, match="No space left on device; what was written before") as raised:
                writer[1] = PIXELS[..., 1]
            assert raised.value.filename == str(tmp_path / "x.jpkl")
        filling_up(None)
        writer[2] = PIXELS[..., 2]
        writer[1] = PIXELS[..., 1]
    with JPkl.load(tmp_path / "x.jpkl") as stack:
        np.testing.assert_array_equal(stack[...], JPkl(PIXELS[..., :3], jpeg_tables="standard")[...])


def test_frames_before_the_disk_was_full_can_be_recovered(
    tmp_path: Path, filling_up: Callable[[int | None], None]
) -> None:
    writer = JPklWriter(tmp_path / "x.jpkl", (32, 32), (3,))
    writer[0] = PIXELS[..., 0]
    filling_up(100)
    with pytest.raises(OSError, match="No space left"):
        writer[1] = PIXELS[..., 1]
    with pytest.raises(IncompleteStackError):
        writer.close()
    (part,) = tmp_path.iterdir()
    filling_up(None)
    assert recover(part, tmp_path / "x.jpkl").n_recovered == 1


def test_frames_can_be_recovered_where_the_end_of_the_file_does_not_fit(
    tmp_path: Path, filling_up: Callable[[int | None], None]
) -> None:
    writer = JPklWriter(tmp_path / "x.jpkl", (32, 32), (3,), labels={"noise": np.uint8})
    for i in range(3):
        writer[i], writer.labels["noise"][i] = PIXELS[..., i], PIXELS[..., i]
    filling_up(100)
    with pytest.raises(OSError, match="No space left") as raised:
        writer.close()
    assert raised.value.filename == str(tmp_path / "x.jpkl")
    part, _ = sorted(tmp_path.iterdir())
    filling_up(None)
    report = recover(part, tmp_path / "x.jpkl")
    assert (report.n_recovered, report.labels) == (3, {"noise": (3, 3)})


def test_labels_that_did_not_fit_can_be_written_again(tmp_path: Path) -> None:
    class Full(BytesIO):
        has_room = False

        def write(self, data: Any, /) -> int:
            if self.has_room:
                return super().write(data)
            super().write(data[:10])
            raise OSError(errno.ENOSPC, "No space left on device")

    file = Full()
    with JPklWriter(tmp_path / "x.jpkl", (32, 32), (1,), labels={"noise": np.uint8}) as writer:
        writer[0] = PIXELS[..., 0]
        labels = writer.labels["noise"]
        labels._file.close()
        labels._file = labels._groups._file = file  # type: ignore[assignment]
        with pytest.raises(OSError, match=r"No space left on device for temporary files of .*x\.jpkl"):
            labels[0] = PIXELS[..., 0]
        file.has_room = True
        labels[0] = PIXELS[..., 0]
    with JPkl.load(tmp_path / "x.jpkl") as stack:
        np.testing.assert_array_equal(stack.labels["noise"][..., 0], PIXELS[..., 0])


def test_labels_that_cannot_be_begun_leave_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(DurableFile):
        def writelines(self, lines: Any, /) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(label_log, "DurableFile", Full)
    with pytest.raises(OSError, match="No space left"):
        JPklWriter(tmp_path / "x.jpkl", (32, 32), (1,), labels={"noise": np.uint8})
    assert not list(tmp_path.iterdir())

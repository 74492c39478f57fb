"""Open, index, verify and recover stacks of many frames and of many bytes, and print time and memory."""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from zlib import crc32

import numpy as np

from jpkl import JPkl
from jpkl._cli import main as run_command
from jpkl._codecs.jpeg import JpegCodec
from jpkl._file.schema import StackInfo
from jpkl._file.trailer import PICKLE_END
from jpkl._file.writing import StackFileWriter, pickle_head
from jpkl._pickle.writer import SETITEM, frame_head
from jpkl._recover import recover, remains

_SIDE = 8


def write(path: Path, sizes: tuple[int, ...], frame_bytes: int) -> None:
    """Write a stack of equal frames; what each has beyond a small JPEG is a hole of the file."""
    info = StackInfo(
        False, 90, sizes, tuple(f"d{i}" for i in range(len(sizes))), {}, (_SIDE, _SIDE), source_dtype="|u1"
    )
    jpeg = JpegCodec(90).encode(np.arange(_SIDE * _SIDE, dtype=np.uint8).reshape(_SIDE, _SIDE))
    length = max(frame_bytes, len(jpeg))
    checksum = crc32(jpeg + bytes(length - len(jpeg)))
    with path.open("wb") as file:
        writer = StackFileWriter(file, info)
        position = len(pickle_head(info))
        for number, index in enumerate(np.ndindex(*sizes)):
            head = frame_head(index, length)
            file.write(head + jpeg)
            file.seek(length - len(jpeg), 1)
            file.write(SETITEM)
            writer._offsets[number] = position + len(head)
            position += len(head) + length + len(SETITEM)
        writer._lengths[:], writer._checksums[:], writer._position = length, checksum, position
        writer.finish()


def cut(path: Path) -> None:
    """Cut a file off in its last frames, as a killed writer leaves it."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.truncate(size - size // 4 - len(PICKLE_END))


def _open(path: Path) -> str:
    with JPkl.load(path) as stack:
        return repr(stack)


def _index(path: Path) -> str:
    with JPkl.load(path) as stack:
        rng = np.random.default_rng(0)
        for _ in range(50):
            _ = stack[(..., *(int(rng.integers(size)) for size in stack.dim_sizes))]
        first, *rest = stack.dim_sizes
        return str(stack[(..., slice(None, None, max(1, first // 500)), *(0 for _ in rest))].shape)


def _view(path: Path) -> str:
    """Answer what a page asks for while it is scrubbed."""
    from jpkl_viewer.viewer import JPklViewer

    with JPkl.load(path) as stack:
        sent: list[object] = []
        answers = JPklViewer(stack)._answers(True)
        for number in np.random.default_rng(0).integers(len(stack.images), size=50).tolist():
            answers.handle({"type": "want", "keys": [number], "source": 0, "form": "stored"}, sent.append)
        answers.close()
        return f"{len(sent)} answers"


def _verify(path: Path) -> str:
    return f"exit code {run_command(['verify', str(path)])}"


def _remains(path: Path) -> str:
    return f"{remains(path).n_whole:,} frames"


def _recover(path: Path) -> str:
    return str(recover(path, path.with_suffix(".out"))).splitlines()[0]


STEPS: dict[str, Callable[[Path], str]] = {
    "open": _open,
    "index": _index,
    "view": _view,
    "verify": _verify,
    "list": _remains,
    "recover": _recover,
}

#: Name, sizes, bytes of a frame, and the steps: those that read every byte only where the bytes are few.
CASES: dict[str, tuple[tuple[int, ...], int, tuple[str, ...]]] = {
    "1,000 frames": ((1_000,), 0, ("open", "index", "view", "verify", "recover")),
    "1,000,000 frames": ((1_000, 1_000), 0, ("open", "index", "view", "verify", "recover")),
    "2^17 along a dim": ((2**17,), 0, ("open", "index", "view", "verify", "recover")),
    "100 GB": ((100, 1_000), 1_000_000, ("open", "index", "view", "list")),
}


def main(argv: Sequence[str]) -> int:
    """Run each step in a process of its own."""
    parser = argparse.ArgumentParser(prog="python -m robustness scale", description=__doc__)
    parser.add_argument("--folder", type=Path, help="where to write, on a disk with sparse files")
    parser.add_argument("--step", nargs=2, help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    if args.step:
        return _run_step(args.step[0], Path(args.step[1]))
    with tempfile.TemporaryDirectory(dir=args.folder) as folder:
        failed = sum(_run_case(Path(folder) / "x.jpkl", *case) for case in CASES.items())
    return bool(failed)


def _run_case(path: Path, name: str, case: tuple[tuple[int, ...], int, tuple[str, ...]]) -> int:
    sizes, frame_bytes, steps = case
    write(path, sizes, frame_bytes)
    failed = 0
    for step in steps:
        if step in ("list", "recover"):
            cut(path)
        command = [sys.executable, "-m", "robustness", "scale", "--step", step, str(path)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        failed += done.returncode != 0
        said = done.stdout.strip() if not done.returncode else f"FAILED: {done.stderr.strip()[-500:]}"
        print(f"{name:>18} {step:>8}: {said}", flush=True)
    path.unlink()
    return failed


def _run_step(step: str, path: Path) -> int:
    before, began = _peak(), time.perf_counter()
    said = " ".join(STEPS[step](path).split())
    print(f"{time.perf_counter() - began:.2f} s, {_peak() - before:.0f} MB more; {said}")
    return 0


def _peak() -> float:
    """Return the most memory that this process has had, in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # what getrusage says begins with the process that started this one
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1e3
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)

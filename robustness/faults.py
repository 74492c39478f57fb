"""Kill writers, fill the disk, take files away and flip bits, and check that nothing is torn, lost or wrong.

Needs fork, which Windows has not. Each step is done in a process of its own.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from jpkl import JPkl, JPklError, JPklWriter
from jpkl._cli._main import main as run_command
from jpkl._encoding.encode import encode_file
from jpkl._file.parts import find_parts
from jpkl._recover import recover
from robustness.changes import CHANGES
from robustness.folders import served_folders
from robustness.following import followed_kills
from robustness.interrupts import interrupts
from robustness.originals import changed_originals
from robustness.processes import Process, Written, do, must_work
from robustness.servers import bad_servers
from robustness.threads import no_threads

_SHAPE = (48, 64, 40)


def _pixels(seed: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).integers(0, 256, _SHAPE).astype(np.uint8)


def _stack(seed: int) -> JPkl:
    """Return frames that are the same whoever writes them: tables that are fitted depend on the stack."""
    return JPkl(_pixels(seed), jpeg_tables="standard")


# -- what writes ---------------------------------------------------------------------------------------


def save(written: Written) -> None:
    _stack(1).save("x.jpkl")


def encode(written: Written) -> None:
    encode_file(_pixels(1), "x.jpkl", jpeg_tables="standard")


def write(written: Written) -> None:
    pixels = _pixels(1)
    with JPklWriter("x.jpkl", _SHAPE[:2], _SHAPE[2:], jpeg_tables="standard") as writer:
        for i in range(_SHAPE[2]):
            writer[i] = pixels[..., i]
            written()


def annotate(written: Written) -> None:
    for size in range(1, 60):
        _command("annotate", "x.jpkl", "--pixel-size", str(size))


def export_array(written: Written) -> None:
    for _ in range(5):
        _command("export", "x.jpkl", "x.npy", "--force")


def export_pictures(written: Written) -> None:
    _command("export", "x.jpkl", "pictures")


def recover_again(written: Written) -> None:
    for _ in range(3):
        recover("x.jpkl", "y.jpkl")


WRITERS = (save, encode, write, annotate, export_array, export_pictures, recover_again)


def _command(*argv: str) -> None:
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = run_command(argv)
    if code:
        raise OSError(said.getvalue())


# -- checks --------------------------------------------------------------------------------------------


def _is_whole(written: Written) -> None:
    """Check that the file is the one from before or the new one, to the last pixel."""
    with JPkl.load("x.jpkl") as stack:
        found = stack[...]
    assert any(np.array_equal(found, _stack(seed)[...]) for seed in (0, 1)), "x.jpkl has other pixels"


def _recovers(n_written: int) -> Callable[[Written], None]:
    """Check that every frame that was written is recovered, as it was."""

    def check(written: Written) -> None:
        for part in find_parts(Path()):
            if part.keeps_frames and n_written:
                assert recover(part.path, "y.jpkl").n_recovered >= n_written, "frames are lost"
                with JPkl.load("y.jpkl") as stack:
                    found = stack[...]
                expected = _stack(1)[..., : found.shape[-1]]
                assert np.array_equal(found, expected), "frames are not as they were written"

    return check


def _cleans_up(written: Written) -> None:
    """Check that the next save removes what is worthless, and nothing else."""
    save(written)
    left = [part for part in find_parts(Path()) if part.target == "x.jpkl" and not part.keeps_frames]
    assert not left, f"{left[0].path} stays"


def _prepare(folder: Path) -> None:
    folder.mkdir()
    must_work(lambda written: _stack(0).save("x.jpkl"), folder)


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# -- attacks -------------------------------------------------------------------------------------------


def kills(rng: random.Random, folder: Path, n: int) -> int:
    """Kill writers at random moments."""
    for number in range(n):
        here = folder / f"kill{number}"
        _prepare(here)
        writer = WRITERS[number % len(WRITERS)]
        process = Process(writer, here)
        time.sleep(rng.random() ** 2 * 0.15)
        n_written = process.kill()
        must_work(_is_whole, here)
        must_work(_recovers(n_written), here)
        must_work(_cleans_up, here)
    return n


def full_disks(rng: random.Random, folder: Path, n: int) -> int:
    """Write where files cannot become larger than a random size."""
    for number in range(n):
        here = folder / f"full{number}"
        _prepare(here)
        size, writer = rng.randrange(60_000), WRITERS[number % len(WRITERS)]
        _works_or_leaves_nothing(writer, resource.RLIMIT_FSIZE, size, here)
    return n


def no_handles(rng: random.Random, folder: Path, n: int) -> int:
    """Write and read where few more files can be opened."""
    for number in range(n):
        here = folder / f"handles{number}"
        _prepare(here)
        writer = (*WRITERS, _is_whole)[number % (len(WRITERS) + 1)]
        limit = max(map(int, os.listdir("/proc/self/fd"))) + 1 + rng.randrange(6) if _has_proc() else 16
        _works_or_leaves_nothing(writer, resource.RLIMIT_NOFILE, limit, here)
    return n


def _works_or_leaves_nothing(action: Callable[[Written], object], kind: int, limit: int, here: Path) -> None:
    before = _names(here)
    code, said = do(_limited(action, kind, limit), here)
    assert code in (0, 7), f"{action.__name__}, limit {limit}: {said}"
    if code:
        left = _names(here) - before - {"y.jpkl", "x.npy"}
        assert not left, f"{action.__name__} leaves {left}"
    must_work(_is_whole, here)


def _has_proc() -> bool:
    return Path("/proc/self/fd").is_dir()


def _limited(action: Callable[[Written], object], kind: int, limit: int) -> Callable[[Written], object]:
    def act(written: Written) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(kind, (limit, limit))
        action(written)

    return act


def read_only(rng: random.Random, folder: Path, n: int) -> int:
    """Write into a folder that takes no files."""
    for number, writer in enumerate(WRITERS[:n]):
        here = folder / f"readonly{number}"
        _prepare(here)
        before = _names(here)
        here.chmod(0o555)
        code, said = do(_as_nobody(writer), here)
        assert code == 7, f"{writer.__name__}: {said or 'no error'}"
        assert _names(here) == before
        here.chmod(0o755)
    return min(n, len(WRITERS))


def _as_nobody(action: Callable[[Written], object]) -> Callable[[Written], object]:
    def act(written: Written) -> None:
        if os.geteuid() == 0:  # who may write anywhere
            os.setuid(65534)
        action(written)

    return act


def changed_while_open(rng: random.Random, folder: Path, n: int) -> int:
    """Change files that are open, with and without a trailer: the pixels from before, or an error."""
    count = 0
    for with_trailer in (True, False):
        for name, change in CHANGES.items():
            here = folder / f"{name}{count}"
            _prepare(here)
            must_work(_reads_the_same(change, with_trailer), here)
            count += 1
    return count


def _reads_the_same(change: Callable[[Path, bytes], object], with_trailer: bool) -> Callable[[Written], None]:
    def act(written: Written) -> None:
        path = Path("x.jpkl")
        expected = _stack(0)[...]
        _stack(1).save("other.jpkl")
        if not with_trailer:
            for each in (path, Path("other.jpkl")):
                data = each.read_bytes()
                each.write_bytes(data[: int.from_bytes(data[-32:-24], "little")])
        with JPkl.load(path) as stack:
            change(path, Path("other.jpkl").read_bytes())
            for i in range(_SHAPE[2]):
                with contextlib.suppress(JPklError, OSError):
                    assert np.array_equal(stack[..., i], expected[..., i]), f"frame {i} is of another stack"

    return act


def bit_rot(rng: random.Random, folder: Path, n: int) -> int:
    """Flip a bit in every byte of a small file, or in `n` of them: the same pixels, or an error."""
    here = folder / "rot"
    here.mkdir()
    pixels = np.random.default_rng(2).integers(0, 256, (8, 8, 2, 2)).astype(np.uint8)
    must_work(lambda written: JPkl(pixels, metadata={"note": ["a", 1.5]}).save("x.jpkl"), here)
    good = (here / "x.jpkl").read_bytes()
    places = range(len(good)) if n >= len(good) else sorted(rng.sample(range(len(good)), n))
    flips = [(place, 1 << rng.randrange(8)) for place in places]
    must_work(lambda written: _check_flips(good, flips), here)
    return len(flips)


def _check_flips(good: bytes, flips: Sequence[tuple[int, int]]) -> None:
    expected = JPkl.load("x.jpkl")[...]
    path = Path("rotten.jpkl")
    for place, bit in flips:
        path.write_bytes(good[:place] + bytes([good[place] ^ bit]) + good[place + 1 :])
        with contextlib.suppress(JPklError, OSError), JPkl.load(path) as stack:
            assert np.array_equal(stack[...], expected), f"byte {place} ^ {bit}: other pixels"
        try:
            _command("verify", str(path))
        except OSError:
            continue
        raise AssertionError(f"byte {place} ^ {bit}: verify finds nothing")


ATTACKS: dict[str, Callable[[random.Random, Path, int], int]] = {
    "kills": kills,
    "full disk": full_disks,
    "no handles": no_handles,
    "no threads left": no_threads,
    "read-only folder": read_only,
    "changed while open": changed_while_open,
    "bit rot": bit_rot,
    "originals changed": changed_originals,
    "served folders changed": served_folders,
    "bad servers": bad_servers,
    "kills that are followed": followed_kills,
    "commands interrupted": interrupts,
}


def main(argv: Sequence[str]) -> int:
    """Attack, and print the counts."""
    parser = argparse.ArgumentParser(prog="python -m robustness faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how many writers to kill (default: 200)")
    parser.add_argument("--others", type=int, default=60, help="how many full disks, and lacks of handles")
    parser.add_argument("--bytes", type=int, default=sys.maxsize, help="bytes to damage (default: all)")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**6)
    args = parser.parse_args(argv)
    print(f"seed {args.seed}")
    counts = {"kills": args.kills, "bit rot": args.bytes}
    rng, faults = random.Random(args.seed), 0
    for name, attack in ATTACKS.items():
        with tempfile.TemporaryDirectory() as folder:
            Path(folder).chmod(0o755)
            try:
                count = attack(rng, Path(folder), counts.get(name, args.others))
                print(f"{name:>23}: {count} times, no fault", flush=True)
            except AssertionError as error:
                faults += 1
                print(f"{name:>23}: FAULT: {error}", flush=True)
    return bool(faults)

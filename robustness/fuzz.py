"""Fuzz whatever reads untrusted bytes: guided by coverage with atheris, else by plain mutation."""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import random
import re
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

NAMES = (
    *("pickle", "plain-data", "file", "trailer", "labels"),
    *("jpeg", "decoder", "index", "messages", "readers", "page"),
)

_LONGEST = 4096
_MB = 2048
#: Most seconds for an input: of CPU time, and by the clock, for what waits forever. On a busy machine these
#: differ.
_SECONDS_AN_INPUT, _LONGEST_WAIT = 90, 600


def main(argv: Sequence[str]) -> int:
    """Fuzz each target in a process of its own, and print how many inputs it took."""
    parser = argparse.ArgumentParser(prog="python -m robustness fuzz", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="TARGET", help=f"what to fuzz: {', '.join(NAMES)}")
    parser.add_argument("--seconds", type=float, default=60, help="how long, in all (default: 60)")
    parser.add_argument("--folder", type=Path, default=Path(".fuzz"), help="for corpora and faults")
    parser.add_argument("--plain", action="store_true", help="by plain mutation, also where there is atheris")
    parser.add_argument("--run", metavar="TARGET", help=argparse.SUPPRESS)
    args = parser.parse_args(argv)
    unknown = sorted(set(args.names) - set(NAMES))
    if unknown:
        parser.error(f"there is no target {', '.join(unknown)}")
    guided = not args.plain and importlib.util.find_spec("atheris") is not None
    if args.run:
        return (_run_guided if guided else _run_plain)(args.run, args.seconds, args.folder)
    names = args.names or NAMES
    print(f"{'guided by coverage (atheris)' if guided else 'plain mutation'}, {args.seconds:g} s in all")
    faulty = [name for name in names if not _fuzz(name, args.seconds / len(names), args.folder, guided)]
    print("\n".join(_totals(args.folder)))
    print(f"faults in {', '.join(faulty)}: their input is in {args.folder}" if faulty else "no faults")
    return bool(faulty)


def _fuzz(name: str, seconds: float, folder: Path, guided: bool) -> bool:
    (folder / name).mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "robustness", "fuzz", "--run", name, "--seconds", str(seconds)]
    command += ["--folder", str(folder), *([] if guided else ["--plain"])]
    before = _cpu_seconds()
    done = subprocess.run(command, check=False, capture_output=True, text=True, errors="replace")
    cpu = _cpu_seconds() - before
    counts = re.findall(r"(?:Done |stat::number_of_executed_units: |#)(\d+)", done.stderr)
    n = int(counts[-1]) if counts else 0
    _note(folder, name, cpu, n, bool(done.returncode))
    said = "ok" if not done.returncode else "FAULT"
    print(f"{name:>12}: {n:,} inputs in {cpu:.0f} s of CPU, {said}", flush=True)
    if done.returncode:
        print(done.stdout[-3000:], done.stderr[-1000:], sep="\n", flush=True)
    return not done.returncode


def _cpu_seconds() -> float:
    """Return the CPU time of processes that ended: a clock says little on a machine that is busy."""
    used = os.times()
    return used.children_user + used.children_system


def _note(folder: Path, name: str, seconds: float, n: int, is_faulty: bool) -> None:
    """Add a run to what is known of those before: corpora grow from run to run, and so do the totals."""
    path = folder / "totals.json"
    totals = json.loads(path.read_text()) if path.exists() else {}
    before = totals.get(name, [0, 0, 0])
    totals[name] = [a + b for a, b in zip(before, (seconds, n, is_faulty), strict=True)]
    path.write_text(json.dumps(totals))


def _totals(folder: Path) -> Iterator[str]:
    yield f"in all runs with the corpora of {folder}:"
    for name, (seconds, n, n_faulty) in json.loads((folder / "totals.json").read_text()).items():
        cpu = f"{seconds / 60:6.1f} minutes of CPU"
        yield f"{name:>12}: {n:>12,} inputs in {cpu}, {n_faulty} runs with a fault"


def _write_seeds(name: str, folder: Path) -> Path:
    from robustness.targets import TARGETS

    corpus = folder / name
    for number, seed in enumerate(TARGETS[name].seeds()):
        (corpus / f"seed{number}").write_bytes(seed)
    return corpus


def _run_guided(name: str, seconds: float, folder: Path) -> int:
    import atheris

    with atheris.instrument_imports(include=["jpkl", "jpkl_viewer", "tifffile"]):
        from robustness.targets import TARGETS

        TARGETS[name].attack(TARGETS[name].seeds()[0])  # which imports the rest, and takes long
    corpus = _write_seeds(name, folder)
    options = [
        f"-max_total_time={max(1, round(seconds))}",
        f"-max_len={_LONGEST}",
        f"-rss_limit_mb={_MB}",
        f"-timeout={_LONGEST_WAIT}",
        f"-artifact_prefix={folder / name}-",
        "-print_final_stats=1",
    ]

    def attack(data: bytes) -> None:
        try:
            _attack_soon(TARGETS[name].attack, data)
        except BaseException:  # the fuzzer does not always come to write it
            _keep(data, folder, name)
            raise

    atheris.Setup([sys.argv[0], *options, str(corpus)], attack)
    atheris.Fuzz()
    return 0


def _attack_soon(attack: Callable[[bytes], None], data: bytes) -> None:
    began = time.process_time()
    attack(data)
    if time.process_time() - began > _SECONDS_AN_INPUT:
        raise TimeoutError(f"it took more than {_SECONDS_AN_INPUT} s of CPU")


def _keep(data: bytes, folder: Path, name: str) -> Path:
    fault = folder / f"{name}-fault-{time.time_ns()}"
    fault.write_bytes(data)
    return fault


def _run_plain(name: str, seconds: float, folder: Path) -> int:
    from robustness.targets import TARGETS

    attack, seeds = TARGETS[name].attack, TARGETS[name].seeds()
    rng = random.Random(time.time_ns())
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        data = mutated(rng, seeds) if count >= len(seeds) else seeds[count]
        try:
            _attack_soon(attack, data)
        except Exception:
            traceback.print_exc()
            print(f"#{count}: {_keep(data, folder, name)}", file=sys.stderr)
            return 1
        count += 1
    print(f"Done {count}", file=sys.stderr)
    return 0


def mutated(rng: random.Random, seeds: Sequence[bytes]) -> bytes:
    """Return a seed with a few changes: bits, bytes, pieces of other seeds, lengths that are too large."""
    data = bytearray(rng.choice(seeds))
    for _ in range(rng.choice((1, 1, 2, 4, 8))):
        at = rng.randrange(len(data) + 1)
        match rng.randrange(6):
            case 0 if at < len(data):
                data[at] ^= 1 << rng.randrange(8)
            case 1:
                data[at : at + 1] = rng.randbytes(1)
            case 2:
                del data[at : at + rng.randrange(1, 20)]
            case 3:
                data[at:at] = rng.randbytes(rng.randrange(1, 9))
            case 4:
                other = rng.choice(seeds)
                start = rng.randrange(len(other) + 1)
                data[at:at] = other[start : start + rng.randrange(1, 60)]
            case _:
                data[at : at + 4] = rng.choice(
                    (b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\0\0\1\0")
                )
    return bytes(data[:_LONGEST])

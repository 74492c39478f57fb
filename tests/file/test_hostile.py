"""Files that mean harm: nothing runs, nothing hangs, and only documented errors come out."""

from __future__ import annotations

import contextlib
import itertools
import os
import pickle
import random
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path
from typing import Any

import pytest

from jpkl import FormatError, JPkl, JPklError, UnsafePickleError
from jpkl._recover import recover
from tests.conftest import shared_data
from tests.data.make_golden import FOLDER, jpeg, v1_dict

CORPUS = ["benign", "structural", "malformed", "dos", "code-exec"]
UPSTREAM = ["upstream-cpython", "upstream-pickle_injector", "upstream-picklescan"]


class Exploit:
    """Unpickles as a call that would leave a trace."""

    def __init__(self, function: Any, *args: Any) -> None:
        self._call = (function, args)

    def __reduce__(self) -> Any:
        return self._call


def use(path: Path) -> None:
    """Do what a user does with a file."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with JPkl.load(path) as stack:
            repr(stack)
            assert stack.size >= 0
            stack[..., 0] if stack.ndim > 2 else stack[...]


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "field", ["header", "color", "jpeg_quality", "images", "dim_names", "dim_sizes", "metadata"]
)
def test_calls_in_any_field(field: str, protocol: int, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    exploit = Exploit(os.mkdir, str(canary))
    values: list[Any] = [exploit, [exploit], {"deep": (exploit,)}, {(0, 0): exploit}]
    for value in values:
        path = tmp_path / "x.jpkl"
        path.write_bytes(pickle.dumps(v1_dict() | {field: value}, protocol))
        with pytest.raises(UnsafePickleError, match="mkdir") as caught:
            JPkl.load(path)
        assert caught.value.offset is not None
        assert not canary.exists()


@pytest.mark.parametrize("after", ["0", "1"])
def test_calls_whose_result_is_thrown_away(after: str, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    call = f"(cos\nmkdir\n(S'{canary}'\ntR".encode() + (b"00" if after == "0" else b"1")
    for name in ("dump_p2.jpkl", "dump_p3.jpkl"):
        data = (FOLDER / name).read_bytes()
        path = tmp_path / "x.jpkl"
        path.write_bytes(data[:2] + call + data[2:])
        with pytest.raises(UnsafePickleError, match=r"os\.mkdir"):
            JPkl.load(path)
        assert not canary.exists()


def test_nothing_is_imported(tmp_path: Path) -> None:
    (tmp_path / "sidecar.py").write_text("raise SystemExit('imported')")
    (tmp_path / "x.jpkl").write_bytes(b"\x80\x02csidecar\nthing\n.")
    script = """
        import sys
        from jpkl import JPkl, UnsafePickleError
        before = set(sys.modules)
        try:
            JPkl.load("x.jpkl")
        except UnsafePickleError:
            print(sorted(set(sys.modules) - before))
    """
    command = [sys.executable, "-c", textwrap.dedent(script)]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_metadata_that_would_never_print(tmp_path: Path) -> None:
    """Fifty levels of a list that holds one list twice: tiny here, endless for whoever walks it."""
    laugh: list[Any] = ["ha"]
    for _ in range(50):
        laugh = [laugh, laugh]
    for changes in ({"metadata": {"a": laugh}}, {"dim_names": laugh}, {"dim_sizes": tuple(laugh)}):
        path = tmp_path / "x.jpkl"
        path.write_bytes(pickle.dumps(v1_dict(**changes)))
        with pytest.raises(FormatError):
            JPkl.load(path)


def test_ten_thousand_frames_of_one_payload(tmp_path: Path) -> None:
    images = dict.fromkeys(itertools.product(range(100), range(100)), jpeg((0, 0)))
    path = tmp_path / "x.jpkl"
    path.write_bytes(pickle.dumps(v1_dict(images=images, dim_sizes=(100, 100))))
    with JPkl.load(path) as stack:
        assert stack.shape == (16, 24, 100, 100)
        assert stack[..., 99, 99].shape == (16, 24)


def outcome_of(path: Path) -> str:
    try:
        use(path)
    except JPklError as error:
        return type(error).__name__
    return "loaded"


@pytest.mark.parametrize("folder", [*CORPUS, *UPSTREAM])
def test_corpus(folder: str) -> None:
    """Reading in this process is safe as long as the reader is: that is what is tested."""
    files = [
        path
        for path in sorted((shared_data("hostile") / folder).iterdir())
        if path.suffix not in (".py", ".json")
    ]
    outcomes = {path.name: outcome_of(path) for path in files if path.name != "LICENSE"}
    assert outcomes
    if folder == "benign":
        assert set(outcomes.values()) == {"loaded"}
    if folder in ("code-exec", *UPSTREAM):
        assert "loaded" not in outcomes.values()


@pytest.mark.skipif(sys.platform != "linux", reason="needs RLIMIT_AS")
def test_mutations_under_a_memory_limit(tmp_path: Path) -> None:
    """Random edits of golden files; for a longer run, `python -m tests.file.test_hostile SECONDS FOLDER`."""
    command = [sys.executable, "-m", "tests.file.test_hostile", "8", str(tmp_path)]
    run = subprocess.run(command, cwd=FOLDER.parent.parent, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


OPCODES = (
    b"()}]{lstuaeRbhjqrpgKMJCBX0123NcoiQPVSTU"
    b"\x81\x85\x86\x87\x88\x89\x8c\x8e\x8f\x90\x91\x92\x93\x94\x95\x96."
)


def mutate(data: bytes, rng: random.Random) -> bytes:
    """Change a file in one to eight places, as often as not near its ends."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 3, 8))):
        spots = [rng.randrange(len(changed)), rng.randrange(200), len(changed) - rng.randrange(1, 300)]
        at = min(max(rng.choice(spots), 0), len(changed) - 1)
        other = rng.randrange(len(changed))
        piece = rng.choice(
            [
                bytes([changed[at] ^ 1 << rng.randrange(8)]),
                bytes(rng.choices(OPCODES, k=rng.randrange(1, 4))),
                changed[other : other + rng.randrange(60)],
                rng.choice((b"\xff" * 4, bytes(4), b"\xff\xff\xff\x7f")),
                b"",
            ]
        )
        changed[at : at + rng.choice((0, 1, len(piece)))] = piece
        changed = changed or bytearray(b".")
    return bytes(changed)


def fuzz(seconds: float, folder: Path) -> None:
    """Load and recover mutated files for a while; stop at the first error that is not documented."""
    import resource
    import time

    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    rng = random.Random(int(os.environ.get("FUZZ_SEED", "0")))
    files = [path.read_bytes() for path in FOLDER.glob("*.jpkl")]
    path, end = folder / "x.jpkl", time.monotonic() + seconds
    while time.monotonic() < end:
        path.write_bytes(mutate(rng.choice(files), rng))
        start = time.monotonic()
        outcome_of(path)
        with contextlib.suppress(JPklError):
            recover(path, folder / "out.jpkl")
        assert time.monotonic() - start < 5, "too slow"


if __name__ == "__main__":
    fuzz(float(sys.argv[1]), Path(sys.argv[2]))

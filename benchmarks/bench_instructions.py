"""Instructions that hot loops take, counted by callgrind: the same on a busy machine as on a quiet one.

Needs ``valgrind``, e.g. of the package of that name of Debian, and takes minutes: it runs where it is named.
What a loop takes is the difference of two runs, so that Python and its imports do not count.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

from benchmarks._report import Figure, print_figures

_SIDE, _FEW, _MANY = 256, 2, 22

_SETUP = f"""
import io, sys
import numpy as np
from jpkl import JPkl
from jpkl._codecs.jpeg import JpegCodec
n = int(sys.argv[1])
levels = np.add.outer(np.arange({_SIDE}), np.arange({_SIDE}))
frames = np.stack([(levels * (i + 1) // 3) % 256 for i in range({_MANY})], -1).astype(np.uint8)
"""
_SAVED = """
file = io.BytesIO()
JPkl(frames, workers=1, fidelity=None).save(file)
jp = JPkl.load(file)
"""

#: Loops over `n` frames, and thousands of instructions for each that they should not exceed.
_LOOPS: dict[str, tuple[str, float | None]] = {
    "decode a frame": (f"{_SAVED}\nfor i in range(n): jp[..., i]", None),
    "decode a part of a frame": (f"{_SAVED}\nfor i in range(n): jp[100:140, 100:140, i]", None),
    "give the stored bytes of a frame": (f"{_SAVED}\nfor i in range(n): jp.images[(i,)]", None),
    "encode a frame": ("codec = JpegCodec(90)\nfor i in range(n): codec.encode(frames[..., i])", None),
}


def main() -> None:
    if shutil.which("valgrind") is None:
        print("\nInstructions: not counted, as there is no valgrind")
        return
    print_figures(f"Instructions for a frame of {_SIDE} x {_SIDE}, by callgrind, in thousands", _figures())


def _figures() -> Iterator[Figure]:
    for name, (loop, most) in _LOOPS.items():
        few, many = (_count(_SETUP + loop, n) for n in (_FEW, _MANY))
        yield Figure(name, (many - few) / (_MANY - _FEW) / 1e3, most, unit="k")


def _count(script: str, n: int) -> int:
    """Return how many instructions a script takes."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", sys.executable, "-c", script]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONMALLOC": "malloc", "OMP_NUM_THREADS": "1"}
    done = subprocess.run([*command, str(n)], capture_output=True, text=True, check=True, env=environment)
    return int(re.findall(r"Collected : (\d+)", done.stderr)[-1])


if __name__ == "__main__":
    main()

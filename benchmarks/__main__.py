"""Run the benchmarks: all, or those named, e.g. ``python -m benchmarks pixels files``."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from inspect import signature
from pathlib import Path

#: What takes minutes, and is the source of a page of the docs: it runs where it is named.
_ON_REQUEST = {"study", "instructions", "viewers"}


def main() -> None:
    names = sorted(path.stem.removeprefix("bench_") for path in Path(__file__).parent.glob("bench_*.py"))
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which to run: {', '.join(names)}")
    parser.add_argument("--quick", action="store_true", help="look at fewer frames (study)")
    parser.add_argument(
        "--write", action="store_true", help="put the tables into the docs (peers, study, viewers)"
    )
    args = parser.parse_args()
    chosen = args.names or [name for name in names if name not in _ON_REQUEST]
    unknown = sorted(set(chosen) - set(names))
    if unknown:
        sys.exit(f"no benchmark is named {', '.join(unknown)}; there are {', '.join(names)}")
    for name in chosen:
        run = import_module(f"benchmarks.bench_{name}").main
        known = signature(run).parameters
        run(**{option: True for option in ("quick", "write") if option in known and getattr(args, option)})


if __name__ == "__main__":
    main()

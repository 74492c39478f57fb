"""Run one kind of attack: ``python -m robustness KIND``, each with ``--help``."""

from __future__ import annotations

import sys
from importlib import import_module

KINDS = ("fuzz", "faults", "scale", "soak")


def main() -> int:
    if len(sys.argv) < 2 or sys.argv[1] not in KINDS:
        print(f"usage: python -m robustness {{{','.join(KINDS)}}} [options]", file=sys.stderr)
        return 2
    code: int = import_module(f"robustness.{sys.argv[1]}").main(sys.argv[2:])
    return code


if __name__ == "__main__":
    sys.exit(main())

"""Time and memory of some lines of Python in a process of their own."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap

_BEGIN = """
import json, sys, time
from pathlib import Path

def status(field):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1e3 for line in lines if line.startswith(field))

def resident():
    return status("VmRSS")

def peak():
    # Not ru_maxrss: a child inherits its parent's.
    return status("VmHWM")

def report(**values):
    print(json.dumps(values))
"""


def measure(code: str, *args: object) -> dict[str, float]:
    """Run some lines in a fresh process, and return what they give to ``report(**values)``.

    Parameters
    ----------
    code : str
        Python, which has ``resident()`` and ``peak()`` in MB.
    *args : object
        Become ``sys.argv[1:]``.
    """
    command = [sys.executable, "-c", _BEGIN + textwrap.dedent(code), *map(str, args)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    values: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return values

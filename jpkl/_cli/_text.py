"""Numbers and names as a person reads them, and the parsers' common parts."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any, TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[Any]"

_UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def add_command(commands: Commands, name: str, summary: str, example: str) -> argparse.ArgumentParser:
    """Add the parser of one command, with an example below its options."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return parser


def human_bytes(n: float) -> str:
    """Return a number of bytes in decimal units, with three digits.

    Examples
    --------
    >>> human_bytes(999), human_bytes(6837000)
    ('999 B', '6.84 MB')
    """
    for unit in _UNITS:
        if n < 999.5 or unit == _UNITS[-1]:
            break
        n /= 1000
    return f"{n:.0f} {unit}" if unit == "B" else f"{n:.3g} {unit}"


def human_ratio(original: float, compressed: float) -> str:
    """Return how many times smaller something became."""
    return f"{original / compressed:.1f} x" if compressed else "-"


def count(n: int, noun: str) -> str:
    """Return a number with its noun.

    Examples
    --------
    >>> count(1, "frame"), count(2, "frame")
    ('1 frame', '2 frames')
    """
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"


def by(sizes: Sequence[int]) -> str:
    """Return sizes as ``height x width``."""
    return " x ".join(map(str, sizes))


def one_line(text: str) -> str:
    r"""Return `text` in one line and without control characters: a file's names may hold anything.

    Examples
    --------
    >>> one_line("first\nsecond \x1b[2J")
    'first second \\x1b[2J'
    """
    joined = " ".join(text.split())
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in joined)


def shows_progress() -> bool:
    """Tell whether somebody watches: a progress bar in a log file is noise."""
    return sys.stderr.isatty()

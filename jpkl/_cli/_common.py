"""What the commands have in common."""

from __future__ import annotations

import argparse
import sys
from typing import Any, TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[Any]"


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


def shows_progress() -> bool:
    """Return whether somebody watches: a progress bar in a log file is noise."""
    return sys.stderr.isatty()

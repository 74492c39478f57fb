"""``jpkl recover``: bring back the finished frames of a file that was cut off."""

from __future__ import annotations

import argparse
from pathlib import Path

from jpkl._cli._common import Commands, add_command
from jpkl._cli._targets import check_output
from jpkl._recover import recover


def add_parser(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "recover",
        "bring back the finished frames of a JPkl file that was cut off",
        "jpkl recover broken.jpkl whole.jpkl",
    )
    parser.add_argument("broken", metavar="BROKEN", help="the damaged JPkl file; it is only read")
    parser.add_argument("output", metavar="OUT", help="the JPkl file to write")
    parser.add_argument("--force", action="store_true", help="replace OUT if it exists")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Recover what can be recovered, and say what is missing."""
    output = Path(args.output)
    if output.exists() and output.samefile(args.broken):
        raise ValueError(f"{output}: recover writes a new file; name another one than the damaged file")
    check_output(output, args.force)
    print(recover(args.broken, output))
    return 0

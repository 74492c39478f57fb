"""What the commands have in common."""

from __future__ import annotations

import argparse
import json
import os
from typing import Any, TypeAlias

from jpkl._selection import Choice, parse_selection
from jpkl._text import one_line

Commands: TypeAlias = "argparse._SubParsersAction[Any]"

#: Some of several files could not be read or encoded; those that could be are there.
EXIT_SOME_FAILED = 1


def add_command(commands: Commands, name: str, summary: str, example: str) -> argparse.ArgumentParser:
    """Add the parser of one command, with an example below its options."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=f"{'examples' if chr(10) in example else 'example'}:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    return parser


def add_select_option(parser: argparse._ActionsContainer) -> None:
    """Add ``--select``, which may be given more than once: ``args.select`` is a list of dims and choices."""
    parser.add_argument(
        "--select",
        action="extend",
        default=[],
        type=parse_choices,
        metavar="DIM=INDICES",
        help="indices of a dim: 7, 0:50, or 0:50:2 for every second one; for several dims, use commas, as in "
        "time=0:50,z=7, or repeat --select",
    )


def parse_choices(text: str) -> list[tuple[str, Choice]]:
    """Return the dims and indices that a text such as ``time=0:50,z=7`` names."""
    try:
        return parse_selection(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def add_storage_option(parser: argparse.ArgumentParser) -> None:
    """Add ``--storage-options``: ``args.storage_options`` is a dict, empty by default."""
    parser.add_argument(
        "--storage-options",
        type=_parse_options,
        default={},
        metavar="JSON",
        help='for a URL: options of its fsspec file system, e.g. {"anon": true}; better keep secrets in '
        "fsspec's configuration",
    )


def _parse_options(text: str) -> dict[str, Any]:
    try:
        options = json.loads(text)
    except ValueError:
        options = None
    if not isinstance(options, dict):
        raise argparse.ArgumentTypeError(f'{text!r} is not a JSON object such as {{"anon": true}}')
    return options


def describe(error: Exception) -> str:
    """Return an exception as one line for a user."""
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return one_line(f"{os.fsdecode(error.filename)}: {error.strerror}")
    if isinstance(error, FileNotFoundError) and error.filename is None and not _has_folder():
        return "the folder that this shell is in has been removed: change to another one"
    if isinstance(error, MemoryError):
        return one_line(f"not enough memory: {error}".removesuffix(": "))
    return one_line(str(error) or type(error).__name__)


def _has_folder() -> bool:
    try:
        os.getcwd()  # noqa: PTH109
    except FileNotFoundError:
        return False
    return True

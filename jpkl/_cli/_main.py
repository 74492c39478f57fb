"""The parser, and what becomes of errors: one line on stderr, and an exit code."""

from __future__ import annotations

import argparse
import io
import logging
import os
import re
import signal
import sys
import warnings
from collections.abc import Sequence
from types import FrameType
from typing import Any, NoReturn

from jpkl._cli import (
    _annotate,
    _cache,
    _compare,
    _demo,
    _encode,
    _export,
    _info,
    _page,
    _recover,
    _report,
    _verify,
    _view,
)
from jpkl._cli._common import describe
from jpkl._cli._early import end_at_once
from jpkl._codecs.jpeg_native import has_native
from jpkl._errors import JPklError, JPklWarning
from jpkl._text import one_line
from jpkl._version import __version__

EXIT_OK = 0
EXIT_USAGE = 2
EXIT_INTERRUPTED = 130  # what shells report for SIGINT,
EXIT_BROKEN_PIPE = 141  # for SIGPIPE,
EXIT_TERMINATED = 143  # and for SIGTERM

_COMMANDS = (
    _encode,
    _info,
    _view,
    _compare,
    _annotate,
    _verify,
    _recover,
    _export,
    _report,
    _page,
    _cache,
    _demo,
)

_DESCRIPTION = "Keep, scrub and share stacks of images: one JPEG per frame in a single file."


#: Arguments that name files.
_NAMES = ("file", "files", "input", "output", "compare", "original", "against", "broken", "data", "folder")

#: Signals that have asked this process to end. The first raises. A terminal and `make` may both send one, and
#: so the second waits for what cleans up; the third ends the process at once.
_asked: list[int] = []
_MOST_ASKED = 2


class _Terminated(KeyboardInterrupt):
    """SIGTERM: the command ends as it does on Ctrl-C, and cleans up behind itself."""


class _Parser(argparse.ArgumentParser):
    """Reports wrong usage in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(EXIT_USAGE, f"{self.prog}: {one_line(message)} (see {self.prog} --help)\n")


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = _Parser(prog="jpkl", description=_DESCRIPTION)
    parser.add_argument("--version", action="version", version=_version_text())
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", parser_class=_Parser)
    for command in _COMMANDS:
        command.add_parser(commands)
    return parser


def _version_text() -> str:
    missing = " (without the compiled JPEG encoder: fitted tables take several times as long)"
    return f"jpkl {__version__}{'' if has_native() else missing}"


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command.

    Parameters
    ----------
    argv : sequence of str, optional
        The arguments; by default those of the process.

    Returns
    -------
    int
        Exit code: 0; 1 if `verify` finds a bad frame, or `encode` or `info` fails for some of several inputs;
        2 for wrong input;
        130 after Ctrl-C, also where that is the way to leave, as with `view`.
    """
    if argv is not None:
        return _run(argv)
    for stream in (sys.stdout, sys.stderr):  # the process is ours; what terminals cannot show, has its code
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        signal.signal(signal.SIGTERM, _end)
        # Not where a shell has it ignored.
        if signal.getsignal(signal.SIGINT) in (signal.default_int_handler, end_at_once):
            signal.signal(signal.SIGINT, _end)
        return _run(sys.argv[1:])
    except KeyboardInterrupt as interrupt:
        return _code_of(interrupt)
    finally:
        _asked.append(0)  # what ends the interpreter is not to be interrupted either


def _run(argv: Sequence[str]) -> int:
    parser = make_parser()
    args, more = parser.parse_known_args(_with_joined_ranges(argv))
    if more:
        _take_more(parser, args, more)
    if not hasattr(args, "run"):
        parser.print_help()
        return EXIT_OK
    _check_names(parser, args)
    # tifffile logs what it finds odd in a file; what matters of it arrives as an exception.
    logging.getLogger("tifffile").addHandler(logging.NullHandler())
    return _exit_code(args)


def _take_more(parser: argparse.ArgumentParser, args: argparse.Namespace, more: Sequence[str]) -> None:
    """Take names that come after options: for argparse, a list of names ends at the first option."""
    dest = getattr(args, "names", None)
    if dest is None or any(text.startswith("-") for text in more):
        parser.error(f"unrecognized arguments: {' '.join(more)}")
    setattr(args, dest, [*getattr(args, dest), *more])


def _check_names(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Refuse an empty name, which would mean the working directory: all of it would be encoded, or served."""
    for dest in _NAMES:
        value = getattr(args, dest, None)
        if value == "" or (isinstance(value, list) and "" in value):
            parser.error("the name of a file is empty, as of a shell's variable that is not set")


def _exit_code(args: argparse.Namespace) -> int:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", JPklWarning)
            warnings.showwarning = _show_warning
            code: int = args.run(args)
        sys.stdout.flush()  # here, where a closed pipe is still ours to handle
    except KeyboardInterrupt as interrupt:
        return _code_of(interrupt)
    except BrokenPipeError:
        _detach_stdout()
        return EXIT_BROKEN_PIPE
    except (JPklError, OSError, ValueError, TypeError, MemoryError) as error:
        print(f"jpkl: {describe(error)}", file=sys.stderr)
        return EXIT_USAGE
    return code


def _code_of(interrupt: KeyboardInterrupt) -> int:
    return EXIT_TERMINATED if isinstance(interrupt, _Terminated) else EXIT_INTERRUPTED


def _show_warning(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
    """Print our own warnings as one line for a user; which line of code has them is of no use to one."""
    if issubclass(category, JPklWarning):
        print(f"jpkl: {one_line(str(message))}", file=sys.stderr)
    else:
        print(warnings.formatwarning(message, category, *where[:2]), end="", file=sys.stderr)


def _end(signum: int, frame: FrameType | None) -> None:
    _asked.append(signum)
    if len(_asked) > _MOST_ASKED:
        os._exit(128 + signum)
    if len(_asked) == 1:
        raise _Terminated if signum == signal.SIGTERM else KeyboardInterrupt


def _with_joined_ranges(argv: Sequence[str]) -> list[str]:
    """Join ``--display-range -1000,400``, which argparse takes for two options."""
    joined: list[str] = []
    for argument in argv:
        if joined and joined[-1] == "--display-range" and re.match(r"-[\d.]", argument):
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


def _detach_stdout() -> None:
    # The interpreter flushes stdout once more at exit, which would report the closed pipe again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

"""``jpkl view``: open a JPkl file, or a folder of them, in the viewer."""

from __future__ import annotations

import argparse
import errno
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

from jpkl._array import JPkl
from jpkl._cli._common import Commands, add_command
from jpkl._errors import MissingDependencyError

_LAST_PORT = 65535


def add_parser(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "view",
        "scrub through a JPkl file in the browser, or through those of a folder",
        "jpkl view cells.jpkl\n  jpkl view raw.jpkl denoised.jpkl --port 5006\n  jpkl view experiments/",
    )
    parser.add_argument(
        "file", metavar="FILE", help="the JPkl file, or a folder: its files are listed, and open with a click"
    )
    parser.add_argument("compare", metavar="OTHER", nargs="*", help="files to see side by side with it")
    add_server_options(parser)
    parser.set_defaults(run=run)


def add_server_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where to serve the viewer."""
    parser.add_argument(
        "--port",
        type=_parse_port,
        help="port to serve at; 0 is any free one (default: 5755, or the next free one, so that links and "
        "bookmarks work again after a restart)",
    )
    parser.add_argument(
        "--address",
        default="localhost",
        help="address to serve at (default: localhost, this machine alone; 0.0.0.0 for all who reach it)",
    )
    parser.add_argument("--no-show", dest="show", action="store_false", help="do not open a browser")


def _parse_port(text: str) -> int:
    if not text.isdecimal() or int(text) > _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port, a number from 0 to {_LAST_PORT}")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Serve the viewer until Ctrl-C."""
    if args.compare or not Path(args.file).is_dir():
        for path in (args.file, *args.compare):
            _check_stack(path)
    serve(args.file, args, args.compare)
    return 0


def _check_stack(path: str) -> None:
    """Raise for a file that cannot be shown: here, not on a page that has opened already."""
    if Path(path).is_dir():
        raise IsADirectoryError(f"{path}: is a folder; name files to see side by side, or one folder alone")
    with JPkl.load(path) as jp:
        if not jp.images:
            raise ValueError(f"{path}: holds no frames to view; its dims are {jp.dim_sizes}")


def serve(path: str, args: argparse.Namespace, compare: Sequence[str] = ()) -> None:
    """Serve the viewer until Ctrl-C, which ends this command as it ends any."""
    viewer = import_viewer()
    try:
        viewer.serve(path, compare=compare, port=args.port, show=args.show, address=args.address)
    except OSError as error:
        if error.filename is not None:
            raise
        raise OSError(_why_not_served(error, args)) from error
    raise KeyboardInterrupt  # the server has ended in order, and returned


def _why_not_served(error: OSError, args: argparse.Namespace) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"port {args.port} is taken; choose another with --port, or leave it out"
        case errno.EACCES:
            return f"port {args.port} may not be used by you; choose one from 1024 on with --port"
        case errno.EADDRNOTAVAIL:
            return f"--address {args.address}: this machine has no such address"
        case _:
            return f"cannot serve at {args.address}: {error.strerror or error}"


def import_viewer() -> ModuleType:
    """Return the viewer's package, with what it needs.

    Raises
    ------
    MissingDependencyError
        If what it needs is not installed.
    """
    try:
        # The viewer may import its parts when they are used: after the encoding, in `jpkl demo`.
        for name in ("holoviews", "panel"):
            import_module(name)
        return import_module("jpkl_viewer")
    except ModuleNotFoundError as error:
        raise MissingDependencyError("The viewer", "viewer", error.name) from error

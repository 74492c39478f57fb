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


def add_parser(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "view",
        "scrub through a JPkl file in the browser, or through those of a folder",
        "jpkl view cells.jpkl --port 5006\n  jpkl view raw.jpkl denoised.jpkl\n  jpkl view experiments/",
    )
    parser.add_argument(
        "file", metavar="FILE", help="the JPkl file, or a folder: its files are listed, and open with a click"
    )
    parser.add_argument("compare", metavar="OTHER", nargs="*", help="files to compare it with")
    add_server_options(parser)
    parser.set_defaults(run=run)


def add_server_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where to serve the viewer."""
    parser.add_argument("--port", type=int, default=0, help="port to serve at (default: any free one)")
    parser.add_argument(
        "--address",
        default="localhost",
        help="address to serve at (default: localhost, this machine alone; 0.0.0.0 for all who reach it)",
    )
    parser.add_argument("--no-show", dest="show", action="store_false", help="do not open a browser")


def run(args: argparse.Namespace) -> int:
    """Serve the viewer until Ctrl-C."""
    for path in (args.file, *args.compare):
        if path == args.file and not args.compare and Path(path).is_dir():
            continue
        with JPkl.load(path):  # a bad file is an error here, not an empty page
            pass
    serve(args.file, args, args.compare)
    return 0


def serve(path: str, args: argparse.Namespace, compare: Sequence[str] = ()) -> None:
    """Serve the viewer until Ctrl-C, which ends this command as it ends any."""
    viewer = import_viewer()
    try:
        viewer.serve(path, compare=compare, port=args.port, show=args.show, address=args.address)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise OSError(f"port {args.port} is taken; choose another with --port, or leave it out") from error
    raise KeyboardInterrupt  # the server has ended in order, and returned


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

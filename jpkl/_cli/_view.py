"""``jpkl view``: open a JPkl file, or a folder of them, in the viewer."""

from __future__ import annotations

import argparse
import contextlib
import errno
import signal
import threading
import time
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType
from typing import NoReturn

from jpkl._array import JPkl
from jpkl._bytes import is_url
from jpkl._bytes.urls import shown_url
from jpkl._cli._common import Commands, add_command
from jpkl._cli._input import add_input_options
from jpkl._cli._labels import add_labels_option, opened_labels
from jpkl._cli._targets import check_output, default_output
from jpkl._errors import IncompleteStackError, MissingDependencyError
from jpkl._file.growing import is_being_written
from jpkl._originals.opening import (
    is_folder_of_stacks,
    is_original,
    is_remote_original,
    open_anything,
    open_original,
)
from jpkl._originals.stack import OriginalStack

_LAST_PORT = 65535

#: Seconds between two looks at whether a file has its first frame.
_PATIENCE = 0.5


def add_parser(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "view",
        "scrub through a JPkl file, an image file, or the files of a folder, in the browser",
        "jpkl view cells.jpkl\n  jpkl view cells.ome.tif --save\n  jpkl view raw.jpkl denoised.jpkl\n"
        "  jpkl view experiments/ --port 5006",
    )
    parser.add_argument(
        "file",
        metavar="FILE",
        help="a JPkl file; an image file that jpkl encode takes, which opens at once, is encoded in the "
        "background and kept in a cache (see jpkl cache); or a folder, whose files are listed and open with "
        "a click. All of them can be URLs",
    )
    parser.add_argument("compare", metavar="OTHER", nargs="*", help="files to show beside it")
    add_input_options(parser)
    add_labels_option(parser)
    parser.add_argument(
        "--save",
        action="store_true",
        help="save the encoded image file beside the original, like jpkl encode, instead of in the cache",
    )
    parser.add_argument(
        "--live",
        action="store_true",
        help="show a file while a JPklWriter writes it, and wait for its first frame; not needed if writing "
        "has already begun",
    )
    add_server_options(parser)
    parser.set_defaults(run=run, names="compare")


def add_server_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say where to serve the viewer."""
    parser.add_argument(
        "--port",
        type=_parse_port,
        help="port to serve at; 0 picks any free one (default: 5755, or the next free one, so that links and "
        "bookmarks still work after a restart)",
    )
    parser.add_argument(
        "--address",
        default="localhost",
        help="address to serve at (default: localhost, only this machine; 0.0.0.0: all who can reach it)",
    )
    parser.add_argument("--no-show", dest="show", action="store_false", help="do not open a browser")


def _parse_port(text: str) -> int:
    if not text.isdecimal() or int(text) > _LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port, a number from 0 to {_LAST_PORT}")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Serve the viewer until Ctrl-C."""
    import_viewer()  # before anything long is begun
    if not args.compare and is_folder_of_stacks(args.file):
        if args.labels:
            raise ValueError("--labels is for one file: they are the labels of its frames")
        return serve(args.file, args)
    if args.save:
        _check_targets([path for path in (args.file, *args.compare) if _is_original(path)])
    # Opened here, so that what cannot be shown is an error of the command, not of its page.
    with contextlib.ExitStack() as opened:
        stacks = [opened.enter_context(_open(path, args)) for path in (args.file, *args.compare)]
        if args.labels:
            with opened_labels(args.labels, frames_first=True) as labels:
                stacks[0] = stacks[0].with_labels(labels)
        return serve(stacks[0], args, stacks[1:])


def _check_targets(originals: Sequence[str]) -> None:
    """Refuse to keep stacks where something is already, or two at one place."""
    targets = [default_output(path) for path in originals]
    for target in targets:
        check_output(target, force=False)
    if len(set(targets)) < len(targets):
        raise ValueError(f"--save would keep two of them as {targets[0].name}: encode them by other names")


def _is_original(path: str) -> bool:
    return is_remote_original(path) if is_url(path) else is_original(path)


def _open(path: str, args: argparse.Namespace) -> JPkl:
    """Open a stack as the options say.

    Raises
    ------
    ValueError
        If it holds no frames.
    OSError
        If it cannot be read.
    """
    if is_folder_of_stacks(path):
        raise IsADirectoryError(f"{path}: is a folder; name files to see side by side, or one folder alone")
    options = {"axes": args.axes, "missing": args.missing}
    shown = shown_url(path) if is_url(path) else path
    jp: JPkl
    if args.live or is_being_written(path):
        return _open_live(path, waits=args.live)
    if args.save and not is_url(path) and is_original(path):
        # Anew: if it was encoded before, that is in the cache, and not beside it.
        jp = open_original(path, args.scene, **options)
    else:
        jp = open_anything(path, args.scene, **options)
    if not jp.images:
        jp.close()
        raise ValueError(f"{shown}: holds no frames to view; its dims are {jp.dim_sizes}")
    if isinstance(jp, OriginalStack):
        if jp.frames.copy is not None:
            print(f"{shown}: copied to {jp.frames.copy.path.parent}, which is removed at the end")
        for note in jp.original.source.notes:
            print(f"{shown}: {note}")
        if args.save:
            jp.target = default_output(path)
    return jp


def _open_live(path: str, *, waits: bool) -> JPkl:
    """Open a file as far as it has been written, perhaps waiting for its first frame."""
    has_said = False
    while True:
        try:
            return JPkl.load(path, partial=True)
        except (FileNotFoundError, IncompleteStackError):
            if not waits:
                raise
        if not has_said:
            print(f"{path}: waiting for its first frame (Ctrl-C ends it)", flush=True)
            has_said = True
        time.sleep(_PATIENCE)


def serve(stack: JPkl | str, args: argparse.Namespace, compare: Sequence[JPkl] = ()) -> NoReturn:
    """Serve the viewer until Ctrl-C, which ends this command as it ends any."""
    from jpkl._bytes.connection import give_up_requests  # with asyncio, which most commands do without

    viewer = import_viewer()
    try:
        viewer.serve(stack, compare=compare, port=args.port, show=args.show, address=args.address)
    except OSError as error:
        if error.filename is not None:
            raise
        raise OSError(_why_not_served(error, args)) from error
    give_up_requests()  # a server that is silent is tried for minutes
    # The server has ended in order, and returned: here it is Ctrl-C as any.
    if threading.current_thread() is threading.main_thread():
        signal.raise_signal(signal.SIGINT)
    raise KeyboardInterrupt


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

"""``jpkl compare``: see a stack beside the original that it was encoded from."""

from __future__ import annotations

import argparse
import contextlib
from typing import Any

from jpkl._array import JPkl
from jpkl._cli import _view
from jpkl._cli._common import Commands, add_command
from jpkl._cli._input import add_input_options
from jpkl._originals.opening import is_original, open_original
from jpkl._text import by

#: How frames of the original are encoded to be shown: exactly, so that the difference is that of the stack.
_RAW = {"codec": "png"}

#: A display range that fits any image file.
_ANY_RANGE = (0, 1)


def add_parser(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "compare",
        "show a JPkl file beside the image file that it was made from, and the difference",
        "jpkl compare cells.jpkl cells.ome.tif",
    )
    parser.add_argument("file", metavar="STACK", help="the JPkl file")
    parser.add_argument(
        "original",
        metavar="ORIGINAL",
        help="the image file, shown through the display range of STACK; Compare in the top bar of the page "
        "shows the difference",
    )
    add_input_options(parser)
    _view.add_server_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Serve the viewer until Ctrl-C."""
    _view.import_viewer()  # before anything long is begun
    with contextlib.ExitStack() as opened:
        stack = opened.enter_context(JPkl.load(args.file))
        original = opened.enter_context(_open_original(stack, args))
        if stack.fidelity is not None:
            worst = stack.fidelity.worst
            print(
                f"{args.file}: {stack.fidelity.summary(len(stack.images))}; the worst is frame number {worst}"
            )
        return _view.serve(original, args, [stack])


def _open_original(stack: JPkl, args: argparse.Namespace) -> JPkl:
    """Open the original, mapped to gray levels as the stack was.

    Raises
    ------
    ValueError
        If it is not an image file, or has another shape.
    """
    if not is_original(args.original):
        raise ValueError(f"{args.original}: not an image file; use jpkl view to compare JPkl files")
    known = {} if stack.display_range is None else {"display_range": stack.display_range}
    try:
        original = _open(args, **known)
    except ValueError:  # the range may not fit because the shape is another one, which says more
        with _open(args, display_range=_ANY_RANGE) as original:
            _check_shape(original, stack, args)
        raise
    try:
        _check_shape(original, stack, args)
    except ValueError:
        original.close()
        raise
    return original


def _open(args: argparse.Namespace, **encoding: Any) -> JPkl:
    options = {"axes": args.axes, "missing": args.missing, **_RAW, **encoding}
    return open_original(args.original, args.scene, **options)


def _check_shape(original: JPkl, stack: JPkl, args: argparse.Namespace) -> None:
    if original.shape != stack.shape:
        raise ValueError(
            f"{args.original}: its shape is {by(original.shape)} (height x width x dims), but {args.file} is "
            f"{by(stack.shape)}: give the axes of the original with --axes, or name another file"
        )

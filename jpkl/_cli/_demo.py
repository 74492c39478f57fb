"""``jpkl demo``: encode a real stack and open it in the viewer."""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

from jpkl._cli import _view
from jpkl._cli._common import Commands, add_command
from jpkl._cli._encode_one import encode, print_source
from jpkl._cli._progress import shows_progress
from jpkl._cli._targets import default_output
from jpkl.readers import open_image


def add_parser(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "demo",
        "encode a real microscopy stack and scrub through it",
        "jpkl demo --no-show --port 5006",
    )
    parser.add_argument(
        "--output", metavar="FILE", help="keep the JPkl file under this name; by default it is temporary"
    )
    _view.add_server_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> NoReturn:
    """Encode the stack that ships with the viewer, print size, ratio and time, and serve it."""
    viewer = _view.import_viewer()  # before the encoding: without a viewer there is nothing to show
    stack = Path(viewer.demo_stack_path())
    with tempfile.TemporaryDirectory(prefix="jpkl-demo-") as folder:
        output = Path(args.output or default_output(Path(folder, stack.name)))
        with open_image(stack) as found:
            source = replace(found, **viewer.demo_stack_options())
            print_source(stack.name, source, source.axes)
            encode(source, output, axes=source.axes, metadata=source.metadata, progress=shows_progress())
        _view.serve(str(output), args)

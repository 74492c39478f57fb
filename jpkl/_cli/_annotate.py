"""``jpkl annotate``: change what a JPkl file says of its frames, and not the frames."""

from __future__ import annotations

import argparse
from pathlib import Path

from jpkl._annotate import annotate_file
from jpkl._array import JPkl
from jpkl._cli._common import Commands, add_command
from jpkl._cli._info import describe_metadata
from jpkl._cli._labels import add_labels_option, opened_labels
from jpkl._cli._metadata_options import add_metadata_options, metadata_changes
from jpkl._cli._progress import watched_bytes
from jpkl._cli._targets import check_output


def add_parser(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "annotate",
        "change pixel size, names and colors of a JPkl file without touching its frames",
        "jpkl annotate cells.jpkl --pixel-size 0.2um --channel-names DNA,actin\n"
        "  jpkl annotate cells.jpkl -o named.jpkl --dim-names time,z --spacing time=1.25s,z=0.5um",
    )
    parser.add_argument(
        "file", metavar="FILE", help="the JPkl file; it is replaced once the new one is complete"
    )
    parser.add_argument(
        "-o", "--output", metavar="COPY", help="write a copy and leave FILE as it is; then FILE may be a URL"
    )
    parser.add_argument("--force", action="store_true", help="replace COPY if it exists")
    add_metadata_options(parser)
    add_labels_option(parser)
    parser.add_argument(
        "--remove-labels", action="append", default=[], metavar="NAME", help="remove labels from the file"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Change the metadata, and print what the file says now."""
    changes = metadata_changes(args)
    if not changes and args.dim_names is None and not args.labels and not args.remove_labels:
        raise ValueError(
            f"{args.file}: nothing to change; give --pixel-size, --channel-names, --channel-colors, "
            "--dim-names, --spacing, --labels or --remove-labels"
        )
    if args.output is not None:
        check_output(Path(args.output), args.force)
    with opened_labels(args.labels, frames_first=True) as labels, watched_bytes("Copying") as watch:
        removed = dict.fromkeys(args.remove_labels)
        annotate_file(
            args.file,
            args.output,
            dim_names=args.dim_names,
            labels=labels | removed,
            watch=watch,
            **changes,
        )
    written = args.output or args.file
    with JPkl.load(written) as jp:
        print(describe_metadata(written, jp))
        for image in jp.labels.values():
            print(repr(image).strip("<>"))
    return 0

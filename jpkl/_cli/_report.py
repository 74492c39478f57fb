"""``jpkl report``: stacks in one HTML file, to scrub through without Python and without a network."""

from __future__ import annotations

import argparse
import re
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from jpkl._array import JPkl
from jpkl._cli._common import Commands, add_command, add_select_option, shows_progress
from jpkl._cli._view import import_viewer
from jpkl._selection import Choice, find_dim

_SIZE_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9}


def add_parser(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "report",
        "write JPkl files into one HTML page that opens anywhere, without Python and without a network",
        'jpkl report raw.jpkl denoised.jpkl --title "Mitosis" --note notes.md -o report.html\n'
        "  jpkl report cells.jpkl --select time=0:50:2 --scale 0.5 -o small.html",
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="the JPkl files, in the order of the page")
    parser.add_argument("-o", "--output", required=True, metavar="OUT", help="the HTML file to write")
    parser.add_argument("--title", help="title of the page (default: the names of the files)")
    parser.add_argument(
        "--note",
        default="",
        metavar="TEXT",
        help="text below the title, in Markdown, or a file ending in .md",
    )
    add_report_options(parser)
    parser.add_argument(
        "--bookmarks",
        action="store_true",
        help="list the bookmarks of the stacks on the page, and include the frames that they show",
    )
    parser.add_argument("--force", action="store_true", help="replace OUT if it exists")
    parser.set_defaults(run=run)


def add_report_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what to include, and how."""
    group = parser.add_argument_group("what a report includes (default: everything, as it is stored)")
    add_select_option(group)
    group.add_argument("--crop", type=parse_crop, metavar="Y0:Y1,X0:X1", help="rows and columns, in pixels")
    group.add_argument("--scale", type=float, default=1.0, help="make frames smaller, e.g. 0.5")
    group.add_argument(
        "--quality", type=int, metavar="Q", help="JPEG quality, 1 to 100, to encode again with"
    )
    group.add_argument(
        "--max-size", type=parse_size, metavar="SIZE", help="write nothing above this size (default: 200MB)"
    )


def run(args: argparse.Namespace) -> int:
    """Write the report; it appears when it is complete."""
    output = Path(args.output)
    if output.exists() and not args.force:
        raise FileExistsError(f"{output}: exists already; --force replaces it")
    note = Path(args.note).read_text("utf-8") if args.note.endswith(".md") else args.note
    write_report(args.files, output, args, title=args.title, note=note, bookmarks=args.bookmarks)
    return 0


def write_report(files: list[str], output: Path, args: argparse.Namespace, **texts: Any) -> None:
    """Write files into a report as the options say, and print how large it is."""
    if not output.absolute().parent.is_dir():
        raise FileNotFoundError(f"{output}: there is no folder {output.parent} to write it to")
    viewer = import_viewer()
    with ExitStack() as stack:
        stacks = [stack.enter_context(JPkl.load(file)) for file in files]
        options = {"crop": args.crop, "scale": args.scale, "quality": args.quality, **texts}
        viewers = [viewer.JPklViewer(jp) for jp in stacks]
        try:
            report = viewer.Report(viewers, select=_named(args.select, stacks), **options)
        except IndexError as error:
            raise ValueError(f"--select: {error}") from error
        written = report.save(output, max_nbytes=args.max_size, progress=shows_progress())
    print(f"{output}: {written}")
    if written.damaged:
        print(f"jpkl: {output}: damaged frames are shown as an error", file=sys.stderr)


def _named(chosen: list[tuple[str, Choice]], stacks: list[JPkl]) -> dict[str, Choice]:
    """Return choices by the names that the stacks have for the dims, not all of which each need have."""
    dim_names = tuple(dict.fromkeys(name for jp in stacks for name in jp.dim_names))
    return {dim_names[find_dim(name, dim_names)]: choice for name, choice in chosen}


def parse_crop(text: str) -> tuple[slice, slice]:
    """Return rows and columns.

    Examples
    --------
    >>> parse_crop("10:200,:128")
    (slice(10, 200, None), slice(None, 128, None))
    """
    if not re.fullmatch(r"\d*:\d*,\d*:\d*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not rows and columns, such as 0:256,128:384")
    rows, columns = text.split(",")
    return _parse_range(rows), _parse_range(columns)


def parse_size(text: str) -> int:
    """Return a number of bytes.

    Examples
    --------
    >>> parse_size("500MB"), parse_size("1.5 GB")
    (500000000, 1500000000)
    """
    found = re.fullmatch(r"(\d+\.?\d*)\s*([kmg]?)b?", text.strip().lower())
    if not found:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size, such as 500MB")
    return int(float(found[1]) * _SIZE_UNITS[found[2]])


def _parse_range(text: str) -> slice:
    return slice(*(int(part) if part else None for part in text.split(":")))

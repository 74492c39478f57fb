"""``jpkl report``: stacks in one HTML file, to scrub through without Python and without a network."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from jpkl._array import JPkl
from jpkl._cli._common import Commands, add_command, add_select_option, parse_choices
from jpkl._cli._progress import shows_progress
from jpkl._cli._targets import check_no_input
from jpkl._cli._view import import_viewer
from jpkl._selection import Choice, find_dim
from jpkl._text import parse_bytes


def add_parser(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "report",
        "put JPkl files on one HTML page that opens anywhere, without Python and without a network",
        'jpkl report raw.jpkl denoised.jpkl --title "Mitosis" --note notes.md -o report.html\n'
        "  jpkl report cells.jpkl --select time=0:50:2 --scale 0.5 -o small.html\n"
        "  jpkl report cells.jpkl --bookmarks --bundle cells.zip --slides cells.pptx",
    )
    parser.add_argument(
        "files", nargs="+", metavar="FILE", help="the JPkl files, in the order in which they are shown"
    )
    _add_outputs(parser)
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
        help="include the bookmarks of the stacks, as a list in the viewer and as figures, with the frames "
        "that they need",
    )
    parser.add_argument(
        "--stills",
        action="extend",
        default=[],
        type=parse_choices,
        metavar="DIM=INDICES",
        help="positions to print, in the form of --select",
    )
    parser.add_argument("--force", action="store_true", help="replace files that exist")
    parser.set_defaults(run=run, names="files")


def _add_outputs(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what to write, at least one of which is given."""
    parser.add_argument("-o", "--output", metavar="OUT", help="the HTML file to write")
    parser.add_argument(
        "--bundle",
        metavar="ZIP",
        help="write a ZIP with the page, an MP4 and a picture of each stack, and a README: for mail and lab "
        "notebooks that refuse HTML",
    )
    parser.add_argument(
        "--slides",
        metavar="PPTX",
        help="write a slide for each stack and bookmark, with its movie, scale bar and caption",
    )
    parser.add_argument("--dim", help="dim that the movies of --bundle and --slides run along")
    parser.add_argument("--fps", type=float, help="frames per second of those movies (default: 10)")


def add_report_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that say what to include, and how."""
    group = parser.add_argument_group("what is written (default: everything, as it is stored)")
    add_select_option(group)
    group.add_argument("--crop", type=parse_crop, metavar="Y0:Y1,X0:X1", help="rows and columns, in pixels")
    group.add_argument("--scale", type=float, default=1.0, help="make frames smaller, e.g. 0.5")
    group.add_argument("--quality", type=int, metavar="Q", help="encode again at this JPEG quality, 1 to 100")
    group.add_argument(
        "--max-size",
        type=_parse_size,
        metavar="SIZE",
        help="do not write files larger than this (default: 200MB)",
    )


def run(args: argparse.Namespace) -> int:
    """Write what is asked for; each file appears when it is complete."""
    outputs = _outputs(args)
    note = Path(args.note).read_text("utf-8") if args.note.endswith(".md") else args.note
    texts = {"title": args.title, "note": note, "bookmarks": args.bookmarks}
    with made_report(args.files, args, **texts) as report:
        movies = {"dim": _dim_of(report, args.dim), "fps": args.fps}
        for kind, path in outputs.items():
            save(report, kind, path, args, **({} if kind == "output" else movies))
    return 0


def _outputs(args: argparse.Namespace) -> dict[str, Path]:
    """Return the files to write, by the name of their option, after checking all of them."""
    suffixes = {"output": (".html", ".htm"), "bundle": (".zip",), "slides": (".pptx",)}
    outputs = {kind: Path(getattr(args, kind)) for kind in suffixes if getattr(args, kind) is not None}
    if not outputs:
        raise ValueError("nothing to write: give -o OUT.html, --bundle OUT.zip or --slides OUT.pptx")
    if len({path.absolute() for path in outputs.values()}) < len(outputs):
        raise ValueError("-o, --bundle and --slides must name different files")
    if "output" in outputs and len(outputs) == 1 and (args.dim is not None or args.fps is not None):
        raise ValueError("--dim and --fps are for the movies of --bundle and --slides")
    for kind, path in outputs.items():
        check_no_input(path, (*args.files, args.note))
        if path.suffix.lower() not in suffixes[kind]:
            raise ValueError(f"--{kind}: {path} must end in {suffixes[kind][0]}")
        _check_output(path, args.force)
    return outputs


def _check_output(path: Path, force: bool) -> None:
    if path.exists() and not force:
        raise FileExistsError(f"{path}: exists already; --force replaces it")
    if not path.absolute().parent.is_dir():
        raise FileNotFoundError(f"{path}: there is no folder {path.parent} to write it to")


def _dim_of(report: Any, name: str | None) -> str | None:
    """Find the dim that is meant by the beginning of its name."""
    if name is None:
        return None
    names: tuple[str, ...] = tuple(
        dict.fromkeys(dim.name for excerpt in report.excerpts for dim in excerpt.stack.dims)
    )
    return names[find_dim(name, names)]


@contextmanager
def made_report(files: list[str], args: argparse.Namespace, **texts: Any) -> Iterator[Any]:
    """Load files, and make a report of them as the options say."""
    viewer = import_viewer()
    with ExitStack() as stack:
        stacks = [stack.enter_context(JPkl.load(file)) for file in files]
        options = {"crop": args.crop, "scale": args.scale, "quality": args.quality, **texts}
        if getattr(args, "stills", None):
            options["stills"] = _named(args.stills, stacks)
        viewers = [viewer.JPklViewer(jp) for jp in stacks]
        try:
            report = viewer.Report(viewers, select=_named(args.select, stacks), **options)
        except IndexError as error:
            raise ValueError(f"--select: {error}") from error
        yield report


def save(report: Any, kind: str, path: Path, args: argparse.Namespace, **options: Any) -> None:
    """Write a report as a page (``"output"``), a bundle or slides, and print how large it is."""
    method = {"output": "save", "bundle": "save_bundle", "slides": "save_slides"}[kind]
    written = getattr(report, method)(path, max_nbytes=args.max_size, progress=shows_progress(), **options)
    print(f"{path}: {written}")
    if written.damaged:
        shown = "are shown as an error" if kind == "output" else "are left out"
        print(f"jpkl: {path}: damaged frames {shown}", file=sys.stderr)


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


def _parse_size(text: str) -> int:
    try:
        return parse_bytes(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _parse_range(text: str) -> slice:
    return slice(*(int(part) if part else None for part in text.split(":")))

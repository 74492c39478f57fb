"""``jpkl export``: decode a JPkl file into PNG pictures, ``.npy`` or TIFF, or write a page or movie of it."""

from __future__ import annotations

import argparse
from pathlib import Path

from jpkl._array import JPkl
from jpkl._cli._common import Commands, add_command
from jpkl._cli._movie import PAINTED, add_movie_options, uses_movie_options, write_painted
from jpkl._cli._progress import watched
from jpkl._cli._report import add_report_options, made_report, save
from jpkl._cli._targets import check_no_input
from jpkl._export.arrays import write_npy
from jpkl._export.exporting import Exporter, export
from jpkl._export.label_stack import find_labels, label_stack
from jpkl._export.ome_zarr import write_ome_zarr
from jpkl._export.pictures import write_jpeg, write_png
from jpkl._export.selecting import select_frames
from jpkl._export.tiff import write_tiff
from jpkl._text import count

_EXPORTERS: dict[str, Exporter] = {
    "png": write_png,
    "jpeg": write_jpeg,
    "npy": write_npy,
    "tiff": write_tiff,
    "zarr": write_ome_zarr,
}
#: Formats that are folders.
_FOLDERS = ("png", "jpeg", "zarr")
_FORMAT_OF_SUFFIX = {
    "": "png",
    ".npy": "npy",
    ".tif": "tiff",
    ".tiff": "tiff",
    ".zarr": "zarr",
    ".html": "html",
}
_FORMAT_OF_SUFFIX |= dict.fromkeys(PAINTED, "painted")


def add_parser(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "export",
        "convert a JPkl file for other programs: pictures, .npy, TIFF, OME-Zarr, an HTML page, a movie",
        "jpkl export cells.jpkl cells.ome.tif --select channel=0\n"
        "  jpkl export cells.jpkl cells.html --select time=0:50\n"
        "  jpkl export cells.jpkl cells.mp4 --dim time --fps 12 --composite",
    )
    parser.add_argument("file", metavar="FILE", help="the JPkl file")
    parser.add_argument(
        "output",
        metavar="OUT",
        help="a file ending in .npy, .tif (ImageJ), .ome.tif, .zarr, .html, .mp4, .gif or .png (one picture, "
        "as in the viewer), or a folder for PNG pictures; with --to jpeg, for the stored JPEG bytes",
    )
    parser.add_argument(
        "--to", choices=sorted((*_EXPORTERS, "html")), help="the format, if OUT's name does not say"
    )
    parser.add_argument("--force", action="store_true", help="replace OUT if it exists and is a file")
    parser.add_argument(
        "--labels",
        metavar="NAME",
        help="write these labels instead of the frames, without loss, as .npy, TIFF, .zarr or PNG; jpkl info "
        "lists them",
    )
    add_report_options(parser)
    add_movie_options(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Export a stack; the output appears when it is complete."""
    output = Path(args.output)
    format_name = args.to or _format_of(output)
    _check_output(output, format_name, args.force)
    check_no_input(output, [args.file])
    if args.labels is not None and format_name not in ("npy", "tiff", "zarr", "png"):
        raise ValueError(f"--labels is for .npy, TIFF, .zarr and PNG: {output} would not have their values")
    if format_name == "painted":
        write_painted(args.file, output, args)
        return 0
    if uses_movie_options(args):
        raise ValueError("--dim, --fps, --colormap, --composite and --plain are for .mp4, .gif and .png")
    if format_name == "html":
        with made_report([args.file], args) as report:
            save(report, "output", output, args)
        return 0
    _check_unused(args, format_name)
    with JPkl.load(args.file) as jp:
        names = [] if args.labels is None else [find_labels(jp, args.labels).name]
        selected = select_frames(jp, args.select, names)
        if args.labels is not None:
            selected = label_stack(selected, args.labels)
        n_frames = len(selected.images)
        export(
            selected, output, _EXPORTERS[format_name], lambda frames: watched(frames, "Exporting", n_frames)
        )
        kind = _kind_text(selected, format_name)
    print(f"{output}: {count(n_frames, 'frame')}, {kind}")
    return 0


def _kind_text(jp: JPkl, format_name: str) -> str:
    """Return what the values in a file are."""
    if not jp.is_exact or format_name == "jpeg":
        return "8-bit"
    if jp.dtype.kind == "b" and format_name == "tiff":  # whose readers make nothing of single bits
        return "bool as uint8: 0 and 1"
    return str(jp.dtype)


def _format_of(output: Path) -> str:
    try:
        return _FORMAT_OF_SUFFIX[output.suffix.lower()]
    except KeyError:
        raise ValueError(
            f"{output}: {output.suffix!r} names no format; end it in .npy, .tif, .ome.tif, .zarr, .html, "
            ".mp4, .gif or .png, name a folder for PNG pictures, or use --to"
        ) from None


def _check_unused(args: argparse.Namespace, format_name: str) -> None:
    """Refuse options that only a report has, rather than pass over them."""
    if args.crop or args.scale != 1 or args.quality is not None or args.max_size is not None:
        raise ValueError(
            "--crop, --scale, --quality and --max-size are for .html, pictures and movies; "
            f"{format_name} has whole frames, and --select chooses among them"
        )


def _check_output(output: Path, format_name: str, force: bool) -> None:
    if format_name in _FOLDERS:
        # A folder that is not empty is never replaced: it may hold anything.
        if output.exists() and not (output.is_dir() and not any(output.iterdir())):
            raise FileExistsError(f"{output}: exists already; name a new or an empty folder")
    elif output.is_dir():
        raise IsADirectoryError(f"{output}: is a folder; name a file in it")
    elif output.exists() and not force:
        raise FileExistsError(f"{output}: exists already; --force replaces it")
    if not output.absolute().parent.is_dir():
        raise FileNotFoundError(f"{output}: there is no folder {output.parent} to write it to")

"""``jpkl cache``: what image files were encoded into when they were looked at."""

from __future__ import annotations

import argparse
from datetime import datetime

from jpkl._cache_folder import FOLDER_VARIABLE
from jpkl._cli._common import Commands, add_command
from jpkl._originals.kept import SIZE_VARIABLE, CacheFolder, KeptFile
from jpkl._originals.original import Request
from jpkl._text import count, human_bytes, one_line


def add_parser(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "cache",
        "list or clear the JPkl files that jpkl view made from image files",
        "jpkl cache\n  jpkl cache --clear\n  jpkl cache --clear cells.czi",
    )
    parser.add_argument(
        "--clear",
        nargs="*",
        metavar="ORIGINAL",
        help="remove what is cached for these image files, or for all if none is named",
    )
    parser.add_argument(
        "--stale", action="store_true", help="with --clear: only for files that have changed or are gone"
    )
    parser.description = (
        f"{parser.description} {FOLDER_VARIABLE} sets their folder, which this command prints.\n"
        f"If they take more than {SIZE_VARIABLE} (default: 20GB), the least recently used ones are removed."
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """List, or clear."""
    folder = CacheFolder()
    kept = folder.list()
    if args.stale and args.clear is None:
        raise ValueError("--stale goes with --clear")
    if args.clear is None:
        _print_list(folder, kept)
    else:
        _clear(kept, args.clear, args.stale)
    return 0


def _print_list(folder: CacheFolder, kept: list[KeptFile]) -> None:
    for each in kept:
        used = datetime.fromtimestamp(each.used).strftime("%Y-%m-%d %H:%M")
        scene = "" if each.scene is None else f", scene {each.scene}"
        state = "" if each.is_current else ", changed or gone since"
        print(f"{human_bytes(each.nbytes):>8}  {used}  {one_line(each.original)}{scene}{state}")
    total = human_bytes(sum(each.nbytes for each in kept))
    print(f"{folder.path}: {count(len(kept), 'stack')}, {total} of {human_bytes(folder.max_nbytes)}")


def _clear(kept: list[KeptFile], originals: list[str], only_stale: bool) -> None:
    paths = {Request.of(path).path for path in originals}
    if unknown := paths - {each.original for each in kept}:
        raise ValueError(f"{min(unknown)}: nothing is kept of it")
    chosen = [each for each in kept if not paths or each.original in paths]
    removed = [each for each in chosen if not only_stale or not each.is_current]
    for each in removed:
        each.remove()
    print(f"removed {count(len(removed), 'stack')}, {human_bytes(sum(each.nbytes for each in removed))}")

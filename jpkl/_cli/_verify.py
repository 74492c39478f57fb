"""``jpkl verify``: check the file, read and decode every frame; measure how far it is from the original."""

from __future__ import annotations

import argparse
import warnings

from jpkl._annotate import record_fidelity
from jpkl._array import JPkl
from jpkl._cli._common import Commands, add_command, add_select_option, add_storage_option, describe
from jpkl._cli._fidelity import FrameFidelity, compare, on_record, summarize
from jpkl._cli._input import add_input_options, effective_axes, open_input
from jpkl._cli._metadata_options import Description
from jpkl._cli._progress import say, watched
from jpkl._cli._selected import select
from jpkl._dims import FrameIndex
from jpkl._errors import FrameError, JPklError, JPklWarning
from jpkl._fidelity import Fidelity
from jpkl._file.checking import check_file
from jpkl._labels.image import LabelImage
from jpkl._pipeline import Stop, ordered_map, resolve_workers
from jpkl._text import count, one_line

EXIT_BAD = 1


def add_parser(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "verify",
        "check a JPkl file: compare its pickle and index, and check and decode every frame",
        "jpkl verify cells.jpkl --against cells.ome.tif",
    )
    parser.add_argument("file", metavar="FILE", help="the JPkl file")
    parser.add_argument(
        "--against",
        metavar="ORIGINAL",
        help="print PSNR and SSIM of each frame against this image file, mapped to 8 bits as FILE was, and "
        "record them in FILE",
    )
    parser.add_argument(
        "--no-record", action="store_true", help="with --against: only print, leave FILE as it is"
    )
    add_input_options(parser)
    add_select_option(parser)
    add_storage_option(parser)
    parser.add_argument("--workers", type=int, metavar="N", help="threads (default: one per core)")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Verify a file; the exit code says whether it and every frame are good."""
    workers = resolve_workers(args.workers)
    with JPkl.load(args.file, storage_options=args.storage_options) as jp:
        is_good, found = _check(jp, workers, args), None
        if is_good and args.against is not None:
            found = _compare(jp, args, workers)
    if found is not None and not args.no_record:
        _record(args.file, found)
    return 0 if is_good else EXIT_BAD


def _record(path: str, found: Fidelity) -> None:
    """Put on record what was measured, unless the file cannot be changed, which spoils no comparison."""
    try:
        record_fidelity(path, found)
    except (JPklError, OSError, ValueError) as error:
        say(f"not recorded: {describe(error)}")
    else:
        say(f"{path}: PSNR and SSIM are now recorded in it; jpkl info prints them")


def _check(jp: JPkl, workers: int, args: argparse.Namespace) -> bool:
    """Print what is bad of a file and of its frames, and return whether nothing is."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", JPklWarning)  # printed when the file was opened
        found = check_file(args.file, args.storage_options)
    for problem in found.problems:
        say(one_line(problem))
    n_bad = _check_frames(jp, workers)
    n_bad_labels = sum(_check_labels(image, workers) for image in jp.labels.values())
    n_frames = count(len(jp.images), "frame")
    if n_bad:
        print(f"{n_bad} of {n_frames} bad")
    elif found.problems:
        print(f"{n_frames} good, but not the file that holds them")
    elif found.has_checksums:
        print(f"{n_frames}, all good")
    else:
        print(f"{n_frames}, all can be decoded; without checksums in the file, changed pixels go unnoticed")
    return not n_bad and not n_bad_labels and not found.problems


def _check_labels(image: LabelImage, workers: int) -> int:
    """Print what is bad of a label image, and return how many of its frames are."""

    def check(index: FrameIndex, stop: Stop) -> FrameError | None:
        stop.check()
        try:
            image.frame(index)
        except FrameError as error:
            return error
        return None

    indices = list(image.stored_frames())
    bad = [error for error in ordered_map(check, indices, workers=workers) if error is not None]
    for error in bad:
        say(one_line(str(error)))
    good = "all good" if not bad else f"{len(bad)} bad"
    print(f"labels {one_line(image.name)}: {count(len(indices), 'frame')}, {good}")
    return len(bad)


def _check_frames(jp: JPkl, workers: int) -> int:
    """Print the bad frames, and return how many there are."""

    def check(index: FrameIndex, stop: Stop) -> FrameError | None:
        stop.check()
        try:
            jp.frame(index)
        except FrameError as error:
            return error
        return None

    n_frames, n_bad = len(jp.images), 0
    for error in watched(ordered_map(check, jp.images, workers=workers), "Verifying", n_frames):
        if error is not None:
            n_bad += 1
            say(one_line(str(error)))
    return n_bad


def _compare(jp: JPkl, args: argparse.Namespace, workers: int) -> Fidelity | None:
    """Print how far each frame is from the original, and return it; None where there are no frames."""
    measured: list[FrameFidelity] = []
    with open_input(args.against, args) as opened:
        source, axes, _ = select(opened, effective_axes(opened, args), Description({}), args.select)
        compared = compare(jp, source.array, axes, workers)
        for fidelity in watched(compared, "Comparing", len(jp.images)):
            measured.append(fidelity)
            say(str(fidelity))
    print(summarize(measured))
    return on_record(measured, jp.dim_sizes) if measured else None

"""``jpkl encode``: image files become JPkl files."""

from __future__ import annotations

import argparse
import contextlib
from dataclasses import replace

from jpkl._cli._cluster import connected
from jpkl._cli._common import Commands, add_command, add_select_option, say
from jpkl._cli._downloads import fetched
from jpkl._cli._effect import Given, check_effect
from jpkl._cli._encode_many import encode_many
from jpkl._cli._encode_one import encode_job
from jpkl._cli._input import FORMATS, add_input_options
from jpkl._cli._labels import add_labels_option
from jpkl._cli._metadata_options import add_metadata_options
from jpkl._cli._targets import Job, Plan, check_output, distinct, plan_jobs
from jpkl._encoding.target import TargetSpec, parse_target_text
from jpkl._errors import JPklError
from jpkl._originals.scenes import scene_paths
from jpkl.readers import scenes_of

_NAMED_RANGES = ("auto", "minmax", "dtype", "percentile")


def add_parser(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "encode",
        "encode image files into JPkl files",
        "jpkl encode cells.ome.tif cells.jpkl --quality 85\n"
        "  jpkl encode cells.tif --axes TCYX --pixel-size 0.2um --spacing time=1.25s\n"
        "  jpkl encode cells.tif some.jpkl --select time=0:100:2,z=5\n"
        '  jpkl encode "raw/**/*.tif" -o out/',
    )
    _add_paths(parser)
    add_input_options(parser)
    parser.add_argument(
        "--all-scenes",
        action="store_true",
        help="encode each scene of IN, but no reduced one, to a file of its own, OUT without its suffix and "
        "_SCENE.jpkl",
    )
    add_select_option(parser)
    add_labels_option(parser)
    _add_encoding_options(parser)
    add_metadata_options(parser)
    parser.add_argument("--force", action="store_true", help="replace OUT if it exists")
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="encode a few frames, print size and fidelity to expect, write nothing",
    )
    parser.set_defaults(run=run)


def _add_paths(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "input",
        metavar="IN",
        nargs="+",
        help=f'image files ({FORMATS}), or quoted patterns of their names such as "raw/**/*.tif"; after a '
        "single one the JPkl file may follow, by default IN with suffix .jpkl",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="the JPkl file, or the folder for those of several inputs, which is made if needed and below "
        "which folders that match a pattern are kept; what is up to date in it is skipped",
    )


def _add_encoding_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--quality",
        action=Given,
        type=int,
        default=90,
        metavar="0-100",
        help="JPEG quality, or that of another codec on its scale (default: 90)",
    )
    parser.add_argument(
        "--codec",
        metavar="NAME",
        help="how frames are encoded: jpeg, png, webp, jpeg2000, avif, or with jpkl[codecs] jpegxl, jpegls, "
        "htj2k; all but jpeg make files that only JPkl reads (default: jpeg, but label images are kept "
        "exactly, as PNG)",
    )
    parser.add_argument(
        "--lossless",
        action="store_true",
        help="keep values exactly, of 16 bits, too; PNG unless --codec says which codec",
    )
    parser.add_argument(
        "--display-range",
        type=parse_display_range,
        default="auto",
        metavar="RANGE",
        help="intensities that become black and white: auto (lowest and highest, per channel, without hot "
        "pixels that would take the gray levels; 8-bit data stay as they are), minmax (with them), dtype, "
        "percentile, or LOW,HIGH (default: auto)",
    )
    parser.add_argument(
        "--reencode",
        action="store_true",
        help="encode frames that are JPEG already, too; by default they are kept as they are",
    )
    parser.add_argument(
        "--jpeg-tables",
        action=Given,
        choices=("fitted", "standard"),
        default="fitted",
        help="quantization tables: some that are fitted to the frames, with at least the PSNR of the quality "
        "on average over a sample, in about a quarter fewer bytes, or libjpeg's own, which encode faster "
        "(default: fitted)",
    )
    parser.add_argument(
        "--jpeg-optimize",
        action=argparse.BooleanOptionalAction,
        help="make Huffman tables for each frame: smaller, and slower (default: with fitted tables)",
    )
    parser.add_argument(
        "--target",
        type=_target,
        metavar="TARGET",
        help="what quality is to come out, in place of --quality: noise or noise:Q (quantization steps of Q "
        "standard deviations of the noise), psnr:DB, ssim:S, or ratio:R (R times smaller than the pixels); "
        "see also --dry-run",
    )
    parser.add_argument(
        "--fidelity",
        choices=("sample", "all", "none"),
        default="sample",
        help="of which frames to keep PSNR and SSIM on record in the file; all makes encoding "
        "up to 20 %% slower, and more with standard tables (default: sample)",
    )
    parser.add_argument("--workers", type=int, metavar="N", help="threads (default: one per core)")
    parser.add_argument(
        "--scheduler",
        metavar="ADDRESS",
        help="encode on a dask cluster, whose workers see IN under the same path: the address of its "
        "scheduler, e.g. tcp://10.0.0.1:8786, or its scheduler file, which ends in .json",
    )


def _target(text: str) -> TargetSpec:
    try:
        return parse_target_text(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def parse_display_range(text: str) -> str | tuple[float, float]:
    """Return a named display range, or the two numbers of ``LOW,HIGH``."""
    if text in _NAMED_RANGES:
        return text
    try:
        low, high = map(float, text.split(","))
    except ValueError:
        choices = ", ".join(_NAMED_RANGES)
        raise argparse.ArgumentTypeError(f"{text!r} is none of {choices}, LOW,HIGH") from None
    return low, high


def run(args: argparse.Namespace) -> int:
    """Encode, or forecast what encoding would give."""
    with connected(None if args.dry_run else args.scheduler) as args.client:
        return _run(args)


def _run(args: argparse.Namespace) -> int:
    check_effect(args)
    plan = plan_jobs(args.input, args.output)
    if args.all_scenes:
        plan = _with_all_scenes(plan, args)
    for note in plan.notes:
        say(note)
    if plan.is_many and args.labels:
        raise ValueError("--labels is for one IN: they are the labels of its frames")
    if plan.is_many:
        return encode_many(plan, args)
    job = plan.jobs[0]
    check_output(job.output, args.force)
    encode_job(job, args)
    return 0


def _with_all_scenes(plan: Plan, args: argparse.Namespace) -> Plan:
    """Return a plan with a job for each scene; one file that cannot be opened stops no other."""
    if args.scene is not None:
        raise ValueError("--scene and --all-scenes exclude each other")
    jobs: list[Job] = []
    for job in plan.jobs:
        scenes: tuple[str, ...] = ()
        said_later = contextlib.suppress(JPklError, OSError, ValueError)  # when its turn comes
        with said_later, fetched(job.source, whole=False) as path:
            scenes = scenes_of(path, missing=args.missing, axes=args.axes, with_reduced=False)
        outputs = scene_paths(job.output, scenes)
        jobs += [Job(job.source, path, scene) for scene, path in zip(scenes or (None,), outputs, strict=True)]
    return replace(plan, jobs=distinct(jobs), is_many=plan.is_many or len(jobs) > 1)

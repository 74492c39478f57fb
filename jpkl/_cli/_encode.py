"""``jpkl encode``: image files become JPkl files."""

from __future__ import annotations

import argparse
import contextlib
from dataclasses import replace

from jpkl._cli._cluster import connected
from jpkl._cli._common import Commands, add_command, add_select_option
from jpkl._cli._downloads import fetched
from jpkl._cli._encode_many import encode_many
from jpkl._cli._encode_one import encode_job
from jpkl._cli._encoding_options import add_encoding_options, check_effect
from jpkl._cli._input import FORMATS, add_input_options
from jpkl._cli._labels import add_labels_option
from jpkl._cli._metadata_options import add_metadata_options
from jpkl._cli._progress import say
from jpkl._cli._targets import Job, Plan, check_no_input, check_output, distinct, plan_jobs
from jpkl._errors import JPklError
from jpkl._originals.scenes import scene_paths
from jpkl.readers import scenes_of


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
        help="encode each scene of IN, except reduced resolutions, to a file of its own, OUT_SCENE.jpkl",
    )
    add_select_option(parser)
    add_labels_option(parser)
    add_encoding_options(parser)
    add_metadata_options(parser)
    parser.add_argument("--force", action="store_true", help="replace OUT if it exists")
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="encode a few frames and print the expected size and fidelity; write nothing",
    )
    parser.set_defaults(run=run, names="input")


def _add_paths(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "input",
        metavar="IN",
        nargs="+",
        help=f'image files ({FORMATS}), or quoted patterns such as "raw/**/*.tif"; a single file may be '
        "followed by the JPkl file to write (default: IN with suffix .jpkl)",
    )
    parser.add_argument(
        "-o",
        "--output",
        metavar="OUT",
        help="the JPkl file to write, or for several inputs the folder, which is created if needed. Folders "
        "matched by a pattern are recreated in it, and files that are up to date are skipped",
    )


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
    check_no_input(job.output, [job.source])
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

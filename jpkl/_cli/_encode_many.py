"""``jpkl encode`` of many inputs: what is there already is kept, and one failure does not stop the rest."""

from __future__ import annotations

import argparse
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from jpkl._cli._common import EXIT_SOME_FAILED, describe
from jpkl._cli._encode_one import Encoded, encode_job
from jpkl._cli._origin import origin_of, state_of
from jpkl._cli._progress import say, watched
from jpkl._cli._targets import Job, Plan
from jpkl._errors import JPklError
from jpkl._text import count, human_bytes, human_change, one_line


@dataclass
class _Tally:
    """What became of the inputs so far."""

    encoded: list[Encoded] = field(default_factory=list)
    skipped: list[Job] = field(default_factory=list)
    failed: list[tuple[Job, str]] = field(default_factory=list)


def encode_many(plan: Plan, args: argparse.Namespace) -> int:
    """Encode one input after the other, each on all cores, and print a summary.

    Returns
    -------
    int
        0, or 1 if some could not be encoded.
    """
    is_new = plan.folder is not None and not args.dry_run and not plan.folder.exists()
    if plan.folder is not None and not args.dry_run:
        plan.folder.mkdir(parents=True, exist_ok=True)
    tally, began = _Tally(), time.perf_counter()
    try:
        with closing(watched(plan.jobs, "Files", unit="file")) as jobs:
            for number, job in enumerate(jobs, 1):
                say(f"[{number}/{len(plan.jobs)}] {job}")
                _encode_or_note(job, args, tally)
    finally:  # after Ctrl-C as well
        if plan.folder is not None and is_new:
            with suppress(OSError):  # it has files
                plan.folder.rmdir()
        _print_summary(tally, len(plan.jobs), args.dry_run, time.perf_counter() - began)
    return EXIT_SOME_FAILED if tally.failed else 0


def _encode_or_note(job: Job, args: argparse.Namespace, tally: _Tally) -> None:
    """Encode one input, and keep account of it."""
    try:
        origin = origin_of(job, args)
        if job.output.exists() and not args.force and _is_current(job, origin):
            say(f"{job.output}: up to date, skipped")
            tally.skipped.append(job)
            return
        if not args.dry_run:
            job.output.parent.mkdir(parents=True, exist_ok=True)
        with _warnings_of(job):
            tally.encoded.append(encode_job(job, args, origin))
    except BrokenPipeError:  # nobody reads what is printed, which is no fault of the input
        raise
    except (JPklError, OSError, ValueError, TypeError) as error:
        _note_failure(job, describe(error), tally)
    except Exception as error:  # a damaged file may raise anything in whoever reads it
        _note_failure(job, one_line(f"{type(error).__name__}: {error}"), tally)


def _is_current(job: Job, origin: dict[str, Any]) -> bool:
    """Return whether an output that exists can stay as it is; False where it is to be made again.

    Raises
    ------
    FileExistsError
        If it may be somebody's work.
    """
    match state_of(job.output, origin):
        case "current":
            return True
        case "outdated":
            say(f"{job.output}: made from an earlier state of the input or with other options: made again")
        case "incomplete":
            say(f"{job.output}: not complete: made again")
        case "changed":
            raise FileExistsError(
                f"{job.output}: exists already, and may have been changed since it was made from an earlier "
                "state of the input; --force replaces it"
            )
        case "foreign":
            raise FileExistsError(
                f"{job.output}: exists already, and was not made from {job}; --force replaces it"
            )
    return False


def _note_failure(job: Job, reason: str, tally: _Tally) -> None:
    if job.source not in reason and str(job.output) not in reason:
        reason = f"{job}: {reason}"
    say(f"jpkl: {reason}", sys.stderr)
    tally.failed.append((job, reason))


@contextmanager
def _warnings_of(job: Job) -> Iterator[None]:
    """Have warnings name the input."""
    shown: Callable[..., None] = warnings.showwarning

    def show(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        shown(category(f"{job}: {message}"), category, *where, **more)

    with warnings.catch_warnings():
        warnings.showwarning = show
        yield


def _print_summary(tally: _Tally, n_jobs: int, is_forecast: bool, seconds: float) -> None:
    n_left = n_jobs - len(tally.encoded) - len(tally.skipped) - len(tally.failed)
    parts = [f"{len(tally.encoded)} {'to encode' if is_forecast else 'encoded'}"]
    parts += [f"{len(tally.skipped)} skipped (up to date)"] if tally.skipped else []
    parts += [f"{len(tally.failed)} failed"] if tally.failed else []
    parts += [f"{n_left} not begun or not finished"] if n_left else []
    say(f"{count(n_jobs, 'stack')}: {', '.join(parts)}, {seconds:.1f} s")
    for _, reason in tally.failed:
        say(f"  failed: {reason}")
    if tally.encoded:
        before = sum(each.file_nbytes for each in tally.encoded)
        pixels = sum(each.pixel_nbytes for each in tally.encoded)
        after = sum(each.nbytes for each in tally.encoded)
        about = "about " if is_forecast else ""
        say(
            f"{human_bytes(before)} before ({human_bytes(pixels)} of pixels), {about}{human_bytes(after)} "
            f"after: {human_change(pixels, after)} than the pixels"
        )

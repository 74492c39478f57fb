"""``jpkl recover``: rescue the finished frames of a file that was cut off."""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import time
from pathlib import Path

from jpkl._cli._common import Commands, add_command, add_storage_option
from jpkl._cli._targets import check_no_input, check_output
from jpkl._errors import FormatError
from jpkl._file.parts import Part, State, find_lone_labels, find_parts
from jpkl._recover import Remains, recover, remains
from jpkl._text import count, frame_kind, human_bytes, one_line, short_reason

#: Units of an age, in seconds, the largest first.
_AGES = {"day": 86400, "hour": 3600, "minute": 60, "second": 1}


def add_parser(commands: Commands) -> None:
    """Add the command to the parser."""
    parser = add_command(
        commands,
        "recover",
        "rescue the finished frames of a JPkl file that was cut off",
        "jpkl recover broken.jpkl whole.jpkl\n  jpkl recover --list /data/runs",
    )
    parser.add_argument(
        "broken", metavar="BROKEN", nargs="?", help="the damaged JPkl file or temporary file; it is only read"
    )
    parser.add_argument("output", metavar="OUT", nargs="?", help="the JPkl file to write")
    parser.add_argument(
        "--list",
        metavar="FOLDER",
        nargs="?",
        const=".",
        help="list the temporary files in a folder (default: the current one), and what can be recovered "
        "from them",
    )
    parser.add_argument("--force", action="store_true", help="replace OUT if it exists")
    add_storage_option(parser)
    parser.set_defaults(run=run, usage_error=parser.error)


def run(args: argparse.Namespace) -> int:
    """Recover what can be recovered, and say what is missing."""
    if args.list is not None:
        if args.broken is not None:
            args.usage_error("--list takes one folder, and no files to recover")
        print(_describe_parts(Path(args.list)))
        return 0
    if args.output is None:
        args.usage_error("the following arguments are required: BROKEN, OUT")
    output = Path(args.output)
    check_no_input(output, [args.broken])
    check_output(output, args.force)
    print(recover(args.broken, output, storage_options=args.storage_options))
    return 0


def _describe_parts(folder: Path) -> str:
    parts = find_parts(folder)
    lone = find_lone_labels(folder)
    if not parts and not lone:
        return f"{one_line(str(folder))}: nothing was left behind"
    lines = [line for part in parts for line in _describe(part)]
    return "\n".join(lines + [line for part in lone for line in _describe_labels(part)])


def _describe_labels(part: Part) -> list[str]:
    fate = f", removed when {one_line(part.target)} is written again" if part.is_ours else ""
    return [one_line(part.path.name), f"  labels of a JPklWriter whose frames are gone{fate}"]


def _describe(part: Part) -> list[str]:
    try:
        about = part.path.stat()
    except FileNotFoundError:  # finished or removed since
        return []
    state = part.state()
    if part.path.is_dir():
        return [one_line(part.path.name), f"  an unfinished export, {state.value}{_fate(part, state)}"]
    kind = "frames of a JPklWriter" if part.keeps_frames else "an unfinished save"
    size, age = human_bytes(about.st_size), _age(time.time() - about.st_mtime)
    lines = [
        one_line(part.path.name),
        f"  {kind}, {state.value}{_fate(part, state)}; {size}, last written {age} ago",
    ]
    found = _remains_of(part.path)
    lines.append(f"  {found if isinstance(found, str) else _describe_frames(found)}")
    if isinstance(found, Remains) and state is not State.WRITTEN:
        lines.append(f"  {_command(part)}")
    return lines


def _fate(part: Part, state: State) -> str:
    if part.keeps_frames or state is not State.LEFT:
        return ""
    return f", removed when {one_line(part.target)} is written again"


def _remains_of(path: Path) -> Remains | str:
    try:
        return remains(path)
    except (FormatError, OSError) as error:
        return one_line(short_reason(error))


def _describe_frames(found: Remains) -> str:
    kind = f" of {frame_kind(found.frame_shape)}" if found.frame_shape else ""
    dims = ", ".join(
        f"{one_line(name)} {size}" for name, size in zip(found.dim_names, found.dim_sizes, strict=True)
    )
    labels = "".join(
        f"; labels {name!r}: {n_there:,} of {n_all:,}" for name, (n_there, n_all) in found.labels.items()
    )
    frames = f"{found.n_whole:,} of {count(found.n_frames, 'frame')}"
    return f"{frames}{kind}{f' ({dims})' if dims else ''}{labels}"


def _command(part: Part) -> str:
    """Return the command that recovers the frames, for the system's shell."""
    output = part.path.with_name(part.target)
    if output.exists():
        output = output.with_name(f"{output.stem}.recovered.jpkl")
    words = ["jpkl", "recover", str(part.path), str(output)]
    return one_line(shlex.join(words) if os.name == "posix" else subprocess.list2cmdline(words))


def _age(seconds: float) -> str:
    """Return a length of time in its largest unit.

    Examples
    --------
    >>> _age(3700), _age(0.2)
    ('1 hour', '0 seconds')
    """
    unit = next((unit for unit, length in _AGES.items() if seconds >= length), "second")
    return count(max(0, int(seconds // _AGES[unit])), unit)

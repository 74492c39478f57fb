"""What a stack was made from, and whether it has to be made again."""

from __future__ import annotations

import argparse
import json
import warnings
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Literal, TypeAlias
from zlib import crc32

from jpkl._array import JPkl
from jpkl._bytes import is_url, open_bytes
from jpkl._bytes.urls import url_name
from jpkl._cli._targets import Job
from jpkl._errors import JPklError, TruncatedFileError
from jpkl._file.opening import read_with_trailer
from jpkl._originals.original import Fingerprint

#: The key of the metadata under which it is kept.
KEY = "encoded_from"

#: Arguments that make no difference to the stack.
_INDIFFERENT = (
    "input",
    "output",
    "force",
    "dry_run",
    "workers",
    "scheduler",
    "client",
    "run",
    "names",
    "scene",
    "all_scenes",
)

#: A time in nanoseconds, after those of all files.
_NEVER = 2**62

State: TypeAlias = Literal["current", "outdated", "incomplete", "foreign", "changed"]


def origin_of(job: Job, args: argparse.Namespace) -> dict[str, Any]:
    """Return what identifies an input and how it is encoded, as plain data.

    Parameters
    ----------
    job : Job
        Its source may be a folder: then the size is that of all files in it, the time that of the newest.
    args : argparse.Namespace
        The options.
    """
    size, modified = _size_and_version(job.source) if is_url(job.source) else size_and_time(job.source)
    options = {
        name: value
        for name, value in sorted(vars(args).items())
        if name not in _INDIFFERENT and value not in (None, False, [])
    }
    text = ", ".join(f"{name}={value}" for name, value in options.items())
    return {
        "name": url_name(job.source) if is_url(job.source) else Path(job.source).absolute().name,
        "scene": args.scene if job.scene is None else job.scene,
        "size": size,
        "modified": modified,
        "options": text,
    }


def _size_and_version(url: str) -> tuple[int, int]:
    """Return what changes when a remote file does, in place of its time, as one that no file has."""
    try:
        source = open_bytes(url)
    except IsADirectoryError:  # of an object store, which do not know when folders change
        return 0, _NEVER
    try:
        return source.size, _NEVER + crc32(source.version.encode())
    finally:
        source.close()


def size_and_time(path: str | Path) -> tuple[int, int]:
    """Return bytes of all files of an original, and the time of the last change in nanoseconds.

    Both are 0 where it is not there: whoever opens it says so.
    """
    try:
        found = Fingerprint.of(path)
    except (OSError, ValueError):
        return 0, 0
    return found.nbytes, found.mtime_ns


def with_origin(metadata: Mapping[str, Any], origin: Mapping[str, Any]) -> dict[str, Any]:
    """Return metadata that say where a stack is from."""
    return {**metadata, KEY: {**origin, "metadata": _digest(metadata)}}


def state_of(output: Path, origin: Mapping[str, Any]) -> State:
    """Return what an existing file is to an input.

    Returns
    -------
    {"current", "outdated", "incomplete", "foreign", "changed"}
        It was made from this input as it is; from an earlier state of it, or with other options; it is cut
        off; it is something else; it may hold what cannot be made again, such as names given by hand.
    """
    try:
        with JPkl.load(output) as stack:
            metadata = stack.metadata
        with closing(open_bytes(output)) as source, warnings.catch_warnings(action="ignore"):
            is_whole = read_with_trailer(source) is not None
    except TruncatedFileError:
        return "incomplete"
    except JPklError:
        return "incomplete" if output.stat().st_size == 0 else "foreign"
    kept = metadata.get(KEY)
    if not isinstance(kept, Mapping):
        return _state_by_time(output, metadata, origin)
    return _state_by_record(metadata, kept, origin) if is_whole else "incomplete"


def _state_by_record(
    metadata: Mapping[str, Any], kept: Mapping[str, Any], origin: Mapping[str, Any]
) -> State:
    if all(kept.get(key) == value for key, value in origin.items()):
        return "current"
    if any(kept.get(key) != origin[key] for key in ("name", "scene")):
        return "foreign"
    others = {key: value for key, value in metadata.items() if key != KEY}
    return "outdated" if kept.get("metadata") == _digest(others) else "changed"


def _state_by_time(output: Path, metadata: Mapping[str, Any], origin: Mapping[str, Any]) -> State:
    """Judge a stack that does not say what it was made from but by the name of its source."""
    if metadata.get("source") != origin["name"]:
        return "foreign"
    return "current" if output.stat().st_mtime_ns > origin["modified"] else "changed"


def _digest(metadata: Mapping[str, Any]) -> int:
    """Return a number that changes with the metadata, whether they are about to be written or were read."""
    return crc32(json.dumps(metadata, default=_plain, sort_keys=True).encode())


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else str(value)

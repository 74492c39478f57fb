"""Write a copy of a stack's file with other metadata beside it, and never over anything."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

from jpkl.toolkit import annotate_file, is_original, short_reason
from jpkl_viewer.frames.task import Task
from jpkl_viewer.frames.viewed_stack import ViewedStack


def why_not_saved(stack: ViewedStack) -> str:
    """Return why a copy cannot be written beside a stack's file; empty where it can."""
    if stack.frames.jp.path is None:
        return "The stack is in memory: jp.with_metadata(...).save(...) writes it."
    if stack.path is None:
        return "Only who runs the server can save files there: jpkl annotate changes them."
    if is_original(stack.path):
        return "The stack is an image file: jpkl encode FILE writes one with other metadata, see its --help."
    if not Path(stack.path).is_file():
        return "The stack comes from another machine: jpkl annotate URL -o COPY writes a copy to this one."
    return ""


def save_copy(stack: ViewedStack, changes: Mapping[str, Any], task: Task) -> str:
    """Write the copy, and return its name.

    Raises
    ------
    ValueError
        If none can be written, or the changes do not fit the file as it is now.
    OSError
        If the folder cannot be written to.
    """
    if reason := why_not_saved(stack):
        raise ValueError(reason)
    path = Path(str(stack.path))
    copy = _reserve(path)
    done = 0

    def watch(n: int, total: int) -> None:
        nonlocal done
        done += n
        task.report(done, total)

    try:
        annotate_file(path, copy, watch=watch, **changes)
    except BaseException:
        copy.unlink(missing_ok=True)
        raise
    return copy.name


def _reserve(path: Path) -> Path:
    """Make an empty file under the first name that is free: ``cells.annotated.jpkl``, then with a number."""
    for n in count(1):
        copy = path.with_name(f"{path.stem}.annotated{n if n > 1 else ''}{path.suffix}")
        try:
            copy.touch(exist_ok=False)
        except FileExistsError:
            continue
        except OSError as error:
            raise OSError(
                error.errno, f"nothing can be written beside the file: {short_reason(error)}"
            ) from error
        return copy
    raise AssertionError("numbers do not end")

"""A progress bar for exports that are called from Python or the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tqdm.auto import tqdm

from jpkl_viewer.frames.task import Task


@contextmanager
def watched(what: str, *, is_shown: bool) -> Iterator[Task]:
    """Give a task whose progress a bar shows."""
    with tqdm(desc=what, unit="frame", disable=not is_shown) as bar:

        def report(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield Task(report)

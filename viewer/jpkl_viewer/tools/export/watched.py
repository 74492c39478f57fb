"""A progress bar for exports that are called from Python or the command line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from jpkl_viewer.frames.task import Task


@contextmanager
def watched(
    what: str, progress: bool | Task, *, total: int | None = None, unit: str = "frame", leave: bool = True
) -> Iterator[Task]:
    """Give a task whose progress a bar shows, if it is to; or the one of who else watches."""
    if isinstance(progress, Task):
        yield progress
        return
    from tqdm.auto import tqdm  # which imports asyncio

    with tqdm(desc=what, total=total, unit=unit, disable=not progress, leave=leave) as bar:

        def report(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield Task(report)

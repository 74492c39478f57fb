"""Progress bars of commands, and what is printed above them.

tqdm is imported by those that have a bar: it takes a tenth of the time in which other commands start.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from jpkl._file.rewriting import Watch

Item = TypeVar("Item")


def shows_progress() -> bool:
    """Return whether somebody watches: a progress bar in a log file is noise."""
    return sys.stderr.isatty()


def watched(
    items: Iterable[Item], what: str, total: int | None = None, *, unit: str = "frame"
) -> Generator[Item, None, None]:
    """Iterate over what a bar counts."""
    from tqdm import tqdm

    with tqdm(items, what, total, unit=unit, disable=not shows_progress(), leave=False) as bar:
        yield from bar


@contextmanager
def watched_bytes(what: str) -> Iterator[Watch]:
    """Give what is called with the number of bytes since the last call, and of all."""
    from tqdm import tqdm

    with tqdm(desc=what, unit="B", unit_scale=True, disable=not shows_progress(), leave=False) as bar:

        def watch(n: int, total: int) -> None:
            bar.total = total
            bar.update(n)

        yield watch


def say(text: str, file: IO[str] | None = None) -> None:
    """Print a line, on stdout unless a file is given, above progress bars if there are any."""
    if "tqdm" in sys.modules:
        from tqdm import tqdm

        tqdm.write(text, file)
    else:
        print(text, file=file)

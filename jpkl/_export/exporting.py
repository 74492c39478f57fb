"""Write decoded frames to a file or folder, which appears whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, TypeAlias

from numpy.typing import NDArray

from jpkl._array import JPkl
from jpkl._dims import FrameIndex
from jpkl._file.atomic import check_no_device
from jpkl._file.failing import naming_target
from jpkl._file.parts import folder_beside
from jpkl._pipeline import Stop, ordered_map, resolve_requests, resolve_workers

#: Wraps the frames on their way out, e.g. in a progress bar.
Watch: TypeAlias = Callable[[Iterable[Any]], Iterable[Any]]

#: Writes a stack to a path that does not exist yet, frame by frame.
Exporter: TypeAlias = Callable[[JPkl, Path, Watch], None]


def export(jp: JPkl, path: Path, exporter: Exporter, watch: Watch = iter) -> None:
    """Write a stack to `path`, which appears only when it is complete.

    Parameters
    ----------
    jp : JPkl
        The stack.
    path : Path
        A file, which is replaced, or a folder, which must be empty or missing.
    exporter : callable
        One of the functions ``write_...`` of this package.
    watch : callable
        Is given the frames and hands them on.

    Raises
    ------
    OSError
        If `path` cannot be written.
    FrameError
        If a frame cannot be decoded; names the frame index.
    """
    check_no_device(path)
    target = path.absolute()
    with naming_target(target), folder_beside(target) as folder, naming_target(target):
        unfinished = folder / path.name
        exporter(jp, unfinished, watch)
        if unfinished.is_dir() and path.is_dir():
            path.rmdir()  # it is empty; Windows moves no folder onto another
        unfinished.replace(path)


@contextmanager
def decoded_frames(jp: JPkl, indices: Iterable[FrameIndex], watch: Watch) -> Iterator[Iterator[Any]]:
    """Decode frames in all cores, in the order of their indices; afterwards no thread is at it any more."""

    def decode(index: FrameIndex, stop: Stop) -> NDArray[Any]:
        stop.check()
        return jp.frame(index)

    with closing(ordered_map(decode, indices, workers=workers_for(jp))) as frames:
        yield iter(watch(frames))


def workers_for(jp: JPkl) -> int:
    """Return how many threads read the frames of a stack one by one: those of a server mostly wait for it."""
    return resolve_requests() if jp._store.batch_nbytes else resolve_workers(None)

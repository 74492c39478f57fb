"""Reports of stacks of a folder, written beside them in the background."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from jpkl import JPkl, JPklError
from jpkl.readers import bare_name
from jpkl.toolkit import BackgroundThread, human_bytes, is_url, short_reason
from jpkl_viewer.frames.task import Task
from jpkl_viewer.report.report import Report
from jpkl_viewer.viewer import JPklViewer

#: What can be written: how its name ends, and the method of `Report` that writes it.
_KINDS = {"page": (".html", "save"), "bundle": (".zip", "save_bundle"), "slides": (".pptx", "save_slides")}

#: Where reports are being written, which are there when they are complete only, and who may look at that.
_TAKEN: set[Path] = set()
_TAKING = threading.Lock()


@dataclass(frozen=True)
class ReportOrder:
    """What is to be written.

    Attributes
    ----------
    kind : str
        ``"page"``, ``"bundle"`` or ``"slides"``.
    title : str
        Title; by default the names of the stacks.
    scale : float
        Factor by which frames are made smaller.

    Raises
    ------
    ValueError
        If there is no such kind or scale.
    """

    kind: str = "page"
    title: str = ""
    scale: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in _KINDS:
            raise ValueError(f"there is no report of the kind {self.kind!r}")
        if not 0 < self.scale <= 1:
            raise ValueError(f"frames cannot be made smaller by {self.scale}")

    @classmethod
    def of(cls, message: dict[str, Any]) -> Self:
        """Read what a page asks for."""
        return cls(str(message["kind"]), str(message["title"]).strip()[:200], float(message["scale"]))


class ReportWriter:
    """Writes a report of stacks beside them, in a thread.

    Parameters
    ----------
    stacks : sequence of JPkl
        Of files of this machine.
    order : ReportOrder
        What is to be written.

    Raises
    ------
    ValueError
        If there are none, or they are not of this machine.
    """

    def __init__(self, stacks: Sequence[JPkl], order: ReportOrder) -> None:
        if not stacks or any(jp.path is None or is_url(jp.path) for jp in stacks):
            raise ValueError("nothing can be written beside them")
        paths = [Path(str(jp.path)) for jp in stacks]
        self._order = order
        self._stacks = stacks
        self._folder = Path(os.path.commonpath([path.parent for path in paths]))
        self._stem = bare_name(paths[0]) if len(paths) == 1 else f"{self._folder.name} report"
        self._part = 0.0
        self._path: Path | None = None
        self._problem = ""
        self._thread = BackgroundThread(self._run, "jpkl-report")

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._thread.is_alive()

    def start(self) -> Self:
        """Begin; raise `OSError` if no thread can be started."""
        self._thread.start()
        return self

    def cancel(self) -> None:
        """End it, and wait for that; what has been written is removed."""
        self._thread.cancel()

    def plain(self) -> dict[str, Any]:
        """Describe how far it is, as plain data."""
        is_running = self.is_running
        path = None if is_running else self._path
        return {
            "isRunning": is_running,
            "part": self._part,
            "saved": "" if path is None else path.name,
            "size": "" if path is None or not path.exists() else human_bytes(path.stat().st_size),
            "problem": self._problem,
        }

    def _run(self) -> None:
        try:
            self._path = self._write()
        except CancelledError:
            pass
        except (JPklError, OSError, ValueError, MemoryError) as error:
            self._problem = short_reason(error)
        except Exception as error:  # the page has to hear of whatever it is
            self._problem = repr(error) if self._thread.is_wanted else ""

    def _write(self) -> Path:
        suffix, method = _KINDS[self._order.kind]
        task = Task(self._note, lambda: not self._thread.is_wanted)
        report = Report(
            [JPklViewer(jp) for jp in self._stacks], title=self._order.title or None, scale=self._order.scale
        )
        with _free_path(self._folder, self._stem, suffix) as path:
            getattr(report, method)(path, progress=task)
        return path

    def _note(self, done: int, total: int) -> None:
        self._part = done / max(1, total)


@contextmanager
def _free_path(folder: Path, stem: str, suffix: str) -> Iterator[Path]:
    """Give a path that nothing is at, and that no other report takes meanwhile."""
    with _TAKING:
        path, number = folder / f"{stem}{suffix}", 1
        while path in _TAKEN or path.exists():
            number += 1
            path = folder / f"{stem} ({number}){suffix}"
        _TAKEN.add(path)
    try:
        yield path
    finally:
        with _TAKING:
            _TAKEN.discard(path)

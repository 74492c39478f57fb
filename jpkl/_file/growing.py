"""Files that a `JPklWriter` is writing: the frames that are there so far.

They are read from the writer's temporary file, to which whole frames are added in single writes. When that
takes its final name, what is open stays open, and has all frames.
"""

from __future__ import annotations

import os
import threading
from contextlib import ExitStack
from os import PathLike
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from jpkl._bytes import LocalFile, is_url
from jpkl._dims import index_of
from jpkl._errors import (
    ClosedStackError,
    FormatError,
    FrameChecksumError,
    FrameNotWrittenError,
    IncompleteStackError,
)
from jpkl._file.opening import info_of, open_stack, read_with_trailer, with_origin
from jpkl._file.parts import MOVES_OPEN_FILES, Part, State, find_growing
from jpkl._file.schema import StackInfo
from jpkl._file.stores import FrameStore
from jpkl._pickle import PickleReader
from jpkl._pickle.values import FrameTable
from jpkl._pickle.writer import SETITEM, frame_head_limit, read_frame_head


def open_growing(path: str | PathLike[str]) -> tuple[StackInfo, FrameStore]:
    """Open a file as far as it has been written; a whole one as `open_stack` does.

    Raises
    ------
    IncompleteStackError
        If it has no frame yet.
    FormatError
        If it is not a JPkl file.
    OSError
        If neither it nor a temporary file of a writer is there, or the system lets nobody read that.
    """
    if is_url(path):
        raise ValueError(f"{path!s}: partial=True is for files of this machine")
    target = Path(os.path.realpath(path))
    part = find_growing(target)
    if part is None:
        return open_stack(path)
    if not MOVES_OPEN_FILES and part.state() is State.WRITTEN:  # the writer could not give it its name
        raise OSError(
            f"{part.path}: this system lets nobody read a file that is being written; wait until it is"
        )
    try:
        source = LocalFile(part.path)
    except FileNotFoundError:  # it has its name now
        return open_stack(path)
    try:
        return _open_part(source, part)
    except BaseException:
        source.close()
        raise


def is_being_written(path: str | PathLike[str]) -> bool:
    """Return whether there is no file of that name yet, but a `JPklWriter` that writes it."""
    if is_url(path) or os.path.lexists(path):
        return False
    part = find_growing(Path(os.path.realpath(path)))
    return part is not None and part.state() is State.WRITTEN


def _open_part(source: LocalFile, part: Part) -> tuple[StackInfo, FrameStore]:
    objects = PickleReader(source, salvaging=True).salvage()
    if not objects or type(objects[0]) is not dict:
        raise IncompleteStackError(f"{part.path}: nothing has been written yet; try again")
    fields = dict(objects[0])
    table = fields.pop("images", None) or next((x for x in objects if isinstance(x, FrameTable)), None)
    if not isinstance(table, FrameTable) or not len(table):
        raise IncompleteStackError(f"{part.path}: no frame has been written yet; try again")
    info = with_origin(info_of({**fields, "images": {}}, source), source)
    frames = GrowingFrames(source, part, info, table)
    if not frames.written.any():
        raise FormatError(f"it has frames, but none that dim_sizes {info.dim_sizes} ask for")
    return info, frames


class GrowingFrames(FrameStore):
    """Frames of a file that is being written.

    Parameters
    ----------
    source : LocalFile
        The temporary file; the store closes it.
    part : Part
        The same.
    info : StackInfo
        What it says beside the frames.
    table : FrameTable
        The frames that it has.
    """

    def __init__(self, source: LocalFile, part: Part, info: StackInfo, table: FrameTable) -> None:
        self.path: str = os.fspath(part.path.with_name(part.target))
        self.lengths: NDArray[np.int64] = np.zeros(info.n_frames, dtype=np.int64)
        self._offsets = np.zeros(info.n_frames, dtype=np.int64)
        self._source, self._part, self._dim_sizes = source, part, info.dim_sizes
        self._lock = threading.Lock()
        self._newest: int | None = None
        self._n_told = 0
        self._whole: LocalFile | None = None
        self._final: StackInfo | None = None
        # What was left behind may not have survived a power cut, and has no checksums.
        self._is_checked = part.state() is State.WRITTEN
        columns = table.columns(len(info.dim_sizes))
        first = int(columns.offsets.argmin())
        head = frame_head_limit(len(info.dim_sizes))
        # Where the first frame begins is where all others are looked for from.
        near = max(0, int(columns.offsets[first]) - head)
        before = source.read_at(near, int(columns.offsets[first]) - near)
        self._start = near + _beginning(before, len(info.dim_sizes), int(columns.lengths[first]))
        self._position = self._start
        self.refresh()

    @property
    def is_checked(self) -> bool:
        return self._is_checked

    @property
    def written(self) -> NDArray[np.bool_]:
        return self._offsets > 0

    @property
    def newest(self) -> int | None:
        return self._newest

    @property
    def is_growing(self) -> bool:
        if self.written.all():
            return False
        return self._part.path.exists() and self._part.state() is not State.LEFT

    def refresh(self) -> int:
        self._look()
        n_before, self._n_told = self._n_told, int(self.written.sum())
        return max(0, self._n_told - n_before)

    def _look(self) -> None:
        """Look for frames that have been written since."""
        with self._lock:
            size = self._source.current_size
            if size < self._position:  # a frame that was not written to its end is taken back
                self._offsets[:], self.lengths[:], self._position = 0, 0, self._start
            while (place := self._next(size)) is not None:
                # Other threads take a frame for written once it has an offset.
                number, self.lengths[number], self._offsets[number], self._position = place
                self._newest = number

    def final_info(self) -> StackInfo | None:
        if self._final is None and not (self.is_growing or self.closed or not os.path.lexists(self.path)):
            with ExitStack() as on_failure:
                whole = LocalFile(self.path)
                on_failure.callback(whole.close)
                found = read_with_trailer(whole)
                # Another file may have taken its name.
                if found is not None and np.array_equal(found[1].offsets, self._offsets):
                    self._final, self._whole = found[0], whole  # which has the labels
                    on_failure.pop_all()
        return self._final

    def _next(self, size: int) -> tuple[int, int, int, int] | None:
        """Return number, length and offset of the next frame, and where it ends; None if it is not whole."""
        head = self._source.read_at(self._position, frame_head_limit(len(self._dim_sizes)))
        found = read_frame_head(head, len(self._dim_sizes))
        if found is None:
            return None
        index, length, head_length = found
        offset = self._position + head_length
        end = offset + length + len(SETITEM)
        if end > size or any(i >= n for i, n in zip(index, self._dim_sizes, strict=True)):
            return None
        number = int(np.ravel_multi_index(index, self._dim_sizes)) if index else 0
        return number, length, offset, end

    def read(self, number: int) -> bytes:
        if not 0 <= number < len(self):
            raise IndexError(f"frame number {number} of {len(self)}")
        if self.closed:
            raise ClosedStackError(f"{self.path} was closed")
        if not self._offsets[number]:
            self._look()
        if not self._offsets[number]:
            index = index_of(number, self._dim_sizes)
            message = "it has not been written yet" if self.is_growing else "it was not written"
            raise FrameNotWrittenError(message, frame_index=index, path=self.path)
        data = self._source.read_at(int(self._offsets[number]), int(self.lengths[number]))
        if len(data) < self.lengths[number]:
            index = index_of(number, self._dim_sizes)
            raise FrameChecksumError("the file became shorter", frame_index=index, path=self.path)
        return data

    def close(self) -> None:
        self._source.close()
        if self._whole is not None:
            self._whole.close()

    @property
    def closed(self) -> bool:
        return self._source.closed

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError(
            "a stack that is being written cannot be sent to another process; wait until it is whole"
        )


def _beginning(before: bytes, n_dims: int, length: int) -> int:
    """Return where in the bytes before a frame its opcodes begin."""
    for at in range(len(before) - 1, -1, -1):
        found = read_frame_head(before[at:], n_dims)
        if found is not None and found[1] == length and at + found[2] == len(before):
            return at
    raise FormatError("its frames were written by another program than JPkl; wait until the file is whole")

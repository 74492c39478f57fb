"""Label images of a `JPklWriter`: written frame by frame, as they come, from any thread."""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Callable, Mapping
from math import prod
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from jpkl._block_key import block_key
from jpkl._bytes import FileObject
from jpkl._dims import channel_dim, frame_number, index_of
from jpkl._errors import ClosedStackError, FrameEncodeError, FrameError
from jpkl._file.failing import naming_writer
from jpkl._file.labels import StoredLabels, check_name, check_number
from jpkl._labels.frames import GroupWriter
from jpkl._labels.payload import encode_payload
from jpkl._source.array_likes import loaded

#: Bytes of a label image that wait in memory before they go to a temporary file.
_SPOOL_NBYTES = 64 << 20


class LabelWriter:
    """Writes the frames of a label image, in any order; those that are not written have no object.

    `JPklWriter.labels` has one for each name.

    Parameters
    ----------
    name : str
        What it is called.
    dtype : dtype-like
        bool or of integers.
    frame_shape : tuple of int
        (height, width).
    dim_names, dim_sizes
        Of the stack; labels are the same for all channels.

    Raises
    ------
    ValueError
        If there can be no such labels.
    """

    def __init__(
        self,
        name: str,
        dtype: DTypeLike,
        frame_shape: tuple[int, int],
        dim_names: tuple[str, ...],
        dim_sizes: tuple[int, ...],
    ) -> None:
        check_name(name)
        self.name, self.dtype = name, np.dtype(dtype).newbyteorder("<")
        if self.dtype.kind not in "iub":
            raise ValueError(f"labels {name!r}: {self.dtype} values; labels are integers or bool")
        channel = channel_dim(dim_names)
        #: Length of each dim that labels have: all but the channel.
        self.dim_sizes = tuple(size for dim, size in enumerate(dim_sizes) if dim != channel)
        self._frame_shape = frame_shape
        #: Its frames along each dim of the stack.
        self.sizes = tuple(1 if dim == channel else size for dim, size in enumerate(dim_sizes))
        # Closed by `close`.
        self._file = tempfile.SpooledTemporaryFile(_SPOOL_NBYTES)  # noqa: SIM115
        self._groups = GroupWriter(name, self.dtype, self.sizes, frame_shape, self._file)
        self._written = np.zeros(prod(self.dim_sizes), bool)
        self._lock = threading.Lock()
        self._log: Callable[[int, bytes], None] | None = None
        self._target = Path()

    def log_to(self, write: Callable[[int, bytes], None], target: Path) -> None:
        """Give every frame that comes to a function, too: its number, and its bytes.

        Errors of either name the file that was asked for.
        """
        self._log, self._target = write, target

    def __setitem__(self, index: Any, labels: Any) -> None:
        """Encode the labels of a frame, or of several.

        Parameters
        ----------
        index : int or tuple of int, slice or ellipsis
            One item for each dim but the channel.
        labels : array-like, shape (height, width), or with the dims that slices select in front
            Integers that the dtype holds; 0 is no object.

        Raises
        ------
        IndexError
            If the index does not fit.
        FrameEncodeError
            If the labels have the wrong shape, or numbers that the dtype does not hold.
        FrameError
            If that frame was written before.
        """
        items = index if isinstance(index, tuple) else (index,)
        key = block_key(items, self.dim_sizes, self._frame_shape)
        images = loaded(labels)
        if images.shape != key.shape:
            raise FrameEncodeError(
                f"labels {self.name!r}: shape {images.shape}, where the index takes {key.shape}"
            )
        frames = self._checked(images).reshape(-1, *self._frame_shape)
        for position, frame in zip(key.indices(), frames, strict=True):
            self._add(frame_number(position, self.dim_sizes), encode_payload(np.ascontiguousarray(frame)))

    def _checked(self, images: NDArray[Any]) -> NDArray[Any]:
        images = np.ma.filled(images, 0)
        if images.dtype.kind not in "iub":
            raise FrameEncodeError(
                f"labels {self.name!r}: {images.dtype} values; labels are integers or bool"
            )
        found = images.astype(self.dtype)
        if not (np.can_cast(images.dtype, self.dtype) or np.array_equal(found, images)):
            raise FrameEncodeError(
                f"labels {self.name!r}: from {images.min()} to {images.max()}, which {self.dtype} "
                "does not hold"
            )
        return found

    def _add(self, number: int, payload: bytes) -> None:
        with self._lock:
            if self._file.closed:
                raise ClosedStackError(f"the writer of labels {self.name!r} is closed")
            if self._written[number]:
                index = index_of(number, self.dim_sizes)
                raise FrameError(f"labels {self.name!r}: they were written before", frame_index=index)
            if self._log is not None:
                with naming_writer(self._target):
                    self._log(number, payload)
            with naming_writer(self._target, is_spool=True):
                self._groups.add(number, payload)
            self._written[number] = True

    def result(self) -> StoredLabels:
        """Return what was written, with blank frames where nothing was."""
        self._log = None
        blank = encode_payload(np.zeros(self._frame_shape, self.dtype))
        for number in np.flatnonzero(~self._written):
            self._add(int(number), blank)
        return self._groups.result(FileObject(self._file))

    def close(self) -> None:
        """Remove what was written."""
        self._file.close()

    def __repr__(self) -> str:
        return f"<labels {self.name!r} of {self.dtype}: {self._written.sum()} of {self._written.size} frames>"


def label_writers(
    labels: Mapping[str, DTypeLike] | None,
    frame_shape: tuple[int, int],
    dim_names: tuple[str, ...],
    dim_sizes: tuple[int, ...],
) -> Mapping[str, LabelWriter]:
    """Return what writes each label image of a stack.

    Raises
    ------
    ValueError
        If there can be no such labels.
    """
    named = {} if labels is None else dict(labels)
    check_number(len(named))
    return MappingProxyType(
        {name: LabelWriter(name, dtype, frame_shape, dim_names, dim_sizes) for name, dtype in named.items()}
    )

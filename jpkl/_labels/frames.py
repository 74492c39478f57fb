"""Frames of label images: from groups in a file to arrays."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from io import BytesIO
from itertools import product
from math import prod
from typing import IO, Any
from zlib import crc32

import numpy as np

from jpkl._bytes import ByteSource, MemoryBytes
from jpkl._codecs.codec import Codec, Frame
from jpkl._dims import frame_number, index_of
from jpkl._errors import ClosedStackError, FrameDecodeError
from jpkl._file.labels import StoredLabels, group_for, pack_group
from jpkl._file.stores import FrameStore
from jpkl._labels.payload import decode_payload, encode_payload, most_payload_nbytes

#: Groups that are kept, as those next to each other are often wanted one after the other.
_KEPT_GROUPS = 4


class LabelFrames(FrameStore):
    """The frames of a label image, one for each frame of the stack.

    Pickled, they open their file again, and only if it is still the same.

    Parameters
    ----------
    stored : StoredLabels
        Where they are.
    frame_shape : tuple of int
        (height, width).
    dim_sizes : tuple of int
        Of the stack.
    """

    def __init__(
        self, stored: StoredLabels, frame_shape: tuple[int, int], dim_sizes: tuple[int, ...]
    ) -> None:
        self.path = stored.source.name
        self.lengths = np.zeros(prod(dim_sizes), np.int64)  # frames of a group have no bytes of their own
        self.stored = stored
        self.dim_sizes = dim_sizes
        self._frame_shape = frame_shape
        self._most = most_payload_nbytes(frame_shape, stored.dtype)
        self._kept: OrderedDict[int, list[bytes]] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def nbytes(self) -> int:
        return self.stored.nbytes

    def own_number(self, number: int) -> int:
        """Return which of the stored frames is that of a frame of the stack."""
        own = self.stored.sizes
        index = tuple(min(i, n - 1) for i, n in zip(index_of(number, self.dim_sizes), own, strict=True))
        return frame_number(index, own)

    def read(self, number: int) -> bytes:
        return self.read_own(self.own_number(number))

    def read_own(self, number: int) -> bytes:
        """Return one of the frames that are stored.

        Raises
        ------
        ClosedStackError
            If the file was closed, whether or not the frame is still kept.
        """
        if self.closed:
            raise ClosedStackError(f"{self.stored.source.label} was closed")
        group, place = divmod(number, self.stored.group)
        with self._lock:
            frames = self._kept.get(group)
        if frames is None:
            frames = self.stored.frames(group, self._most)
            with self._lock:
                self._kept[group] = frames
                while len(self._kept) > _KEPT_GROUPS:
                    self._kept.popitem(last=False)
        return frames[place]

    def close(self) -> None:
        self.stored.source.close()

    @property
    def closed(self) -> bool:
        return self.stored.source.closed

    def __reduce__(self) -> tuple[object, ...]:
        if self.closed:
            raise ClosedStackError(
                f"{self.stored.source.label} was closed, and cannot be sent to another process"
            )
        return LabelFrames, (self.stored, self._frame_shape, self.dim_sizes)


class LabelCodec(Codec):
    """How frames of a label image are kept.

    Parameters
    ----------
    dtype : dtype
        bool or of integers.
    """

    name = "labels"

    def __init__(self, dtype: np.dtype[Any]) -> None:
        self._dtype = dtype

    @property
    def exact_dtype(self) -> np.dtype[Any]:
        return self._dtype

    def encode(self, image: Frame) -> bytes:
        return encode_payload(image)

    def decode(self, data: bytes, shape: tuple[int, ...], out: Frame | None = None) -> Frame:
        return decode_payload(data, (shape[0], shape[1]), self._dtype, out)

    def shape(self, data: bytes) -> tuple[int, ...]:
        raise FrameDecodeError("the bytes of labels do not have their shape")


class GroupWriter:
    """Writes frames that are encoded, in any order, as groups.

    Parameters
    ----------
    name, dtype, sizes
        See `StoredLabels`.
    frame_shape : tuple of int
        (height, width).
    file : binary file
        Where the groups go: the caller reads them from it.
    """

    def __init__(
        self,
        name: str,
        dtype: np.dtype[Any],
        sizes: tuple[int, ...],
        frame_shape: tuple[int, int],
        file: IO[bytes],
    ) -> None:
        self._name, self._dtype, self._sizes = name, dtype, sizes
        self._group = group_for(frame_shape)
        self._n_frames = prod(sizes)
        n_groups = -(-self._n_frames // self._group)
        self._offsets, self._lengths = np.zeros(n_groups, np.int64), np.zeros(n_groups, np.int64)
        self._checksums = np.zeros(n_groups, np.uint32)
        self._file, self._position = file, 0
        self._waiting: dict[int, dict[int, bytes]] = {}

    def add(self, number: int, frame: bytes) -> None:
        """Add a frame; the last of a group writes that. Where that fails, the frame can be added again."""
        group = number // self._group
        frames = self._waiting.setdefault(group, {})
        frames[number] = frame
        if len(frames) < min(self._group, self._n_frames - group * self._group):
            return
        data = pack_group([frames[n] for n in sorted(frames)])
        self._file.seek(self._position)  # where writing failed before, it is behind
        self._file.write(data)
        del self._waiting[group]
        self._offsets[group], self._lengths[group] = self._position, len(data)
        self._checksums[group] = crc32(data)
        self._position += len(data)

    def result(self, source: ByteSource) -> StoredLabels:
        """Return the labels, once all frames were added, which are read from a source."""
        places = (self._offsets, self._lengths, self._checksums)
        return StoredLabels(self._name, self._dtype, self._sizes, self._group, *places, source)


def regrouped(
    stored: StoredLabels, frame_shape: tuple[int, int], choices: Sequence[slice | int]
) -> StoredLabels:
    """Return the labels of some frames, in memory; none of them is decoded.

    Parameters
    ----------
    stored : StoredLabels
        Those of all frames.
    frame_shape : tuple of int
        (height, width).
    choices : sequence of int or slice
        What is chosen along each dim of the stack; an int takes the dim away.

    Raises
    ------
    FrameError
        If a frame that is chosen cannot be read.
    """
    along = [
        (
            range(1)
            if size == 1
            else range(size)[choice if isinstance(choice, slice) else slice(choice, choice + 1)]
        )
        for choice, size in zip(choices, stored.sizes, strict=True)
    ]
    sizes = tuple(len(r) for r, choice in zip(along, choices, strict=True) if isinstance(choice, slice))
    frames, file = LabelFrames(stored, frame_shape, stored.sizes), BytesIO()
    writer = GroupWriter(stored.name, stored.dtype, sizes, frame_shape, file)
    for new, index in enumerate(product(*along)):
        writer.add(new, frames.read_own(frame_number(index, stored.sizes)))
    return writer.result(MemoryBytes(file.getvalue(), stored.source.name))

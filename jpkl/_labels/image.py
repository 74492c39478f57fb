"""`JPkl.labels`: label images over the frames of a stack, each indexed like a NumPy array."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._decode import FrameDecoder
from jpkl._decoded_array import DecodedArray
from jpkl._dims import FrameIndex, frame_number
from jpkl._file.labels import StoredLabels
from jpkl._labels.frames import LabelCodec, LabelFrames
from jpkl._labels.payload import encode_payload
from jpkl._text import by, human_bytes


class LabelImage(DecodedArray):
    """One label image: an integer for each pixel of each frame, kept exactly, of which 0 is no object.

    It is indexed like the stack, but for its axis of RGB, and decodes only the frames that a key touches.
    Along a dim that it lacks, each index has the same labels.

    Parameters
    ----------
    stored : StoredLabels
        The encoded labels.
    frame_shape : tuple of int
        Height and width of the stack's frames.
    dim_sizes : tuple of int
        Of the stack.
    dim_names : tuple of str
        Of the stack.

    Attributes
    ----------
    name : str
        Its key in `JPkl.labels`.
    dim_names : tuple of str
        Of the stack.
    sizes : tuple of int
        Frames that it has along each dim: 1 along one that it lacks.
    lacks : tuple of str
        Names of the dims along which it is the same.
    """

    def __init__(
        self,
        stored: StoredLabels,
        frame_shape: tuple[int, int],
        dim_sizes: tuple[int, ...],
        dim_names: tuple[str, ...],
    ) -> None:
        self.name = stored.name
        self._shape = (*frame_shape, *dim_sizes)
        self.dim_names = dim_names
        self.sizes = stored.sizes
        own = zip(dim_names, stored.sizes, dim_sizes, strict=True)
        self.lacks = tuple(name for name, n, size in own if n != size)
        self._store = LabelFrames(stored, frame_shape, dim_sizes)
        self._decoder = FrameDecoder(self._store, LabelCodec(stored.dtype), frame_shape, dim_sizes)

    @property
    def shape(self) -> tuple[int, ...]:
        """``(height, width, *dim_sizes)``."""
        return self._shape

    @property
    def dtype(self) -> np.dtype[Any]:
        """As it was given: bool or of integers."""
        return self._store.stored.dtype

    @property
    def compressed_nbytes(self) -> int:
        """Bytes that it takes in the file."""
        return self._store.nbytes

    @property
    def chunks(self) -> tuple[int, ...]:
        """Shape of what is decoded together: one frame."""
        return (*self.shape[:2], *(1 for _ in self.shape[2:]))

    def __getitem__(self, key: Any) -> Any:
        """Decode what ``key`` selects, by NumPy's rules.

        Returns
        -------
        ndarray of `dtype`
            Equal to ``np.asarray(self)[key]``, and always a new array.

        Raises
        ------
        IndexError
            As NumPy raises it.
        FrameError
            With the frame index, if labels cannot be read or decoded.
        """
        return self._decoder.select(key)

    def frame(self, index: FrameIndex) -> NDArray[Any]:
        """Return the labels of one frame, shape (height, width).

        Parameters
        ----------
        index : tuple of int
            Frame index: one int per dim.

        Returns
        -------
        ndarray of unsigned int
            Shape ``(height, width)``, of `dtype`.
        """
        return self._decoder.decode(frame_number(index, self.shape[2:]))

    def stored_frames(self) -> Iterator[FrameIndex]:
        """Iterate over the indices of the frames that are stored: the first of those that are the same.

        Returns
        -------
        iterator of tuple of int
            In C order of the dims.
        """
        return iter(np.ndindex(self.sizes))

    def encoded(
        self, index: FrameIndex, part: tuple[NDArray[np.intp], NDArray[np.intp]] | None = None
    ) -> bytes:
        """Return the labels of one frame as they are stored, but not compressed: what the viewer is sent.

        Parameters
        ----------
        index : tuple of int
            Frame index.
        part : pair of ndarray of int, optional
            The rows and the columns to return in place of all.

        Returns
        -------
        bytes
            The rows and columns as runs; see the module of label payloads.
        """
        if part is not None:
            return encode_payload(np.ascontiguousarray(self.frame(index)[np.ix_(*part)]))
        return self._store.read(frame_number(index, self.shape[2:]))

    def __repr__(self) -> str:
        same = f", the same along {', '.join(self.lacks)}" if self.lacks else ""
        nbytes = human_bytes(self.compressed_nbytes)
        return f"<labels {self.name!r}: {by(self.shape)} {self.dtype}, {nbytes}{same}>"

"""The interface of codecs: how a frame becomes bytes and back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from jpkl._scaling import block_mean

#: uint8 display values, or values of the dtype that a codec keeps exactly.
Frame: TypeAlias = NDArray[Any]


class Codec(ABC):
    """Encodes and decodes single frames.

    A codec is immutable, and used from many threads at once. ``type(codec)(**codec.options())`` makes an
    equal one: that is how a file remembers its codec. `jpkl.testing.CodecContract` tests that a codec holds
    what it has to.
    """

    #: Name in the registry and in files.
    name: ClassVar[str]

    def options(self) -> dict[str, Any]:
        """Return the keyword arguments that rebuild this codec: plain data only.

        Returns
        -------
        dict
            From the name of each argument to its value.
        """
        return {}

    @abstractmethod
    def encode(self, image: Frame) -> bytes:
        """Encode a frame.

        Parameters
        ----------
        image : ndarray of `dtype`
            Gray ``(height, width)`` or RGB ``(height, width, 3)``, contiguous or not.

        Returns
        -------
        bytes
            From which `decode` makes the frame, and `shape` reads its shape.

        Raises
        ------
        FrameEncodeError
            If the codec cannot hold such a frame.
        """

    @abstractmethod
    def decode(self, data: bytes, shape: tuple[int, ...], out: Frame | None = None) -> Frame:
        """Decode a frame.

        Parameters
        ----------
        data : bytes
            What `encode` returned, or anything at all: files are not to be trusted.
        shape : tuple of int
            The shape that the frame must have.
        out : ndarray of `dtype`, optional
            C-contiguous array of that shape to decode into.

        Returns
        -------
        ndarray of `dtype`
            The frame: ``out`` if that was given.

        Raises
        ------
        FrameDecodeError
            If the bytes are not a frame of that shape. ``out`` is then undefined.
        """

    @abstractmethod
    def shape(self, data: bytes) -> tuple[int, ...]:
        """Return the shape of the frame, read from its first bytes alone.

        Parameters
        ----------
        data : bytes
            A frame, or anything at all.

        Returns
        -------
        tuple of int
            ``(height, width)``, or ``(height, width, 3)`` of RGB.

        Raises
        ------
        FrameDecodeError
            If the bytes do not say.
        """

    def decode_scaled(self, data: bytes, shape: tuple[int, ...], scale: int) -> Frame:
        """Decode at ``1 / scale`` of the size: shape ``(ceil(h / scale), ceil(w / scale)[, 3])``.

        The default decodes in full and keeps the mean of each ``scale x scale`` block.

        Parameters
        ----------
        data, shape
            As of `decode`.
        scale : {1, 2, 4, 8}
            By how much sides become shorter.

        Returns
        -------
        ndarray of `dtype`
            The smaller frame.

        Raises
        ------
        FrameDecodeError
            If the bytes are not a frame of that shape.
        """
        return block_mean(self.decode(data, shape), scale)

    @property
    def exact_dtype(self) -> np.dtype[Any] | None:
        """Dtype of the values of frames that are kept exactly, bit by bit.

        None, the default, for a codec of 8-bit display values: uint8, to which the display range maps the
        images.
        """
        return None

    @property
    def dtype(self) -> np.dtype[Any]:
        """Dtype of decoded frames."""
        return np.dtype(np.uint8) if self.exact_dtype is None else self.exact_dtype

    @property
    def adapts(self) -> bool:
        """Whether `fitted` makes use of a sample. The default says no, and no sample is read."""
        return False

    def fitted(self, sample: Sequence[Frame]) -> Self:
        """Return a codec that suits frames like these, and whose frames this one decodes.

        It encodes the frames of one channel of a stack. The default returns this one.

        Parameters
        ----------
        sample : sequence of ndarray
            Some frames of one channel.

        Returns
        -------
        Codec
            Of the same type.
        """
        return self

    def recognizes(self, data: bytes) -> bool:
        """Return whether bytes may be a frame of this codec, as far as their beginning says.

        The default says yes to anything.

        Parameters
        ----------
        data : bytes
            Anything.

        Returns
        -------
        bool
            False where they cannot be.
        """
        return True

    def least_nbytes(self, shape: tuple[int, ...]) -> int:
        """Return how many bytes a frame of that shape has at the least.

        A file that claims more pixels than its frames can hold is refused before any memory is taken for
        them. The default, 0, refuses none.

        Parameters
        ----------
        shape : tuple of int
            Of a frame.

        Returns
        -------
        int
            Bytes.
        """
        return 0

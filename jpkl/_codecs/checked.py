"""What all codecs of picture formats share: nothing is decoded before its header was checked."""

from __future__ import annotations

import struct
from abc import abstractmethod
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from jpkl._codecs.codec import Codec, Frame
from jpkl._codecs.packing import Packing
from jpkl._errors import FrameDecodeError, FrameEncodeError, FrameError, MissingDependencyError
from jpkl._text import by, frame_kind


@dataclass(frozen=True)
class PictureHeader:
    """What an encoded picture says of itself.

    Attributes
    ----------
    height, width : int
        In pixels.
    n_components : int
        1 for gray, 3 for RGB.
    n_bits : int
        Of a sample.
    """

    height: int
    width: int
    n_components: int
    n_bits: int = 8


class CheckedCodec(Codec):
    """A codec of a picture format that a library decodes.

    Parameters
    ----------
    dtype : dtype-like, optional
        For frames that are kept exactly: the dtype of their values, bool or of integers. By default frames
        hold 8-bit display values.
    """

    #: What people call the format.
    title: ClassVar[str]
    #: Limits on height and width, of the format or its decoder, and on their product.
    max_side: ClassVar[int]
    max_pixels: ClassVar[int | None] = None
    #: Most bits of a sample, of gray and of RGB.
    most_bits: ClassVar[tuple[int, int]]

    def __init__(self, dtype: Any = None) -> None:
        self._packing = None if dtype is None else Packing(dtype)
        if self._packing and 8 * self._packing.nbytes > self.most_bits[0]:
            raise ValueError(
                f"codec {self.name!r} holds {self.most_bits[0]} bits, too few for {self._packing.dtype}: "
                "lossless=True alone picks one that does"
            )
        self._samples = Packing(np.uint8) if self._packing is None else self._packing
        self._check_library()

    def options(self) -> dict[str, Any]:
        return {} if self._packing is None else {"dtype": self._packing.dtype.str}

    @property
    def exact_dtype(self) -> np.dtype[Any] | None:
        return None if self._packing is None else self._packing.dtype

    @abstractmethod
    def header(self, data: bytes) -> PictureHeader:
        """Read the header of a picture, all of whose bytes are there.

        Raises
        ------
        ValueError
            If these are not the bytes of a whole picture of a kind that frames are.
        """

    @abstractmethod
    def encode_samples(self, samples: NDArray[Any]) -> bytes:
        """Encode uint8 or uint16 samples, C-contiguous; may raise anything."""

    @abstractmethod
    def decode_samples(self, data: bytes) -> NDArray[Any]:
        """Decode what has a header of the right kind; may raise anything."""

    def _check_library(self) -> None:
        """Raise `MissingDependencyError` if nothing is installed that decodes it."""

    def encode(self, image: Frame) -> bytes:
        samples = self._samples
        if image.dtype != samples.dtype:
            raise FrameEncodeError(
                f"a frame of {image.dtype}, where codec {self.name!r} is for {samples.dtype}"
            )
        packed = samples.pack(image)
        self._check_size(packed.shape[:2])
        if image.ndim == 3 and (samples.n_pictures > 1 or 8 * samples.nbytes > self.most_bits[1]):
            raise FrameEncodeError(f"codec {self.name!r} holds no RGB of {samples.dtype}: {_FOR_DEEP_COLOR}")
        try:
            return self.encode_samples(packed)
        except (FrameError, MissingDependencyError):
            raise
        except Exception as error:  # of a library
            raise FrameEncodeError(f"no {self.title} can be made of it: {error}") from error

    def _check_size(self, shape: tuple[int, ...]) -> None:
        if max(shape) > self.max_side:
            most = f"{self.max_side} a side"
        elif self.max_pixels is not None and prod(shape) > self.max_pixels:
            most = f"{self.max_pixels:,} in all"
        else:
            return
        raise FrameEncodeError(f"{by(shape)} pixels; {self.title} holds at most {most}")

    def decode(self, data: bytes, shape: tuple[int, ...], out: Frame | None = None) -> Frame:
        found = self._vetted(data)
        if (found_shape := self._shape(found)) != shape:
            raise FrameDecodeError(
                f"{self.title} of {frame_kind(found_shape)} pixels, where the stack has "
                f"{frame_kind(shape)} pixels"
            )
        try:
            decoded = self.decode_samples(data)
        except Exception as error:  # of a library
            raise FrameDecodeError(f"broken {self.title}: {error}") from error
        expected = (found.height, found.width, *shape[2:])
        if decoded.shape != expected or decoded.dtype != np.dtype(f"u{self._samples.nbytes}"):
            raise FrameDecodeError(f"broken {self.title}: its pixels are not what its header says")
        frame = self._samples.unpack(decoded)
        if out is None:
            return frame if frame.flags.writeable else frame.copy()
        out[...] = frame
        return out

    def shape(self, data: bytes) -> tuple[int, ...]:
        return self._shape(self._vetted(data))

    def recognizes(self, data: bytes) -> bool:
        try:
            self._vetted(data)
        except FrameDecodeError:
            return False
        return True

    def _vetted(self, data: bytes) -> PictureHeader:
        """Return the header, having checked that samples are as deep as the stack's."""
        try:
            found = self.header(data)
        except (ValueError, IndexError, struct.error) as error:
            raise FrameDecodeError(f"broken {self.title}: {error}") from error
        if found.n_components not in (1, 3):
            raise FrameDecodeError(f"{self.title} of {found.n_components} components; frames have 1 or 3")
        if found.n_bits != 8 * self._samples.nbytes:
            expected = 8 * self._samples.nbytes
            raise FrameDecodeError(
                f"{self.title} of {found.n_bits} bits per sample, where the stack has {expected}"
            )
        return found

    def _shape(self, found: PictureHeader) -> tuple[int, ...]:
        height, rest = divmod(found.height, self._samples.n_pictures)
        if rest:
            raise FrameDecodeError(f"broken {self.title}: {self._samples.dtype} has not {found.height} rows")
        return (height, found.width) if found.n_components == 1 else (height, found.width, 3)

    def __repr__(self) -> str:
        options = ", ".join(f"{name}={value!r}" for name, value in self.options().items())
        return f"{type(self).__name__}({options})"


_FOR_DEEP_COLOR = "codecs 'jpegxl', 'jpegls' and 'htj2k' of the extra jpkl[codecs] do"


def checked_quality(quality: Any) -> int:
    """Return a quality as an int.

    Raises
    ------
    TypeError, ValueError
        If it is none from 0 to 100.
    """
    if isinstance(quality, bool) or not isinstance(quality, int | np.integer):
        raise TypeError(f"the quality must be an int from 0 to 100, not {quality!r}")
    if not 0 <= quality <= 100:
        raise ValueError(f"the quality must be from 0 to 100, not {quality}")
    return int(quality)


class LossyCodec(CheckedCodec):
    """A codec that loses something, unless it keeps frames exactly.

    Parameters
    ----------
    quality : int
        0 to 100, on the scale of the format; has no effect on frames that are kept exactly.
    dtype : dtype-like, optional
        As for `CheckedCodec`.
    """

    def __init__(self, quality: int = 90, dtype: Any = None) -> None:
        self.quality = checked_quality(quality)
        super().__init__(dtype)

    def options(self) -> dict[str, Any]:
        return super().options() or {"quality": self.quality}

    @property
    def is_lossless(self) -> bool:
        """Whether frames are kept exactly."""
        return self.exact_dtype is not None

"""Tell whole frames from damaged ones."""

from __future__ import annotations

from zlib import crc32

from jpkl._codecs.codec import Codec
from jpkl._codecs.stored import codec_of
from jpkl._errors import FormatError, FrameError, UnsupportedVersionError
from jpkl._file.schema import StackInfo
from jpkl._recover.salvage import Salvage


class FrameChecker:
    """Checks frames by their checksum where there is one, else by decoding them.

    Parameters
    ----------
    salvage : Salvage
        What was found.
    info : StackInfo
        What the file is meant to be.

    Attributes
    ----------
    shape : tuple of int or None
        That of the frames that were decoded, which all have the same.
    """

    def __init__(self, salvage: Salvage, info: StackInfo) -> None:
        self.shape: tuple[int, ...] | None = None
        self._salvage = salvage
        self._codec = _codec_or_none(info)

    def accepts(self, number: int, row: int) -> bool:
        """Return whether a frame is whole, and of the same shape as those before it."""
        trailer = self._salvage.trailer
        try:
            data = self._salvage.read(row)
            if trailer is not None:
                return crc32(data) == int(trailer.checksums[number])
            return self._codec is None or self._decodes(self._codec, data)
        except (FormatError, FrameError):
            return False

    def shape_of(self, row: int) -> tuple[int, ...] | None:
        """Return the shape of a frame as its first bytes have it."""
        try:
            return self._codec.shape(self._salvage.read(row)) if self._codec is not None else None
        except (FormatError, FrameError):
            return None

    def _decodes(self, codec: Codec, data: bytes) -> bool:
        shape = codec.shape(data)
        if self.shape is not None and shape != self.shape:
            return False
        codec.decode(data, shape)
        self.shape = shape
        return True


def _codec_or_none(info: StackInfo) -> Codec | None:
    """Return the codec of the frames, or None where this installation does not have it."""
    try:
        return codec_of(info)
    except UnsupportedVersionError:
        return None

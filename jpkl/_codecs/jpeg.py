"""JPEG: the codec of every file that any Python can read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Self, TypeAlias

import numpy as np

from jpkl._codecs.codec import Codec, Frame
from jpkl._codecs.jpeg_encoding import encode_measured, encode_with
from jpkl._codecs.jpeg_fit import fit_tables
from jpkl._codecs.jpeg_floor import Limits, encode_within
from jpkl._codecs.jpeg_header import (
    JPEG_START,
    JpegHeader,
    check_scans,
    least_nbytes,
    parse_jpeg_header,
)
from jpkl._codecs.jpeg_pillow import pillow_decode
from jpkl._codecs.jpeg_tables import Tables, standard_tables
from jpkl._codecs.registry import register_codec
from jpkl._errors import FrameDecodeError, FrameEncodeError
from jpkl._scaling import block_mean, check_scale, scaled_shape
from jpkl._text import by, frame_kind

try:
    import simplejpeg
except ImportError:  # no wheel for this platform, e.g. in the browser
    simplejpeg = None

#: Which quantization tables: those that fit the frames, or libjpeg's own.
NamedTables: TypeAlias = Literal["fitted", "standard"]

#: Frames of a stack may lose a little more than by libjpeg's tables where others lose less: about 0.4 dB.
_MOST_ERROR = 1.1
#: How many groups of blocks of a frame are measured, and one in how many at the most: first to notice errors
#: that are far too large, second to keep within a limit.
_FEW_BLOCKS, _MANY_BLOCKS = (6, 3), (32, 1)
#: Frames that lose less than this share of what those of the sample lose are unlike these.
_SIMILAR = 0.85

#: libjpeg's own limit on height and width.
MAX_JPEG_SIDE = 65500


@register_codec
class JpegCodec(Codec):
    """8-bit JPEG: gray, or RGB as YCbCr with full-resolution chroma (4:4:4).

    Decodes with libjpeg-turbo through simplejpeg, or through Pillow where simplejpeg has no wheel. Encodes
    with simplejpeg as long as the tables are libjpeg's, or else with the compiled encoder, which this
    installation may be without: Pillow then writes the same bytes. All release the GIL. EXIF orientation is
    not applied. Truncated or corrupt data raise.

    Parameters
    ----------
    quality : int
        libjpeg's quality, 0 (smallest) to 100 (best).
    tables : {"standard", "fitted"} or Tables
        Quantization tables: libjpeg's for that quality; ``"fitted"``, which `fitted` replaces by those
        that suit the frames of a sample, and which are libjpeg's until then; or these.
    optimize : bool
        Whether each frame has Huffman tables made for it: smaller, and a little slower.
    error_limits : (float, float), optional
        A frame whose squared error is not within these, as a part of that by libjpeg's tables, is encoded
        again, with coarser or finer ones than those that are given. The errors are measured on a part of it.
    """

    name = "jpeg"

    def __init__(
        self,
        quality: int = 90,
        tables: NamedTables | Tables = "standard",
        optimize: bool = False,
        error_limits: tuple[float, float] | None = None,
    ) -> None:
        if isinstance(quality, bool) or not isinstance(quality, int | np.integer):
            raise TypeError(f"jpeg_quality must be an int from 0 to 100, not {quality!r}")
        if not 0 <= quality <= 100:
            raise ValueError(f"jpeg_quality must be from 0 to 100, not {quality}")
        if isinstance(tables, str) and tables not in ("fitted", "standard"):
            raise ValueError(f"jpeg_tables must be 'fitted' or 'standard', not {tables!r}")
        self.quality = int(quality)
        self.tables = tables
        self.optimize = bool(optimize)
        self.error_limits = error_limits
        # Frames of one encoder share their header to the byte, so one that was checked vouches for the
        # next that starts the same: a comparison of 600 bytes instead of a walk over ten markers.
        self._vetted: tuple[bytes, tuple[int, ...], int] | None = None

    def options(self) -> dict[str, Any]:
        names = ("quality", "tables", "optimize", "error_limits")
        return {name: getattr(self, name) for name in names}

    @property
    def adapts(self) -> bool:
        return self.tables == "fitted"

    def fitted(self, sample: Sequence[Frame]) -> Self:
        if not (self.adapts and len(sample)):
            return self
        tables, _ = fit_tables(sample, self.quality, self.decode)
        return type(self)(self.quality, tables, self.optimize, (0.0, _MOST_ERROR))

    def fitted_for_others(self, sample: Sequence[Frame]) -> Self:
        """Return a codec as `fitted` does, for frames that may differ from those of the sample.

        None loses more than by libjpeg's tables.
        """
        if not (self.adapts and len(sample)):
            return self
        tables, error = fit_tables(sample, self.quality, self.decode)
        return type(self)(self.quality, tables, self.optimize, (_SIMILAR * error, 1.0))

    def encode(self, image: Frame) -> bytes:
        return self._encoded(image, is_measured=False)[0]

    def encode_measured(self, image: Frame) -> tuple[bytes, float | None]:
        """Encode a frame, and return the mean squared error of its decoded pixels, too.

        It is None where the frame has to be decoded for that.
        """
        return self._encoded(image, is_measured=True)

    def _encoded(self, image: Frame, *, is_measured: bool) -> tuple[bytes, float | None]:
        if max(image.shape[:2]) > MAX_JPEG_SIDE:
            raise FrameEncodeError(
                f"{by(image.shape[:2])} pixels; a JPEG holds at most {MAX_JPEG_SIDE} a side"
            )
        if self.tables == "standard" and not self.optimize and simplejpeg is not None:
            return self._quickly_encoded(np.ascontiguousarray(image)), None
        tables, optimize = self._steps(), self.optimize
        if self.error_limits is not None:
            least, most = self.error_limits
            parts = _FEW_BLOCKS if most > 1 else _MANY_BLOCKS
            limits = Limits(standard_tables(self.quality), least, most, *parts)
            found = encode_within(image, tables, limits, optimize=optimize, whole=is_measured)
        elif is_measured:
            found = encode_measured(image, tables, optimize=optimize)
        else:
            return encode_with(image, tables, optimize=optimize), None
        return found.data, found.error / max(1, image.size)

    def _quickly_encoded(self, image: Frame) -> bytes:
        if image.ndim == 2:
            return bytes(simplejpeg.encode_jpeg(image[:, :, None], self.quality, "GRAY", "Gray"))
        return bytes(simplejpeg.encode_jpeg(image, self.quality, "RGB", "444"))

    def _steps(self) -> Tables:
        if not isinstance(self.tables, str):
            return self.tables
        # Before any frame was seen, no others have at least libjpeg's PSNR in fewer bytes, whatever comes.
        return standard_tables(self.quality)

    def decode(self, data: bytes, shape: tuple[int, ...], out: Frame | None = None) -> Frame:
        self._vet(data, shape)
        if out is None:
            out = np.empty(shape, np.uint8)
        if simplejpeg is None:
            pillow_decode(data, out)
            return out
        try:
            simplejpeg.decode_jpeg(data, "GRAY" if len(shape) == 2 else "RGB", buffer=out)
        except ValueError as error:
            if "subsampling" not in str(error):
                raise FrameDecodeError(f"broken JPEG: {error}") from error
            pillow_decode(data, out)  # legal sampling factors that TurboJPEG has no name for
        return out

    def decode_scaled(self, data: bytes, shape: tuple[int, ...], scale: int) -> Frame:
        if scale == 1:
            return self.decode(data, shape)
        check_scale(scale)
        self._vet(data, shape)
        if simplejpeg is None:
            return block_mean(self.decode(data, shape), scale)
        # libjpeg scales in the DCT domain; simplejpeg picks the smallest scale that is not below these.
        height, width = scaled_shape(shape, scale)[:2]
        colorspace = "GRAY" if len(shape) == 2 else "RGB"
        try:
            image: Frame = simplejpeg.decode_jpeg(data, colorspace, min_height=height, min_width=width)
        except ValueError as error:
            if "subsampling" not in str(error):
                raise FrameDecodeError(f"broken JPEG: {error}") from error
            return block_mean(self.decode(data, shape), scale)
        return image[:, :, 0] if len(shape) == 2 else image

    def shape(self, data: bytes) -> tuple[int, ...]:
        shape = self._header(data).shape
        if shape[2:] not in ((), (3,)):
            raise FrameDecodeError(f"JPEG of {shape[2]} components; frames have 1 or 3")
        return shape

    def recognizes(self, data: bytes) -> bool:
        return data.startswith(JPEG_START)

    def least_nbytes(self, shape: tuple[int, ...]) -> int:
        return least_nbytes(shape)

    def _vet(self, data: bytes, shape: tuple[int, ...]) -> None:
        """Compare what the header declares with ``shape`` before any pixel buffer exists."""
        known = self._vetted
        if known and known[1] == shape and data.startswith(known[0]) and len(data) >= known[2]:
            return
        header = self._header(data)
        if header.shape != shape:
            raise FrameDecodeError(
                f"JPEG of {frame_kind(header.shape)} pixels, where the stack has {frame_kind(shape)} pixels"
            )
        if header.single_scan:
            self._vetted = (data[: header.scan_offset], shape, least_nbytes(shape))

    @staticmethod
    def _header(data: bytes) -> JpegHeader:
        try:
            header = parse_jpeg_header(data)
            check_scans(data, header)
        except ValueError as error:
            raise FrameDecodeError(str(error)) from error
        if len(data) < least_nbytes(header.shape):
            kind = frame_kind(header.shape)
            raise FrameDecodeError(f"broken JPEG: {len(data)} bytes cannot hold {kind} pixels")
        return header

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_vetted": None}

    def __repr__(self) -> str:
        tables = self.tables if isinstance(self.tables, str) else "fitted"
        return f"JpegCodec(quality={self.quality}, tables={tables!r}, optimize={self.optimize})"

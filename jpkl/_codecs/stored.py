"""How a file says with which codec its frames are encoded.

Format v1 knows JPEG alone, and has a field for its quality in place of a codec's options. That is written
here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from inspect import signature
from typing import Any, TypedDict

import numpy as np

from jpkl._codecs.codec import Codec
from jpkl._codecs.jpeg import JpegCodec, NamedTables
from jpkl._codecs.packing import exact_dtype as dtype_in_file
from jpkl._codecs.registry import codec_class, get_codec
from jpkl._errors import FrameError, UnknownCodecError, UnsupportedVersionError
from jpkl._file.schema import CUSTOM, FRAME_SHAPE, V1_CODEC, StackInfo

#: The codec that is picked for what is to be kept exactly: everything reads it, and browsers decode it.
LOSSLESS = "png"


class StoredForm(TypedDict):
    """The fields of `StackInfo` that say how frames are encoded."""

    codec: str
    codec_options: dict[str, Any]
    jpeg_quality: int


def choose_codec(
    codec: str | Codec,
    jpeg_quality: int,
    jpeg_tables: NamedTables = "fitted",
    jpeg_optimize: bool | None = None,
    exact_dtype: np.dtype[Any] | None = None,
    *,
    has_target: bool = False,
) -> Codec:
    """Return the codec that the arguments of a call ask for.

    Parameters
    ----------
    codec : str or Codec
        The codec, or its name.
    jpeg_quality, jpeg_tables, jpeg_optimize
        Options of `JpegCodec`; codecs that have a quality get it, too.
    exact_dtype : dtype, optional
        Of images that are to be kept exactly, if they are: instead of JPEG, `LOSSLESS` does.
    has_target : bool
        Whether tables will be chosen for a target.

    Raises
    ------
    UnknownCodecError
        If there is no codec of that name.
    TypeError, ValueError
        If there is no such quality, or no such tables, also where the codec has no use for it; or if it
        cannot keep the images exactly.
    """
    if exact_dtype is not None:
        if jpeg_optimize is not None:
            raise ValueError("jpeg_optimize is for JPEG: it has no effect on frames that are kept exactly")
        return _exact_codec(codec, exact_dtype)
    if isinstance(codec, Codec):
        return codec
    optimize = (jpeg_tables == "fitted" or has_target) if jpeg_optimize is None else jpeg_optimize
    jpeg = JpegCodec(jpeg_quality, jpeg_tables, optimize)
    if codec == V1_CODEC:
        return jpeg
    if "quality" in signature(codec_class(codec)).parameters:
        return get_codec(codec, quality=jpeg.quality)
    return get_codec(codec)


def _exact_codec(codec: str | Codec, dtype: np.dtype[Any]) -> Codec:
    """Return a codec that keeps images of a dtype exactly."""
    if isinstance(codec, Codec):
        if codec.exact_dtype is None or codec.exact_dtype != dtype:
            raise ValueError(f"{codec!r} does not keep images of {dtype} exactly: name the codec instead")
        return codec
    name = LOSSLESS if codec == V1_CODEC else codec
    if "dtype" not in signature(codec_class(name)).parameters:
        raise ValueError(f"codec {name!r} is not known to keep images exactly: lossless=True alone picks one")
    return get_codec(name, dtype=dtype_in_file(dtype).str)


def quick_codec(codec: Codec) -> Codec:
    """Return a codec of the same name and quality that encodes as fast as can be, if into more bytes.

    Tables that are fitted already stay: they are what a target asks for.
    """
    if not isinstance(codec, JpegCodec):
        return codec
    return JpegCodec(codec.quality, "standard" if isinstance(codec.tables, str) else codec.tables)


def stored_form(codec: Codec, jpeg_quality: int) -> StoredForm:
    """Return what a file says of its codec.

    Parameters
    ----------
    codec : Codec
        Encodes the frames.
    jpeg_quality : int
        What to say of the quality where the codec has none.
    """
    if isinstance(codec, JpegCodec):
        return {"codec": codec.name, "codec_options": {}, "jpeg_quality": codec.quality}
    return {"codec": codec.name, "codec_options": codec.options(), "jpeg_quality": jpeg_quality}


def custom_form(info: StackInfo, cls: str) -> StackInfo:
    """Return what a file says whose frames only the class `cls` decodes.

    Nothing but the class knows how large such frames are, and its `decode_slice` may have to be told: so the
    file says it before the first frame, where it is found without the trailer, too.
    """
    return replace(info, codec=CUSTOM + cls, codec_options={FRAME_SHAPE: info.frame_shape})


def codec_of(info: StackInfo) -> Codec:
    """Return the codec that decodes the frames of a file.

    Raises
    ------
    UnsupportedVersionError
        If there is none in this installation.
    """
    if info.codec.startswith(CUSTOM):
        cls = info.codec.removeprefix(CUSTOM)
        raise UnsupportedVersionError(f"only the class that wrote this file decodes it: use {cls}.load")
    options = {"quality": info.jpeg_quality} if info.codec == V1_CODEC else info.codec_options
    try:
        return get_codec(info.codec, **options)
    except (UnknownCodecError, TypeError, ValueError) as error:
        raise UnsupportedVersionError(f"codec {info.codec!r}: {error}") from error


def damage_test(info: StackInfo) -> Callable[[bytes], bool]:
    """Return what tells whether the bytes of a frame cannot be decoded.

    It is for files without checksums. What only others decode passes.
    """
    try:
        codec = codec_of(info)
    except UnsupportedVersionError:
        return lambda data: False

    def is_damaged(data: bytes) -> bool:
        if not codec.recognizes(data):
            return False
        try:
            codec.decode(data, codec.shape(data))
        except FrameError:
            return True
        return False

    return is_damaged


def codec_text(name: str, jpeg_quality: int, exact_dtype: str | None = None) -> str:
    """Return how frames are encoded, for people.

    Examples
    --------
    >>> codec_text("jpeg", 90), codec_text("png", 90), codec_text("png", 90, "uint16")
    ('JPEG, quality 90', 'png', 'png, lossless uint16')
    """
    if name == V1_CODEC:
        return f"JPEG, quality {jpeg_quality}"
    return name if exact_dtype is None else f"{name}, lossless {exact_dtype}"

"""Pixels of one frame of a DICOM file, decoded, in color or in the values that are meant."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._errors import MissingDependencyError

#: imagecodecs' decoder for compressions that pydicom has none for without packages under the GPL.
_DECODERS = {
    "1.2.840.10008.1.2.4.50": "jpeg_decode",
    "1.2.840.10008.1.2.4.51": "jpeg_decode",
    "1.2.840.10008.1.2.4.57": "jpeg_decode",
    "1.2.840.10008.1.2.4.70": "jpeg_decode",
    "1.2.840.10008.1.2.4.80": "jpegls_decode",
    "1.2.840.10008.1.2.4.81": "jpegls_decode",
    "1.2.840.10008.1.2.4.90": "jpeg2k_decode",
    "1.2.840.10008.1.2.4.91": "jpeg2k_decode",
    # High throughput, which OpenJPEG decodes too.
    "1.2.840.10008.1.2.4.201": "jpeg2k_decode",
    "1.2.840.10008.1.2.4.202": "jpeg2k_decode",
    "1.2.840.10008.1.2.4.203": "jpeg2k_decode",
}
#: Compressions whose decoder leaves colors as they are stored.
_RAW_COLORS = (
    "1.2.840.10008.1.2.4.57",
    "1.2.840.10008.1.2.4.70",
    "1.2.840.10008.1.2.4.80",
    "1.2.840.10008.1.2.4.81",
)


#: JPEG that every browser shows, and the largest file of which all compressed pixels are read for it.
_BASELINE = "1.2.840.10008.1.2.4.50"
_MOST_NBYTES = 1 << 28


def jpeg_of_frame(path: Path, header: Any, index: int) -> bytes | None:
    """Return a frame as the file has it, if that is a baseline JPEG.

    Whether it shows the right colors, the one who takes it has to check: files may store RGB in it.
    """
    from pydicom.encaps import get_frame

    if header.file_meta.get("TransferSyntaxUID", "") != _BASELINE or path.stat().st_size > _MOST_NBYTES:
        return None
    n_frames = int(header.get("NumberOfFrames") or 1)
    try:
        data: bytes = get_frame(_pixel_data(path), index, number_of_frames=n_frames)
    except ValueError:
        return None  # decoding it will say what is wrong
    return data.rstrip(b"\0")  # which fill it up to an even number of bytes


def _has_decoder(syntax: Any) -> bool:
    from pydicom.pixels.decoders.base import get_decoder

    try:
        return bool(get_decoder(syntax).is_available)
    except NotImplementedError:
        return False


def decode_frame(path: Path, header: Any, index: int) -> NDArray[Any]:
    """Decode a frame: gray as it is stored, or RGB.

    Raises
    ------
    ValueError
        If it is compressed in a way for which there is no decoder, or is damaged.
    """
    from pydicom.pixels.processing import apply_color_lut
    from pydicom.pixels.utils import pixel_array

    syntax = header.file_meta.get("TransferSyntaxUID", "")
    try:
        try:
            pixels = np.asarray(pixel_array(path, index=index))
        except (AttributeError, ValueError):  # of files that are read as a whole alone, such as deflated ones
            pixels = np.asarray(pixel_array(_whole(path), index=index))
    except RuntimeError as error:
        if syntax not in _DECODERS:
            name = getattr(syntax, "name", syntax)
            if _has_decoder(syntax):
                reason = str(error).splitlines()[-1].strip().removeprefix("pydicom: ")
                raise ValueError(f"{path}: frame {index} is no {name}, or damaged: {reason}") from error
            raise ValueError(f"{path}: there is no decoder for {name}") from error
        pixels = _decode_otherwise(path, header, index, str(syntax))
    if header.PhotometricInterpretation == "PALETTE COLOR":
        pixels = np.asarray(apply_color_lut(pixels, header))
    return pixels


def _decode_otherwise(path: Path, header: Any, index: int, syntax: str) -> NDArray[Any]:
    from pydicom.encaps import get_frame
    from pydicom.pixels.processing import convert_color_space

    try:
        import imagecodecs
    except ImportError as error:
        raise MissingDependencyError("Reading compressed DICOM files", "formats", "imagecodecs") from error
    n_frames = int(header.get("NumberOfFrames") or 1)
    data = get_frame(_pixel_data(path), index, number_of_frames=n_frames)
    pixels: NDArray[Any] = getattr(imagecodecs, _DECODERS[syntax])(data)
    if syntax in _RAW_COLORS and str(header.PhotometricInterpretation).startswith("YBR_FULL"):
        pixels = convert_color_space(pixels, "YBR_FULL", "RGB")
    if header.get("PixelRepresentation", 0) == 1 and pixels.dtype.kind == "u":
        # The sign is in the highest of the bits that are used.
        signed = pixels.view(pixels.dtype.str.replace("u", "i"))
        unused = 8 * pixels.itemsize - int(header.BitsStored)
        pixels = (signed << unused) >> unused
    return pixels


def _pixel_data(path: Path) -> bytes:
    """Return the compressed pixels of all frames of a file."""
    return bytes(_whole(path).PixelData)


@lru_cache(maxsize=2)
def _whole(path: Path) -> Any:
    from pydicom import dcmread

    return dcmread(path, force=True)

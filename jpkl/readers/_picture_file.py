"""Pictures as Pillow opens them, whatever their size, and what their pixels mean."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from jpkl._quiet import quiet
from jpkl._text import one_line
from jpkl.readers._deep_picture import MOST_BEFORE, decode_deep, deep_kind
from jpkl.readers._netpbm import MOST_HEADER, NetpbmKind, decode_netpbm, netpbm_kind
from jpkl.readers._picture_parts import WHOLE, Part

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile as PillowFile

#: First bytes of each format, and where Pillow has its class. `PIL.Image.open` would refuse large pictures.
_FORMATS = (
    (b"\x89PNG\r\n\x1a\n", "PngImagePlugin", "PngImageFile"),
    (b"\xff\xd8\xff", "JpegImagePlugin", "JpegImageFile"),
    (b"GIF8", "GifImagePlugin", "GifImageFile"),
    (b"RIFF", "WebPImagePlugin", "WebPImageFile"),
    (b"BM", "BmpImagePlugin", "BmpImageFile"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "Jpeg2KImagePlugin", "Jpeg2KImageFile"),
    (b"\xff\x4f\xff\x51", "Jpeg2KImagePlugin", "Jpeg2KImageFile"),
    *((b"P%d" % kind, "PpmImagePlugin", "PpmImageFile") for kind in range(1, 7)),
)
#: Formats in the same container as MP4, by what follows its length.
_AVIF, _HEIF = (b"ftypavif", b"ftypavis"), (b"ftyphei", b"ftyphev", b"ftypmif1", b"ftypmsf1")

#: What Pillow lets through when a file is damaged.
_DAMAGE = (
    OSError, ValueError, TypeError, LookupError, SyntaxError, EOFError, OverflowError, MemoryError,
    struct.error, zlib.error,
)  # fmt: skip

#: EXIF's tag of the orientation, and how often to turn by a right angle and whether to mirror first.
_ORIENTATION = 0x0112
#: What of a PNG Pillow finds it in: ImageMagick and programs that write XMP have it in a text.
_SAY_ORIENTATION = {"exif", "Raw profile type exif", "XML:com.adobe.xmp", "xmp"}
_TURNS = {2: (0, True), 3: (2, False), 4: (2, True), 5: (1, True), 6: (3, False), 7: (3, True), 8: (1, False)}

#: In place of a mode of Pillow, which would scale or cut the values.
_NETPBM, _DEEP = "netpbm", "deep"

_GRAY_16 = ("I;16", "I;16B", "I;16L", "I;16N")


@contextmanager
def reading_picture(path: Path, *, is_opened: bool = False) -> Iterator[None]:
    """Turn what Pillow says of a damaged file into one `ValueError` that names the file."""
    try:
        yield
    except _DAMAGE as error:
        if getattr(error, "errno", None) is not None or str(path) in str(error):
            raise
        reason = one_line(str(error) or type(error).__name__)
        what = "damaged or cut off" if is_opened else "not a readable picture"
        raise ValueError(f"{path}: {what}, of {path.stat().st_size:,} bytes: {reason}") from error


@contextmanager
def opened_picture(path: Path, part: Part = WHOLE) -> Iterator[PillowFile]:
    """Open a picture, which may be a part of its file, without decoding it."""
    with path.open("rb") as whole:
        file = whole if part == WHOLE else io.BytesIO(part.read(whole))
        start = file.read(16)
        if start[4:].startswith(_HEIF):
            raise ValueError(f"{path}: pictures in HEIF (HEIC) are not supported: save it as PNG or TIFF")
        avif = ((start, "AvifImagePlugin", "AvifImageFile"),) if start[4:].startswith(_AVIF) else ()
        for signature, module, name in (*avif, *_FORMATS):
            if start.startswith(signature):
                file.seek(0)
                with getattr(import_module(f"PIL.{module}"), name)(file, str(path)) as picture:
                    yield picture
                return
    raise ValueError(
        f"{path}: not a readable picture, of {path.stat().st_size:,} bytes: it starts with {start!r}"
    )


@dataclass(frozen=True)
class PictureKind:
    """What the pixels of a picture become.

    Attributes
    ----------
    shape : tuple of int
        Height and width, and the number of samples unless it is gray.
    dtype : numpy.dtype
        Of the samples.
    mode : str
        Pillow's mode to convert to, or what decodes it in its place.
    has_alpha : bool
        Whether the last of the samples that it is decoded to is alpha.
    turns : tuple of (int, bool)
        Right angles to turn it by, after mirroring it.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    mode: str
    has_alpha: bool
    turns: tuple[int, bool] = (0, False)


def kind_of(picture: PillowFile, *, keeps_samples: bool = False) -> PictureKind:
    """Return what the pixels of an opened picture mean.

    With `keeps_samples`, alpha is kept, and indices into a palette stay what they are.
    """
    stored = _netpbm_kind(picture)
    deep = deep_kind(picture.format, _first_bytes(picture, MOST_BEFORE.get(picture.format or "", 0)))
    if stored is not None:
        return PictureKind(stored.shape, stored.dtype, _NETPBM, has_alpha=False)
    if deep is not None:
        samples, dtype = deep
        mode = _DEEP
        has_alpha = samples in (2, 4)
    else:
        mode, dtype = _mode(picture, keeps_samples)
        samples = {"RGB": 3, "RGBA": 4, "LA": 2}.get(mode, 1)
        has_alpha = _has_alpha(picture)
    if has_alpha and not keeps_samples and samples in (2, 4):
        samples -= 1
    # PNG may have it after the pixels, which Pillow would decode for it.
    has_exif = picture.format != "PNG" or not _SAY_ORIENTATION.isdisjoint(picture.info)
    turns = _TURNS.get(_orientation(picture) if has_exif else 1, (0, False))
    width, height = picture.size
    size = (width, height) if turns[0] % 2 else (height, width)
    return PictureKind(size + ((samples,) if samples > 1 else ()), dtype, mode, has_alpha, turns)


def _converted(picture: PillowFile, mode: str) -> Any:
    if mode == picture.mode:
        return picture
    transparency = picture.info.get("transparency")
    if not isinstance(transparency, bytes):
        return picture.convert(mode)
    del picture.info["transparency"]  # of each color, of which Pillow would warn that it is lost
    try:
        return picture.convert(mode)
    finally:
        picture.info["transparency"] = transparency


def _orientation(picture: PillowFile) -> Any:
    with quiet():  # that the data are damaged
        return picture.getexif().get(_ORIENTATION, 1)


def pixels_of(path: Path, picture: PillowFile, kind: PictureKind) -> NDArray[Any]:
    """Decode a picture, or the frame of it at which Pillow is."""
    if kind.mode == _NETPBM:
        return decode_netpbm(_first_bytes(picture, -1))
    if kind.mode == _DEEP:
        pixels = decode_deep(path, picture.format)
    else:
        pixels = np.asarray(_converted(picture, kind.mode))
    if pixels.ndim == 3:
        n = kind.shape[2] if len(kind.shape) == 3 else 1
        pixels = pixels[..., :n] if n > 1 else pixels[..., 0]
    quarter_turns, is_mirrored = kind.turns
    pixels = pixels[:, ::-1] if is_mirrored else pixels
    return np.rot90(pixels, quarter_turns).astype(kind.dtype, copy=False)


def _mode(picture: PillowFile, keeps_samples: bool) -> tuple[str, np.dtype[Any]]:
    mode = picture.mode
    if mode in _GRAY_16:
        return mode, np.dtype(np.uint16)
    if mode in ("I", "F"):
        return mode, np.dtype(np.int32 if mode == "I" else np.float32)
    if mode == "P" and not keeps_samples:
        return ("L" if _is_gray_palette(picture) else "RGB"), np.dtype(np.uint8)
    if mode in ("LA", "La", "RGBA", "RGBa", "PA"):
        with_alpha = "LA" if mode in ("LA", "La") else "RGBA"
        return (with_alpha if keeps_samples else with_alpha[:-1]), np.dtype(np.uint8)
    return {"1": "L", "L": "L", "P": "P"}.get(mode, "RGB"), np.dtype(np.uint8)


def _has_alpha(picture: PillowFile) -> bool:
    return picture.mode in ("LA", "La", "RGBA", "RGBa", "PA") or "transparency" in picture.info


def is_clear(picture: PillowFile) -> bool:
    """Return whether some of the decoded frame at which Pillow is can be seen through."""
    return _has_alpha(picture) and bool(np.asarray(picture.convert("RGBA"))[..., 3].min() < 255)


def _is_gray_palette(picture: PillowFile) -> bool:
    palette = np.array(picture.getpalette("RGB") or [], np.uint8).reshape(-1, 3)
    return bool((palette == palette[:, :1]).all())


def _netpbm_kind(picture: PillowFile) -> NetpbmKind | None:
    return netpbm_kind(_first_bytes(picture, MOST_HEADER)) if picture.format == "PPM" else None


def _first_bytes(picture: PillowFile, n: int) -> bytes:
    """Return the first bytes of a picture; Pillow goes on reading where it is."""
    file: Any = picture.fp
    at = file.tell()
    file.seek(0)
    try:
        content: bytes = file.read(n)
        return content
    finally:
        file.seek(at)

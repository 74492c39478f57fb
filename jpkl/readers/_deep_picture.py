"""Pictures of more than 8 bits that Pillow would cut or scale: color PNG and JPEG 2000, by imagecodecs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl._errors import MissingDependencyError

#: Bytes in which pictures say how many bits they have; in JPEG 2000, a color profile may come before.
MOST_BEFORE = {"PNG": 26, "JPEG2000": 1 << 20}
_CODESTREAM = b"\xff\x4f\xff\x51"
#: Where the number of components is after that, and the bits of the first, with whether it has a sign.
_N_COMPONENTS_AT, _COMPONENT_AT, _IS_SIGNED = 40, 42, 0x80


def deep_kind(name: str | None, start: bytes) -> tuple[int, np.dtype[Any]] | None:
    """Return how many samples a picture has, and their dtype; None of one that Pillow reads as it is.

    Parameters
    ----------
    name : str
        What Pillow calls its format.
    start : bytes
        Its first bytes, as many as `MOST_BEFORE` says.
    """
    if name == "PNG":
        bits, color = start[24:26]
        n_samples = {2: 3, 4: 2, 6: 4}.get(color) if bits == 16 else None
        return None if n_samples is None else (n_samples, np.dtype(np.uint16))
    at = start.find(_CODESTREAM) if name == "JPEG2000" else -1
    if at < 0 or len(start) <= at + _COMPONENT_AT:
        return None
    n_samples = int.from_bytes(start[at + _N_COMPONENTS_AT : at + _COMPONENT_AT], "big")
    component = start[at + _COMPONENT_AT]
    n_bits = (component & ~_IS_SIGNED) + 1
    if n_bits <= 8 and not component & _IS_SIGNED:
        return None
    dtype = f"{'i' if component & _IS_SIGNED else 'u'}{1 if n_bits <= 8 else 2 if n_bits <= 16 else 4}"
    return n_samples, np.dtype(dtype)


def decode_deep(path: Path, name: str | None) -> NDArray[Any]:
    """Decode such a picture.

    Raises
    ------
    MissingDependencyError
        If imagecodecs is not installed.
    ValueError
        If it is damaged.
    """
    try:
        import imagecodecs
    except ImportError as error:
        raise MissingDependencyError("Reading pictures of 16 bits", "io", "imagecodecs") from error
    decode = imagecodecs.png_decode if name == "PNG" else imagecodecs.jpeg2k_decode
    try:
        pixels: NDArray[Any] = decode(path.read_bytes())
    except RuntimeError as error:
        raise ValueError(f"{path}: damaged or cut off: {error}") from error
    return pixels

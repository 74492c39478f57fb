"""Pictures through one of Pillow's plugins alone: no other decoder sees the bytes."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, features

from jpkl._errors import MissingDependencyError
from jpkl._quiet import quiet

#: Pillow's modes of gray and RGB with as many bytes a sample.
_MODES = {("L", 1), ("I;16", 2), ("RGB", 1)}


def encoded_by_pillow(samples: NDArray[Any], kind: str, **options: Any) -> bytes:
    """Encode uint8 or uint16 samples as a picture of a format of Pillow's."""
    buffer = io.BytesIO()
    Image.fromarray(samples).save(buffer, kind, **options)
    return buffer.getvalue()


def decoded_by_pillow(data: bytes, plugin: type[ImageFile.ImageFile], nbytes: int) -> NDArray[Any]:
    """Decode a picture whose size was checked.

    The plugin is used without `PIL.Image.open`, which asks others, and has a limit of its own on the size.

    Parameters
    ----------
    data : bytes
        The picture.
    plugin : type
        Pillow's class for the format.
    nbytes : int
        Of a sample.
    """
    with plugin(io.BytesIO(data)) as picture:
        if (picture.mode, nbytes) not in _MODES:
            raise ValueError(f"its pixels are of mode {picture.mode}")
        picture.load()
        return np.asarray(picture)


def check_pillow(title: str, feature: str) -> None:
    """Raise unless this Pillow was built with a format.

    Raises
    ------
    MissingDependencyError
        If it was not.
    """
    with quiet():  # an older one does not know what it lacks
        is_there = features.check(feature)
    if not is_there:
        raise MissingDependencyError(f"{title}, which this Pillow was built without,", "codecs", "pillow")

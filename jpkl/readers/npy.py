"""NumPy's ``.npy``: one array, mapped into memory."""

from __future__ import annotations

from pathlib import Path
from tokenize import TokenError

import numpy as np

from jpkl._metadata import StackMetadata
from jpkl.readers._image_file import ImageFile


def read(path: Path, scene: str | None) -> ImageFile:
    """Map the array of an ``.npy`` file; object arrays are refused, nothing is unpickled."""
    if scene is not None:
        raise ValueError(f"{path}: an .npy file holds a single array, there is no scene {scene!r} to choose")
    try:
        array = np.lib.format.open_memmap(path, mode="r")
    except (ValueError, EOFError, TokenError) as error:  # the header is Python source, which may be cut short
        raise ValueError(f"{path}: not a readable .npy file of numbers: {error}") from error
    return ImageFile(array, metadata=StackMetadata(source=path.name).as_dict())

"""A stack as a NumPy array in a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from jpkl._array import JPkl
from jpkl._export.exporting import Watch, decoded_frames


def write_npy(jp: JPkl, path: Path, watch: Watch) -> None:
    """Write an ``.npy`` file of shape ``jp.shape`` and dtype ``jp.dtype``."""
    # In Fortran order the pixels of a frame are neighbors in the file, although its axes come first.
    indices = (index[::-1] for index in np.ndindex(jp.dim_sizes[::-1]))
    with path.open("wb") as file, decoded_frames(jp, indices, watch) as frames:
        header = {"descr": jp.dtype.str, "fortran_order": True, "shape": jp.shape}
        np.lib.format.write_array_header_1_0(file, header)
        for frame in frames:
            file.write(frame.tobytes(order="F"))

"""Make the golden files of this folder. They are committed, and read by `test_opening.py` for ever.

Run it only to add a file: existing ones are never made again, because what matters about them is
that later releases read what earlier ones (and `pickle.dump`) wrote::

    python tests/data/make_golden.py

`picture(index)` is what each frame shows, so that a test can compare pixels.
"""

from __future__ import annotations

import datetime
import io
import itertools
import pickle
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

FOLDER = Path(__file__).parent
SHAPE = (16, 24)
SIZES = (2, 3)
NAMES = ["time", "channel"]
METADATA: dict[str, Any] = {
    "pixel_size": (0.25, 0.5),
    "acquired": datetime.datetime(2018, 9, 18, 12, 30, tzinfo=datetime.UTC),
    "note": "größe μm",
    "big": 2**80,
    "flags": {1, 2},
}


def picture(index: tuple[int, ...], color: bool = False) -> NDArray[np.uint8]:
    """The pixels of a frame before encoding: a ramp that every axis and index changes."""
    y, x = np.mgrid[: SHAPE[0], : SHAPE[1]]
    gray = (3 * y + 2 * x + 20 * index[0] + 35 * index[1]).astype(np.uint8)
    return np.stack([gray, gray // 2, 255 - gray], axis=-1) if color else gray


def jpeg(index: tuple[int, ...], color: bool = False) -> bytes:
    """A frame encoded by Pillow, as the original JPkl did."""
    buffer = io.BytesIO()
    Image.fromarray(picture(index, color)).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


def indices() -> list[tuple[int, ...]]:
    """All frame indices in C order."""
    return list(itertools.product(*map(range, SIZES)))


def v1_dict(color: bool = False, **changes: Any) -> dict[str, Any]:
    """The dict of a v1 file, in the order in which the format's description lists its keys."""
    fields = {
        "header": ("JPkl", "1"),
        "color": color,
        "jpeg_quality": 90,
        "images": {index: jpeg(index, color) for index in indices()},
        "dim_names": NAMES,
        "dim_sizes": SIZES,
        "metadata": METADATA,
    }
    return fields | changes


def numpy_dict() -> dict[str, Any]:
    """A v1 dict by somebody who works with NumPy: scalars and arrays where others write numbers."""
    metadata = {"px": np.float64(0.1), "pos": np.arange(6.0).reshape(2, 3), "names": np.array(["a", "bc"])}
    return v1_dict(dim_sizes=tuple(np.array(SIZES)), jpeg_quality=np.int64(90), metadata=metadata)


def _dump(fields: dict[str, Any], protocol: int) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(pickle.dumps(fields, protocol))


def _save(color: bool) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        from jpkl import JPkl

        images = np.stack([picture(index, color) for index in indices()], axis=-1)
        images = images.reshape(*images.shape[:-1], *SIZES)
        JPkl(images, color=color, dim_names=NAMES, metadata=METADATA, display_range=(0, 255)).save(path)

    return write


def _write_v2(path: Path) -> None:
    """Frames of a codec that no release has: raw pixels behind zlib."""
    from jpkl._file.schema import StackInfo
    from jpkl._file.writing import write_stack

    info = StackInfo(False, 90, SIZES, tuple(NAMES), METADATA, SHAPE, "zlib-test", {"level": 6})
    write_stack(path, info, (zlib.compress(picture(index).tobytes()) for index in indices()))


FILES: dict[str, Callable[[Path], object]] = {
    **{f"dump_p{protocol}.jpkl": _dump(v1_dict(), protocol) for protocol in range(6)},
    **{f"numpy_p{protocol}.jpkl": _dump(numpy_dict(), protocol) for protocol in range(6)},
    "rgb_p4.jpkl": _dump(v1_dict(color=True), 4),
    "saved_gray.jpkl": _save(color=False),
    "saved_rgb.jpkl": _save(color=True),
    "saved_v2.jpkl": _write_v2,
}


def main() -> None:
    """Make the files that do not exist yet."""
    for name, write in FILES.items():
        path = FOLDER / name
        if not path.exists():
            write(path)
            print("made", name, path.stat().st_size)


if __name__ == "__main__":
    main()

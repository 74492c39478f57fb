"""DeltaVision (.dv, .r3d): a header of 1024 bytes, a table with numbers for each plane, the planes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jpkl.readers._calibration import Calibration, shortest
from jpkl.readers._damage import reading
from jpkl.readers._image_file import ImageFile, ReadOptions
from jpkl.readers._plane_image import choose, plane_image
from jpkl.readers._planes import StoredPlanes

_UM = "\u00b5m"
_HEADER_NBYTES = 1024
#: Where in the header is what, as (name, type, offset).
_FIELDS = (
    ("size", "(3,)i4", 0),
    ("pixel_type", "i4", 12),
    ("pixel_size", "(3,)f4", 40),
    ("table_nbytes", "i4", 92),
    ("magic", "i2", 96),
    ("n_ints", "i2", 128),
    ("n_floats", "i2", 130),
    ("n_times", "i2", 180),
    ("order", "i2", 182),
    ("n_channels", "i2", 196),
    ("wavelengths", "(5,)i2", 198),
)
_MAGIC = -16224
_DTYPES = {0: "u1", 1: "i2", 2: "f4", 4: "c8", 6: "u2", 7: "i4"}
#: Axes that count the planes, the slowest first, by the header's number for it.
_ORDERS = {0: "CTZ", 1: "TZC", 2: "TCZ"}
#: Which of a plane's floats in the table is the time at which it was taken.
_TIME = 1


def is_mine(path: Path) -> bool:
    """Return whether a file is of DeltaVision: a number in its header, in either byte order, says so."""
    with path.open("rb") as file:
        return _byte_order(file.read(_HEADER_NBYTES)) is not None


def read(path: Path, scene: str | None, options: ReadOptions) -> ImageFile:
    """Map the planes of a DeltaVision file; where some are missing, the others are read one by one."""
    with reading(path, "DeltaVision"):
        header = _Header.of(path)
        loops = [axis for axis in header.loops if header.sizes[axis] > 1]
        planes = StoredPlanes(
            path,
            tuple(header.sizes[axis] for axis in loops),
            (header.sizes["Y"], header.sizes["X"]),
            header.dtype,
            offset=_HEADER_NBYTES + header.table_nbytes,
        )
        return plane_image(
            path,
            planes,
            [*loops, "Y", "X"],
            options=options,
            choice=choose(path, ("0",), scene),
            describe=lambda found: _describe(found, header),
            close=lambda: None,
        )


def _byte_order(content: bytes) -> str | None:
    if len(content) < _HEADER_NBYTES:
        return None
    return next((order for order in "<>" if _fields(content, order)["magic"] == _MAGIC), None)


def _fields(content: bytes, order: str) -> Any:
    names, kinds, offsets = zip(*_FIELDS, strict=True)
    kinds = tuple(f"{kind[:-2]}{order}{kind[-2:]}" for kind in kinds)
    kind: Any = {"names": names, "formats": kinds, "offsets": offsets, "itemsize": _HEADER_NBYTES}
    return np.frombuffer(content, np.dtype(kind), count=1)[0]


@dataclass(frozen=True)
class _Header:
    """What the header and the table say."""

    dtype: np.dtype[Any]
    loops: str
    sizes: dict[str, int]
    pixel_size: tuple[float, ...]  # along x, y, z
    wavelengths: tuple[int, ...]
    table_nbytes: int
    times: NDArray[np.float32] | None

    @classmethod
    def of(cls, path: Path) -> _Header:
        with path.open("rb") as file:
            content = file.read(_HEADER_NBYTES)
            if (order := _byte_order(content)) is None:
                raise ValueError("it lacks the header of such a file")
            fields = _fields(content, order)
            table_nbytes = max(0, int(fields["table_nbytes"]))
            table = file.read(table_nbytes)
        if int(fields["pixel_type"]) not in _DTYPES:
            raise ValueError(f"pixels of type {fields['pixel_type']} are not supported")
        nx, ny, n_planes = (int(n) for n in fields["size"])
        n_times, n_channels = (max(1, int(fields[name])) for name in ("n_times", "n_channels"))
        if min(nx, ny, n_planes) < 1 or n_planes % (n_times * n_channels):
            raise ValueError(f"{n_planes} planes are not {n_times} time points of {n_channels} channels")
        return cls(
            dtype=np.dtype(order + _DTYPES[int(fields["pixel_type"])]),
            loops=_ORDERS.get(int(fields["order"]), "CTZ"),
            sizes={
                "T": n_times, "C": n_channels, "Z": n_planes // n_times // n_channels, "Y": ny, "X": nx,
            },
            pixel_size=tuple(shortest(size) for size in fields["pixel_size"]),
            wavelengths=tuple(int(wavelength) for wavelength in fields["wavelengths"][:n_channels]),
            table_nbytes=table_nbytes,
            times=_times(table, order, int(fields["n_ints"]), int(fields["n_floats"]), n_planes),
        )  # fmt: skip

    def first_of_each_time(self) -> list[int]:
        """Return the number of the first plane of each time point."""
        shape = [self.sizes[axis] for axis in self.loops]
        numbers = np.arange(math.prod(shape)).reshape(shape)
        firsts = np.moveaxis(numbers, self.loops.index("T"), 0).reshape(self.sizes["T"], -1)[:, 0]
        return [int(first) for first in firsts]


def _times(table: bytes, order: str, n_ints: int, n_floats: int, n: int) -> NDArray[np.float32] | None:
    """Return the time of each plane, in seconds, if the table has it."""
    if n_ints < 0 or n_floats <= _TIME or len(table) < 4 * n * (n_ints + n_floats):
        return None
    values = np.frombuffer(table, f"{order}f4", count=n * (n_ints + n_floats))
    return values.reshape(n, -1)[:, n_ints + _TIME]


def _describe(found: Calibration, header: _Header) -> None:
    dx, dy, dz = header.pixel_size
    found.set_pixel_size(dy, dx, _UM, _UM)
    found.set_z(dz, _UM)
    found.set_names([f"{length} nm" if length > 0 else None for length in header.wavelengths])
    n = found.sizes.get("time", 0)
    if n and header.times is not None:
        found.set_times([shortest(header.times[first]) for first in header.first_of_each_time()[:n]])

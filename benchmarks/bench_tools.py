"""Reading a stack as other tools do, against reading it at once: each frame should be decoded once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks._data import gray_frames, source_name
from benchmarks._report import Figure, interleaved, median_ratio, print_figures
from jpkl import JPkl

_SIDE, _FRAMES = 512, 60


def main() -> None:
    title = f"Other tools: {source_name()}, {_FRAMES} frames of {_SIDE}; time against np.asarray(jp)"
    print_figures(title, _figures())


def _figures() -> Iterator[Figure]:
    jp = JPkl(gray_frames(_SIDE, _FRAMES), axes="ZYX", dim_names=["time"])
    for what, (read, target) in _reads(jp).items():
        seconds = interleaved({"tool": read, "bare": lambda: np.asarray(jp)}, repeats=5)
        yield Figure(what, median_ratio(seconds, "tool", "bare"), target)
    yield _mask(jp)


def _reads(jp: JPkl) -> dict[str, tuple[Callable[[], Any], float]]:
    import dask
    import dask.array as da
    import zarr

    def in_small_chunks() -> Any:
        with dask.config.set({"array.chunk-size": "1 MiB"}):
            return da.from_array(jp.frames_first, chunks="auto").compute()

    return {
        "np.asarray(jp.frames_first)": (lambda: np.asarray(jp.frames_first), 1.2),
        "dask: from_array(jp.frames_first, chunks='auto') of 1 MiB": (in_small_chunks, 3.0),
        # Zarr compresses what it reads.
        "zarr.array(jp.frames_first)": (lambda: zarr.array(jp.frames_first), 15.0),
        "jp.to_xarray().transpose('time', 'y', 'x').values": (
            lambda: jp.to_xarray().transpose("time", "y", "x").values,
            1.5,
        ),
        "jp.to_xarray(order='frames_first').values": (
            lambda: jp.to_xarray(order="frames_first").values,
            1.5,
        ),
    }


def _mask(jp: JPkl) -> Figure:
    array = np.asarray(jp)
    mask = array > np.median(array)
    seconds = interleaved({"jpkl": lambda: jp[mask], "ndarray": lambda: np.asarray(jp)[mask]}, repeats=5)
    what = "jp[mask of all values], time against np.asarray(jp)[mask]"
    return Figure(what, median_ratio(seconds, "jpkl", "ndarray"), 1.3)


if __name__ == "__main__":
    main()

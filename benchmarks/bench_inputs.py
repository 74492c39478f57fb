"""Image files of each kind, other tools, a server and a cluster: the first picture, time and memory."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks._data import gray_frames, source_name
from benchmarks._fresh import measure
from benchmarks._report import Figure, print_figures
from jpkl import JPkl
from tests.tools.range_server import range_server

_SIDE, _FRAMES = 1024, 100
#: Seconds until a server answers.
_LATENCY = 0.05


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory() as folder:
        title = f"Inputs: {_FRAMES} frames of {source_name()}, to {_SIDE}, 16-bit; in fresh processes"
        print_figures(title, _figures(Path(folder)))


def _figures(folder: Path) -> Iterator[Figure]:
    frames = gray_frames(_SIDE, _FRAMES).astype(np.uint16) * 16
    for name, write in _FORMATS.items():
        yield from _format(name, write(folder, frames))
    yield from _tools(folder, frames)
    yield from _server(frames)
    yield from _cluster(folder, frames)


# -- formats -------------------------------------------------------------------------------------------


def _format(name: str, path: Path) -> Iterator[Figure]:
    first = measure(
        """
        import jpkl
        start = time.perf_counter()
        with jpkl.open(sys.argv[1], axes="TYX") as jp:
            jp[..., jp.shape[-1] // 2]
        report(seconds=time.perf_counter() - start)
        """,
        path,
    )
    yield Figure(f"{name}: first picture", first["seconds"], 2, "s")
    whole = measure(
        """
        import jpkl
        from jpkl.readers import open_image
        with open_image(sys.argv[1], axes="TYX") as source:
            before, start = peak(), time.perf_counter()
            jpkl.encode(source.array, sys.argv[1] + ".jpkl", axes="TYX").close()
            report(megabytes=peak() - before, seconds=time.perf_counter() - start)
        """,
        path,
    )
    nbytes = 2 * _FRAMES * _SIDE**2
    note = f"{whole['seconds']:.1f} s, {nbytes / whole['seconds'] / 1e6:.0f} MB/s"
    yield Figure(f"{name}: encoded, peak memory more", whole["megabytes"], 300, "MB", note=note)


def _npy(folder: Path, frames: NDArray[np.uint16]) -> Path:
    np.save(folder / "cells.npy", frames)
    return folder / "cells.npy"


def _tiff(folder: Path, frames: NDArray[np.uint16]) -> Path:
    import tifffile

    tifffile.imwrite(folder / "cells.tif", frames, imagej=True, metadata={"axes": "TYX"})
    return folder / "cells.tif"


def _ome_tiff(folder: Path, frames: NDArray[np.uint16]) -> Path:
    import tifffile

    options: dict[str, Any] = {"compression": "zlib", "tile": (256, 256), "metadata": {"axes": "TYX"}}
    tifffile.imwrite(folder / "cells.ome.tif", frames, photometric="minisblack", **options)
    return folder / "cells.ome.tif"


def _hdf5(folder: Path, frames: NDArray[np.uint16]) -> Path:
    import h5py

    with h5py.File(folder / "cells.h5", "w") as file:
        file.create_dataset("raw", data=frames, chunks=(4, 256, 256), compression="gzip", compression_opts=1)
    return folder / "cells.h5"


def _zarr(folder: Path, frames: NDArray[np.uint16]) -> Path:
    import zarr

    store = str(folder / "cells.zarr")
    zarr.create_array(store=store, data=frames, chunks=(4, 256, 256))
    return folder / "cells.zarr"


def _pictures(folder: Path, frames: NDArray[np.uint16]) -> Path:
    target = folder / "cells"
    target.mkdir()
    for time, frame in enumerate(frames):
        Image.fromarray(frame).save(target / f"cell_t{time:03d}.png", compress_level=1)
    return target


_FORMATS: dict[str, Callable[[Path, NDArray[np.uint16]], Path]] = {
    ".npy": _npy,
    "ImageJ TIFF": _tiff,
    "OME-TIFF, tiled, zlib": _ome_tiff,
    "HDF5, gzip": _hdf5,
    "Zarr": _zarr,
    "folder of PNG": _pictures,
}


# -- other tools ---------------------------------------------------------------------------------------

#: How tools read a stack, and the memory that they may take, in terms of what they read.
_READS = {
    "np.asarray(jp.frames_first)": ("np.asarray(jp.frames_first)", 1.3),
    "jp.to_xarray().transpose('time', 'y', 'x').values": (
        "jp.to_xarray().transpose('time', 'y', 'x').values",
        1.3,
    ),
    "dask: from_array(jp.frames_first).compute()": ("da.from_array(jp.frames_first).compute()", 2.5),
    "jp[mask of all values]": ("jp[np.asarray(jp) > 128]", 3.0),
}


def _tools(folder: Path, frames: NDArray[np.uint16]) -> Iterator[Figure]:
    path = folder / "stack.jpkl"
    JPkl(frames[:50], axes="TYX").save(path)
    for what, (expression, target) in _READS.items():
        found = measure(
            f"""
            import numpy as np, dask.array as da, xarray
            from jpkl import JPkl
            jp = JPkl.load(sys.argv[1])
            jp[..., 0]
            before, start = peak(), time.perf_counter()
            values = {expression}
            report(ratio=(peak() - before) * 1e6 / jp.nbytes, seconds=time.perf_counter() - start)
            """,
            path,
        )
        note = f"{found['seconds']:.2f} s"
        yield Figure(f"{what}, peak memory in terms of the stack", found["ratio"], target, note=note)


# -- a server ------------------------------------------------------------------------------------------


def _server(frames: NDArray[np.uint16]) -> Iterator[Figure]:
    import io
    from time import perf_counter

    saved = io.BytesIO()
    JPkl(frames[:50], axes="TYX").save(saved)
    with range_server() as server:
        server.files["/stack.jpkl"], server.latency = saved.getvalue(), _LATENCY
        with JPkl.load(f"{server.url}/stack.jpkl") as jp:
            yield Figure("a stack at a URL: requests until it is open", len(server.requests), 3, "")
            start = perf_counter()
            jp[..., 17]
            waits = (perf_counter() - start) / _LATENCY
            yield Figure(f"a frame of it, time in latencies of {1000 * _LATENCY:.0f} ms", waits, 1.6)
            before, start = len(server.requests), perf_counter()
            np.asarray(jp)
            note = f"{perf_counter() - start:.2f} s"
            yield Figure("all 50 frames, requests", len(server.requests) - before, 20, "", note=note)


# -- a cluster -----------------------------------------------------------------------------------------


def _cluster(folder: Path, frames: NDArray[np.uint16]) -> Iterator[Figure]:
    path = folder / "cluster.npy"
    np.save(path, frames)
    found = measure(
        """
        import logging
        import dask.array as da, jpkl, numpy as np
        from distributed import Client, LocalCluster
        logging.getLogger("distributed").setLevel(logging.ERROR)
        path, shape = sys.argv[1], np.load(sys.argv[1], mmap_mode="r").shape
        def read(block_id):  # where the workers are
            return np.array(np.load(path, mmap_mode="r")[10 * block_id[0] :][:10])
        chunks = ((10,) * (shape[0] // 10), *((n,) for n in shape[1:]))
        images = da.map_blocks(read, chunks=chunks, dtype=np.uint16, meta=np.empty((0, 0, 0), np.uint16))
        workers = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
        with LocalCluster(**workers) as cluster, Client(cluster):
            jpkl.encode(images[:20], sys.argv[1] + ".0", axes="TYX").close()
            before, start = peak(), time.perf_counter()
            jpkl.encode(images, sys.argv[1] + ".1", axes="TYX").close()
            there = time.perf_counter() - start
            more = peak() - before
        start = time.perf_counter()
        jpkl.encode(np.load(sys.argv[1], mmap_mode="r"), sys.argv[1] + ".2", axes="TYX").close()
        report(megabytes=more, ratio=there / (time.perf_counter() - start))
        """,
        path,
    )
    yield Figure(
        "a cluster of 2 workers on this machine, memory of the client more", found["megabytes"], 100, "MB"
    )
    yield Figure("the same, time against threads", found["ratio"], 3.0)


if __name__ == "__main__":
    main()

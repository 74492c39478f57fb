"""Opening and streaming: time against ``pickle.load``, and memory of a fresh process."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks._data import gray_frames, source_name
from benchmarks._fresh import measure
from benchmarks._report import Figure, print_figures
from jpkl import JPklWriter
from jpkl._codecs.jpeg import JpegCodec

_GIGABYTE = 10**9


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        title = f"Files: frames of {source_name()}, enlarged; each line in a fresh process"
        print_figures(title, _figures(Path(folder)))


def _figures(folder: Path) -> Iterator[Figure]:
    yield from _open_large(folder)
    yield from _open_without_trailer(folder)
    yield from _encode_memmap(folder, frames_first=True)
    yield from _encode_memmap(folder, frames_first=False)


def _open_large(folder: Path) -> Iterator[Figure]:
    opened = """
        from jpkl import JPkl
        JPkl.load(sys.argv[2])[..., 0]  # imports and first use are not what is measured
        before, start = resident(), time.perf_counter()
        stack = JPkl.load(sys.argv[1])
        stack[..., stack.shape[-1] // 2]
        report(seconds=time.perf_counter() - start, megabytes=resident() - before)
    """
    unpickled = """
        import pickle
        start = time.perf_counter()
        with open(sys.argv[1], "rb") as file:
            pickle.load(file)
        report(seconds=time.perf_counter() - start)
    """
    small = _write_large(folder / "small.jpkl", 10**7)
    for nbytes, name in ((_GIGABYTE, "1 GB"), (4 * _GIGABYTE, "4 GB")):
        path = _write_large(folder / "large.jpkl", nbytes)
        ours = [measure(opened, path, small) for _ in range(5)]
        median = float(np.median([run["seconds"] for run in ours]))
        if nbytes == _GIGABYTE:
            theirs = float(np.median([measure(unpickled, path)["seconds"] for _ in range(3)]))
            note = f"{median * 1e3:.1f} ms, pickle.load {theirs:.2f} s"
            yield Figure(
                f"open {name} and read a frame, times faster than pickle",
                theirs / median,
                200,
                "x",
                False,
                note,
            )
        more = float(np.median([run["megabytes"] for run in ours]))
        yield Figure(f"open {name} and read a frame, memory more", more, 5, "MB")
        path.unlink()


def _write_large(path: Path, nbytes: int) -> Path:
    codec = JpegCodec()
    encoded = [codec.encode(frame) for frame in gray_frames(1024, 20)]
    n = max(1, round(nbytes / np.mean([len(data) for data in encoded])))
    with JPklWriter(path, (1024, 1024), (n,)) as writer:
        for i in range(n):
            writer.write_encoded(i, encoded[i % len(encoded)])
    return path


def _open_without_trailer(folder: Path) -> Iterator[Figure]:
    data = JpegCodec().encode(gray_frames(128, 1)[0])
    n_times, n_channels = 50_000, 4
    # Every frame is an object of its own, as the frames of a real stack are.
    images = {(t, c): bytes(bytearray(data)) for t in range(n_times) for c in range(n_channels)}
    stack = {
        "header": ("JPkl", "1"),
        "color": False,
        "jpeg_quality": 90,
        "images": images,
        "dim_names": ["time", "channel"],
        "dim_sizes": (n_times, n_channels),
        "metadata": {},
    }
    path = folder / "foreign.jpkl"
    path.write_bytes(pickle.dumps(stack, protocol=4))
    code = """
        from jpkl import JPkl
        before, start = peak(), time.perf_counter()
        stack = JPkl.load(sys.argv[1])
        report(seconds=time.perf_counter() - start, megabytes=peak() - before)
    """
    runs = [measure(code, path) for _ in range(3)]
    for key, target, unit in (("seconds", 1.5, "s"), ("megabytes", 60, "MB")):
        what = f"open {n_times * n_channels} frames without trailer, {key}"
        yield Figure(what, float(np.median([run[key] for run in runs])), target, unit)
    path.unlink()


def _encode_memmap(folder: Path, *, frames_first: bool) -> Iterator[Figure]:
    path = folder / "source.npy"
    frames = gray_frames(1024, 20)
    n = 4 * _GIGABYTE // frames[0].nbytes
    shape = (n, 1024, 1024) if frames_first else (1024, 1024, n)
    source = np.lib.format.open_memmap(path, "w+", np.uint8, shape)
    if frames_first:
        for i in range(n):
            source[i] = frames[i % len(frames)]
    else:
        which = np.arange(n) % len(frames)
        for row in range(1024):
            source[row] = frames[which, row].T
    del source
    code = """
        import numpy as np
        from jpkl._encoding.encode import encode_file
        source = np.load(sys.argv[1], mmap_mode="r")
        before, start = peak(), time.perf_counter()
        encode_file(source, sys.argv[2], axes=sys.argv[3])
        report(megabytes=peak() - before, seconds=time.perf_counter() - start)
    """
    axes = "ZYX" if frames_first else "YXZ"
    run = measure(code, path, folder / "out.jpkl", axes)
    note = f"{run['seconds']:.0f} s, {4000 / run['seconds']:.0f} MB/s"
    yield Figure(
        f"encode a 4 GB memmap {axes} to disk, peak memory more", run["megabytes"], 300, "MB", note=note
    )
    path.unlink()


if __name__ == "__main__":
    main()
